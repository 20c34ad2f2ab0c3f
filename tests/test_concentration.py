"""Concentration of amounts over accounts: published values, hand-worked cases, properties, bad input."""

import json
import math
import os
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from keyacct_utils.lessons.concentration import measures as c
from keyacct_utils.lessons.shared.amounts import share_of_top
from keyacct_utils.lessons.shared.resampling import (
    pareto_tail,
    tail_bootstrap_interval,
    tail_draws,
    tail_rows,
)
from keyacct_utils.lessons.shared.size_intervals import COVERED
from keyacct_utils.truth.interval_coverage import coverage, rank_coverage


def stratified(n, sigma):
    return np.exp(sigma * norm.ppf((np.arange(1, n + 1) - 0.5) / n))


def lognormal(n, sigma, seed=0):
    return np.exp(sigma * np.random.default_rng(seed).standard_normal(n))


LINE_P = stratified(600, 1.703)
# Line E: sigma 2.11, and one more account that holds 26 % of the line.
LINE_E = np.append(stratified(600, 2.11), stratified(600, 2.11).sum() * 0.26 / 0.74)
DOJ = [25, 20, 15, 10, 8, 7, 6, 5, 4]

# --- published and hand-worked values


@pytest.mark.parametrize(
    ("shares", "points"),
    [
        ([30, 30, 20, 20], 2600),  # US Department of Justice, page on the HHI
        (DOJ, 1540),
        ([25, 20, 15, 10, 9, 8, 7, 6], 1580),  # 5 and 4 merged
        ([45, 15, 10, 8, 7, 6, 5, 4], 2540),  # 25 and 20 merged
    ],
)
def test_hhi_of_the_published_markets(shares, points):
    assert (
        c.hhi(shares, scale=10_000) == c.hhi(shares, scale=100) == pytest.approx(points, abs=1e-9)
    )
    assert c.hhi(shares) == pytest.approx(points / 10_000, abs=1e-13)
    assert c.effective_number(shares) == pytest.approx(10_000 / points, rel=1e-12)


def test_hhi_of_named_blocks_of_a_larger_total():
    # S003-10c: 70 % over 100 small buyers against 75 % over 4 wholesalers
    assert c.hhi([0.7] * 100, total=100) == pytest.approx(0.0049, abs=1e-12)
    assert c.hhi([75 / 4] * 4, total=100) == pytest.approx(0.1406, abs=5e-5)
    assert c.hhi([0.1] * 3, total=0.3) == pytest.approx(
        1 / 3
    )  # the float sum .30000000000000004 is no fault


@pytest.mark.parametrize(
    ("points", "guideline", "band"),
    [
        (999, "1992", "unconcentrated"),
        (1000, "1992", "moderately concentrated"),
        (1800, "1992", "moderately concentrated"),
        (1801, "1992", "highly concentrated"),
        (1801, "2023", "highly concentrated"),
        (1499, "2010", "unconcentrated"),
        (1801, "2010", "moderately concentrated"),
        (2500, "2010", "moderately concentrated"),
        (2501, "2010", "highly concentrated"),
    ],
)
def test_hhi_bands(points, guideline, band):
    assert c.hhi_band(points, guideline, scale=10_000) == band
    assert c.hhi_band(points / 10_000, guideline) == band


def test_the_guidelines_disagree_on_the_same_market():
    assert c.hhi_band(c.hhi(DOJ), "2010") == "moderately concentrated"
    assert c.hhi_band(0.2, "2023") == "highly concentrated" != c.hhi_band(0.2, "2010")
    assert c.hhi_band(0.2) == c.hhi_band(0.2, "2023")


