"""The map of the lessons: what each asks, how long it takes, what it builds on, and which columns it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from keyacct_utils.contract.tables import TABLES

if TYPE_CHECKING:
    from keyacct_utils.book import Book

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


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
        "What is key-account management, and which lesson answers your question?", 10,
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
        "Which names deserve the list, and which are missing?", 80, necessary=("01",), helpful=("00",),
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
    Lesson(
        "03", "value_grading", "Today's and tomorrow's key accounts", "今天和明天的大客户",
        "Where to invest, hold, milk or leave, and who is the next key account?", 60, necessary=("01",), helpful=("02",),
        needs=(
            AMOUNTS,
            Need("ledger", ("date",), "growth, and the test of last year's choice"),
            Need("ledger", ("cost_goods",), "gross profit, and losses that make a wildcat"),
            Need("ledger", ("volume", "line"), "quantity sold in one line of business, and its net price"),
            Need("invoices", ("issue", "due", "amount", "paid_date"), "arrears among the four criteria"),
            Need("account_profile", ("selling_cost",), "marketing cost on today's axis, and the cost to serve"),
            Need("account_profile", ("industry_rank", "growth", "sales_potential"), "tomorrow's axis, and the signals"),
            Need("account_profile", ("social_value",), "the third axis of value"),
            Need("account_profile", ("brand_harm",), "wildcats by harm to the name"),
            Need("account_profile", ("business_attractiveness", "relationship_strength"), "the groups on the two axes of Fiocca"),
            Need("account_profile", ("management_difficulty", "relative_strength"), "Fiocca's first step, McDonald & Woodburn"),
            Need("account_profile", ("product_fit",), "the pool of potential key accounts"),
            Need("survey", ("S1", "S2", "S3"), "satisfaction on tomorrow's axis"),
            Need("accounts", ("listed_ka",), "the comparison with the present list"),
        ),
    ),
    Lesson(
        "04", "profitability", "Who makes the profit?", "利润究竟来自谁?",
        "Sales grew and profit fell: which accounts did it, and what should be done about each?", 60, necessary=("01",),
        needs=(
            AMOUNTS,
            Need("ledger", ("cost_goods",)),
            Need("ledger", ("date",), "the choice of a period, and the bridge between years"),
            Need("ledger", ("volume",), "price and unit cost in the bridge, beside the margin"),
            Need("ledger", ("line",), "each account compared with its own line"),
            Need("ledger", ("discount_pct",), "a limit of its own for each price rise"),
            Need("activities", ("account_id", "type", "date"), "the cost to serve"),
            Need("cost_pools", ("cost", "visits", "calls", "quotes", "cases", "urgent_jobs"), "the rates of the cost to serve"),
            Need("invoices", ("issue", "due", "amount", "line"), "the cost of credit"),
            Need("invoices", ("terms_code",), "the standard days of credit"),
            Need("invoices", ("paid_date", "paid_amount"), "credit as it was taken, and arrears"),
            Need("accounts", ("listed_ka",), "the share of profit of the present list"),
            Need("account_profile", ("sales_potential",), "the accounts to grow"),
        ),
    ),
    Lesson(
        "05", "relationship_levels", "Which bond holds?", "哪一种纽带真正留得住客户?",
        "Which accounts are tied by price, by people or by structure, and which bond holds when a rival undercuts?", 60,
        helpful=("01", "02"),
        needs=(
            AMOUNTS,
            Need("renewals", ("our_price", "rival_price", "renewed")),
            Need("ties", ("account_id",)),
            Need("renewals", ("date",), "how long accounts stay, by level"),
            Need("renewals", ("bond_level",), "the level at the time of the offer"),
            Need("renewals", ("months_since_offer",), "whether a price concession wears off"),
            Need("ties", ("account_value",), "the effect of a level apart from that of the account"),
            Need("ties", ("rebate_pct", "price_guarantee"), "the financial ties of the rubric"),
            Need("ties", ("named_contacts", "visits_year", "events_year", "club_member"), "the social ties of the rubric"),
            Need("ties", ("shared_system", "joint_equipment", "onsite_service", "contract_years"),
                 "the structural ties of the rubric"),
            Need("ties", ("bond_level", "bond_level_rater2"), "the agreement of two raters"),
            Need("ledger", ("cost_goods",), "the payback of lifting an account, the net of a guarantee"),
        ),
    ),
    Lesson(
        "06", "satisfaction_index", "Satisfaction that predicts", "能预测的满意度",
        "What should we fix first, and which results of a survey are only noise?", 60, helpful=("01",),
        needs=(
            Need("survey", ("account_id", "S1", "S2", "S3")),
            Need("survey", ("E1", "E2", "E3", "Q1", "Q2", "Q3", "V1", "V2", "V3"), "the drivers of satisfaction"),
            Need("survey", ("L1", "L2"), "the link to loyalty"),
            Need("survey", ("manager_id",), "ranking of managers, put to the test"),
            Need("survey", ("year",), "the choice of a year"),
            Need("survey", ("hours_to_answer",), "the worth of a prompt answer to a complaint"),
            Need("survey", ("recommend",), "the net promoter score"),
            Need("survey", ("perceived_01", "expected_01"), "the service gaps (22 pairs, to perceived_22 and expected_22)"),
            Need("survey", ("value_product", "value_service", "value_personnel", "value_image"), "delivered value"),
            Need("survey", ("cost_money", "cost_time", "cost_energy", "cost_mental"), "delivered value (with the four values)"),
            Need("accounts", ("sector",), "how many answers each sector needs"),
        ),
    ),
    Lesson(
        "07", "credit_grade", "Credit grade of an electricity account", "电力客户信用等级评定",
        "Is the published scoring rule usable, and does it foretell default?", 55, helpful=("01", "02"),
        needs=(
            Need("credit_events", ("account_id", "date", "code")),
            Need("credit_events", ("months", "persons"), "arrears of several months, or several electricians, in one row"),
            Need("accounts", ("lighting_user",), "lighting users scored on their two sections"),
            Need("accounts", ("start_date",), "the bonuses for clean years"),
            Need("account_profile", ("operation_score", "development_score"), "the judgement of field staff (two sections)"),
            Need("defaults", ("default_12m",), "the test of the score against default, the scorecard, the cost of a cut-off"),
            Need("defaults", ("window_start",), "the day of scoring"),
            Need("ledger", ("revenue",), "the money at stake and the expected loss"),
        ),
    ),
)  # fmt: skip


def lesson(code: str) -> Lesson:
    """Look up a lesson by its number, ``"01"``. Raises ValueError for a number that does not exist."""
    for item in LESSONS:
        if item.code == code:
            return item
    raise ValueError(
        f"there is no lesson {code!r}; there are {', '.join(item.code for item in LESSONS)}"
    )


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
            "tables": [
                ", ".join(dict.fromkeys(need.table for need in item.needs)) or "-"
                for item in LESSONS
            ],
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
                    "unlocks": need.unlocks or "the lesson needs it",
                }
            )
    return pd.DataFrame(rows).set_index("column")


def missing(
    book: Book, code: str
) -> tuple[tuple[tuple[str, str], ...], list[tuple[tuple[tuple[str, str], ...], str]]]:
    """What a lesson lacks in a book, as (table, column).

    Returns
    -------
    stops : tuple
        The columns without which the lesson cannot run.
    adds : list of (columns, what they unlock)
        The cheapest first: in tables that the book has before new ones, few columns before many.
    """
    gaps = [
        (need, tuple((need.table, c) for c in need.columns if not book.has(need.table, c)))
        for need in lesson(code).needs
    ]
    stops = tuple(column for need, columns in gaps for column in columns if not need.unlocks)
    adds = [(columns, need.unlocks) for need, columns in gaps if columns and need.unlocks]
    return stops, sorted(adds, key=lambda item: (not book.has(item[0][0][0]), len(item[0])))


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
        stops, gaps = missing(book, item.code)
        adds = [
            f"{', '.join('.'.join(column) for column in columns)}: {unlocks}"
            for columns, unlocks in gaps
        ]
        rows.append(
            {
                "lesson": item.code,
                "title": item.title,
                "state": "skipped" if stops else "part" if adds else "full",
                "reason": f"the book has no {', '.join('.'.join(column) for column in stops)}"
                if stops
                else "",
                "unlocks": "; ".join(adds),
            }
        )
    return pd.DataFrame(rows)
