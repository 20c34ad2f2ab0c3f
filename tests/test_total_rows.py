"""Rows of totals among the accounts: told by their word, or by arithmetic in any language; a coincidence is no fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.book import Book
from keyacct_utils.book.intake.sums_of_rows import _File, _told
from keyacct_utils.contract.faults import BookFaults

WriteBook = Callable[..., Path]
TOTALS, SUMS = "a row of totals, not an account", "the sum of the other rows, not an account"


def table(rows: list[tuple[str, object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([("account_id", "revenue"), *rows])
    return stream.getvalue()


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


@pytest.mark.parametrize(
    "word",
    ["合计", "合 计", "总　计", "合计数", "本页小计", "汇总：", "総計", "합계", "Total", "Grand  Total", "GRAND TOTAL:", "Total Result",
     "Report Total", "Overall Result", "Gesamtergebnis", "Итого", "Общий итог", "Total général", "Totaal", "Sub-total"],
)  # fmt: skip
def test_a_word_that_no_account_bears_is_enough(word, write_book):
    fault = report(write_book(table([("A1", 5), ("A2", 7), (word, 99)])))
    assert f"1 row: {TOTALS}: line 4 {word.strip()!r}" in fault


REPORT = [
    ("Acme", 100), ("Acme", 50), ("{Acme}", 150), ("Bolt", 70), ("{Bolt}", 70), ("Cato", 5), ("Cato", 6), ("Cato", 7), ("{Cato}", 18),
    ("{}", 238),
]  # fmt: skip
#: How programs name the totals of an account, and of all.
NAMED = {
    "Excel": ("{} Total", "Grand Total"),
    "Excel, Chinese": ("{} 汇总", "总计"),
    "Excel, German": ("{} Ergebnis", "Gesamtergebnis"),
    "QuickBooks": ("Total {}", "TOTAL"),
    "Sage": ("Total for {}", "Total · 3 customers"),
    "SAP list": ("*", "**"),
    "SAP BW": ("{} Ergebnis", "Gesamtergebnis"),
    "1C": ("{} Итог", "Итого"),
    "by its name alone": ("{} (all)", "Everything"),
    "Hungarian": ("{} összesen", "Mindösszesen"),
    "unknown": ("{} zonke", "Zonke"),
    "sums of one id": ("Bendra", "Viskas"),
}


def named(style: str) -> list[tuple[str, int]]:
    each, whole = NAMED[style]
    return [
        (whole if name == "{}" else each.format(name[1:-1]) if name[0] == "{" else name, amount)
        for name, amount in REPORT
    ]


@pytest.mark.parametrize("style", NAMED)
def test_all_totals_of_a_report_are_listed_at_once(style, write_book, tmp_path):
    rows = named(style)
    fault = report(write_book(table(rows)))
    listed = [line for line in fault.splitlines() if TOTALS in line or SUMS in line]
    for line, (name, _) in enumerate(rows, 2):
        total = line in (4, 6, 10, 11)
        assert (f"line {line} {name!r}" in "\n".join(listed)) == total, (name, fault)
    book = Book.open(tmp_path / "book.toml", quarantine=tmp_path / "aside.csv")
    assert book.totals()["revenue"][0] == 238.0


@pytest.mark.parametrize("style", [name for name in NAMED if name != "sums of one id"])
@pytest.mark.parametrize("gone", [2, 4, 8, 9])
def test_deleting_one_total_does_not_hide_the_others(style, gone, write_book):
    rows = named(style)
    fault = report(write_book(table([row for place, row in enumerate(rows) if place != gone])))
    for place in {2, 4, 8, 9} - {gone}:
        assert repr(rows[place][0]) in fault, fault


def test_an_empty_id_that_holds_the_sum_is_a_total(write_book):
    fault = report(write_book(table([("A1", 5), ("A2", 7), ("A3", 9), ("", 21)])))
    assert f"1 row: {TOTALS}: line 5" in fault and "1 row: empty: line 5" in fault


@pytest.mark.parametrize("place", [0, 5])
def test_the_sum_of_all_others_is_a_total_whatever_it_is_called(place, write_book):
    rows: list[tuple[str, object]] = [("A1", 5), ("A2", 7), ("A1", 9), ("A3", 1.5), ("A3", -2)]
    rows.insert(place, ("Zonke", 20.5))
    fault = report(write_book(table(rows)))
    assert f"1 row: {SUMS}: line {place + 2} 'Zonke'" in fault
    assert "sort the rows another way" in fault
    moved = [*rows[:place], *rows[place + 1 :]]
    moved.insert(2, ("Zonke", 20.5))
    assert Book.open(write_book(table(moved))).totals()["revenue"][0] == 41.0


def test_the_sum_of_a_few_is_noted_with_its_money(write_book):
    book = Book.open(write_book(table([("A1", 1), ("A2", 2), ("A3", 3), ("A4", 6)])))
    (note,) = [note for note in book.notes if "the sum of all other rows" in note]
    assert note.startswith("ledger.account_id: 'A4' (ledger.csv line 5) holds 6.00")


def test_a_total_in_each_of_several_files_is_told(write_book):
    months = {
        f"m{i}__csv": table([("A1", i), ("A2", 2 * i), ("Total A", 3 * i)]) for i in range(1, 4)
    }
    fault = report(write_book(toml='[tables.ledger]\npath = "m*.csv"\n', **months))
    assert f"3 rows: {TOTALS}" in fault


@pytest.mark.parametrize(
    "rows",
    [
        [("TotalEnergies", 100), ("A2", 100)],
        [("A2", 100), ("TotalEnergies", 100)],
        [("A2", 100), ("Total SA", 100), ("A3", 7), ("Total SA", 8)],
        [("Acme", 100), ("Acme East", 100), ("Bolt", 50), ("Bolt East", 50)],  # a flat fee
        [(name, 100) for _ in range(6) for name in ("A1", "A2", "A3")],
        [("A1", 50), ("A2", 50), ("A3", 100)] * 6,  # constant fees, one the sum of the others
        [("A1", 1), ("A2", 1)] * 5 + [("A3", 1)],
        [("A1", 5), ("B1", 5), ("A2", 7), ("B1", 7), ("A3", 9), ("B1", 9)],  # passed through one by one
        [("A1", 5), ("A1", -5), ("A2", 0), ("A3", 0)],
        [("Sum Sang Trading", 5), ("A2", 7), ("Result Clothing", 12)][::-1],
    ],
)  # fmt: skip
def test_a_coincidence_is_no_fault(rows, write_book):
    book = Book.open(write_book(table(rows)))
    assert book.totals()["revenue"][0] == sum(amount for _, amount in rows)


def suspects(rows: list[tuple[str, int]]) -> set[int]:
    sums = _told([(list(range(len(rows))), _File([n for n, _ in rows], [a for _, a in rows]))])
    return {*sums.named, *sums.told}


@given(st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.integers(-3, 20)), max_size=40))
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
def test_ordinary_rows_of_small_amounts_are_never_suspected(rows):
    """Every account comes back, so that none stands for a sum throughout."""
    assert suspects([*rows, *((name, 1) for name in "ABCDEFG"), ("A", 2)]) == set()


@given(
    blocks=st.lists(
        st.tuples(st.sampled_from(["Acme", "Bolt", "北方化工"]), st.lists(st.integers(1, 10**6), min_size=2, max_size=5)),
        min_size=2, max_size=6,
    ),
    style=st.sampled_from([name for name in NAMED if name not in ("unknown", "sums of one id")]),
)  # fmt: skip
@settings(max_examples=200, derandomize=True, deadline=None, database=None)
def test_every_total_of_any_report_is_suspected(blocks, style):
    each, whole = NAMED[style]
    rows, wanted = [], set()
    for number, (account, amounts) in enumerate(blocks):
        name = f"{account} {number}"
        rows += [(name, amount) for amount in amounts]
        wanted.add(len(rows))
        rows.append((each.format(name), sum(amounts)))
    rows.append((whole, sum(sum(amounts) for _, amounts in blocks)))
    assert suspects(rows) >= {*wanted, len(rows) - 1}
    assert suspects(rows) == {*wanted, len(rows) - 1}


def test_the_line_of_void_that_leaves_the_totals_out_is_named_and_works(write_book, tmp_path):
    # once: "delete the line" of a file that is not to be changed
    text = "客户编号,金额\nK1,10\nK2,20\n合计,30\n"
    columns = '[tables.ledger.columns]\naccount_id = "客户编号"\nrevenue = "金额"\n'
    start = '[tables.ledger]\npath = "l.csv"\n'
    told = report(write_book(toml=start + columns, l__csv=text))
    line = 'void."客户编号" = ["合计"]'
    assert f"write {line} below [tables.ledger] of book.toml, delete the line" in told
    opened = Book.open(write_book(toml=f"{start}{line}\n{columns}", l__csv=text))
    assert opened.rollup()["account_id"].tolist() == ["K1", "K2"]
