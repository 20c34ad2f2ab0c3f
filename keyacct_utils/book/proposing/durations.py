"""A file of orders, projects or repairs, each with its first and its last day, as cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.proposing.joining import Joined, column_of, select_from, sql_name
from keyacct_utils.book.proposing.judging import Judge
from keyacct_utils.book.proposing.matching import Found, match
from keyacct_utils.book.proposing.synonyms import keys, words
from keyacct_utils.contract.tables import TABLES

_TABLE = TABLES["cases"]
#: How the columns of a case are called, beside their names in the contract.
_CALLED = {
    "case_id": """order_id order_no order_number project_id project_no ticket_id job_id repair_id
        订单号 订单编号 项目编号 申请编号 工单号""",
    "start": """order_date ordered_on application_date applied_on request_date requested_on opened
        opened_on open_date created created_on 申请日期 受理日期 下单日期 订单日期""",
    "end": """shipped_date ship_date shipping_date delivered_date delivery_date completion_date
        completed completed_on closed closed_on close_date finished finished_on
        发货日期 办结日期 送电日期 交货日期 竣工日期""",
    "promise": """required_date promised_date promised_on due_date requested_delivery_date 要求日期
        要求交期 承诺交期""",
    "district": "ship_country country ship_region region province office 地区 区域 省份",
    "kind": "ship_via ship_mode carrier shipper case_type 运输方式 承运商",
}
#: A case that ends before it begins is a slip of the pen, and no more than so many are.
_ORDERED = 0.95


def _columns(found: Found) -> dict[str, str]:
    """The headers that speak of a case, by column of the contract."""
    chosen: dict[str, str] = {}
    for column, called in _CALLED.items():
        declared = _TABLE.column(column)
        names = words(called) | words(f"{column} {declared.chinese}")
        for own in found.first.header:
            if own and own not in chosen.values() and names & set(keys(own)):
                chosen[column] = own
                break
    return chosen


def _days(found: Found, own: str, column: str, judge: Judge) -> dict[str, object]:
    """What each value of a column is read as; nothing where its dates need a format."""
    values, source = found.values(own), Source(name="")
    if judge.dates(values, _TABLE.column(column), source).form:
        return {}
    return {text: day for text, day, _ in judge.read(values, _TABLE.column(column), source)}


def _in_order(found: Found, chosen: Mapping[str, str], judge: Judge) -> bool:
    """Whether the first day of a row lies before the last one, in all rows but slips."""
    first, last = (_days(found, chosen[name], name, judge) for name in ("start", "end"))
    pairs = [
        (first.get(begun), last.get(ended))
        for begun, ended in zip(
            found.values(chosen["start"]), found.values(chosen["end"]), strict=True
        )
    ]
    both = [(a, b) for a, b in pairs if isinstance(a, dt.date) and isinstance(b, dt.date)]
    begun = sum(isinstance(a, dt.date) for a, _ in pairs)
    ordered = sum(a <= b for a, b in both)
    return (
        bool(both)
        and begun >= _ORDERED * len(pairs)
        and ordered >= _ORDERED * len(both)
        and any(a < b for a, b in both)
    )


def cases(groups: Sequence[Found], raw: Mapping[str, Found], judge: Judge) -> Joined | None:
    """The first file whose rows are cases: one row for each id, with an account, a first and a last
    day; None where there is none.

    Parameters
    ----------
    groups : the files that were looked at.
    raw : those that SQL reads already, by their names there.
    """
    for found in groups:
        if found.first.blanks or found.first.spread:
            continue
        chosen = _columns(found)
        account = [
            item for item in match(TABLES["ledger"], found) if item.column.name == "account_id"
        ]
        if not {"case_id", "start", "end"} <= chosen.keys() or not account:
            continue
        if not found.unique(chosen["case_id"]) or not _in_order(found, chosen, judge):
            continue
        promise = chosen.get("promise")
        if promise and not any(_days(found, promise, "promise", judge).values()):
            del chosen["promise"]
        known = next((name for name, other in raw.items() if other.label == found.label), "")
        name = known or sql_name(found, list(raw))
        own = {"case_id": chosen["case_id"], "account_id": account[0].own, **chosen}
        parts = {column: column_of(name, found, header) for column, header in own.items()}
        remark = f"each row is one case, from {chosen['start']!r} to {chosen['end']!r}"
        return Joined(
            {name: found}, [select_from(parts, name)], account[0].reason, [remark], [], tuple(parts)
        )
    return None
