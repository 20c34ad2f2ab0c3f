"""Distributors: published numbers, cases worked by hand, properties and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from keyacct_utils.lessons import channel as ch
from keyacct_utils.lessons.channel import diversion, findings, loading, platforms

# Published numbers


def test_two_wholesalers_of_k_company():
    """S003-10c: 70 % to a hundred users, 75 % to four wholesalers; losing one costs .7 and 18.75 %."""
    many = ch.downstream_concentration([0.70 / 100] * 100, total=1.0)
    few = ch.downstream_concentration([0.75 / 4] * 4, total=1.0)
    assert round(many.hhi, 4) == 0.0049 and round(few.hhi, 4) == 0.1406
    assert many.largest == pytest.approx(0.007) and few.largest == pytest.approx(0.1875)
    # the rest as one buyer: + .3^2 and + .25^2
    assert many.most == pytest.approx(0.0949) and few.most == pytest.approx(0.203125)


@pytest.mark.parametrize(
    ("shares", "points"),
    [
        ((30, 30, 20, 20), 2600),
        ((25, 20, 15, 10, 8, 7, 6, 5, 4), 1540),
        ((25, 20, 15, 10, 8, 7, 6, 9), 1580),
        ((45, 15, 10, 8, 7, 6, 5, 4), 2540),
    ],
)
def test_herfindahl_of_the_department_of_justice(shares, points):
    """The page of the US Department of Justice on the index, in squared percent points."""
    assert 1e4 * ch.downstream_concentration(shares).hhi == pytest.approx(points)


def test_a_circle_of_judgements_and_the_drinks_of_saaty():
    """Saaty (2008), Decision making with the analytic hierarchy process: what is drunk in the US."""
    names = ("coffee", "wine", "beer", "tea", "sodas", "milk", "water")
    rows = [
        [1, 9, 5, 2, 1, 1, 1 / 2],
        [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
        [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
        [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
        [1, 9, 4, 2, 1, 2, 1 / 2],
        [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
        [2, 9, 9, 3, 2, 3, 1],
    ]
    judged = {(names[i], names[j]): rows[i][j] for i in range(7) for j in range(i + 1, 7)}
    weights, ratio = ch.ahp_weights(ch.judgement_matrix(judged, names))
    printed = [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert weights.round(3).tolist() == pytest.approx(printed, abs=0.0011)
    assert round(ratio, 3) == pytest.approx(0.022, abs=0.0011)
    circle = {("sales", "logistics"): 5, ("logistics", "capital"): 3, ("capital", "sales"): 2}
    assert ch.ahp_weights(ch.judgement_matrix(circle))[1] > 1


def test_newcombe_1998():
    """Newcombe (1998), table II, method 10: 56/70 - 48/80 and 9/10 - 3/10."""
    assert findings.difference_of_shares(56, 70, 48, 80) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=5e-5
    )
    assert findings.difference_of_shares(9, 10, 3, 10) == pytest.approx(
        (0.6, 0.1705, 0.8090), abs=5e-5
    )
    assert findings.difference_of_shares(10, 10, 0, 10)[2] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="11 of 10"):
        findings.difference_of_shares(11, 10, 0, 5)


def test_the_rule_of_six_months_flags_one_in_seven():
    """Of seven months in any order one is the highest."""
    for spread in (0.1, 1.0):
        assert ch.false_alarm_rate("six_months", spread) == pytest.approx(1 / 7, abs=0.008)
    rates = [ch.false_alarm_rate("thrice_12", spread) for spread in (0.1, 0.5, 1.0)]
    assert rates == sorted(rates) and rates[0] == 0 and 0.05 < rates[2] < 0.1
    # the multiples of the mean do not know how a buyer varies; the own past does
    assert ch.false_alarm_rate("own_past", 1.0) < 2e-4
    assert ch.false_alarm_rate("six_months", 0.5, quiet=0.4) < 1 / 7


def test_rules_of_the_opioid_litigation_by_hand():
    """McCann (2019), methods A to C, on the buyer's own months."""
    months = [f"2023-{m:02d}" for m in range(1, 13)] + ["2024-01"]
    past = [10, 50, 10, 10, 10, 10, 12, 14, 11, 13, 12, 18]  # highest of the last six: 18, mean 15
    for last, six, twice, thrice in ((18, 0, 0, 0), (19, 1, 0, 0), (31, 1, 1, 0), (46, 1, 1, 1)):
        frame = pd.DataFrame([[*past, last]], index=["x"], columns=months).astype(float)
        for rule, flagged in (("six_months", six), ("twice_12", twice), ("thrice_12", thrice)):
            made = ch.unusual_orders(frame, rule)
            assert made["flagged"].tolist() == [bool(flagged)], (last, rule)
    limits = {rule: ch.unusual_orders(frame, rule)["limit"].iloc[0] for rule in loading.RULES}
    assert limits["six_months"] == 18 and limits["twice_12"] == 30 and limits["thrice_12"] == 45


