"""Report, deck, figures and one account explained: bound to the numbers of a run, safe to hand on, whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure

from keyacct_utils.book import Book
from keyacct_utils.handing_on import headlines, printing
from keyacct_utils.handing_on.explain import explain, file_name
from keyacct_utils.handing_on.files import breaks_off, history, largest_accounts, write_files
from keyacct_utils.handing_on.headlines import drawn_in, headline, plain, read_lessons
from keyacct_utils.handing_on.one_account import NO_NUMBER, explained, lines, written
from keyacct_utils.handing_on.pages import _SENT_BACK, _SOLD, bars, of_run
from keyacct_utils.handing_on.report import _first_lacks
from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.catalogue import LESSONS, NOTEBOOKS, lesson
from keyacct_utils.lessons.shared.declaration import Lesson
from keyacct_utils.lessons.showing import finding as showing
from keyacct_utils.lessons.showing import style
from keyacct_utils.lessons.showing.finding import Finding, Picture
from keyacct_utils.review import record as recording
from keyacct_utils.review.account_review import read_review, up_to
from keyacct_utils.review.handover import hand_on
from keyacct_utils.review.record import record
from keyacct_utils.running import cli, publishing, runner
from keyacct_utils.site.checking import external_requests

EVIL = '<script>alert(1)</script> & "Co" **x**'
NAMES = {"A1": "安和钢铁", "A2": EVIL, "A3": "Chenxi", "A4": "Dafeng"}
AMOUNTS = {"A1": 5000.25, "A2": 300.5, "A3": 200.0, "A4": 40.0}
LOSS = {"A1": 700.0, "A2": -60.5, "A3": 20.0, "A4": -1.0}


def figure(title: str) -> Figure:
    made = Figure()
    made.subplots().set_title(title)
    return made


def shown_by(monkeypatch, kept: Path | None, *findings: Finding) -> list[nbformat.NotebookNode]:
    """What the findings show in a notebook, as a kernel would put it down."""
    outputs: list[nbformat.NotebookNode] = []

    def display(item, raw=False, metadata=None):
        data = item if raw else {"text/markdown": item.data} if hasattr(item, "data") else {}
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata or {}))

    monkeypatch.setattr(style, "display", display)
    monkeypatch.setattr(showing, "display", display)
    if kept:
        monkeypatch.setenv(style.KEPT, str(kept))
    for item in findings:
        item._ipython_display_()
    return outputs


def notebook(folder: Path, stem: str, *cells: tuple[str, list]) -> Path:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell("# A lesson")]
    for source, outputs in cells:
        cell = nbformat.v4.new_code_cell(source)
        cell.outputs = outputs
        made.cells.append(cell)
    folder.mkdir(exist_ok=True)
    nbformat.write(made, folder / f"{stem}.ipynb")
    return folder / f"{stem}.ipynb"


def of_curves() -> Finding:
    return Finding(
        {"who": EVIL, "share": 0.9},
        ("{who} holds {share:percent}.",),
        picture=Picture(figure, "{who} holds {share:percent}", "A curve of {who}, {share:percent}."),
    )  # fmt: skip


def told(book: Book, **more) -> dict:
    facts = {
        "data_hash": book.data_hash,
        "bundled": False,
        "currency": "CNY",
        "as_of": "2024-12-31",
    }
    facts |= {"period": book.period, "notes": [], "reconciliation": [], "name": book.name}
    lessons = [{"lesson": "01", "notebook": "01_concentration", "state": "full", "reason": ""},
               {"lesson": "08", "notebook": "08_receivables", "state": "part", "reason": "without days < 3"}]  # fmt: skip
    made = {"book": facts, "parameters": {}, "lessons": lessons, "versions": {"keyacct": "0.1.0"}}
    return json.loads(json.dumps(made | {"left_out": ["2 rows with 7.00 count nowhere."]} | more))


def made_run(folder: Path, monkeypatch, key: Path | None = None, **asked) -> tuple[Path, Book]:
    """The folder of a run on four accounts, as the runner leaves it, and its book."""
    own, run = folder / "book", folder / "run"
    own.mkdir(parents=True)
    run.mkdir()
    quarters = ("2023-02-03", "2024-02-03", "2024-11-30")
    ledger = [(i, day, round(AMOUNTS[i] / 2, 2)) for i in AMOUNTS for day in quarters]
    pd.DataFrame(ledger, columns=["account_id", "date", "revenue"]).to_csv(
        own / "l.csv", index=False
    )
    names = pd.DataFrame({"account_id": list(NAMES), "name_zh": list(NAMES.values())})
    names.to_csv(own / "a.csv", index=False)
    (own / "book.toml").write_text(
        'contract_version = 1\nname = "<b>Tiny</b> & Co"\ncurrency = "CNY"\nperiod = "2024"\n'
        'as_of = 2024-12-31\n[tables.ledger]\npath = "l.csv"\n[tables.accounts]\npath = "a.csv"\n',
        encoding="utf-8",
    )
    book = Book.open(own / "book.toml", pseudonymise=key)
    code = dict(zip(AMOUNTS, coded(book), strict=True))
    monkeypatch.setenv(recording.RUN_FOLDER, str(run))
    ids = [code[i] for i in AMOUNTS]
    first = {"rank": [1, 2, 3, 4], "amount": list(AMOUNTS.values()), "abc": ["A", "B", "B", "C"]}
    record("01", pd.DataFrame({"account_id": ids, **first}),
           meaning={"rank": "rank", "amount": "revenue, CNY", "abc": "class at 80 % and <95 %>"})  # fmt: skip
    second = {"class": ["VIP", "small", "small", "small"], "rule": ["first 1 %", "-", "-", "-"]}
    record("02", pd.DataFrame({"account_id": ids, **second}),
           meaning={"class": "class by rank", "rule": "source"})  # fmt: skip
    record("04", pd.DataFrame({"account_id": ids, "profit": list(LOSS.values()), "profit_known": "known"}),
           meaning={"profit": "what it leaves, CNY", "profit_known": "known or not"})  # fmt: skip
    graded = {"credit_grade": ["D", "A", "B", "D"], "credit_score": [95.0, 90.0, 70.0, 30.0]}
    record("07", pd.DataFrame({"account_id": ids, **graded}),
           meaning={"credit_grade": "grade", "credit_score": "points"})  # fmt: skip
    kept = run / "drawn"
    kept.mkdir()
    outputs = shown_by(monkeypatch, kept, of_curves())
    notebook(
        run / "notebooks", "01_concentration", ("curve = lesson.curves(sales, q)\ncurve", outputs)
    )
    said = shown_by(monkeypatch, None, Finding(unknown="No invoice has a day."))
    notebook(run / "notebooks", "08_receivables", ("lesson.how_late(found)", said))
    monkeypatch.delenv(style.KEPT)
    facts = told(book)
    page = hand_on(run, folder / "out", book, facts)
    asked = {"report": True, "deck": True} | asked
    write_files(run, page, facts, book, kept=kept, **asked)
    return run, book


def coded(book: Book) -> list[str]:
    """The codes of the four accounts, by their amounts."""
    rows = book.rollup(by_line=False).sort_values("revenue", ascending=False)
    return rows["account_id"].tolist()


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, Book]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "browser", lambda: None)
        return made_run(tmp_path_factory.mktemp("run"), patch)


class Read(HTMLParser):
    """Tags, what is loaded, and the text by the id of the section around it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text: dict[str, str] = {}
        self.at = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        own = dict(attrs)
        self.loads += [own[name] for name in ("src", "href", "data", "srcset") if name in own]
        if tag == "section":
            self.at = own["id"]

    def handle_data(self, data):
        self.text[self.at] = f"{self.text.get(self.at, '')} {data}".replace(
            "\N{NO-BREAK SPACE}", " "
        )


