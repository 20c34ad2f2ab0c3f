"""Exercises of lesson 07: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pandas as pd
import pytest
from exercise_runs import read, run_all

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS
from keyacct_utils.lessons.credit_grade import answers
from keyacct_utils.lessons.credit_grade import findings as lesson
from keyacct_utils.lessons.credit_grade import scoring as cr

#: What each account was billed in 2023, and whether it defaulted in 2024.
FATES = {
    "A1": (1200, 1),
    "A2": (3600, 1),
    "A3": (500, 0),
    "A4": (900, 0),
    "A5": (100, 0),
    "A6": (240, 1),
    "A7": (60, 1),
}
LEDGER = "account_id,date,revenue\n" + "".join(
    f"{name},2023-04-05,{billed}\n" for name, (billed, _) in FATES.items()
)
DEFAULTS = "account_id,window_start,default_12m\n" + "".join(
    f"{name},2024-01-01,{bad}\n" for name, (_, bad) in FATES.items()
)
#: Points as written: A1 90, A2 95, A3 100, A4 90, A5 85, A6 80, A7 100.
EVENTS = """event_id,account_id,date,code
C1,A1,2023-03-01,arrears
C2,A2,2023-07-08,tests_refused
C3,A3,2021-01-05,accident_inside
C4,A4,2023-09-01,arrears
C5,A5,2023-01-09,accident_inside
C6,A5,2023-02-09,accident_inside
C7,A5,2023-03-09,accident_inside
C8,A6,2023-05-01,arrears
C9,A6,2023-06-01,arrears
C10,A7,2022-06-01,arrears
"""
TOML = "\n".join(
    f'[tables.{name}]\npath = "{name}.csv"' for name in ("ledger", "credit_events", "defaults")
)


@pytest.fixture
def small(write_book) -> Book:
    return Book.open(write_book(LEDGER, TOML, credit_events__csv=EVENTS, defaults__csv=DEFAULTS))


def test_the_record_by_pencil(linjiang):
    # 10.5 + 10 + 30 + 10 + 4 + 5; ten less if the bands cumulate, and 30 - 10 - 20 before the half point
    right = {"score": 69.5, "grade": "B", "cumulated": "C", "unrescued": "D"}
    assert find("07.1").expected(linjiang) == right
    # without the word between the bands the same events are a grade apart: 59.5 is C, and below 50 would be D by points
    assert (
        exercises.judge(find("07.1"), right | {"unrescued": "C"}, linjiang).text.count(
            "`unrescued`"
        )
        == 1
    )


def _told(code: str, book: Book, **wrong) -> str:
    """What the check says of the right answer with these parts wrong."""
    item = find(code)
    return exercises.judge(item, dict(item.expected(book)) | wrong, book).text


def test_a_hint_names_the_cause_and_no_other(linjiang):
    # the right points and a grade too good: once put down to the electricians
    text = _told("07.1", linjiang, grade="A")
    assert "round nothing up" in text and "charged as one" not in text
    # ten points too many have three causes, and all are asked after
    text = _told("07.1", linjiang, score=79.5, grade="A")
    assert all(word in text for word in ("run of two months", "electricians", "three years"))
    assert "charged as one" in _told("07.1", linjiang, score=74.5, grade="A")
    assert "Nothing was added here" in _told("07.1", linjiang, cumulated="B")


def test_wrong_answers_of_the_deposits_have_their_own_hints(linjiang):
    right, owed = find("07.2").expected(linjiang), answers.owed_of(linjiang)
    score, fate = answers.points(linjiang), answers.fate_of(linjiang)
    at, loss = score <= right["cutoff"], owed * fate
    cuts = sorted(score.unique())
    for part, value, hint in (
        ("payers", int((at & (fate == 0)).sum()), "exactly at the cut-off too"),
        ("covered", owed[at].sum() / owed.sum(), "exactly at the cut-off too"),
        ("covered", loss[score < right["cutoff"]].sum() / loss.sum(), "share of the loss"),
        ("by_heads", cuts[cuts.index(right["by_heads"]) - 1], "one step too low"),
        ("without", cuts[cuts.index(right["without"]) - 1], "one step too low"),
    ):
        assert value != right[part] and hint in _told("07.2", linjiang, **{part: value})


def test_wrong_answers_of_the_repair_have_their_own_hints(linjiang):
    right, fate = find("07.4").expected(linjiang), answers.fate_of(linjiang)
    own = {"choice": "keep", "bar": 0.4, "defence": "Keep. It is luck."}
    other = fate.index[1::2]
    auc = answers.sc.gini_auc(answers.points(linjiang, right["pair"])[other], fate[other]).auc
    assert "This is the AUC itself" in _told("07.4", linjiang, **own, proof=auc)
    assert "gain on the other half" in _told("07.4", linjiang, **own, gain=right["proof"])
    assert "half that chose the pair" in _told("07.4", linjiang, **own, proof=right["gain"])
    assert "The sign is turned" in _told("07.4", linjiang, **own, gain=-right["gain"])
    first, second = fate.index[: len(fate) // 2], fate.index[len(fate) // 2 :]

    def gain(pair, ids):
        new, old = (
            answers.sc.gini_auc(answers.points(linjiang, p)[ids], fate[ids]).auc for p in (pair, ())
        )
        return new - old

    best = max(answers.PAIRS, key=lambda pair: gain(pair, first))
    blocks = {"gain": gain(best, first), "proof": gain(best, second)}
    assert "first and the second half of the list" in _told("07.4", linjiang, **own, **blocks)


def test_wrong_answers_of_another_year_have_their_own_hints(linjiang):
    own = {"choice": "safety only"}
    accounts, day, _ = answers.year_before(linjiang)
    events, days = answers.record_of(linjiang, accounts)
    trouble, fate = answers._in_trouble(linjiang), answers.fate_of(linjiang)
    scored = cr.score_events(events, accounts, as_of=day, record_from=days["record_from"])
    plain = scored["score"] - scored["safety"].fillna(0)
    unscaled = answers.sc.gini_auc(plain, trouble).auc
    assert "not on 100 again" in _told("07.5", linjiang, **own, unsafe=unscaled)
    changes = {"written": (), "longer": ("months",), "unsafe": ("safety",)}
    against = {
        part: answers.sc.gini_auc(
            answers.points(linjiang, names, accounts, as_of=day), fate[accounts["account_id"]]
        ).auc
        for part, names in changes.items()
    }
    assert "against default" in _told("07.5", linjiang, **own, **against)
    runs = cr.arrears_runs(events, as_of=day + pd.DateOffset(years=1), window_months=None)
    ever = runs.loc[runs["months"] >= 2, "account_id"].nunique()
    assert "runs of all years" in _told("07.5", linjiang, **own, troubled=ever)


@pytest.mark.parametrize("code", ["07.1", "07.2", "07.3", "07.4", "07.5"])
def test_no_mistake_is_right(code, linjiang):
    right = find(code).expected(linjiang)
    for mistake in find(code).mistakes:
        wrong = mistake.wrong(linjiang)
        assert any(wrong[part] != right[part] for part in wrong), mistake.hint


def test_points_of_the_small_book(small):
    assert answers.points(small).to_dict() == {
        "A1": 90,
        "A2": 95,
        "A3": 100,
        "A4": 90,
        "A5": 85,
        "A6": 80,
        "A7": 100,
    }
    # without safety on 80: 70, 75, 80, 70, 80, 60 and, with the arrears of 2022, 70
    both = answers.points(small, ("months", "safety"))
    assert both.to_dict() == {
        "A1": 87.5,
        "A2": 93.75,
        "A3": 100,
        "A4": 87.5,
        "A5": 100,
        "A6": 75,
        "A7": 87.5,
    }


def test_cut_offs_by_hand(small):
    # of 5,100: 60 get through at 100 points, 3,660 at 95; two of four defaulters at 95; of 1,500 without A2, 1,260 at 90
    right = {"cutoff": 100, "payers": 2, "covered": 6040 / 6600, "by_heads": 95, "without": 100}
    assert find("07.2").expected(small) == pytest.approx(right)
    assert answers.owed_of(small)["A2"] == pytest.approx(3600 / 12 * 2)


def test_the_fault_by_hand(small):
    # pairs won by the payers: 1.5 against A1, 1 against A2, 3 against A6, 0.5 against A7, of 12; A3 and A7 had no event in 2023
    assert find("07.3").expected(small) == {"fault": "accounts", "auc": 0.5, "rate": 0.5}


def test_the_repair_by_hand(small):
    found = find("07.4").expected(small)
    # A1, A3, A5, A7: 1.5 of 4 pairs as written, all 4 with both; A2, A4, A6: 1 of 2 pairs before and after
    assert found["pair"] == {"months", "safety"}
    assert found["gain"] == pytest.approx(1 - 0.375) and found["proof"] == pytest.approx(0)


def test_another_year_by_hand(small):
    # A6 alone owed two months running in 2023; as of 2023 A7 has 90 points, within 24 months A3 has 95
    right = {"accounts": 7, "troubled": 1, "written": 2.5 / 6, "longer": 2 / 6, "unsafe": 2.5 / 6}
    assert find("07.5").expected(small) == pytest.approx(right)
    assert exercises.judge(find("07.5"), right | {"choice": "too few"}, small).state == "right"
    assert (
        "does not follow"
        in exercises.judge(find("07.5"), right | {"choice": "neither"}, small).text
    )


def test_trouble_counted_another_way(linjiang):
    accounts, day, _ = answers.year_before(linjiang)
    events = linjiang.table("credit_events")
    year = events[events["account_id"].isin(accounts["account_id"]) & (events["date"] >= day)]
    long = year.loc[(year["code"] == "arrears") & (year["months"] >= 2), "account_id"]
    owing = set(long) | cr.consecutive_arrears(year, as_of="2024-01-01")
    assert find("07.5").expected(linjiang)["troubled"] == len(owing)
    assert (
        find("07.5").expected(linjiang)["accounts"]
        == (linjiang.table("accounts")["start_date"] < "2023-01-01").sum()
    )


def test_the_values_of_the_lesson(linjiang):
    # what lesson 07 prints: AUC .721, .742 with 24 months, .723 without safety, .749 with both
    fate = answers.fate_of(linjiang)
    shown = {(): 0.721, ("months",): 0.742, ("safety",): 0.723, ("months", "safety"): 0.749}
    for changes, auc in shown.items():
        assert answers.sc.gini_auc(answers.points(linjiang, changes), fate).auc == pytest.approx(
            auc, abs=5e-4
        ), changes
    # and a loss, 45 % of what the defaulters owed, that is the lesson's cost of asking nobody
    scored = lesson.score_all(lesson.record(linjiang))
    assert (0.45 * answers.owed_of(linjiang) * fate).sum() == pytest.approx(
        lesson.cost_of_limits(scored).table.loc["nobody", "cost"], rel=1e-9
    )


def test_a_decision_has_to_follow_from_its_evidence(solved, linjiang):
    own, item = solved["07.4"][0], find("07.4")
    assert (
        own["choice"] == "keep"
        and exercises.judge(item, own | {"bar": 0.3}, linjiang).state == "right"
    )
    assert (
        exercises.judge(item, own | {"choice": "Adopt ", "bar": 0.001}, linjiang).state == "right"
    )
    assert (
        "contradict your choice" in exercises.judge(item, own | {"choice": "adopt"}, linjiang).text
    )
    assert "contradict your choice" in exercises.judge(item, own | {"bar": 0.001}, linjiang).text
    for bar in (0, -0.1, 0.5, 2):
        assert "name one above 0" in exercises.judge(item, own | {"bar": bar}, linjiang).text
    assert (
        "`bar` is missing (NaN)"
        in exercises.judge(item, own | {"bar": float("nan")}, linjiang).text
    )
    assert exercises.judge(item, own | {"pair": ["safety", "months"]}, linjiang).state == "right"
    own, other = solved["07.5"]
    assert own["choice"] == "safety only"
    for wrong in ("both", "months only", "neither", "too few"):
        assert (
            "does not follow" in exercises.judge(find("07.5"), own | {"choice": wrong}, other).text
        )


def test_the_colleague_of_the_sheet_makes_the_mistake_that_is_known(linjiang, small):
    _, names = run_all(read(SHEETS, "07"))
    mistake = find("07.3").mistakes[0]
    assert mistake.wrong(linjiang)["auc"] == pytest.approx(names["area"].auc, abs=1e-12)
    assert len(names["theirs"]) == len(answers.with_record(linjiang))
    # and the sheet's own `points` are those that are checked, for every pair
    for pair in [(), *answers.PAIRS]:
        pd.testing.assert_series_equal(
            names["points"](pair), answers.points(linjiang, pair), check_names=False
        )


def test_books_that_cannot_answer_say_what_they_lack(write_book):
    blank = {
        code: {part.name: 0 for part in find(code).parts}
        for code in ("07.2", "07.3", "07.4", "07.5")
    }

    def told(code: str, book: Book) -> str:
        outcome = exercises.judge(find(code), blank[code], book)
        assert outcome.state == "impossible", (code, outcome.text)
        return outcome.text

    bare = Book.open(write_book("account_id,revenue\nA1,600\nA2,200\n"))
    assert all("lacks credit\\_events" in told(code, bare) for code in blank)
    files = {"credit_events__csv": EVENTS, "defaults__csv": DEFAULTS}
    undated = Book.open(write_book("account_id,revenue\nA1,600\n", TOML, **files))
    assert "lacks date or revenue" in told("07.2", undated)
    early = Book.open(
        write_book(
            LEDGER,
            TOML,
            **files | {"credit_events__csv": EVENTS.replace("C3,A3,2021", "C3,A3,2022")},
        )
    )
    assert "no events from two years before 2023" in told("07.5", early)
    paid = Book.open(
        write_book(LEDGER, TOML, **files | {"defaults__csv": DEFAULTS.replace(",1\n", ",0\n")})
    )
    assert all("the same fate" in told(code, paid) for code in blank)
    seen = EVENTS + "C11,A3,2023-05-05,tests_refused\nC12,A7,2023-05-05,tests_refused\n"
    busy = Book.open(write_book(LEDGER, TOML, **files | {"credit_events__csv": seen}))
    assert "the fault does not show" in told("07.3", busy)
    clean = Book.open(
        write_book(
            LEDGER,
            TOML,
            **files | {"credit_events__csv": EVENTS.replace("C9,A6,2023-06", "C9,A6,2023-08")},
        )
    )
    assert "the same fate in that year" in told("07.5", clean)
    one = (
        LEDGER.replace("A1,2023", "A1,2022")
        .replace("A6,2023", "A6,2022")
        .replace("A7,2023", "A7,2022")
    )
    assert "fewer than two of its defaulters" in told(
        "07.2", Book.open(write_book(one, TOML, **files))
    )
