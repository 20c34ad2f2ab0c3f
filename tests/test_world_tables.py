"""The tables of lessons 03-07: they keep the contract, and what was planted is found by a plain estimator.

Tolerances come from 30 seeds (each item recovered in at least 95 % of them); the committed seed must pass all.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls
from scipy.special import expit
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, cohen_kappa_score, roc_auc_score
from statsmodels.api import OLS, Logit, add_constant

from keyacct_utils.contract.tables import CREDIT_CODES, DRIVER_OF_ACTIVITY, TABLES
from keyacct_utils.world import (
    ADDED,
    SEED,
    build_core,
    credit_grade,
    ledger,
    profitability,
    relationship_levels,
    stream,
    value_grading,
)
from keyacct_utils.world.upstream import spend

FIXED = ("district_prices", "district_freight")
NEW_TABLES = (
    "account_profile",
    "activities",
    "cost_pools",
    "ties",
    "renewals",
    "survey",
    "credit_events",
    "defaults",
    "market_index",
    "sector_months",
    "account_months",
    "subscriptions",
    "stage_history",
    "reminders",
    "visits",
    "visit_trials",
    "cases",
    "case_events",
    "feeders",
    "manager_results",
    "judge_scores",
    "targets",
    "opportunities",
    "account_sizes",
    "holdings",
    "wallet_survey",
    "client_forecasts",
    "campaign_months",
    "tenders",
    "bids",
    "distributors",
    "shipments",
    "scans",
    "downstream",
    "district_prices",
    "district_freight",
)


def _world(accounts, months, seed=SEED):
    tables = dict(build_core(accounts, months, seed))
    truth = {}
    for topic, module, name in ADDED:
        added, truth[topic] = module.build(stream(seed, name), tables, months)
        tables |= added
    return tables, truth


@pytest.fixture(scope="module")
def full():
    return _world(600, 48)


@pytest.fixture(scope="module")
def small():
    return _world(100, 24)


def _faults(table, frame, accounts):
    """Every way in which a frame departs from its declaration."""
    spec = TABLES[table]
    faults = [f"unknown {name}" for name in set(frame) - set(spec.names)]
    # what was promised for a case is a rule of days here, and no day that somebody wrote down
    there = set(frame) | ({"promise"} if table == "cases" else set())
    faults += [f"absent {name}" for name in set(spec.names) - there]
    if spec.key and frame.duplicated(list(spec.key)).any():
        faults.append("key repeats")
    # a prospect of opportunities is no account yet
    ids = frame["account_id"] if "account_id" in frame else accounts["account_id"]
    if (
        not (ids.dropna() if spec.name == "opportunities" else ids)
        .isin(accounts["account_id"])
        .all()
    ):
        faults.append("orphans")
    for name in frame:
        column, values = spec.column(name), frame[name].dropna()
        if column.required and frame[name].isna().any():
            faults.append(f"{name} is empty")
        if column.kind in ("integer", "flag") and not (values.astype(float) % 1 == 0).all():
            faults.append(f"{name} is not whole")
        if column.kind == "flag" and not values.isin([0, 1]).all():
            faults.append(f"{name} is no flag")
        if column.kind == "date" and values.dtype.kind != "M":
            faults.append(f"{name} is no date")
        if column.kind == "money" and not np.allclose(
            values * 100, np.rint(values * 100), atol=1e-3
        ):
            faults.append(f"{name} has fractions of a cent")
        if column.allowed and not values.isin(list(column.allowed)).all():
            faults.append(f"{name} not allowed")
        for bad in (
            column.low is not None and (values < column.low).any(),
            column.high is not None and (values > column.high).any(),
            column.above is not None and (values <= column.above).any(),
        ):
            if bad:
                faults.append(f"{name} out of range")
    return faults


@pytest.mark.parametrize("table", NEW_TABLES)
@pytest.mark.parametrize("size", ["full", "small"])
def test_tables_keep_the_contract(request, size, table):
    tables, _ = request.getfixturevalue(size)
    assert _faults(table, tables[table], tables["accounts"]) == []


def test_the_contract_check_sees_a_fault(full):
    tables, _ = full
    bad = tables["ties"].assign(bond_level=4, rebate_pct=-1.0)
    assert _faults("ties", bad, tables["accounts"]) == [
        "rebate_pct out of range",
        "bond_level not allowed",
    ]


@pytest.mark.parametrize(("size", "accounts", "months"), [("full", 600, 48), ("small", 100, 24)])
def test_counts_scale_with_accounts_and_months(request, size, accounts, months):
    tables, _ = request.getfixturevalue(size)
    for name in ("account_profile", "ties", "defaults"):
        assert len(tables[name]) == accounts
    assert len(tables["renewals"]) == 4 * accounts
    assert len(tables["survey"]) == 1.5 * accounts
    assert tables["survey"]["perceived_01"].notna().sum() == (300 if size == "full" else 50)
    assert len(tables["cost_pools"]) == months * 4
    expected = 58_500 * accounts / 600 * months / 48
    assert abs(len(tables["activities"]) / expected - 1) < 0.12
    # Events lie in the months before the default window: 36 of 48, 12 of 24.
    expected = 1_600 * accounts / 600 * (months - 12) / 36
    assert abs(len(tables["credit_events"]) / expected - 1) < (0.15 if size == "full" else 0.45)


def test_building_again_gives_the_same_tables_and_another_seed_others(small):
    tables, truth = small
    again, truth_again = _world(100, 24)
    other, _ = _world(100, 24, seed=SEED + 1)
    for name in NEW_TABLES:
        pd.testing.assert_frame_equal(tables[name], again[name])
        # what a tariff or a map gives is no draw
        assert tables[name].equals(other[name]) == (name in FIXED)
    assert truth["relationship_levels"] == truth_again["relationship_levels"]


def test_truth_is_json_or_frames(full):
    _, truth = full
    for part in truth.values():
        plain = {key: value for key, value in part.items() if not isinstance(value, pd.DataFrame)}
        assert json.loads(json.dumps(plain)) == plain


def test_nothing_happens_before_an_account_joins(full):
    tables, truth = full
    joined = tables["accounts"].set_index("account_id")["start_date"]
    assert len(truth["profitability"]["new_accounts"]) == 75
    for name in ("activities", "renewals", "credit_events"):
        frame = tables[name]
        assert (frame["date"].to_numpy() >= frame["account_id"].map(joined).to_numpy()).all()
    survey = tables["survey"]
    assert (survey["year"] >= survey["account_id"].map(joined).dt.year).all()


# ---- lesson 03


def test_groups_are_found_by_k_means(full):
    tables, truth = full
    points = tables["account_profile"][truth["value_grading"]["axes"]].to_numpy()
    groups = truth["value_grading"]["groups"]["group"]
    assert groups.value_counts().to_dict() == {
        "maintain": 408,
        "key_tomorrow": 84,
        "harvest": 60,
        "key_today": 48,
    }
    found = KMeans(4, n_init=25, random_state=0).fit_predict(points)
    assert adjusted_rand_score(groups, found) >= 0.96
    # The lesson on noise: .55 instead of .35 of an axis unit (1.8 points) blurs the groups.
    extra = 1.8 * np.sqrt(0.55**2 - 0.35**2) * np.random.default_rng(0).normal(size=points.shape)
    assert (
        adjusted_rand_score(
            groups, KMeans(4, n_init=25, random_state=0).fit_predict(points + extra)
        )
        < 0.90
    )


def test_the_next_key_accounts_can_be_seen_coming(full):
    tables, truth = full
    truth = truth["value_grading"]
    assert (len(truth["doubled"]), truth["doubled_in_ledger"]) == (22, True)
    inside = set(truth["pool"]) & set(truth["doubled"])
    assert 50 <= len(truth["pool"]) <= 70 and 12 <= len(inside) <= 22
    before = spend(tables, 48, "P", 2)
    now = spend(tables, 48, "P")
    assert sorted(now.index[now >= 2 * before.where(before > 0)]) == truth["doubled"]
    pool = tables["account_profile"].set_index("account_id").loc[truth["pool"]]
    signals = pd.DataFrame(
        {
            "growth": pool["growth"],
            "headroom": np.log(pool["sales_potential"] / before[pool.index]),
            "rank": -np.log(pool["industry_rank"]),
        }
    )
    score = ((signals - signals.mean()) / signals.std()).sum(axis=1)
    top = score.sort_values(ascending=False).index[:30]
    # potential is not the answer: the better half holds most of those who doubled, not all
    assert 0.7 <= top.isin(truth["doubled"]).sum() / len(inside) <= 1
    assert top.isin(truth["doubled"]).mean() >= 0.45


def test_file_fields_are_92_percent_complete(full):
    files = full[0]["account_profile"][list(value_grading.FILES)]
    assert files.notna().to_numpy().mean() == pytest.approx(0.92)


# ---- lesson 04


def test_pool_drivers_are_the_activities(full):
    tables, _ = full
    activities = tables["activities"]
    team = activities["manager_id"].map(tables["managers"].set_index("manager_id")["team"])
    month = activities["date"].to_numpy().astype("datetime64[M]").astype("datetime64[s]")
    counted = pd.crosstab(
        [pd.Series(month, name="month"), team.rename("team")],
        activities["type"].map(DRIVER_OF_ACTIVITY),
    )
    pools = tables["cost_pools"].set_index(["month", "team"])[list(profitability.RATES)]
    assert (counted.reindex(pools.index, fill_value=0)[pools.columns] == pools).all(axis=None)


def test_contacts_fall_on_working_days(full):
    tables, _ = full
    work = tables["calendar"].set_index("date")["workday"]
    contacts = tables["activities"].loc[lambda a: ~a["type"].isin(["complaint", "urgent"])]
    assert contacts["date"].map(work).eq(1).all()


@pytest.mark.parametrize("size", ["full", "small"])
def test_driver_rates_are_recovered_beside_a_cost_that_no_driver_moves(request, size):
    pools = request.getfixturevalue(size)[0]["cost_pools"]
    counts = pools[list(profitability.RATES)].assign(every_pool=1.0).to_numpy(float)
    rates, _ = nnls(counts, pools["cost"].to_numpy())
    fixed = request.getfixturevalue(size)[1]["profitability"]["fixed_per_pool"]
    assert np.abs(rates / [3600, 500, 1900, 2800, 6400, fixed] - 1).max() < 0.15


def test_whale_curve(full):
    tables, truth = full
    ids, latent = tables["accounts"]["account_id"], tables["latent"].set_index("account_id")
    year = tables["ledger"].loc[lambda t: t["date"] >= "2024-01-01"]
    gross = (year["revenue"] - year["cost_goods"]).groupby(year["account_id"]).sum()
    # Cost of credit: 8 % a year on line P over 35, 62, 92 days by terms.
    credit_cost = (
        spend(tables, 48, "P") * 0.08 * latent["terms"].map({"T1": 35, "T2": 62, "T3": 92}) / 365
    )
    acts = tables["activities"].loc[lambda a: a["date"] >= "2024-01-01"]
    serve = (
        acts["type"]
        .map(DRIVER_OF_ACTIVITY)
        .map(profitability.RATES)
        .groupby(acts["account_id"])
        .sum()
        .reindex(ids, fill_value=0.0)
    )
    profit = gross.reindex(ids, fill_value=0.0) - credit_cost.reindex(ids) - serve
    assert profit[profit > 0].sum() / profit.sum() == pytest.approx(
        truth["profitability"]["whale_peak"], abs=1e-4
    )
    # 1.65 is planted before the service (world.margins.WHALE_PEAK); the service adds to it
    before = profit + serve
    assert before[before > 0].sum() / before.sum() == pytest.approx(1.65, abs=0.02)
    assert truth["profitability"]["whale_peak"] > 1.75
    assert (profit < 0).mean() == pytest.approx(truth["profitability"]["loss_share"], abs=1e-4)
    assert set(profit.index[(profit < 0) & (before >= 0)]) == (
        set(truth["profitability"]["overserved"])
    )
    # a tenth of the gross profit, and nobody near the edge
    assert 0.08 < serve.sum() / gross.sum() < 0.13
    edge = (serve / before)[before > 0]
    assert not edge.between(0.87, 1.2).any()
    assert set(truth["profitability"]["custom_work"]) <= set(truth["profitability"]["overserved"])
    assert (profit[latent.index[latent["big_loss"].astype(bool)]] < 0).sum() == 29
    assert (profit[truth["profitability"]["overserved"]] < 0).all()
    # Without service these would be profitable.
    assert (profit + serve)[truth["profitability"]["overserved"]].min() > 0


def _served(tables):
    """Cost to serve of 2024 by account, at the planted rates."""
    acts = tables["activities"].loc[lambda a: a["date"] >= "2024-01-01"]
    cost = acts["type"].map(DRIVER_OF_ACTIVITY).map(profitability.RATES)
    return cost.groupby(acts["account_id"]).sum().reindex(
        tables["accounts"]["account_id"], fill_value=0.0
    )  # fmt: skip


def test_new_small_accounts_cost_more_to_serve(full):
    _, truth = full
    cost = truth["profitability"]["cost_to_serve_by_year"]
    assert cost["new_accounts"][:2] == [0.0, 0.0]
    per_new = cost["new_accounts"][3] / 75
    # those whose work is made for them are old, and take more than all of the new together
    custom = set(truth["profitability"]["custom_work"])
    served = _served(full[0])
    old = served.drop(index=[*custom, *truth["profitability"]["new_accounts"]])
    assert 2.0 < per_new / old.mean() < 3.5
    assert served[list(custom)].mean() > 2 * per_new


# ---- lesson 05


def _design(tables):
    frame = tables["renewals"].merge(
        tables["ties"][["account_id", "account_value"]], on="account_id"
    )
    level = frame["bond_level"].to_numpy()
    fresh = 0.5 ** (frame["months_since_offer"].to_numpy() / 6)
    gap = 100 * (1 - frame["rival_price"] / frame["our_price"]).to_numpy()
    x = np.column_stack(
        [level == 1, level == 2, level == 3, (level == 1) * fresh, -gap, frame["account_value"]]
    ).astype(float)
    return x, frame["renewed"].to_numpy(), level


def test_a_refusal_takes_its_share_of_the_next_twelve_months_and_of_no_other():
    renewals = pd.DataFrame({
        "account_id": ["b", "b", "b", "a", "a"],
        "date": pd.to_datetime(
            ["2021-03-09", "2021-12-30", "2022-01-02", "2022-11-05", "2021-01-31"]
        ),
        "renewed": [0, 0, 1, 0, 1],
    })  # fmt: skip
    kept = relationship_levels.bought_after(
        renewals, pd.Series(["a", "b"]), pd.Timestamp("2021-01-01"), 24,
        relationship_levels.Bonds(refusal_loss=0.2),
    )  # fmt: skip
    assert kept[0] == pytest.approx([1.0] * 23 + [0.8])
    # b refused in month 2 (3 to 14 suffer) and in month 11 (12 to 23): both in 12 to 14
    assert kept[1] == pytest.approx([1.0] * 3 + [0.8] * 9 + [0.64] * 3 + [0.8] * 9)
    none = relationship_levels.Bonds(refusal_loss=0.0)
    at = pd.Timestamp("2021-01-01")
    assert (
        relationship_levels.bought_after(renewals, pd.Series(["a", "b"]), at, 24, none) == 1
    ).all()


def test_years_move_with_refusals_but_for_those_that_the_plan_states():
    latent = pd.DataFrame({
        "growth": [0.10, 0.10, -0.05, 1.20, 0.05], "new": False, "doubled": [False] * 3 + [True, False],
        "role": ["plain", "efficiency", "growth_only", "plain", "plain"],
    })  # fmt: skip
    annual = np.repeat([[8_000_000, 9_000_000, 10_000_000, 11_000_000]], 5, axis=0)
    annual[3, 2], annual[4, 2] = 5_200_000, 6_000_000
    kept = np.array([[0.9, 0.95, 0.95, 0.9]] * 5)
    same = 11_000_000 / (1.026 / 1.018)
    power = ledger.refused_years(annual, kept, latent, "P")
    assert (power[:, [0, 3]] == annual[:, [0, 3]]).all()
    # half way between the years that stay, on a logarithmic scale: both at 0.9
    assert power[:, 1] == pytest.approx(9_000_000 * 0.95 / 0.9, abs=10)
    assert power[0, 2] == pytest.approx(10_000_000 * 0.95 / 0.9, abs=10)
    assert power[1, 2] == pytest.approx(10_000_000 * 0.95 / 0.9, abs=10)
    assert power[2, 2] == pytest.approx(same / 0.98, abs=10)  # a grower by role falls by 2 %
    assert power[3, 2] == pytest.approx(same / 2.06, abs=10)  # one that doubled still does
    assert power[4, 2] == pytest.approx(same / 1.7, abs=10)  # and no other
    other = ledger.refused_years(annual, kept, latent, "S")
    assert (other[:, 3] == annual[:, 3]).all()
    assert other[:, 0] == pytest.approx(annual[:, 0] * 0.9 / 0.9, abs=1)
    assert other[:, 1] == pytest.approx(annual[:, 1] * 0.95 / 0.9, abs=1)
    short = ledger.refused_years(annual[:, :2], kept[:, :2], latent, "P")
    assert (short == annual[:, :2]).all()


def test_the_ledger_was_made_with_the_refusals_of_the_book(full):
    """Three accounts of equal kind would differ by chance; the median of all shows the planted loss
    month by month: the month before an offer against the second after it.
    """
    tables, truth = full
    loss = truth["relationship_levels"]["share_of_purchases_lost_after_a_refusal"]
    assert loss == 0.12
    power = tables["ledger"][tables["ledger"]["line"] == "P"]
    month = power["date"].dt.year * 12 + power["date"].dt.month
    sold = power["revenue"].groupby([power["account_id"], month]).sum().unstack(fill_value=0.0)
    offers = tables["renewals"]
    at = offers["date"].dt.year * 12 + offers["date"].dt.month
    inside = at.between(sold.columns[1], sold.columns[-3])
    row = sold.index.get_indexer(offers.loc[inside, "account_id"])
    place = (at[inside] - sold.columns[0]).to_numpy()
    values = sold.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.log(values[row, place + 1] / values[row, place - 1])
    usable = np.isfinite(change)
    refused = (offers.loc[inside, "renewed"] == 0).to_numpy()
    seen = np.median(change[usable & refused]) - np.median(change[usable & ~refused])
    assert seen == pytest.approx(np.log(1 - loss), abs=0.025)  # 3 standard errors of the medians


def test_visits_of_the_ties_are_those_of_the_final_book():
    for seed in (SEED, 110):  # with seed 110 a visit fewer is drawn on the final ledger
        tables, _ = _world(600, 48, seed=seed)
        acts = tables["activities"]
        since = acts["date"] >= pd.Timestamp("2024-01-01")
        counted = acts.loc[since & (acts["type"] == "visit"), "account_id"].value_counts()
        ties = tables["ties"].set_index("account_id")["visits_year"]
        assert (ties == counted.reindex(ties.index, fill_value=0)).all()


def test_tolerances_are_recovered_with_the_account_value(full):
    tables, truth = full
    x, renewed, _ = _design(tables)
    fit = Logit(renewed, x).fit(disp=0).params
    one, two, three, extra = fit[:4] / fit[4]
    assert (one, two) == (pytest.approx(3, abs=0.8), pytest.approx(6, abs=0.8))
    assert three == pytest.approx(15, abs=1.2)
    assert extra == pytest.approx(3, abs=1.6)
    assert fit[5] / fit[4] == pytest.approx(truth["relationship_levels"]["gamma"], abs=0.6)
    blind = Logit(renewed, x[:, :5]).fit(disp=0).params
    assert 16 <= blind[2] / blind[4] <= 27


def test_naive_effect_is_inflated_and_the_adjusted_one_is_not(full):
    tables, truth = full
    x, renewed, level = _design(tables)
    true = truth["relationship_levels"]["true_effect_3_minus_1"]
    naive = renewed[level == 3].mean() - renewed[level == 1].mean()
    assert naive >= 1.25 * true
    fit = Logit(renewed, x).fit(disp=0).params
    high, low = x.copy(), x.copy()
    high[:, :4], low[:, :4] = [0, 0, 1, 0], [1, 0, 0, x[level == 1, 3].mean()]
    assert expit(high @ fit).mean() - expit(low @ fit).mean() == pytest.approx(true, rel=0.15)


def test_tie_indicators_and_raters_agree_with_the_level(full):
    ties = full[0]["ties"]
    assert ties["bond_level"].value_counts().to_dict() == {1: 300, 2: 210, 3: 90}
    assert cohen_kappa_score(ties["bond_level"], ties["bond_level_rater2"]) == pytest.approx(
        0.80, abs=0.01
    )
    structure = ties[["shared_system", "joint_equipment", "onsite_service"]].sum(axis=1) + (
        ties["contract_years"] >= 3
    )
    people = (
        (ties["named_contacts"] >= 3).astype(int) + (ties["events_year"] >= 2) + ties["club_member"]
    )
    rubric = np.select([structure >= 2, people >= 2], [3, 2], 1)
    assert cohen_kappa_score(rubric, ties["bond_level"]) > 0.80
    assert ties.groupby("bond_level")["visits_year"].mean().is_monotonic_increasing


# ---- lesson 06


def _alpha(items):
    k = items.shape[1]
    return k / (k - 1) * (1 - items.var(axis=0, ddof=1).sum() / items.sum(axis=1).var(ddof=1))


def test_paths_to_satisfaction_after_correction(full):
    survey = full[0]["survey"]
    items = {name: survey[[f"{name}{i}" for i in (1, 2, 3)]].to_numpy(float) for name in "EQVS"}
    alpha = np.array([_alpha(x) for x in items.values()])
    # 3 x .7225 / (1 + 2 x .7225); of the drivers by the mean of .8 x .9, .8 x .5 and .9 x .5
    assert alpha == pytest.approx([0.767] * 3 + [0.887], abs=0.03)
    raw = np.corrcoef([x.mean(axis=1) for x in items.values()])
    corrected = raw / np.sqrt(np.outer(alpha, alpha))
    np.fill_diagonal(corrected, 1.0)
    paths = np.linalg.solve(corrected[:3, :3], corrected[:3, 3])
    assert paths == pytest.approx([0.11, 0.53, 0.36], abs=0.10)
    assert paths[1] > np.linalg.solve(raw[:3, :3], raw[:3, 3])[1]
    assert corrected[np.triu_indices(3, 1)] == pytest.approx([0.4, 0.3, 0.5], abs=0.08)


def test_servqual_gaps_and_delivered_value(full):
    survey, truth = full[0]["survey"], full[1]["satisfaction_index"]
    gap = [
        (survey[f"perceived_{i:02d}"] - survey[f"expected_{i:02d}"]).mean() for i in range(1, 23)
    ]
    ends = np.cumsum(list(truth["servqual_items"].values()))
    found = [float(np.mean(part)) for part in np.split(gap, ends[:-1])]
    assert found == pytest.approx(list(truth["servqual_gaps"].values()), abs=0.15)
    assert int(np.argmin(found)) == 2
    delivered = survey.filter(regex="^value_").sum(axis=1) - survey.filter(regex="^cost_").sum(
        axis=1
    )
    assert delivered.mean() == pytest.approx(truth["delivered_value_mean"], abs=4)


def test_recovery_pays_and_managers_make_no_difference(full):
    survey = full[0]["survey"]
    loyalty = survey[["L1", "L2"]].mean(axis=1)
    index = survey[["S1", "S2", "S3"]].mean(axis=1)
    complained = survey["complaint"] == 1
    assert (survey["hours_to_answer"].notna() == complained).all()
    fast = (survey["hours_to_answer"] < 48)[complained].astype(float)
    fit = OLS(loyalty[complained], add_constant(np.column_stack([fast, index[complained]]))).fit()
    assert fit.params.iloc[1] == pytest.approx(0.4, abs=0.3)
    assert np.corrcoef(loyalty, survey["recommend"])[0, 1] > 0.6
    assert (
        index.groupby(survey["manager_id"])
        .mean()[lambda m: survey["manager_id"].value_counts()[m.index] > 30]
        .std()
        < 0.4
    )


# ---- lesson 07

DEDUCTIONS = {
    "false_account": 10, "whereabouts_told": -10, "arrears_made_good": -0.5, "accident_inside": 5, "branch_switch_trip": 10,
    "substation_switch_trip": 20, "accident_concealed": 10, "operating_rules_deficient": 5, "theft": 30, "contract_breach": 20,
    "construction_obstructed": 10, "facilities_damaged": 10, "offence_reported": -10, "bad_faith_contract": 10,
    "tests_refused": 5, "inspection_refused": 5, "not_rectified": 10, "dispatch_rules_ignored": 10,
}  # fmt: skip


def _sections(tables):
    """Sections 3-6 of S002-7: twelve months, floored at 0, capped; a month owed costs 10, at most 30 in a row."""
    ids = tables["accounts"]["account_id"]
    window = tables["defaults"]["window_start"].iloc[0]
    events = tables["credit_events"].loc[lambda e: e["date"] >= window - pd.DateOffset(months=12)]
    lost = events["code"].map(DEDUCTIONS).fillna(0.0) + 5 * events["persons"].astype(float).fillna(
        0.0
    )
    lost = lost + 10 * events["months"].astype(float).fillna(0.0)
    table = (
        lost.groupby([events["account_id"], events["section"]])
        .sum()
        .unstack(fill_value=0.0)
        .reindex(ids)
        .fillna(0.0)
    )
    full_marks = pd.Series({3: 30.0, 4: 20.0, 5: 30.0, 6: 10.0})
    return (full_marks - table).clip(lower=0).clip(upper=full_marks, axis=1)


def test_default_share_and_predictive_power(full):
    tables, truth = full
    default = tables["defaults"]["default_12m"]
    assert 0.05 <= default.mean() <= 0.11
    sections = _sections(tables)
    assert roc_auc_score(default, -sections.sum(axis=1)) == pytest.approx(0.70, abs=0.12)
    assert roc_auc_score(default, -sections[3]) == pytest.approx(0.70, abs=0.12)
    assert roc_auc_score(default, -sections[4]) == pytest.approx(0.50, abs=0.10)
    fit = (
        Logit(default, add_constant(truth["credit_grade"]["risk"]["latent_risk"]))
        .fit(disp=0)
        .params
    )
    assert fit.to_numpy() == pytest.approx([-3.2, 1.4], abs=0.5)


@pytest.mark.parametrize("size", ["full", "small"])
def test_events_lie_before_the_window_in_their_section(request, size):
    tables, _ = request.getfixturevalue(size)
    events, accounts = tables["credit_events"], tables["accounts"].set_index("account_id")
    assert (events["date"] < tables["defaults"]["window_start"].iloc[0]).all()
    section_of = {code: section for section, codes in CREDIT_CODES.items() for code in codes}
    assert (events["code"].map(section_of) == events["section"]).all()
    lighting = events["account_id"].map(accounts["lighting_user"]) == 1
    assert events.loc[lighting, "section"].isin([3, 5]).all()
    assert (events["months"].notna() == (events["code"] == "arrears")).all()
    assert (events.loc[events["code"] == "arrears", "date"].dt.day == 1).all()


def test_every_pattern_of_the_rule_occurs(full):
    tables, truth = full
    events = tables["credit_events"]
    assert set(events["code"]) == {code for codes in CREDIT_CODES.values() for code in codes}
    assert set(events["months"].dropna()) == {1, 2, 3}
    assert len(truth["credit_grade"]["consecutive_arrears"]) > 20
    assert 1 <= len(truth["credit_grade"]["thefts"]) <= 12
    owed = events.loc[events["code"] == "arrears"].assign(
        month=lambda e: e["date"].dt.to_period("M").astype("int64")
    )
    assert not owed.duplicated(["account_id", "month"]).any()
    account = truth["credit_grade"]["consecutive_arrears"][0]
    assert (
        1 in owed.loc[owed["account_id"] == account, "month"].sort_values().diff().dropna().tolist()
    )


def test_credit_needs_months_before_the_window(small):
    with pytest.raises(ValueError, match="months: got 12, expected more than 12"):
        credit_grade.build(np.random.default_rng(0), small[0], 12)