def test_lorenz_gini_and_top_share_worked_by_hand():
    x = [1, 2, 3, 4]  # sum((2i - 5) x_i) = -3 - 2 + 3 + 12 = 10; 10 / (4 x 10)
    assert c.gini(x) == pytest.approx(0.25, abs=1e-15)
    curve = c.lorenz(x)
    assert list(curve.columns) == ["share_of_accounts", "share_of_amount"]
    np.testing.assert_allclose(curve["share_of_accounts"], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(curve["share_of_amount"], [0, 0.1, 0.3, 0.6, 1])
    assert c.top_share(x, 0.25) == pytest.approx(0.4)
    assert c.top_share(x, 0.26) == pytest.approx(0.7)  # ceil(1.04) = 2
    assert c.accounts_to_reach(x, 0.4) == 1
    assert c.accounts_to_reach(x, 0.41) == 2
    assert c.accounts_to_reach([80, 15, 5], 0.95) == 2
    assert c.accounts_to_reach([0.1] * 10, 0.8) == 8  # the float sum of eight is .7999999999999999


def test_zero_amounts_are_accounts():
    assert c.gini([0, 0, 0, 5]) == pytest.approx(0.75)
    assert c.top_share([0, 0, 0, 5], 0.2) == 1
    assert c.accounts_to_reach([0, 0, 0, 5], 1) == 1
    assert c.lorenz([0, 5])["share_of_amount"].tolist() == [0, 0, 1]
    assert c.abc_classes([0, 5, 0]).tolist() == ["C", "A", "C"]


def test_one_account_has_defined_answers():
    assert c.lorenz([7.0]).to_numpy().tolist() == [[0, 0], [1, 1]]
    assert (
        c.gini([7.0]),
        c.hhi([7.0]),
        c.effective_number([7.0]),
        c.top_share([7.0]),
        c.accounts_to_reach([7.0]),
    ) == (
        0,
        1,
        1,
        1,
        1,
    )
    assert c.abc_classes(pd.Series([7.0], index=["A1"])).to_dict() == {"A1": "A"}


@pytest.mark.parametrize(
    ("n", "q", "count"),
    [
        (15, 0.2, 3),
        (600, 0.2, 120),
        (89, 0.2, 18),
        (440, 0.2, 88),
        (1, 0.01, 1),
        (30, 0.1, 3),
        (3, 1, 3),
    ],
)
def test_top_count(n, q, count):
    assert c.top_count(n, q) == count


def test_lognormal_and_pareto_facts():
    assert c.sigma_for_top_share(0.40, 21 / 592) == pytest.approx(
        1.552, abs=5e-4
    )  # S003-9a, all sales
    assert c.sigma_for_top_share(0.62, 21 / 592) == pytest.approx(
        2.111, abs=5e-4
    )  # S003-9a, gasoline
    assert c.sigma_for_top_share(0.8, 0.2) == pytest.approx(1.6832, abs=5e-5)
    assert c.lognormal_gini(1.6832) == pytest.approx(0.766, abs=5e-4)
    assert c.pareto_alpha() == pytest.approx(math.log(5) / math.log(4), rel=1e-12)
    assert c.pareto_gini(c.pareto_alpha()) == pytest.approx(0.756, abs=5e-4)
    assert c.lognormal_top_share(0, 0.2) == pytest.approx(0.2)
    assert c.sigma_for_top_share(0.2, 0.2) == 0
    assert c.lognormal_top_share(1.0) == pytest.approx(0.563, abs=5e-4)


def test_the_planted_lines():
    assert c.top_share(LINE_P) == pytest.approx(0.8, abs=5e-5)
    assert c.gini(LINE_P) == pytest.approx(0.765, abs=5e-4)
    assert LINE_P.max() / LINE_P.sum() == pytest.approx(0.085, abs=5e-4)
    assert c.top_share(stratified(600, 1.0)) == pytest.approx(0.56, abs=5e-3)
    assert c.top_share(LINE_E[:-1]) == pytest.approx(0.890, abs=5e-4)


# --- fitted sigma


@pytest.mark.parametrize(
    ("method", "sigma"), [("quantile", 1.703), ("log_sd", 1.7026), ("top_share", 1.6832)]
)
def test_sigma_of_the_stratified_line(method, sigma):
    assert c.lognormal_sigma(LINE_P, method) == pytest.approx(sigma, abs=5e-5)
    fit = c.fit_lognormal_sigma(LINE_P, method, draws=200)
    assert fit.estimate == c.lognormal_sigma(LINE_P, method)
    assert abs(fit.estimate - 1.703) < 0.05
    assert fit.low < 1.703 < fit.high


@pytest.mark.parametrize("method", ["quantile", "log_sd", "top_share"])
def test_the_interval_of_sigma_covers(method):
    # 95 % intervals over 60 books: fewer than 49 would happen to an honest 90 % interval in 2 of 100 cases
    fits = [
        c.fit_lognormal_sigma(lognormal(300, 1.7, seed), method, draws=120) for seed in range(60)
    ]
    assert sum(fit.low <= 1.7 <= fit.high for fit in fits) >= 49
    assert max(fit.high - fit.low for fit in fits) < 1.0


def test_sigma_of_alike_accounts_is_zero():
    for method in ("quantile", "log_sd", "top_share"):
        assert c.fit_lognormal_sigma([5.0] * 10, method, draws=20) == pytest.approx(
            (0, 0, 0), abs=1e-7
        )


def test_sigma_does_not_depend_on_the_unit_or_order():
    x = lognormal(50, 1.2)
    for method in ("quantile", "log_sd", "top_share"):
        assert c.lognormal_sigma(x[::-1] * 1e4, method) == pytest.approx(
            c.lognormal_sigma(x, method), rel=1e-9
        )


# --- outliers


def test_the_planted_outlier_is_flagged_and_is_not_strange():
    table = c.flag_outliers(
        pd.Series(LINE_E, index=[f"E{i:03d}" for i in range(601)]), sigma=2.11, draws=40_000
    )
    first = table.iloc[0]
    assert table.index[0] == "E600"
    assert first["share"] == pytest.approx(0.26)
    assert bool(first["flagged"])
    assert first["probability"] == pytest.approx(0.118, abs=0.006)
    # the largest account of the strata holds 10.9 % and is flagged at 10 %, not at 20 %
    assert table["flagged"].sum() == 2
    assert c.flag_outliers(LINE_E, 0.2, draws=100)["flagged"].sum() == 1
    assert not c.flag_outliers(LINE_P, draws=100)["flagged"].any()


@pytest.mark.parametrize(("sigma", "n"), [(2.11, 600), (2.11, 100), (0.5, 400), (1.0, 201)])
def test_largest_share_agrees_with_plain_simulation(sigma, n):
    books = np.exp(sigma * np.random.default_rng(9).standard_normal((10_000, n)))
    plain = books.max(axis=1) / books.sum(axis=1)
    drawn = c.largest_share_draws(sigma, n, draws=10_000, random_state=1)
    at = np.quantile(plain, [0.1, 0.5, 0.9])
    # three standard errors of a difference of two proportions
    np.testing.assert_allclose(
        np.searchsorted(drawn, at) / 10_000, [0.1, 0.5, 0.9], atol=3 * 0.5 * math.sqrt(2 / 10_000)
    )


def test_largest_share_limits():
    np.testing.assert_allclose(c.largest_share_draws(0, 1000, draws=5), 0.001)
    np.testing.assert_allclose(c.largest_share_draws(2, 1, draws=5), 1)
    assert c.largest_share_draws(2.11, 10_000_000, draws=50).max() < 0.5
    alike = c.flag_outliers([3.0] * 8, draws=50)
    assert alike["probability"].tolist() == [1.0] * 8
    assert alike["flagged"].all()  # 12.5 % each


def test_probability_falls_with_share_and_is_never_zero():
    table = c.flag_outliers([1e9, 3, 2, 1, 1], sigma=0.5, draws=100)
    assert table["probability"].is_monotonic_increasing
    assert table["probability"].iloc[0] == pytest.approx(1 / 101)
    assert table["rank"].tolist() == [1, 2, 3, 4, 5]


# --- ABC


def test_abc_puts_the_crossing_account_into_the_better_class():
    x = pd.Series([5, 50, 35, 10], index=["d", "a", "b", "c"])
    classes = c.abc_classes(x)
    assert classes.to_dict() == {"d": "C", "a": "A", "b": "A", "c": "B"}  # 50, 85 | 95 | 100
    assert classes.index.equals(x.index)
    assert classes.name == "abc"
    assert c.abc_classes(x, (0.5, 0.9)).tolist() == ["C", "A", "B", "B"]


def test_abc_ties_break_by_account_id():
    x = pd.Series([1.0, 1.0, 1.0, 1.0], index=["A4", "A2", "A3", "A1"])
    assert c.abc_classes(x, (0.25, 0.5)).to_dict() == {"A4": "C", "A2": "B", "A3": "C", "A1": "A"}
    assert c.flag_outliers(x, sigma=1.0, draws=10).index.tolist() == ["A1", "A2", "A3", "A4"]


# --- positive part


def test_positive_part_says_what_is_left_out():
    part = c.positive_part(pd.Series([10.0, -3.0, 0.0, 5.0, -0.5], index=list("abcde")))
    assert part.kept.to_dict() == {"a": 10.0, "d": 5.0}
    assert (part.zero, part.negative, part.amount_left_out) == (1, 2, -3.5)
    assert c.positive_part([2, -1]).kept.tolist() == [2.0]


# --- table


ROLLUP = pd.DataFrame(
    {
        "account_id": ["a", "a", "b", "c", "a", "b", "d", "e"],
        "line": ["P", "P", "P", "P", "S", "S", "S", "X"],
        "revenue": [70.0, 10.0, 20.0, -5.0, 30.0, 0.0, 30.0, -1.0],
    }
)


def test_concentration_table():
    table = c.concentration_table(ROLLUP)
    assert table.index.name == "line"
    assert table.loc["P"].to_dict() == pytest.approx(
        {
            "accounts": 2,
            "total": 100,
            "top_share": 0.8,
            "gini": 0.3,
            "hhi": 0.68,
            "effective_number": 1 / 0.68,
            "accounts_to_reach": 1,
            "largest_share": 0.8,
            "left_out": 1,
            "amount_left_out": -5,
        }
    )
    assert table.loc["S", ["accounts", "left_out", "amount_left_out"]].tolist() == [2, 1, 0]
    assert table.loc["X", ["accounts", "total", "left_out", "amount_left_out"]].tolist() == [
        0,
        0,
        1,
        -1,
    ]
    assert table.loc["X", ["gini", "accounts_to_reach"]].isna().all()
    assert table["accounts_to_reach"].dtype == "Int64"


def test_concentration_table_nets_over_groups():
    table = c.concentration_table(ROLLUP, by=None, q=0.5, share=1)
    assert table.index.tolist() == ["all"]
    assert table.loc["all", ["accounts", "total", "accounts_to_reach"]].tolist() == [
        3,
        160,
        3,
    ]  # a 110, b 20, d 30
    assert table.loc["all", "top_share"] == pytest.approx(140 / 160)


@pytest.mark.parametrize(
    ("rollup", "text"),
    [
        (ROLLUP.drop(columns="line"), r"lacks \['line'\]"),
        (ROLLUP.iloc[:0], "no account"),
        (ROLLUP.assign(revenue=np.nan), "8 of 8"),
        (ROLLUP.assign(line=[None] + ["P"] * 7), "1 rows have no line"),
        (ROLLUP.assign(account_id=["a"] * 7 + [None]), "1 rows"),
    ],
)
def test_concentration_table_refuses(rollup, text):
    with pytest.raises(ValueError, match=text):
        c.concentration_table(rollup)


# --- resampling


def test_bootstrap_interval():
    x = lognormal(200, 1.0)
    interval = c.bootstrap_interval(x, c.top_share, draws=300)
    assert interval.estimate == pytest.approx(c.top_share(x))
    assert interval.low < interval.estimate < interval.high
    assert interval == c.bootstrap_interval(x[::-1], c.top_share, draws=300)
    assert interval != c.bootstrap_interval(x, c.top_share, draws=300, random_state=1)
    narrow = c.bootstrap_interval(x, c.top_share, draws=300, confidence=0.5)
    assert narrow.high - narrow.low < interval.high - interval.low
    # the analytical standard error of the mean of 200 values against the bootstrap's
    mean = c.bootstrap_interval(x, np.mean, draws=2000, confidence=0.6827)
    assert (mean.high - mean.low) / 2 == pytest.approx(x.std() / math.sqrt(200), rel=0.08)


def test_bootstrap_redraws_resamples_without_an_amount():
    interval = c.bootstrap_interval([0.0, 4.0], c.gini, draws=50)
    assert (interval.low, interval.high) == (0.0, 0.5)


WIDE = pd.DataFrame(
    [[10.0, 10, 10], [6, 0, 0], [1, 2, 3], [0, 0, 0]],
    index=["a", "b", "c", "d"],
    columns=["2024-01", "2024-02", "2024-03"],
)


def test_rank_intervals_worked_by_hand():
    # b has 6, 0 or more in the resamples, so b and c change places; a is always first, d last but for ties with b (by id)
    table = c.bootstrap_rank_intervals(WIDE, draws=2000, q=0.25, widen=False)
    assert table.index.tolist() == ["a", "b", "c", "d"]
    assert table["amount"].tolist() == [30, 6, 6, 0]
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table.loc["a", ["low", "high", "p_top"]].tolist() == [1, 1, 1]
    assert table.loc["b", ["low", "high"]].tolist() == [2, 3]
    assert table.loc["c", ["low", "high"]].tolist() == [2, 3]
    assert table.loc["d", ["low", "high", "p_top"]].tolist() == [4, 4, 0]
    # Of 27 equal draws, c beats b in the 8 without month 1 (0 against 6 or more) and in the 3 with months 1, 3, 3
    # (6 against 7); with 1, 2, 3 they tie at 6 and b comes first by id.
    drawn = c.bootstrap_rank_intervals(WIDE.drop(index="a"), draws=4000, q=1 / 3, widen=False)
    ahead = drawn.loc["c", "p_top"]
    assert ahead == pytest.approx((8 + 3) / 27, abs=3 * math.sqrt(0.24 / 4000))


@pytest.mark.parametrize("widen", [True, False])
def test_a_rank_interval_and_the_share_of_draws_in_the_top_are_of_the_same_draws(widen):
    # once: "rank, worst (95 %) 588" beside "in the top 218 in 99.8 % of draws" of one account
    rng = np.random.default_rng(11)
    bought = rng.random((200, 13)) < rng.uniform(0.05, 0.6, 200)[:, None]
    wide = pd.DataFrame(np.where(bought, lognormal(200, 1.5)[:, None] * rng.random((200, 13)), 0.0),
                        index=[f"A{i:03d}" for i in range(200)])  # fmt: skip
    draws, edge = 400, 40
    table = c.bootstrap_rank_intervals(wide, draws=draws, q=0.2, widen=widen)
    inside = table["high"] <= edge
    assert inside.any() and ((table["p_top"] > 0.5) & ~inside).any()
    assert (table.loc[inside, "p_top"] >= 0.975).all()
    assert (table.loc[~inside, "p_top"] <= math.ceil(0.975 * (draws - 1)) / draws).all()
    outside = table["low"] > edge
    assert outside.any() and (table.loc[outside, "p_top"] <= 0.025).all()


def test_rank_intervals_long_form_equals_wide():
    long = (
        WIDE.rename_axis("account_id")
        .reset_index()
        .melt("account_id", var_name="period", value_name="revenue")
    )
    long = long[long["revenue"] != 0]
    long = pd.concat(
        [long.assign(revenue=long["revenue"] - 1), long.assign(revenue=1.0)], ignore_index=True
    )  # two lines per month
    found = c.bootstrap_rank_intervals(long.sample(frac=1, random_state=3), draws=50)
    pd.testing.assert_frame_equal(found, c.bootstrap_rank_intervals(WIDE.drop(index="d"), draws=50))


def test_rank_intervals_with_a_common_season():
    rng = np.random.default_rng(4)
    season = np.exp(0.8 * np.sin(np.arange(12) * np.pi / 6))
    wide = pd.DataFrame(
        lognormal(100, 0.5)[:, None] * season * np.exp(0.05 * rng.standard_normal((100, 12))),
        index=[f"A{i:03d}" for i in range(100)],
    )
    width = {
        how: (table["high"] - table["low"]).mean()
        for how in ("common", "own")
        for table in [c.bootstrap_rank_intervals(wide, resample=how, widen=False, draws=200)]
    }
    assert width["common"] < 5 < 15 < width["own"]


def test_rank_intervals_report_only_the_top_and_do_not_depend_on_order():
    wide = pd.DataFrame(lognormal(240, 1.0).reshape(40, 6), index=[f"A{i:02d}" for i in range(40)])
    full = c.bootstrap_rank_intervals(wide, draws=80)
    pd.testing.assert_frame_equal(
        c.bootstrap_rank_intervals(wide.iloc[::-1], draws=80, top=5), full.head(5)
    )
    assert ((full["low"] <= full["rank"]) & (full["rank"] <= full["high"])).mean() > 0.9


@pytest.mark.parametrize(
    ("amounts", "arguments", "text"),
    [
        (WIDE[["2024-01"]], {}, "1 periods"),
        (WIDE.iloc[:0], {}, "0 accounts"),
        (WIDE.replace(6, np.nan), {}, "1 of 12"),
        (pd.concat([WIDE, WIDE]), {}, "4 account ids are repeated"),
        (WIDE, {"resample": "weeks"}, "resample"),
        (WIDE, {"draws": 0}, "draws"),
        (WIDE, {"top": 0}, "top"),
        (WIDE, {"confidence": 95}, "confidence"),
        (WIDE, {"draws": 10**8}, "top="),
        (pd.DataFrame({"account_id": ["a"], "period": ["1"]}), {}, "lacks the column 'revenue'"),
        (
            pd.DataFrame({"account_id": ["a", None], "period": ["1", "2"], "revenue": [1.0, 2.0]}),
            {},
            "1 rows",
        ),
    ],
)
def test_rank_intervals_refuse(amounts, arguments, text):
    with pytest.raises(ValueError, match=text):
        c.bootstrap_rank_intervals(amounts, **arguments)


# --- bad input

TAKES_AMOUNTS = [
    c.lorenz,
    c.gini,
    c.hhi,
    c.effective_number,
    c.top_share,
    c.accounts_to_reach,
    c.abc_classes,
    lambda x: c.bootstrap_interval(x, c.gini),
]
TAKES_POSITIVE = [c.lognormal_sigma, c.fit_lognormal_sigma, c.flag_outliers]


@pytest.mark.parametrize("function", [*TAKES_AMOUNTS, *TAKES_POSITIVE])
@pytest.mark.parametrize(
    ("x", "text"),
    [
        ([], "no account"),
        (pd.Series([], dtype=float), "no account"),
        (
            pd.Series([3.0, -2.0, -1.0, 4.0], index=["a", "b", "c", "d"]),
            r"2 of 4 .*b: -2, c: -1.*positive_part",
        ),
        ([0.0, 0.0, 0.0], "zero"),
        ([1.0, np.nan, 2.0], r"1 of 3 .*1: nan"),
        (pd.Series([1, None, 2], index=["a", "b", "c"], dtype="Int64"), r"1 of 3 .*b: nan"),
        ([1.0, np.inf, 2.0], r"1 of 3 .*1: inf"),
        (["1", "2", "3"], "one number per account"),
        (pd.Series(["1", "2", "3"]), "one number per account"),
        (np.ones((3, 2)), "one number per account"),
        (pd.DataFrame({"revenue": [1.0, 2.0]}), "one number per account"),
        ([1.0, None], "1 of 2 .*1: nan"),
        ([1.0, "many"], "one number per account"),
        (5.0, "one number per account"),
    ],
)
def test_bad_amounts_are_refused(function, x, text):
    with pytest.raises(ValueError, match=text):
        function(x)


@pytest.mark.parametrize("function", TAKES_POSITIVE)
def test_zero_has_no_logarithm(function):
    with pytest.raises(ValueError, match="1 of 4 amounts are zero or negative"):
        function([3.0, 2.0, 1.0, 0.0])


@pytest.mark.parametrize("function", TAKES_POSITIVE)
def test_two_accounts_have_no_sigma(function):
    with pytest.raises(ValueError, match="at least 3"):
        function([3.0, 2.0])


@pytest.mark.parametrize("function", [c.abc_classes, c.flag_outliers])
def test_repeated_and_mixed_ids_are_refused(function):
    with pytest.raises(ValueError, match=r"1 account ids are repeated \(first: \['a'\]\)"):
        function(pd.Series([1.0, 2.0, 3.0], index=["a", "b", "a"]))
    with pytest.raises(ValueError, match="mixed types"):
        function(pd.Series([1.0, 2.0, 3.0], index=["a", 1, 2.5]))


@pytest.mark.parametrize(
    "call",
    [
        lambda: c.positive_part([0, -1]),
        lambda: c.positive_part([np.nan, 1]),
        lambda: c.top_share([1, 2], 0),
        lambda: c.top_share([1, 2], 20),
        lambda: c.top_share([1, 2], float("nan")),
        lambda: c.accounts_to_reach([1, 2], 0),
        lambda: c.accounts_to_reach([1, 2], 1.01),
        lambda: c.abc_classes([1, 2], (0.95, 0.8)),
        lambda: c.abc_classes([1, 2], (0.7, 0.9, 1.0)),
        lambda: c.abc_classes([1, 2], (0.8, 1)),
        lambda: c.hhi([1, 2], scale=1_000),
        lambda: c.hhi([1, 2], total=2),
        lambda: c.hhi([1, 2], total=float("inf")),
        lambda: c.hhi_band(2600),
        lambda: c.hhi_band(0),
        lambda: c.hhi_band(0.2, "1997"),
        lambda: c.hhi_band(0.2, scale=1_000),
        lambda: c.lognormal_top_share(-1),
        lambda: c.lognormal_top_share(float("nan")),
        lambda: c.lognormal_gini(-1),
        lambda: c.sigma_for_top_share(0.2, 0.8),
        lambda: c.sigma_for_top_share(1, 0.2),
        lambda: c.pareto_alpha(0.2, 0.2),
        lambda: c.pareto_alpha(1, 0.2),
        lambda: c.pareto_gini(1),
        lambda: c.lognormal_sigma([1, 2, 3], "moments"),
        lambda: c.lognormal_sigma([1, 2, 3], "top_share", q=0.9),
        lambda: c.fit_lognormal_sigma([1, 2, 3], "top_share", draws=0),
        lambda: c.largest_share_draws(1, 0),
        lambda: c.flag_outliers([1, 2, 3], min_share=26),
        lambda: c.bootstrap_interval([1, 2], c.gini, draws=0),
        lambda: c.bootstrap_interval([1, 2], c.gini, confidence=1),
        lambda: c.bootstrap_interval([1], c.gini),
    ],
)
def test_bad_arguments_are_refused(call):
    with pytest.raises(ValueError, match=r"expected|must|lacks|largest|repair"):
        call()


def test_decimals_and_integers_are_numbers():
    assert (
        c.gini(pd.Series([Decimal("1.5"), Decimal("4.5")]))
        == c.gini([1.5, 4.5])
        == c.gini(np.array([1, 3]))
    )


# --- properties

amounts = st.lists(st.floats(0, 1e12, allow_nan=False), min_size=1, max_size=60).filter(
    lambda x: max(x) > 0
)
sizable = st.lists(st.just(0.0) | st.floats(1e-3, 1e12), min_size=1, max_size=60).filter(
    lambda x: max(x) > 0
)
fractions = st.floats(0.001, 1)


@given(sizable, st.floats(1e-6, 1e6), st.randoms(use_true_random=False))
def test_gini_is_bounded_scale_free_and_order_free(x, factor, random):
    found = c.gini(x)
    assert 0 <= found < 1
    assert c.gini([value * factor for value in x]) == pytest.approx(found, abs=1e-9)
    mixed = x[:]
    random.shuffle(mixed)
    assert (c.gini(mixed), c.hhi(mixed), c.top_share(mixed), c.accounts_to_reach(mixed)) == (
        found,
        c.hhi(x),
        c.top_share(x),
        c.accounts_to_reach(x),
    )


@given(amounts)
def test_lorenz_is_convex_below_the_diagonal_and_agrees_with_gini(x):
    p, held = c.lorenz(x).to_numpy().T
    assert (held[0], held[-1], p[0], p[-1]) == (0, 1, 0, 1)
    assert (held <= p + 1e-12).all()
    assert (np.diff(held, 2) >= -1e-12).all()
    assert c.gini(x) == pytest.approx(1 - 2 * np.trapezoid(held, p), abs=1e-9)


@given(amounts)
def test_hhi_and_effective_number_are_bounded(x):
    n = len(x)
    assert 1 / n - 1e-12 <= c.hhi(x) <= 1 + 1e-12
    assert 1 - 1e-9 <= c.effective_number(x) <= n * (1 + 1e-9)
    assert c.hhi([1.0] * n) == pytest.approx(1 / n)


@given(amounts, fractions, fractions)
def test_top_share_is_monotone_in_q_and_at_least_q(x, q1, q2):
    low, high = sorted((q1, q2))
    assert c.top_share(x, low) <= c.top_share(x, high) + 1e-12
    assert c.top_share(x, low) >= low - 1e-9
    assert c.top_share(x, 1) == pytest.approx(1)


@given(amounts, fractions)
def test_accounts_to_reach_is_the_smallest_that_does(x, share):
    n, k = len(x), c.accounts_to_reach(x, share)
    assert 1 <= k <= n
    assert c.top_share(x, k / n) >= share - 2e-12
    if k > 1:
        assert c.top_share(x, (k - 1) / n) < share


@given(
    amounts, st.tuples(st.floats(0.01, 0.98), st.floats(0.01, 0.98)).filter(lambda t: t[0] < t[1])
)
def test_abc_is_an_ordered_partition(x, cuts):
    series = pd.Series(x, index=[f"A{i:03d}" for i in range(len(x))])
    classes = c.abc_classes(series, cuts)
    assert classes.isin(["A", "B", "C"]).all()
    assert classes.index.equals(series.index)
    assert (classes == "A").sum() == c.accounts_to_reach(x, cuts[0])
    assert (classes <= "B").sum() == c.accounts_to_reach(x, cuts[1])
    for better, worse in (("A", "B"), ("B", "C")):
        if (classes == better).any() and (classes == worse).any():
            assert series[classes == better].min() >= series[classes == worse].max()
    pd.testing.assert_series_equal(c.abc_classes(series[::-1], cuts)[::-1], classes)


@given(st.floats(0.001, 0.5), st.floats(0, 4))
def test_sigma_for_top_share_inverts_lognormal_top_share(q, sigma):
    share = c.lognormal_top_share(sigma, q)
    if share < 0.9999999:
        assert c.sigma_for_top_share(max(q, share), q) == pytest.approx(sigma, abs=1e-6)


@given(st.floats(0.01, 0.5), st.floats(0.51, 0.99))
def test_pareto_alpha_gives_the_share_back(q, share):
    assert q ** (1 - 1 / c.pareto_alpha(share, q)) == pytest.approx(share, rel=1e-9)


@settings(max_examples=25)
@given(st.lists(st.floats(1e-3, 1e9), min_size=3, max_size=40))
def test_flag_outliers_is_complete(x):
    table = c.flag_outliers(x, draws=50)
    assert table["share"].sum() == pytest.approx(1)
    assert sorted(table.index) == list(range(len(x)))
    assert table["probability"].between(0, 1).all()
    assert (table["flagged"] == (table["share"].round(12) >= 0.1)).all()


# --- real data: known facts of the collection's trial data

REAL = os.environ.get("KEYACCT_REAL_DATA")
real = pytest.mark.skipif(
    not REAL, reason="KEYACCT_REAL_DATA does not name the folder of the trial data"
)


def facts(x):
    x = c.positive_part(x).kept
    return len(x), c.top_count(len(x), 0.2), round(100 * c.top_share(x), 2), round(c.gini(x), 4)


@real
def test_wholesale():
    frame = pd.read_csv(Path(REAL) / "wholesale" / "wholesale_customers.csv")
    spend = frame[["Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen"]].sum(
        axis=1
    )
    assert spend.sum() == 14_619_500
    assert facts(spend) == (440, 88, 42.90, 0.3640)


@real
def test_northwind():
    folder = Path(REAL) / "northwind"
    lines = pd.read_csv(folder / "order_details.csv").merge(
        pd.read_csv(folder / "orders.csv"), on="OrderID"
    )
    net = (
        (lines["UnitPrice"] * lines["Quantity"] * (1 - lines["Discount"]))
        .groupby(lines["CustomerID"])
        .sum()
    )
    assert net.sum() == pytest.approx(1_265_793.04, abs=0.005)
    assert facts(net) == (89, 18, 60.06, 0.5755)
    assert c.accounts_to_reach(net) == 34


@real
def test_cdnow():
    frame = pd.read_csv(
        Path(REAL) / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": "str"}
    )
    spend = frame.groupby("customer_id")["dollar_value"].sum()
    assert spend.sum() == pytest.approx(2_500_315.63, abs=0.005)
    assert facts(spend)[2:] == (67.71, 0.6335)


# --- the share of the top, losses counted ---------------------------------------------------------


def test_the_share_of_the_top_is_of_the_net_total_and_counts_every_account():
    """Ten accounts: two make 60 and 30, four make 10, four lose 7.5. Net 100; the top 20 % are two
    and make 90 of it. Without the losers the top 20 % of six are two of 130: 69 %."""
    profit = [60, 30, 10, 10, 10, 10, -7.5, -7.5, -7.5, -7.5]
    found = share_of_top(profit, 0.2)
    assert found == (pytest.approx(0.9), 2, 10, 100.0)
    kept = c.positive_part(profit).kept
    assert c.top_share(kept, 0.2) == pytest.approx(90 / 130)
    # three of ten make all there is: the others together lose nothing and gain nothing
    assert share_of_top(profit, 0.3).share == pytest.approx(1.0)
    assert share_of_top(profit, 0.4).share == pytest.approx(1.1)  # more than all of it
    assert share_of_top(profit, 1.0).share == pytest.approx(1.0)


def test_without_a_loss_both_definitions_agree():
    x = lognormal(200, 1.7)
    for q in (0.01, 0.2, 0.5, 1.0):
        assert share_of_top(x, q).share == pytest.approx(c.top_share(x, q))


@pytest.mark.parametrize("x", [[1.0, -1.0], [-2.0, 1.0], [0.0, 0.0]])
def test_nothing_is_a_share_of_a_net_loss(x):
    with pytest.raises(ValueError, match="nothing is a share of it"):
        share_of_top(x)


# --- intervals that know of larger accounts than the book's, and ranks


def test_a_pareto_tail_by_hand():
    """Nine amounts: the three largest, 8, 16 and 32, against the fourth, 4: ln 2 + ln 4 + ln 8 is
    6 ln 2, a third of it 2 ln 2; of 0.4 x 3 = 1.2 the draws take one, from 32 on."""
    exponent, taken, start = pareto_tail([1, 1, 2, 2, 3, 4, 8, 16, 32])
    assert exponent == max(1.05, 1 / (2 * math.log(2))) == 1.05
    assert (taken, start) == (1, 32.0)
    exponent, taken, start = pareto_tail([1, 1, 2, 2, 3, 4, 5, 5, 6])
    assert exponent == pytest.approx(3 / (2 * math.log(5 / 4) + math.log(6 / 4)))
    assert math.isnan(pareto_tail([-3, -2, -1, 4, 5])[0])  # the tail would start below zero
    assert math.isnan(pareto_tail([5.0] * 9)[0])


def test_the_tail_bootstrap_may_draw_a_larger_account_than_the_book_has():
    x = lognormal(100, 1.7)
    largest = tail_bootstrap_interval(x, np.max, draws=200)
    plain = c.bootstrap_interval(x, np.max, draws=200)
    assert plain.high == x.max() < largest.high
    assert largest.estimate == x.max()
    # losses stay in the body; where no tail can be fitted the amounts are resampled as they are
    shifted = tail_bootstrap_interval(x - np.median(x), np.sum, draws=100)
    assert shifted.low < shifted.estimate < shifted.high
    flat = tail_bootstrap_interval([5.0] * 10, np.max, draws=20)
    assert flat == (5.0, 5.0, 5.0)
    # a share of a net loss lies beyond all bounds
    none = tail_bootstrap_interval([1.0, 2, 3], lambda v: math.inf, draws=20)
    assert none.high == math.inf


def test_as_many_of_a_draw_come_from_the_tail_as_the_book_has_there():
    """Of 100 amounts the four largest are drawn anew, each draw n times with chance 4 / 100: on
    average four of 100 lie from its start on, and of those 2^-alpha from twice of it on."""
    x = lognormal(100, 1.7)
    exponent, taken, start = pareto_tail(x)
    assert taken == 4
    draws = np.array(list(tail_draws(x, 4_000)))
    from_start = (draws >= start).sum(axis=1)
    assert from_start.mean() == pytest.approx(4, abs=4 * math.sqrt(4 / 4_000))
    twice, n = (draws >= 2 * start).sum(), from_start.sum()
    share = 2**-exponent
    assert twice / n == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n))
    # the same of accounts with several amounts, of which the second grows in proportion
    rows = list(tail_rows(np.column_stack([x, 3 * x]), 0, (0, 1), 2_000))
    counts = [(each[:, 0] >= start).sum() for each in rows]
    assert np.mean(counts) == pytest.approx(4, abs=4 * math.sqrt(4 / 2_000))
    assert max(np.abs(each[:, 1] / each[:, 0] - 3).max() for each in rows) < 1e-9


