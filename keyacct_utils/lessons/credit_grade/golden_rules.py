"""Ten accounts whose credit score was worked out by hand from the text of S002-7, to judge any
program by.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

#: Day of scoring of the ten.
GOLDEN_AS_OF = "2024-01-01"
#: Account: started, lighting user, events as (date, code, months, persons).
_LONG, _SHORT = "2018-05-01", "2022-06-01"
_CASES: dict[str, tuple[str, int, tuple[tuple[str, str, int, int], ...]]] = {
    "G01 clean for three years": (_LONG, 0, ()),
    "G02 one arrears, made good": (
        _SHORT,
        0,
        (("2023-03-01", "arrears", 1, 1), ("2023-04-12", "arrears_made_good", 1, 1)),
    ),
    "G03 one theft": (_SHORT, 0, (("2023-05-20", "theft", 1, 1),)),
    "G04 two arrears running": (
        _SHORT,
        0,
        (("2023-08-01", "arrears", 1, 1), ("2023-09-01", "arrears", 1, 1)),
    ),
    "G05 arrears of three months": (_SHORT, 0, (("2023-02-01", "arrears", 3, 1),)),
    "G06 two breaches, an offence reported": (
        _SHORT,
        0,
        (
            ("2023-02-10", "contract_breach", 1, 1),
            ("2023-10-05", "contract_breach", 1, 1),
            ("2023-11-01", "offence_reported", 1, 1),
        ),
    ),
    "G07 accident, concealed, two electricians": (
        _SHORT,
        0,
        (
            ("2023-06-01", "accident_inside", 1, 1),
            ("2023-06-02", "accident_concealed", 1, 1),
            ("2023-07-01", "electrician_unqualified", 1, 2),
        ),
    ),
    "G08 lighting user, one arrears": (_SHORT, 1, (("2023-04-01", "arrears", 1, 1),)),
    "G09 facilities damaged, tests refused": (
        _SHORT,
        0,
        (("2023-01-01", "facilities_damaged", 1, 1), ("2023-12-31", "tests_refused", 1, 1)),
    ),
    "G10 every bonus": (
        _LONG,
        0,
        (("2023-03-15", "whereabouts_told", 1, 1), ("2023-03-16", "offence_reported", 1, 1)),
    ),
}

#: Account, change to the base reading, the six sections, score, veto, grade at 90/80/70/60/50;
#: None: not judged. Worked on paper: 30 + 20 + 30 + 10 + 5 + 5 = 100 less deductions plus bonuses.
#: Under three years no +10, and a customer with arrears in the year no +5.
_HAND: tuple[tuple[str, dict[str, object], tuple[float | None, ...], float, bool, str], ...] = (
    ("G01", {}, (30, 20, 30, 10, 5, 5), 100, False, "AAA"),
    ("G01", {"cap": "none"}, (35, 30, 30, 10, 5, 5), 115, False, "AAA"),
    ("G02", {}, (20.5, 20, 30, 10, 5, 5), 90.5, False, "AAA"),
    ("G03", {}, (30, 20, 0, 10, 5, 5), 70, True, "D"),
    ("G03", {"veto": "both"}, (30, 20, 0, 10, 5, 5), 70, False, "A"),
    ("G04", {}, (10, 20, 30, 10, 5, 5), 80, False, "AA"),
    ("G04", {"bands": "cumulate"}, (0, 20, 30, 10, 5, 5), 70, True, "D"),
    ("G05", {}, (0, 20, 30, 10, 5, 5), 70, True, "D"),
    ("G05", {"bands": "cumulate", "floor": "none"}, (-30, 20, 30, 10, 5, 5), 40, True, "D"),
    ("G06", {}, (30, 20, 10, 10, 5, 5), 80, False, "AA"),
    ("G06", {"rescue": False}, (30, 20, 10, 10, 5, 5), 80, True, "D"),
    ("G07", {}, (30, 0, 30, 10, 5, 5), 80, False, "AA"),
    ("G07", {"floor": "none"}, (30, -5, 30, 10, 5, 5), 75, False, "A"),
    ("G08", {}, (100 / 3, None, 50, None, None, None), 250 / 3, False, "AA"),
    ("G08", {"lighting": "unscaled"}, (40, None, 50, None, None, None), 90, False, "AAA"),
    ("G09", {}, (30, 20, 20, 5, 5, 5), 85, False, "AA"),
    ("G09", {"damage": 30.0}, (30, 20, 0, 5, 5, 5), 65, True, "D"),
    ("G10", {}, (30, 20, 30, 10, 5, 5), 100, False, "AAA"),
    ("G10", {"cap": "total"}, (45, 30, 40, 10, 5, 5), 100, False, "AAA"),
    ("G10", {"cap": "none"}, (45, 30, 40, 10, 5, 5), 135, False, "AAA"),
)


class Golden(NamedTuple):
    """The ten accounts, their events, and what each must get under a change of the base reading."""

    accounts: pd.DataFrame
    events: pd.DataFrame
    expected: pd.DataFrame


def golden_cases() -> Golden:
    """Ten accounts worked by hand before the rule was programmed.

    Returns
    -------
    Golden
        accounts (account_id, what, start_date, lighting_user), events (account_id, date, code,
        months, persons) and expected: account_id, change (fields of ``Reading`` that differ from
        the base), the six sections, score, veto, grade. To be scored on ``GOLDEN_AS_OF``.

    Notes
    -----
    METHODS of S002-7h: clean 115 or 100, made good 90.5, theft D with 70 points, two running 80 or
    D, all bonuses 135.
    """
    accounts = pd.DataFrame(
        [(name[:3], name[4:], started, light) for name, (started, light, _) in _CASES.items()],
        columns=["account_id", "what", "start_date", "lighting_user"],
    ).astype({"start_date": "datetime64[s]"})
    events = pd.DataFrame(
        [(name[:3], *event) for name, (_, _, happened) in _CASES.items() for event in happened],
        columns=["account_id", "date", "code", "months", "persons"],
    ).astype({"date": "datetime64[s]"})
    sections = ["commercial", "safety", "legal", "cooperation", "operation", "development"]
    rows = [
        (case, change, *points, score, veto, letter)
        for case, change, points, score, veto, letter in _HAND
    ]
    columns = ["account_id", "change", *sections, "score", "veto", "grade"]
    return Golden(
        accounts, events, pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(sections, float))
    )
