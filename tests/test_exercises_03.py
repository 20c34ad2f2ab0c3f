"""Exercises of lesson 03: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from exercise_runs import read, run_all
from scipy.stats import binomtest, norm
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS, SOURCES, debrief
from keyacct_utils.lessons.value_grading import answers

#: Accounts of one line over three years; A5 is the largest of the buyers of 2023, A4 bought nothing in 2022.
SOLD = {
    "A1": (10, 20, 50),
    "A2": (10, 12, 11),
    "A3": (20, 10, 20),
    "A4": (0, 15, 40),
    "A5": (90, 90, 200),
}
TINY = "account_id,date,revenue\n" + "".join(
    f"{account},{year}-03-05,{amount}\n"
    for account, amounts in SOLD.items()
    for year, amount in zip((2022, 2023, 2024), amounts, strict=True)
)


def declared(period: str) -> str:
    """A book.toml of one ledger with its own period."""
    return f'period = "{period}"\n[tables.ledger]\npath = "ledger.csv"'


def facts() -> pd.DataFrame:
    """Four accounts: A1 is the largest and loses money."""
    return pd.DataFrame(
        {
            "revenue": [90.0, 50, 30, 10], "gross_profit": [-5.0, 8, 6, 1], "volume": [9.0, 5, 3, 1], "selling_cost": [4.0, 3, 2, 1],
            "industry_rank": [1, 2, 3, 4], "tenure_y": [4.0, 3, 2, 1], "growth": [0.4, 0.3, 0.2, 0.1],
        },
        index=pd.Index(["A1", "A2", "A3", "A4"], name="account_id"),
    )  # fmt: skip


def test_right_values_worked_by_hand(monkeypatch, linjiang):
    monkeypatch.setattr(answers, "facts_of", lambda book: facts())
    # (r - 0.5) / 4 is 1/8 for the lowest, 7/8 for the highest; standardised by their population standard deviation
    low, middle = norm.ppf(1 / 8), norm.ppf(3 / 8)
    unit = math.sqrt((low**2 + middle**2) / 2)
    # profit is the lowest, volume the highest, selling cost the highest and so the worst
    assert find("03.1").expected(linjiang) == pytest.approx(
        {"profit": low / unit, "selling": low / unit, "score": low / unit / 3}
    )
    # two of four are high: revenue = volume = -selling cost in rank, so today's score is that of revenue
    right = find("03.2").expected(linjiang)
    assert right["cells"].to_dict() == {
        "A1": "invest",
        "A2": "invest",
        "A3": "serve cheaply",
        "A4": "serve cheaply",
    }
    # with profit A2 and A3 are high today: A1 leaves for develop, A3 stands in hold
    assert (right["moved"], right["losing"]) == (2, 1)
    # the best 5 % of four is one: A2, but A1 where its loss is left out
    assert find("03.3").expected(linjiang) == {"firm": set(), "most": 1}


def test_the_package_and_plain_arithmetic_agree(linjiang):
    start, end = linjiang.period_dates()
    totals = linjiang.rollup(start=start, end=end, by_line=False).set_index("account_id")
    profit = totals["revenue"] - totals["cost"]
    who = totals["revenue"][profit < 0].idxmax()
    by_hand = find("03.1").expected(linjiang)
    assert by_hand["profit"] == pytest.approx(
        norm.ppf((profit.rank()[who] - 0.5) / len(profit)), abs=0.005
    )
    profile = linjiang.table("account_profile").set_index("account_id")
    columns = ["business_attractiveness", "relationship_strength", "industry_rank"]
    variance = {
        name: float(((profile[name] - profile[name].mean()) ** 2).sum()) for name in columns
    }
    assert find("03.4").expected(linjiang)["spread"] == pytest.approx(
        variance["industry_rank"] / sum(variance.values())
    )


def test_a_pool_and_two_lists_worked_by_hand(write_book, monkeypatch):
    profile = "account_id,growth\nA1,0.1\nA2,\nA3,0.3\nA4,0.9\nA5,0.9\n"
    toml = declared("2024") + '\n[tables.account_profile]\npath = "account_profile.csv"'
    book = Book.open(write_book(TINY, toml=toml, account_profile__csv=profile))
    # A5 is the top fifth of the five buyers of 2023, A4 bought nothing in 2022: the pool is A1, A2, A3; A1 and A3 doubled
    right = {"pool": 3, "base": 2 / 3, "common": 3, "purchases": 2, "business": 2, "choice": "neither"}  # fmt: skip
    assert exercises.judge(find("03.6"), right, book).state == "right"
    monkeypatch.setattr(answers, "PICKS", 2)
    # purchases: A1 (2), A2 (1.2), A3 (0.5); business: A3 (0.3), A1 (0.1), and A2 is blank
    right = {"pool": 3, "base": 2 / 3, "common": 1, "purchases": 1, "business": 2}
    assert find("03.6").expected(book) == pytest.approx(right)
    outcome = exercises.judge(
        find("03.6"), right | {"pool": 5, "base": 0.8, "choice": "neither"}, book
    )
    assert "This is the whole book" in outcome.text


def test_a_book_that_cannot_answer_says_so(write_book, solved):
    export = Book.open("raw_export")  # amounts and dates, no profiles
    for code in ("03.1", "03.2", "03.3", "03.4", "03.5", "03.6"):
        outcome = exercises.judge(find(code), solved[code][0], export)
        lack = "growth" if code == "03.6" else "selling\\_cost"
        assert outcome.state == "impossible" and f"account\\_profile.{lack}" in outcome.text, code
    for period, told in (("all", "no year before it"), ("2023", "nobody bought in both years")):
        book = Book.open(
            write_book(TINY.replace("2022-03-05,90", "2023-03-06,1"), toml=declared(period))
        )
        told_here = exercises.judge(find("03.6"), solved["03.6"][0], book)
        assert told_here.state == "impossible" and told in told_here.text
    table = facts().assign(gross_profit=1.0)
    with pytest.raises(ValueError, match="negative gross profit"):
        answers._loser(table)


def test_the_colleague_of_the_sheet_makes_the_mistake_that_is_known(linjiang):
    _, names = run_all(read(SHEETS, "03"))
    own = adjusted_rand_score(names["groups"], names["again"])
    outcome = exercises.judge(
        find("03.4"), {"fault": "start", "spread": 1 / 3, "index": own}, linjiang
    )
    assert "Such an index is the colleague's" in outcome.text and "25 starts" in outcome.text


def test_a_decision_has_to_follow_from_its_bars(solved, linjiang):
    own, item = solved["03.5"][0], find("03.5")
    # one criterion of three sees groups, so no index makes up for it
    assert exercises.judge(item, own | {"votes": 3, "bar": 0.99}, linjiang).state == "right"
    text = exercises.judge(item, own | {"choice": "name them", "bar": 0.5}, linjiang).text
    assert "your `votes` is not reached and your `bar` is reached" in text
    assert "always votes for groups" in exercises.judge(item, own | {"votes": 1}, linjiang).text
    assert "Name a bar above 0" in exercises.judge(item, own | {"bar": 90}, linjiang).text
    assert "`bar` is missing (NaN)" in exercises.judge(item, own | {"bar": math.nan}, linjiang).text
    assert (
        '"name them" or "do not"'
        in exercises.judge(item, own | {"choice": "perhaps"}, linjiang).text
    )
    seen = {
        "choice": "do not",
        "votes": 2,
        "bar": 0.9,
        "silhouette": 4,
        "gap": 5,
        "bic": 4,
        "index": 0.95,
    }
    assert "your `votes` is reached and your `bar` is reached" in answers._groups_follow(
        linjiang, seen
    )
    assert answers._groups_follow(linjiang, seen | {"choice": " Name them"}) == ""


def test_a_verdict_has_to_follow_from_the_counts(solved):
    own, book = solved["03.6"]
    for wrong in ("purchases", "both", "neither"):
        assert (
            "does not follow" in exercises.judge(find("03.6"), own | {"choice": wrong}, book).text
        )
    assert (
        "none of the choices" in exercises.judge(find("03.6"), own | {"choice": "luck"}, book).text
    )


def _told(solved, code, **changes):
    own, book = solved[code]
    return exercises.judge(find(code), own | changes, book).text


def test_likely_mistakes_are_told_by_name(solved, linjiang):
    cells = solved["03.2"][0]["cells"].replace({"hold": "develop", "develop": "hold"})
    assert "`cells`: The names of two cells are exchanged" in _told(solved, "03.2", cells=cells)
    # 7, 7 and 10 of 30 grades; where each counts double 7 go too, so what is told is true of both
    assert "`most`: So many the easiest of the three trials takes away" in _told(
        solved, "03.3", most=7
    )
    assert "`most`: This counts twice" in _told(solved, "03.3", most=20)


def _scores_of(book, who, place):
    """Normal scores of one account on today's criteria, from its ranks, by a formula of its own."""
    table = answers.facts_of(book)[["gross_profit", "volume", "selling_cost"]]
    z = table.rank().loc[who].map(lambda rank: norm.ppf(place(rank, len(table))))
    z["selling_cost"] *= -1
    return {"profit": z["gross_profit"], "selling": z["selling_cost"], "score": z.mean()}


