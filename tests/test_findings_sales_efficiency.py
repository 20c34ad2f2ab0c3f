"""What lesson 14 says of small books worked by hand, and of books that others wrote."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from gallery import books, books_sales_efficiency

from keyacct_utils.book import Book
from keyacct_utils.lessons.sales_efficiency import findings as lesson

STEPS = (
    lesson.bridge, lesson.denominators, lesson.owners, lesson.six, lesson.lucky, lesson.funnel,
    lesson.mix, lesson.turned_around, lesson.judged, lesson.unfair, lesson.targets_met,
    lesson.goal_readings, lesson.open_tries, lesson.star, lesson.weights, lesson.other_methods,
)  # fmt: skip


def odd(tmp_path, name, made=None):
    files = (made or books_sales_efficiency.BOOKS[name])()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.people(Book.open(tmp_path / "book.toml"))


@pytest.fixture(scope="module")
def people(linjiang):
    return lesson.people(linjiang)


TWO = (
    "account_id,date,revenue\n"
    "A,2023-01-05,100\nB,2023-02-05,80\nC,2023-12-05,20\n"
    "A,2024-01-05,60\nB,2024-02-05,90\nD,2024-12-05,50\nE,2022-01-05,7\nE,2024-06-01,3\n"
)


def test_two_years_by_hand(write_book):
    found = lesson.people(Book.open(write_book(TWO)), "2024")
    grown = lesson.bridge(found)
    assert grown.numbers["gross"] == pytest.approx((60 + 80) / 200)
    assert grown.numbers["net"] == pytest.approx(150 / 200)
    parts = {name: grown.numbers[name] for name in ("lost", "smaller", "larger", "back", "new")}
    assert parts == {"lost": -20, "smaller": -40, "larger": 10, "back": 3, "new": 50}
    assert "Below 20 customers (3 here) no interval is told" in str(grown)
    assert grown.title == "Old customers bring 75.0 % of the sales before; others fill the gap"
    table = lesson.denominators(found).table.set_index("reading")
    assert table.loc["customers of the window before", "kept"] == pytest.approx(2 / 3)
    assert table.loc["naive: all who bought in either window", "kept"] == pytest.approx(4 / 5)


def test_a_ledger_without_the_year_before_is_cut_into_halves(write_book):
    rows = TWO.replace("E,2022-01-05,7\n", "")
    found = lesson.people(Book.open(write_book(rows)), "2023")
    assert "cut into two halves" in str(lesson.book_in_numbers(found))
    assert found.windows.months == 12 and found.windows.start == pd.Timestamp("2024-01-01")
    assert "cannot be told from the others" in str(lesson.denominators(found))


def test_a_quarter_says_that_the_season_is_in_it(write_book):
    found = lesson.people(Book.open(write_book(TWO)), "2024Q1")
    said = str(lesson.book_in_numbers(found))
    assert "The windows are no whole years" in said
    assert found.windows.earlier == pd.Timestamp("2023-10-01")
    verdict = lesson.claims(found).table.set_index("what it says")["verdict"]
    assert verdict["95 % of the accounts are kept in a year"].startswith("cannot be tested here")


def test_what_was_won_back_or_won_anew_is_not_kept(people):
    table = lesson.denominators(people).table
    assert (table["kept"].dropna() <= 1).all()
    found = lesson.bridge(people).numbers
    moved = found["lost"] + found["smaller"] + found["larger"] + found["back"] + found["new"]
    assert found["now"] - found["before"] == pytest.approx(moved, abs=1)


def test_excluded_accounts_are_in_no_table(tmp_path, linjiang):
    import shutil

    from keyacct_utils.book.book import DATASETS

    folder = tmp_path / "linjiang"
    shutil.copytree(DATASETS / "linjiang", folder)
    tries = linjiang.table("opportunities")
    gone = str(tries["account_id"].dropna().iloc[0])
    with (folder / "book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[exclude]\n{gone} = "sold"\n')
    found = lesson.people(Book.open(folder / "book.toml"))
    assert gone not in found.before.index and gone not in set(found.tries["account_id"].dropna())
    assert len(found.tries) == (tries["account_id"] != gone).fillna(True).sum()
    assert "Accounts left out by the book: 1." in str(lesson.book_in_numbers(found))


def test_nobody_is_named_without_an_interval(people):
    """A manager's name in a sentence stands beside numbers with "to" behind it, or is told as open."""
    for step in (lesson.lucky, lesson.owners, lesson.funnel, lesson.mix):
        for sentence in step(people).sentences(markup=False):
            if re.search(r"M\d\d", sentence):
                assert " to " in sentence, sentence


