"""What the documents and the project's files say is true."""

import re
import shlex
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def test_the_package_and_conda_have_one_truth():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict))
    assert pip == ["--constraint constraints.txt", "--editable .[test]"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "python=3.11" in conda["dependencies"] and project["requires-python"] == ">=3.11"


def test_every_dependency_is_pinned_and_inside_its_range():
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = {normal(name): version for name, version in pinned().items()}
    for line in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(pins[normal(requirement.name)]), line


def test_the_packages_of_the_mission_are_used():
    code = "".join(path.read_text() for path in (ROOT / "workbench").rglob("*.py"))
    for package in ("pandas", "plotly", "ipywidgets", "torch", "transformers", "papermill", "bertviz"):
        assert re.search(rf"^\s*(?:import|from) {package}\b", code, re.MULTILINE), package
    assert "jupyter" in code


def test_tables_are_light_to_import():
    start = time.monotonic()
    heavy = ("torch", "transformers", "plotly", "papermill", "sklearn", "statsmodels")
    subprocess.run([sys.executable, "-c", "import sys, workbench.tables; "
                    f"assert not set({heavy}) & set(sys.modules), set(sys.modules) & set({heavy})"], check=True)
    assert time.monotonic() - start < 20, "a machine may be slow; the modules are what counts"


def test_readme_make_targets_are_there():
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= made


@pytest.mark.parametrize("line", re.findall(r"^workbench .+?(?=\s{2,}#|$)", README, re.MULTILINE))
def test_readme_commands_are_understood(line):
    from workbench.__main__ import _parser

    _parser().parse_args(shlex.split(line)[1:])


def test_readme_notebooks_are_there_with_their_questions():
    from workbench.run import load_cells

    rows = re.findall(r"^\| `(\d\d_\w+)` \| (.+?) \|", README, re.MULTILINE)
    assert [name for name, _ in rows] == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    for name, question in rows:
        assert load_cells(ROOT / "notebooks" / f"{name}.ipynb")[0]["source"].startswith(f"# {question}\n")


def test_links_of_the_documents_lead_somewhere():
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_map_in_contributing_names_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for path in (ROOT / "workbench").iterdir():
        name = path.name.removesuffix(".py")
        if not name.startswith("__") or name == "__main__":
            assert f"`{name}`" in text, name