def test_both_tails_of_a_tail_bootstrap_are_those_of_the_level():
    x = lognormal(200, 1.0)
    means = [
        tail_bootstrap_interval(x, np.mean, draws=999, confidence=level) for level in (0.5, 0.9)
    ]
    sample = tail_bootstrap_interval(x, np.mean, draws=999, confidence=0.999)
    assert sample.low < means[1].low < means[0].low < means[0].high < means[1].high < sample.high


def test_the_limits_of_sigma_are_those_of_chi_square():
    """Of 11 logs with a sample sd of 1: sqrt(10 / 20.4832) and sqrt(10 / 3.24697), from the printed
    table of chi-square with 10 degrees of freedom (not 11: 0.708 and 1.698)."""
    logs = np.linspace(-1, 1, 11)
    x = np.exp(logs / logs.std(ddof=1))
    assert c.sigma_limits(x) == (
        pytest.approx(math.sqrt(10 / 20.4832), abs=1e-4),
        pytest.approx(math.sqrt(10 / 3.24697), abs=1e-4),
    )
    with pytest.raises(ValueError, match="at least 3"):
        c.sigma_limits([1.0, 2.0])


def test_what_is_taken_for_lognormal():
    assert c.fits_lognormal(LINE_P)
    assert not c.fits_lognormal(LINE_P[:99])  # too few to tell
    assert not c.fits_lognormal(LINE_P - LINE_P.min())  # a zero has no logarithm
    rng = np.random.default_rng(0)
    assert not c.fits_lognormal((1 - rng.random(300)) ** (-1 / 1.3))  # Pareto
    assert not c.fits_lognormal(np.full(200, 5.0))


