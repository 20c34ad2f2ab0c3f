"""The likeliest cause of values that cannot be read, judged by the values, and the way out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from keyacct_utils.book.intake.currency_marks import INDIAN
from keyacct_utils.book.intake.written_dates import (
    buddhist_year,
    form_of_names,
    is_special_period,
    no_dates,
    period_form,
)
from keyacct_utils.contract.faults import nearest
from keyacct_utils.contract.tables import MONEY_SCALE, Column

SET_ASIDE = "or set the rows aside with --quarantine FILE"
MISSING_CODES = ("-99", "-999", "-9999", "99999", "999999")
_MEANS_MISSING = {
    "NULL",
    "NA",
    "N/A",
    "#N/A",
    "NAN",
    "NONE",
    "-",
    "--",
    "—",
    "－",
    "/",
    "无",
    "無",
    "空",
    *MISSING_CODES,
}
_HUGE = r"[+-]?[\d,]{15,}(\.\d*)?"
_MOST = (2**63 - 1) // MONEY_SCALE
#: Codes with which surveys mark that nothing was answered.
_NO_ANSWER = (
    "99",
    "98",
    "97",
    "96",
    "88",
    "77",
    "-1",
    "-2",
    "-8",
    "-9",
    "-77",
    "-88",
    "999",
    "998",
)
#: Debit or credit behind an amount, or before it: Dr/Cr, Soll/Haben, 借/贷.
_SIDES = r"(?i)\d[)\s]*(dr|cr|db|[SHDC]|借|贷|貸)\.?$|^(dr|cr|db|[SHDC]|借|贷|貸)\.?\s*[-(]?\d"
_POINT_DECIMALS = r"\d\.(\d{1,2}|\d{4,})(\D|$)|,\d{3}\."
_EXCEL_ERRORS = {"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
_ORDERS = (("day first", "%d/%m/%Y"), ("month first", "%m/%d/%Y"), ("year first", "%y/%m/%d"))
_REPUBLIC = r"(?!19|20)\d{2,3}[年/.-]\d{1,2}[月/.-]\d{1,2}日?$|[01]\d{2}(0[1-9]|1[0-2])[0-3]\d$"
_FORMS = {
    r"\d{14}": "%Y%m%d%H%M%S",
}


def _day_of(value: str) -> str:
    """A date without the time of day behind it."""
    return re.split(r",? |(?<=\d)T", value, maxsplit=1)[0]


def readings_of_date(value: str) -> dict[str, dt.date]:
    """What a date of three numbers means in each order that can read it."""
    found = {}
    text = re.sub(r"[-.]", "/", _day_of(value))
    short = re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2}", text)
    for label, form in _ORDERS:
        try:
            found[label] = dt.datetime.strptime(
                text, form.replace("%Y", "%y") if short else form
            ).date()
        except ValueError:
            continue
    return found if short or "year first" not in found else {}


def both_readings(values: Iterable[str], time: str = "", order: str = "") -> str:
    """What the first date of three numbers means in each order, and the format to declare;
    ``time`` is the format of what follows the day, ``order`` ("day" or "month") what is declared.
    """
    for value in values:
        if readings := readings_of_date(value):
            shown = ", ".join(
                f"{label} {value!r} is {reading}" for label, reading in readings.items()
            )
            label = f"{order} first" if f"{order} first" in readings else next(iter(readings))
            form = dict(_ORDERS)[label]
            sign = re.sub(r"\d", "", _day_of(value))[:1] or "/"
            if re.fullmatch(r"\d+\D\d+\D\d{2}", _day_of(value)):
                form = form.replace("%Y", "%y")
            other = " (or the other order)" if len(readings) > 1 and not order else ""
            return f'{shown}: declare date_format = "{form.replace("/", sign)}{time}"{other}'
    return ""


def special_dates(values: list[str], declared: str) -> str:
    """How to mend dates that need no order of day and month; empty where they are not of these."""
    if empty := no_dates(values):
        listed = ", ".join(f'"{value}"' for value in empty)
        return f"these stand for no date: declare na = [{listed}], {SET_ASIDE}"
    if any(re.fullmatch(r"0+(\.0+)?", value) for value in values):
        return f"0 is no day but an empty date: empty these cells, {SET_ASIDE}"
    if any(re.search(r"季|[Qq][1-4]|[1-4][Qq]", value) for value in values):
        return f"a quarter or half year is no day: write its first day (2024-01-01), {SET_ASIDE}"
    if years := [(value, year) for value in values if (year := buddhist_year(value))]:
        value, year = years[0]
        said = f"{value!r} has a year of the Buddhist era: {year} is {year - 543}"
        if declared == "buddhist":
            return f"{said}, and there is no such day: correct the cells, {SET_ASIDE}"
        return (
            f'{said}; declare date_format = "buddhist" (then 5/3/2567 is 2024-03-05), {SET_ASIDE}'
        )
    if any(is_special_period(value) for value in values):
        return (
            "periods 013 to 016 are closing entries of the last month: "
            f"write 012 for them, {SET_ASIDE}"
        )
    if (form := period_form(values)) and form != declared:
        return (
            f'periods of three digits: declare date_format = "{form}", if 001 is January '
            f"(else write the months), {SET_ASIDE}"
        )
    return ""


def _date_way_out(values: list[str], declared: str) -> str:
    """How to mend dates; no hint sends back to what is declared."""
    if hint := special_dates(values, declared):
        return hint
    if declared and any(re.match(r"\d{4}-\d{2}-\d{2}", value) for value in values):
        return (
            f"these are not written as {declared}: where a workbook turned "
            "some texts into true dates, it may have swapped day "
            f"and month; export the column anew in one form, {SET_ASIDE}"
        )
    if declared != "roc" and any(
        re.match(_REPUBLIC, value) and not readings_of_date(value) for value in values
    ):
        return (
            "if the year counts from the founding of the Republic "
            '(民國113年 is 2024), declare date_format = "roc"'
        )
    if not declared and (hint := both_readings(values)):
        return hint
    if declared != "excel" and any(re.fullmatch(r"[2-6]\d{4}(\.\d+)?", value) for value in values):
        return 'Excel\'s serial dates: declare date_format = "excel"'
    form = next(
        (form for shape, form in _FORMS.items() if values and re.fullmatch(shape, values[0])),
        form_of_names(values),
    )
    if declared and form in ("", declared):
        return f"these are not written as {declared}: correct the cells, {SET_ASIDE}"
    form = form or "%d.%m.%Y"
    return f'declare date_format (such as "{form}"), correct the cells, {SET_ASIDE}'


def _number_way_out(column: Column, values: list[str], decimal: str) -> str:
    """How to mend amounts and numbers; the empty text where nothing is known. ``decimal`` is what
    the book declares, so that no hint sends back to it.
    """
    joined = " ".join(values)
    if any(re.search(_SIDES, value) for value in values):
        return (
            "debit and credit do not say by themselves which is a sale and which is taken back: "
            f"write the sign of each amount with sql (a return is negative), {SET_ASIDE}"
        )
    if any(re.search(r"(^|\D)\d{1,2}([.,]\d{2})+[.,]\d{3}(\D|$)", value) for value in values):
        return (
            "groups of two digits above the thousands are read in a book of one of the currencies "
            f'that are written so: declare currency = "INR" ({", ".join(INDIAN)}), '
            f"or correct the cells, {SET_ASIDE}"
        )
    if column.kind in ("money", "number", "integer") and re.search(r"\d,\d{4}(,|\.|\b)", joined):
        return (
            "groups of four digits are not read, because 1,0000 may "
            f"be a slip of 1,000; write plain numbers, {SET_ASIDE}"
        )
    if decimal == "," and any(re.search(_POINT_DECIMALS, value) for value in values):
        return (
            'decimal = "," is declared, and these have a decimal point: write all in one way '
            f"where the file was made, or leave decimal out if most have a point, {SET_ASIDE}"
        )
    if decimal != "," and column.kind in ("money", "number"):
        if re.search(r"\d,\d{1,2}\b", joined):
            return f'if the comma marks decimals, declare decimal = ",", {SET_ASIDE}'
        if re.search(r"(^|\D)\d{1,3}(\.\d{3}){2,}(\D|$)", joined):
            return f'if points stand between thousands, declare decimal = ",", {SET_ASIDE}'
    if column.kind == "money" and re.search(r"[万萬千仟百亿億]", joined):
        return f'write plain numbers and declare the unit (unit = "万元"), {SET_ASIDE}'
    return ""


def _in_sql(own: str) -> str:
    """A column of the file as sql has to name it; in single quotes of TOML nothing is escaped."""
    return own if own.isidentifier() else '"' + own.replace('"', '""') + '"'


def _translated(column: Column, own: str, values: list[str], meaning: str, rest: str = "") -> str:
    """The sql that says what a word of the book's own means."""
    word = "'" + values[0].replace("'", "''") + "'" if values else "..."
    return f"CASE {_in_sql(own)} WHEN {word} THEN {meaning} WHEN ...{rest} END AS {column.name}"


