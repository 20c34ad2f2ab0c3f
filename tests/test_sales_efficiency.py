"""Methods of lesson 14 against published and hand-worked numbers, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from keyacct_utils.lessons import sales_efficiency as se

#: Efron & Morris 1975, table 1: average of the first 45 at bats, and of the rest of the season.
BATTERS = {
    "Clemente": (18, 0.346), "F. Robinson": (17, 0.298), "F. Howard": (16, 0.276),
    "Johnstone": (15, 0.222), "Berry": (14, 0.273), "Spencer": (14, 0.270),
    "Kessinger": (13, 0.263), "L. Alvarado": (12, 0.210), "Santo": (11, 0.269),
    "Swoboda": (11, 0.230), "Unser": (10, 0.264), "Williams": (10, 0.256), "Scott": (10, 0.303),
    "Petrocelli": (10, 0.264), "E. Rodriguez": (10, 0.226), "Campaneris": (9, 0.285),
    "Munson": (8, 0.316), "Alvis": (7, 0.200),
}  # fmt: skip
#: Shrout & Fleiss 1979, table 2: six targets, four judges.
SHROUT = pd.DataFrame(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
#: Data set "anxiety" of the R package irr: 20 subjects, three raters.
ANXIETY = pd.DataFrame(
    {
        "r1": [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
        "r2": [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
        "r3": [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
    }
)


def batters():
    table = pd.DataFrame.from_dict(BATTERS, orient="index", columns=["hits", "rest"])
    return (table["hits"] / 45).rename("mean"), table["rest"]


def test_shrinkage_of_the_eighteen_batters():
    """Efron & Morris 1975, 1977: factor .212, squared error from .0755 to .0214, a ratio of 3.5."""
    raw, rest = batters()
    centre = raw.mean()
    found = se.shrink(raw, centre * (1 - centre), 45, method="james_stein")
    assert found.centre == pytest.approx(0.265, abs=5e-4)
    assert found.table["weight"].iloc[0] == pytest.approx(0.212, abs=5e-4)
    before, after = ((found.table[name] - rest) ** 2 for name in ("mean", "shrunk"))
    assert before.sum() == pytest.approx(0.0755, abs=5e-4)
    assert after.sum() == pytest.approx(0.0214, abs=5e-4)
    assert found.table.loc["Clemente", "shrunk"] == pytest.approx(0.294, abs=5e-4)
    inside = (found.table["low"] <= rest) & (rest <= found.table["high"])
    assert inside.sum() >= 16


def test_moments_and_james_stein_agree_where_errors_are_equal():
    raw, _ = batters()
    v = raw.mean() * (1 - raw.mean())
    moments, js = se.shrink(raw, v, 45), se.shrink(raw, v, 45, method="james_stein")
    k, squares = len(raw), ((raw - raw.mean()) ** 2).sum()
    assert moments.table["weight"].iloc[0] == pytest.approx(1 - (k - 1) * v / 45 / squares)
    assert moments.centre == pytest.approx(js.centre)


def test_units_of_unequal_size_are_drawn_by_their_own_error():
    means = pd.Series({"a": 10.0, "b": 12.0, "c": 20.0, "d": 2.0})
    found = se.shrink(means, 4.0, pd.Series({"a": 100, "b": 100, "c": 1, "d": 100}))
    assert found.table["weight"]["c"] < found.table["weight"]["a"]
    assert (found.table["low"] <= found.table["shrunk"]).all()


def test_equals_are_drawn_together():
    means = pd.Series([1.0, 1.1, 0.9, 1.0, 1.05])
    found = se.shrink(means, 1.0, 4)
    assert found.spread == 0 and np.allclose(found.table["shrunk"], found.centre)
    assert (se.chance_of_best(found) == 0.2).all()


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(14)
    inside = []
    for _ in range(150):
        truth = rng.normal(1, 0.06, 24)
        raw = pd.Series(truth + rng.normal(0, 0.055, 24))
        table = se.shrink(raw, 0.055**2, 1).table
        inside.append(((table["low"] <= truth) & (truth <= table["high"])).mean())
    assert 0.92 <= np.mean(inside) <= 0.975


def test_what_shrinkage_gains_on_average():
    assert se.expected_gain(0.06, 0.0525, 24) == pytest.approx(0.79, abs=0.02)
    with pytest.raises(ValueError, match="above 0"):
        se.expected_gain(0.06, 0.0, 24)


def test_limits_of_the_spread():
    """The Q-profile: with equal errors the closed form sqrt(squares / quantile - v)."""
    raw, _ = batters()
    v, k = 0.265 * 0.735 / 45, len(raw)
    found = se.shrink(raw, v, 1)
    squares = ((raw - raw.mean()) ** 2).sum()
    low, high = se.spread_limits(found)
    most, least = stats.chi2.ppf([0.975, 0.025], k - 1)
    assert squares / most < v and low == 0
    assert high == pytest.approx(np.sqrt(squares / least - v))
    with pytest.raises(ValueError, match="confidence"):
        se.spread_limits(found, 95)


def test_limits_of_the_spread_hold_it_as_often_as_they_say():
    rng = np.random.default_rng(15)
    held = []
    for _ in range(400):
        means = pd.Series(rng.normal(0, 0.06, 24) + rng.normal(0, 0.055, 24))
        low, high = se.spread_limits(se.shrink(means, 0.055**2, 1))
        held.append(low <= 0.06 <= high)
    assert 0.92 <= np.mean(held) <= 0.98


def _year(rng, units=24, skill=0.06, noise=0.1):
    """Eight quarters of managers of known spread; targets of 1 each."""
    level = 1 + rng.normal(0, skill, units)
    return pd.DataFrame(level[:, None] + rng.normal(0, noise, (units, 8)))


def test_the_chance_to_attain_is_what_comes():
    """Calibrated: of those with a chance of about p about p attain, over many books."""
    rng = np.random.default_rng(16)
    chances, came = [], []
    for _ in range(120):
        reached = _year(rng)
        rest = pd.DataFrame(1.0, reached.index, ["q3", "q4"])
        so_far = reached.iloc[:, 4:6].sum(axis=1)
        whole = pd.Series(4.0, reached.index)
        table = se.chance_to_attain(reached.iloc[:, :6], so_far, whole, rest)
        chances.append(table["chance"])
        came.append(reached.iloc[:, 4:].sum(axis=1) >= 4)
    chances, came = pd.concat(chances), pd.concat(came)
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1)):
        inside = chances.between(low, high)
        n, p = inside.sum(), chances[inside].mean()
        assert abs(came[inside].mean() - p) < 4 * np.sqrt(p * (1 - p) / n) + 0.01, (low, high)


def test_the_chance_to_attain_by_hand():
    """Equals, of whom one sold nothing yet: its rest would have to be twice the target."""
    past = pd.DataFrame({"q1": [1.1, 0.9, 1.0, 1.0], "q2": [0.9, 1.1, 1.0, 1.0]})
    whole, so_far = pd.Series([4.0] * 4), pd.Series([2.0, 2.0, 2.0, 0.0])
    rest = pd.DataFrame({"q3": [1.0] * 4, "q4": [1.0] * 4})
    table = se.chance_to_attain(past, so_far, whole, rest)
    assert table["so_far"].tolist() == [0.5, 0.5, 0.5, 0.0]
    assert table["needed"].tolist() == [1.0, 1.0, 1.0, 2.0]
    # all means are 1, so half of the chances lies above what is needed
    assert table["chance"].iloc[:3].tolist() == pytest.approx([0.5] * 3)
    assert table["chance"].iloc[3] < 0.001
    # variance .01 of a quarter over half of the units, two periods: .02 / 2 / 2
    v = 0.04 / 4
    assert table["error"].iloc[0] ** 2 == pytest.approx(v / 2 + v / 2 / 4)
    done = se.chance_to_attain(past, pd.Series([4.0, 3.9, 5.0, 0.0]), whole, rest.iloc[:, :0])
    assert done["chance"].tolist() == [1, 0, 1, 0]
    for wrong, told in (
        (lambda: se.chance_to_attain(past, so_far, whole, rest, goal=0), "goal is 0"),
        (lambda: se.chance_to_attain(past, so_far, whole * 0, rest), "amounts above 0"),
        (lambda: se.chance_to_attain(past, so_far, whole, rest.iloc[:2]), "the same units"),
        (lambda: se.chance_to_attain(past.where(past < 1.1), so_far, whole, rest), "has gaps"),
        (lambda: se.chance_to_attain(past, so_far.iloc[:3], whole, rest), "sales must name"),
    ):
        with pytest.raises(ValueError, match=told):
            wrong()


@pytest.mark.parametrize(
    ("kind", "value", "low", "high"),
    [
        ("1,1", 0.17, -0.13, 0.72),
        ("2,1", 0.29, 0.02, 0.76),
        ("3,1", 0.71, 0.34, 0.95),
        ("1,k", 0.44, -0.88, 0.91),
        ("2,k", 0.62, 0.07, 0.93),
        ("3,k", 0.91, 0.68, 0.99),
    ],
)
def test_intraclass_correlations_of_shrout_and_fleiss(kind, value, low, high):
    """Values: Shrout & Fleiss 1979, table 4; limits: ICC of the R package psych on their data."""
    found = se.intraclass_correlation(SHROUT, kind)
    assert tuple(found) == pytest.approx((value, low, high), abs=0.0051)


def test_concordance_of_the_anxiety_data():
    """The manual of irr: Wt = 0.54, Chisq(19) = 30.8, p = 0.0429; and ICC(A,1) = 0.198."""
    found = se.kendall_w(ANXIETY)
    assert found.w == pytest.approx(0.54, abs=5e-4)
    assert found.chi2 == pytest.approx(30.8, abs=0.05)
    assert found.p == pytest.approx(0.0429, abs=5e-5)
    assert se.intraclass_correlation(ANXIETY, "2,1").estimate == pytest.approx(0.198, abs=5e-4)
    friedman = stats.friedmanchisquare(*ANXIETY.to_numpy()).statistic
    assert found.chi2 == pytest.approx(friedman)


def test_concordance_at_its_ends():
    same = pd.DataFrame({"a": [1, 2, 3], "b": [10, 20, 30]})
    assert se.kendall_w(same).w == pytest.approx(1)
    assert se.kendall_w(pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]})).w == pytest.approx(0)


def test_severity_in_an_incomplete_panel():
    """B takes five points off; who had B is not weaker."""
    truth = {"p": 80, "q": 75, "r": 70, "s": 65}
    who = {"p": "BA", "q": "BC", "r": "AC", "s": "AC"}
    rows = [
        (case, judge, truth[case] - 5 * (judge == "B")) for case in truth for judge in who[case]
    ]
    scores = pd.DataFrame(rows, columns=["case_id", "judge_id", "score"])
    found, fair = se.judge_severity(scores)
    assert found.loc["B", "severity"] - found.loc["A", "severity"] == pytest.approx(-5)
    assert fair.diff().dropna().tolist() == pytest.approx([-5, -5, -5])
    assert found["severity"].sum() == pytest.approx(0)
    assert (found["low"] <= found["severity"] + 1e-9).all()


def test_severity_agrees_with_least_squares():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"case_id": rng.integers(0, 12, 60), "judge_id": rng.integers(0, 4, 60)})
    rows = rows.drop_duplicates()
    rows["score"] = rows["case_id"] + rows["judge_id"] ** 2 + rng.normal(0, 1, len(rows))
    import statsmodels.formula.api as smf

    model = smf.ols("score ~ C(case_id) + C(judge_id, Sum)", rows).fit()
    found, _ = se.judge_severity(rows)
    mine = found.loc[0]
    assert mine["severity"] == pytest.approx(model.params["C(judge_id, Sum)[S.0]"])
    assert (mine["low"], mine["high"]) == pytest.approx(
        tuple(model.conf_int().loc["C(judge_id, Sum)[S.0]"])
    )


def test_panels_without_a_case_in_common_are_refused():
    rows = pd.DataFrame(
        {"case_id": list("aabb"), "judge_id": list("JKLM"), "score": [1.0, 2.0, 3.0, 4.0]}
    )
    with pytest.raises(ValueError, match="2 panels"):
        se.judge_severity(rows)


def test_funnel_limits_are_binomial():
    found = se.funnel_limits(0.5, [10, 100])
    # P(2 of 10 or fewer) = .0547 > .025 >= P(1 or fewer) = .0107
    assert found.loc[0, ["low_95", "high_95"]].tolist() == [0.2, 0.8]
    assert found.loc[1, ["low_95", "high_95"]].tolist() == [0.40, 0.60]
    assert found.loc[0, "low_99.8"] <= 0.1
    kept = stats.binom.cdf(60, 100, 0.5) - stats.binom.cdf(39, 100, 0.5)
    assert kept >= 0.95


def test_limits_of_a_part_of_all_tries_hold_the_own_share():
    """One of two with half of all tries: its rate less that of all is half the gap to the other."""
    found = se.funnel_limits(0.5, [50], together=100).iloc[0]
    # Fisher's: P(19 or fewer of 50, 50 won of 100) = .0137, P(20 or fewer) = .0357
    tails = [stats.fisher_exact([[k, 50 - k], [50 - k, k]], "less").pvalue for k in (19, 20)]
    assert tails[0] < 0.025 < tails[1]
    assert found[["low_95", "high_95"]].tolist() == [0.40, 0.60]
    plain = se.funnel_limits(0.5, [50]).iloc[0]
    assert plain[["low_95", "high_95"]].tolist() == [0.36, 0.64]
    # whoever tried all is at the rate of all
    whole = se.funnel_limits(0.4, [20], together=20).iloc[0]
    assert whole[["low_95", "high_95"]].tolist() == [0.4, 0.4]
    with pytest.raises(ValueError, match="more than together"):
        se.funnel_limits(0.5, [50], together=40)


def test_a_funnel_and_its_mix_of_one_kind_say_the_same():
    """Where a third of all tries is one's own: binomial limits would keep it within."""
    rows = [("A", 42, 31), ("B", 22, 28), ("C", 22, 28), ("D", 16, 49)]
    tries = pd.DataFrame(
        [(who, "one", won) for who, yes, no in rows for won in [1] * yes + [0] * no],
        columns=["manager_id", "kind", "won"],
    )
    level = round(0.95 ** (1 / 4), 4)
    mixed = se.mix_adjusted(tries, confidence=level)
    sizes = mixed["tries"]
    rate = float(tries["won"].mean())
    with_own = se.funnel_limits(rate, sizes, (level,), together=len(tries))
    plain = se.funnel_limits(rate, sizes, (level,))
    own = mixed["rate"]
    assert mixed.loc["A", "low"] > 0
    assert own["A"] > with_own.loc["A"].iloc[2]
    assert own["A"] <= plain.loc["A"].iloc[2]