def test_the_effective_number_of_a_lognormal_is_the_median_of_its_books():
    for sigma, n in ((1.7, 30), (2.11, 600)):
        rng = np.random.default_rng(5)
        books = np.exp(sigma * rng.standard_normal((4000, n)))
        median = np.median(books.sum(axis=1) ** 2 / (books**2).sum(axis=1))
        assert c.lognormal_effective_number(sigma, n) == pytest.approx(median, rel=0.05)
    assert c.lognormal_effective_number(0, 40) == pytest.approx(40)


def test_the_interval_of_a_measure_is_the_models_where_it_fits():
    low, high = c.sigma_limits(LINE_P)
    share = c.size_interval(LINE_P)
    assert share.way == "lognormal" and share.estimate == pytest.approx(0.8, abs=5e-5)
    assert share[1:3] == (
        pytest.approx(c.lognormal_top_share(low)),
        pytest.approx(c.lognormal_top_share(high)),
    )
    inequality = c.size_interval(LINE_P, "gini")
    assert inequality[1:3] == (
        pytest.approx(c.lognormal_gini(low)),
        pytest.approx(c.lognormal_gini(high)),
    )
    standing = c.size_interval(LINE_P, "effective_number")
    # the wider the spread, the fewer accounts' worth of business
    assert standing.low == pytest.approx(c.lognormal_effective_number(high, 600))
    assert standing.high == pytest.approx(c.lognormal_effective_number(low, 600))
    assert c.size_interval(LINE_P[:60]).way == "Pareto tail"
    # half of the amount in one hand is no lognormal of sigma 1
    one = np.append(stratified(300, 1.0), stratified(300, 1.0).sum())
    assert c.size_interval(one, "effective_number").way == "Pareto tail"