# Rebate, profit, platforms


def test_a_rebate_by_hand():
    """A margin of 10 % less a rebate of 3: doubling brings 60 % of 7 points anew, paid on twice."""
    assert ch.rebate_break_even(0.10, 0.03, 1.0, 0.4) == pytest.approx(0.021)
    assert ch.rebate_break_even(0.10, 0.03, 1.0, 0.4, on="extra") == pytest.approx(0.042)
    assert ch.rebate_break_even(0.10, 0.03, 1.0) == pytest.approx(0.035)


@pytest.mark.parametrize("on", ["all", "extra"])
@pytest.mark.parametrize("growth", [0.2, 1.0, 3.0])
def test_at_the_break_even_we_earn_what_we_earned(on, growth):
    margin, rebate, taken, volume = 0.11, 0.02, 0.3, 500.0
    rise = ch.rebate_break_even(margin, rebate, growth, taken, on=on)
    before = volume * (margin - rebate)
    new = volume * (1 + growth * (1 - taken)) * (margin - rebate)
    paid = volume * (1 + growth if on == "all" else growth) * rise
    assert new - paid == pytest.approx(before)


def test_what_is_left_to_a_distributor_by_hand():
    table = pd.DataFrame(
        {"sales": [1000.0], "goods": [940.0], "rebate": [20.0], "costs": [70.0], "owed": [200.0]},
        index=["B"],
    )
    found = ch.distributor_profit(table, 0.07).loc["B"]
    assert found["before"] == 10 and found["interest"] == pytest.approx(14)
    assert found["profit"] == pytest.approx(-4) and found["margin"] == pytest.approx(-0.004)
    assert found["margin_before"] == 0.01
    # 14 of interest less 7 on 100 that he owes us
    both = ch.distributor_profit(table.assign(owes=100.0), 0.07).loc["B"]
    assert both["saved"] == pytest.approx(7) and both["net"] == pytest.approx(3)
    assert both["profit"] == pytest.approx(-4) and both["margin_net"] == pytest.approx(0.003)


def test_points_and_money():
    money = pd.DataFrame(
        {"sales": [4.0, 0.0, 2.0], "logistics": [1.0, 1.0, 1.0], "capital": [-1.0, -2.0, -1.5]},
        index=["A", "B", "C"],
    )
    judged = {("sales", "logistics"): 2, ("sales", "capital"): 1, ("capital", "logistics"): 2}
    found = ch.platform_scores(money, judged)
    # weights .4, .2, .4; the column in which all are alike gives 50 to each
    assert found.weights.round(6).tolist() == [0.4, 0.2, 0.4]
    assert found.consistency == pytest.approx(0, abs=1e-9) and found.consistent
    assert found.points["total"].round(6).tolist() == [90.0, 10.0, 50.0]


# Outside the district


def _scans(shares: list[float], each: int = 200) -> tuple[pd.DataFrame, pd.Series]:
    rows = [
        (f"V{n}", "away" if k < round(share * each) else "home")
        for n, share in enumerate(shares)
        for k in range(each)
    ]
    scans = pd.DataFrame(rows, columns=["distributor_id", "district"])
    return scans, pd.Series("home", index=sorted(set(scans["distributor_id"])))


def test_a_standard_score_by_hand():
    scans, home = _scans([0.02, 0.03, 0.04, 0.03, 0.16], each=100)
    found = ch.out_of_district(scans, home)
    # median .03, MAD .01 -> .014826; counting .03 x .97 / 100 = .000291 explains it all
    assert found["expected"].iloc[0] == pytest.approx(0.03) and found["spread"].iloc[0] == 0
    assert found.loc["V4", "z"] == pytest.approx(0.13 / np.sqrt(0.000291))
    assert found.index[found["flagged"]].tolist() == ["V4"]
    # with a hundred times the cases, counting explains next to nothing
    scans, home = _scans([0.02, 0.03, 0.04, 0.03, 0.16], each=10_000)
    wide = ch.out_of_district(scans, home)
    assert wide["spread"].iloc[0] == pytest.approx(np.sqrt(0.014826**2 - 2.91e-6), rel=1e-4)
    assert wide.loc["V4", "z"] == pytest.approx(0.13 / 0.014826, rel=1e-3)


