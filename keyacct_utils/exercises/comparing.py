"""What is wrong with an answer, in words that never hold the right value."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.contract.faults import nearest
from keyacct_utils.exercises.asked import Part
from keyacct_utils.lessons.showing.words import listing, safe

_SHOWN = 3
#: The right value rounded further than asked lies this many tolerances away at most; and so many
#: decimals are tried.
_CLOSE, _DECIMALS = 10, range(-9, 12)
_UNITS = (1e2, 1e3, 1e4, 1e6, 1e8)
#: Float noise on a difference that lies on the tolerance itself.
_NOISE = 1e-9


def difference(expected: Any, answer: Any, part: Part) -> str:
    """Compare an answer with the right one.

    Parameters
    ----------
    expected : number, bool, text, list or tuple (order counts), set (it does not), Series by key,
        or DataFrame.
    answer : anything; lists, arrays and indexes stand for each other, numpy scalars for numbers, a
        dict for a Series.
    part : tolerance and choices.

    Returns
    -------
    str : what is wrong and, where it can be told, why; empty where the answer is right.
    """
    if answer is ...:
        return "is not filled in yet"
    if callable(answer):
        return "is a function, not its result: call it with ()"
    if isinstance(expected, pd.DataFrame):
        return _frame(expected, answer, part)
    if isinstance(expected, pd.Series):
        return _series(expected, answer, part)
    if isinstance(expected, list | tuple):
        return _sequence(list(expected), answer, part)
    if isinstance(expected, set | frozenset):
        return _set(expected, answer)
    if isinstance(expected, str):
        return _text(expected, answer, part)
    if isinstance(expected, bool | np.bool_):
        if not isinstance(answer, bool | np.bool_):
            return f"is {_kind(answer)}; True or False is expected"
        return "" if bool(answer) == bool(expected) else "is the other way round"
    return _number(float(expected), answer, part)


def choice_fault(answer: Any, part: Part) -> str:
    """Why a text is none of the choices; empty where it is one."""
    if not isinstance(answer, str):
        return f"is {_kind(answer)}; a text is expected" + (
            f": {_either(part.choices)}" if part.choices else ""
        )
    if part.choices and answer.strip().casefold() not in {
        choice.casefold() for choice in part.choices
    }:
        return f"is none of the choices; hand in {_either(part.choices)}"
    return ""


def number_of(answer: Any) -> float | str:
    """The answer as a number, or what keeps it from being one."""
    if answer is None or answer is pd.NA or answer is pd.NaT:
        return "is missing"
    if isinstance(answer, bool | np.bool_ | str | bytes):
        return f"is {_kind(answer)}; a number is expected (not in quotes, without unit or %)"
    if isinstance(
        answer, pd.Series | pd.DataFrame | pd.Index | np.ndarray | list | tuple | set | dict
    ) and np.ndim(answer):  # type: ignore[arg-type]
        way = (
            "take the value itself, .iloc[0] or [0]"
            if len(answer) == 1
            else "a single number is expected"
        )
        return f"is {_kind(answer)}; {way}"
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return f"is {_kind(answer)}; a number is expected"
    return (
        "is missing (NaN)"
        if math.isnan(value)
        else "is infinite: was something divided by zero?"
        if math.isinf(value)
        else value
    )


def _kind(answer: Any) -> str:
    if answer is None:
        return "None"
    if isinstance(answer, bool | np.bool_):
        return f"{bool(answer)}"
    if isinstance(answer, str):
        return f"the text “{safe(answer[:40])}”"
    name = "array" if isinstance(answer, np.ndarray) else type(answer).__name__
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    size = getattr(answer, "shape", None) or (
        (len(answer),) if isinstance(answer, Collection) else ()
    )
    return f"{article} {name}" + (f" of {' by '.join(map(str, size))} values" if size else "")


def _either(choices: Collection[str]) -> str:
    return " or ".join(f'"{choice}"' for choice in choices)


#: What a part asks for where the rest to one means something.
_OF_A_WHOLE = re.compile(r"\b(fraction|share|percent|chance|probability|part of)\b")


def _limit(expected: Any, part: Part) -> Any:
    return part.tolerance * (np.abs(expected) if part.relative else 1)


def _close(value: Any, expected: Any, part: Part, times: float = 1) -> Any:
    return np.abs(value - expected) <= times * _limit(expected, part) + _NOISE * np.maximum(
        np.abs(expected), _limit(expected, part)
    )


@np.errstate(over="ignore")  # what is too large for any unit is no unit
def _scale(values: Any, expected: Any, part: Part) -> str:
    """Why all values are wrong in the same way; empty where no such reason is seen."""
    if not np.all(np.abs(expected) > _limit(expected, part)):
        return ""
    # a count of one is no share: counts are exact
    fraction = part.tolerance > 0 and bool(np.all((expected > 0) & (expected <= 1)))
    for factor in _UNITS:
        if np.all(_close(values / factor, expected, part)):
            percent = factor == 100 and fraction
            return (
                "is given in percent: hand in a fraction, 0.8 for 80 %"
                if percent
                else f"is {factor:,.0f} times too large: mind the unit"
            )
        if np.all(_close(values * factor, expected, part)):
            return f"is {factor:,.0f} times too small: mind the unit"
    if np.all(_close(-values, expected, part)):
        return "has the wrong sign"
    # an error in steps or a ratio of two prices may lie below one, and has no others
    a_part = fraction and (not part.asks or _OF_A_WHOLE.search(part.asks))
    if a_part and np.all(_close(1 - values, expected, part)):
        return "is the share of the others: 1 minus what is asked"
    return ""


def _number(expected: float, answer: Any, part: Part) -> str:
    value = number_of(answer)
    if isinstance(value, str):
        return value
    if _close(value, expected, part):
        return ""
    if reason := _scale(np.array([value]), np.array([expected]), part):
        return reason
    if part.tolerance and _close(value, expected, part, _CLOSE) and _rounded(value, expected):
        return "is rounded too far, or another number close by: hand in more digits"
    return "is too large" if value > expected else "is too small"


def _rounded(value: float, expected: float) -> bool:
    """Whether a number is the right one with fewer digits; nearness alone has other causes."""
    return value != 0 and any(
        math.isclose(round(expected, places), value, rel_tol=1e-12) for places in _DECIMALS
    )


def _text(expected: str, answer: Any, part: Part) -> str:
    if fault := choice_fault(answer, part):
        return fault
    return (
        "" if answer.strip().casefold() == expected.strip().casefold() else "is not the right one"
    )


def _items(answer: Any) -> list[Any] | str:
    if isinstance(answer, pd.Series | np.ndarray | pd.Index) and answer.dtype == bool:
        return "is a mask of True and False; hand in the ids it selects: index[mask]"
    if (
        isinstance(answer, str)
        or not isinstance(answer, Collection | pd.Series | np.ndarray)
        or isinstance(answer, pd.DataFrame)
    ):
        return f"is {_kind(answer)}; a list is expected"
    if unfit := [
        item for item in answer if isinstance(item, Collection) and not isinstance(item, str)
    ]:
        return f"holds {_kind(unfit[0])} as an item; each item is one text or number"
    return list(answer)


def _sequence(expected: list[Any], answer: Any, part: Part) -> str:
    items = (
        "is a set, which has no order; hand in a list"
        if isinstance(answer, set | frozenset)
        else _items(answer)
    )
    if isinstance(items, str):
        return items
    if len(items) != len(expected):
        return f"holds {len(items):,} items; {len(expected):,} are expected"
    wrong = [
        place
        for place, pair in enumerate(zip(expected, items, strict=True), 1)
        if difference(*pair, part)
    ]
    if not wrong:
        return ""
    if not any(difference(*pair, part) for pair in zip(reversed(expected), items, strict=True)):
        return "is sorted the wrong way: turn it round"
    if not _set(set(expected), items):
        return f"holds the right items in another order: the first wrong place is {wrong[0]}"
    return f"is wrong in {len(wrong):,} of {len(expected):,} places, the first is place {wrong[0]}"


def _set(expected: Collection[Any], answer: Any) -> str:
    items = _items(answer)
    if isinstance(items, str):
        return items
    found = [item.strip() if isinstance(item, str) else item for item in items]
    extra, missing = (
        [item for item in found if item not in expected],
        len(set(expected) - set(found)),
    )
    faults = (
        [f"holds {len(extra):,} that do not belong ({listing(extra, _SHOWN)})"] if extra else []
    )
    return " and ".join(faults + ([f"lacks {missing:,} of {len(expected):,}"] if missing else []))


def _series(expected: pd.Series, answer: Any, part: Part) -> str:
    if isinstance(answer, Mapping):
        answer = pd.Series(dict(answer), dtype=object)
    if not isinstance(answer, pd.Series):
        key = expected.index.name or "key"
        return (
            f"is {_kind(answer)}; a Series indexed by {key} is "
            f"expected, one column: frame.set_index('{key}')['column']"
        )
    if not answer.index.is_unique:
        return (
            f"names {answer.index.duplicated().sum():,} keys twice "
            f"({listing(answer.index[answer.index.duplicated()], _SHOWN)})"
        )
    missing, extra = (
        expected.index.difference(answer.index),
        answer.index.difference(expected.index),
    )
    if len(missing) or len(extra):
        faults = (
            [f"lacks {len(missing):,} of {len(expected):,} keys ({listing(missing, _SHOWN)})"]
            if len(missing)
            else []
        )
        faults += (
            [f"has {len(extra):,} keys that do not belong ({listing(extra, _SHOWN)})"]
            if len(extra)
            else []
        )
        return " and ".join(faults)
    aligned = answer.reindex(expected.index)
    blank = aligned.isna() & expected.notna()
    if blank.any():
        return (
            f"has {blank.sum():,} missing values (NaN), the "
            f"first for {listing(aligned.index[blank], _SHOWN)}"
        )
    return _values(expected, aligned, part)


def _values(expected: pd.Series, aligned: pd.Series, part: Part) -> str:
    reason, known = "", expected.notna()
    if pd.api.types.is_numeric_dtype(expected) and not pd.api.types.is_bool_dtype(expected):
        if np.iscomplexobj(aligned):
            return "has complex values; real numbers are expected"
        values = pd.to_numeric(aligned, errors="coerce").astype(float)
        texts = values.isna() & aligned.notna()
        if texts.any():
            return (
                f"has {texts.sum():,} values that are no numbers, the "
                f"first for {listing(aligned.index[texts], _SHOWN)}"
            )
        right = _close(values, expected.astype(float), part).fillna(False) | (
            values.isna() & ~known
        )
        reason = (
            _scale(values[known], expected[known].astype(float), part) if not right.any() else ""
        )
    else:
        shown, wanted = (
            series.astype("str").str.strip().str.casefold() for series in (aligned, expected)
        )
        right = (shown == wanted) | (aligned.isna() & ~known)
    if right.all():
        return ""
    return reason or (
        f"is wrong for {(~right).sum():,} of {len(right):,}, "
        f"the first are {listing(right.index[~right], _SHOWN)}"
    )


def _frame(expected: pd.DataFrame, answer: Any, part: Part) -> str:
    if not isinstance(answer, pd.DataFrame):
        return (
            f"is {_kind(answer)}; a DataFrame with the columns "
            f"{', '.join(map(str, expected))} is expected"
        )
    for column in expected:
        if column not in answer:
            return (
                f"lacks the column {column}; "
                f"{nearest(str(column), map(str, answer)) or 'it has ' + listing(answer)}"
            )
    if expected.index.name in answer:
        return (
            f"has {expected.index.name} as a column: hand "
            f"in frame.set_index('{expected.index.name}')"
        )
    faults = {column: _series(expected[column], answer[column], part) for column in expected}
    return "; ".join(f"column {column} {fault}" for column, fault in faults.items() if fault)
