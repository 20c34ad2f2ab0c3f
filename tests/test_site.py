"""The web site: warnings stop it, nothing is fetched from elsewhere, alt text arrives, a failed build changes nothing."""

from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from test_figures import shown_bundle

from keyacct_utils import site
from keyacct_utils.exercises.asked import Question, lessons, of_lesson
from keyacct_utils.lessons.catalogue import LESSONS, NOTEBOOKS, lesson
from keyacct_utils.site import claims, documents, markup, notebooks, reference, terms, tree

START = "# Start here\n\nGo on with [lesson 1](01_concentration.ipynb), see the [glossary](../docs/glossary.md#concentration)."
LESSON = "# Is it really 80/20?\n\n$$G = 1 - 2\\int_0^1 L(p)\\,dp$$\n\nSee [the settings](../pyproject.toml)."
ONE_MODULE = {
    "docs/reference/index": "# Reference\n\n```{eval-rst}\n.. automodule:: keyacct_utils.lessons.showing.figures\n```\n"
}
TABLE = '<table border="1" class="dataframe"><tbody><tr><th>a</th><td>1</td></tr></tbody></table>'


def write(folder: Path, name: str, text: str, html: str = TABLE) -> None:
    outputs = [
        new_output(
            "execute_result", data={"text/html": html, "text/plain": "a 1"}, execution_count=1
        )
    ]
    outputs.append(new_output("display_data", data=shown_bundle('Curve of "P" 供电')))
    cells = [new_markdown_cell(text), new_code_cell("frame", outputs=outputs, execution_count=1)]
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(
        new_notebook(
            cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        ),
        folder / name,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collection")
    write(folder / "notebooks", "00_start_here.ipynb", START)
    write(folder / "notebooks", "01_concentration.ipynb", LESSON)
    write(
        folder / "notebooks" / "exercises", "01_concentration.ipynb", "# Exercises on concentration"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            tree, "reference_pages", lambda *_: ONE_MODULE
        )  # all of them: test_site_browser.py
        index = site.build(folder / "notebooks", folder / "site", title="Test collection")
    return index.parent


def page(built: Path, name: str) -> str:
    return (built / name).read_text(encoding="utf-8")


def test_pages_of_lessons_exercises_glossary_and_reference(built: Path) -> None:
    index = page(built, "index.html")
    assert index.index("00_start_here.html") < index.index("01_concentration.html")
    assert "Test collection" in index and "How few accounts carry the business" in index
    assert "赫芬达尔指数" in page(built, "docs/glossary.html")
    assert "keyacct_utils.lessons.showing.figures.lorenz_plot" in page(
        built, "docs/reference/index.html"
    )
    assert (built / "notebooks" / "exercises" / "01_concentration.html").exists()
    assert 'href="../docs/glossary.html#concentration' in page(
        built, "notebooks/00_start_here.html"
    )


def test_alt_text_and_table_reach_the_page(built: Path) -> None:
    html = page(built, "notebooks/01_concentration.html")
    soup = BeautifulSoup(html, "html.parser")
    image = soup.select_one("article img")
    assert image is not None and image["alt"] == 'Curve of "P" 供电'
    assert (
        not str(image["src"]).startswith("data:")
        and (built / "notebooks" / str(image["src"])).exists()
    )
    table = soup.select_one("table.dataframe")
    assert table is not None and table.parent is not None
    assert (
        table.parent["role"] == "group"
        and table.parent["aria-label"] == "Table: Is it really 80/20?"
    )
    assert "See the settings." in html  # a file of the repository that is not on the site


def test_nothing_is_fetched_from_elsewhere(built: Path) -> None:
    assert site.external_requests(built) == []
    assert "_static/mathjax/tex-svg-full.js" in page(built, "notebooks/01_concentration.html")
    assert (built / "_static" / "mathjax" / "tex-svg-full.js").stat().st_size > 1_000_000


def test_pages_are_small(built: Path) -> None:
    assert max(path.stat().st_size for path in built.rglob("*.html")) < 1_500_000


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="http://img.example/a.png">',
        '<div style="background:url(https://img.example/a.png)">',
        "<style>@import 'https://fonts.example/css';</style>",
    ],
)
def test_every_way_to_fetch_is_seen(tmp_path: Path, tag: str) -> None:
    (tmp_path / "a.html").write_text(
        f'<a href="https://fine.example">a link</a>{tag}', encoding="utf-8"
    )
    found = site.external_requests(tmp_path)
    assert len(found) == 1 and found[0].startswith("a.html: ") and "fine" not in found[0]