def test_limits_end_where_nothing_can_lie():
    means = pd.Series([0.1, 0.9, 1.5, 1.0, 3.0], index=list("abcde"))
    free = se.shrink(means, 4.0, [1, 2, 3, 4, 1] * pd.Series(1.0, index=means.index)).table
    kept = se.shrink(means, 4.0, free["size"], least=0.0).table
    assert free["low"].min() < 0 and kept["low"].min() == 0
    assert (kept["high"] == free["high"]).all()
    with pytest.raises(ValueError, match="below least"):
        se.shrink(means - 1, 4.0, 1.0, least=0.0)
    two = pd.DataFrame({"manager_id": ["A", "B", "B"], "kind": "one", "won": [1, 0, 1]})
    gaps = se.mix_adjusted(two, confidence=0.9999)
    assert gaps["low"].min() == -1 and gaps["high"].max() == 1


SIMPSON = pd.DataFrame(
    [("X", "easy", 1)] * 81 + [("X", "easy", 0)] * 6
    + [("X", "hard", 1)] * 192 + [("X", "hard", 0)] * 71
    + [("Y", "easy", 1)] * 234 + [("Y", "easy", 0)] * 36
    + [("Y", "hard", 1)] * 55 + [("Y", "hard", 0)] * 25,
    columns=["manager_id", "kind", "won"],
)  # fmt: skip


