"""Do the numbers of a plan agree with each other? A rule that sorts what does not."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, some

__all__ = ["CASES", "KINDS", "audit_numbers", "cases"]

#: The kinds of fault, in the order in which they are looked for.
KINDS = ("misprint", "unit", "scope", "incomplete", "arithmetic")
SOUND, ALONE = "sound", "nothing to compare"
NEEDED = ("statement_id", "role", "written")
#: How many of the smallest unit of its kind a unit is. What is not here is a unit of its own.
UNITS: dict[str, tuple[str, float]] = {
    "yuan": ("yuan", 1.0),
    "10k yuan": ("yuan", 1e4),
    "m yuan": ("yuan", 1e6),
    "bn yuan": ("yuan", 1e9),
    "元": ("yuan", 1.0),
    "万元": ("yuan", 1e4),
    "亿元": ("yuan", 1e8),
    "m": ("m", 1.0),
    "km": ("m", 1e3),
    "公里": ("m", 1e3),
    "kW": ("W", 1e3),
    "MW": ("W", 1e6),
    "kWh": ("Wh", 1e3),
    "MWh": ("Wh", 1e6),
}
#: Powers of ten by which a number may have slipped: a wrong unit, a lost exponent.
POWERS = range(1, 13)
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?")
#: "5*10" or "5×10" without an exponent: nobody writes 50 like that.
_LOST = re.compile(r"([+-]?[\d.,]+)\s*[*×x]\s*10")
_POWER = re.compile(r"([+-]?[\d.,]+)\s*[*×x]\s*10\s*\^\s*(\d+)")
_MORE = (">", "＞", "≥", "over ", "超过")

#: Statements of the documents: (id, source, what is said, role, as printed, unit, from, to, what
#: it covers, whether the parts are said to be all, least and most that it can be).
CASES: tuple[tuple[Any, ...], ...] = (
    *(
        ("railway", "S000-12d", "own railway in 2015: today's and what is to be built", *row)
        for row in (
            ("total", ">3,358", "km", None, None, "own railway", 1, None, None),
            ("part", "1,369", "km", None, None, "own railway", 1, None, None),
            ("part", "1,716", "km", None, None, "own railway", 1, None, None),
        )
    ),
    *(
        ("new lines", "S000-12e", "new railway until 2015, and the three lines named", *row)
        for row in (
            ("total", "1,716", "km", None, None, "new railway", 0, None, None),
            ("part", "134.89", "km", None, None, "new railway", 0, None, None),
            ("part", "182.3", "km", None, None, "new railway", 0, None, None),
            ("part", "354", "km", None, None, "new railway", 0, None, None),
        )
    ),
    (
        "orders", "S003-2d", "orders of 2004, and the wins listed", "total", ">24,000", "10k yuan",
        "2004-01-01", "2004-12-31", "the school programme", 1, None, None,
    ),
    *(
        (
            "orders", "S003-2d", "orders of 2004, and the wins listed", "part", text, "10k yuan",
            "2002-07-01", "2004-09-30", "the school programme", 1, None, None,
        )
        for text in ("1,000", "198", "343", "16,000", "230", ">2,100")
    ),
    *(
        ("a province", "S003-2d", "the orders set equal to a year's sales in Guizhou", *row)
        for row in (
            ("total", ">24,000", "10k yuan", "2004-01-01", "2004-12-31",
             "the school programme, all provinces", 1, None, None),
            ("part", "24,000", "10k yuan", "2004-01-01", "2004-12-31",
             "all sets sold, Guizhou", 1, None, None),
        )
    ),
    *(
        ("power", "S002-5a", "installed capacity, and energy of a year", *row)
        for row in (
            ("part", "5*10", "kW", None, None, "the country", 0, 1e8, 1e9),
            ("part", "17000*10", "kWh", None, None, "one grid company", 0, 1e12, 3e12),
        )
    ),
    *(
        ("points off", "S002-7d", "points that breaches of law take off",
         "part", text, "points", None, None, "legal credit", 0, None, None)
        for text in ("30", "20", "30", "10", "留0")
    ),
    *(
        ("sites", "S003-2b", "sites of the school programme", *row)
        for row in (
            ("total", "6,155", "sites", None, None, "first phase", 1, None, None),
            ("part", "676", "sites", None, None, "first phase", 1, None, None),
            ("part", "5,479", "sites", None, None, "first phase", 1, None, None),
        )
    ),
    *(
        ("thirds", "S003-2b", "money of the first phase, a third from each of three", *row)
        for row in (
            ("total", "216.44", "m yuan", None, None, "first phase", 1, None, None),
            *(("part", "72.15", "m yuan", None, None, "first phase", 1, None, None),) * 3,
        )
    ),
)  # fmt: skip
_COLUMNS = (
    "statement_id", "source", "says", "role", "written", "unit", "begins", "ends", "covers",
    "complete", "at_least", "at_most",
)  # fmt: skip


class _Read(NamedTuple):
    """One number as it was read."""

    value: float
    #: Half of the last place that is printed: what rounding may hide.
    slack: float
    #: "", "misprint" or "unit".
    fault: str
    more: bool


def cases() -> pd.DataFrame:
    """The statements of the documents whose numbers can be compared, one row per number."""
    frame = pd.DataFrame(CASES, columns=list(_COLUMNS))
    for name in ("begins", "ends"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _plain(text: str) -> tuple[float, float] | None:
    """A number and half of its last place; None where the text is no number."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    places = len(text.partition(".")[2])
    return float(text.replace(",", "")), 0.5 * 10.0**-places


