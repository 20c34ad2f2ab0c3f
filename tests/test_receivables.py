"""The methods of lesson 08: published numbers, cases worked by hand, properties, bad input."""

from __future__ import annotations

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from keyacct_utils.exercises.sheets import SOURCES
from keyacct_utils.lessons import receivables as rc
from keyacct_utils.truth import receivables as planted
from keyacct_utils.world.receivables import T3_PENALTY

#: Five invoices of 100, due after 30 days; on 31 March 2024 two are paid in time, one was late, one
#: is open past its day and one is open and not yet due.
FIVE = pd.DataFrame(
    {
        "invoice_id": list("12345"),
        "account_id": list("ABCDE"),
        "issue": ["2024-01-01", "2024-01-01", "2024-01-10", "2024-01-20", "2024-03-20"],
        "due": ["2024-01-31", "2024-01-31", "2024-02-09", "2024-02-19", "2024-04-19"],
        "amount": [100.0, 100, 100, 300, 100],
        "paid_date": ["2024-01-20", "2024-01-31", "2024-03-10", None, None],
    }
)
DAY = "2024-03-31"
CHAIN = pd.DataFrame(
    [[0.9, 0.1, 0], [0.5, 0.2, 0.3], [0.1, 0, 0.9]],
    ["current", "1-30", "over 90"],
    ["current", "1-30", "over 90"],
)


@pytest.mark.parametrize(
    ("terms", "nominal"),
    [
        # trade-credit algebra: d/(1 - d) x 365/(N - n)
        ((0.02, 10, 30), 0.3724),
        ((0.01, 15, 30), 0.2458),
        ((0.02, 10, 60), 0.1490),
        ((0.03, 10, 45), 0.3225),
        ((0.03, 15, 30), 0.7526),
    ],
)
def test_published_cost_of_a_discount_not_taken(terms, nominal):
    assert rc.annualised_discount_cost(*terms) == pytest.approx(nominal, abs=5e-5)


def test_two_ten_net_thirty_effective():
    assert rc.annualised_discount_cost(0.02, 10, 30, compounded=True) == pytest.approx(
        0.4459, abs=5e-5
    )


def test_textbook_days_sales_outstanding():
    # receivables 350,000, credit sales 500,000, 31 days: 21.7 days
    assert rc.days_sales_outstanding(350_000, 500_000, 31) == pytest.approx(21.7)
    assert rc.best_possible_dso(250_000, 500_000, 31) == pytest.approx(15.5)


def season(end: str, window: int) -> float:
    """Days of sales of a firm that sells twice as much a day in January and is paid after 45."""
    days = pd.date_range("2022-09-01", end)
    sold = pd.Series(np.where(days.month == 1, 2.0, 1.0), days)
    return rc.days_sales_outstanding(sold.iloc[-45:].sum(), sold.iloc[-window:].sum(), window)


def test_a_season_moves_the_days_by_the_window_alone():
    """The notes of the function and question 08.q2; once: "over sixty days" it was to rise, and 59
    days, which is a February of 29.
    """
    ends = ("2022-12-31", "2023-01-31", "2023-02-28")
    assert [round(season(end, 30)) for end in ends] == [45, 38, 58]  # falls in the high month
    assert [round(season(end, 60)) for end in ends] == [45, 50, 41]  # the other way round
    assert round(season("2024-02-29", 30)) == 59
    told = nbformat.read(SOURCES / "08_receivables.ipynb", 4).cells
    asked = next(cell.source for cell in told if cell.source.startswith("## 08.q2"))
    assert "over the last thirty days, is 38 at the end of January and 58 at the end" in asked


def test_textbook_credit_decision():
    # Brealey, Myers & Allen, ch. 30: -40, 140, and -40 + .8 x PV(140)
    found = rc.credit_decision(1200, 1000, 0.8, 0.95, discount=0.2)
    assert (found.first, found.again) == pytest.approx((-40, 140))
    assert found.total == pytest.approx(-40 + 0.8 * 140 / 1.2) and found.grant
    alone = rc.credit_decision(1200, 1000, 0.8)
    assert alone.total == pytest.approx(-40) and not alone.grant and np.isnan(alone.again)
    assert alone.break_even == pytest.approx(1000 / 1200)


def test_collection_effectiveness_by_hand():
    # 200 owed, 300 sold, 180 left of which 120 are not yet due: 320 of 380 were collected
    assert rc.collection_effectiveness(200, 300, 180, 120) == pytest.approx(320 / 380)
    assert rc.collection_effectiveness(200, 300, 120, 120) == 1