def test_simpson_reversal_of_the_kidney_stones():
    """Charig et al. 1986, BMJ 292: open surgery 78 % (273/350), puncture 83 % (289/350), and yet
    open surgery is better for small (81/87) and for large stones (192/263).
    """
    found = se.mix_adjusted(SIMPSON)
    assert found["rate"].round(2).to_dict() == {"X": 0.78, "Y": 0.83}
    assert found.loc["X", "gap"] > 0 > found.loc["Y", "gap"]
    assert found.loc["X", "expected"] == pytest.approx((87 * 234 / 270 + 263 * 55 / 80) / 350)


def test_a_kind_of_ones_own_is_not_compared():
    only = pd.DataFrame({"manager_id": ["X"] * 4, "kind": ["own"] * 4, "won": [1, 1, 1, 0]})
    found = se.mix_adjusted(pd.concat([SIMPSON, only]))
    assert found.loc["X", "tries"] == 354 and found.loc["X", "compared"] == 350


def test_retention_by_hand():
    before = pd.Series({"A": 100.0, "B": 50.0, "C": 30.0, "D": 20.0})
    now = pd.Series({"A": 120.0, "B": 25.0, "C": 30.0, "E": 500.0})
    found = se.retention_of(before, now)
    assert found.gross.estimate == pytest.approx((100 + 25 + 30) / 200)
    assert found.net.estimate == pytest.approx(175 / 200)
    assert found.accounts.estimate == 0.75 and found.customers == 4
    assert np.isnan(found.net.low)
    bridge = se.growth_bridge(before, now)
    assert bridge["amount"].to_dict() == {
        "lost": -20, "smaller": -25, "larger": 20, "back": 0, "new": 500
    }  # fmt: skip
    assert se.growth_bridge(before, now, ["E"])["amount"]["back"] == 500


