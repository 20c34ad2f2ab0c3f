"""Exercises of lesson 07: credit grade of an electricity account."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.credit_grade import scorecard as sc
from keyacct_utils.lessons.credit_grade import scoring as cr
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question

if TYPE_CHECKING:
    from keyacct_utils.book import Book

LINJIANG = "take the bundled book linjiang"
GRADES = (*cr.CUTOFFS, cr.LOWEST)
#: The record of 07.1, scored on the first day of 2024, of a customer since June 2022.
RECORD = {
    "2023-05-16": "electrician_unqualified", "2023-08-01": "arrears", "2023-09-01": "arrears", "2023-10-11": "arrears_made_good",
}  # fmt: skip
#: Part of the loss that 07.2 lets through; the lesson's months owed and loss given default.
ACCEPTED, MONTHS_OWED, LGD = 0.6, 2, 0.45
#: The five changes of 07.4: to the reading, or sections left out.
MENU: Mapping[str, Mapping[str, Any]] = {
    "months": {"window_months": 24}, "bands": {"bands": "cumulate"}, "bonuses": {"cap": "none"},
    "safety": {"without": ["safety"]}, "staff": {"without": ["operation", "development"]},
}  # fmt: skip
#: The reading of 07.3, by its name in the menu.
STRICT = ("bands",)
PAIRS = tuple(itertools.combinations(MENU, 2))
#: 07.5: months without a break that are trouble, least gain that stands up, fewest in trouble (or out of it) for a verdict.
TROUBLE, LEAST_GAIN, MANY = 2, 0.01, 10
VERDICTS = ("both", "months only", "safety only", "neither", "too few")
_FULL = pd.Series({section.name: cr.MAXIMUM[number] for number, section in cr.SECTIONS.items()})
_ASKED = {
    "accounts": ("lighting_user", "start_date", "tenure_y"),
    "account_profile": ("operation_score", "development_score"),
}


def _pencil(
    judged: float = 4, bands: Any = "replace", rescue: bool = True, persons: int = 2
) -> tuple[float, str]:
    """Points and grade of the record of 07.1."""
    record = pd.DataFrame(
        {"account_id": "P", "date": pd.to_datetime(list(RECORD)), "code": list(RECORD.values())}
    )
    record["persons"] = [persons, 1, 1, 1]
    customer = pd.DataFrame({"account_id": ["P"], "start_date": pd.to_datetime(["2022-06-01"])})
    customer = customer.assign(operation_score=judged, development_score=5)
    scored = cr.score_events(
        record, customer, reading=cr.Reading(bands=bands, rescue=rescue), as_of="2024-01-01"
    )
    return float(scored["score"].iloc[0]), str(cr.grade(scored).iloc[0])


def _by_pencil(book: Book) -> dict[str, Any]:
    right = dict(zip(("score", "grade"), _pencil(), strict=True))
    return right | {
        "cumulated": _pencil(bands="cumulate")[1],
        "unrescued": _pencil(bands="cumulate", rescue=False)[1],
    }


@lru_cache(maxsize=4)
def people(book: Book) -> pd.DataFrame:
    """The accounts whose default is known, in the order of their ids, with what the rule asks of them."""
    if not book.has("credit_events") or not book.has("defaults", "default_12m", "window_start"):
        raise ValueError(
            f"it lacks credit_events, or defaults with default_12m and window_start; {LINJIANG}"
        )
    table = book.counted("defaults").dropna(subset=["default_12m", "window_start"])
    for source, wanted in _ASKED.items():
        if kept := [column for column in wanted if book.has(source, column)]:
            table = table.merge(
                book.table(source)[["account_id", *kept]], on="account_id", how="left"
            )
    if table["default_12m"].nunique() < 2:
        raise ValueError(
            f"all its accounts had the same fate, so no score can be judged; {LINJIANG}"
        )
    return table.dropna(axis="columns", how="all").sort_values("account_id", ignore_index=True)


def record_of(book: Book, accounts: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The events of these accounts, with the day of scoring and the first day of the record."""
    events = book.counted("credit_events")
    days = {
        "as_of": accounts["window_start"].min(),
        "record_from": events["date"].min().to_period("M").to_timestamp(),
    }
    return events[events["account_id"].isin(list(accounts["account_id"]))], days


