"""How a written value becomes a number, an amount, a date or an id: SQL expressions over the text
as it was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from keyacct_utils.book.intake import written_dates
from keyacct_utils.book.intake.book_toml import Source
from keyacct_utils.book.intake.currency_marks import MARKS
from keyacct_utils.book.intake.source_files import BLANKS, quoted
from keyacct_utils.contract.tables import MONEY_SCALE, Column

#: Written characters and their plain forms: full width, the minus signs and red-ink triangles of
#: ledgers, odd blanks.
_WRITTEN = "０１２３４５６７８９，．－＋％￥＄￡￦（）：／年月−–▲△﹣’\u00a0\u202f\u2009"
_PLAIN = "0123456789,.-+%¥$£₩():/年月-----'   "
_MARK = "|".join(re.escape(mark).replace("'", "''") for mark in MARKS)
#: Where a mark stands: before or behind the digits, and nowhere else.
_BEFORE, _BEHIND = rf"^[-+(\s]*({_MARK})[-+(\s]*[\d.,]", rf"[\d.,)\s-]({_MARK})[-)\s]*$"
#: Digits with or without well-formed groups of three (or those of India: thousands, then two by
#: two, which `mixed_notations` allows to their currencies only); anything else is no number ("1,5" is not 15).
_NUMBER = r"[+-]?(\d+|\d{1,3}(,\d{3})+|\d{1,2}(,\d{2})+,\d{3}|\d{1,3}( \d{3})+|\d{1,3}(''\d{3})+)?(\.\d*)?([eE][+-]?\d{1,2})?"
_TIME = r"([ T]*(上午|下午)?\d{1,2}[:时時点點].*)?"
_YMD = rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?{_TIME}$"
_YM = r"^(\d{4})[-/.年](\d{1,2})月?$"
_REPUBLIC = r"(?:中[华華])?民[国國]"
_ROC = (
    rf"^(?:{_REPUBLIC})?(\d{{2,3}})(?:[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?|(\d{{2}})(\d{{2}}))$"
)
#: Two numbers of one or two digits and a year: day or month may come first.
_EITHER_ORDER = r"^(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?:,?[ T].*)?$"
_FIRST_YEAR_OF_THE_REPUBLIC, _MONTHS = 1911, 12

#: Times of typed columns are those of UTC on every machine.
#: Trimming of many kinds of blanks is slow, so the ends are looked at first (of an empty text they
#: are empty).
_BLANKS = quoted(BLANKS, "'")
#: DuckDB macros; a value that cannot be read becomes NULL, which the checks then report.
MACROS = f"""
SET TimeZone = 'UTC';
CREATE MACRO trimmed(t) AS CASE WHEN contains({_BLANKS}, t[1]) OR contains({_BLANKS}, t[-1])
    THEN nullif(trim(t, {_BLANKS}), '') ELSE t END;
CREATE MACRO plain(t) AS CASE WHEN regexp_full_match(t, '[ -~]*') THEN t
    ELSE translate(t, {quoted(_WRITTEN, "'")}, {quoted(_PLAIN, "'")}) END;
CREATE MACRO unsigned_brackets(t) AS regexp_replace(regexp_replace(t, '^\\((.*)\\)$', '-\\1'), '^([^-+].*)-$', '-\\1');
CREATE MACRO mark_before(t) AS nullif(regexp_extract(upper(plain(t)), '{_BEFORE}', 1), '');
CREATE MACRO mark_behind(t) AS nullif(regexp_extract(upper(plain(t)), '{_BEHIND}', 1), '');
CREATE MACRO currency_mark(t) AS coalesce(mark_before(t), mark_behind(t));
CREATE MACRO without_mark(t) AS regexp_replace(
    regexp_replace(t, '(?i)^([-+(]*)\\s*(?:{_MARK})\\s*', '\\1'), '(?i)\\s*(?:{_MARK})([-)]*)$', '\\1');
CREATE MACRO bare_number(t) AS CASE WHEN regexp_full_match(t, '-?\\d+(\\.\\d+)?') THEN t
    ELSE unsigned_brackets(without_mark(plain(t))) END;
