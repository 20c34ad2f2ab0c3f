"""Anybody's credit data in lesson 07: bins, ratings and scores by hand, what the contract takes, published values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from gallery import books

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.lessons import catalogue
from keyacct_utils.lessons.credit_grade import findings as lesson
from keyacct_utils.lessons.credit_grade import own_features as of
from keyacct_utils.lessons.credit_grade import scorecard as sc

HEAD = "account_id,defaulted,score,rating,days late,trade,exposure\n"


def said(finding) -> str:
    return " ".join(finding.sentences(markup=False))


def opened(
    write_book, rows: str, head: str = HEAD, ledger: str = "account_id,revenue\nA1,1\n"
) -> Book:
    return Book.open(
        write_book(ledger, '[tables.credit_features]\npath = "own.csv"', own__csv=head + rows)
    )


def odd(name: str, folder) -> lesson.Scored:
    record = lesson.record(Book.open(books.write(name, folder / name)))
    return lesson.score_all(record)


# --- what the contract takes


def test_columns_that_the_contract_does_not_name_are_numbers_or_categories(write_book):
    rows = "".join(
        f"A{n},{n % 2},{600 - n},B,{n or ''},{'food' if n % 3 else 'steel'},1000\n"
        for n in range(30)
    )
    book = opened(write_book, rows)
    table = book.table("credit_features")
    assert table["days late"].dtype == "float64" and table["days late"].isna().sum() == 1
    assert table["trade"].value_counts().to_dict() == {"food": 20, "steel": 10}
    assert not any("not used" in note for note in book.notes)
    assert not catalogue.missing(book, "07")[0]  # it runs without credit_events
    assert catalogue.missing(Book.open(write_book("account_id,revenue\nA,1\n")), "07")[0]


def test_a_number_that_is_none_is_a_fault_with_its_row(write_book):
    rows = "".join(f"A{n},{n % 2},600,B,{'soon' if n == 7 else n},food,1\n" for n in range(30))
    with pytest.raises(BookFaults, match=r"(?s)days late.*not a number.*soon"):
        opened(write_book, rows)
    with pytest.raises(BookFaults, match=r"(?s)defaulted.*not 0 or 1.*maybe"):
        opened(write_book, rows.replace("soon", "7").replace("A3,1", "A3,maybe"))


def test_a_book_put_down_has_its_further_columns_when_it_is_taken_up(
    write_book, tmp_path, monkeypatch
):
    rows = "".join(f"A{n},{n % 2},600,B,{n},{'food' if n % 3 else 'steel'},1\n" for n in range(30))
    book = opened(write_book, rows)
    assert book.put_down(tmp_path / "place")
    monkeypatch.setenv("KEYACCT_STAGED", str(tmp_path / "place"))
    again = Book.open(tmp_path / "book.toml").table("credit_features")
    pd.testing.assert_frame_equal(again, book.table("credit_features"))


# --- bins and ratings by hand


def test_bins_whose_default_rises_all_the_way():
    # 10 of 100 at 1, 5 at 2, 20 at 3, 40 at 4: the first two break the order and are one bin of 15 in 200
    x = pd.Series(np.repeat([1.0, 2, 3, 4], 100))
    y = pd.Series(np.concatenate([np.arange(100) < k for k in (10, 5, 20, 40)]).astype(int))
    assert of.rising_edges(x, y) == [2.0, 3.0]
    assert of.rising_edges(-x, y) == [-4.0, -3.0]  # falling all the way
    table = sc.woe_table(x, y, of.rising_edges(x, y))
    assert table["bad_rate"].tolist() == pytest.approx([0.075, 0.2, 0.4])
    assert of.rising_edges(x * 0, y) == []


def test_a_bin_in_which_nobody_defaulted_joins_its_neighbour():
    x = pd.Series(np.repeat([1.0, 2, 3], 50))
    y = pd.Series(np.concatenate([np.arange(50) < k for k in (0, 10, 30)]).astype(int))
    assert of.rising_edges(x, y) == [2.0]


def test_ratings_from_the_best_to_the_worst():
    assert of.best_first(["B", "A", "AA", "AAA", "A-", "A+", "D"]) == [
        "AAA",
        "AA",
        "A+",
        "A",
        "A-",
        "B",
        "D",
    ]
    assert of.best_first(["10", "2", "1"]) == ["1", "2", "10"]


def test_what_is_no_feature_is_named():
    table = pd.DataFrame({"account_id": list("abcd"), "defaulted": [0, 1, 0, 1], "same": 1.0,
                          "note": ["w", "x", "y", "z"], "size": [1.0, 2, 3, 4]})  # fmt: skip
    found = of.told(table)
    assert list(found.features) == ["size"]
    assert found.left_out == {"same": "the same for all", "note": "free text"}


# --- what the lesson says


def test_an_own_score_by_hand(write_book):
    # 12 payers with 1 to 12 and 12 defaulters with 0.5 to 11.5: of 144 pairs the payer leads in 78
    rows = "".join(
        f"P{n},0,{n},A,1,food,100\nD{n},1,{n - 0.5},B,2,food,100\n" for n in range(1, 13)
    )
    scored = lesson.score_all(lesson.record(opened(write_book, rows)))
    found = lesson.score_and_default(scored).numbers
    assert found["auc"] == pytest.approx(78 / 144) and found["side"] == "coin"
    assert scored.letters == ["A", "B"]
    rates = lesson.grades_and_default(scored).numbers
    assert rates["rates"]["rate"].tolist() == [0.0, 1.0] and rates["ordered"]
    # at risk is the exposure itself, not two months of it: 12 x 100 x .45
    assert lesson.costs(scored, draws=20).numbers["nobody"] == pytest.approx(540)
    told = said(lesson.book_in_numbers(scored.record))
    assert (
        "24 accounts, 2 features" not in told and "no window of the defaults can be named" in told
    )
    assert "trade (the same for all)" in told
    review = lesson.account_review(scored, lesson.every_reading(scored)).numbers["review"]
    assert list(review) == ["account_id", "credit_grade", "credit_score"]


def test_where_every_account_counts_alike_costs_are_numbers_and_nobody_weighs_most(tmp_path):
    # once: "2.99 k amounts at risk", and "Most hangs on 3664" though every account counts the same
    scored = odd("own_features_alone", tmp_path)
    scored = replace(scored, record=replace(scored.record, bills=None))
    told = said(lesson.costs(scored, draws=20))
    bad = int(scored.fate.sum())
    assert f"Asking nobody costs {0.45 * bad:,.1f} amounts at risk" in told
    assert "Most hangs on" not in told and "that of one account is 1" in told
    assert lesson.evidence(scored).table.index.name == "value of the feature"


def test_a_card_says_why_it_takes_no_more_features(tmp_path, monkeypatch):
    scored = odd("own_features_alone", tmp_path)
    most, least = (float(table["iv"].sum()) for table in list(scored.bins.values())[:2])
    monkeypatch.setattr(lesson.of, "LEAST_INFORMATION", (most + least) / 2)
    found = lesson.card(scored)
    every, taken = scored.record.own.features.shape[1], len(scored.card.coefficients)
    assert taken < every
    assert f"The card takes {taken} of {every} features: those with an information value" in said(
        found
    )


def test_the_cutoff_that_is_told_parts_the_written_scores_as_it_says(tmp_path):
    # once: 543.2 was told with 19,220 asked, and below 543.2 stood 19,156 in the workbook
    scored = odd("own_features_alone", tmp_path)
    costs = lesson.costs(scored, months_at_risk=2.0, burden=0.1, draws=20).numbers
    review = lesson.account_review(scored, lesson.every_reading(scored)).numbers["review"]
    written = review.set_index("account_id")["credit_score"].loc[scored.fate.index]
    assert int((written < costs["cutoff"]).sum()) == costs["asked"]
    assert int(scored.fate[written < costs["cutoff"]].sum()) == costs["caught"]
    assert (written.round(1) == written).all()
    # by hand: four figures put 543.24 on the wrong side, five do not
    score = pd.Series([543.21, 543.24, 600.0])
    assert lesson._told_cutoff(score, 543.24) == 543.24
    assert lesson._told_cutoff(score, 600.0) == 600.0
    assert lesson._told_cutoff(pd.Series([0.12345, 0.12349]), 0.12349) == 0.12349


def test_a_reversed_rating_is_told_to_be_reversed(tmp_path):
    # B 21 of 30, C 12 of 30, D 3 of 30: once read as no evidence
    scored = odd("own_rating_reversed", tmp_path)
    found = lesson.score_and_default(scored)
    assert found.numbers["side"] == "reversed" and found.numbers["high"] < 0.5
    assert "Default falls from the best grade to the worst" in said(
        lesson.grades_and_default(scored)
    )
    assert lesson._of_measures(scored).verdict == "does not hold"


def test_a_book_of_features_alone_is_scored_by_cards_that_have_not_seen_the_account(tmp_path):
    scored = odd("own_features_alone", tmp_path)
    assert not scored.given and scored.letters == [f"band {n}" for n in range(1, 6)]
    sections = lesson.sections(scored).numbers
    assert sections["carry"] == ["branch"]
    assert lesson.evidence(scored, "commercial").numbers["section"] == "branch"
    assert not lesson.card_and_rule(scored).known


def test_steps_of_the_written_rule_say_what_they_lack(tmp_path):
    scored = odd("own_score_and_features", tmp_path)
    ways = lesson.every_reading(scored)
    for found in (
        lesson.open_points(ways),
        lesson.appeal(ways),
        lesson.two_in_a_row(scored),
        lesson.repairs(scored),
    ):
        assert "credit_events (account_id, date, code) would allow it" in said(found)
    assert "The features are those of 2023-12-31." in said(lesson.book_in_numbers(scored.record))


def test_events_come_first_and_it_is_said(write_book):
    text = "event_id,account_id,date,code\nX1,A1,2023-05-01,arrears\n"
    toml = (
        '[tables.credit_features]\npath = "own.csv"\n[tables.credit_events]\npath = "events.csv"\n'
    )
    own = "account_id,defaulted,score\nA1,0,5\nA2,1,4\n"
    path = write_book("account_id,revenue\nA1,1\n", toml, own__csv=own, events__csv=text)
    record = lesson.record(Book.open(path))
    assert record.own is None
    assert "credit_features too, which is left out here" in said(lesson.book_in_numbers(record))


def test_features_alone_of_one_fate_give_no_score(write_book):
    rows = "".join(f"A{n},0,{n}\n" for n in range(12))
    record = lesson.record(opened(write_book, rows, "account_id,defaulted,size\n"))
    with pytest.raises(ValueError, match="all accounts have the same fate"):
        lesson.score_all(record)
    with pytest.raises(ValueError, match="nothing can be set against default"):
        lesson.record(opened(write_book, "A1,0\nA2,1\n", "account_id,defaulted\n"))


# --- published values


def _real(write_book, path, select: str, folder) -> lesson.Scored:
    (folder / path.name).write_bytes(path.read_bytes())
    toml = (
        f'[files.raw]\npath = "{path.name}"\n[tables.ledger]\n'
        "sql = \"SELECT 'C'||row_number() OVER () AS account_id, 1 AS revenue FROM raw\"\n"
        f"[tables.credit_features]\nsql = '''SELECT 'C'||row_number() OVER () AS account_id, {select} FROM raw'''\n"
    )
    return lesson.score_all(lesson.record(Book.open(write_book(toml=toml))))


def test_german_credit(write_book, tmp_path, real_data):
    select = "1 - CAST(good_1_bad_0 AS INTEGER) AS defaulted, amount AS exposure, * EXCLUDE (good_1_bad_0)"
    path = real_data / "german_credit" / "german_credit_uci.csv"
    scored = _real(write_book, path, select, tmp_path)
    assert scored.fate.mean() == 0.3 and len(scored.fate) == 1000
    assert 0.76 < lesson.score_and_default(scored).numbers["auc"] < 0.81  # about .78 published
    found = lesson.evidence(scored, "commercial").numbers
    assert (found["section"], round(found["iv"], 3)) == ("status_account", 0.666)
    assert lesson.calibration(scored).numbers["covered"] >= 3


def test_credit_cards(write_book, tmp_path, real_data):
    select = '"default.payment.next.month" AS defaulted, * EXCLUDE ("default.payment.next.month")'
    path = real_data / "uci_credit_card" / "uci_credit_card.csv.gz"
    scored = _real(write_book, path, select, tmp_path)
    assert int(scored.fate.sum()) == 6636
    assert 0.75 < lesson.score_and_default(scored).numbers["auc"] < 0.79
    values = scored.record.own.features["PAY_0"], scored.record.own.features["LIMIT_BAL"]
    # as published, of plain quantile bins: a value that fills a bin by itself has its own otherwise
    tenths = np.linspace(0, 1, 11)
    cuts = [np.unique(np.quantile(value, tenths))[1:-1].tolist() for value in values]
    ten = [
        round(sc.information_value(value, scored.fate, cut), 3)
        for value, cut in zip(values, cuts, strict=True)
    ]
    assert ten == [0.870, 0.178]


# --- columns that know the outcome


def _fate(n: int = 60, bad: int = 15) -> pd.Series:
    return pd.Series((np.arange(n) < bad).astype(int), index=[f"A{k}" for k in range(n)])


@pytest.mark.parametrize(
    ("column", "gives"),
    [
        (lambda y: y.astype(float), True),  # the fate itself
        (lambda y: 100.0 - 50 * y + np.arange(len(y)) / 100, True),  # one cut separates
        (lambda y: y.map({0: "paid", 1: "written off"}), True),
        (lambda y: y.map({0: np.nan, 1: 3.0}), True),  # only those who defaulted have a value
        (lambda y: y.astype(float).where(np.arange(len(y)) != 20, 1.0), False),  # one exception
        (lambda y: pd.Series(np.arange(len(y)) % 7, index=y.index), False),
        (lambda y: pd.Series([f"name {k}" for k in range(len(y))], index=y.index), False),
    ],
)
def test_a_column_that_knows_the_outcome_is_told(column, gives):
    y = _fate()
    assert of.gives_away(column(y), y) is gives


def test_few_accounts_may_be_told_apart_by_luck():
    # 2 of 12: one cut separates them in 2 of 66 orders; 15 of 60 in next to none
    few, many = _fate(12, 2), _fate()
    assert not of.gives_away(few.astype(float), few) and of.gives_away(few.astype(float), few, 0.1)
    assert of.gives_away(many.astype(float), many)
    alike = pd.Series(0, index=many.index)
    assert not of.gives_away(many.astype(float), alike)


def test_a_leak_is_named_and_left_out(write_book):
    rng = np.random.default_rng(3)
    rows = "".join(
        f"A{n},{int(n < 20)},{'written off' if n < 20 else 'open'},{rng.integers(9)},"
        f"{(n < 20 and 900) or 0}\n"
        for n in range(80)
    )
    head = "account_id,defaulted,state,visits,days late\n"
    scored = lesson.score_all(lesson.record(opened(write_book, rows, head)))
    text = said(lesson.book_in_numbers(scored.record))
    assert "Left out because each tells payers from defaulters without exception" in text
    assert scored.record.own.left_out == dict.fromkeys(("state", "days late"), of.LEAK)
    assert "state" in text and "days late" in text
    assert list(scored.record.own.features) == ["visits"]
    assert lesson.sections(scored).numbers["judged"] == 1


def test_a_score_that_was_made_afterwards_is_doubted(write_book):
    rows = "".join(f"A{n},{int(n < 20)},{n},{n % 7}\n" for n in range(60))
    scored = lesson.score_all(
        lesson.record(opened(write_book, rows, "account_id,defaulted,score,visits\n"))
    )
    assert "look whether it was made after the defaults" in said(lesson.score_and_default(scored))
    rows = "".join(f"A{n},{int(n < 20 or n == 40)},{n},{n % 7}\n" for n in range(60))
    scored = lesson.score_all(
        lesson.record(opened(write_book, rows, "account_id,defaulted,score,visits\n"))
    )
    assert "made after the defaults" not in said(lesson.score_and_default(scored))
