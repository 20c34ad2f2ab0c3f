"""What lesson 02 says, worked by hand on small books; the sentences that were once false among them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from opened import looked_at

from keyacct_utils.book import Book
from keyacct_utils.lessons import qualification
from keyacct_utils.lessons.qualification import features as ql
from keyacct_utils.lessons.qualification import findings as lesson
from keyacct_utils.lessons.shared.claims import UNTESTED
from keyacct_utils.lessons.showing.finding import Finding

MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
#: Monthly fee in million, kV, power factor, share recovered, important, listed, sector.
POWER = {
    "A": (6, 110, 0.95, 1.00, 0, 0, "steel"),
    "B": (5, 35, 0.95, 0.95, 0, 1, "steel"),
    "C": (6, 35, 0.87, 1.00, 0, 0, "coal"),
    "D": (2, 10, 0.95, 1.00, 0, 1, "coal"),
    "E": (2, 0.4, 0.95, 1.00, 0, 0, "coal"),
    "F": (0.5, 10, 0.95, 1.00, 1, 0, "finance"),
    "G": (0.5, 10, 0.95, 1.00, 0, 0, "finance"),
    "H": (4, 10, 0.95, None, 0, 1, "finance"),  # bought in 2023 only
}
Written = Callable[..., lesson.Accounts]


@pytest.fixture
def judged(tmp_path) -> Written:
    """Write tables and look at the accounts of the book."""

    def write(toml: str = 'currency = "CNY"\nperiod = "2024"', **tables: str) -> lesson.Accounts:
        return lesson.accounts(Book.open(_book(tmp_path, toml, tables)))

    return write


def _book(folder: Path, toml: str, tables: dict[str, str]) -> Path:
    text = f'contract_version = 1\nname = "Test"\n{toml}\n'
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
        text += f'[tables.{name}]\npath = "{name}.csv"\n'
    path = folder / "book.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _ledger(fees: dict[str, float], ended: str = "H") -> str:
    """The same fee each month; a tenth more volume in the second year."""
    rows = [
        f"{account},{month}-15,P,{100 if month < '2024' else 110},{fee:.2f}"
        for account, fee in fees.items()
        for month in MONTHS
        if month < "2024" or account != ended
    ]
    return "account_id,date,line,volume,revenue\n" + "\n".join(rows) + "\n"


def _tables(**changed: str) -> dict[str, str]:
    accounts = "account_id,voltage_kv,power_factor,important_type,listed_ka,sector\n"
    invoices = "invoice_id,account_id,issue,amount,paid_amount\n"
    for account, (_, kv, factor, recovered, important, listed, sector) in POWER.items():
        accounts += f"{account},{kv},{factor},{important},{listed},{sector}\n"
        if recovered is not None:
            invoices += f"I{account},{account},2024-06-30,1000.00,{1000 * recovered:.2f}\n"
    fees = {account: row[0] * 1e6 for account, row in POWER.items()}
    return {"ledger": _ledger(fees), "accounts": accounts, "invoices": invoices} | changed


def _of(numbers, *names: str) -> tuple[object, ...]:
    return tuple(numbers[name] for name in names)


def test_classes_with_their_money(judged):
    found = lesson.classes(judged(**_tables()))
    assert found.numbers["frame"].to_dict() == {
        "A": "efficiency",
        "B": "efficiency",
        "C": "between",
        "D": "potential",
        "E": "between",
        "F": "important",
        "G": "none",
        "H": "none",
    }
    assert found.sentences() == [
        "Key accounts by this rule, its three types: 4 of 8, with 61 % of revenue.",
        "The hole between the types holds 2 accounts with 36 % of revenue: large, but at the wrong "
        "voltage or with a failed test. A rule with such a hole needs a decision, not a formula.",
        "The class of every account is known: none lacks a feature that could change it.",
        "Voltage and fee alone do not decide. Their corner holds 3 accounts: 2 efficiency type, "
        "0 important, 0 of unknown class, and 1 with a further test failed.",
    ]
    assert found.title == "3 accounts in the corner of voltage and fee, of which 2 efficiency type"
    assert found.numbers["held"] == pytest.approx(13.5 / 22)


def test_boundary_accounts_and_what_moves_them(judged):
    found = lesson.boundary(judged(**_tables()))
    names = ("open", "money", "held", "factor", "at", "usual")
    assert _of(found.numbers, *names) == (2, 132e6, pytest.approx(0.5), 1, 1, 2)
    assert found.table["accounts"].to_dict() == {
        "fails power factor": 1,
        "fee exactly at the limit": 1,
    }
    assert (
        found.sentences()[0]
        == "**2 boundary accounts** of 8, with 132.0 m CNY or 50.0 % of revenue."
    )
    assert list(found.numbers["names"]["name"]) == ["C", "B"]


def test_a_title_says_how_many_of_the_boundary_accounts_are_drawn(judged, monkeypatch):
    accounts = judged(**_tables())
    whole = "The class of 2 accounts hangs on how the rule is read"
    assert lesson.boundary(accounts).title == whole
    monkeypatch.setattr(lesson, "MOST", 1)
    assert lesson.boundary(accounts).title == f"{whole}; drawn are 1"


def test_or_and_four_of_five(judged):
    accounts = judged(**_tables())
    found = lesson.and_or(accounts, ql.Reading())
    assert _of(found.numbers, "by_or", "efficiency", "by_four") == (5, 7, 1)
    other = lesson.other_readings(accounts)
    assert other.table.loc["PF 0.90, >, all", "changed"] == 1
    # 0.80 lets C in, and > puts B out
    assert other.table.loc["PF 0.80, >, all", "changed"] == other.numbers["most"] == 2


def test_the_list_against_the_cut(judged):
    accounts = judged(**_tables())
    found = lesson.present_list(accounts)
    assert _of(found.numbers, "listed", "reach", "stay", "missed", "kept", "still") == (
        3,
        3,
        1,
        2,
        2,
        1,
    )
    assert found.numbers["swap"] == pytest.approx(144 / 2 / (24 / 2))
    assert found.table.set_index("name")["advice"].to_dict() == {
        "A": "join",
        "C": "join",
        "D": "leave",
        "H": "leave",
    }
    slope = lesson.slope(accounts)
    assert _of(slope.numbers, "moved", "reach", "below_count", "above_count") == (0, 3, 0, 0)
    assert slope.numbers["gap"] == pytest.approx(0.6)
    assert slope.sentences()[-1].endswith("here the cut happens to stand beside a gap.")


def test_what_a_year_does_to_a_list(judged):
    found = lesson.freezing(judged(**_tables()))
    # only H crosses the cut of 3 million between the years: 4 million, then nothing
    assert _of(found.numbers, "wrong", "present") == (1, 4)
    assert found.table["reach"].to_list() == [4, 3]
    near = lesson.crossings(judged(**_tables()))
    assert near.table["sum"].to_list() == [0, 0, 1, 0]


def test_an_account_exactly_at_the_cut_counts_in_every_count_of_the_list(judged):
    """Once 36 reached the cut in one table and 35 in another, and 9 should join or 8."""
    fees = {f"K{n:02d}": round(1000 * n + 0.01 * n * n + 7.37, 2) for n in range(1, 31)}
    rows = [
        f"{account},{month}-15,{part:.2f}"
        for account, fee in fees.items()
        for month in MONTHS
        for part in (fee / 3, fee * 2 / 3)
    ]
    listed = "account_id,listed_ka\n" + "".join(f"{account},0\n" for account in fees)
    accounts = judged(ledger="account_id,date,revenue\n" + "\n".join(rows), accounts=listed)
    reach = lesson.present_list(accounts).numbers["reach"]
    frozen = lesson.freezing(accounts)
    assert reach == 6 == frozen.table["reach"].iloc[-1] == frozen.table["missed"].iloc[-1]
    assert lesson.slope(accounts).numbers["reach"] == 6
    assert accounts.cut == accounts.fee.nlargest(6).min()


def test_a_claim_says_what_is_lacking_and_not_what_is_there(judged):
    """Once S000-6a said that columns were lacking although the sector was there."""

    def segments(sector: str | None) -> tuple[str, str]:
        text = _tables()["accounts"].splitlines()
        rows = [line.rsplit(",", 1)[0] for line in text]
        if sector is not None:
            rows = [rows[0] + ",sector", *(f"{row},{sector}" for row in rows[1:])]
        found = lesson.claims(judged(**_tables(accounts="\n".join(rows) + "\n")))
        claim = next(row for row in found.data["claims"] if row[0] == "S000-6a")
        return claim[4], claim[5]

    assert segments("bakery") == (UNTESTED, "this book names its sectors in other words")
    assert segments(None) == (UNTESTED, "needs accounts.sector")


def test_a_rule_rests_on_no_test():
    assert lesson._rule("S000-0x", "a rule", "names", "7", "no document says").tests == 0


def test_claims_with_a_test_have_an_interval_or_counts(judged):
    found = lesson.claims(judged(**_tables()))
    claims = {row[0]: row for row in found.data["claims"]}
    # of A, B, C and H, which stood on the list of 2023 or 2024, it is wrong about H
    assert claims["S000-5e"][3:5] == [
        "1 of 4: 25 % (5 % to 70 %); 2024 1 of 4",
        "cannot be told from this book",
    ]
    # D paid 1 to 5 million at 10 to 35 kV in 2023, and so did H; F and G paid less; nobody rose
    assert claims["S000-8c"][3:5] == [
        "0 of 2 (0.0 %) against 0 of 1 (0.0 %); 0 of 3 together (0.0 %); with the important type 0 of 2 "
        "against 0 of 2",
        "cannot be told from this book",
    ]
    # important and efficiency accounts: A, B, F; on the list is B
    assert claims["S000-11e"][3:5] == [
        "2 of 3: 67 % (21 % to 94 %)",
        "cannot be told from this book",
    ]
    assert claims["S000-8b"][3:5] == ["1 of 1", UNTESTED]
    assert claims["S004-1f"][4:] == [UNTESTED, "too few accounts for an interval"]
    assert found.numbers["tested"] == 3


def test_limits_in_yuan_do_not_judge_another_currency(judged):
    accounts = judged(toml='currency = "EUR"\nperiod = "2024"', **_tables())
    assert (accounts.power, accounts.cut, accounts.reached) == (False, 6e6, 3)
    assert lesson.classes(accounts).sentences()[0].startswith("8 accounts: classes by a share of")
    assert not lesson.boundary(accounts).known
    assert lesson.and_or(accounts).sentences() == lesson.boundary(accounts).sentences()


def test_a_list_threshold_of_the_reader_holds_in_any_currency(tmp_path):
    path = _book(tmp_path, 'currency = "EUR"\nperiod = "2024"', _tables())
    accounts = lesson.accounts(Book.open(path), list_threshold=2e6)
    assert (accounts.cut, accounts.reached) == (2e6, 5)
    with pytest.raises(ValueError, match="expected a fee above 0"):
        lesson.accounts(Book.open(path), list_threshold=0)
    with pytest.raises(ValueError, match="no account has a positive revenue"):
        lesson.accounts(Book.open(_book(tmp_path, "", {"ledger": "account_id,revenue\nA,-5\n"})))


def test_a_missing_feature_is_never_a_silent_no(judged):
    tables = _tables()
    del tables["invoices"]
    found = lesson.classes(judged(**tables))
    # without the recovery A and B cannot be told; C has failed the power factor already
    assert found.numbers["untold"] == 2
    assert found.sentences()[2].startswith(
        "A test that cannot be judged makes the class *unknown*, never a silent no: 2 accounts"
    )
    edge = lesson.boundary(judged(**tables))
    assert "decides all" not in " ".join(edge.sentences())
    claims = {row[0]: row for row in lesson.claims(judged(**tables)).data["claims"]}
    assert claims["S000-11e"][4:] == [UNTESTED, "the class of 2 accounts cannot be told"]


def test_two_fees_that_are_written_alike_are_not_told_apart_by_a_percentage(judged):
    ledger = "account_id,revenue\n" + "".join(
        f"A{n},{amount}\n" for n, amount in enumerate((1000.01, 1000.00, 10, 10, 10, 10))
    )
    found = lesson.slope(judged(toml="", ledger=ledger))
    assert found.sentences()[1].startswith("The last account above the cut pays 1.00 k")
    ledger = ledger.replace("10\n", "999.99\n")
    found = lesson.slope(lesson_accounts := judged(toml="", ledger=ledger))
    assert lesson_accounts.cut == 1000.0
    assert found.sentences()[1] == (
        "The last account above the cut and the first below it pay nearly the same, 1.00 k."
    )


FLAGS = pd.DataFrame(
    {
        "fee": [1, 1, 0, 1, 0, 0, 0, 1],
        "list": [1, 1, 0, 0, 1, 0, 0, 0],
        "short": [1, 0, 0, 0, 0, 0, 0, 0],
    }
).astype("Int64")


def test_kappa_of_yes_and_no_is_that_of_the_engine():
    found = lesson.kappas(FLAGS)[0]
    for (first, second), value in found.items():
        assert value == pytest.approx(ql.agreement(FLAGS[first], FLAGS[second])["kappa"])
    blank = FLAGS.copy()
    blank.loc[2] = pd.NA
    assert lesson.kappas(blank)[0].iloc[0] == pytest.approx(
        ql.agreement(FLAGS["fee"].drop(2), FLAGS["list"].drop(2))["kappa"]
    )


def test_lists_of_different_length_cannot_agree_fully():
    # 4 and 1 of 8: by chance 4/64 + 28/64 = 1/2; at best 1/8 + 4/8; (5/8 - 1/2) / (1/2) = 1/4
    assert ql.attainable_kappa(FLAGS["fee"], FLAGS["short"]) == pytest.approx(0.25)
    assert ql.attainable_kappa(FLAGS["fee"], FLAGS["fee"]) == pytest.approx(1)


def test_agreement_counts_and_says_when_an_interval_would_mean_nothing(judged):
    found = lesson.schemes(judged(**_tables()))
    assert found.numbers["against"] == "present list"
    # fee at the cut A B C; present list B D H: 3 + 3 of 8; agree on B, E, F, G
    assert found.table.loc["fee at the cut", "kappa"] == pytest.approx(
        (4 / 8 - 34 / 64) / (30 / 64)
    )
    assert found.sentences()[2] == "8 accounts: too few for an interval."
    assert math.isnan(found.table.loc["fee at the cut", "low"])


def test_a_month_that_breaks_off_counts_by_its_days(write_book):
    """3,100 on each of five days of January to November, 900 on the 9 days of December: 34,100 + 900 over 11 + 9/31."""
    rows = [f"A,2024-{m:02d}-{d:02d},620" for m in range(1, 12) for d in (2, 9, 16, 23, 28)]
    rows += ["A,2024-12-02,450", "A,2024-12-09,450"]
    book = write_book("account_id,date,revenue\n" + "\n".join(rows) + "\n")
    accounts = lesson.accounts(Book.open(book), "2024")
    assert accounts.fee.tolist() == pytest.approx([3100.0])  # once 35,000 / 12 = 2,916.67
    said = " ".join(lesson.book_in_numbers(accounts).sentences(markup=False))
    assert "The ledger ends on 2024-12-09, within a month, which counts by its days" in said
    assert "over 11.29 months" in said


def test_a_book_of_ten_gets_no_classes_by_rank(write_book):
    """Once "VIP and main: 1 of 10" with a table, and further down that of so few no classes are made."""
    rows = [f"A{n},2024-{m:02d}-05,{100 + n}" for n in range(10) for m in range(1, 13)]
    book = write_book("account_id,date,revenue\n" + "\n".join(rows) + "\n")
    accounts = lesson.accounts(Book.open(book), "all")
    found = lesson.classes(accounts)
    assert not found.known
    assert found.sentences() == lesson.pyramid(accounts).sentences()
    assert "need 20 or more, so none are made" in found.sentences()[0]


def test_ranks_grades_and_tiers(judged, monkeypatch):
    accounts = judged(**_tables())
    assert "8 accounts: classes by a share of the accounts need 20 or more" in str(
        lesson.pyramid(accounts)
    )
    monkeypatch.setattr(lesson, "FEWEST_RANKED", 2)
    # of 8 accounts the first is VIP, nobody is main, the second is ordinary
    assert lesson.pyramid(accounts).table["accounts"].to_list() == [1, 0, 1, 6]
    grid = lesson.grid(accounts)
    # steel: A 6 of 11, B crosses 70 %; coal: C 6 of 10, D crosses 70 %, E the rest; finance F, G
    assert grid.table.loc["steel"].to_list() == [2, 0, 0]
    assert grid.table.loc["coal"].to_list() == [2, 1, 0]
    tiers = lesson.tiers(accounts)
    # cuts of a telephone bill times 1,000: A, B, C crystal; D, E A(A+); F, G C; H D
    assert tiers.table["accounts"].loc[["crystal", "A(A+)", "C", "D"]].to_list() == [3, 2, 2, 1]
    assert _of(tiers.numbers, "changed", "changed_key", "key") == (0, 0, 3)
    # A(A+) ends where crystal starts, which is stated: both keep their accounts however the others move
    assert (
        "nor do crystal (3) and A(A+) (2), the two tiers with both ends stated"
        in (tiers.sentences()[1])
    )
    for shift in (1.1, 1.25, 1.45):
        moved = lesson.tiers(accounts, shift=shift).table
        kept = moved.loc[["crystal", "A(A+)"]]
        assert (kept["accounts"] == kept["moved"]).all()


def test_growth_that_hangs_on_the_period_is_not_lacking_in_the_book(judged):
    # once: "this book lacks ... growth on the year before", with volume and date in the ledger
    whole = judged(toml='currency = "CNY"\nperiod = "all"', **_tables())
    told = str(lesson.book_in_numbers(whole))
    assert "growth on the year before" in whole.lacking and "growth" not in whole.known
    assert "lacks" not in told and "no row lies a year before this period" in told
    bare = judged(toml="", ledger="account_id,revenue\nA,5\nB,3\n")
    told = str(lesson.book_in_numbers(bare))
    assert "lacks supply voltage, growth on the year before, power factor" in told
    assert "no row lies" not in told
    assert "growth" not in lesson.book_in_numbers(judged(**_tables())).numbers


def test_the_account_whose_fee_is_the_cut_stands_above_it(judged):
    # the top fifth of ten reach 102, and 3000 x (102 / 3000) is above 102 in floats
    assert 3000 * (102 / 3000) > 102
    fees = [150, 102, *range(90, 10, -10)]
    ledger = "account_id,revenue\n" + "".join(f"A{n},{fee}\n" for n, fee in enumerate(fees))
    accounts = judged(toml="", ledger=ledger)
    assert accounts.cut == 102 and (accounts.fee >= accounts.cut).sum() == 2
    # crystal from 102 to 340, A(A+) from 51
    tiers = lesson.tiers(accounts)
    assert _of(tiers.numbers, "key", "crystal", "below") == (2, 2, 4)
    assert tiers.table["from"].loc[["bronze", "crystal", "A(A+)"]].to_list() == [340, 102, 51]
    assert lesson._of_tiers(accounts).here == "0 of 2"


def test_months_that_are_all_alike_move_nobody(judged):
    assert lesson.near_the_cut(judged(**_tables())).sentences() == [
        "No account is within the noise of months of the cut."
    ]


def test_without_dates_the_amount_stands_for_the_fee(judged):
    ledger = "account_id,revenue\n" + "".join(f"A{n},{100 * n}\n" for n in range(1, 11))
    accounts = judged(toml="", ledger=ledger)
    assert lesson.book_in_numbers(accounts).sentences()[:2] == [
        "**Test**: 10 accounts, judged on all lines together, over all its rows: without dates the "
        "whole amount stands for the fee.",
        "The median amount is 550.0.",
    ]
    assert accounts.cut == 900
    for step in (lesson.freezing, lesson.crossings):
        assert step(accounts).sentences() == [
            "One year against the next needs dated rows; ledger.date would allow it."
        ]


def test_what_the_review_takes(judged):
    accounts = judged(**_tables())
    found = lesson.account_review(accounts)
    review = found.numbers["review"].set_index("account_id")
    # once: the source alone, and nobody knew what of it the account had met
    assert review.loc["B"].to_list()[:4] == [
        "efficiency",
        "S000-8a: 35 kV, +10.0 % on the year before, power factor 0.95, 5.00 m a month, "
        "95.0 % of the bills paid",
        "yes",
        "stay",
    ]
    assert review.loc["E"].to_list()[:4] == [
        "between",
        "assumption: 2.00 m a month",
        "no",
        "-",
    ]
    assert review["list_advice"].to_dict() == {
        "A": "join",
        "B": "stay",
        "C": "join",
        "D": "leave",
        "E": "-",
        "F": "-",
        "G": "-",
        "H": "leave",
    }
    assert found.numbers["meaning"]["list_advice"] == (
        "present list against a cut of 3.00 m CNY a month: join, leave, stay"
    )


def test_lists_cut_from_one_order_say_nothing_of_a_standard(judged):
    """Forty accounts of 1 to 40: every list is the top of one order. Median kappa is what the lengths allow, so the
    claim that there is no standard has not been put to a test.
    """
    rows = [f"K{n:02d},2024-01-05,{n}.00" for n in range(1, 41)]
    accounts = judged('currency = "USD"', ledger="account_id,date,revenue\n" + "\n".join(rows))
    agreed = lesson.schemes(accounts, draws=50)
    assert agreed.numbers["nested"]
    assert agreed.numbers["median"] == pytest.approx(agreed.numbers["attainable"])
    assert any("they differ in length and in nothing else" in text for text in agreed.sentences())
    claim = lesson._of_standards(agreed)
    assert claim.verdict == "cannot be told from this book" and "differ in length only" in claim.why
    one = lesson.schemes(judged(**_tables()), draws=50)
    assert not one.numbers["nested"] and "in nothing else" not in " ".join(one.sentences())


def test_the_bar_of_agreement_is_one_that_lists_of_these_lengths_could_miss():
    """A median that could reach 0.55 at most stays below 0.6 whoever stands on the lists."""

    def judged(median: float, low: float, high: float, attainable: float) -> tuple[str, str]:
        numbers = {"median": median, "low": low, "high": high, "attainable": attainable}
        claim = lesson._of_standards(Finding({**numbers, "nested": False}, ("Judged.",)))
        return claim.verdict, claim.why

    assert judged(0.16, 0.11, 0.24, 0.55) == (
        "holds",
        "held against 0.33, which is 0.6 of the 0.55 that lists of these lengths could reach",
    )
    assert judged(0.45, 0.36, 0.50, 0.55)[0] == "does not hold"
    assert judged(0.34, 0.25, 0.42, 0.55)[0] == "cannot be told from this book"
    assert judged(0.55, 0.50, 0.58, 1.0)[0] == "holds"


def test_the_schemes_closest_and_furthest_apart_are_named(judged):
    found = lesson.schemes(judged(**_tables()), draws=50)
    numbers = found.numbers
    assert found.sentences()[-1] == (
        f"Closest are {numbers['best']} ({numbers['best_kappa']:.2f} of "
        f"{numbers['best_most']:.2f} that their lengths allow), furthest apart "
        f"{numbers['worst']} ({numbers['worst_kappa']:.2f} of {numbers['worst_most']:.2f})."
    )


def test_years_of_cooperation_follow_from_the_start(judged):
    # once: "lacks tenure_y" of a book that has the first day of each account
    ledger = "account_id,date,revenue\nA,2024-01-31,5\nB,2024-12-31,5\n"
    accounts = "account_id,start_date\nA,2014-12-31\nB,2024-11-01\n"
    found = judged('currency = "CNY"', ledger=ledger, accounts=accounts)
    assert found.features["tenure_y"].to_dict() == {"A": 10.0, "B": 0.2}
    assert "tenure_y" in found.known


def _bought(days: list[str]) -> str:
    """A tenth more volume in 2024, in all but the days that are not there; a fee of 5 each time."""
    rows = [f"A,{day},P,{100 if day < '2024' else 110},5.00" for day in days]
    return "account_id,date,line,volume,revenue\n" + "\n".join(rows) + "\n"


def _weekly(first: str, last: str) -> list[str]:
    days = pd.date_range(first, last)
    return [f"{day:%Y-%m-%d}" for day in days if day.day in (1, 8, 15, 22)]


@pytest.mark.parametrize(
    ("days", "months", "growth"),
    [
        # once: +120 %, twelve months against the six that the ledger has of the year before
        (_weekly("2023-07-01", "2024-12-31"), 12, 0.1),
        # once: -45 %, and half the fee
        (_weekly("2023-01-01", "2024-06-30"), 6, 0.1),
        (_weekly("2023-03-01", "2024-02-28"), 2, None),
        (_weekly("2024-03-01", "2024-12-31"), 10, None),
        (_weekly("2023-01-01", "2024-12-31"), 12, 0.1),
        # June breaks off on the 8th: five months against five, and the fee is of 5 8/30 months
        (_weekly("2023-01-01", "2024-06-10"), 6, 0.1),
    ],
)
def test_a_year_that_the_ledger_has_in_part_is_not_set_against_a_whole_one(
    judged, days, months, growth
):
    """Four purchases of 5 a month, on the 1st, 8th, 15th and 22nd."""
    one = judged(ledger=_bought(days))
    features = one.features.loc["A"]
    assert one.months == months and one.monthly.shape[1] == months
    paid = 5 * sum(day >= "2024" for day in days)
    span = 5 + 8 / 30 if days[-1] == "2024-06-08" else months
    assert features["avg_monthly_fee"] == pytest.approx(paid / span)
    if growth is None:
        assert "yoy" not in features
    else:
        assert features["yoy"] == pytest.approx(growth)


def test_who_bought_in_the_months_without_a_year_before_only_has_no_growth_there(judged):
    """The ledger begins in July 2023: A buys on, B buys in spring 2024 only, and C stopped."""
    rows = "".join(
        f"{account},{day},P,100,5\n"
        for account, days in {
            "A": ["2023-07-05", "2023-12-05", "2024-07-05", "2024-12-05"],
            "B": ["2023-08-05", "2024-03-05"],
            "C": ["2023-09-05"],
        }.items()
        for day in days
    )
    features = judged(ledger="account_id,date,line,volume,revenue\n" + rows).features
    assert features["yoy"].drop("C").to_dict() == {"A": 0.0, "B": -1.0}
    assert math.isnan(features["yoy"]["C"])


def test_a_book_without_volumes_is_not_told_that_it_has_no_fees():
    told = {
        need.columns: need.unlocks for need in qualification.LESSON.needs if need.table == "ledger"
    }
    assert told[("volume",)] == "growth on the year before" and "fees" in told[("date",)]


def test_one_empty_cell_is_empty(judged):
    # once: "Of 18 cells, 1 are empty", and "1 get another grade"
    rows = [("A", 70), ("B", 20), ("C", 10), ("D", 90), ("E", 10)]
    ledger = "account_id,revenue\n" + "".join(f"{name},{sold}\n" for name, sold in rows)
    sectors = "account_id,sector\nA,x\nB,x\nC,x\nD,y\nE,y\n"
    said = str(lesson.grid(judged('currency = "CNY"', ledger=ledger, accounts=sectors)))
    assert "Of 6 cells, 1 is empty." in said


def test_one_month_is_no_months(tmp_path):
    # once: "1 months of 12 with a purchase"
    rows = "".join(f"A,2024-{month:02d}-03,50\n" for month in range(1, 13))
    more = "".join(f"K{place:03d},2024-0{place % 9 + 1}-04,{place}\n" for place in range(1, 120))
    (tmp_path / "ledger.csv").write_text(f"account_id,date,revenue\n{rows}B,2024-05-01,5\n{more}")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Tiny"\ncurrency = "CNY"\nperiod = "2024"\n'
        '[tables.ledger]\npath = "ledger.csv"\n'
    )
    found = lesson.account_review(lesson.accounts(Book.open(tmp_path / "book.toml")))
    said = found.numbers["review"].set_index("account_id")["rule"]
    assert said["A"].endswith(", 12 months of 12 with a purchase")
    assert said["B"].endswith(", 1 month of 12 with a purchase")


def test_months_with_a_purchase_are_those_with_a_sale(write_book):
    """B bought in each of the five months, and sent back more than that in one of them."""
    rows = [f"{who},2024-{month:02d}-05,{paid}" for month in range(1, 6)
            for who, paid in (("A", 300), ("B", 200), *((f"C{n:02d}", 10) for n in range(20)))]  # fmt: skip
    rows += ["B,2024-03-20,-250"]
    accounts = lesson.accounts(Book.open(write_book("account_id,date,revenue\n" + "\n".join(rows))))
    frame = lesson.account_review(accounts).numbers["review"].set_index("account_id")
    assert frame.loc["B", "rule"].endswith("5 months of 5 with a purchase")  # once: 4


FIVE_ROSE = {f"R{n}": (2.0, 6.0) for n in range(5)} | {f"P{n}": (2.0, 2.0) for n in range(5)}


def _two_years(fees: dict[str, tuple[float, float]], kv: dict[str, float]) -> dict[str, str]:
    """Fees in million a month, of 2023 and of 2024."""
    rows = [
        f"{account},{month}-15,P,100,{fee[month >= '2024'] * 1e6:.2f}"
        for account, fee in fees.items()
        for month in MONTHS
        if fee[month >= "2024"] > 0
    ]
    accounts = "account_id,voltage_kv,power_factor,important_type\n"
    accounts += "".join(f"{account},{kv.get(account, 10)},0.95,0\n" for account in fees)
    return {
        "ledger": "account_id,date,line,volume,revenue\n" + "\n".join(rows) + "\n",
        "accounts": accounts,
    }


def test_forerunners_are_of_the_type_at_the_start_and_set_against_smaller_ones(judged):
    """Ten of the type in 2023, of which five reached 5 million; forty that paid half a million, of
    which none did. N paid nothing in 2023: it was no smaller account. E is of the type at the end
    only, and so is not asked. The exact p is 252 of 2,118,760 (C(10,5) / C(50,5)): 0.0001."""
    fees = FIVE_ROSE | {f"S{n:02d}": (0.5, 0.6) for n in range(39)} | {"E": (0.5, 2.0)}
    fees |= {"N": (0.0, 6.0)}
    claim = lesson._of_forerunners(judged(**_two_years(fees, {})))
    assert claim.here == "5 of 10 (50.0 %) against 0 of 40 (0.0 %); 5 of 50 together (10.0 %)"
    assert claim.verdict == "holds"
    assert claim.why.endswith("(Fisher); it is the fee that is compared, not the voltage")
    # one more of the smaller ones for each that rose: the same share of both kinds
    fees |= {f"S{n:02d}": (0.5, 6.0) for n in range(20)}
    assert lesson._of_forerunners(judged(**_two_years(fees, {}))).verdict == (
        "cannot be told from this book"
    )
    fees |= {f"S{n:02d}": (0.5, 6.0) for n in range(40)} | {"E": (0.5, 6.0)}
    turned = {account: (fee[0], 2.0) if account[0] == "R" else fee for account, fee in fees.items()}
    assert lesson._of_forerunners(judged(**_two_years(turned, {}))).verdict == "does not hold"


def test_forerunners_of_the_bundled_book():
    claim = lesson._of_forerunners(looked_at(lesson.accounts, "linjiang"))
    # none of those that paid below a million rose to five, and some of the potential type did
    assert claim.verdict == "holds" and " against 0 of " in claim.here


def test_by_rank_the_whole_book_is_judged_unless_a_line_is_named(tmp_path):
    """A book of another trade that happens to call a line P: once its accounts were ranked by that
    line alone."""
    rows = [f"K{n:02d},2024-{m:02d}-05,{line},{n * (100 if line == 'Q' else 1)}.00"
            for n in range(1, 31) for m in range(1, 13) for line in "PQ"]  # fmt: skip
    ledger = "account_id,date,line,revenue\n" + "\n".join(rows)
    book = Book.open(_book(tmp_path, 'currency = "CNY"\nperiod = "2024"', {"ledger": ledger}))
    whole = lesson.accounts(book)
    assert whole.line is None and whole.where == "all lines together"
    assert whole.fee["K30"] == pytest.approx(30 * 101)
    named = lesson.accounts(book, line="P")
    assert named.line == "P" and named.fee["K30"] == pytest.approx(30)


def test_the_power_rule_is_judged_on_its_line(judged):
    tables = _tables()
    tables["ledger"] += "A,2024-05-05,Q,1,900000000.00\n"
    accounts = judged(**tables)
    assert accounts.power and accounts.line == "P" and accounts.fee["A"] == pytest.approx(6e6)


def test_a_contribution_without_a_cost_is_at_most_what_it_is_ranked_by(judged):
    rows = "".join(
        f"K{n:02d},2024-01-05,{1000 + n},{'' if n < 3 else 500 + 3 * n}\n" for n in range(12)
    )
    ledger = "account_id,date,revenue,cost_goods\n" + rows
    accounts = judged(toml='currency = "CNY"\nperiod = "2024"', ledger=ledger)
    said = str(lesson.rankings(accounts))
    assert "No cost of goods is known of 3 rows with 3.00 k CNY of revenue." in said
    assert "at most what it is ranked by" in said
    known = judged(toml='currency = "CNY"\nperiod = "2024"', ledger=ledger.replace(",\n", ",500\n"))
    assert "at most" not in str(lesson.rankings(known))


def test_kappa_of_two_lists_is_shown_with_what_their_lengths_allow():
    found = lesson.schemes(looked_at(lesson.accounts, "linjiang"), draws=50)
    table = found.table.dropna(subset=["kappa"])
    assert (table["kappa"] <= table["most"] + 1e-9).all()
    numbers = found.numbers
    assert numbers["best_kappa"] <= numbers["best_most"]
    assert "that their lengths allow" in found.sentences()[-1]
    # so many pairs cannot reach what is called substantial, whoever stands on the lists
    assert 0 < numbers["capped"] < numbers["pairs"]


def test_the_order_that_is_compared_is_named_tau_b():
    accounts = looked_at(lesson.accounts, "linjiang")
    said = str(lesson.rankings(accounts)) + str(lesson.weight_sets(accounts))
    assert said.count("tau-b") >= 3 and "tau " not in said.replace("tau-b", "")


def test_the_claims_on_years_of_the_bundled_book():
    """Counts over all pairs of years, and the class rule beside the plain counts."""
    accounts = looked_at(lesson.accounts, "linjiang")
    frozen = lesson._of_freezing(accounts, 0.1)
    # 33 and 6 and 22 wrong names of 102, 79 and 93; a year by itself decides otherwise
    assert frozen.here.startswith("61 of 274: 22 % (")
    assert frozen.here.endswith("; 2022 33 of 102, 2023 6 of 79, 2024 22 of 93")
    assert frozen.verdict == "does not hold" and "2023 alone lies on the other side" in frozen.why
    risen = lesson._of_forerunners(accounts)
    # 18 important accounts pay as the potential type does, and one of them rose
    assert risen.here.startswith("13 of 110 (11.8 %) against 0 of 304 (0.0 %); 13 of 414 together")
    assert risen.here.endswith("with the important type 14 of 128 against 0 of 348")
    assert risen.verdict == "holds" and risen.why.startswith("6.9 to 19.2 points apart")
    assert risen.why.endswith("not the voltage: at the same fee and another voltage 0 of 6")


def test_years_of_one_account_are_not_as_many_accounts():
    """Four accounts of three years each, all right or all wrong: four trials, and not twelve."""
    hits, of = pd.Series([3, 3, 0, 0]), pd.Series([3, 3, 3, 3])
    # Wilson by hand with n = 4, p = 1/2: 1/2 +- 1.96 sqrt(1/16 + 3.8415/64) / (1 + 3.8415/4)
    reach = 1.959964 * math.sqrt(1 / 16 + 3.841459 / 64) / (1 + 3.841459 / 4)
    assert lesson._pooled(hits, of) == pytest.approx((0.5, 0.5 - reach, 0.5 + reach), abs=1e-5)
    # nobody was wrong: the accounts are the trials
    assert lesson._pooled(hits * 0, of)[2] == pytest.approx(3.841459 / (4 + 3.841459), abs=1e-5)


def test_grades_of_credit_are_numbers_and_the_claim_names_the_criteria_that_lack(judged):
    profile = "account_id,credit_ext\n" + "".join(
        f"{account},{grade}\n" for account, grade in zip(POWER, "ABCDABCD", strict=False)
    )
    accounts = judged(**_tables(account_profile=profile))
    grades = accounts.criteria["credit_grade"].dropna()
    assert grades.loc[list(POWER)[:4]].tolist() == [4.0, 3.0, 2.0, 1.0]
    claim = next(row for row in lesson.claims(accounts).data["claims"] if row[0] == "S000-2b")
    assert claim[5].startswith("lacks contribution") and "credit_grade" not in claim[5]


def test_each_set_of_weights_sums_to_one():
    sets = lesson._scored(looked_at(lesson.accounts, "linjiang"), "ahp").weights
    assert set(sets) == {"ahp", "entropy", "equal"}
    assert [each.sum() for each in sets.values()] == pytest.approx([1.0] * 3)
