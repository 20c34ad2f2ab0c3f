"""Exercises of lesson 02: right values worked another way, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pandas as pd
import pytest
from exercise_runs import read, run_all
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SOURCES
from keyacct_utils.lessons.qualification.answers import (
    HOUSE as HOUSE_TESTS,
)
from keyacct_utils.lessons.qualification.answers import (
    TESTED,
    features_of,
    flags_of,
    house_features,
)
from keyacct_utils.lessons.qualification.features import POWER_RULES, Reading, classify

#: Four accounts of one line, one month, no file: fees of 700, 600, 1.5 million and 200 million.
TINY = "account_id,date,revenue\nA1,2024-01-05,700000\nA2,2024-01-05,600000\nA3,2024-01-06,1500000\nA4,2024-01-07,200000000\n"


#: Two years of one line for the rule of 02.6 (fee, growth, paid, years, satisfaction), worked by hand below.
HOUSE = {
    # account: (bought 2023, bought 2024, paid part of the bill, years, answers to S1 S2 S3 of 2024)
    "A1": (600_000, 1_200_000, 1.0, 9, "8,7,9"),  # passes all five
    "A2": (600_000, 1_200_000, 1.0, 9, None),  # four, one blank
    "A3": (600_000, 1_200_000, 0.5, 9, None),  # three, one blank
    "A4": (None, 600_000, 1.0, 1, None),  # two, no growth and no answer: two blanks
    "A5": (900_000, 100_000, 0.5, 1, None),  # none, one blank
    "A6": (900_000, None, None, 9, None),  # bought nothing in 2024
}


@pytest.fixture
def house(write_book) -> Book:
    ledger, bills, accounts = "account_id,date,revenue,volume\n", "", ""
    survey = "respondent,account_id,year,S1,S2,S3\nR0,A2,2023,9,9,9\n"
    for name, (before, now, paid, years, answers) in HOUSE.items():
        accounts += f"{name},{years}\n"
        ledger += f"{name},2023-05-05,{before},{before}\n" if before else ""
        if now:
            ledger += f"{name},2024-05-05,{now},{now}\n"
            bills += f"I{name},{name},2024-05-05,{now},{paid * now}\n"
        survey += f"R{name},{name},2024,{answers}\n" if answers else ""
    files = {"accounts": "account_id,tenure_y\n" + accounts, "survey": survey}
    files["invoices"] = "invoice_id,account_id,issue,amount,paid_amount\n" + bills
    tables = "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in files)
    toml = f'[tables.ledger]\npath = "ledger.csv"\n{tables}'
    path = write_book(ledger, toml, **{f"{name}__csv": text for name, text in files.items()})
    path.write_text(path.read_text().replace('name = "Test"', 'name = "Test"\nperiod = "2024"'))
    return Book.open(path)


@pytest.fixture(scope="module")
def solved() -> tuple[dict[str, tuple[object, Book]], dict[str, object]]:
    """The answers of the solutions with their books, and the names at the end."""
    return run_all(read(SOURCES, "02"))


def _told(code: str, answer: object, book: Book) -> str:
    return exercises.judge(find(code), answer, book).text


def test_a_book_that_cannot_answer_says_so_and_the_others_are_recomputed(write_book):
    book = Book.open(write_book(TINY))
    assert "no values of voltage\\_kv, yoy" in _told(
        "02.1", {"all_five": 0, "four": 0, "any_one": 0, "widest": "fee"}, book
    )
    assert "no values of voltage\\_kv, yoy" in _told(
        "02.2", {"between": 0, "moved": [], "moved_four": []}, book
    )
    assert "no values of listed\\_ka" in _told(
        "02.4", {"fault": "chance", "by_chance": 0.5, "kappa": 0}, book
    )
    assert "needs 4 full years and has 0" in _told(
        "02.5", dict.fromkeys(("choice", "bar", "one", "two", "three"), 0), book
    )
    # 700,000 and 600,000 reach C, which now starts at the latter; both were C; 1.5 million is exactly A(A+)
    tiers = pd.Series({"A1": "C", "A2": "C", "A3": "A(A+)", "A4": "diamond"})
    answer = {"tiers": tiers, "moved": 0, "key_moved": 0}
    assert exercises.judge(find("02.3"), answer, book).state == "right"
    # nothing of the rule can be judged, so everybody is unknown
    open_to_all = {"unknown": 4, "share": 1, "unknown_four": 4, "share_four": 1}
    assert exercises.judge(find("02.6"), open_to_all | {"choice": "neither"}, book).state == "right"
    assert "does not follow" in _told("02.6", open_to_all | {"choice": "all five"}, book)


def test_a_book_of_four_years_where_nobody_pays_three_million(write_book):
    months = pd.period_range("2021-01", "2024-12", freq="M")
    rows = "".join(f"A{n},{month}-05,{n}00\n" for month in months for n in (1, 2))
    book = Book.open(write_book("account_id,date,revenue\n" + rows))
    answer = {"choice": "every year", "bar": 0.2, "one": 0.1, "two": 0.1, "three": 0.1}
    assert "nobody in it pays 3,000,000 a month" in _told("02.5", answer, book)


def test_a_month_without_a_purchase_takes_no_year_away(write_book):
    # once: "it needs 4 full years and has 0", since in no year was there a posting in each month
    fees = {"A": (60, 60, 60, 60), "B": (48, 24, 24, 24)}
    rows = "".join(
        f"{name},{2021 + place}-{day},{paid / 2:g}000000\n"
        for name, years in fees.items()
        for place, paid in enumerate(years)
        for day in ("01-10", "12-10")
    )
    book = Book.open(write_book("account_id,date,revenue\n" + rows))
    # lists: AB, A, A, A: one year 1 wrong of 2 + 1 + 1 names, two 1 of 2 + 1, three 1 of 2
    assert find("02.5").expected(book) == pytest.approx(
        {"one": 1 / 4, "two": 1 / 3, "three": 1 / 2}
    )


def test_growth_is_that_of_months_which_both_years_have(write_book):
    # the ledger begins in July 2023: once, 2024 grew by 140 % against half a year
    rows = [f"A,{year}-{month:02d}-05,{60 if year == 2024 else 50},1\n" for year, months in
            ((2023, range(7, 13)), (2024, range(1, 13))) for month in months]  # fmt: skip
    path = write_book("account_id,date,revenue,volume\n" + "".join(rows))
    path.write_text(path.read_text().replace('name = "Test"', 'name = "Test"\nperiod = "2024"'))
    assert features_of(Book.open(path))["yoy"].tolist() == [0.0]


def test_the_four_years_of_a_small_book_worked_by_hand(write_book):
    # in millions a month, 2021 to 2024: A stays, B falls in 2022 and comes back in 2024, C joins in 2023, D never reaches 3
    fees = {"A": (5, 5, 5, 5), "B": (4, 2, 2, 3), "C": (1, 1, 4, 4), "D": (2, 2, 2, 2)}
    months = pd.period_range("2021-01", "2024-12", freq="M")
    rows = "".join(
        f"{name},{month}-05,{paid[month.year - 2021]}000000\n"
        for month in months
        for name, paid in fees.items()
    )
    book = Book.open(write_book("account_id,date,revenue\n" + rows))
    # lists: AB, A, AC, ABC. One year: 1 + 1 + 1 wrong of 2 + 1 + 2; two: B, C and B, C of 2 + 1; three: C of 2
    own = {"bar": 0.7, "one": 3 / 5, "two": 4 / 3, "three": 1 / 2, "defence": "A. B."}
    assert find("02.5").expected(book) == pytest.approx(
        {name: own[name] for name in ("one", "two", "three")}
    )
    # three years are within the bar, two are not: the shorter time has to hold too
    assert exercises.judge(find("02.5"), own | {"choice": "every year"}, book).state == "right"
    assert "contradict your choice" in _told("02.5", own | {"choice": "every three years"}, book)
    assert (
        exercises.judge(find("02.5"), own | {"bar": 0.5, "choice": "more often"}, book).state
        == "right"
    )


def test_right_values_worked_another_way(linjiang):
    three = find("02.1").expected(linjiang)
    reading = {
        way: classify(features_of(linjiang), POWER_RULES, Reading(combine=way))
        for way in ("all", "four_of_five", "any")
    }
    important = (reading["all"] == "important").to_numpy()
    for name, classes in zip(("all_five", "four", "any_one"), reading.values(), strict=True):
        # the class holds those that pass and are not important, so the count of passes lies between
        held = int((classes == "efficiency").sum())
        assert held <= three[name] <= held + important.sum()
    flags = flags_of(linjiang)
    (neither, second), (first, both) = pd.crosstab(
        flags["listed_ka"], flags["important_type"]
    ).to_numpy()
    n = neither + second + first + both
    chance = ((first + both) * (second + both) + (neither + second) * (neither + first)) / n**2
    kappa = ((neither + both) / n - chance) / (1 - chance)
    expected = find("02.4").expected(linjiang)
    assert (expected["by_chance"], expected["kappa"]) == pytest.approx((chance, kappa))
    # lesson 02 counts these of its list of 2021 and of lists a year old: 31 + 22 in 2024, 22 for 2023's
    ageing = find("02.5").expected(linjiang)
    assert ageing["three"] == pytest.approx((31 + 22) / 96)
    assert ageing["one"] == pytest.approx((33 + 6 + 22) / (96 + 75 + 77))


def test_the_sheet_and_the_answers_have_the_same_features(solved, linjiang):
    names = solved[1]
    shown = names["features"]
    pd.testing.assert_frame_equal(shown, features_of(linjiang)[list(shown)])
    own, other = names["others"], house_features(bundled("yunhe"))
    pd.testing.assert_frame_equal(own, other[list(own)])
    # the counts of lesson 02
    counts = classify(features_of(linjiang)).value_counts()
    assert counts[["important", "efficiency", "potential", "between", "none"]].tolist() == [
        66,
        28,
        126,
        27,
        353,
    ]


def test_an_account_is_open_where_no_and_yes_give_two_classes():
    book = bundled("yunhe")
    expected, features = find("02.6").expected(book), house_features(book)
    no = features[TESTED].fillna(-1)
    yes = features[TESTED].fillna(1e9)
    for least, name, share in ((5, "unknown", "share"), (4, "unknown_four", "share_four")):
        could, does = (
            sum(
                frame[test.column] > test.threshold
                if test.operator == ">"
                else frame[test.column] >= test.threshold
                for test in HOUSE_TESTS
            )
            >= least
            for frame in (yes, no)
        )
        assert expected[name] == (could & ~does).sum()
        revenue = features["revenue"]
        assert expected[share] == pytest.approx(revenue[could & ~does].sum() / revenue.sum())


def test_the_rule_of_the_house_by_hand(house):
    features = house_features(house)
    assert features.index.tolist() == ["A1", "A2", "A3", "A4", "A5"]
    # all five: A2 alone hangs on its blank; four of five: A2 has its four, A3 and A4 hang on theirs
    total = 1.2 + 1.2 + 1.2 + 0.6 + 0.1
    right = {
        "unknown": 1,
        "share": 1.2 / total,
        "unknown_four": 2,
        "share_four": 1.8 / total,
    }
    assert find("02.6").expected(house) == pytest.approx(right)
    assert exercises.judge(find("02.6"), right | {"choice": "neither"}, house).state == "right"
    # with growth taken for failed A4 is no longer open
    wrong = {"unknown_four": 1, "share_four": 1.2 / total, "choice": "neither"}
    assert "A blank in the growth" in _told("02.6", right | wrong, house)


def test_by_the_power_rule_every_account_of_yunhe_is_unknown():
    features = features_of(bundled("yunhe"))
    for way in ("all", "four_of_five"):
        assert (classify(features, POWER_RULES, Reading(combine=way)) == "unknown").all()


def test_the_colleague_of_the_sheet_makes_the_mistake_that_is_known(solved, linjiang):
    own, colleague = solved[0]["02.4"][0], solved[1]["colleague"]
    assert "the colleague's own number" in _told("02.4", own | {"kappa": colleague}, linjiang)


def test_a_decision_has_to_follow_from_its_evidence(solved, linjiang):
    own = solved[0]["02.5"][0]
    for bar, choice in (
        (0.2, "more often"),
        (0.3, "every year"),
        (0.4, "every two years"),
        (0.6, "Every three years"),
    ):
        assert (
            exercises.judge(find("02.5"), own | {"bar": bar, "choice": choice}, linjiang).state
            == "right"
        )
    assert "contradict your choice" in _told("02.5", own | {"choice": "every two years"}, linjiang)
    assert "lies between 0 and 1" in _told("02.5", own | {"bar": 25}, linjiang)
    assert "`bar` is missing (NaN)" in _told("02.5", own | {"bar": float("nan")}, linjiang)
    own, other = solved[0]["02.6"]
    assert own["choice"] == "four of five"
    for choice in ("all five", "neither"):
        assert "does not follow" in _told("02.6", own | {"choice": choice}, other)


def test_each_part_of_the_colleagues_number_is_told_as_the_cause(solved, linjiang):
    own, colleague = solved[0]["02.4"][0], solved[1]["colleague"]
    for part in ("kappa", "by_chance"):
        text = _told("02.4", own | {part: colleague}, linjiang)
        assert f"- `{part}`: This is the colleague's own number." in text


def test_another_whole_than_the_older_list_is_told(solved, linjiang):
    own, fees = solved[0]["02.5"][0], solved[1]["fees"]
    listed = fees.ge(3_000_000).to_numpy()

    def shares(whole):
        found = {}
        for age, name in enumerate(("one", "two", "three"), 1):
            old, new = listed[:, :-age], listed[:, age:]
            found[name] = (old != new).sum() / whole(old, new).sum()
        return found

    # the claim S000-5e of lesson 02 divides by the names on either list
    told = _told("02.5", own | shares(lambda old, new: old | new), linjiang)
    assert "`one`, `two`, `three`: This divides by the names on either" in told
    told = _told("02.5", own | shares(lambda old, new: new), linjiang)
    assert "`one`, `two`, `three`: This divides by the names on the later list" in told


def test_a_blank_that_a_failed_test_makes_idle_is_told_for_one_reading_alone(solved):
    own, book = solved[0]["02.6"]
    features = house_features(book)
    blank, revenue = features[TESTED].isna().any(axis=1), features["revenue"]
    open_to_five = {"unknown": blank.sum(), "share": revenue[blank].sum() / revenue.sum()}
    told = _told("02.6", own | open_to_five, book)
    assert "`unknown`, `share`: These have a blank. Most of them have failed" in told
    open_to_four = {f"{name}_four": value for name, value in open_to_five.items()}
    told = _told("02.6", own | open_to_five | open_to_four, book)
    assert "`unknown`, `share`: These have a blank. Most of them have failed" in told
    assert "`unknown_four`, `share_four`: These have a blank. For most of them" in told
