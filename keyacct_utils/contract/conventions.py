"""How a book counts: when its year begins and what that year is called, and whether returns are
taken off,
and what goods cost where it is not known.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from keyacct_utils.contract.faults import Refusal

#: Years are named by the calendar year in which they end, unless the book says otherwise.
NAMED_BY = ("end", "start")
RETURNS = ("net", "gross")
MONTHS = 12
#: Mean length of a year of the calendar.
DAYS_A_YEAR = 365.2425
_QUARTER = 3


@dataclass(frozen=True)
class Conventions:
    """What a book agrees on before anything is added up.

    Parameters
    ----------
    year_start : int
        First month of the fiscal year, 1 to 12. Months keep their calendar names.
    year_named_by : {"end", "start"}
        The fiscal year from April 2024 to March 2025 is "2025" by its end, "2024" by its start.
    returns : {"net", "gross"}
        "net": postings below zero are taken off; "gross": they are left out.
    standard_cost : float, optional
        Cost of goods of a posting without one, as a share of its revenue. None: it is not known.
    """

    year_start: int = 1
    year_named_by: Literal["end", "start"] = "end"
    returns: Literal["net", "gross"] = "net"
    #: Not among what `repr` tells: a book without one stays the book that it was.
    standard_cost: float | None = field(default=None, repr=False)

    @property
    def _step(self) -> int:
        """The last month of the calendar year belongs to a fiscal year whose name is later by
        this.
        """
        return int(self.year_start > 1 and self.year_named_by == "end")

    def year_sql(self, date: str = "date") -> str:
        """Name of the fiscal year of a date, in SQL that divides nothing and so means the same in
        every engine.
        """
        year = f"EXTRACT(YEAR FROM {date})"
        if self.year_start > 1:
            begun = f"EXTRACT(MONTH FROM {date}) >= {self.year_start}"
            year = f"{year} + CASE WHEN {begun} THEN {self._step} ELSE {self._step - 1} END"
        return f"LPAD(CAST({year} AS VARCHAR), 4, '0')"

    def quarter_sql(self, date: str = "date") -> str:
        """Number of the quarter of the fiscal year, as text."""
        months: dict[int, list[str]] = {}
        for i in range(MONTHS):
            months.setdefault(i // _QUARTER + 1, []).append(
                str((self.year_start - 1 + i) % MONTHS + 1)
            )
        cases = " ".join(
            f"WHEN EXTRACT(MONTH FROM {date}) IN ({', '.join(listed)}) THEN '{number}'"
            for number, listed in months.items()
        )
        return f"CASE {cases} END"

    @property
    def kept_sql(self) -> str:
        """The condition on a posting to be counted at all."""
        return "revenue >= 0" if self.returns == "gross" else "1 = 1"

    @property
    def cost_sql(self) -> str:
        """The cost of goods of a posting, whole 1/10,000 as its revenue; the same in every
        engine.
        """
        if self.standard_cost is None:
            return "cost_goods"
        share = f"CAST({self.standard_cost:.6f} AS DECIMAL(10, 6))"
        assumed = f"CAST(ROUND(CAST(revenue AS DECIMAL(24, 4)) * {share}) AS BIGINT)"
        return f"CASE WHEN cost_goods IS NULL THEN {assumed} ELSE cost_goods END"

    def dates(self, period: str) -> tuple[dt.date, dt.date]:
        """First and last day of a year "2024", a quarter "2024Q1" or a month "2024-03".

        Raises
        ------
        Refusal
            A ValueError: if the period is written otherwise.
        """
        try:
            name, first, count = int(period[:4]), self.year_start, MONTHS
            year = name - self._step
            if period[4:5] == "Q" and period[5:] in ("1", "2", "3", "4"):
                first, count = first + _QUARTER * (int(period[5:]) - 1), _QUARTER
            elif period[4:5] == "-":
                year, first, count = name, int(period[5:]), 1
                dt.date(year, first, 1)
            elif len(period) != 4:
                raise ValueError
            last = year * MONTHS + first - 1 + count - 1
            first += year * MONTHS - 1
            end = (last // MONTHS, last % MONTHS + 1)
            return dt.date(first // MONTHS, first % MONTHS + 1, 1), dt.date(
                *end, calendar.monthrange(*end)[1]
            )
        except (ValueError, IndexError):
            raise Refusal(
                f"period is {period!r}",
                "write 'book', 'all', a year '2024', a quarter '2024Q1' or a month '2024-03'",
            ) from None
