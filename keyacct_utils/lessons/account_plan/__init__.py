"""The account plan."""

from keyacct_utils.lessons.shared.declaration import AMOUNTS, Lesson, Need, ReviewColumn
from keyacct_utils.lessons.shared.room import public

#: Told of an action of which no trial says what it brings: the interval leaves that out.
ASSUMED = "its effect is assumed"
#: Told of a line whose input no lesson recorded in the run.
SHORT = "in a short form"
#: Whose hours they are where the book names no owners.
TEAM = "all together"
#: The one action that does not suppose that the account still buys.
REMIND = "remind of bills past their day"
#: Hours of each manager, and years for which a gain that lasts counts, where nothing else is set.
HOURS, HORIZON = 80.0, 3


def told_rest(rests_on: object) -> str:
    """What a line of the plan rests on, in few words: "lesson 10", or "a short form of lesson 10"
    where that did not record it in the run.
    """
    code = f"lesson {str(rests_on).partition(' ')[0]}"
    return f"a short form of {code}" if f"({SHORT})" in str(rests_on) else code


LESSON = Lesson(
    code="21",
    topic="account_plan",
    title="The account plan",
    title_zh="客户计划",
    question="What do we do next year, at which account first, and what does it rest on?",
    minutes=45,
    deeper_minutes=5,
    helpful=("04", "08", "10", "12", "15"),
    after_all=True,
    needs=(
        AMOUNTS,
        Need("ledger", ("date",), "what is expected to go, growth, and the goal tree"),
        Need("ledger", ("line",), "what an account could buy more"),
        Need("ledger", ("cost_goods",), "gains in margin and not in sales"),
        Need(
            "accounts",
            ("manager_id",),
            "the hours of each owner",
            unless=("ledger", ("manager_id",)),
        ),
        Need(
            "ledger",
            ("manager_id",),
            "the hours of each owner, by who sold",
            unless=("accounts", ("manager_id",)),
        ),
        Need("holdings", ("account_id", "spend"), "what it buys of services, beside its wallet"),
        Need("account_sizes", ("account_id", "size"), "wallets that go with size"),
        Need("wallet_survey", ("account_id", "wallet"), "wallets as they were told"),
        Need(
            "subscriptions",
            ("account_id", "start", "end", "yearly_value"),
            "what is expected to go, by line of service",
        ),
        Need("invoices", ("account_id", "due", "amount", "paid_date"), "bills past their day"),
        Need("reminders", ("reminded", "paid"), "what a reminder brings"),
        Need("activities", ("account_id", "date", "type"), "what its service costs"),
        Need("cost_pools", ("cost",), "the rates of service"),
        Need("visits", ("account_id", "quarter", "visits"), "how often it is visited"),
        Need("visit_trials", ("visits", "lift_pct"), "what a visit more brings"),
        Need(
            "action_trials",
            ("kind", "by_lot", "tried", "base", "gain"),
            "what an action brings, by trial and not by assumption",
        ),
        Need("managers", ("hours_per_month", "salary"), "what an hour of a manager costs"),
        Need(
            "plan_statements", ("statement_id", "role", "written"), "an audit of a plan's numbers"
        ),
        Need("stage_history", ("account_id", "quarter", "stage"), "the stage on the page"),
        Need("survey", ("account_id", "S1"), "satisfaction on the page"),
        Need("credit_events", ("account_id", "date"), "credit on the page"),
    ),
    review=(
        ReviewColumn(
            "plan_rank",
            "place in the plan",
            "rank",
            meaning="place by what an hour of its best planned action brings; empty where nothing "
            "is planned",
            sources=("S000-4d",),
        ),
        ReviewColumn(
            "plan_first",
            "planned first",
            meaning="the planned action of which an hour brings most at this account",
            sources=("S000-4c",),
        ),
        ReviewColumn(
            "plan_gain",
            "planned gain",
            "money",
            meaning="expected of that action, {measure} in {currency}; gains that last count for "
            "{horizon} years",
        ),
        ReviewColumn(
            "plan_reckoned",
            "planned gain is",
            meaning="what the planned gain is of, over how many years, and the numbers whose "
            "product it is: effect, base, what of it counts, and years",
        ),
        ReviewColumn(
            "plan_gain_low",
            "planned gain, low (95 %)",
            "money",
            meaning="lower end of the 95 % interval of the planned gain",
            detail=True,
        ),
        ReviewColumn(
            "plan_gain_high",
            "planned gain, high (95 %)",
            "money",
            meaning="upper end of the 95 % interval of the planned gain",
            detail=True,
        ),
        ReviewColumn(
            "plan_years",
            "counted over years",
            "count",
            meaning="years over which the planned gain of the first action is counted",
            detail=True,
        ),
        ReviewColumn(
            "plan_hours",
            "planned hours",
            "points",
            meaning="hours of that action",
            detail=True,
        ),
        ReviewColumn(
            "plan_rests_on",
            "the plan rests on",
            meaning="the lesson whose finding the first action rests on; in a short form where "
            "that lesson did not record it in the run, and it was reckoned from the tables",
        ),
        ReviewColumn(
            "plan_base",
            "base of the planned gain",
            "money",
            meaning="what the first action moves, in {currency} a year; of bills the money that "
            "is past its day",
            detail=True,
        ),
        ReviewColumn(
            "plan_effect",
            "effect of the planned action",
            "share",
            meaning="part of the base that the first action is expected to bring",
            detail=True,
        ),
        ReviewColumn(
            "plan_times",
            "times counted",
            "expected",
            meaning="what one unit of that counts: the part of it that is {measure} or a cost, "
            "over the years, later ones less; base x effect x times is the planned gain",
            detail=True,
        ),
        ReviewColumn(
            "plan_owner",
            "planned in the hours of",
            meaning="who owns the account, and so whose hours the plan takes",
            detail=True,
        ),
        ReviewColumn(
            "plan_more",
            "planned next",
            meaning="the other planned actions at this account; empty where there is none",
            detail=True,
        ),
        ReviewColumn(
            "plan_total",
            "planned gain in all",
            "money",
            meaning="expected of all planned actions at this account, {measure} in {currency}; "
            "gains that last count for {horizon} years",
            detail=True,
        ),
    ),
    headline=("ladder", "hour"),
)

__getattr__, __dir__ = public(__name__, "statements", "inputs", "actions", "goals", "planning")
