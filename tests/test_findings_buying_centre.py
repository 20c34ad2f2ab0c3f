"""What lesson 13 says of small books worked by hand, and of real books."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from gallery import books_buying_centre
from opened import looked_at

from keyacct_utils.book import Book
from keyacct_utils.book.book import DATASETS
from keyacct_utils.lessons.buying_centre import findings as lesson
from keyacct_utils.lessons.catalogue import readiness


def opened(tmp_path, files: dict[str, str]) -> Book:
    files = dict(files)
    toml = f'contract_version = 1\nname = "odd"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return Book.open(tmp_path / "book.toml")


def odd(tmp_path, name: str, **options) -> lesson.Centre:
    return lesson.centre(opened(tmp_path, books_buying_centre.BOOKS[name]()), **options)


PEOPLE = """contact_id,account_id,level,role,power,stance,last_contact,manager_id
a,X,top,head,9,-2,2024-12-01,M1
b,X,base,user,1,2,2024-11-01,M1
c,X,base,user,2,2,2022-01-01,M2
d,Y,top,head,5,1,2024-06-01,M2
e,Y,base,user,1,1,2021-01-01,M2
f,Z,base,user,1,1,2021-01-01,M1
"""
LEDGER = "account_id,date,revenue\nX,2024-03-01,100\nY,2024-06-01,60\nZ,2024-12-20,40\n"


@pytest.fixture
def three(tmp_path):
    book = opened(tmp_path, {"ledger.csv": LEDGER, "contacts.csv": PEOPLE})
    return lesson.centre(book, levels=("top", "base"))


def test_people_alone_are_a_book(tmp_path):
    book = opened(tmp_path, books_buying_centre.people_alone())
    assert book.tables == ("contacts",) and len(book.names()) == 10
    state = readiness(book).set_index("lesson")["state"]
    assert state["13"] == "part" and state["01"] == "skipped"
    found = lesson.centre(book)
    # words of the book's own, and no power to order them by
    assert not found.ranked and found.low == ()
    assert "which is above which is not known" in str(lesson.book_in_numbers(found))
    ranked = lesson.centre(book, levels=("总部", "科室", "车间"))
    assert ranked.low == ("车间",)


def test_threads_and_money_by_hand(three):
    said = lesson.hanging(three)
    # X: a and b; Y: d; Z: nobody in the year before 20 December
    assert said.numbers["single"] == 1 and said.numbers["nobody"] == 1
    assert said.numbers["share"] == pytest.approx(60 / 200)
    assert "**One account** of 3 (33.3 %) hangs on one person" in str(said)
    drill = lesson.drill(three, lesson.departed(three))
    assert drill.numbers["id"] == "Y" and drill.numbers["who_id"] == "d"
    assert "the table departures would tell" in str(drill)
    windows = lesson.other_windows(three, windows=(10, 365)).table
    assert windows["single"].tolist() == [0, 1] and windows["nobody"].tolist() == [3, 1]


def test_power_is_no_order_of_levels(tmp_path):
    book = opened(tmp_path, {"ledger.csv": LEDGER, "contacts.csv": PEOPLE})
    unordered = lesson.centre(book)
    assert not unordered.ranked and unordered.low == ()
    assert "which is above which is not known" in str(lesson.book_in_numbers(unordered))
    chinese = PEOPLE.replace(",top,", ",高层,").replace(",base,", ",基层,")
    book = opened(tmp_path, {"ledger.csv": LEDGER, "contacts.csv": chinese})
    assert lesson.centre(book).levels == ("高层", "基层")


def test_levels_are_shown_in_their_order(three):
    assert three.levels == ("top", "base") and three.low == ("base",)
    met = lesson.levels_met(three)
    assert met.table["met"].tolist() == [2, 1] and met.table["known"].tolist() == [2, 4]
    assert met.numbers["everywhere"] == 1


def test_a_friendly_house_that_is_not(three):
    found = lesson.for_us(three).numbers
    # X: (2 + 2 - 2) / 3 above zero, (-18 + 2 + 4) / 12 below
    assert found["ids"] == ["X"] and found["friendly"] == 3


def test_who_decides_has_to_be_named(three, tmp_path):
    assert "set `decider` to one of head, user" in str(lesson.titles(three)).replace("\\", "")
    named = lesson.centre(
        opened(tmp_path, {"ledger.csv": LEDGER, "contacts.csv": PEOPLE}),
        decider="head",
        levels=("top", "base"),
    )
    assert lesson.titles(named).numbers["below"] == 0


def test_our_side_counts_the_people_met(three):
    ours = lesson.our_side(three).numbers
    # X by M1 alone (c was met long ago), Y by M2; Z by nobody
    assert ours["accounts"] == 2 and ours["one"] == 2
    assert ours["who"] == "M1" and ours["share"] == pytest.approx(0.5)


def test_a_ledger_that_says_who_ordered(tmp_path):
    found = odd(tmp_path, "buyers_in_the_ledger")
    assert found.origin == "ledger" and found.left_out["nameless"] > 0
    # B9 sent something back and bought nothing: never met
    assert found.contacts.set_index("contact_id").loc["B9", "last_contact"] is pd.NaT
    # the same word at two accounts is two people
    assert found.contacts["contact_id"].is_unique
    assert lesson.buyers(found).known and lesson.our_side(found).known
    state = readiness(opened(tmp_path, books_buying_centre.buyers_in_the_ledger()))
    assert state.set_index("lesson").loc["13", "state"] == "part"


def test_one_name_each_is_told(tmp_path):
    said = str(lesson.hanging(odd(tmp_path, "one_name_each")))
    assert "for none it names more" in said
    assert "has no interval." in said and "number of days" not in said


def test_departures_whose_end_is_not_known_are_left_out(tmp_path):
    cases = [
        ("2023-01-05", "X", 1, 1, 10),
        # lost before: no account is lost twice
        ("2023-09-05", "X", 1, 1, 10),
        # six months are not over
        ("2024-12-01", "Y", 1, 0, 10),
        ("2023-02-01", "Y", 0, 1, 10),
        ("2023-03-01", "Z", 2, 0, 10),
    ]
    files = {
        "ledger.csv": LEDGER,
        "contacts.csv": PEOPLE,
        "departures.csv": books_buying_centre._departures(cases),
    }
    found = lesson.centre(opened(tmp_path, files))
    assert found.departures["departure_id"].tolist() == ["H0", "H4"]
    said = str(lesson.book_in_numbers(found))
    for part in ("whose end is not known yet: 1", "lost before: 1", "in the year before: 1"):
        assert part in said
    assert "from 5 departures of either kind" in str(lesson.departed(found))


def test_no_visit_is_priced_where_the_gap_is_open(tmp_path):
    found = odd(tmp_path, "nobody_lost")
    gone = lesson.departed(found)
    assert gone.numbers["gap"] == 0 and "is not told" in str(gone)
    assert "it may be too narrow" in str(gone)
    visits = lesson.visits(found, lesson.measures(found), gone)
    assert "the departures do not tell" in str(visits) and "kept" not in visits.table


@pytest.fixture(scope="module")
def bundled(linjiang):
    """The tables as they lie in the book's folder, read by pandas alone."""
    folder = DATASETS / "linjiang"
    dates = {"ledger": "date", "contacts": "last_contact", "departures": "date"}
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", parse_dates=[column])
        for name, column in dates.items()
    }
    return tables | {"activities": pd.read_csv(folder / "activities.csv", parse_dates=["date"])}


