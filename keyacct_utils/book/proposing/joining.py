"""Transactions that no single column gives: price times quantity, or an amount whose account
stands in another file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.proposing.doubts import doubts, sides
from keyacct_utils.book.proposing.judging import FRACTION, Judge, decimal_sign, discount_kind
from keyacct_utils.book.proposing.matching import (
    WORDED,
    Choice,
    Found,
    Option,
    examples,
    file_options,
    match,
    read_with,
)
from keyacct_utils.book.proposing.synonyms import JOINED_BY, key, words
from keyacct_utils.book.proposing.wording import speaks_of
from keyacct_utils.contract.tables import TABLES

#: Share of the keys of the lines that must be found in the other file.
_SHARE_FOUND = 0.9
_LEAST_WIDE, _WIDE_LINES = 3, 12
_WHOLE, _DECIMAL = r"-?(0|[1-9]\d{0,17})", r"-?(0|[1-9]\d*)(\.\d+)?"
#: Columns of a row that change their sign with it.
_SIGNED = ("revenue", "cost_goods", "volume")
_RESERVED = words(
    "order group select table from where join union all and "
    "or not case when then else end as on in to using desc"
)


@dataclass
class Joined:
    """A ledger as SQL over raw files."""

    files: dict[str, Found]
    #: One text, or several to choose from.
    sqls: list[str]
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    columns: tuple[str, ...] = ()


def sql_name(found: Found, taken: Sequence[str]) -> str:
    """A name for a raw file that SQL and TOML take as it is."""
    stem = found.first.part if found.first.kind == "sqlite" else found.first.path.name.split(".")[0]
    if found.first.kind == "sheet" and found.first.named:
        stem = f"{stem}_{found.first.part}"
    common = re.sub(r"[^a-z0-9]+", "_", stem.casefold()).strip("_") or "file"
    if len(found.peeks) > 1:
        common = re.sub(r"(_?\d+)+$", "", common) or "file"
    name = common if common[0].isalpha() and common not in _RESERVED else f"file_{common}"
    number = 2
    while name in taken:
        name, number = f"{name.rstrip('0123456789_')}_{number}", number + 1
    return name[:40]


def _bare(own: str) -> str:
    return (
        own
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", own) and own.casefold() not in _RESERVED
        else quoted(own)
    )


def column_of(name: str, found: Found, own: str) -> str:
    """A column of a raw file as SQL names it."""
    if found.first.blanks:
        return f"{name}.part[{found.first.header.index(own) + 1}]"
    return f"{name}.{_bare(own)}"


def _number(name: str, found: Found, own: str) -> str:
    """A column as a number: as it is where every value is plain, else with its separators taken
    out.
    """
    written, values = column_of(name, found, own), [value for value in found.values(own) if value]
    if not found.first.blanks and all(re.fullmatch(_DECIMAL, value) for value in values):
        return written
    bare = f"rtrim(CAST({written} AS VARCHAR), '% ')"
    sign, _ = decimal_sign(values, found.first.sep)
    plain = (
        f"replace(replace({bare}, '.', ''), ',', '.')"
        if sign == ","
        else f"replace({bare}, ',', '')"
    )
    return f"TRY_CAST({plain} AS DECIMAL(18, 6))"


def _relation(name: str, found: Found) -> str:
    if not found.first.blanks:
        return name
    return (
        rf"(SELECT string_split_regex(trim({quoted(found.first.blanks)}), "
        rf"'\s+') AS part FROM {name}) AS {name}"
    )


def _shared_key(lines: Found, heads: Found) -> tuple[str, str, float]:
    """The columns by which lines find their head, and the share of keys found; empty where there
    are none.
    """
    best = ("", "", 0.0)
    by_name = {key(own): own for own in heads.first.header if key(own)}
    known = words(JOINED_BY)
    pairs = [(own, by_name[key(own)]) for own in lines.first.header if key(own) in by_name]
    pairs += [
        (own, other)
        for own in lines.first.header
        for word, other in by_name.items()
        if {key(own), word} <= known
    ]
    for own, other in pairs:
        there, here = set(heads.values(other)), set(lines.values(own)) - {""}
        if here and heads.unique(other) and len(here & there) / len(here) > best[2]:
            best = own, other, len(here & there) / len(here)
    return best if best[2] >= _SHARE_FOUND else ("", "", 0.0)


def _ledger(found: Found, judge: Judge) -> dict[str, Choice]:
    choices = match(TABLES["ledger"], found)
    read_with(found, choices, judge)
    return {choice.column.name: choice for choice in choices}


def _amounts(
    name: str, found: Found, have: dict[str, Choice]
) -> tuple[dict[str, list[str]], list[str], str]:
    """SQL of the numbers of a line (several where there is a choice), remarks, and why the choice
    is open.
    """
    wanted: list[str] = [
        column for column in ("volume", "list_price", "cost_goods") if column in have
    ]
    numbers = {column: _number(name, found, have[column].own) for column in wanted}
    given: dict[str, list[str]] = {
        column: [column_of(name, found, have[column].own)] for column in wanted if have[column].sure
    }
    if "revenue" in have and (have["revenue"].rank <= WORDED or found.first.blanks):
        return (
            given | {"revenue": [column_of(name, found, have["revenue"].own)]},
            [],
            have["revenue"].reason,
        )
    price = f"{numbers['list_price']} * {numbers['volume']}"
    if "discount_pct" not in have or have["discount_pct"].rank > WORDED:
        return (
            given | {"revenue": [price]},
            ["revenue is price x quantity: no discount was found"],
            "",
        )
    own = have["discount_pct"].own
    written, texts = _number(name, found, own), found.values(own)
    remarks = []
    if not all(texts):
        written = f"coalesce({written}, 0)"
        remarks.append(f"{texts.count(''):,} lines have no discount and count without one")
    plain = [re.sub(r"[^\d.,-]", "", text).replace(",", ".") for text in texts]
    values = [abs(float(text)) for text in plain if re.fullmatch(r"-?\d+(\.\d+)?", text)]
    kind, doubt = discount_kind(values)
    high = max(values, default=0.0)
    whole = 1 if high <= 1 else 100
    reading = "a fraction" if whole == 1 else "percent"
    remarks.append(
        f"{own[:40]} lies between {min(values, default=0.0):g} and {high:g}: read as {reading}"
    )
    off = written if whole == 1 else f"{written} / 100"
    forms = [(f"100 * {written}" if whole == 1 else written, f"{price} * (1 - {off})")]
    if not kind:
        forms.append(
            (f"100 - {written if whole == 100 else f'100 * {written}'}", f"{price} * {off}")
        )
    given["discount_pct"], given["revenue"] = (
        [form[0] for form in forms],
        [form[1] for form in forms],
    )
    return (
        given,
        remarks,
        "" if kind else f"{own[:40]}: {doubt}; the first reading takes it off, the second pays it",
    )


def _has_amount(found: Found, have: dict[str, Choice]) -> bool:
    if "revenue" in have and (have["revenue"].rank <= WORDED or found.first.blanks):
        return True
    return all(
        name in have and have[name].rank <= WORDED and have[name].sure
        for name in ("volume", "list_price")
    )


def _of_values(option: Option) -> bool:
    """Whether an option says how values are written, not how bytes become rows."""
    return "." in option.key or option.key in ("decimal", "na")


def _build(
    lines: Found, heads: Found | None, shared: tuple[str, str, float], judge: Judge
) -> Joined:
    names = [sql_name(lines, ())]
    names += [sql_name(heads, names)] if heads else []
    mine = _ledger(lines, judge)
    theirs = _ledger(heads, judge) if heads else {}
    numbers, remarks, reason = _amounts(names[0], lines, mine)
    options = [
        option
        for found in (lines, heads)
        if found
        for option in found.options
        if _of_values(option)
    ]
    parts: dict[str, list[str]] = {}
    for column in ("account_id", "date", "manager_id", "line"):
        place, found, choice = (names[0], lines, mine.get(column))
        if (choice is None or not choice.sure) and heads and column in theirs:
            place, found, choice = names[1], heads, theirs[column]
        if choice and (choice.sure or column == "account_id"):
            parts[column] = [column_of(place, found, choice.own)]
            reason = "; ".join(text for text in (reason, choice.reason) if text)
            remarks.append(f"{column} is {choice.own[:40]} of {found.label}: {choice.examples}")
    parts |= numbers
    for column in ("list_price", "volume", "revenue"):
        if column in mine and mine[column].sure:
            remarks.append(
                f"{column} is {mine[column].own[:40]} of {lines.label}: {mine[column].examples}"
            )
    relation = _relation(names[0], lines)
    if heads:
        own, other, share = shared
        left, right = column_of(names[0], lines, own), column_of(names[1], heads, other)
        whole = [
            all(re.fullmatch(_WHOLE, v) for v in found.values(c) if v)
            for found, c in ((lines, own), (heads, other))
        ]
        if whole[0] != whole[1]:
            left, right = f"CAST({left} AS VARCHAR)", f"CAST({right} AS VARCHAR)"
        if not heads.whole:
            unproven = (
                f"{heads.label} was looked at in part: a value of "
                f"{other[:40]} that stands twice there counts lines twice"
            )
            reason = "; ".join(text for text in (reason, unproven) if text)
        relation += f"\nLEFT JOIN {_relation(names[1], heads)} ON {left} = {right}"
        remarks.append(
            f"{share:.0%} of the {len(set(lines.values(own))):,} "
            f"values of {own[:40]} were found in {heads.label}"
        )
    files = dict(zip(names, [lines, *([heads] if heads else [])], strict=True))
    options = [option for option in options if option.key.partition(".")[2] in ("", *parts)]
    marks = _marks(files, [column for forms in parts.values() for column in forms[:1]], options)
    sqls = []
    for number in range(max(len(forms) for forms in parts.values())):
        fields = {
            column: forms[min(number, len(forms) - 1)] for column, forms in (parts | marks).items()
        }
        sqls.append(select_from(fields, relation))
    return Joined(
        files,
        sqls,
        reason,
        remarks,
        list({option.key: option for option in options[::-1]}.values()),
        tuple(parts),
    )


def _marks(
    files: dict[str, Found], taken: list[str], options: list[Option]
) -> dict[str, list[str]]:
    """Columns that the SQL hands on so that ``void`` can name rows that do not count; adds the
    options.
    """
    marks: dict[str, list[str]] = {}
    for name, found in files.items():
        for option in doubts(found) if not found.first.blanks else ():
            own = option.key.partition(".")[2]
            written = column_of(name, found, own)
            if quoted(own) not in marks and written not in taken:
                marks[quoted(own)] = [written]
                options.append(option)
    return marks


def join(groups: Sequence[Found], judge: Judge) -> Joined | None:
    """A ledger over one file with prices and quantities, or over lines and the file that has their
    account.
    """
    groups = [found for found in groups if not found.first.spread]
    have = {
        id(found): {choice.column.name: choice for choice in match(TABLES["ledger"], found)}
        for found in groups
    }
    best: tuple[float, Found, Found | None, tuple[str, str, float]] | None = None
    for lines in groups:
        if not _has_amount(lines, have[id(lines)]):
            continue
        account = have[id(lines)].get("account_id")
        if account and account.rank <= WORDED:
            return _build(lines, None, ("", "", 1.0), judge)
        for heads in groups:
            owner = have[id(heads)].get("account_id")
            if heads is lines or not owner or owner.rank > WORDED or heads.first.blanks:
                continue
            shared = _shared_key(lines, heads)
            score = shared[2] + 0.5 * ("date" in have[id(heads)])
            if shared[0] and (best is None or score > best[0]):
                best = score, lines, heads, shared
    return _build(best[1], best[2], best[3], judge) if best else None


def wide(groups: Sequence[Found]) -> Joined | None:
    """Amounts that may stand in several columns, one for each line of business: a proposal to look
    at, never sure.
    """
    for found in groups:
        choices = {choice.column.name: choice for choice in match(TABLES["ledger"], found)}
        account = choices.get("account_id")
        taken = {choice.own for choice in choices.values()}
        taken |= {
            choice.own
            for name in ("accounts", "account_profile")
            for choice in match(TABLES[name], found)
        }
        if account is None or account.rank > WORDED or found.first.blanks or found.first.spread:
            continue
        lines = [
            own
            for own in found.first.header
            if own and own not in taken and _amount_like(found.values(own))
        ]
        if not _LEAST_WIDE <= len(lines) <= _WIDE_LINES:
            continue
        name = sql_name(found, ())
        sql = (
            f"SELECT {_bare(account.own)} AS account_id, line, amount AS revenue\n"
            f"FROM (UNPIVOT {name} ON {', '.join(map(_bare, lines))} INTO NAME line VALUE amount)"
        )
        shown = f"{lines[0][:40]} {examples(found.values(lines[0]))}"
        reason = (
            f"{len(lines)} columns of {found.label} hold numbers "
            f"({shown}): are they amounts, one column for each line?"
        )
        return Joined({name: found}, [sql], reason, columns=("account_id", "line", "revenue"))
    return None


def _amount_like(values: Sequence[str], fewest: int = _WIDE_LINES + 1) -> bool:
    given = [value for value in values if value]
    return len(set(given)) >= fewest and all(re.fullmatch(_DECIMAL, value) for value in given)


def derived(found: Found, returns: Found | None = None) -> Joined | None:
    """A ledger of one file by SQL, where a column of it says which amounts subtract, where cost or
    discount follow from another column, or where returns stand in a file of their own; None where
    the file is to be read as it is. The files were matched and read already.
    """
    chosen = {choice.column.name: choice for choice in found.choices}
    if "revenue" not in chosen or found.first.spread:
        return None
    told = sides(found, chosen["revenue"].own)
    names = [sql_name(found, ())]
    names += [sql_name(returns, names)] if returns else []
    reckoned, unproven = _reckoned(names[0], found)
    if told is None and not reckoned and returns is None:
        return None
    fixed = {
        column: column_of(names[0], found, choice.own)
        for column, choice in chosen.items()
        if column not in reckoned and (choice.sure or choice.column.required)
    }
    columns = tuple(fixed | reckoned)
    options = row_options(found, columns)
    marks = _marks({names[0]: found}, list(fixed.values()), options)
    fixed |= {own: forms[0] for own, forms in marks.items()}
    sqls = []
    for turned in (told.credit, told.debit, ()) if told else ((),):
        parts = fixed | reckoned
        if told and turned:
            listed = ", ".join(quoted(value, "'") for value in turned)
            side = f"trim(CAST({column_of(names[0], found, told.own)} AS VARCHAR)) IN ({listed})"
            for column in set(_SIGNED) & parts.keys():
                number = reckoned.get(column) or _number(names[0], found, chosen[column].own)
                parts[column] = f"CASE WHEN {side}\n            THEN -({number}) ELSE {number} END"
        sqls.append(select_from(parts, names[0]))
    reasons = [told.reason if told else "", *unproven]
    if returns:
        back, how = _returned(names[1], returns, tuple(parts))
        sqls = [f"{sqls[0]}\nUNION ALL\n{back}", *sqls]
        reasons.append(f"{returns.label} holds returns by its name: {how}")
    reasons += [choice.reason for choice in chosen.values() if choice.column.required]
    files = dict(zip(names, [found, *([returns] if returns else [])], strict=True))
    joined = Joined(files, list(dict.fromkeys(sqls)), "; ".join(filter(None, reasons)))
    joined.options, joined.columns = options, columns
    joined.remarks += [f"{column} is {form}" for column, form in reckoned.items()]
    return joined


def _reckoned(name: str, found: Found) -> tuple[dict[str, str], list[str]]:
    """Cost from amount and profit, discount in percent from a fraction; and what is unproven."""
    chosen = {choice.column.name: choice for choice in found.choices}
    parts: dict[str, str] = {}
    unproven = []
    taken = {choice.own for choice in found.choices}
    profits = [
        own for own in found.first.header if own and own not in taken and _is_profit(own, found)
    ]
    if "cost_goods" not in chosen and profits:
        owns = [chosen["revenue"].own, profits[0]]
        amount, profit = (_number(name, found, own) for own in owns)
        parts["cost_goods"] = f"{amount} - {profit}"
        if not all(_plain(found.values(own)) for own in owns):
            unproven.append(
                f"cost_goods is {owns[0][:40]} less {owns[1][:40]}, which are not plain"
            )
    discount = chosen.get("discount_pct")
    if discount and FRACTION in discount.reason and _plain(found.values(discount.own)):
        parts["discount_pct"] = f"100 * {column_of(name, found, discount.own)}"
    return parts, unproven


def _is_profit(own: str, found: Found) -> bool:
    kinds = speaks_of(own)
    return (
        "profit" in kinds
        and not kinds & {"rate", "id", "date"}
        and _amount_like(found.values(own), 1)
    )


def _plain(values: Sequence[str]) -> bool:
    return all(re.fullmatch(_DECIMAL, value) for value in values if value)


def _returned(name: str, found: Found, columns: Sequence[str]) -> tuple[str, str]:
    """SQL of a file of returns with the columns of the sales, and how its amounts are taken."""
    chosen = {choice.column.name: choice.own for choice in found.choices}
    given = [value for value in found.values(chosen["revenue"]) if value]
    minus = sum(value.startswith(("-", "(", "−")) for value in given) > len(given) / 2
    parts = {}
    for column in columns:
        own = chosen.get(column)
        if own is None:
            parts[column] = "NULL"
        elif column in _SIGNED and not minus:
            parts[column] = f"-({_number(name, found, own)})"
        else:
            parts[column] = column_of(name, found, own)
    taken = "they have a minus and are added" if minus else "the first sql subtracts them"
    return select_from(parts, name), f"{taken}; the next leaves them out"


def select_from(parts: dict[str, str], relation: str) -> str:
    """SQL that gives columns of the contract, one on a line."""
    fields = ",\n       ".join(f"{form} AS {column}" for column, form in parts.items())
    return f"SELECT {fields}\nFROM {relation}"


def row_options(found: Found, columns: Sequence[str]) -> list[Option]:
    """The options that say how the values of these columns are written."""
    return [
        option
        for option in found.options
        if _of_values(option) and option.key.partition(".")[2] in ("", *columns)
    ]


def raw_options(found: Found) -> list[Option]:
    """The options of a raw file: only how its bytes become rows."""
    blank = found.first.blanks
    return [option for option in file_options(found.first) if not blank or option.key != "skip"]