def test_chains_count_neither_way_and_only_his_own():
    scans, home = _scans([0.03] * 5 + [0.30], each=100)
    scans["chain"] = pd.Series(dtype="object")
    away = scans[(scans["distributor_id"] == "V5") & (scans["district"] == "away")].index
    scans.loc[away[:20], "chain"] = "Blue"
    scans.loc[away[20:25], "chain"] = "Red"
    buyers = pd.DataFrame({"distributor_id": ["V5", "V1"], "chain": ["Blue", "Red"]})
    explained = ch.chain_flow(scans, buyers)
    assert explained.sum() == 20
    row = ch.out_of_district(scans, home, explained).loc["V5"]
    assert (row["explained"], row["counted"], row["share"]) == (20, 80, 10 / 80)
    # at home too: ten cases more in stores of his chain leave both numbers
    at_home = scans[(scans["distributor_id"] == "V5") & (scans["district"] == "home")].index
    scans.loc[at_home[:10], "chain"] = "Blue"
    row = ch.out_of_district(scans, home, ch.chain_flow(scans, buyers)).loc["V5"]
    assert (row["explained"], row["abroad"], row["counted"]) == (30, 20, 70)
    assert row["share"] == pytest.approx(10 / 70)


def test_false_alarms_are_those_of_honest_distributors():
    """The expected number against honest books drawn at random."""
    rng = np.random.default_rng(7)
    number, size = 300, 0.03 * 0.97 / 0.01**2 - 1
    home = pd.Series("home", index=[f"V{n:02d}" for n in range(24)])
    flagged, expected = [], []
    for _ in range(60):
        count = rng.binomial(number, rng.beta(0.03 * size, 0.97 * size, 24))
        out = np.arange(number)[None, :] < count[:, None]
        scans = pd.DataFrame(
            {
                "distributor_id": np.repeat(home.index, number),
                "district": np.where(out, "away", "home").ravel(),
            }
        )
        found = ch.out_of_district(scans, home, z_limit=2.0)
        flagged.append(found["flagged"].sum())
        expected.append(ch.expected_false_alarms(found, 2.0))
    error = np.std(flagged, ddof=1) / np.sqrt(len(flagged))
    assert abs(np.mean(flagged) - np.mean(expected)) < 3 * error
    assert np.mean(expected) > 0.4


def test_few_distributors_or_scans_are_not_judged():
    scans, home = _scans([0.0, 0.5, 0.1, 0.2])
    assert not ch.out_of_district(scans, home)["judged"].any()
    scans, home = _scans([0.05] * 6, each=19)
    assert not ch.out_of_district(scans, home)["judged"].any()
    assert np.isnan(ch.expected_false_alarms(ch.out_of_district(scans, home)))
    scans, home = _scans([0.05] * 6, each=20)
    assert ch.out_of_district(scans, home)["judged"].all()


def test_the_gate_by_hand():
    """S003-3a: 90 x .9 + freight against the local price."""
    offers = pd.DataFrame(
        {
            "distributor_id": ["L", "S"],
            "district": ["n", "s"],
            "price": [90.0, 100.0],
            "rebate": [0.1, 0.0],
        }
    )
    prices = pd.Series({"n": 100.0, "s": 91.0})
    ways = pd.DataFrame(
        {"from_district": ["n", "s"], "to_district": ["s", "n"], "freight": [9.0, 0.0]}
    )
    found = ch.arbitrage(offers, prices, ways).set_index("distributor_id")
    assert found["landed"].to_dict() == {"L": 90.0, "S": 100.0}
    assert found["gain"].to_dict() == {"L": 1.0, "S": 0.0}
    assert found["open"].to_dict() == {"L": True, "S": False}  # what gains nothing is closed
    assert not ch.arbitrage(offers, prices, ways, times=1.2)["open"].any()