def test_money_at_stake_is_that_of_the_line_which_the_departures_tell_of(bundled):
    """Once a rate of lost services was multiplied by all that an account buys: 38.77 m for .29 m."""
    people, ledger = bundled["contacts"], bundled["ledger"]
    met = people["last_contact"] >= pd.Timestamp("2025-03-31") - pd.Timedelta(days=365)
    threads = met.groupby(people["account_id"]).sum()
    alone = ledger["account_id"].isin(threads.index[threads == 1]) & (
        ledger["date"].dt.year == 2024
    )
    services = ledger[alone & (ledger["line"] == "S")].groupby("account_id")["revenue"].sum()
    found = looked_at(lesson.centre, "linjiang")
    gone = lesson.departed(found)
    assert found.lines == ("S",) and lesson.hanging(found).numbers["stake"] == pytest.approx(
        services.sum()
    )
    depth, gap = gone.numbers["depth"], 27 / 108 - 8 / 132
    visits = lesson.visits(found, lesson.measures(found), gone, leave=0.1)
    assert visits.numbers["kept"] == pytest.approx(services.sum() * 0.1 * depth * gap)
    assert visits.numbers["kept"] < 300_000
    drill = lesson.drill(found, gone).numbers
    assert drill["id"] == services.idxmax() and drill["sales"] == pytest.approx(services.max())
    assert drill["expected"] == pytest.approx(services.max() * 0.25 * depth)
    review = lesson.account_review(found, lesson.measures(found), gone).numbers["review"]
    row = review.set_index("account_id").loc[services.idxmax()]
    assert row["departure_loss"] == pytest.approx(services.max() * 0.25 * depth)


