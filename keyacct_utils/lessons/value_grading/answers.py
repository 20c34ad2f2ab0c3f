"""Exercises of lesson 03: value grading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.stats import hypergeom, norm, rankdata
from sklearn.metrics import adjusted_rand_score

from keyacct_utils.lessons.shared.amounts import top_count
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question
from keyacct_utils.lessons.value_grading import grades as vg

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Today's and tomorrow's value: criteria of S002-4e, and growth, which is the lesson's own.
TODAY, TOMORROW = (
    ("gross_profit", "volume", "selling_cost"),
    ("industry_rank", "tenure_y", "growth"),
)
LESS = ("selling_cost", "industry_rank")
CELLS = {
    "high/high": "invest",
    "low/high": "develop",
    "high/low": "hold",
    "low/low": "serve cheaply",
}
#: 03.3: three criteria with a source (S002-4e), and the share of the accounts graded A in the lesson.
FIRM, GRADE_A = ("gross_profit", "volume", "tenure_y"), 0.05
#: The two axes on which the lesson forms its groups, and the number it finds.
BOND, GROUPS = ["business_attractiveness", "relationship_strength"], 4
ADDED = "industry_rank"
#: 03.6: names on a list, and how often chance may do as well.
PICKS, CHANCE = 45, 0.05
LISTS = ("purchases", "business")
#: 03.4: mends that can give the same index.
WITHOUT_A_VOICE = (
    "So high is the index where the third column has next to no voice: where it is left out, or as "
    "a logarithm, or where each column runs from 0 to 1. Keep all three as they are, and give each "
    "the same standard deviation, as the lesson does."
)
#: 03.4: another number of groups or other starts change next to nothing.
STILL_RULED = (
    "Such an index is the colleague's: the rank in the industry still has nearly all of the "
    "variance, and neither another number of groups nor other starts help against that."
)
INSTEAD = "take the bundled book linjiang"


@lru_cache(maxsize=4)
def facts_of(book: Book) -> pd.DataFrame:
    """The criteria of each account that buys in the book's own period, and its profile."""
    wanted = {
        "ledger": ["cost_goods", "volume"],
        "accounts": ["tenure_y"],
        "account_profile": [*LESS, "growth", *BOND],
    }
    if lacking := [
        f"{table}.{name}"
        for table, names in wanted.items()
        for name in names
        if not book.has(table, name)
    ]:
        raise ValueError(f"it has no {', '.join(lacking)}; {INSTEAD}")
    start, end = book.period_dates()
    rows = book.rollup(start=start, end=end)
    facts = rows.groupby("account_id")[["revenue", "cost"]].sum()
    facts["gross_profit"] = (facts["revenue"] - facts.pop("cost")).round(2)
    largest = rows.groupby("line")["revenue"].sum().idxmax()
    facts["volume"] = (
        rows[rows["line"] == largest]
        .set_index("account_id")["volume"]
        .reindex(facts.index, fill_value=0.0)
    )
    facts["tenure_y"] = book.table("accounts").set_index("account_id")["tenure_y"]
    return facts.join(
        book.table("account_profile").set_index("account_id")[[*LESS, "growth", *BOND]]
    )


def axis(
    facts: pd.DataFrame, criteria: vg.Weights, scale: str = "rank", turned: bool = True
) -> pd.Series:
    """One axis of value in standard deviations."""
    less = {name: False for name in criteria if turned and name in LESS}
    return vg.axis_scores(facts, {"axis": criteria}, less, scale)["axis"]


def _loser(facts: pd.DataFrame) -> str:
    if (losing := facts[facts["gross_profit"] < 0].sort_index()).empty:
        raise ValueError(f"no account of it has a negative gross profit; {INSTEAD}")
    return str(losing["revenue"].idxmax())


def _by_hand(
    book: Book,
    criteria: Sequence[str] = TODAY,
    scale: str = "rank",
    turned: bool = True,
    who: str = "",
) -> dict[str, float]:
    facts = facts_of(book)
    who = who or _loser(facts)
    parts = {"profit": criteria[:1], "selling": ["selling_cost"], "score": criteria}
    return {name: float(axis(facts, each, scale, turned)[who]) for name, each in parts.items()}


