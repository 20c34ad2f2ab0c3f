"""Win the tender: what the score rule makes of a price, what decides, and which price to bid."""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="17",
    topic="tender",
    title="Win the tender: scores, premium, bids",
    title_zh="投标制胜:评分、溢价与报价",
    question="How much above the cheapest can we bid, and do the case's numbers add up?",
    minutes=45,
    deeper_minutes=5,
    helpful=("13", "14"),
    needs=(
        Need(
            "bids",
            ("tender_id", "bidder", "price", "won"),
            instead=("opportunities", ("opportunity_id", "manager_id", "outcome")),
            beyond="whether the cheapest wins, and at what price others bid",
        ),
        Need("bids", ("ours",), "which bids are ours: our win rate, and the tenders we skipped"),
        Need("bids", ("tech", "service"), "what a point is worth in price, and the best bid"),
        Need("bids", ("incumbent", "local"), "what it is worth to have supplied, to be near"),
        Need("bids", ("veto",), "bids that were rejected, taken out before anything is reckoned"),
        Need("tenders", ("tender_id", "budget"), "prices over the budget and not the mean bid"),
        Need(
            "tenders",
            ("price_weight", "tech_weight", "service_weight", "rule"),
            "what another rule for the points of price would change",
        ),
        Need("tenders", ("cost_estimate", "cost_actual"), "the winner's curse, our usual markup"),
        Need("tenders", ("account_id", "date"), "win rates by client, and the choice of a period"),
        Need("opportunities", ("kind", "value"), "win rates by kind and size, without bids"),
        Need("accounts", ("sector",), "win rates by sector"),
    ),
    review=(
        ReviewColumn(
            "tenders",
            "tenders called",
            "count",
            meaning="tenders that the account called, with one winner",
            sources=("S003-2b",),
        ),
        ReviewColumn(
            "tries",
            "our tries",
            "count",
            meaning="{what} at the account that are decided",
            sources=("S003-6a",),
        ),
        ReviewColumn(
            "tries_won",
            "tries won",
            "count",
            meaning="how many of them were won",
            sources=("S003-2e",),
        ),
        ReviewColumn(
            "won_by_tender",
            "won by tender",
            "money",
            meaning="sum of our winning bids, {currency}",
            sources=("S003-2d",),
            detail=True,
        ),
    ),
    headline=("lowest_wins", "rates"),
)

__getattr__, __dir__ = public(
    __name__, "scoring", "choice", "bidding", "wins", "inputs", "findings"
)
