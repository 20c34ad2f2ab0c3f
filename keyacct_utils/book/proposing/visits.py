"""A list of visits, calls or service jobs as activities, where it has no codes of its own."""

from __future__ import annotations

from collections.abc import Sequence

from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.proposing.doubts import shown_counts
from keyacct_utils.book.proposing.joining import (
    Joined,
    column_of,
    row_options,
    select_from,
    sql_name,
)
from keyacct_utils.book.proposing.judging import Judge
from keyacct_utils.book.proposing.matching import Found, match, read_with
from keyacct_utils.book.proposing.synonyms import key, simplified, words
from keyacct_utils.contract.tables import TABLES

_TABLE = TABLES["activities"]
#: Words in the name of a file, a sheet or a column that speak of each kind of activity.
_KINDS = {
    "visit": """visit visits visited besuch besuche kundenbesuch visite visites visita visitas 走访
        拜访 上门 现场 meeting""",
    "call": "call calls phone telephone anruf telefonat appel llamada 电话 致电 通话",
    "quote": "quote quotes offer angebot devis presupuesto 报价",
    "survey": "survey umfrage enquete encuesta 回访 调查",
    "complaint": "complaint complaints beschwerde reklamation plainte reclamation queja 投诉",
    "urgent": "urgent emergency notfall urgence urgencia 抢修 紧急 故障",
}
_NAMED = "activit aktivit tatigkeit actividad 活动 工单"
_MOST_TYPES = 30


def _kind_in(text: str) -> str:
    plain = simplified(text)
    held = {
        key(word) for word in plain.replace("_", " ").replace("-", " ").replace(".", " ").split()
    }
    for kind, names in _KINDS.items():
        for word in words(names):
            if word in held or (not word.isascii() and word in plain):
                return kind
    return ""


def _of_type(values: Sequence[str], written: str, otherwise: str) -> str:
    """SQL of the kind of activity, from the words that stand in a column."""
    told = {value: _kind_in(value) for value in dict.fromkeys(values) if value}
    cases = " ".join(
        f"WHEN {quoted(value, chr(39))} THEN '{kind}'" for value, kind in told.items() if kind
    )
    return f"CASE {written} {cases} ELSE {written} END" if cases else f"'{otherwise}'"


def activities(groups: Sequence[Found], taken: Sequence[str], judge: Judge) -> Joined | None:
    """The file of visits among those that serve no table, under a name not taken; None where there
    is none.
    """
    for group in groups:
        if group.first.blanks or group.first.spread:
            continue
        found = Found(group.peeks)
        choices = match(_TABLE, found)
        have = {choice.column.name: choice for choice in choices}
        around = " ".join((found.first.path.stem, found.first.part, *found.first.header))
        named = any(word in simplified(around) for word in _NAMED.split())
        kind = _kind_in(around) or ("visit" if named else "")
        if not kind or "date" not in have or "account_id" not in have:
            continue
        read_with(found, choices, judge)
        name = sql_name(found, taken)
        parts = {"activity_id": f"{name}.rowid + 1"}
        if "activity_id" in have and found.unique(have["activity_id"].own):
            parts["activity_id"] = column_of(name, found, have["activity_id"].own)
        for column in ("date", "account_id", "manager_id", "minutes", "km"):
            if column in have and (
                have[column].sure or have[column].column.required or column == "account_id"
            ):
                parts[column] = column_of(name, found, have[column].own)
        reason = "each row counts as one activity"
        told = have.get("type")
        if told and len(set(found.values(told.own))) <= _MOST_TYPES:
            values = found.values(told.own)
            parts["type"] = _of_type(values, column_of(name, found, told.own), kind)
            reason += f"; {told.own[:40]!r} holds {shown_counts(values)}, read as the sql says"
        else:
            parts["type"] = f"'{kind}'"
            reason += f" of the type {kind}"
        for choice in (have["account_id"], have["date"]):
            reason += f"; {choice.reason}" if choice.reason else ""
        options = row_options(found, tuple(parts))
        return Joined({name: found}, [select_from(parts, name)], reason, [], options, tuple(parts))
    return None
