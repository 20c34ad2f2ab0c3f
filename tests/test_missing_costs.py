"""A cost that is missing is unknown, never zero: from the rows to the review, against plain
arithmetic on the rows.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.lessons import dependence as dp
from keyacct_utils.lessons.concentration import findings as concentration
from keyacct_utils.lessons.dependence import findings as dependence
from keyacct_utils.lessons.profitability import findings as profitability

#: Account, day, revenue, cost; "NULL" and nothing are missing.
ROWS = [
    ("A", "2024-01-05", "100", "80"),
    ("A", "2024-02-05", "100", "NULL"),
    ("A", "2024-03-05", "100.005", ""),
    ("B", "2024-01-09", "120", "90"),
    ("B", "2024-03-09", "-10", ""),
    ("C", "2024-02-11", "50", ""),
    ("D", "2024-02-12", "70", "80"),
]
CENT = Decimal("0.01")


def book(folder: Path, top: str = "", rows=ROWS) -> Book:
    lines = ["account_id,date,revenue,cost_goods", *(",".join(row) for row in rows)]
    (folder / "ledger.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "book.toml").write_text(
        f'contract_version = 1\nname = "Gaps"\n{top}\n'
        '[tables.ledger]\npath = "ledger.csv"\nna = ["NULL"]\n',
        encoding="utf-8",
    )
    return Book.open(folder)


def by_hand(account: str, share: str | None = None) -> dict[str, Decimal]:
    mine = [row for row in ROWS if row[0] == account]
    known = [row for row in mine if row[3] not in ("", "NULL")]
    gaps = [row for row in mine if row not in known]
    cost = sum((Decimal(row[3]) for row in known), Decimal(0))
    if share is not None:
        cost += sum((Decimal(row[2]) * Decimal(share) for row in gaps), Decimal(0))
    revenue = sum((Decimal(row[2]) for row in mine), Decimal(0))
    found = {
        "revenue": revenue,
        "cost": cost,
        "margin": revenue - cost,
        "uncosted": sum((Decimal(row[2]) for row in gaps), Decimal(0)),
        "sold": sum((max(Decimal(row[2]), Decimal(0)) for row in mine), Decimal(0)),
    }
    return {name: value.quantize(CENT, ROUND_HALF_UP) for name, value in found.items()}


@pytest.mark.parametrize("share", [None, "0.7", "0.333333"])
def test_the_roll_up_adds_up_what_has_no_cost_beside_what_has_one(tmp_path, share):
    opened = book(tmp_path, f"standard_cost = {share}" if share else "")
    rows = opened.rollup(by_line=False).set_index("account_id")
    for account in "ABCD":
        wanted = by_hand(account, share)
        assert {name: rows[name][account] for name in wanted} == {
            name: float(value) for name, value in wanted.items()
        }
    assert rows["n_uncosted"].tolist() == [2, 1, 1, 0]
    total = opened.totals().iloc[0]
    assert (total["uncosted"], total["n_uncosted"]) == (240.01, 4)
    assert total["cost"] == (250.0 if not share else 418.0 if share == "0.7" else 330.0)


def test_a_ledger_without_the_column_knows_no_cost_at_all(tmp_path):
    (tmp_path / "ledger.csv").write_text("account_id,revenue\nA,100\nA,-10\n", encoding="utf-8")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "x"\n[tables.ledger]\npath = "ledger.csv"\n',
        encoding="utf-8",
    )
    opened = Book.open(tmp_path)
    row = opened.rollup().iloc[0]
    assert row[["cost", "margin"]].isna().all()
    assert (row["sold"], row["uncosted"], row["n_uncosted"]) == (100.0, 90.0, 2)


def test_a_note_tells_the_rows_and_the_money(tmp_path):
    assert (
        "ledger.cost_goods: missing in 4 rows of 7 with 240.01 of revenue; no cost is known of "
        "them, so a profit is at most what it seems; standard_cost = 0.7 in book.toml would "
        "assume a share of the revenue"
    ) in book(tmp_path).notes
    assert (
        "ledger.cost_goods: missing in 4 rows of 7 with 240.01 of revenue; 70 % of the revenue is "
        "assumed (standard_cost in book.toml)"
    ) in book(tmp_path, "standard_cost = 0.7").notes


def test_a_note_counts_among_the_rows_that_count(write_book):
    text = "account_id,revenue,cost_goods,state\n" + "".join(
        f"{line}\n" for line in ("A,10,,ok", "A,10,,void", "B,5,3,ok", "B,5,3,ok", "B,5,3,void")
    )
    options = 'void = { state = ["void"] }'
    found = Book.open(write_book(text, options=options)).notes
    assert any("cost_goods: missing in 1 row of 3 with 10.00" in note for note in found)
    assert any("ledger: 1 row of 3 with 5.00 of revenue repeats" in note for note in found)


@pytest.mark.parametrize("value", ["70", "0", "-0.1", "1.01", "true", '"0.7"'])
def test_a_standard_cost_is_a_share(tmp_path, value):
    with pytest.raises(BookFaults, match="standard_cost") as caught:
        book(tmp_path, f"standard_cost = {value}")
    assert "book.toml" in str(caught.value)


def test_a_book_that_assumes_another_cost_is_another_book(tmp_path):
    seen = {book(tmp_path, top).tables_hash(["ledger"]) for top in ("", "standard_cost = 0.7")}
    assert len(seen) == 2


def test_lesson_04_says_how_much_has_no_cost_and_whose_profit_is_not_known(tmp_path):
    costs = profitability.known_costs(book(tmp_path))
    assert costs.knowledge.to_dict() == {
        "A": "at most", "B": "at least", "C": "unknown", "D": "known",
    }  # fmt: skip
    told = profitability.book_in_numbers(costs)
    assert told.numbers["uncosted"] == 4 and told.numbers["uncosted_revenue"] == 240.01
    assert told.numbers["doubtful"] == 3
    assert "No cost of goods is known of 4 rows with 240.0 of revenue, 45.3 % of all" in " ".join(
        told.sentences()
    )
    assert "Of 1 account no cost is known at all" in " ".join(told.sentences())
    # once: "of 3 accounts, is at most what is shown", with one at least and one of revenue alone
    assert (
        "a profit that is known: 1; at most what is shown: 1; at least that, where goods came back "
        "whose cost is missing: 1." in " ".join(told.sentences())
    )
    acted = profitability.actions(costs)
    meaning = profitability.account_review(costs, acted).numbers["meaning"]
    assert meaning["profit_rank"].startswith("rank by profit (the most it can be, where a cost")
    review = profitability.account_review(costs, acted).numbers["review"].set_index("account_id")
    assert review["profit_known"].to_dict() == costs.knowledge.to_dict()
    assert review["uncosted"].to_dict() == {"A": 200.01, "B": -10.0, "C": 50.0, "D": 0.0}


def test_no_loss_is_ruled_out_where_a_cost_is_missing(tmp_path):
    # once: "No account loses money: none takes profit back", with 17 of 24 profits "at most"
    gaps = [("A", "2024-01-05", "100", "80"), ("B", "2024-01-05", "100", ""),
            ("C", "2024-02-05", "50", "20"), ("C", "2024-02-06", "50", "")]  # fmt: skip
    for rows, end in ((gaps, "is seen to lose money (a missing cost may hide a loss at 2 accounts)"),
                      ([gaps[0], gaps[2]], "loses money")):  # fmt: skip
        costs = profitability.known_costs(book(tmp_path, rows=rows))
        assert profitability.whale_shape(costs).title == (
            f"No account {end}: none takes profit back"
        )
        n = len({row[0] for row in rows})
        assert f"Of {n} accounts, none {end}." in str(profitability.what_is_left(costs))
        acted = profitability.actions(costs)
        assert f"No account {end}, so there is nothing to fix" in str(acted)
        assert f"No account {end}, so no lever" in str(profitability.worst_losses(costs, acted))


def test_lesson_04_says_what_the_book_assumes(tmp_path):
    costs = profitability.known_costs(book(tmp_path, "standard_cost = 0.7"))
    assert costs.knowledge.to_dict() == {
        "A": "part assumed", "B": "part assumed", "C": "part assumed", "D": "known",
    }  # fmt: skip
    told = profitability.book_in_numbers(costs)
    assert "70.0 % of it is assumed, as book.toml says" in " ".join(told.sentences())
    assert costs.gross == 112.0


def test_lesson_01_says_it_of_margin_and_not_of_revenue(tmp_path):
    opened = book(tmp_path)
    assert "No cost of goods" not in " ".join(
        concentration.book_in_numbers(concentration.sales(opened)).sentences()
    )
    margin = concentration.book_in_numbers(concentration.sales(opened, measure="margin"))
    assert "No cost of goods is known of 4 rows with 240.0 of revenue" in " ".join(
        margin.sentences()
    )
    compared = concentration.margin_and_sales(concentration.sales(opened))
    assert "No cost of goods is known of 4 rows" in " ".join(compared.sentences())


def test_a_whole_book_of_costs_says_nothing_of_it(tmp_path):
    costs = profitability.known_costs(book(tmp_path, rows=[ROWS[0], ROWS[6]]))
    told = profitability.book_in_numbers(costs)
    assert "No cost" not in " ".join(told.sentences())
    review = profitability.account_review(costs, profitability.actions(costs)).numbers["review"]
    assert not {"profit_known", "uncosted"} & set(review)


def test_a_last_month_that_breaks_off_counts_by_its_days(tmp_path):
    days = [f"2024-{month:02d}-{day:02d}" for month in range(1, 12) for day in (3, 9, 15, 21, 27)]
    rows = [("A", day, "100", "80") for day in [*days, "2024-12-02", "2024-12-09"]]
    costs = profitability.known_costs(book(tmp_path, rows=rows))
    assert costs.n_months == 12
    assert costs.a_year == pytest.approx(12 / (11 + 9 / 31))


def test_lesson_19_counts_the_margin_of_rows_with_a_cost_and_tells_what_the_others_could_change(
    tmp_path,
):
    """A: 20 known, and 200.005 without a cost; B: 30 known, and a return of 10 without one; C: 50
    without one; D: a loss of 10. Known in all: 40."""
    found = dependence.risk(book(tmp_path))
    assert found.amounts.to_dict() == {"A": 20.0, "B": 30.0, "C": 0.0, "D": -10.0}
    told = dependence.who_could_sink_us(found, 0.2, draws=20)
    # once: A the largest, with 220 of 280, all of what has no cost taken for margin
    assert told.numbers["account"] == "B" and told.numbers["share"] == 30 / 40
    assert told.numbers["least"] == pytest.approx(20 / (40 - 10 + 250.01))
    assert told.numbers["most"] == pytest.approx(30 / 40)
    assert told.numbers["rivals"] == 2
    assert told.numbers["rival_most"] == pytest.approx(220.01 / (40 + 200.01 - 10))
    said = str(told)
    assert told.numbers["sinks"] == "yes"  # A holds 20 of 80 at the least
    assert said.startswith("**A alone could sink us, whatever the missing costs are: 20.0 %")
    assert "margin of the rows with a cost falls from 40.00 to 10.00, by 75.0 % of the net" in said
    assert "No cost is known of 240.0 of sales, 45.3 % of all." in said
    assert "2 other accounts could then be the largest, A with up to 95.7 %." in said
    review = dependence.account_review(found).numbers["review"].set_index("account_id")
    assert review["margin_fall"].to_dict() == {"A": 0.5, "B": 0.75, "C": 0.0, "D": -0.25}
    assert review["sinks_alone"].to_dict() == {
        "A": "yes", "B": "cannot be told", "C": "cannot be told", "D": "no",
    }  # fmt: skip
    open_ = dependence.who_could_sink_us(found, 0.3, draws=20)
    assert open_.numbers["sinks"] == "cannot be told"
    assert str(open_).startswith("**Whether one account alone could sink us cannot be told: 30.0 %")
    drill = dp.loss_drill(book(tmp_path), "A")
    assert drill.loc["margin of the rows with a cost", ["all", "account"]].tolist() == [40.0, 20.0]
    assert "margin" not in drill.index


def test_lesson_19_takes_an_assumed_cost_as_the_book_assumes_it(tmp_path):
    found = dependence.risk(book(tmp_path, "standard_cost = 0.7"))
    assert found.amounts["A"] == 80.0 and not len(found.unpriced)
    said = str(dependence.book_in_numbers(found))
    # once: "the margin is at most what stands"
    assert "have no cost: 70.0 % is assumed" in said and "at most" not in said
    assert (
        "cannot be told" not in str(dependence.who_could_sink_us(found, draws=20)).split("How")[0]
    )


def test_lesson_19_is_sure_where_the_missing_costs_decide_nothing(tmp_path):
    rows = [
        *(("ABCDEFGH"[n], "2024-01-05", "100", "50") for n in range(8)),
        ("A", "2024-01-06", "1", ""),
    ]
    found = dependence.risk(book(tmp_path, rows=rows))
    told = dependence.who_could_sink_us(found, 0.2, draws=20)
    assert told.numbers["alone"] == "nobody" and told.numbers["sinks"] == "no"
    assert "No single account could sink us" in str(told)
    assert set(dependence.account_review(found).numbers["review"]["sinks_alone"]) == {"no"}


def test_each_step_of_lesson_04_that_tells_profits_says_at_most(tmp_path):
    """A: 220 at most, 20 of it with a cost; B: 20, and 30 with a cost; C: 50 of revenue alone; D: -10."""
    costs = profitability.known_costs(book(tmp_path))
    assert costs.with_cost.profit.to_dict() == {"A": 20.0, "B": 30.0, "C": 0.0, "D": -10.0}
    acted = profitability.actions(costs)
    bound = "**At most**: 240.0 of revenue, 45.3 % of all, has no known cost and counts as profit"
    for told in (
        profitability.what_is_left(costs), profitability.whale_shape(costs),
        profitability.whale_points(costs), profitability.best_lost(costs),
        profitability.large_and_profitable(costs), acted,
        profitability.worst_losses(costs, acted), profitability.claims(costs),
    ):  # fmt: skip
        assert bound in str(told)  # once: in none of them
    lost = str(profitability.best_lost(costs))
    assert "The most profitable account is **A** with at most 220.0." in lost
    assert "On the rows with a cost alone **B** leaves most, 30.00." in lost
    shape = profitability.whale_shape(costs).numbers
    assert (shape["best_part"], shape["best_with_cost"]) == (220.01 / 280.01, 30 / 40)
    whole = profitability.known_costs(book(tmp_path, rows=[ROWS[0], ROWS[3], ROWS[6]]))
    for told in (profitability.what_is_left(whole), profitability.best_lost(whole)):
        assert "most**" not in str(told) and "at most" not in str(told)
    assumed = profitability.known_costs(book(tmp_path, "standard_cost = 0.7"))
    assert "At most" not in str(profitability.whale_shape(assumed))


def test_a_claim_of_profit_spans_the_book_with_and_without_the_rows_that_have_no_cost(tmp_path):
    rows = [(f"A{n:02d}", "2024-01-05", f"{100 + n}", "50") for n in range(40)]
    rows += [(f"A{n:02d}", "2024-01-06", f"{900 + n}", "") for n in range(8)]
    costs = profitability.known_costs(book(tmp_path, rows=rows))
    narrow = profitability._of_best(profitability._bought(costs), 0.2, 500)
    sure = profitability._of_best(profitability._bought(costs.with_cost), 0.2, 500)
    claim = profitability._of_the_fifth(costs, 0.2)[0]
    assert (
        sure[0] < narrow[0] and f"({100 * sure[0]:.0f} % to {100 * narrow[1]:.0f} %)" in claim.here
    )
    assert "it spans the book with and without the rows that have no cost" in claim.why