CREATE MACRO bare_number_with_comma(t) AS CASE WHEN regexp_full_match(t, '-?\\d+') THEN t
    ELSE unsigned_brackets(translate(without_mark(plain(t)), '.,', ',.')) END;
CREATE MACRO number_value(p) AS TRY_CAST(CASE WHEN regexp_full_match(p, '{_NUMBER}') AND regexp_matches(p, '\\d')
    THEN regexp_replace(p, '[, '']', '', 'g') END AS DECIMAL(38, 10));
CREATE MACRO roc_date(p) AS CAST(try_strptime(
    (CAST(nullif(regexp_extract(p, '{_ROC}', 1), '') AS INTEGER) + {_FIRST_YEAR_OF_THE_REPUBLIC})
    || regexp_replace(p, '{_ROC}', '-\\2\\4-\\3\\5'), '%Y-%m-%d') AS DATE);
CREATE MACRO date_value(p) AS CASE WHEN regexp_full_match(p, '\\d{{4}}-\\d{{2}}-\\d{{2}}') THEN TRY_CAST(p AS DATE) ELSE CAST(CASE
    WHEN regexp_matches(p, '{_YMD}') THEN try_strptime(regexp_replace(p, '{_YMD}', '\\1-\\2-\\3'), '%Y-%m-%d')
    WHEN regexp_matches(p, '{_YM}') THEN try_strptime(regexp_replace(p, '{_YM}', '\\1-\\2-1'), '%Y-%m-%d')
    WHEN regexp_matches(p, '^{_REPUBLIC}') THEN roc_date(p)
    WHEN regexp_full_match(p, '\\d{{8}}') THEN try_strptime(p, '%Y%m%d') END AS DATE) END;
CREATE MACRO order_number(t, i) AS CAST(nullif(regexp_extract(plain(t), '{_EITHER_ORDER}', i), '') AS INTEGER);
CREATE MACRO day_month_order(t) AS CASE WHEN least(order_number(t, 1), order_number(t, 2)) > {_MONTHS} THEN NULL
    WHEN least(order_number(t, 1), order_number(t, 2)) = 0 THEN NULL
    WHEN order_number(t, 1) > {_MONTHS} THEN 'day' WHEN order_number(t, 2) > {_MONTHS} THEN 'month'
    WHEN order_number(t, 1) IS NOT NULL THEN 'either' END;
