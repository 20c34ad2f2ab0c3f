"""The methods of lesson 12: published numbers, cases worked by hand, properties, bad input."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keyacct_utils.lessons import coverage as cv

FIXTURES = Path(__file__).parent / "fixtures"
#: Margins of victory and next votes, U.S. Senate: Cattaneo, Frandsen & Titiunik 2015, Journal of Causal Inference 3(1).
SENATE = pd.read_csv(FIXTURES / "senate.csv")
#: U.S. House, margins within 12 points: Lee 2008, Journal of Econometrics 142(2).
HOUSE = pd.read_csv(FIXTURES / "house.csv")


@pytest.mark.parametrize(
    ("met", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_as_newcombe_has_it(met, of, low, high):
    """Newcombe 1998, Statistics in Medicine 17(8), table I, method 3."""
    found = cv.wilson(met, of)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)
    assert found.low <= found.estimate <= found.high


def test_workload_as_kotler_has_it():
    """1,000 A accounts x 36 calls, 2,000 B x 12: 60,000 calls, 60 persons who make 1,000 each."""
    found = cv.workload({"A": 1000, "B": 2000}, {"A": 36, "B": 12}, 60, 1000)
    assert found["total"].sum() == 60_000
    assert found["managers"].sum() == 60


#: 5 workers x 4 tasks, OR-Tools guide, "Solving an assignment problem".
COSTS = pd.DataFrame(
    [[90, 80, 75, 70], [35, 85, 55, 65], [125, 95, 90, 95], [45, 110, 95, 115], [50, 100, 90, 100]],
    index=list("vwxyz"),
    columns=list("abcd"),
)


def test_assignment_as_the_guide_of_or_tools_has_it():
    found = cv.assign_accounts(COSTS)
    assert found["distance"].sum() == 265 and len(found) == 4


def test_jump_as_rdrobust_has_it():
    """Calonico, Cattaneo & Titiunik 2015, R Journal 7(1): 7.414 (1.459), 4.555 to 10.273 at h = 17.754."""
    found = cv.threshold_jump(SENATE["margin"], SENATE["vote"], 0, bandwidth=17.754, curvature=0)
    assert found.jump == pytest.approx(7.414, abs=5e-4)
    assert found.se == pytest.approx(1.459, abs=5e-4)
    assert (found.low, found.high) == pytest.approx((4.555, 10.273), abs=1e-3)
    assert (found.below, found.above) == (360, 323)


def test_honest_limit_as_rdhonest_has_it():
    """Lee's data, uniform, M = .1, h = 10: 6.0568; one-sided 95 % limit 2.37476 (RDHonest, its tests)."""
    found = cv.threshold_jump(
        HOUSE["margin"], HOUSE["voteshare"], 0, bandwidth=10, curvature=0.1, kernel="uniform"
    )
    assert found.jump == pytest.approx(6.05677, abs=5e-5)
    assert found.jump - found.bias - 1.6448536 * found.se == pytest.approx(2.37476, abs=5e-4)


def test_critical_values_as_published():
    """Armstrong & Kolesár 2018, Econometrica 86(2): 1.96 without bias, 2.18 at half a standard error."""
    from keyacct_utils.lessons.coverage.thresholds import critical_value

    assert critical_value(0) == pytest.approx(1.960, abs=5e-4)
    assert critical_value(0.5) == pytest.approx(2.181, abs=5e-4)


def test_lenovo_has_as_many_accounts_per_manager_as_the_document_says():
    """S004-1b: more than 20,000 accounts, 300 managers: 66.7 each."""
    staff = cv.workload({"all": 20_000}, 1, 60, 20_000 / 300)
    assert staff["managers"].sum() == pytest.approx(300)


def test_lines_of_visits_of_the_documents():
    """S000-5d: A+ 1 a quarter and 1 call a month, crystal 2: 4 and 8 visits, 12 calls a year."""
    table = cv.workload({"A+": 1, "crystal": 1}, {"A+": 4 * 1, "crystal": 4 * 2}, 60, 1)
    assert table["total"].tolist() == [4, 8]


def _jumps(curve, seeds: int, jump: float = -28.0) -> np.ndarray:
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x = rng.normal(0, 0.8, 400)
        y = curve(x) + jump * (x >= 0) + rng.normal(0, 22, 400)
        made = cv.threshold_jump(x, y, 0)
        found.append((made.jump, made.low <= jump <= made.high))
    return np.array(found, dtype=float)