def test_intervals_hold_their_values(people):
    for step, value in (
        (lesson.owners, "shrunk"),
        (lesson.lucky, "shrunk"),
        (lesson.funnel, "rate"),
        (lesson.mix, "gap"),
        (lesson.judged, "gap"),
    ):
        frame = step(people).numbers["frame"]
        assert (frame["low"] <= frame[value]).all() and (frame[value] <= frame["high"]).all()


def test_the_one_with_the_hard_tries(people):
    raw, fair = lesson.funnel(people), lesson.mix(people)
    assert raw.numbers["last_id"] == fair.numbers["last_id"] == "M07"
    assert "M07" in " ".join(raw.numbers["names"])
    assert not [name for name in fair.numbers["names"] if "M07" in name]
    assert abs(fair.numbers["gap"]) < 0.06 < -(raw.numbers["rate"] - raw.numbers["whole"])
    turned = lesson.turned_around(people)
    assert turned.numbers["other_id"] == "M11"
    rates = turned.table.set_index("kind")
    assert (rates["my_rate"] > rates["their_rate"]).drop("all").all()
    assert rates.loc["all", "my_rate"] < rates.loc["all", "their_rate"]


def test_hard_and_easy_by_hand(tmp_path):
    found = odd(tmp_path, "hard_and_easy")
    fair = lesson.mix(found)
    # the other won 2 of 10 hard and 72 of 90 easy: 80 x .2 + 20 x .8 of a hundred
    assert fair.numbers["expected"] == pytest.approx(0.32)
    assert fair.numbers["gap"] == pytest.approx(0.41 - 0.32)
    open_ones = lesson.open_tries(found).numbers
    assert open_ones["least"] == pytest.approx(115 / 212)
    assert open_ones["most"] == pytest.approx(127 / 212)


def test_six_ratios_need_their_columns(tmp_path):
    found = odd(tmp_path, "sellers_by_hand")
    table = lesson.six(found).table
    one = table[table["reading"] == "visits / days"].iloc[0]
    assert one["value"] == "0.28" and one["interval"] == "-"
    assert "cash recovery" not in set(table["ratio"])
    with pytest.raises(ValueError, match="the six are"):
        lesson.six(found, {"cash": "sales"})
    with pytest.raises(ValueError, match="expected one of"):
        lesson.six(found, {"attainment": "profit"})


def test_results_of_other_years_are_told_from_none(tmp_path):
    found = odd(tmp_path, "results_of_another_year")
    assert "no row in the period" in str(lesson.six(found))
    assert lesson.lucky(found).known  # the halves of what is there


def test_equals_are_not_told_apart(tmp_path):
    found = odd(tmp_path, "equal_sellers")
    skill = lesson.lucky(found)
    assert skill.numbers["apart"] == 0 and skill.numbers["managers"] == 4


def test_differences_in_each_quarter_are_told(tmp_path):
    skill = lesson.lucky(odd(tmp_path, "better_in_each_quarter"))
    assert skill.numbers["apart"] == 8 and skill.numbers["weight"] > 0.99


def test_harsh_judge(people):
    found = lesson.judged(people)
    assert found.numbers["harsh"] == "J4" and found.numbers["by"] == pytest.approx(6, abs=1.5)
    assert set(found.numbers["agree"]["round"]) == {"second", "appraisal"}
    assert not lesson.unfair(people, places=16).known
    for wrong in (0, -1, 2.5, "8", True):
        with pytest.raises(ValueError, match="places is"):
            lesson.unfair(people, places=wrong)
    for wrong in (0, "5", True):
        with pytest.raises(ValueError, match="first is"):
            lesson.weights(people, first=wrong)


def test_judges_against_each_other_agree_on_nothing(tmp_path):
    found = lesson.judged(odd(tmp_path, "judges_against_each_other"))
    assert found.numbers["w"] == pytest.approx(0) and np.isnan(found.numbers["mean"])
    assert "reliable by" not in str(found)


def test_targets_in_words_of_ones_own(tmp_path):
    found = odd(tmp_path, "targets_in_chinese")
    table = lesson.targets_met(found).table.set_index("measure")
    # the old one is of another year; two lack what they are of
    assert list(table.index) == ["留存率", "档案完整率", "收入"]
    assert table.loc["留存率", "met"] == "yes" and np.isnan(table.loc["留存率", "chance"])
    assert table.loc["留存率", "light"] == "as counted only"
    assert table.loc["档案完整率", "light"] == "red"
    read = lesson.goal_readings(found).table
    # 20 % reached; 11.1 % before and ten points more are 21.1 %
    assert read["met"].tolist() == ["yes", "no"]
    for wrong in (0.5, 0.2, 1, "0.9"):
        with pytest.raises(ValueError, match="sure"):
            lesson.targets_met(found, sure=wrong)


