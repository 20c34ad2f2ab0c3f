"""Exercises of lesson 04: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from exercise_runs import read, run_all
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS, SOURCES, debrief
from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.lessons.profitability import answers
from keyacct_utils.lessons.profitability import findings as lesson
from keyacct_utils.lessons.profitability.answers import colleague, pools_of

#: Revenue, cost and volume a month of each account, in 2023 and in 2024.
MONTHS = {
    "A1": [(100, 80, 10), (100, 75, 10)],
    "A2": [(50, 50, 10), (50, 60, 10)],
    "A3": [(100, 100, 10), (100, 104, 10)],
    "A4": [None, (30, 30, 1)],
}
LEDGER = "account_id,date,line,revenue,cost_goods,volume\n" + "".join(
    f"{account},{2023 + place}-{month:02}-05,P,{row[0]},{row[1]},{row[2]}\n"
    for account, years in MONTHS.items()
    for place, row in enumerate(years)
    if row
    for month in range(1, 13)
)
#: A dealer whose accounts buy now and then, 2023 and 2024: none in all months, the ledger in the first and the last.
SELDOM = "account_id,date,revenue,cost_goods\n" + "".join(
    f"{account},{day},{revenue},{cost}\n"
    for account, day, revenue, cost in (
        ("B1", "2023-01-09", 100, 60), ("B2", "2023-07-01", 50, 30), ("B1", "2023-12-20", 80, 50),
        ("B1", "2024-01-15", 90, 70), ("B3", "2024-08-02", 40, 35), ("B2", "2024-12-11", 70, 60),
    )
)  # fmt: skip
#: 36.5 yuan for 100 days with the 15 before the invoice: 10 yuan for a year. The second account has no sales, the third no credit in 2024.
INVOICES = (
    "invoice_id,account_id,issue,due,amount\nI1,A1,2024-01-01,2024-03-26,36.5\nI2,A9,2024-01-01,2024-03-26,500\n"
    "I3,A3,2023-01-01,2023-03-26,700\n"
)
#: Visits at 10 and calls at 5, and 20 that every pool has.
POOLS = "month,team,cost,visits,calls\n2024-01-01,T3,70,4,2\n2024-02-01,T3,70,3,4\n2024-03-01,T3,45,2,1\n2024-04-01,T3,45,1,3\n"
TABLES = '[tables.invoices]\npath = "invoices.csv"\n[tables.cost_pools]\npath = "pools.csv"'


@pytest.fixture
def small(write_book) -> Book:
    toml = f'[tables.ledger]\npath = "ledger.csv"\n{TABLES}'
    path = write_book(LEDGER, toml, invoices__csv=INVOICES, pools__csv=POOLS)
    path.write_text(path.read_text().replace('name = "Test"', 'name = "Test"\nperiod = "2024"'))
    return Book.open(path)


def test_a_year_is_full_when_the_book_is(write_book):
    # once: "it does not have 2 full calendar years", since nobody bought in all twelve months
    book = Book.open(write_book(SELDOM))
    years = answers.yearly_of(book).groupby("period")[["revenue", "cost"]].sum()
    assert years.to_dict("index") == {
        "2023": {"revenue": 230.0, "cost": 140.0},
        "2024": {"revenue": 200.0, "cost": 165.0},
    }
    bridge = answers.bridge_of(book)
    assert bridge.loc[bridge["fresh"], "account_id"].tolist() == ["B3"]
    assert bridge["change"].sum() == pytest.approx(35 - 90)


def test_delivery_by_hand(linjiang):
    # 28.5 - 16.3; a tenth of 28.5; 3/17
    assert find("04.1").expected(linjiang) == pytest.approx(
        {"to": 12.2, "by": 2.85, "equal": 3 / 17}
    )
    assert (
        exercises.judge(find("04.1"), {"to": 12.2, "by": 2.85, "equal": 0.1765}, linjiang).state
        == "right"
    )


def test_credit_by_hand(small):
    # gross profit 300 - 120 - 48 + 0; a year's interest of 100 % is 10 yuan, so 13 % are 1.30, all of it on A1
    right = {"losing": 2, "erosion": 1 - (300 - 1.3 - 168) / (300 - 1.3), "limit": 132 / 10}
    assert find("04.2").expected(small) == pytest.approx(right)


def test_plan_by_hand(small):
    # A3 needs 4 % and is asked (48 a year), A2 needs 20 % and is dropped (120 a year); the fall is 240 - 132 = 108
    stay = 0.7 * 48 * 4 / 12 + 120 * 3 / 12
    right = {"stay": stay, "leave": stay + 0.3 * 48 * 4 / 12, "months": 10}
    assert find("04.3").expected(small) == pytest.approx(right)
    # 33.6 x 7 / 12 + 120 x 6 / 12 = 79.6 < 81 = 108 x 9 / 12, and 33.6 x 8 / 12 + 120 x 7 / 12 = 92.4 >= 90
    assert 33.6 * 7 / 12 + 60 < 81 and 33.6 * 8 / 12 + 70 >= 90


def test_rates_by_hand(small):
    # visits 10, calls 5, 20 each; the colleague gives the visit the rate of the call and the call that of the visit:
    # off by 10, 5, 5 and 10 of 70, 70, 45 and 45
    found = find("04.4").expected(small)
    assert found["rates"].round(6).to_dict() == {"visits": 10, "calls": 5, "every_pool": 20}
    assert found["fault"] == "names"
    assert found["miss"] == pytest.approx((10 / 70 + 5 / 70 + 5 / 45 + 10 / 45) / 4)
    # the drivers alone would carry the 20
    counts, cost = pools_of(small)
    without = pf.recover_driver_rates(cost, counts[["visits", "calls"]], driverless=False)["rate"]
    assert (without > [11, 8]).all()


def test_rates_in_the_order_of_the_alphabet_show_no_fault(small):
    (small.folder / "pools.csv").write_text(POOLS.replace("visits,calls", "calls,quotes"))
    with pytest.raises(ValueError, match="the fault does not show"):
        find("04.4").expected(Book.open(small.folder / "book.toml"))


def test_drop_or_fix_by_hand(small):
    found = find("04.5").expected(small)
    # A2 loses 20 % of its revenue, A3 4 %; 1,800 yuan of revenue go against 1,968 of cost
    assert found["actions"].to_dict() == {"A2": "drop", "A3": "raise price"}
    assert found["break_even"] == pytest.approx(1800 / 1968)


def test_the_vote_follows_from_the_own_estimates(small):
    item, own = (
        find("04.5"),
        find("04.5").expected(small)
        | {"choice": "drop all", "leaves": 1, "accept": 0.5, "defence": "A. B."},
    )

    def judged(**changes):
        return exercises.judge(item, own | changes, small)

    # all of the cost leaves: dropping both gains 168, the list 120 + 24
    assert judged().state == judged(choice="Drop all ").state == "right"
    assert "contradict your choice" in judged(choice="use the list").text
    # 95 %: dropping both gains 1,869.6 - 1,800 = 69.6, the list 684 - 600 = 84 for A2 alone
    assert "contradict your choice" in judged(leaves=0.95, accept=0).text
    assert judged(leaves=0.95, accept=0, choice="use the list").state == "right"
    # equal gains allow both: everybody accepts and all of the cost leaves
    assert judged(accept=1).state == judged(accept=1, choice="use the list").state == "right"
    assert "from 0 to 1" in judged(accept=70).text and "from 0 to 1" in judged(leaves=-0.1).text
    assert "`accept` is missing (NaN)" in judged(accept=float("nan")).text
    assert '"drop all" or "use the list"' in judged(choice="keep").text


def test_the_bridge_by_hand(small):
    found = find("04.6").expected(small)
    # A1 + 60, A2 - 120, A3 - 48; A4 sells 12 units, which would leave 240 / 360 each and leave nothing: - 8
    # with four accounts the five worst are all of them
    right = {"sales": 360, "rest": 8, "price_cost": -116, "newcomers": 8 / 116, "five": 1}
    assert found == pytest.approx(right)
    item = find("04.6")
    assert exercises.judge(item, right | {"choice": "five accounts"}, small).state == "right"
    for choice in ("new customers", "everybody", "nobody"):
        assert "does not follow" in exercises.judge(item, right | {"choice": choice}, small).text
    # there is one pair of years only, so nobody can take the wrong one: the answer is only told to be wrong
    assert (
        "`rest` is too"
        in exercises.judge(item, right | {"rest": 31, "choice": "five accounts"}, small).text
    )


def test_whose_it_was_follows_from_the_numbers(solved):
    own, book = solved["04.6"]
    assert own["choice"] == "everybody"
    for numbers, choice in (
        ({"newcomers": 0.6, "five": 0.7}, "new customers"),
        ({"newcomers": 0.4, "five": 0.7}, "five accounts"),
        ({"newcomers": 0.5, "five": 0.5}, "everybody"),
        ({"price_cost": 0.0, "five": 0.7}, "nobody"),
    ):
        answer = {**own, **numbers}
        assert answers._verdict_follows(book, answer | {"choice": choice}) == ""
        assert answers._verdict_follows(book, answer | {"choice": "old accounts"})


def test_the_fall_of_yunhe_by_its_own_arithmetic():
    book = bundled("yunhe")
    own = find("04.6").expected(book)
    rows = book.rollup(period="year").set_index(["account_id", "line"])
    gross = (rows["revenue"] - rows["cost"]).groupby(rows["period"]).sum()
    assert gross["2023"] < gross["2022"] < gross["2024"]
    old, new = (rows[rows["period"] == year] for year in ("2022", "2023"))
    unit = {
        name: (frame["revenue"] - frame["cost"]) / frame["volume"]
        for name, frame in (("old", old), ("new", new))
    }
    total = old.groupby("line")[["revenue", "cost", "volume"]].sum()
    of_line = (total["revenue"] - total["cost"]) / total["volume"]
    # what an account did not buy before is compared with the line
    before = unit["old"].reindex(new.index)
    before = before.fillna(of_line.reindex(new.index.get_level_values("line")).set_axis(new.index))
    effect = ((unit["new"] - before) * new["volume"]).groupby("account_id").sum()
    late = ~effect.index.isin(old.index.get_level_values("account_id"))
    assert own["price_cost"] == pytest.approx(effect.sum())
    assert own["newcomers"] == pytest.approx(effect[late].sum() / effect.sum())
    assert own["five"] == pytest.approx(effect.sort_values().iloc[:5].sum() / effect.sum())
    assert own["rest"] == pytest.approx(gross["2023"] - gross["2022"] - effect.sum())


def test_books_that_cannot_answer_say_what_they_lack(write_book):
    bare = Book.open(write_book("account_id,revenue\nA1,600\nA2,200\n"))
    blank = {
        code: {part.name: 0 for part in find(code).parts}
        for code in ("04.2", "04.3", "04.4", "04.5", "04.6")
    }
    wanted = {
        "04.2": "cost\\_goods",
        "04.3": "period is not a year",
        "04.4": "cost\\_pools",
        "04.5": "cost\\_goods",
        "04.6": "date or cost\\_goods",
    }
    for code, lack in wanted.items():
        outcome = exercises.judge(find(code), blank[code], bare)
        assert outcome.state == "impossible" and lack in outcome.text, (code, outcome.text)
    sound = Book.open(
        write_book(
            "account_id,date,revenue,cost_goods\nA1,2024-01-05,600,500\nA2,2024-02-05,200,150\n"
        )
    )
    assert (
        "none of its accounts loses money"
        in exercises.judge(find("04.5"), blank["04.5"], sound).text
    )
    assert (
        "no invoices with issue and due" in exercises.judge(find("04.2"), blank["04.2"], sound).text
    )
    assert "2 full calendar years" in exercises.judge(find("04.6"), blank["04.6"], sound).text


def test_a_book_that_counts_groups_is_refused_where_its_invoices_do_not(small):
    toml = small.folder / "book.toml"
    (small.folder / "accounts.csv").write_text("account_id,group_id\nA1,G1\nA2,G1\nA3,\nA4,\nA9,\n")
    toml.write_text(
        toml.read_text().replace("[tables", 'group_by = "group_id"\n[tables', 1)
        + '[tables.accounts]\npath = "accounts.csv"\n'
    )
    with pytest.raises(ValueError, match="counts a group as one account"):
        find("04.2").expected(Book.open(toml))


def test_the_colleague_of_the_sheet_makes_the_mistake_that_is_known(linjiang):
    _, names = run_all(read(SHEETS, "04"))
    pd.testing.assert_series_equal(
        names["theirs"], colleague(*pools_of(linjiang)), check_names=False
    )
    # the totals agree to a tenth of the miss though four of five names are wrong: that is what makes it worth finding
    assert abs(names["charged"] - 1) < find("04.4").expected(linjiang)["miss"] / 10


def test_a_miss_of_all_pools_together_is_told(linjiang):
    """The part of the sums is near the mean of the parts, and another thing."""
    right = find("04.4").expected(linjiang)
    found = exercises.judge(
        find("04.4"), {**right, "miss": answers._miss_of_all(linjiang)}, linjiang
    )
    assert found.state != "right" and "pool by pool" in str(found)


def _told(solved, code, **changes):
    own, book = solved[code]
    return exercises.judge(find(code), own | changes, book).text


def test_the_months_until_half_of_the_fall_are_not_put_down_to_those_who_leave(solved):
    """Both come to the same number, so what is told has to be true of both."""
    leave = answers._plan(solved["04.3"][1], months_if="leave")["months"]
    told = _told(solved, "04.3", months=leave)
    assert "So long it takes if those who refuse leave. Here they stay" in told
    assert "n twelfths of the fall" in told and "This is the plan" not in told


def test_a_fixed_sum_is_not_taken_for_a_mark_that_grows(solved):
    """Once both took 13 months, and the wrong one was right."""
    own, book = solved["04.3"]
    fixed = answers._plan(book, grows=False)["months"]
    assert fixed != own["months"]
    assert "The mark is no fixed sum" in _told(solved, "04.3", months=fixed)


@pytest.mark.parametrize(
    ("code", "part", "wrong", "hint"),
    [
        ("04.2", "losing", lambda own, book: 6, "only the ones that dear credit adds"),
        ("04.2", "limit", lambda own, book: own["limit"] - 0.13, "may be added to 13 %"),
        ("04.2", "limit", lambda own, book: own["limit"] / 0.13, "So many times 13 %"),
        ("04.2", "erosion", lambda own, book: pf.erosion(pf.account_profit(
            answers.rows_of(book))["profit"]), "without the credit"),
        ("04.2", "erosion", lambda own, book: pf.whale_peak(
            answers.with_credit(book)["profit"]).peak, "This is the peak"),
        ("04.3", "stay", lambda own, book: own["leave"], "just as much if everybody accepts"),
        ("04.3", "months", lambda own, book: 8, "to bring half of the fall"),
        ("04.4", "miss", lambda own, book: _signed_miss(book), "without their sign"),
        ("04.4", "miss", lambda own, book: _miss_in_yuan(book), "These are yuan"),
        ("04.5", "actions", lambda own, book: own["actions"].map(lambda _: "drop"),
         "This drops them all"),
        ("04.5", "break_even", lambda own, book: 1 - own["break_even"], "that may stay"),
        ("04.6", "five", lambda own, book: answers._five_largest(book), "five that buy most"),
    ],
)  # fmt: skip
def test_a_likely_error_has_its_own_hint(solved, code, part, wrong, hint):
    own, book = solved[code]
    assert hint in _told(solved, code, **{part: wrong(own, book)})


def _misses(book: Book) -> tuple[pd.Series, pd.Series]:
    counts, cost = pools_of(book)
    return counts @ colleague(counts, cost) - cost, cost


def _signed_miss(book: Book) -> float:
    off, cost = _misses(book)
    return float((off / cost).mean())


def _miss_in_yuan(book: Book) -> float:
    return float(_misses(book)[0].abs().mean())


def test_price_alone_and_years_apart_have_their_own_hint(solved):
    book = solved["04.6"][1]
    told = _told(solved, "04.6", **answers._one_alone(book, "price"))
    assert "This is the price alone" in told
    told = _told(solved, "04.6", **answers._again(book, (0, -1)))
    assert "Take two neighbours" in told


def test_no_wrong_answer_that_is_known_is_right(solved):
    """A mistake that comes to the right number on the sheet's own book would be accepted."""
    for code in ("04.1", "04.2", "04.3", "04.4", "04.5", "04.6"):
        own, book = solved[code]
        for mistake in find(code).mistakes:
            answer = own | dict(mistake.wrong(book))
            assert exercises.judge(find(code), answer, book).state == "wrong", mistake.hint


