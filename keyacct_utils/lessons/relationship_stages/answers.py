"""Exercises of lesson 11: stages of a relationship."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.relationship_stages import chain_tests, chains, panels
from keyacct_utils.lessons.shared.exercise import (
    DEFENCE,
    Exercise,
    Mistake,
    Part,
    Question,
    by_the_bar,
    sound_bar,
)
from keyacct_utils.lessons.showing.words import count, money, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

STAGES = panels.STAGES
#: The story of 11.1: five accounts in four quarters.
FIVE = {
    "Aida": "stable deep deep deep",
    "Bolin": "stable stable lapsed lapsed",
    "Caiyun": "deep stable deep deep",
    "Duoduo": "build build stable deep",
    "Erya": "deep deep lapsed build",
}
#: The path of 11.2: quarters in build and in stable before deep.
PATH = (("build", 16), ("stable", 2), ("deep", 1))
LEVEL, SPANS, DRAWS = 0.05, 4, 200
#: The rate a year of 11.3.
DISCOUNT = 0.10
#: The list of 11.4.
LISTED = ("stable", "deep")
#: Up to so many that come back count as none, in 11.5.
NONE = 0.02
VERDICTS = ("lost for good", "come back", "cannot be told")


def at(counted: pd.DataFrame, row: str, column: str) -> float:
    """One count, or one chance."""
    values = counted.to_numpy(dtype=float)
    return float(values[counted.index.get_loc(row), counted.columns.get_loc(column)])


def out_of(counted: pd.DataFrame, row: str) -> float:
    """All moves out of a stage, staying included."""
    return float(counted.to_numpy(dtype=float)[counted.index.get_loc(row)].sum())


def into(counted: pd.DataFrame, column: str) -> float:
    """All moves into a stage, staying included."""
    return float(counted.to_numpy(dtype=float)[:, counted.columns.get_loc(column)].sum())


def napkin() -> pd.DataFrame:
    """The moves of 11.1 counted."""
    wide = pd.DataFrame.from_dict({k: v.split() for k, v in FIVE.items()}, orient="index")
    return chains.transition_counts(panels.as_panel(wide), STAGES)


def _five(book: Book) -> dict[str, float]:
    asked = {"up": ("stable", "deep"), "stays": ("deep", "deep"), "back": ("lapsed", "build")}
    return {
        name: at(napkin(), row, column) / out_of(napkin(), row)
        for name, (row, column) in asked.items()
    }


def panel_of(book: Book) -> pd.DataFrame:
    """The stages of a book as rows of account, period and stage, of the accounts that it counts."""
    return book.counted("stage_history").rename(columns={"quarter": "period"})


class Read(NamedTuple):
    """What exercises 11.2 to 11.4 read from the stages of a book."""

    before: pd.DataFrame
    now: pd.DataFrame
    pooled: pd.DataFrame
    reward: pd.Series
    start: pd.Series


@lru_cache(maxsize=4)
def read(book: Book) -> Read:
    """Chances before and since the change (of all quarters where none is told), what each stage
    brings since then, and the accounts of the last quarter.
    """
    if not book.has("stage_history", "contribution"):
        raise ValueError(
            "it has no stage_history with contribution; take the bundled book linjiang"
        )
    panel = panel_of(book)
    if not set(panel["stage"]) >= set(STAGES):
        raise ValueError(f"its stages are not {', '.join(STAGES)}; take the bundled book linjiang")
    pooled = chains.transition_matrix(panel, STAGES)
    found = chain_tests.find_change(panel, draws=DRAWS, spans=SPANS)
    early = late = since = panel
    if found.period is not None and found.p_value < LEVEL:
        days = sorted(panel["period"].unique())
        before = days[days.index(found.period) - 1]
        early, late = panel[panel["period"] < found.period], panel[panel["period"] >= before]
        since = panel[panel["period"] >= found.period]
    last = panel.loc[panel["period"] == panel["period"].max(), "stage"].value_counts()
    return Read(
        chains.transition_matrix(early, STAGES),
        chains.transition_matrix(late, STAGES),
        pooled,
        since.groupby("stage")["contribution"].mean().reindex(STAGES),
        last.reindex(STAGES).fillna(0.0),
    )


def _odds(matrix: pd.DataFrame, start: str = "build") -> float:
    """Chance of an account in build (or elsewhere) to be deep before it lapses."""
    closed = matrix.copy()
    for end in ("deep", "lapsed"):
        closed.loc[end] = 0.0
        closed.loc[end, end] = 1.0
    return at(chains.fundamental_matrix(closed).odds, start, "deep")


def _no_rival(book: Book) -> dict[str, float]:
    chances = read(book).before
    return {"odds": _odds(chances), "path": 1e6 * chains.path_odds(chances, PATH)}


def _path_longer(book: Book) -> dict[str, float]:
    """The path with one quarter too many in each stage."""
    longer = [(stage, length + 1) for stage, length in PATH[:2]]
    return {"path": 1e6 * chains.path_odds(read(book).before, [*longer, PATH[2]])}


def _path_of(first: int, then: int) -> Callable[[Book], dict[str, float]]:
    """The path with other lengths of its two stages."""

    def path(book: Book) -> dict[str, float]:
        lengths = (("build", first), ("stable", then), PATH[2])
        return {"path": 1e6 * chains.path_odds(read(book).before, lengths)}

    return path


def _straight(book: Book) -> dict[str, float]:
    """One quarter in build, one in stable, then deep."""
    chances = read(book).before
    return {"odds": at(chances, "build", "stable") * at(chances, "stable", "deep")}


def _one_quarter_more(book: Book) -> dict[str, float]:
    """By the moves that arrive in the quarter of the change or before."""
    panel = panel_of(book)
    found = chain_tests.find_change(panel, draws=DRAWS, spans=SPANS)
    early = panel if found.period is None else panel[panel["period"] <= found.period]
    chances = chains.transition_matrix(early, STAGES)
    return {"odds": _odds(chances), "path": 1e6 * chains.path_odds(chances, PATH)}


def _some_day(book: Book) -> dict[str, float]:
    """Deep within a hundred quarters, whatever happened on the way."""
    closed = read(book).before.copy()
    closed.loc["deep"] = 0.0
    closed.loc["deep", "deep"] = 1.0
    power = np.linalg.matrix_power(closed.to_numpy(dtype=float), 4_000)
    return {"odds": float(power[0, 2])}


def _quarterly(rate: float = DISCOUNT) -> float:
    return float((1 + rate) ** 0.25 - 1)


def worth(book: Book, rate: float, which: str = "now") -> float:
    """Value of an account in build, thousand yuan, at a rate a quarter."""
    found = read(book)
    matrix = found.now if which == "now" else found.pooled
    return float(chains.stage_value(matrix, found.reward, rate)["build"]) / 1e3


@lru_cache(maxsize=4)
def _without_the_first(book: Book) -> pd.DataFrame:
    """Chances since the change without the moves that arrive in its first quarter."""
    panel = panel_of(book)
    found = chain_tests.find_change(panel, draws=DRAWS, spans=SPANS)
    if found.period is None or found.p_value >= LEVEL:
        raise ValueError("no change is told in it")
    return chains.transition_matrix(panel[panel["period"] >= found.period], STAGES)


def _worth_without_the_first(book: Book) -> dict[str, float]:
    value = chains.stage_value(_without_the_first(book), read(book).reward, _quarterly())
    return {"value": float(value["build"]) / 1e3}


def _never_back(book: Book) -> dict[str, float]:
    """Worth of build where lapsed is the end."""
    found = read(book)
    closed = found.now.copy()
    closed.loc["lapsed"] = [float(name == "lapsed") for name in STAGES]
    return {"value": float(chains.stage_value(closed, found.reward, _quarterly())["build"]) / 1e3}


def _fault(book: Book) -> dict[str, Any]:
    return {"fault": "rate", "value": worth(book, _quarterly())}


def _frozen(book: Book, listed: tuple[str, ...] = LISTED, which: str = "now") -> dict[str, float]:
    found = read(book)
    matrix = found.now if which == "now" else found.pooled
    return _list_by(found, matrix, listed)


def _list_by(
    found: Read, matrix: pd.DataFrame, listed: tuple[str, ...] = LISTED
) -> dict[str, float]:
    table = chains.frozen_list_cost(matrix, found.reward, found.start, listed=listed)
    return {
        "left": 1 - float(table["still"].iloc[-1]),
        "missed": float(table["cost"].sum() / table["renewed"].sum()),
    }


def _of_the_gone(book: Book) -> float:
    """What an account that is in no listed stage after four quarters brings in the fourth."""
    found = read(book)
    power = np.linalg.matrix_power(found.now.to_numpy(dtype=float), SPANS)
    there = found.start.where(found.start.index.isin(LISTED), 0.0).to_numpy(dtype=float) @ power
    gone = np.where([name in LISTED for name in STAGES], 0.0, there)
    return float(gone @ found.reward.to_numpy(dtype=float) / gone.sum())


def _last_quarter(book: Book) -> dict[str, float]:
    found = read(book)
    table = chains.frozen_list_cost(found.now, found.reward, found.start, listed=LISTED)
    return {"missed": float(table["cost"].iloc[-1] / table["renewed"].iloc[-1])}


def _first_quarter(book: Book) -> dict[str, float]:
    found = read(book)
    table = chains.frozen_list_cost(found.now, found.reward, found.start, listed=LISTED)
    return {"left": 1 - float(table["still"].iloc[0])}


def _own_stage(book: Book) -> dict[str, float]:
    """Left where leaving means to leave the stage that one was in, and not the list."""
    found = read(book)
    power = np.linalg.matrix_power(found.now.to_numpy(dtype=float), 4)
    weights = found.start[list(LISTED)] / found.start[list(LISTED)].sum()
    stays = [power[STAGES.index(name), STAGES.index(name)] for name in LISTED]
    return {"left": 1 - float(np.dot(weights, stays))}


_bar_is_sound = sound_bar(lambda bar: 0 < bar < 1, "a share of a list lies between 0 and 1.")


_follows = by_the_bar("left", "more often", operator.gt, "the share that left is {} your own bar")


def _both_sides(book: Book, answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found = _frozen(book)
    places = int(sum(float(read(book).start[name]) for name in LISTED))
    return {
        "more often": [
            f"Of {count(places, 'account')} on the list {percent(found['left'])} are in neither "
            "stage a year later.",
            f"The frozen list brings {percent(found['missed'])} less in the year than as many "
            "places on a list that is renewed.",
            f"Those that left bring {money(_of_the_gone(book))} each in the fourth quarter.",
        ],
        "once a year": [
            "An account that is taken off the list in spring notices; one that is put on in autumn "
            "does not miss much.",
            "What hangs on the list is not what an account brings: no book says how much of it "
            "would be lost without.",
        ],
    }


@lru_cache(maxsize=4)
def derived(book: Book, whole: bool = True) -> pd.DataFrame:
    """The stages that the ledger of a book gives, account by account; by quarters, or by months."""
    if not book.has("ledger", "date"):
        raise ValueError("its ledger has no date; take the bundled book yunhe")
    rows = book.rollup(period="quarter" if whole else "month", by_line=False)
    rows = rows[rows["period"] != ""]
    if rows["period"].nunique() < 3 or not (rows["revenue"] > 0).any():
        raise ValueError("it has too few quarters with sales; take the bundled book yunhe")
    span = pd.period_range(rows["period"].min(), rows["period"].max(), freq="Q" if whole else "M")
    net, sold = (
        rows.pivot_table(index="account_id", columns="period", values=of, aggfunc="sum")
        .reindex(columns=span.astype(str))
        .fillna(0.0)
        for of in ("revenue", "sold")
    )
    return panels.as_panel(panels.stages_from_amounts(net, sold=sold))


def came_back(panel: pd.DataFrame) -> tuple[int, int]:
    """Accounts seen a period after they were lapsed, and those of them that ever came back."""
    moved = panels.moves(panel, STAGES)
    after = moved.before == STAGES.index("lapsed")
    back = after & (moved.after != STAGES.index("lapsed"))
    return len(np.unique(moved.account[after])), len(np.unique(moved.account[back]))


def _return(panel: pd.DataFrame) -> dict[str, Any]:
    counted = chains.transition_counts(panel, STAGES)
    cases, back = came_back(panel)
    if not cases or not out_of(counted, "deep"):
        raise ValueError("no account of it is deep, or seen after it lapsed; take yunhe")
    low, high = proportion_confint(back, cases, method="wilson")
    verdict = VERDICTS[0] if high <= NONE else VERDICTS[1] if low > NONE else VERDICTS[2]
    return {
        "stays": at(counted, "deep", "deep") / out_of(counted, "deep"),
        "high": float(high),
        "choice": verdict,
    }


def _other(book: Book) -> dict[str, Any]:
    return _return(derived(book))


def _by_moves(book: Book) -> dict[str, float]:
    """Wilson's interval with every quarter of an account as a case of its own."""
    counted = chains.transition_counts(derived(book), STAGES)
    cases = out_of(counted, "lapsed")
    back = cases - at(counted, "lapsed", "lapsed")
    return {"high": float(proportion_confint(back, cases, method="wilson")[1])}