@pytest.mark.parametrize(
    ("measure", "process", "n", "least", "plain"),
    [
        ("top_share", "lognormal, sigma 2.11", 100, 0.88, 0.80),
        ("effective_number", "lognormal, sigma 1.7", 100, 0.88, 0.80),
        ("gini", "lognormal, sigma 2.11", 100, 0.86, 0.65),
        ("effective_number", "Pareto, exponent 1.3", 100, 0.88, 0.75),
    ],
)
def test_intervals_cover_and_plain_resampling_does_not(measure, process, n, least, plain):
    """Eighty books: an honest 95 % interval falls below 0.88 in 1 of 100 trials."""
    found = coverage(process, n, books=80).loc[measure]
    assert found["covered"] >= least
    assert found["plain"] <= plain + 0.06


def test_the_interval_is_of_the_process_and_not_of_another_book():
    """Pairs of lognormal books: once told as "where the share would lie" in another year."""
    rng, process = np.random.default_rng(0), c.lognormal_top_share(1.7)
    held = []
    for _ in range(60):
        book, other = np.exp(1.7 * rng.standard_normal((2, 600)))
        found = c.size_interval(book, draws=50)
        share = c.top_share(other)
        held.append((found.low <= process <= found.high, found.low <= share <= found.high))
    of_process, of_another = np.mean(held, axis=0)
    # measured 95 % and 63 % in 1,500 pairs
    assert of_process >= 0.88 and of_another <= 0.8