def test_the_wrong_account_and_other_places_are_told(solved, linjiang):
    facts = answers.facts_of(linjiang)
    asked = lambda rank, n: (rank - 0.5) / n  # noqa: E731
    loser, largest = answers._loser(facts), facts["revenue"].idxmax()
    assert _scores_of(linjiang, loser, asked) == pytest.approx(answers._by_hand(linjiang), abs=0.01)
    told = {
        "This is the largest account of all.": _scores_of(linjiang, largest, asked),
        "This takes r / n.": _scores_of(linjiang, loser, lambda rank, n: rank / n),
        "This takes r / (n + 1).": _scores_of(linjiang, loser, lambda rank, n: rank / (n + 1)),
    }
    for words, wrong in told.items():
        text = _told(solved, "03.1", **wrong)
        assert words in text and "Mind the direction" not in text and "rounded" not in text, words


def test_cells_without_their_names_are_told(solved):
    levels = {name: cell for cell, name in answers.CELLS.items()}
    told = _told(solved, "03.2", cells=solved["03.2"][0]["cells"].map(levels))
    assert "`cells`: The cells are right, but they bear their levels." in told
    assert all(f"*{name}*" in told for name in levels) and "`.map(NAMES)`" in told


def test_axes_that_are_not_standardised_are_told(solved):
    # on the axes as they are the silhouette is highest at 2
    assert "`silhouette`: The two axes are not standardised here" in _told(
        solved, "03.5", silhouette=2
    )


