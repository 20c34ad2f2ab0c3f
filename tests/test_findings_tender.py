"""What lesson 17 says of small books worked by hand, of the bundled book and of real ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books, books_tender
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import readiness
from keyacct_utils.lessons.tender import figures
from keyacct_utils.lessons.tender import findings as lesson

FIVE = ("price", "tech", "service", "incumbent", "local")


@pytest.fixture(scope="module")
def found(linjiang):
    return lesson.tenders(linjiang)


@pytest.fixture(scope="module")
def made(found):
    return lesson.decided(found, FIVE)


def odd(name, tmp_path) -> lesson.Tenders:
    return lesson.tenders(Book.open(books.write(name, tmp_path / name)))


def test_the_book_in_numbers(found, linjiang):
    numbers = lesson.book_in_numbers(found).numbers
    bids = linjiang.table("bids")
    assert (numbers["tenders"], numbers["bids"], numbers["bidders"]) == (400, 1600, 12)
    assert numbers["vetoed"] == bids["veto"].sum() and numbers["won"] == 105
    assert numbers["tries"] == (bids["ours"] == 1).sum()


def test_what_was_won_is_part_of_the_ledger(linjiang):
    """Each tender we won lies below what the client bought of line E in that year."""
    ledger = linjiang.table("ledger")
    ledger = ledger[ledger["line"] == "E"]
    sold = ledger.groupby(["account_id", ledger["date"].dt.year])["revenue"].sum()
    rows = linjiang.table("tenders").set_index("tender_id")
    bids = linjiang.table("bids")
    won = bids[(bids["won"] == 1) & (bids["ours"] == 1)]
    won = won.assign(
        account=won["tender_id"].map(rows["account_id"]),
        year=won["tender_id"].map(rows["date"].dt.year),
    )
    assert not won.duplicated(["account", "year"]).any()
    for row in won.itertuples():
        assert row.price < sold[(row.account, row.year)]
    # our costs are known where we bid, and what it cost where we won
    assert set(rows.index[rows["cost_actual"].notna()]) == set(won["tender_id"])


def test_the_lowest_wins_fewer_than_half(found):
    told = lesson.lowest_wins(found)
    valid = found.bids[found.bids["valid"]]
    lowest = valid["price"] == valid.groupby("tender_id")["price"].transform("min")
    hits = int((lowest & (valid["won"] == 1)).sum())
    assert told.numbers["first"] == hits
    low, high = proportion_confint(hits, 400, method="wilson")
    assert (told.numbers["low"], told.numbers["high"]) == pytest.approx((low, high))
    assert "So a low price helps." in str(told)
    # by lot: the mean over tenders, not tenders over bids
    lots = (1 / valid.groupby("tender_id").size()).mean()
    assert told.numbers["even"] == pytest.approx(lots) == pytest.approx(0.275)
    assert ("Surely fewer than 50 %" in str(told)) == (high < 0.5)


def test_bars_table_and_sentence_of_rates_use_one_interval(found):
    told = lesson.rates(found, "sector")
    assert told.numbers["groups"] == 9
    for row in told.table.itertuples():
        ends = proportion_confint(row.won, row.tries, 0.05 / 9, "wilson")
        assert (row.low, row.high) == pytest.approx(ends)
    assert told.table.loc["government", "low"] == pytest.approx(0.1703, abs=5e-5)
    (axes,) = told.figure().axes
    assert "widened for 9 groups" in axes.get_xlabel()
    whole = proportion_confint(told.numbers["won"], told.numbers["tries"], 0.05, "wilson")
    assert (told.numbers["low"], told.numbers["high"]) == pytest.approx(whole)
    # groups that stand aside do not widen
    few = lesson.rates(found, "sector", fewest=20)
    assert few.numbers["groups"] == 8 and "1 group with fewer than 20 tries" in str(few)
    steel = few.table.loc["steel"]
    ends = proportion_confint(steel["won"], steel["tries"], 0.05 / 8, "wilson")
    assert (steel["low"], steel["high"]) == pytest.approx(ends)


def test_a_premium_of_nothing_and_one_weight():
    told = lesson.premium(24.0, 24.0, (100.0,))
    assert told.numbers["least"] == 0 and "makes up for it" not in str(told)
    with pytest.raises(ValueError, match="then we are the lowest"):
        lesson.premium(20, 24)
    with pytest.raises(ValueError, match="weights is empty"):
        lesson.premium(weights=())
    # 0.85 points of 70 are 1.2 of 100
    assert lesson.premium().numbers["lead"] == pytest.approx(10 * 0.850202 / 7, rel=1e-4)


def test_the_case_is_audited_in_words():
    said = str(lesson.case_audit())
    assert "add up to 19,871" in said and "to 22,341" in said and "1,659 to 4,129" in said
    assert "do not support its claim" in said
    assert "reaches the claim" in str(lesson.case_audit(claimed=20_000))


def test_rules_change_winners(found, linjiang):
    told = lesson.rules(found).numbers
    # plain pandas: the lowest valid price with full points, all else as stated
    rows = linjiang.table("tenders").set_index("tender_id")
    bids = linjiang.table("bids").query("veto == 0")
    bids = bids.join(rows[["price_weight", "tech_weight", "service_weight"]], on="tender_id")
    low = bids.groupby("tender_id")["price"].transform("min")
    total = (
        bids["price_weight"] * low / bids["price"]
        + bids["tech_weight"] * bids["tech"] / 100
        + bids["service_weight"] * bids["service"] / 100
    )
    first = bids.loc[total.groupby(bids["tender_id"]).idxmax()]
    cheap = (first["price"] == low[first.index]).mean()
    assert told["cheap"] == pytest.approx(cheap)
    assert told["table"].loc["as each call says", "other"] == 0
    # vetoed bids kept: beside the lowest of the bids that are counted then, vetoed ones too
    every = linjiang.table("bids")
    bids = lesson._scored(found)
    first = lesson._firsts(bids, 1.0, 0.5)[lesson.KEPT]
    low = every.groupby("tender_id")["price"].min()
    asked = bids.loc[first].set_index("tender_id")["price"]
    kept = told["table"].loc[lesson.KEPT]
    assert kept["cheapest"] == pytest.approx((asked == low).mean()) == pytest.approx(0.425)
    assert kept["over"] == pytest.approx((asked / low - 1).mean())
    assert (told["vetoed"], told["moved"]) == (58, 8) and told["other_veto"] == 66
    with pytest.raises(ValueError, match="above is -1"):
        lesson.rules(found, above=-1)


def test_worth_is_not_what_bidders_ask(found, made):
    told = lesson.worth(found, made).numbers
    table = told["table"]
    assert told["low"] < 0.6 / 9 < told["high"] and told["asked"] < told["low"]
    # planted: 0.0025 of the budget for a point; the place costs nothing
    assert table["asked"].iloc[0] == pytest.approx(0.025, abs=0.01)
    assert told["not_told"] == ["a site in the district"]
    assert told["near"] > told["far"] and told["near_low"] < 0 < told["near_high"]
    # points of the calls: 16.3, 10.5, 7 and 4.7 % of the lowest price, by the weight of price
    rows = found.rows
    part = 10 * rows["tech_weight"] / 100 / rows["price_weight"]
    low = found.valid.groupby("tender_id")["share"].min()
    assert told["by_rule"] == pytest.approx((low * (1 / (1 - part) - 1)).mean())


def test_the_best_bid_beats_the_usual_markup(found, made):
    told = lesson.best(found, made, draws=30).numbers
    assert told["low"] < 0.857 < told["high"] and told["usual"] < told["low"]
    assert told["kept"] < 1 and told["chance"] < told["usual_chance"]
    dearer = lesson.best(found, made, curse=0.05, draws=0).numbers
    assert dearer["bid"] > told["bid"] and np.isnan(dearer["low"])
    shown = lesson.other_rivals(found, made)
    assert shown.numbers["first"] in shown.shown_table().to_string()  # one form in both
    table = shown.table
    assert table["chance"].is_monotonic_decreasing and table["bid"].is_monotonic_decreasing
    with pytest.raises(ValueError, match="do not bid"):
        lesson.best(found, made, cost=1.2)
    with pytest.raises(ValueError, match="rivals is -1"):
        lesson.best(found, made, rivals=-1)
    with pytest.raises(ValueError, match="own names colour"):
        lesson._own(found, made, {"colour": 1})


def test_the_curse_and_the_skipped(found, made, linjiang):
    rows = linjiang.table("tenders").dropna(subset=["cost_actual"])
    over = (rows["cost_actual"] / rows["cost_estimate"] - 1).mean()
    told = lesson.curse(found)
    assert told.numbers["curse"] == pytest.approx(over) and told.numbers["won"] == 105
    assert ("That is how a winner's curse looks" in str(told)) == (told.numbers["low"] > 0)
    # what is left is that of the bids that won, not of all our bids
    bids = linjiang.table("bids").query("ours == 1 and won == 1").merge(rows, on="tender_id")
    asked = bids["price"] / bids["cost_estimate"]
    left = bids["price"] / bids["cost_actual"]
    assert told.numbers["planned"] == pytest.approx(asked.mean() - 1)
    assert told.numbers["left"] == pytest.approx(left.mean() - 1)
    half = 1.983 * left.std() / np.sqrt(len(left))  # Student's t of 104 degrees
    assert told.numbers["left_low"] == pytest.approx(left.mean() - 1 - half, abs=1e-4)
    money = bids["price"].sum() / bids["cost_actual"].sum() - 1
    assert told.numbers["by_money"] == pytest.approx(money)
    assert told.numbers["left"] == pytest.approx(0.1469, abs=5e-5)
    skipped = lesson.skipped(found, made).numbers
    assert (skipped["entered"], skipped["others"]) == (301, 99)
    assert skipped["there_low"] < 0.1853 < skipped["there_high"]
    assert skipped["here_low"] < 0.2651 < skipped["here_high"]
    assert skipped["rate"] > skipped["here"] > skipped["there"]


def test_usual_scores_say_whose_they_are(found, made, linjiang):
    ours = linjiang.table("bids").query("ours == 1")
    valid = ours[ours["veto"] == 0]
    told = lesson.skipped(found, made).numbers
    assert told["rate"] == ours["won"].mean() and told["valid"] == valid["won"].mean()
    assert told["before"] == valid["incumbent"].mean()
    # one who has supplied: the logit by hand, tender by tender
    beta = made.weights.weight
    met = lesson._met(found)
    seen = np.exp(met[list(beta.index)] @ beta).groupby(met["tender_id"]).sum()
    usual = {"price": 0.8, "incumbent": 1, "local": 0} | valid[
        ["tech", "service"]
    ].median().to_dict()
    mine = np.exp(sum(beta[name] * value for name, value in usual.items()))
    assert told["known"] == pytest.approx((mine / (mine + seen)).mean())
    here = lesson.skipped(found, made, supplied=True).numbers["here"]
    assert told["known"] == pytest.approx(here)
    assert "known" not in lesson.skipped(found, made, supplied=True).numbers
    said = str(lesson.chance(found, made))
    assert "80.0 technical points, 70.7 service points" in said
    assert "a bidder not having supplied the client before, without a site" in said
    again = lesson.chance(found, made, supplied=True)
    assert "a bidder having supplied the client before" in str(again)
    plain = lesson.best(found, made, draws=0).numbers
    known = lesson.best(found, made, supplied=True, draws=0).numbers
    assert plain["known_told"] == known["bid_told"]
    assert plain["known_chance"] == pytest.approx(known["chance"]) and "known_told" not in known


def test_claims_of_the_bundled_book(found, made):
    claims = {row[0]: row[4] for row in lesson.claims(found, made).data["claims"]}
    assert claims == {
        "S003-2d": "cannot be told from this book",
        "S003-2e": "cannot be told from this book",  # neither rule nor scores are told
        "S003-2e, S003-7d": "holds",
        "S003-2f, S003-2g": "cannot be told from this book",
        "S003-2d, S003-6a": "holds",
        "S003-2h": "holds",
        "S003-2i": "holds",
        "S002-6b": "cannot be tested here",
    }
    with pytest.raises(ValueError, match="least is 3"):
        lesson.claims(found, made, least=3)


def test_the_verdicts_are_counted(found, made):
    told = lesson.claims(found, made).numbers
    counts = ("claims", "tested", "holding", "failing", "open", "reckoned", "tests")
    assert [told[name] for name in counts] == [8, 5, 4, 0, 1, 2, 5]
    rows = {row[0]: row[5] for row in lesson.claims(found, made).data["claims"]}
    assert "neither the rule" in rows["S003-2e"]


def test_the_premium_of_the_bundled_book(found):
    """In plain pandas; no limit below the lowest bid."""
    told = lesson.lowest_wins(found).numbers
    valid = found.bids[found.bids["valid"]]
    low = valid.groupby("tender_id")["price"].min()
    over = valid[valid["won"] == 1].set_index("tender_id")["price"] / low - 1
    assert told["over"] == pytest.approx(over.mean())
    half = 1.966 * over.std() / np.sqrt(400) / over.mean()  # Student's t of 399 degrees
    assert told["over_low"] == pytest.approx(over.mean() * np.exp(-half), rel=1e-4)
    assert told["over_high"] == pytest.approx(over.mean() * np.exp(half), rel=1e-4)


def test_opportunities_beside_bids_are_told(found, linjiang, tmp_path):
    assert found.beside == len(linjiang.table("opportunities")) == 2747
    said = str(lesson.book_in_numbers(found))
    assert "2,747 opportunities in the book count nowhere in this lesson" in said
    for name in ("bids_with_scores", "tries_alone"):  # none there; or they are the tries
        alone = odd(name, tmp_path)
        assert alone.beside == 0 and "count nowhere" not in str(lesson.book_in_numbers(alone))


def test_the_review_counts_what_the_tables_hold(found, linjiang):
    told = lesson.account_review(found).numbers["review"].set_index("account_id")
    rows, bids = linjiang.table("tenders"), linjiang.table("bids")
    assert told["tenders"].sum() == 400 and told["tries"].sum() == (bids["ours"] == 1).sum()
    mine = bids[(bids["ours"] == 1) & (bids["won"] == 1)]
    assert told["won_by_tender"].sum() == pytest.approx(mine["price"].sum())
    assert told.index.isin(rows["account_id"]).all()


# --- odd books -----------------------------------------------------------------------------------


def test_bids_alone_tell_of_prices_only(tmp_path):
    found = odd("bids_alone", tmp_path)
    assert found.unit == "mean bid" and not found.ours_known
    made = lesson.decided(found, FIVE)
    assert made.features == ("price",) and set(made.left_out) == set(FIVE[1:])
    assert lesson._priced(made) and "differ in price only" in str(lesson.worth(found, made))
    assert "bids.ours would" in str(lesson.rates(found))
    assert "cost_estimate and cost_actual" in str(lesson.curse(found))
    assert lesson.lowest_wins(found).known


def test_bids_or_tries_without_a_ledger_are_a_book(tmp_path):
    for name, table in (("bids_alone", "bids"), ("tries_alone", "opportunities")):
        folder = tmp_path / name
        folder.mkdir()
        text = books_tender.BOOKS[name]()[f"{table}.csv"]
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
        (folder / "book.toml").write_text(
            f'contract_version = 1\nname = "x"\n[tables.{table}]\npath = "{table}.csv"\n',
            encoding="utf-8",
        )
        book = Book.open(folder / "book.toml")
        states = readiness(book).set_index("lesson")["state"]
        assert states["17"] == "part" and states["01"] == states["14"] == "skipped"
        assert list(book.names()) == ([] if table == "bids" else ["A", "B", "C"])
        assert lesson.book_in_numbers(lesson.tenders(book)).known


def test_what_tells_the_winner_without_fail_has_no_weight(tmp_path):
    made = lesson.decided(odd("lowest_always_wins", tmp_path), ("price",))
    assert made.weights is None and "without fail" in str(made.why)
    found = odd("dearest_always_wins", tmp_path)
    assert "drawback" in str(lesson.lowest_wins(found))


def test_odd_tenders_are_set_aside_and_told(tmp_path):
    found = odd("nobody_won", tmp_path)
    assert (found.no_winner, found.several, found.vetoed_winner) == (30, 1, 1)
    assert "32 tenders set aside" in str(lesson.book_in_numbers(found))
    assert found.bids["tender_id"].nunique() == 28


def test_what_all_bidders_share_decided_nothing(tmp_path):
    found = odd("equal_prices", tmp_path)
    made = lesson.decided(found, FIVE)
    assert "price" in made.features or made.weights is None
    assert not lesson._priced(made)


def test_one_bid_each_says_nothing(tmp_path):
    for name in ("one_bidder_each", "all_vetoed_but_one", "one_tender"):
        found = odd(name, tmp_path)
        assert lesson.decided(found, FIVE).weights is None


def test_prices_over_the_mean_bid_are_told_as_such(tmp_path):
    found = odd("bids_with_scores", tmp_path)
    made = lesson.decided(found, FIVE)
    said = str(lesson.best(found, made, cost=0.8, draws=10))
    assert "times the mean bid" in said and " % of the mean" not in said


def test_a_list_of_tries_is_enough(tmp_path):
    found = odd("tries_alone", tmp_path)
    assert found.kind == "opportunity" and found.still_open == 10 and len(found.tries) == 80
    assert "10 open" in str(lesson.book_in_numbers(found))
    assert lesson.rates(found).numbers["by"] == "kind"
    assert lesson.rates(found, "value").numbers["groups"] == 3
    assert "bids" in str(lesson.lowest_wins(found))
    review = lesson.account_review(found).numbers["review"]
    assert review["tries"].sum() == 80 and "tenders" not in review
    for by, says in (("sector", "do not say sector"), ("local", "site in the district")):
        assert says in str(lesson.rates(found, by))
    with pytest.raises(ValueError, match="by is 'colour'"):
        lesson.rates(found, "colour")


def test_a_value_that_only_won_tries_have_is_no_price(tmp_path):
    said = str(lesson.rates(odd("value_of_won_only", tmp_path), "value"))
    assert "missing or zero at 100 % of the lost tries" in said


def test_all_won_and_all_lost(tmp_path):
    for name, rate in (("all_won", 1.0), ("all_lost", 0.0)):
        told = lesson.rates(odd(name, tmp_path))
        assert "do not say kind" in str(told) or told.numbers["rate"] == rate


def test_accounts_that_are_left_out_have_no_tender(tmp_path):
    files = books_tender.whole_tenders()
    toml = 'contract_version = 1\nname = "x"\n[exclude]\nA = "our own"\n'
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        toml += f'[tables.{Path(name).stem}]\npath = "{name}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    found = lesson.tenders(Book.open(tmp_path / "book.toml"))
    assert "A" not in set(found.rows["account_id"]) and len(found.rows) == 100
    assert "A" not in set(lesson.account_review(found).numbers["review"]["account_id"])


def test_a_period_takes_the_tenders_of_its_days(linjiang, tmp_path):
    year = lesson.tenders(linjiang, "2023")
    dates = linjiang.table("tenders").set_index("tender_id")["date"]
    assert set(year.rows.index) == set(dates.index[dates.dt.year == 2023])
    assert year.outside == 400 - len(year.rows)
    with pytest.raises(ValueError, match=r"no tenders\.date is known"):
        lesson.tenders(Book.open(books.write("bids_alone", tmp_path / "b")), "2024")


def test_unknown_features_are_refused(found):
    with pytest.raises(ValueError, match="expected 'price' and of"):
        lesson.decided(found, ("tech",))


def verdicts(found: lesson.Tenders, made: lesson.Decided | None = None) -> dict[str, str]:
    told = lesson.claims(found, made or lesson.decided(found, FIVE)).data["claims"]
    return {row[0]: ": ".join(row[4:6]) for row in told}


WORTHS = ("S003-2e, S003-7d", "S003-2f, S003-2g", "S003-2d, S003-6a")


def test_too_few_tenders_say_how_many_are_needed(tmp_path):
    """All columns are there: the number of tenders is why, not a column."""
    found = odd("few_tenders", tmp_path)
    assert found.beside == 90
    said = verdicts(found)
    for source in (*WORTHS, "S003-2i"):
        assert said[source] == (
            "cannot be tested here: 14 tenders with a winner and two valid bids or more: too few "
            "to decide anything, which takes 20"
        )
    assert said["S003-2h"] == "cannot be tested here: no bid of these tenders was vetoed"
    for told in (lesson.worth, lesson.chance, lesson.best, lesson.skipped, lesson.other_ways):
        assert "14 tenders" in str(told(found, lesson.decided(found, FIVE)))
        assert "takes 20" in str(told(found, lesson.decided(found, FIVE)))
    # fourteen winners, none below the lowest bid
    low = lesson.lowest_wins(found).numbers
    assert 0 < low["over_low"] < low["over"] < low["over_high"]


def test_a_feature_that_was_not_weighed_says_why(found, tmp_path):
    without = lesson.decided(found, ("price", "tech"))
    assert "bids.local was left out of what may have decided" in verdicts(found, without)[WORTHS[1]]
    gap = found.bids.assign(tech=found.bids["tech"].where(np.arange(len(found.bids)) > 2))
    holed = dataclasses.replace(found, bids=gap)
    made = lesson.decided(holed, FIVE)
    gone = int(holed.valid["tech"].isna().sum())
    assert f"bids.tech is missing at {gone} of " in verdicts(holed, made)[WORTHS[0]]
    assert f"bids.tech is missing at {gone} of " in str(lesson.chance(holed, made))
    same = dataclasses.replace(found, bids=found.bids.assign(local=1))
    assert "bids.local is the same for all bidders" in verdicts(same)[WORTHS[1]]
    alone = verdicts(odd("bids_alone", tmp_path))
    assert alone[WORTHS[1]] == "cannot be tested here: The book does not hold bids.local"
    assert alone["S003-2h"] == "cannot be tested here: the book does not hold bids.veto"


def test_what_is_there_is_not_called_lacking(found, tmp_path):
    """bids.ours without a bid of ours; bids, but one valid one in each tender; too few rivals."""
    nobody = dataclasses.replace(found, bids=found.bids.assign(ours=0), tries=found.tries.iloc[:0])
    made = lesson.decided(nobody, FIVE)
    for told in (lesson.rates(nobody), lesson.curse(nobody), lesson.skipped(nobody, made)):
        assert (
            str(told)
            .strip()
            .endswith("None of these bids is ours: bids.ours is 1 at none of them.")
        )
    single = odd("all_vetoed_but_one", tmp_path)
    assert "No tender here has two valid bids" in str(lesson.lowest_wins(single))
    few = dataclasses.replace(
        found,
        bids=found.bids[
            found.bids["tender_id"].isin(
                [*found.bids.loc[found.bids["ours"] == 1, "tender_id"].unique()[:60]]
            )
        ],
    )
    said = str(lesson.skipped(few, lesson.decided(few, FIVE)))
    assert "60 tenders that we entered and in 0 that we did not; 20 of each" in said


def test_each_winner_the_lowest_has_no_interval(tmp_path):
    told = lesson.lowest_wins(odd("lowest_always_wins", tmp_path))
    assert "Each winner was the lowest bid." in str(told) and "above the lowest" not in str(told)


@pytest.mark.parametrize("span", [(0.87, 1.03), (0.6, 1.1), (0.985, 1.004), (0.2, 3.1)])
def test_ticks_stand_where_they_say(span):
    """Steps of 2.5 without a decimal read 88, 90, 92, 95, 98."""
    prices = np.linspace(*span, 5)
    chance = np.linspace(0, 1, 15).reshape(3, 5)
    drawn = figures.chance_plot(prices, np.array([-1.0, 0, 1]), chance, "t", "x", "y")
    drawn.canvas.draw()
    for axis in (drawn.axes[0].xaxis, drawn.axes[1].yaxis):
        told = [float(text.get_text().removesuffix("%")) / 100 for text in axis.get_ticklabels()]
        assert told == pytest.approx(list(axis.get_ticklocs()), abs=1e-7)
        steps = {f"{step / 10 ** np.floor(np.log10(step)):.3g}" for step in np.diff(told)}
        assert steps <= {"1", "2", "5", "10"} and len(told) > 2


# --- real books ----------------------------------------------------------------------------------


def test_a_ledger_alone_says_what_would_open_the_lesson(cdnow, real_data):
    """Northwind and CDNOW hold what was sold and nothing of what was lost."""
    del real_data
    northwind = Book.open(Path(__file__).parent / "books" / "northwind" / "book.toml")
    for book in (northwind, cdnow):
        row = readiness(book).set_index("lesson").loc["17"]
        assert row["state"] == "skipped" and "bids.tender_id" in row["reason"]


def test_maven_win_rates_by_product_and_sector(real_data, tmp_path):
    folder = real_data / "maven_crm"
    rows = pd.read_csv(folder / "sales_pipeline.csv")
    rows["outcome"] = rows["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("open")
    rows["kind"] = rows["product"].replace("GTXPro", "GTX Pro")
    names = {"account": "account_id", "sales_agent": "manager_id", "close_value": "value"}
    rows = rows.rename(columns=names)
    columns = ["opportunity_id", "account_id", "manager_id", "kind", "outcome", "value"]
    rows[columns].to_csv(tmp_path / "opportunities.csv", index=False)
    sectors = pd.read_csv(folder / "accounts.csv").rename(columns={"account": "account_id"})
    sectors[["account_id", "sector"]].to_csv(tmp_path / "accounts.csv", index=False)
    won = rows[rows["outcome"] == "won"].rename(columns={"close_date": "date", "value": "revenue"})
    won[["account_id", "date", "revenue"]].to_csv(tmp_path / "ledger.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Maven"\n[tables.ledger]\npath = "ledger.csv"\n'
        'duplicates = "keep"\n[tables.opportunities]\npath = "opportunities.csv"\n'
        '[tables.accounts]\npath = "accounts.csv"\n',
        encoding="utf-8",
    )
    book = Book.open(tmp_path / "book.toml")
    assert readiness(book).set_index("lesson").loc["17", "state"] == "part"
    found = lesson.tenders(book)
    told = lesson.rates(found, "kind")
    # known facts: 8,800 opportunities, 63.15 % of the closed ones won
    assert told.numbers["tries"] == 6711 and round(100 * told.numbers["rate"], 2) == 63.15
    decided = rows[rows["outcome"] != "open"]
    share = decided.groupby("kind")["outcome"].apply(lambda one: (one == "won").mean())
    assert told.table["rate"].to_dict() == pytest.approx(share[told.table.index].to_dict())
    assert told.numbers["names"] == [] and "no group is surely apart" in str(told)
    assert "of 6,711 tries, 63.2 %" in str(told)
    by_sector = lesson.rates(found, "sector")
    assert by_sector.numbers["groups"] == 10
    # 0 stands as the value of what was lost: no premium can be told
    assert "missing or zero at 100 % of the lost tries" in str(lesson.rates(found, "value"))
    assert "bids of others" in str(lesson.lowest_wins(found))
