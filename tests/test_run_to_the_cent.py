"""A whole run on a small odd book: every figure that it hands on, against plain arithmetic with
Decimal on the rows as they are written.
"""

from __future__ import annotations

import csv
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace

import openpyxl
import pytest

from keyacct_utils.running import runner

CENT = Decimal("0.01")
NONE = Decimal(0)
PERIOD = ("2024-01-01", "2024-12-31")
#: The book breaks off on this day of December 2024.
LAST = "2024-12-09"


def made_rows() -> list[tuple[str, ...]]:
    """Account, day, line, revenue, cost, state: amounts with four decimals, a tenth without cost."""
    chance = Random(14)
    rows = []
    for year in (2022, 2023, 2024):
        for month in range(1, 13):
            for place in range(1, 25):
                name = f"K{place:02d}"
                away = {"K06": year == 2023, "K08": year < 2024, "K10": year == 2024}
                if away.get(name) or chance.random() < 0.2:
                    continue
                day = f"{year}-{month:02d}-{chance.randrange(1, 29):02d}"
                amount = Decimal(str(round(1000 / place * chance.uniform(0.5, 1.5), 4)))
                cost = (amount * Decimal("0.7")).quantize(Decimal("0.0001"))
                known = chance.random() > 0.1 and name != "K20"
                line = chance.choice("PS")
                if day <= LAST:
                    rows.append((name, day, line, f"{amount}", f"{cost}" if known else "", "ok"))
                if name == "K02" and day <= LAST and month % 3 == 0:
                    rows.append((name, day, line, f"{-amount / 2:.4f}", "", "ok"))
    return [
        *rows,
        ("K41", "2024-05-05", "P", "100.0000", "80.0000", "ok"),
        ("K41", "2024-05-09", "P", "-100.0000", "-80.0000", "ok"),
        ("K42", "2024-05-09", "P", "-33.3350", "", "ok"),
        ("K01", "", "P", "777.7700", "500.0000", "ok"),  # no date
        ("", "2024-03-03", "P", "1234.5000", "5", "ok"),  # no account
        ("K02", "2024-03-03", "P", "abc", "5", "ok"),  # no amount
        ("K03", "2024-03-03", "P", "55.5000", "5", "void"),
        ("K99", "2024-03-03", "P", "44.4000", "5", "ok"),  # left out by the book
    ]


ROWS = made_rows()
COUNTED = [row for row in ROWS if row[0] not in ("", "K99") and row[5] == "ok" and row[3] != "abc"]


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def within(start: str, end: str) -> list[tuple[str, ...]]:
    return [row for row in COUNTED if row[1] and start <= row[1] <= end]


def total(rows, column: int = 3) -> Decimal:
    return sum((Decimal(row[column] or 0) for row in rows), NONE)


