"""The methods of lesson 15: published numbers, cases worked by hand, coverage, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq
from statsmodels.datasets import china_smoking, engel
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from keyacct_utils.lessons import white_space as ws
from keyacct_utils.lessons.white_space import affinities

#: Cells of each of eight cities: smoking and cancer, smoking alone, cancer alone, neither.
SMOKING = china_smoking.load_pandas().data
MONTHS = pd.period_range("2021-01", periods=48, freq="M")


@pytest.mark.parametrize(("q", "slope", "level"), [(0.5, 0.5602, 81.48), (0.9, 0.6863, 67.35)])
def test_food_of_engels_households(q, slope, level):
    # Koenker & Hallock 2001; the example of statsmodels
    homes = engel.load_pandas().data
    found = ws.wallet(homes["income"], homes["foodexp"], q, log=False)
    assert (round(found.slope, 4), round(found.intercept, 2)) == (slope, level)
    assert found.low < slope < found.high and found.accounts == 235


def test_tea_and_coffee():
    # Tan, Steinbach & Kumar: of 1,000 people 200 take tea, 800 coffee, 150 both: lift .9375
    rows = [(1, 1)] * 150 + [(1, 0)] * 50 + [(0, 1)] * 650
    baskets = pd.DataFrame(rows, columns=["tea", "coffee"])
    nobody = pd.DataFrame(0, range(850, 1000), ["tea", "coffee"]).assign(other=1)
    found = ws.affinity(pd.concat([baskets.assign(other=1), nobody])).set_index(["first", "second"])
    pair = found.loc[("tea", "coffee")]
    assert pair["confidence"] == 0.75 and pair["support"] == 0.15
    assert pair["lift"] == pytest.approx(0.9375)


def test_lung_cancer_in_eight_cities():
    """Agresti: common odds ratio of the eight Chinese cities 2.17 (Mantel-Haenszel)."""
    parts = []
    for city, row in SMOKING.iterrows():
        yy, yn, ny, nn = (int(v) for v in row)
        block = [(1, 1)] * yy + [(1, 0)] * yn + [(0, 1)] * ny + [(0, 0)] * nn
        parts.append(pd.DataFrame(block, columns=["smoking", "cancer"]).assign(city=city))
    people = pd.concat(parts, ignore_index=True)
    baskets = people[["smoking", "cancer"]].assign(other=1)
    found = ws.affinity(baskets, people["city"]).set_index(["first", "second"])
    pair = found.loc[("cancer", "smoking")]
    own = StratifiedTable([np.array(row).reshape(2, 2) for row in SMOKING.to_numpy()])
    assert round(pair["odds"], 2) == 2.17
    assert pair["odds"] == pytest.approx(own.oddsratio_pooled)
    assert [pair["odds_low"], pair["odds_high"]] == pytest.approx(own.oddsratio_pooled_confint())
    assert pair["p_within"] == pytest.approx(own.test_null_odds(correction=False).pvalue)


def test_false_discoveries_of_the_paper():
    # Benjamini & Hochberg 1995: of 15 tests 4 stand; the library that affinity takes
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262]
    assert multipletests([*p, 0.5719, 0.6528, 0.759, 1.0], 0.05, "fdr_bh")[0].sum() == 4


def test_a_tie_that_is_size_disappears():
    rng = np.random.default_rng(0)
    size = np.repeat([0, 1], 400)
    chance = np.where(size, 0.8, 0.1)
    held = pd.DataFrame({name: rng.random(800) < chance for name in "abcd"})
    held["e"] = np.where(rng.random(800) < 0.8, held["d"], rng.random(800) < chance)
    table = ws.affinity(held, pd.Series(size))
    assert (table["told"] & (table["lift"] > 1)).all()  # as it looks, all ten pairs
    stands = table[table["told_within"]]
    assert stands[["first", "second"]].to_numpy().tolist() in ([["d", "e"]], [["e", "d"]])


def test_lifts_hold_what_they_say():
    """Coverage of the interval of the lift, at half a share and with a tie."""
    rng, inside = np.random.default_rng(1), 0
    for _ in range(400):
        a = rng.random(200) < 0.4
        b = np.where(a, rng.random(200) < 0.6, rng.random(200) < 0.3)
        row = ws.affinity(pd.DataFrame({"a": a, "b": b, "c": True})).set_index(["first", "second"])
        place = ("a", "b") if ("a", "b") in row.index else ("b", "a")
        inside += row.loc[place, "low"] <= 0.6 / 0.42 <= row.loc[place, "high"]
    assert inside / 400 >= 0.92


@pytest.mark.parametrize(("n", "q"), [(70, 0.9), (40, 0.5)])
def test_slopes_and_totals_hold_what_they_say(n, q):
    rng, slope, total = np.random.default_rng(2), 0, 0
    tail = np.quantile(rng.normal(0, 0.5, 400_000), q)
    for _ in range(200):
        size = pd.Series(np.exp(rng.normal(5, 1.2, n)))
        spend = np.exp(2 + 0.8 * np.log(size) + rng.normal(0, 0.5, n))
        found = ws.wallet(size, spend, q)
        slope += found.low <= 0.8 <= found.high
        true = float(np.exp(2 + 0.8 * np.log(size) + tail).sum())
        total += found.total.low <= true <= found.total.high
    assert slope / 200 >= 0.92 and total / 200 >= 0.92


def test_the_line_of_the_survey_and_each_left_out():
    rng = np.random.default_rng(3)
    size = pd.Series(np.exp(rng.normal(5, 1, 40)))
    said = np.exp(1 + 0.8 * np.log(size) + rng.normal(0, 0.2, 40))
    line, left = ws.survey_line(size, said), ws.left_out_wallets(size, said)
    again = ws.survey_line(size, said.drop(index=7)).table.loc[7, "potential"]
    assert left[7] == pytest.approx(again)
    assert line.low < 0.8 < line.high and line.q == 0.5


def test_potential_does_not_hang_on_the_unit():
    rng = np.random.default_rng(4)
    size = pd.Series(np.exp(rng.normal(5, 1, 90)))
    spend = size**0.8 * np.exp(rng.normal(0, 0.5, 90))
    one, two = ws.wallet(size, spend), ws.wallet(1000 * size, 100 * spend)
    assert two.slope == pytest.approx(one.slope, abs=1e-4)
    assert two.table["potential"].to_numpy() == pytest.approx(
        100 * one.table["potential"].to_numpy(), rel=1e-3
    )


def test_gap_matrix_from_a_ledger_alone():
    rng = np.random.default_rng(5)
    size = np.exp(rng.normal(5, 1, 120))
    spend = pd.DataFrame({name: size * np.exp(rng.normal(0, 0.3, 120)) for name in ("x", "y", "z")})
    spend.loc[:9, "x"] = 0.0
    found = ws.gap_matrix(spend)
    own = ws.wallet(spend["y"] + spend["z"], spend["x"].where(spend["x"] > 0))
    assert found.shape == (120, 3)
    assert found.loc[3, "x"] == pytest.approx(own.table.loc[3, "potential"])
    # nine of ten buyers of a product lie below its line
    assert (found.loc[10:, "x"] > 0).mean() == pytest.approx(0.9, abs=0.02)
    assert ws.gap_matrix(spend.head(15)).isna().all().all()


def test_a_ranking_of_gaps_by_hand():
    told = pd.Series([10.0, 9, 8, 7, 6, 5, 4, 3])
    known = pd.Series([10.0, 3, 8, 7, 6, 5, 4, 9])
    found = ws.gap_test(told, pd.Series(1.0, told.index), known, first=2)
    assert (found.hits, found.by_lot, found.accounts) == (1, 0.5, 8)
    assert found.rank.estimate == pytest.approx(told.corr(known, method="spearman"))


@pytest.mark.parametrize(
    ("came", "said", "history", "season", "right"),
    [
        # steps 4, 2, 6, 3: 3.75; errors 3 and 5
        ([60], [57], [50, 54, 52, 58, 55], 1, 0.8),
        ([60], [55], [50, 54, 52, 58, 55], 1, 4 / 3),
        # a naive forecast within the history errs one step
        ([2, 3], [1, 2], [0, 1, 2, 3], 1, 1.0),
        # steps of two seasons apart: |3-1|, |5-2| = 2.5
        ([7, 1], [5, 4], [1, 2, 3, 5], 2, 1.0),
    ],
)
def test_scaled_errors_by_hand(came, said, history, season, right):
    assert ws.mase(came, said, history, season) == pytest.approx(right)


def test_pinball_by_hand():
    # 10 above a tenth: .1 x 10; 10 below it: .9 x 10
    assert ws.pinball([110], [100], 0.1) == pytest.approx(1.0)
    assert ws.pinball([90], [100], 0.1) == pytest.approx(9.0)
    assert ws.pinball([110, 90], [100, 100], 0.5) == pytest.approx(5.0)


def test_naive_forecasts_by_hand():
    y = pd.Series(np.arange(1.0, 27.0), MONTHS[:26])
    assert ws.forecast(y, 3, "naive")["middle"].tolist() == pytest.approx([26, 26, 26])
    assert ws.forecast(y, 3, "seasonal naive")["middle"].tolist() == pytest.approx([15, 16, 17])
    assert [str(month) for month in ws.forecast(y, 2).index] == ["2023-03", "2023-04"]


def test_a_forecast_of_trend_and_season_is_exact_without_noise():
    t = np.arange(48)
    y = pd.Series(np.exp(3 + 0.01 * t + np.tile(np.sin(np.arange(12)), 4)), MONTHS)
    made = ws.backtest(y, 3, 12)
    assert made.table.loc["regression", "mase"] == pytest.approx(0, abs=1e-6)
    # it grows by a twelfth of an e-fold a year: the seasonal naive errs a little more than a step
    assert made.table.loc["seasonal naive", "mase"] > 1


def test_a_backtest_sees_no_later_month():
    rng = np.random.default_rng(6)
    y = pd.Series(np.exp(rng.normal(5, 0.3, 48)), MONTHS)
    other = y.copy()
    other.iloc[-1] *= 50
    one, two = (ws.backtest(x, 1, 12).errors for x in (y, other))
    last = str(MONTHS[-2])
    assert (one["error"] == two["error"])[one["origin"] != last].all()
    told = (one["actual"] - one["error"])[one["origin"] == last]
    again = (two["actual"] - two["error"])[two["origin"] == last]
    assert told.to_numpy() == pytest.approx(again.to_numpy())


def test_mase_of_the_backtest_by_plain_pandas():
    rng = np.random.default_rng(7)
    y = pd.Series(np.exp(rng.normal(5, 0.3, 40)), pd.period_range("2021-01", periods=40, freq="M"))
    made = ws.backtest(y, 1, 6)
    scaled = [
        abs(y.iloc[n] - y.iloc[n - 12]) / y.iloc[:n].diff(12).abs().mean() for n in range(34, 40)
    ]
    assert made.table.loc["seasonal naive", "mase"] == pytest.approx(np.mean(scaled))


@pytest.mark.parametrize("method", ["naive", "regression"])
@pytest.mark.parametrize("months", [15, 30, 48])
def test_bands_hold_what_they_promise(method, months):
    rng, inside = np.random.default_rng(8), []
    index = pd.period_range("2021-01", periods=months + 1, freq="M")
    for _ in range(150):
        y = pd.Series(np.exp(10 + np.cumsum(rng.normal(0, 0.1, months + 1))), index)
        if method == "regression":
            y = pd.Series(np.exp(10 + rng.normal(0, 0.2, months + 1)), index)
        band = ws.forecast(y.iloc[:-1], 1, method).iloc[0]
        inside.append(band["low"] <= y.iloc[-1] <= band["high"])
    # 80 % are promised; three standard errors of 150 draws are ten points
    assert np.mean(inside) >= 0.70


def test_the_lead_is_found_whatever_the_season():
    rng = np.random.default_rng(9)
    came = pd.DataFrame(
        np.exp(5 + np.tile(np.sin(np.arange(12)), 4)[:, None] + rng.normal(0, 0.1, (48, 6))),
        MONTHS, list("abcdef"),
    )  # fmt: skip
    said = came.shift(-3).fillna(came.mean())
    found = ws.lead_lag(said.iloc[:-3], came)
    assert found.best == 3 and found.sure and found.correlation.estimate > 0.99
    assert ws.lead_lag(came, came).best == 0


def test_bias_of_a_client_by_hand():
    came = pd.DataFrame({"a": np.full(20, 100.0), "b": np.linspace(50, 90, 20)}, MONTHS[:20])
    said = came.shift(-2).fillna(1.0) * [1.25, 1.0]
    found = ws.client_bias(said, came, 2)
    assert found.loc["a", ["bias", "off"]].tolist() == pytest.approx([0.25, 0.25])
    assert found.loc["b", "bias"] == pytest.approx(0) and found.index[0] == "a"
    assert found["months"].tolist() == [18, 18]


def test_published_safety_stocks():
    # Chopra & Meindl: weekly sd 500, two weeks, 90 %: 906; lead time 7 +- 7 days, demand 2,500
    assert round(ws.safety_stock(500, 2, 0.9)) == 906
    late = ws.safety_stock(500, 7, 0.9, demand=2500, lead_time_sd=7)
    assert late / 1.2815516 == pytest.approx(17_550, abs=1) and round(late) == 22_491
    assert ws.safety_stock(0, 3) == 0


def test_published_newsvendor():
    # Chopra & Meindl: parkas that lose 150 or 20; 350 +- 100: .88, 468
    assert round(ws.critical_ratio(150, 20), 2) == 0.88
    assert 350 + ws.safety_stock(100, 1, ws.critical_ratio(150, 20)) == pytest.approx(468, abs=1)


def test_minimum_wage_and_employment():
    """Card & Krueger 1994, table 3: full-time equivalents before and after, 2.76 (from means of two
    decimals 2.75)."""
    rows = pd.DataFrame(
        [("NJ", 0, 20.44, 0), ("NJ", 1, 21.03, 1), ("PA", 0, 23.33, 0), ("PA", 1, 21.17, 0)],
        columns=["branch", "month", "sales", "running"],
    )
    found = ws.uplift(rows, log=False)
    assert found.effect.estimate == pytest.approx(2.76, abs=0.0101)
    assert found.before_after == pytest.approx(0.59)
    assert found.with_without == pytest.approx(-0.14)
    assert np.isnan(found.effect.low)  # two states give no interval


def test_uplift_by_hand_and_its_interval():
    rows = [
        (f"{side}{n}", month, int(side == "t" and month >= 3), 100 + n + 5 * month + add)
        for side, add in (("t", 50), ("c", 0))
        for n in range(3)
        for month in range(6)
    ]
    frame = pd.DataFrame(rows, columns=["branch", "month", "running", "sales"])
    frame.loc[frame["running"] == 1, "sales"] += 7
    found = ws.uplift(frame, log=False)
    assert found.effect.estimate == pytest.approx(7) and found.treated == found.control == 3
    assert found.trend.estimate == pytest.approx(0)
    assert found.path.loc[[4, 5], "gap"].tolist() == pytest.approx([7, 7])
    rng, inside, trends = np.random.default_rng(10), 0, 0
    for _ in range(300):
        noisy = frame.assign(sales=frame["sales"] + rng.normal(0, 3, len(frame)))
        again = ws.uplift(noisy, log=False)
        inside += again.effect.low <= 7 <= again.effect.high
        trends += again.trend.low <= 0 <= again.trend.high
    assert inside / 300 >= 0.92 and trends / 300 >= 0.92


def test_a_faster_growth_before_is_seen():
    rows = [
        (f"{side}{n}", month, int(side == "t" and month >= 6), 100 + n % 3 + grow * month)
        for side, grow in (("t", 3), ("c", 1))
        for n in range(6)
        for month in range(12)
    ]
    frame = pd.DataFrame(rows, columns=["branch", "month", "running", "sales"])
    frame["sales"] += np.random.default_rng(11).normal(0, 0.5, len(frame))
    found = ws.uplift(frame, log=False)
    assert found.trend.low > 0 and found.effect.low > 0  # an effect that is none, and told on


HELD = pd.DataFrame({"a": [1, 1, 0, 1] * 20, "b": [1, 0, 1, 1] * 20, "c": [1, 1, 1, 0] * 20})


def test_offers_by_hand():
    found = ws.next_offer(HELD, 10.0 * HELD.mul([1, 1, 5]))
    assert found.loc[3, "product"] == "c" and 0 not in found.index
    assert found.loc[1, "product"] == "b" and found.loc[1, "chance"] == pytest.approx(0.75)
    assert found.loc[3, "value"] == pytest.approx(0.75 * 50)
    tried = ws.fair_offers(HELD)
    assert len(tried) == HELD.to_numpy().sum() and (tried["rank"] >= 1).all()
    test = ws.offer_test(HELD, first=1)
    # who lacks none but the hidden one is sure to be offered it
    assert (test.hidden, test.sure) == (120, 60) and len(tried) == 180
    assert test.gain.low <= test.gain.estimate <= test.gain.high


SIZE = pd.Series(np.exp(np.linspace(1, 5, 80)))
SPEND = SIZE * np.exp(np.sin(np.arange(80)))
Y = pd.Series(np.exp(np.sin(np.arange(48))), MONTHS)
CAMPAIGN = pd.DataFrame(
    {"branch": list("aabb"), "month": [1, 2] * 2, "running": [0, 1, 0, 0], "sales": [1.0, 2, 3, 4]}
)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ws.wallet(SIZE, SPEND, 1.5), "q must be a fraction"),
        (lambda: ws.wallet(SIZE.head(5), SPEND), "5 accounts with a value above zero"),
        (lambda: ws.wallet(SIZE * 0 + 3, SPEND), "size takes fewer than 3 values"),
        (lambda: ws.wallet(SIZE, SPEND * 0 + 3), "spend takes fewer than 3 values"),
        (lambda: ws.wallet(SIZE, SPEND, 0.99), "fewer than 5 of 80 accounts lie beyond"),
        (lambda: ws.wallet([1, 2], SPEND), "size is a list"),
        (lambda: ws.wallet(pd.concat([SIZE, SIZE]), SPEND), "accounts are repeated"),
        (lambda: ws.wallet(SIZE.astype(str).replace("2", "x") + "kW", SPEND), "are not numbers"),
        (lambda: ws.survey_line(SIZE, SPEND * -1), "surveyed and size: 0 accounts"),
        (lambda: ws.gap_matrix(pd.DataFrame()), "spend is empty"),
        (lambda: ws.gap_matrix(pd.DataFrame({"a": [1.0]})), "one product and there is no size"),
        (lambda: ws.gap_test(SIZE.head(3), SPEND, SIZE), "3 accounts with all three"),
        (lambda: ws.gap_test(SIZE, SPEND, SIZE, first=80), "first is 80"),
        (lambda: ws.affinity(pd.DataFrame()), "baskets is empty"),
        (lambda: ws.affinity(HELD[["a"]]), "a pair takes two"),
        (lambda: ws.affinity(HELD * 3), "yes or no"),
        (lambda: ws.affinity(HELD * 0), "no account holds any product"),
        (lambda: ws.affinity(HELD, "size"), "strata is 'size'"),
        (lambda: ws.affinity(HELD, pd.Series([1])), "strata lacks"),
        (lambda: ws.affinity(HELD, expected=0), "expected is 0"),
        (lambda: ws.affinity(HELD, level=5), "level must be a fraction"),
        (lambda: ws.next_offer(HELD, HELD[["a"]]), "other products"),
        (lambda: ws.next_offer(HELD, pairs=ws.affinity(HELD)), "no told_within"),
        (lambda: ws.offer_test(HELD.head(4)), "too few accounts"),
        (lambda: ws.forecast(Y.drop(MONTHS[5])), "months are missing or stand twice .2021-06"),
        (lambda: ws.forecast(Y.where(Y.index != MONTHS[5])), "missing or infinite"),
        (lambda: ws.forecast(Y, 0), "horizon is 0"),
        (lambda: ws.forecast(Y, 1.5), "horizon is 1.5"),
        (lambda: ws.forecast(Y, 2, "arima"), "method is 'arima'"),
        (lambda: ws.forecast(Y.head(6)), "a regression needs 8 months"),
        (lambda: ws.forecast(Y.head(12), 2, "seasonal naive"), "more than 12 months"),
        (lambda: ws.forecast(Y, 2, "indicator"), "indicator is not given"),
        (lambda: ws.forecast(Y, 2, "indicator", Y), "does not reach the last month"),
        (lambda: ws.forecast(pd.Series(dtype=float)), "series is empty"),
        (lambda: ws.forecast(pd.Series([1.0, 2], index=["x", "y"])), "expected months"),
        (lambda: ws.backtest(Y, 3, 99), "origins is 99: these months allow"),
        (lambda: ws.backtest(Y.head(4), 3, 1), "a backtest 3 ahead needs 6"),
        (lambda: ws.backtest(Y * 0 + 1, 1, 5), "never moves"),
        (lambda: ws.mase([1], [1, 2], [1, 2]), "give the same months"),
        (lambda: ws.mase([1], [1], [1]), "a season of 1 needs more"),
        (lambda: ws.mase([1], [1], [1, 1]), "never moves"),
        (lambda: ws.pinball([1], [1], 90), "level must be a fraction"),
        (lambda: ws.lead_lag(Y.to_frame("a"), Y.to_frame("b")), "share no name"),
        (lambda: ws.lead_lag(-Y.to_frame("a"), Y.to_frame("a")), "zero or less"),
        (lambda: ws.lead_lag(Y.head(14).to_frame("a"), Y.head(14).to_frame("a")), "14 months"),
        (lambda: ws.client_bias(Y.to_frame("a"), Y.to_frame("a"), -1), "lead is -1"),
        (lambda: ws.client_bias(Y.to_frame("a"), Y.to_frame("a"), 45), "share 3 months"),
        (lambda: ws.safety_stock(-1, 2), "sigma is -1"),
        (lambda: ws.safety_stock(1, 2, 95), "service must be a fraction"),
        (lambda: ws.critical_ratio(0, 1), "under is 0"),
        (lambda: ws.uplift(CAMPAIGN.drop(columns="sales")), "rows lacks 1 column.*sales"),
        (lambda: ws.uplift(CAMPAIGN.assign(running=0)), "never 1"),
        (lambda: ws.uplift(CAMPAIGN.assign(running=[0, 1, 0, 1])), "every branch had"),
        (lambda: ws.uplift(CAMPAIGN.assign(running=[1, 1, 0, 0])), "no month lies before"),
        (lambda: ws.uplift(CAMPAIGN.assign(running=[0, 1, 1, 1])), "2 different months"),
        (lambda: ws.uplift(CAMPAIGN.assign(sales=[0, 1, 2, 3])), "have no logarithm"),
        (lambda: ws.uplift(pd.concat([CAMPAIGN, CAMPAIGN])), "stands twice"),
        (lambda: ws.uplift(CAMPAIGN.assign(sales=[np.nan, 1, 2, 3])), "missing values"),
    ],
)
def test_bad_input_is_told_in_words(call, told):
    with pytest.raises(ValueError, match=told):
        call()


def test_a_backtest_of_one_month_ahead_is_that_month():
    rng = np.random.default_rng(8)
    y = pd.Series(np.exp(rng.normal(5, 0.3, 48)), MONTHS)
    third = ws.backtest(y, 3, 12).at(3)
    scaled = [
        abs(y.iloc[at + 3] - y.iloc[at]) / y.iloc[: at + 1].diff(12).abs().mean()
        for at in range(33, 45)
    ]
    assert third.table.loc["naive", "mase"] == pytest.approx(np.mean(scaled))
    assert set(third.errors["ahead"]) == {3} and third.table["forecasts"].eq(12).all()
    with pytest.raises(ValueError, match="ahead is 4"):
        ws.backtest(y, 3, 12).at(4)


def test_what_everybody_holds_goes_with_nothing():
    held = pd.DataFrame({"a": [True] * 40, "b": [True] * 20 + [False] * 20}).assign(
        c=[True, False] * 20
    )
    pairs = ws.affinity(held, "breadth")
    assert pairs[["first", "second"]].to_numpy().tolist() == [["b", "c"]]


def test_offers_are_judged_where_they_could_miss():
    held = pd.DataFrame(np.random.default_rng(4).random((60, 5)) < 0.6, columns=list("abcde"))
    many = held.sum(axis=1)
    test = ws.offer_test(held, first=2)
    # the hidden one and the blanks have to be more than the offers
    assert test.hidden == many[(many > 1) & (many < 4)].sum()
    assert test.sure == many[many >= 4].sum()


@pytest.mark.parametrize(("both", "one", "two", "n"), [(11, 11, 62, 72), (0, 9, 30, 72)])
def test_limits_of_a_lift_where_all_or_none_hold_both(both, one, two, n):
    """Limits by what they mean: at each of them a count as extreme has a chance of 2.5 %."""
    x = np.zeros((n, 3), dtype=bool)
    x[:, 2] = True  # so that nobody holds nothing
    x[:one, 0] = True
    x[:both, 1] = True
    x[one : one + two - both, 1] = True
    row = ws.affinity(pd.DataFrame(x, columns=["a", "b", "c"]), expected=1).iloc[0]
    chance = one * two / n
    # the limit on the open side, as a noncentral hypergeometric law with that mean
    limit = row["low"] if both else row["high"]
    odds = brentq(
        lambda log: stats.nchypergeom_fisher.mean(n, one, two, np.exp(log)) - limit * chance, -6, 6
    )
    law = stats.nchypergeom_fisher(n, one, two, np.exp(odds))
    assert (law.sf(both - 1) if both else law.cdf(both)) == pytest.approx(0.025, rel=1e-3)
    assert row["high" if both else "low"] == pytest.approx(row["lift"])
    assert row["p"] == pytest.approx(
        stats.fisher_exact([[both, one - both], [two - both, n - one - two + both]]).pvalue
    )
    if both:  # the delta method says 1.06 and more
        assert row["p"] > 0.05 and row["low"] < 1


def test_exact_limits_of_a_lift_hold_what_they_say():
    rng, inside, shown = np.random.default_rng(4), 0, 300
    one, two, n, odds = 11, 40, 72, 3.0
    law = stats.nchypergeom_fisher(n, one, two, odds)
    true = law.mean() * n / (one * two)
    for both in law.rvs(shown, random_state=rng):
        low, high = affinities._exact_limits(int(both), one, two, n)
        inside += low <= true <= high
    assert 0.93 <= inside / shown <= 1.0 and inside < shown


def test_no_level_is_below_zero_where_nothing_ever_was():
    months = pd.period_range("2021-01", periods=36, freq="M")
    y = pd.Series(np.random.default_rng(0).lognormal(3, 1, 36), months)
    y.iloc[[5, 17]] = 0.0
    assert ws.forecast(y, 6)["low"].min() == 0.0 and ws.forecast(y, 6)["high"].min() > 0
    y.iloc[5] = -60.0  # a return: it can be below zero again
    assert ws.forecast(y - 40, 6)["low"].min() < 0


def test_steps_of_a_backtest_can_be_said():
    y = pd.Series(np.random.default_rng(1).lognormal(3, 0.3, 48), MONTHS)
    assert ws.backtest(y.head(41), 6, 12).season == 12
    assert ws.backtest(y.head(41), 6, 12, season=1).season == 1
    with pytest.raises(ValueError, match=r"season is 7: 12 .year to year. or 1"):
        ws.backtest(y, 6, 12, season=7)
    with pytest.raises(ValueError, match="the first date sees 12 months, too few"):
        ws.backtest(y.head(29), 6, 12, season=12)


def panel_of_two_sectors() -> tuple[pd.DataFrame, pd.Series]:
    """Twelve accounts of two sectors: each moves with its sector's own months, on its own level."""
    rng = np.random.default_rng(5)
    sector = pd.Series(["iron"] * 6 + ["school"] * 6, [f"A{n:02d}" for n in range(12)])
    month = np.arange(48) % 12
    season = {"iron": 0.3 * np.sin(month), "school": np.where(month == 7, -0.9, 0.1)}
    logs = {
        name: 5 + n / 4 + season[kind] + rng.normal(0, 0.15, 48)
        for n, (name, kind) in enumerate(sector.items())
    }
    return pd.DataFrame(logs, index=MONTHS).map(np.exp), sector


