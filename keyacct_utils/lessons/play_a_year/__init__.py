"""Play a year."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="22",
    topic="play_a_year",
    title="Play a year",
    title_zh="经营一年",
    question="What would our decisions have earned, and which of them cost most?",
    minutes=45,
    deeper_minutes=5,
    helpful=("04", "07", "08", "12", "16"),
    needs=(
        AMOUNTS,
        Need("ledger", ("line", "cost_goods")),
        Need(
            "year_accounts",
            (
                "account_id",
                "terms_code",
                "credit_score",
                "default_chance",
                "elasticity",
                "wallet_left",
                "other_service",
            ),
        ),
        Need("year_mechanisms", ("name", "value")),
        Need("visits", ("quarter", "account_id", "tier", "visits")),
        Need("ties", ("account_id", "bond_level", "account_value")),
        Need("accounts", ("listed_ka",), "the list of the last year, to play against"),
        Need(
            "subscriptions",
            ("account_id", "end", "yearly_value", "price_gap", "satisfaction"),
            "services that leave where promised visits are missed",
        ),
        Need(
            "cases",
            ("case_id", "account_id", "end", "kv", "capacity_kva", "priority", "green_channel"),
            "open projects that can be hastened",
        ),
    ),
    review=(
        ReviewColumn(
            "year_care",
            "care pays (played year)",
            meaning="yes where the care of a listed account brings more in the played year than "
            "its {care:.0f} visits cost, else no; in the synthetic world",
            sources=("S000-2a",),
        ),
        ReviewColumn(
            "year_visits",
            "visits that pay",
            "count",
            meaning="visits a quarter up to which each brings more in the played year than it "
            "costs ({cost:,.0f} {currency}); in the synthetic world",
            sources=("S000-5d",),
        ),
        ReviewColumn(
            "year_profit",
            "expected profit",
            "money",
            meaning="mean profit of the played year where all is done as in {last}, {currency}; in "
            "the synthetic world",
            detail=True,
        ),
    ),
    headline=("league",),
)

__getattr__, __dir__ = public(__name__, "year", "decisions", "game", "search", "findings")