CREATE MACRO flag_value(p) AS CASE
    WHEN p IN ('1', '1.0', 'true', 'yes', 'y', 't', '是', '有') THEN 1
    WHEN p IN ('0', '0.0', 'false', 'no', 'n', 'f', '否', '无', '無') THEN 0 END;
{written_dates.MACROS}"""

#: Day zero of Excel's serial dates (its 1900 leap-year slip included).
_EXCEL_EPOCH = "DATE '1899-12-30'"
#: The same of workbooks that count from 1904.
_EPOCH_OF_1904 = "DATE '1904-01-01'"
#: Floats, and the number from which on they no longer hold each whole number.
WHOLE_UP_TO = {"DOUBLE": 2**53, "FLOAT": 2**24}
_FLOATS = tuple(WHOLE_UP_TO)
_DAYS = ("DATE", "TIMESTAMP")
_TYPED = (*_FLOATS, *_DAYS, "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def is_typed(raw_type: str) -> bool:
    """Whether a column holds numbers or days, which are never blank and need no parsing."""
    return raw_type in _TYPED or raw_type.startswith("DECIMAL")


def given_expression(raw: str, source: Source, raw_type: str = "VARCHAR") -> str:
    """The value as written, or NULL where the cell is empty or holds a code that the book declares
    as missing.
    """
    text = f"CAST({raw} AS VARCHAR)" if is_typed(raw_type) else f"trimmed(CAST({raw} AS VARCHAR))"
    if not source.na:
        return text
    codes = ", ".join(quoted(code, "'") for code in source.na)
    return f"CASE WHEN {text} NOT IN ({codes}) THEN {text} END"


def _is_day(raw_type: str, column: Column, source: Source) -> bool:
    return (
        column.kind == "date"
        and raw_type in _DAYS
        and not source.na
        and not source.date_format_of(column.name)
    )


def plain_expression(text: str, raw: str, raw_type: str, column: Column, source: Source) -> str:
    """First step: the characters of a written number, date or flag in plain form; a native value
    as it is.
    """
    if column.kind in ("id", "text", "category"):
        return "NULL"
    if raw_type != "VARCHAR" and column.kind not in ("flag", "date"):
        finite = f" AND isfinite({raw})" if raw_type in _FLOATS else ""
        given = raw if is_typed(raw_type) and not source.na else text
        return f"CASE WHEN {given} IS NOT NULL{finite} THEN {raw} END"
    if column.kind == "flag":
        return f"lower(plain({text}))"
    if column.kind == "date":
        return raw if _is_day(raw_type, column, source) else f"plain({text})"
    # A sign such as "Rs." has a point of its own: it goes before points and commas are swapped.
    number = "bare_number_with_comma" if source.decimal == "," else "bare_number"
    bare = f"{number}({text})"
    return f"rtrim({bare}, '%')" if column.unit.startswith("percent") else bare


def exact_expression(plain: str, raw_type: str, column: Column) -> str:
    """Second step: a written number as DECIMAL; a share may be written in percent."""
    if column.kind not in ("money", "number", "integer"):
        return "NULL"
    if raw_type != "VARCHAR":
        return plain
    if column.unit.startswith(("share", "ratio")):
        return (
            f"CASE WHEN ends_with({plain}, '%') THEN "
            f"TRY(number_value({plain}[:-2]) / 100) ELSE number_value({plain}) END"
        )
    return f"number_value({plain})"


def parsed_expression(
    text: str,
    plain: str,
    exact: str,
    raw_type: str,
    column: Column,
    source: Source,
    from_1904: bool = False,
) -> str:
    """Last step: the kind that the contract declares, NULL where the value cannot be read."""
    if column.kind in ("id", "text", "category"):
        return f"regexp_replace({text}, '\\.0$', '')" if raw_type in _FLOATS else text
    if column.kind == "flag":
        return f"flag_value({plain})"
    if _is_day(raw_type, column, source):
        return f"CAST({plain} AS DATE)"
    if column.kind == "date":
        form = source.date_format_of(column.name)
        if form == "excel":
            epoch = _EPOCH_OF_1904 if from_1904 else _EXCEL_EPOCH
            return f"TRY({epoch} + CAST(floor(number_value({plain})) AS INTEGER))"
        if form == "roc":
            return f"roc_date({plain})"
        if form == "buddhist":
            return f"buddhist_date({plain})"
        if not form:
            return f"date_value({plain})"
        ways = [plain]
        if "%b" in form or "%B" in form:
            ways.append(written_dates.english_sql(plain, form))
        read = ", ".join(f"try_strptime({way}, {quoted(form, chr(39))})" for way in ways)
        return f"CAST(coalesce({read}) AS DATE)"
    if column.kind == "money":
        return (
            f"TRY(CAST(round({exact} * "
            f"{source.unit_factor_of(column.name) * MONEY_SCALE}) AS BIGINT))"
        )
    if column.kind == "integer":
        return f"TRY(CASE WHEN {exact} = round({exact}) THEN CAST({exact} AS BIGINT) END)"
    return f"TRY_CAST({exact} AS DOUBLE)"


def void_expression(source: Source, raws: Mapping[str, str]) -> str:
    """Whether a row is declared void; ``raws`` maps each own column of ``source.void`` to how the
    relation calls it.
    """
    return f"{void_value_expression(source, raws)} > 0" if source.void else "false"


def void_value_expression(source: Source, raws: Mapping[str, str]) -> str:
    """Which of ``source.void_values`` makes a row void, counted from 1; 0 where none does. A row
    that two of them name is of the first.
    """
    cases = []
    for number, (own, value) in enumerate(source.void_values, 1):
        word = quoted(value.strip(BLANKS).lower(), "'")
        cases.append(
            f"WHEN coalesce(lower(trim(CAST({raws[own]} AS VARCHAR), "
            f"{quoted(BLANKS, chr(39))})) = {word}, false) THEN {number}"
        )
    return f"CASE {' '.join(cases)} ELSE 0 END"
