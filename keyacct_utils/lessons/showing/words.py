"""Numbers and names as a reader wants them: in sentences and in small tables."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
from IPython.display import Markdown, display

#: Behind a whole that leaves out the accounts below zero.
ABOVE_ZERO = " of the accounts above zero"
_STEPS = ((1e9, " bn"), (1e6, " m"), (1e3, " k"), (1.0, ""))
#: Below this a share is the dust of a sum of floats.
_DUST = Decimal("1e-12")
#: From here on fifteen digits, which are all that a spreadsheet shows, cut whole units.
_LONG = 1e15
#: What Markdown reads as markup; and the signs by which readers make links of bare addresses.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|$~^@-]|(?<=:)/(?=/)|(?<=www)\.)")


def reading_style() -> None:
    """Let tables in a lesson show whole sentences and all their columns."""
    pd.set_option("display.max_colwidth", None, "display.max_columns", None, "display.width", 160)


def rounded(value: float, digits: int = 0) -> Decimal | float:
    """A number at so many decimals, a half away from zero, as a spreadsheet rounds; to be written
    with a format of Python. What is not finite stays as it is.

    Notes
    -----
    The half is told from the decimal text of fifteen digits: 28.5 is a half also where the float
    nearest to it lies below. Python's own formats round a half to the even digit, and 0.285 to two
    decimals down (IEEE 754; Python reference, *Format Specification Mini-Language*).
    """
    exact = _decimal(value)
    return float(value) if exact is None else _cut(exact, digits)


def _decimal(value: float) -> Decimal | None:
    number = float(value)
    if not math.isfinite(number):
        return None
    return Decimal(f"{number:.15g}" if abs(number) < _LONG else repr(number))


def _cut(exact: Decimal, digits: int) -> Decimal:
    found = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return found if found else abs(found)  # minus nothing is nothing


def percent(share: float, digits: int = 1) -> str:
    """A fraction in percent, a half away from zero: 0.8 is "80.0 %", 0.125 without decimals "13 %";
    a missing one is "-".

    Only nothing is written as "0 %", and only the whole as "100 %": where so few digits would say
    so of anything else, one more is written ("0.3 %", "99.7 %"), and where that does not do
    either, "under 0.1 %" or "over 99.9 %".
    """
    if pd.isna(share):
        return "-"
    part = _decimal(share)
    if part is None:
        return f"{100 * float(share):.{digits}f} %"
    exact = 100 * part.quantize(_DUST) if abs(part) < 1 else 100 * part
    shown = _cut(exact, digits)
    if not _hides(exact, shown):
        return f"{shown:f} %"
    finer = _cut(exact, digits + 1)
    if not _hides(exact, finer):
        return f"{finer:f} %"
    least = Decimal(1).scaleb(-digits - 1)
    word = "over" if (abs(exact) > 50) == (exact > 0) else "under"
    bound = (100 - least if abs(exact) > 50 else least).copy_sign(exact)
    return f"{word} {bound:f} %"


def _hides(exact: Decimal, shown: Decimal) -> bool:
    """Whether something is written as nothing, or a part as the whole."""
    return abs(exact) < 100 and exact != shown and (shown == 0 or abs(shown) == 100)


def money(amount: float, currency: str = "") -> str:
    """An amount to four figures: 14774928622 is "14.77 bn"."""
    if pd.isna(amount):
        return "-"
    size, word = next(((step, name) for step, name in _STEPS if abs(amount) >= step), _STEPS[-1])
    scaled = amount / size
    digits = 2 if abs(scaled) < 100 else 1 if abs(scaled) < 1000 else 0
    return f"{rounded(scaled, digits):,.{digits}f}{word}" + (f" {currency}" if currency else "")


def money_span(low: float, high: float) -> str:
    """Two amounts in the unit of the larger: 600.6 and 16100 are "0.60 k to 16.10 k"; both to the
    cent where the smaller would be written as nothing: "1.20 to 16,100.00".
    """
    if pd.isna(low) or pd.isna(high):
        return f"{money(low)} to {money(high)}"
    most = max(abs(low), abs(high))
    size, word = next(((step, name) for step, name in _STEPS if most >= step), _STEPS[-1])
    least = min(abs(low), abs(high))
    if not word or least >= size:
        return f"{money(low)} to {money(high)}"
    if least > 0 and not rounded(least / size, 2):
        return f"{rounded(low, 2):,.2f} to {rounded(high, 2):,.2f}"
    return f"{rounded(low / size, 2):,.2f}{word} to {rounded(high / size, 2):,.2f}{word}"


def decimals(digits: int) -> Callable[[float], str]:
    """A formatter with so many decimals and thousands separators."""
    return lambda value: "-" if pd.isna(value) else f"{rounded(value, digits):,.{digits}f}"


def cents(amount: float) -> str:
    """An amount to the cent, a half away from zero: 816760.605 is "816,760.61", as in the roll-up
    and in a cell of the workbook.
    """
    return f"{rounded(amount, 2):,.2f}"


def flat(value: float, digits: int = 2) -> float:
    """The value; 0 where so many digits would write it as minus nothing."""
    return float(value) if round(float(value), digits) else 0.0


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 account", "2 accounts"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def safe(name: object) -> str:
    """A name as text in Markdown or HTML: names are data, never markup."""
    return _MARKDOWN.sub(r"\\\1", html.escape(str(name), quote=False))


def listing(names: Iterable[object], limit: int = 12, *, markup: bool = True) -> str:
    """Names in a row, made safe; a long row says how many are left out.

    Names that hold a comma themselves are set apart by semicolons.
    """
    shown = [safe(name) if markup else str(name) for name in names]
    apart = "; " if any(", " in name for name in shown) else ", "
    rest = len(shown) - limit
    more = f" and {rest} more" if rest > 0 else ""
    return apart.join(shown[:limit]) + more if shown else "none"


def say(*sentences: str) -> None:
    """Show sentences that code wrote from the numbers as one paragraph of the lesson."""
    display(Markdown(" ".join(sentence for sentence in sentences if sentence)))


def tabulate(
    frame: pd.DataFrame,
    formats: Mapping[str, Callable[[Any], str]],
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A table for reading: columns formatted, and only those, in the order of ``formats``;
    ``names`` renames the headers.
    """
    shown = pd.DataFrame(
        {column: [form(value) for value in frame[column]] for column, form in formats.items()},
        index=frame.index,
    )
    return shown.rename(columns=dict(names or {}))


def text_table(
    frame: pd.DataFrame, metadata: Mapping[str, Any] | None = None, links: Collection[str] = ()
) -> None:
    """Show a table of words: left-aligned, every cell as text, the index as its first column.

    The columns in ``links`` hold Markdown of this package and stay as they are.
    """
    shown = frame.reset_index() if frame.index.name else frame
    lines = [
        "| " + " | ".join(safe(column) for column in shown) + " |",
        "|" + ":---|" * shown.shape[1],
    ]
    for row in shown.itertuples(index=False):
        cells = [
            str(value) if name in links else safe(value)
            for name, value in zip(shown, row, strict=True)
        ]
        lines.append("| " + " | ".join(cells) + " |")
    display(Markdown("\n".join(lines)), metadata=dict(metadata or {}))
