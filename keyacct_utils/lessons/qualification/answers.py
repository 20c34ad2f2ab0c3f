"""Exercises of lesson 02: qualification."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.qualification import features as ql
from keyacct_utils.lessons.qualification import findings as steps
from keyacct_utils.lessons.shared.exercise import DEFENCE, Exercise, Mistake, Part, Question
from keyacct_utils.lessons.showing.words import count, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

EFFICIENCY = ql.POWER_RULES[1]
#: Two limits of the power-factor tariff of 1983; S000-8a says only "high" (lesson 02).
HIGH, LOWER = 0.90, 0.85
#: The five tests of S000-8a in words.
WORDS = {"voltage_kv": "voltage", "yoy": "growth", "power_factor": "power factor", "avg_monthly_fee": "fee", "fee_recovery": "recovery"}  # fmt: skip
WAYS = {"all_five": "all", "four": "four_of_five", "any_one": "any"}
#: Cuts of exercise 02.3, yuan a month; those of bronze, crystal and A(A+) stay as S000-5c states them.
NEW_CUTS = {
    **ql.TELECOM_TIERS,
    "diamond": 100_000,
    "platinum": 50_000,
    "gold": 30_000,
    "silver": 15_000,
    "B": 1_000,
    "C": 600,
}
#: A supply company's bill over a telephone bill, so that crystal starts at the list's cut (lesson 02).
SCALE = 1_000
SHIFTED = {
    label: cut * (1 if label in ql.TELECOM_STATED else 1.25)
    for label, cut in ql.TELECOM_TIERS.items()
}
AGES = ("one", "two", "three")
TIMES = ("more often", "every year", "every two years", "every three years")
#: The rule of exercise 02.6: a distributor's own, in yuan a month, shares, years and points.
HOUSE = (
    ql.Test("avg_monthly_fee", ">=", 50_000, "02.6"),
    ql.Test("yoy", ">", 0, "02.6"),
    ql.Test("fee_recovery", ">=", 0.90, "02.6"),
    ql.Test("tenure_y", ">=", 5, "02.6"),
    ql.Test("satisfaction", ">=", 6, "02.6"),
)
TESTED = [test.column for test in HOUSE]
#: How many of the tests have to hold, by the name of the reading.
NEEDED: dict[str, int] = {"all five": 5, "four of five": 4}
SATISFACTION = ["S1", "S2", "S3"]
#: Part of the revenue that may belong to accounts without a class.
MAY_BE_OPEN = 0.10
READINGS = ("all five", "four of five", "neither")


@lru_cache(maxsize=2)
def features_of(book: Book) -> pd.DataFrame:
    """The features of lesson 02 in the book's own period: line P, or all lines of a book without it.

    They are the lesson's own: its months are those that the ledger has, and growth is that of the
    months which the year before has too.
    """
    return steps.accounts(book, line=steps.POWER_LINE).features


def _with(book: Book, *columns: str) -> pd.DataFrame:
    features = features_of(book)
    if lacking := [
        column for column in columns if column not in features or features[column].isna().all()
    ]:
        raise ValueError(
            f"it has no values of {', '.join(lacking)}; take the bundled book linjiang"
        )
    return features


def _judged(features: pd.DataFrame, limit: float = HIGH, combine: str = "all") -> pd.Series:
    return ql.classify(features, ql.POWER_RULES, ql.Reading(limit, combine=combine)).astype("str")


def _passing(book: Book, rule: ql.Rule = EFFICIENCY, **reading: Any) -> int:
    return int(
        (ql.classify(_with(book, *WORDS), [rule], ql.Reading(**reading)) == rule.label).sum()
    )


def _three_ways(book: Book) -> dict[str, Any]:
    tests = [test for test in EFFICIENCY.tests if isinstance(test, ql.Test)]
    alone = {
        WORDS[test.column]: _passing(book, ql.Rule("passes", (test,), test.source))
        for test in tests
    }
    joined = {name: _passing(book, combine=way) for name, way in WAYS.items()}
    return joined | {"widest": max(alone, key=lambda word: alone[word])}


def _passes_added_up(book: Book) -> int:
    tests = [test for test in EFFICIENCY.tests if isinstance(test, ql.Test)]
    return sum(_passing(book, ql.Rule("passes", (test,), test.source)) for test in tests)


def _of_the_class(book: Book) -> dict[str, Any]:
    features = _with(book, *WORDS, "important_type")
    return {
        name: int((_judged(features, combine=way) == "efficiency").sum())
        for name, way in WAYS.items()
    }


def _between(book: Book, limit: float = LOWER) -> set[str]:
    factor = _with(book, *WORDS, "important_type")["power_factor"]
    return set(factor.index[factor.between(limit, HIGH, inclusive="left")])


def _lowered(book: Book, limit: float = LOWER) -> dict[str, Any]:
    moved = []
    for way in ("all", "four_of_five"):
        found = ql.flips(
            features_of(book),
            ql.POWER_RULES,
            [ql.Reading(HIGH, combine=way), ql.Reading(limit, combine=way)],
        )
        moved.append(set(found.index[found["boundary"]]))
    return {"between": len(_between(book, limit)), "moved": moved[0], "moved_four": moved[1]}


def _tiers(
    book: Book, cuts: Mapping[str, float], scale: float = SCALE, column: str = "avg_monthly_fee"
) -> pd.Series:
    features = features_of(book)
    judged = features.assign(judged=features[column].clip(lower=0))
    return ql.classify(judged, ql.tier_rules("judged", cuts, scale=scale)).astype("str")


def _new_tiers(book: Book, cuts: Mapping[str, float] = NEW_CUTS) -> dict[str, Any]:
    tiers, old = _tiers(book, cuts), _tiers(book, ql.TELECOM_TIERS)
    moved, key = tiers != old, features_of(book)["avg_monthly_fee"] >= SCALE * NEW_CUTS["crystal"]
    return {"tiers": tiers, "moved": int(moved.sum()), "key_moved": int(moved[key].sum())}


def _moved_by_counts(book: Book) -> int:
    counts = [_tiers(book, cuts).value_counts() for cuts in (NEW_CUTS, ql.TELECOM_TIERS)]
    return int(counts[0].sub(counts[1], fill_value=0).abs().sum() / 2)


@lru_cache(maxsize=4)
def flags_of(book: Book) -> pd.DataFrame:
    """Present list and important type of each account, 0 or 1."""
    flags = (
        _with(book, "listed_ka", "important_type")[["listed_ka", "important_type"]]
        .fillna(0)
        .astype(int)
    )
    if (flags.nunique() < 2).any():
        raise ValueError(
            "its list or its important type says the same of every account; take the bundled book linjiang"
        )
    return flags


def _beyond_chance(book: Book) -> dict[str, Any]:
    flags = flags_of(book)
    listed, important = flags.mean()
    kappa = ql.agreement(flags["listed_ka"], flags["important_type"])["kappa"]
    return {
        "fault": "chance",
        "by_chance": listed * important + (1 - listed) * (1 - important),
        "kappa": kappa,
    }


def _agreed(book: Book) -> float:
    return float((flags_of(book).nunique(axis=1) == 1).mean())


@lru_cache(maxsize=2)
def _pairs(book: Book) -> pd.DataFrame:
    """Each pair of full years: years between, names on the list of the first, and whom it keeps and misses in the second."""
    rows, (full, _) = book.rollup(period="year"), book.full_years()
    rows = rows[rows["line"] == "P"] if (rows["line"] == "P").any() else rows
    years = rows.pivot_table("revenue", "account_id", "period", aggfunc="sum", fill_value=0.0)
    fees = years.reindex(columns=list(full), fill_value=0.0).round(2) / 12
    if len(fees.columns) <= len(AGES):
        raise ValueError(
            f"it needs {len(AGES) + 1} full years and has {len(fees.columns)}; take the bundled book linjiang"
        )
    counts = []
    for age, name in enumerate(AGES, 1):
        for old, new in zip(fees.columns[:-age], fees.columns[age:], strict=True):
            listed = (fees[old] >= ql.LIST_THRESHOLD).astype(int)
            error = ql.static_list_error(listed, fees[new], ql.LIST_THRESHOLD)["error"]
            counts.append(
                (
                    name,
                    listed.sum(),
                    (error == "decliner kept").sum(),
                    (error == "grower missed").sum(),
                    len(fees),
                )
            )
    found = pd.DataFrame(counts, columns=["age", "names", "kept", "missed", "accounts"])
    if not found["names"].all():
        raise ValueError(
            f"in some year nobody in it pays {ql.LIST_THRESHOLD:,} a month; take the bundled book linjiang"
        )
    return found.assign(
        wrong=found["kept"] + found["missed"],
        either=found["names"] + found["missed"],
        later=found["names"] - found["kept"] + found["missed"],
    )


def _ageing(book: Book, above: str = "wrong", below: str = "names") -> dict[str, float]:
    sums = _pairs(book).groupby("age")[[above, below]].sum()
    shares = sums[above] / sums[below]
    return {name: float(shares[name]) for name in AGES}


def _by_pairs(book: Book, how: str) -> dict[str, float]:
    pairs = _pairs(book)
    found = (pairs["wrong"] / pairs["names"]).groupby(pairs["age"]).agg(how)
    return {name: float(found[name]) for name in AGES[:2]}


def _bar_is_sound(own: Mapping[str, float]) -> str:
    if 0 < own["bar"] < 1:
        return ""
    return f"`bar` is {own['bar']:g}: the part of the names that may be wrong lies between 0 and 1."


def _sooner_or_later(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """What speaks for drawing the list anew soon, and what for leaving it alone."""
    shares, pairs = _ageing(book), _pairs(book)
    year = pairs[pairs["age"] == AGES[0]]
    best = year.assign(part=year["wrong"] / year["names"]).sort_values("part").iloc[0]
    missed = int(pairs.loc[pairs["age"] == AGES[-1], "missed"].sum())
    return {
        "a new list soon": [
            f"After three years there are {percent(shares[AGES[-1]], 0)} as many errors as names.",
            f"The oldest list misses {count(missed, 'account')} that nobody looks after.",
        ],
        "leaving it alone": [
            f"After one year there are {percent(shares[AGES[0]], 0)} as many errors as names, "
            f"in the best year {percent(best['part'], 0)}: "
            f"{count(best['wrong'], 'error')}, {count(best['names'], 'name')}.",
            "Each new list means talks with "
            f"{count(round(year['kept'].mean()), 'account')} that are taken off it, in the mean year.",
        ],
    }


def _lasts_as_long(book: Book, answer: Mapping[str, Any]) -> str:
    bar, choice = float(answer["bar"]), answer["choice"].strip().casefold()
    within = [float(answer[name]) <= bar for name in AGES]
    if choice == TIMES[[*within, False].index(False)]:
        return ""
    return f"Your numbers contradict your choice. Hold each share against your own bar, from one year up: does “{choice}” follow?"


@lru_cache(maxsize=4)
def house_features(book: Book) -> pd.DataFrame:
    """What the rule of 02.6 tests, of each account that bought in the period; the satisfaction is that of its last year."""
    features, end = features_of(book), book.period_dates()[1]
    features = features[features["revenue"] > 0]
    if features.empty:
        raise ValueError("no account bought anything in its period; take the bundled book yunhe")
    found = pd.Series(dtype=float)
    if book.has("survey", "year", *SATISFACTION):
        survey = book.table("survey").dropna(subset=SATISFACTION)
        year = end.year if end else survey["year"].max()
        sheets = survey[survey["year"] == year].groupby("account_id")[SATISFACTION]
        found = sheets.mean().mean(axis=1).astype(float)
    return features.assign(satisfaction=found)


def _by_house(features: pd.DataFrame) -> list[pd.Series]:
    """The classes where all five tests must hold, and where four are enough."""
    return [
        ql.classify(features, [ql.Rule("key", HOUSE, "02.6", least)]).astype("str")
        for least in NEEDED.values()
    ]


def _told(features: pd.DataFrame, strict: pd.Series, mild: pd.Series) -> dict[str, Any]:
    """Accounts of two masks and their part of the revenue."""
    revenue = features["revenue"]
    return {
        "unknown": int(strict.sum()),
        "share": float(revenue[strict].sum() / revenue.sum()),
        "unknown_four": int(mild.sum()),
        "share_four": float(revenue[mild].sum() / revenue.sum()),
    }


def _left_open(book: Book, **filled: float) -> dict[str, Any]:
    """Who has no class under either reading; ``filled`` is put in place of a column's blanks."""
    features = house_features(book)
    judged = features[["account_id"]].join(features.reindex(columns=TESTED).fillna(filled))
    strict, mild = (classes == "unknown" for classes in _by_house(judged))
    return _told(features, strict, mild)