def _of_the_largest(book: Book) -> dict[str, float]:
    return _by_hand(book, who=str(facts_of(book)["revenue"].sort_index().idxmax()))


def _other_places(book: Book, more: int) -> dict[str, float]:
    """Normal scores from the rank over n + more, in the place of (r - 0.5) / n."""
    facts = facts_of(book)
    ranks = facts[list(TODAY)].apply(rankdata).set_axis(facts.index).loc[_loser(facts)]
    if (ranks >= len(facts) + more).any():
        raise ValueError("the highest rank has no normal score so")
    z = pd.Series(norm.ppf(ranks / (len(facts) + more)), index=list(TODAY))
    z["selling_cost"] *= -1
    return {"profit": z["gross_profit"], "selling": z["selling_cost"], "score": z.mean()}


def _shares_of_ranks(book: Book) -> dict[str, float]:
    facts = facts_of(book)
    below = (
        facts[list(TODAY)]
        .apply(lambda column: (rankdata(column) - 0.5) / len(column))
        .loc[_loser(facts)]
    )
    return {"profit": below["gross_profit"], "selling": 1 - below["selling_cost"]}


def _cells(
    book: Book, first: str = "revenue", scale: str = "rank", turned: bool = True
) -> dict[str, Any]:
    facts = facts_of(book)
    tomorrow = axis(facts, TOMORROW, scale, turned)

    def graded(criterion: str) -> pd.Series:
        today = axis(facts, (criterion, *TODAY[1:]), scale, turned)
        return vg.grade_matrix(pd.DataFrame({"today": today, "tomorrow": tomorrow}))["cell"].map(
            CELLS
        )

    cells, before = graded(first), graded("gross_profit")
    losing = cells.isin(["invest", "hold"]) & (facts["gross_profit"] < 0)
    return {"cells": cells, "moved": int((cells != before).sum()), "losing": int(losing.sum())}


def _unnamed(book: Book) -> dict[str, pd.Series]:
    levels = {name: cell for cell, name in CELLS.items()}
    return {"cells": _cells(book)["cells"].map(levels)}


def _counted_otherwise(book: Book) -> dict[str, int]:
    cells, old = _cells(book)["cells"], _cells(book, "gross_profit")["cells"]
    losing = facts_of(book)["gross_profit"] < 0
    return {
        "moved": int((old.eq("invest") & cells.ne("invest")).sum()),
        "losing": int(losing.sum()),
    }


def _hold_for_develop(book: Book) -> dict[str, pd.Series]:
    other = {"hold": "develop", "develop": "hold"}
    return {"cells": _cells(book)["cells"].map(lambda cell: other.get(cell, cell))}


def grade_a(book: Book, weights: vg.Weights, share: float = GRADE_A) -> set[str]:
    """The accounts graded A by these weights."""
    graded = vg.grade_matrix(axis(facts_of(book), weights).to_frame(), top=share)["cell"]
    return set(graded.index[graded == "high"])


def _firm(
    book: Book, one: float = 0.0, rest: float = 1.0, share: float = GRADE_A
) -> dict[str, Any]:
    """Graded A by equal weights, and again where each criterion in turn has the weight ``one``."""
    base = grade_a(book, FIRM, share)
    others = [grade_a(book, dict.fromkeys(FIRM, rest) | {name: one}, share) for name in FIRM]
    return {"firm": base.intersection(*others), "most": max(len(base - other) for other in others)}


def _easiest(book: Book) -> int:
    """A grades that the easiest of the three trials takes away."""
    base = grade_a(book, FIRM)
    trials = [grade_a(book, [name for name in FIRM if name != out]) for out in FIRM]
    return min(len(base - trial) for trial in trials)


def _lost_groups(book: Book, scale: str = "z", power: int = 2) -> dict[str, Any]:
    points = facts_of(book)[[*BOND, ADDED]].dropna()
    groups = vg.cluster_accounts(points[BOND], GROUPS, "none", draws=0).labels
    again = vg.cluster_accounts(points, GROUPS, scale, draws=0).labels
    spread = points.std() ** power
    return {
        "fault": "scale",
        "spread": spread[ADDED] / spread.sum(),
        "index": adjusted_rand_score(groups, again),
    }