def report(run) -> tuple[str, Read]:
    page = (run[0] / "report.html").read_text(encoding="utf-8")
    return page, Read(page)


# What is said


def test_the_first_page_answers_a_manager_from_the_numbers(run):
    first = report(run)[1].text[""]
    whole = sum(AMOUNTS.values())
    for question in ("Who are the key accounts", "How concentrated", "On whom the book depends",
                     "Who earns and who costs", "What to do first"):  # fmt: skip
        assert question in first
    assert f"1 account {100 * AMOUNTS['A1'] / whole:.1f} %" in " ".join(first.split())
    assert "Most is left by 安和钢铁 (A1) 700.0; Chenxi (A3) 20.00." in first
    assert "2 accounts lose 61.50 in all, most:" in first and "-60.50" in first


def test_a_page_per_lesson_says_the_finding_and_what_is_in_no_number(run):
    page, read = report(run)
    one = read.text["lesson-01"]
    assert f"{EVIL} holds 90.0 %." in one and "In no number: 2 rows with 7.00 count nowhere." in one
    assert "How few accounts carry the business" in one
    png = (run[0] / "figures" / "01_curves.png").read_bytes()
    assert base64.b64encode(png).decode() in page
    other = read.text["lesson-08"]
    assert "No figure of this lesson can be drawn from this book." in other
    assert "No invoice has a day." in other and "This lesson ran without days < 3." in other


