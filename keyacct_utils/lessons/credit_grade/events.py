"""Credit events and accounts as the rule of S002-7 takes them: checked, and turned into
integers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from keyacct_utils.contract.conventions import DAYS_A_YEAR
from keyacct_utils.contract.faults import nearest
from keyacct_utils.contract.tables import CREDIT_CODES
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

Day = dt.date | pd.Timestamp | str | None

_UNKNOWN = np.datetime64("NaT", "s")
#: Points that field staff may give in sections 7 and 8 (S002-7f).
_JUDGED = 5
#: Longest arrears (months) and most persons of one event: eight bits.
MOST = 255


class Section(NamedTuple):
    """A section of the rule: its name and the codes of the events that it scores."""

    name: str
    codes: tuple[str, ...] = ()


SECTIONS: Mapping[int, Section] = {
    3: Section("commercial", CREDIT_CODES[3]),
    4: Section("safety", CREDIT_CODES[4]),
    5: Section("legal", CREDIT_CODES[5]),
    6: Section("cooperation", CREDIT_CODES[6]),
    7: Section("operation"),
    8: Section("development"),
}
CODES = tuple(code for codes in CREDIT_CODES.values() for code in codes)
NUMBER = {code: number for number, code in enumerate(CODES)}
_SECTION_OF = np.array([section for section, codes in CREDIT_CODES.items() for _ in codes])


@dataclass(frozen=True)
class Events:
    """Checked events before the day of scoring: row of the account among ``ids``, number of the
    code, day, months, persons.
    """

    ids: pd.Index
    row: np.ndarray
    code: np.ndarray
    date: np.ndarray
    months: np.ndarray | None
    persons: np.ndarray | None


def as_day(value: Day, argument: str) -> pd.Timestamp | None:
    """The day, None if not given; anything that is no date is a ValueError."""
    try:
        day = None if value is None else pd.Timestamp(value)
    except (ValueError, TypeError):
        day = pd.NaT  # type: ignore[assignment]
    if day is pd.NaT:
        raise ValueError(f"{argument} is {value!r}: expected a date such as '2024-01-01'")
    return day


def _counts(events: pd.DataFrame, column: str) -> np.ndarray | None:
    """A whole number of 1 or more per event; missing is 1."""
    if column not in events:
        return None
    values = to_number(events[column], f"events.{column}").fillna(1.0).to_numpy()
    bad = ~((values >= 1) & (values <= MOST)) | (values != np.floor(values))
    if bad.any():
        found = f"{bad.sum()} value(s) such as {some(values[bad])}"
        raise ValueError(
            f"events.{column}: {found}: expected whole numbers from 1 to {MOST}, or none"
        )
    return values.astype(np.int64)


def event_table(events: pd.DataFrame, as_of: Day = None) -> tuple[pd.Timestamp, Events]:
    """The day of scoring and the events before it as integers, checked."""
    need_columns(events, ["account_id", "date", "code"], "events")
    blank = events["account_id"].isna() | events["date"].isna() | events["code"].isna()
    if blank.any():
        rows = f"{blank.sum()} rows ({some(np.flatnonzero(blank))})"
        raise ValueError(f"events: {rows} lack account_id, date or code; fill them in or drop them")
    dates = events["date"]
    if len(events) and not pd.api.types.is_datetime64_dtype(dates):
        raise ValueError(
            f"events.date holds {some(dates)}: expected dates "
            "without a time zone; convert with pandas.to_datetime"
        )
    found, names = pd.factorize(events["code"])
    unknown = [str(name) for name in names if name not in NUMBER]
    if unknown:
        hint = nearest(unknown[0], CODES) or "expected " + ", ".join(CODES)
        raise ValueError(f"events.code: {len(unknown)} unknown code(s): {some(unknown)}; {hint}")
    code = (
        np.array([NUMBER[name] for name in names], dtype=np.int8)[found]
        if len(events)
        else found.astype(np.int8)
    )
    if "section" in events:
        section = to_number(events["section"], "events.section").to_numpy()
        wrong = np.flatnonzero((section != _SECTION_OF[code]) & ~np.isnan(section))
        if len(wrong):
            first = some(f"{CODES[code[i]]} in {section[i]:g}" for i in wrong)
            raise ValueError(
                f"events.section: {len(wrong)} disagree with "
                f"their code ({first}); correct one of the two"
            )
    given = as_day(as_of, "as_of")
    day = (
        given or (dates.max() + pd.offsets.MonthBegin(1)).normalize()
        if given or len(events)
        else None
    )
    if day is None:
        raise ValueError(
            "events holds no event and as_of is not given: "
            "say on which day to score, such as '2024-01-01'"
        )
    when = dates.to_numpy(dtype="datetime64[D]")
    row, ids = pd.factorize(events["account_id"])
    months, persons = _counts(events, "months"), _counts(events, "persons")
    if len(when) and when.max() >= np.datetime64(day, "D"):
        kept = when < np.datetime64(day, "D")
        months, persons = (None if part is None else part[kept] for part in (months, persons))
        row, code, when = row[kept], code[kept], when[kept]
    return day, Events(pd.Index(ids), row.astype(np.int64, copy=False), code, when, months, persons)


def account_table(
    accounts: pd.DataFrame | None, events: Events, day: pd.Timestamp
) -> tuple[pd.DataFrame, np.ndarray]:
    """Per account, by account_id: lighting (bool), started (day, NaT if unknown), operation,
    development (points or missing).

    With it comes the row in that table of each of ``events.ids``.
    """
    if accounts is None:
        ordered, order = events.ids.sort_values(return_indexer=True)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return pd.DataFrame(
            {"lighting": False, "started": _UNKNOWN, "operation": np.nan, "development": np.nan},
            index=ordered.rename("account_id"),
        ), place
    need_columns(accounts, ["account_id"], "accounts")
    ids = accounts["account_id"]
    if not len(ids) or ids.isna().any() or ids.duplicated().any():
        found = (
            f"{len(ids)} rows, {ids.isna().sum()} without an id, "
            f"repeated: {some(ids[ids.duplicated()]) or '-'}"
        )
        raise ValueError(f"accounts.account_id: {found}; expected at least one account, each once")
    out = pd.DataFrame(index=pd.Index(ids, name="account_id"))
    place = out.index.get_indexer(events.ids)
    strange = events.ids[place < 0]
    if len(strange):
        raise ValueError(
            f"events holds {len(strange)} account(s) that "
            f"accounts lacks: {some(strange)}; add or drop them"
        )
    light = (
        accounts["lighting_user"]
        if "lighting_user" in accounts
        else pd.Series(0, index=accounts.index)
    )
    out["lighting"] = (to_number(light, "accounts.lighting_user") == 1).to_numpy()
    started = pd.Series(pd.NaT, index=accounts.index, dtype="datetime64[s]")
    if "start_date" in accounts:
        if not pd.api.types.is_datetime64_dtype(accounts["start_date"]):
            raise ValueError(
                f"accounts.start_date holds {some(accounts['start_date'])}: "
                "expected dates; use pandas.to_datetime"
            )
        started = accounts["start_date"]
    elif "tenure_y" in accounts:
        days = (to_number(accounts["tenure_y"], "accounts.tenure_y") * DAYS_A_YEAR).round()
        started = day - pd.to_timedelta(days, unit="D")
    out["started"] = started.to_numpy(dtype="datetime64[s]")
    for column in ("operation", "development"):
        name = f"{column}_score"
        points = (
            to_number(accounts[name], f"accounts.{name}")
            if name in accounts
            else pd.Series(np.nan, index=accounts.index)
        )
        bad = points[points.notna() & ~points.between(0, _JUDGED)]
        if len(bad):
            raise ValueError(
                f"accounts.{name}: {len(bad)} value(s) such as "
                f"{some(bad)}: expected points from 0 to {_JUDGED}"
            )
        out[column] = points.to_numpy()
    return out, place
