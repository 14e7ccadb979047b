"""What tests of several rooms share: a browser without a network."""

import importlib.util
import os
import shutil

import pytest
from hypothesis import settings

from workbench.engine import Engine, connected

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # two workers share the cores; see DECISIONS.md
# The same examples every time, so that main fails for what changed; HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_collection_modifyitems(items):
    """The whole week first: it is the longest file, and the others run beside it on the other worker."""
    items.sort(key=lambda item: item.path.name != "test_week.py" or item.path.parent.name != "tests")


@pytest.fixture(scope="session")
def chromium():
    """Debian's chromium under playwright; where it is missing tests skip, in CI (WORKBENCH_BROWSER=required) they fail."""
    path = shutil.which("chromium")
    if path is None:
        (pytest.fail if os.environ.get("WORKBENCH_BROWSER") == "required" else pytest.skip)(
            "needs Debian's chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium):
    """A page with the network off; the addresses it asked for beside its own file; what its console said."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page, requests, said = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url) if not request.url.startswith(
        ("file:", "data:", "about:")) else None)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, requests, said
    context.close()


@pytest.fixture(scope="session")
def duckdb_connection():
    """DuckDB in this process, one thread."""
    with connected(Engine(threads=1)) as connection:
        yield connection


@pytest.fixture(scope="session")
def spark_connection():
    """Spark in local mode, one for the session; skips where pyspark or Java is missing."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("needs Java 17 and pip install '.[spark]'")
    with connected(Engine("pyspark", "local[1]", memory="1GiB", threads=1)) as connection:
        yield connection
