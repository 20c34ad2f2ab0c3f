"""Distributors: three platforms and diversion."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="18",
    topic="channel",
    title="Distributors: three platforms and diversion",
    title_zh="经销商:三个平台与窜货",
    question="Which distributor earns his place, who dumps in other districts, who only loads?",
    minutes=45,
    deeper_minutes=5,
    helpful=("01", "19"),
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "month-end peaks, and orders against the buyer's own past"),
        Need("accounts", ("district",), "sales by district, and month-end peaks of each"),
        Need(
            "distributors",
            ("distributor_id", "district", "price", "rebate_pct"),
            "who sells outside his district, and whether it pays him",
        ),
        Need("distributors", ("quota",), "whether the quota asks for more than he can sell"),
        Need("distributors", ("costs", "terms_days"), "his own profit, and his three platforms"),
        Need(
            "shipments",
            ("date", "distributor_id", "units", "revenue"),
            "distributors in the place of accounts: peaks, orders, growth, platforms",
        ),
        Need("shipments", ("cost_goods", "freight"), "by how much his rebate may rise"),
        Need(
            "scans",
            ("date", "distributor_id", "district"),
            "in which district his goods turn up",
        ),
        Need("scans", ("chain",), "benign flow through the stores of chains told from dumping"),
        Need(
            "downstream",
            ("buyer_id", "distributor_id", "units", "amount"),
            "on how few buyers he hangs, what they take, his own profit",
        ),
        Need("downstream", ("chain",), "which chains he supplies"),
        Need("downstream", ("terms_days",), "the interest on the credit that he gives"),
        Need("downstream", ("named",), "the part of his volume whose buyers are not known"),
        Need("district_prices", ("district", "price"), "where goods could be sold below the price"),
        Need(
            "district_freight",
            ("from_district", "to_district", "freight"),
            "the same, with what it costs to get there",
        ),
        Need("calendar", ("date", "workday"), "working days with holidays; else Monday to Friday"),
    ),
    review=(
        ReviewColumn(
            "orders_above_past",
            "months above its own past",
            "count",
            meaning="months since {since} with orders above what the twelve months before make "
            "likely (median and {z:.1f} robust standard deviations of their logarithms); empty "
            "where it ordered in fewer than {fewest} of the twelve",
            sources=("S003-10h",),
        ),
        ReviewColumn(
            "orders_largest",
            "its largest month, in usual ones",
            "points",
            meaning="largest month since {since} over the median of the twelve months before it",
            detail=True,
        ),
        ReviewColumn(
            "sold_outside",
            "found outside its district",
            "share",
            meaning="of the cases found with its code since {since}, the fraction found outside "
            "its district, the stores of chains that it supplies left out",
            sources=("S003-3a", "S003-3c"),
        ),
        ReviewColumn(
            "dumps",
            "dumps outside its district",
            meaning="yes where that fraction lies more than {limit:.1f} standard deviations above "
            "that of the others, else no",
            sources=("S003-3b",),
        ),
    ),
    headline=("three_platforms", "month_end"),
)

__getattr__, __dir__ = public(__name__, "platforms", "diversion", "loading", "findings")