def test_a_window_and_the_one_before():
    rows = [(f"K{n:02d}", "2023-03-05", 100) for n in range(30)]
    rows += [(f"K{n:02d}", "2024-03-05", 90) for n in range(24)]
    rows += [("N", "2024-05-05", 5000), ("K00", "2022-12-05", 1)]
    ledger = pd.DataFrame(rows, columns=["account_id", "date", "revenue"])
    found = se.retention_ratios(ledger, "2024-01-01", "2024-12-31")
    assert found.customers == 30 and found.accounts.estimate == 0.8
    assert found.net.estimate == pytest.approx(0.72)
    assert found.net.low < 0.72 < found.net.high
    # all sizes are equal: the standard error of a plain mean
    each = np.array([0.9] * 24 + [0.0] * 6)
    reach = stats.t.ppf(0.975, 29) * each.std(ddof=1) / np.sqrt(30)
    assert found.net.high == pytest.approx(0.72 + reach)
    with pytest.raises(ValueError, match="begin after"):
        se.retention_ratios(ledger, "2023-01-01", "2023-12-31")


RESULTS = pd.DataFrame(
    {
        "manager_id": ["M1", "M1", "M2", "M2"],
        "period": pd.to_datetime(["2024-01-01", "2024-04-01"] * 2),
        "workdays": [60, 62, 60, 62],
        "visits": [120, 124, 60, 62],
        "customer_days": [100, 110, 55, 60],
        "customers_visited": [30, 32, 10, 12],
        "customers_closed": [10, 12, 5, 5],
        "sales": [1000.0, 1400.0, 600.0, 400.0],
        "cash_collected": [900.0, 1300.0, 700.0, 300.0],
        "receivables_opening": [500.0, 600.0, 300.0, 200.0],
        "receivables_new": [800.0, 1000.0, 500.0, 300.0],
        "receivables_collected": [700.0, 900.0, 600.0, 200.0],
        "visit_cost": [6000.0, 6200.0, 3000.0, 3300.0],
        "target": [1100.0, 1200.0, 500.0, 550.0],
    }
)


