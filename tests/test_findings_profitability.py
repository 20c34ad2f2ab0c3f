"""Findings of lesson 04 on small books worked by hand, above all sentences that were false on real books."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books
from opened import bundled, looked_at
from scipy.stats import norm

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import missing
from keyacct_utils.lessons.concentration import findings as concentration
from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.lessons.profitability import findings as lesson
from keyacct_utils.lessons.profitability.gain_draws import (
    by_action,
    gain_draws,
    part_of_year,
    plan_by_action,
)
from keyacct_utils.lessons.profitability.profit_actions import LEVERS
from keyacct_utils.lessons.shared.amounts import share_of_top
from keyacct_utils.lessons.shared.resampling import tail_rows
from keyacct_utils.lessons.showing.words import money, percent

#: Gross profits 300, 40, 120, -30, 70: 530 made, 500 left.
FIVE = "account_id,revenue,cost_goods\nAnhe,1000,700\nBoda,800,760\nChenxi,500,380\nDafeng,300,330\nEnkang,200,130\n"


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr(lesson, "DRAWS", 50)


@pytest.fixture
def known(tmp_path):
    """The costs of one of the odd books."""

    def read(name: str, **how) -> lesson.Costs:
        return lesson.known_costs(Book.open(books.write(name, tmp_path / name)), **how)

    return read


@pytest.fixture
def five(write_book) -> lesson.Costs:
    return lesson.known_costs(Book.open(write_book(FIVE)))


def verdict(costs: lesson.Costs, says: str, place: int = 0) -> tuple[str, str]:
    table = lesson.claims(costs).table
    row = table[table["what it says"] == says].iloc[place]
    return row["this book"], row["verdict"]


def test_the_best_of_24_are_five_and_no_fifth(write_book):
    # once: "The best 5 accounts, 20 % of the 24 that bought", which is 20.8 %
    rows = "".join(f"K{i:02},{100 + i},50\n" for i in range(24))
    costs = lesson.known_costs(Book.open(write_book(f"account_id,revenue,cost_goods\n{rows}")))
    assert "The best 5 accounts, 21 % of the 24 that bought" in str(lesson.whale_shape(costs))


def test_peak_and_erosion_of_five_accounts(five):
    found = lesson.whale_shape(five)
    assert found.numbers["peak"] == pytest.approx(530 / 500)
    assert found.numbers["erosion"] == pytest.approx(30 / 530)
    # the best of five is a fifth of the accounts: 300 of the 500 that are left
    assert found.sentences()[0] == (
        "The best account makes 60 % of the gross margin of all; too few accounts for an interval."
    )
    assert found.title == (
        "The curve peaks at 106 % of the total profit, losses take 6 % of the peak back"
    )


def test_what_is_left_of_five_accounts(five):
    found = lesson.what_is_left(five)
    assert found.table["amount"].to_dict() == {
        "revenue": 2800, "gross profit": 500, "profit": 500
    }  # fmt: skip
    assert found.sentences() == [
        "Of 5 accounts, 1 loses money: 20.0 %.",
        "Sold below the cost of the goods: 1 account, a loss of 30.00.",
    ]


def test_the_fewest_whose_loss_leaves_nothing(five):
    # 300, 420, 490, 530: with the fourth more than the 500 that are left is gone
    found = lesson.best_lost(five)
    assert found.numbers["fewest"] == 4
    assert found.sentences()[-1] == (
        "Without the best 4 accounts of 5 the rest together would make nothing or lose money."
    )


def test_nobody_has_to_leave_where_nobody_loses(known):
    found = lesson.best_lost(known("nobody_loses"))
    assert found.numbers["fewest"] is None
    assert found.sentences()[-1].startswith("However many of the best were lost")


@pytest.mark.parametrize(("rise", "fixable", "dropped"), [(0.05, 0, 1), (0.1, 1, 0)])
def test_a_price_rise_of_a_tenth_is_needed(five, rise, fixable, dropped):
    # a loss of 30 on sales of 300; who goes takes 330 of cost along, 30 more than he paid
    found = lesson.actions(five, price_rise=rise)
    assert (found.numbers["fixable"], found.numbers["dropped"]) == (fixable, dropped)
    assert found.numbers["frame"]["gain"]["Dafeng"] == pytest.approx(30)


def test_a_handful_of_accounts_is_told_by_name_and_not_action_by_action(five, known):
    found = lesson.actions(five)
    assert found.sentences()[:2] == [
        "With 5 accounts, fewer than 10, shares of the accounts are no groups: read the names.",
        "The largest by sales is **Anhe**, with a profit of 300.0; the rules say: special service.",
    ]
    assert list(found.table["name"]) == ["Anhe", "Chenxi", "Enkang", "Boda", "Dafeng"]
    assert found.table.set_index("name")["gain"].notna().to_dict() == {
        "Anhe": False, "Chenxi": False, "Enkang": False, "Boda": False, "Dafeng": True,
    }  # fmt: skip
    assert "accounts" in lesson.actions(five, fewest=5).table
    assert "accounts" in lesson.actions(known("nobody_loses")).table


def test_neither_half_of_the_diagnosis_fits(known):
    # gross profit 49,200 before; revenue times 1.1 and cost times 1.4: 201,960 - 188,160 = 13,800
    costs = known("neither_half")
    found = lesson.diagnosis(costs)
    assert found.numbers["fall"] == pytest.approx(35400)
    assert found.numbers["moved"] == pytest.approx(35400 / 49200)
    assert found.sentences()[-1].startswith("Neither half of the document's diagnosis fits")
    assert lesson.years(costs).numbers["case_d"]


def test_both_halves_of_the_diagnosis_fit(known):
    # three new accounts of 120 units each at the mean of 49,200 / 1,440 would make 12,300; they lose 4,500
    found = lesson.diagnosis(known("lost_and_new"))
    assert found.numbers["took"] == pytest.approx(16800)
    assert found.numbers["lost_made"] == pytest.approx(5000 + 5200)
    assert found.sentences()[-1].startswith("Both halves of the document's diagnosis fit")


def test_only_the_loss_of_old_ones_fits(known):
    # 10,200 were lost with two accounts; the fall is 49,200 - (147,000 x 1.6 - 108,000 x 1.75)
    found = lesson.diagnosis(known("only_lost"))
    assert found.numbers["fall"] == pytest.approx(3000)
    assert (found.numbers["new_fits"], found.numbers["lost_fits"]) == (False, True)


def test_new_accounts_of_another_line_did_not_cause_it(write_book):
    """In line X, where most is sold, old A and new N1 and N2 lose 100 of 400 each way; N3 buys line Y alone."""
    rows = [("A", "2023", "X", 1000, 600), ("A", "2024", "X", 1000, 700), ("N1", "2024", "X", 100, 120),
            ("N2", "2024", "X", 100, 120), ("N3", "2024", "Y", 100, 50)]  # fmt: skip
    text = "".join(
        f"{who},{year}-{month}-05,{line},{paid},{cost}\n"
        for who, year, line, paid, cost in rows
        for month in ("01", "12")
    )
    costs = lesson.known_costs(
        Book.open(write_book("account_id,date,line,revenue,cost_goods\n" + text))
    )
    said = lesson.diagnosis(costs).sentences()
    assert said[1].startswith("Caused by the 2 new accounts that bought there, of 3 in all: ")


def test_who_sent_back_what_it_bought_is_new(write_book):
    """N bought for the first time in 2024, and sent all of it back; R only sent back what it once bought."""
    text = "account_id,date,revenue,cost_goods\n" + "".join(
        f"A,{year}-{month}-05,100,60\n" for year in (2023, 2024) for month in ("01", "12")
    )
    text += "N,2024-03-05,50,30\nN,2024-04-05,-50,-30\nR,2024-03-05,-20,-10\n"
    assert lesson.known_costs(Book.open(write_book(text))).fresh == {"N"}  # once nobody


def test_no_fall_no_diagnosis(known):
    assert lesson.diagnosis(known("nobody_loses")).sentences()[-1] == (
        "Gross profit did not fall, so there is nothing to diagnose."
    )


def test_wherever_the_interval_of_the_peak_stands_it_says_how_often_such_intervals_hold(
    known, five
):
    """Beside it, not some cells below: 100 accounts with both ends, 60 near nothing without one."""
    told = {}
    for name, n in (("nine_of_a_hundred", 100), ("near_nothing", 60)):
        costs = known(name)
        assert len(costs.profit) == n
        told[name] = next(
            says for says in lesson.whale_shape(costs).sentences() if says.startswith("The peak is")
        )
    assert "such intervals hold it in 78 % or more of simulated books)" in told["nine_of_a_hundred"]
    assert told["near_nothing"].endswith(
        "has no upper end (such intervals hold it in 72 % or more of simulated books)."
    )
    assert "such intervals" not in str(lesson.whale_shape(five))  # too few for an interval


def test_low_profit_among_the_small_needs_a_difference(known):
    # 7 of the 80 small, 2 of the 20 large lose money: no difference that a test could tell
    here, ruling = verdict(known("nine_of_a_hundred"), "low profit is found among the small 80 %")
    assert here.startswith("9 % against 10 %; difference -1.3 points")
    assert ruling == "cannot be told from this book: the interval of the difference holds zero"


def test_a_total_near_nothing_decides_no_share(known):
    # 30 gains of 100 and 30 losses of 99: 30 are left, the best twelve make 1,200
    costs = known("near_nothing")
    assert lesson.whale_shape(costs).numbers["peak"] == pytest.approx(100)
    here, ruling = verdict(costs, "20 % of customers bring 80 % of profit")
    assert here.startswith("4000 %")
    assert (
        ruling == "cannot be told from this book: the total is too near nothing for a share of it"
    )


def test_the_best_fifth_is_measured_against_the_net_profit(linjiang):
    costs = lesson.known_costs(linjiang, credit_days="T1=35, T2=62, T3=92", credit_line="P")
    here, ruling = verdict(costs, "20 % of customers bring 80 % of profit")
    assert percent(share_of_top(costs.profit, 0.2).share, 0) == here.partition(" (")[0]
    assert ruling == (
        "does not hold: the whole interval lies above 80 % by more than 5 points; more than all of "
        "it, since losses take the rest back"
    )
    # the few of the figure are those of the claim and of lesson 01
    found = lesson.whale_shape(costs)
    assert found.numbers["best_part"] == share_of_top(costs.profit, 0.2).share > 1
    assert "profit after goods, credit and service of all" in found.sentences()[0]
    assert "That is more than all of it" in found.sentences()[0]
    ordered = np.sort(costs.profit)[::-1].cumsum()
    fewest = lesson.best_lost(costs).numbers["fewest"]
    assert ordered[fewest - 2] < costs.profit.sum() <= ordered[fewest - 1]


def test_rows_without_a_cost_are_told(known):
    # 17 rows by the first rule and 12 by the second, 3 of them by both
    says = lesson.book_in_numbers(known("costs_missing")).sentences()
    assert any(
        text.startswith("**No cost of goods is known of 26 rows with 3.64 k of revenue")
        for text in says
    )


def test_the_lag_before_the_invoice_is_charged_only_if_it_is_given(known):
    # 37 invoices of 9,000 less 5 credit notes of 500, for 15 days at 8 %
    without, with_lag = (
        known("odd_invoices", billing_lag=days).profits["credit"].sum() for days in (0, 15)
    )
    assert with_lag - without == pytest.approx(330_500 * 0.08 * 15 / 365)


def test_invoices_without_a_due_date_are_counted(known):
    says = lesson.book_in_numbers(known("odd_invoices")).sentences()
    assert "Invoices without a date or an amount, left out: 6." in says


def test_drivers_in_proportion_have_no_rates(known):
    found = lesson.rates(known("pools_together"))
    assert not found.known
    assert found.sentences()[0].startswith("The 2 drivers go in proportion in all 12 cost pools")


def test_a_cost_without_a_driver_is_seen(known):
    found = lesson.rates(known("pools_without_driver"))
    assert found.numbers["driverless"] == pytest.approx(1, abs=1e-6)
    assert found.sentences()[1].startswith(
        "A cost that every pool has and no driver moves is 100.0 % (100.0 % to 100.0 %)"
    )
    # pools that all cost the same have no difference to tell, and no account is charged
    assert found.sentences()[-1].startswith("All pools cost the same")
    assert known("pools_without_driver").profits["service"].sum() == pytest.approx(0, abs=1e-6)


def _with_pools(costs, spent, counts):
    return replace(costs, pools=counts.assign(cost=spent))


def test_rates_that_tell_nothing_charge_nobody(known):
    """A cost that no driver moves was charged to the drivers: .92 of pure noise, and said so."""
    rng = np.random.default_rng(4)
    counts = pd.DataFrame(rng.poisson(30, (120, 2)), columns=["visits", "calls"])
    noise = pd.Series(rng.gamma(9, 1000, 120))
    found = lesson.rates(_with_pools(known("nobody_loses"), noise, counts))
    assert found.numbers["told"] < 0.05 and found.numbers["driverless"] > 0.7
    assert found.sentences()[-1] == ("**That is less than 50 %: charge nobody by these rates.**")
    half = 3000.0 + counts @ [60.0, 40.0]
    found = lesson.rates(_with_pools(known("nobody_loses"), half, counts))
    assert found.numbers["driverless"] == pytest.approx(3000 * 120 / half.sum())
    assert found.numbers["moved"] == pytest.approx(1 - found.numbers["driverless"])
    assert 0.45 < found.numbers["driverless"] < 0.55 and found.numbers["told"] > 0.999


def test_the_months_of_two_lines_are_one_count(write_book):
    """P in January and February, S in February and March: three months, where each line has two."""
    rows = ["A,2024-01-05,P", "A,2024-02-05,P", "A,2024-02-09,S", "A,2024-03-05,S",
            "B,2024-01-05,P", "B,2024-02-05,P"]  # fmt: skip
    ledger = "account_id,date,line,revenue,cost_goods\n" + "".join(f"{row},10,7\n" for row in rows)
    criteria, falling = lesson._criteria(lesson.known_costs(Book.open(write_book(ledger))))
    assert criteria["months with a purchase"].to_dict() == {"A": 3, "B": 2} and not falling


def test_rates_of_exact_pools(known):
    found = lesson.rates(known("nobody_loses"))
    assert found.table["rate"].to_dict() == pytest.approx({"visits": 200, "calls": 30})
    # each of the twelve takes one visit and one call
    assert known("nobody_loses").profits["service"].unique() == pytest.approx([230])


def test_what_stays_when_dropping_costs_money_from_the_first(five):
    """Dafeng sells 300 at goods of 330: it leaves a hole of 3 where 297 of the 330 go."""
    acted = lesson.actions(five)
    turns = lesson.what_stays(five, acted, leaves=(1.0, 0.9))
    assert turns.table["gain"].tolist() == pytest.approx([30, -3])
    assert "If only 90 % leaves it costs money to drop them all" in str(turns)
    # once: "If only 90 % leaves", right after what comes of 90 %
    found = lesson.what_stays(five, acted, leaves=(0.9, 0.8))
    assert found.table["gain"].tolist() == pytest.approx([-3, -36])
    assert "If only" not in str(found) and "It costs money to drop them all, even so." in str(found)


def test_what_the_lesson_does_without_is_not_asked_for_as_if_it_were_needed(write_book):
    """Pools that count visits only give a rate, and invoices without a line a cost of credit."""
    days = [f"2024-{month:02d}" for month in range(1, 13)]
    visits = [3 + month * month % 7 for month in range(1, 13)]
    tables = {
        "activities": "activity_id,date,account_id,type\nV1,2024-02-10,Anhe,visit\n",
        "cost_pools": "month,team,cost,visits\n"
        + "".join(f"{day}-01,T1,{200 * n},{n}\n" for day, n in zip(days, visits, strict=True)),
        "invoices": "invoice_id,account_id,issue,due,amount\nI1,Anhe,2024-03-01,2024-05-30,1000\n",
    }
    toml = "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in tables)
    head, *rows = FIVE.splitlines()
    rows = [row.replace(",", ",2024-02-05,", 1) for row in rows]
    ledger = "\n".join([head.replace("_id,", "_id,date,"), *rows]) + "\n"
    book = Book.open(
        write_book(ledger, toml=toml, **{f"{name}__csv": text for name, text in tables.items()})
    )
    costs = lesson.known_costs(book)
    assert costs.served and costs.invoiced and costs.profits["credit"].sum() > 0
    assert costs.profits.loc["Anhe", "service"] == pytest.approx(200)
    _, adds = missing(book, "04")
    told = {tuple(name for _, name in columns): unlocks for columns, unlocks in adds}
    # once: "the rates of the cost to serve" and "the cost of credit", which this book has
    assert told[("calls", "quotes", "cases", "urgent_jobs")].startswith(
        "a rate of the cost to serve"
    )
    assert told[("line",)] == "the credit of one line, apart from the others"
    assert not {"the cost of credit", "the rates of the cost to serve"} & {*told.values()}


def test_invoices_tell_the_cost_of_credit_where_no_cost_of_goods_is_known(known, tmp_path):
    # at 8 %: 36,500 for 30 days are 240; 7,300 for 100 and 3,650 for 10 days are 160 + 8;
    # 7,300 for 30 days are 48; 7,300 less 3,650 for 30 days are 24; Enkang has no invoice
    costs = known("invoices_alone")
    by_hand = {"Anhe": 240, "Boda": 168, "Chenxi": 48, "Dafeng": 24, "Enkang": 0}
    assert costs.profits["credit"].to_dict() == pytest.approx(by_hand)
    assert costs.profits["profit"].isna().all() and costs.losers.empty
    first = lesson.book_in_numbers(costs)
    assert [*map(round, first.table["days"].dropna())] == [30, 70, 30, 30]
    assert first.sentences()[2:] == [
        "Credit is charged on all invoices at 8.0 % a year, from the invoice to its due date.",
        "Invoices without a date or an amount, left out: 1.",
        "It costs 480.00 CNY in all, 0.64 % of revenue.",
        "Weighted by amount, an invoice runs 37.5 days.",
        "The largest part is that of **Anhe**: 240.00 CNY.",
    ]
    # paid after 60 and 70 days: 480 and 112 in the place of 240 and 48; and 15 days more for all
    read = lesson.credit_readings(costs, billing_lag=15).table["credit"]
    more = (36500 + 7300 + 3650 + 7300 + 3650) * 0.08 * 15 / 365
    assert read.tolist() == pytest.approx([480, 480 + more, 784 + more])
    for step in (lesson.what_is_left, lesson.whale_shape, lesson.years, lesson.actions):
        assert step(costs).unknown.endswith("ledger.cost_goods would allow it.")
    review = lesson.account_review(costs, lesson.actions(costs)).numbers["review"]
    assert list(review) == ["account_id", "credit"]
    assert review.set_index("account_id")["credit"].to_dict() == pytest.approx(by_hand)
    stops, adds = missing(Book.open(tmp_path / "invoices_alone" / "book.toml"), "04")
    assert not stops and ("ledger", "cost_goods") in [
        column for columns, _ in adds for column in columns
    ]


def test_without_costs_and_without_invoices_the_lesson_says_what_it_needs(write_book):
    book = Book.open(write_book("account_id,revenue\nA,100\n"))
    assert missing(book, "04")[0] == (("ledger", "cost_goods"),)
    with pytest.raises(ValueError, match=r"no cost_goods.*no invoices"):
        lesson.known_costs(book)


def test_crumbs_of_cents_are_no_loss(known):
    costs = known("to_the_cent")
    assert costs.profit.to_dict() == {"A": 0, "B": 0, "C": 0}
    assert lesson.what_is_left(costs).sentences()[0] == "Of 3 accounts, none loses money."


def test_a_year_is_full_when_the_ledger_reaches_both_ends(write_book):
    # nobody buys in all twelve months, and both years are full all the same
    rows = [
        f"K{m},{y}-{m:02d}-03,{100 * y - 202200},50" for y in (2023, 2024) for m in range(1, 13)
    ]
    ledger = "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"
    costs = lesson.known_costs(Book.open(write_book(ledger)))
    assert costs.years == ["2023", "2024"] and costs.pair == ("2023", "2024")
    assert lesson.years(costs).sentences()[:2] == [
        "From 2023 to 2024 revenue rose by 1.20 k.",
        "Gross profit rose by 1.20 k.",
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"credit_days": "T1:35"}, "write 'T1=35, T2=62'"),
        ({"compared": "2019-2020"}, "two full years of 2023, 2024"),
        ({"cost_of_capital": -1}, "8 % is 0.08"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(known, how, words):
    with pytest.raises(ValueError, match=words):
        known("nobody_loses", **how)


def test_the_review_keeps_its_columns(five):
    found = lesson.account_review(five, lesson.actions(five, price_rise=0.1))
    row = found.numbers["review"].set_index("account_id").loc["Dafeng"]
    assert row["why"] == "it loses money (ours: neither says it)"
    assert (row["profit"], row["profit_rank"], row["action"]) == (-30, 5, "raise price")
    assert found.numbers["review"][["credit", "service"]].isna().all(axis=None)


def test_the_factor_that_changes_the_picture_is_found_and_not_the_next_one_tried(known):
    """Left before service 100, 50, 30 and -10, service 10, 10, 0 and 5: the second loses above 5 times its rates,
    the first above 10 times, the third never. The ladder of factors would have said 10 and 20.
    """
    before, service = pd.Series([100.0, 50, 30, -10]), pd.Series([10.0, 10, 0, 5])
    turning = [lesson._turning(before, service, share) for share in (0.25, 0.5, 0.75, 1.0)]
    assert turning == [0.0, 5.0, 10.0, None]
    costs = known("nobody_loses")
    left = costs.profits["gross_profit"] - costs.profits["credit"]
    first = float((left / costs.profits["service"]).min())
    found = lesson.rates_wrong(costs, factors=(1, 2 * first), matters=0.01)
    assert found.numbers["turning"] == pytest.approx(first)
    assert f"comes above {first:.1f} times the rates found" in found.sentences(markup=False)[1]
    assert not lesson.rates_wrong(costs, factors=(1, first / 2), matters=0.01).numbers["turning"]


def test_a_loss_below_cost_says_what_is_counted_in_it(linjiang):
    """The goods alone make a smaller loss than the accounts have with their credit and service."""
    costs = lesson.known_costs(linjiang, credit_days="T1=35, T2=62, T3=92", credit_line="P")
    left = lesson.what_is_left(costs)
    below = costs.losers[costs.losers["loss_from"] == "goods"]
    assert left.numbers["goods"]["loss"] > -below["gross_profit"].sum()
    said = " ".join(left.sentences(markup=False))
    assert "Sold below the cost of the goods: " in said
    assert " CNY with the credit and the service." in said
    # the service is planted at its full cost: it alone decides a part of them, with its interval
    of_all = left.numbers["service"]["accounts"] / left.numbers["losing"]
    assert left.numbers["by_service"] == of_all > 0.2
    assert left.numbers["by_service_low"] < of_all < left.numbers["by_service_high"]
    assert "Charged last, the service decides" in said
    # of those that it turns some would not lose if no credit were charged before it
    last = costs.losers[costs.losers["loss_from"] == "service"]
    alone = int((last["gross_profit"] - last["service"] < 0).sum())
    assert 0 < alone < len(last)
    assert f"Of the {len(last)} accounts that it turns, {alone} would lose by the service" in said


def test_the_whale_and_its_erosion_tell_one_number():
    """What the losses take back is asked as a part of the peak; the title says no other part."""
    found = lesson.whale_shape(looked_at(lesson.known_costs, "linjiang"))
    assert f"take {100 * found.numbers['erosion']:.0f} % of the peak back" in found.title


def test_no_gain_is_told_of_accounts_that_do_not_lose():
    acted = lesson.actions(looked_at(lesson.known_costs, "linjiang"))
    still = acted.table.drop(index=["cut service", "raise price", "drop"], errors="ignore")
    assert len(still) and still[["gain", "if_dropped"]].isna().all(axis=None)
    assert acted.table["gain"].sum() > 0


def test_a_limit_near_zero_keeps_its_side():
    assert [lesson._signed(share) for share in (-0.0771, -0.00004, 0.0, -0.0000001, 0.0004)] == [
        "-7.7", "-0.004", "0.0", "0.0", "0.04"
    ]  # fmt: skip


def test_an_account_of_credit_notes_is_no_customer_to_drop_or_to_call_new(known):
    # once: "drop", for a gain of what it had sent back, and "new in the later year: 1 account"
    costs = known("returns_of_old", compared="2022-2023")
    assert costs.profit["R00"] == -250.0 and costs.fresh == frozenset()
    assert lesson.what_is_left(costs).sentences()[-1] == (
        "Among these, more was returned than was sold: 1 account. No price would mend that."
    )
    frame = lesson.actions(costs).numbers["frame"]
    assert frame.loc["R00", ["action", "gain", "gain_if_dropped"]].tolist() == [
        "keep and watch", 0.0, 0.0
    ]  # fmt: skip
    why = (
        lesson.account_review(costs, lesson.actions(costs))
        .numbers["review"]
        .set_index("account_id")
    )
    assert why.loc["R00", "why"] == "it loses money, dropping gains nothing (ours)"
    # once: "it any other (S002-1m)"
    assert why.loc["R04", "why"] == "none of the other rules holds (S002-1m)"


def test_case_d_of_other_years_is_named(known):
    # once: "This is not Case D" of the worst fall, and no word of the years in which it is
    costs = known("returns_of_old")
    found = lesson.years(costs)
    assert (found.numbers["earlier"], found.numbers["later"]) == ("2022", "2023")
    assert not found.numbers["case_d"] and found.numbers["elsewhere"] == ["2023-2024"]
    assert "Sales rose and profit fell in 2023-2024" in found.sentences(markup=False)[-1]
    _, said = verdict(costs, "sales up, profit down")
    # two parts, each with its own interval; the pair of years in which both hold is named
    assert said == (
        "holds in part: profit fell by its whole interval, and sales did not rise; "
        "in 2023-2024 both did"
    )
    assert lesson.years(known("returns_of_old", compared="2023-2024")).numbers["case_d"]


def test_a_plan_that_lacks_a_loser_does_not_ask_for_a_fall(known):
    # once: "needs a fall of gross profit between two full years", beside the fall
    costs = known("returns_of_old", period="2024")
    assert not (costs.profit < 0).any()
    planned = lesson.plan(costs, lesson.actions(costs))
    claims = lesson.claims(costs, planned).table
    row = claims[claims["what it says"] == "half a year brought the profit back"].iloc[0]
    assert row["verdict"] == (
        "cannot be tested here: needs a plan, and so an account that loses money"
    )


def test_a_book_of_occasional_buyers_has_its_years_its_bridge_and_its_new_accounts(tmp_path):
    # once: no bridge and "no new account", since nobody bought in all twelve months of a year
    book = Book.open(books.write("now_and_then", tmp_path / "now"))
    costs = lesson.known_costs(book)
    assert costs.years == ["2023", "2024"] and costs.pair == ("2023", "2024")
    found = lesson.diagnosis(costs)
    assert (found.numbers["new"], found.numbers["lost"]) == (10, 12)
    assert lesson.bridge(costs).known


def test_the_bridge_says_where_it_starts_and_where_it_ends(known):
    costs = looked_at(lesson.known_costs, "linjiang")
    found = lesson.bridge(costs)
    gross = (costs.yearly["revenue"] - costs.yearly["cost"]).groupby(costs.yearly["period"]).sum()
    earlier, later = costs.pair
    assert found.numbers["start"] == pytest.approx(gross[earlier], abs=0.01)
    assert found.numbers["gross_later"] == pytest.approx(gross[later], abs=0.01)
    assert found.numbers["end"] < found.numbers["gross_later"]
    assert found.sentences()[0].startswith(f"The bridge starts at the gross profit of {earlier}, ")
    assert "less the change of cost of credit and cost to serve it ends at" in " ".join(
        found.sentences()
    )
    plain = lesson.bridge(known("neither_half"))
    assert plain.numbers["end"] == plain.numbers["gross_later"]
    assert "and ends at that of 2024" in plain.sentences()[0]


def test_a_plan_is_set_against_every_better_year(known):
    """Gross profits 2021 to 2024 as the book has them, not the one fall alone."""
    costs = known("returns_of_old")
    gross = (costs.yearly["revenue"] - costs.yearly["cost"]).groupby(costs.yearly["period"]).sum()
    gaps = lesson._gaps(costs)
    assert list(gaps.index) == [year for year in gross.index[:-1] if gross[year] > gross.iloc[-1]]
    assert gaps.to_list() == pytest.approx([gross[year] - gross.iloc[-1] for year in gaps.index])


def _sold(losing: int, loss: float, others: int) -> pd.DataFrame:
    """Accounts that lose so much of sales of 400, and others that gain 5 of 100; no other cost."""
    rows = [(400.0, 400 + loss)] * losing + [(100.0, 95.0)] * others
    sales = pd.DataFrame(rows, columns=["revenue", "cost"])
    return pf.account_profit(sales.assign(account_id=[f"A{n:03d}" for n in range(len(rows))]))


def test_gains_have_the_interval_of_the_accounts_that_make_them():
    """40 accounts: ten lose 10 each and are asked for more; the sum of a resample has sd 27.4."""
    drawn = gain_draws(_sold(10, 10.0, 30), by_action, {}, draws=4000)
    low, high = np.quantile(drawn[:, LEVERS.index("raise price")], [0.025, 0.975])
    # binomial(40, 1/4) times 10: 100 +- 1.96 x sqrt(40 x 3 / 16) x 10
    assert low == pytest.approx(50, abs=10) and high == pytest.approx(155, abs=10)


def test_a_plan_knows_that_not_all_accept():
    """One hundred accounts that all lose 12 a year and pay, or leave at no gain: 4 months at work."""
    settings = {"avoidable_goods": 400 / 412}
    drawn = gain_draws(_sold(100, 12.0, 0), plan_by_action((0.7, 1.0)), settings, draws=4000)
    part, whole = (drawn.reshape(4000, 2, -1) @ part_of_year(6)).T
    low, high = np.quantile(part, [0.025, 0.975])
    # 4 a head: binomial(100, .7) has sd 4.58
    assert low == pytest.approx(4 * (70 - 9), abs=5) and high == pytest.approx(4 * 79, abs=5)
    assert whole == pytest.approx(400.0)


def test_losses_that_chance_moves_are_not_called_lasting(write_book):
    """Margins drawn anew in each year: as many lose again as lose at all, and all return."""
    rng = np.random.default_rng(12)
    rows = [
        f"K{n:02d},{year}-{month:02d}-03,{1200 / 12:.2f},{100 - margin:.2f}"
        for n in range(80)
        for year in (2023, 2024)
        for margin in [rng.normal(5, 10)]
        for month in range(1, 13)
    ]
    ledger = "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"
    costs = lesson.known_costs(Book.open(write_book(ledger)), period="2024")
    found = lesson.loses_again(costs)
    numbers = found.numbers
    assert numbers["low"] < numbers["base"] < numbers["high"] and numbers["lasting"] < 0.25
    assert any("whether losses last cannot be told" in text for text in found.sentences())
    # the mean of all is a gain, so hardly anybody is expected to lose again
    assert numbers["expected"] < numbers["losers"] / 3 and numbers["hoped"] < numbers["booked"] / 5


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (0, "does not hold: none was lost in these years: a count"),
        (15, "holds: it is 10 % of the fall or more"),
    ],
)
def test_the_lost_are_a_cause_by_their_interval(write_book, lost, said):
    """60 accounts of 100 profit; those lost leave all of it, and the others lose 1 or 6 each."""
    rows = [
        f"K{n:02d},{year}-{month:02d}-03,{1000 / 12:.4f},{cost / 12:.4f}"
        for n in range(60)
        for year, cost in ((2023, 900), (2024, 901 + 5 * (n % 2)))
        if year == 2023 or n >= lost
        for month in range(1, 13)
    ]
    ledger = "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"
    costs = lesson.known_costs(Book.open(write_book(ledger)), period="2024")
    here, ruling = verdict(costs, "profitable old customers were lost")
    assert ruling.startswith(said), (here, ruling)


@pytest.mark.parametrize("book", ["linjiang", "yunhe"])
def test_every_verdict_of_the_bundled_books_has_an_interval_or_says_why_not(book):
    costs = lesson.known_costs(Book.open(book))
    for row in lesson.claims(costs).table.to_dict("records"):
        untested = row["verdict"].startswith("cannot be tested here: ")
        assert untested == (row["this book"] == "-"), row
        counted = row["verdict"].endswith("in these years: a count")
        assert untested or counted or (" to " in row["this book"] and "(" in row["this book"]), row
        assert "a count, not a sample" not in row["verdict"]


def test_verdicts_rest_on_as_many_tests_as_were_made(five, monkeypatch):
    """Sales and profit are two tests; nobody lost is a count; five accounts have no interval."""
    made = []
    monkeypatch.setattr(lesson.steps, "verdicts", made.extend)
    lesson.claims(lesson.known_costs(bundled("linjiang")))
    assert [claim.tests for claim in made] == [1, 1, 1, 1, 1, 2, 1, 1, 1, 0, 0, 0]
    made.clear()
    lesson.claims(five)
    assert made[0].verdict == "cannot be told from this book" and made[0].tests == 0


def test_that_nobody_was_lost_is_a_count_without_a_claim_about_chance():
    """A share of the accounts (0 of 525, at most 0.7 %) bounds no share of the fall."""
    costs = looked_at(lesson.known_costs, "linjiang")
    here, ruling = verdict(costs, "profitable old customers were lost")
    assert here == "0 of 525 lost" and "chance" not in ruling and "%" not in ruling
    moves, fall = lesson._moves(costs), 98.98e6
    made = costs.of_year(costs.pair[0]).groupby("account_id")[["revenue", "cost"]].sum()
    made = made["revenue"] - made["cost"]
    assert -moves["made"].sum() == pytest.approx(fall, rel=1e-3)
    assert (made > 0.1 * fall).sum() == 8  # each alone is 0.2 % of the accounts


def test_the_service_of_a_bridge_is_a_part_of_its_own_fall(linjiang):
    """The fall of gross profit holds no service; once its rise was told as a part of that."""
    costs = lesson.known_costs(linjiang, credit_days="T1=35, T2=62, T3=92", credit_line="P")
    found = lesson.bridge(costs)
    walk = found.numbers["frame"]["amount"]
    further = {name: -walk[f"change of cost {name}"] for name in ("of credit", "to serve")}
    gross = -lesson.years(costs).table.loc[costs.pair[1], "change"]
    fall = gross + sum(further.values())
    assert fall == pytest.approx(walk.iloc[0] - walk.iloc[-1], abs=0.02)
    said = " ".join(found.sentences(markup=False))
    for name, value in further.items():
        part = percent(value / fall, 2)
        assert f"The cost {name} rose by {money(value)} CNY: {part} of the {money(fall)}" in said


@pytest.mark.parametrize(
    ("size", "ruling"),
    [(100, "holds: new ones are smaller"), (4000, "does not hold: new ones are larger")],
)
def test_new_customers_are_small_or_not_by_their_own_sales(write_book, size, ruling):
    """40 old accounts that buy for 900 to 1,100 a year, and 20 new ones of another size."""
    rows = [
        f"{name},{year}-{month:02d}-03,{sold / 12:.2f},{0.9 * sold / 12:.2f}"
        for name, sold, years in (
            *((f"K{n:02d}", 900 + 5 * n, (2023, 2024)) for n in range(40)),
            *((f"N{n:02d}", size + n, (2024,)) for n in range(20)),
        )
        for year in years
        for month in range(1, 13)
    ]
    ledger = "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"
    costs = lesson.known_costs(Book.open(write_book(ledger)), period="2024")
    here, told = verdict(costs, "new customers are small")
    assert told == ruling
    times = (size + 9.5) / (900 + 5 * 19.5)
    assert here.startswith(f"{times:.2f} times (")


def test_the_new_customers_of_linjiang_are_not_small():
    """The story once called them small; their median is that of a larger account."""
    costs = looked_at(lesson.known_costs, "linjiang")
    sizes = costs.profits["revenue"]
    new = sizes.index.isin(list(costs.fresh))
    times = sizes[new].median() / sizes[~new].median()
    here, told = verdict(costs, "new customers are small")
    assert told.startswith("does not hold") and here.startswith(f"{times:.2f} times") and times > 1
    assert (sizes[new] > sizes.median()).mean() > 0.5


def test_the_story_of_the_prices_is_that_of_the_table():
    """Old accounts had their prices cut: they are no case of prices that did not follow a cost."""
    table = lesson.by_group(looked_at(lesson.known_costs, "linjiang")).table
    old, new = table.loc["old accounts, now sold to below cost"], table.loc["new customers"]
    assert old["price"] < 3 * old["unit_cost"] < 0
    assert new["price"] < new["unit_cost"] < 0
    others = table.loc["others"]
    assert others["price"] > 0 > others["unit_cost"] and others["together"] > 0


def _two_years(write_book, margins) -> lesson.Costs:
    """Accounts with a revenue of 1,200 a year and these margins (rows) in 2023 and 2024."""
    rows = [
        f"K{n:02d},{year}-{month:02d}-03,100,{100 * (1 - margin):.4f}"
        for n, both in enumerate(margins)
        for year, margin in zip((2023, 2024), both, strict=True)
        for month in range(1, 13)
    ]
    ledger = "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"
    return lesson.known_costs(Book.open(write_book(ledger)), period="2024")


@pytest.mark.parametrize("moved", [-0.05, 0.0, 0.03])
def test_what_moves_all_margins_is_not_told_as_a_return_to_the_mean(write_book, moved):
    """Margins of -4 % to 35 %, all moved by the same: who loses is expected to lose as much."""
    own = np.arange(80) / 200 - 0.04
    found = lesson.loses_again(_two_years(write_book, np.column_stack([own, own + moved])))
    numbers = found.numbers
    assert numbers["lasting"] == pytest.approx(1, abs=1e-6)
    assert numbers["hoped"] == pytest.approx(numbers["booked"], abs=0.05)
    assert numbers["expected"] == numbers["losers"] > 0
    # once: twice the chance of a year, since the shift counted as noise
    assert numbers["lost_then"] == pytest.approx(-1200 * own[own < 0].sum(), abs=0.05)


def test_losses_that_grew_are_not_expected_to_shrink():
    """29 old accounts moved away from the mean for good; their two years were averaged."""
    numbers = lesson.loses_again(looked_at(lesson.known_costs, "linjiang")).numbers
    assert numbers["lost_later"] > 1.5 * numbers["lost_then"]
    assert 0.97 * numbers["booked"] < numbers["hoped"] <= numbers["booked"]


def _of_amounts(write_book, amounts):
    rows = "".join(
        f"A{n:03d},{amount:.2f},{0.7 * amount:.2f}\n" for n, amount in enumerate(amounts)
    )
    return Book.open(write_book("account_id,revenue,cost_goods\n" + rows))


@pytest.mark.parametrize(
    ("amounts", "verdict"),
    [
        # the quantiles of a Pareto distribution: plain resampling once said "does not hold" here,
        # beside a "cannot be told" of lesson 01
        (1000 * (1 - (np.arange(1, 90) - 0.5) / 89) ** (-1 / 1.5), "cannot be told from this book"),
        # of a lognormal, which both lessons recognise
        (
            1000 * np.exp(1.0 * norm.ppf((np.arange(1, 301) - 0.5) / 300)),
            "does not hold",
        ),
        (np.full(60, 1000.0), "does not hold"),
    ],
)
def test_one_claim_on_one_share_has_one_verdict_in_two_lessons(
    write_book, monkeypatch, amounts, verdict
):
    book = _of_amounts(write_book, amounts)
    monkeypatch.setattr(lesson, "DRAWS", concentration.DRAWS)
    sales = concentration.sales(book)
    first = {row[0]: row for row in concentration.claims(sales).data["claims"]}
    here = lesson._of_the_fifth(lesson.known_costs(book), 0.2)[0]
    assert here.verdict == first["S000-2a, S003-9c, S004-1a"][4] == verdict
    margins = sales.by_account["margin"]
    assert lesson._of_best(margins, 0.2, 500) == concentration._limits(
        concentration._sure(margins, 0.2)
    )
    told = lesson.whale_shape(lesson.known_costs(book)).numbers
    assert (told["best_low"], told["best_high"]) == lesson._of_best(margins, 0.2, 500)


def test_draws_hold_larger_accounts_than_the_book_and_keep_their_margin():
    rows = np.column_stack([0.3 * np.arange(1.0, 101), np.arange(1.0, 101), np.arange(100) >= 90])
    drawn = list(tail_rows(rows, 1, (0, 1), 60))
    assert all(len(each) == 100 for each in drawn)
    assert max(each[:, 1].max() for each in drawn) > 110
    for each in drawn:
        assert np.allclose(each[:, 0], 0.3 * each[:, 1])
        assert set(each[:, 2]) <= {0, 1} and (each[each[:, 1] > 100, 2] == 1).all()
    assert (rows[:, 1] == np.arange(1.0, 101)).all()  # the book itself is left as it was


def test_every_gain_has_its_interval_and_a_handful_has_none(five):
    """Once plan_lengths, what_stays and by_group had none, and no gain had the error of the rates."""
    costs = looked_at(lesson.known_costs, "linjiang")
    acted = lesson.actions(costs)
    losing = acted.table.loc[["cut service", "raise price", "drop"]]
    assert losing["gain"].between(losing["low"], losing["high"]).all()
    assert losing["if_dropped"].between(losing["dropped_low"], losing["dropped_high"]).all()
    plan = lesson.plan(costs, acted)
    rows = plan.table[plan.table["accounts"] > 0]
    assert rows["gain_a_year"].between(rows["year_low"], rows["year_high"]).all()
    assert rows["gain"].between(rows["low"], rows["high"]).all()
    assert plan.table.loc[plan.table["accounts"] == 0, ["low", "year_high"]].isna().all(axis=None)
    for name in ("full", "less"):
        low, found, high = (plan.numbers[f"{name}{end}"] for end in ("_low", "", "_high"))
        assert low < found < high
    lengths = lesson.plan_lengths(costs, acted).table
    for part in ("100 %", "95 %", "90 %"):
        name = f"{part} leaves"
        assert lengths[name].between(lengths[f"{name}, from"], lengths[f"{name}, to"]).all()
    # one sum has one interval wherever it stands: once 50.13 to 74.68 here and 50.70 to 75.33 there
    ends = [lengths.loc[6, f"100 % leaves, {end}"] for end in ("from", "to")]
    assert ends == pytest.approx([plan.numbers["low"], plan.numbers["high"]])
    dropped = plan.table.loc["drop", ["year_low", "year_high"]].tolist()
    assert dropped == pytest.approx(losing.loc["drop", ["low", "high"]].tolist())
    stays = lesson.what_stays(costs, acted).table
    assert stays["gain"].between(stays["low"], stays["high"]).all()
    groups = lesson.by_group(costs).table
    assert groups["together"].between(groups["low"], groups["high"]).all()
    assert groups["change"].between(groups["change_low"], groups["change_high"]).all()
    few = lesson.actions(five)
    assert lesson.what_stays(five, few).table[["low", "high"]].isna().all(axis=None)
    assert "interval" not in str(lesson.what_stays(five, few))


def test_rates_are_drawn_where_they_are_found_and_else_nothing(five):
    costs = looked_at(lesson.known_costs, "linjiang")
    assert five.rate_draws(9) is None
    drawn = costs.rate_draws(9)
    assert list(drawn) == list(costs.rates.index) and drawn.nunique().min() == 9
    assert costs.rate_draws(9) is drawn


def test_it_costs_money_only_where_the_whole_interval_says_so(linjiang, monkeypatch):
    costs = lesson.known_costs(linjiang)
    acted = lesson.actions(costs)
    stays = lesson.what_stays(costs, acted, leaves=(1.0, 0.93, 0.92, 0.9))
    table = stays.table.set_index("leaves")
    sure, open_ = (
        table.index[table["high"] < 0],
        table.index[(table["low"] < 0) & (table["high"] >= 0)],
    )
    assert stays.numbers["turn"] == sure[
        0
    ] and f"If only {percent(sure[0], 0)} leaves it costs" in str(stays)
    assert stays.numbers["doubt"] == (open_[0] if len(open_) else None)
    wide = np.tile(np.array([[-1.0, 1.0]]).T, 10)
    monkeypatch.setattr(lesson, "_drawn", lambda *_: wide)
    found = lesson.what_stays(costs, acted)
    assert found.numbers["turn"] is None
    assert "Whether dropping them all pays is open, even so." in str(found)


def test_a_new_account_is_held_against_the_mean_of_the_accounts_that_were_drawn():
    """One draw of accounts, worked anew from their rows by the bridge itself."""
    costs = looked_at(lesson.known_costs, "linjiang")
    mine = costs.bridge().query("line == @costs.main_line")
    of = mine["account_id"].map(costs.groups).astype("object").fillna("others")
    found = lesson._of_groups(costs, mine, of, draws=1)
    ids = mine["account_id"].to_numpy()[np.random.default_rng(0).integers(0, len(mine), len(mine))]
    drawn = pd.DataFrame(
        {"account_id": ids, "copy": [f"C{place:05d}" for place in range(len(ids))]}
    )
    sides = []
    for year in costs.pair:
        rows = costs.of_year(year).query("line == @costs.main_line")
        rows = drawn.merge(rows, on="account_id")
        sides.append(rows.assign(account_id=rows["copy"]))
    anew = pf.profit_bridge(*sides, base="volume" if costs.volumes else "revenue")
    who = anew["account_id"].map(drawn.set_index("copy")["account_id"])
    group = who.map(costs.groups).astype("object").fillna("others")
    together = (anew["price"] + anew["unit_cost"]).groupby(group).sum()
    assert found["low"].to_dict() == pytest.approx(together.to_dict(), rel=1e-6)
    assert found["high"].to_dict() == pytest.approx(together.to_dict(), rel=1e-6)
    assert found["change_low"].to_dict() == pytest.approx(
        anew["change"].groupby(group).sum().to_dict(), rel=1e-6
    )


def test_the_coverage_that_is_told_of_gains_is_the_measured_one():
    page = (Path(__file__).parents[1] / "docs" / "coverage.md").read_text("utf-8")
    rows = page.split("## Gains of actions, lesson 04")[1].split("\n## ")[0].splitlines()
    cells = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in rows
        if row[:3] in ("| 8", "| 4")
    ]
    held = [(float(row[3]), int(row[4].rstrip("%")) / 100) for row in cells]
    assert len(held) == 15
    assert (min(c for n, c in held if n >= 9), min(c for n, c in held if n < 9)) == lesson.COVERED