def _mended_otherwise(book: Book, way: str) -> float:
    """The index where each column runs from 0 to 1, or where the third is left out."""
    points = facts_of(book)[[*BOND, ADDED]].dropna()
    groups = vg.cluster_accounts(points[BOND], GROUPS, "none", draws=0).labels
    least, most = points.min(), points.max()
    taken = (points - least) / (most - least) if way == "0 to 1" else points[BOND]
    again = vg.cluster_accounts(taken, GROUPS, "none", draws=0).labels
    return float(adjusted_rand_score(groups, again))


def _two_axes(book: Book, alike: bool = True) -> pd.DataFrame:
    """Today's and tomorrow's axis, standardised (``alike``) or as they are."""
    facts = facts_of(book)
    points = pd.DataFrame({"today": axis(facts, TODAY), "tomorrow": axis(facts, TOMORROW)}).dropna()
    return (points - points.mean()) / points.std(ddof=0) if alike else points


@lru_cache(maxsize=8)  # seconds each, and a check asks more than once
def _numbers(book: Book, on_bonds: bool = False, alike: bool = True) -> pd.DataFrame:
    points = facts_of(book)[BOND].dropna() if on_bonds else _two_axes(book, alike)
    return vg.group_numbers(points)


@lru_cache(maxsize=8)
def _redrawn(book: Book, k: int) -> pd.Series:
    return vg.cluster_accounts(_two_axes(book), k, "none").stability


def _how_many(book: Book, on_bonds: bool = False) -> dict[str, float]:
    chosen = _numbers(book, on_bonds)[["by_silhouette", "by_gap", "by_bic"]]
    found: dict[str, float] = {
        name[3:]: int(chosen[name].argmax()) + 1 if chosen[name].any() else 0
        for name in map(str, chosen)
    }
    return (
        found if on_bonds else found | {"index": float(_redrawn(book, found["silhouette"]).mean())}
    )


def _not_standardised(book: Book) -> dict[str, float]:
    chosen = _numbers(book, alike=False)["by_silhouette"]
    return {"silhouette": int(chosen.argmax()) + 1}


def _extremes(book: Book) -> dict[str, float]:
    worst = _numbers(book)[["silhouette", "gap", "bic"]] * [-1, -1, 1]
    return {str(name): int(worst[name].argmax()) + 1 for name in worst}


def _bars_are_sound(own: Mapping[str, float]) -> str:
    votes, bar = own["votes"], own["bar"]
    if votes not in (2, 3):
        return (
            f"`votes` is {votes:g}. The silhouette has no value for one group, so it always votes "
            "for groups: ask for 2 or 3 of the three."
        )
    if not 0 < bar <= 1:
        return f"`bar` is {bar:g}: the index is 0 for what chance gives, 1 for the same groups. Name a bar above 0 and at most 1."
    return ""


