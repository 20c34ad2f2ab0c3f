"""Pieces of the Markdown that pages are written in."""

from __future__ import annotations

from collections.abc import Iterable


def toctree(pages: Iterable[str], caption: str = "") -> list[str]:
    """The lines of a hidden table of contents, which puts the pages into the navigation; none for
    no pages.
    """
    listed = list(pages)
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return ["```{toctree}", *options, "", *listed, "```", ""] if listed else []