def test_a_failing_build_leaves_the_old_site(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / site.MARKER).touch()
    (out / "index.html").write_text("old", encoding="utf-8")
    write(
        tmp_path / "broken", "01_concentration.ipynb", "# A lesson\n\n[nowhere](no_such_file.ipynb)"
    )
    with pytest.raises(site.SiteError, match="no_such_file"):
        site.build(tmp_path / "broken", out, private=True)
    assert page(out, "index.html") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "broken",
        "site",
    ]  # no scratch is left


def test_a_page_that_would_fetch_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages_with_a_script(source: Path, pages: Path, title: str, private: bool) -> None:
        pages.mkdir()
        (pages / "index.html").write_text(
            '<script src="https://cdn.example/x.js"></script>', encoding="utf-8"
        )

    monkeypatch.setattr(site, "_run_sphinx", pages_with_a_script)
    write(tmp_path / "notebooks", "01_concentration.ipynb", "# A lesson")
    with pytest.raises(
        site.SiteError,
        match=r"1 request that would leave the pages:\nindex\.html: https://cdn\.example",
    ):
        site.build(tmp_path / "notebooks", tmp_path / "site")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks"]


def test_own_data_replaces_an_old_site_and_stays_private(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / site.MARKER).touch()
    (out / "stale.html").touch()
    # lesson 0 was not run on this book: the link to it becomes plain text instead of a fault
    write(
        tmp_path / "run",
        "01_concentration.ipynb",
        "# A lesson\n\nAfter [the start](00_left_out.ipynb) and [this](../README.md).",
    )
    with pytest.MonkeyPatch.context() as patch:
        fake = tmp_path / "repository"
        (fake / "notebooks").mkdir(parents=True)
        for stem in ("00_left_out", *(item.stem for item in LESSONS)):
            (fake / "notebooks" / f"{stem}.ipynb").touch()
        (fake / "README.md").touch()
        patch.setattr(tree, "ROOT", fake)
        site.build(tmp_path / "run", out, private=True)
    html = page(out, "notebooks/01_concentration.html")
    assert "After the start and this." in html and "not for publication" in html
    assert (
        not (out / "stale.html").exists()
        and not list(out.rglob("*.ipynb"))
        and not (out / "docs" / "reference").exists()
    )
    assert not (out / "docs" / "sources").exists() and not (out / "docs" / "claims.html").exists()