def test_what_departures_say_is_what_the_ledger_says(bundled):
    """Of each departure: services of the year before, and a third less in the six months after than
    in the same months of the year before where it is called lost, and nowhere else."""
    ledger, cases = bundled["ledger"], bundled["departures"]
    ledger = ledger[ledger["line"] == "S"]
    wide = ledger.assign(month=ledger["date"].dt.to_period("M")).pivot_table(
        index="account_id", columns="month", values="revenue", aggfunc="sum"
    )
    fell = []
    for row in cases.itertuples():
        bought, month = wide.loc[row.account_id].fillna(0.0), row.date.to_period("M")
        assert row.sales_before == pytest.approx(bought[month - 12 : month - 1].sum(), abs=0.02)
        after, same = bought[month + 1 : month + 6], bought[month - 11 : month - 6]
        assert len(after) == len(same) == 6
        fell.append(after.sum() <= 0.67 * same.sum())
    assert fell == (cases["lost"] == 1).tolist() and sum(fell) == 35


def test_a_line_that_the_ledger_does_not_have_is_refused(tmp_path):
    ledger = LEDGER.replace("revenue\n", "revenue,line\n").replace("0\n", "0,B\n")
    rows = "departure_id,date,account_id,threads,lost,line\nH1,2024-02-01,X,1,1,Q\n"
    files = {"ledger.csv": ledger, "contacts.csv": PEOPLE, "departures.csv": rows}
    with pytest.raises(
        ValueError, match=r"departures.line names 'Q', and the ledger has the lines"
    ):
        lesson.centre(opened(tmp_path, files))


def test_visits_that_name_nobody_are_set_beside_accounts_where_nobody_was_met(bundled):
    people, seen = bundled["contacts"], bundled["activities"]
    since = pd.Timestamp("2025-03-31") - pd.Timedelta(days=365)
    met = (people["last_contact"] >= since).groupby(people["account_id"]).sum()
    there = seen["account_id"].isin(met.index[met == 0]) & (seen["date"] >= since)
    visits = seen[there & (seen["type"] == "visit")]
    said = lesson.hanging(looked_at(lesson.centre, "linjiang"))
    assert said.numbers["went"] == len(visits) == 142
    assert said.numbers["went_to"] == visits["account_id"].nunique() == 23
    assert "nobody is written down as met" in str(said) and "who was met" in str(said)
    # the file of visits ends a quarter before the day of the look
    assert seen["date"].max() == pd.Timestamp("2024-12-31")
    assert "That table ends on 2024-12-31" in str(said)
    found = looked_at(lesson.centre, "linjiang")
    assert "That table ends on 2024-12-31" in str(lesson.drill(found, lesson.departed(found)))


def test_a_table_of_visits_that_reaches_the_look_is_not_said_to_end(tmp_path):
    rows = "activity_id,account_id,date,type\n1,Z,2024-11-03,visit\n2,X,{},call\n"
    for day, told in (("2024-12-20", False), ("2024-11-30", True)):
        folder = tmp_path / day
        folder.mkdir()
        files = {"ledger.csv": LEDGER, "contacts.csv": PEOPLE, "activities.csv": rows.format(day)}
        text = str(lesson.hanging(lesson.centre(opened(folder, files))))
        assert "1 visit" in text and (f"ends on {day}" in text) == told, text