def test_stress_by_hand():
    ids = ["A", "B"]
    found = ch.stress(
        pd.Series([120.0, 80.0], ids), pd.Series([100.0, 100.0], ids), pd.Series([120.0, 90.0], ids)
    )
    assert found["stress"].tolist() == [1.2, 0.8]
    assert found["excess"].round(6).tolist() == [round(1 / 6, 6), 0.0]
    assert found["met"].tolist() == [1.0, 1.125] and found.loc["B", "left"] < 0


# Months


def _orders(months: int, tail: np.ndarray, early: np.ndarray, who: str = "x") -> pd.DataFrame:
    start = pd.Period("2021-01", "M")
    rows = []
    for n in range(months):
        month = start + n
        rows += [
            (who, month.start_time + pd.Timedelta(days=d), early[n] / 4) for d in (2, 6, 9, 13)
        ]
        rows.append((who, month.end_time.normalize(), tail[n]))
    return pd.DataFrame(rows, columns=["who", "date", "amount"])


def test_loading_is_told_from_late_bills_and_from_nothing():
    rng = np.random.default_rng(2)
    noise = np.exp(rng.normal(0, 0.05, 36))
    load = np.where(np.arange(36) % 3 == 2, 0.6, 0.0)
    paid = noise - np.r_[0, load[:-1]]
    loader = _orders(36, 0.24 * paid + load, 0.76 * paid, "loads")
    late = _orders(36, 0.7 * noise, 0.3 * noise, "late bills")
    steady = _orders(36, 0.22 * noise, 0.78 * noise, "steady")
    found = ch.month_end_spike(pd.concat([loader, late, steady]))
    assert found["judged"].to_dict() == {
        "loads": "loading",
        "late bills": "late bills",
        "steady": "even",
    }
    assert found.loc["loads", "slope"] == pytest.approx(-1, abs=0.2)
    assert found.loc["late bills", "slope_high"] > 0
    assert found["months"].tolist() == [36, 36, 36]


def test_the_last_working_days_follow_the_calendar():
    orders = pd.DataFrame(
        {
            "who": "x",
            "date": pd.to_datetime(["2024-05-24", "2024-05-27", "2024-05-30"]),
            "amount": [5.0, 3.0, 2.0],
        }
    )
    # Friday 24 lies before the last five working days, which begin on Monday 27
    assert ch.month_end_spike(orders)["share"].iloc[0] == pytest.approx(0.5)
    days = pd.date_range("2024-05-01", "2024-05-31")
    closed = pd.DataFrame({"date": days, "workday": (days.day_of_week < 5).astype(int)})
    closed.loc[closed["date"].isin(pd.to_datetime(["2024-05-31", "2024-05-30"])), "workday"] = 0
    found = ch.month_end_spike(orders, closed)  # now from Thursday 23 on
    assert found["share"].iloc[0] == pytest.approx(1.0)
    assert found["even"].iloc[0] == pytest.approx(5 / 21)
    assert found["judged"].iloc[0] == "cannot be told"


def test_dates_of_bills_tell_nothing():
    rows = pd.DataFrame(
        {"who": "x", "date": pd.date_range("2021-01-31", periods=36, freq="ME"), "amount": 1.0}
    )
    assert ch.month_end_spike(rows)["judged"].tolist() == ["cannot be told"]


@pytest.mark.parametrize("months", [12, 48])
def test_how_often_the_interval_of_a_share_holds_it(months):
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(600):
        whole = np.exp(rng.normal(0, 0.3, months))
        part = whole * rng.beta(8 * 0.24, 8 * 0.76, months)
        _, low, high = ch.share_over_months(part, whole)
        held += low <= 0.24 <= high
    assert held / 600 >= 0.92


def test_how_often_the_interval_of_the_slope_holds_nothing():
    """Orders by chance: the next month does not pay for the last days of this one."""
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(300):
        whole = np.exp(rng.normal(0, 0.1, 48))
        part = whole * rng.beta(2, 6, 48)
        _, low, high = loading._slope(part, whole, 0.95)
        held += low <= 0 <= high
    assert held / 300 >= 0.92


def test_a_share_stays_between_nothing_and_all():
    share, low, high = ch.share_over_months([0.0, 0.9, 1.0], [1.0, 1.0, 1.0])
    assert 0 < low < share < high < 1
    assert np.isnan(ch.share_over_months([0.5, 0.5], [1.0, 1.0])[1])