def _into_deep(book: Book) -> dict[str, float]:
    """Stayed deep, of the moves into it."""
    counted = chains.transition_counts(derived(book), STAGES)
    return {"stays": at(counted, "deep", "deep") / into(counted, "deep")}


def _normal(book: Book) -> dict[str, float]:
    """The interval of the textbook, which has no width where nothing happened."""
    cases, back = came_back(derived(book))
    share = back / cases
    return {"high": float(share + 1.96 * np.sqrt(share * (1 - share) / cases))}


EXERCISES: tuple[Exercise | Question, ...] = (
    Exercise(
        "11.1", "Five accounts, four quarters", "redo by hand",
        (
            Part("up", "from stable to deep: fraction, 3 decimals", 0.001),
            Part("stays", "from deep to deep: fraction, 3 decimals", 0.001),
            Part("back", "from lapsed to build: fraction, 3 decimals", 0.001),
        ),
        _five,
        (
            "Fifteen moves: three for each account, from a quarter to the next.",
            "Divide by the number of moves out of the stage; to stay is one of them.",
            "Whoever is in a stage in the last quarter has not moved from it yet: no move, no case.",
        ),
        (
            Mistake(lambda book: {"up": at(napkin(), "stable", "deep") / float(napkin().to_numpy().sum())}, "You divided by all moves. Divide by the moves out of stable."),
            Mistake(lambda book: {"up": at(napkin(), "stable", "deep") / (out_of(napkin(), "stable") - at(napkin(), "stable", "stable"))}, "You left out who stayed stable. To stay is a move too."),
            Mistake(lambda book: {"up": at(napkin(), "stable", "deep") / into(napkin(), "deep")}, "You divided by the moves into deep. Divide by those out of stable."),
            Mistake(lambda book: {"stays": at(napkin(), "deep", "deep") / 9}, "You divided by all quarters in deep. Those in the last quarter were not followed by another."),
            Mistake(lambda book: {"stays": at(napkin(), "deep", "deep") / float(napkin().to_numpy().sum())}, "You divided by all moves. Divide by the moves out of deep."),
            Mistake(lambda book: {"back": at(napkin(), "lapsed", "build") / float(napkin().to_numpy().sum())}, "You divided by all moves. Divide by the moves out of lapsed."),
            Mistake(lambda book: {"back": 1 / 3}, "You counted the account that lapsed in the last quarter. What it does next is not known."),
            Mistake(lambda book: {"stays": at(napkin(), "deep", "deep") / into(napkin(), "deep")}, "You divided by the moves into deep. Divide by those out of it, staying included."),
        ),
    ),
    Exercise(
        "11.2", "What if the chances had stayed", "change an assumption",
        (
            Part("odds", "deep before lapsed, from build: fraction, 3 decimals", 0.001),
            Part("path", "sixteen quarters, two, then deep: per million, 1 decimal", 0.1),
        ),
        _no_rival,
        (
            "Count only moves that arrive before the quarter of the change. `rs.fundamental_matrix` gives odds where some stages are never left, `rs.path_odds` the chance of one path.",
            "For the odds make deep and lapsed never left: `rs.fundamental_matrix(matrix, [\"deep\", \"lapsed\"]).odds.loc[\"build\", \"deep\"]`. For the path: `rs.path_odds(matrix, [(\"build\", 16), (\"stable\", 2), (\"deep\", 1)])`.",
            "Sixteen quarters in a stage are fifteen moves from it to itself, and one out of it.",
        ),
        (
            Mistake(lambda book: {"odds": _odds(read(book).now)}, "These are the odds since 2023Q3. Take the chances from before."),
            Mistake(lambda book: {"odds": _odds(read(book).pooled)}, "These are the odds of all quarters together, which held at no time."),
            Mistake(lambda book: {"odds": _odds(read(book).before, "stable")}, "These are the odds of an account in stable. Asked is one in build."),
            Mistake(_some_day, "This is the chance to be deep some day, with lapses on the way. Lapsed ends it here."),
            Mistake(_straight, "This is the straight way alone, a quarter in build and one in stable. Accounts may take longer and count too."),
            Mistake(_one_quarter_more, "You counted the moves that arrive in 2023Q3 too. They go by the new chances: stop a quarter before."),
            Mistake(_path_of(17, 2), "You stayed sixteen times in build: sixteen quarters are fifteen moves to itself."),
            Mistake(_path_of(16, 3), "You stayed twice in stable: two quarters are one move to itself."),
            Mistake(_path_longer, "You stayed one quarter too long in each stage: sixteen quarters are fifteen moves."),
            Mistake(lambda book: {"path": 1e6 * chains.path_odds(read(book).now, PATH)}, "This path goes by the chances since 2023Q3."),
            Mistake(lambda book: {"path": 1e6 * chains.path_odds(read(book).pooled, PATH)}, "This path goes by the chances of all quarters together."),
        ),
    ),
    Exercise(
        "11.3", "The colleague drops a stage", "find the fault",
        (
            Part("fault", choices=("rate", "order", "return", "pooling")),
            Part("value", "of an account in build at 10 % a year: thousand yuan, 1 decimal", 0.002, relative=True),
        ),
        _fault,
        (
            "How long is a period of this matrix, and of how much time is the rate?",
            "A rate a year of d is (1 + d) ** 0.25 - 1 a quarter.",
            "Put the right rate into the colleague's line, and change nothing else.",
        ),
        (
            Mistake(lambda book: {"value": worth(book, DISCOUNT)}, "This is the colleague's own number."),
            Mistake(lambda book: {"value": worth(book, DISCOUNT / 4)}, "You divided the rate by four. Interest on interest: take the fourth root."),
            Mistake(lambda book: {"value": worth(book, _quarterly(), "pooled")}, "This takes all quarters together. The colleague took those since the change, and was right."),
            Mistake(lambda book: {"value": worth(book, _quarterly()) / (1 + _quarterly())}, "Here the first contribution comes a quarter later. It counts now, as in the lesson."),
            Mistake(_worth_without_the_first, "Your matrix lacks the moves that arrive in 2023Q3, which begin a quarter before. The colleague's rows hold them."),
            Mistake(_never_back, "Here a lapsed account never comes back. In the book it does, and the colleague left it so."),
            Mistake(lambda book: {"value": worth(book, _quarterly(0.12))}, "This is at 12 % a year, as in the lesson. Ten are asked."),
            Mistake(lambda book: {"fault": "order"}, "Rows are from, columns to, and R stands behind. Look further."),
            Mistake(lambda book: {"fault": "return"}, "A lapsed account comes back here, as it does in the book. Look further."),
            Mistake(lambda book: {"fault": "pooling"}, "Only the quarters since the change are counted. Look further."),
        ),
    ),
    Exercise(
        "11.4", "How often is the list drawn up?", "decide and defend",
        (
            Part("choice", choices=("once a year", "more often")),
            Part("bar", "largest share in neither stage after a year: fraction", own=True),
            Part("left", "in neither stage after four quarters: fraction, 3 decimals", 0.001),
            Part("missed", "of the year's contribution of a renewed list: fraction, 3 decimals", 0.001),
            DEFENCE,
        ),
        _frozen,
        (
            "Set `bar` before you look. Then `rs.frozen_list_cost(matrix, reward, start, listed=[...])` gives both numbers.",
            "It takes several stages in `listed`; `start` are the accounts of the last quarter by stage, `still` is who is left.",
            "The share missed is the cost of all four quarters over what the renewed list brings in them.",
        ),
        (
            Mistake(lambda book: _frozen(book, ("deep",)), "This is a list of deep accounts alone, as in the lesson. Here stable ones are on it too."),
            Mistake(lambda book: _frozen(book, which="pooled"), "This takes the chances of all quarters together."),
            Mistake(lambda book: {"left": 1 - _frozen(book)["left"]}, "This is the share that is still there."),
            Mistake(lambda book: _list_by(read(book), _without_the_first(book)), "Your matrix lacks the moves that arrive in 2023Q3, which begin a quarter before: take the rows of 11.3."),
            Mistake(_first_quarter, "This is after one quarter. Four are asked."),
            Mistake(_own_stage, "Here an account that rose from stable to deep counts as gone. It is on the list in either stage."),
            Mistake(_last_quarter, "This is the fourth quarter alone. Add up all four."),
        ),
        _follows,
        _bar_is_sound,
        _both_sides,
    ),
    Exercise(
        "11.5", "Another book: does anybody come back?", "another book",
        (
            Part("stays", "from deep to deep in a quarter: fraction, 3 decimals", 0.001),
            Part("high", "upper end of the accounts that come back: fraction, 3 decimals", 0.001),
            Part("choice", choices=VERDICTS),
        ),
        _other,
        (
            "`other.rollup(period=\"quarter\", by_line=False)` gives sales by account and quarter: `revenue` after returns, `sold` before them. Put each into a table of accounts by quarters; `rs.stages_from_amounts` makes stages of the two.",
            "`rs.as_panel` makes the rows, `rs.transition_counts` the counts.",
            "`proportion_confint(back, cases, method=\"wilson\")` has a width even where nothing happened. A case is an account that was seen after it lapsed, not each of its quarters.",
        ),
        (
            Mistake(_normal, "This is the interval of the textbook. Where nobody came back it has no width, as if that were certain."),
            Mistake(lambda book: {"stays": _return(derived(book, False))["stays"]}, "This is from month to month. Quarters are asked."),
            Mistake(_by_moves, "You counted every quarter of a lapsed account as a case. The quarters of one account hang together: an account is one case."),
            Mistake(lambda book: {"high": 3 / came_back(derived(book))[0]}, "This is the rule of three, a bound for one side. The upper end of Wilson's interval is asked."),
            Mistake(_into_deep, "You divided by the moves into deep. Divide by those out of it, staying included."),
            Mistake(lambda book: {"choice": "come back"}, "The whole interval has to lie above 0.02 for that; here it begins below."),
            Mistake(lambda book: {"choice": "lost for good"}, "None came back of those that were seen. So few cases do not rule out that some in a hundred would."),
        ),
    ),
    Question("11.q1", "The average of two times", "b"),
    Question("11.q2", "A mean of twenty quarters", "c"),
    Question("11.q3", "The stage that costs money", "a"),
)  # fmt: skip
