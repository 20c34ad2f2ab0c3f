"""How a written value becomes a number, an amount, a date or an id: SQL expressions over the text as it was found."""

from __future__ import annotations

from keyacct_utils.intake.reading import BLANKS, quoted
from keyacct_utils.intake.settings import Source
from keyacct_utils.tables import MONEY_SCALE, Column

_FULL_WIDTH = "０１２３４５６７８９．，－＋％￥（）：／年月"
_PLAIN = "0123456789.,-+%¥():/年月"
_CURRENCY = r"(?i)^([+-]?)\s*(?:[¥$€£]|CNY|RMB|USD|EUR)\s*|\s*(?:[¥$€£元]|CNY|RMB|USD|EUR)$"
#: Digits with or without well-formed groups of three; anything else is no number ("1,5" is not 15).
_NUMBER = r"[+-]?(\d+|\d{1,3}([, ]\d{3})+)?(\.\d*)?([eE][+-]?\d{1,2})?"
_YMD = r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?([ T].*)?$"
_YM = r"^(\d{4})[-/.年](\d{1,2})月?$"

#: DuckDB macros; a value that cannot be read becomes NULL, which the checks then report.
MACROS = f"""
CREATE MACRO trimmed(t) AS nullif(trim(t, {quoted(BLANKS, "'")}), '');
CREATE MACRO plain(t) AS CASE WHEN regexp_full_match(t, '[ -~]*') THEN t ELSE translate(t, '{_FULL_WIDTH}', '{_PLAIN}') END;
CREATE MACRO unsigned_brackets(t) AS regexp_replace(regexp_replace(t, '^\\((.*)\\)$', '-\\1'), '^([^-+].*)-$', '-\\1');
CREATE MACRO bare_number(t) AS CASE WHEN regexp_full_match(t, '-?\\d+(\\.\\d+)?') THEN t
    ELSE regexp_replace(unsigned_brackets(plain(t)), '{_CURRENCY}', '\\1', 'g') END;
CREATE MACRO number_value(p) AS TRY_CAST(CASE WHEN regexp_full_match(p, '{_NUMBER}') AND regexp_matches(p, '\\d')
    THEN regexp_replace(p, '[, ]', '', 'g') END AS DECIMAL(38, 10));
CREATE MACRO date_value(p) AS CASE WHEN regexp_full_match(p, '\\d{{4}}-\\d{{2}}-\\d{{2}}') THEN TRY_CAST(p AS DATE) ELSE CAST(CASE
    WHEN regexp_matches(p, '{_YMD}') THEN try_strptime(regexp_replace(p, '{_YMD}', '\\1-\\2-\\3'), '%Y-%m-%d')
    WHEN regexp_matches(p, '{_YM}') THEN try_strptime(regexp_replace(p, '{_YM}', '\\1-\\2-1'), '%Y-%m-%d')
    WHEN regexp_full_match(p, '\\d{{8}}') THEN try_strptime(p, '%Y%m%d') END AS DATE) END;
CREATE MACRO flag_value(p) AS CASE
    WHEN p IN ('1', '1.0', 'true', 'yes', 'y', 't', '是', '有') THEN 1
    WHEN p IN ('0', '0.0', 'false', 'no', 'n', 'f', '否', '无') THEN 0 END;
"""

#: Day zero of Excel's serial dates (its 1900 leap-year slip included).
_EXCEL_EPOCH = "DATE '1899-12-30'"
_FLOATS = ("DOUBLE", "FLOAT")


def given_expression(raw: str, source: Source) -> str:
    """The value as written, or NULL where the cell is empty or holds a code that the book declares as missing."""
    text = f"trimmed(CAST({raw} AS VARCHAR))"
    if not source.na:
        return text
    codes = ", ".join(quoted(code, "'") for code in source.na)
    return f"CASE WHEN {text} NOT IN ({codes}) THEN {text} END"


def plain_expression(text: str, raw: str, raw_type: str, column: Column, source: Source) -> str:
    """First step: the characters of a written number, date or flag in plain form; a native value as it is."""
    if column.kind in ("id", "text", "category"):
        return "NULL"
    if raw_type != "VARCHAR" and column.kind not in ("flag", "date"):
        finite = f" AND isfinite({raw})" if raw_type in _FLOATS else ""
        return f"CASE WHEN {text} IS NOT NULL{finite} THEN {raw} END"
    if column.kind == "flag":
        return f"lower(plain({text}))"
    if column.kind == "date":
        return f"plain({text})"
    swapped = f"translate({text}, '.,', ',.')" if source.decimal == "," else text
    return f"rtrim(bare_number({swapped}), '%')" if column.unit.startswith("percent") else f"bare_number({swapped})"


def exact_expression(plain: str, raw_type: str, column: Column) -> str:
    """Second step: a written number as DECIMAL; a share may be written in percent."""
    if column.kind not in ("money", "number", "integer"):
        return "NULL"
    if raw_type != "VARCHAR":
        return plain
    if column.unit.startswith(("share", "ratio")):
        return f"CASE WHEN ends_with({plain}, '%') THEN TRY(number_value({plain}[:-2]) / 100) ELSE number_value({plain}) END"
    return f"number_value({plain})"


def parsed_expression(text: str, plain: str, exact: str, raw_type: str, column: Column, source: Source) -> str:
    """Last step: the kind that the contract declares, NULL where the value cannot be read."""
    if column.kind in ("id", "text", "category"):
        return f"regexp_replace({text}, '\\.0$', '')" if raw_type in _FLOATS else text
    if column.kind == "flag":
        return f"flag_value({plain})"
    if column.kind == "date":
        form = source.date_format_of(column.name)
        if form == "excel":
            return f"TRY({_EXCEL_EPOCH} + CAST(floor(number_value({plain})) AS INTEGER))"
        return f"CAST(try_strptime({plain}, {quoted(form, chr(39))}) AS DATE)" if form else f"date_value({plain})"
    if column.kind == "money":
        return f"TRY(CAST(round({exact} * {source.unit_factor_of(column.name) * MONEY_SCALE}) AS BIGINT))"
    if column.kind == "integer":
        return f"TRY(CASE WHEN {exact} = round({exact}) THEN CAST({exact} AS BIGINT) END)"
    return f"TRY_CAST({exact} AS DOUBLE)"