def test_late_share_counts_the_open_ones():
    found = rc.late_share(FIVE, DAY)
    assert (found.judged, found.late, found.open_late, found.undecided) == (4, 2, 1, 1)
    assert (found.by_count, found.by_money) == pytest.approx((0.5, 400 / 600))
    # over paid ones alone a third is late, and the largest debt is nowhere
    assert (found.paid_count, found.paid_money) == pytest.approx((1 / 3, 1 / 3))
    # on the day before the third was paid it was open and late
    earlier = rc.late_share(FIVE.iloc[:4], "2024-03-09")
    assert (earlier.late, earlier.open_late) == (2, 2)
    part = FIVE.assign(paid_amount=[100, 100, 100, 0, 0.0])
    assert rc.late_share(part, DAY) == found
    nobody_wrote_when = part.assign(paid_date=[None, None, "2024-03-10", None, None])
    assert rc.late_share(nobody_wrote_when, DAY).undated == 2


def test_ageing_by_hand():
    found = rc.ageing(FIVE, DAY)
    assert found.loc["D"].to_dict() == {
        "not due": 0, "1-30": 0, "31-60": 300, "61-90": 0, "over 90": 0, "credit notes": 0,
        "overdue": 300, "total": 300,
    }  # fmt: skip
    assert found.loc["E", "not due"] == 100 and list(found.index[:2]) == ["D", "E"]
    # an invoice due on the day is not past due, a day later it is
    assert rc.ageing(FIVE, "2024-04-19").loc["E", "overdue"] == 0
    assert rc.ageing(FIVE, "2024-04-20").loc["E", "1-30"] == 100
    # 20 paid of 300, and a credit note of 50 that nobody has taken off yet
    part = FIVE.assign(paid_amount=[100.0, 100, 100, 20, 0])
    note = pd.DataFrame(
        [["6", "D", "2024-03-01", "2024-03-01", -50.0, None, 0.0]], columns=part.columns
    )
    owed = rc.ageing(pd.concat([part, note]), DAY).loc["D"]
    assert (owed["overdue"], owed["credit notes"], owed["total"]) == (280, -50, 230)
    assert list(rc.ageing(FIVE, DAY, edges=(0, 45))) == [
        "not due", "1-45", "over 45", "credit notes", "overdue", "total",
    ]  # fmt: skip


def test_a_list_of_open_items_without_payments():
    found = rc.ageing(FIVE.drop(columns="paid_date"), DAY)
    assert found["total"].sum() == 700


def test_the_river_adds_up_to_what_was_open_on_each_day():
    days = ["2024-01-15", "2024-02-29", DAY]
    river = rc.open_by_month(FIVE, days, DAY)
    for day in days:
        known = FIVE[pd.to_datetime(FIVE["issue"]) <= day]
        assert river.loc[day].sum() == pytest.approx(rc.ageing(known, day)["total"].sum())
    with pytest.raises(ValueError, match="after as_of"):
        rc.open_by_month(FIVE, ["2024-05-01"], DAY)


def test_days_to_pay_keep_the_open_ones():
    found = rc.days_to_pay(FIVE, DAY)
    # paid after 19, 30 and 60 days, open after 71 and 11: 1 - 1/4, then x 2/3, then x 1/2
    assert found["unpaid"].round(4).to_dict()[19] == 0.75
    assert found.loc[[30, 60], "unpaid"].tolist() == pytest.approx([0.5, 0.25])
    assert found.loc[[19, 30, 60], "paid_only"].tolist() == pytest.approx([2 / 3, 1 / 3, 0])


def test_typical_days_do_not_take_what_is_open_for_paid():
    """Once the median of all: of 10, 20 and 30 paid and two open for 15 days it was 15."""
    time, paid = pd.Series([10, 15, 15, 20, 30]), pd.Series([True, False, False, True, True])
    # 4 of 5 after 10 days; of the two that are known for 20 days one more is paid then: 2 of 5
    assert rc.bills.typical_days(time, paid) == 20 > time.median()
    assert np.isnan(rc.bills.typical_days(time, paid & (time < 20)))


