"""The buying centre: who decides at an account, and what hangs on one person."""

from keyacct_utils.lessons.shared.declaration import Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

LESSON = Lesson(
    code="13",
    topic="buying_centre",
    title="Who decides, and what if he leaves?",
    title_zh="谁说了算?他走了怎么办?",
    question="What happens if one person leaves, whom do we not see, and whom to visit next?",
    minutes=40,
    deeper_minutes=10,
    helpful=("01", "19"),
    needs=(
        Need(
            "contacts",
            ("contact_id", "account_id"),
            instead=("ledger", ("account_id", "contact_id")),
            beyond="people who never ordered",
            least=(
                (("ledger", ("account_id", "manager_id")), "the people of each account"),
                (("accounts", ("account_id", "manager_id")), "the people of each account"),
            ),
        ),
        Need("contacts", ("last_contact",), "whom we met lately, and how fast contacts fade"),
        Need("contacts", ("level",), "at which levels of an account we meet somebody"),
        Need("contacts", ("power", "stance"), "who is for us where the power lies"),
        Need("contacts", ("veto",), "who can stop a purchase alone, and was not met"),
        Need("contacts", ("champion",), "whether our champions can do anything"),
        Need("contacts", ("role",), "whether the one who decides is the one at the top"),
        Need("contacts", ("manager_id",), "on how many of us an account hangs"),
        Need("contacts", ("talks",), "what is exchanged with whom"),
        Need("contacts", ("name_zh",), "people by name in maps and lists"),
        Need("contact_ties", ("from_id", "to_id", "kind"), "the map: who stands between others"),
        Need(
            "departures",
            ("account_id", "threads", "lost"),
            "how often an account is lost where its one person leaves",
        ),
        Need("departures", ("date",), "the same at equal sales, by the ledger, in its time"),
        Need(
            "departures",
            ("sales_before",),
            "the same at equal sales, where the ledger does not go back so far",
            unless=("ledger", ("date",)),
        ),
        Need("departures", ("line",), "which of the sales hung on who left"),
        Need("ledger", ("account_id", "revenue"), "the sales that hang on one person"),
        Need(
            "ledger",
            ("manager_id",),
            "who of us sold, where contacts do not say who knows whom",
            unless=("contacts", ("manager_id",)),
        ),
        Need(
            "accounts",
            ("manager_id",),
            "who of us has which account",
            unless=("ledger", ("manager_id",)),
        ),
        Need("managers", ("manager_id", "name_zh"), "our own people by name"),
        Need(
            "activities",
            ("account_id", "date", "type"),
            "visits to accounts at which nobody is written down as met",
            unless=("visits", ("quarter", "account_id", "visits")),
        ),
        Need(
            "visits",
            ("quarter", "account_id", "visits"),
            "the same by quarter",
            unless=("activities", ("account_id", "date", "type")),
        ),
    ),
    review=(
        ReviewColumn(
            "threads",
            "people met",
            "count",
            meaning="people of the account {met}",
            sources=("S002-4b",),
        ),
        ReviewColumn(
            "hangs_on",
            "hangs on",
            meaning="the one person of the account that was {met}; empty where there is none or "
            "more than one",
            sources=("S002-4b",),
        ),
        ReviewColumn(
            "support",
            "support by power",
            "points",
            meaning="stance of its people from -2 (against us) to 2 (for us), weighted by their "
            "power",
            sources=("S002-4d",),
        ),
        ReviewColumn(
            "support_mean",
            "support, plain mean",
            "points",
            meaning="plain mean of the stances of its people, -2 to 2",
            sources=("S002-4d",),
            detail=True,
        ),
        ReviewColumn(
            "adviser",
            "adviser without rank",
            meaning="person of the lowest level, written down as weak, who stands among the first "
            "between the others; empty where there is none",
            sources=("S000-5m", "S002-4d"),
        ),
        ReviewColumn(
            "departure_loss",
            "lost if a person leaves",
            "money",
            meaning="sales of {base} that may be lost with a person, times how often accounts with "
            "as many threads (one, or several) were lost within six months of a departure, times "
            "the part that a lost one lost, {currency}",
        ),
        ReviewColumn(
            "departure_loss_low",
            "that loss, low (95 %)",
            "money",
            meaning="lower end by the 95 % interval of that share, {currency}",
            detail=True,
        ),
        ReviewColumn(
            "departure_loss_high",
            "that loss, high (95 %)",
            "money",
            meaning="upper end by the 95 % interval of that share, {currency}",
            detail=True,
        ),
    ),
    headline=("hanging", "departed"),
)

__getattr__, __dir__ = public(__name__, "maps", "people", "losses", "owners", "findings")
