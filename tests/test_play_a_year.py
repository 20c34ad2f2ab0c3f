"""The played year by hand: each rule, the same luck for all, limits, published numbers."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from keyacct_utils.book import DATASETS
from keyacct_utils.contract.tables import TABLES
from keyacct_utils.lessons import play_a_year as pl
from keyacct_utils.lessons.play_a_year import decisions as decided
from keyacct_utils.lessons.play_a_year import game, search
from keyacct_utils.lessons.play_a_year.year import Year, year_of
from keyacct_utils.truth.play_a_year import made_up
from keyacct_utils.world import churn, coverage, price_response, relationship_levels
from keyacct_utils.world.play_a_year import RULES

#: No luck at all: nobody grows, fails or listens to a rival, and visits bring what they should.
CALM = {"growth_mean": 0.0, "growth_sd": 0.0, "visit_noise": 0.0, "refusal_loss": 0.0}


@pytest.fixture(scope="module")
def year() -> Year:
    return made_up(np.random.default_rng(3), 60)


def alone(**changed) -> Year:
    """One account: sales of 1,000, margin 50, four visits a quarter, terms T1, no luck."""
    found = made_up(np.random.default_rng(1), 1)
    given = {
        "sales": [1000.0], "all_sales": [1000.0], "priced": [50.0], "visits": np.zeros((1, 4)),
        "terms": ["T1"], "chance": [0.0], "elasticity": [-1.4], "level": [1], "value": [0.0],
        "score": [80.0], "listed": [False], "tier": ["gold"], "wallet": [1e9],
    } | changed  # fmt: skip
    rules = found.rules | CALM | given.pop("rules", {})
    return replace(found, rules=rules, **{name: np.array(value) for name, value in given.items()})


def mean(year: Year, decisions: pl.Decisions) -> float:
    return pl.play(year, decisions, 2).mean


def test_the_same_decisions_earn_the_same(year):
    policy = pl.Decisions(terms="T1", visits={"gold": 3}, cutoff=70, discount=0.01)
    first, second = (pl.play(year, policy, 20, seed=4) for _ in range(2))
    assert (first.profit == second.profit).all()
    assert (first.profit != pl.play(year, policy, 20, seed=5).profit).any()
    # fewer draws are the first of more
    assert (pl.play(year, policy, 8, seed=4).profit == first.profit[:8]).all()


def test_what_cannot_matter_changes_nothing_to_the_last_cent(year):
    drawn = game.luck(year, 30, 2)
    base = pl.play(year, pl.Decisions(), drawn=drawn).profit
    lowest = float(year.score.min())
    free = replace(year, rules=year.rules | {"care_2": year.rules["care_1"]})
    strong = [str(name) for name in year.ids[year.level > 1]]
    cut = pl.Decisions(cutoff=lowest + 1e-6)
    refused = [str(name) for name in year.ids[year.score < lowest + 1e-6]]
    same = {
        "terms as they were": pl.Decisions(terms=pd.Series(year.terms, index=year.ids)),
        "a cut-off below everybody": pl.Decisions(cutoff=lowest),
        "no discount": pl.Decisions(discount=0.0),
        "last year's list": pl.Decisions(listed=list(year.ids[year.listed])),
    }
    for name, policy in same.items():
        assert (pl.play(year, policy, drawn=drawn).profit == base).all(), name
    # care without visits to accounts whose tie is as strong
    with_care = pl.play(free, pl.Decisions(listed=strong), drawn=drawn).profit
    assert (with_care == pl.play(free, pl.Decisions(listed=[]), drawn=drawn).profit).all()
    # terms and discounts of those who pay in advance
    other = replace(cut, terms=dict.fromkeys(refused, "T3"), discount=dict.fromkeys(refused, 0.1))
    assert (
        pl.play(year, cut, drawn=drawn).profit == pl.play(year, other, drawn=drawn).profit
    ).all()


def test_an_account_keeps_its_luck_whoever_else_is_there(year):
    order = np.arange(len(year))[::-1][:20]
    names = [
        "tier", "sales", "all_sales", "priced", "service", "other", "level", "value", "visits",
        "listed", "terms", "score", "chance", "elasticity", "wallet", "other_service",
    ]  # fmt: skip
    part = replace(
        year, ids=year.ids[order], **{name: getattr(year, name)[order] for name in names}
    )
    whole, some = game.luck(year, 5, 1), game.luck(part, 5, 1)
    for name in ("growth", "alive", "gap", "answer", "stay", "visits"):
        assert (getattr(whole, name)[:, order] == getattr(some, name)).all(), name


def test_each_rule_by_hand():
    # interest: 1,000 x 35 days x 8 %
    interest = 1000 * 35 / 365 * 0.08
    assert mean(alone(), pl.Decisions()) == pytest.approx(50 - interest)
    # two visits a quarter: 10 % (1 - e^-0.9) of the margin, less 8 visits of 3,600; what they add
    # is sold on credit like the rest
    lift = 1 + 0.1 * (1 - np.exp(-0.9))
    visited = mean(alone(), pl.Decisions(visits=2))
    assert visited == pytest.approx((50 - interest) * lift - 8 * 3600)
    # of last year's margin a part came from its visits: without them it is lower
    was = alone(visits=np.full((1, 4), 2.0))
    given_up = mean(was, pl.Decisions(visits=0))
    assert given_up == pytest.approx((50 - interest) / lift)
    # as last year: its interest is that of the sales that the book has
    assert mean(was, pl.Decisions()) == pytest.approx(50 - interest - 8 * 3600)
    # one percent off: volume x 0.99^-1.4, at a margin of 40
    volume = 0.99**-1.4
    price = mean(alone(), pl.Decisions(discount=0.01))
    assert price == pytest.approx(volume * (1000 * 0.99 - 950) - volume * 0.99 * interest)
    # three months: 57 days more are a price that is lower by 8 % x 57 / 365
    factor = 1 - 0.08 * 57 / 365
    longer = mean(alone(), pl.Decisions(terms="T3"))
    assert longer == pytest.approx(factor**-1.4 * (50 - 1000 * 92 / 365 * 0.08))
    # refused: half stay and pay in advance, which counts as a higher price
    stays = 0.5 * (1 + 0.08 * 35 / 365) ** -1.4 * 50
    assert pl.expected(alone(), pl.Decisions(cutoff=90)) == pytest.approx(stays)


def test_a_default_stops_the_account_and_takes_a_part_of_what_it_owes():
    sure = alone(chance=[1.0])
    interest = 1000 * 35 / 365 * 0.08
    owed = 1000 * 35 / 365 * 0.45
    assert pl.expected(sure, pl.Decisions()) == pytest.approx((50 - interest) / 2 - owed)
    played = pl.play(sure, pl.Decisions(), 2000)
    assert played.parts["defaults"].to_numpy() == pytest.approx(-owed)
    assert played.parts["goods"].mean() == pytest.approx(25, abs=3 * 50 / np.sqrt(12 * 2000))


def test_a_refusal_takes_the_months_after_the_offer():
    """A tie that bears nothing refuses always: 12 % of 5.5 months of twelve."""
    deaf = alone(value=[-1e6], rules={"refusal_loss": 0.12})
    interest = 1000 * 35 / 365 * 0.08
    kept = 1 - 0.12 * 5.5 / 12
    assert pl.expected(deaf, pl.Decisions()) == pytest.approx((50 - interest) * kept)
    fast = alone(value=[1e6], rules={"refusal_loss": 0.12})
    assert pl.expected(fast, pl.Decisions()) == pytest.approx(50 - interest)


def test_the_chance_to_refuse_is_the_mean_of_the_logistic():
    """Beside a plain mean over many gaps, for an offer whose price is one percent lower too."""
    for factor in (1.0, 0.99, 1.012):
        for level, bears in ((2, 6.0), (3, 15.0)):
            found = alone(level=[level], value=[0.4])
            gap = (np.arange(200_000) + 0.5) / 10_000
            room = bears + 3.5 * 0.4 - (100 - (100 - gap) / factor)
            plain = 1 - (1 / (1 + np.exp(-room / 2))).mean()
            exact = game.refusal_chance(found, found.level, np.array([factor]))
            assert exact[0] == pytest.approx(plain, abs=1e-6)


def test_services_leave_oftener_where_promised_visits_are_missed():
    lines = pd.DataFrame({"place": [0], "margin": [100.0], "preventable": [0.01], "own": [0.002]})
    kept, missed = (
        replace(alone(visits=np.full((1, 4), visits)), lines=lines) for visits in (3.0, 2.0)
    )
    for found, hazard in ((kept, 0.012), (missed, 0.018)):
        wait = 12 * hazard
        gone = 100 * (1 - (1 - np.exp(-wait)) / wait)
        drawn = pl.play(found, pl.Decisions(), 20_000).parts["services"]
        error = drawn.std() / np.sqrt(len(drawn))
        assert -drawn.mean() == pytest.approx(gone, abs=4 * error)


def test_no_visit_sells_more_service_than_the_wallet_holds():
    rich, poor = (
        alone(priced=[0.0], sales=[0.0], service=[100.0], wallet=[wallet]) for wallet in (1e9, 10.0)
    )
    lifted = 100 * 0.1 * (1 - np.exp(-0.45 * 9))
    more = [mean(found, pl.Decisions(visits=9)) + 36 * 3600 for found in (rich, poor)]
    assert more == pytest.approx([100 + lifted, 100 + 10 * 0.30])


POLICIES = {
    "as last year": pl.Decisions(),
    "short terms": pl.Decisions(terms="T1"),
    "discount": pl.Decisions(discount=0.02),
    "cut-off": pl.Decisions(cutoff=85),
    "visits": pl.Decisions(visits={"gold": 6, "basic": 0}),
    "a list of all": pl.Decisions(listed=[f"A{n:05d}" for n in range(60)]),
}


@pytest.mark.parametrize("name", POLICIES)
def test_the_drawn_mean_is_that_of_the_closed_form(year, name):
    lines = pd.DataFrame(
        {"place": np.arange(60), "margin": 20_000.0, "preventable": 0.02, "own": 0.003}
    )
    found = replace(year, lines=lines)
    played = pl.play(found, POLICIES[name], 3000, seed=11)
    error = played.profit.std(ddof=1) / np.sqrt(3000)
    assert played.mean == pytest.approx(pl.expected(found, POLICIES[name]), abs=3.5 * error)
    # and a part is missed by it: without the growth of volume the mean lies elsewhere
    flat = replace(found, rules=found.rules | {"growth_mean": -0.05})
    assert abs(played.mean - pl.expected(flat, POLICIES[name])) > 3.5 * error


def test_paired_intervals_hold_what_they_should():
    """Of many sets of drawn years: at least 92 % of the intervals hold the true gain."""
    small = made_up(np.random.default_rng(8), 40)
    base, plan = (
        decided.plan_of(small, item) for item in (pl.Decisions(), pl.Decisions(terms="T1"))
    )
    true = pl.expected(small, plan) - pl.expected(small, base)
    held = []
    for seed in range(120):
        drawn = game.luck(small, 60, seed)
        gain = game.profits(small, plan, drawn) - game.profits(small, base, drawn)
        low, high = game.interval(gain)
        held.append(low <= true <= high)
    assert np.mean(held) >= 0.90  # 95 % less 2.5 standard errors of 120 trials


def test_shapley_of_the_airport():
    """Littlechild & Owen 1973: runways that cost 1, 2 and 3 are shared as 1/3, 5/6 and 11/6."""
    costs = {"small": 1.0, "middle": 2.0, "large": 3.0}
    values = {
        frozenset(names): max((costs[name] for name in names), default=0.0)
        for names in (
            (), ("small",), ("middle",), ("large",), ("small", "middle"), ("small", "large"),
            ("middle", "large"), ("small", "middle", "large"),
        )
    }  # fmt: skip
    found = pl.shapley(values, list(costs))
    assert found == pytest.approx({"small": 1 / 3, "middle": 5 / 6, "large": 11 / 6})
    with pytest.raises(ValueError, match="values lacks"):
        pl.shapley({frozenset(): 0.0}, ["a"])


def test_shapley_values_add_up_and_single_ones_need_not(year):
    plan = pl.Decisions(discount=0.01, cutoff=80, terms="T2")
    table = pl.which_decision_cost_most(year, plan, pl.Decisions(terms="T1"), 20)
    drawn = game.luck(year, 20, 0)
    whole = (
        pl.play(year, pl.Decisions(terms="T1"), drawn=drawn).mean
        - pl.play(year, plan, drawn=drawn).mean
    )
    assert table["shapley"].sum() == pytest.approx(whole)
    assert abs(table["alone"].sum() - whole) > 1.0
    assert set(table.index) == set(decided.DECIDED)
    assert (table.loc[["listed", "visits", "hasten"], ["alone", "shapley"]] == 0).all(axis=None)
    assert table["shapley"].is_monotonic_decreasing


def test_years_needed_as_in_the_tables():
    """Cohen 1988: half a standard deviation, power .8, both sides of 5 %: 63 of each (z, not t)."""
    assert np.ceil(pl.years_needed(0.5, 1.0)) == 63
    assert np.ceil(pl.years_needed(0.2, 1.0)) == 393
    assert np.ceil(pl.years_needed(0.8, 1.0, power=0.9)) == 33
    for wrong in ({"gain": 0.0, "sd": 1.0}, {"gain": 1.0, "sd": -1.0}):
        with pytest.raises(ValueError, match="expected a difference"):
            pl.years_needed(**wrong)
    with pytest.raises(ValueError, match="power is 1: expected a number between"):
        pl.years_needed(1.0, 1.0, power=1)


def test_so_many_years_do_see_it():
    """Simulated: with as many years of each as needed, 80 % of the trials tell the difference."""
    rng, gain = np.random.default_rng(0), 0.5
    n = int(np.ceil(pl.years_needed(gain, 1.0)))
    z = rng.normal(gain, 1, (4000, n)).mean(axis=1) - rng.normal(0, 1, (4000, n)).mean(axis=1)
    assert np.mean(z / np.sqrt(2 / n) > 1.96) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(("count", "mean_of_largest"), [(10, 1.53875), (20, 1.86748)])
def test_the_curse_of_policies_that_are_all_alike(year, monkeypatch, count, mean_of_largest):
    """Harter 1961: expected largest of so many standard normal values; elsewhere it is nothing."""
    rng = np.random.default_rng(5)
    monkeypatch.setattr(search, "profits", lambda *_: rng.normal(size=4000))
    alike = {str(n): pl.Decisions() for n in range(count)}
    found = pl.winners_curse(year, alike, drawn=game.luck(year, 4000, 1))
    assert found["own"].mean() == pytest.approx(mean_of_largest, abs=0.03)
    assert found["others"].mean() == pytest.approx(0.0, abs=0.02)
    with pytest.raises(ValueError, match="policies must be at least 2"):
        pl.winners_curse(year, {"one": pl.Decisions()}, 5)


def test_the_visits_that_pay_are_those_of_the_margin(year):
    """One visit more, and one less, in closed form: neither earns more."""
    price = year.rules["visit_cost"]
    pays = pl.visits_that_pay(year, price)
    assert pays.max() >= 3 and (pays == 0).any()
    calm = replace(
        year, rules=year.rules | CALM, chance=np.zeros(len(year)), visits=np.zeros((len(year), 4)),
        elasticity=np.zeros(len(year)),
    )  # fmt: skip
    pays = pl.visits_that_pay(calm, price)

    def earned(visits):
        plan = decided.plan_of(calm, pl.Decisions(terms="T1"))
        return pl.expected_by_account(
            calm, replace(plan, visits=np.repeat(visits[:, None], 4, 1), days=np.zeros(len(calm)))
        )

    assert (earned(pays) >= earned(pays + 1) - 1e-6).all()
    assert (earned(pays) >= earned(np.maximum(pays - 1, 0)) - 1e-6).all()


def test_care_pays_where_the_closed_form_says(year):
    care = pl.care_that_pays(year)
    strong = year.level > 1
    cost = year.care_visits * year.rules["visit_cost"]
    assert care[strong].to_numpy() == pytest.approx(-cost)
    assert (care[~strong] > 1 - cost).mean() > 0.5


def test_the_best_found_is_reproducible_and_within_the_limits(linjiang):
    year = year_of(linjiang)
    first, second = (pl.best_found(year, 4, generations=2) for _ in range(2))
    assert first.rule == second.rule and first.tried == second.tried
    plan = decided.plan_of(year, first.decisions)
    assert plan.hours(year) <= year.hours and plan.money(year) <= year.money
    half = year.limited(hours=0.5)
    found = decided.plan_of(half, pl.best_found(half, 4, generations=4).decisions)
    assert found.hours(half) <= 0.5 * year.hours


def test_the_best_found_beats_all_others_on_fresh_years(linjiang):
    year = year_of(linjiang)
    best = pl.best_found(year)
    drawn = game.luck(year, 200, 0)
    ours = pl.play(year, best.decisions, drawn=drawn).profit
    others = {
        "as last year": pl.Decisions(),
        "advice": pl.advice(year),
        "by lot": pl.random_list(year, seed=1),
        "short terms": pl.Decisions(terms="T1"),
    }
    for name, policy in others.items():
        lead = ours - pl.play(year, policy, drawn=drawn).profit
        assert game.interval(lead)[0] > 0, name
    table = pl.compare(year, {"best": best.decisions, **others}, drawn=drawn)
    assert table.loc["best", "better"] == 1.0
    assert table.loc["advice", "gain_high"] < 0
    assert (table.loc["as last year", ["gain", "gain_low", "gain_high"]] == 0).all()


def test_the_rules_are_the_constants_of_the_generator():
    for name, _, _, source, value in RULES:
        for part in source.split(", "):
            module, constant = part.split(".")
            planted = getattr(import_module(f"keyacct_utils.world.{module}"), constant)
            if isinstance(planted, int | float):
                assert value in (planted, -planted), name


def test_every_rule_has_a_unit():
    """In the generator, and in the file that is handed out; the contract says where it stands."""
    assert all(unit.strip() for _, unit, _, _, _ in RULES)
    columns = {column.name: column for column in TABLES["year_mechanisms"].columns}
    assert columns["value"].unit == "as the column unit says"
    units = {name: unit for name, unit, _, _, _ in RULES}
    lines = {column.name: column.unit for column in TABLES["subscriptions"].columns}
    for name in ("price_gap", "satisfaction"):
        assert units[f"unit_{name}"] == units[f"mean_{name}"] == lines[name].split()[0]


def test_accounts_answer_as_in_the_generators(linjiang):
    """The lesson's rules beside the generators' own functions, account by account."""
    year = year_of(linjiang)
    rng = np.random.default_rng(2)
    # ties: what each level bears, some months after an offer
    level, months = rng.integers(1, 4, 300), rng.integers(0, 24, 300)
    many = replace(year, value=np.zeros(300))
    new = year.rules["tolerance_new"] - year.rules["tolerance_1"]
    extra = new * 0.5 ** (months / year.rules["half_life"]) * (level == 1)
    planted = relationship_levels.tolerance(level, months)
    assert game.bears(many, level) + extra == pytest.approx(planted)
    # visits: a trial without noise
    lift = year.lift(np.array([[3.0, 0.0, 1.0, 7.0]]))
    kept = -np.expm1(-coverage.K * np.array([3, 0, 1, 7])) * coverage.A / 100
    assert lift[0] == pytest.approx(kept.mean())
    # services: the hazard of each line that runs, visits kept and missed
    rows = linjiang.table("subscriptions")
    rows = rows[rows["end"].isna() & rows["account_id"].isin(year.ids)]
    for missed, ratio in ((0, 1.0), (1, year.rules["ratio_missed_visits"])):
        planted = churn.relative_hazard(rows.assign(missed_visits=missed))
        ours = year.line["preventable"] * ratio / year.rules["hazard_preventable"]
        assert ours == pytest.approx(planted)
    # prices and defaults: of each account what was planted for it
    assert set(np.round(year.elasticity, 2)) >= set(price_response.ELASTICITY.values())
    file = DATASETS / "linjiang" / "truth" / "credit_grade_risk.csv"
    risk = pd.read_csv(file).set_index("account_id")["default_probability"]
    assert year.chance == pytest.approx(risk.reindex(year.ids).to_numpy(), abs=1e-4)


def test_the_parts_of_two_groups_add_up(year):
    plan = decided.plan_of(year, pl.Decisions(cutoff=80, discount=0.01))
    drawn = game.luck(year, 12, 3)
    each = game.profits_by_group(year, plan, drawn, year.tier)
    assert list(each) == sorted(set(year.tier))
    assert each.sum(axis=1).to_numpy() == pytest.approx(game.profits(year, plan, drawn))
    mine = drawn.first(5)
    assert (mine.growth == game.luck(year, 5, 3).growth).all() and len(mine) == 5


def test_a_policy_is_trimmed_to_the_money_too(year):
    """With less room the advice gives less discount, and can be played."""
    last = decided.plan_of(year, pl.Decisions())
    poor = replace(year, money=last.money(year) + 1e5)
    fits = decided.affordable(poor, pl.Decisions(discount=0.01))
    plan = decided.plan_of(poor, fits)
    assert plan.money(poor) == pytest.approx(poor.money)
    assert 0 < plan.discount[0] < 0.01 and np.ptp(plan.discount) == 0
    rich = replace(year, money=np.inf)
    same = pl.Decisions(discount=0.01)
    assert decided.affordable(rich, same) is same


def test_the_year_is_that_of_the_book(linjiang):
    year = year_of(linjiang)
    rows = linjiang.table("ledger")
    last = rows[rows["date"].dt.year == 2024]
    power = last[last["line"] == "P"].groupby("account_id")["revenue"].sum().reindex(year.ids)
    assert year.sales == pytest.approx(power.fillna(0.0).to_numpy(), abs=0.01)
    margin = (last["revenue"] - last["cost_goods"]).sum()
    assert year.whole.sum() == pytest.approx(margin, abs=1.0)
    bills = linjiang.table("invoices").drop_duplicates("account_id", keep="last")
    terms = bills.set_index("account_id")["terms_code"].reindex(year.ids)
    assert (terms.dropna() == pd.Series(year.terms, year.ids)[terms.notna()]).all()
    assert year.visits.sum() == linjiang.table("visits")["visits"].sum()
    assert year.hours == pytest.approx((year.visits.sum() + 96 * 5) * (60 + 44) / 60)
    running = linjiang.table("subscriptions")["end"].isna()
    assert len(year.lines) == running.sum()
    assert list(year.cases.index) == sorted(
        linjiang.table("cases").loc[lambda d: d["end"].isna(), "case_id"]
    )


WRONG = {
    "there is no class and no account 'golf'": pl.Decisions(visits={"golf": 2}),
    "did you mean 'gold'": pl.Decisions(visits={"golf": 2}),
    "visits is -1: expected a number from 0 to 60": pl.Decisions(visits={"gold": -1}),
    "visits is nan": pl.Decisions(visits=float("nan")),
    "visits is True": pl.Decisions(visits=True),
    "discount is -0.01: expected a number from 0 to 0.5": pl.Decisions(discount=-0.01),
    "discount is 5": pl.Decisions(discount=5),
    "terms is 30: expected one of T1, T2, T3": pl.Decisions(terms=30),
    r"terms is \['T1'\]: expected one of T1, T2, T3": pl.Decisions(terms=["T1"]),
    "discount is 1.5: expected a number from 0 to 0.5 .*1 % is 0.01": pl.Decisions(discount=1.5),
    "listed is 5; expected a list of ids": pl.Decisions(listed=5),
    "cutoff is 'B'": pl.Decisions(cutoff="B"),
    "listed: there is no 'A99999'": pl.Decisions(listed=["A00001", "A99999"]),
    "listed is one text": pl.Decisions(listed="A00001"),
    "hasten: there is no 'P1'; expected ids such as none": pl.Decisions(hasten=["P1"]),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_bad_decision_is_named(year, said):
    with pytest.raises(ValueError, match=said):
        pl.play(year, WRONG[said], 2)


def test_a_limit_is_named_with_the_way_out(year):
    limited = replace(year, hours=100.0, money=1e6)
    with pytest.raises(
        ValueError, match=r"take [\d,]+ hours, the year has 100. Take away [\d,]+ v"
    ):
        pl.play(limited, pl.Decisions(visits=4), 2)
    # what it says to take away does suffice, though it is not a whole number of visits
    tight = replace(year, hours=decided.plan_of(year, pl.Decisions(visits=4)).hours(year) - 2.0)
    with pytest.raises(ValueError, match="Take away 2 visits a year, or 1 account from"):
        pl.play(tight, pl.Decisions(visits=4), 2)
    poor = replace(year, money=1e5)
    with pytest.raises(ValueError, match=r"money: these decisions cost .* Give less discount"):
        pl.play(poor, pl.Decisions(discount=0.05), 2)
    with pytest.raises(ValueError, match="hours is -1: expected a part"):
        year.limited(hours=-1)
    fits = decided.affordable(limited, pl.Decisions(visits=4))
    assert 0 < decided.plan_of(replace(limited, money=np.inf), fits).hours(limited) <= 100


def test_bad_arguments_are_named(year):
    for wrong, said in (
        (lambda: pl.play(year, "T1", 2), "decisions is str: expected Decisions"),
        (lambda: pl.luck(year, 1), "draws must be at least 2"),
        (lambda: pl.best_found(year, 1), "draws must be at least 2"),
        (lambda: pl.best_found(year, generations=0), "generations must be at least 1"),
        (lambda: pl.top_by_sales(year, 0), "share is 0: expected a part"),
        (lambda: pl.years_until_it_shows(year, pl.Decisions(), draws=5), "earn the same"),
        (lambda: pl.advice(year, discount=0.9), None),
    ):
        if said is None:
            with pytest.raises(ValueError, match=r"discount is 0.9"):
                pl.play(year, wrong(), 2)
            continue
        with pytest.raises(ValueError, match=said):
            wrong()