def _read(written: str) -> _Read:
    text = str(written).strip()
    more = next((sign for sign in _MORE if text.lower().startswith(sign)), "")
    text = text[len(more) :].strip()
    if power := _POWER.fullmatch(text):
        base = _plain(power[1])
        if base:
            scale = 10.0 ** int(power[2])
            return _Read(base[0] * scale, base[1] * scale, "", bool(more))
    if lost := _LOST.fullmatch(text):
        base = _plain(lost[1])
        if base:
            return _Read(base[0], base[1], "unit", bool(more))
    found = _plain(text)
    if found is None:
        return _Read(np.nan, np.nan, "misprint", bool(more))
    return _Read(*found, "", bool(more))


def _misprint(rows: pd.DataFrame, place: int) -> tuple[str, list[float]]:
    """Which numbers of the same statement does a misprint leave open?"""
    text = str(rows["written"].iloc[place]).strip()
    total = rows["role"].iloc[place] == "total"
    others = rows.drop(rows.index[place])
    known = others["value"]
    if known.isna().any() or not len(known):
        return f"{text!r} is no number", []
    whole = known[others["role"] == "total"]
    parts = known[others["role"] == "part"]
    if total:
        return f"{text!r} is no number: the parts add up to {parts.sum():,.6g}", [parts.sum()]
    if len(whole):
        rest = float(whole.iloc[0] - parts.sum())
        return f"{text!r} is no number: {rest:,.6g} would make it add up", [rest]
    mask = re.compile("".join(char if char.isdigit() else r"\d" for char in text))
    fits = sorted({value for value in known if mask.fullmatch(f"{value:g}")})
    listed = ", ".join(f"{value:g}" for value in fits) or "none of the others"
    return f"{text!r} is no number: of those printed beside it {listed} would fit", fits


def _bounded(row: pd.Series) -> list[int]:
    """Powers of ten that bring a number within what it can be; [0] where it is there already."""
    low, high = (
        float(row[name]) if name in row and pd.notna(row[name]) else end
        for name, end in (("at_least", -np.inf), ("at_most", np.inf))
    )
    if np.isinf(low) and np.isinf(high):
        return []
    value = row["value"]
    if row["fault"] != "unit" and low <= value <= high:
        return [0]
    signs = (1,) if row["fault"] == "unit" else (1, -1)
    return [s * k for k in POWERS for s in signs if low <= value * 10.0 ** (s * k) <= high]