@pytest.mark.parametrize(
    "curve",
    [lambda x: 120 + 60 * x, lambda x: 120 + 40 * x + 25 * x**2, lambda x: 90 * np.exp(x / 2)],
)
def test_the_jump_is_without_bias_and_its_interval_covers(curve):
    found = _jumps(curve, 80)
    assert found[:, 1].mean() >= 0.9
    assert abs(found[:, 0].mean() + 28) <= 3 * found[:, 0].std() / np.sqrt(80) + 1.5


def test_no_jump_is_told_where_there_is_none():
    found = _jumps(lambda x: 120 + 60 * x, 80, jump=0.0)
    assert found[:, 1].mean() >= 0.9


def test_a_gathering_at_the_cut_is_seen_and_its_absence_too():
    rng = np.random.default_rng(1)
    x = rng.normal(0, 0.8, 2000)
    moved = np.where((x > -0.15) & (x < 0) & (rng.random(2000) < 0.8), -x, x)
    assert cv.density_check(moved, 0).p < 0.01
    quiet = [cv.density_check(np.random.default_rng(s).normal(0, 0.8, 600), 0).p for s in range(60)]
    assert np.mean(np.array(quiet) < 0.05) <= 0.12


def test_placebo_cuts_use_one_side_only():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 0.8, 600)
    y = 120 + 60 * x - 100 * (x >= 0) + rng.normal(0, 5, 600)
    found = cv.placebo_jumps(x, y, 0, cuts=(-0.3, 0.3))
    assert not found["told"].any()
    assert list(found.index) == [-0.3, 0.3]


def test_the_curve_of_visits_is_found_and_its_limits_hold():
    held = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        v = rng.integers(0, 9, 300)
        found = cv.fit_response(v, cv.response(v, 10, 0.45) + rng.normal(0, 2, 300))
        assert found.a_low <= found.a <= found.a_high and found.k_low <= found.k <= found.k_high
        held.append((found.a_low <= 10 <= found.a_high, found.k_low <= 0.45 <= found.k_high))
    assert np.mean(held, axis=0).min() >= 0.88


def test_without_noise_the_curve_is_exact():
    v = np.array([0, 1, 2, 3, 5, 8])
    found = cv.fit_response(v, cv.response(v, 7.5, 0.3))
    assert (found.a, found.k) == pytest.approx((7.5, 0.3), rel=1e-4)


def test_a_line_has_no_upper_limit():
    v = np.arange(6)
    noise = np.array([0.1, -0.1, 0.05, -0.05, 0.1, -0.1])
    found = cv.fit_response(v, 2.0 * v + noise)
    assert np.isinf(found.a_high) and found.k_low == 0


def _brute(accounts: pd.DataFrame, total: int, minimum: int = 0) -> float:
    best = 0.0
    for plan in itertools.product(range(minimum, total + 1), repeat=len(accounts)):
        if sum(plan) <= total:
            best = max(best, cv.plan_value(accounts, pd.Series(plan, index=accounts.index)))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_greedy_plan_is_the_best_of_all_plans(seed):
    rng = np.random.default_rng(seed)
    accounts = pd.DataFrame(
        {"a": rng.lognormal(2, 1, 4), "k": rng.uniform(0.1, 1.5, 4)}, index=list("abcd")
    )
    for total, minimum in ((0, 0), (5, 0), (7, 1)):
        found = cv.allocate_visits(accounts, total, minimum)
        assert found["contribution"].sum() == pytest.approx(_brute(accounts, total, minimum))
        assert found["visits"].sum() == total
        if minimum == 0 and total:
            assert found["following"].max() <= found["last"].min() + 1e-9


def test_the_plan_keeps_its_limits_and_goes_nowhere_for_nothing():
    accounts = pd.DataFrame({"a": [10.0, 0.0, 5.0], "k": [0.5, 0.5, 0.0]}, index=list("abc"))
    found = cv.allocate_visits(accounts, 20, 1, 3)
    assert found["visits"].tolist() == [3, 1, 1]
    assert found["last"].notna().all()