def test_a_page_per_account_in_the_order_of_the_amounts(run):
    _, read = report(run)
    assert [name for name in read.text if name.startswith("account-")] == [
        f"account-{place}" for place in (1, 2, 3, 4)
    ]
    second = " ".join(read.text["account-2"].split())
    assert EVIL in second and "amount 300.50" in second and "profit -60.50" in second
    # 300.50 over three days, one of them in 2023
    assert "Sales from 2023Q1 to 2024Q4, CNY; most in 2023Q1: 150.25" in second


def test_sales_over_time_are_those_of_the_ledger(run):
    found = history(run[1], ["A3", "A1"])
    assert found.index.tolist() == ["A3", "A1"]
    assert found.loc["A3"].to_dict() == {"2023Q1": 100.0, "2024Q1": 100.0, "2024Q4": 100.0}
    assert history(run[1], []).empty


def test_without_lesson_01_the_sales_of_the_period_rank(run, tmp_path):
    review = read_review(run[0])
    columns = {label: item for label, item in review.columns.items() if item.lesson != "01"}
    without = type(review)(
        review.accounts.drop(columns=["rank", "amount", "abc"]), columns, review.run
    )
    assert largest_accounts(without, run[1]) == ["A1", "A2", "A3", "A4"]


def test_the_deck_has_a_slide_for_each_finding(run):
    page = (run[0] / "deck.html").read_text(encoding="utf-8")
    read = Read(page)
    slides = [name for name in read.text if name.startswith("slide-")]
    assert len(slides) == 4  # the answers, two lessons, what to do first
    assert f"{EVIL} holds 90.0 %." in read.text["slide-2"] and "2 / 4" in read.text["slide-2"]
    assert "break-after: page" in page and "ArrowRight" in page


# What is handed on is safe


def test_the_slides_to_edit_say_what_the_deck_says_as_text(run):
    pptx = pytest.importorskip("pptx", reason="the extra deck is not installed")
    deck = pptx.Presentation(str(run[0] / "deck.pptx"))
    page = Read((run[0] / "deck.html").read_text(encoding="utf-8")).text
    assert len(deck.slides) == sum(name.startswith("slide-") for name in page) == 4
    flat = [" ".join(page[f"slide-{number}"].split()) for number in range(1, 5)]
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width
            assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height
    texts = [
        " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        for slide in deck.slides
    ]
    # names are text: no markup is read in them and none is added
    assert all("<b>Tiny</b> & Co" in shown for shown in (texts[0], flat[0]))
    pictures = [s for s in deck.slides[1].shapes if s.shape_type == 13]
    assert [s._element.nvPicPr.cNvPr.get("descr") for s in pictures] == [
        drawn.alt for drawn in headlines_of(run[0]) if drawn
    ]
    assert "No invoice has a day." in texts[2] and "2 rows with 7.00" in texts[3]
    assert all("4" in text for text in texts)


