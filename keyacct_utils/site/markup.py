"""The last hand on each page, as a Sphinx extension: tables that can be read and heard, terms and
ids that lead on.

Works on the finished HTML, where text, code, formulas and links can be told apart without guessing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from sphinx.application import Sphinx

from keyacct_utils.site.claims import ITEM
from keyacct_utils.site.reference import FOLDER as REFERENCE
from keyacct_utils.site.terms import PAGE, Term, bounded

_NUMBER = r"[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?:\s?[%×x]|\s(?:bn|m|k))?(?:\s[A-Z]{3})?"
_NUMERIC = re.compile(rf"(?:{_NUMBER}(?:\s\({_NUMBER} to {_NUMBER}\))?|-|nan|NaN|<NA>)?")
_CHINESE = re.compile(r"[　-〿㐀-鿿豈-﫿＀-￯]*[㐀-鿿豈-﫿][　-〿㐀-鿿豈-﫿＀-￯]*")
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
#: Characters from which a column holds sentences, which need room on a phone.
LONG = 40
#: Text in these is left as it is.
_CLOSED = {"a", "button", "code", "kbd", "pre", "script", "style", "summary", "svg"}


def finish(html: str, page: str, facts: dict[str, Any]) -> str:
    """The body of a page with its tables, terms, ids and Chinese marked up.

    Parameters
    ----------
    html : str
        The body as Sphinx wrote it.
    page : str
        Name of the page from the root of the site, without ending, such as
        "notebooks/01_concentration".
    facts : dict
        "terms": the glossary's terms; "items": id of a source's item -> its address from the root
        of the site.
    """
    if page.startswith(REFERENCE) and "<table" not in html:
        return html  # large pages of code and its description, in which there is nothing to mend
    soup = BeautifulSoup(html, "html.parser")
    up = "../" * page.count("/")
    for summary in soup.select("details.hide > summary"):
        summary.attrs.pop(
            "aria-label", None
        )  # "Toggle hidden content", which is not what it reads (WCAG 2.5.3)
    for table in soup.find_all("table"):
        _table(soup, table)
    if page.startswith("notebooks/"):
        _terms(soup, page, up, [Term(**term) for term in facts["terms"]])
    if page.startswith(("notebooks/", "docs/claims", "docs/sources/")):
        _items(soup, up, page, facts["items"])
    for node in _texts(soup, _CLOSED - {"a", "summary", "button"}, _CHINESE):
        _replace(node, _CHINESE, lambda found: _tag(soup, "span", found[0], lang="zh-Hans"))
    return str(soup)


def _tag(soup: BeautifulSoup, name: str, text: str, **attributes: str) -> Tag:
    tag = soup.new_tag(name, attrs=attributes)
    tag.string = text
    return tag


def _classes(tag: Tag) -> list[str]:
    return [str(name) for name in tag.get_attribute_list("class") if name]


def _table(soup: BeautifulSoup, table: Tag) -> None:
    """Header cells say what they head, columns of numbers stand to the right, a wide table scrolls
    in a box of its own.
    """
    for style in table.find_previous_siblings("style"):
        style.decompose()
    for tag in [table, *table.find_all("tr")]:
        for attribute in ("border", "style"):
            tag.attrs.pop(attribute, None)
    _one_head(table)
    for cell in table.find_all("th"):
        in_head = cell.find_parent("thead") is not None
        if not cell.get_text(strip=True):
            cell.name = "td"
        else:
            many = str(cell.get("colspan" if in_head else "rowspan", "1")) != "1"
            cell["scope"] = ("col" if in_head else "row") + ("group" if many else "")
    _align(table)
    box = table.parent
    if box is None or "pst-scrollable-table-container" not in _classes(box):
        box = table.wrap(soup.new_tag("div"))
    heading = table.find_previous(_HEADINGS)
    name = heading.get_text(" ", strip=True).rstrip("# ") if heading else "the page"
    box["class"] = " ".join([*_classes(box), "table-region"])
    box["role"], box["aria-label"] = "group", f"Table: {name}"


def _one_head(table: Tag) -> None:
    """Put the name of a DataFrame's index into the row of its columns' names, where both rows
    leave the room.
    """
    rows = table.select("thead > tr")
    cells = [row.find_all(["th", "td"], recursive=False) for row in rows]
    if (
        len(rows) == 2
        and len(cells[0]) == len(cells[1])
        and not table.select("thead [colspan], thead [rowspan]")
    ):
        pairs = [(upper, lower.get_text(strip=True)) for upper, lower in zip(*cells, strict=True)]
        if not any(upper.get_text(strip=True) and below for upper, below in pairs):
            for upper, below in pairs:
                upper.string = upper.get_text(strip=True) or below
            rows[1].decompose()


def _align(table: Tag) -> None:
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.select("tbody > tr")]
    width = max((len(row) for row in rows), default=0)
    heads = [row.find_all(["td", "th"], recursive=False) for row in table.select("thead > tr")]
    for place in range(
        1, width + 1
    ):  # from the right: a row under a header of several rows has fewer cells
        column = [row[-place] for row in rows if len(row) >= place]
        texts = [cell.get_text(strip=True) for cell in column]
        if max(map(len, texts), default=0) > LONG:
            for cell in column:
                cell["class"] = " ".join([*_classes(cell), "long"])
        if all(_NUMERIC.fullmatch(text) for text in texts) and any(
            any(map(str.isdigit, text)) for text in texts
        ):
            for cell in [*column, *(head[-place] for head in heads if len(head) == width)]:
                cell["class"] = " ".join(
                    [*(name for name in _classes(cell) if not name.startswith("text-")), "num"]
                )


def _texts(
    soup: BeautifulSoup, closed: set[str], pattern: re.Pattern[str]
) -> list[NavigableString]:
    """The pieces of text in which something is to be found, outside of formulas and of closed
    tags.
    """
    found = soup.find_all(string=lambda text: text is not None and pattern.search(text) is not None)
    return [
        node
        for node in found
        if type(node) is NavigableString and not any(_shut(tag, closed) for tag in node.parents)
    ]


def _shut(tag: Tag, closed: set[str]) -> bool:
    return tag.name in closed or "math" in _classes(tag)


def _replace(
    node: NavigableString, pattern: re.Pattern[str], made: Callable[[re.Match[str]], Tag | None]
) -> None:
    """Put what ``made`` gives for each match in its place; None leaves the text."""
    text, start = str(node), 0
    parts: list[NavigableString | Tag] = []
    for found in pattern.finditer(text):
        if (tag := made(found)) is not None:
            parts += [NavigableString(text[start : found.start()]), tag]
            start = found.end()
    if parts:
        node.replace_with(*parts, NavigableString(text[start:]))


def _terms(soup: BeautifulSoup, page: str, up: str, terms: list[Term]) -> None:
    """The first use of each term in prose leads to the glossary and shows its meaning to pointer
    and keyboard.
    """
    code = page.rpartition("/")[2][:2]
    here = [term for term in terms if not term.lessons or code in term.lessons]
    here.sort(key=lambda term: -max(map(len, term.names)))  # "top share" before "share"
    if not here:
        return
    pattern = re.compile(
        bounded("|".join(f"(?P<t{place}>{term.pattern()})" for place, term in enumerate(here)))
    )
    explained: set[str] = set()

    def explain(found: re.Match[str]) -> Tag | None:
        term = here[int(str(found.lastgroup)[1:])]
        if term.anchor in explained:
            return None
        explained.add(term.anchor)
        box = soup.new_tag("span", attrs={"class": "term-box"})
        tip = f"tip-{term.anchor}"
        link = {"class": "term", "href": f"{up}{PAGE}.html#{term.anchor}", "aria-describedby": tip}
        box.append(_tag(soup, "a", found[0], **link))
        box.append(
            _tag(
                soup,
                "span",
                f"{term.chinese}. {term.meaning}".replace("`", ""),
                role="tooltip",
                id=tip,
            )
        )
        return box

    for node in _texts(soup, _CLOSED | set(_HEADINGS), pattern):
        if not any(parent.name == "div" and "cell" in _classes(parent) for parent in node.parents):
            _replace(node, pattern, explain)


def _items(soup: BeautifulSoup, up: str, page: str, items: dict[str, str]) -> None:
    """The id of a source's item leads to what the document says there."""

    def lead_on(found: re.Match[str]) -> Tag | None:
        address = items.get(found[0], "")
        if not address or address.startswith(f"{page}.html"):
            return None
        return _tag(soup, "a", found[0], href=up + address, **{"class": "item"})

    for node in _texts(soup, _CLOSED | set(_HEADINGS), ITEM):
        _replace(node, ITEM, lead_on)


def _finish_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    if body := context.get("body"):
        facts = json.loads((Path(app.srcdir) / "site.json").read_text(encoding="utf-8"))
        # The value of a constant may be a folder of this machine.
        context["body"] = finish(
            body.replace(f"{facts['root']}/", "").replace(facts["root"], "."), pagename, facts
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("html-page-context", _finish_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