def test_a_sector_factor_is_the_geometric_mean_of_the_others():
    panel, sector = panel_of_two_sectors()
    found = ws.sector_factor(panel, sector)
    others = [f"A{n:02d}" for n in range(6) if n != 2]
    assert found["A02"].to_numpy() == pytest.approx(stats.gmean(panel[others], axis=1))
    changed = panel.assign(A02=panel["A02"] * 9)
    assert ws.sector_factor(changed, sector)["A02"].to_numpy() == pytest.approx(found["A02"])
    # too few of a sector, or none known: all others
    alone = ws.sector_factor(panel, sector.drop("A02"))
    every = [name for name in panel if name != "A02"]
    assert alone["A02"].to_numpy() == pytest.approx(stats.gmean(panel[every], axis=1))
    small = ws.sector_factor(panel, sector, fewest=6)
    assert small["A02"].to_numpy() == pytest.approx(alone["A02"])


def test_a_forecast_with_the_sector_factor_by_plain_least_squares():
    panel, sector = panel_of_two_sectors()
    seen, y = panel.iloc[:40], np.log(panel["A02"].iloc[:40].to_numpy())
    others = [f"A{n:02d}" for n in range(6) if n != 2]
    factor = np.log(seen[others]).mean(axis=1).to_numpy()
    t = np.arange(43)
    dummies = np.column_stack(
        [np.ones(43), t, *((t % 12 == m).astype(float) for m in range(1, 12))]
    )
    ahead = dummies[40:] @ np.linalg.lstsq(dummies[:40], factor, rcond=None)[0]
    x = np.column_stack([np.ones(43), t, np.concatenate([factor, ahead])])
    right = np.exp(x[40:] @ np.linalg.lstsq(x[:40], y, rcond=None)[0])
    known = ws.sector_factor(seen, sector)["A02"]
    told = ws.forecast(seen["A02"], 3, "regression with sector factor", factor=known)
    assert told["middle"].to_numpy() == pytest.approx(right)
    assert (told["low"] < told["middle"]).all() and (told["middle"] < told["high"]).all()


