"""Methods of lesson 17: published values, cases worked by hand, properties and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.datasets import modechoice
from statsmodels.discrete.conditional_models import ConditionalLogit

from keyacct_utils.lessons import tender as td
from keyacct_utils.lessons.shared.resampling import drawn_counts
from keyacct_utils.lessons.tender import choice
from keyacct_utils.lessons.tender import findings as lesson
from keyacct_utils.world import tender as planted

MODES = ["air", "train", "bus", "gc", "ttme", "hinc_air"]


@pytest.fixture(scope="module")
def travel():
    """210 travellers between Sydney, Canberra and Melbourne, four modes (ships with statsmodels)."""
    rows = modechoice.load_pandas().data
    for number, mode in enumerate(("air", "train", "bus"), 1):
        rows[mode] = (rows["mode"] == number).astype(float)
    rows["hinc_air"] = rows["hinc"] * rows["air"]
    return rows


# --- what decided: published numbers -------------------------------------------------------------


def test_travel_modes_as_published(travel):
    """Greene, Econometric Analysis: constants of air, train, bus; cost, time, income x air."""
    found = td.implied_weights(travel, MODES, "individual", "choice")
    assert found.log_likelihood == pytest.approx(-199.1284, abs=5e-5)
    assert found.without == pytest.approx(-210 * np.log(4))
    expected = (5.2074, 3.8690, 3.1632, -0.0155, -0.0961, 0.0133)
    assert found.weight.tolist() == pytest.approx(expected, abs=5e-5)
    # standard errors of the same table
    assert found.table["se"].tolist() == pytest.approx(
        (0.7791, 0.4431, 0.4503, 0.0044, 0.0104, 0.0103), abs=5e-5
    )
    assert (found.tenders, found.bids) == (210, 840)


def test_the_same_as_statsmodels(linjiang):
    bids = lesson.tenders(linjiang).valid
    bids = bids.assign(price=bids["share"]).head(400)
    names = ["price", "tech", "service"]
    bids = bids[bids.groupby("tender_id")["won"].transform("sum") == 1]
    other = ConditionalLogit(
        bids["won"].astype(float), bids[names].astype(float), groups=bids["tender_id"]
    ).fit(disp=0)
    found = td.implied_weights(bids, names)
    assert found.weight.tolist() == pytest.approx(other.params.tolist(), rel=1e-4)
    assert found.table["se"].tolist() == pytest.approx(other.bse.tolist(), rel=1e-3)
    assert found.log_likelihood == pytest.approx(other.llf, abs=1e-6)


def test_worth_in_price_and_its_limits(travel):
    found = td.implied_weights(travel, MODES, "individual", "choice")
    by = {
        method: td.willingness_to_pay(found, "ttme", "gc", method=method)
        for method in ("fieller", "delta")
    }
    ratio = -found.weight["ttme"] / found.weight["gc"]
    assert by["fieller"].estimate == by["delta"].estimate == pytest.approx(ratio)
    # delta, worked out: variance of a / b
    a, b = found.weight["ttme"], found.weight["gc"]
    cov = found.covariance.loc[["ttme", "gc"], ["ttme", "gc"]].to_numpy()
    slope = np.array([1 / b, -a / b**2])
    half = 1.959964 * np.sqrt(slope @ cov @ slope)
    assert by["delta"].low == pytest.approx(ratio - half, rel=1e-6)
    # Fieller: at its limits a + r b is just 1.96 standard errors from zero
    for end in (by["fieller"].low, by["fieller"].high):
        both = np.array([1.0, end])
        away = (a + end * b) / np.sqrt(both @ cov @ both)
        assert abs(away) == pytest.approx(1.959964, rel=1e-6)
    twice = td.willingness_to_pay(found, "ttme", "gc", step=2)
    assert tuple(twice) == pytest.approx(tuple(2 * v for v in by["fieller"]))


def test_limits_are_without_end_where_price_is_loose():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "tender_id": np.repeat(np.arange(40), 2),
            "price": rng.normal(1, 0.001, 80),
            "tech": rng.normal(70, 10, 80),
        }
    )
    seen = 0.1 * rows["tech"] - rows["price"] + rng.gumbel(size=80)
    rows["won"] = (seen == seen.groupby(rows["tender_id"]).transform("max")).astype(int)
    weights = td.implied_weights(rows, ["price", "tech"])
    if weights.weight["price"] < 0:
        found = td.willingness_to_pay(weights, "tech")
        assert np.isinf(found.low) and np.isinf(found.high)
    else:
        with pytest.raises(ValueError, match="the dearer bid does not lose"):
            td.willingness_to_pay(weights, "tech")


def test_intervals_hold_what_they_should():
    """Of 60 books the 95 % intervals of the worth hold the truth in 92 % or more (150: 97 %)."""
    rng, held = np.random.default_rng(5), []
    true = 10 * planted.BETA["tech"] / -planted.BETA["price"]
    for _ in range(60):
        drawn = planted.draw(rng, 400)
        rows = pd.DataFrame(
            {
                "tender_id": np.repeat(np.arange(400), planted.BIDS),
                "won": (np.arange(planted.BIDS)[None] == drawn.won[:, None]).ravel().astype(int),
            }
            | {
                name: getattr(drawn, name).ravel()
                for name in ("price", "tech", "service", "incumbent")
            }
        )[~drawn.veto.ravel()]
        worth = td.willingness_to_pay(td.implied_weights(rows), "tech", step=10)
        held.append(worth.low <= true <= worth.high)
    assert np.mean(held) >= 0.92


# --- score rules: hand-worked and published ------------------------------------------------------


def test_the_case_of_the_televisions():
    """S003-2e: 24.7 against 24.0 million: exact."""
    lost = [weight - td.price_points(24.7, 24.0, weight) for weight in (30, 40, 60)]
    assert lost == pytest.approx([30 * 0.7 / 24.7, 40 * 0.7 / 24.7, 60 * 0.7 / 24.7])
    assert [round(points, 2) for points in lost] == [0.85, 1.13, 1.70]
    told = lesson.premium().numbers
    assert round(100 * told["over"], 2) == 2.92 and round(100 * told["of_own"], 2) == 2.83
    audit = lesson.case_audit().numbers
    assert round(audit["set"]) == 1992 and audit["listed"] == 19_871 and audit["with"] == 22_341
    assert (audit["least"], audit["gap"]) == (1_659, 4_129)
    assert audit["of_budget"] == pytest.approx(0.114, abs=5e-4)
    assert audit["of_sales"] == pytest.approx(0.035, abs=5e-4)


def test_quality_and_cost_as_published():
    best = td.quality_cost_score([75, 80, 90], [120, 100, 110])
    raw = td.quality_cost_score([75, 80, 90], [120, 100, 110], scale="raw")
    assert best.round(1).tolist() == [83.3, 92.2, 97.3]
    assert raw.round(1).tolist() == [77.5, 86.0, 90.3]


def test_benchmarks_by_hand():
    bids = [80.0, 90.0, 100.0, 130.0]
    assert td.benchmark(bids) == 80 and td.benchmark(bids, "mean") == 100
    # not above 100: 80, 90 and 100
    assert td.benchmark(bids, "second_mean") == 90
    assert td.benchmark(bids, "mean", lowered=0.05) == pytest.approx(95)
    # 5 % above loses 5 points, 5 % below 2.5; far off there are none left
    assert td.price_points(105.0, 100.0, 30, "mean") == pytest.approx(25)
    assert td.price_points(95.0, 100.0, 30, "mean") == pytest.approx(27.5)
    assert td.price_points(150.0, 100.0, 30, "mean") == 0
    assert td.price_points(np.array([100.0, 200.0]), 100.0, 30).tolist() == [30, 15]


def test_five_bids_and_a_veto_by_hand():
    five = lesson.pencil()
    weights = {"price": 30, "tech": 70}
    made = td.score(five, weights)
    assert made["total"].dropna().round(6).tolist() == [81.0, 72.0, 87.0, 86.5]
    assert made["rank"].to_dict()["Chenxi"] == 1 and pd.isna(made.loc["Enkang", "rank"])
    careless = td.score(five.drop(columns="veto"), weights)
    assert careless["rank"].idxmin() == "Dafeng"
    # 63 + 600 / b = 86.5, and 66.5 + 600 / b = 87
    assert td.most_we_may_bid(five, "Chenxi", weights) == pytest.approx(600 / 23.5)
    assert td.most_we_may_bid(five, "Dafeng", weights) == pytest.approx(600 / 20.5)
    assert td.most_we_may_bid(five, "Chenxi", weights, ceiling=25.2) == 25.2
    # Boda makes up for its plan only by a price that leaves Dafeng 66.5 + 5.5 points: 30 b / 30
    assert td.most_we_may_bid(five, "Boda", weights) == pytest.approx(5.5, abs=1e-6)
    assert np.isnan(td.most_we_may_bid(five, "Boda", {"price": 5, "tech": 95}))


def test_the_most_against_one_rival_has_a_formula():
    two = pd.DataFrame({"price": [24.7, 24.0], "tech": [90, 80]}, index=["us", "them"])
    found = td.most_we_may_bid(two, "us", {"price": 30, "tech": 70})
    assert found == pytest.approx(24.0 / (1 - 7 / 30))
    assert td.most_we_may_bid(two, "us", {"price": 5, "tech": 95}, ceiling=50) == 50


@settings(max_examples=30)
@given(
    st.lists(st.floats(10, 1000), min_size=2, max_size=6),
    st.sampled_from(td.RULES),
    st.floats(0.5, 3),
)
def test_the_unit_of_money_does_not_matter(prices, rule, factor):
    bids = pd.DataFrame({"price": prices, "tech": np.linspace(60, 90, len(prices))})
    weights = {"price": 40.0, "tech": 60.0}
    one = td.score(bids, weights, rule)
    other = td.score(bids.assign(price=bids["price"] * factor), weights, rule)
    assert one["total"].to_numpy() == pytest.approx(other["total"].to_numpy(), rel=1e-6)
    assert (one["total"] <= 100 + 1e-9).all()


def test_many_tenders_are_scored_as_one_by_one(linjiang):
    found = lesson.tenders(linjiang)
    bids = lesson._scored(found)
    some = bids[bids["tender_id"].isin(bids["tender_id"].unique()[:12])]
    for rule in td.RULES:
        many = lesson._totals(some, pd.Series(rule, index=some.index), some["valid"], 1.0, 0.5)
        for _, part in some.groupby("tender_id"):
            names = {"price": "price_weight", "tech": "tech_weight", "service": "service_weight"}
            weights = {name: float(part[of].iloc[0]) for name, of in names.items()}
            one = td.score(part.assign(veto=~part["valid"]), weights, rule)["total"]
            assert many[part.index].to_numpy() == pytest.approx(one.to_numpy(), nan_ok=True)


# --- bids ----------------------------------------------------------------------------------------


def test_resamples_climbed_together_are_those_climbed_one_by_one(linjiang, monkeypatch):
    found = lesson.tenders(linjiang)
    bids = lesson._model(found)
    names = ("price", "tech", "service", "incumbent", "local")
    together = choice.resampled_weights(bids, names, draws=8)
    monkeypatch.setattr(choice, "TOGETHER", 2 * len(bids))  # in parts of two
    in_parts = choice.resampled_weights(bids, names, draws=8)
    monkeypatch.setattr(choice, "NEWTON", 1)  # none arrives: each is climbed by itself
    alone = choice.resampled_weights(bids, names, draws=8)
    for other in (in_parts, alone):
        assert together.to_numpy() == pytest.approx(other.to_numpy(), rel=1e-4, abs=1e-6)
    assert together["price"].nunique() == 8


def test_a_resample_that_tells_the_winner_without_fail_has_no_weights():
    """Of four tenders one is won by the dearer bid: resamples without it have no weight."""
    rows = [(t, price, int(price == won)) for t, won in enumerate((1, 1, 1, 2)) for price in (1, 2)]
    bids = pd.DataFrame(rows, columns=["tender_id", "price", "won"])
    drawn = choice.resampled_weights(bids, ["price"], draws=50)["price"]
    counts = drawn_counts(4, 50, np.random.default_rng(0))
    lost = counts[:, 3] == 0
    assert lost.any() and not lost.all()
    inside = ~lost & (counts[:, 3] < 4)
    # k of 4 won by the dearer: odds k / (4 - k)
    odds = np.log(counts[inside, 3] / (4 - counts[inside, 3]))
    assert drawn[inside].to_numpy() == pytest.approx(odds, abs=1e-4)
    assert drawn[lost].isna().all()


def test_gates_as_in_a_worked_exercise():
    """Four rivals, beaten at a markup of 3, 5 and 7 %: an exercise set in courses on construction
    management, whose worked answer gives the three sums; here they are reckoned again.
    """
    rivals = [[0.75, 0.82, 0.67, 0.88], [0.68, 0.75, 0.60, 0.80], [0.60, 0.68, 0.54, 0.72]]
    sums = [1 + sum((1 - p) / p for p in row) for row in rivals]
    assert sums == pytest.approx([2.18174, 2.7206, 3.378], abs=5e-4)
    assert td.gates(rivals) == pytest.approx([1 / 2.18174, 1 / 2.7206, 1 / 3.378], abs=1e-4)
    assert td.friedman(rivals[0]) == pytest.approx(0.75 * 0.82 * 0.67 * 0.88)
    # of four equals each wins a quarter (Gates); Friedman's product says an eighth
    assert td.gates([0.5, 0.5, 0.5]) == 0.25 and td.friedman([0.5, 0.5, 0.5]) == 0.125


def test_one_rival_with_uniform_bids_has_a_best_bid():
    """A rival between 80 and 100 and a cost of 70: (b - 70) (100 - b) / 20 is best at 85."""
    chance = lambda b: np.clip((100 - b) / 20, 0, 1)  # noqa: E731
    found = td.best_bid(70.0, chance, 100.0)
    assert found.bid == pytest.approx(85, abs=1e-4) and found.chance == pytest.approx(0.75)
    assert found.profit == pytest.approx(11.25)
    # a curse of 10 %: cost 77, best at 88.5
    assert td.best_bid(70.0, chance, 100.0, curse=0.1).bid == pytest.approx(88.5, abs=1e-4)
    low = td.best_bid(70.0, chance, 82.0)
    assert low.at_ceiling and low.bid == pytest.approx(82, abs=1e-3)


def test_the_best_bid_of_a_logit_meets_its_condition():
    """b - c = 1 / (slope (1 - P))."""
    rival = pd.DataFrame({"price": [0.8], "tech": [80.0]})
    weights = {"price": -9.0, "tech": 0.06}
    at = lambda b: td.win_probability(b, {"tech": 80.0}, rival, weights)  # noqa: E731
    found = td.best_bid(0.7, at, 1.2)
    assert found.bid - 0.7 == pytest.approx(1 / (9 * (1 - found.chance)), rel=1e-5)
    assert td.win_probability(0.8, {"tech": 80.0}, rival, weights) == pytest.approx(0.5)
    # ten points for 0.6 / 9 of the price: even again
    price = 0.8 + 0.6 / 9
    assert td.win_probability(price, {"tech": 90.0}, rival, weights) == pytest.approx(0.5)


def test_at_the_planted_weights_the_best_bid_is_within_one_percent(linjiang):
    """What is left is the spread of the fields of rivals that the book happens to hold."""
    met = lesson._met(lesson.tenders(linjiang))
    weights = {name: value for name, value in planted.BETA.items() if name != "local"}
    at = lambda b: np.asarray(td.win_probability(b, planted.OWN, met, weights))  # noqa: E731
    found = td.best_bid(planted.REFERENCE_COST, at, 1.0).bid
    assert found == pytest.approx(planted.expected()["best_bid"], rel=0.01)


def test_the_winners_curse_by_hand():
    found = td.winners_curse(pd.Series([100, 200, np.nan]), pd.Series([110, 200, 5]))
    # mean of .1 and 0, standard error .05, t of one degree 12.706
    assert tuple(found) == pytest.approx(
        (0.05, 0.05 - 12.706 * 0.05, 0.05 + 12.706 * 0.05), rel=1e-4
    )


def test_the_chance_to_undercut_by_hand():
    past = [1.0, 1.1, 1.2, 1.3]
    # 2 of 4 above 1.15; of 1.2 one above and one equal; never 0 or 1
    assert td.chance_to_undercut([1.15, 1.2, 2.0], past) == pytest.approx([0.5, 0.4, 0.1])


# --- wins ----------------------------------------------------------------------------------------


def test_win_rates_as_newcombe():
    """Wilson, 81 of 263, 15 of 148, 0 of 20 (Newcombe 1998)."""
    rows = pd.concat(
        pd.DataFrame({"g": name, "won": [1] * k + [0] * (n - k)})
        for name, k, n in (("a", 81, 263), ("b", 15, 148), ("c", 0, 20))
    )
    table = td.win_rates(rows, "g")
    assert table["low"].round(4).tolist() == [0.2553, 0.0624, 0.0]
    assert table["high"].round(4).tolist() == [0.3662, 0.1605, 0.1611]


def test_the_premium_of_winners_by_hand():
    rows = pd.DataFrame(
        {
            "tender_id": list("aabbcc"),
            "price": [100, 110, 200, 260, 50, 50],
            "won": [0, 1, 1, 0, 1, 0],
        }
    )
    assert td.price_ranks(rows).tolist() == [1, 2, 1, 2, 1, 1]
    found = td.price_premium(rows)
    assert found.estimate == pytest.approx(0.1 / 3)
    # over: 0, .1, 0; standard error .1 / 3, as large as the mean; Student's t of 2 degrees 4.3027
    assert found.low == pytest.approx(0.1 / 3 * np.exp(-4.3027), rel=1e-4)
    assert found.high == pytest.approx(0.1 / 3 * np.exp(4.3027), rel=1e-4)
    lowest = td.price_premium(rows.assign(won=[1, 0, 1, 0, 1, 0]))
    assert lowest.estimate == 0 and np.isnan(lowest[1:]).all()


@pytest.mark.parametrize(("lowest", "least"), [(0.45, 0.92), (0.75, 0.87)])
def test_the_interval_of_a_premium_covers_it(lowest, least):
    """Fourteen tenders: the symmetric interval covers 88 and 81 %, and reaches below 0."""
    rng = np.random.default_rng(4)
    tender, held = np.repeat(np.arange(14), 2), []
    for _ in range(600):
        over = rng.exponential(0.07, 14) * (rng.random(14) > lowest)
        if not over.any():
            continue
        dearer = over > 0  # the winner is the second bid where it is the dearer one
        price = np.column_stack([np.ones(14), np.where(dearer, 1 + over, 1.2)]).ravel()
        won = np.column_stack([~dearer, dearer]).astype(int).ravel()
        found = td.price_premium(pd.DataFrame({"tender_id": tender, "price": price, "won": won}))
        assert found.low > 0
        held.append(found.low <= 0.07 * (1 - lowest) <= found.high)
    assert np.mean(held) >= least


def test_audits_by_hand():
    wins = pd.DataFrame({"amount": [60, 40]})
    assert td.audit_wins(wins, 100).verdict == "supported"
    short = td.audit_wins(wins, 130, further=20)
    assert (short.gap, short.least_gap, short.verdict) == (30, 10, "short")
    assert td.audit_wins(wins.assign(at_least=[0, 1]), 130).verdict == "open"
    dated = wins.assign(start="2002-07-01", end="2004-09-30")
    wide = td.audit_wins(dated, 100, period=("2004-01-01", "2004-12-31"))
    assert wide.wider and wide.verdict == "open"


# --- bad input -----------------------------------------------------------------------------------

TWO = pd.DataFrame(
    {
        "tender_id": ["a", "a", "b", "b", "c", "c"],
        "price": [1.0, 1.1, 0.9, 1.2, 1.0, 1.3],
        "tech": [70.0, 80.0, 75.0, 60.0, 66.0, 90.0],
        "won": [1, 0, 1, 0, 0, 1],
    }
)
GOOD = td.implied_weights(
    pd.concat(
        [
            TWO.assign(tender_id=TWO["tender_id"] + str(n), won=TWO["won"] if n else [0, 1] * 3)
            for n in range(4)
        ]
    ),
    ["price"],
)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: td.benchmark([]), "bids holds no price"),
        (lambda: td.benchmark([1.0, 0.0]), "1 of 2 are missing, zero or negative"),
        (lambda: td.benchmark([1.0], "median"), "rule is 'median'"),
        (lambda: td.benchmark([1.0], "mean", lowered=5), "lowered is 5"),
        (lambda: td.price_points(1.0, 0.0, 30), "benchmark is 0.0: expected an amount"),
        (lambda: td.price_points(1.0, 2.0, 30), "below the benchmark 2"),
        (lambda: td.price_points(1.0, 1.0, -3), "weight is -3"),
        (lambda: td.score(lesson.pencil(), {"tech": 70}), "weights lacks 'price'"),
        (lambda: td.score(lesson.pencil().iloc[:0], {"price": 1}), "bids has 0 rows"),
        (lambda: td.score(lesson.pencil().assign(veto=1), {"price": 1}), "all 5 bids are vetoed"),
        (lambda: td.score(lesson.pencil(), {"price": 1, "plan": 2}), "bids lacks 1 column"),
        (
            lambda: td.score(lesson.pencil().assign(tech=900), {"price": 1, "tech": 2}),
            "outside of 0 to",
        ),
        (lambda: td.score(lesson.pencil(), {"price": 0}), "weights are all 0"),
        (lambda: td.most_we_may_bid(lesson.pencil(), "Fuyu", {"price": 1}), "no single row 'Fuyu'"),
        (lambda: td.most_we_may_bid(lesson.pencil(), "Enkang", {"price": 1}), "'Enkang' is vetoed"),
        (lambda: td.quality_cost_score([75], [1, 2]), "technical has 1 values and price 2"),
        (lambda: td.quality_cost_score([0, 0], [1, 2]), "one of them above 0"),
        (lambda: td.quality_cost_score([5, 6], [1, 2], (70, 30)), "add up to 1"),
        (lambda: td.quality_cost_score([5, 6], [1, 2], scale="z"), "scale is 'z'"),
        (lambda: td.audit_wins(pd.DataFrame({"amount": []}), 10), "at least one amount"),
        (lambda: td.audit_wins(pd.DataFrame({"amount": [1]}), 0), "claimed is 0"),
        (lambda: td.implied_weights(TWO.iloc[:0], ["price"]), "bids has 0 rows"),
        (lambda: td.implied_weights(TWO.assign(won=0), ["price"]), r"3 tender\(s\) have no winner"),
        (lambda: td.implied_weights(TWO.assign(won=1), ["price"]), "or several"),
        (lambda: td.implied_weights(TWO.drop(columns="won"), ["price"]), "bids lacks 1 column"),
        (lambda: td.implied_weights(TWO.assign(price=1.0), ["price"]), "do.es. not vary"),
        (lambda: td.implied_weights(TWO.assign(won=[1, 0] * 3), ["price"]), "tells the winner"),
        (lambda: td.implied_weights(TWO, ["price", "tech", "won"]), "expected more tenders"),
        (
            lambda: td.implied_weights(TWO.assign(x=TWO["price"] * 2), ["price", "x"]),
            "say the same",
        ),
        (lambda: td.implied_weights(TWO.assign(tech=np.nan), ["tech"]), "missing values in tech"),
        (lambda: td.implied_weights(TWO.assign(tech="good"), ["tech"]), "are not numbers"),
        (lambda: td.implied_weights(TWO.iloc[[0, 2, 5]], ["price"]), "no tender has two bids"),
        (lambda: td.implied_weights(TWO, []), "expected names of columns"),
        (lambda: td.resampled_weights(TWO, ["price"], draws=0), "draws is 0"),
        (lambda: td.willingness_to_pay(GOOD, "tech"), "'tech' has no weight"),
        (lambda: td.willingness_to_pay(GOOD, "price"), "expected another"),
        (lambda: td.win_probability(1.0, {}, TWO, {"tech": 1}), "weights lacks 'price'"),
        (lambda: td.win_probability(1.0, {}, TWO, {"price": -1, "tech": 1}), "own lacks tech"),
        (lambda: td.win_probability(1.0, {}, TWO.iloc[:0], {"price": -1}), "rivals has 0 rows"),
        (lambda: td.win_probability(np.nan, {}, TWO, {"price": -1}), "expected prices"),
        (lambda: td.best_bid(0.0, lambda b: b), "cost is 0.0"),
        (lambda: td.best_bid(1.0, lambda b: 0 * b + 0.5, 0.9), "do not bid"),
        (lambda: td.best_bid(1.0, lambda b: 0 * b), "cannot be won"),
        (lambda: td.best_bid(1.0, lambda b: b), "chances from 0 to 1"),
        (lambda: td.best_bid(1.0, lambda b: b, curse=50), "curse is 50"),
        (lambda: td.fields(TWO, 0), "rivals is 0"),
        (lambda: td.fields(TWO.iloc[:0], 2), "bids has 0 rows"),
        (lambda: td.friedman([1.2]), "from 0 to 1"),
        (lambda: td.gates([]), "from 0 to 1"),
        (lambda: td.chance_to_undercut(1.0, []), r"past holds 0 ratio"),
        (lambda: td.winners_curse(pd.Series([1.0]), pd.Series([1.0])), "expected 2 or more"),
        (lambda: td.winners_curse(pd.Series([1, -1]), pd.Series([1, 1])), "costs above 0"),
        (lambda: td.win_rates(TWO.iloc[:0]), "tries has 0 rows"),
        (lambda: td.win_rates(TWO.assign(won=2)), "neither 0 nor 1"),
        (lambda: td.win_rates(TWO, "kind"), "tries lacks 1 column"),
        (lambda: td.price_ranks(TWO.assign(price=-1)), "6 of 6 are missing, zero or negative"),
        (lambda: td.price_premium(TWO.head(2)), r"1 tender\(s\) with a winner"),
        (lambda: td.asked_for_quality(TWO.assign(tech=1.0), "tech"), "varies within no tender"),
    ],
)
def test_bad_input_says_what_is_wrong(call, says):
    with pytest.raises(ValueError, match=says):
        call()
