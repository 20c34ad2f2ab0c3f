"""The book in ten numbers: each computed from roll-ups or recorded columns, with its unit and how
sure it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.shared.amounts import ABC_CUTS, FEW_SHARE
from keyacct_utils.lessons.shared.resampling import LOOSE
from keyacct_utils.lessons.shared.rules import PYRAMID
from keyacct_utils.lessons.showing.words import count, money, percent, rounded
from keyacct_utils.review.account_review import Review, asked
from keyacct_utils.review.changes import NO_LEDGER, Amounts, of_the_amount
from keyacct_utils.review.columns import KEY_CLASSES
from keyacct_utils.review.page import Line
from keyacct_utils.review.sheets import CENTS, PERCENT, POINTS

#: An account whose top place is missed in one draw of twenty is not sure of it.
_SURE = 0.95
#: Classes of lesson 02 that only a rank gives, and those that only the power company's rule gives.
_BY_RANK = tuple(PYRAMID)
_BY_THE_RULE = tuple(name for name in KEY_CLASSES if name not in PYRAMID)
#: Accounts from which lesson 02 makes classes by rank, and lesson 03 grades.
_FEWEST_CLASSED = {"class": 20, "grade": 20}
_Z95 = 1.96
_HALF_A_CENT = 0.005
#: What is not taken off the profit, by how many of credit and service are known.
_LACKS = (
    "The costs of service and of credit are not known: neither is taken off.",
    "The cost of {} is not known and not taken off.",
    "",
)


def ten_numbers(review: Review, amounts: Amounts) -> list[Line]:
    """The ten lines of the page; one that cannot be computed says which lesson or column is
    missing.

    Parameters
    ----------
    review : Review
        With ``run["lessons"]`` (lesson, state, reason) for what is missing, and
        ``run["currency"]``.
    amounts : Amounts
        Revenue per account in the period and in the year before, from the roll-up.
    """
    currency = str(review.run.get("currency", ""))
    if amounts.reason == NO_LEDGER:
        says = f"Missing: {NO_LEDGER}; ledger.account_id and ledger.revenue would tell."
        lines = [
            Line("accounts that bought", None, "accounts", says),
            Line("revenue", None, currency, says),
        ]
    else:
        lines = [_buyers(amounts), _revenue(amounts, currency)]
    wanted: list[tuple[str, str, str, str, Callable[[Review, str], Line]]] = [
        ("accounts of class A", "accounts", "01", "abc", _class_a),
        ("key accounts by the rule", "accounts", "02", "class", _key_accounts),
        ("accounts of value grade A", "accounts", "03", "grade", _grade_a),
        (
            "profit after service and credit",
            currency,
            "04",
            "profit",
            partial(_profit, amounts=amounts),
        ),
        ("accounts that lose money", "accounts", "04", "profit", _losers),
        ("revenue held by price alone", "of the amount", "05", "bond_level", _price_alone),
        ("satisfaction", "points, 0-100", "06", "satisfaction", _satisfaction),
        ("accounts of credit grade D", "accounts", "07", "credit_grade", _credit),
    ]
    for what, unit, lesson, name, line in wanted:
        missing = _missing(review, lesson, name)
        lines.append(Line(what, None, unit, missing) if missing else line(review, currency))
    return lines


def _missing(review: Review, lesson: str, name: str) -> str:
    """Why a number cannot be given; empty where it can."""
    if review.column(lesson, name) is not None:
        return ""
    states = {item["lesson"]: item for item in review.run.get("lessons", [])}
    own = states.get(lesson)
    if own is None:
        return f"Missing: lesson {lesson} was not part of this run."
    if own["state"] == "failed":  # the text of an error is for the log, never for a page
        known = catalogue.lesson(lesson)
        return (
            f"Missing: lesson {lesson}, {known.title!r}, stopped with an error; "
            f"notebooks/{known.stem}.failed.ipynb shows where."
        )
    if own["state"] == "skipped":
        return f"Missing: lesson {lesson} was skipped: {own['reason']}."
    few = _FEWEST_CLASSED.get(name)
    if few and len(review.accounts) < few:
        return (
            f"None: of {count(len(review.accounts), 'account')} lesson {lesson} makes no {name}; "
            f"it takes {few}, so read the names."
        )
    return f"Missing: lesson {lesson} recorded no {name}."


def _taken(review: Review, lesson: str, name: str) -> pd.Series:
    found = review.column(lesson, name)
    return pd.Series(np.nan, index=review.accounts.index) if found is None else found


def _share_of_amount(review: Review, chosen: pd.Series) -> str:
    amount = review.column("01", "amount")
    if amount is None or not (amount > 0).any():
        return ""
    bought = amount.clip(lower=0)  # as in the lessons: an account below zero holds nothing
    return f"{percent(bought[chosen].sum() / bought.sum())} {of_the_amount(amount)}"


def _bring(held: str, chosen: pd.Series) -> str:
    if not held or not chosen.any():
        return ""
    return f"It brings {held}." if chosen.sum() == 1 else f"They bring {held}."


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _buyers(amounts: Amounts) -> Line:
    """An account that bought has bought, also where it sent all of it back."""
    had = amounts.bought()["period"].reindex(amounts.now.index, fill_value=False)
    bought, back = int(had.sum()), int((had & (amounts.now <= 0)).sum())
    apart = int((~had).sum())
    undone = (
        f"Of these, {back:,} sent back as much as {'it' if back == 1 else 'they'} bought, or more."
        if back
        else ""
    )
    returned = f"{count(apart, 'other account')} with rows came to zero or less." if apart else ""
    says = f"Of {count(amounts.known, 'account')} in the book."
    if merged := len(amounts.grouped):
        says = (
            f"Of {count(amounts.known, 'account')} in the book, each group as one: {merged:,} "
            f"{'counts' if merged == 1 else 'count'} with another (group_by)."
        )
    return Line("accounts that bought", bought, "accounts", _sentences(says, undone, returned))


def _revenue(amounts: Amounts, currency: str) -> Line:
    if amounts.before is None:
        says = f"No comparison with the year before: {amounts.reason}."
    else:
        was = float(amounts.before_total)
        now = amounts.total if amounts.same is None else amounts.same_total
        says = f"{money(was, currency)} in the year before" + (
            f": {rounded(100 * (now / was - 1), 1):+.1f} %." if was > 0 else "."
        )
        says = _sentences(says, amounts.reason)
    taken = amounts.returned_total
    gross = amounts.returns == "gross"
    if gross:
        says = _sentences('Before returns, which the book leaves out (returns = "gross").', says)
    elif taken > 0:
        part = percent(taken / amounts.sold_total) if amounts.sold_total > 0 else "-"
        says = _sentences(f"After returns of {money(taken, currency)}, {part} of sales.", says)
    return Line("revenue", amounts.total, currency, says, CENTS)


def _class_a(review: Review, _currency: str) -> Line:
    classes, drawn = _taken(review, "01", "abc"), review.column("01", "share_of_draws_in_top")
    chosen = classes == "A"
    sure = "How sure this is is not known: that takes dated amounts of three months or more."
    if drawn is not None:
        moving = int(drawn.between(*LOOSE).sum())
        few = percent(float(asked(review.run, "concentration", "q", FEW_SHARE)), 0)
        sure = (
            f"Of {count(int(drawn.notna().sum()), 'account')} tested, {moving:,} "
            f"{'is' if moving == 1 else 'are'} in the top {few} in {percent(LOOSE[0], 0)} to "
            f"{percent(LOOSE[1], 0)} of the draws of months: no sure place."
        )
    # an account with nothing to its name has no class, and is none of those that bring the money
    part = percent(float(chosen[classes.notna()].mean()))
    first = asked(review.run, "concentration", "account_review.cuts", ABC_CUTS)[0]
    says = f"{part} of the accounts with an amount bring the first {percent(first, 0)}."
    return Line("accounts of class A", int(chosen.sum()), "accounts", _sentences(says, sure))


def _key_accounts(review: Review, _currency: str) -> Line:
    classes, boundary = _taken(review, "02", "class"), _taken(review, "02", "boundary")
    chosen = classes.isin(KEY_CLASSES)
    types = ", ".join(
        f"{int((classes == name).sum()):,} {name}"
        for name in KEY_CLASSES
        if (classes == name).any()
    )
    held = _share_of_amount(review, chosen)
    open_ = int((boundary == "yes").sum())
    says = (
        f"{types}{f'; {held}' if held else ''}."
        if types
        else "No account fits a type of key account."
    )
    was_judged = boundary.isin(["yes", "no"]).any()
    judged = (
        f"The class of {count(open_, 'account')} hangs on how the rule is read."
        if was_judged
        else ""
    )
    what = "key accounts by the rule"
    if classes.isin(_BY_RANK).any() and not classes.isin(_BY_THE_RULE).any():
        what = "key accounts by rank"
        judged = (
            "The power company's rule cannot be judged here, so the class is a share of the "
            "ranks: it names as many in any book of this size, good or bad."
        )
    left = int((chosen & review.left).sum())
    gone = f"Gone, and so without an action: {left:,} of these." if left else ""
    return Line(what, int(chosen.sum()), "accounts", _sentences(says, judged, gone))


def _grade_a(review: Review, _currency: str) -> Line:
    grades, kept = _taken(review, "03", "grade"), review.column("03", "grade_kept_share")
    chosen = grades == "A"
    held = _share_of_amount(review, chosen)
    steady = int((kept[chosen] >= _SURE).sum()) if kept is not None else 0
    sure = (
        f"Of these, {steady:,} {'keeps' if steady == 1 else 'keep'} the grade in 95 % of the draws "
        "of the weights."
        if kept is not None and chosen.any()
        else ""
    )
    says = _bring(held, chosen)
    return Line("accounts of value grade A", int(chosen.sum()), "accounts", _sentences(says, sure))


def _profit(review: Review, currency: str, amounts: Amounts) -> Line:
    amount = review.column("01", "amount")
    told, taken = [], []
    for word, name in (
        ("gross profit", "gross_profit"),
        ("credit", "credit"),
        ("service", "service"),
    ):
        part = review.column("04", name)
        if part is not None:
            told.append(
                f"{word} {money(float(part.sum()))}"
                if (part != 0).any()
                else f"no {word} on record"
            )
            taken += [word] * (name != "gross_profit")
    total = _profit_total(review, amounts)
    margin = (
        [f"{percent(total / float(amount.sum()))} of the amount"]
        if amount is not None and amount.sum() > 0
        else []
    )
    unknown = _without_cost(amounts, currency)
    says = "; ".join([*margin, ", ".join(told)]).strip("; ")
    lacks = _LACKS[len(taken)].format(*({"credit", "service"} - {*taken}))
    return Line(
        f"profit after {' and '.join(sorted(taken, reverse=True))}" if taken else "gross profit",
        total,
        currency,
        _sentences(unknown, f"{says}." if says else "", lacks, "Bookkeeping: no interval."),
        CENTS,
    )


def _profit_total(review: Review, amounts: Amounts) -> float:
    """The profit of all accounts, from the margin that was rounded once where that is of the same
    rows: the sum of rounded accounts is another figure.
    """
    profit, gross = _taken(review, "04", "profit"), review.column("04", "gross_profit")
    if gross is None or math.isnan(amounts.margin):
        return float(profit.sum())
    apart = round(amounts.margin - float(gross.sum()), 4)
    # of so many accounts, each off by half a cent at most
    of_the_same_rows = abs(apart) <= _HALF_A_CENT * (len(gross) + 1)
    return round(float(profit.sum()) + (apart if of_the_same_rows else 0.0), 2)


def _without_cost(amounts: Amounts, currency: str) -> str:
    """How far the profit is known, where rows have no cost of goods."""
    if not amounts.n_uncosted:
        return ""
    rows = f"{count(amounts.n_uncosted, 'row')} with {money(amounts.uncosted, currency)} of revenue"
    if amounts.standard_cost is not None:
        return f"The cost of {rows} is assumed: {percent(amounts.standard_cost)} of it."
    if amounts.uncosted > 0:
        least = money(amounts.uncosted, currency)
        return (
            f"At most: {rows} have no cost of goods, and it is less by what they cost "
            f"(up to {least} where they left nothing)."
            if amounts.n_uncosted > 1
            else f"At most: {rows} has no cost of goods, and it is less by what that cost "
            f"(up to {least} where it left nothing)."
        )
    return f"Not known exactly: no cost of goods of {rows}."


def _losers(review: Review, currency: str) -> Line:
    profit, cause = _taken(review, "04", "profit"), _taken(review, "04", "loss_from")
    losing = profit < 0
    known = _taken(review, "04", "profit_known")
    hidden = int(known.isin(["at most", "unknown"]).sum())
    or_more = ", or what stands or more," * bool((known == "at least").any())
    causes = cause[losing].value_counts().sort_index()
    why = ", ".join(f"{number:,} by {name}" for name, number in causes.items())
    says = (
        f"{'It loses' if losing.sum() == 1 else 'They lose'} "
        f"{money(-float(profit[losing].sum()), currency)}{f': {why}' if why else ''}."
        if losing.any()
        else f"None of {count(int(profit.notna().sum()), 'account')} does."
        if not hidden
        else f"None of {count(int(profit.notna().sum()) - hidden, 'account')} whose profit is "
        f"known{or_more} does; at {count(hidden, 'more account')} a missing cost may hide a loss."
    )
    return Line("accounts that lose money", int(losing.sum()), "accounts", says)


def _price_alone(review: Review, _currency: str) -> Line:
    level, amount = _taken(review, "05", "bond_level"), review.column("01", "amount")
    renew = review.column("05", "renewal_share")
    chosen = level == 1
    sure = (
        (
            "Chance that one of them renews when a rival offers less: "
            f"{percent(float(renew[chosen].mean()), 0)} on average."
        )
        if renew is not None and renew[chosen].notna().any()
        else ""
    )
    share = (
        float(amount[chosen].clip(lower=0).sum() / amount.clip(lower=0).sum())
        if amount is not None and (amount > 0).any()
        else None
    )
    says = (
        f"{count(int(chosen.sum()), 'account')} of {int(level.notna().sum()):,} "
        "at relationship level 1, told from the ties."
    )
    return Line(
        "revenue held by price alone",
        share,
        "of the amount" if amount is None else of_the_amount(amount),
        _sentences(says, sure),
        PERCENT,
    )


def _satisfaction(review: Review, _currency: str) -> Line:
    """The mean of all answers; answers of one account are alike, so the accounts are what is
    counted.
    """
    score = _taken(review, "06", "satisfaction").dropna()
    answers = _taken(review, "06", "answers").reindex(score.index).fillna(1).to_numpy(float)
    mean = float(np.average(score, weights=answers))
    n = len(score)
    says = f"From {count(int(answers.sum()), 'answer')} of {count(n, 'account')}"
    if n > 1:
        deviations = answers * (score.to_numpy(float) - mean)
        error = math.sqrt(n / (n - 1) * float((deviations**2).sum())) / answers.sum()
        low_end, high_end = (rounded(mean + sign * _Z95 * error, 1) for sign in (-1, 1))
        says += f"; 95 % interval {low_end:.1f} to {high_end:.1f}"
    low, high = review.column("06", "satisfaction_low"), review.column("06", "satisfaction_high")
    wide = ""
    if low is not None and high is not None:
        wide = (
            f"One account is known to within ±{rounded((high - low).median() / 2):.0f} points only."
        )
    return Line("satisfaction", mean, "points, 0-100", _sentences(f"{says}.", wide), POINTS)


def _credit(review: Review, _currency: str) -> Line:
    grades = _taken(review, "07", "credit_grade")
    worst, best, appeal = (
        _taken(review, "07", name) for name in ("grade_worst", "grade_best", "appeal")
    )
    (rule,) = catalogue.lesson("07").gradings
    if not grades.isin(rule.order).any():
        says = "Not graded by the rule: lesson 07 judges the book's own score, rating or features."
        return Line("accounts of credit grade D", None, "accounts", says)
    chosen = grades == "D"
    held = _share_of_amount(review, chosen)
    known = worst.notna() & best.notna()
    open_, cases = int((worst != best)[known].sum()), int((appeal == "has a case").sum())
    says = _bring(held, chosen)
    sure = (
        f"{open_:,} of {count(int(known.sum()), 'account')} "
        f"{'changes' if open_ == 1 else 'change'} grade when the rule is read otherwise; "
        f"{cases:,} of D {'rises' if cases == 1 else 'rise'}."
    )
    return Line(
        "accounts of credit grade D",
        int(chosen.sum()),
        "accounts",
        _sentences(says, sure if known.any() else ""),
    )
