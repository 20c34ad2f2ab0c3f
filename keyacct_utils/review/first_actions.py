"""What to do first: the plan of lesson 21 where it ran, else the ten actions with the most money at
stake, from what the lessons recorded.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.account_plan import ASSUMED, HOURS, LESSON, TEAM, told_rest
from keyacct_utils.lessons.showing.words import count, money, money_span, percent, rounded
from keyacct_utils.review.account_review import NAME, Review, asked
from keyacct_utils.review.page import Line
from keyacct_utils.review.recommended import ACTION, IDLE, RULE, levers, over, planned
from keyacct_utils.review.record import ACCOUNT_ID

TOP = 10
#: Levels of relationship in words (lesson 05).
_BONDS = {1: "price", 2: "people", 3: "structure"}


def first_actions(review: Review) -> list[Line]:
    """The ten lines of the page: the plan in its order, where there is one; else what the other
    lessons suggest.

    Notes
    -----
    The plan knows the hours that there are and what the other lessons found, so nothing stands
    before it. Without it, a gain a year (in all, where no dates are known), the value of a closer
    relationship over years and the amount of an account are not the same money and are never ranked
    against each other: gains come first; only where fewer than ten accounts have one, lifts follow,
    then accounts that the rule would put on the present list or take off it, then what is
    recommended without money. The unit of each line says which it is. An account that is gone is
    none of them.
    """
    if lines := _plan(review):
        return lines
    gone = review.accounts.index[review.left]
    currency = str(review.run.get("currency", ""))
    taken: list[int] = []
    gained = _gained(review)
    bought = f"{currency} bought"
    units = (f"{currency} {gained}", f"{currency} in all", bought, bought)
    for candidates, unit in zip(
        (_gains(review), _lifts(review), _list(review), _suggested(review)), units, strict=True
    ):
        chosen = candidates[~candidates.index.isin([*taken, *gone])].head(TOP - len(lines))
        for row, action, stake, why in zip(
            chosen.index, chosen["action"], chosen["money"], chosen["why"], strict=True
        ):
            lines.append(
                Line(
                    _account(review, row), round(float(stake), 2), unit.strip(), f"{action}: {why}"
                )
            )
        taken += chosen.index.tolist()
    return lines


def _gained(review: Review) -> str:
    return "a year" if review.dated else "in all"


def _plan(review: Review) -> list[Line]:
    """Lesson 21: what to do at which account first, in the hours that there are."""
    own = planned(review).sort_values("plan_rank", kind="stable").head(TOP)
    mends, lines = levers(review).to_dict("index"), []
    for row, item in zip(own.index, own.to_dict("records"), strict=True):
        within = money_span(item["plan_gain_low"], item["plan_gain_high"])
        hours = float(rounded(float(item["plan_hours"]), 1))
        says = (
            f"{item['plan_first']}: {within} (95 %) for {hours:,g} hours; rests on "
            f"{told_rest(item['plan_rests_on'])}"
        )
        if ASSUMED in str(item["plan_rests_on"]):
            says += f"; {ASSUMED}, which the interval leaves out"
        if row in mends:
            says += f". Its loss comes first: {mends[row]['action']}, "
            says += f"{money(mends[row]['gain'])} {_gained(review)} (lesson 04)"
        stake = round(float(item["plan_gain"]), 2)
        unit = f"{review.run.get('currency', '')}{over(item['plan_years'])}".strip()
        lines.append(Line(_account(review, row), stake, unit, says))
    return lines


def ordered_by(review: Review) -> str:
    """In the order of what the lines of the page stand."""
    own = planned(review)
    if not len(own):
        return "of the money at stake"
    hours = float(asked(review.run, LESSON.topic, "hours", HOURS))
    whose = "in all" if (own["plan_owner"] == TEAM).all() else "of each manager"
    preset = " (a preset)" if is_preset(review.run) else ""
    return f"of what an hour brings, within {hours:,g} hours {whose}{preset}"


def is_preset(run: Mapping[str, Any]) -> bool:
    """Whether nobody said how many hours the plan of lesson 21 has."""
    return asked(run, LESSON.topic, "hours", None) is None


def how_many(review: Review) -> str:
    """Of how many the lines of the page are the first: of all accounts that have a plan; empty
    without one.
    """
    number = len(planned(review))
    return f"{count(number, 'account')} with a planned action" if number else ""


def money_is(review: Review) -> str:
    """What the money of the lines is."""
    return "expected gain" if len(planned(review)) else "money at stake"


def gains_are_told(review: Review) -> bool:
    """Whether the page tells a gain of lesson 04 on anything that can still be done."""
    gain = None if len(planned(review)) else review.column("04", "gain")
    return gain is not None and bool(((gain > 0) & ~review.left).any())


def nothing_to_do(review: Review) -> str:
    """Why no lesson puts money on an action: what each of them lacks, or that it found none."""
    advice = review.column("02", "list_advice")
    states = {item["lesson"]: item["state"] for item in review.run.get("lessons", [])}
    found = [
        "21 finds nothing that can be planned"
        if states.get("21") in ("full", "part")
        else "21 was not part of it",
        "02 would with a present list"
        if advice is None or advice.dropna().isin(["-"]).all()
        else "02 finds nobody to put on the present list or to take off it",
        "04 would with costs"
        if review.column("04", "gain") is None
        else "04 finds no loss that a lever would mend",
        "05 would with ties and renewals"
        if review.column("05", "lift_npv") is None
        else "05 finds no account worth a closer tie",
    ]
    return f"No lesson of this run puts money on an action: {'; '.join(found)}."


def _account(review: Review, row: int) -> str:
    name, account_id = (str(review.accounts.at[row, column]) for column in (NAME, ACCOUNT_ID))
    return name if name == account_id else f"{name} ({account_id})"


def _columns(review: Review, lesson: str, *names: str) -> pd.DataFrame:
    found = {name: review.column(lesson, name) for name in names}
    values = {name: np.nan if own is None else own for name, own in found.items()}
    return pd.DataFrame(values, index=review.accounts.index)


def _ranked(frame: pd.DataFrame, review: Review) -> pd.DataFrame:
    """Most money first, ties by account id."""
    # .loc, since pandas gives a frame without rows those of a column that is put into it
    return frame.assign(id=review.accounts[ACCOUNT_ID].loc[frame.index]).sort_values(
        ["money", "id"], ascending=[False, True]
    )[["action", "money", "why"]]


def _gains(review: Review) -> pd.DataFrame:
    """Lesson 04: a price, a service, a credit to change, or an account to drop."""
    own = _columns(review, "04", "action", "why", "gain", "profit", "loss_from", "needed_rise")
    own = own[(own["gain"] > 0) & own["action"].notna()]
    others = pd.concat(
        [_columns(review, "05", "bond_level"), _columns(review, "07", "credit_grade")], axis=1
    )
    why = [_why(row) for row in own.join(others).to_dict("records")]
    return _ranked(
        pd.DataFrame({"action": own["action"], "money": own["gain"], "why": why}, index=own.index),
        review,
    )


def _why(row: Mapping[Hashable, Any]) -> str:
    """The reason in a sentence, and what other lessons say of the same account."""
    parts = [f"loses {money(-row['profit'])} in all" if row["profit"] < 0 else str(row["why"])]
    if pd.notna(row["loss_from"]) and row["loss_from"] != "none":
        # of that loss only a part may be of the goods: they are what turns the account into one
        parts.append(f"the loss comes from {row['loss_from']}")
    if row["needed_rise"] > 0:
        parts.append(f"breaks even at a price {percent(row['needed_rise'])} higher")
    if pd.notna(row["bond_level"]):
        parts.append(f"bound by {_BONDS.get(int(row['bond_level']), row['bond_level'])}")
    if pd.notna(row["credit_grade"]):
        parts.append(f"credit {row['credit_grade']}")
    return ", ".join(parts)


def _lifts(review: Review) -> pd.DataFrame:
    """Lesson 05: an account worth a closer relationship."""
    own = _columns(review, "05", "bond_level", "renewal_share", "lift_to", "lift_npv")
    own = own[(own["lift_npv"] > 0) & own["lift_to"].notna()]
    why = [
        (
            f"from level {int(level)} to {int(to)}; it renews "
            f"with a chance of {percent(chance, 0)} today, and a refusal is taken "
            "to end the business"
        )
        for level, to, chance in zip(
            own["bond_level"], own["lift_to"], own["renewal_share"].astype(float), strict=True
        )
    ]
    return _ranked(
        pd.DataFrame(
            {"action": "tie closer", "money": own["lift_npv"], "why": why}, index=own.index
        ),
        review,
    )


def _list(review: Review) -> pd.DataFrame:
    """Lesson 02: an account that should join or leave the present list."""
    own = _columns(review, "02", "list_advice").join(_columns(review, "01", "amount"))
    own = own[own["list_advice"].isin(["join", "leave"]) & own["amount"].notna()]
    action = own["list_advice"].map({"join": "put on the list", "leave": "take off the list"})
    why = ["present list against a cut of the fee"] * len(own)
    return _ranked(
        pd.DataFrame({"action": action, "money": own["amount"], "why": why}, index=own.index),
        review,
    )


def _suggested(review: Review) -> pd.DataFrame:
    """What is recommended of an account without money on it: the largest first."""
    own = _columns(review, "", ACTION, RULE).join(_columns(review, "01", "amount"))
    own = own[own[ACTION].notna() & ~own[ACTION].isin(IDLE) & (own["amount"] > 0)]
    return _ranked(
        pd.DataFrame(
            {"action": own[ACTION], "money": own["amount"], "why": own[RULE]}, index=own.index
        ),
        review,
    )
