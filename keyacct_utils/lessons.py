"""The map of the lessons: what each asks, how long it takes, what it builds on, and which columns it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from keyacct_utils.tables import TABLES

if TYPE_CHECKING:
    from keyacct_utils.book import Book

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


@dataclass(frozen=True)
class Need:
    """Columns of one table. An empty ``unlocks`` means that the lesson cannot run without them."""

    table: str
    columns: tuple[str, ...]
    unlocks: str = ""


@dataclass(frozen=True)
class Lesson:
    """One lesson of the collection."""

    code: str
    topic: str
    title: str
    title_zh: str
    question: str
    minutes: int
    necessary: tuple[str, ...] = ()
    helpful: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()

    @property
    def stem(self) -> str:
        """File name of the notebook without its ending."""
        return f"{self.code}_{self.topic}"


AMOUNTS = Need("ledger", ("account_id", "revenue"))

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "00", "start_here", "Start here: who are the key accounts?", "从这里开始:谁是大客户?",
        "What is key-account management, and which lesson answers your question?", 15,
    ),
    Lesson(
        "01", "concentration", "Is it really 80/20?", "真的是二八定律吗?",
        "How few accounts carry the business, and is the rule true here?", 45, helpful=("00",),
        needs=(
            AMOUNTS,
            Need("ledger", ("date",), "the choice of a period, and rank intervals"),
            Need("ledger", ("line",), "one answer for each line of business"),
            Need("ledger", ("cost_goods",), "whether margin is as concentrated as sales"),
        ),
    ),
    Lesson(
        "02", "qualification", "Who qualifies as a key account?", "谁够得上大客户?",
        "Which names deserve the list, and which are missing?", 60, necessary=("01",), helpful=("00",),
        needs=(
            AMOUNTS,
            Need("ledger", ("date", "volume"), "monthly fees, and growth on the year before"),
            Need("accounts", ("voltage_kv", "power_factor", "important_type"), "the power company's rule"),
            Need("invoices", ("amount", "paid_amount"), "the share of fees recovered"),
            Need("accounts", ("listed_ka",), "who should join and leave the present list"),
            Need("accounts", ("sector",), "the grid of sectors and grades"),
            Need("accounts", ("central_purchase", "purchase_pattern"), "the three tests of purchase"),
            Need("account_profile", ("employees", "revenue_m", "service_demand", "growth", "social_value"), "the five factors"),
            Need("account_profile", ("innovation", "market_power"), "the five-criteria definition"),
            Need("account_profile", ("credit_ext", "sales_potential"), "the five ranking criteria and their agreement"),
        ),
    ),
)  # fmt: skip


def lesson(code: str) -> Lesson:
    """Look up a lesson by its number, ``"01"``. Raises ValueError for a number that does not exist."""
    for item in LESSONS:
        if item.code == code:
            return item
    raise ValueError(f"there is no lesson {code!r}; there are {', '.join(item.code for item in LESSONS)}")


def notebook_path(code: str) -> Path:
    """Where the notebook of a lesson lies."""
    return NOTEBOOKS / f"{lesson(code).stem}.ipynb"


def map_table() -> pd.DataFrame:
    """One row per lesson: question, minutes, what comes before, tables needed."""
    return pd.DataFrame(
        {
            "lesson": [f"{item.code} {item.title}" for item in LESSONS],
            "question": [item.question for item in LESSONS],
            "minutes": [item.minutes for item in LESSONS],
            "necessary before": [", ".join(item.necessary) or "-" for item in LESSONS],
            "helpful before": [", ".join(item.helpful) or "-" for item in LESSONS],
            "tables": [", ".join(dict.fromkeys(need.table for need in item.needs)) or "-" for item in LESSONS],
        }
    ).set_index("lesson")


def needs_table(code: str) -> pd.DataFrame:
    """The columns that a lesson uses, with unit, meaning and what each unlocks, from the contract."""
    rows = []
    for need in lesson(code).needs:
        for name in need.columns:
            column = TABLES[need.table].column(name)
            rows.append(
                {
                    "column": f"{need.table}.{name}",
                    "中文": column.chinese,
                    "meaning": column.meaning,
                    "unit": column.unit or "-",
                    "without it": f"no {need.unlocks}" if need.unlocks else "the lesson is skipped",
                }
            )
    return pd.DataFrame(rows).set_index("column")


def readiness(book: Book) -> pd.DataFrame:
    """Which lessons run on a book: full, in part or skipped, why, and which columns would unlock more.

    Returns
    -------
    DataFrame
        One row per lesson with ``lesson`` (code), ``title``, ``state`` (``full``, ``part``, ``skipped``), ``reason``
        (what stops the lesson) and ``unlocks`` (the missing columns and what each would add).
    """
    rows = []
    for item in LESSONS:
        missing = {need: [c for c in need.columns if not book.has(need.table, c)] for need in item.needs}
        stops = [f"{need.table}.{name}" for need, names in missing.items() for name in names if not need.unlocks]
        adds = [
            f"{', '.join(f'{need.table}.{name}' for name in names)}: {need.unlocks}"
            for need, names in missing.items()
            if names and need.unlocks
        ]
        rows.append(
            {
                "lesson": item.code,
                "title": item.title,
                "state": "skipped" if stops else "part" if adds else "full",
                "reason": f"the book has no {', '.join(stops)}" if stops else "",
                "unlocks": "; ".join(adds),
            }
        )
    return pd.DataFrame(rows)