def test_states_and_rates_by_hand():
    ends = pd.date_range("2024-01-31", "2024-03-31", freq="ME")
    states = rc.account_states(FIVE, list(ends), DAY)
    assert states.loc["C"].tolist() == ["current", "1-30", "current"]
    assert states.loc["D"].tolist() == ["current", "1-30", "31-60"]
    assert states.loc["E"].isna().tolist() == [True, True, False]
    rates = rc.roll_rates(states)
    # of A, B, C and D in January two stay current; of A, B in February both; E is new
    assert rates.loc["current", "current"] == pytest.approx(4 / 6)
    assert rates.loc["1-30", ["current", "31-60"]].tolist() == [0.5, 0.5]
    assert "31-60" not in rates.index  # nobody was seen to leave it
    assert rc.roll_counts(states).to_numpy().sum() == 8


def test_chance_of_rolling_by_hand():
    # from 1-30: .3 over 90, .5 cured, .2 stay: .3 / .8
    assert rc.chance_of_rolling(CHAIN)["1-30"] == pytest.approx(0.375)


def test_what_prepayment_is_worth():
    assert rc.prepayment_discount(0.08, 365) == pytest.approx(1 - 1 / 1.08)
    assert rc.prepayment_discount(0.08, 0, 0.02) == pytest.approx(0.02)
    assert rc.set_off_share(0.6, 365, 0.08) == pytest.approx(0.6 / 1.08)
    assert rc.late_fee(10_000, 35, 0.001, free_days=5) == pytest.approx(300)
    assert rc.present_value([50, 50], [0, 365], 0.08, [1, 0.9]) == pytest.approx(50 + 45 / 1.08)


@given(
    rate=st.floats(0, 1),
    days=st.floats(0, 720),
    loss=st.floats(0, 0.9),
)
def test_a_buyer_at_the_break_even_discount_leaves_us_as_well_off(rate, days, loss):
    now = 1 - rc.prepayment_discount(rate, days, loss)
    later = rc.present_value([1.0], [days], rate, [1 - loss])
    assert now == pytest.approx(later)
    assert 0 <= rc.prepayment_discount(rate, days, loss) < 1


def test_terms_by_hand():
    book = FIVE.assign(terms_code=["T1", "T1", "T1", "T3", "T3"])
    found = rc.value_of_terms(book, DAY, 0.08)
    worth = sum(100 * 1.08 ** (-days / 365) for days in (19, 30, 60)) / 300
    assert found.loc["T1", "worth"] == pytest.approx(worth)
    assert (found.loc["T3", "worth"], found.loc["T3", "open"]) == (0, 1)
    assert found.loc["T1", "days"] == pytest.approx(109 / 3)
    paid = rc.value_of_terms(book, DAY, 0.08, open_as="paid").loc["T3", "worth"]
    assert paid == pytest.approx(1.08 ** (-71 / 365))  # what is not due yet is left out
    assert "T3" not in rc.value_of_terms(book, DAY, 0.08, open_as="dropped").index
    later = rc.value_of_terms(book, DAY, 0.08, lag_days=365).loc["T1", "worth"]
    assert later == pytest.approx(worth / 1.08)
    note = pd.concat([book, book.iloc[[0]].assign(amount=-40.0, paid_date=None)])
    note = note.reset_index(drop=True)
    assert rc.value_of_terms(note, DAY, 0.0).loc["T1", "worth"] == pytest.approx(1)


NOTED = pd.DataFrame(
    {
        "account_id": ["A", "A", "B", "B"],
        "issue": ["2024-01-01", "2024-01-05", "2024-01-01", "2024-01-05"],
        "due": ["2024-01-31", "2024-01-31", "2024-01-31", "2024-01-31"],
        "amount": [100.0, -90, 100, -90],
        "paid_date": [None, None, "2024-01-01", None],
        "terms_code": ["T3", "T3", "T1", "T1"],
    }
)


def test_an_open_credit_note_is_set_against_what_its_account_owes():
    """Once: each note counted as cash paid out, and 100 unpaid with a note of 90 were worth
    -900 %.
    """
    found = rc.value_of_terms(NOTED, DAY, 0.0)
    assert found["worth"].to_dict() == {"T1": 1, "T3": 0}
    assert found["open"].to_dict() == pytest.approx({"T1": 0, "T3": 1})  # 10 of 10
    assert rc.value_of_terms(NOTED, DAY, 0.0, open_as="paid")["worth"].to_list() == pytest.approx(
        [1, 1]
    )
    # nothing of T3 is paid: without what is open there is no T3
    assert rc.value_of_terms(NOTED, DAY, 0.0, open_as="dropped").index.to_list() == ["T1"]
    # against an invoice that is not due yet a note is no loss either
    later = NOTED.assign(due=["2024-05-31", "2024-01-31", "2024-01-31", "2024-01-31"])
    assert rc.value_of_terms(later, DAY, 0.0).index.to_list() == ["T1"]


