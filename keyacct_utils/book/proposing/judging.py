"""What the values of a column say: order of dates, decimal sign, unit, codes for missing, and
whether they fit the contract.

Values are read with the same SQL with which the book will read them.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.unreadable_values import MISSING_CODES
from keyacct_utils.book.intake.value_parsing import (
    MACROS,
    exact_expression,
    given_expression,
    parsed_expression,
    plain_expression,
)
from keyacct_utils.book.intake.written_dates import english, form_of_names
from keyacct_utils.book.proposing.synonyms import simplified
from keyacct_utils.contract.tables import UNIT_FACTORS, Column

#: Written codes that no number or date is; the strict ones are no word of a text either.
STRICT_CODES = ("NULL", "(NULL)", "<NULL>", "\\N", "#N/A", "N/A", "NAN", "NAT")
TEXT_CODES = (
    *STRICT_CODES,
    "NA",
    "NONE",
    "NIL",
    "K.A.",
    "-",
    "--",
    "---",
    "/",
    "?",
    "无",
    "無",
    "空",
    "未知",
    "缺失",
    "不详",
    "暂无",
    "待定",
)
#: Why a discount is not taken as it stands.
FRACTION = "a fraction, where the contract wants percent"
_SAMPLE = 5_000
_FIRST_TRIES = 20
_WRONG = 0.1
_ORDERS = (
    "%Y{0}%m{0}%d",
    "%d{0}%m{0}%Y",
    "%m{0}%d{0}%Y",
    "%d{0}%m{0}%y",
    "%m{0}%d{0}%y",
    "%y{0}%m{0}%d",
)
_OTHER_DATES = (
    "%Y%m",
    "%Y",
    "%Y年",
    "%d%m%Y",
    "%m%d%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b-%y",
    "%b %Y",
    "%m/%Y",
    "%m.%Y",
    "%Y.%m.%d.",
    "%y年%m月%d日",
    "%Y.0%m",
    "0%m.%Y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_UNITS = {
    "百万元": r"百万元|\bmio\b|million|mn\b",
    "亿元": r"亿元",
    "万元": r"万元|\bwan\b",
    "千元": r"[千仟]元|thousand|\btsd\b|\bt(eur|usd|cny)\b|\bk(eur|usd|cny|€|\$)",
}


@dataclass(frozen=True)
class Dates:
    """How a column of dates is written: a format, or several of which one must be chosen, or
    none.
    """

    form: str = ""
    choices: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Fit:
    """How well values fit a column of the contract; ``reason`` is empty where they do."""

    reason: str = ""
    remark: str = ""


class Judge:
    """Reads sample values as the book will."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(MACROS)

    def read(
        self, values: Iterable[str], column: Column, source: Source
    ) -> list[tuple[str, object, int]]:
        """Each distinct value that is not missing: as written, as it is read (None where it cannot
        be), how often it stands.
        """
        counts = Counter(values)
        written, number = (
            pa.array(list(counts), pa.string()),
            pa.array(list(counts.values()), pa.int64()),
        )
        self.connection.register("sample", pa.table({"v": written, "k": number}))
        plain = plain_expression("t", "t", "VARCHAR", column, source)
        exact = exact_expression("p", "VARCHAR", column)
        parsed = parsed_expression("t", "p", "x", "VARCHAR", column, source)
        counted = (
            f"SELECT {given_expression('v', source)} AS t, sum(k) AS n FROM sample GROUP BY ALL"
        )
        steps = (
            f"SELECT *, {exact} AS x FROM (SELECT *, {plain} "
            f"AS p FROM ({counted}) WHERE t IS NOT NULL)"
        )
        rows = self.connection.sql(
            f"SELECT t, {parsed} AS parsed, n FROM ({steps}) ORDER BY n DESC, t"
        ).fetchall()
        self.connection.unregister("sample")
        return [(str(written), value, int(count)) for written, value, count in rows]

    def dates(self, values: Sequence[str], column: Column, source: Source) -> Dates:
        """Whether dates are self-evident, and otherwise in which formats all of them can be
        read.
        """
        plainly = replace(source, date_format="")
        rows = self.read(values, column, plainly)
        unread = [written for written, value, _ in rows if value is None]
        if not rows or len(unread) <= len(rows) * _WRONG:
            return Dates()
        numbers = [float(text) for text in unread if re.fullmatch(r"\d{5}(\.\d+)?", text)]
        if (
            numbers
            and len(numbers) == len(unread)
            and all(20_000 < number < 60_000 for number in numbers)
        ):
            day = dt.date(1899, 12, 30) + dt.timedelta(int(numbers[0]))
            return Dates("excel", (), f"serial numbers of Excel: {unread[0]} is {day}")
        republic = self.read(unread, column, replace(source, date_format="roc"))
        if all(value for _, value, _ in republic) and not any(
            _reads(unread[0], order.format("/")) for order in _ORDERS
        ):
            return Dates("roc", (), f"years of the Republic: {unread[0]} is {republic[0][1]}")
        era = self.read(unread, column, replace(source, date_format="buddhist"))
        if all(value for _, value, _ in era):
            return Dates("buddhist", (), f"years of the Buddhist era: {unread[0]} is {era[0][1]}")
        return _date_forms(unread[:_SAMPLE])

    def fit(self, values: Sequence[str], column: Column, source: Source) -> Fit:
        """Whether the values are of the kind and in the range that the contract declares."""
        rows = self.read(values, column, source)
        total = sum(count for _, _, count in rows)
        if not total:
            return Fit("the column is empty in the rows looked at")
        empty = len(values) - total
        if column.name == "name_zh" and not any(
            re.search("[㐀-鿿]", written) for written, _, _ in rows
        ):
            return Fit("no value has a Chinese character")
        if column.required and empty > len(values) / 2:
            return Fit(f"{empty:,} of {len(values):,} rows are empty")
        unread = [(written, count) for written, value, count in rows if value is None]
        wrong = [
            (written, count)
            for written, value, count in rows
            if value is not None and not _in_range(value, column)
        ]
        for kind, found in (
            (f"cannot be read as {column.expected}", unread),
            ("outside: " + column.expected, wrong),
        ):
            share = sum(count for _, count in found) / total
            shown = ", ".join(repr(written[:20]) for written, _ in found[:3])
            if share > _WRONG:
                return Fit(
                    f"{share:.0%} of the values ({shown}) are {kind}".replace(
                        "are cannot", "cannot"
                    )
                )
        if column.name == "discount_pct" and (
            reason := discount_kind([float(str(v)) for _, v, _ in rows if v is not None])[1]
        ):
            return Fit(reason)
        bad = sum(count for _, count in unread + wrong)
        remarks = (
            [f"{bad:,} values do not fit, such as {(unread + wrong)[0][0][:20]!r}"] if bad else []
        )
        remarks += (
            [f"{empty:,} of {len(values):,} rows are empty"] if column.required and empty else []
        )
        return Fit(remark="; ".join(remarks))