def _groups_or_none(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for naming groups, and what against it."""
    found = _how_many(book)
    seen = [name for name in ("silhouette", "gap", "bic") if found[name] >= 2]
    draws = _redrawn(book, int(found["silhouette"]))
    return {
        "name them": [
            f"{len(seen)} of 3 criteria see two groups or more.",
            f"Drawn anew, the groups agree with an index of {draws.mean():.2f} on average.",
        ],
        "do not": [
            f"{3 - len(seen)} of 3 see one group or none; the silhouette cannot.",
            f"One draw in forty has an index below {draws.quantile(0.025):.2f}, and a cut through a "
            "single cloud is found again too.",
        ],
    }


def _groups_follow(book: Book, answer: Mapping[str, Any]) -> str:
    votes, bar = float(answer["votes"]), float(answer["bar"])
    seen = sum(float(answer[name]) >= 2 for name in ("silhouette", "gap", "bic"))
    enough, firm, choice = (
        seen >= votes,
        float(answer["index"]) >= bar,
        answer["choice"].strip().casefold(),
    )
    if (choice == "name them") == (enough and firm):
        return ""
    reached = [
        f"your `{name}` is {'' if there else 'not '}reached"
        for name, there in (("votes", enough), ("bar", firm))
    ]
    return f"Your numbers contradict your choice: {' and '.join(reached)}, and you say “{choice}”."


@lru_cache(maxsize=4)
def three_years(book: Book) -> pd.DataFrame:
    """Revenue per account of the book's own period (last) and of the same time one and two years earlier (before, earlier)."""
    start, end = book.period_dates()
    if start is None or end is None:
        raise ValueError(
            f"its own period is all of its time, so there is no year before it; {INSTEAD}"
        )
    years = {}
    for back, name in enumerate(("last", "before", "earlier")):
        first, final = (
            (pd.Timestamp(day) - pd.DateOffset(years=back)).date() for day in (start, end)
        )
        years[name] = book.rollup(start=first, end=final, by_line=False).set_index("account_id")[
            "revenue"
        ]
    return pd.DataFrame(years).fillna(0.0).sort_index()


def _small(years: pd.DataFrame) -> pd.Series:
    """Who bought in the year before, without the largest fifth of them."""
    buyers = years["before"][years["before"] > 0].sort_values(ascending=False, kind="stable")
    large = years.index.isin(buyers.index[: top_count(len(buyers), 0.2)])
    return (years["before"] > 0) & ~large


def _pool(years: pd.DataFrame) -> pd.Series:
    pool = _small(years) & (years["earlier"] > 0)
    if not pool.any():
        raise ValueError(
            f"nobody bought in both years before its own period, so the pool is empty; {INSTEAD}"
        )
    return pool


def _climbers(
    book: Book,
    growth: tuple[str, str] = ("before", "earlier"),
    order: int = 1,
    ratio: bool = True,
    pool_of: Callable[[pd.DataFrame], pd.Series] = _pool,
) -> dict[str, Any]:
    """Pool, base rate and hits of the lists by growth of the purchases and of the account's business."""
    years = three_years(book)
    pool, doubled = pool_of(years), (years["before"] > 0) & (years["last"] >= 2 * years["before"])
    if not book.has("account_profile", "growth"):
        raise ValueError("it has no account_profile.growth; take the bundled book yunhe")
    bought = (
        years[growth[0]] / years[growth[1]].where(years[growth[1]] > 0, 1e-9)
        if ratio
        else years[growth[0]] - years[growth[1]]
    )
    business = book.table("account_profile").set_index("account_id")["growth"].astype(float)
    signals = pd.DataFrame({"purchases": bought, "business": business.reindex(years.index)})[pool]
    # the order is all that a list needs; a blank stands last
    places = (order * signals).rank().fillna(0.0).reindex(years.index)
    lists = {
        name: vg.next_key_accounts(places, [name], None, pool, doubled, PICKS) for name in LISTS
    }
    hits = {name: int(found.hit_rate["hits"]) for name, found in lists.items()}
    first, second = (set(found.ranking.index[found.ranking["picked"]]) for found in lists.values())
    return {
        "pool": int(pool.sum()),
        "base": float(doubled[pool].mean()),
        "common": len(first & second),
        **hits,
    }


def _of_another_pool(book: Book, pool_of: Callable[[pd.DataFrame], pd.Series]) -> dict[str, Any]:
    found = _climbers(book, pool_of=pool_of)
    return {name: found[name] for name in ("pool", "base", "purchases")}


def _with_the_largest(years: pd.DataFrame) -> pd.Series:
    return (years["before"] > 0) & (years["earlier"] > 0)


def _without_its_own_largest(years: pd.DataFrame) -> pd.Series:
    """The largest fifth taken out of the accounts that bought in both years, not of the buyers."""
    both = years["before"][_with_the_largest(years)].sort_values(ascending=False, kind="stable")
    large = years.index.isin(both.index[: top_count(len(both), 0.2)])
    return _with_the_largest(years) & ~large


def _of_all_buyers(book: Book) -> dict[str, float]:
    years = three_years(book)
    buyers = years[years["before"] > 0]
    return {"base": float((buyers["last"] >= 2 * buyers["before"]).mean())}


def _in_the_whole_book(book: Book) -> dict[str, Any]:
    years = three_years(book)
    return {
        "pool": len(years),
        "base": float(((years["before"] > 0) & (years["last"] >= 2 * years["before"])).mean()),
    }


def _list_follows(book: Book, answer: Mapping[str, Any]) -> str:
    pool = int(answer["pool"])
    came = round(_climbers(book)["base"] * pool)
    choice = answer["choice"].strip().casefold()

    def follows(fewer: int) -> bool:
        beats = {
            name: hypergeom.sf(answer[name] - fewer, pool, came, min(PICKS, pool)) < CHANCE
            for name in LISTS
        }
        first = next((name for name, good in beats.items() if good), "neither")
        return choice == ("both" if all(beats.values()) else first)

    if follows(1):
        return ""
    if follows(0):
        return "`choice` does not follow from your counts. It would if only more hits than the list's own counted: `hypergeom.sf(hits, ...)` leaves out names drawn at random that hit just as often, `hypergeom.sf(hits - 1, ...)` counts them."
    return "`choice` does not follow from your counts. For each list: how often would as many names drawn from the pool at random hit as often or more?"


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "03.1", "A large account that loses money", "redo by hand",
        (Part("profit", "normal score of its gross profit: 2 decimals", 0.01),
         Part("selling", "normal score of its selling cost, less is better: 2 decimals", 0.01),
         Part("score", "on today's axis, the three with equal weights: 2 decimals", 0.01)),
        _by_hand,
        ("Find the account first: of those with a gross profit below zero, the one with the largest revenue.",
         "A normal score has two steps: the rank r among the n accounts, the smallest first, and the standard deviations z = Φ⁻¹((r - 0.5) / n). Φ⁻¹ is `norm.ppf`.",
         "Where less is better, change the sign of z. The score is the mean of the three."),
        (Mistake(_shares_of_ranks, "This is the share of the accounts below. Turn it into standard deviations: `norm.ppf`."),
         Mistake(lambda book: _by_hand(book, scale="z"), "This standardises the amount itself. The lesson takes the rank, so that no giant sets the scale."),
         Mistake(lambda book: _by_hand(book, turned=False) | {"profit": -_by_hand(book)["profit"]}, "Mind the direction: more profit is better, less selling cost is better, and the best has the highest score."),
         Mistake(_of_the_largest, "This is the largest account of all. Take the largest of those with a gross profit below zero."),
         Mistake(lambda book: _other_places(book, 0), "This takes r / n. Take (r - 0.5) / n: else the first account and the last are not equally far from the middle, and the last is nowhere."),
         Mistake(lambda book: _other_places(book, 1), "This takes r / (n + 1). The exercise asks for (r - 0.5) / n; far from the middle the two differ."),
         Mistake(lambda book: {"score": len(TODAY) * _by_hand(book)["score"]}, "This is the sum. The weights are equal and sum to 1, so take the mean."),
         Mistake(lambda book: {name: value for name, value in _by_hand(book, ("revenue", *TODAY[1:])).items() if name != "selling"}, "This takes revenue. Today's axis has gross profit.")),
    ),
    Exercise(
        "03.2", "Revenue instead of profit", "change an assumption",
        (Part("cells", "Series of the four names by account_id, with revenue"),
         Part("moved", "accounts in another cell than with gross profit: a count"),
         Part("losing", "in invest or hold, gross profit below 0: a count")),
        _cells,
        ("Only one criterion of one axis changes. Tomorrow's axis stays as it is.",
         "`vg.axis_scores(facts, axes, LESS)` takes a dict of axis and criteria; `vg.grade_matrix(scores, top=0.3)` gives the cells.",
         "`vg.grade_matrix(...)[\"cell\"].map(NAMES)` gives the names. Do it twice, once with each criterion, and compare with `!=`."),
        (Mistake(lambda book: _cells(book, "gross_profit"), "This is the axis with gross profit. Put revenue in its place."),
         Mistake(lambda book: _cells(book, turned=False), "Selling cost and rank in the industry count as more is better here. Name them as criteria of which less is better."),
         Mistake(lambda book: _cells(book, scale="z"), "This standardises the amounts. The lesson takes their ranks: scale=\"rank\"."),
         Mistake(_hold_for_develop, "The names of two cells are exchanged: *hold* is high today only, *develop* high tomorrow only. In `NAMES` today comes first."),
         Mistake(_unnamed, "The cells are right, but they bear their levels. Hand in the four names *invest*, *develop*, *hold* and *serve cheaply*: `.map(NAMES)`."),
         Mistake(_counted_otherwise, "This counts others: an account can leave any cell, and only the two cells that are high today are asked for.")),
    ),
    Exercise(
        "03.3", "Leave one criterion out", "change an assumption",
        (Part("firm", "ids that stay A in all three trials: a set or list"),
         Part("most", "largest number of A grades that one trial takes away: a count")),
        _firm,
        ("Four lists: one with all three criteria, and one for each criterion that is left out.",
         "`vg.axis_scores` takes a list of criteria with equal weights. The grade A list is the best 5 % by score: `vg.grade_matrix(scores, top=0.05)`.",
         "`firm` is the intersection of all four sets. For `most`, take the names of the full list that are not on another, for each of the three."),
        (Mistake(lambda book: {"firm": grade_a(book, FIRM)}, "This is the list with all three criteria. Keep those that are on the other three lists too."),
         Mistake(lambda book: {"firm": _firm(book, one=2.0)["firm"]}, "This lets each criterion count double. Leave it out."),
         Mistake(lambda book: _firm(book, one=1.0, rest=0.0), "This keeps one criterion at a time. Leave one out and keep the other two."),
         Mistake(lambda book: _firm(book, share=0.2), "This takes the best 20 %, which is A and B. Grade A is the best 5 %."),
         Mistake(lambda book: {"most": _easiest(book)}, "So many the easiest of the three trials takes away. The hardest is asked for."),
         Mistake(lambda book: {"most": 2 * _firm(book)["most"]}, "This counts twice: for each name that leaves the list another comes. Count those that leave."),
         Mistake(lambda book: {"most": len(grade_a(book, FIRM)) - len(_firm(book)["firm"])}, "This counts the names that any of the trials takes away. Look for the one trial that takes most.")),
    ),
    Exercise(
        "03.4", "The lost groups", "find the fault",
        (Part("fault", choices=("number", "scale", "start", "index")),
         Part("spread", "industry rank's part of the three variances: fraction, 3 decimals", 0.001),
         Part("index", "adjusted Rand index of the mended groups: 2 decimals", 0.01)),
        _lost_groups,
        ("k-means adds up squared distances over the columns. Look at `points.describe()`.",
         "`spread` is the variance of one column over the sum of the three: `points.var()`.",
         "Mend it by one argument: `vg.cluster_accounts(points, k=4, scale=...)` has three scales. The lesson says which does harm to a crowd."),
        (Mistake(lambda book: {"index": _lost_groups(book, "none")["index"]}, STILL_RULED),
         Mistake(lambda book: {"index": _lost_groups(book, "rank")["index"]}, "This takes ranks. They pull the dense crowd apart; give each column the same standard deviation."),
         Mistake(lambda book: {"index": _mended_otherwise(book, "0 to 1")}, WITHOUT_A_VOICE),
         Mistake(lambda book: {"index": _mended_otherwise(book, "two")}, WITHOUT_A_VOICE),
         Mistake(lambda book: {"spread": _lost_groups(book, power=1)["spread"]}, "This adds up standard deviations. Distances add up squares: take variances."),
         Mistake(lambda book: {"fault": "number"}, "Four groups are found in two of these columns. Another number does not make one column count like another. Look further."),
         Mistake(lambda book: {"fault": "start"}, "25 starts find the least sum of squares, the same one each time. Look at which squares are summed."),
         Mistake(lambda book: {"fault": "index"}, "The index compares pairs of accounts, so the numbers of the groups do not matter. Look further.")),
    ),
    Exercise(
        "03.5", "Is there anything to name?", "decide and defend",
        (Part("choice", choices=("name them", "do not")),
         Part("votes", "criteria of three that must see two groups or more: 2 or 3", own=True),
         Part("bar", "lowest index at which you would name groups: fraction", own=True),
         Part("silhouette", "number of groups it prefers: a count"),
         Part("gap", "number of groups it prefers, 0 where none: a count"),
         Part("bic", "number of groups it prefers: a count"),
         Part("index", "mean over the draws at the silhouette's number: 2 decimals", 0.01),
         DEFENCE),
        _how_many,
        ("Set `votes` and `bar` first. The three criteria are in one table: `vg.group_numbers`.",
         "Standardise the two axes (ddof=0) before `vg.group_numbers`. Its last three columns say which number each criterion prefers.",
         "`vg.cluster_accounts(points, k=...)` with the silhouette's number gives `.stability`: one adjusted Rand index for each of its 50 draws. Take the mean."),
        (Mistake(lambda book: _how_many(book, on_bonds=True), "This is the number for attractiveness and relationship, the lesson's axes. Here they are today's and tomorrow's value."),
         Mistake(_not_standardised, "The two axes are not standardised here, so the one that spreads more counts for more. Divide each by its standard deviation first (ddof=0)."),
         Mistake(_extremes, "Mind the direction: silhouette and gap are better where larger, the BIC where smaller."),
         Mistake(lambda book: {"index": float(_redrawn(book, int(_how_many(book)["silhouette"])).quantile(0.025))}, "This is the lower end of the draws. The mean is asked for."),
         Mistake(lambda book: {"index": float(_redrawn(book, GROUPS).mean())}, "This is the index for four groups. Take the number that the silhouette prefers.")),
        _groups_follow, _bars_are_sound, _groups_or_none,
    ),
    Exercise(
        "03.6", "Last year's climbers", "another book",
        (Part("pool", "accounts in the pool: a count"),
         Part("base", "of the pool that doubled: fraction, 3 decimals", 0.001),
         Part("common", "names that stand on both lists: a count"),
         Part("purchases", "doubled, of the 45 by growth of purchases: a count"),
         Part("business", "doubled, of the 45 by growth of their business: a count"),
         Part("choice", choices=(*LISTS, "both", "neither"))),
        _climbers,
        ("`sold` holds three years. Which of them may a list use that is made before the last one?",
         "The pool: bought in both earlier years, and not among the top 20 % of the buyers of the year before. The growth of purchases is before over earlier; doubled is last at least twice before.",
         "Chance: `hypergeom.sf(hits - 1, pool, doubled in the pool, 45)` is how often 45 names drawn from the pool hit as often or more. Below 5 % a list beats it."),
        (Mistake(_in_the_whole_book, "This is the whole book. The lists are made from the pool, so the pool is what they compare with."),
         Mistake(lambda book: {"purchases": _climbers(book, ("last", "before"))["purchases"]}, "The signal holds the last year, which it should foretell: a leak. Use the two years before it."),
         Mistake(lambda book: {"common": _climbers(book, ratio=False)["common"]}, "This takes growth as a difference of amounts, which puts large accounts first. Growth is `before` over `earlier`."),
         Mistake(lambda book: {"common": PICKS + PICKS - _climbers(book)["common"]}, "So many names stand on one list or both. Count those that stand on both."),
         Mistake(lambda book: {name: _climbers(book, order=-1)[name] for name in LISTS}, "Mind the order: the largest growth comes first."),
         Mistake(lambda book: _of_another_pool(book, _with_the_largest), "The largest are still in it. Take out the top 20 % of the buyers of the year before."),
         Mistake(lambda book: {"pool": _climbers(book, pool_of=_without_its_own_largest)["pool"]}, "The top 20 % are taken of those that bought in both years here. Take them of all that bought in the year before, and then look who bought in `earlier` too."),
         Mistake(lambda book: _of_another_pool(book, _small), "Accounts that bought nothing in the year `earlier` are in it. They have no growth of purchases: leave them out."),
         Mistake(_of_all_buyers, "This is the rate of all that bought in the year before. The lists are made from the pool: take its rate."),
         Mistake(lambda book: {"base": _climbers(book)["business"] / PICKS}, "This is a hit rate. The base rate is that of the whole pool.")),
        _list_follows,
    ),
    Question("03.q1", "An index of 0.98", "b"),
    Question("03.q2", "Graded A in 60 draws of 100", "c"),
    Question("03.q3", "A signal that is nearly never wrong", "a"),
)  # fmt: skip