def test_targets_of_a_book_without_years(tmp_path):
    found = lesson.targets_met(odd(tmp_path, "targets_without_a_year"))
    row = found.table.iloc[0]
    assert row["value"] == pytest.approx(39 / 44) and row["missed"] == "2 of 3"


def test_a_plain_book_says_what_would_unlock_the_rest(tmp_path):
    found = odd(tmp_path, "no_dates", books.no_dates)
    for step in STEPS:
        assert not step(found).known
    assert not lesson.account_review(found).known
    assert (lesson.claims(found).table["verdict"].str.startswith("cannot be tested")).all()


def test_the_review_holds_the_bridge(people):
    found = lesson.account_review(people)
    frame = found.numbers["review"]
    assert set(frame["bridge_part"]) <= {"lost", "smaller", "larger", "back", "new", "same"}
    assert frame["sales_change"].sum() == pytest.approx(
        people.now.sum() - people.before.sum(), abs=1
    )
    assert "CNY" in found.numbers["meaning"]["sales_change"]


def test_cdnow_keeps_three_in_ten(cdnow):
    found = lesson.people(cdnow, "all")
    grown = lesson.bridge(found).numbers
    assert grown["customers"] == 23_500
    assert grown["gross"] == pytest.approx(0.311, abs=5e-4)
    assert grown["net"] == pytest.approx(0.451, abs=5e-4)
    assert "others do not fill the gap" in lesson.bridge(found).title
    assert not lesson.owners(found).known
    verdicts = lesson.claims(found).table["verdict"]
    assert verdicts.str.startswith("cannot be tested here").all()  # nine months are no year


def test_northwind_per_employee(real_data, tmp_path):
    folder = real_data / "northwind"
    orders = pd.read_csv(folder / "orders.csv")
    lines = pd.read_csv(folder / "order_details.csv").merge(orders, on="OrderID")
    lines["revenue"] = lines["UnitPrice"] * lines["Quantity"] * (1 - lines["Discount"])
    lines = lines.rename(columns={"CustomerID": "account_id", "OrderDate": "date"})
    lines[["account_id", "date", "revenue"]].to_csv(tmp_path / "ledger.csv", index=False)
    most = orders.groupby(["CustomerID", "EmployeeID"]).size().reset_index(name="n")
    most = most.sort_values(["n", "EmployeeID"], ascending=[False, True])
    most = most.drop_duplicates("CustomerID")[["CustomerID", "EmployeeID"]]
    most.columns = ["account_id", "manager_id"]
    most.to_csv(tmp_path / "accounts.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Northwind"\nas_of = 2018-05-06\nperiod = "all"\n'
        '[tables.ledger]\npath = "ledger.csv"\nduplicates = "keep"\n'
        '[tables.accounts]\npath = "accounts.csv"\n',
        encoding="utf-8",
    )
    found = lesson.people(Book.open(tmp_path / "book.toml"))
    assert found.windows.months == 11 and (found.before > 0).sum() == 81
    grown = lesson.bridge(found).numbers
    assert grown["gross"] == pytest.approx(0.851, abs=5e-4)
    owners = lesson.owners(found)
    assert owners.numbers["owners"] == 9 and owners.numbers["apart"] == 0
    # raw: from 1.1 to 10 times; shrunken means lie between these
    assert owners.numbers["raw_high"] > owners.numbers["high"]
    assert owners.numbers["raw_low"] < owners.numbers["low"]


def test_maven_agents(real_data, tmp_path):
    rows = pd.read_csv(real_data / "maven_crm" / "sales_pipeline.csv")
    rows["outcome"] = rows["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("open")
    rows["kind"] = rows["product"].replace("GTXPro", "GTX Pro")
    names = {"account": "account_id", "sales_agent": "manager_id", "close_value": "value"}
    rows = rows.rename(columns=names)
    columns = ["opportunity_id", "account_id", "manager_id", "kind", "outcome", "value"]
    rows[columns].to_csv(tmp_path / "opportunities.csv", index=False)
    won = rows[rows["outcome"] == "won"].rename(columns={"close_date": "date", "value": "revenue"})
    won[["account_id", "date", "revenue"]].to_csv(tmp_path / "ledger.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Maven"\n[tables.ledger]\npath = "ledger.csv"\n'
        'duplicates = "keep"\n[tables.opportunities]\npath = "opportunities.csv"\n',
        encoding="utf-8",
    )
    found = lesson.people(Book.open(tmp_path / "book.toml"))
    raw = lesson.funnel(found).numbers
    # known facts: 63.15 % of the closed are won, 30 agents are active
    assert raw["managers"] == 30 and raw["whole"] == pytest.approx(0.6315, abs=5e-5)
    assert raw["outside"] == 0 and lesson.mix(found).numbers["told"] == 0
    assert "cannot be told from the others" in str(lesson.mix(found))