def test_what_is_due_on_the_day_of_the_look_is_not_lost():
    due = FIVE.iloc[[0, 3]].assign(terms_code="T1", due=["2024-01-31", DAY])
    assert rc.value_of_terms(due, DAY, 0.0)["worth"].to_list() == [1.0]


def test_money_that_stays_open():
    found = rc.open_long(FIVE, "2024-06-30", 90)
    assert found.loc["all", ["invoices", "amount", "open"]].tolist() == [4, 600, 300]
    by = rc.open_long(FIVE, "2024-06-30", 90, by=pd.Series(list("xxyyy")))
    assert by["share"].to_dict() == {"x": 0, "y": 0.75}


def test_a_reminder_by_lot():
    trial = pd.DataFrame(
        {
            "account_id": np.repeat(np.arange(100), 4),
            "reminded": [0, 1] * 200,
            "paid": [0, 1, 1, 1] * 100,
        }
    )
    found = rc.reminder_effect(trial)
    assert found.estimate == pytest.approx(0.5)
    chosen = pd.concat([trial.assign(by_lot=1), trial.assign(by_lot=0, paid=0)])
    assert rc.reminder_effect(chosen) == pytest.approx(found)


def test_the_curve_is_that_of_statsmodels():
    found = rc.days_to_pay(FIVE, DAY)
    curve = SurvfuncRight(np.array([19.0, 30, 60, 71, 11]), np.array([1, 1, 1, 0, 0]))
    assert found["unpaid"].tolist() == pytest.approx(curve.surv_prob.tolist())


