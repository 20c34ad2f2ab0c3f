"""One account, one story: one action, the rule that won, and what speaks against it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from keyacct_utils.book import Book
from keyacct_utils.review.account_review import Recorded, Review
from keyacct_utils.review.changes import Amounts, amounts_of
from keyacct_utils.review.first_actions import first_actions, how_many, ordered_by
from keyacct_utils.review.in_short import in_short
from keyacct_utils.review.recommended import actions_counted, with_recommendation
from keyacct_utils.review.workbook import _headers

EMPTY = Amounts(pd.Series(dtype=float), None, 0.0, 0.0, 0, None, None)


def review(**columns: list) -> Review:
    """Columns as ``value_cell_03``: name and lesson."""
    told = {name[:-3]: Recorded(name[-2:], name[:-3], "meaning") for name in columns}
    accounts = pd.DataFrame({name[:-3]: values for name, values in columns.items()})
    ids = [f"A{i}" for i in range(len(accounts))]
    accounts.insert(0, "account_id", ids)
    accounts.insert(0, "account", ids)
    return Review(accounts, told, {})


def told(found: Review) -> list[tuple]:
    columns = found.accounts[["recommended", "recommended_by", "against"]]
    return list(columns.itertuples(index=False, name=None))


def test_a_row_that_says_everything_at_once_says_one_thing():
    # once: VIP, A, serve cheaply, wildcat and drop in one row, and nobody said which
    found = with_recommendation(
        review(
            abc_01=["A"], class_02=["VIP"], rule_02=["S002-1g: place 1"], grade_03=["A"],
            value_cell_03=["serve cheaply"], paint_class_03=["wildcat"], action_04=["drop"],
            gain_04=[9.0], profit_04=[-9.5], why_04=["no lever is enough (S002-8b)"],
        )
    )  # fmt: skip
    assert told(found) == [
        (
            "drop",
            "loses 9.50: no lever is enough (S002-8b)",
            "class A by amount (01); VIP (02); value grade A (03)",
        )
    ]
    assert list(found.accounts)[:5] == [
        "account", "account_id", "recommended", "recommended_by", "against",
    ]  # fmt: skip


def test_the_ladder_goes_from_a_loss_to_care():
    found = with_recommendation(
        review(
            class_02=["main", "main", "small", "VIP", "small", "small"],
            rule_02=["S002-1g"] * 6,
            list_advice_02=["stay", "stay", "join", "stay", "-", "-"],
            value_cell_03=["hold", "hold", "hold", "hold", "develop", None],
            action_04=["raise price", "special service", "standard service",
                       "standard service", "standard service", "standard service"],
            why_04=["it loses money"] * 6, gain_04=[3.0, 0, 0, 0, 0, 0],
            profit_04=[-3.0, 5, 1, 1, 1, 1],
            lift_npv_05=[8.0, 8.0, None, None, None, None],
            credit_grade_07=["A", "A", "A", "D", "A", "A"],
        )
    )  # fmt: skip
    assert [action for action, _, _ in told(found)] == [
        "raise price",
        "tie closer",
        "put on the list",
        "no credit without security",
        "develop",
        "standard service",
    ]
    assert told(found)[3][2] == "VIP (02)"
    assert told(found)[0][2] == "main (02); tie closer (05)"


def test_a_profit_that_is_not_known_decides_nothing():
    # a ledger row without a cost makes its revenue profit: no reason for special service
    found = with_recommendation(
        review(
            action_04=["special service", "special service"], why_04=["best fifth"] * 2,
            gain_04=[0.0, 0.0], profit_04=[50.0, 60.0], profit_known_04=["unknown", "at most"],
        )
    )  # fmt: skip
    assert told(found) == [
        ("standard service", "no other rule holds", "in the most profitable fifth (04); "
         "profit is unknown (04)"),
        ("special service", "best fifth", "profit is at most (04)"),
    ]  # fmt: skip


def test_nothing_is_advised_of_an_account_that_is_gone():
    # once: "K036: drop", an account that its own row calls gone
    found = review(
        value_cell_03=["gone", "hold", "unknown"], action_04=["drop"] * 3, why_04=["loses"] * 3,
        gain_04=[9.0, 5.0, 7.0], profit_04=[-9.5, -6.0, -8.0], credit_grade_07=["D"] * 3,
        list_advice_02=["leave"] * 3, amount_01=[3.0] * 3,
    )  # fmt: skip
    found = replace(found, gone=frozenset(["A2"]))  # the roll-up knows it where lesson 03 does not
    assert [line.what for line in first_actions(found)] == ["A1"]
    told_ = with_recommendation(found).accounts["recommended"]
    assert told_.tolist() == ["none", "drop", "none"]


def test_no_cell_is_empty_without_a_word_and_the_page_counts():
    found = review(value_cell_03=["gone", "hold", "unknown", "invest", "hold"],
                   paint_class_03=["dog", "star", "dog", "dog", "cow"])  # fmt: skip
    found = with_recommendation(found)
    assert told(found) == [
        ("none", "gone: it bought nothing in the last months", "nothing"),
        ("hold", "current x potential value (lesson 03): hold", "star (03)"),
        ("none", "no lesson suggests an action", "nothing"),
        ("invest", "current x potential value (lesson 03): invest", "dog (03)"),
        ("hold", "current x potential value (lesson 03): hold", "nothing"),
    ]
    line = actions_counted(found)[0]
    assert line.figure == 3 and line.says == (
        "Of 5 accounts: 2 hold; 1 invest; 1 none: gone: it bought nothing in the last months; "
        "1 none: no lesson suggests one."
    )
    assert actions_counted(review(abc_01=["A"])) == []


def test_gone_is_told_from_the_last_months(write_book):
    rows = "".join(f"A,2024-{month:02d}-03,5\n" for month in range(1, 13))
    rows += "B,2024-08-31,5\nC,2024-09-01,5\nC,2024-12-30,-1\n"
    path = write_book(
        "account_id,date,revenue\n" + rows,
        'period = "2024"\n[tables.ledger]\npath = "ledger.csv"\n',
    )
    found = amounts_of(Book.open(path))
    # nothing from September on: C's return is no purchase, and its sale of the 1st is one
    assert found.gone == {"B"} and found.gone_months == 4
    told = replace(review(abc_01=["A"]), gone_months=found.gone_months).gone_rule
    assert told == "gone: it bought nothing in the last 4 full months of the data or since"


def test_who_buys_after_an_earlier_period_is_not_gone(write_book):
    # once: "gone: it bought nothing in the last 4 full months of the data or since" of B, which buys in 2025
    rows = "".join(f"A,2024-{month:02d}-03,5\n" for month in range(1, 13))
    rows += "B,2024-02-01,5\nB,2025-03-01,7\nD,2024-03-05,9\nE,2024-03-05,9\nE,2025-03-05,-9\nN,2025-03-01,1\n"
    path = write_book(
        "account_id,date,revenue\n" + rows,
        'period = "2024"\n[tables.ledger]\npath = "ledger.csv"\n',
    )
    book = Book.open(path)
    found = amounts_of(book)
    assert (found.gone, found.gone_months, found.gone_to) == ({"D", "E"}, 4, "2024-12")
    told = replace(review(abc_01=["A"]), gone_months=4, gone_to=found.gone_to).gone_rule
    assert told == "gone: it bought nothing in the last 4 full months up to 2024-12 or since"
    whole = amounts_of(book, "all")
    assert whole.gone_to == "" and whole.gone == {"D", "E"}


def test_who_sent_back_and_bought_nothing_is_gone(write_book):
    rows = "".join(f"A,2024-{month:02d}-03,5\n" for month in range(1, 13))
    rows += "B,2024-02-01,5\nB,2024-11-01,-5\nD,2023-12-05,9\n"
    path = write_book(
        "account_id,date,revenue\n" + rows,
        'period = "2024"\n[tables.ledger]\npath = "ledger.csv"\n',
    )
    assert amounts_of(Book.open(path)).gone == {"B", "D"}


def test_an_action_for_most_accounts_is_told_to_be_no_order_of_work():
    found = with_recommendation(review(value_cell_03=["hold", "hold", "hold", "invest", "unknown"]))
    says = actions_counted(found)[0].says
    assert "'Hold' for more than 50 % of them is no order of work" in says
    even = with_recommendation(review(value_cell_03=["hold", "hold", "invest", "invest"]))
    assert "order of work" not in actions_counted(even)[0].says


def test_without_dates_no_gain_is_one_of_a_year():
    found = review(action_04=["raise price"], why_04=["x"], gain_04=[9.0], profit_04=[-9.5])
    assert [line.unit for line in first_actions(found)] == ["a year"]
    undated = replace(found, dated=False)
    assert [line.unit for line in first_actions(undated)] == ["in all"]
    assert _headers(found)["gain"] == "gain a year" and _headers(undated)["gain"] == "gain in all"


def test_where_no_lesson_decides_there_is_no_column():
    bare = review(rank_01=[1], amount_01=[5.0])
    assert with_recommendation(bare) is bare


def test_an_account_that_counts_with_its_group_is_no_blank_row():
    # once: "no lesson suggests an action" of a subsidiary whose revenue stands with its parent
    columns = review(class_02=["VIP", None], rule_02=["S002-1g", None])
    found = with_recommendation(replace(columns, grouped={"A1": "A0"}))
    assert told(found)[1] == ("none", "counts with A0 (group_by)", "nothing")
    (line,) = actions_counted(found)
    assert "1 none: it counts with another (group_by)" in line.says
    assert "no lesson suggests" not in line.says


def planned(**more) -> Review:
    """Four accounts of which three are planned, and the second of these is gone."""
    return review(
        plan_rank_21=[2.0, None, 1.0, 3.0], plan_first_21=["visit", None, "renew early", "offer"],
        plan_gain_21=[500.0, None, 3381.99, 70.0], plan_gain_low_21=[400.0, None, 600.56, 10.0],
        plan_gain_high_21=[600.0, None, 16100.19, 90.0], plan_hours_21=[7.0, None, 4.0, 2.5],
        plan_years_21=[1.0, None, 3.0, 3.0],
        plan_rests_on_21=["12 Whom?", None,
                          "10 Why do they leave? (in a short form); its effect is assumed",
                          "15 White space"],
        plan_owner_21=["M1", None, "M2", "M1"],
        action_04=["raise price", "raise price", "standard service", "grow"],
        why_04=["it loses money"] * 4, gain_04=[9e6, 8e6, 0.0, 0.0],
        profit_04=[-9.0, -8.0, 5.0, 5.0], **more,
    )  # fmt: skip


def test_an_account_that_the_hours_do_not_reach_is_not_said_to_lack_a_suggestion():
    # once: "no lesson suggests an action", where lesson 21 had one and no hours for it
    columns = review(
        plan_rank_21=[1.0, None], plan_first_21=["offer", None], plan_gain_21=[5.0, None],
        plan_gain_low_21=[4.0, None], plan_gain_high_21=[6.0, None], plan_hours_21=[1.0, None],
        plan_rests_on_21=["15 White space", None],
    )  # fmt: skip
    found = with_recommendation(columns)
    assert told(found)[1][:2] == (
        "none",
        "no lesson suggests an action that is known to pay in the hours there are",
    )
    (line,) = actions_counted(found)
    assert (
        "1 none: no lesson suggests one that is known to pay in the hours there are." in line.says
    )


def test_what_to_do_first_is_the_plan_in_its_order_with_years_hours_and_interval():
    # once: "No lesson of this run puts money on an action", of a run whose plan took 30 accounts
    found = replace(planned(), gone=frozenset(["A3"]), run={"currency": "USD"})
    lines = first_actions(found)
    assert [(line.what, line.figure, line.unit) for line in lines] == [
        ("A2", 3381.99, "USD over 3 years"),
        ("A0", 500.0, "USD over 1 year"),
    ]
    assert lines[0].says == (
        "renew early: 0.60 k to 16.10 k (95 %) for 4 hours; rests on a short form of lesson 10; "
        "its effect is assumed, which the interval leaves out"
    )
    assert lines[1].says == (
        "visit: 400.0 to 600.0 (95 %) for 7 hours; rests on lesson 12. Its loss comes first: raise "
        "price, 9.00 m a year (lesson 04)"
    )
    # once: "the first 5 of 10" of twenty, and no word of the hours that made them twenty
    assert how_many(found) == "2 accounts with a planned action"
    assert ordered_by(found) == (
        "of what an hour brings, within 80 hours of each manager (a preset)"
    )
    for given in ({"hours": 40.0}, {"account_plan.hours": 40.0}):
        told = ordered_by(replace(found, run={"parameters": given}))
        assert told == "of what an hour brings, within 40 hours of each manager"
    columns = replace(
        found, accounts=found.accounts.replace({"M1": "all together", "M2": "all together"})
    )
    assert "within 80 hours in all (a preset)" in ordered_by(columns)
    line = in_short(found, EMPTY, pd.Series(dtype=str), lines)[-1]
    assert (line.what, line.figure) == ("what to do first", 3381.99)
    assert line.says.startswith("A2: renew early: ") and line.unit == "USD over 3 years"


def test_the_plan_is_recommended_or_stands_beside_what_is():
    # once: "standard service" of the first account of the plan, and the plan nowhere
    found = with_recommendation(replace(planned(), gone=frozenset(["A3"])))
    assert told(found) == [
        ("raise price", "loses 9.00: it loses money", "place 2 in the plan: visit (21)"),
        ("raise price", "loses 8.00: it loses money", "nothing"),
        ("renew early", "place 1 in the plan, brings 3.38 k over 3 years (lesson 21)", "nothing"),
        ("none", "gone: it bought nothing in the last months", "nothing"),
    ]  # fmt: skip
    says = actions_counted(found)[0].says
    assert "2 raise price; 1 renew early" in says and "no lesson suggests" not in says
    same = review(
        plan_rank_21=[1.0, 2.0], plan_first_21=["renew"] * 2, plan_gain_21=[2.0, 1.0],
        plan_gain_low_21=[1.0] * 2, plan_gain_high_21=[3.0] * 2, plan_hours_21=[1.0] * 2,
        plan_rests_on_21=["10 Why?"] * 2,
    )  # fmt: skip
    # the plan asked for how many there is time: it is an order of work
    assert "order of work" not in actions_counted(with_recommendation(same))[0].says


def test_no_sentence_speaks_of_what_to_do_first_where_there_is_nothing():
    # once: "'What to do first' begins with the most money", above an empty section
    found = with_recommendation(review(value_cell_03=["hold"] * 3, amount_01=[3.0, 2.0, 1.0]))
    assert first_actions(found) == []
    for told_first in (False, True):
        says = actions_counted(found, told_first)[0].says
        assert "no order of work" in says and ("'What to do first'" in says) == told_first


def test_without_money_the_first_are_the_largest_for_whom_something_is_to_be_begun():
    found = review(
        value_cell_03=["invest", "hold", "develop", "gone"], amount_01=[3.0, 9.0, 5.0, 7.0]
    )
    lines = first_actions(with_recommendation(found))
    assert [(line.what, line.figure, line.unit) for line in lines] == [
        ("A2", 5.0, "bought"),
        ("A0", 3.0, "bought"),
    ]
    assert lines[0].says == "develop: current x potential value (lesson 03): develop"


def silent(yes: list[str], days: list, limit: list, **more) -> Review:
    return review(silent_10=yes, silence_days_10=days, silence_limit_10=limit, **more)


def test_silence_speaks_against_whatever_supposes_that_the_account_goes_on_buying():
    # once: "silent too long: yes" in a row of the plan whose reasons against were "nothing"
    found = with_recommendation(
        silent(
            ["yes", "no", "no rhythm", "yes"], [188.0, 188.0, 188.0, 1188.0],
            [105.2, 301.8, None, 1105.8],
            plan_rank_21=[1.0, 2.0, 3.0, 4.0],
            plan_first_21=["renew early, close the gap"] * 3 + ["remind of bills past their day"],
            plan_gain_21=[4.0, 3.0, 2.0, 1.0], plan_gain_low_21=[1.0] * 4,
            plan_gain_high_21=[9.0] * 4, plan_hours_21=[4.0] * 4,
            plan_rests_on_21=["10 Why do they leave?"] * 4,
        )
    )  # fmt: skip
    assert [against for _, _, against in told(found)] == [
        "silent too long: 188 days, too long from 106 (10)",
        "nothing",
        "nothing",
        "nothing",  # what is due is due from whoever has stopped
    ]
    others = with_recommendation(
        silent(
            ["yes"] * 4, [1188.0, 188.0, 188.0, None], [1105.8, 105.2, 106.0, 50.0],
            value_cell_03=["invest", "serve cheaply", "hold", "develop"],
            action_04=["standard service", "standard service", "raise price", "standard service"],
            why_04=["it loses money"] * 4, gain_04=[0.0, 0.0, 3.0, 0.0],
            profit_04=[1.0, 1.0, -3.0, 1.0],
        )
    )  # fmt: skip
    assert [(action, against) for action, _, against in told(others)] == [
        ("invest", "silent too long: 1,188 days, too long from 1,106 (10)"),
        ("serve cheaply", "nothing"),
        ("raise price", "silent too long: 188 days, too long from 106 (10)"),
        ("develop", "silent too long (10)"),
    ]


def test_who_is_gone_by_the_months_and_not_by_its_own_rhythm_is_told_both():
    # once: "gone" beside "silent too long: no", and no word of the two ways of telling
    found = silent(["no", "yes", "no rhythm", "no"], [240.0, 240.0, 240.0, 3.0],
                   [301.8, 105.2, None, 50.0], value_cell_03=["hold"] * 4)  # fmt: skip
    found = replace(found, gone=frozenset(["A0", "A1", "A2"]), gone_months=7)
    gone = "gone: it bought nothing in the last 7 full months of the data or since"
    rhythm = "; not silent too long by its own rhythm: 240 days, too long from 302 (10)"
    rows = told(with_recommendation(found))
    assert [rule for _, rule, _ in rows[:3]] == [gone + rhythm, gone, gone]
    assert rows[3][1:] == ("current x potential value (lesson 03): hold", "nothing")
    # the line that counts them names the one rule that they share
    (line,) = actions_counted(with_recommendation(found))
    assert f"3 none: {gone}." in line.says


def test_the_page_says_why_it_does_not_say_who_lost_and_rose(write_book):
    # once: with period = "all", which init proposes, not a word of who lost and rose
    rows = "account_id,date,revenue\nA,2023-02-10,3\nA,2024-02-10,5\nB,2024-03-31,1\n"

    def line(period: str):
        toml = f'period = "{period}"\n[tables.ledger]\npath = "ledger.csv"\n'
        book = Book.open(write_book(rows, toml))
        found = in_short(review(amount_01=[5.0, 1.0]), amounts_of(book), book.names(), [])
        return {line.what: line.says for line in found if line.what.startswith("who ")}

    assert line("all")["who lost and rose"] == (
        "Nothing to compare with: the period is the whole book; name a year (-p period=2024)."
    )
    assert line("2023")["who lost and rose"].startswith(
        "Nothing to compare with: the book has no rows from 2022-"
    )
    told_ = line("2024")
    assert "who lost and rose" not in told_ and told_["who rose most"].startswith("2 accounts ")
