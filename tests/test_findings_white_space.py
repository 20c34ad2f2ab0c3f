"""What lesson 15 says of small books worked by hand, of real books, and of the bundled one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from gallery import books_white_space

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons import white_space as ws
from keyacct_utils.lessons.white_space import findings as lesson


def odd(tmp_path, name):
    files = books_white_space.BOOKS[name]()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.space(Book.open(tmp_path / "book.toml"))


@pytest.fixture(scope="module")
def bundled(linjiang):
    return lesson.space(linjiang)


def test_the_napkin():
    found = lesson.pencil([100, 200], [30, 90], ["A", "B"])
    assert found["per_size"].tolist() == [0.3, 0.45]


def test_white_space_by_hand(write_book):
    rows = "A,X,5\nA,Y,5\nB,X,7\nC,Y,-3\nC,X,9\nD,X,1\nD,X,-1\n"
    found = lesson.space(Book.open(write_book("account_id,line,revenue\n" + rows)))
    made = lesson.white_space(found)
    # four accounts, two lines; C was only credited of Y; D bought and gave back: it did buy
    assert made.numbers["cells"] == 8 and made.numbers["blank"] == pytest.approx(3 / 8)
    assert made.numbers["common"] == "X" and made.numbers["common_share"] == 1.0


def test_an_account_that_is_left_out_is_nowhere(write_book):
    text = "account_id,line,revenue\nA,X,5\nB,Y,7\n"
    path = write_book(text)
    with path.open("a", encoding="utf-8") as toml:
        toml.write('\n[exclude]\nB = "sold"\n')
    assert lesson.space(Book.open(path)).spend.index.tolist() == ["A"]


def test_holdings_are_the_ledger_of_their_line(linjiang, bundled):
    sold = linjiang.rollup(line="S", start="2024-01-01", end="2024-12-31")
    sold = sold.set_index("account_id")["revenue"]
    own = bundled.spend.sum(axis=1)
    assert own[own > 0].round(2).to_dict() == sold[sold > 0].to_dict()
    assert bundled.demand == "quantity of P"


def test_potential_and_gaps_add_up(bundled):
    made = lesson.potential(bundled, 0.9)
    frame = made.numbers["frame"]
    assert made.numbers["gap"] == pytest.approx(
        (frame["potential"] - frame["bought"]).clip(lower=0).sum()
    )
    # nine in ten buyers lie below the line
    buying = frame[frame["bought"] > 0]
    assert (buying["bought"] < buying["potential"]).mean() == pytest.approx(0.9, abs=0.01)
    assert made.numbers["slope"] == pytest.approx(0.8, abs=0.08)
    higher = lesson.potential(bundled, 0.95)
    assert higher.numbers["gap"] > made.numbers["gap"]
    by_sector = lesson.potential(bundled, 0.9, "sector")
    assert by_sector.numbers["slope"] != made.numbers["slope"]


def test_what_is_no_assumption_is_refused(bundled):
    for call, told in (
        (lambda: lesson.potential(bundled, 90), "q must be a fraction"),
        (lambda: lesson.potential(bundled, 0.9, "size2"), "peers is 'size2'"),
        (lambda: lesson.tested(bundled, horizon=0), "horizon is 0"),
        (lambda: lesson.fan(bundled, horizon="3"), "horizon is '3'"),
        (lambda: lesson.quantity_to_hold(bundled, 95), "service must be a fraction"),
        (lambda: lesson.quantity_to_hold(bundled, lead_time=0), "lead_time is 0"),
        (lambda: lesson.quantity_to_hold(bundled, late=-1), "lead_time_sd is -1"),
        (lambda: lesson.clients(bundled, overstated=25), "overstated must be a fraction"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_the_ranking_is_tested_on_wallets_it_has_not_seen(bundled):
    frame = lesson.on_survey(bundled).numbers["frame"]
    assert frame.loc["surveyed line, each left out", "hits"] >= 20
    assert frame.loc["quantile of the peers", "hits"] >= 15
    assert frame.loc["mean wallet for everybody", "hits"] <= 10
    assert frame.loc["surveyed line, each left out", "share_low"] > 0.75


def test_three_ties_are_left_of_many(bundled):
    made = lesson.which_go_together(bundled)
    pairs = {frozenset(name.split(" + ")) for name in made.numbers["names"]}
    assert pairs == {
        frozenset(pair)
        for pair in (
            ("drawing_review", "equipment_test"),
            ("storage", "monitoring"),
            ("metering", "efficiency"),
        )
    }
    numbers = made.numbers
    assert numbers["above"] > numbers["naive"] > numbers["told"] > numbers["within"] == 3
    # the largest lift is none of them
    assert "does not stand among their like" in str(made)


def test_offers_are_tested_beside_the_most_common(bundled):
    pairs = lesson.which_go_together(bundled)
    made = lesson.offers(bundled, pairs)
    assert made.numbers["gain_low"] > 0 and "The offers are better by" in str(made)
    frame = made.numbers["frame"]
    held = bundled.held
    assert not any(held.loc[account, row["product"]] for account, row in frame.iterrows())


def test_the_word_of_the_clients(bundled):
    made = lesson.clients(bundled)
    numbers = made.numbers
    assert numbers["lead"] == 2 and numbers["sure"] == "yes" and numbers["over"] == 5
    # the word alone errs more than the regression that takes it in, less than without it
    assert numbers["with_word"] < numbers["word"] < numbers["without"]
    assert numbers["gain_low"] > 0


def scaled(months: pd.DataFrame, ahead: int, back: int) -> float:
    """MASE of a naive forecast so many months ahead, from twelve dates: the last month, or that of
    a year before."""
    y = months.to_numpy()
    errors = [
        np.abs(y[at + ahead] - y[at if back == 1 else at + ahead - 12])
        / np.abs(y[12 : at + 1] - y[: at - 11]).mean(axis=0)
        for at in range(len(y) - ahead - 12, len(y) - ahead)
    ]
    return float(np.mean(errors))


def test_three_months_ahead_is_the_third_month(bundled):
    """Once the mean of the next three months was told as three months ahead, and the naive forecast
    as the better one, which at three months it is not."""
    numbers = lesson.tested(bundled).numbers
    naive, seasonal = (scaled(bundled.followed, 3, back) for back in (1, 12))
    assert (round(naive, 2), round(seasonal, 2)) == (1.35, 1.21)
    assert numbers["naive"] == "seasonal naive"
    assert numbers["naive_mase"] == pytest.approx(seasonal)
    assert numbers["frame"]["forecasts"].unique().tolist() == [12 * 24]
    assert numbers["frame"].loc["naive", "mase"] == pytest.approx(naive)
    frame = lesson.other_horizons(bundled).numbers["frame"]
    for ahead in (1, 3, 6):
        assert frame.loc[ahead, "naive"] == pytest.approx(scaled(bundled.followed, ahead, 1))
        assert frame.loc[ahead, "seasonal naive"] == pytest.approx(
            scaled(bundled.followed, ahead, 12)
        )
    told = lesson.clients(bundled).numbers
    assert told["naive_mase"] == pytest.approx(scaled(bundled.followed, 2, 1))
    assert round(told["naive_mase"], 2) == 1.19
    fan = lesson.fan(bundled).numbers
    assert fan["naive_mase"] == pytest.approx(scaled(bundled.total.to_frame(), 3, 12))


def test_it_says_whose_demand_is_forecast(bundled, linjiang):
    made = lesson.tested(bundled)
    assert "24 accounts that buy in every month and say each month what they expect" in str(made)
    rows = linjiang.rollup(period="month", line="P")
    wide = rows.pivot_table(index="period", columns="account_id", values="volume")
    assert (wide > 0).all().sum() == 525


def test_every_account_is_in_the_picture_of_the_potential(bundled):
    """Once accounts that buy nothing were left out, though the title counted their gaps, and those
    of them that named a wallet were drawn as if they had bought all of it."""
    made = lesson.potential(bundled)
    frame = made.numbers["frame"]
    buying = frame["bought"] > 0
    assert made.numbers["gap_buyers"] == pytest.approx(frame.loc[buying, "gap"].sum())
    assert round(made.numbers["gap_buyers"] / 1e6, 1) == 98.8
    drawn = {line.get_marker(): line for line in made.figure().axes[0].lines}
    assert sorted(drawn["o"].get_ydata()) == sorted(frame.loc[buying, "bought"])
    assert len(drawn["|"].get_xdata()) == 120 == (~buying).sum()
    assert "A0365" in made.numbers["who"] and not buying["A0365"]


def test_what_stands_is_marked_and_what_is_only_clear_of_one_is_counted(bundled):
    made = lesson.which_go_together(bundled)
    frame = made.numbers["frame"]
    clear = frame[(frame["odds_low"] > 1) & ~frame["told_within"]]
    assert made.numbers["clear"] == len(clear) == 5
    assert "5 more have an interval above one among their like" in str(made)
    dots = [line for line in made.figure().axes[0].lines if line.get_marker() == "o"]
    assert sorted(len(line.get_xdata()) for line in dots) == [3, 7]


def test_no_legend_hides_a_dot(bundled):
    for made in (lesson.campaign(bundled), lesson.which_go_together(bundled)):
        fig = made.figure()
        axes = fig.axes[0]
        fig.canvas.draw()
        box = axes.get_legend().get_window_extent()
        for line in axes.lines:
            if line.get_marker() in ("o", "D"):
                assert not any(
                    box.contains(*dot) for dot in axes.transData.transform(line.get_xydata())
                )


def test_what_is_held_covers_what_is_missed_each_time(bundled):
    """Once the spread of the errors about their mean: a forecast that is a tenth too low each time
    needed nothing for it."""
    frame = lesson.quantity_to_hold(bundled).numbers["frame"]
    y = bundled.total.to_numpy()
    missed = [y[at : at + 2].sum() - y[at - 12 : at - 10].sum() for at in range(35, 47)]
    assert frame.loc["seasonal naive", "sum"] == pytest.approx(np.sqrt(np.mean(np.square(missed))))
    assert np.mean(missed) > np.std(missed)
    assert frame.loc["seasonal naive", "hold"] > np.mean(missed)


def test_nothing_that_moves_is_no_effect():
    assert lesson._above_zero(0.0, 0.0) == "does not hold"
    assert lesson._above_zero(0.1, 0.2) == "holds"
    assert lesson._above_zero(-0.1, 0.2) == "cannot be told from this book"
    assert lesson._above_zero(float("nan"), float("nan")) == "cannot be told from this book"


def test_offers_that_cannot_miss_are_not_counted(bundled):
    pairs = lesson.which_go_together(bundled)
    numbers = lesson.offers(bundled, pairs).numbers
    many = bundled.held.sum(axis=1)
    sure = many[many >= 10].sum()
    assert numbers["sure"] == sure == 94
    assert numbers["hidden"] == many[(many > 1) & (many < 10)].sum()
    assert numbers["those"] == "its holders of like size"
    size = bundled.size.reindex(bundled.spend.index).rank(method="first")
    largest = bundled.spend.loc[size > 480, "storage"]
    assert numbers["worth"] == pytest.approx(largest[largest > 0].median())


def test_the_campaign_and_what_others_would_have_said(bundled):
    numbers = lesson.campaign(bundled).numbers
    assert numbers["low"] < 0.04 < numbers["high"]
    assert numbers["before_after"] > numbers["high"] and numbers["with_without"] > numbers["high"]
    # the story: less than half of the rise is the campaign's
    assert numbers["effect"] < 0.5 * numbers["before_after"]


def test_safety_stock_is_of_the_error_not_of_the_swing(bundled):
    numbers = lesson.quantity_to_hold(bundled).numbers
    swing = float(bundled.total.tail(12).std())
    assert numbers["hold"] < ws.safety_stock(swing, 2, 0.95)
    late = lesson.quantity_to_hold(bundled, late=0.5).numbers["hold"]
    assert late > numbers["hold"]


def test_verdicts_follow_from_their_intervals(bundled):
    pairs = lesson.which_go_together(bundled)
    offered, told = lesson.offers(bundled, pairs), lesson.clients(bundled)
    ahead = lesson.tested(bundled)
    table = lesson.claims(bundled, offered, ahead, told, lesson.campaign(bundled)).table
    verdict = table.set_index("claim")["verdict"]
    assert verdict["S000-9f"].startswith("holds") and verdict["S003-12a"].startswith("holds")
    assert verdict["S002-3a"].startswith("does not hold")
    assert verdict["S000-3c"] == "holds: against the seasonal naive forecast, 3 months ahead"
    for code in ("S000-12h", "S000-7h"):
        assert verdict[code].startswith("cannot be tested here")


def test_the_review_holds_what_the_steps_say(bundled):
    pairs = lesson.which_go_together(bundled)
    offered = lesson.offers(bundled, pairs)
    made = lesson.account_review(bundled, offered)
    frame = made.numbers["review"].set_index("account_id")
    gaps = lesson.potential(bundled).numbers["frame"]["gap"]
    assert frame["gap"].sum() == pytest.approx(gaps.sum())
    assert frame["wallet_share"].notna().sum() == 90 and frame["wallet_share"].max() <= 1
    assert "90 %" in made.numbers["meaning"]["potential"]


def test_odd_books_say_why(tmp_path):
    for name, step, told in (
        ("all_of_one_size", lesson.potential, "size takes fewer than 3 values"),
        ("few_wallets", lesson.on_survey, "wallet_survey.wallet of 20 accounts"),
        (
            "nobody_holds_two",
            lambda found: lesson.offers(found, lesson.which_go_together(found)),
            "",
        ),
        ("one_branch_each", lesson.campaign, "no interval can be given"),
        ("campaign_everywhere", lesson.campaign, "every branch had the campaign"),
        ("nothing_moves", lesson.tested, "with sales that move"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        assert told in str(step(odd(folder, name))), name


def test_a_line_that_is_not_most_of_it_is_not_forecast_for_all(tmp_path):
    """Once: the sales of one article of 3,663 were the demand of the book."""
    assert odd(tmp_path, "six_lines").demand == "sales"


def ledger(rows: pd.DataFrame, folder, top: str = "") -> Book:
    rows.to_csv(folder / "ledger.csv", index=False)
    (folder / "book.toml").write_text(
        f'contract_version = 1\nname = "trial"\nperiod = "all"\n{top}'
        '[tables.ledger]\npath = "ledger.csv"\nduplicates = "keep"\n',
        encoding="utf-8",
    )
    return Book.open(folder / "book.toml")


def test_northwind_from_its_ledger_alone(real_data, tmp_path):
    folder = real_data / "northwind"
    rows = pd.read_csv(folder / "order_details.csv").merge(
        pd.read_csv(folder / "orders.csv"), on="OrderID"
    )
    products = pd.read_csv(folder / "products.csv")[["ProductID", "CategoryID"]]
    names = pd.read_csv(folder / "categories.csv")[["CategoryID", "CategoryName"]]
    rows = rows.merge(products, on="ProductID").merge(names, on="CategoryID")
    rows["revenue"] = rows["UnitPrice"] * rows["Quantity"] * (1 - rows["Discount"])
    rows = rows.rename(
        columns={"CustomerID": "account_id", "OrderDate": "date", "CategoryName": "line"}
    )
    kept = rows[["account_id", "date", "line", "revenue"]]
    found = lesson.space(ledger(kept, tmp_path, "as_of = 2018-05-06\n"))
    held = kept.groupby(["account_id", "line"]).size().unstack(fill_value=0) > 0
    space = lesson.white_space(found).numbers
    assert (space["accounts"], space["products"]) == (89, 8)
    assert space["blank"] == pytest.approx(1 - held.to_numpy().mean())
    assert round(space["blank"], 3) == 0.160
    both = held["Seafood"] & held["Dairy Products"]
    pairs = lesson.which_go_together(found).numbers
    row = pairs["frame"].set_index(["first", "second"]).loc[("Dairy Products", "Seafood")]
    assert row["together"] == both.sum()
    lift = both.mean() / (held["Seafood"].mean() * held["Dairy Products"].mean())
    assert row["lift"] == pytest.approx(lift)
    # nothing of 28 pairs stands as it looks: everybody buys nearly everything
    assert (pairs["pairs"], pairs["told"]) == (28, 0)
    made = lesson.potential(found)
    assert made.numbers["what"] == "Seafood" and made.numbers["drawn"] == held["Seafood"].sum()
    assert made.numbers["slope"] == pytest.approx(0.75, abs=0.005)
    tested = lesson.tested(found).numbers
    months = kept.assign(month=pd.to_datetime(kept["date"]).dt.to_period("M"))
    total = months.groupby("month")["revenue"].sum().iloc[:-1]  # May 2018 breaks off
    assert len(found.total) == len(total) == 22
    errors = [
        abs(total.iloc[end + ahead] - total.iloc[end - 1]) / total.iloc[:end].diff().abs().mean()
        for end in range(8, 20)
        for ahead in (2,)
    ]
    assert tested["naive_mase"] == pytest.approx(np.mean(errors), rel=1e-3)
    # 22 months leave no year for the seasonal naive forecast: nothing says "both" or "the better"
    assert "the naive forecast 1.99 times. The seasonal one takes more months" in str(
        lesson.tested(found)
    )
    assert "than the naive forecast (the seasonal" in str(lesson.other_horizons(found))
    assert "cannot be tested on so few months" in str(lesson.fan(found))
    tried = lesson.other_quantiles(found)
    assert tried.numbers["tried"] == 3 and "No line at 95 %: q is 0.95: fewer than 5 of" in str(
        tried
    )
    offered = lesson.offers(found, lesson.which_go_together(found)).numbers
    blanks = 8 - held.sum(axis=1)
    could = held[(blanks >= 3) & (held.sum(axis=1) > 1)]
    assert offered["hidden"] == could.to_numpy().sum()
    assert offered["hidden"] + offered["sure"] == held[held.sum(axis=1) > 1].to_numpy().sum()


def test_cdnow_forecast_beside_the_naive_one(cdnow):
    found = lesson.space(cdnow, "all")
    assert not lesson.white_space(found).known and not lesson.potential(found).known
    made = lesson.fan(found).numbers
    # a book of new customers that fade: no year to compare with, and the naive forecast wins
    assert made["tried"] == 8 and made["best_naive"] == "naive"
    assert made["naive_mase"] < made["mase"]
    assert found.total.sum() == pytest.approx(2_500_315.63)


def test_online_retail_has_ties_beyond_breadth(real_data, tmp_path):
    rows = pd.read_parquet(real_data / "online_retail" / "online_retail.parquet")
    rows = rows.dropna(subset=["CustomerID"])
    rows = pd.DataFrame(
        {
            "account_id": rows["CustomerID"].astype(float).astype(int).astype(str),
            "line": rows["StockCode"].astype(str),
            "revenue": rows["Quantity"] * rows["UnitPrice"],
        }
    )
    summed = rows.groupby(["account_id", "line"], as_index=False)["revenue"].sum()
    found = lesson.space(ledger(summed, tmp_path))
    assert found.spend.shape[1] == 40 and found.left_out > 3_000
    pairs = lesson.which_go_together(found)
    numbers = pairs.numbers
    # nearly every pair of articles has a lift above one; among accounts as broad, a quarter
    assert numbers["above"] / numbers["pairs"] > 0.95
    assert numbers["within"] / numbers["pairs"] < 0.35
    offered = lesson.offers(found, pairs).numbers
    assert offered["gain_low"] > 0.15 and offered["chance"] < 0.9


def test_maven_tells_no_season_of_ten_months(real_data, tmp_path):
    rows = pd.read_csv(real_data / "maven_crm" / "sales_pipeline.csv")
    rows = rows[rows["deal_stage"] == "Won"]
    rows = rows.assign(line=rows["product"].replace("GTXPro", "GTX Pro"))
    rows = rows.rename(
        columns={"account": "account_id", "close_date": "date", "close_value": "revenue"}
    )
    found = lesson.space(ledger(rows[["account_id", "date", "line", "revenue"]], tmp_path))
    assert found.spend.shape == (85, 7)
    # both steps look at the same months, and say how many it would take
    assert "over 13 whole months" in str(lesson.tested(found))
    assert "over 11 whole months" in str(lesson.other_horizons(found))
    pairs = lesson.which_go_together(found)
    # all but GTK 500 are held by everybody: there is no pair to judge, and one thing to offer
    assert found.held.all().sum() == 6
    assert not pairs.known and "some accounts hold and others do not" in str(pairs)
    offered = lesson.offers(found, pairs)
    assert set(offered.numbers["frame"]["product"]) == {"GTK 500"}
    assert len(offered.numbers["frame"]) == (~found.held["GTK 500"]).sum()
    # nobody lacks more than one of the seven: three offers name what is hidden in any case
    assert "such offers cannot be tested" in str(offered) and "100.0 %" not in str(offered)


def every_month(accounts: int, months: int, folder, empty: int | None = None) -> Book:
    """Accounts that buy in every month, with a season; but for one month without any sales."""
    rng = np.random.default_rng(5)
    when = pd.period_range("2021-04", periods=months, freq="M")
    level = np.exp(rng.normal(6, 1, accounts))
    rows = [
        (f"W{a:02d}", f"{month}-10", round(level[a] * (1 + 0.4 * np.sin(n / 2)) * noise, 2))
        for n, month in enumerate(when)
        for a, noise in enumerate(rng.lognormal(0, 0.2, accounts))
        if n != empty
    ]
    return ledger(pd.DataFrame(rows, columns=["account_id", "date", "revenue"]), folder)


def in_steps(wide: pd.DataFrame, ahead: int, origins: int, season: int) -> float:
    """MASE of the naive forecast by hand: the last month again, over the steps seen until then."""
    errors = []
    for end in range(len(wide) - ahead - origins + 1, len(wide) - ahead + 1):
        seen = wide.iloc[:end]
        step = (seen - seen.shift(season)).abs().mean()
        errors.append(((wide.iloc[end + ahead - 1] - seen.iloc[-1]).abs() / step).mean())
    return float(np.mean(errors))


@pytest.mark.parametrize(
    ("months", "origins", "season"),
    [
        # six months ahead, the first of twelve dates sees two years
        (41, {1: 12, 3: 12, 6: 12}, 12),
        # eleven ahead, the first of five dates sees 21 months, and the first of twelve 14
        (36, {1: 5, 3: 5, 11: 5}, 12),
        (36, {1: 12, 3: 10, 11: 12}, 1),
    ],
)
def test_all_horizons_are_measured_in_the_same_steps(tmp_path, months, origins, season):
    found = lesson.space(every_month(5, months, tmp_path))
    made = lesson.other_horizons(found, tuple(origins), max(origins.values()))
    words = {12: "from year to year", 1: "from month to month"}
    assert made.numbers["steps"] == words[season]
    by_hand = {ahead: in_steps(found.followed, ahead, n, season) for ahead, n in origins.items()}
    assert made.numbers["frame"]["naive"].to_dict() == pytest.approx(by_hand, rel=1e-9)


def test_a_month_without_sales_is_the_reason_that_is_given(tmp_path):
    said = {}
    for name, empty, months in (("empty", 7, 41), ("short", None, 20)):
        folder = tmp_path / name
        folder.mkdir()
        found = lesson.space(every_month(10, months, folder, empty))
        said[name] = lesson._of_barometer(found).why
    assert said["empty"] == "needs sales of both above zero in every month; 1 lack them"
    assert said["short"] == "needs 30 dated months of both; there are 20"


def test_it_says_of_how_many_the_followed_are_the_largest(tmp_path):
    for accounts, words in (
        (30, "24 accounts, the largest of the 30 that buy in every month"),
        (9, "9 accounts, all that buy in every month"),
    ):
        folder = tmp_path / str(accounts)
        folder.mkdir()
        found = lesson.space(every_month(accounts, 41, folder))
        assert words in str(lesson.tested(found))
        largest = found.total.sum() if accounts == 9 else None
        assert largest is None or found.followed.sum().sum() == pytest.approx(largest)


def test_what_holders_spend_is_called_so_and_is_of_the_whole_time(tmp_path):
    rng = np.random.default_rng(1)
    rows = [
        (f"A{a:02d}", f"2023-{m:02d}-05", line, round(float(rng.lognormal(4, 1)), 2))
        for a in range(60)
        for line in ("X", "Y", "Z")
        if rng.random() < 0.7
        for m in range(1, 13)
    ]
    frame = pd.DataFrame(rows, columns=["account_id", "date", "line", "revenue"])
    found = lesson.space(ledger(frame, tmp_path))
    by = frame.groupby(["line", "account_id"])["revenue"].sum()
    space = lesson.white_space(found)
    assert space.table["typical"].to_dict() == pytest.approx(by.groupby("line").median().to_dict())
    made = lesson.offers(found, lesson.which_go_together(found))
    assert "more on it (from 2023-01-05 to 2023-12-05)" in str(made)
    heads = [shown.header for one in (space, made) for shown in one.columns.values()]
    assert "a buyer spends (median)" in heads and "holders spend (median)" in heads
    assert not [text for text in (*heads, str(space), str(made)) if "bill" in text]


def test_what_no_sum_holds_is_named(tmp_path):
    rng = np.random.default_rng(2)
    rows = [
        (f"A{a:02d}", line, round(10.0 * (a + 1) * rng.lognormal(0, 0.5), 2))
        for a in range(60)
        for line in ("X", "Y")
    ]
    rows += [("A01", "D", -12.5), ("A02", "D", -7.5), ("A03", "", 40.0)]
    rows += [(f"B{a}", "X", 100.0) for a in range(5)]
    frame = pd.DataFrame(rows, columns=["account_id", "line", "revenue"])
    found = lesson.space(ledger(frame, tmp_path))
    made = lesson.book_in_numbers(found)
    assert made.numbers["unsold"] == ["D"] and made.numbers["none_of"] == -20.0
    assert made.numbers["nameless"] == 40.0
    parts = sum(made.numbers[name] for name in ("sum", "none_of", "nameless"))
    assert parts == pytest.approx(frame["revenue"].sum())
    assert "nobody bought anything of it: D" in str(made)
    # five buy X alone: by nothing else they can be compared, and their 500 are in no sum
    line = lesson.potential(found)
    assert line.numbers["without"] == 5 and line.numbers["without_bought"] == 500.0
    sold = frame.loc[frame["line"] == "X", "revenue"].sum()
    assert line.numbers["bought"] + 500.0 == pytest.approx(sold)
    assert "5 accounts that have no potential" in str(line)


def test_a_pair_without_an_end_is_not_drawn_and_is_counted(tmp_path):
    rng = np.random.default_rng(3)
    rows = [
        (f"A{a:02d}", line, 10.0)
        for a in range(72)
        for line, share in (("all", 0.93), ("X", 0.5), ("Y", 0.5), ("few", 0.16))
        if rng.random() < share or (line == "all" and a < 20)
    ]
    rows = [row for row in rows if not (row[1] == "few" and int(row[0][1:]) >= 20)]
    frame = pd.DataFrame([*rows, *[(f"A{a:02d}", "few", 10.0) for a in range(11)]])
    frame = frame.set_axis(["account_id", "line", "revenue"], axis=1)
    found = lesson.space(ledger(frame, tmp_path))
    made = lesson.which_go_together(found)
    table = made.numbers["frame"]
    ends = table["odds_low"].gt(0) & np.isfinite(table["odds_high"])
    assert made.numbers["endless"] == int((~ends).sum()) > 0
    assert "Not drawn: " in str(made)
    axes = made.figure().axes[0]
    assert len(axes.get_yticks()) == int(ends.sum())


def test_a_book_without_wallets_is_not_told_of_their_slope(bundled, tmp_path):
    found = lesson.space(every_month(30, 36, tmp_path))
    names = ("account_sizes", "wallet_survey", "client_forecasts", "campaign_months")
    assert found.lacking() == names and bundled.lacking() == ()
    made = truth.found_in_size("15", 30, 36, 1, lacking=found.lacking())
    assert not made.known and "account_sizes" in str(made)
    part = truth.found_in_size("15", 60, 36, 1, lacking=("wallet_survey",))
    assert not [name for name in part.table.index if "wallet" in name or "slope" in name]
    assert "the campaign is told from nothing" in part.table.index
    assert "the slope of the wallet" in str(part)


def test_the_sector_factor_by_plain_pandas(bundled, linjiang):
    """A dozen lines of pandas and least squares: the error of one account by its sector."""
    rows = linjiang.rollup(period="month", line="P")
    wide = rows.pivot_table(index="period", columns="account_id", values="volume").fillna(0)
    logs = np.log(wide.loc[:, (wide > 0).all()])
    sector = linjiang.counted("accounts").set_index("account_id")["sector"]
    made = lesson.tested(bundled)
    name, months = bundled.followed.columns[0], len(logs)
    others = [i for i in logs if i != name and sector[i] == sector[name]]
    t = np.arange(months)
    month = (t[:, None] % 12 == np.arange(1, 12)).astype(float)
    errors = []
    for end in range(months - 14, months - 2):
        factor = logs[others].mean(axis=1).to_numpy(copy=True)
        x = np.column_stack([np.ones(months), t, month])
        factor[end:] = x[end:] @ np.linalg.lstsq(x[:end], factor[:end], rcond=None)[0]
        x = np.column_stack([np.ones(months), t, factor])
        y = logs[name].to_numpy()
        told = np.exp(x[end + 2] @ np.linalg.lstsq(x[:end], y[:end], rcond=None)[0])
        came = wide[name].to_numpy()
        step = np.abs(came[12:end] - came[: end - 12]).mean()
        errors.append(abs(came[end + 2] - told) / step)
    each = made.numbers["each"]["regression with sector factor"]
    assert each[name] == pytest.approx(np.mean(errors))
    assert made.numbers["sector_mase"] == pytest.approx(each.mean())
    assert round(made.numbers["sector_mase"], 2) == 0.95
    assert round(made.numbers["sector_low"], 3) == 0.001
    assert lesson.by_account(made).numbers["less"] == 17


def test_without_a_sector_it_is_said_what_a_factor_takes(bundled):
    bare = replace(bundled, sector=None, factor="accounts.sector")
    made = lesson.tested(bare)
    assert "A forecast with the factor of the sector takes accounts.sector." in str(made)
    assert list(made.numbers["frame"].index) == ["naive", "seasonal naive", "regression"]
    assert "takes accounts.sector" in str(lesson.by_account(made))
    short = replace(bundled, followed=bundled.followed.tail(20), total=bundled.total.tail(20))
    assert "takes 24 months before the first date" in str(lesson.tested(short))
    assert not lesson.by_account(lesson.tested(short)).known


def test_figure_and_text_tell_of_the_same_pairs(bundled):
    made = lesson.which_go_together(bundled)
    held = bundled.held[bundled.held.any(axis=1)]
    one, two = held["operation"], held["power_quality"]
    a, b, c, d = ((x & y).sum() + 0.5 for x in (one, ~one) for y in (two, ~two))
    assert made.numbers["top_plain"] == pytest.approx(a * d / (b * c))
    assert "Drawn are 10 pairs: the largest lifts, and those that stand" in str(made)
    assert "As an odds ratio the largest lift is 8.44 as it looks, and 2.25" in str(made)


def test_a_forecast_says_its_unit(bundled):
    assert "2.10 bn units of ledger.volume (1.95 bn to" in str(lesson.fan(bundled))
    assert "2.10 bn CNY (" in str(lesson.fan(replace(bundled, demand="sales of P")))
    figure = lesson.fan(bundled).figure()
    assert figure.axes[0].get_ylabel() == "quantity of P, units of ledger.volume"
