"""The whole collection's site, built once from the committed outputs: its pages as they are, and in a real Chromium.

The browser parts are skipped where there is no Chromium. They hold for both themes, at a desk's width and at a phone's.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from keyacct_utils import site
from keyacct_utils.exercises.sheets import TAG
from keyacct_utils.lessons.catalogue import LESSONS, NOTEBOOKS
from keyacct_utils.site.claims import claims_of
from keyacct_utils.site.documents import item_addresses, read_documents
from keyacct_utils.site.tree import DOCS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
#: One page of each kind; the longest of a kind would take a minute and show nothing else.
KINDS = [
    "index", "notebooks/01_concentration", "notebooks/exercises/01_concentration", "docs/glossary", "docs/claims", "docs/sources/S003",
    "docs/reference/index", "docs/reference/01_concentration", "docs/truth", "search",
]  # fmt: skip
SCRIPTS = "() => window.MathJax?.startup?.promise"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    missing = [name for name in site.NEEDED if not importlib.util.find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return site.build(NOTEBOOKS, tmp_path_factory.mktemp("whole") / "site").parent


@pytest.fixture(scope="module")
def articles(built: Path) -> dict[str, BeautifulSoup]:
    """The article of each page by its name."""
    paths = [path for path in sorted(built.rglob("*.html")) if "_static" not in path.parts]
    text = {
        path.relative_to(built).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in paths
    }
    return {
        name: BeautifulSoup(html[html.index("<main") : html.index("</main>")], "html.parser")
        for name, html in text.items()
    }


def test_nothing_leads_nowhere_or_elsewhere_and_every_page_is_small(built: Path) -> None:
    assert site.broken_links(built) == [] and site.external_requests(built) == []
    sizes = {
        path.relative_to(built).with_suffix("").as_posix(): path.stat().st_size
        for path in built.rglob("*.html")
    }
    lessons = {f"notebooks/{item.stem}" for item in LESSONS}
    sheets = {f"notebooks/exercises/{item.stem}" for item in LESSONS if item.code != "00"}
    assert lessons | sheets | set(KINDS) <= set(sizes) and max(sizes.values()) < 1_500_000
    # a page with all of its pictures, as the browser loads it
    for item in LESSONS:
        path = built / "notebooks" / f"{item.stem}.html"
        pictures = set(re.findall(r'src="\.\./(_images/[^"]+)"', path.read_text(encoding="utf-8")))
        assert (
            path.stat().st_size + sum((built / name).stat().st_size for name in pictures)
            < 1_500_000
        ), item.stem


def test_nothing_tells_of_the_machine(built: Path) -> None:
    for path in built.rglob("*"):
        if path.suffix in (".html", ".ipynb", ".md", ".txt") and "_static" not in path.parts:
            assert not re.search(
                r"(?<![\w./-])/(?:home|root|Users|tmp|work)/\w", path.read_text(encoding="utf-8")
            ), path.name


def test_every_figure_has_its_alt_text_on_the_page_and_is_sharp(
    built: Path, articles: dict[str, BeautifulSoup]
) -> None:
    total = 0
    for item in LESSONS:
        book = nbformat.read(NOTEBOOKS / f"{item.stem}.ipynb", as_version=4)
        shown = [
            str(output.data["text/plain"]).removeprefix("Figure: ")
            for cell in book.cells if cell.cell_type == "code"
            for output in cell.outputs if "<img" in "".join(output.get("data", {}).get("text/html", ""))
        ]  # fmt: skip
        images = articles[f"notebooks/{item.stem}"].select(".cell_output img")
        assert [image["alt"] for image in images] == shown
        for image in images:
            content = (built / "notebooks" / str(image["src"])).read_bytes()
            assert int.from_bytes(content[16:20]) == 2 * int(str(image["width"])), (
                item.stem,
                image["alt"],
            )
        total += len(images)
    assert total >= 40
    for name, article in articles.items():
        assert all(str(image.get("alt", "")).strip() for image in article.select("img")), name


def test_headings_go_down_by_one_and_tables_have_headers(
    articles: dict[str, BeautifulSoup],
) -> None:
    for name, article in articles.items():
        levels = [int(tag.name[1]) for tag in article.find_all(re.compile(r"^h[1-6]$"))]
        assert levels.count(1) == 1 and levels[0] == 1, name
        assert all(below - above <= 1 for above, below in itertools.pairwise(levels)), (
            name,
            levels,
        )
        for table in article.select("article.bd-article table"):
            heads = table.select("thead th")
            assert (heads or "indextable" in table.get("class", [])) and all(
                cell.get("scope") for cell in table.find_all("th")
            ), name
            assert "indextable" in table.get("class", []) or table.find_parent(
                class_="table-region"
            ), name


def test_claims_are_those_of_the_lessons_and_lead_to_the_documents(
    articles: dict[str, BeautifulSoup],
) -> None:
    rows = articles["docs/claims"].select("tbody tr")
    claims = [
        claim
        for item in LESSONS
        for claim in claims_of(item, nbformat.read(NOTEBOOKS / f"{item.stem}.ipynb", as_version=4))
    ]
    assert len({claim.lesson for claim in claims}) == 22 and len(rows) == len(claims) > 70
    for row, claim in zip(rows, claims, strict=True):
        assert [link.get_text() for link in row.select("td")[0].select("a.item")] == claim.items
        assert row.select("td")[4].get_text(strip=True)
    items = item_addresses(read_documents(DOCS / "sources.toml"))
    for item in {code for claim in claims for code in claim.items}:
        page, anchor = items[item].removesuffix(".html").split(".html#")
        cell = articles[page].find(id=anchor)
        row_of_item = cell.find_parent("tr") if cell else None
        assert row_of_item and row_of_item.select("a[href*='#what-the-documents-claim']"), item


def test_each_lesson_explains_its_terms_once(articles: dict[str, BeautifulSoup]) -> None:
    for item in LESSONS:
        article = articles[f"notebooks/{item.stem}"]
        targets = [link["href"] for link in article.select("a.term")]
        assert len(targets) == len(set(targets)) >= 4, item.stem
        assert not article.select(":is(h1, h2, h3, code, pre, a, .math, .cell) a.term")


def test_every_solution_is_folded(articles: dict[str, BeautifulSoup]) -> None:
    sources = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
    for path in sources:
        cells = nbformat.read(path, as_version=4).cells
        article = articles[f"notebooks/exercises/{path.stem}"]
        folded = " ".join(
            " ".join(part.get_text(" ").split()) for part in article.select("details.solution")
        )
        assert (
            len(article.select("details.solution"))
            == sum("# solution\n" in cell.source for cell in cells)
            > 3
        )
        for part in article.select("details"):
            part.extract()
        left = " ".join(article.get_text(" ").split())
        marked = [
            cell
            for cell in cells
            if TAG in cell.metadata.get("tags", []) and cell.cell_type == "markdown"
        ]
        for cell in marked[1:]:
            words = (
                re.sub(r"[*`#\\]", "", cell.source).split("\n")[0].split()[1:6]
            )  # after "Solution."
            assert " ".join(words) in folded and " ".join(words) not in left


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this system (Debian: apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def leaving() -> list[str]:
    """Requests that would have left the machine."""
    return []


def opened(browser: Browser, leaving: list[str], **options: Any) -> Page:
    """A page that can fetch files and nothing else, and fails on an error of a script."""
    page = browser.new_context(**options).new_page()

    def answer(route: Any) -> None:
        if route.request.url.startswith(("file:", "data:")):
            route.continue_()
        else:
            leaving.append(route.request.url)
            route.abort()

    page.route("**/*", answer)
    page.on("pageerror", lambda error: leaving.append(str(error)))
    return page


def serious(page: Page) -> list[str]:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    options = {
        "resultTypes": ["violations"],
        "rules": {"label-content-name-mismatch": {"enabled": True}},
    }
    found = axe.Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {rule['nodes'][0]['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("theme", "size"), [("light", DESK), ("dark", PHONE)])
def test_all_kinds_of_pages_are_accessible_and_fetch_nothing(
    built: Path, browser: Browser, leaving: list[str], theme: str, size: dict[str, int]
) -> None:
    page = opened(browser, leaving, viewport=size, color_scheme=theme)
    for name in KINDS:
        page.goto((built / f"{name}.html").as_uri())
        page.evaluate(SCRIPTS)
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert serious(page) == [], (name, theme)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{name} is wider than the screen"
        )
    assert leaving == []


def test_tables_and_code_of_the_core_path_fit_at_a_desk(
    built: Path, browser: Browser, leaving: list[str]
) -> None:
    page = opened(browser, leaving, viewport=DESK)
    too_wide = """() => [...document.querySelectorAll(".cell_input pre, .table-region")]
        .filter(box => !box.closest("details") && box.scrollWidth > box.clientWidth + 1)
        .map(box => box.textContent.trim().slice(0, 80))"""
    for item in LESSONS:
        page.goto((built / "notebooks" / f"{item.stem}.html").as_uri())
        assert page.evaluate(too_wide) == [], item.stem


def test_wide_tables_and_formulas_scroll_by_keyboard_on_a_phone(
    built: Path, browser: Browser, leaving: list[str]
) -> None:
    page = opened(browser, leaving, viewport=PHONE)
    page.goto((built / "notebooks" / "01_concentration.html").as_uri())
    page.evaluate(SCRIPTS)
    boxes = page.locator(".table-region")
    wide = [
        box for box in boxes.all() if box.evaluate("box => box.scrollWidth > box.clientWidth + 1")
    ]
    assert wide and all(box.get_attribute("tabindex") == "0" for box in wide)
    assert len(wide) < boxes.count(), "a table that fits need not be reached"
    wide[0].focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=wide[0].element_handle(), timeout=3000)


def test_by_keyboard_one_can_skip_the_navigation_see_the_focus_and_read_a_term(
    built: Path, browser: Browser, leaving: list[str]
) -> None:
    page = opened(browser, leaving, viewport=DESK)
    page.goto((built / "notebooks" / "01_concentration.html").as_uri())
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert "Skip to main content" in skip.inner_text() and skip.is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    term = page.locator("a.term").first
    tip = page.locator(f"#{term.get_attribute('aria-describedby')}")
    assert not tip.is_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if term.evaluate("link => link === document.activeElement"):
            break
    assert (
        tip.is_visible() and term.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    )
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    assert leaving == []
