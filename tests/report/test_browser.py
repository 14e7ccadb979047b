"""The pages in a browser without a network: every figure drawn, nothing asked for, nothing complained about."""

import pytest

pytestmark = pytest.mark.browser


class Reader:
    """A page opened from disk with the network off, and what it asked for and complained about."""

    def __init__(self, browser, path, width):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, has_touch=width < 500)
        self.page, self.asked, self.said = self.context.new_page(), [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(path.as_uri())  # returns when the page has loaded: its figures are drawn by then

    def violations(self):
        from axe_playwright_python.sync_playwright import Axe

        return Axe().run(self.page).generate_snapshot()


@pytest.fixture
def read(chromium, built):
    readers = []

    def opened(file, width=1280):
        readers.append(Reader(chromium, built.folder / file, width))
        return readers[-1]

    yield opened
    for reader in readers:
        reader.context.close()


PAGES = ["weekly.html", "pages/10_preprocess.html", "pages/50_ab_conversion.html"]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("file", PAGES)
def test_a_page_is_quiet_whole_and_open_to_all(read, file, width):
    reader = read(file, width)
    assert reader.said == []
    assert len([url for url in reader.asked if url != "about:srcdoc"]) == 1, "only itself"
    assert reader.page.evaluate("document.documentElement.scrollWidth") == width
    assert reader.page.evaluate("window.hacked") is None
    assert reader.violations() == ""


def test_every_figure_is_drawn_and_has_words(read):
    page = read("weekly.html").page
    assert page.locator(".chart[data-drawn] .main-svg:first-child").count() == page.locator(".chart").count() == 7
    for figure in page.locator("figure").all():
        assert figure.locator(".chart").get_attribute("aria-label")
        assert figure.locator("figcaption").text_content().strip()
    assert page.locator("#library").count() == 0, "the packed library is not kept twice"


def test_the_button_shows_and_hides_all_code_and_is_remembered(read):
    page = read("weekly.html").page
    code = page.locator("pre.python").first
    assert not code.is_visible()
    page.get_by_role("button", name="Show code").click()
    assert code.is_visible()
    page.reload()
    assert code.is_visible()
    page.get_by_role("button", name="Hide code").click()
    assert not code.is_visible()


def test_a_link_of_the_summary_leads_to_its_section(read):
    page = read("weekly.html").page
    page.locator(".short a", has_text="What do customers ask for").click()
    page.locator(".contents a[href='#30_user_needs'][aria-current]").wait_for()


def test_an_output_with_a_script_runs_in_its_frame_only(read):
    page = read("pages/10_preprocess.html").page
    assert page.frames[1].evaluate("document.body.innerText") == "alive"


def test_figures_fit_the_paper_and_return(read):
    page = read("weekly.html").page
    width = "Math.max(...[...document.querySelectorAll('.main-svg')].map((svg) => svg.clientWidth))"
    assert page.evaluate(width) > 700
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(width) <= 660
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(width) > 700


def test_a_browser_that_cannot_unpack_the_library_says_so_and_shows_the_numbers(chromium, built):
    page = chromium.new_context(offline=True).new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto((built.folder / "weekly.html").as_uri())
    figure = page.locator("#\\33 1_attention figure").first
    assert not figure.locator(".chart").is_visible() and figure.locator("table").is_visible()
    assert "could not draw" in figure.evaluate("(figure) => getComputedStyle(figure, '::before').content")
    page.context.close()
