"""What a lesson says: no figure that nothing above it shows, no picture without a word on it, no symbol without a name."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

import nbformat
import pytest

from keyacct_utils.lessons.catalogue import LESSONS, notebook_path
from keyacct_utils.running.outputs import output_text

TAUGHT = [item for item in LESSONS if item.code != "00"]
by_lesson = pytest.mark.parametrize("lesson", TAUGHT, ids=lambda item: item.stem)

NUMBER = re.compile(r"(?<![\w.\-/])\d[\d,]*(?:\.\d+)?(?![\w])")
#: Parts of a text that state no finding: code, formulas, links, headings, the lines on time and sources, numbered lists, what
#: somebody else is quoted with, the number of a paragraph.
NOT_PROSE = (
    r"```.*?```", r"\$\$.*?\$\$", r"`[^`]*`", r"\$[^$\n]*\$", r"\[[^\]]*\]\([^)]*\)", r"^#.*$", r"^\*\*(?:Sources|Time|Before this|Next):?.*$",
    r"^\s*\d+\.\s", r"[(（]\d[)）]", r"[Ll]essons? \d\d(?:(?:,| and) \d\d)*", r"(?:19|20)\d\d",
    r"\"[^\"\n]*\"", r"(?:article|paragraph) \d+",
)  # fmt: skip
#: A paragraph that names the document or the publication whose numbers it gives.
SOURCE = re.compile(
    r"\bS\d{3}-\d|\b(?!Since|From|Until|After|Before)[A-Z]\w{2,}(?: et al\.)?,? \(?(?:19|20)\d\d"
)
WORD_ON_IT = re.compile(r"\w+ \w+")


def read(lesson) -> nbformat.NotebookNode:
    return nbformat.read(notebook_path(lesson.code), as_version=4)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a Markdown cell that could quote a finding; those that name their source are the source's."""
    for paragraph in re.split(r"\n\s*\n", text):
        if SOURCE.search(paragraph):
            continue
        for form in NOT_PROSE:
            paragraph = re.sub(
                form, " ", paragraph, flags=re.S if form.startswith(("```", r"\$\$")) else re.M
            )
        yield from re.split(r"(?<=[.;:])\s|\n", paragraph)


def printed(cells: list[nbformat.NotebookNode]) -> str:
    """What code cells hold and print, thousands without their comma."""
    lines = [
        line
        for cell in cells
        if cell.cell_type == "code"
        for line in [cell.source, *output_text(cell)]
    ]
    return re.sub(r"(?<=\d),(?=\d{3})", "", "\n".join(lines))


def unprinted_figures(notebook: nbformat.NotebookNode) -> list[str]:
    """Figures that a text quotes and no cell above, or below it in the same section, prints or holds."""
    found = []
    heads = [
        n
        for n, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and cell.source.startswith("#")
    ]
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            continue
        end = next((head for head in heads if head > place), len(notebook.cells))
        near = printed(notebook.cells[:end])
        for sentence in sentences(cell.source):
            for number in (match[0].rstrip(",") for match in NUMBER.finditer(sentence)):
                plain = re.escape(number.replace(",", ""))
                if not re.search(rf"(?<![\d.,]){plain}(?![\d])", near):
                    found.append(f"{number}: {sentence.strip()}")
    return found


def shows_picture(output: nbformat.NotebookNode) -> bool:
    return "<img" in output.get("data", {}).get("text/html", "")


def says(output: nbformat.NotebookNode) -> bool:
    return bool(WORD_ON_IT.search(output.get("data", {}).get("text/markdown", "")))


def silent_pictures(notebook: nbformat.NotebookNode) -> list[str]:
    """Pictures that no sentence follows before the next heading: a table of the same numbers may stand between."""
    found = []
    for place, cell in enumerate(notebook.cells):
        pictures = [
            number for number, output in enumerate(cell.get("outputs", [])) if shows_picture(output)
        ]
        if not pictures or any(says(output) for output in cell.outputs[pictures[-1] + 1 :]):
            continue
        for later in notebook.cells[place + 1 : place + 4]:
            if later.cell_type == "markdown" and later.source.lstrip().startswith("#"):
                found.append(cell.source.splitlines()[0])
                break
            if later.cell_type == "markdown" or any(says(output) for output in later.outputs):
                break
        else:
            found.append(cell.source.splitlines()[0])
    return found


def nameless_symbols(notebook: nbformat.NotebookNode) -> list[str]:
    """Displayed formulas with a letter that the text of their cell does not name."""
    found = []
    for cell in [cell for cell in notebook.cells if cell.cell_type == "markdown"]:
        formulas = re.findall(r"\$\$(.*?)\$\$", cell.source, flags=re.S)
        prose = re.sub(r"\$\$.*?\$\$", " ", cell.source, flags=re.S)
        named = set(re.findall(r"\\?[A-Za-z]+", " ".join(re.findall(r"\$([^$]+)\$", prose))))
        for formula in formulas:
            plain = re.sub(
                r"\\(?:text|mathrm|operatorname|mathbb)\{[^}]*\}|\\(?:begin|end)\{[^}]*\}",
                " ",
                formula,
            )
            letters = set(
                re.findall(
                    r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])|\\(?:alpha|beta|gamma|delta|sigma|mu|lambda|pi|rho|theta|kappa|eta)\b",
                    plain,
                )
            )
            found += [
                f"{letter} in {formula.strip()[:60]}"
                for letter in sorted(letters - named - {"d", "e"})
            ]
    return found


@by_lesson
def test_a_text_quotes_no_figure_that_no_cell_above_prints(lesson):
    assert unprinted_figures(read(lesson)) == []


@by_lesson
def test_every_picture_is_followed_by_what_it_says(lesson):
    assert silent_pictures(read(lesson)) == []


@by_lesson
def test_every_symbol_of_a_formula_is_named(lesson):
    assert nameless_symbols(read(lesson)) == []


def test_the_checks_see_what_they_are_for():
    notebook = read(TAUGHT[0])
    worse = copy.deepcopy(notebook)
    worse.cells.append(nbformat.v4.new_markdown_cell("The first ten hold 98.7 % of it."))
    assert unprinted_figures(worse) == ["98.7: The first ten hold 98.7 % of it."]
    worse = copy.deepcopy(notebook)
    worse.cells.append(nbformat.v4.new_markdown_cell("In 2024 the first ten held 98.7 % of it."))
    assert unprinted_figures(worse) == ["98.7: In   the first ten held 98.7 % of it."]
    worse = copy.deepcopy(notebook)
    worse.cells.append(nbformat.v4.new_markdown_cell("$$ \\beta = q + 1 $$ where $q$ is a share"))
    assert nameless_symbols(worse) == ["\\beta in \\beta = q + 1"]
    worse = copy.deepcopy(notebook)
    place = next(
        i for i, cell in enumerate(worse.cells) if any(map(shows_picture, cell.get("outputs", [])))
    )
    worse.cells.insert(place + 1, nbformat.v4.new_markdown_cell("## Next"))
    worse.cells[place].outputs = [
        output for output in worse.cells[place].outputs if not says(output)
    ]
    assert silent_pictures(worse) == [worse.cells[place].source.splitlines()[0]]
