"""A list of accounts or applicants with what is known of each and how it fared, found among files:
the table ``credit_features``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from keyacct_utils.book.intake.book_toml import FEATURES
from keyacct_utils.book.intake.source_files import quoted
from keyacct_utils.book.proposing.joining import Joined, column_of, sql_name
from keyacct_utils.book.proposing.matching import SIMILAR, WORDED, Found, examples, match
from keyacct_utils.book.proposing.synonyms import key, simplified, words
from keyacct_utils.book.proposing.wording import speaks_of, tokens
from keyacct_utils.contract.tables import TABLES

#: Words of a header that say who did not pay; who did; and words that may mean either.
_BAD = """default defaulted defaults bad delinquent delinquency delinq dlq dlqin chargeoff npl
    insolvent insolvency bankrupt bankruptcy ausfall impago 违约 逾期 坏账 坏帐 不良 呆账"""
_GOOD = "good repaid fullypaid 好 履约 按时还款"
_OPEN = """class target outcome label risk fate response kredit credit_risk creditability y result
    loan_status 好坏 目标 标签 风险 结果"""
#: Values that say the same by themselves.
_BAD_VALUES = """bad default defaulted delinquent charged_off chargeoff chargedoff late overdue
    schlecht mauvais malo 坏 违约 逾期 不良 坏客户 未还"""
_GOOD_VALUES = """good paid repaid fully_paid fullypaid current ok gut bon bueno 好 正常 履约
    未违约 未逾期 好客户 已还"""
_YES, _NO = "1 1.0 yes y true t 是 有 j ja oui si", "0 0.0 no n false f 否 无 nein non"
#: One and two, of which German credit's second is the default.
_FIRST, _SECOND = ("1", "1.0"), ("2", "2.0")
_FEWEST_ROWS, _FEWEST_FEATURES, _MOST_WAYS = 30, 3, 4
_TABLE = TABLES[FEATURES]


class _Fate(NamedTuple):
    """A column with two values, and which of them means that an account defaulted."""

    own: str
    bad: str
    good: str
    #: How sure the header and the values make that, 0 the surest.
    rank: int


def _held(header: str, text: str) -> bool:
    plain, held = simplified(header), tokens(header)
    listed = [simplified(word) for word in text.split()]
    if any("_" in word and key(word) == key(header) for word in listed):
        return True
    return any(word in held if word.isascii() else word in plain for word in listed)


def _fates(found: Found) -> Iterator[_Fate]:
    """The columns that may say who defaulted, each with both ways to read it, the likelier
    first.
    """
    for own in filter(None, found.first.header):
        bad, good = _held(own, _BAD), _held(own, _GOOD)
        alone = key(own) in words(_OPEN)  # "target" may be the fate, "rival_target" is a feature
        if not (bad or good or _held(own, _OPEN)) or speaks_of(own) & {"date", "amount"}:
            continue
        values = found.values(own)
        counts = Counter(value.strip() for value in values if value.strip())
        if len(counts) != 2 or counts.total() < 0.5 * len(values):
            continue
        first, rank = _worse(own, sorted(counts), bad, good)
        if not first or (rank and not (bad or good or alone)):
            continue
        second = next(value for value in counts if value != first)
        yield _Fate(own, first, second, rank)
        yield _Fate(own, second, first, rank + 10)


def _worse(own: str, values: Sequence[str], bad: bool, good: bool) -> tuple[str, int]:
    """Which of two values means a default, and how sure that is; empty where neither can."""
    for value in values:
        other = next(item for item in values if item != value)
        if key(value) in words(_BAD_VALUES) or key(other) in words(_GOOD_VALUES):
            return value, 0
    told = dict(re.findall(r"(good|bad)[_ =:]*([01])(?!\d)", own.casefold()))
    ones = [value for value in values if value.casefold() in _YES.split()]
    noes = [value for value in values if value.casefold() in _NO.split()]
    if len(ones) == len(noes) == 1:
        if told:
            means = told.get("bad") or str(1 - int(told["good"]))
            return (ones if means == "1" else noes)[0], 1
        return (noes if good and not bad else ones)[0], 1 if bad or good else 3
    if {*values} in ({_FIRST[0], _SECOND[0]}, {_FIRST[1], _SECOND[1]}):
        return next(value for value in values if value in _SECOND), 4
    return "", 0


def _key(found: Found) -> str | None:
    """The column of accounts; empty where there is none, None where accounts stand in several
    rows.
    """
    for choice in match(_TABLE, found):
        if choice.column.name == "account_id" and choice.rank < SIMILAR:
            if found.unique(choice.own):
                return choice.own
            return None if choice.rank <= WORDED else ""
    return ""


def credit_list(groups: Sequence[Found]) -> tuple[Found, Joined] | None:
    """The files with one row per account, several features and a column of two fates, with the
    SQL that makes them ``credit_features``; None where there are none.

    Which column is the fate, and which of its values the default, is asked: a wrong one turns
    every result round.
    """
    for group in groups:
        header = [own for own in group.first.header if own]
        if group.first.blanks or group.first.spread or len(group.first.rows) < _FEWEST_ROWS:
            continue
        fates = sorted(_fates(group), key=lambda item: item.rank)
        account = _key(group) if fates else None
        besides = {*header} - {item.own for item in fates} - {account or ""}
        if account is None or len(besides) < _FEWEST_FEATURES:
            continue
        if any(own in ("defaulted", "default_12m") for own in header):
            continue  # its own name says it: the table is matched as any other
        found = Found(group.peeks)
        name = sql_name(found, ())
        sqls = [_select(name, found, account, fate) for fate in fates[:_MOST_WAYS]]
        remark = f"each row is an account of its own, numbered from 1 in {found.label}"
        return group, Joined(
            {name: found}, sqls, _asked(found, fates), [] if account else [remark], [],
            ("account_id", "defaulted"),
        )  # fmt: skip
    return None


def _select(name: str, found: Found, account: str, fate: _Fate) -> str:
    written = column_of(name, found, fate.own)
    bad, good = quoted(fate.bad, "'"), quoted(fate.good, "'")
    fields = [
        f"{column_of(name, found, account) if account else f'{name}.rowid + 1'} AS account_id",
        f"CASE trim(CAST({written} AS VARCHAR)) WHEN {bad} THEN 1 WHEN {good} THEN 0 END "
        "AS defaulted",
        f"{name}.* EXCLUDE ({', '.join(quoted(own) for own in filter(None, (fate.own, account)))})",
    ]
    return "SELECT " + ",\n       ".join(fields) + f"\nFROM {name}"


def _asked(found: Found, fates: Sequence[_Fate]) -> str:
    first = fates[0]
    values = [value.strip() for value in found.values(first.own)]
    given = sum(bool(value) for value in values)
    share = 100 * values.count(first.bad) / given
    others = [fate.own for fate in fates[1:_MOST_WAYS] if fate.own != first.own]
    other = f"; {', '.join(map(repr, dict.fromkeys(others)))} may be the fate too" * bool(others)
    looked = "" if found.whole else " rows looked at"
    return (
        f"which column is the fate, and which value of it the default? The first sql takes "
        f"{first.own!r} (seen: {examples(values)}), and {first.bad!r} as default: "
        f"{values.count(first.bad):,} of {given:,}{looked}, {share:.1f} %; the others take it the "
        f"other way round{other}"
    )
