"""Findings on books that nobody made by hand: hypothesis draws ledgers, every lesson that can be taught
on one is run as plain code, and each finding has to keep the rules of the gallery.
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))

from gallery import rules
from gallery.lessons import findings
from gallery.test_gallery import DRAWS, SIMULATED, TAUGHT

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import lesson, missing
from tests.trust.results import table

TITLE = "Drawn books"

#: What a lesson may say of a book on which nothing was bought, in place of findings.
REFUSED = ": choose another period"
#: Columns that a ledger may have beside account and revenue.
MORE = ("date", "line", "cost_goods", "volume", "discount_pct", "district", "channel", "manager_id")


@dataclass(frozen=True)
class Drawn:
    """What a ledger is like; its rows come of ``seed``."""

    seed: int
    accounts: int
    months: int
    #: Standard deviation of the logarithm of what an account buys: 0 is flat.
    spread: float
    #: Chance that an account buys in a month, and that a row is a return.
    often: float
    returns: float
    #: Amounts are whole multiples of this, so that ties occur.
    step: float
    columns: frozenset[str]
    first: int
    name: str

    def rows(self) -> list[dict[str, str]]:
        """The rows of the ledger, at least one."""
        luck = random.Random(self.seed)
        level = [luck.lognormvariate(5, self.spread) for _ in range(self.accounts)]
        found = []
        for number, amount in enumerate(level):
            for month in range(self.months):
                if luck.random() >= self.often and (number or month):
                    continue
                sold = max(round(amount * luck.lognormvariate(0, 0.3) / self.step), 1) * self.step
                sold = -sold if luck.random() < self.returns else sold
                year, place = divmod(self.first + month, 12)
                row = {
                    "account_id": f"{self.name}{number}", "revenue": f"{sold:.2f}",
                    "date": f"{year}-{place + 1:02d}-{luck.randint(1, 28):02d}",
                    "line": "PSE"[number % 3], "cost_goods": f"{sold * luck.uniform(0.5, 1.1):.2f}",
                    "volume": str(max(int(sold), 1)), "discount_pct": str(luck.choice((0, 5, 10))),
                    "district": f"D{number % 4}", "channel": "AB"[number % 2],
                    "manager_id": f"M{number % 3}",
                }  # fmt: skip
                kept = ("account_id", "revenue", *self.columns)
                found.append({key: value for key, value in row.items() if key in kept})
        return found

    def write(self, folder: Path) -> Path:
        """Write ledger and book.toml; the path of the latter."""
        rows = self.rows()
        header = ",".join(rows[0])
        text = "\n".join([header, *(",".join(row.values()) for row in rows)])
        (folder / "ledger.csv").write_text(text + "\n", encoding="utf-8")
        path = folder / "book.toml"
        path.write_text(
            'contract_version = 1\nname = "drawn"\n[tables.ledger]\npath = "ledger.csv"\n',
            encoding="utf-8",
        )
        return path


BOOKS = st.builds(
    Drawn,
    seed=st.integers(0, 10**6),
    accounts=st.one_of(st.integers(1, 8), st.integers(9, 120)),
    months=st.one_of(st.integers(1, 3), st.integers(4, 40)),
    spread=st.sampled_from((0.0, 0.5, 1.5, 3.0)),
    often=st.sampled_from((0.05, 0.3, 1.0)),
    returns=st.sampled_from((0.0, 0.05, 0.6)),
    step=st.sampled_from((0.01, 10.0, 1000.0)),
    columns=st.frozensets(st.sampled_from(MORE)),
    first=st.integers(2019 * 12, 2024 * 12),
    name=st.sampled_from(("C", "00", "客户")),
)


def faults(drawn: Drawn, lessons: Sequence[str] = tuple(TAUGHT)) -> tuple[int, list[str]]:
    """How many lessons are taught on a book, and what their findings get wrong."""
    taught, wrong = 0, []
    with tempfile.TemporaryDirectory() as folder:
        book = Book.open(drawn.write(Path(folder)))
        known = (*book.names(), *book.labels(), book.name)
        for code in lessons:
            if missing(book, code)[0]:
                continue
            taught += 1
            try:
                for line, finding in findings(code, book):
                    wrong += [
                        f"{code} {line}: {f}" for f in rules.faults(finding, known_names=known)
                    ]
                    if finding.picture is not None and finding.known:
                        finding.figure()
            except Exception as error:
                if not (isinstance(error, ValueError) and REFUSED in str(error)):
                    wrong.append(f"{code}: {type(error).__name__}: {error}")
    return taught, wrong


def few_draws() -> list[mock._patch]:
    """Resamples and simulated books as few as in the gallery: what is said is asked, not how sure."""
    rooms = [
        import_module(f"keyacct_utils.lessons.{lesson(code).topic}.findings") for code in TAUGHT
    ]
    found = [mock.patch.object(truth, "SIMULATED_BOOKS", SIMULATED)]
    return found + [
        mock.patch.object(room, "DRAWS", DRAWS) for room in rooms if hasattr(room, "DRAWS")
    ]


def run(count: int = 60, number: int = 1) -> list[dict[str, object]]:
    """Draw books and say what is wrong on each; a row for each."""
    rows: list[dict[str, object]] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(BOOKS)
    def look(drawn: Drawn) -> None:
        taught, wrong = faults(drawn)
        rows.append({"book": str(drawn), "lessons": taught, "faults": " | ".join(wrong)})
        print(len(rows), *wrong, sep="\n    ", flush=True)

    with contextlib.ExitStack() as few:
        for patch in few_draws():
            few.enter_context(patch)
        look()
    return rows


def told(rows: list[dict[str, str]]) -> str:
    """The part of the page."""
    wrong = [row for row in rows if row["faults"]]
    lessons = sum(int(row["lessons"]) for row in rows)
    said = (
        f"hypothesis drew {len(rows)} ledgers: of one account or a hundred, of a month or of years, flat "
        "or steep, with returns, with ties, with some columns or\nothers. Every lesson that can be "
        f"taught on one was run as plain code, {lessons} in all, and every finding had to keep the rules "
        f"of the gallery.\nBooks on which one did not: {len(wrong)}."
    )
    body = [(row["book"], row["faults"]) for row in wrong]
    return said + (f"\n\n{table(('book', 'what is wrong'), body)}" if body else "")
