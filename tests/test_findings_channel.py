"""What lesson 18 says of small books worked by hand, of the bundled book, and of real ledgers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books
from matplotlib.backends.backend_agg import FigureCanvasAgg
from opened import bundled

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.channel import findings as lesson
from keyacct_utils.lessons.channel import loading

BOOKS = Path(__file__).parent / "books"


@pytest.fixture(scope="module")
def found(linjiang):
    return lesson.channel(linjiang)


def odd(tmp_path, name):
    return lesson.channel(Book.open(books.write(name, tmp_path / name)))


def test_two_wholesalers(found):
    made = lesson.wholesalers()
    assert (made.numbers["few"], made.numbers["many"]) == ("B", "A")
    assert "loses 18.75 % of its volume" in str(made) and "0.70 % and 0.0049" in str(made)
    here = lesson.who_hangs_on_few(found).numbers
    assert (here["few"], here["many"]) == ("D02", "D01")
    assert round(here["few_hhi"], 4) == 0.1406 and round(here["many_hhi"], 4) == 0.0049


def test_the_channel_beside_the_ledger(found, linjiang):
    """In plain pandas: deliveries and line E of the year."""
    year = linjiang.table("shipments")
    through = year.loc[pd.to_datetime(year["date"]).dt.year == 2024, "revenue"].sum()
    rows = linjiang.rollup(line="E", start="2024-01-01", end="2024-12-31")
    made = lesson.shares_by_channel(found)
    assert made.numbers["channel"] == pytest.approx(
        through / (through + rows["revenue"].sum()), abs=1e-6
    )
    claim = lesson.claims(found).data["claims"][0]
    assert claim[0] == "S003-5a" and f"{100 * made.numbers['channel']:.1f} %" in claim[3]
    # once the claim took all lines where the step took line E
    assert "all lines" in str(lesson.shares_by_channel(found, line=""))


def test_what_is_planted_is_told(found):
    planted = truth.known("linjiang")["channel"]
    elsewhere = lesson.who_sells_elsewhere(found).numbers
    assert set(elsewhere["flagged"]) == set(planted["diverters"])
    assert planted["benign"] in elsewhere["cleared"]
    assert 0 < elsewhere["false"] < 1
    pays = lesson.does_it_pay(found).numbers
    assert pays["gates"] == planted["gates"] and pays["both"] == 3
    hard = lesson.quota_stress(found).numbers
    assert set(hard["stressed"]) == {*planted["diverters"], "D10"}
    assert (hard["both"], hard["neither"]) == (3, 0)
    ends = lesson.month_end(found).numbers
    assert ends["loading"] == planted["loaders"] and ends["invoiced"] == ["D09", "D16"]
    assert sorted(lesson.orders_above_their_past(found).numbers["names"]) == planted["jumps"]
    left = lesson.where_is_his_profit(found).numbers
    assert left["who"] == left["turned"][0] == "D02" and left["losing"] == 1
    rise = lesson.rebate_for_more(found).numbers
    assert rise["who"] == "D01" and rise["low"] < planted["break_even"] < rise["high"]


def test_growth_is_a_multiple_and_no_difference(found, linjiang):
    """By hand: the factor of D02 over the factor of the others; the difference is 27 points."""
    rows = linjiang.table("shipments")
    rows["month"] = pd.to_datetime(rows["date"]).dt.to_period("M")
    wide = rows.pivot_table(index="month", columns="distributor_id", values="units", aggfunc="sum")
    one, rest = wide["D02"], wide.drop(columns="D02").sum(axis=1)
    factors = [part["2024"].to_numpy() / part["2023"].to_numpy() for part in (one, rest)]
    ratio = np.exp(np.log(factors[0] / factors[1]).mean()) - 1
    claim = next(row for row in lesson.claims(found).data["claims"] if row[0] == "S003-10d")
    assert f"{100 * ratio:.1f} %" in claim[3] and "as a multiple" in claim[2]
    assert factors[0].mean() - factors[1].mean() < ratio - 0.04


def test_stores_of_chains_count_neither_way_at_home_nor_abroad(found, linjiang):
    """In plain pandas: neither the table nor the map holds a case of such a store."""
    scans, buyers = linjiang.table("scans"), linjiang.table("downstream").dropna(subset=["chain"])
    scans = scans[pd.to_datetime(scans["date"]).dt.year == 2024]
    known = set(buyers.loc[buyers["distributor_id"] == "D07", "chain"])
    mine = scans[scans["distributor_id"] == "D07"]
    kept = mine[~mine["chain"].isin(known)]
    home = linjiang.table("distributors").set_index("distributor_id")["district"]["D07"]
    made = lesson.who_sells_elsewhere(found)
    row = made.numbers["frame"].loc["D07"]
    assert (row["counted"], row["explained"]) == (len(kept), len(mine) - len(kept))
    assert row["share"] == pytest.approx((kept["district"] != home).mean())
    assert round(row["share"], 4) == 0.0443 and row["abroad"] < row["explained"]
    drawn = made.figure().axes[0].images[0].get_array()
    names = [text.get_text() for text in made.figure().axes[0].get_yticklabels()]
    shares = np.ma.filled(np.ma.masked_invalid(drawn[names.index("D07")]), 0.0)
    assert float(shares.sum()) == pytest.approx(row["share"])
    assert "stores of chains that he supplies are left out" in made.alt


def test_credit_given_and_taken(found, linjiang):
    """In plain pandas: what the credit costs D02 is what it saves us, less what he owes us."""
    buyers, shops = linjiang.table("downstream"), linjiang.table("distributors")
    mine = buyers[buyers["distributor_id"] == "D02"]
    shop = shops.set_index("distributor_id").loc["D02"]
    given = 0.07 * (mine["amount"] * mine["terms_days"]).sum() / 365
    taken = 0.07 * mine["units"].sum() * shop["price"] * shop["terms_days"] / 365
    made = lesson.where_is_his_profit(found)
    row = made.numbers["frame"].loc["D02"]
    assert row["interest"] == pytest.approx(given) and row["saved"] == pytest.approx(taken)
    assert round(given - taken) == 464
    assert (row["margin"] < 0 < row["margin_net"]) and round(row["margin_net"], 4) == 0.0039
    assert (made.numbers["losing"], made.numbers["losing_net"]) == (1, 0)
    assert lesson.where_is_his_profit(found, credit="net").numbers["best_margin"] > 0.05
    # on the platform of capital the same credit is a saving of ours
    money = lesson.three_platforms(found).numbers
    bought = found.year[found.year["distributor_id"] == "D02"]["revenue"].sum()
    owed = (mine["amount"] * mine["terms_days"]).sum() / 365
    ours = bought * shop["terms_days"] / 365
    assert money["money"].loc["D02", "capital"] == pytest.approx(7 * (owed - ours) / bought)
    assert (money["most"], round(money["most_saved"], 2)) == ("D10", 9.76)
    assert round(money["worst_saved"], 2) == 1.74 and money["best"] == "D06"


def test_the_largest_share_need_not_be_loading(found):
    """The guess asks for the largest of those that can be judged, and says whose it is."""
    made = lesson.month_end(found)
    table = made.numbers["frame"]
    assert made.numbers["largest_who"] == "D09" == table["share"].idxmax()
    assert made.numbers["largest"] > made.numbers["loaded_share"]
    assert "whole_share" not in made.numbers and made.numbers["who"] == found.ordering == 24


def test_figures_can_be_read(found):
    """No grid through numbers; whoever has 0 on each spoke has a line; labels inside and apart."""
    for made in (lesson.who_sells_elsewhere(found), lesson.does_it_pay(found)):
        axes = made.figure().axes[0]
        assert not any(
            line.get_visible() for line in (*axes.get_xgridlines(), *axes.get_ygridlines())
        )
    assert lesson.three_platforms(found).figure().axes[0].get_ylim()[0] < 0
    picture = lesson.month_end(found).figure()
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    axes = picture.axes[0]
    side = axes.yaxis.label.get_window_extent(canvas.get_renderer())
    assert side.y0 >= axes.bbox.y0 and side.y1 <= axes.bbox.y1
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in axes.texts]
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_a_platforms_a_and_b(found):
    """S003-10: on each of the three platforms A stands before B."""
    points = lesson.three_platforms(found).numbers["points"]
    assert (points.loc["D01"] > points.loc["D02"]).all()
    other = lesson.three_platforms(found, sales_to_logistics=1.0, sales_to_capital=0.2,
                                   logistics_to_capital=5.0)  # fmt: skip
    assert not other.numbers["consistency"] < 0.1 and "too high" in str(other)


def test_freight_and_limits_move_what_they_should(found):
    opens = [lesson.does_it_pay(found, times).numbers["open"] for times in (0.0, 1.0, 2.0, 9.0)]
    assert opens == sorted(opens, reverse=True) and opens[-1] == 0
    flagged = lesson.other_limits(found, (1.0, 3.0, 20.0)).numbers["frame"]["flagged"].tolist()
    assert flagged[0] > flagged[1] > flagged[2] == 0
    chance = lesson.other_limits(found).numbers["frame"]["chance"]
    assert chance.is_monotonic_decreasing


def test_verdicts_come_from_intervals(found, tmp_path):
    ruled = {row[0]: row[4].split(":")[0] for row in lesson.claims(found).data["claims"]}
    assert ruled == {
        "S003-5a": "does not hold",
        "S003-3a": "cannot be told from this book",
        "S003-3b": "holds",
        "S003-3c": "holds",
        "S003-10c": "holds",
        "S003-10d": "holds",
        # nothing is left by one of two reckonings, .4 % of sales by the other
        "S003-10e, S003-10f": "holds in part",
        "S003-10h": "holds",
        "S000-3f": "holds",
        "S002-4b": "holds",
        "S004-1f": "cannot be told from this book",
    }
    here = {row[0]: row[3] for row in lesson.claims(found).data["claims"]}
    # two meanings of "most": the fewest and the most buyers by number, each named
    assert here["S003-10c"] == "18.75 % (D02, 4 named) beside 4.29 % (D03, 156 named)"
    assert here["S003-10e, S003-10f"].startswith("D02: -0.44 %; 0.39 % with what he owes us")
    bare = lesson.claims(odd(tmp_path, "bills_of_the_last_day")).data["claims"]
    assert {row[4] for row in bare} == {"cannot be tested here"}


def test_a_ledger_that_loads(tmp_path):
    loads = odd(tmp_path, "loads_each_quarter")
    claim = next(row for row in lesson.claims(loads).data["claims"] if row[0] == "S003-10h")
    assert claim[3:5] == ["all accounts together", "holds"]
    made = lesson.month_end(loads)
    assert made.numbers["loading"] == [lesson.WHOLE]
    assert -made.numbers["frame"]["slope"].iloc[0] > 0.5
    dates = lesson.month_end(odd(tmp_path, "bills_of_the_last_day"))
    assert not dates.known and "dates of bills" in str(dates)


def test_few_are_not_judged_and_chains_explain(tmp_path):
    assert "Nobody can be judged" in str(
        lesson.who_sells_elsewhere(odd(tmp_path, "three_distributors"))
    )
    assert "Nobody can be judged" in str(lesson.who_sells_elsewhere(odd(tmp_path, "few_scans")))
    told = lesson.who_sells_elsewhere(odd(tmp_path, "one_dumps"))
    assert told.numbers["flagged"] == ["V6"] and "EUR" not in str(told)
    # all that lies outside is carried: nothing is left to compare
    carried = lesson.who_sells_elsewhere(odd(tmp_path, "carried_by_chains"))
    assert carried.numbers["usual"] == 0 and carried.numbers["count"] == 0
    assert carried.numbers["false"] < 0.01


def test_who_is_left_out_of_the_book_is_left_out_here(tmp_path):
    made = odd(tmp_path, "distributors_are_accounts")
    assert "B" not in set(made.shipments["distributor_id"]) | set(made.distributors.index)
    assert "B" not in set(made.scans["distributor_id"]) | set(made.downstream["distributor_id"])
    said = lesson.book_in_numbers(made)
    assert said.numbers["both"] == 2 and "2 are accounts of the ledger too" in str(said)
    # what is sold to distributors does not count as direct
    assert lesson.shares_by_channel(made, line="").numbers["channel"] == 1.0


def _sums(folder, since, until):
    """In plain pandas: units, and revenue of deliveries and ledger, of whole months."""
    made = []
    for name in ("shipments", "ledger"):
        rows = pd.read_csv(folder / f"{name}.csv")
        month = rows["date"].str[:7]
        made.append(rows[(month >= since) & (month <= until)])
    return made[0]["units"].sum(), made[0]["revenue"].sum(), made[1]["revenue"].sum()


@pytest.mark.parametrize("late", ["both", "deliveries a day later", "ledger whole"])
def test_deliveries_count_by_whole_months(tmp_path, late):
    """Once a broken month counted, and eight months were called the twelve to 2024-12."""
    folder = tmp_path / "book"
    path = books.write("deliveries_break_off", folder)
    if late == "deliveries a day later":
        more = (folder / "shipments.csv").read_text()
        (folder / "shipments.csv").write_text(more + "2024-08-21,V0,20,1900,1600,20\n")
    if late == "ledger whole":
        more = (folder / "ledger.csv").read_text()
        (folder / "ledger.csv").write_text(more + "A,2024-08-30,2000\n")
    units, bought, _ = _sums(folder, "2023-08", "2024-07")
    for period in ("all", "2024"):
        made = lesson.channel(Book.open(path), period)
        said = lesson.book_in_numbers(made)
        assert (said.numbers["units"], said.numbers["bought"]) == (units, bought)
        assert units == 6 * 12 * 4 * 20 + 12 * 4 * 15 + 6 * 4 * sum(range(19, 31)) == 13_536
        assert "in the 12 months to 2024-07: 13,536 units" in str(said)
        assert made.monthly.columns[-1] == "2024-07" and made.monthly.shape[1] == 31
        ends = lesson.month_end(made)
        assert ends.numbers["months"] == 31 and "31 months, 2022-01 to 2024-07," in str(ends)
        assert ("those before 2024-01 too" in str(ends)) == (period == "2024")


def test_rows_after_the_period_make_its_last_month_whole(tmp_path):
    made = lesson.channel(Book.open(books.write("deliveries_break_off", tmp_path / "book")), "2023")
    assert "in the 12 months to 2023-12:" in str(lesson.book_in_numbers(made))
    assert lesson.shares_by_channel(made).numbers["common"] == 12


@pytest.mark.parametrize(
    ("period", "since", "months"), [("all", "2022-01", 31), ("2024", "2024-01", 7)]
)
def test_the_channel_s_share_is_of_months_that_both_tables_cover(tmp_path, period, since, months):
    """Once nine months of the ledger before the first delivery counted as direct."""
    path = books.write("deliveries_break_off", tmp_path / "book")
    made = lesson.channel(Book.open(path), period)
    _, through, direct = _sums(path.parent, since, "2024-07")
    said = lesson.shares_by_channel(made)
    assert said.numbers["channel"] == pytest.approx(through / (through + direct))
    assert (said.numbers["through"], said.numbers["direct"]) == (through, direct)
    assert said.numbers["common"] == months
    assert f"both cover, {since} to 2024-07: through" in str(said)
    claim = lesson.claims(made).data["claims"][0]
    assert claim[5] == f"all lines of the ledger, {since} to 2024-07"


def test_five_months_of_deliveries_are_no_year(tmp_path):
    made = odd(tmp_path, "deliveries_of_five_months")
    said = lesson.book_in_numbers(made)
    assert "in 5 months to 2024-12" in str(said) and "That is no year" in str(said)
    for step in (
        lesson.three_platforms, lesson.where_is_his_profit, lesson.quota_stress,
        lesson.rebate_for_more, lesson.other_rebates,
    ):  # fmt: skip
        told = step(made)
        assert not told.known and "twelve whole months" in str(told)


def test_a_sum_accuses_and_clears_nobody(write_book):
    """Without distributors or districts nothing is said of who loads; a sum that loads still is."""
    rows = "".join(
        f"A,{month}-{day:02d},{100 + day}\n" for month in pd.period_range("2022-01", "2024-12", freq="M")
        for day in (3, 8, 12, 17, 20, 23, 27)
    )  # fmt: skip
    made = lesson.channel(Book.open(write_book("account_id,date,revenue\n" + rows)))
    ends = lesson.month_end(made)
    assert ends.numbers["whole_judged"] == loading.EVEN and "no peak" in str(ends)
    assert "Who loads cannot be told from a sum" in str(ends) and "Nobody" not in str(ends)
    claim = next(row for row in lesson.claims(made).data["claims"] if row[0] == "S003-10h")
    assert claim[3:5] == ["-", "cannot be tested here"]


def test_the_review(found, tmp_path):
    made = lesson.account_review(found).numbers["review"]
    assert len(made) == 600 and {"orders_above_past", "orders_largest"} <= set(made)
    assert made["orders_above_past"].max() <= 12
    both = lesson.account_review(odd(tmp_path, "distributors_are_accounts")).numbers["review"]
    assert set(both["dumps"].dropna()) <= {"yes", "no"} and both["sold_outside"].notna().any()


def test_what_is_no_size_is_refused_in_words(found):
    for call, told in (
        (lambda: lesson.who_sells_elsewhere(found, "3"), "z_limit is '3'"),
        (lambda: lesson.who_sells_elsewhere(found, 0.0), "z_limit is 0.0"),
        (lambda: lesson.does_it_pay(found, -1.0), "freight_times is -1.0"),
        (lambda: lesson.where_is_his_profit(found, 7), "7 % is 0.07"),
        (lambda: lesson.three_platforms(found, 7), "7 % is 0.07"),
        (lambda: lesson.three_platforms(found, delivery=-1.0), "delivery is -1.0"),
        (lambda: lesson.quota_stress(found, 0.0), "limit is 0.0"),
        (lambda: lesson.orders_above_their_past(found, 0), "z is 0"),
        (lambda: lesson.rebate_for_more(found, who="nobody"), "who is 'nobody'"),
        (lambda: lesson.rebate_for_more(found, growth=0.0), "growth is 0.0"),
        (lambda: lesson.shares_by_channel(found, by="colour"), "by is 'colour'"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_nothing_above_zero_is_refused(write_book):
    with pytest.raises(ValueError, match="no account has sales above zero"):
        lesson.channel(Book.open(write_book("account_id,revenue\nA,-1\n")))


# Real ledgers


def _last_five(days: pd.Series) -> pd.Series:
    """Whether each day is among the last five of Monday to Friday of its month."""
    month = days.dt.to_period("M")
    first = {
        one: pd.bdate_range(one.start_time, one.end_time.normalize())[-5] for one in month.unique()
    }
    return days >= month.map(first)


def test_northwind(real_data):
    """Recomputed from the files: shares of countries, and the last five working days."""
    made = lesson.channel(Book.open(BOOKS / "northwind"))
    orders = pd.read_csv(real_data / "northwind" / "orders.csv", parse_dates=["OrderDate"])
    rows = pd.read_csv(real_data / "northwind" / "order_details.csv").merge(orders, on="OrderID")
    sold = rows["UnitPrice"] * rows["Quantity"] * (1 - rows["Discount"])
    home = pd.read_csv(real_data / "northwind" / "customers.csv").set_index("CustomerID")["Country"]
    by = sold.groupby(rows["CustomerID"].map(home)).sum()
    said = lesson.shares_by_channel(made)
    assert said.numbers["top"] == by.idxmax() == "USA"
    assert said.numbers["share"] == pytest.approx(by.max() / by.sum(), abs=1e-5)
    assert round(said.numbers["share"], 3) == 0.194 and said.numbers["groups"] == 21
    ends = lesson.month_end(made)
    # the last month ends on the 6th: it has no last days, and is no month
    whole = rows["OrderDate"] < rows["OrderDate"].max().replace(day=1)
    late = _last_five(rows["OrderDate"]) & whole
    share = sold[late].sum() / sold[whole].sum()
    assert ends.numbers["whole_share"] == pytest.approx(share, abs=1e-4)
    assert not ends.numbers["loading"] and round(share, 4) == 0.2130
    # districts are counted, and the whole book stands apart
    assert lesson.WHOLE not in ends.numbers["frame"].index
    assert (ends.numbers["who"], ends.numbers["steady"], ends.numbers["untold"]) == (21, 1, 20)
    assert made.ordering == 21 and ends.numbers["largest_who"] == "Germany"
    claim = next(row for row in lesson.claims(made).data["claims"] if row[0] == "S003-10h")
    assert claim[3] == "none of 21 told, 20 open"
    table = lesson.orders_above_their_past(made).table
    # buyers in lumps: the rule of six months flags what chance alone would
    assert table["flagged"].tolist() == [0, 18, 30, 18]
    assert table["chance"].iloc[1] == pytest.approx(18.7, abs=0.5)
    assert not lesson.who_sells_elsewhere(made).known


def test_cdnow(cdnow, real_data):
    made = lesson.channel(cdnow)
    rows = pd.read_csv(
        real_data / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": "str"}
    )
    days = pd.to_datetime(rows["date"].astype(str))
    ends = lesson.month_end(made)
    share = rows["dollar_value"][_last_five(days)].sum() / rows["dollar_value"].sum()
    assert ends.numbers["frame"]["share"].tolist() == pytest.approx([share], abs=1e-5)
    assert (ends.numbers["steady"], ends.numbers["loading"]) == (1, [])
    # a book without districts has nobody who is simulated
    size = truth.found_in_size("18", made.ordering, months=made.monthly.shape[1])
    assert made.ordering == 0 and str(size).startswith("No distributor of this book was judged")
    assert not lesson.shares_by_channel(made).known
    orders = lesson.orders_above_their_past(made)
    assert (orders.numbers["count"], orders.numbers["buyers"]) == (0, 1388)
    assert lesson.account_review(made).known


def test_online_retail(real_data, tmp_path):
    rows = pd.read_parquet(real_data / "online_retail" / "online_retail.parquet")
    rows = rows.dropna(subset=["CustomerID"])
    rows["account_id"] = rows["CustomerID"].astype(int).astype(str)
    rows["date"] = pd.to_datetime(rows["InvoiceDate"]).dt.strftime("%Y-%m-%d")
    rows["revenue"] = (rows["Quantity"] * rows["UnitPrice"]).round(2)
    sold = rows.groupby(["account_id", "date"])["revenue"].sum().round(2).reset_index()
    sold.to_csv(tmp_path / "ledger.csv", index=False)
    home = rows.groupby("account_id")["Country"].first().rename("district")
    home.reset_index().to_csv(tmp_path / "accounts.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "R"\n[tables.ledger]\npath = "ledger.csv"\n'
        '[tables.accounts]\npath = "accounts.csv"\n',
        encoding="utf-8",
    )
    made = lesson.channel(Book.open(tmp_path / "book.toml"))
    said = lesson.shares_by_channel(made).numbers
    by = sold.groupby(sold["account_id"].map(home))["revenue"].sum()
    assert said["top"] == "United Kingdom"
    assert said["share"] == pytest.approx(by["United Kingdom"] / by.sum(), abs=1e-6)
    # twelve months before each are needed, and the file ends in the thirteenth
    assert not lesson.orders_above_their_past(made).known
    ends = lesson.month_end(made).numbers
    days = pd.to_datetime(sold["date"])
    whole = days < "2011-12-01"  # the file ends on 9 December
    share = sold.loc[_last_five(days) & whole, "revenue"].sum() / sold.loc[whole, "revenue"].sum()
    assert ends["whole_share"] == pytest.approx(share, abs=1e-4) and round(share, 4) == 0.1874


def test_yunhe_is_a_distributor_s_own_ledger():
    made = lesson.channel(bundled("yunhe"))
    ends = lesson.month_end(made)
    assert ends.numbers["loading"] == [] and ends.numbers["untold"] == 0
    assert ends.numbers["whole_judged"] == loading.EVEN
    assert lesson.shares_by_channel(made).numbers["groups"] == 5
    assert np.isfinite(lesson.shares_by_channel(made).numbers["low"])


def broken_ledger(folder: Path, broken: bool) -> tuple[lesson.Channel, pd.DataFrame]:
    """Two districts over two years; then perhaps ten days of a month in which only one sold."""
    rng = np.random.default_rng(8)
    rows = [
        (f"{district}{n}", f"{month}-{day:02d}", 100 + round(float(rng.normal(0, 10)), 2))
        for month in pd.period_range("2022-01", "2023-12", freq="M")
        for district in "EW"
        for n in range(3)
        for day in (5, 15, 25, 28)
    ]
    if broken:
        rows += [(f"E{n}", f"2024-01-{day:02d}", 100.0) for n in range(3) for day in range(2, 11)]
    frame = pd.DataFrame(rows, columns=["account_id", "date", "revenue"])
    folder.mkdir()
    frame.to_csv(folder / "ledger.csv", index=False)
    files = [(f"{district}{n}", district) for district in "EW" for n in range(3)]
    pd.DataFrame(files, columns=["account_id", "district"]).to_csv(
        folder / "accounts.csv", index=False
    )
    (folder / "book.toml").write_text(
        'contract_version = 1\nname = "two"\ncurrency = "CNY"\n'
        '[tables.ledger]\npath = "ledger.csv"\n[tables.accounts]\npath = "accounts.csv"\n'
    )
    return lesson.channel(Book.open(folder / "book.toml"), "all"), frame


def test_a_month_in_which_the_ledger_breaks_off_is_no_peak_of_a_district(tmp_path):
    """Once its ten days were a month like the others, in which one district sold all: the interval
    of its share became twice as wide and more."""
    whole, frame = broken_ledger(tmp_path / "whole", broken=False)
    cut, longer = broken_ledger(tmp_path / "cut", broken=True)
    assert cut.months.columns[-1] == "2023-12" and cut.months.shape[1] == 24
    assert cut.sales.sum() == pytest.approx(longer["revenue"].sum())
    monthly = frame.assign(
        month=frame["date"].str[:7], own=frame["revenue"].where(frame["account_id"] < "F", 0.0)
    )
    sums = monthly.groupby("month")[["own", "revenue"]].sum()
    _, low, high = loading.share_over_months(sums["own"], sums["revenue"])
    for made in (whole, cut):
        table = lesson.shares_by_channel(made).table
        assert table.loc["E", ["low", "high"]].tolist() == pytest.approx([low, high])
    sums.loc["2024-01"] = 2_700.0
    _, low_cut, high_cut = loading.share_over_months(sums["own"], sums["revenue"])
    assert high_cut - low_cut > 2 * (high - low)


def test_why_a_month_end_cannot_be_told_is_said_and_drawn(found):
    made = lesson.month_end(found)
    frame = made.numbers["frame"]
    open_ = frame[frame["judged"] == loading.UNTOLD]
    limit = frame["even"].mean() + 0.10
    assert (open_["low"] <= open_["even"]).all() and (open_["high"] > open_["even"] + 0.10).all()
    assert made.numbers["reaching"] == len(open_) == 6 and made.numbers["short"] == 0
    assert made.numbers["limit"] == pytest.approx(limit) and round(limit, 3) == 0.341
    assert "Cannot be told: 6, whose interval reaches from an even share" in str(made)
    axes = made.figure().axes[0]
    drawn = {
        round(float(line.get_xdata()[0]), 4) for line in axes.lines if len(line.get_xdata()) == 2
    }
    assert round(limit, 4) in drawn
    assert loading.INVOICED == "late bills" and "Late bills" in str(made)