def test_hours_and_skills_are_kept():
    hours = pd.Series(1.0, index=COSTS.index)
    capacity = pd.Series(2.0, index=COSTS.columns)
    found = cv.assign_accounts(COSTS, hours, capacity)
    assert found["manager"].value_counts().max() <= 2 and len(found) == 5
    best = min(
        sum(COSTS.loc[row, column] for row, column in zip(COSTS.index, plan, strict=True))
        for plan in itertools.product(COSTS.columns, repeat=5)
        if max(plan.count(name) for name in COSTS.columns) <= 2
    )
    assert found["distance"].sum() == best
    able = pd.DataFrame(True, index=COSTS.index, columns=COSTS.columns)
    able["a"] = False
    assert "a" not in set(cv.assign_accounts(COSTS, hours, capacity, able)["manager"])
    assert "a" not in set(cv.assign_accounts(COSTS, able=able)["manager"])


VISITS = pd.DataFrame(
    {
        "account_id": ["A", "A", "B", "B", "C", "C", "D", "D"],
        "tier": ["gold"] * 4 + ["A+"] * 4,
        "visits": [2, 2, 1, 0, 1, 1, 0, 1],
    }
)


def test_compliance_by_hand():
    found = cv.visit_compliance(VISITS, {"gold": 2, "A+": 1})
    assert found["met"].tolist() == [2, 3]
    assert found["share"].tolist() == [0.5, 0.75]
    assert found["missed"].tolist() == [3, 1]
    assert (found["low"] < found["share"]).all() and (found["share"] < found["high"]).all()


def test_looks_at_one_account_count_for_fewer():
    """All quarters of an account alike: as many looks as accounts, and no more."""
    rng = np.random.default_rng(0)
    met = np.repeat(rng.random(100) < 0.6, 4).astype(int)
    alike = pd.DataFrame({"account_id": np.repeat(np.arange(100), 4), "tier": "x", "visits": met})
    mixed = alike.assign(visits=(rng.random(400) < 0.6).astype(int))
    few = cv.visit_compliance(alike, {"x": 1}).loc["x", "effective"]
    many = cv.visit_compliance(mixed, {"x": 1}).loc["x", "effective"]
    assert 80 <= few <= 100 < many <= 400


def test_wilson_on_effective_looks_covers():
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        own = rng.beta(0.61 * 5, 0.39 * 5, 40)
        made = (rng.random((40, 4)) < own[:, None]).astype(int).ravel()
        frame = pd.DataFrame(
            {"account_id": np.repeat(np.arange(40), 4), "tier": "x", "visits": made}
        )
        row = cv.visit_compliance(frame, {"x": 1}).loc["x"]
        held.append(row["low"] <= 0.61 <= row["high"])
    assert np.mean(held) >= 0.92


def test_orphans_by_hand():
    accounts = pd.DataFrame(
        {
            "account_id": ["A", "B", "C", "C", "D", "E"],
            "manager_id": ["M1", None, "M1", "M2", "M9", "M2"],
        }
    )
    assert cv.orphans(accounts)["owners"].to_dict() == {"B": 0, "C": 2}
    found = cv.orphans(accounts, managers=["M1", "M2"])
    assert found["owners"].to_dict() == {"B": 0, "D": 0, "C": 2}
    assert found.loc["D", "gone"] == 1 and found.loc["C", "managers"] == "M1, M2"


def test_money_goes_to_the_owner_with_the_largest_part():
    owners = pd.DataFrame(
        {
            "account_id": ["A", "A", "B"],
            "manager_id": ["M1", "M2", "M2"],
            "weight": [1.0, 2.0, 1.0],
        }
    )
    found = cv.owned(owners, pd.Series({"A": 60.0, "B": 30.0, "C": 10.0}))
    assert found["amount"].to_dict() == {"M2": 90.0, "": 10.0}
    assert found.loc["M2", "largest"] == pytest.approx(2 / 3)


def test_factors_one_after_the_other():
    found = cv.managers_needed(6000, 600, surge=0.2, support=0.25, churn=0.1)
    assert found.plain == 10
    assert found.with_surge == pytest.approx(12) and found.with_support == pytest.approx(9)
    assert found.needed == pytest.approx(10)
    assert cv.managers_needed(6000, 600, quality=1.25).needed == pytest.approx(8)


def test_when_a_department_pays():
    assert cv.department_break_even(300_000, 20, 150, 400) == pytest.approx(60)
    assert cv.department_break_even(300_000, 20, 400, 400) == np.inf
    assert cv.department_break_even(300_000, 20, 400, 400, gain=10_000) == pytest.approx(30)