def changed(**columns):
    return FIVE.assign(**columns)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: rc.ageing(FIVE.iloc[:0], DAY), "invoices has 0 rows"),
        (lambda: rc.ageing(FIVE.drop(columns="due"), DAY), "invoices lacks 1 column"),
        (lambda: rc.ageing(FIVE, "soon"), "as_of is 'soon'"),
        (lambda: rc.ageing(FIVE, DAY, (30, 60)), "edges is"),
        (lambda: rc.ageing(changed(due="x"), DAY), "invoices.due: 5 values are no dates"),
        (lambda: rc.ageing(changed(due=None), DAY), "have no due date"),
        (lambda: rc.ageing(changed(amount=np.nan), DAY), "have no amount"),
        (lambda: rc.ageing(changed(amount="a"), DAY), "are not numbers"),
        (lambda: rc.late_share(FIVE, "2024-03-01"), r"1 are issued after as_of .*first: 5"),
        (lambda: rc.late_share(FIVE.iloc[4:], DAY), "none of 1 can be judged"),
        (lambda: rc.late_share(changed(paid_date="2023-01-01"), DAY), "5 are paid before they are"),
        (lambda: rc.late_share(changed(due="2023-01-01"), DAY), "are due before they are issued"),
        (lambda: rc.days_to_pay(changed(amount=-1.0), DAY), "all are credit notes"),
        (lambda: rc.account_states(changed(amount=-1.0), [DAY], DAY), "all are credit notes"),
        (lambda: rc.account_states(FIVE, ["2024-05-31"], DAY), "none after as_of"),
        (lambda: rc.open_long(FIVE, DAY, -1), "days is -1"),
        (lambda: rc.days_sales_outstanding(1, 0, 30), "credit_sales is 0"),
        (lambda: rc.days_sales_outstanding(1, 1, 0), "days is 0"),
        (lambda: rc.days_sales_outstanding(-1, 1, 30), "receivables is -1"),
        (lambda: rc.best_possible_dso(-1, 1, 30), "current is -1"),
        (lambda: rc.collection_effectiveness(1, 1, 1, 2), "more than closing"),
        (lambda: rc.collection_effectiveness(0, 0, 0, 0), "nothing could be collected"),
        (lambda: rc.roll_rates(pd.DataFrame({"a": ["current"]})), "two months or more"),
        (lambda: rc.roll_rates(pd.DataFrame([[None, "current"]])), "in two months that follow"),
        (lambda: rc.roll_rates(pd.DataFrame([["x", "y"]]), ["x"]), "states holds y"),
        (lambda: rc.chance_of_rolling(CHAIN * 0.9), "rows sum to 1"),
        (lambda: rc.chance_of_rolling(CHAIN.iloc[:2]), "the same states in the same order"),
        (lambda: rc.chance_of_rolling(CHAIN, to="over 60"), "did you mean 'over 90'"),
        (lambda: rc.chance_of_rolling(CHAIN, "1-30", "1-30"), "no state lies between"),
        (
            lambda: rc.chance_of_rolling(pd.DataFrame(np.eye(3), CHAIN.index, CHAIN.index)),
            "1-30 is never left",
        ),
        (lambda: rc.growth_of_falling_behind(pd.DataFrame([["current"] * 3])), "ends of months"),
        (
            lambda: rc.growth_of_falling_behind(
                pd.DataFrame([["current"] * 2], columns=pd.to_datetime(["2024-01-31", DAY]))
            ),
            "fewer than two years",
        ),
        (lambda: rc.annualised_discount_cost(0, 10, 30), "discount is 0"),
        (lambda: rc.annualised_discount_cost(2, 10, 30), "2 % is 0.02"),
        (lambda: rc.annualised_discount_cost(0.02, 30, 30), "not after discount_days"),
        (lambda: rc.annualised_discount_cost(0.02, -1, 30), "discount_days is -1"),
        (lambda: rc.prepayment_discount(-1, 30), "rate is -1"),
        (lambda: rc.prepayment_discount(0.08, -30), "days is -30"),
        (lambda: rc.prepayment_discount(0.08, 30, 1), "default_loss is 1"),
        (lambda: rc.present_value([], [], 0.08), "one payment or more"),
        (lambda: rc.present_value([1], [-1], 0.08), "days holds values below zero"),
        (lambda: rc.present_value([np.nan], [1], 0.08), "cash holds values"),
        (lambda: rc.present_value([1], [1], 0.08, [2]), "survival holds values"),
        (lambda: rc.set_off_share(1.2, 30, 0.08), "p_pay is 1.2"),
        (lambda: rc.late_fee(-1, 30, 0.001), "amount is -1"),
        (lambda: rc.late_fee(1, 30, 1), "daily_rate is 1"),
        (lambda: rc.late_fee(1, -30, 0.001), "days_late is -30"),
        (lambda: rc.credit_decision(0, 1, 0.5), "revenue is 0"),
        (lambda: rc.credit_decision(1, -1, 0.5), "cost is -1"),
        (lambda: rc.credit_decision(1, 1, 50), "p_pay is 50"),
        (lambda: rc.credit_decision(1, 1, 0.5, 0.5, discount=-1), "discount is -1"),
        (lambda: rc.value_of_terms(FIVE, DAY), "invoices lacks 1 column"),
        (lambda: rc.value_of_terms(FIVE, DAY, by="due", open_as="x"), "open_as is 'x'"),
        (lambda: rc.value_of_terms(FIVE, DAY, -1, by="due"), "rate is -1"),
        (lambda: rc.value_of_terms(FIVE, DAY, by="due", lag_days=-1), "lag_days is -1"),
        (
            lambda: rc.value_of_terms(changed(amount=-1.0), DAY, by="due"),
            "no terms have amounts above zero",
        ),
        (lambda: rc.reminder_effect(FIVE), "trial lacks 2 column"),
        (
            lambda: rc.reminder_effect(FIVE.assign(reminded=2, paid=1)),
            "trial.reminded: 5 values are not 0 or 1",
        ),
        (
            lambda: rc.reminder_effect(FIVE.assign(reminded=1, paid=1)),
            "some bills with and some without",
        ),
        (
            lambda: rc.reminder_effect(FIVE.assign(reminded=1, paid=1, by_lot=0)),
            "no bill was drawn by lot",
        ),
    ],
)
def test_bad_input_names_the_argument_and_the_way_out(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_what_t3_is_worth_less_is_judged_by_the_parameter_and_can_fail(linjiang):
    """Once: planted and found were reckoned by one rule from the same invoices; then what was found
    was rounded to three decimals, which hid that it is .00007 above the parameter in every seed.
    """
    item = next(one for one in planted.ITEMS if "T3" in one.name)
    aim = item.planted({})
    # what is left open would have come 73 days after issue, and is reckoned at 93. Of the gap of .024
    # the wait makes a small part, since T1 is paid late too; .4 % of the rest is more than aimed at
    more = aim / T3_PENALTY - 1
    assert 0.5 < more / (1.08 ** (20 / 365) - 1) < 1
    tables = {"invoices": linjiang.table("invoices")}
    assert abs(planted._less(tables) - aim) < item.tolerance < 0.01 * aim
    for naive in item.naive:
        assert abs(naive.finds(tables) - aim) > 10 * item.tolerance
    assert not any("one yuan" in one.name for one in planted.ITEMS)