def headlines_of(folder: Path) -> list:
    found, _ = headlines.read_lessons(folder / "notebooks", {}, None)
    return [item.drawn for item in found]


def test_a_text_that_is_empty_is_told_as_none():
    # once: "planned next:" with nothing behind it
    assert written("", "text") == "none" and written("hold", "text") == "hold"


def test_without_the_extra_the_way_to_the_slides_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("keyacct_utils.handing_on.files.find_spec", lambda _: None)
    monkeypatch.setattr(printing, "browser", lambda: None)
    told: list[str] = []
    writing = write_files
    monkeypatch.setitem(globals(), "write_files", lambda *a, **k: told.extend(writing(*a, **k)))
    run, _ = made_run(tmp_path, monkeypatch)
    assert (run / "deck.html").is_file() and not (run / "deck.pptx").exists()
    assert any("pip install 'keyacct[deck]'" in line for line in told)


@pytest.mark.parametrize("name", ["report.html", "deck.html"])
def test_names_are_text_and_nothing_comes_from_outside(run, name):
    page = (run[0] / name).read_text(encoding="utf-8")
    read = Read(page)
    assert EVIL not in page and html.escape(EVIL) in page
    assert read.tags.count("script") == (name == "deck.html")
    assert "<b>Tiny" not in page
    assert all(
        item.startswith(("data:image/png;base64,", "#"))
        or item in ("account_review.xlsx", "deck.html", "deck.pptx")
        for item in read.loads
    ), [item[:40] for item in read.loads]
    assert not external_requests(run[0])
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in policy


def test_figures_are_named_by_their_step_and_kept_as_svg(run):
    assert sorted(path.name for path in (run[0] / "figures").iterdir()) == [
        "01_curves.png",
        "01_curves.svg",
    ]
    svg = (run[0] / "figures" / "01_curves.svg").read_text(encoding="utf-8")
    assert f"<title>{html.escape(EVIL, quote=False)} holds 90.0 %</title>" in svg
    assert "<script" not in svg


def test_under_codes_no_name_leaves(tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "browser", lambda: None)
    folder, book = made_run(tmp_path, monkeypatch, key=tmp_path / "k.key")
    ids = coded(book)
    _, page = explain(ids[0], folder, tmp_path / "pages")
    for path in [page, folder / "report.html", folder / "deck.html"]:
        said = re.sub("base64,[A-Za-z0-9+/=]+", "", path.read_text(encoding="utf-8"))
        assert ids[0] in said, path.name
        assert not [
            name for name in ("安和钢铁", "Chenxi", "Dafeng", "(A1)", ">A1<") if name in said
        ]
    with pytest.raises(ValueError, match="account 'A1' is not in this run, which holds 4"):
        explain("A1", folder, tmp_path / "pages")


# Printing


def browser_that(folder: Path, does: str) -> str:
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (None, "no chromium or chromium-browser or google-chrome is here"),
        ("exit 3", "chromium ended with 3"),
        ("exit 0", "chromium wrote no PDF"),
        ("sleep 5", "chromium took longer than 0.2 seconds"),
    ],
)
def test_a_browser_that_is_missing_or_fails_is_told_and_no_failure(
    tmp_path, monkeypatch, does, why
):
    program = browser_that(tmp_path, does) if does else None
    monkeypatch.setattr(printing, "browser", lambda: program)
    (tmp_path / "report.html").write_text("<p>x</p>")
    (tmp_path / "report.pdf").write_text("of before")
    patience = 0.2 if does == "sleep 5" else 30
    line = printing.print_pdf(tmp_path / "report.html", tmp_path / "report.pdf", patience)
    assert line == (
        f"report.pdf was not printed: {why}; open report.html in a browser and print it"
    )
    assert (tmp_path / "report.pdf").read_text() == "of before"