def _units(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The numbers in one unit, where the units are of one kind."""
    known = rows["unit"].map(lambda name: UNITS.get(name, (name, 1.0)))
    kinds = {kind for kind, _ in known}
    if len(kinds) > 1:
        return rows, False
    scale = np.array([factor for _, factor in known]) / known.iloc[0][1]
    return rows.assign(value=rows["value"] * scale, slack=rows["slack"] * scale), True


def _differs(rows: pd.DataFrame) -> str:
    """What the parts cover that the total does not, or the other way round; empty where nothing."""
    total = rows[rows["role"] == "total"].iloc[0]
    parts = rows[rows["role"] == "part"]
    for name, words in (("begins", "time"), ("ends", "time"), ("covers", "things")):
        if name not in rows:
            continue
        there = parts[name].dropna()
        if pd.notna(total[name]) and len(there) and (there != total[name]).any():
            return words
    return ""


def _slipped(total: float, rows: pd.DataFrame, slack: float) -> tuple[int, int] | None:
    """Which part, times which power of ten, makes the parts add up; None where none does."""
    parts, half = rows["value"], rows["slack"]
    rest = total - parts.sum()
    for at, value in enumerate(parts):
        for power in POWERS:
            for sign in (1, -1):
                factor = 10.0 ** (sign * power)
                allowed = slack + float(half.iloc[at]) * max(0.0, factor - 1)
                if abs(rest + value - value * factor) <= allowed:
                    return at, sign * power
    return None


def _one(rows: pd.DataFrame) -> dict[str, Any]:
    """The verdict on one statement."""
    read = [_read(text) for text in rows["written"]]
    for name in _Read._fields:
        rows[name] = [getattr(item, name) for item in read]
    blank = {"kind": SOUND, "claimed": np.nan, "parts": np.nan, "gap": np.nan, "candidates": []}
    if (bad := np.flatnonzero(rows["fault"] == "misprint")).size:
        why, fits = _misprint(rows, int(bad[0]))
        return blank | {"kind": "misprint", "why": why, "candidates": fits}
    powers = [_bounded(row) for _, row in rows.iterrows()]
    slips = [at for at, (fault, fit) in enumerate(zip(rows["fault"], powers, strict=True))
             if fault == "unit" or (fit != [0] and fit)]  # fmt: skip
    if slips:
        texts = [
            f"{rows['written'].iloc[at]} {rows['unit'].iloc[at]} "
            + (
                "times ten to the power of " + " or ".join(map(str, powers[at]))
                if powers[at]
                else "has lost its exponent"
            )
            for at in slips
        ]
        return blank | {"kind": "unit", "why": "; ".join(texts), "candidates": powers[slips[0]]}
    rows, alike = _units(rows)
    total, parts = (rows[rows["role"] == role] for role in ("total", "part"))
    if not len(total) or not len(parts):
        return blank | {"kind": ALONE, "why": "a total and its parts are needed"}
    if not alike:
        units = ", ".join(dict.fromkeys(map(str, rows["unit"])))
        return blank | {"kind": "unit", "why": f"units that do not add up: {units}"}
    return blank | _compared(rows, total.iloc[0], parts)


def _compared(rows: pd.DataFrame, total: pd.Series, parts: pd.DataFrame) -> dict[str, Any]:
    """The verdict on a total and its parts, all of them read and in one unit."""
    whole, added = float(total["value"]), float(parts["value"].sum())
    slack = float(rows["slack"].sum()) * (1 + 1e-9) + 1e-9 * abs(whole)
    gap = whole - added
    found: dict[str, Any] = {"claimed": whole, "parts": added, "gap": gap}
    sign = "more than " if total["more"] else ""
    told = f"{sign}{whole:,.6g} against {added:,.6g}"
    if differs := _differs(rows):
        return found | {"kind": "scope", "why": f"the parts cover other {differs}: {told}"}
    if total["more"] or parts["more"].any():  # a bound of one side only
        sound = not (total["more"] and not parts["more"].any() and gap > slack)
        sound &= not (parts["more"].any() and not total["more"] and gap < -slack)
    else:
        sound = abs(gap) <= slack
    if sound:
        return found | {"kind": SOUND, "why": told}
    complete = "complete" not in rows or bool((rows["complete"].fillna(1) == 1).all())
    # parts that are not all of it fall short anyway, and some power of ten may fill that by chance
    slip = _slipped(whole, parts, slack) if complete or gap < 0 else None
    if slip is not None:
        at, power = slip
        name = parts["written"].iloc[at]
        why = f"{name} times ten to the power of {power} would make it add up"
        return found | {"kind": "unit", "why": why, "candidates": [power]}
    if not complete and gap > 0:
        why = f"{added:,.6g} of {whole:,.6g} are named, {gap:,.6g} are not"
        return found | {"kind": "incomplete", "why": why}
    return found | {"kind": "arithmetic", "why": f"{told}: {abs(gap):,.6g} apart"}


def audit_numbers(statements: pd.DataFrame) -> pd.DataFrame:
    """Which statements of a plan contradict themselves, and in which way?

    Parameters
    ----------
    statements : one row per number. Needed: ``statement_id``, ``role`` ("total" or "part") and
        ``written`` (the number as printed; ``>`` before it where it is said to be more). Further:
        ``unit``, ``begins`` and ``ends`` (the time that it covers), ``covers`` (what else),
        ``complete`` (1 where the parts are said to be all), ``at_least`` and ``at_most`` (what such
        a number can be).

    Returns
    -------
    DataFrame : one row per statement, in their order: kind, claimed, parts (their sum), gap
        (claimed less parts, in the unit of the first number), candidates and why.

        - misprint: a text that is no number;
        - unit: an exponent is lost, a number lies a power of ten outside of what it can be, or one
          part times a power of ten makes the sum right;
        - scope: total and parts cover different times or things, so they prove nothing;
        - incomplete: parts that are not said to be all fall short of the total;
        - arithmetic: parts that are all there are do not add up, beyond what rounding hides (half
          of the last printed place of each number);
        - sound, or "nothing to compare".

    Raises
    ------
    ValueError
        If a column is missing, a role is another word, a text is empty, or a statement has two
        totals.

    Notes
    -----
    Sources: S000-12d, S000-12e, S003-2b, S003-2d, S002-5a, S002-7d.
    """
    need_columns(statements, NEEDED, "statements")
    if not len(statements):
        raise ValueError("statements has no rows: expected one row per number that a plan states")
    odd = sorted(set(statements["role"].dropna().astype(str)) - {"total", "part"})
    if odd or statements["role"].isna().any():
        raise ValueError(f"statements.role: {some(odd) or 'missing'}: expected total or part")
    empty = statements["written"].isna() | (statements["written"].astype(str).str.strip() == "")
    if empty.any():
        rows = some(statements.index[empty])
        raise ValueError(f"statements.written is empty in rows {rows}: write the number as printed")
    if statements["statement_id"].isna().any():
        raise ValueError("statements.statement_id is missing in some rows: name the statement")
    totals = statements[statements["role"] == "total"]["statement_id"]
    if totals.duplicated().any():
        twice = some(totals[totals.duplicated()].unique())
        raise ValueError(f"statements: {twice} has more than one total; make it two statements")
    frame = statements if "unit" in statements else statements.assign(unit="")
    frame = frame.assign(unit=frame["unit"].fillna("").astype(str))
    audited = {name: _one(part.copy()) for name, part in frame.groupby("statement_id", sort=False)}
    found = pd.DataFrame.from_dict(audited, orient="index")
    columns = ["kind", "claimed", "parts", "gap", "candidates", "why"]
    return found[columns].rename_axis("statement_id")