def test_a_backtest_with_the_sector_factor_sees_no_later_month():
    panel, sector = panel_of_two_sectors()
    methods = ("regression", "regression with sector factor")
    made = ws.backtest(panel, 3, 6, methods, factor=ws.sector_factor(panel, sector))
    later = panel.copy()
    later.iloc[-3:] *= 5.0
    factor = ws.sector_factor(later, sector)
    again = ws.backtest(later, 3, 6, methods, factor=factor)
    first, second = (
        b.errors[b.errors["origin"] < "2024-07"].eval("actual - error") for b in (made, again)
    )
    assert first.to_numpy() == pytest.approx(second.to_numpy())
    # eleven months of the year from three or four values each, against those of five others
    table = made.table
    assert table.loc[methods[1], "mase"] < table.loc[methods[0], "mase"]
    assert table.loc[methods[1], "pinball"] < table.loc[methods[0], "pinball"]


def test_a_factor_that_is_no_news_does_not_win():
    """Where each account has months of its own, those of the others mislead."""
    rng = np.random.default_rng(6)
    own = np.array([np.roll(0.5 * np.sin(np.arange(12)), 2 * n) for n in range(6)])
    logs = 6 + np.tile(own, 4).T + rng.normal(0, 0.05, (48, 6))
    panel = pd.DataFrame(np.exp(logs), MONTHS, [f"B{n}" for n in range(6)])
    factor = ws.sector_factor(panel, pd.Series("one", panel.columns))
    table = ws.backtest(
        panel, 3, 6, ("regression", "regression with sector factor"), factor=factor
    ).table
    assert table.loc["regression", "mase"] < table.loc["regression with sector factor", "mase"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda p, s: ws.sector_factor(p.iloc[:, :5], s), "panel has 5 accounts"),
        (lambda p, s: ws.sector_factor(p.assign(A01=0.0), s), "A01 holds values of zero or less"),
        (lambda p, s: ws.sector_factor(p, s, fewest=0), "fewest is 0"),
        (
            lambda p, s: ws.forecast(p["A01"], 3, "regression with sector factor"),
            "factor is not given",
        ),
        (
            lambda p, s: ws.backtest(
                p, 3, 6, ("regression with sector factor",), factor=p[["A00"]]
            ),
            "factor lacks A01",
        ),
        (
            lambda p, s: ws.forecast(
                p["A01"].iloc[:20], 3, "regression with sector factor", factor=p["A00"]
            ),
            "from 24 months on",
        ),
    ],
)
def test_a_factor_that_cannot_be_is_told(call, told):
    with pytest.raises(ValueError, match=told):
        call(*panel_of_two_sectors())