def _flag_way_out(column: Column, own: str, values: list[str]) -> str:
    """A yes or no in other words: only the book's owner knows which of two is the yes."""
    return (
        f"say which value means 1 ({column.meaning}) and which 0, with sql over [files.*]: "
        f"{_translated(column, own, values, '1', ' THEN 0')}, {SET_ASIDE}"
    )


def way_out(
    column: Column,
    values: list[str],
    allowed: Iterable[str | float],
    declared: str = "",
    decimal: str = ".",
    own: str = "",
) -> str:
    """How to mend values that cannot be read; ``declared`` and ``decimal`` are the date format and
    the decimal sign that the book declares, ``own`` is the name of the column in the file.
    """
    own = own or column.name
    joined = " ".join(values)
    if coded := next((value for value in values if value.upper() in _MEANS_MISSING), ""):
        return f'if {coded!r} means missing, declare na = ["{coded}"], {SET_ASIDE}'
    if column.kind == "money" and any(re.fullmatch(_HUGE, value) for value in values):
        return (
            f"at most {_MOST:,} can be counted exactly: count in "
            f"a larger unit, or correct the cells, {SET_ASIDE}"
        )
    if any(value.upper() in _EXCEL_ERRORS for value in values):
        return f"a formula failed before the export: mend it in the workbook, {SET_ASIDE}"
    if column.kind == "date":
        return _date_way_out(values, declared)
    if column.kind == "flag":
        return _flag_way_out(column, own, values)
    if hint := _number_way_out(column, values, decimal):
        return hint
    if (
        column.unit.startswith(("share", "ratio"))
        and column.high == 1
        and re.search(r"(^| )\d+(\.\d+)?( |$)", joined)
    ):
        return f"a share is written 0.97 or 97%, {SET_ASIDE}"
    if column.unit.startswith("points") and (
        codes := [value for value in dict.fromkeys(values) if value in _NO_ANSWER]
    ):
        listed = ", ".join(f'"{code}"' for code in codes)
        return (
            f"if {' and '.join(codes)} {'stands' if len(codes) == 1 else 'stand'} for no answer, "
            f"declare na = [{listed}], which counts in every column of the table, {SET_ASIDE}"
        )
    if column.unit.startswith("points") and "0" in values:
        return (
            f"if 0 stands for no answer, take it out with sql: nullif({_in_sql(own)}, 0) "
            f"(na would take it out of every column); if the scale begins at 0, {SET_ASIDE}"
        )
    if allowed and (close := nearest(values[0], [str(item) for item in allowed]) if values else ""):
        return f"{close} correct the cells, {SET_ASIDE}"
    if column.kind == "category" and allowed:
        meanings = " or ".join(f"'{item}'" for item in allowed)
        return (
            "if these are words of your own for them, translate them with sql over [files.*]: "
            f"{_translated(column, own, values, meanings)}; or correct the cells, {SET_ASIDE}"
        )
    return f"correct the cells, {SET_ASIDE}"