def _could_be_key(book: Book) -> dict[str, Any]:
    features = house_features(book)
    strict, mild = (classes != "none" for classes in _by_house(features))
    return _told(features, strict, mild)


def _any_blank(book: Book) -> dict[str, Any]:
    features = house_features(book)
    blank = features.reindex(columns=TESTED).isna().any(axis=1)
    return _told(features, blank, blank)


def _any_blank_of(book: Book, *names: str) -> dict[str, Any]:
    found = _any_blank(book)
    return {name: found[name] for name in names}


def _parts_of_the_accounts(book: Book) -> dict[str, float]:
    found, accounts = _left_open(book), len(house_features(book).index)
    return {"share": found["unknown"] / accounts, "share_four": found["unknown_four"] / accounts}


def _growth_failed(book: Book) -> dict[str, Any]:
    found = _left_open(book, yoy=-1.0)
    return {name: found[name] for name in ("unknown_four", "share_four")}


def _reading_follows(book: Book, answer: Mapping[str, Any]) -> str:
    allowed = [*(float(answer[name]) <= MAY_BE_OPEN for name in ("share", "share_four")), True]
    if answer["choice"].strip().casefold() == READINGS[allowed.index(True)]:
        return ""
    return "`choice` does not follow from your own shares. Which of them is at most 10 %? If both are, all five go first."


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "02.1", "Five tests, three ways to join them", "redo by hand",
        (
            Part("all_five", "accounts that pass all five tests: a count"),
            Part("four", "that pass at least four: a count"),
            Part("any_one", "that pass at least one: a count"),
            Part("widest", choices=tuple(WORDS.values())),
        ), _three_ways, (
            "Make one column of True and False for each test, side by side in a DataFrame.",
            "`frame.sum(axis=1)` counts how many tests each account passes. Each question is a limit on that count.",
            "For the widest test, sum each column instead.",
        ), (
            Mistake(_of_the_class, "This leaves out the important type, which the rule names first. Here only the five tests count."),
            Mistake(lambda book: {"four": _three_ways(book)["four"] - _three_ways(book)["all_five"]}, "This counts accounts that pass exactly four. At least four is asked."),
            Mistake(lambda book: {"any_one": _passes_added_up(book)}, "This adds up the five columns. An account that passes three tests stands in it three times: count accounts."),
            Mistake(lambda book: {"all_five": _passing(book, at_threshold=">")}, "An account exactly at a limit fails here. Every limit but that of growth includes its own number: >=."),
            Mistake(lambda book: {"all_five": _passing(book, power_factor_limit=LOWER)}, "This takes 0.85 for the power factor. The limit is 0.90 here."),
        ),
    ),
    Exercise(
        "02.2", "Where high begins", "change an assumption",
        (
            Part("between", "accounts from 0.85 to below 0.90: a count"),
            Part("moved", "ids that change class, all five tests: a list"),
            Part("moved_four", "ids that change class, four of five: a list"),
        ), _lowered, (
            "A reading is `ql.Reading(power_factor_limit, at_threshold, combine)`. You need four of them.",
            "`ql.classify(features, ql.POWER_RULES, reading)` gives the classes under one reading. Compare two that differ in the limit only.",
            '`combine` is "all" or "four_of_five". The ids are the index where the two Series differ: `a.index[a != b]`.',
        ), (
            Mistake(lambda book: {"between": int((_with(book, *WORDS)["power_factor"] < HIGH).sum())}, "This counts all below 0.90. Those below 0.85 fail both limits."),
            Mistake(lambda book: {"moved": _between(book), "moved_four": _between(book)}, "These all have such a power factor. Most of them fail another test too, or have another class. Compare the classes."),
            Mistake(lambda book: _lowered(book, 0.80), "This goes down to 0.80. The lower limit is 0.85 here."),
            Mistake(lambda book: {"moved": _lowered(book)["moved_four"], "moved_four": _lowered(book)["moved"]}, "These change class under the other way of joining the tests."),
        ),
    ),
    Exercise(
        "02.3", "Nobody is diamond", "change an assumption",
        (
            Part("tiers", "Series of tiers by account_id, new cuts"),
            Part("moved", "accounts with another tier than before: a count"),
            Part("key_moved", "key accounts among them: a count"),
        ), _new_tiers, (
            "`ql.tier_rules` makes rules of a column and cuts, highest first; `scale` multiplies all cuts. `ql.classify` applies them.",
            "The tiers before are those of `ql.TELECOM_TIERS` with the same scale.",
            "Compare the two Series account by account with `!=`. For the key accounts keep those with a fee of 3 million or more.",
        ), (
            Mistake(lambda book: _new_tiers(book, ql.TELECOM_TIERS), "These are the cuts of the lesson. Take the new ones."),
            Mistake(lambda book: _new_tiers(book, SHIFTED), "This multiplies the assumed cuts by 1.25, as the lesson does. Take the new ones."),
            Mistake(lambda book: {"moved": _moved_by_counts(book)}, "This compares the counts of the tiers. Two accounts that change places leave the counts as they are: compare account by account."),
            Mistake(lambda book: {"tiers": _tiers(book, NEW_CUTS, 1)}, "These cuts are for telephone bills. Multiply them by 1,000."),
            Mistake(lambda book: {"tiers": _tiers(book, NEW_CUTS, column="revenue")}, "This holds the money of the whole period against cuts for one month."),
            Mistake(lambda book: {"tiers": pd.Series("D", index=features_of(book).index)}, "Every account is D here: the lowest cut was asked first. Ask from the top, and the first that fits decides."),
        ),
    ),
    Exercise(
        "02.4", "Two standards, one picture?", "find the fault",
        (
            Part("fault", choices=("chance", "order", "size", "total")),
            Part("by_chance", "agreement by chance alone: fraction, 3 decimals", 0.001),
            Part("kappa", "agreement beyond chance, Cohen's kappa: 3 decimals", 0.001),
        ), _beyond_chance, (
            "How many accounts does neither of the two call key? All of them count as agreement.",
            "Suppose the two were dealt out independently. Both say yes for the product of their shares; work out the same for no, and add.",
            "kappa = (p_o - p_e) / (1 - p_e): the colleague's number is p_o, `by_chance` is p_e.",
        ), (
            Mistake(lambda book: {"by_chance": _agreed(book)}, "This is the colleague's own number."),
            Mistake(lambda book: {"kappa": _agreed(book)}, "This is the colleague's own number."),
            Mistake(lambda book: {"by_chance": flags_of(book).mean().prod()}, "This is the chance that both say yes. They agree too where both say no."),
            Mistake(lambda book: {"by_chance": 0.5}, "One half would be right if each said yes to half of the accounts. Take the shares that they do say yes to."),
            Mistake(lambda book: {"kappa": _agreed(book) - _beyond_chance(book)["by_chance"]}, "This is the distance from chance. Divide it by the largest distance there could be."),
            Mistake(lambda book: {"fault": "order"}, "Both columns come from one table, row by row. Look further."),
            Mistake(lambda book: {"fault": "size"}, "Weighed by money, two lists that know nothing of each other would still agree on a good part. Look further."),
            Mistake(lambda book: {"fault": "total"}, "Every account is judged by both, so all of them are the total. Look further."),
        ),
    ),
    Exercise(
        "02.5", "How old may a list grow?", "decide and defend",
        (
            Part("choice", choices=TIMES),
            Part("bar", "largest share that you accept: fraction", own=True),
            Part("one", "wrong after one year, part of the names: 3 decimals", 0.001),
            Part("two", "after two years: fraction, 3 decimals", 0.001),
            Part("three", "after three years: fraction, 3 decimals", 0.001),
            DEFENCE,
        ), _ageing, (
            "Set `bar` before you compute anything. How many wrong names would you defend before the board?",
            "`fees >= 3_000_000` says who belongs on the list of each year. A wrong name is one that differs between two years.",
            "For lists two years old compare all columns but the last two with all but the first two: `.iloc[:, :-2]` and `.iloc[:, 2:]`, as arrays.",
        ), (
            Mistake(lambda book: _by_pairs(book, "mean"), "This is the mean of the shares of each pair of years. Add up the wrong names and the names first, then divide."),
            Mistake(lambda book: _ageing(book, "kept"), "This counts only those that the list keeps. It also misses some."),
            Mistake(lambda book: _ageing(book, "missed"), "This counts only those that the list misses. It also keeps some."),
            Mistake(lambda book: _ageing(book, below="accounts"), "This divides by all accounts. Divide by the names on the list."),
            Mistake(lambda book: _ageing(book, below="either"), "This divides by the names on either of the two lists, as the lesson does with the claim. Here those on the older list alone are the whole."),
            Mistake(lambda book: _ageing(book, below="later"), "This divides by the names on the later list. Divide by those on the older one, which is in use."),
            Mistake(lambda book: _by_pairs(book, "last"), "This takes the latest pair of years alone. Take all pairs that lie so far apart."),
        ), _lasts_as_long, _bar_is_sound, _sooner_or_later,
    ),
    Exercise(
        "02.6", "What a blank leaves open", "another book",
        (
            Part("unknown", "accounts without a class, all five tests: a count"),
            Part("share", "their part of the revenue judged: fraction, 3 decimals", 0.001),
            Part("unknown_four", "accounts without a class, four of five: a count"),
            Part("share_four", "their part of the revenue judged: fraction, 3 decimals", 0.001),
            Part("choice", choices=READINGS),
        ), _left_open, (
            "Count two things for each account: the tests that it passes, and its blanks. `others[columns].isna().sum(axis=1)` counts blanks; growth can be one too.",
            "An account is key once enough tests hold, and cannot be key where the tests that hold and the blanks together are too few. In between it is *unknown*.",
            'Or write the rule as on the napkin: `ql.Rule("key", tests, "house", 5)` with five `ql.Test`; a 4 in place of the 5 is the other reading. `ql.classify(others, [rule])` says *unknown*.',
            'The share is `others["revenue"]` of these accounts over that of all of `others`.',
        ), (
            Mistake(lambda book: _left_open(book, **dict.fromkeys(TESTED, -1.0)), "Nobody is left open if a missing value counts as a failed test. A questionnaire that did not come back is not a bad mark."),
            Mistake(lambda book: _any_blank_of(book, "unknown", "share"), "These have a blank. Most of them have failed another test too, and where all five must hold their blank changes nothing."),
            Mistake(lambda book: _any_blank_of(book, "unknown_four", "share_four"), "These have a blank. For most of them it changes nothing: too many other tests have failed, or enough hold."),
            Mistake(_could_be_key, "These could all be key accounts, and some are already: enough of their tests hold. Leave those out."),
            Mistake(_growth_failed, "A blank in the growth counts as a failed test here. Who bought nothing in the year before has no growth, and that is a blank like any other."),
            Mistake(_parts_of_the_accounts, "This is their part of the accounts. The money is asked."),
        ), _reading_follows,
    ),
    Question("02.q1", "A blank in the file", "d"),
    Question("02.q2", "A consistency ratio of 0.43", "c"),
    Question("02.q3", "Ten of the thirty leave", "b"),
)  # fmt: skip