def test_a_list_by_the_own_estimate_or_by_the_rise_of_another_task_is_told(solved, linjiang):
    told = _told(solved, "04.5", actions=answers._actions(linjiang, 0.95)["action"])
    assert "all of the goods' cost leaves, or nearly all" in told
    assert "whatever you estimate yourself" in told
    profits = names_of_04()["profits"]
    listed = pf.action_list(profits, max_rise=0.12, avoidable_goods=0.9)["action"]
    told = _told(solved, "04.5", actions=listed[profits["profit"] < 0])
    assert "At most 12 % more is asked for here, as in 04.3" in told


def names_of_04() -> dict[str, object]:
    return run_all(read(SHEETS, "04"))[1]


def test_a_bridge_that_adds_the_lines_together_is_told(solved):
    book = solved["04.6"][1]
    rows = book.rollup(period="year", by_line=False)
    before, after = (rows[rows["period"] == year] for year in ("2022", "2023"))
    bridge = pf.profit_bridge(before, after)
    effect = (bridge["price"] + bridge["unit_cost"]).groupby(bridge["account_id"]).sum()
    fresh = ~effect.index.isin(before["account_id"])
    told = _told(
        solved,
        "04.6",
        rest=bridge["change"].sum() - effect.sum(),
        price_cost=effect.sum(),
        newcomers=effect[fresh].sum() / effect.sum(),
        five=effect.nsmallest(5).sum() / effect.sum(),
    )
    assert "The lines of an account are added together before the bridge" in told
    assert "could be this" not in told


