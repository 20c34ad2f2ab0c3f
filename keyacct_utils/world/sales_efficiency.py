"""Managers who are better and managers who are lucky: what lesson 14 shall find.

Planted: what each manager sells of the target, with a true spread of 6 % and much luck in a
quarter; one manager most of whose tries are of the hard kind, last by the raw win rate and in the
middle of the managers at the same mix, beside a colleague who is behind in every kind and ahead
overall; a judge who takes six points off, and reads the strong regions. What people do (visits,
money paid) is counted from the tables that are there.

What shrinkage gains in one book is chance (in about one of four it gains next to nothing). The name
of the random stream was taken so that the bundled book lies near the mean of many; 40 seeds are
judged all the same.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.upstream import Built, Upstream, book_start, normal_scores

#: Standard deviation of the true attainment between managers, and of a quarter around it.
SKILL_SD, QUARTER_SD = 0.06, 0.105
#: Root mean squared error of shrunken means over that of raw ones, four quarters of 24 managers:
#: the mean over 4,000 simulated books (a test simulates it again).
GAIN = 0.79
#: Win rate by kind of try, and how far a manager's log-odds lie from it (standard deviation).
RATES = {"renewal": 0.80, "extension": 0.50, "new": 0.25}
MIX, MIX_FIRM = (0.45, 0.35, 0.20), 30.0
WIN_SD, TRIES = 0.25, (70, 131)
#: (tried, won) by kind of the manager with the hard tries, and of the colleague with the easy ones:
#: behind in every kind, and ahead overall.
HARD = {"renewal": (5, 4), "extension": (15, 8), "new": (130, 35)}
EASY = {"renewal": (90, 68), "extension": (24, 11), "new": (6, 1)}
HARD_PLACE, EASY_PLACE = 6, 10
TRY_MONTHS, OPEN_DAYS, TRY_DAYS = 24, 100, (20, 121)
OPEN_SHARE = 0.12
VALUE = (11.5, 1.0)
#: The contest: regions, entrants of each, who go on (S003-4c), judges and their severity.
REGIONS, ENTRANTS, GO_ON = 6, 16, 8
SEVERITY = {"J1": 2.0, "J2": 1.0, "J3": 1.0, "J4": -6.0, "J5": 2.0}
HARSH, STRONG = "J4", 3
HARSH_SHARE = 0.6
QUALITY, STRONG_BY, QUALITY_SD, SHEET_SD = 72.0, 4.0, 6.0, 4.9
CRITERION_SD = 1.5
CRITERIA = ("basis", "effect", "logic", "answers")
#: Kendall's W of the second round that these make, the mean over simulated contests.
CONCORDANCE = 0.66
DIMENSIONS = ("plan", "satisfaction", "development", "feedback", "cooperation")
PANEL = {"superior": -2.0, "client": 3.0, "staff": -1.0}
APPRAISAL, APPRAISAL_SD, OF_SKILL = 78.0, 5.0, 3.0
COST_A_VISIT = (260.0, 0.15)
#: A bill that is paid within so many days counts as a cash sale; the others are receivables.
CASH_DAYS = 7
#: Goals of S000-10b.
GOALS = {"revenue": 0.10, "new accounts": 0.30, "retention": 0.95, "file completeness": 1.0}
#: A customer counts as kept that buys at least so much of the year before.
KEPT = 0.5
FILES = ("file_organisation", "file_trend", "file_credit", "file_history")


def _quarter(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).dt.to_period("Q").dt.start_time.dt.as_unit("s")


def _results(
    rng: np.random.Generator, upstream: Upstream, skill: pd.Series, months: int
) -> pd.DataFrame:
    """What managers did and what it brought, by quarter; the targets are set from what each is
    planted to reach.
    """
    owner = upstream["accounts"].set_index("account_id")["manager_id"]
    quarters = pd.date_range(book_start(upstream), periods=months // 3, freq="QS", unit="s")
    index = pd.MultiIndex.from_product([skill.index, quarters], names=["manager_id", "period"])

    def summed(rows: pd.DataFrame, day: str, value: str) -> pd.Series:
        keys = [rows["account_id"].map(owner).rename("manager_id"), _quarter(rows[day])]
        found = rows[value].groupby([keys[0], keys[1].rename("period")]).sum()
        return found.reindex(index, fill_value=0.0).round(2)

    visits = upstream["activities"]
    visits = visits[visits["type"] == "visit"].assign(period=_quarter(visits["date"]))
    by = ["manager_id", "period"]
    days = visits.drop_duplicates(["manager_id", "account_id", "date"])
    seen = visits.drop_duplicates(["manager_id", "account_id", "period"])
    calendar = upstream["calendar"].assign(period=_quarter(upstream["calendar"]["date"]))
    workdays = calendar.groupby("period")["workday"].sum()
    ledger, bills = upstream["ledger"], upstream["invoices"]
    bought = ledger[ledger["revenue"] > 0].assign(period=_quarter(ledger["date"]))
    closed = bought.drop_duplicates(["account_id", "period"])
    closed = closed.assign(manager_id=closed["account_id"].map(owner))
    sales = summed(ledger, "date", "revenue")
    settled = bills[bills["paid_date"].notna()]
    in_cash = (bills["paid_date"] - bills["issue"]).dt.days <= CASH_DAYS
    new = summed(bills[~in_cash], "issue", "amount")
    collected = summed(settled[~in_cash[settled.index]], "paid_date", "paid_amount")
    change = (new - collected).groupby(level=0).cumsum()
    opening = change.groupby(level=0).shift(1, fill_value=0.0).clip(lower=0.0)
    count = visits.groupby(by).size().reindex(index, fill_value=0)
    reach = 1 + skill.reindex(index.get_level_values(0)).to_numpy()
    reach = reach + rng.normal(0, QUARTER_SD, len(index))
    each, spread = COST_A_VISIT
    cost: pd.Series = count * each * np.exp(rng.normal(0, spread, len(index)))
    found = pd.DataFrame(
        {
            "workdays": workdays.reindex(index.get_level_values(1)).to_numpy(dtype=int),
            "visits": count,
            "customer_days": days.groupby(by).size().reindex(index, fill_value=0),
            "customers_visited": seen.groupby(by).size().reindex(index, fill_value=0),
            "customers_closed": closed.groupby(by).size().reindex(index, fill_value=0),
            "sales": sales,
            "cash_collected": summed(settled, "paid_date", "paid_amount"),
            "receivables_opening": opening.round(2),
            "receivables_new": new,
            "receivables_collected": collected,
            "visit_cost": cost.round(2),
            "target": (sales / reach).round(-3).clip(lower=1_000),
        },
        index=index,
    )
    return found.reset_index()


def _decided(
    rng: np.random.Generator, managers: pd.Index, skill: pd.Series, hard: str, easy: str
) -> pd.DataFrame:
    """Tries that are won or lost: manager, kind, outcome."""
    rows: list[tuple[str, str, str]] = []
    scores = skill / SKILL_SD
    for name in managers:
        exact = {hard: HARD, easy: EASY}.get(name)
        share, tries = rng.dirichlet(np.array(MIX) * MIX_FIRM), int(rng.integers(*TRIES))
        kinds = rng.multinomial(tries, share)
        for (kind, rate), drawn in zip(RATES.items(), kinds, strict=True):
            odds = np.log(rate / (1 - rate)) + WIN_SD * scores[name]
            won = rng.random(drawn) < 1 / (1 + np.exp(-odds))
            if exact:
                count, wins = exact[kind]
                won = np.arange(count) < wins
            rows += [(name, kind, "won" if one else "lost") for one in won]
    return pd.DataFrame(rows, columns=["manager_id", "kind", "outcome"])


def _opportunities(
    rng: np.random.Generator, upstream: Upstream, skill: pd.Series, hard: str, easy: str
) -> pd.DataFrame:
    """Tries of the last two years, and those that are open at the end."""
    decided = _decided(rng, skill.index, skill, hard, easy)
    more = decided.sample(
        n=round(OPEN_SHARE * len(decided)), random_state=int(rng.integers(2**31))
    ).assign(outcome="open")
    rows = pd.concat([decided, more], ignore_index=True)
    last = pd.Timestamp(upstream["ledger"]["date"].max()) + pd.offsets.MonthEnd(0)
    first = last - pd.DateOffset(months=TRY_MONTHS) + pd.Timedelta(days=1)
    n, days = len(rows), (last - first).days + 1
    closed = first + pd.to_timedelta(rng.integers(0, days, n), unit="D")
    took = pd.to_timedelta(rng.integers(*TRY_DAYS, n), unit="D")
    still = (rows["outcome"] == "open").to_numpy()
    begun = last - pd.to_timedelta(rng.integers(0, OPEN_DAYS, n), unit="D")
    opened = (closed - took).where(~still, begun)
    mine = upstream["accounts"].groupby("manager_id")["account_id"].apply(list)
    pick = rng.random(n)
    account = [
        None if kind == "new" else mine[name][int(part * len(mine[name]))]
        for name, kind, part in zip(rows["manager_id"], rows["kind"], pick, strict=True)
    ]
    found = pd.DataFrame(
        {
            "account_id": pd.Series(account, dtype="string"),
            "manager_id": rows["manager_id"],
            "kind": rows["kind"],
            "opened": opened,
            "closed": pd.Series(closed).where(~still),
            "outcome": rows["outcome"],
            "value": np.round(rng.lognormal(*VALUE, n), -2),
        }
    )
    found["opened"] = found["opened"].astype("datetime64[s]")
    found["closed"] = found["closed"].astype("datetime64[s]")
    found = found.sort_values(["opened", "manager_id", "kind", "value"], ignore_index=True)
    found.insert(0, "opportunity_id", [f"T{i:05d}" for i in range(1, n + 1)])
    return found


def _halves(values: np.ndarray) -> np.ndarray:
    """Points as judges give them: halves, from 0 to 100."""
    return np.asarray(np.clip(np.round(2 * values) / 2, 0, 100))


def _contest(rng: np.random.Generator) -> pd.DataFrame:
    """Heats with two judges an entrant, and the second round with all of them."""
    names, severity = list(SEVERITY), np.array(list(SEVERITY.values()))
    others = [i for i, name in enumerate(names) if name != HARSH]
    harsh = names.index(HARSH)
    rows: list[tuple[str, str, str, str, str, float]] = []
    number = 0
    scores = normal_scores(np.arange(ENTRANTS))
    for region in range(REGIONS):
        strong = region < STRONG
        level = QUALITY + (STRONG_BY if strong else -STRONG_BY)
        quality = level + QUALITY_SD * rng.permutation(scores) / scores.std()
        heats = []
        for true in quality:
            number += 1
            with_harsh = strong and rng.random() < HARSH_SHARE
            picked = rng.choice(others, 1 if with_harsh else 2, replace=False).tolist()
            picked += [harsh] if with_harsh else []
            points = _halves(true + severity[picked] + rng.normal(0, SHEET_SD, len(picked)))
            case, group = f"P{number:02d}", f"R{region + 1}"
            rows += [
                ("heat", case, group, names[judge], "overall", float(value))
                for judge, value in sorted(zip(picked, points, strict=True))
            ]
            heats.append((-float(points.mean()), case, float(true)))
        for _, case, true in sorted(sorted(heats)[:GO_ON], key=lambda item: item[1]):
            sheet = true + severity + rng.normal(0, SHEET_SD, len(names))
            parts = rng.normal(0, CRITERION_SD, (len(names), len(CRITERIA)))
            points = _halves(sheet[:, None] + parts - parts.mean(axis=1, keepdims=True))
            rows += [
                ("second", case, f"R{region + 1}", judge, criterion, float(points[j, c]))
                for j, judge in enumerate(names)
                for c, criterion in enumerate(CRITERIA)
            ]
    columns = ["round", "case_id", "group", "judge_id", "criterion", "score"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values("round", kind="stable", ignore_index=True)


def _appraisal(rng: np.random.Generator, upstream: Upstream, skill: pd.Series) -> pd.DataFrame:
    """The yearly appraisal in five dimensions by three appraisers (S000-9c)."""
    team = upstream["managers"].set_index("manager_id")["team"]
    rows = []
    for name, value in zip(skill.index.astype(str), skill.to_numpy(), strict=True):
        level = APPRAISAL + OF_SKILL * value / SKILL_SD + rng.normal(0, 2, len(DIMENSIONS))
        for judge, harsh in PANEL.items():
            points = _halves(level + harsh + rng.normal(0, APPRAISAL_SD, len(DIMENSIONS)))
            rows += [
                ("appraisal", name, team[name], judge, dimension, float(value))
                for dimension, value in zip(DIMENSIONS, points, strict=True)
            ]
    columns = ["round", "case_id", "group", "judge_id", "criterion", "score"]
    return pd.DataFrame(rows, columns=columns)


def _targets(upstream: Upstream, tries: pd.DataFrame, months: int) -> pd.DataFrame:
    """Year-end targets of each manager (S000-10b), counted from the tables that are there."""
    accounts = upstream["accounts"]
    owner = accounts.set_index("account_id")["manager_id"]
    managers = upstream["managers"]["manager_id"]
    last = pd.Timestamp(upstream["ledger"]["date"].max()).year
    years = upstream["ledger"]["date"].dt.year.rename("year")
    sums = upstream["ledger"].groupby(["account_id", years])["revenue"].sum()
    sold = sums.unstack().fillna(0.0)
    by = sold.groupby(owner.reindex(sold.index)).sum().reindex(managers, fill_value=0.0)
    had = sold[sold[last - 1] > 0]
    kept = (had[last] >= KEPT * had[last - 1]).groupby(owner.reindex(had.index))
    files = upstream["account_profile"].set_index("account_id")[list(FILES)]
    full = files.notna().sum(axis=1).groupby(owner.reindex(files.index)).sum()
    whole = owner.reindex(files.index).value_counts() * len(FILES)
    won = tries[(tries["kind"] == "new") & (tries["outcome"] == "won")]
    of = won.groupby(["manager_id", won["closed"].dt.year]).size().unstack(fill_value=0)
    of = of.reindex(index=managers, columns=[last - 1, last], fill_value=0)
    parts = {
        "revenue": ("money", by[last], None, by[last - 1], by.get(last - 2)),
        "new accounts": ("growth", of[last], None, of[last - 1], None),
        "retention": ("rate", kept.sum(), kept.size(), None, None),
        "file completeness": ("rate", full, whole, None, None),
    }
    frames = []
    for measure, (kind, reached, out_of, base, before) in parts.items():
        columns = {"reached": reached, "out_of": out_of, "base": base, "before": before}
        frame = pd.DataFrame({"manager_id": managers, "measure": measure, "kind": kind})
        frame["period"] = pd.Timestamp(year=last, month=1, day=1)
        frame["goal"] = GOALS[measure]
        for name, values in columns.items():
            found = np.nan if values is None else values.reindex(managers, fill_value=0)
            frame[name] = np.round(np.asarray(found, dtype=float), 2)
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    table["period"] = table["period"].astype("datetime64[s]")
    table.insert(0, "target_id", [f"G{i:03d}" for i in range(1, len(table) + 1)])
    return table


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """Tables ``manager_results``, ``opportunities``, ``judge_scores`` and ``targets``.

    Reads accounts, account_profile, managers, calendar, ledger, invoices and activities.
    """
    managers = upstream["managers"]["manager_id"]
    n = len(managers)
    scores = normal_scores(np.arange(n))
    skill = pd.Series(SKILL_SD * rng.permutation(scores / scores.std()), index=managers.to_numpy())
    hard, easy = str(managers[HARD_PLACE % n]), str(managers[EASY_PLACE % n])
    if hard == easy:  # a book with few managers
        easy = str(managers[(EASY_PLACE + 1) % n])
    tries = _opportunities(rng, upstream, skill, hard, easy)
    judged = pd.concat([_contest(rng), _appraisal(rng, upstream, skill)], ignore_index=True)
    expected = sum(count * RATES[kind] for kind, (count, _) in HARD.items())
    won = sum(wins for _, wins in HARD.values())
    truth: dict[str, object] = {
        "skill": {str(name): round(float(value), 6) for name, value in skill.items()},
        "skill_sd": SKILL_SD,
        "quarter_sd": QUARTER_SD,
        "expected_gain": GAIN,
        "win_rates": dict(RATES),
        "hard_manager": hard,
        "easy_manager": easy,
        "hard_gap": (won - expected) / sum(count for count, _ in HARD.values()),
        "severity": dict(SEVERITY),
        "harsh_judge": HARSH,
        "concordance": CONCORDANCE,
        "completeness": 0.92,
    }
    return {
        "manager_results": _results(rng, upstream, skill, months),
        "judge_scores": judged,
        "targets": _targets(upstream, tries, months),
        "opportunities": tries,
    }, truth