def test_a_browser_prints(tmp_path, monkeypatch):
    does = 'for a in "$@"; do case "$a" in --print-to-pdf=*) printf "%%PDF-1.4 x" > "${a#--print-to-pdf=}";; esac; done'
    monkeypatch.setattr(printing, "browser", lambda: browser_that(tmp_path, does))
    (tmp_path / "report.html").write_text("<p>x</p>")
    assert printing.print_pdf(tmp_path / "report.html", tmp_path / "report.pdf") == ""
    assert (tmp_path / "report.pdf").read_bytes() == b"%PDF-1.4 x"
    assert not list(tmp_path.glob(".report*"))


# Whole or not at all


def test_a_later_run_takes_the_files_of_the_earlier_away(tmp_path):
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    for name in ("run.json", "report.html", "report.pdf", "deck.html", "explain_A1.html",
                 "figures/01_curves.png", "crm/account_plan.csv", "mine.html"):  # fmt: skip
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("old")
    with publishing.scratch_folder(out) as scratch:
        (scratch / "run.json").write_text("new")
        (scratch / "deck.html").write_text("new")
        publishing.publish(scratch, out)
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert files == {"run.json", "deck.html", "mine.html"}
    assert (out / "deck.html").read_text() == "new" and not (out / "figures").exists()
    assert not (out / "crm").exists()


def test_figures_of_a_person_stay(tmp_path):
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "logo.png").write_text("mine")
    with publishing.scratch_folder(out) as scratch:
        (scratch / "figures" / "01_curves.svg").write_text("new")
        (scratch / "run.json").write_text("new")
        publishing.publish(scratch, out)
    assert {path.name for path in (out / "figures").iterdir()} == {"logo.png", "01_curves.svg"}


# One account


def test_an_account_is_explained_by_its_own_numbers(run):
    review = read_review(run[0])
    second = explained(review, "A2")
    standings = {item.lesson: item for item in second.standings}
    assert standings["01"].value == "B" and standings["01"].rule == "class at 80 % and <95 %>"
    # the next above is A1 with 5000.25, the next below A4 with 40.00
    assert standings["01"].distance == (
        "amount 300.50; the lowest in A has 5,000.25, 4,699.75 more; the highest in C has 40.00, 260.50 less"
    )
    assert standings["02"].why == "-" and standings["02"].distance == NO_NUMBER
    # one D has more points: something else than points decides there, and it says so
    assert standings["07"].distance == "credit score 90.0; the highest in B has 70.0, 20.0 less"
    third = {item.lesson: item for item in explained(review, "A3").standings}["07"]
    assert third.distance == (
        "credit score 70.0; the lowest in A has 90.0, 20.0 more; D has accounts with as much (95.0): "
        "something else than this number can lead there"
    )
    first = {item.lesson: item for item in explained(review, "A1").standings}["07"]
    assert "B has accounts with as little (70.0): something else than this number keeps it out" in (
        first.distance
    )
    assert "  to another class: " + standings["01"].distance in lines(second)


def test_a_number_that_was_not_recorded_is_said(run):
    review = read_review(run[0])
    columns = {label: item for label, item in review.columns.items() if item.name != "amount"}
    without = type(review)(review.accounts, columns, review.run)
    (one,) = [item for item in explained(without, "A2").standings if item.lesson == "01"]
    assert one.distance == "this run did not record amount, which the classes cut"
    empty = review.accounts.assign(amount=[None, *review.accounts["amount"][1:]])
    (one,) = [item for item in explained(type(review)(empty, review.columns), "A1").standings if item.lesson == "01"]  # fmt: skip
    assert one.distance == "its amount is not known"