def points(
    book: Book,
    changes: Iterable[str] = (),
    accounts: pd.DataFrame | None = None,
    scaled: bool = True,
    **other_day: Any,
) -> pd.Series:
    """The score by account with changes of the menu, on 100 points again if ``scaled``."""
    accounts = people(book) if accounts is None else accounts
    events, days = record_of(book, accounts)
    reading, without = cr.Reading(), list[str]()
    for name in changes:
        reading = replace(
            reading, **{key: value for key, value in MENU[name].items() if key != "without"}
        )
        without += MENU[name].get("without", [])
    scored = cr.score_events(events, accounts, reading=reading, **(days | other_day))
    gone = scored[without]
    if not scaled:
        return (scored["score"] - gone.sum(axis=1)).round(6)
    return (
        (scored["score"] - gone.sum(axis=1))
        * 100
        / (100 - gone.notna().astype(float) @ _FULL[without])
    ).round(6)


@lru_cache(maxsize=4)
def fate_of(book: Book) -> pd.Series:
    """1 for a default, 0 for a payer, by account."""
    return people(book).set_index("account_id")["default_12m"].astype(int)


@lru_cache(maxsize=4)
def owed_of(book: Book) -> pd.Series:
    """The amount at risk: what each account would owe at default."""
    fate, day = fate_of(book), people(book)["window_start"].min()
    if not book.has("ledger", "date", "revenue"):
        raise ValueError(
            f"its ledger lacks date or revenue, so nobody knows what was owed; {LINJIANG}"
        )
    start, end = ((day - back).date() for back in (pd.DateOffset(years=1), pd.DateOffset(days=1)))
    bills = book.rollup(by_line=False, start=start, end=end).set_index("account_id")["revenue"]
    owed = bills.reindex(fate.index).fillna(0).clip(lower=0) * MONTHS_OWED / 12
    if (owed * fate > 0).sum() < 2:
        raise ValueError(
            f"fewer than two of its defaulters were billed in the year before; {LINJIANG}"
        )
    return owed


def _deposits(book: Book) -> dict[str, float]:
    """The right values of 07.2, and wrong ones: a step too low, as much caught as may get through, all who are asked and their share, the half of the whole."""
    owed, fate, score = owed_of(book), fate_of(book), points(book)
    losses = owed * LGD * fate
    rest = losses.drop(losses.idxmax())
    curve, later = (
        sc.cost_curve(score[of.index], fate[of.index], missed=of, refused=0.0)
        for of in (losses, rest)
    )
    limit, through = ACCEPTED * losses.sum(), curve["cost_missed"]
    money, heads = (
        curve[through <= limit].iloc[0],
        curve[curve["missed"] <= ACCEPTED * fate.sum()].iloc[0],
    )
    without = later.loc[later["cost_missed"] <= ACCEPTED * rest.sum(), "cutoff"].iloc[0]
    if max(money["cutoff"], heads["cutoff"], without) > score.max():
        raise ValueError(f"only a deposit from everybody keeps its losses so low; {LINJIANG}")
    right = {
        "cutoff": money["cutoff"],
        "payers": int(money["refused"]),
        "by_heads": heads["cutoff"],
        "without": without,
    }
    right["covered"] = float(owed[score < money["cutoff"]].sum() / owed.sum())
    return right | {
        "too_low": curve.loc[through > limit, "cutoff"].iloc[-1], "caught": curve.loc[through <= losses.sum() - limit, "cutoff"].iloc[0], "asked": int(money["treated"]),
        "share": float((score < money["cutoff"]).mean()), "old_limit": later.loc[later["cost_missed"] <= limit, "cutoff"].iloc[0],
        "payers_at": int(((score <= money["cutoff"]) & (fate == 0)).sum()), "covered_at": float(owed[score <= money["cutoff"]].sum() / owed.sum()),
        "of_loss": float(losses[score < money["cutoff"]].sum() / losses.sum()),
        **_near_misses(curve, later, fate, float(rest.sum())),
    }  # fmt: skip


