"""The credit rule of S002-7 as data: its points, and every reading that its wording
allows (解读).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from keyacct_utils.lessons.credit_grade.events import SECTIONS
from keyacct_utils.lessons.credit_grade.tally import DEFAULT_WINDOW
from keyacct_utils.lessons.shared.checks import some

#: Points of each section in full, by its number in S002-7; lighting users have two sections of 50
#: (S002-7a).
MAXIMUM = {3: 30.0, 4: 20.0, 5: 30.0, 6: 10.0, 7: 5.0, 8: 5.0}
LIGHTING_MAXIMUM = {3: 50.0, 5: 50.0}
#: Points an event costs (or earns), S002-7b to 7e; facilities_damaged is a reading, since its
#: number was lost in printing.
POINTS = {
    "arrears_made_good": 0.5,
    "false_account": -10.0,
    "whereabouts_told": 10.0,
    "accident_inside": -5.0,
    "substation_switch_trip": -20.0,
    "accident_concealed": -10.0,
    "electrician_unqualified": -5.0,
    "operating_rules_deficient": -5.0,
    "theft": -30.0,
    "construction_obstructed": -10.0,
    "offence_reported": 10.0,
    "bad_faith_contract": -10.0,
    "tests_refused": -5.0,
    "inspection_refused": -5.0,
    "not_rectified": -10.0,
    "dispatch_rules_ignored": -10.0,
}
#: Points of the first, second, third band: once, twice running (or lasting two months), three
#: times.
BANDS = {
    "arrears": (10.0, 20.0, 30.0),
    "branch_switch_trip": (10.0, 20.0),
    "contract_breach": (20.0, 30.0),
}
#: No arrears for a full year; no accident for three years.
CLEAN_BONUS = {3: ("arrears_free", 5.0), 4: ("accident_free", 10.0)}
#: The rule prices these without the words "each time".
UNNUMBERED = (
    "operating_rules_deficient",
    "construction_obstructed",
    "facilities_damaged",
    "bad_faith_contract",
    "tests_refused",
    "inspection_refused",
    "not_rectified",
    "dispatch_rules_ignored",
)
VETO_SECTIONS = (3, 5)


@dataclass(frozen=True)
class Reading:
    """What the wording of S002-7 leaves open, each with the value taken.

    Parameters
    ----------
    bands : "replace": a run of two months in arrears costs 20; "cumulate": 10 for the first and 20
        for the second band.
    floor : "zero": a section cannot fall below 0; "none": it can.
    cap : "section": no section above its maximum; "total": the total not above 100; "none": bonuses
        reach 135.
    window_months : events of so many months before the day of scoring count; None counts all.
    veto : grade D where section 3 or 5 is empty ("either"), where both are ("both"), or never
        ("none", to compare with).
    rescue : do bonuses count before the veto looks at a section?
    made_good : is +0.5 given for each month made good ("each") or once ("once")?
    damage : points for damaged facilities; the print says 0, which 10, 20 or 30 may have been.
    lighting : deductions of lighting users x 50/30 ("scaled") or as printed ("unscaled").
    unnumbered : offences without "each time" in the text cost each time ("each") or once ("once").
    unjudged : share of the points of sections 7 and 8 that an account without a judgement gets, 0
        to 1.
    """

    bands: Literal["replace", "cumulate"] = "replace"
    floor: Literal["zero", "none"] = "zero"
    cap: Literal["section", "total", "none"] = "section"
    window_months: int | None = DEFAULT_WINDOW
    veto: Literal["either", "both", "none"] = "either"
    rescue: bool = True
    made_good: Literal["each", "once"] = "each"
    damage: float = 10.0
    lighting: Literal["scaled", "unscaled"] = "scaled"
    unnumbered: Literal["each", "once"] = "each"
    unjudged: float = 1.0

    def __post_init__(self) -> None:
        for name, allowed in {**OPEN, "veto": (*OPEN["veto"], "none")}.items():
            value = getattr(self, name)
            if name not in ("damage", "window_months") and value not in allowed:
                raise ValueError(
                    f"reading.{name} is {value!r}: expected one of {some(map(repr, allowed))}"
                )
        if self.window_months is not None and not (
            isinstance(self.window_months, int | np.integer) and self.window_months > 0
        ):
            raise ValueError(
                f"reading.window_months is {self.window_months!r}: "
                "expected whole months above 0, or None for all"
            )
        if not 0 <= self.damage <= MAXIMUM[5]:
            raise ValueError(
                f"reading.damage is {self.damage!r}: expected the "
                f"points that damage costs, 0 to {MAXIMUM[5]:g}"
            )
        if not 0 <= self.unjudged <= 1:
            raise ValueError(
                f"reading.unjudged is {self.unjudged!r}: expected a share of the points, 0 to 1"
            )

    def __str__(self) -> str:
        changed = [
            f"{name} {getattr(self, name)}"
            for name in (*OPEN, "unjudged")
            if getattr(self, name) != getattr(BASE, name)
        ]
        return ", ".join(changed) or "base"


#: Every ambiguity with the values that its wording allows, the base first (S002-7a, 7b, 7d, 7g,
#: 7h).
OPEN: Mapping[str, tuple[object, ...]] = {
    "bands": ("replace", "cumulate"),
    "floor": ("zero", "none"),
    "cap": ("section", "total", "none"),
    "window_months": (12, 24, 36),
    "veto": ("either", "both"),
    "rescue": (True, False),
    "made_good": ("each", "once"),
    "damage": (10.0, 0.0, 20.0, 30.0),
    "lighting": ("scaled", "unscaled"),
    "unnumbered": ("each", "once"),
}
BASE = Reading()


def single_changes(base: Reading = BASE) -> dict[str, Reading]:
    """The base reading, then every reading that differs from it in one place, by a name that says
    which.
    """
    changes = [
        (name, value)
        for name, values in OPEN.items()
        for value in values
        if value != getattr(base, name)
    ]
    changed: dict[str, Any] = {f"{name} {value}": {name: value} for name, value in changes}
    return {"base": base} | {name: replace(base, **change) for name, change in changed.items()}


def all_readings(base: Reading = BASE, **fixed: object) -> list[Reading]:
    """Every combination of what the wording leaves open; ``fixed`` holds some of it still, as
    ``window_months=12``.
    """
    if odd := sorted(set(fixed) - set(OPEN)):
        raise ValueError(
            f"fixed names {some(odd)}: expected what the rule leaves open, {', '.join(OPEN)}"
        )
    choices: list[Any] = [
        (fixed[name],) if name in fixed else values for name, values in OPEN.items()
    ]
    combined: list[dict[str, Any]] = [
        dict(zip(OPEN, values, strict=True)) for values in itertools.product(*choices)
    ]
    return [replace(base, **change) for change in combined]


def rule_points(reading: Reading = BASE) -> pd.DataFrame:
    """What does the rule take and give? One row per event code and band: section, code, points,
    source, left_open.
    """
    source = {3: "S002-7b", 4: "S002-7c", 5: "S002-7d", 6: "S002-7e"}
    rows: list[tuple[str, str, float, str, str]] = []
    for section, where in source.items():
        name = SECTIONS[section].name
        for code in SECTIONS[section].codes:
            if code in BANDS:
                rows += [
                    (name, f"{code} x {i}", -points, where, "replace or cumulate" if i > 1 else "")
                    for i, points in enumerate(BANDS[code], 1)
                ]
            elif code == "facilities_damaged":
                rows.append(
                    (name, code, -reading.damage, where, "the printed number (0); each or once")
                )
            else:
                left = "each or once" if code in (*UNNUMBERED, "arrears_made_good") else ""
                rows.append((name, code, POINTS[code], where, left))
        if section in CLEAN_BONUS:
            rows.append(
                (
                    name,
                    CLEAN_BONUS[section][0],
                    CLEAN_BONUS[section][1],
                    where,
                    "above the maximum or not",
                )
            )
    return pd.DataFrame(rows, columns=["section", "code", "points", "source", "left_open"])