BAD = [
    (lambda: cv.wilson(3, 0), "of is 0"),
    (lambda: cv.wilson(5, 3), "met is 5"),
    (lambda: cv.visit_compliance(VISITS, {}), "standard names no class"),
    (lambda: cv.visit_compliance(VISITS, {"gold": 0}), "standard of 'gold'"),
    (lambda: cv.visit_compliance(VISITS, {"silver": 1}), "no row of visits"),
    (lambda: cv.visit_compliance(VISITS.drop(columns="tier"), {"gold": 1}), "lacks 1 column"),
    (lambda: cv.visit_compliance(VISITS.head(0), {"gold": 1}), "no rows"),
    (lambda: cv.visit_compliance(VISITS.assign(visits=-1), {"gold": 1}), "below zero"),
    (lambda: cv.visit_compliance(VISITS.assign(visits="many"), {"gold": 1}), "not numbers"),
    (lambda: cv.orphans(pd.DataFrame({"account_id": ["A"]})), "manager_id"),
    (lambda: cv.orphans(pd.DataFrame({"account_id": [None], "manager_id": ["M"]})), "account_id"),
    (lambda: cv.owned(VISITS.assign(manager_id="M"), pd.Series({"A": np.nan})), "missing"),
    (lambda: cv.workload({}, 1, 1, 1), "names no class"),
    (lambda: cv.workload({"A": 1}, {"B": 1}, 1, 1), "the same classes"),
    (lambda: cv.workload({"A": 1}, 1, 1, 0), "hours is 0"),
    (lambda: cv.workload({"A": -1}, 1, 1, 1), "accounts_per_class"),
    (lambda: cv.managers_needed(100, 10, churn=1), "churn is 1"),
    (lambda: cv.managers_needed(100, 10, support=-0.1), "support is -0.1"),
    (lambda: cv.managers_needed(100, 10, surge="a lot"), "surge is 'a lot'"),
    (lambda: cv.department_break_even(-1, 1, 1, 1), "fixed is -1"),
    (lambda: cv.threshold_jump([1, 2, 3], [1, 2, 3], 2), "at least 10"),
    (lambda: cv.threshold_jump(range(40), range(39), 20), "expected one of each"),
    (lambda: cv.threshold_jump(range(40), range(40), 20, bandwidth=0), "bandwidth is 0"),
    (lambda: cv.threshold_jump(range(40), range(40), 20, bandwidth=3), "within the bandwidth"),
    (lambda: cv.threshold_jump(range(40), range(40), 20, curvature=-1), "curvature is -1"),
    (lambda: cv.threshold_jump(range(40), range(40), 20, kernel="round"), "kernel is"),
    (lambda: cv.threshold_jump(range(40), range(40), np.nan), "cut is nan"),
    (lambda: cv.threshold_jump([np.nan, *range(39)], range(40), 20), "missing"),
    (lambda: cv.placebo_jumps(range(40), range(40), 20, cuts=[20]), "the true cut"),
    (lambda: cv.density_check([5.0] * 40, 5), "at least 10"),
    (lambda: cv.fit_response([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]), "different numbers of visits"),
    (lambda: cv.fit_response([0, 1, 2, 3, 4], [0, -1, -2, -3, -4]), "does not rise"),
    (lambda: cv.fit_response([0, 1, 2], [0, 1]), "expected one of each"),
    (lambda: cv.fit_response([-1, 1, 2, 3, 4], [1, 2, 3, 4, 5]), "below zero"),
    (lambda: cv.fit_response(["a", "b"], [1, 2]), "expected numbers"),
    (lambda: cv.allocate_visits(COSTS, 3), "lacks 1 column"),
    (lambda: cv.allocate_visits(pd.DataFrame({"a": [1.0], "k": [1.0]}), -3), "total is -3"),
    (lambda: cv.allocate_visits(pd.DataFrame({"a": [1.0], "k": [1.0]}), 1, 2), "1 are missing"),
    (lambda: cv.allocate_visits(pd.DataFrame({"a": [-1.0], "k": [1.0]}), 1), "accounts.a"),
    (lambda: cv.allocate_visits(pd.DataFrame({"a": [1.0], "k": [1.0]}), 4, 2, 1), "maximum"),
    (lambda: cv.assign_accounts(COSTS, pd.Series(1.0, index=COSTS.index)), "without capacity"),
    (lambda: cv.assign_accounts(COSTS.replace(90, np.nan)), "a value is missing"),
    (
        lambda: cv.assign_accounts(
            COSTS, pd.Series(9.0, index=COSTS.index), pd.Series(1.0, index=COSTS.columns)
        ),
        "41.0 are missing",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "says"), BAD)
def test_bad_input_is_named(call, says):
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        call()