def by_account(rows) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row[0]] = found.get(row[0], NONE) + Decimal(row[3])
    return found


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> SimpleNamespace:
    folder: Path = tmp_path_factory.mktemp("odd")
    with (folder / "ledger.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["account_id", "date", "line", "revenue", "cost_goods", "state"])
        writer.writerows(ROWS)
    (folder / "accounts.csv").write_text(
        "account_id,name_en\n"
        + "".join(
            f"{name},{'One name' if name in ('K01', 'K02') else f'Firm {name}'}\n"
            for name in sorted({row[0] for row in ROWS} - {""})
        ),
        encoding="utf-8",
    )
    (folder / "book.toml").write_text(
        'contract_version = 1\nname = "Odd"\ncurrency = "EUR"\nperiod = "2024"\n'
        '[exclude]\nK99 = "our own"\n[tables.ledger]\npath = "ledger.csv"\n'
        'void = { state = ["void"] }\n[tables.accounts]\npath = "accounts.csv"\n',
        encoding="utf-8",
    )
    summary = runner.run(
        book=folder / "book.toml",
        lessons=["01", "04"],
        out=folder / "out",
        quarantine=folder / "aside.csv",
        progress=False,
    )
    assert summary.exit_code == 0, str(summary)
    book = openpyxl.load_workbook(folder / "out" / "account_review.xlsx")
    page = [list(row) for row in book["summary"].iter_rows(values_only=True)]
    sheet = [list(row) for row in book["accounts"].iter_rows(values_only=True)]
    columns = {name: [row[place] for row in sheet[1:]] for place, name in enumerate(sheet[0])}
    return SimpleNamespace(out=folder / "out", summary=summary, page=page, columns=columns)


def line_of(done, what: str) -> list:
    return next(row for row in done.page if what in row[:2])


def said(done) -> str:
    return " ".join(str(cell) for row in done.page for cell in row if cell)


def test_the_headline_is_the_exact_sum_rounded_once(done):
    now = within(*PERIOD)
    assert Decimal(str(line_of(done, "revenue")[2])) == rounded(total(now))
    profit = line_of(done, "gross profit")
    assert Decimal(str(profit[2])) == rounded(total(now) - total(now, 4))


def test_the_amounts_of_the_accounts_are_exact_and_the_sheet_says_what_they_add_up_to(done):
    wanted = {name: rounded(value) for name, value in by_account(within(*PERIOD)).items()}
    found = {
        name: Decimal(str(value))
        for name, value in zip(done.columns["account id"], done.columns["amount"], strict=True)
        if value is not None
    }
    assert found == wanted  # accounts at or below zero too
    assert found["K41"] == 0 and found["K42"] == Decimal("-33.34")
    added, headline = sum(found.values(), NONE), rounded(total(within(*PERIOD)))
    assert added != headline
    assert (
        f"The column amount adds up to {added:,}, revenue is {headline:,}: each account is rounded "
        "to the cent by itself, the total once." in said(done)
    )


def test_csv_and_workbook_hold_two_decimals(done):
    with (done.out / "account_review.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for name in ("amount", "profit", "uncosted", "gross_profit"):
        assert all(len(row[name].partition(".")[2]) == 2 for row in rows if row[name])
    for header in ("amount", "profit", "revenue without a cost", "gain a year"):
        assert all(
            value == round(value, 2) for value in done.columns[header] if value is not None
        ), header


def test_the_profit_of_each_account_and_what_of_it_is_known(done):
    now = within(*PERIOD)
    for place, name in enumerate(done.columns["account id"]):
        mine = [row for row in now if row[0] == name]
        if not mine:
            continue
        gaps = [row for row in mine if not row[4]]
        told = {header: done.columns[header][place] for header in done.columns}
        assert Decimal(str(told["profit"])) == rounded(total(mine) - total(mine, 4))
        assert Decimal(str(told["revenue without a cost"])) == rounded(total(gaps))
        word = (
            "known" if not gaps else "unknown" if len(gaps) == len(mine)
            else "at most" if total(gaps) >= 0 else "at least"
        )  # fmt: skip
        assert told["profit is"] == word
    gaps = [row for row in now if not row[4]]
    assert f"At most: {len(gaps)} rows with" in line_of(done, "gross profit")[4]


def test_who_bought_counts_sales_and_not_what_is_left_of_them(done):
    bought = {row[0] for row in within(*PERIOD) if Decimal(row[3]) > 0}
    line = line_of(done, "accounts that bought")
    assert line[2] == len(bought) and "K41" in bought
    assert "Of these, 1 sent back as much as it bought, or more." in line[4]
    assert "1 other account with rows came to zero or less." in line[4]


def test_the_year_before_is_cut_at_the_day_at_which_the_book_breaks_off(done):
    before = within("2023-01-01", "2023-12-09")
    now = total(within(*PERIOD))
    change = 100 * (now / total(before) - 1)
    assert total(within("2023-12-10", "2023-12-31")) > 0
    assert f": {change:+.1f} %." in line_of(done, "revenue")[4]


def test_new_is_new_and_back_is_back(done):
    now, before = by_account(within(*PERIOD)), by_account(within("2023-01-01", "2023-12-09"))
    days = (("2022", "2023-12-31"), ("2022", "2023-12-09"), ("2023-12-10", "2023-12-31"))
    earlier, until, rest, bought, last_year = (
        {row[0] for row in within(*span) if Decimal(row[3]) > 0}
        for span in (*days, PERIOD, ("2023-01-01", "2023-12-09"))
    )
    begun = bought - last_year  # a net amount of zero or less may hold purchases too
    known = begun & earlier
    assert {"K06"} <= known and "K08" in begun - known
    for what, names in (
        ("accounts new", begun - known),
        ("accounts won since", known & rest - until),
        ("accounts buying again", known & rest & until),
        ("accounts back", known - rest),
    ):
        if not names and what != "accounts new":
            assert not any(what in row[:2] for row in done.page)
            continue
        line = line_of(done, what)
        change = sum((rounded(now[name]) - before.get(name, NONE) for name in names), NONE)
        assert Decimal(str(line[2])) == rounded(change)
        assert line[4].startswith(f"{len(names)} account")


def test_returns_are_told_with_who_sends_back(done):
    now = within(*PERIOD)
    back = -total([row for row in now if Decimal(row[3]) < 0])
    line = line_of(done, "who sends goods back")
    assert Decimal(str(line[2])) == rounded(back)
    sold = total([row for row in now if Decimal(row[3]) > 0])
    assert line[4].startswith(f"{100 * back / sold:.1f} % of sales. 2 accounts sent back")
    # once: "2 accounts sent back 10 % or more, of the ten largest by sales: One name (K02)"
    assert "bought. Of the 10 largest by sales, 1 did: One name (K02) " in line[4]
    for place, name in enumerate(done.columns["account id"]):
        mine = [row for row in now if row[0] == name]
        bought = total([row for row in mine if Decimal(row[3]) > 0])
        part = done.columns["sent back, of what it bought"][place]
        if not bought:
            assert part is None
            continue
        sent = -total([row for row in mine if Decimal(row[3]) < 0])
        assert part == pytest.approx(float(rounded(sent) / rounded(bought)))
        against = done.columns["reasons against"][place]
        actions = done.columns["recommended action"][place]
        if part >= 0.1 and actions == "special service":
            assert "sends back" in against


def test_what_is_in_no_number_stands_on_the_page_in_the_record_and_at_the_end(done):
    faulty = [row for row in ROWS if row[0] == "" or row[3] == "abc"]
    wanted = [
        f"Set aside as faulty, in no number here: {len(faulty)} of {len(ROWS):,} rows of ledger "
        "in the whole book, with 1,234.50 of",
        f"In no number here, in the whole book: ledger: 1 row of {len(ROWS):,} is void (state: void) "
        "with 55.50 of revenue, and does not count; that is ",
        f"Without a date, so in no number of a period: 1 of {len(COUNTED):,} rows of ledger, with "
        "777.77 of revenue (",
        "Left out by book.toml (exclude), in no number here: 1 account, 1 row of ledger in the "
        "whole book with 44.40 of revenue (",
    ]
    record = json.loads((done.out / "run.json").read_text(encoding="utf-8"))
    for text in (said(done), str(done.summary), " ".join(record["left_out"])):
        assert all(part in text for part in wanted), text


def test_the_page_begins_with_what_a_manager_asks(done):
    now = by_account(within(*PERIOD))
    bought = {name: value for name, value in now.items() if value > 0}
    largest = max(bought, key=lambda name: bought[name])
    share = bought[largest] / sum(bought.values(), NONE)
    line = line_of(done, "on whom the book depends")
    assert f"One name ({largest}) {100 * share:.1f} %" in line[4]
    order = sorted(bought.values(), reverse=True)
    few = -(-len(order) // 5)
    held = sum(order[:few], NONE) / sum(order, NONE)
    assert line_of(done, "how concentrated")[2] == pytest.approx(float(held), abs=1e-6)
    asked = [row[1] for row in done.page if row[1]]
    place = asked.index("who are the key accounts")
    assert asked[place : place + 8] == [
        "who are the key accounts",
        "how concentrated",
        "on whom the book depends",
        "who earns and who costs",
        "who lost most",
        "who rose most",
        "who sends goods back",
        "what to do first",
    ]


def test_every_account_has_one_action_and_the_rule_that_won(done):
    actions = dict(zip(done.columns["account id"], done.columns["recommended action"], strict=True))
    rules = dict(zip(done.columns["account id"], done.columns["the rule that won"], strict=True))
    traded = set(by_account(within(*PERIOD)))
    assert all(actions.values()) and all(rules.values())
    assert {name for name, action in actions.items() if action != "none"} == traded
    # K10 bought in 2023, and nothing in the eleven full months of 2024 or after them
    gone = "gone: it bought nothing in the last 11 full months of the data or since"
    assert {name: rules[name] for name in rules.keys() - traded} == {
        name: gone if name == "K10" else "no lesson suggests an action"
        for name in rules.keys() - traded
    }
    assert not {name for name in traded if rules[name] == "no lesson suggests an action"}
    counted = line_of(done, "which action for how many")
    assert counted[2] == len(traded)
    assert f"1 none: {gone}" in counted[4]
    # an account that the book leaves out has no row, and no other is without a suggestion
    assert len(rules) == len(traded) + 1 and "no lesson suggests one" not in counted[4]