def test_the_effective_number_of_a_book_is_no_limit_of_the_typical_one():
    """An outlier that a lognormal still may have: its own 9.5 once stood as the lower limit."""
    book = np.append(stratified(260, 2.14), 0)
    book[-1] = 0.26 / 0.74 * book.sum()
    found, limits = c.size_interval(book, "effective_number"), c.sigma_limits(book)
    high, low = (c.lognormal_effective_number(sigma, 261) for sigma in limits)
    assert found.way == "lognormal" and found.estimate < low
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    # a share is put in, and it is told
    share, least = c.size_interval(book), c.lognormal_top_share(limits[0])
    assert share.widened == (not least <= share.estimate <= c.lognormal_top_share(limits[1]))
    assert not c.size_interval(LINE_P).widened
    rng, widened = np.random.default_rng(3), []
    for _ in range(40):
        drawn = np.exp(2.11 * rng.standard_normal(600))
        told = c.size_interval(drawn, "gini", draws=20)
        widened.append(told.widened)
        assert told.widened <= (told.estimate in (told.low, told.high))
    assert 5 <= sum(widened) <= 30  # measured: 43 %


@pytest.mark.parametrize("folder", ["", "solutions/"])
def test_no_prose_tells_the_interval_as_a_forecast(folder):
    lesson = Path(__file__).parents[1] / "notebooks" / f"{folder}01_concentration.ipynb"
    cells = json.loads(lesson.read_text("utf-8"))["cells"]
    text = " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert "the share of the process" in text or "the share of that process" in text
    for told in ("share would lie then", "of the same kind would lie", "Another year would have"):
        assert told not in text