def test_six_ratios_by_hand():
    found = se.six_ratios(RESULTS).set_index(["unit", "ratio"])["value"]
    one = found["M1"]
    assert one["visits_per_day"] == pytest.approx(210 / 122)
    assert one["sales_per_customer"] == pytest.approx(2400 / 22)
    assert one["cash_recovery"] == pytest.approx(2200 / 2400)
    # opening of the first period only: a stock is not added up
    assert one["receivables_recovery"] == pytest.approx(1600 / (500 + 1800))
    assert one["cost_per_customer"] == pytest.approx(12200 / 62)
    assert one["attainment"] == pytest.approx(2400 / 2300)
    # [sales - (receivables at the end - at the opening)] / sales, S002-1k
    end = 500 + 1800 - 1600
    assert one["cash_recovery"] == pytest.approx((2400 - (end - 500)) / 2400)
    whole = se.six_ratios(RESULTS, by=None).set_index("ratio")
    assert whole.loc["attainment", "value"] == pytest.approx(3400 / 3350)
    assert (whole["periods"] == 2).all()
    other = se.six_ratios(RESULTS, {"visits_per_day": "visits", "attainment": "cash"})
    other = other.set_index(["unit", "ratio"])["value"]
    assert other["M2"]["visits_per_day"] == 1 and other["M2"]["attainment"] == 1000 / 1050


def test_intervals_of_ratios_hold_them():
    found = se.six_ratios(RESULTS)
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()
    alone = se.six_ratios(RESULTS.drop_duplicates("manager_id"))
    assert alone[["low", "high"]].isna().all().all()