def _in_range(value: object, column: Column) -> bool:
    if column.allowed:
        return value in column.allowed
    if not isinstance(value, int | float) or isinstance(value, bool):
        return True
    low_fits = (column.low is None or value >= column.low) and (
        column.above is None or value > column.above
    )
    return low_fits and (column.high is None or column.kind == "money" or value <= column.high)


def discount_kind(values: Sequence[float]) -> tuple[str, str]:
    """How a discount is written, "percent" or "fraction", with the reason where it is no plain
    percentage.
    """
    given = sorted(value for value in values if value)
    if not given:
        return "percent", ""
    middle, high = given[len(given) // 2], given[-1]
    if high <= 1:
        reason = f"the values lie between 0 and 1: {FRACTION}"
        return (
            ("fraction", reason)
            if middle < 0.5
            else ("", "the values lie near 1: is 0.9 ten percent off (九折), or ninety?")
        )
    return (
        ("percent", "")
        if middle < 50
        else ("", f"the values lie near {middle:g}: is 90 ten percent off (九折), or ninety?")
    )


def codes(values: Sequence[str]) -> bool:
    """Whether values are written like ids: a number, with or without letters around it."""
    given = [value for value in values if value]
    like = sum(bool(re.fullmatch(r"[^\W\d]{0,6}[-_./]?\d[\w./-]*", value)) for value in given)
    return bool(given) and like >= (1 - _WRONG / 2) * len(given)


def _reads(text: str, form: str) -> dt.date | None:
    try:
        named = "%b" in form or "%B" in form
        day = dt.datetime.strptime(english(text, form) if named else text, form).date()
    except ValueError:
        return None
    return day if dt.date(1950, 1, 1) <= day <= dt.date(2100, 12, 31) else None


def _date_forms(texts: list[str]) -> Dates:
    signs = {sign for sign in "/.-" if any(sign in text for text in texts[:_FIRST_TRIES])}
    bases = [order.format(sign) for sign in sorted(signs) for order in _ORDERS] + list(_OTHER_DATES)
    # Nobody writes the month first with points.
    bases = [base for base in bases if not base.startswith("%m.%d")]
    times = [
        time for time in _TIMES if bool(time) == any(":" in text for text in texts[:_FIRST_TRIES])
    ]
    forms = [base + time for base in bases for time in times]
    forms += [form for form in [form_of_names(texts[:_FIRST_TRIES])] if form and form not in forms]
    likely = [form for form in forms if any(_reads(text, form) for text in texts[:_FIRST_TRIES])]
    counts = {form: sum(_reads(text, form) is not None for text in texts) for form in likely}
    full = [form for form in likely if counts[form] >= (1 - _WRONG / 10) * len(texts)]
    if len(full) == 1:
        readable = [text for text in texts if _reads(text, full[0])]
        example = min(
            readable, key=lambda text: sum(_reads(text, form) is not None for form in likely)
        )
        return Dates(full[0], (), f"{example} is {_reads(example, full[0])}")
    if full:
        text = next(
            (text for text in texts if len({_reads(text, form) for form in full}) > 1), texts[0]
        )
        shown = ", or ".join(f"{_reads(text, form)} ({form})" for form in full)
        return Dates(
            "", tuple(full), f"every value can be read in more than one order: {text!r} is {shown}"
        )
    nothing = f"no format reads all of them, such as {texts[0][:30]!r}"
    best = sorted(counts, key=lambda form: -counts[form])[:2]
    if len(best) < 2:
        return Dates("", tuple(best), nothing)
    only = [
        next((t for t in texts if _reads(t, form) and not _reads(t, other)), "")
        for form, other in (best, best[::-1])
    ]
    shown = " and ".join(
        f"{text!r} reads only as {form}" for text, form in zip(only, best, strict=True) if text
    )
    return Dates("", tuple(best), f"mixed orders: {shown}" if shown else nothing)


def decimal_sign(values: Iterable[str], sep: str) -> tuple[str, str]:
    """The decimal sign, ``","`` or ``"."``, with a reason where the values leave it open."""
    commas = points = open_ = 0
    example = pointed = ""
    for text in dict.fromkeys(values):
        if "," not in text and "." not in text:
            continue
        bare = re.sub(r"[^\d.,]", "", text)
        if re.fullmatch(
            r"\d+,\d{1,2}|\d+,\d{4,}|0,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", bare
        ):
            commas += 1
        elif re.fullmatch(r"\d{1,3}[.,]\d{3}", bare) and not bare.startswith("0"):
            open_, example = open_ + 1, example or text
            pointed = pointed or (text if "." in text else "")
        elif re.fullmatch(r"\d*\.\d+|\d{1,3}(,\d{3})+(\.\d+)?", bare):
            points += 1
    if commas and not points:
        return ",", ""
    if commas and points > commas:
        return (
            ".",
            ""
            if commas < points * _WRONG
            else "some amounts have a decimal comma and some a decimal point",
        )
    if commas:
        return ",", "some amounts have a decimal comma and some a decimal point"
    if open_ and not points and (sep == ";" or (sep and pointed)):
        shown = example if sep == ";" else pointed
        whole = shown.replace(".", "").replace(",", "")
        return ",", f"{shown!r} is {whole}, or has three decimals"
    return ".", ""


def unit_in(text: str) -> str:
    """The unit of amounts that a header or title names; empty for plain currency units."""
    plain = simplified(text)
    return next(
        (unit for unit, form in _UNITS.items() if unit in UNIT_FACTORS and re.search(form, plain)),
        "",
    )


def missing_codes(
    values: Iterable[tuple[Column, Sequence[str]]],
) -> tuple[list[str], dict[str, str]]:
    """Codes that stand for "missing": the sure ones, and the unsure ones with the reason."""
    sure: dict[str, str] = {}
    unsure: dict[str, str] = {}
    kept = set()
    for column, texts in values:
        strict = column.kind in ("text", "category")
        for code, count in Counter(texts).items():
            if column.kind == "flag" and code in ("无", "否"):
                kept.add(code)
            elif code.upper() in (STRICT_CODES if strict else TEXT_CODES):
                sure[code] = column.name
            elif (
                code in MISSING_CODES
                and column.kind in ("money", "number", "integer")
                and count > 1
            ):
                unsure[code] = f"it stands {count:,} times in {column.name}"
    for code in kept & sure.keys():
        unsure[code] = f"it is missing in {sure.pop(code)}, but means no in another column"
    return sorted(sure), unsure


def currency_of(texts: Iterable[str]) -> str:
    """The one currency that headers, titles or amounts name; empty where none or several do."""
    joined = " ".join(texts)
    traditional = re.search("[萬億圓]|新[台臺]幣", joined)
    forms = {
        "EUR": r"€|\beur\b",
        "GBP": r"£|\bgbp\b",
        "USD": r"us\$|\busd\b|美元",
        "TWD": r"nt\$|\btwd\b|新[台臺]幣",
        "HKD": r"hk\$|\bhkd\b|港[元币幣]",
        "CNY": r"\bcny\b|\brmb\b|人民币|[百千万亿]元|[(:]元",
    }
    plain = unicodedata.normalize("NFKC", joined).casefold()
    found = [code for code, form in forms.items() if re.search(form, plain)]
    return found[0] if len(found) == 1 and not (found == ["CNY"] and traditional) else ""