def test_a_month_far_above_the_own_past_and_only_it():
    rng = np.random.default_rng(5)
    months = pd.period_range("2022-01", periods=36, freq="M").astype(str)
    frame = pd.DataFrame(np.exp(rng.normal(4, 0.1, (20, 36))), columns=months)
    frame.loc[3, "2024-08"] *= 3
    found = ch.unusual_orders(frame, since="2024-01")
    assert found.loc[found["flagged"], ["who", "month"]].to_numpy().tolist() == [[3, "2024-08"]]
    assert len(found) == 20 * 12
    # once told against the level of all 36 months: who grows is not unusual
    grown = frame * np.exp(np.linspace(0, 1, 36))
    assert ch.unusual_orders(grown)["flagged"].sum() == 1


def test_who_rarely_buys_is_not_judged():
    months = pd.period_range("2023-01", periods=13, freq="M").astype(str)
    rare = pd.DataFrame([[0, 0, 5, 0, 0, 4, 0, 0, 6, 0, 0, 5, 50]], columns=months).astype(float)
    assert not len(ch.unusual_orders(rare))
    assert ch.unusual_orders(rare, "thrice_12")["flagged"].all()
    assert ch.usual_spread(rare) == 0.0


def test_the_normal_part_of_the_spread_is_found():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(np.exp(rng.normal(0, 0.2, (200, 60)) + np.linspace(0, 2, 60)))
    assert ch.usual_spread(frame) == pytest.approx(0.2, abs=0.01)
    assert stats.norm.sf(3) < 0.01


# Bad input