def _near_misses(
    curve: pd.DataFrame, later: pd.DataFrame, fate: pd.Series, rest: float
) -> dict[str, float]:
    """Cut-offs of 07.2 that are a step too low."""
    heads = curve["missed"]
    return {
        "heads_low": curve.loc[heads > ACCEPTED * fate.sum(), "cutoff"].iloc[-1],
        "without_low": later.loc[later["cost_missed"] > ACCEPTED * rest, "cutoff"].iloc[-1],
    }


@lru_cache(maxsize=4)
def with_record(book: Book) -> pd.DataFrame:
    """The accounts of the colleague of 07.3: those with an event in the year before the day of scoring."""
    accounts = people(book)
    events, days = record_of(book, accounts)
    last = events[
        (events["date"] >= days["as_of"] - pd.DateOffset(years=1))
        & (events["date"] < days["as_of"])
    ]
    kept = accounts[accounts["account_id"].isin(list(last["account_id"]))]
    if kept["default_12m"].nunique() < 2 or len(kept) == len(accounts):
        raise ValueError(
            f"the fault does not show: all accounts have events, or those with events had one fate; {LINJIANG}"
        )
    return kept


def _repaired(book: Book) -> dict[str, Any]:
    fate = fate_of(book)
    gone = fate.drop(list(with_record(book)["account_id"]))
    return {
        "fault": "accounts",
        "auc": sc.gini_auc(points(book, STRICT), fate).auc,
        "rate": float(gone.mean()),
    }


def _colleague(book: Book) -> dict[str, float]:
    own = points(book, STRICT, with_record(book))
    return {
        "auc": sc.gini_auc(own, fate_of(book)[own.index]).auc,
        "rate": float(fate_of(book)[own.index].mean()),
    }


@lru_cache(maxsize=8)
def gains(book: Book, blocks: bool = False) -> pd.DataFrame:
    """Gain in AUC of each pair of changes: on every second account from the first (gain), on the others (proof), on all; with ``blocks`` on the first half of the list and on the second."""
    fate = fate_of(book)
    middle = len(fate) // 2
    gain, proof = (
        (slice(middle), slice(middle, None)) if blocks else (slice(0, None, 2), slice(1, None, 2))
    )
    halves = {"gain": fate.index[gain], "proof": fate.index[proof], "all": fate.index}
    if any(fate[half].nunique() < 2 for half in halves.values()):
        raise ValueError(f"one half of its accounts had the same fate; {LINJIANG}")
    scores = [points(book, pair) for pair in [(), *PAIRS]]
    aucs = pd.DataFrame(
        {
            half: [sc.gini_auc(score[ids], fate[ids]).auc for score in scores]
            for half, ids in halves.items()
        }
    )
    return (aucs - aucs.iloc[0]).assign(auc=aucs["gain"], auc_proof=aucs["proof"]).iloc[1:]


def _pair(book: Book, half: str = "gain") -> dict[str, Any]:
    table = gains(book)
    best = int(table[half].to_numpy().argmax())
    return {
        "pair": set(PAIRS[best]),
        **{str(part): value for part, value in table.iloc[best].items()},
    }


def _in_blocks(book: Book) -> dict[str, Any]:
    """Of the pair that wins on the first half of the list, the gains on both halves."""
    table = gains(book, blocks=True)
    best = int(table["gain"].to_numpy().argmax())
    return {
        "gain": float(table["gain"].iloc[best]),
        "proof": float(table["proof"].iloc[best]),
    }


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if 0 < own["bar"] < 0.5:
        return ""
    return f"`bar` is {own['bar']:g}: name one above 0, for a change that gains nothing needs no notice, and below 0.5."


