"""A Finding: what one step of a lesson found, its numbers and how a reader sees them."""

from __future__ import annotations

import math
import numbers as numbers_of
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any

import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing import style
from keyacct_utils.lessons.showing.templates import TemplateError, missing, value_form, write
from keyacct_utils.lessons.showing.words import text_table

#: A longer table shows so many rows and says how many there are; all of them are in ``table``.
ROWS_SHOWN = 25
#: Form of a column that holds Markdown links which this package wrote.
LINK = "link"
#: Forms of a number without decimals: what is guessed there is a whole number.
_WHOLE = (",", ",.0f", ".0f", "d")
#: A table shows whole sentences and all its columns.
WIDE = ("display.max_colwidth", None, "display.max_columns", None, "display.width", 160)


@dataclass(frozen=True)
class Sentence:
    """A template, and the part of the numbers that it speaks of.

    ``Sentence("{line:start} holds {share:percent}.", of="P")`` reads ``numbers["P"]`` first.
    """

    template: str
    of: str | None = None

    def fields(self, numbers: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values that its fields are taken from."""
        part = numbers[self.of] if self.of is not None else {}
        return ChainMap(dict(part), dict(numbers))


@dataclass(frozen=True)
class Shown:
    """How a column of a table is shown: its header, a template too, and the form of its values."""

    header: str
    form: str = "text"


@dataclass(frozen=True)
class Picture:
    """A figure: how it is drawn, the message that is its title, and what it shows in words."""

    draw: Callable[[str], Figure]
    title: str
    alt: str


#: Columns that mean the same in every lesson. A lesson's own stand in its room.
COLUMNS: dict[str, Shown] = {
    "account_id": Shown("account"),
    "account": Shown("account"),
    "name": Shown("name"),
    "line": Shown("line"),
    "accounts": Shown("accounts", ",.0f"),
    "amount": Shown("amount", "money"),
    "total": Shown("total", "money"),
    "revenue": Shown("revenue", "money"),
    "cost": Shown("cost", "money"),
    "margin": Shown("margin", "money"),
    "profit": Shown("profit", "money"),
    "share": Shown("share", "percent"),
    "cumulated": Shown("cumulated", "percent"),
    "rank": Shown("rank", ",.0f"),
    "gini": Shown("Gini", ".3f"),
    "verdict": Shown("verdict"),
}


@dataclass(frozen=True)
class Finding:
    """What one step found.

    As the last line of a cell it shows its figure, then what it says, then its table.

    Parameters
    ----------
    numbers : mapping
        What the sentences, the review and the tests read: ``finding.numbers["share"]`` is a float.
    says : sequence of Sentence or str
        Whole templates whose fields are names of ``numbers`` (`templates.write`).
    table : DataFrame, optional
        Raw values.
    columns : mapping of str to Shown
        How the columns of the table are shown, where it differs from `COLUMNS`. Those of the table
        that stand in neither are text, whole numbers or an error.
    picture : Picture, optional
        ``finding.figure()`` draws it; its title and alt text are templates too.
    unknown : str
        Template of the sentence that says why the step has no answer on this book, and which column
        or how many rows would give one. Then there is nothing else to show.
    show_table : bool
        False where the sentences say all that the table holds; it is in ``table`` all the same.
    prose : bool
        The table holds words: it is shown as text that wraps.
    data : mapping
        What a page takes from the finding as data, such as claims: metadata of the output.

    Raises
    ------
    TemplateError
        At once, when a sentence, a title or a header cannot be written from the numbers.
    """

    numbers: Mapping[str, Any] = field(default_factory=dict)
    says: tuple[Sentence | str, ...] = ()
    table: pd.DataFrame | None = None
    columns: Mapping[str, Shown] = field(default_factory=dict)
    picture: Picture | None = None
    unknown: str = ""
    prose: bool = False
    show_table: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.says, str):
            raise TypeError("says is one text; give a tuple of sentences")
        if not (self.says or self.unknown or self.picture or self.table is not None):
            raise TemplateError("a finding without a sentence, a table or a figure says nothing")
        self.sentences()
        if self.table is not None:
            self.shown_table()
        if self.picture is not None:
            self.title, self.alt  # noqa: B018 - written now, so that a fault shows where it is made

    def sentences(self, *, markup: bool = True) -> list[str]:
        """What the finding says, sentence by sentence."""
        if self.unknown:
            return [write(self.unknown, self.numbers, markup=markup)]
        return list(self._written(markup))

    def _written(self, markup: bool) -> Iterator[str]:
        for item in self.says:
            sentence = item if isinstance(item, Sentence) else Sentence(item)
            yield write(sentence.template, sentence.fields(self.numbers), markup=markup)

    @property
    def known(self) -> bool:
        """Whether the book gives an answer."""
        return not self.unknown

    @property
    def title(self) -> str:
        """The message over the figure; empty where there is none."""
        return write(self.picture.title, self.numbers, markup=False) if self.picture else ""

    @property
    def alt(self) -> str:
        """What the figure shows, for a reader who cannot see it."""
        return write(self.picture.alt, self.numbers, markup=False) if self.picture else ""

    def figure(self) -> Figure:
        """Draw the figure, to show or to save it. Raises ValueError where there is none."""
        if self.picture is None:
            raise ValueError("this finding has no figure")
        return self.picture.draw(self.title)

    def shown_table(self) -> pd.DataFrame:
        """The table as a reader sees it: every value as text, headers written out."""
        if self.table is None:
            raise ValueError("this finding has no table")
        shown = {str(name): self._form(name) for name in self.table.columns}
        head = self.table if self.prose else self.table.head(ROWS_SHOWN)
        frame = pd.DataFrame(
            {
                name: [value_form(value, shown[str(name)].form) for value in head[name]]
                for name in self.table.columns
            },
            index=head.index,
        )
        if frame.index.equals(pd.RangeIndex(len(frame))) and frame.index.name is None:
            frame.index = frame.index + 1
        headers = {
            name: write(shown[str(name)].header, self.numbers, markup=False)
            for name in self.table.columns
        }
        frame = frame.rename(columns=headers)
        frame.index.names = [self._index_name(name) for name in frame.index.names]
        return frame

    def _index_name(self, name: object) -> str | None:
        if name is None:
            return None
        return (self.columns.get(str(name)) or COLUMNS.get(str(name)) or Shown(str(name))).header

    def _form(self, name: object) -> Shown:
        declared = self.columns.get(str(name)) or COLUMNS.get(str(name))
        if declared is not None:
            return declared
        assert self.table is not None
        values: pd.Series[Any] = self.table[name]
        kind = values.dtype
        if pd.api.types.is_bool_dtype(kind):
            return Shown(str(name), "yes")
        if pd.api.types.is_integer_dtype(kind):
            return Shown(str(name), ",.0f")
        if pd.api.types.is_float_dtype(kind) and values.notna().any():
            raise TemplateError(f"column {name!r} holds fractions: say in columns= how to show it")
        return Shown(str(name))

    def beside(
        self, guess: float | str | EllipsisType | None, name: str, form: str = "percent"
    ) -> Finding:
        """A reader's guess beside what came out.

        Parameters
        ----------
        guess : number or text
            As it was written before the look; ``...`` where nothing was written.
        name : str
            Which of the numbers it was about.
        form : str
            How both are written.

        Raises
        ------
        ValueError
            For a name that is not among the numbers, or a guess that is no single value.
        """
        if self.unknown:
            return Finding(self.numbers, unknown=self.unknown)
        if name not in self.numbers:
            raise ValueError(
                f"name is {name!r}; the numbers are {', '.join(map(str, self.numbers))}"
            )
        found = self.numbers[name]
        if isinstance(found, float) and math.isnan(found):
            return unknown("A guess cannot be compared: this book does not give the number.")
        if guess is Ellipsis or guess is None:
            return Finding(
                {"found": found}, (f"You wrote no guess. It came out as {{found:{form}}}.",)
            )
        numbers = {"guess": guess, "found": found}
        if isinstance(found, str) or isinstance(guess, str):
            if not isinstance(guess, str):
                return Finding(
                    numbers, ("You wrote {guess}: a word in quotation marks is asked for.",)
                )
            if not isinstance(found, str):
                return Finding(
                    numbers,
                    (
                        "You wrote “{guess}”, which is a text: write a number, without quotation "
                        "marks, unit or % sign.",
                    ),
                )
            same = "".join(guess.split()).casefold() == "".join(found.split()).casefold()
            text = "You said {guess}, and so it is." if same else "You said {guess}; it is {found}."
            return Finding(numbers, (text,))
        if not isinstance(guess, numbers_of.Real):
            raise ValueError(f"guess is {guess!r}; expected one number")
        if form.startswith("percent") and abs(guess) > 1 >= abs(found):
            return Finding(
                numbers,
                ("You wrote {guess:g}: a share is written as a fraction, 0.5 for one half.",),
            )
        if form in _WHOLE and not float(guess).is_integer():
            return Finding(
                numbers,
                (
                    f"You wrote {{guess:g}}: a whole number is asked for. It came out as "
                    f"{{found:{form}}}.",
                ),
            )
        if form == "money" and guess and 500 <= found / guess <= 2000:
            thousands = {**numbers, "guess": 1000 * float(guess)}
            return Finding(
                thousands,
                ("If you wrote thousands, that is {guess:money}; it came out as {found:money}.",),
            )
        written = write(f"{{guess:{form}}}|{{found:{form}}}", numbers).split("|")
        if written[0] == written[1]:
            return Finding(numbers, (f"You wrote {{guess:{form}}}, and so it is.",))
        way = "less" if found < guess else "more"
        return Finding(numbers, (f"You wrote {{guess:{form}}}; it is {way}: {{found:{form}}}.",))

    def _links(self) -> list[str]:
        """Headers of the columns that hold links."""
        return [item.header for item in self.columns.values() if item.form == LINK]

    def _ipython_display_(self) -> None:
        if self.unknown:
            display(Markdown(self.sentences()[0]))
            return
        if self.picture is not None:
            style.show(self.figure(), alt=self.alt, title=self.title)
        if text := " ".join(self.sentences()):
            display(Markdown(text))
        if self.table is None or not self.show_table:
            return
        note = {"keyacct": dict(self.data)} if self.data else {}
        if self.prose:
            text_table(self.shown_table(), note, self._links())
        else:
            with pd.option_context(*WIDE):
                display(self.shown_table(), metadata=note)
        if not self.prose and (rest := len(self.table) - ROWS_SHOWN) > 0:
            display(Markdown(f"{rest:,} more rows are in `.table`."))

    def __str__(self) -> str:
        return " ".join(self.sentences(markup=False)) or self.title or "a table"


def unknown(reason: str, **numbers: Any) -> Finding:
    """A step that has no answer on this book: why, and what would give one."""
    return Finding(numbers, unknown=reason)


__all__ = ["COLUMNS", "Finding", "Picture", "Sentence", "Shown", "missing", "unknown"]