def test_ties_of_two_kinds_join_one_pair():
    """Ten people, 22 ties: three pairs are tied twice, and the measures take 19."""
    found = looked_at(lesson.centre, "linjiang")
    said = lesson.the_map(found, lesson.measures(found))
    ends = found.ties[found.ties["from_id"].isin(said.numbers["frame"].index)]
    pairs = {frozenset(pair) for pair in zip(ends["from_id"], ends["to_id"], strict=True)}
    assert (said.numbers["ties"], said.numbers["pairs"]) == (len(ends), len(pairs)) == (22, 19)
    assert "22 ties that join 19 pairs" in str(said)


def test_visits_say_how_many_single_threads_they_leave_out(bundled):
    found = looked_at(lesson.centre, "linjiang")
    said = lesson.visits(found, lesson.measures(found), lesson.departed(found))
    assert (said.numbers["visits"], said.numbers["without"]) == (116, 28)
    assert lesson.hanging(found).numbers["single"] == 116 + 28
    assert "116 accounts with sales at stake" in str(said) and "28 accounts more" in str(said)


def test_whom_the_readings_of_the_map_find():
    """Once "Of the 12 ... from 0 to 16 are found in all"."""
    found = looked_at(lesson.centre, "linjiang")
    said = str(lesson.other_charts(found, lesson.measures(found)))
    assert "from 0 to 16 people are found" in said and "among the 12 found with all ties" in said


def test_a_veto_that_was_not_met_comes_first(bundled):
    people = bundled["contacts"]
    since = pd.Timestamp("2025-03-31") - pd.Timedelta(days=365)
    unmet = people[(people["veto"] == 1) & ~(people["last_contact"] >= since)]
    found = looked_at(lesson.centre, "linjiang")
    said = lesson.vetoes(found)
    assert (said.numbers["all"], said.numbers["unmet"]) == (96, len(unmet)) == (96, 44)
    assert said.numbers["ids"] == sorted(unmet["contact_id"])
    rows = lesson.visits(found, lesson.measures(found), lesson.departed(found)).numbers["frame"]
    holders = people[people["contact_id"].isin(rows["contact_id"]) & (people["veto"] == 1)]
    assert len(holders) and holders["account_id"].is_unique


def test_even_is_not_against():
    """Nineteen look friendly and are not for us by weight; six of them are against us."""
    said = lesson.for_us(looked_at(lesson.centre, "linjiang")).numbers
    assert (said["turned"], said["even"]) == (6, 13)
    # the legend names all others so: 33 of them neither agree nor are friendlier by weight
    figure = lesson.for_us(looked_at(lesson.centre, "linjiang")).figure()
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["all other accounts (594)", "friendly on average, against us by weight (6)"]


def test_what_the_document_says_of_our_own_staff_is_not_tested_on_the_accounts():
    rows = lesson.claims(looked_at(lesson.centre, "linjiang"), draws=20).table.set_index("claim")
    assert rows.loc["S003-9e", "verdict"].startswith("cannot be tested here")
    assert "our own" in rows.loc["S003-9e", "what it says"]


def test_linjiang():
    found = looked_at(lesson.centre, "linjiang")
    assert lesson.hanging(found).numbers["part"] == 0.24
    placed = lesson.measures(found)
    assert lesson.advisers(found, placed).numbers["count"] == 12
    assert len(lesson.champion_check(found).numbers["ids"]) == 8
    gone = lesson.departed(found)
    assert gone.numbers["low"] > 0 and "more is lost with one thread" in str(gone)
    # the single threads were smaller; at equal sales the difference stays
    assert gone.numbers["equal_low"] > 0
    assert "(240 cases) it is the same: 18.9 points" in str(gone)
    review = lesson.account_review(found, placed, gone).numbers["review"]
    assert len(review) == 600 and (review["hangs_on"] != "").sum() == 144
    assert (review["departure_loss_low"].dropna() <= review["departure_loss"].dropna()).all()