def test_what_the_debrief_of_the_plan_says_is_in_its_table(solved):
    """Once it told 39 million of 55 and 14 months beside a table of 49.49 million and 11 months."""
    own, book = solved["04.3"]
    text = debrief("04.3")
    assert not re.search(r"\d", text), text  # nothing in it goes stale when the tables move
    years = answers.yearly_of(book).groupby("period")[["revenue", "cost"]].sum()
    half = -(years["revenue"] - years["cost"]).diff().min() / 2
    listed = pf.action_list(pf.account_profit(answers.rows_of(book)), max_rise=0.12)

    def stays(months: int, **how: object) -> float:
        plan = pf.recovery_plan(listed, months=months, leave_if_refused=(), **how)
        return float(plan["gain"].sum())

    everybody = stays(6, agree={"raise price": 1.0})
    assert own["stay"] < half and 0.95 * half < everybody < half
    assert everybody == pytest.approx(own["leave"])
    reached = next(n for n in range(1, 60) if stays(n) >= half)
    assert 6 < reached < own["months"]


def test_the_amounts_of_the_question_are_those_of_the_lesson(linjiang):
    table = lesson.by_group(lesson.known_costs(linjiang)).table.loc["others"] / 1e6
    price, cost = round(table["price"]), round(-table["unit_cost"])
    text = (SOURCES / "04_profitability.ipynb").read_text(encoding="utf-8")
    assert f"gains {price} million yuan by price and loses {cost} million by unit cost" in text
    assert f"their {price} million" in text and f"lost {cost} million" in text
    assert abs(table["together"]) < 0.05 * price  # "hardly anything is left of the two"


def test_a_right_vote_is_told_to_follow_from_what_was_set(solved):
    """The sheet asks for two estimates there, and for no bar."""
    assert "follows from your own estimates and is **right**" in _told(solved, "04.5")
