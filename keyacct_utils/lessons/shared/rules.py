"""Who qualifies as a key account (大客户认定): the documents' rules as data, and which of
them a book
can be judged by.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from keyacct_utils.lessons.shared.checks import some

#: Monthly fee at which the frozen list was drawn up (S000-5e: 3,000 yuan, at the scale of this
#: company).
LIST_THRESHOLD = 3_000_000
#: Limits of the power-factor tariff by user class: the essay says only "high" (S000-8a).
POWER_FACTOR_LIMITS = (0.90, 0.85, 0.80)
ASSUMED = "assumption"


@dataclass(frozen=True)
class Open:
    """A place that the document leaves open: the reading fills it, by this name."""

    name: str


@dataclass(frozen=True)
class Test:
    """One predicate: ``column operator threshold``; operators >=, >, <=, <, ==, in, and given (not
    missing).
    """

    __test__ = False  # the name is the field's term, not a pytest class
    column: str
    operator: str | Open
    threshold: Any
    source: str


@dataclass(frozen=True)
class Rule:
    """A class label and the tests (or rules) that lead to it: "all", "any", or at least a number
    of them.
    """

    label: str
    tests: tuple[Test | Rule, ...]
    source: str
    combine: str | int | Open = "all"


@dataclass(frozen=True)
class Reading:
    """One reading of the power rule (S000-8a): what "high" power factor, 以上 and "usually" are
    taken to mean.
    """

    power_factor_limit: float = POWER_FACTOR_LIMITS[0]
    at_threshold: str = ">="
    combine: str = "all"

    def __post_init__(self) -> None:
        limit = self.power_factor_limit
        if isinstance(limit, str) or not 0 < limit <= 1:
            raise ValueError(
                f"power_factor_limit is {limit!r}: expected a ratio above 0, at most 1, such as 0.9"
            )
        if self.at_threshold not in (">=", ">"):
            raise ValueError(f"at_threshold is {self.at_threshold!r}: expected '>=' or '>'")
        if self.combine not in ("all", "four_of_five", "any"):
            raise ValueError(
                f"combine is {self.combine!r}: expected 'all', 'four_of_five' or 'any'"
            )

    def __str__(self) -> str:
        return f"PF {self.power_factor_limit:.2f}, {self.at_threshold}, {self.combine}"


@dataclass(frozen=True)
class Scheme:
    """Rules of one document, a base value for each place it leaves open, and what no rule could
    cover.
    """

    rules: tuple[Rule, ...]
    base: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", MappingProxyType(dict(self.base)))


AnyRules = Scheme | Sequence[Rule]
AnyReading = Reading | Mapping[str, Any]


def open_names(part: Test | Rule) -> set[str]:
    """The names of the places that a test or a rule, with all below it, leaves open."""
    places = (part.operator, part.threshold) if isinstance(part, Test) else (part.combine,)
    below = part.tests if isinstance(part, Rule) else ()
    return {place.name for place in places if isinstance(place, Open)}.union(
        *map(open_names, below)
    )


def fill(place: Any, reading: Mapping[str, Any]) -> Any:
    """What stands in a place of a rule: its own value, or, where it is open, that of the
    reading.
    """
    if not isinstance(place, Open):
        return place
    if place.name not in reading:
        raise ValueError(
            f"reading does not say {place.name!r}, which a rule leaves open; it has {some(reading)}"
        )
    return reading[place.name]


def allowed_readings() -> tuple[Reading, ...]:
    """The 12 readings that the wording of S000-8a allows, the base reading first ("any" is not
    among them).
    """
    return tuple(
        itertools.starmap(
            Reading, itertools.product(POWER_FACTOR_LIMITS, (">=", ">"), ("all", "four_of_five"))
        )
    )


_AT = Open("at_threshold")
#: The power rule in its priority; "between" holds the fees that fit neither class, which the essay
#: does not name.
POWER_RULES: tuple[Rule, ...] = (
    Rule("important", (Test("important_type", "==", 1, "S000-8b"),), "S000-8b"),
    Rule(
        "efficiency",
        (
            Test("voltage_kv", ">=", 35, "S000-8a"),
            Test("yoy", ">", 0, "S000-8a"),
            Test("power_factor", ">=", Open("power_factor_limit"), "S000-8a"),
            Test("avg_monthly_fee", _AT, 5_000_000, "S000-8a"),
            Test("fee_recovery", _AT, 0.90, "S000-8a"),
        ),
        "S000-8a",
        Open("combine"),
    ),
    Rule(
        "potential",
        (
            Test("voltage_kv", ">=", 10, "S000-8c"),
            Test("voltage_kv", "<=", 35, "S000-8c"),
            Test("avg_monthly_fee", ">=", 1_000_000, "S000-8c"),
            Test("avg_monthly_fee", "<", 5_000_000, "S000-8c"),
        ),
        "S000-8c",
    ),
    Rule("between", (Test("avg_monthly_fee", ">=", 1_000_000, ASSUMED),), ASSUMED),
)

_LARGE = Test("avg_monthly_fee", ">=", Open("large_fee"), "S000-4a")
_SIZE = Rule(
    "large now or later",
    (_LARGE, Test("sales_potential", ">=", Open("large_potential"), "S000-4a")),
    "S000-4a",
    "any",
)
_SUSTAINED = Test("purchase_pattern", "==", "sustained", "S003-7b")
_CENTRAL = Test("central_purchase", "==", 1, "S003-7b")
_MONEY: Mapping[str, Any] = {"large_fee": LIST_THRESHOLD, "large_potential": 12 * LIST_THRESHOLD}
#: The other documents' rules. Every number in ``base`` is an assumption: the documents give none
#: but the contract's 1-2 years.
SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "definition": Scheme(
            (
                Rule(
                    "key account",
                    (
                        Rule(
                            "contract",
                            (Test("tenure_y", ">=", Open("contract_years"), "S000-4a"), _SIZE),
                            "S000-4a",
                        ),
                        Rule(
                            "strategic project",
                            (_LARGE, Test("priority_project", "==", 1, "S000-4a")),
                            "S000-4a",
                        ),
                        Rule(
                            "importance",
                            (
                                Test("important_type", "==", 1, "S000-4a"),
                                Test("centre_of_influence", "==", 1, "S000-4a"),
                            ),
                            "S000-4a",
                            "any",
                        ),
                        Test("innovation", ">=", Open("strong_points"), "S000-4a"),
                        Test("market_power", ">=", Open("strong_points"), "S000-4a"),
                    ),
                    "S000-4a",
                    Open("combine"),
                ),
            ),
            {**_MONEY, "contract_years": 1, "strong_points": 8, "combine": "any"},
            "AND or OR is left open; order size is read from fee and potential",
        ),
        "hp_tests": Scheme(
            (
                Rule(
                    "key account",
                    (
                        Test("product_fit", "==", 1, "S003-7b"),
                        _CENTRAL,
                        _SUSTAINED,
                    ),
                    "S003-7b",
                    Open("combine"),
                ),
            ),
            {"combine": "all"},
            "what a fit is stays a judgement",
        ),
        "priority_project": Scheme(
            (Rule("priority project", (Test("priority_project", "==", 1, "S000-1i"),), "S000-1i"),)
        ),
        "logistics_traits": Scheme(
            (
                Rule(
                    "key account",
                    (
                        _CENTRAL,
                        _SIZE,
                        _SUSTAINED,
                    ),
                    "S000-2e",
                    Open("combine"),
                ),
            ),
            {**_MONEY, "combine": "all"},
            ("no column: length of the sales cycle, team selling"),
        ),
        "telecom_traits": Scheme(
            (
                Rule(
                    "key account",
                    (
                        Test("n_lines", ">=", Open("many_lines"), "S000-6d"),
                        Test("volume", ">=", Open("large_volume"), "S000-6d"),
                        _LARGE,
                        Test("cross_region", "==", 1, "S000-6d"),
                        Test("rival_target", "==", 1, "S000-6d"),
                        Test("sales_potential", ">=", Open("large_potential"), "S000-6d"),
                    ),
                    "S000-6d",
                    Open("combine"),
                ),
            ),
            {**_MONEY, "many_lines": 2, "large_volume": 50_000_000, "combine": 3},
            (
                "n_lines: lines of business bought from; how many "
                "traits make a key account is left open"
            ),
        ),
        "four_types": Scheme(
            (
                Rule(
                    "strategic",
                    (
                        Test("priority_project", "==", 1, ASSUMED),
                        Test("centre_of_influence", "==", 1, ASSUMED),
                    ),
                    "S001-1c",
                    "any",
                ),
                Rule("important", (Test("important_type", "==", 1, ASSUMED),), "S001-1c"),
                Rule("group", (Test("group_id", "given", None, ASSUMED),), "S001-1c"),
                Rule("commercial", (), "S001-1c"),
            ),
            note="the table of the document is lost: tests and priority are assumptions",
        ),
        "segments": Scheme(
            tuple(
                Rule(label, (Test("sector", "in", sectors, "S000-6a"),), "S000-6a")
                for label, sectors in (
                    ("finance and insurance", ("finance",)),
                    ("party, government, army", ("government",)),
                    (
                        "mining and manufacturing",
                        ("coal", "steel", "chemical", "textile", "machinery"),
                    ),
                    (("science, education, culture, health"), ("health_education",)),
                    ("transport", ("transport",)),
                )
            )
        ),
    }
)

#: Lower cut of each tier, yuan a month: six key-account tiers, then four commercial ones (S000-5c).
TELECOM_TIERS: Mapping[str, float] = MappingProxyType(
    {
        "diamond": 200_000,
        "platinum": 100_000,
        "gold": 50_000,
        "silver": 20_000,
        "bronze": 10_000,
        "crystal": 3_000,
        "A(A+)": 1_500,
        "B": 800,
        "C": 300,
        "D": 0,
    }
)
#: Tiers whose lower cut S000-5c states (10,000 is where crystal ends); names and cuts of the others
#: are assumptions.
TELECOM_STATED = frozenset({"bronze", "crystal", "A(A+)"})
#: Share of the accounts above which a class ends: 1, 4, 15 and 80 % for VIP, main, ordinary, small
#: (S002-1g; Curry pyramid).
PYRAMID: Mapping[str, float] = MappingProxyType(
    {"VIP": 0.01, "main": 0.05, "ordinary": 0.20, "small": 1.0}
)
#: Share of the money at which grades A and B end (S000-3a names three grades, no cuts: assumption).
ABC_GRID: Mapping[str, float] = MappingProxyType({"A": 0.70, "B": 0.90, "C": math.inf})
#: The five determinants of S001-1d and the columns that stand for them.
FACTOR_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "people": "employees",
        "social_influence": "social_value",
        "income": "revenue_m",
        "service_demand": "service_demand",
        "growth": "growth",
    }
)
#: The five ranking criteria of S000-2b; "theoretical" is undefined there: contribution at list
#: price and standard cost to serve.
RANKING_CRITERIA = (
    "credit_grade",
    "cumulative_sales",
    "contribution",
    "sales_potential",
    "theoretical_contribution",
)


def tier_rules(
    column: str,
    cuts: Mapping[str, float],
    operator: str = ">=",
    scale: float = 1,
    source: str = "",
    stated: Collection[str] = (),
) -> tuple[Rule, ...]:
    """Rules that sort accounts into tiers by one column, the first tier that fits.

    Parameters
    ----------
    column, operator : str
        ">=" with falling lower cuts (``TELECOM_TIERS``), "<" with rising upper cuts (``PYRAMID``,
        ``ABC_GRID`` on the columns of ``rank_features``); ">" and "<=" alike.
    cuts : mapping, label -> cut in the unit of ``column`` divided by ``scale``
    scale : float
        Factor on all cuts (a supply company's bills are 1,000 times a telephone bill).
    source, stated : str, labels
        The document, and the labels whose cut it states; the others are marked as assumptions.

    Raises
    ------
    ValueError
        Cuts that are not strictly falling (">=") or rising ("<"), so that a tier could never be
        reached; a scale <= 0.
    """
    values = [cut * scale for cut in cuts.values()]
    sign = {">=": -1, ">": -1, "<": 1, "<=": 1}.get(operator)
    if sign is None or not scale > 0:
        raise ValueError(
            f"operator is {operator!r}, scale {scale!r}: "
            "expected one of >=, >, <, <= and a positive scale"
        )
    if not values or not all(
        sign * (later - earlier) > 0 for earlier, later in itertools.pairwise(values)
    ):
        order = "rising" if sign > 0 else "falling"
        raise ValueError(
            f"cuts are {some(cuts.items())}: expected at least one, {order} for {operator}"
        )
    sources = [source if label in stated else ASSUMED for label in cuts]
    tests = [
        Test(column, operator, cut, origin) for cut, origin in zip(values, sources, strict=True)
    ]
    return tuple(Rule(label, (test,), source) for label, test in zip(cuts, tests, strict=True))


def columns_of(rule: Rule) -> list[str]:
    """The columns that a rule looks at, each once."""
    parts = [[part.column] if isinstance(part, Test) else columns_of(part) for part in rule.tests]
    return list(dict.fromkeys(itertools.chain.from_iterable(parts)))


def _listed(rules: AnyRules) -> tuple[Rule, ...]:
    return rules.rules if isinstance(rules, Scheme) else tuple(rules)


def applicable_rules(rules: AnyRules, columns: Iterable[str]) -> tuple[AnyRules, pd.DataFrame]:
    """Which rules can a book be judged by, and which must be left out, and why?

    Parameters
    ----------
    rules : Scheme or sequence of Rule
    columns : names of the columns at hand
        ``features.dropna(axis="columns", how="all").columns`` also takes a column without any value
        for absent.

    Returns
    -------
    tuple of rules and DataFrame
        The rules whose columns are all there, for ``classify`` and ``flips``: a Scheme if one was
        given, else a tuple; perhaps none, which ``classify`` refuses. Then one row per rule left
        out: class, why, source.

    Raises
    ------
    ValueError
        ``columns`` is one text instead of several names.

    Notes
    -----
    A rule is kept or left out whole: with a test fewer it would be another rule under the same
    label. Accounts of a class left out fall to the first rule kept that holds, or to "none", which
    then says "none of the rules kept". A rule without tests, "the rest", is left out with any
    other: the rest would hold accounts of the class that cannot be judged.
    """
    if isinstance(columns, str):
        raise ValueError(
            f"columns is the text {columns!r}: expected several names, such as features.columns"
        )
    present, given = set(columns), _listed(rules)
    lacks = {
        rule.label: [column for column in columns_of(rule) if column not in present]
        for rule in given
    }
    reasons = {
        label: f"no column {', '.join(missing)}" for label, missing in lacks.items() if missing
    }
    rest = f"is the rest, and cannot be told from {', '.join(reasons)}"
    reasons |= {rule.label: rest for rule in given if reasons and not rule.tests}
    rows = [
        {"class": rule.label, "why": reasons[rule.label], "source": rule.source}
        for rule in given
        if rule.label in reasons
    ]
    kept = tuple(rule for rule in given if rule.label not in reasons)
    left_out = pd.DataFrame(rows, columns=["class", "why", "source"], dtype="str")
    return (dataclasses.replace(rules, rules=kept) if isinstance(rules, Scheme) else kept), left_out


def applicable_schemes(
    columns: Iterable[str], schemes: Mapping[str, AnyRules] = SCHEMES
) -> pd.DataFrame:
    """Which documents' schemes can a book be judged by, and which columns does each lack?

    Parameters
    ----------
    columns
        As in :func:`applicable_rules`.
    schemes : mapping, name -> Scheme or sequence of Rule

    Returns
    -------
    DataFrame, indexed by scheme
        judged (bool: no column is lacking), classes (those that :func:`applicable_rules` keeps) and
        lacks (columns), as text.

    Raises
    ------
    ValueError
        As in :func:`applicable_rules`.
    """
    names = columns if isinstance(columns, str) else set(columns)
    rows = []
    for rules in schemes.values():
        kept, left_out = applicable_rules(rules, names)
        needed = dict.fromkeys(column for rule in _listed(rules) for column in columns_of(rule))
        lacks = ", ".join(column for column in needed if column not in names)
        rows.append((left_out.empty, ", ".join(rule.label for rule in _listed(kept)), lacks))
    return pd.DataFrame(
        rows,
        index=pd.Index(schemes, name="scheme", dtype="str"),
        columns=["judged", "classes", "lacks"],
    )