def test_an_account_that_is_left_out_has_no_people(tmp_path):
    folder = tmp_path / "linjiang"
    shutil.copytree(DATASETS / "linjiang", folder)
    with (folder / "book.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[exclude]\nA0133 = "sold"\n')
    found = lesson.centre(Book.open(folder / "book.toml"))
    assert "A0133" not in set(found.contacts["account_id"]) | set(found.departures["account_id"])
    assert "A0133" not in found.money.index
    assert set(found.ties["from_id"]) <= set(found.contacts["contact_id"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"within": 0}, "within is 0"),
        ({"within": -5}, "within is -5"),
        ({"account": "A9"}, "account is 'A9'"),
        ({"decider": "boss"}, "decider is 'boss'"),
        ({"levels": ("top",)}, "levels names 'top'"),
        ({"low": ("cellar",)}, "low is"),
        ({"low": ()}, "low is"),
        ({"period": "2030"}, "2030"),
    ],
)
def test_odd_options_are_refused_where_they_are_handed_in(tmp_path, options, says):
    with pytest.raises(ValueError, match=says):
        lesson.centre(opened(tmp_path, {"ledger.csv": LEDGER, "contacts.csv": PEOPLE}), **options)


def test_odd_numbers_of_steps_are_refused(three):
    placed, gone = lesson.measures(three), lesson.departed(three)
    for call in (
        lambda: lesson.visits(three, placed, gone, leave=0),
        lambda: lesson.visits(three, placed, gone, leave=1.5),
        lambda: lesson.other_windows(three, windows=()),
        lambda: lesson.other_windows(three, windows=(0,)),
        lambda: lesson.fresh(three, half_lives=(-1,)),
        lambda: lesson.levels_met(three, show=0),
        lambda: lesson.advisers(three, placed, weak=0),
        lambda: lesson.advisers(three, placed, top=0),
        lambda: lesson.champion_check(three, strong=11),
        lambda: lesson.claims(three, often=2),
        lambda: lesson.claims(three, margin=-1),
    ):
        with pytest.raises(ValueError, match=r"expected|runs from"):
            call()


def _northwind(tmp_path, contacts: bool) -> Book:
    toml = """contract_version = 1
name = "Northwind"
currency = "USD"
as_of = 2018-05-06
root_env = "KEYACCT_REAL_DATA"
[files.orders]
path = "northwind/orders.csv"
[files.details]
path = "northwind/order_details.csv"
[tables.ledger]
sql = '''SELECT orders.CustomerID AS account_id, orders.OrderDate AS date,
orders.EmployeeID AS manager_id, details.UnitPrice * details.Quantity * (1 - details.Discount)
AS revenue FROM details JOIN orders ON orders.OrderID = details.OrderID'''
"""
    if contacts:
        toml += """[tables.contacts]
path = "northwind/customers.csv"
columns = { contact_id = "ContactName", account_id = "CustomerID", role = "ContactTitle" }
"""
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return Book.open(tmp_path / "book.toml")


def test_northwind_names_one_person_each(tmp_path, real_data):
    found = lesson.centre(_northwind(tmp_path, True))
    said = lesson.hanging(found)
    # 93 customers stand in the file, of whom 89 bought
    assert said.numbers["single"] == 93 and said.numbers["share"] == 1
    assert "for none it names more" in str(said)
    ours = lesson.our_side(found).numbers
    assert ours["accounts"] == 89 and ours["of_us"] == 9
    assert 0 < ours["one"] < 20 and ours["most"] <= 9
    assert np.isclose(float(found.money.sum()), 1_265_793.04, atol=0.5)
    assert found.sold["revenue"].sum() == pytest.approx(1_265_793.04, abs=1)
    assert found.sold[found.sold["manager_id"] == "4"]["revenue"].sum() == pytest.approx(
        232_890.85, abs=0.5
    )


def test_northwind_without_people_tells_of_our_side_and_what_would_tell_the_rest(
    tmp_path, real_data
):
    """Who of us sold (EmployeeID) opens a part; checked in pandas: of 81 customers of the eleven
    months before, 79 bought again, and two of the nine lost one each."""
    book = _northwind(tmp_path, False)
    state = readiness(book).set_index("lesson").loc["13"]
    assert state["state"] == "part"
    assert (
        "contacts.contact_id, contacts.account_id: the people of each account" in state["unlocks"]
    )
    found = lesson.centre(book)
    assert "Deeper: on our side" in str(lesson.book_in_numbers(found))
    ours = lesson.our_accounts(found)
    numbers, table = ours.numbers, ours.table.set_index("name")
    assert (numbers["of_us"], numbers["accounts"]) == (9, 89)
    assert (numbers["span"], numbers["cases"], numbers["stay"]) == (11, 81, 79)
    assert table["accounts"].to_dict()["4"] == 26 and table["accounts"].sum() == 89
    assert table["stayed"].round(3).to_dict()["4"] == 0.952
    assert table["stayed"].round(3).to_dict()["8"] == 0.929  # 13 of 14, up to April: May breaks off
    assert table["sales"].sum() == pytest.approx(1_265_793.04, abs=0.5)
    assert "no more apart than luck" in str(ours)


