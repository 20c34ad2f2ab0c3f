"""What must be true of every finding on every book."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyacct_utils.lessons.showing.finding import Finding, Sentence
from keyacct_utils.lessons.showing.templates import constant_text, fields

#: Names of the synthetic company and its people: no finding on another book may know them.
STORY_NAMES = re.compile(r"Linjiang|临江|Zhonggang|中港铁路集团(?! ?\()|Yunhe|云河|A0230")
#: Numbers that stand in a template whatever the book: a level of confidence, an id of a document, a lesson, a named case.
ALLOWED = re.compile(
    r"95 %|S\d{3}-\d+[a-z]?|lessons? \d\d|N\d\d|IFRS 8|(?:19|20)\d\d|\d+/\d+|\(1\)|\(2\)|\.\d+f"
)
#: Shares may be above one where the sentence says what they are shares of.
OVER_ONE = re.compile(
    r"(?<![\d.,])(?!100(?:\.0+)? %)(1\d\d|[2-9]\d\d|\d{1,3}(?:,\d{3})+|\d{4,})(?:\.\d+)? %"
)
ABOVE_ALL = re.compile(
    r"(?:[Oo]f|in) (?:the |its )?(?:whole )?(?:profit|net|peak)|You wrote|times|more than all|growth|grew|rose|fell|rise|change"
)
FAULTS = {
    "a number is missing": re.compile(r"\bnan\b|\bNaN\b|\bNone\b(?! of)|\bNaT\b|<NA>|\binf\b"),
    "one of many": re.compile(
        r"(?<![\d.,])1 (?:accounts|months|lines|years|rows|names|customers|draws|answers)\b"
    ),
    "one with a verb of many": re.compile(
        r"(?<![\d.,]) 1(?: account(?: with a total of zero or less \([^)]*\))?)? "
        r"(?:are|have|stand|cost|lose|bring|reach|hold|need|buy)\b"
    ),
    "a doubled blank": re.compile(r"\S  +\S"),
    "a stray sign": re.compile(r" [.,;:](?:\s|$)|\.\.(?!\.)|,\.|;\.|\(\)|: \.|:\."),
    "minus nothing": re.compile(r"(?<![\w.])-0(?:\.0+)?(?![\d.])"),
}


def texts(finding: Finding) -> Iterator[str]:
    """All that a reader reads of a finding, table apart."""
    yield from finding.sentences(markup=False)
    yield from filter(None, (finding.title, finding.alt))


def templates(finding: Finding) -> Iterator[str]:
    """The sentences as they were written."""
    for item in finding.says:
        yield item.template if isinstance(item, Sentence) else item
    if finding.unknown:
        yield finding.unknown
    if finding.picture:
        yield from (finding.picture.title, finding.picture.alt)


def faults(finding: Finding, *, known_names: tuple[str, ...] = ()) -> list[str]:
    """What a finding gets wrong, in words; empty where it keeps all rules."""
    found = []
    for text in texts(finding):
        plain = text
        for name in sorted(known_names, key=len, reverse=True):
            plain = plain.replace(name, "X")
        found += [f"{what}: {text}" for what, pattern in FAULTS.items() if pattern.search(plain)]
        if STORY_NAMES.search(plain):
            found.append(f"names the synthetic company: {text}")
        if OVER_ONE.search(plain) and not ABOVE_ALL.search(plain):
            found.append(f"a share above 100 %: {text}")
        if not re.search(r"[.?!:”)]$", text.strip()) and text not in (finding.title,):
            found.append(f"no end of sentence: {text}")
    for template in templates(finding):
        constant = ALLOWED.sub("", constant_text(template))
        if re.search(r"\d", constant):
            found.append(f"a number that no book gave: {template}")
        if not fields(template) and template != finding.unknown and len(template) > 400:
            found.append(f"a long fixed text: {template}")
    if finding.table is not None:
        shown = finding.shown_table()
        for column in shown.columns:
            bad = [
                value for value in shown[column] if FAULTS["a number is missing"].search(str(value))
            ]
            found += [f"column {column}: {bad[0]}"] if bad else []
        if shown.empty:
            found.append("an empty table")
    return found