def test_the_coverage_that_the_lesson_prints_is_the_measured_one():
    page = (Path(__file__).parents[1] / "docs" / "coverage.md").read_text("utf-8")
    names = {"top_share": "top 20 % share", "gini": "Gini", "effective_number": "effective number"}
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| ") and line.count("|") == 9
    ]
    for measure, title in names.items():
        for n, (best, worst) in COVERED[measure].items():
            told = {
                row[0]: float(row[4].rstrip("%")) / 100
                for row in rows
                if row[1] == str(n) and row[2] == title
            }
            assert len(told) == 7
            of_lognormal = [told[name] for name in told if name.startswith("lognormal")]
            assert best == min(of_lognormal)
            assert worst == min(told[name] for name in told if not name.startswith("lognormal"))
            assert c.covered(measure, n + 1) == (best, worst)
    assert c.covered("gini", 5) == COVERED["gini"][30]


def test_a_book_beyond_those_simulated_is_told_the_lowest_coverage_of_a_heavy_tail():
    """Once 94 %, that of 600 accounts, for 4,317 with a Pareto tail of 1.3: 90 % hold there."""
    assert c.covered("top_share", 4_317) == (0.95, 0.80)
    assert c.covered("gini", 4_317) == (0.95, 0.80)
    assert c.covered("effective_number", 4_317) == (0.95, 0.86)
    assert c.covered("top_share", 1_200) == COVERED["top_share"][600]