def _adopt_or_keep(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for the two changes, and what for the rule as written."""
    table, fate = gains(book), fate_of(book)
    best = int(table["gain"].to_numpy().argmax())
    place = int((table["proof"] > table["proof"].iloc[best]).sum()) + 1
    won = table.iloc[best]
    return {
        "adopt": [
            f"{' and '.join(PAIRS[best])} have the largest gain of {len(PAIRS)} pairs where they were "
            f"chosen: {won['gain']:+.3f}.",
            f"On the other half the gain is {won['proof']:+.3f}, on all accounts {won['all']:+.3f}.",
        ],
        "keep": [
            f"On the other half the pair is number {place} of {len(PAIRS)}: {won['proof']:+.3f} after {won['gain']:+.3f}.",
            f"The halves hold {int(fate[::2].sum())} and {int(fate[1::2].sum())} defaults: few to "
            f"choose among {len(PAIRS)} pairs.",
        ],
    }


def _follows_from_the_bar(book: Book, answer: Mapping[str, Any]) -> str:
    bar, proof, choice = (
        float(answer["bar"]),
        float(answer["proof"]),
        answer["choice"].strip().casefold(),
    )
    if (choice == "adopt") != (proof >= bar):
        found = "reaches" if proof >= bar else "does not reach"
        return f"Your numbers contradict your choice: the gain on the other half {found} your own bar, and you say “{choice}”."
    return ""


@lru_cache(maxsize=4)
def year_before(book: Book) -> tuple[pd.DataFrame, pd.Timestamp, pd.DataFrame]:
    """Accounts that had started a year before the lesson's day, that earlier day, and their runs of arrears in the year after."""
    accounts = people(book)
    day = accounts["window_start"].min() - pd.DateOffset(years=1)
    if "start_date" in accounts:
        accounts = accounts[accounts["start_date"] < day]
    events, days = record_of(book, accounts)
    if events.empty or days["record_from"] > day - pd.DateOffset(years=2):
        raise ValueError(f"it has no events from two years before {day:%Y-%m-%d} on; {LINJIANG}")
    return accounts, day, cr.arrears_runs(events, as_of=day + pd.DateOffset(years=1))


def _in_trouble(book: Book, months: int = TROUBLE) -> pd.Series:
    accounts, _, runs = year_before(book)
    found = (
        accounts["account_id"]
        .isin(list(runs.loc[runs["months"] >= months, "account_id"]))
        .astype(int)
    )
    if found.nunique() < 2:
        raise ValueError(f"all its accounts had the same fate in that year; {LINJIANG}")
    return found.set_axis(accounts["account_id"])


def _ever_in_trouble(book: Book) -> int:
    """Who owed two months running in any year of the record."""
    accounts, day, _ = year_before(book)
    events, _ = record_of(book, accounts)
    runs = cr.arrears_runs(events, as_of=day + pd.DateOffset(years=1), window_months=None)
    return int(runs.loc[runs["months"] >= TROUBLE, "account_id"].nunique())


def _by_entries(book: Book) -> int:
    """Who has so many entries of arrears in the year, in a row or not."""
    accounts, day, _ = year_before(book)
    events, _ = record_of(book, accounts)
    inside = events["date"].between(day, day + pd.DateOffset(years=1), inclusive="left")
    owed = events[inside & (events["code"] == "arrears")]
    return int((owed.groupby("account_id").size() >= TROUBLE).sum())


def _against_default(book: Book) -> dict[str, float]:
    """The AUCs of 07.5 against default in the place of trouble."""
    return _another_year(book, fate=fate_of(book))


def _another_year(
    book: Book,
    later: int = 0,
    fate: pd.Series | None = None,
    unscaled: bool = False,
    **parts: tuple[str, ...],
) -> dict[str, float]:
    accounts, day, _ = year_before(book)
    as_of = day + pd.DateOffset(years=later)
    trouble = _in_trouble(book) if fate is None else fate.reindex(list(accounts["account_id"]))
    parts = parts or {"written": (), "longer": ("months",), "unsafe": ("safety",)}
    aucs = {
        part: sc.gini_auc(
            points(book, names, accounts, scaled=not unscaled, as_of=as_of), trouble
        ).auc
        for part, names in parts.items()
    }
    return aucs | {"accounts": len(trouble), "troubled": int(trouble.sum())}


def _verdict_follows(book: Book, answer: Mapping[str, Any]) -> str:
    kinds = min(answer["troubled"], answer["accounts"] - answer["troubled"])
    longer, unsafe = (
        round(answer[part] - answer["written"], 6) >= LEAST_GAIN for part in ("longer", "unsafe")
    )
    verdict = (
        "both"
        if longer and unsafe
        else "months only"
        if longer
        else "safety only"
        if unsafe
        else "neither"
    )
    if answer["choice"].strip().casefold() == ("too few" if kinds < MANY else verdict):
        return ""
    return f"Your choice does not follow from your numbers: a change stands up if its AUC is {LEAST_GAIN:g} or more above `written`. With fewer than {MANY} in trouble there is no verdict."


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "07.1", "Longhe Paper with a pencil", "redo by hand",
        (Part("score", "as the lesson reads the rule: points, 1 decimal", 0.1),
         Part("grade", choices=GRADES), Part("cumulated", choices=GRADES), Part("unrescued", choices=GRADES)),
        _by_pencil,
        ("Write down the six sections with their full points. Which events touch which section?",
         "August and September follow each other: one run of two months, which costs 20. Electricians are counted by person.",
         "For `cumulated`, take 10 and 20 for the run, then add the half point. For `unrescued`, look at the section before the half point."),
        (Mistake(lambda book: {"score": _pencil(persons=1)[0]}, "The electricians are charged as one. The rule takes 5 points per person."),
         Mistake(lambda book: {"score": _pencil()[0] - 0.5}, "The month that was made good earns half a point."),
         Mistake(lambda book: {"score": _pencil()[0] + 0.5}, "Half a point is earned by a month made good in the month after: September was, and August was not."),
         Mistake(lambda book: {"score": _pencil(judged=5)[0]}, "The field staff did not give full points for operation."),
         Mistake(lambda book: {"score": _pencil(bands="cumulate")[0]}, "Here the band of two months comes on top of the first. In the lesson's reading it replaces it."),
         Mistake(lambda book: {"score": _pencil()[0] + 10}, "Ten points too many. Is the run of two months charged with 20, and the electricians with 5 each? And is no bonus added for three years without an accident?"),
         Mistake(lambda book: {"grade": "A"}, "A begins at 70 points. Check the points, and round nothing up."),
         Mistake(lambda book: {"grade": _pencil(bands="cumulate")[1]}, "This is the grade if the bands of arrears cumulate, which `cumulated` asks for."),
         Mistake(lambda book: {"cumulated": _pencil()[1]}, "Nothing was added here: if the bands cumulate, the run costs 10 and then 20 more."),
         Mistake(lambda book: {"cumulated": _pencil(bands="cumulate", rescue=False)[1]}, "Thirty points go and half a point comes. Is the section empty? Only an empty one is a veto."),
         Mistake(lambda book: {"unrescued": _pencil(bands="cumulate")[1]}, "The veto looks before the bonus here. What is then left of the commercial section?")),
    ),
    Exercise(
        "07.2", "Three fifths may get through", "change an assumption",
        (Part("cutoff", "lowest that keeps the loss: points, 1 decimal", 0.1),
         Part("payers", "asked for a deposit although they paid: a count"),
         Part("covered", "of all that is at risk: fraction, 3 decimals", 0.001),
         Part("by_heads", "lowest if defaulters are counted, not money: points, 1 decimal", 0.1),
         Part("without", "lowest by money without the dearest default: points, 1 decimal", 0.1)),
        lambda book: {part: _deposits(book)[part] for part in ("cutoff", "payers", "covered", "by_heads", "without")},
        ("Defaulters below the cut-off have left a deposit. So what gets through is the loss of those at the cut-off or above.",
         "Try each score that occurs, from the lowest, and take the first at which no more than three fifths get through.",
         "`sc.cost_curve` gives `cost_missed`, `missed` and `refused` at each cut-off. For `without`, drop one account and take three fifths of what remains."),
        (Mistake(lambda book: {"cutoff": _deposits(book)["too_low"]}, "This is one step too low. An account exactly at the cut-off is not asked, so its loss still gets through."),
         Mistake(lambda book: {"cutoff": _deposits(book)["caught"]}, "This lets two fifths through and keeps three. Three fifths may get through."),
         Mistake(lambda book: {"cutoff": _deposits(book)["by_heads"], "by_heads": _deposits(book)["cutoff"]}, "Money and heads are interchanged."),
         Mistake(lambda book: {"payers": _deposits(book)["asked"]}, "This counts all who are asked, defaulters too."),
         Mistake(lambda book: {"payers": _deposits(book)["payers_at"]}, "This asks those exactly at the cut-off too. They are not asked."),
         Mistake(lambda book: {"covered": _deposits(book)["covered_at"]}, "This counts those exactly at the cut-off too. They are not asked."),
         Mistake(lambda book: {"covered": _deposits(book)["of_loss"]}, "This is the share of the loss. What payers would owe is at risk too."),
         Mistake(lambda book: {"by_heads": _deposits(book)["heads_low"]}, "This is one step too low: more than three fifths of the defaulters stand at it or above."),
         Mistake(lambda book: {"without": _deposits(book)["without_low"]}, "This is one step too low. An account exactly at the cut-off is not asked."),
         Mistake(lambda book: {"covered": _deposits(book)["share"]}, "This is a share of the accounts. Weigh them by what they would owe."),
         Mistake(lambda book: {"without": _deposits(book)["old_limit"]}, "The limit is still three fifths of the whole loss. Without the account the loss is smaller, and so is the limit."),
         Mistake(lambda book: {"without": _deposits(book)["cutoff"]}, "This is the cut-off with the account in. Leave out the default that cost most, not the largest account.")),
    ),
    Exercise(
        "07.3", "Hardly better than a coin", "find the fault",
        (Part("fault", choices=("accounts", "day", "direction", "ties")),
         Part("auc", "of all accounts, arrears cumulated: 3 decimals", 0.001),
         Part("rate", "defaulted among those left out: fraction, 3 decimals", 0.001)),
        _repaired,
        ("How many accounts does the colleague compare, and how many are there?",
         "What does the rule say of an account without any event? Did such accounts pay?",
         "Score `accounts`, all of them, in the colleague's reading, with `cr.score_events`, and hand the scores and `default` to `sc.gini_auc`."),
        (Mistake(_colleague, "This is a number of the colleague's own accounts."),
         Mistake(lambda book: {"auc": sc.gini_auc(points(book), fate_of(book)).auc}, "This is the rule as the lesson reads it. Here the bands of arrears cumulate."),
         Mistake(lambda book: {"rate": float(fate_of(book).mean())}, "This is the share of all accounts. Those whom the colleague left out are asked."),
         Mistake(lambda book: {"fault": "day"}, "`as_of` cuts off what came later, as in the lesson. Look further."),
         Mistake(lambda book: {"fault": "direction"}, "A high score is safe, which is what `gini_auc` takes for granted. Look further."),
         Mistake(lambda book: {"fault": "ties"}, "Equal scores count half, as the lesson defines it. Look further.")),
    ),
    Exercise(
        "07.4", "Repair the rule with two changes", "decide and defend",
        (Part("choice", choices=("adopt", "keep")),
         Part("bar", "least gain in AUC that is worth a new notice: above 0", own=True),
         Part("pair", "the two names of the menu, as a set"),
         Part("gain", "in AUC on the half it was chosen on: 3 decimals", 0.001),
         Part("proof", "gain in AUC on the other half: 3 decimals", 0.001),
         DEFENCE),
        lambda book: {part: value for part, value in _pair(book).items() if part in ("pair", "gain", "proof")},
        ("Set `bar` first. `itertools.combinations(MENU, 2)` gives the ten pairs.",
         "The gain of a pair is the AUC of `points(pair)` less the AUC of `points(())`, both on the same accounts.",
         "`default.index[::2]` is every second account from the first, `default.index[1::2]` are the others. Only the winner goes to the other half."),
        (Mistake(lambda book: {"pair": _pair(book, "all")["pair"], "gain": _pair(book, "all")["all"]}, "This pair was chosen on all accounts. Then none are left to test it on."),
         Mistake(lambda book: {"pair": _pair(book, "proof")["pair"]}, "This pair wins on the other half. Choose on every second account from the first."),
         Mistake(lambda book: {"proof": _pair(book, "proof")["proof"]}, "This is the best of the ten on the other half: a second search. Take the pair that was chosen."),
         Mistake(lambda book: {"proof": _pair(book)["all"]}, "This is the gain on all accounts. The half that chose the pair must not judge it."),
         Mistake(lambda book: {"gain": _pair(book)["auc"]}, "This is the AUC itself. Take off the AUC of the rule as written."),
         Mistake(lambda book: {"proof": _pair(book)["auc_proof"]}, "This is the AUC itself. Take off the AUC of the rule as written."),
         Mistake(lambda book: {"proof": _pair(book)["gain"]}, "This is the gain on the half that chose the pair. Take the other half."),
         Mistake(lambda book: {"gain": _pair(book)["proof"]}, "This is the gain on the other half. Take the one that chose the pair."),
         Mistake(lambda book: {"gain": _pair(book)["all"]}, "This is the gain on all accounts. Take the half that it was chosen on."),
         Mistake(lambda book: _in_blocks(book), "These are the first and the second half of the list. Take every second account, `[::2]` and `[1::2]`."),
         Mistake(lambda book: {"gain": -_pair(book)["gain"]}, "The sign is turned: take the rule as written from the pair.")),
        _follows_from_the_bar, _bar_is_sound, _adopt_or_keep,
    ),
    Exercise(
        "07.5", "Another year", "another book",
        (Part("accounts", "that had started before the earlier day: a count"),
         Part("troubled", "of them owed two months or more running: a count"),
         Part("written", "AUC of the rule as written: 3 decimals", 0.001),
         Part("longer", "AUC with 24 months and all sections: 3 decimals", 0.001),
         Part("unsafe", "AUC with 12 months, without safety: 3 decimals", 0.001),
         Part("choice", choices=VERDICTS)),
        _another_year,
        ("Keep the accounts that started before `earlier`, and the events of these accounts.",
         "`cr.arrears_runs` with `as_of` twelve months after `earlier` gives the runs of that year, by entries dated in it; `months` is their length.",
         "Score with `as_of=earlier`. Leaving out safety is the lesson's `without_safety`: the points of the other sections, times 100/80 where safety is judged."),
        (Mistake(lambda book: {"accounts": len(people(book))}, "Some of these had not started on the earlier day."),
         Mistake(lambda book: {"troubled": int(_in_trouble(book, 1).sum())}, "This counts who owed at all. Two months running or more are asked."),
         Mistake(lambda book: {"troubled": int((year_before(book)[2]["months"] >= TROUBLE).sum())}, "This counts runs. An account can have two in a year."),
         Mistake(lambda book: {part: _another_year(book, 1)[part] for part in ("written", "longer", "unsafe")}, "The score has seen the year that it is to foretell. Score on the earlier day."),
         Mistake(lambda book: {"troubled": _ever_in_trouble(book)}, "This counts runs of all years. Those of the twelve months from `earlier` on are asked: leave `window_months` as it is."),
         Mistake(lambda book: {"troubled": _by_entries(book)}, "This counts who has two entries. Two months in a row are asked, and one entry may say that several were owed."),
         Mistake(lambda book: {part: _against_default(book)[part] for part in ("written", "longer", "unsafe")}, "This sets the scores against default a year later. Set them against trouble."),
         Mistake(lambda book: {"unsafe": _another_year(book, unsafe=("safety",), unscaled=True)["unsafe"]}, "The points are not on 100 again. Lighting users, who have no section of safety, then stand above all others."),
         Mistake(lambda book: {part: _another_year(book, both=("months", "safety"))["both"] for part in ("longer", "unsafe")}, "Both changes are made here. Make one at a time.")),
        _verdict_follows,
    ),
    Question("07.q1", "Seventy-two of a hundred", "b"),
    Question("07.q2", "Both costs double", "d"),
    Question("07.q3", "Accidents say nothing", "a"),
)  # fmt: skip
