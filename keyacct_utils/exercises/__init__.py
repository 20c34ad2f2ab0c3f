"""Exercises that check themselves."""

from keyacct_utils.exercises.asked import minutes
from keyacct_utils.exercises.checking import check, commit, hint, progress, reset, solution, use

__all__ = ["check", "commit", "hint", "minutes", "progress", "reset", "solution", "use"]


def __dir__() -> list[str]:
    # What tab completion offers: no way to the answers.
    return __all__
