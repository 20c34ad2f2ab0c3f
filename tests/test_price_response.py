"""Methods of lesson 16: published values, hand-worked cases, properties, coverage, bad input."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from keyacct_utils.lessons import price_response as pr
from keyacct_utils.lessons.price_response import prices, response, tariffs
from keyacct_utils.world.price_response import price_panel

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def states() -> pd.DataFrame:
    """Cigarettes in 48 American states, 1995 (Stock & Watson, Introduction to Econometrics)."""
    rows = pd.read_csv(FIXTURES / "cigarettes.csv")
    return rows.assign(
        price=rows["price"] / rows["cpi"],
        sales_tax=(rows["taxs"] - rows["tax"]) / rows["cpi"],
        tax=rows["tax"] / rows["cpi"],
        log_income=np.log(rows["income"] / rows["population"] / rows["cpi"]),
    )


def of_states(states, **how):
    return pr.elasticity(states, "pooled", volume="packs", unit="state", **how)


def test_cigarettes_as_published(states):
    """Stock & Watson, ch. 12: ordinary least squares -1.213 and three instrumental estimates with
    their robust errors (.32), (.37), (.25).
    """
    assert of_states(states).estimate == pytest.approx(-1.213, abs=5e-4)
    for wanted, error, how in (
        (-1.084, 0.32, {"instruments": ["sales_tax"]}),
        (-1.143, 0.37, {"instruments": ["sales_tax"], "controls": ["log_income"]}),
        (-1.277, 0.25, {"instruments": ["sales_tax", "tax"], "controls": ["log_income"]}),
    ):
        found = of_states(states, **how)
        assert found.estimate == pytest.approx(wanted, abs=5e-4)
        assert found.error == pytest.approx(error, abs=5e-3)
        assert (found.accounts, found.rows) == (48, 48)


def test_first_stage_is_the_robust_f(states):
    """The F of the instruments, by statsmodels: robust errors, the income held fixed."""
    x = sm.add_constant(states[["sales_tax", "tax", "log_income"]])
    fit = sm.OLS(np.log(states["price"]), x).fit(cov_type="HC1")
    wanted = fit.f_test("sales_tax = 0, tax = 0").fvalue
    found = of_states(states, instruments=["sales_tax", "tax"], controls=["log_income"])
    assert found.strength == pytest.approx(float(wanted), rel=1e-6) and found.strength > 200


def panel(seed=0, accounts=60, months=30, elasticity=None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    if elasticity is None:
        elasticity = np.full(accounts, -0.5)
    cubes = price_panel(
        rng, elasticity, np.arange(accounts) % 6, rng.lognormal(9, 1, accounts), months
    )
    rows = pd.DataFrame({name: values.ravel() for name, values in cubes.items()})
    return rows.assign(
        account_id=np.repeat([f"A{n:03d}" for n in range(accounts)], months),
        month=np.tile(np.arange(months), accounts),
        log_list=np.log(rows["list_price"]),
        unit_price=rows["amount"] / rows["volume"],
    )


REPAIRED = {"instruments": ["log_list"], "controls": ["risk"]}


def test_within_is_least_squares_with_dummies():
    rows = panel(accounts=8, months=9).drop(index=[3, 17, 40])  # unbalanced
    found = pr.elasticity(rows)
    y, p = np.log(rows["volume"]), np.log(rows["price"])
    dummies = pd.get_dummies(rows[["account_id", "month"]].astype(str), dtype=float)
    x = np.column_stack([p, dummies])
    assert found.estimate == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0][0], abs=1e-8)


def shaken(seed: int, accounts: int = 60, months: int = 40) -> pd.DataFrame:
    """Half of what moves a price, and half of what moves a volume, hits all accounts of a month."""
    rng = np.random.default_rng(seed)
    price, volume = (
        rng.normal(0, 0.1, (accounts, months)) + rng.normal(0, 0.1, months) for _ in range(2)
    )
    return pd.DataFrame(
        {
            "account_id": np.repeat(np.arange(accounts), months),
            "month": np.tile(np.arange(months), accounts),
            "price": np.exp(price).ravel(),
            "volume": np.exp(volume - 0.5 * price).ravel(),
            "log_cost": (price + rng.normal(0, 0.05, price.shape)).ravel(),
        }
    )


def test_errors_clustered_two_ways_are_those_of_statsmodels():
    rows = shaken(3)
    logs = np.log(rows[["volume", "price"]])
    logs = logs - logs.groupby(rows["account_id"]).transform("mean")
    groups = rows[["account_id", "month"]].to_numpy()
    fit = sm.OLS(logs["volume"], logs["price"])
    two = fit.fit(cov_type="cluster", cov_kwds={"groups": groups})
    one = fit.fit(cov_type="cluster", cov_kwds={"groups": groups[:, 0]})
    found = pr.elasticity(rows, period=None, cluster=["account_id", "month"])
    assert found.error == pytest.approx(two.bse.iloc[0])
    assert found.one_way == pytest.approx(stats.t.ppf(0.975, 59) * one.bse.iloc[0])
    # the fewer clusters are the 40 months
    assert found.fewest == 40
    assert found.high - found.low == pytest.approx(2 * stats.t.ppf(0.975, 39) * found.error)
    alone = pr.elasticity(rows, period=None)
    assert alone.error == pytest.approx(one.bse.iloc[0]) and alone.fewest == 60
    # an account in several lines has several rows a month: the intersection is no single row
    twice = pd.concat([rows, rows.assign(volume=rows["volume"] * 1.1)])
    again = pr.elasticity(twice, "pooled", cluster=("account_id", "month"))
    x = sm.add_constant(np.log(twice["price"]))
    fit = sm.OLS(np.log(twice["volume"]), x)
    two = fit.fit(
        cov_type="cluster", cov_kwds={"groups": twice[["account_id", "month"]].to_numpy()}
    )
    # the constant is one of our columns there, and is not counted in the factor here
    assert again.error == pytest.approx(two.bse["price"], rel=1e-3)


def test_what_hits_a_month_is_in_an_interval_of_two_ways():
    """Months left in: within accounts alone most 95 % intervals miss, with the months they hold."""
    tries, held = 100, np.zeros(2)
    for seed in range(tries):
        found = pr.elasticity(shaken(seed), period=None, cluster=["account_id", "month"])
        off = abs(found.estimate + 0.5)
        held += off <= found.one_way, off <= found.high - found.estimate
    assert held[0] <= 50 and held[1] >= 90
    # taken off, they leave nothing to count
    found = pr.elasticity(shaken(0), cluster=["account_id", "month"])
    assert found.high - found.estimate < 1.3 * found.one_way


def test_instruments_clustered_two_ways_by_hand():
    rows = shaken(4, accounts=30, months=12)
    found = pr.elasticity(rows, "pooled", instruments=["log_cost"], cluster=["account_id", "month"])
    y, p, z = (
        np.asarray(v - v.mean())
        for v in (np.log(rows["volume"]), np.log(rows["price"]), rows["log_cost"])
    )
    e = z @ y / (z @ p)
    score = pd.Series(z * (y - e * p))
    n, meat = len(rows), 0.0
    for sign, by in ((1, ["account_id"]), (1, ["month"]), (-1, ["account_id", "month"])):
        sums = score.groupby([rows[name] for name in by]).sum()
        meat += sign * (sums**2).sum() * len(sums) / (len(sums) - 1) * (n - 1) / (n - 2)
    assert found.estimate == pytest.approx(e)
    assert found.error == pytest.approx(np.sqrt(meat) / abs(z @ p), rel=1e-6)


def test_what_the_months_leave_of_the_price_by_hand():
    """Logs 0 and 0.2 of one account, 0 and 0 of the other: 0.02 within, 0.01 beside the months."""
    rows = pd.DataFrame(
        {"account_id": list("AABB"), "month": [1, 2, 1, 2], "price": np.exp([0, 0.2, 0, 0])}
    )
    assert pr.price_left(rows) == pytest.approx(0.5)
    assert pr.price_left(rows.assign(price=[1, 2, 3, 6])) == pytest.approx(0, abs=1e-12)
    assert pr.price_left(rows.assign(price=[1, 2, 2, 1])) == pytest.approx(1)
    assert pr.price_left(rows.assign(price=1.0)) == 0
    assert pr.price_left(rows.head(1)) == 0
    with pytest.raises(ValueError, match="above zero"):
        pr.price_left(rows.assign(price=[1, 2, 0, 1]))


def test_a_price_may_be_its_own_instrument():
    """That was least squares, or "Singular matrix", by the rounding of the last digit."""
    for seed in range(5):
        rows = panel(seed, accounts=12, months=12)
        rows = rows.assign(log_price=np.log(rows["price"]))
        plain = pr.elasticity(rows, controls=["risk"])
        found = pr.elasticity(rows, controls=["risk"], instruments=["log_price"])
        assert (found.estimate, found.error) == pytest.approx((plain.estimate, plain.error))
        assert found.strength == np.inf


def test_accounts_of_one_month_each_say_so():
    rows = panel().drop_duplicates("account_id")
    with pytest.raises(ValueError, match="no account_id has two rows: nothing"):
        pr.elasticity(rows, period=None)


def test_the_sign_is_wrong_and_the_posted_price_repairs_it():
    rows = panel(1)
    assert pr.elasticity(rows).estimate > 0
    found = pr.elasticity(rows, **REPAIRED)
    assert found.low <= -0.5 <= found.high and found.high - found.low < 0.2
    assert found.strength > 1_000


def test_the_interval_of_the_mean_covers():
    """At least 92 % of 95 % intervals hold the true elasticity."""
    held = 0
    for seed in range(200):
        found = pr.elasticity(panel(seed, 40, 16), **REPAIRED)
        held += found.low <= -0.5 <= found.high
    assert held >= 184


def test_the_intervals_of_the_accounts_cover():
    held, count = 0, 0
    for seed in range(12):
        found = pr.account_elasticities(
            panel(seed, 60, 24), instrument="log_list", controls=["risk"]
        )
        z = (found["elasticity"] + 0.5) / found["error"]
        held, count = held + (z.abs() <= 2.07).sum(), count + len(z)  # t with 22 degrees
    assert 0.92 <= held / count <= 0.98


def test_the_intervals_of_the_substitution_cover():
    rng, held = np.random.default_rng(5), 0
    month = np.tile(np.arange(30), 30)
    for _ in range(150):
        first = np.repeat(rng.integers(5, 25, 30), 30)
        spread = np.where(month >= first, 1.2, 0.7)
        log = -0.12 * spread + 0.01 * month + rng.normal(0, 0.1, 900)
        rows = pd.DataFrame(
            {
                "account_id": np.repeat(np.arange(30), 30),
                "month": month,
                "peak_volume": np.exp(log),
                "valley_volume": 1.0,
                "peak_price": np.exp(spread),
                "valley_price": 1.0,
            }
        )
        found = pr.substitution(rows)
        held += found.low <= 0.12 <= found.high
    assert held >= 138


def test_an_account_alone_is_its_own_regression():
    """Without effects that others share, the slope of an account is that of its own months."""
    rows = panel(2, 12, 20)
    alone = rows[rows["account_id"] == "A003"]
    x, y = np.log(alone["price"]), np.log(alone["volume"])
    both = pd.concat([alone, alone.assign(account_id="B", volume=1.0, month=alone["month"] + 99)])
    found = pr.account_elasticities(both, fewest=8).loc["A003", "elasticity"]
    # each month has one account: its effect and the slope cannot be told apart, so the least of
    # both is taken; with months of their own in common they can
    assert np.isfinite(found)
    wide = pr.account_elasticities(rows).loc["A003", "elasticity"]
    dummies = pd.get_dummies(rows["month"].astype(str), dtype=float)
    own = pd.get_dummies(rows["account_id"], dtype=float)
    design = np.column_stack([own, own.mul(np.log(rows["price"]), axis=0), dummies])
    full = np.linalg.lstsq(design, np.log(rows["volume"]), rcond=None)[0]
    assert wide == pytest.approx(full[own.shape[1] + 3], abs=1e-6)
    assert np.isfinite(np.polyfit(x, y, 1)).all()


def test_division_bias_by_hand_and_undone():
    """Volume 100, 110, 90, 105, 95 at amounts of 100: the slope is -1 exactly."""
    read = np.array([100, 110, 90, 105, 95])
    slope = np.polyfit(np.log(100 / read), np.log(read), 1)[0]
    assert slope == pytest.approx(-1)
    # e = -0.1, spread of the true log price 0.2, error 0.1: (-0.1 x 0.04 - 0.01) / 0.05
    assert pr.division_free(-0.28, np.sqrt(0.05), 0.1) == pytest.approx(-0.1)
    assert pr.division_free(-0.3, 0.2, 0.0) == pytest.approx(-0.3)
    assert np.isnan(pr.division_free(-0.3, 0.05, 0.05))


def test_division_bias_in_a_panel():
    rng = np.random.default_rng(3)
    price = np.exp(rng.normal(0, 0.2, 4_000))
    volume = 50 * price**-0.1 * np.exp(rng.normal(0, 0.05, 4_000))
    read = volume * np.exp(rng.normal(0, 0.1, 4_000))
    rows = pd.DataFrame(
        {
            "account_id": np.repeat(np.arange(100), 40),
            "volume": read,
            "price": volume * price / read,
        }
    )
    found = pr.elasticity(rows, period=None)
    assert found.estimate == pytest.approx(-0.28, abs=0.02)
    assert pr.division_free(found.estimate, found.spread, 0.1) == pytest.approx(-0.1, abs=0.03)


@pytest.fixture(scope="module")
def told() -> tuple[pd.DataFrame, np.ndarray]:
    true = np.repeat([-0.1, -0.5, -1.4], [60, 100, 40])
    rows = panel(4, 200, 48, np.random.default_rng(0).permutation(true))
    found = pr.account_elasticities(rows, instrument="log_list", controls=["risk"])
    return pr.elasticity_class(found), np.random.default_rng(0).permutation(true)


def test_chances_of_classes_add_up_and_are_true(told):
    found, true = told
    chance = found[list(response.CLASSES)]
    assert chance.sum(axis=1).to_numpy() == pytest.approx(1)
    names = np.select([true > -0.2, true >= -1.0], ["rigid", "elastic"], "sensitive")
    right = found["class"].to_numpy() == names
    # what is told with so much chance is right about as often
    assert abs(right.mean() - chance.max(axis=1).mean()) < 0.05
    assert (found["low"] <= found["shrunk"]).all() and (found["shrunk"] <= found["high"]).all()
    assert ((found["low"] <= true) & (true <= found["high"])).mean() >= 0.92
    summary = pr.class_summary(found)
    assert summary["expected"].sum() == pytest.approx(200)
    assert summary["elasticity"].to_numpy() == pytest.approx([-0.1, -0.5, -1.4], abs=0.06)


def test_intervals_of_accounts_cover_where_there_are_no_classes():
    """Elasticities that are spread evenly: at least 92 % of the 95 % intervals hold theirs."""
    rng, held = np.random.default_rng(6), []
    for seed in range(4):
        true = rng.normal(-0.6, 0.4, 200)
        rows = panel(seed, 200, 36, true)
        found = pr.elasticity_class(
            pr.account_elasticities(rows, instrument="log_list", controls=["risk"])
        )
        held.append(((found["low"] <= true) & (true <= found["high"])).mean())
    assert np.mean(held) >= 0.92


def test_shrinkage_moves_the_noisy_and_leaves_the_clear():
    own = pd.DataFrame(
        {
            "elasticity": [*np.linspace(-0.6, -0.4, 30), -3.0, -3.0],
            "error": [*[0.1] * 30, 1.5, 0.1],
            "months": 40,
        }
    )
    found = pr.elasticity_class(own)
    noisy, clear = found["shrunk"].iloc[30], found["shrunk"].iloc[31]
    assert noisy > -2.0 and clear == pytest.approx(-3.0, abs=0.1)
    assert found["class"].iloc[31] == "sensitive"


def test_the_cuts_belong_to_the_middle():
    """A size of 0.2 or 1.0 itself is elastic."""
    own = pd.DataFrame({"elasticity": [-0.125] * 10, "error": 0.001, "months": 40})
    assert set(pr.elasticity_class(own, (0.125, 1.0))["class"]) == {"elastic"}
    assert set(pr.elasticity_class(own, (0.15, 1.0))["class"]) == {"rigid"}
    assert set(pr.elasticity_class(own, (0.05, 0.1))["class"]) == {"sensitive"}


def test_break_even_as_published():
    """Nagle & Holden: a margin of 45 % and 5 % off need 12.5 % more; so do the rules of thumb."""
    assert pr.break_even_growth(0.05, 0.45) == pytest.approx(0.125)
    assert pr.break_even_growth(0.05, 0.25) == pytest.approx(0.25)
    assert pr.break_even_growth(0.10, 0.25) == pytest.approx(2 / 3)
    assert pr.break_even_growth(-0.05, 0.25) == pytest.approx(-1 / 6)


def test_a_discount_by_hand():
    """100 units at 10 that cost 8: 200 before. With 5 % off and e = -1.4: 1.5 x 100 x .95^-1.4."""
    one = pd.DataFrame(
        {"volume": [100.0], "price": [10.0], "unit_cost": [8.0], "elasticity": [-1.4]}
    )
    found = pr.discount_targets(one, 0.05).iloc[0]
    after = 1.5 * 100 * 0.95**-1.4
    assert found["by_volume"] == pytest.approx(after - 200) and found["by_keeping"] == 0
    assert found["verdict"] == "cannot be told"  # no interval
    sure = pr.discount_targets(one.assign(low=-1.5, high=-1.3), 0.05)
    assert sure["verdict"].iloc[0] == "does not pay"
    assert sure["low"].iloc[0] == pytest.approx(1.5 * 100 * 0.95**-1.3 - 200)


def test_a_discount_that_keeps_the_account_by_hand():
    """A gap of 8 against a tolerance of 5 and a slope of 2: half of (1 + e^1.5) stay."""
    one = pd.DataFrame(
        {
            "volume": [100.0], "price": [10.0], "unit_cost": [8.0], "elasticity": [0.0],
            "gap": [8.0], "tolerance": [5.0],
        }
    )  # fmt: skip
    found = pr.discount_targets(one, 0.05, slope=2.0).iloc[0]
    now = 1 / (1 + np.exp(1.5))
    then = 1 / (1 + np.exp(-(5 - (100 - 92 / 0.95)) / 2))
    assert found["gain"] == pytest.approx(then * 150 - now * 200)
    assert found["by_volume"] + found["by_keeping"] == pytest.approx(found["gain"])


def test_a_promise_by_hand():
    # 3 % of 100, 5 % of 200 (not 9), nothing of 300
    assert pr.guarantee_cost([3, 9, -2], [100, 200, 300], most=5) == pytest.approx(13)
    assert pr.guarantee_cost([3, 9, -2], [100, 200, 300], most=5, claimed=0.5) == 6.5


#: Four respondents, worked by hand.
FOUR = pd.DataFrame(
    {
        "too_cheap": [10, 20, 30, 40],
        "cheap": [20, 30, 40, 50],
        "expensive": [40, 50, 60, 70],
        "too_expensive": [60, 70, 80, 90],
    }
)


def test_price_points_by_hand():
    """Cheap: 1 at 20, .75 at 30, .5 at 40, .25 at 50. Expensive: .25 at 40, .5 at 50. They meet
    between 40 and 50, half of the way. Too cheap is 0 above 40, too expensive above 0 from 60 on:
    they meet where both are 0 first, at 50. Not cheap is .25 at 30 and too cheap .5 there; at 40
    they are .5 and .25: half of the way. At 60 one in four finds it too expensive, and one in four
    not expensive.
    """
    found = pr.price_sensitivity_meter(FOUR)
    assert found.indifference == pytest.approx(40 + 10 * (0.25 / 0.5))
    assert found.optimum == pytest.approx(50)
    assert found.cheapest == pytest.approx(30 + 10 * 0.5)
    assert found.dearest == 60
    assert (found.respondents, found.left_out) == (4, 0)
    other = pr.price_sensitivity_meter(FOUR, "other")
    assert found.cheapest <= other.cheapest <= other.dearest <= found.dearest


def test_answers_out_of_order_are_left_out():
    muddled = pd.concat([FOUR, FOUR.iloc[:1, ::-1].set_axis(FOUR.columns, axis=1)])
    found = pr.price_sensitivity_meter(muddled)
    assert (found.respondents, found.left_out) == (4, 1)
    assert found.indifference == pr.price_sensitivity_meter(FOUR).indifference


def test_dispersion_by_hand():
    """Seven accounts, one line, four months; six pay 10, one pays 8 for 50 units a month."""
    rows = pd.DataFrame(
        [
            (f"A{n}", "L", month, 50 + n, (8 if n == 3 else 10) * (50 + n))
            for n in range(7)
            for month in range(4)
        ],
        columns=["account_id", "line", "month", "volume", "revenue"],
    )
    found = pr.price_dispersion(rows, peers=6)
    low = found.loc[("A3", "L")]
    assert low["gap"] == pytest.approx(np.log(0.8)) and low["high"] < np.log(0.81)
    assert low["forgone"] == pytest.approx(4 * 53 * 2)
    others = found.drop(index=[("A3", "L")])
    assert others["gap"].to_numpy() == pytest.approx(0) and others["forgone"].sum() == 0
    # twice the list price for A3: then it pays 0.4 of it, and the others all of it
    listed = rows.assign(list_price=np.where(rows["account_id"] == "A3", 20.0, 10.0))
    assert pr.price_dispersion(listed, peers=6, reference="list_price").loc[
        ("A3", "L"), "gap"
    ] == pytest.approx(np.log(0.4))


def test_peers_leave_the_account_itself_out():
    table = np.arange(12.0).reshape(6, 2)
    middle, many = prices._peer_median(table, np.arange(6.0), 2)
    # neighbours of the third in size are the second and the fourth
    assert middle[2] == pytest.approx((table[1] + table[3]) / 2) and (many == 2).all()
    assert middle[0] == pytest.approx((table[1] + table[2]) / 2)
    one, none = prices._peer_median(table[:1], np.zeros(1), 5)
    assert np.isnan(one).all() and (none == 0).all()


LOADS = pd.DataFrame(
    {
        "peak_volume": [100.0], "flat_volume": [100.0], "valley_volume": [100.0],
        "peak_price": [1.2], "flat_price": [0.8], "valley_price": [0.4], "volume": [300.0],
        "baseline": [200.0], "wet_volume": [150.0], "holiday_volume": [10.0],
        "max_demand": [2.0], "load_factor": [0.7],
    },
    index=["A"],
)  # fmt: skip
COSTS = tariffs.Costs(0.9, 0.6, 0.3, 0.4, 300.0)


def simulated(instrument, size, **how):
    return pr.tariff_simulator(LOADS, instrument, size, COSTS, **how).iloc[0]


def test_the_eight_tariffs_by_hand():
    """A mean price of 0.8 and a mean cost of 0.6; e = 0 leaves volumes as they are."""
    flat = {"elasticity": 0.0, "sigma": 0.0}
    # 5 % of 0.8 on the 100 above the baseline
    assert simulated("over_baseline", 0.05, **flat)["bill"] == pytest.approx(-4.0)
    assert simulated("wet_season", 0.05, **flat)["margin"] == pytest.approx(-6.0)
    assert simulated("holiday", 0.05, **flat)["margin"] == pytest.approx(-0.4)
    assert simulated("load_factor", 0.05, **flat)["margin"] == pytest.approx(-12.0)
    # 100 x 1.2 x 5 % more, 100 x 0.4 x 5 % less
    assert simulated("wider_spread", 0.05, **flat)["bill"] == pytest.approx(4.0)
    # from one price of 0.8: as much more as less
    assert simulated("two_period", 0.05, **flat)["bill"] == pytest.approx(0.0)
    # 5 units stored: 5 / .75 bought at .38, 5 not bought at 1.2
    stored = simulated("storage", 0.05, **flat)
    assert stored["bill"] == pytest.approx(5 / 0.75 * 0.38 - 6.0)
    assert stored["cost"] == pytest.approx(5 / 0.75 * 0.3 - 4.5)
    # 0.3 kW: 60 hours not sold; half of 300 a kW is handed on
    cut = simulated("interruptible", 0.5, **flat)
    assert cut["volume"] == pytest.approx(-18.0)
    assert cut["bill"] == pytest.approx(-18 * 1.2 - 45.0)
    assert cut["cost"] == pytest.approx(-18 * 0.9 - 90.0)
    assert cut["margin"] == pytest.approx(cut["bill"] - cut["cost"])


def test_volumes_answer():
    more = simulated("load_factor", 0.05, elasticity=-1.4)
    grown = 300 * 0.95**-1.4
    assert more["volume"] == pytest.approx(grown - 300)
    assert more["bill"] == pytest.approx(grown * 0.76 - 240)
    moved = simulated("wider_spread", 0.1, sigma=0.5)
    ratio = (1.1 / 0.9) ** -0.5
    assert moved["volume"] == 0
    assert moved["cost"] == pytest.approx((100 - 200 * ratio / (1 + ratio)) * (0.3 - 0.9))


def test_whom_a_tariff_does_not_concern():
    small = LOADS.assign(baseline=400.0, load_factor=0.3)
    for name in ("over_baseline", "load_factor"):
        found = pr.tariff_simulator(small, name, 0.05, COSTS).iloc[0]
        assert not found["inside"] and found["bill"] == found["margin"] == 0
    frontier = pr.tariff_frontier(LOADS, (0.0, 0.05), COSTS, elasticity=-0.1, sigma=0.1)
    assert len(frontier) == 16 and set(frontier["instrument"]) == set(tariffs.INSTRUMENTS)
    assert frontier.loc[frontier["size"] == 0, "margin"].drop(index=[8, 14]).abs().max() < 1e-9


def test_two_parts_by_hand():
    assert pr.two_part_bill(50_000, 100, 0.45, 30, months=1) == pytest.approx(25_500)
    assert pr.two_part_bill(10_000, 100, 0.45, 30, months=1) == pytest.approx(7_500)


def test_yearly_loads_by_hand():
    months = pd.date_range("2023-01-01", periods=24, freq="MS")
    rows = pd.DataFrame(
        {
            "account_id": "A", "month": months, "peak_volume": 10.0, "flat_volume": 20.0,
            "valley_volume": 30.0, "peak_price": 1.2, "flat_price": 0.8, "valley_price": 0.4,
            "max_demand": np.r_[np.full(12, 5.0), np.full(12, 0.2)], "holiday_volume": 1.0,
        }
    )  # fmt: skip
    found = pr.yearly_loads(rows).loc["A"]
    assert found["volume"] == 720 and found["baseline"] == 720 and found["wet_volume"] == 360
    assert found["peak_price"] == pytest.approx(1.2) and found["holiday_volume"] == 12
    assert found["load_factor"] == pytest.approx(720 / (0.2 * 8_760))


def offers(seed=0, n=3_000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level, gap = rng.integers(1, 4, n), rng.uniform(0, 20, n)
    tolerance = np.array([0, 3.0, 6.0, 15.0])[level]
    stays = rng.random(n) < 1 / (1 + np.exp(-(tolerance - gap) / 2))
    return pd.DataFrame(
        {
            "account_id": rng.integers(0, 500, n), "our_price": 1.0, "rival_price": 1 - gap / 100,
            "bond_level": level, "renewed": stays.astype(int),
        }
    )  # fmt: skip


def test_tolerances_come_back_and_their_intervals_cover():
    table, slope = pr.price_tolerance(offers())
    assert table["tolerance"].to_numpy() == pytest.approx([3, 6, 15], abs=0.8)
    assert slope.low <= 2 <= slope.high
    held = 0
    for seed in range(100):
        table, _ = pr.price_tolerance(offers(seed, 600))
        held += int(((table["low"] <= [3, 6, 15]) & (table["high"] >= [3, 6, 15])).sum())
    assert held >= 276


BAD = (
    (lambda: pr.elasticity(panel().iloc[:0]), "0 rows"),
    (lambda: pr.elasticity(panel()[["account_id", "month", "price"]]), "volume"),
    (lambda: pr.elasticity(panel().assign(price=-1.0)), "above zero"),
    (lambda: pr.elasticity(panel().assign(volume=np.nan)), "finite number above zero"),
    (lambda: pr.elasticity(panel().assign(price=2.0)), "does not move"),
    (lambda: pr.elasticity(panel(accounts=2)), "3 or more"),
    (lambda: pr.elasticity(panel(), "between"), "'pooled' or 'within'"),
    (lambda: pr.elasticity(panel().assign(z=1.0), instruments=["z"]), "does not move"),
    (lambda: pr.elasticity(panel(), instruments=["log_list", "log_list"]), "says the same"),
    (lambda: pr.elasticity(panel().drop_duplicates("account_id")), "compared with itself"),
    (lambda: pr.account_elasticities(panel().head(5)), "8 months"),
    (lambda: pr.account_elasticities(pd.concat([panel(), panel()])), "two rows in one month"),
    (lambda: pr.account_elasticities(panel(), fewest=2), "4 months or more"),
    (lambda: pr.elasticity_class(pd.DataFrame({"elasticity": [1.0]})), "error"),
    (
        lambda: pr.elasticity_class(
            pd.DataFrame({"elasticity": [-1.0] * 4, "error": 0.1, "months": 9})
        ),
        "10 or more",
    ),
    (
        lambda: pr.elasticity_class(
            pd.DataFrame({"elasticity": [-1.0] * 12, "error": 0.0, "months": 9})
        ),
        "not above zero",
    ),
    (
        lambda: pr.elasticity_class(
            pd.DataFrame({"elasticity": [-1.0] * 12, "error": 0.1, "months": 9}), (1.0, 0.2)
        ),
        "in order",
    ),
    (lambda: pr.division_free(-0.5, 0.0, 0.1), "above 0"),
    (lambda: pr.unit_prices(pd.DataFrame({"revenue": [-1.0], "volume": [2.0]})), "above zero"),
    (lambda: pr.break_even_growth(0.25, 0.25), "whole margin"),
    (lambda: pr.break_even_growth(5, 45), "such as 0.05"),
    (lambda: pr.discount_targets(pd.DataFrame()), "lacks"),
    (
        lambda: pr.discount_targets(
            pd.DataFrame({"volume": [0], "price": [1], "unit_cost": [1], "elasticity": [-1]})
        ),
        "without a sound value",
    ),
    (lambda: pr.guarantee_cost([1.0], [1.0, 2.0]), "one of both per account"),
    (lambda: pr.guarantee_cost([1.0], [-1.0]), "below zero"),
    (lambda: pr.price_sensitivity_meter(FOUR.iloc[:0]), "none of 0"),
    (lambda: pr.price_sensitivity_meter(-FOUR), "below zero"),
    (lambda: pr.price_sensitivity_meter(FOUR, "both"), "'not' or 'other'"),
    (lambda: pr.price_tolerance(offers().assign(renewed=1)), "always or never"),
    (lambda: pr.price_tolerance(offers().assign(renewed=2)), "0 or 1"),
    (lambda: pr.price_tolerance(offers().assign(our_price=0.0)), "above zero"),
    (lambda: pr.price_tolerance(offers().assign(rival_price=0.9)), "does not vary"),
    (lambda: pr.substitution(pd.DataFrame({"account_id": []})), "lacks"),
    (lambda: pr.tariff_simulator(LOADS, "free", 0.1, COSTS), "expected one of"),
    (lambda: pr.tariff_simulator(LOADS, "holiday", 5, COSTS), "between 0 and 1"),
    (lambda: pr.tariff_simulator(-LOADS, "holiday", 0.1, COSTS), "above zero"),
    (lambda: pr.tariff_simulator(LOADS.drop(columns="baseline"), "over_baseline", 0.1, COSTS), "baseline"),
    (lambda: pr.tariff_simulator(LOADS, "holiday", 0.1, COSTS, sigma=-1), "sigma"),
    (lambda: tariffs.Costs(1, 1, 1, 1, -5), "costs.capacity"),
    (lambda: tariffs.Costs(1, 1, 1, 1, 5, storable=2), "between 0 and 1"),
    (lambda: pr.two_part_bill(-1, 1, 1, 1), "volume"),
    (lambda: pr.yearly_loads(pd.DataFrame()), "lacks"),
    (lambda: pr.price_dispersion(pd.DataFrame()), "lacks"),
    (
        lambda: pr.price_dispersion(
            pd.DataFrame(
                {"account_id": ["A"], "line": ["L"], "month": [1], "volume": [1], "revenue": [1]}
            )
        ),
        "no peers",
    ),
)  # fmt: skip


@pytest.mark.parametrize("place", range(len(BAD)))
def test_bad_input_says_what_was_expected(place):
    call, words = BAD[place]
    with pytest.raises(ValueError, match=words):
        call()


def test_peers_are_the_nearest_in_size_by_brute_force():
    """With all others as peers too, and with missing months."""
    rng = np.random.default_rng(11)
    table = np.where(rng.random((14, 5)) < 0.3, np.nan, rng.normal(size=(14, 5)))
    table[3] = table[4]  # ties
    size = np.arange(14.0)
    for peers in (4, 13, 50):
        middle, many = prices._peer_median(table, size, peers)
        near = min(peers, 13)
        for i, j in np.ndindex(table.shape):
            start = int(np.clip(i - near // 2, 0, 14 - near - 1))
            others = [k for k in range(start, start + near + 1) if k != i]
            known = table[others, j][np.isfinite(table[others, j])]
            assert many[i, j] == len(known)
            if len(known):
                assert middle[i, j] == pytest.approx(np.median(known))


def test_many_lines_cost_little():
    """As a ratio to one line with as many rows: it was more than a hundred once, a frame each."""
    rng = np.random.default_rng(12)
    n = 6_000
    rows = pd.DataFrame(
        {
            "account_id": rng.integers(0, 40, n).astype(str),
            "month": rng.integers(0, 6, n),
            "volume": rng.integers(1, 9, n),
        }
    )
    rows["revenue"] = rows["volume"] * rng.lognormal(0, 0.1, n)
    took = []
    for lines in (8, 800):
        made = rows.assign(line=rng.integers(0, lines, n).astype(str))
        best = []
        for _ in range(3):
            start = time.process_time()
            prices.price_dispersion(made, fewest_peers=2)
            best.append(time.process_time() - start)
        took.append(min(best))
    assert took[1] < 30 * took[0]


def test_an_error_of_volume_there_and_back():
    bent = response.division_bent(-0.5, 0.2, 0.1)
    assert bent == pytest.approx((-0.5 * 0.04 - 0.01) / 0.05)
    whole = np.hypot(0.2, 0.1)  # the spread of the prices as they are read
    assert response.division_free(bent, whole, 0.1) == pytest.approx(-0.5)
    with pytest.raises(ValueError, match="spread"):
        response.division_bent(-0.5, 0.0, 0.1)