def test_refuses_no_notebooks_and_a_folder_that_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds 0 notebooks"):
        site.build(tmp_path, tmp_path / "site")
    write(tmp_path / "notebooks", "01_concentration.ipynb", "# A lesson")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").touch()
    with pytest.raises(ValueError, match="is no site"):
        site.build(tmp_path / "notebooks", tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter.txt").exists()


def test_glossary_rows_are_complete_and_unique() -> None:
    lines = (tree.DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| ") and "English" not in line
    ]
    assert len(rows) >= 70
    assert all(len(row) == 3 and all(row) and row[2].endswith(".") for row in rows)
    for column in (0, 1):
        names = [row[column] for row in rows]
        assert len(names) == len(set(names))
    # each term has its anchor on the page of the site, which refuses one that is there twice
    anchors = [term.anchor for term in terms.read_terms("\n".join(lines))]
    assert len(anchors) == len(rows) == len(set(anchors))


def test_a_name_of_a_book_is_text_on_every_page(tmp_path: Path) -> None:
    write(
        tmp_path / "notebooks",
        "00_start_here.ipynb",
        START.replace("[lesson 1](01_concentration.ipynb)", "lesson 1"),
    )
    site.build(
        tmp_path / "notebooks",
        tmp_path / "site",
        title="=Odd <script>alert(1)</script> *x*",
        private=True,
    )
    for page in (tmp_path / "site").rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8"), page.name


LEFT = [lesson(code) for code in ("01", "02")]
CLAIMS = [
    ["S000-2a, S000-9a", "20 % bring 80 %", "share a|b", "79.8 %", "holds", ""],
    ["McDonald & Woodburn", "too many", "names", "-", "cannot be tested here", "no list"],
]


def claiming(rows: list[list[str]] | None, heading: str = claims.SECTION) -> nbformat.NotebookNode:
    told = new_output(
        "display_data",
        data={"text/markdown": "a table"},
        metadata={"keyacct": {"claims": rows}} if rows else {},
    )
    return new_notebook(
        cells=[
            new_markdown_cell(f"## {heading}\nEach claim."),
            new_code_cell("lesson.claims(sales)", outputs=[told]),
        ]
    )


def test_claims_are_data_of_the_lessons_outputs() -> None:
    found = claims.claims_of(LEFT[0], claiming(CLAIMS))
    assert [claim.items for claim in found] == [["S000-2a", "S000-9a"], []]
    assert claims.plain(found[0].test) == "share a|b" and found[0].verdict == "holds"
    assert claims.plain(found[1].verdict) == "cannot be tested here: no list"
    assert claims.claims_of(LEFT[0], claiming(None, "How sure are we")) == []
    text = claims.claims_page(found)
    assert (
        "2 claims from 2 places in the documents, tested in 1 lessons; 1 could not be tested"
        in text
    )
    with pytest.raises(ValueError, match="lesson 01: no claims come with"):
        claims.claims_of(LEFT[0], claiming(None))


def test_a_claim_of_several_lessons_has_one_verdict() -> None:
    row = ["S000-2a, S003-9c", "20 % bring 80 % of profit", "share", "81 %", "holds", "inside"]
    other = [
        "S004-1a, S003-9c",
        "20 % bring  80 % of Profit",
        "share",
        "115 %",
        "does not hold",
        "m",
    ]

    def both(second: list[str]) -> list[claims.Claim]:
        return [
            *claims.claims_of(LEFT[0], claiming([row])),
            *claims.claims_of(LEFT[1], claiming([second])),
        ]

    assert claims.conflicts(both(other)) == [
        "S003-9c “20 % bring 80 % of profit”: lesson 01 says “holds”, lesson 02 “does not hold”"
    ]
    with pytest.raises(ValueError, match="these lessons contradict each other: S003-9c"):
        claims.one_verdict(both(other))
    # a verdict for another reason is the same; what one lesson cannot test another may
    for verdict in ("holds", "cannot be tested here"):
        assert not claims.conflicts(both([*other[:4], verdict, "another reason"]))
    # open in one lesson and decided in the other is a conflict too
    assert claims.conflicts(both([*other[:4], "cannot be told from this book", ""]))
    # another statement of the same passage, or the same words of another passage
    assert not claims.conflicts(both([other[0], "profit fell", *other[2:]]))
    assert not claims.conflicts(both(["S001-1a", *other[1:]]))


def test_the_committed_lessons_do_not_contradict_each_other() -> None:
    books = {
        item: nbformat.read(NOTEBOOKS / f"{item.stem}.ipynb", as_version=4)
        for item in LESSONS
        if (NOTEBOOKS / f"{item.stem}.ipynb").exists()
    }
    found = [claim for item, book in books.items() for claim in claims.claims_of(item, book)]
    assert len({claim.lesson.code for claim in found}) > 5
    assert claims.conflicts(found) == []


def test_what_is_deeper_is_folded_below_its_heading() -> None:
    cells = [
        new_markdown_cell("## The method"),
        new_markdown_cell("### Deeper: in symbols\nA formula.", metadata={"tags": ["deeper"]}),
        new_code_cell("lesson.recipe()"),
        new_markdown_cell("## How sure are we"),
    ]
    made = notebooks.fold_deeper(new_notebook(cells=cells)).cells
    shown = [cell.source.split("\n")[0][:24] for cell in made]
    assert shown == [
        "## The method",
        "### Deeper: in symbols",
        '<details class="deeper">',
        "A formula.",
        "lesson.recipe()",
        "</details>",
        "## How sure are we",
    ]
    assert "<details" not in "".join(
        cell.source for cell in notebooks.fold_deeper(new_notebook(cells=[cells[0]])).cells
    )


def test_a_document_page_says_where_an_item_is_worked() -> None:
    essay = {
        "title": "E",
        "title_zh": "文",
        "says": "It says.",
        "a": "A rule.",
        "b": ["Another.", "A digit is lost."],
        "c": "A third.",
    }
    content = {"S000": {"title": "T", "title_zh": "题", "about": "Essays.", "2": essay}}
    found = claims.claims_of(LEFT[0], claiming(CLAIMS))
    made = documents.document_pages(content, found, {"S000-2a": LEFT, "S000-2b": LEFT[1:]})[
        "docs/sources/S000"
    ].splitlines()
    rows = {
        line.split("|")[1].split(">")[1].split("<")[0]: line.split("|")[3].strip()
        for line in made
        if line.startswith("| <")
    }
    section = "../../notebooks/01_concentration.ipynb#what-the-documents-claim"
    assert (
        rows["S000-2a"]
        == f"[lesson 01]({section}): holds; [lesson 02](../../notebooks/02_qualification.ipynb)"
    )
    assert (
        rows["S000-2b"] == "[lesson 02](../../notebooks/02_qualification.ipynb)"
        and rows["S000-2c"] == "-"
    )
    assert documents.item_addresses(content)["S000-2b"] == "docs/sources/S000.html#s000-2b"


def test_the_sources_file_is_complete_and_a_lesson_cites_no_other_item() -> None:
    content = documents.read_documents(tree.DOCS / "sources.toml")
    assert list(content) == ["S000", "S001", "S002", "S003", "S004"]
    assert len(documents.item_addresses(content)) == 206
    for code, document in content.items():
        for essay in (value for value in document.values() if isinstance(value, dict)):
            letters = [key for key in essay if len(key) == 1]
            assert (
                letters == [chr(ord("a") + place) for place in range(len(letters))] and letters
            ), code
            assert {"title", "title_zh", "says"} <= essay.keys()
            for key in letters:
                parts = [essay[key]] if isinstance(essay[key], str) else essay[key]
                assert len(parts) <= 2 and all(part.endswith((".", "?")) for part in parts), (
                    code,
                    key,
                )
    with pytest.raises(
        ValueError, match=r"1 ids that docs/sources\.toml does not have: S009-9z in lesson 01"
    ):
        tree._known(
            [], {"01": ("01.ipynb", "see S009-9z and S000-2a")}, documents.item_addresses(content)
        )


GLOSSARY = """# Glossary

## Accounts

| English | 中文 | meaning |
|---|---|---|
| account | 客户 | The customer. |
| key account | 大客户 | A large one. |

## Credit

Of [lesson 07](../notebooks/07_credit_grade.ipynb).

| English | 中文 | meaning |
|---|---|---|
| default | 违约 | Failure to pay, as in `book`. |
| area under the ROC curve (AUC) | 曲线下面积 | A probability. |
"""


def test_terms_are_found_in_singular_and_plural_and_plain_words_in_their_own_lesson() -> None:
    account, key, default, auc = terms.read_terms(GLOSSARY)
    assert (account.lessons, default.lessons, auc.lessons) == ((), ("07",), ())
    assert (
        auc.names == ("area under the ROC curve", "AUC")
        and auc.anchor == "term-area-under-the-roc-curve"
    )
    assert key.found_in("01", "All Key accounts.") and not key.found_in("01", "monkey accounts")
    assert default.found_in("07", "two defaults") and not default.found_in("01", "two defaults")
    assert auc.found_in("07", "AUC 0.7") and not auc.found_in("07", "auc")
    text = terms.glossary_page(
        GLOSSARY,
        {"01": ("01_a.ipynb", "an account, by default"), "07": ("07_b.ipynb", "a default")},
    )
    assert (
        '| <span id="term-account"></span>account | 客户 | The customer. | [01](../notebooks/01_a.ipynb) |'
        in text
    )
    assert "违约 | Failure to pay, as in `book`. | [07](../notebooks/07_b.ipynb) |" in text


BODY = """<section><h1>Key account</h1><p>See <code>account</code>, <a href="x">an account</a>, an account and 5 key accounts
(S000-2a, S009-9z). <span class="math">account</span> Again accounts 大客户。</p>
<div class="cell"><p>key account S000-2a</p></div><p>key account, default</p></section>"""


def test_first_uses_lead_to_the_glossary_and_ids_to_the_documents() -> None:
    facts = {
        "terms": [term._asdict() for term in terms.read_terms(GLOSSARY)],
        "items": {"S000-2a": "docs/sources/S000.html#s000-2a"},
    }
    soup = BeautifulSoup(markup.finish(BODY, "notebooks/01_topic", facts), "html.parser")
    links = soup.select("a.term")
    assert [link.get_text() for link in links] == ["account", "key accounts"]
    assert links[1]["href"] == "../docs/glossary.html#term-key-account"
    tip = soup.find(id=str(links[1]["aria-describedby"]))
    assert tip is not None and tip.get_text() == "大客户. A large one." and tip["role"] == "tooltip"
    assert [(link.get_text(), link["href"]) for link in soup.select("a.item")] == 2 * [
        ("S000-2a", "../docs/sources/S000.html#s000-2a")
    ]
    assert [tag.get_text() for tag in soup.select("p > [lang]")] == ["大客户。"]
    assert not soup.select("h1 a, code a, .math a, .cell a.term")
    assert not BeautifulSoup(markup.finish(BODY, "docs/other", facts), "html.parser").select(
        "a.term, a.item"
    )


FRAME = """<div><style scoped>x</style><table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>share</th>
<th>class</th></tr><tr><th>account</th><th></th><th></th></tr></thead><tbody><tr><th>A1</th><td>1,234.5 m CNY</td><td>A</td></tr>
<tr><th>A2</th><td>-</td><td>12</td></tr><tr><th>A3</th><td>0.70 (0.66 to 0.72)</td><td>2024-01-05</td></tr></tbody></table></div>"""


def test_tables_say_what_heads_what_and_align_numbers() -> None:
    soup = BeautifulSoup(
        markup.finish(f"<h2>The list#</h2>{FRAME}", "notebooks/01_a", {"terms": [], "items": {}}),
        "html.parser",
    )
    assert [(cell.get_text(), cell["scope"]) for cell in soup.select("thead th")] == [
        ("account", "col"), ("share", "col"), ("class", "col"),
    ]  # fmt: skip
    assert [cell["scope"] for cell in soup.select("tbody th")] == ["row"] * 3
    assert [cell.get_text() for cell in soup.select(".num")] == [
        "share",
        "1,234.5 m CNY",
        "-",
        "0.70 (0.66 to 0.72)",
    ]
    assert not soup.select("style, [border], [style]")
    assert soup.select("div.table-region[role=group]")[0]["aria-label"] == "Table: The list"


def test_solutions_are_folded_and_the_exercise_is_as_handed_out() -> None:
    code = lessons()[0]
    first, second = [item for item in of_lesson(code) if not isinstance(item, Question)][:2]
    solved = "# solution\nanswer = 42\n# end of solution\nexercises.check()"
    marked = {"tags": ["solution"]}
    cells = [
        new_markdown_cell("# Exercises"), new_markdown_cell("These are the solutions.", metadata=marked),
        new_markdown_cell(f"## {first.code} One"), new_code_cell(solved), new_markdown_cell("### Why\nBecause.", metadata=marked),
        new_markdown_cell(f"## {second.code} Two"), new_code_cell(solved),
    ]  # fmt: skip
    made = [cell.source for cell in notebooks.folded(new_notebook(cells=cells)).cells]
    opening = f'<details class="solution"><summary>Solution of {first.code}</summary>'
    assert (
        made[:3] == ["# Exercises", f"## {first.code} One", made[2]]
        and "..." in made[2]
        and "42" not in made[2]
    )
    assert made[3:7] == [
        opening,
        "answer = 42\nexercises.check()",
        "**Why**\nBecause.",
        "</details>",
    ]
    assert (
        made[7] == f"## {second.code} Two"
        and made[-1] == "</details>"
        and made.count("</details>") == 2
    )


def test_the_room_of_a_lesson_is_its_page_of_the_reference(tmp_path: Path) -> None:
    for name in (
        "__init__",
        "lessons/__init__",
        "lessons/catalogue",
        "lessons/concentration/__init__",
        "lessons/concentration/measures",
        "lessons/concentration/answers",
        "lessons/shared/__init__",
        "book/__init__",
        "book/rollup",
        "book/intake/__init__",
        "running/__init__",
    ):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    pages = reference.reference_pages(tmp_path, LEFT[:1])
    found = {
        name.rpartition("/")[2]: [line[3:] for line in text.splitlines() if line.startswith("## ")]
        for name, text in pages.items()
    }
    assert found == {
        "index": [],
        "01_concentration": ["lessons.concentration", "lessons.concentration.measures"],
        "book": ["book", "book.rollup"],
        "contract": ["contract"],
        "exercises": ["exercises"],
        "lessons": ["lessons", "lessons.catalogue"],
        "lessons_shared": ["lessons.shared"],
        "truth": ["truth"],
    }


def test_links_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="x"></p><a href="b.html#y">1</a><a href="#x">2</a><a href="https://e.example">3</a>'
    )
    (tmp_path / "b.html").write_text(
        '<p id="z"></p><p id="z"></p><a href="c.html">1</a><a href="a.html?q=1#x">2</a><img src="d.png">'
    )
    assert site.broken_links(tmp_path) == [
        "a.html: b.html#y has no such anchor", "b.html: #z is there twice",
        "b.html: c.html is no file of the site", "b.html: d.png is no file of the site",
    ]  # fmt: skip


def test_a_link_leads_out_of_the_site_to_what_lies_beside_it_only(tmp_path: Path) -> None:
    pages = tmp_path / "site"
    (pages / "docs").mkdir(parents=True)
    (pages / "index.html").write_text(
        '<a href="../report.html">1</a><a href="../deck.html">2</a><a href="../crm/a.csv">3</a>'
    )
    (pages / "docs" / "a.html").write_text(
        '<a href="../report.html">1</a><a href="../../report.html">2</a><a href="../crm/a.csv">3</a>'
    )
    assert site.broken_links(pages, ["report.html", "crm/a.csv"]) == [
        "docs/a.html: ../report.html is no file of the site",
        "docs/a.html: ../crm/a.csv is no file of the site",
        "index.html: ../deck.html is no file of the site",
    ]