def test_growth_as_a_difference_is_told_although_it_hits_as_often(solved):
    """Once the counts of both lists were all that was asked, and a difference gave the same ones."""
    own, book = solved["03.6"]
    years = answers.three_years(book)
    pool = years[answers._pool(years)]
    business = book.table("account_profile").set_index("account_id")["growth"].astype(float)
    second = business[pool.index].sort_values(ascending=False, kind="stable").index[:45]
    came = pool["last"] >= 2 * pool["before"]
    for growth, common, hits in (
        (pool["before"] / pool["earlier"], own["common"], own["purchases"]),
        (pool["before"] - pool["earlier"], 15, own["purchases"]),
    ):
        first = growth.sort_values(ascending=False, kind="stable").index[:45]
        assert (len(first.intersection(second)), came[first].sum()) == (common, hits)
    assert "`common`: This takes growth as a difference" in _told(solved, "03.6", common=15)
    assert "Count those that stand on both" in _told(solved, "03.6", common=90 - own["common"])


def test_a_mend_of_another_kind_is_told(solved, linjiang):
    _, names = run_all(read(SHEETS, "03"))
    facts, profile, groups = names["facts"], names["profile"], names["groups"]
    points = profile[["business_attractiveness", "relationship_strength"]].reindex(facts.index)
    points = points.join(facts["industry_rank"]).dropna()
    columns = (points - points.min()) / (points.max() - points.min())
    again = KMeans(4, n_init=25, random_state=0).fit_predict(columns)
    told = _told(solved, "03.4", index=adjusted_rand_score(groups, again))
    assert "`index`: So high is the index where the third column has next to no voice" in told
    # a logarithm, or 1 as a guess: nothing is told as fact that was not done
    points["industry_rank"] = np.log(points["industry_rank"])
    again = KMeans(4, n_init=25, random_state=0).fit_predict(points)
    told = _told(solved, "03.4", index=adjusted_rand_score(groups, again))
    assert told == _told(solved, "03.4", index=1.0)
    assert "where it is left out, or as a logarithm, or where each column runs from 0 to 1" in told


