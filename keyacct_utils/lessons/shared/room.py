"""What a room hands out: its public functions, imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def public(package: str, *modules: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a room (PEP 562), so that the map of the lessons costs no
    import of methods.

    Parameters
    ----------
    package : str
        ``__name__`` of the room.
    modules : str
        Its modules; public is what stands in their ``__all__``, or is defined there.
    """

    def names_of(module: str) -> list[str]:
        found = import_module(f"{package}.{module}")
        own = [
            name
            for name, value in vars(found).items()
            if not name.startswith("_") and getattr(value, "__module__", "") == found.__name__
        ]
        return list(getattr(found, "__all__", own))

    def find(name: str) -> Any:
        if name in modules:
            return import_module(f"{package}.{name}")
        for module in () if name.startswith("_") else modules:
            if name in names_of(module):
                return getattr(import_module(f"{package}.{module}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def names() -> list[str]:
        return sorted({name for module in modules for name in names_of(module)})

    return find, names