PROFIT = pd.DataFrame(
    {"sales": [1.0], "goods": [1.0], "rebate": [0.0], "costs": [0.0], "owed": [0.0]}
)
JUDGED = {("sales", "logistics"): 3, ("sales", "capital"): 2, ("logistics", "capital"): 1}
SCANS, HOME = _scans([0.1] * 6)
ORDERS = pd.DataFrame({"who": ["x"], "date": ["2024-01-05"], "amount": [1.0]})
MONTHS = pd.DataFrame([[1.0] * 13], columns=[f"m{n:02d}" for n in range(13)])
OFFER = pd.DataFrame({"distributor_id": ["A"], "district": ["n"], "price": [1.0], "rebate": [0.1]})
WAY = pd.DataFrame({"from_district": ["n"], "to_district": ["s"], "freight": [1.0]})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ch.downstream_concentration([]), "holds no account"),
        (lambda: ch.downstream_concentration([1, -2]), "negative"),
        (lambda: ch.downstream_concentration([0, 0]), "all 2 amounts are zero"),
        (lambda: ch.downstream_concentration([5, 5], total=9), "total is 9 and the named buyers take 10"),
        (lambda: ch.judgement_matrix({("sales", "logistics"): 3}), "the pair sales, capital is missing"),
        (lambda: ch.judgement_matrix(JUDGED | {("logistics", "sales"): 3}), "judged twice"),
        (lambda: ch.judgement_matrix(JUDGED | {("sales", "price"): 3}), "expected two of"),
        (lambda: ch.judgement_matrix(JUDGED | {("sales", "capital"): 0}), "expected a number above 0"),
        (lambda: ch.judgement_matrix(JUDGED | {("sales", "capital"): "3"}), "is '3'"),
        (lambda: ch.platform_scores(pd.DataFrame(), JUDGED), "money has 0 rows"),
        (lambda: ch.platform_scores(pd.DataFrame({"sales": [1.0]}), JUDGED), "one column"),
        (
            lambda: ch.platform_scores(
                pd.DataFrame({"sales": [1.0, np.nan], "logistics": [1.0, 1], "capital": [1.0, 1]}), JUDGED
            ),
            "1 row\\(s\\) hold a missing",
        ),
        (lambda: ch.distributor_profit(PROFIT.drop(columns="owed"), 0.07), "lacks 1 column"),
        (lambda: ch.distributor_profit(PROFIT, 7), "rate is 7: expected a fraction a year"),
        (lambda: ch.distributor_profit(PROFIT.assign(costs=-1.0), 0.07), "missing or negative"),
        (lambda: ch.distributor_profit(PROFIT.assign(sales=0.0), 0.07), "sales are 0"),
        (lambda: ch.distributor_profit(PROFIT.assign(costs="much"), 0.07), "are not numbers"),
        (lambda: ch.rebate_break_even(10, 3), "margin is 10: expected a fraction"),
        (lambda: ch.rebate_break_even(0.1, 0.1), "nothing is left of a unit sold"),
        (lambda: ch.rebate_break_even(0.1, 0.02, 0), "growth is 0"),
        (lambda: ch.rebate_break_even(0.1, 0.02, 1, 40), "taken is 40"),
        (lambda: ch.rebate_break_even(0.1, 0.02, on="more"), "use 'all' or 'extra'"),
        (lambda: ch.out_of_district(SCANS.head(0), HOME), "0 rows"),
        (lambda: ch.out_of_district(SCANS, HOME, z_limit=0), "z_limit is 0"),
        (lambda: ch.out_of_district(SCANS.drop(columns="district"), HOME), "lacks 1 column"),
        (lambda: ch.out_of_district(SCANS, HOME.drop("V0")), "200 row\\(s\\) of V0, whose district"),
        (lambda: ch.out_of_district(SCANS.assign(district=None), HOME), "have no district"),
        (lambda: ch.chain_flow(SCANS, SCANS), "scans lacks 1 column"),
        (lambda: ch.expected_false_alarms(SCANS), "found lacks"),
        (lambda: ch.arbitrage(OFFER, pd.Series({"s": 2.0}), WAY, times=-1), "times is -1"),
        (lambda: ch.arbitrage(OFFER.assign(rebate=3.0), pd.Series({"s": 2.0}), WAY), "0.03 for 3 %"),
        (lambda: ch.arbitrage(OFFER.assign(price=np.nan), pd.Series({"s": 2.0}), WAY), "offers.price"),
        (lambda: ch.arbitrage(OFFER, pd.Series({"s": 2.0}), WAY.drop(columns="freight")), "lacks"),
        (lambda: ch.stress(pd.Series({"A": 1.0}), pd.Series({"B": 1.0})), "name other distributors"),
        (lambda: ch.stress(pd.Series({"A": 1.0}), pd.Series({"A": 0.0})), "expected a number above 0"),
        (lambda: ch.month_end_spike(ORDERS.head(0)), "0 rows"),
        (lambda: ch.month_end_spike(ORDERS, last=0), "last is 0"),
        (lambda: ch.month_end_spike(ORDERS, last=2.5), "last is 2.5"),
        (lambda: ch.month_end_spike(ORDERS, peak=10), "peak is 10"),
        (lambda: ch.month_end_spike(ORDERS.assign(amount=np.nan)), "1 row\\(s\\) lack"),
        (lambda: ch.month_end_spike(ORDERS.drop(columns="who")), "lacks 1 column"),
        (lambda: ch.unusual_orders(MONTHS, "most"), "rule is 'most'"),
        (lambda: ch.unusual_orders(MONTHS, z=0), "z is 0"),
        (lambda: ch.unusual_orders(MONTHS * np.nan), "a month without orders is 0"),
        (lambda: ch.unusual_orders(MONTHS[MONTHS.columns[::-1]]), "no months in order"),
        (lambda: ch.unusual_orders(pd.DataFrame()), "0 rows"),
        (lambda: ch.false_alarm_rate("six_months", 0.0), "above 0"),
        (lambda: ch.false_alarm_rate("six_months", 0.1, quiet=1.0), "quiet is 1.0"),
        (lambda: ch.share_over_months([1.0], [0.0]), "adds up to 0"),
        (lambda: ch.share_over_months([1.0, 2.0], [3.0]), "one number for each month"),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_the_way_out(call, told):
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.parametrize("rows", [1, 2])
def test_one_row_is_no_error(rows):
    assert ch.month_end_spike(pd.concat([ORDERS] * rows))["judged"].tolist() == ["cannot be told"]
    assert ch.unusual_orders(MONTHS)["flagged"].tolist() == [False]
    assert not len(ch.unusual_orders(MONTHS.iloc[:, :5]))
    one = ch.platform_scores(
        pd.DataFrame({"sales": [1.0], "logistics": [2.0], "capital": [3.0]}, index=["A"]), JUDGED
    )
    assert one.points.loc["A"].tolist() == pytest.approx([50.0] * 4)
    assert platforms.PLATFORMS == ("sales", "logistics", "capital")
    assert diversion.Z_LIMIT == 3
