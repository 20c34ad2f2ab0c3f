"""The web site: warnings stop it, nothing is fetched from elsewhere, alt text arrives, a failed build changes nothing."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from test_figures import shown_bundle

from keyacct_utils import site

START = "# Start here\n\nGo on with [lesson 1](01_concentration.ipynb), see the [glossary](../docs/glossary.md#concentration)."
LESSON = "# Is it really 80/20?\n\n$$G = 1 - 2\\int_0^1 L(p)\\,dp$$\n\nSee [the settings](../pyproject.toml)."
TABLE = '<table border="1" class="dataframe"><tbody><tr><th>a</th><td>1</td></tr></tbody></table>'


def write(folder: Path, name: str, text: str, html: str = TABLE) -> None:
    outputs = [new_output("execute_result", data={"text/html": html, "text/plain": "a 1"}, execution_count=1)]
    outputs.append(new_output("display_data", data=shown_bundle('Curve of "P" 供电')))
    cells = [new_markdown_cell(text), new_code_cell("frame", outputs=outputs, execution_count=1)]
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(
        new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}), folder / name
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collection")
    write(folder / "notebooks", "00_start_here.ipynb", START)
    write(folder / "notebooks", "01_concentration.ipynb", LESSON)
    write(folder / "notebooks" / "exercises", "01_concentration.ipynb", "# Exercises on concentration")
    index = site.build(folder / "notebooks", folder / "site", title="Test collection")
    return index.parent


def page(built: Path, name: str) -> str:
    return (built / name).read_text(encoding="utf-8")


def test_pages_of_lessons_exercises_glossary_and_reference(built: Path) -> None:
    index = page(built, "index.html")
    assert index.index("00_start_here.html") < index.index("01_concentration.html")
    assert "Test collection" in index and "How few accounts carry the business" in index
    assert "赫芬达尔指数" in page(built, "docs/glossary.html")
    assert "keyacct_utils.figures.lorenz_plot" in page(built, "docs/reference.html")
    assert (built / "notebooks" / "exercises" / "01_concentration.html").exists()
    assert 'href="../docs/glossary.html#concentration' in page(built, "notebooks/00_start_here.html")


def test_alt_text_and_table_reach_the_page(built: Path) -> None:
    html = page(built, "notebooks/01_concentration.html")
    assert 'alt="Curve of &quot;P&quot; 供电"' in html and 'class="dataframe"' in html
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
    (tmp_path / "a.html").write_text(f'<a href="https://fine.example">a link</a>{tag}', encoding="utf-8")
    found = site.external_requests(tmp_path)
    assert len(found) == 1 and found[0].startswith("a.html: ") and "fine" not in found[0]


def test_a_failing_build_leaves_the_old_site(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / site.MARKER).touch()
    (out / "index.html").write_text("old", encoding="utf-8")
    write(tmp_path / "broken", "01_concentration.ipynb", "# A lesson\n\n[nowhere](no_such_file.ipynb)")
    with pytest.raises(site.SiteError, match="no_such_file"):
        site.build(tmp_path / "broken", out, private=True)
    assert page(out, "index.html") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "site"]  # no scratch is left


def test_a_page_that_would_fetch_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pages_with_a_script(source: Path, pages: Path, title: str, private: bool) -> None:
        pages.mkdir()
        (pages / "index.html").write_text('<script src="https://cdn.example/x.js"></script>', encoding="utf-8")

    monkeypatch.setattr(site, "_run_sphinx", pages_with_a_script)
    write(tmp_path / "notebooks", "01_concentration.ipynb", "# A lesson")
    with pytest.raises(site.SiteError, match=r"1 requests would leave the pages:\nindex\.html: https://cdn\.example"):
        site.build(tmp_path / "notebooks", tmp_path / "site")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks"]


def test_own_data_replaces_an_old_site_and_stays_private(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / site.MARKER).touch()
    (out / "stale.html").touch()
    # lesson 0 was not run on this book: the link to it becomes plain text instead of a fault
    write(
        tmp_path / "run", "01_concentration.ipynb", "# A lesson\n\nAfter [the start](00_left_out.ipynb) and [this](../README.md)."
    )
    with pytest.MonkeyPatch.context() as patch:
        fake = tmp_path / "repository"
        (fake / "notebooks").mkdir(parents=True)
        (fake / "notebooks" / "00_left_out.ipynb").touch()
        (fake / "README.md").touch()
        patch.setattr(site, "ROOT", fake)
        site.build(tmp_path / "run", out, private=True)
    html = page(out, "notebooks/01_concentration.html")
    assert "After the start and this." in html and "not for publication" in html
    assert not (out / "stale.html").exists() and not list(out.rglob("*.ipynb")) and not (out / "docs" / "reference.html").exists()


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
    lines = (site.DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ") and "English" not in line
    ]
    assert len(rows) >= 70
    assert all(len(row) == 3 and all(row) and row[2].endswith(".") for row in rows)
    for column in (0, 1):
        names = [row[column] for row in rows]
        assert len(names) == len(set(names))


def test_a_name_of_a_book_is_text_on_every_page(tmp_path: Path) -> None:
    write(tmp_path / "notebooks", "00_start_here.ipynb", START.replace("[lesson 1](01_concentration.ipynb)", "lesson 1"))
    site.build(tmp_path / "notebooks", tmp_path / "site", title="=Odd <script>alert(1)</script> *x*", private=True)
    for page in (tmp_path / "site").rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8"), page.name
