"""What lesson 16 says of small books worked by hand, and of real ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from gallery import books_price_response
from scipy import stats
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.book import Book
from keyacct_utils.lessons.price_response import findings as lesson
from keyacct_utils.lessons.price_response import response

CATEGORIES = """
SELECT orders.CustomerID AS account_id, orders.OrderDate AS date, details.Quantity AS volume,
       {line} AS line, details.UnitPrice * details.Quantity * (1 - details.Discount) AS revenue
FROM details JOIN orders ON orders.OrderID = details.OrderID
JOIN products ON products.ProductID = details.ProductID
"""


def odd(tmp_path, name):
    files = books_price_response.BOOKS[name]()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.observed(Book.open(tmp_path / "book.toml"))


@pytest.fixture(scope="module")
def found(linjiang):
    return lesson.observed(linjiang)


@pytest.fixture(scope="module")
def told(found):
    return lesson.classes(found)


def test_the_wrong_sign_is_called_wrong_only_where_it_is(found, tmp_path):
    said = str(lesson.elasticities(found))
    assert "The sign is wrong." in said
    other = lesson.elasticities(odd(tmp_path, "agreed_prices"))
    assert other.numbers["high"] < 0
    assert ("The sign is wrong." in str(other)) == (other.numbers["plain"] > 0)


def test_the_numbers_are_those_of_the_functions(found):
    made = lesson.elasticities(found)
    again = response.elasticity(
        found.months,
        instruments=["log_posted"],
        controls=["risk"],
        cluster=["account_id", "month"],
    )
    assert made.numbers["best"] == pytest.approx(again.estimate)
    assert (made.numbers["low"], made.numbers["high"]) == pytest.approx((again.low, again.high))


def test_discounts_by_risk_recounted(found, linjiang):
    rows = linjiang.table("price_months")
    low = rows[rows["risk"] <= 2]
    made = lesson.discounts_follow_risk(found)
    assert made.numbers["given"] == pytest.approx((1 - low["price"] / low["list_price"]).mean())


def test_a_ledger_without_posted_prices_gets_no_classes(tmp_path):
    """Amount over volume, and discounts that follow risk, would sort the accounts wrongly."""
    answers = odd(tmp_path, "one_pays_less")
    said = lesson.classes(answers)
    assert not said.known and "list\\_price" in str(said).replace("list_price", "list\\_price")
    assert not lesson.whose_discount_pays(answers, said).known


def test_who_pays_less_by_hand(tmp_path):
    """One of twelve pays a fifth less than the others, in each month."""
    made = lesson.who_pays_less(odd(tmp_path, "one_pays_less"), 0.05, peers=10)
    assert (made.numbers["less"], made.numbers["accounts"]) == (1, 12)
    assert made.table.index[0] == "A03"
    assert made.table["part"].iloc[0] == pytest.approx(-0.2, abs=2e-3)


def test_a_mix_of_products_is_no_price(tmp_path):
    answers = odd(tmp_path, "lines_of_many_products")
    assert answers.mixed
    assert "mix of products more than a price" in str(lesson.elasticities(answers))
    assert "mix of products" in lesson.who_pays_less(answers).unknown


def test_what_is_left_out_is_in_no_table(tmp_path):
    answers = odd(tmp_path, "left_out_accounts")
    assert "A13" not in set(answers.months["account_id"])
    assert "A13" not in set(answers.sales["account_id"])


def test_a_discount_pays_only_where_its_interval_says_so(found, told):
    made = lesson.whose_discount_pays(found, told, 0.05, least=0.01)
    frame = made.numbers["frame"]
    assert made.numbers["pays"] <= (frame["low"] > 0).sum() <= len(frame)
    assert made.numbers["all"] == pytest.approx(frame["gain"].sum())
    assert made.numbers["needed"] == pytest.approx(0.05 / (made.numbers["margin"] - 0.05))
    fewer = lesson.whose_discount_pays(found, told, 0.05, least=0.03)
    assert fewer.numbers["pays"] < made.numbers["pays"]
    with pytest.raises(ValueError, match="above 0"):
        lesson.whose_discount_pays(found, told, 0.0)


def test_the_claims_follow_their_intervals(found, told):
    elastic, leaving = lesson.elasticities(found), lesson.who_leaves(found)
    pays, shifted = lesson.whose_discount_pays(found, told), lesson.peak_and_valley(found)
    made = lesson.claims(found, elastic, told, leaving, pays, shifted)
    verdicts = {claim[0]: claim[4] for claim in made.data["claims"]}
    assert verdicts["S000-7e"] == "holds" and verdicts["S000-7f"] == "holds"
    assert verdicts["S000-5k"] == verdicts["S003-9d"] == "cannot be tested here"
    tiers = next(claim for claim in made.data["claims"] if claim[0] == "S000-5l")
    slope = told.numbers["frame"]["elasticity"]
    size = found.revenue.reindex(slope.index).sort_values(ascending=False, kind="stable")
    top = slope[size.index[:80]].mean() - slope[size.index[80:]].mean()
    assert tiers[3].startswith(f"{top:.2f} (")


def test_the_tariffs_add_up(found):
    shifted = lesson.peak_and_valley(found)
    made = lesson.eight_tariffs(found, shifted)
    table = made.numbers["frame"]
    assert len(table) == 8 and made.numbers["n_both"] == len(made.numbers["both"])
    both = table[(table["saved"] > 0) & (table["margin"] > 0)]
    assert len(both) == made.numbers["n_both"]


def test_the_review_names_what_each_account_is(found, told):
    less = lesson.who_pays_less(found)
    frame = lesson.account_review(found, told, less).numbers["review"].set_index("account_id")
    assert frame["price_class"].notna().sum() == 400
    assert set(frame["price_class"].dropna()) == {"rigid", "elastic", "sensitive"}
    assert frame["price_class_chance"].dropna().between(1 / 3, 1).all()


def northwind(tmp_path, line):
    path = tmp_path / "book.toml"
    path.write_text(
        'contract_version = 1\nname = "Northwind"\ncurrency = "USD"\nperiod = "all"\n'
        'root_env = "KEYACCT_REAL_DATA"\n'
        '[files.orders]\npath = "northwind/orders.csv"\n'
        '[files.details]\npath = "northwind/order_details.csv"\n'
        '[files.products]\npath = "northwind/products.csv"\n'
        f'[tables.ledger]\nsql = """{CATEGORIES.format(line=line)}"""\n',
        encoding="utf-8",
    )
    return lesson.observed(Book.open(path))


def test_northwind_by_product(real_data, tmp_path):
    """What a unit costs is a price only where a line is one product; recomputed in plain pandas."""
    made = lesson.elasticities(northwind(tmp_path, "products.ProductName"))
    folder = real_data / "northwind"
    orders, rows = pd.read_csv(folder / "orders.csv"), pd.read_csv(folder / "order_details.csv")
    rows = rows.merge(orders[["OrderID", "CustomerID", "OrderDate"]], on="OrderID")
    rows["month"] = rows["OrderDate"].str.slice(0, 7)
    rows = rows[rows["month"] != "2018-05"]  # the ledger breaks off on the 6th
    rows["revenue"] = (
        rows["UnitPrice"] * rows["Quantity"] * (1 - rows["Discount"]).round(4)
    ).round(4)
    keys = ["CustomerID", "ProductID", "month"]
    sums = rows.groupby(keys)[["revenue", "Quantity"]].sum().reset_index()
    sums = sums[(sums["revenue"] > 0) & (sums["Quantity"] > 0)]
    x, y = np.log(sums["revenue"] / sums["Quantity"]), np.log(sums["Quantity"])
    assert made.numbers["plain"] == pytest.approx(np.polyfit(x, y, 1)[0], abs=2e-3)
    assert made.numbers["plain"] == pytest.approx(-0.012, abs=2e-3)
    # by dummies of account and product and of product and month; -0.298 with the broken month
    assert made.numbers["best"] == pytest.approx(0.0037, abs=5e-4)
    assert made.numbers["low"] < -1 < 0 < made.numbers["high"]


def test_northwind_by_category_is_a_mix(real_data, tmp_path):
    del real_data
    answers = northwind(tmp_path, "CAST(products.CategoryID AS VARCHAR)")
    # 1,727 with the six days of May 2018, in which the ledger breaks off
    assert answers.mixed and len(answers.months) == 1_691
    assert "mix of products" in str(lesson.who_pays_less(answers))


def test_cdnow_has_no_price_but_a_mix(real_data, tmp_path):
    """Dollars over discs: the mean price of what was bought, recomputed in plain pandas."""
    rows = pd.read_csv(
        real_data / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": "str"}
    )
    rows = rows.set_axis(["account_id", "date", "volume", "revenue"], axis=1)
    rows["date"] = pd.to_datetime(rows["date"].astype(str)).dt.strftime("%Y-%m-%d")
    rows.to_csv(tmp_path / "ledger.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "CDNOW"\nperiod = "all"\n'
        '[tables.ledger]\npath = "ledger.csv"\nduplicates = "keep"\n',
        encoding="utf-8",
    )
    answers = lesson.observed(Book.open(tmp_path / "book.toml"))
    month = rows["date"].str.slice(0, 7)
    sums = rows.groupby([rows["account_id"], month])[["revenue", "volume"]].sum()
    sums = sums[sums["revenue"] > 0]
    assert len(answers.months) == len(sums) == 55_303 and answers.mixed
    made = lesson.elasticities(answers)
    x, y = np.log(sums["revenue"] / sums["volume"]), np.log(sums["volume"])
    assert made.numbers["plain"] == pytest.approx(np.polyfit(x, y, 1)[0], abs=1e-6)
    assert made.numbers["best"] == pytest.approx(-0.2008, abs=1e-3)
    assert not lesson.classes(answers).known
    assert lesson._of_size(answers).verdict == "cannot be told from this book"


def plain_tolerance(offers):
    """Where the logit of renewal on the gap is even, by level: a regression with statsmodels."""
    levels = pd.get_dummies(offers["group"]).astype(float)
    x = levels.assign(gap=-offers["gap"].astype(float))
    made = sm.Logit(offers["renewed"].astype(float), x).fit(disp=0).params
    return made[levels.columns] / made["gap"]


def test_who_leaves_tells_accounts_as_they_are_from_accounts_alike(found):
    """The title once gave the gap of an account that nobody has."""
    made = lesson.who_leaves(found, gap=10.0)
    plain = plain_tolerance(found.offers)
    assert made.numbers["half"] == pytest.approx(plain["level 1"], abs=1e-3)
    assert made.numbers["half"] == pytest.approx(2.62, abs=0.01)
    assert made.numbers["half_most"] == pytest.approx(17.76, abs=0.01)
    assert made.numbers["tolerance"] == pytest.approx(3.05, abs=0.01)
    assert "half of level 1 leave at a gap of 2.6" in str(made)
    assert "long after an offer, level 1 tolerates 3.1" in str(made)
    near = found.offers[(found.offers["bond_level"] == 1) & found.offers["gap"].between(9, 11)]
    low, high = proportion_confint(int(near["renewed"].sum()), len(near), method="wilson")
    assert low < made.numbers["stays"] < high


def test_a_discount_is_reckoned_with_each_accounts_own_tolerance(found, told, linjiang):
    """Gain written out: a logit of the offers, the last offer of each, prices of the last year."""
    o = found.offers
    x = pd.get_dummies(o["group"]).astype(float).assign(
        gap=-o["gap"].astype(float), fresh=o["fresh"].astype(float), value=o["value"].astype(float)
    )  # fmt: skip
    fit = sm.Logit(o["renewed"].astype(float), x).fit(disp=0).params
    last = o.assign(odds=x @ fit).sort_values("date", kind="stable")
    last = last.drop_duplicates("account_id", keep="last").set_index("account_id")
    rows = linjiang.table("price_months")
    rows = rows[rows["month"].dt.year == 2024]
    q = rows.groupby("account_id")["volume"].sum()
    p = (rows["volume"] * rows["price"]).groupby(rows["account_id"]).sum() / q
    c = (rows["volume"] * rows["unit_cost"]).groupby(rows["account_id"]).sum() / q
    last = last.reindex(q.index)
    then = last["odds"] + fit["gap"] * (last["gap"] - (100 - (100 - last["gap"]) / 0.95))
    after = (0.95 * p - c) * q * 0.95 ** told.numbers["frame"]["shrunk"].reindex(q.index)
    gain = expit(then) * after - expit(last["odds"]) * (p - c) * q
    made = lesson.whose_discount_pays(found, told, 0.05)
    assert made.numbers["all"] == pytest.approx(gain.sum(), rel=1e-4)
    assert made.numbers["all"] == pytest.approx(-11.71e6, abs=0.01e6)
    assert made.numbers["low"] < made.numbers["frame"]["low"].sum()  # tolerances add to it
    assert made.numbers["low"] < made.numbers["all"] < made.numbers["high"] < 0
    assert "with 36 of them it brings 1 % of the bill or more" in str(made)


def test_the_story_is_counted(found, told):
    """Fewer than half, most of them rigid or elastic, and they would leave."""
    made = lesson.whose_discount_pays(found, told, 0.05, least=0.01)
    frame = made.numbers["frame"].join(lesson._of_last_year(found, told)["bill"])
    pays = frame[frame["low"] > 0.01 * frame["bill"]]
    assert len(pays) == made.numbers["pays"] == 171 < 0.5 * len(frame)
    assert (pays["by_keeping"] > 0).all() and (pays["by_volume"] < 0).mean() > 0.9
    less = lesson.who_pays_less(found)
    assert (less.numbers["less"], less.numbers["new"], less.numbers["new_less"]) == (144, 75, 75)
    assert (less.numbers["old"], less.numbers["old_less"]) == (525, 69)
    assert less.numbers["new_part"] == pytest.approx(0.133, abs=1e-3)
    assert less.table["since"].iloc[0] == "2001-01"


def test_the_share_is_of_what_those_bought_who_pay_less(found):
    made = lesson.who_pays_less(found)
    low = made.numbers["frame"][made.numbers["frame"]["less"]]
    assert made.numbers["share"] == pytest.approx(low["forgone"].sum() / low["amount"].sum())
    assert "11.3 % of what they paid for these purchases" in str(made)


def test_what_is_compared_with_peers_is_stated(tmp_path):
    """A share of sales was once given that was one of compared purchases only."""
    answers = odd(tmp_path, "list_prices_that_move")
    made = lesson.who_pays_less(answers)
    rows = pd.read_csv(tmp_path / "ledger.csv")
    with_peers = rows[rows["line"] != "service"]["revenue"].sum()
    assert made.numbers["compared"] == pytest.approx(with_peers)
    assert made.numbers["compared_share"] == pytest.approx(with_peers / rows["revenue"].sum())
    assert made.numbers["compared_share"] < 0.999
    low = made.numbers["frame"][made.numbers["frame"]["less"]]
    assert made.numbers["share"] == pytest.approx(low["forgone"].sum() / low["amount"].sum())
    assert "of what has a price" in str(made) and "of these purchases" not in str(made)


def slopes_in_pandas(rows):
    """Of log volume on log price, within (account, line), and with dummies of (line, month)."""
    rows = rows.assign(p=np.log(rows["revenue"] / rows["volume"]), q=np.log(rows["volume"]))

    def off(names):
        return [rows[x] - rows.groupby(names)[x].transform("mean") for x in ("p", "q")]

    p, q = off(["account_id", "line"])
    p_line, q_line = off(["line"])
    keys = rows["line"] + rows["account_id"], rows["line"] + rows["date"]
    x = np.column_stack([pd.get_dummies(key, dtype=float) for key in keys])
    left = rows[["p", "q"]].to_numpy()
    left = left - x @ np.linalg.lstsq(x, left, rcond=None)[0]
    return {
        "alone": (p @ q) / (p @ p),
        "in_line": (p_line @ q_line) / (p_line @ p_line),
        "best": (left[:, 0] @ left[:, 1]) / (left[:, 0] @ left[:, 0]),
        "left": (left[:, 0] @ left[:, 0]) / (p @ p),
    }


def test_a_list_price_that_moves_for_all_is_seen_with_the_months_left_in(tmp_path):
    """Planted is -0.8. Only what was left with the months out was once told, as "each account with
    itself".
    """
    answers = odd(tmp_path, "list_prices_that_move")
    made = lesson.elasticities(answers)
    wanted = slopes_in_pandas(pd.read_csv(tmp_path / "ledger.csv"))
    for name, value in wanted.items():
        assert made.numbers[name] == pytest.approx(value, rel=1e-4), name
    assert made.numbers["alone_low"] < -0.8 < made.numbers["alone_high"] < 0
    assert made.numbers["left"] < 0.05
    assert made.numbers["low"] < -1 and made.numbers["high"] > 0  # little is left to tell from
    said = str(made)
    assert f"{wanted['alone']:.2f} percent in volume** where each account is compared" in said
    assert f"**and of {wanted['best']:.2f}** where what a month has in common" in said
    assert f"The months leave {wanted['left']:.1%}".replace("%", " %") in said
    assert f"those of one line {wanted['in_line']:.2f}" in said
    divided = lesson.division_bias(answers, made)
    assert divided.numbers["divided"] == pytest.approx(wanted["alone"], rel=1e-4)


def test_prices_of_which_the_months_leave_nothing(tmp_path):
    """One price for all in each month: told with the months left in, and that it is only so."""
    answers = odd(tmp_path, "list_prices_that_move")
    months = answers.months.copy()
    months["price"] = months.groupby("month")["price"].transform("mean")
    made = lesson.elasticities(replace(answers, months=months))
    assert made.numbers["left"] == pytest.approx(0, abs=1e-9)
    assert made.numbers["best"] == made.numbers["alone"] and made.numbers["repaired"] == "no"
    assert "nothing can be told" in str(made) and "only where nothing but the price" in str(made)


def test_a_ledger_whose_prices_were_set_for_all_gives_both_numbers_too(tmp_path):
    odd(tmp_path, "list_prices_that_move")
    answers = lesson.observed(Book.open(tmp_path / "book.toml"), instrument="price")
    made = lesson.elasticities(answers)
    assert made.numbers["repaired"] == "yes"
    assert "where each account is compared with itself" in str(made)
    assert "Nothing in this book says why" not in str(made)


def test_the_largest_gain_is_no_largest_change(found):
    made = lesson.eight_tariffs(found, lesson.peak_and_valley(found))
    said, table = str(made), made.numbers["frame"]
    assert abs(made.numbers["lost"]) > made.numbers["most"]
    assert "The largest gain of our margin comes from: wider spread" in said
    assert "The largest loss comes from: discount in wet months" in said
    assert made.table["bills"].to_numpy() == pytest.approx(-table["saved"].to_numpy())
    assert "months 5 to 10" in said and "load factor of 60 %" in said
    drier = lesson.eight_tariffs(found, lesson.peak_and_valley(found), wet_months=(11, 1))
    assert drier.numbers["frame"]["saved"]["wet_season"] < table["saved"]["wet_season"]
    stricter = lesson.eight_tariffs(found, lesson.peak_and_valley(found), even_load=0.8)
    assert stricter.numbers["frame"]["accounts"]["load_factor"] < 11
    with pytest.raises(ValueError, match="wet_months"):
        lesson.eight_tariffs(found, lesson.peak_and_valley(found), wet_months=(0, 5))
    colours = [line.get_color() for line in made.figure().axes[0].get_lines()[2:]]
    assert len(set(colours)) == 8


@pytest.mark.parametrize("limits", ["not", "other"])
def test_dotted_lines_mark_crossings_that_are_drawn(found, limits):
    figure = lesson.price_points(found, limits).figure()
    lines = figure.axes[0].get_lines()
    curves = [line.get_xydata() for line in lines if len(line.get_xydata()) > 2]
    marks = [line.get_xdata()[0] for line in lines if len(line.get_xydata()) == 2]
    assert (len(curves), len(marks)) == (6 if limits == "not" else 4, 4)
    for mark in marks:
        at = sorted(np.interp(mark, curve[:, 0], curve[:, 1]) for curve in curves)
        assert min(np.diff(at)[np.array(at[1:]) > 0.005]) < 0.015, mark


def test_bands_of_risk_are_stated(found, linjiang):
    made = lesson.discounts_follow_risk(found, bands=(2.5, 4.5, 6.5))
    assert list(made.table.index)[:2] == ["low: up to 2.5", "middle: up to 4.5"]
    risk = linjiang.table("price_months")["risk"]
    assert (
        made.table["rows"].tolist()
        == pd.cut(risk, [-1, 2, 4, 6, 10]).value_counts(sort=False).tolist()
    )
    assert made.numbers["usual_last"] < 1 < made.numbers["usual"]
    with pytest.raises(ValueError, match="rising"):
        lesson.discounts_follow_risk(found, bands=(4.5, 2.5, 6.5))


def test_an_error_of_the_volume_does_what_it_says(found):
    elastic = lesson.elasticities(found)
    made = lesson.division_bias(found, elastic, errors=(0.02, 0.05, 0.1))
    assert "noted risk held fixed" in str(made)
    rng = np.random.default_rng(3)
    wrong = np.exp(rng.normal(0, 0.1, len(found.months)))
    rows = found.months.assign(
        volume=found.months["volume"] * wrong, price=found.months["price"] / wrong
    )
    again = response.elasticity(rows, controls=["risk"], unit="key", cluster="account_id")
    assert made.numbers["bent_last"] == pytest.approx(again.estimate, abs=0.02)
    other = lesson.division_bias(found, elastic, errors=(0.02, 0.3))
    assert other.numbers["bent_last"] < made.numbers["bent_last"] < made.numbers["agreed"]


def test_cut_offs_that_move_nothing_are_no_range(found, told):
    said = str(lesson.other_cuts(told))
    assert "between 63 and 117 accounts are rigid; sensitive are 80 each time" in said
    assert "between 80 and 80" not in said


def test_a_mix_of_products_makes_no_claim_of_size(found, tmp_path):
    """On real books it was said to hold that large users pay less, of a mix of products."""
    mixed = lesson._of_size(odd(tmp_path, "mix_by_size"))
    assert (mixed.verdict, mixed.tests) == ("cannot be told from this book", 0)
    assert "mix of products" in mixed.why
    assert lesson._of_size(found).verdict == "holds"


def test_how_much_wider_an_interval_is_with_what_a_month_does_to_all(found):
    """Two signs are sure only where accounts of a month are taken for so many separate news."""
    elastic = lesson.elasticities(found)
    made = lesson.other_errors(found, elastic)
    frame = made.numbers["frame"]
    rows = found.months.assign(p=np.log(found.months["price"]), q=np.log(found.months["volume"]))
    within = rows[["q", "p"]] - rows.groupby("account_id")[["q", "p"]].transform("mean")
    fit = sm.OLS(within["q"], within["p"])
    codes = rows[["account_id", "month"]].apply(lambda column: pd.factorize(column)[0]).to_numpy()
    one, two = (
        fit.fit(cov_type="cluster", cov_kwds={"groups": groups}).bse.iloc[0]
        for groups in (codes[:, 0], codes)
    )
    alone = frame.loc["each account with itself"]
    assert alone["one_way"] == pytest.approx(
        one * stats.t.ppf(0.975, rows["account_id"].nunique() - 1)
    )
    assert alone["high"] - alone["estimate"] == pytest.approx(
        two * stats.t.ppf(0.975, rows["month"].nunique() - 1)
    )
    assert made.numbers["gone"] == ["all rows compared", "each account with itself"]
    assert round(alone["times"], 2) == 1.92 and round(made.numbers["last"], 2) == 1.01
    assert "Sure by the narrower interval and open by the wider" in str(made)


def test_few_months_join_no_errors_by_month(found):
    few = replace(
        found, months=found.months[found.months["month"] < found.months["month"].unique()[9]]
    )
    elastic = lesson.elasticities(few)
    again = response.elasticity(few.months, "pooled", cluster="account_id")
    row = elastic.numbers["frame"].loc["all rows compared"]
    assert (row["low"], row["high"]) == pytest.approx((again.low, again.high))
    assert "takes 10 months or more" in str(lesson.other_errors(few, elastic))


def test_a_month_in_which_the_ledger_breaks_off_is_no_answer_to_a_price(tmp_path):
    """Eight accounts, -0.8 planted; then ten days of a month with a tenth more price: once their
    volumes were those of a month."""
    rng = np.random.default_rng(2)
    price = np.exp(rng.normal(0, 0.05, (8, 24)))
    rows = [
        (f"A{n}", f"{month}-{day:02d}", f"{100 * p**-0.8:.4f}", f"{100 * p**0.2:.4f}")
        for n in range(8)
        for month, p in zip(pd.period_range("2022-01", "2023-12", freq="M"), price[n], strict=True)
        for day in (4, 11, 18, 28)
    ]
    rows += [(f"A{n}", f"2024-01-{day:02d}", "90", "99") for n in range(8) for day in (3, 10)]
    frame = pd.DataFrame(rows, columns=["account_id", "date", "volume", "revenue"])
    frame.to_csv(tmp_path / "ledger.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "cut"\ncurrency = "CNY"\n'
        '[tables.ledger]\npath = "ledger.csv"\n'
    )
    found = lesson.observed(Book.open(tmp_path / "book.toml"), "all")
    assert found.months["when"].max() == "2023-12" and len(found.months) == 8 * 24
    assert lesson.elasticities(found).numbers["alone"] == pytest.approx(-0.8, abs=1e-3)
