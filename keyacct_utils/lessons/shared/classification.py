"""The engine that reads classification rules: three-valued, and what changes between readings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, some, to_number
from keyacct_utils.lessons.shared.rules import (
    POWER_RULES,
    AnyReading,
    AnyRules,
    Open,
    Reading,
    Rule,
    Scheme,
    Test,
    allowed_readings,
    fill,
    open_names,
)

__all__ = ["classify", "flips", "rule_table"]

_OPERATORS = {
    ">=": np.greater_equal,
    ">": np.greater,
    "<=": np.less_equal,
    "<": np.less,
    "==": np.equal,
}


def _plan(rules: AnyRules, reading: AnyReading | None) -> tuple[tuple[Rule, ...], dict[str, Any]]:
    """The rules and the value of every open place."""
    scheme = (
        rules if isinstance(rules, Scheme) else Scheme(tuple(rules), dataclasses.asdict(Reading()))
    )
    change = dataclasses.asdict(reading) if isinstance(reading, Reading) else dict(reading or {})
    left_open = set(scheme.base).union(*map(open_names, scheme.rules))
    odd = sorted(set(change) - left_open)
    if odd:
        raise ValueError(
            f"reading names {some(odd)}: expected what the rules "
            f"leave open, {some(sorted(left_open)) or 'nothing'}"
        )
    labels = [rule.label for rule in scheme.rules]
    if not labels or len(set(labels)) < len(labels) or {"none", "unknown"} & set(labels):
        raise ValueError(
            f"rules are labelled {some(labels) or '-'}: expected "
            "at least one, each once, not 'none' or 'unknown'"
        )
    return scheme.rules, {**scheme.base, **change}


def _test(
    frame: pd.DataFrame, test: Test, reading: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """(passes, cannot be judged), one element per account."""
    operator, threshold = fill(test.operator, reading), fill(test.threshold, reading)
    if operator not in (*_OPERATORS, "in", "given") or (
        isinstance(threshold, str) and operator not in ("==", "in")
    ):
        known = f"{', '.join(_OPERATORS)}, in, given; text takes == and in only"
        raise ValueError(
            f"test on {test.column}: operator {operator!r} "
            f"with {threshold!r}: expected one of {known}"
        )
    if test.column not in frame:
        return np.zeros(len(frame), dtype=bool), np.ones(len(frame), dtype=bool)
    values = frame[test.column]
    missing = values.isna().to_numpy()
    if operator == "given":
        return ~missing, np.zeros(len(frame), dtype=bool)
    if operator == "in" or isinstance(threshold, str):
        chosen = [threshold] if isinstance(threshold, str) else list(threshold)
        return values.isin(chosen).to_numpy(dtype=bool) & ~missing, missing
    with np.errstate(invalid="ignore"):
        return _OPERATORS[operator](
            to_number(values, f"accounts.{test.column}").to_numpy(), threshold
        ) & ~missing, missing


def _rule(
    frame: pd.DataFrame, rule: Rule, reading: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    size, combine = len(rule.tests), fill(rule.combine, reading)
    need = {"all": size, "any": min(1, size), "four_of_five": 4}.get(combine, combine)
    if not isinstance(need, int) or not 0 <= need <= size or (need == 0 and size):
        raise ValueError(
            f"combine of rule {rule.label!r} is {combine!r}: "
            f"expected 'all', 'any' or a number from 1 to {size}"
        )
    passed, open_ = np.zeros(len(frame), dtype=int), np.zeros(len(frame), dtype=int)
    for test in rule.tests:
        yes, unknown = (
            _rule(frame, test, reading) if isinstance(test, Rule) else _test(frame, test, reading)
        )
        passed, open_ = passed + yes, open_ + unknown
    return passed >= need, (passed < need) & (passed + open_ >= need)


def classify(
    accounts: pd.DataFrame, rules: AnyRules = POWER_RULES, reading: AnyReading | None = None
) -> pd.Series:
    """Which class does each account fall into under one reading of the rules?

    Parameters
    ----------
    accounts : DataFrame
        account_id and the columns that the rules test, for the power rule those of
        :func:`account_features`.
    rules : Scheme or sequence of Rule
        In their priority: the first rule that holds gives the class.
    reading : Reading or mapping, optional
        Values for what the rules leave open; by default the base of the scheme, or ``Reading()``.

    Returns
    -------
    Series of category, indexed by account_id
        A label of the rules; "none" where no rule holds; "unknown" where a missing feature (an
        absent column is missing for all) could change the class.

    Raises
    ------
    ValueError
        account_id missing or repeated, text where a number is tested, a reading, operator, label or
        combine that is not valid.

    Notes
    -----
    Three-valued logic: a rule of m tests that needs k is true once k pass, false once fewer than k
    can still pass, else open; an open rule ahead of the first true one makes the class unknown.
    Where the book lacks a column altogether, judge by the rules that :func:`applicable_rules`
    keeps. S000-8a, 8b, 8c; the numbers are those of :func:`rule_table`.
    """
    need_columns(accounts, ["account_id"], "accounts")
    ids = accounts["account_id"]
    if ids.isna().any() or ids.duplicated().any():
        found = f"{ids.isna().sum()} missing, repeated: {some(ids[ids.duplicated()])}"
        raise ValueError(f"accounts.account_id: {found}; expected each once")
    plan, values = _plan(rules, reading)
    labels = [*(rule.label for rule in plan), "none", "unknown"]
    code = np.full(len(accounts), -1, dtype=np.int64)
    doubt = np.zeros(len(accounts), dtype=bool)
    for number, rule in enumerate(plan):
        yes, unknown = _rule(accounts, rule, values)
        code = np.where((code < 0) & yes, np.where(doubt, len(plan) + 1, number), code)
        doubt |= unknown
    code = np.where(code < 0, np.where(doubt, len(plan) + 1, len(plan)), code)
    return pd.Series(
        pd.Categorical.from_codes(code, pd.Index(labels)),
        index=pd.Index(ids, name="account_id"),
        name="class",
    )


def flips(
    accounts: pd.DataFrame,
    rules: AnyRules = POWER_RULES,
    readings: Sequence[Reading] | Mapping[str, AnyReading] | None = None,
) -> pd.DataFrame:
    """Which accounts change class between the readings (boundary accounts 边界客户)?

    Parameters
    ----------
    accounts, rules : as in :func:`classify`
    readings : sequence of Reading, or mapping name -> reading; by default the 12 of
        :func:`allowed_readings`

    Returns
    -------
    DataFrame, indexed by account_id
        One column of classes per reading, then n_classes (different known classes), boundary (more
        than one) and unknown (no class under at least one reading). The boundary accounts by name:
        ``frame.index[frame["boundary"]]``.

    Raises
    ------
    ValueError
        Fewer than two readings, or what :func:`classify` refuses.
    """
    chosen = allowed_readings() if readings is None else readings
    named = (
        dict(chosen)
        if isinstance(chosen, Mapping)
        else {str(reading): reading for reading in chosen}
    )
    if len(named) < 2:
        raise ValueError(
            f"readings holds {len(named)} different reading(s): expected at least 2 to compare"
        )
    out = pd.DataFrame(
        {name: classify(accounts, rules, reading) for name, reading in named.items()}
    )
    codes = np.column_stack([out[name].cat.codes for name in named])
    unknown = codes == codes.dtype.type(len(out.iloc[:, 0].cat.categories) - 1)
    kinds = np.column_stack(
        [((codes == code) & ~unknown).any(axis=1) for code in range(codes.max(initial=0) + 1)]
    )
    return out.assign(
        n_classes=kinds.sum(axis=1), boundary=kinds.sum(axis=1) > 1, unknown=unknown.any(axis=1)
    )


def rule_table(rules: AnyRules = POWER_RULES, reading: AnyReading | None = None) -> pd.DataFrame:
    """What do the rules say, test by test, with source and what the document leaves open?

    Parameters
    ----------
    rules, reading : as in :func:`classify`

    Returns
    -------
    DataFrame
        One row per test: class, group (the nested rule, or ""), test, source, left_open (name of
        the open place, or "").

    Raises
    ------
    ValueError : as in :func:`classify`
    """
    plan, values = _plan(rules, reading)
    rows: list[dict[str, str]] = []

    def add(rule: Rule, label: str, group: str) -> None:
        for test in rule.tests:
            if isinstance(test, Rule):
                add(test, label, f"{group} / {test.label}" if group else test.label)
                continue
            operator, threshold = fill(test.operator, values), fill(test.threshold, values)
            shown = (
                f"{threshold:,.10g}"
                if isinstance(threshold, (int, float))
                else str(threshold or "")
            )
            left = ", ".join(
                part.name
                for part in (test.operator, test.threshold, rule.combine)
                if isinstance(part, Open)
            )
            text = f"{test.column} {operator} {shown}".strip()
            rows.append(
                {
                    "class": label,
                    "group": group,
                    "test": text,
                    "source": test.source,
                    "left_open": left,
                }
            )

    for rule in plan:
        add(rule, rule.label, "")
    return pd.DataFrame(rows, columns=["class", "group", "test", "source", "left_open"])
