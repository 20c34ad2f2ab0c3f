"""The methods of lesson 19: published numbers, cases worked by hand, properties, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from keyacct_utils.book import Book
from keyacct_utils.lessons import dependence as dp

FIVE = pd.Series([50.0, 20, 15, 10, 5], index=list("ABCDE"))
FUNDS = pd.Series({"bonds": 0.08, "shares": 0.13})
SPREAD = pd.DataFrame(
    [[0.12**2, 0.3 * 0.12 * 0.20], [0.3 * 0.12 * 0.20, 0.20**2]], FUNDS.index, FUNDS.index
)


@pytest.mark.parametrize(
    ("shares", "points"),
    [
        # U.S. Department of Justice, page on the Herfindahl-Hirschman index
        ((30, 30, 20, 20), 2600),
        ((25, 20, 15, 10, 8, 7, 6, 5, 4), 1540),
        ((25, 20, 15, 10, 8, 7, 6, 9), 1580),
        ((45, 15, 10, 8, 7, 6, 5, 4), 2540),
    ],
)
def test_published_index(shares, points):
    assert 10_000 * dp.herfindahl(shares) == pytest.approx(points)


def test_two_wholesalers_of_the_documents():
    # S003-10c: A 70 % to a hundred, B 75 % to four; losing one costs 0.7 % and 18.75 %
    table = dp.wholesalers().table
    assert table["one"].tolist() == pytest.approx([0.007, 0.1875])
    assert table["index"].round(4).tolist() == [0.0049, 0.1406]


def test_textbook_of_two_funds():
    # Bodie, Kane & Marcus: minimum variance .82/.18, sd 11.45 %; tangency .40/.60, 11 %, 14.2 %, .42
    calm = dp.minimum_variance(FUNDS, SPREAD)
    assert calm.weights.round(2).tolist() == [0.82, 0.18] and round(calm.sd, 4) == 0.1145
    best, sharpe = dp.tangency(FUNDS, SPREAD, 0.05)
    assert best.weights.round(2).tolist() == [0.40, 0.60]
    assert (round(best.mean, 2), round(best.sd, 3), round(sharpe, 2)) == (0.11, 0.142, 0.42)
    frontier = dp.efficient_frontier(FUNDS, SPREAD, points=5)
    assert frontier["sd"].iloc[0] == pytest.approx(calm.sd, abs=1e-6)
    assert frontier["mean"].iloc[-1] == pytest.approx(0.13)
    assert dp.least_risk(FUNDS, SPREAD, best.mean).sd == pytest.approx(best.sd, abs=1e-6)


@pytest.mark.parametrize(
    ("retention", "multiple"), [(0.6, 1.15), (0.7, 1.67), (0.8, 2.50), (0.9, 4.09)]
)
def test_published_margin_multiple(retention, multiple):
    # Gupta & Lehmann at 12 %: safe money at 5 %, a premium of 7 % and the beta of the market
    found = dp.risk_adjusted_value(1, retention, 1.0, riskless=0.05, premium=0.07)
    assert round(found, 2) == multiple


def test_value_by_hand():
    # 90/1.1 + 81/1.21 = 81.82 + 66.94
    two = dp.risk_adjusted_value(100, 0.9, 0.0, riskless=0.1, premium=0.0, horizon=2)
    assert two == pytest.approx(90 / 1.1 + 81 / 1.21)
    now = dp.risk_adjusted_value(
        100, 0.9, 0.0, riskless=0.1, premium=0.0, horizon=2, first_margin="now"
    )
    assert now == pytest.approx(two + 100)
    grown = dp.risk_adjusted_value(100, 0.9, 0.0, riskless=0.1, premium=0.0, growth=0.05, horizon=2)
    assert grown == pytest.approx(90 / 1.1 + 81 * 1.05 / 1.21)
    safe, risky = (dp.risk_adjusted_value(100, 0.85, beta) for beta in (0.2, 1.8))
    assert safe > risky


def test_shares_and_who_sinks_by_hand():
    assert dp.shares(FIVE).tolist() == [0.5, 0.2, 0.15, 0.1, 0.05]
    assert dp.shares([7]).tolist() == [1.0]
    assert dp.accounts_to_sink(FIVE, 0.2) == 1 and dp.accounts_to_sink(FIVE, 0.5) == 2
    assert dp.accounts_to_sink(FIVE, 1.0) is None
    # a loss-maker among them: 60 of a net 40 is more than all
    assert dp.accounts_to_sink([60, -20], 1.0) == 1


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_shares_add_up_and_the_alarm_agrees(amounts):
    series = pd.Series(amounts, index=[f"K{n:02d}" for n in range(len(amounts))])
    found = dp.shares(series)
    assert found.sum() == pytest.approx(1) and found.is_monotonic_decreasing
    row = dp.depends_on_one(series).iloc[0]
    assert row["share"] == pytest.approx(found.iloc[0]) and row["accounts"] == len(series)
    assert row["left"] == pytest.approx(series.sum() - series.max())


def test_which_seller_depends_on_one_buyer():
    index = pd.MultiIndex.from_tuples(
        [("Li", "A"), ("Li", "B"), ("Wu", "C"), ("Wu", "C"), ("Wu", "D"), ("Xu", "E")]
    )
    table = dp.depends_on_one(pd.Series([50, 50, 30, 30, 40, 0], index=index))
    assert table.index.tolist() == ["Wu", "Li"]  # Xu sold nothing
    assert table["depends"].tolist() == [True, False]  # one half is not more than one half
    assert table.loc["Wu", ["account", "amount", "left"]].tolist() == ["C", 60, 40]


def test_growth_and_beta_by_hand():
    levels = pd.DataFrame({"a": [100.0, 110, 99], "b": [10.0, 0, 20]})
    assert dp.changes(levels[["a"]])["a"].tolist() == pytest.approx([0.10, -0.10])
    assert dp.changes(levels, base="average")["b"].tolist() == pytest.approx([-1, 2])
    market = np.array([2, -1, 0, 3, -4, 1.0])
    found = dp.customer_beta(2 * market + 0.01, market)
    assert tuple(found) == pytest.approx((2, 2, 2))
    noisy = dp.customer_beta(market + np.array([0.5, -0.5, 0.2, -0.2, 0.1, -0.1]), market)
    assert noisy.low < noisy.estimate < noisy.high


def test_changes_over_the_average_add_up():
    rng = np.random.default_rng(0)
    levels = pd.DataFrame(rng.lognormal(size=(24, 5)))
    weights = levels.mean() / levels.mean().sum()
    whole = dp.changes(levels.sum(axis=1).to_frame("all"), base="average")["all"]
    parts = dp.changes(levels, base="average") @ weights
    assert parts.to_numpy() == pytest.approx(whole.to_numpy())
    betas = [
        dp.customer_beta(dp.changes(levels, base="average")[c], whole).estimate for c in levels
    ]
    assert float(np.dot(betas, weights)) == pytest.approx(1)


def test_the_interval_of_a_beta_holds_it_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        market = rng.normal(0, 0.03, 47)
        found = dp.customer_beta(1.4 * market + rng.normal(0, 0.025, 47), market)
        held += found.low <= 1.4 <= found.high
    assert 180 <= held <= 200


def test_a_pair_that_swings_back_and_forth_is_judged_by_the_months_that_count():
    """Once: two accounts that buy now and then were called in conflict on a real book."""
    rng = np.random.default_rng(2)
    steady, wrong, right = 300, 0, 0
    for _ in range(steady):
        a, b = np.diff(rng.exponential(size=(2, 26)))
        found = dp.correlation_interval(a, b)
        right += not found.low <= 0 <= found.high
        wrong += abs(np.arctanh(found.estimate)) > 1.96 / np.sqrt(len(a) - 3)
    assert right / steady < 0.07 < wrong / steady


def test_single_index_covariance_is_that_of_its_parts():
    rng = np.random.default_rng(3)
    market = pd.Series(rng.normal(0, 0.03, 4000))
    growth = pd.DataFrame(
        {n: b * market + rng.normal(0, 0.02, 4000) for n, b in (("x", 2), ("y", 1))}
    )
    found = dp.single_index_covariance(growth, market)
    true = np.array([[4, 2], [2, 1]]) * 0.03**2 + np.eye(2) * 0.02**2
    assert found.to_numpy() == pytest.approx(true, rel=0.1)
    assert dp.portfolio_variance([0.5, 0.5], np.eye(2)) == pytest.approx(0.5)
    # eight months by hand: residuals of a line have n - 2 degrees of freedom, the market n - 1
    few = market[:8], growth["x"][:8]
    slope, _, _, _, _ = stats.linregress(*few)
    left = few[1] - few[1].mean() - slope * (few[0] - few[0].mean())
    found = dp.single_index_covariance(growth[["x"]][:8], few[0]).iloc[0, 0]
    assert found == pytest.approx(slope**2 * few[0].var(ddof=1) + (left**2).sum() / 6)


def test_scorecard_by_hand():
    scores = pd.DataFrame({"trust": [10, 0], "reach": [0, 0]}, index=["A", "B"])
    assert dp.scorecard_retention(scores).tolist() == pytest.approx([0.85, 0.5])
    weighted = dp.scorecard_retention(scores, {"trust": 3, "reach": 1})
    assert weighted["A"] == pytest.approx(0.85 + 0.5 * 0.12)


LEDGER = """account_id,date,revenue,cost_goods
A,2024-01-05,600,300
B,2024-02-05,300,200
C,2024-03-05,100,120
"""
INVOICES = """invoice_id,account_id,issue,amount,paid_date
I1,A,2024-01-05,600,2024-02-05
I2,B,2024-02-05,300,
"""


def test_loss_drill_by_hand(write_book):
    toml = '[tables.invoices]\npath = "invoices.csv"\n'
    book = Book.open(write_book(LEDGER, toml, invoices__csv=INVOICES))
    table = dp.loss_drill(book, "A")
    assert table.loc["sales"].tolist() == [1000, 600, 400, 0.6]
    assert table.loc["margin", ["all", "left"]].tolist() == [380, 80]
    # 600 for 31 days and 300 for 30 (to the 5th of March) of 61
    owed = table.loc["owed on an average day"]
    assert owed["account"] == pytest.approx(600 * 31 / 61)
    assert owed["all"] == pytest.approx((600 * 31 + 300 * 30) / 61)
    with pytest.raises(ValueError, match="account_id is 'Z'"):
        dp.loss_drill(book, "Z")
    alone = Book.open(write_book("account_id,revenue\nA,5\n"))
    assert dp.loss_drill(alone, "A").loc["sales"].tolist() == [5, 5, 0, 1]


SINGULAR = [[1.0, 1.0], [1.0, 1.0]]


def test_the_rest_of_a_bill_paid_in_part_stays_owed():
    """Once it vanished on the day of the part payment."""
    days = {"account_id": ["A"] * 4, "issue": ["2024-01-01"] * 4, "amount": [100.0] * 3 + [-50.0]}
    bills = pd.DataFrame(days)
    bills["paid_date"] = pd.to_datetime(["2024-01-06", "2024-01-06", None, None])
    bills["paid_amount"] = [40.0, None, 30.0, None]
    # of ten days: 100 for five and 60 for five; 100 for five; 70 for ten; a note of -50 for ten
    found = dp.owed_on_average(bills, "2024-01-01", "2024-01-10")
    assert found["A"] == pytest.approx(80 + 50 + 70 - 50)


@pytest.mark.parametrize("month", ["none", "market", "both", "account"])
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("overlap", [1, 2])
def test_the_interval_of_a_beta_holds_with_one_outlying_month(month, skewed, overlap):
    """Once a slope that hung on one month was told as sure: 24 % of such intervals held."""
    rng, held, draws = np.random.default_rng(19), 0, 200
    for _ in range(draws):
        market, own = rng.normal(0, 0.05, 29), rng.normal(0, 0.1, 29)
        if skewed:
            own = 0.1 * (rng.lognormal(0, 1, 29) - np.exp(0.5))
        if month in ("market", "both"):
            market[7] = 1.0
        if month in ("account", "both"):
            own[7] *= 8
        found = dp.customer_beta(0.5 * market + own, market, overlap=overlap)
        held += found.low <= 0.5 <= found.high
    assert held >= 0.92 * draws


BAD = [
    (lambda: dp.shares([]), "holds no account"),
    (lambda: dp.shares([1, -1]), "positive_part"),
    (lambda: dp.depends_on_one([1, 2]), "expected a Series"),
    (lambda: dp.depends_on_one(FIVE, 1.5), "limit must be a fraction"),
    (lambda: dp.depends_on_one(pd.concat([FIVE, FIVE])), "repeated"),
    (lambda: dp.accounts_to_sink(FIVE, 0), "cushion must be a fraction"),
    (lambda: dp.accounts_to_sink([1, -5], 0.2), "net total"),
    (lambda: dp.changes(pd.DataFrame({"a": [1.0, 2]}), lag=2), "take lag below"),
    (lambda: dp.changes(pd.DataFrame({"a": [1.0, 2]}), lag=0), "lag is 0: expected 1 month"),
    (lambda: dp.changes(pd.DataFrame({"a": [1.0, 2]}), lag=1.0), "lag is 1.0: expected 1 month"),
    (lambda: dp.accounts_to_sink(FIVE, "0.2"), "cushion must be a fraction.*got '0.2'"),
    (lambda: dp.changes(pd.DataFrame({"a": [0.0, 2]})), "nothing grows from zero"),
    (lambda: dp.changes(pd.DataFrame({"a": [1.0, np.nan]})), "fill or drop"),
    (lambda: dp.changes(pd.DataFrame({"a": [1.0, 2]}), base="mean"), "use 'before' or 'average'"),
    (lambda: dp.customer_beta([1, 2, 3], [1, 2, 3]), "at least 6"),
    (lambda: dp.customer_beta(np.arange(9), np.ones(9)), "does not move"),
    (lambda: dp.customer_beta(np.arange(9), np.arange(8)), "same months"),
    (lambda: dp.customer_beta([np.nan] * 9, np.arange(9)), "missing or infinite"),
    (lambda: dp.customer_beta(np.arange(9), np.arange(9), overlap=0), "overlap is 0"),
    (lambda: dp.correlation_interval(np.ones(9), np.arange(9.0)), "first does not move"),
    (lambda: dp.correlation_interval(np.arange(9), np.arange(9), pairs=0), "pairs is 0"),
    (lambda: dp.most_opposed(pd.DataFrame({"a": [1, 2, 3]})), "a pair needs two"),
    (lambda: dp.portfolio_variance([1, 2], np.eye(3)), "covariance has shape"),
    (lambda: dp.portfolio_variance([1, 2], [[1, 0.5], [0.2, 1]]), "not symmetric"),
    (lambda: dp.portfolio_variance([1, 2], [[1, 2], [2, 1]]), "no covariance"),
    (lambda: dp.portfolio_variance([1, np.nan], np.eye(2)), "weights holds missing"),
    (lambda: dp.portfolio_variance(FUNDS.rename({"bonds": "x"}), SPREAD), "align them"),
    (lambda: dp.minimum_variance([1, 2], SINGULAR), "singular"),
    (lambda: dp.efficient_frontier([1, 2], SINGULAR), "singular"),
    (lambda: dp.efficient_frontier(FUNDS, SPREAD, points=1), "at least 2"),
    (lambda: dp.efficient_frontier(FUNDS, SPREAD, bounds=(0, 0.3)), "never to 1"),
    (lambda: dp.efficient_frontier(FUNDS, SPREAD, bounds=(0.6, 0.4)), "expected .least, most."),
    (lambda: dp.least_risk(FUNDS, SPREAD, 0.5), "within the bounds a mix brings"),
    (lambda: dp.tangency(FUNDS, SPREAD, 0.5), "take a lower one"),
    (lambda: dp.risk_adjusted_value(1, 90, 1), "90 % is 0.9"),
    (lambda: dp.risk_adjusted_value(1, 1, 0, riskless=0.0), "name a horizon"),
    (lambda: dp.risk_adjusted_value(1, 0.9, 1, horizon=0), "horizon is 0"),
    (lambda: dp.risk_adjusted_value(1, 0.9, 1, first_margin="x"), "first_margin"),
    (lambda: dp.required_return(1, 0.03, -0.1), "premium is -0.1"),
    (lambda: dp.required_return(1, 0.03, 6), "premium is 6: .* 6 % is 0.06"),
    (lambda: dp.required_return(1, "3", 0.06), "riskless is '3'"),
    (lambda: dp.required_return(-50, 0.03, 0.06), "a rate of -1 or less"),
    (lambda: dp.required_return(np.nan, 0.03, 0.06), "beta is nan"),
    (lambda: dp.scorecard_retention(pd.Series([11.0])), "outside the anchors"),
    (lambda: dp.scorecard_retention(pd.Series([np.nan])), "lack points"),
    (lambda: dp.scorecard_retention(pd.Series([5.0]), anchors={0: 0.5}), "two scores or more"),
    (lambda: dp.scorecard_retention(pd.Series([5.0]), {"x": 1}), "weights must name"),
    (lambda: dp.scorecard_retention(pd.DataFrame()), "scores is empty"),
    (lambda: dp.owed_on_average(pd.DataFrame(), "2024-01-01", "2024-02-01"), "lacks"),
    (
        lambda: dp.owed_on_average(
            pd.DataFrame({"account_id": ["A"], "issue": ["2024-01-01"], "amount": [1.0]}),
            "2024-02-01",
            "2024-01-01",
        ),
        "swap them",
    ),
]


@pytest.mark.parametrize(("call", "told"), BAD, ids=[told for _, told in BAD])
def test_bad_input_names_the_way_out(call, told):
    with pytest.raises(ValueError, match=told):
        call()
