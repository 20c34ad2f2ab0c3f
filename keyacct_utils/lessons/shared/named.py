"""How a lesson writes money and accounts: the same words in every room."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Named", "Priced"]

T = TypeVar("T")


class Priced:
    """For what a lesson looks at: a class with the currency of the book."""

    if TYPE_CHECKING:

        @property
        def currency(self) -> str:
            """Currency of the amounts; empty where the book names none."""

    @property
    def axis_unit(self) -> str:
        """The currency as an axis has it: ", CNY"; empty where none is declared."""
        return f",{self.unit_of_money}" if self.unit_of_money else ""

    @property
    def unit_of_money(self) -> str:
        """The currency behind an amount, with its blank: " CNY"; empty where none is known."""
        return f" {self.currency}" if self.currency else ""


class Named(Priced):
    """The same with the names of its accounts."""

    if TYPE_CHECKING:

        @property
        def labels(self) -> pd.Series:
            """What a reader knows an account by, by its id."""

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        """What several steps ask for, by what was asked."""
        return {}

    def once(self, asked: Hashable, make: Callable[[], T]) -> T:
        """What several steps ask for, computed for the first of them; nobody changes it."""
        if asked not in self._made:
            self._made[asked] = make()
        return cast(T, self._made[asked])

    def called(self, name: object) -> str:
        """An account (or what else has a label) as a reader knows it; its id where it has none."""
        return str(self.labels.get(name, name))

    def named(self, names: Iterable[object]) -> list[str]:
        """Several of them, in their order."""
        return [self.called(name) for name in names]