def test_cdnow_names_nobody(cdnow):
    """Account, day and amount: the lesson is skipped, and asked all the same it says why."""
    assert readiness(cdnow).set_index("lesson").loc["13", "state"] == "skipped"
    found = lesson.centre(cdnow)
    assert "ledger.contact_id" in str(lesson.hanging(found)).replace("\\", "")
    assert not lesson.drill(found, lesson.departed(found)).known


def test_who_had_an_account_then_and_who_sold_the_most_to_it_are_told_apart(tmp_path):
    """A is sold by S1 in 2023 and, more of it, by S2 in 2024; S9 sells a little everywhere."""
    rows = [
        f"{a},2023-0{m}-10,100,S{s}"
        for a, m, s in zip("ABCDE", (1, 2, 3, 4, 5), (1, 1, 2, 3, 4), strict=True)
    ]
    rows += [f"{a},2024-12-31,150,S{s}" for a, s in zip("ABC", (2, 1, 2), strict=True)]
    rows += [f"{a},2023-06-10,1,S9" for a in "ABCDE"]
    text = "account_id,date,revenue,manager_id\n" + "\n".join(rows) + "\n"
    found = lesson.centre(opened(tmp_path, {"ledger.csv": text}))
    ours = lesson.our_accounts(found)
    table = ours.table.set_index("name")
    assert table["accounts"].to_dict() == {"S1": 1, "S2": 2, "S3": 1, "S4": 1}
    assert table["then"].to_dict() == {"S1": 2, "S2": 1, "S3": 1, "S4": 1}
    assert (ours.numbers["cases"], ours.numbers["stay"]) == (5, 3)
    assert "an account counts for who of us sold the most to it in the 12 months before" in str(
        ours
    )
    assert ours.numbers["outsold"] == 1 and "have none here: 1." in str(ours)
    tests = lesson.claims(found, draws=20).table.set_index("claim")["test"]
    assert tests["S000-3b, S003-7e"] == "accounts that bought through one of us alone; each is all"


def test_a_list_of_us_that_is_cut_says_so(tmp_path):
    rows = [f"A{n},2024-01-01,{100 + n},S{n}" for n in range(lesson.ROWS + 1)]
    text = "account_id,date,revenue,manager_id\n" + "\n".join(rows) + "\n"
    book = opened(tmp_path, {"ledger.csv": text})
    ours = lesson.our_accounts(lesson.centre(book))
    assert len(ours.table) == lesson.ROWS and "Shown are the 10 with the most sales." in str(ours)


def test_visits_to_all_that_nobody_met_are_visits_to_all(tmp_path):
    people = "contact_id,account_id,last_contact\na,X,2022-01-01\nb,Y,2022-01-01\nc,Z,2024-12-01\n"
    for where, says in (("XY", "2 visits to all of them"), ("X", "1 visit to 1 of them")):
        went = "activity_id,account_id,date,type\n" + "".join(
            f"v{a},{a},2024-10-01,visit\n" for a in where
        )
        folder = tmp_path / where
        folder.mkdir()
        files = {"ledger.csv": LEDGER, "contacts.csv": people, "activities.csv": went}
        assert says in str(lesson.hanging(lesson.centre(opened(folder, files))))


def test_a_map_has_one_height_for_each_level(linjiang):
    """Once three levels stood on five heights, and no level was named."""
    found = looked_at(lesson.centre, "linjiang")
    made = lesson.the_map(found, lesson.measures(found))
    axes = made.figure().axes[0]
    people = linjiang.table("contacts")
    people = people[people["account_id"] == made.numbers["id"]]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["user", "mid", "exec"]
    heights = pd.Series([round(float(at.get_offsets()[0, 1]), 6) for at in axes.collections])
    counts = people["level"].value_counts()
    assert heights.value_counts().sort_index().tolist() == counts[["user", "mid", "exec"]].tolist()