def test_the_command_explains_on_the_screen_and_as_a_page(run, tmp_path, capsys):
    arguments = ["explain", "A2", "--run", str(run[0]), "--out", str(tmp_path / "pages")]
    cli.cli.main(arguments, standalone_mode=False)
    said = capsys.readouterr().out
    assert "ABC class (01): B" in said and "profit: -60.50" in said
    page = (tmp_path / "pages" / "explain_A2.html").read_text(encoding="utf-8")
    assert html.escape(EVIL) in page and "script" not in Read(page).tags
    assert "260.50 less" in page
    with pytest.raises(
        cli.WrongInput, match=r"account 'A' is not in this run.*'A1' or 'A2' or 'A3'"
    ):
        cli.cli.main(["explain", "A", "--run", str(run[0])], standalone_mode=False)
    with pytest.raises(cli.WrongInput, match=r"a folder without account_review\.parquet"):
        cli.cli.main(["explain", "A1", "--run", str(tmp_path)], standalone_mode=False)


def test_an_account_that_is_left_out_or_written_otherwise_is_told(run):
    # once: "did you mean '0020' or '0016'" of 0006, which the book leaves out, and no word of 0001 for 1
    review = read_review(run[0])
    ids = ["0001", "0016", "0020", "A4"]
    frame = review.accounts.assign(account_id=ids)
    made = type(review)(frame, review.columns, review.run | {"excluded": {"0006": "our own"}})
    for asked, wanted in (
        ("0006", "account '0006' is left out by book.toml (our own) and in no number of this run: "
         "take it out of [exclude] and run again"),
        ("1", "did you mean '0001'?"),
        ("00016", "did you mean '0016'?"),
        ("dafeng", "did you mean 'A4'?"),
        ("zz", "account_review.csv lists all"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=re.escape(wanted)):
            explained(made, asked)


def test_the_record_of_a_run_names_what_the_book_leaves_out(tmp_path, monkeypatch):
    folder, book = made_run(tmp_path, monkeypatch)
    facts = told(book)
    facts["book"]["excluded"] = {"A9": "our own"}
    hand_on(folder, tmp_path / "out", book, facts)
    assert read_review(folder).run["excluded"] == {"A9": "our own"}


def test_a_quarter_of_returns_stands_below_the_line():
    # once it was drawn as nothing, and the words said nothing of it
    amounts = pd.Series({"2023Q1": 100.0, "2023Q2": -50.0, "2023Q3": 0.0})
    drawn = bars(amounts, "CNY")
    assert "most in 2023Q1: 100.00; more returned than sold in 2023Q2: -50.00" in drawn
    rows = re.findall(r'<rect [^>]*y="([\d.]+)"[^>]*height="([\d.]+)" fill="(#\w+)"', drawn)
    # 120 high over 150 of money: the line lies at 80
    assert rows == [("0.0", "80.0", _SOLD), ("80.0", "40.0", _SENT_BACK), ("80.0", "0.0", _SOLD)]
    assert 'd="M0 80.0H640"' in drawn
    only = bars(pd.Series({"2023": -5.0}), "")
    assert "most in" not in only and "more returned than sold in 2023: -5.00" in only
    assert "<path" not in bars(amounts.clip(lower=0), "") and not bars(amounts * 0, "")


def test_a_last_quarter_that_breaks_off_is_told(write_book):
    # once a low last bar, of 36 days, that looked like a fall
    amounts = pd.Series({"2018Q1": 100.0, "2018Q2": 40.0})
    assert "2018Q2 only up to 2018-05-06" in bars(amounts, "USD", "2018-05-06")
    assert "only up to" not in bars(amounts, "USD")
    days = "".join(f"A,2018-0{month}-{day:02},5\n" for month in (1, 2, 3, 4) for day in (2, 14, 27))
    for more, top, until in (
        ("A,2018-05-01,5\nA,2018-05-03,5\nA,2018-05-06,5\n", "", "2018-05-06"),
        ("", "as_of = 2018-05-06\n", "2018-05-06"),
        ("A,2018-06-29,5\n", "as_of = 2018-06-30\n", ""),
        ("", "", "2018-04-30"),
    ):
        text = f'{top}[tables.ledger]\npath = "ledger.csv"\n'
        book = Book.open(write_book(f"account_id,date,revenue\n{days}{more}", text))
        assert breaks_off(book, history(book, ["A"])) == until
    assert breaks_off(book, pd.DataFrame()) == ""


def test_the_day_of_the_data_is_that_of_the_last_row_where_none_is_declared(run):
    # once: "data up to an unknown day", below a period that ends on a day
    review = read_review(run[0])
    assert review.run["last_day"] == "2024-11-30"
    assert up_to(review.run) == "data up to 2024-12-31"
    assert up_to(review.run | {"as_of": None}) == "last row of 2024-11-30"
    assert of_run(review.run | {"as_of": None}).startswith("<b>Tiny</b> & Co; last row of 2024-11")
    assert up_to({}) == "data of no known day"


def test_of_what_a_lesson_ran_without_three_are_told():
    # once: a paragraph of 18, on the page of a reader who has none of them
    parts = [f"table_{n}.column: what for; {n}" for n in range(5)]
    three = "without " + "; ".join(parts[:3])
    assert _first_lacks(three) == three
    assert _first_lacks("without " + "; ".join(parts)) == (
        f"{three}; and without 2 more, which keyacct check lists"
    )


def test_two_ids_never_share_a_file():
    ids = ["A1", "a/b", "a_b", "../x", "客户1", "x" * 200, "x" * 201]
    names = [file_name(i) for i in ids]
    assert len(set(names)) == len(ids) and all("/" not in name for name in names)
    assert names[0] == "A1" and names[4] == "客户1"


# Headlines


def test_what_stands_for_a_lesson_is_a_step_with_a_figure():
    for item in LESSONS:
        if item.code == "00":
            continue
        made = nbformat.read(NOTEBOOKS / f"{item.stem}.ipynb", as_version=4)
        figures = drawn_in(made, item.code)
        found = headline(item, made, figures)
        assert found.drawn is not None and found.says, item.code
        assert found.drawn.step == item.headline[0], item.code
        assert set(item.headline) <= {drawn.step for drawn in figures}, item.code
        stems = [drawn.stem for drawn in figures]
        assert len(set(stems)) == len(stems)
        assert all(drawn.step for drawn in figures), (item.code, stems)


def test_the_page_of_lesson_01_answers_whether_the_rule_is_true():
    # once: the Gini coefficient alone
    item = lesson("01")
    made = nbformat.read(NOTEBOOKS / f"{item.stem}.ipynb", as_version=4)
    found = headline(item, made, drawn_in(made, "01"))
    assert found.drawn.step == "curves"
    said = " ".join(found.says)
    assert re.search(
        r"the top 20 %, 120 of the 600 that bought, hold 80\.0 % \(\d+ % to \d+ %\)", said
    )
    assert "The rule holds: the whole interval lies within" in said and "Gini" not in said


def test_no_other_figure_takes_the_place_of_an_answer_that_the_book_cannot_give(
    tmp_path, monkeypatch
):
    """Once thought of: the premium of a case from the documents as the headline of a book without bids."""
    case = shown_by(monkeypatch, None, of_curves())
    said = shown_by(monkeypatch, None, Finding(unknown="The book has no bids."))
    path = notebook(
        tmp_path,
        "17_tender",
        ("lesson.premium(1)", case),
        ("low = lesson.lowest_wins(x)\nlow", said),
    )
    made = nbformat.read(path, as_version=4)
    found = headline(lesson("17"), made, drawn_in(made, "17"))
    assert found.drawn is None and found.says == ("The book has no bids.",)
    path = notebook(
        tmp_path, "17_tender", ("lesson.lowest_wins(x)", said), ("lesson.rates(x)", case)
    )
    made = nbformat.read(path, as_version=4)
    assert headline(lesson("17"), made, drawn_in(made, "17")).drawn.step == "rates"


def test_the_map_of_the_lessons_has_no_page_and_figures_of_one_step_are_told_apart(
    tmp_path, monkeypatch
):
    outputs = shown_by(monkeypatch, None, of_curves(), of_curves())
    notebook(tmp_path, "00_start_here", ("lesson.map(x)", outputs))
    notebook(tmp_path, "01_concentration", ("!ls", outputs[:2]), ("lesson.curves(x)", outputs))
    found, figures = read_lessons(tmp_path, {})
    assert [item.lesson for item in found] == [lesson("01")]
    assert [item.stem for item in figures] == ["01_figure_1", "01_curves", "01_curves_2"]


def test_text_of_markdown_is_what_was_written():
    for name in (EVIL, "a_b*c", "[x](y)", "`code`", "C:\\temp", "5 < 6 & 7", "$x$"):
        said = Finding({"who": name}, ("It is {who}, **bold** and *slanted*.",)).sentences()[0]
        assert plain(said) == f"It is {name}, bold and slanted."
    assert plain("See [02 Who](02_qualification.ipynb).") == "See 02 Who."


def test_no_figure_is_kept_unless_a_run_asks(tmp_path, monkeypatch):
    monkeypatch.delenv(style.KEPT, raising=False)
    monkeypatch.chdir(tmp_path)
    shown_by(monkeypatch, None, of_curves())
    assert not list(tmp_path.iterdir())


# All of it


SHOWS = """\
import pandas as pd
from matplotlib.figure import Figure
from keyacct_utils.lessons.showing.finding import Finding, Picture
from keyacct_utils.review.record import record

class lesson:
    @staticmethod
    def curves():
        def draw(title):
            made = Figure()
            made.subplots().set_title(title)
            return made
        return Finding({"n": 2}, ("{n:count account} bought.",), picture=Picture(draw, "{n} bought", "A curve of {n}."))

record("01", pd.DataFrame({"account_id": ["001", "A2"], "rank": [1, 2], "amount": [100.5, 70.0]}),
       meaning={"rank": "rank", "amount": "sales, CNY"})
curve = lesson.curves()
curve"""  # fmt: skip


@pytest.fixture
def tiny(tmp_path, monkeypatch, kernels) -> Path:
    """A collection of one lesson, and a book for it."""
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell('book: str = "linjiang"  # the book')
    parameters.metadata["tags"] = ["parameters"]
    made.cells = [parameters, nbformat.v4.new_code_cell(SHOWS)]
    own = Lesson("01", "ok", "Ok", "好", "is it well?", 1)
    (tmp_path / "lessons").mkdir()
    nbformat.write(made, tmp_path / "lessons" / "01_ok.ipynb")
    for module in (catalogue, headlines):
        monkeypatch.setattr(module, "LESSONS", (own,))
    monkeypatch.setattr(catalogue, "NOTEBOOKS", tmp_path / "lessons")
    monkeypatch.setattr(printing, "browser", lambda: None)
    (tmp_path / "ledger.csv").write_text("account_id,revenue\n001,100.5\nA2,70\n")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Tiny"\nperiod = "all"\n[tables.ledger]\npath = "ledger.csv"\n'
    )
    return tmp_path / "book.toml"


def files(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def test_a_run_writes_what_was_asked_for(tiny, tmp_path, monkeypatch):
    out = tmp_path / "out"
    summary = runner.run(tiny, out=out, progress=False, report=True)
    assert not summary.exit_code, str(summary)
    assert "report.pdf was not printed: no chromium" in str(summary)
    usual = {"notebooks/01_ok.ipynb", "review/01.parquet", "run.json"}
    usual |= {f"account_review.{ending}" for ending in ("csv", "parquet", "xlsx")}
    figures = {"figures/01_curves.png", "figures/01_curves.svg"}
    assert files(out) == usual | figures | {"report.html"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "2 accounts bought." in page and "Is it well?" in page
    # a report that fails takes no other result with it, and leaves none half written
    monkeypatch.setattr("keyacct_utils.handing_on.files.deck_page", lambda _: 1 / 0)
    summary = runner.run(tiny, out=out, progress=False, deck=True)
    assert summary.exit_code == 1
    assert "report: FAILED: ZeroDivisionError" in str(summary)
    assert files(out) == usual | figures
    summary = runner.run(tiny, out=out, progress=False)
    assert not summary.exit_code and files(out) == usual