def test_rank_intervals_lose_the_same_in_each_tail():
    """c comes before b in 11 of 27 resamples (hand-worked above), so b is second in 59 %, third in
    41 %; of a level of 0.3 the tails end at 35 and 65 %, of 0.1 at 45 and 55 %."""
    rows = WIDE.drop(index="a")

    def limits(level):
        found = c.bootstrap_rank_intervals(rows, draws=4000, confidence=level, widen=False)
        return {name: tuple(row) for name, row in found[["low", "high"]].iterrows()}

    assert limits(0.3) == {"b": (1, 2), "c": (1, 2), "d": (3, 3)}
    assert limits(0.1) == {"b": (1, 1), "c": (2, 2), "d": (3, 3)}


def test_rank_intervals_are_widened_for_the_months_that_are_few():
    """Levels of 300 accounts, a year of noisy months: the widened interval covers 95 %, the plain
    one 92 %. Four books, so to about a point."""
    wide, plain = (rank_coverage(150, 6, 0.3, 8, widen) for widen in (True, False))
    assert 0.93 <= wide <= 0.985
    assert plain <= wide - 0.02


@pytest.mark.parametrize(("more", "less", "rank"), [(79, 21, 2), (76, 24, 1)])
def test_a_rank_is_widened_by_the_root_of_k_over_k_less_1_and_by_t(more, less, rank):
    """a beats b by ``more`` in two of four months and by ``less`` in the others. In a resample of
    the two lesser months alone, 1 of 16, a leads by 2 x less / (more + less) of its lead, .42 or
    .48. Stretched by f = sqrt(4 / 3) 3.1824 / 1.9600 = 1.8749 it loses it below 1 - 1 / f = .4666;
    without the root below .384, with the t of 4 degrees of freedom below .389."""
    rows = pd.DataFrame(
        [[100 + more, 100 + more, 100 + less, 100 + less], [100] * 4], index=["a", "b"]
    ).rename_axis("account_id")
    found = c.bootstrap_rank_intervals(rows, draws=2_000)
    assert found.loc["a", ["low", "high"]].tolist() == [1, rank]
    assert found.loc["b", ["low", "high"]].tolist() == [3 - rank, 2]


def test_levels_are_pulled_together_by_their_noise():
    """Two steady accounts and a noisy one, by the formula: b = tau^2 / (tau^2 + v)."""
    rng = np.random.default_rng(2)
    wide = pd.DataFrame(
        np.vstack([np.full((20, 12), 100.0) * np.linspace(0.5, 2, 20)[:, None],
                   [[0] * 11 + [3600.0]]]),
        index=[f"A{n:02d}" for n in range(20)] + ["Z"],
    )  # fmt: skip
    wide.iloc[:20] *= np.exp(0.05 * rng.standard_normal((20, 12)))
    found = c.shrunken_ranks(wide)
    assert found.loc["Z", "weight"] < 0.5 < 0.97 < found["weight"].drop("Z").min()
    assert found.loc["Z", "amount"] == 3600 and found.loc["Z", "rank_shrunk"] > 1
    # between its own mean and that of all
    assert found["shrunk"].drop("Z").mean() < found.loc["Z", "shrunk"] < 300
    # a season that all share is no noise
    season = np.exp(np.sin(np.arange(12)))
    alike = c.shrunken_ranks(wide.drop(index="Z") * season)
    assert alike["weight"].min() > 0.99
    assert pd.isna(c.shrunken_ranks(pd.concat([wide, -wide.loc[["Z"]].rename({"Z": "L"})]))
                   .loc["L", "rank_shrunk"])  # fmt: skip
    with pytest.raises(ValueError, match="expected at least 3 and 2"):
        c.shrunken_ranks(wide.iloc[:2])


def test_shrunken_levels_are_nearer_to_the_truth_than_raw_ones():
    rng = np.random.default_rng(9)
    level = np.exp(0.3 * rng.standard_normal(300))
    noise = np.where(rng.random(300) < 0.5, 0.2, 1.5)[:, None]
    wide = pd.DataFrame(
        level[:, None] * np.exp(noise * rng.standard_normal((300, 12)) - noise**2 / 2)
    )
    found = c.shrunken_ranks(wide)
    raw = np.log(wide.mean(axis=1))

    def error(values):
        return ((values - np.log(level)) ** 2).mean()

    assert error(np.log(found["shrunk"])) < 0.75 * error(raw)


def test_the_interval_of_sigma_from_the_top_share_is_not_turned_round():
    """A small share found may come of a larger sigma, not of a smaller: low is below high, and the
    estimate, which is low on average, lies nearer to low."""
    x = lognormal(100, 2.11, seed=4)
    fit = c.fit_lognormal_sigma(x, "top_share", draws=400)
    assert fit.low < fit.estimate < fit.high
    assert fit.high - fit.estimate > fit.estimate - fit.low
    # in books of that sigma the estimate is the r-fold of it; so sigma is the 1 / r-fold of the
    # estimate, and not the r-fold
    drawn = [c.lognormal_sigma(lognormal(100, fit.estimate, seed), "top_share")
             for seed in range(1_000, 2_500)]  # fmt: skip
    ratio = np.quantile(drawn, [0.975, 0.025]) / fit.estimate
    assert [fit.low, fit.high] == pytest.approx(fit.estimate / ratio, rel=0.03)
    assert fit.low > 1.04 * fit.estimate * ratio[1] and fit.high > 1.04 * fit.estimate * ratio[0]