def test_targets():
    kept = se.attainment(470, 0.95, out_of=500)
    assert kept.value == 0.94 and not kept.met
    assert kept.chance == pytest.approx(stats.beta(470.5, 30.5).sf(0.95))
    assert kept.low < 0.94 < kept.high and 0.1 < kept.chance < 0.2
    full = se.attainment(500, 1.0, out_of=500)
    assert full.met and np.isnan(full.chance) and full.high == 1
    assert se.attainment(499, 1.0, out_of=500).chance == 0
    grown = se.attainment(13, 0.30, base=10, kind="growth")
    assert grown.met and grown.value == pytest.approx(0.3)
    assert grown.chance == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: se.shrink(pd.Series([1.0, 2.0, 3.0]), 1.0, 1), "at least 4"),
        (lambda: se.shrink([1, 2, 3, 4], 1.0, 1), "means is a list"),
        (lambda: se.shrink(pd.Series([1.0, 2, 3, 4]), 0.0, 1), "variances has a value of zero"),
        (lambda: se.shrink(pd.Series([1.0, 2, 3, 4]), 1.0, pd.Series([1, 2])), "same units"),
        (lambda: se.shrink(pd.Series([1.0, 2, 3, np.nan]), 1.0, 1), "means has values"),
        (lambda: se.shrink(pd.Series([1.0, 2, 3, 4]), 1.0, 1, method="x"), "method is 'x'"),
        (
            lambda: se.shrink(
                pd.Series([1.0, 2, 3, 4]), 1.0, pd.Series([1, 2, 3, 4]), method="james_stein"
            ),
            "equal errors",
        ),
        (lambda: se.pooled_variance(pd.DataFrame({"q": [1.0, 2.0]})), "two periods"),
        (lambda: se.funnel_limits(1.5, [10]), "rate is 1.5"),
        (lambda: se.funnel_limits(0.5, []), "sizes is empty"),
        (lambda: se.funnel_limits(0.5, [0]), "1 or more"),
        (lambda: se.funnel_limits(0.5, [10], levels=(95,)), "levels"),
        (lambda: se.mix_adjusted(SIMPSON.assign(won=2)), "expected 0 or 1"),
        (lambda: se.mix_adjusted(SIMPSON[SIMPSON["manager_id"] == "X"]), "one owner"),
        (lambda: se.mix_adjusted(SIMPSON.drop(columns="kind")), "lacks 1 column"),
        (lambda: se.mix_adjusted(SIMPSON.iloc[:0]), "no row"),
        (
            lambda: se.mix_adjusted(
                pd.DataFrame({"manager_id": ["X", "Y"], "kind": ["a", "b"], "won": [0, 1]})
            ),
            "no kind was tried by two",
        ),
        (
            lambda: se.intraclass_correlation(pd.DataFrame({"a": [1, 2], "b": [2, 1]}), "3,k"),
            "the same for all cases",
        ),
        (lambda: se.kendall_w(pd.DataFrame({"a": [1, 2]})), "two of each"),
        (lambda: se.kendall_w(pd.DataFrame({"a": [1, 1], "b": [2, 2]})), "no order"),
        (lambda: se.kendall_w(pd.DataFrame({"a": [1, np.nan], "b": [2, 2]})), "has gaps"),
        (lambda: se.kendall_w(pd.DataFrame({"a": ["x", "y"], "b": [2, 2]})), "not numbers"),
        (lambda: se.intraclass_correlation(SHROUT, "4,1"), "kind is '4,1'"),
        (lambda: se.intraclass_correlation(SHROUT * 0), "never differ"),
        (lambda: se.retention_of(pd.Series({"A": 0.0}), pd.Series({"A": 1.0})), "above zero"),
        (lambda: se.retention_of([1], pd.Series({"A": 1.0})), "before is a list"),
        (lambda: se.retention_of(pd.Series([1.0, 2], ["A", "A"]), pd.Series({"A": 1.0})), "repeat"),
        (lambda: se.six_ratios(RESULTS, {"atainment": "cash"}), "the six are"),
        (lambda: se.six_ratios(RESULTS, {"attainment": "x"}), "attainment as 'x'"),
        (lambda: se.six_ratios(RESULTS.iloc[:0]), "no row"),
        (lambda: se.six_ratios(RESULTS[["manager_id", "sales"]]), "none of the pairs"),
        (lambda: se.six_ratios(RESULTS, by="team"), "lacks 1 column"),
        (lambda: se.attainment(5, 0.95), "out_of is None"),
        (lambda: se.attainment(5, 0.95, out_of=4), "more than out_of"),
        (lambda: se.attainment(5, 95, out_of=10), "95 % is 0.95"),
        (lambda: se.attainment(-1, 0.3, base=1, kind="growth"), "reached is -1"),
        (lambda: se.attainment(1, 0.3, base=0, kind="growth"), "base is 0"),
    ],
)
def test_bad_input_names_the_argument_and_the_way_out(call, told):
    with pytest.raises(ValueError, match=told):
        call()
