"""How a written value becomes a number, an amount, a date or an id: SQL expressions over the text as it was found."""

from __future__ import annotations

from keyacct_utils.reading import BLANKS, quoted
from keyacct_utils.settings import Source
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
CREATE MACRO plain(t) AS translate(trimmed(t), '{_FULL_WIDTH}', '{_PLAIN}');
CREATE MACRO unsigned_brackets(t) AS regexp_replace(regexp_replace(t, '^\\((.*)\\)$', '-\\1'), '^([^-+].*)-$', '-\\1');
CREATE MACRO bare_number(t) AS regexp_replace(unsigned_brackets(plain(t)), '{_CURRENCY}', '\\1', 'g');
CREATE MACRO decimal_text(t) AS
    CASE WHEN regexp_full_match(t, '{_NUMBER}') AND regexp_matches(t, '\\d') THEN regexp_replace(t, '[, ]', '', 'g') END;
CREATE MACRO number_value(t) AS CASE WHEN regexp_full_match(t, '-?\\d+(\\.\\d+)?') THEN TRY_CAST(t AS DECIMAL(38, 10))
    ELSE TRY_CAST(decimal_text(bare_number(t)) AS DECIMAL(38, 10)) END;
CREATE MACRO share_value(t) AS CASE WHEN ends_with(plain(t), '%')
    THEN TRY(number_value(plain(t)[:-2]) / 100) ELSE number_value(t) END;
CREATE MACRO date_value(t) AS CAST(CASE
    WHEN regexp_matches(plain(t), '{_YMD}') THEN try_strptime(regexp_replace(plain(t), '{_YMD}', '\\1-\\2-\\3'), '%Y-%m-%d')
    WHEN regexp_matches(plain(t), '{_YM}') THEN try_strptime(regexp_replace(plain(t), '{_YM}', '\\1-\\2-1'), '%Y-%m-%d')
    WHEN regexp_full_match(plain(t), '\\d{{8}}') THEN try_strptime(plain(t), '%Y%m%d') END AS DATE);
CREATE MACRO flag_value(t) AS CASE
    WHEN lower(plain(t)) IN ('1', '1.0', 'true', 'yes', 'y', 't', '是', '有') THEN 1
    WHEN lower(plain(t)) IN ('0', '0.0', 'false', 'no', 'n', 'f', '否', '无') THEN 0 END;
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


def _exact(text: str, raw: str, raw_type: str, column: Column, source: Source) -> str:
    """A written number as DECIMAL, a native one as itself."""
    if raw_type != "VARCHAR":
        return (
            f"CASE WHEN {text} IS NOT NULL AND isfinite({raw}) THEN {raw} END"
            if raw_type in _FLOATS
            else f"CASE WHEN {text} IS NOT NULL THEN {raw} END"
        )
    if source.decimal == ",":
        text = f"translate({text}, '.,', ',.')"
    if column.unit.startswith(("share", "ratio")):
        return f"share_value({text})"
    if column.unit.startswith("percent"):
        return f"number_value(rtrim({text}, '%％'))"
    return f"number_value({text})"


def parse_expression(text: str, raw: str, raw_type: str, column: Column, source: Source) -> str:
    """SQL that turns a written value into the kind that the contract declares; NULL where it cannot.

    Parameters
    ----------
    text : str
        The expression of `given_expression`: the trimmed text, NULL where missing.
    raw, raw_type : str
        The column as found, and its DuckDB type: VARCHAR for text files and sheets.
    """
    if column.kind in ("id", "text", "category"):
        if raw_type in _FLOATS:
            return f"CASE WHEN {text} IS NOT NULL THEN regexp_replace({text}, '\\.0$', '') END"
        return text
    if column.kind == "flag":
        return f"flag_value({text})"
    if column.kind == "date":
        if raw_type.startswith(("DATE", "TIMESTAMP")):
            return f"CASE WHEN {text} IS NOT NULL THEN CAST({raw} AS DATE) END"
        form = source.date_format_of(column.name)
        if form == "excel":
            return f"TRY({_EXCEL_EPOCH} + CAST(floor(number_value({text})) AS INTEGER))"
        return f"CAST(try_strptime(plain({text}), {quoted(form, chr(39))}) AS DATE)" if form else f"date_value({text})"
    exact = _exact(text, raw, raw_type, column, source)
    if column.kind == "money":
        return f"TRY(CAST(round({exact} * {source.unit_factor_of(column.name) * MONEY_SCALE}) AS BIGINT))"
    if column.kind == "integer":
        return f"TRY(CASE WHEN {exact} = round({exact}) THEN CAST({exact} AS BIGINT) END)"
    return f"TRY_CAST({exact} AS DOUBLE)"