def test_five_groups_are_not_told_to_be_the_colleagues_four(solved):
    _, names = run_all(read(SHEETS, "03"))
    again = KMeans(5, n_init=25, random_state=0).fit_predict(names["points"])
    told = _told(solved, "03.4", index=adjusted_rand_score(names["groups"], again))
    assert "own number" not in told and "another number of groups" in told


def test_another_pool_and_another_count_of_chance_are_told(solved):
    book = solved["03.6"][1]
    years = answers.three_years(book)
    both = years[(years["before"] > 0) & (years["earlier"] > 0)]
    large = both["before"].nlargest(math.ceil(0.2 * len(both))).index
    told = _told(solved, "03.6", pool=len(both) - len(large))
    assert "`pool`: The top 20 % are taken of those that bought in both years" in told
    buyers = years[years["before"] > 0]
    base = (buyers["last"] >= 2 * buyers["before"]).mean()
    told = _told(solved, "03.6", base=base)
    assert "`base`: This is the rate of all that bought in the year before" in told
    # more than 5 of 45 come about in 4 % of draws, 5 or more in 14 %
    assert "`hypergeom.sf(hits - 1, ...)` counts them" in _told(solved, "03.6", choice="both")
    assert "hypergeom" not in _told(solved, "03.6", choice="neither")


def test_the_debrief_of_the_climbers_claims_no_more_than_the_counts_show(solved):
    """Of two lists one beats chance; that one is better than the other has to be tested by itself."""
    own = solved["03.6"][0]
    assert (own["purchases"], own["business"], own["choice"]) == (5, 7, "business")
    # 2 and 0 of the names that only one list has came true: as uneven in 2 of 4 cases
    assert binomtest(2, 2).pvalue == pytest.approx(0.5)
    text = debrief("03.6")
    assert "Nor is the second list shown to be the better one" in text
    assert "means nothing" not in text and "says more" not in text


def test_the_prose_of_the_solutions_says_what_the_book_shows(linjiang, solved):
    """Prose is written once: what it says of Linjiang has to move with the data."""
    text = "\n".join(cell.source for cell in read(SOURCES, "03").cells)
    facts = answers.facts_of(linjiang)
    places = facts.rank().loc[answers._loser(facts)]
    cells, firm = find("03.2").expected(linjiang), find("03.3").expected(linjiang)
    high = int(cells["cells"].isin(["invest", "hold"]).sum())
    together = facts[["revenue", *answers.FIRM]].rank().corr()
    groups, many = find("03.4").expected(linjiang), find("03.5").expected(linjiang)
    silhouettes = answers._numbers(linjiang)["silhouette"]
    assert (places["gross_profit"], many["silhouette"], many["gap"], many["bic"]) == (1, 6, 1, 1)
    climbers = solved["03.6"][0]
    for sentence in (
        f"Its volume has rank {places['volume']:.0f} of {len(facts)}",
        f"At Linjiang {cells['moved']} accounts change cell, and of the {high} that are high today "
        f"by revenue {cells['losing']} lose money; by gross profit none does",
        f"Revenue and volume have a rank correlation of {together.loc['revenue', 'volume']:.2f}",
        f"At Linjiang {len(firm['firm'])} of {len(answers.grade_a(linjiang, answers.FIRM))} A grades",
        f"The hardest trial takes {firm['most']} away",
        f"Profit goes with volume (rank correlation {together.loc['gross_profit', 'volume']:.2f}) and "
        f"less with the years ({together.loc['gross_profit', 'tenure_y']:.2f})",
        f"have nothing to do with each other ({together.loc['volume', 'tenure_y']:.2f})",
        f"the rank in the industry has {100 * groups['spread']:.0f} % of the variance",
        f"ranks from {facts['industry_rank'].min():.0f} to {facts['industry_rank'].max():.0f} beside",
        f"The mended index is {groups['index']:.2f}, not 1",
        f"the groups agree with an index of {many['index']:.2f} only",
        f"lies between {silhouettes.min():.2f} and {silhouettes.max():.2f} for any number",
        f"the base rate of {100 * climbers['base']:.1f} %",
    ):
        assert sentence in text, sentence
