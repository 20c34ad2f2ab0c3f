"""What is checked on the finished pages: nothing is fetched from elsewhere, and every link leads
somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

_REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_CSS_REMOTE = re.compile(
    r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE
)
_LOADING_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)
#: Static files of the theme that are fragments for its own use, not pages.
_NOT_A_PAGE = "_static"


class _Page(HTMLParser):
    """Collects what a page makes the browser fetch, what it links to, and the anchors it offers."""

    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        loads = [values.get(name, "") for name in ("src", "data", "poster", "srcset")]
        if tag == "link" and _LOADING_LINKS & set(values.get("rel", "").lower().split()):
            loads.append(values.get("href", ""))
        if tag in {"image", "use"}:
            loads += [values.get("href", ""), values.get("xlink:href", "")]
        self.remote += [address for address in loads if _REMOTE.match(address)]
        self.remote += _CSS_REMOTE.findall(values.get("style", ""))
        self.links += [
            address for address in (values.get("href", ""), values.get("src", "")) if address
        ]
        self.anchors += [
            values[name]
            for name in ("id", "name")
            if values.get(name) and (name == "id" or tag == "a")
        ]


def _read(path: Path) -> tuple[_Page, str]:
    text = path.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    return page, text


def external_requests(site: Path) -> list[str]:
    """Every script, style, font, image or frame that the pages would load from elsewhere, as
    ``page: address``.
    """

    def loads() -> Iterator[str]:
        for path in sorted(site.rglob("*")):
            if path.suffix not in {".html", ".css"}:
                continue
            page, text = (
                _read(path)
                if path.suffix == ".html"
                else (_Page(), path.read_text(encoding="utf-8"))
            )
            if path.suffix == ".html":
                text = "".join(
                    re.findall(r"<style[^>]*>(.*?)</style>", text, flags=re.DOTALL | re.IGNORECASE)
                )
            for address in [*page.remote, *_CSS_REMOTE.findall(text)]:
                yield f"{path.relative_to(site)}: {address}"

    return list(loads())


def broken_links(site: Path, beside: Collection[str] = ()) -> list[str]:
    """Every link inside the site, to a page, a file or an anchor, that leads nowhere, and every
    anchor given twice; files ``beside`` the folder of the site are taken to be there.
    """
    paths = (
        path
        for path in sorted(site.rglob("*.html"))
        if _NOT_A_PAGE not in path.relative_to(site).parts
    )
    pages = {path.resolve(): _read(path)[0] for path in paths}
    outside = {site.resolve().parent / name for name in beside}
    faults = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        anchors = [anchor for anchor in page.anchors if page.anchors.count(anchor) > 1]
        faults += [f"{name}: #{anchor} is there twice" for anchor in dict.fromkeys(anchors)]
        for link in dict.fromkeys(page.links):
            if _ELSEWHERE.match(link):
                continue
            address, _, anchor = unquote(link).partition("#")
            target = (path.parent / address.partition("?")[0]).resolve() if address else path
            if target in outside:
                continue
            if not target.exists():
                faults.append(f"{name}: {link} is no file of the site")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                faults.append(f"{name}: {link} has no such anchor")
    return faults
