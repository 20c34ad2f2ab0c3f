"""What a workbook stores beside its values: errors, formulas, hidden rows, days from 1904; whatever its XML looks like."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults

WriteBook = Callable[..., Path]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main", RELATIONS: "http://purl.oclc.org/ooxml/officeDocument/relationships"}  # fmt: skip
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"


def xlsx(rows: list[str], workbook: str = "", way: str = "plain") -> bytes:
    """A workbook of one sheet; ``rows`` are the inner XML of each, or a whole row."""
    whole = [row if row.startswith("<row") else f'<row r="{i}">{row}</row>' for i, row in enumerate(rows, 1)]  # fmt: skip
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(whole)}</sheetData></worksheet>'
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{workbook}<sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}relationships"><Relationship Id="r" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}relationships"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": book,
        "xl/worksheets/sheet1.xml": sheet,
    }  # fmt: skip
    if way == "prefix":
        sheet = re.sub(r"<(/?)(\w)", r"<\1x:\2", sheet).replace("xmlns=", "xmlns:x=")
    elif way == "single quotes":
        sheet = sheet.replace('"', "'")
    elif way == "spaced":
        sheet = sheet.replace("><", ">\n  <").replace('t="e"', 't = "e"')
    elif way == "no references":
        sheet = re.sub(r' r="[A-Z]+\d+"', "", sheet)
    elif way == "absolute targets":
        name = "xl/_rels/workbook.xml.rels"
        files[name] = files[name].replace("worksheets/", "/xl/worksheets/")
    files["xl/worksheets/sheet1.xml"] = sheet
    if way == "strict":
        for old, new in STRICT.items():
            files = {name: text.replace(old, new) for name, text in files.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return stream.getvalue()


WAYS = ["plain", "prefix", "strict", "single quotes", "spaced", "no references", "absolute targets"]


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(place: str, value: float) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def sheet(*costs: str) -> list[str]:
    """Rows of customer, revenue and what stands in the column of cost."""
    head = text("A1", "Customer") + text("B1", "Revenue") + text("C1", "Cost")
    return [head, *(text(f"A{i}", f"K{i}") + number(f"B{i}", 100) + cost for i, cost in enumerate(costs, 2))]  # fmt: skip


def write(write_book: WriteBook, data: bytes, options: str = "") -> Path:
    mapped = 'columns = { account_id = "Customer", revenue = "Revenue", cost_goods = "Cost" }'
    return write_book(data, name="l.xlsx", options=options or mapped)


def report(book: Path) -> str:
    with pytest.raises(BookFaults) as caught:
        Book.open(book)
    return str(caught.value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<c r="C2" t="e"><v>#REF!</v></c>', "1 cell of sheet 'S' holds an Excel error: C2 #REF!"),
        ('<c t="e" r="C2"><f>1/0</f><v>#DIV/0!</v></c>', "holds an Excel error: C2 #DIV/0!"),
        ('<c r="C2"><f>B2*0.5</f></c>', "1 cell of sheet 'S' holds a formula without its value: C2"),
        ('<c r="C2"><f>B2*0.5</f><v></v></c>', "holds a formula without its value: C2"),
        ('<c r="C2"><f>B2*0.5</f><v/></c>', "holds a formula without its value: C2"),
        ('<c r="C2"><f t="shared" ref="C2:C3" si="0">B2*0.5</f></c>', "without its value: C2"),
        ('<c r="C2"><f t="shared" si="0"/></c>', "holds a formula without its value: C2"),
        ('<c r="C2"><f t="array" ref="C2">SUM(B2)</f></c>', "without its value: C2"),
    ],
)  # fmt: skip
def test_a_cell_that_only_seems_empty_is_a_fault(cell, said, way, write_book):
    data = xlsx(sheet(cell, number("C3", 5)), way=way)
    assert said in report(write(write_book, data))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "cell",
    [
        number("C2", 7), '<c r="C2"><f>B2*0.07</f><v>7</v></c>', '<c r="C2"><f t="shared" si="0"/><v>7</v></c>',
        '<c r="C2" t="inlineStr"><is><t>7</t></is></c>', '<c r="C2" t="str"><f>TEXT(7,"0")</f><v>7</v></c>',
    ],
)  # fmt: skip
def test_a_cell_with_its_value_is_read(cell, way, write_book):
    book = Book.open(write(write_book, xlsx(sheet(cell, number("C3", 5)), way=way)))
    assert book.totals()["cost"][0] == 12.0 and not [n for n in book.notes if "formula" in n]


def test_errors_and_formulas_without_value_are_told_together(write_book):
    cells = ['<c r="C2" t="e"><v>#REF!</v></c>', '<c r="C3"><f>B3*0.5</f></c>']
    fault = report(write(write_book, xlsx(sheet(*cells), way="prefix")))
    assert "C2 #REF!; 1 cell of sheet 'S' holds a formula without its value: C3" in fault


ZEROS = ['<c r="C2"><f>B2*0.6</f><v>0</v></c>', '<c r="C3"><f>B3*0.6</f><v>0</v></c>']
UNDONE = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'


@pytest.mark.parametrize("way", WAYS)
def test_formulas_that_nobody_calculated_hold_0(way, write_book):
    """As programs write them that calculate nothing; Excel takes the mark out when it saves."""
    data = xlsx(sheet(*ZEROS), workbook=UNDONE, way=way)
    assert "all 2 formulas of sheet 'S' hold 0, and the workbook asks" in report(
        write(write_book, data)
    )
    book = Book.open(write(write_book, xlsx(sheet(*ZEROS), way=way)))
    assert [note for note in book.notes if "all 2 formulas in column C of sheet 'S' hold 0" in note]
    assert book.totals()["cost"][0] == 0.0


def test_some_formulas_may_hold_0(write_book):
    mixed = [*ZEROS, '<c r="C4"><f>B4*0.6</f><v>60</v></c>']
    book = Book.open(write(write_book, xlsx(sheet(*mixed), workbook=UNDONE)))
    assert book.totals()["cost"][0] == 60.0 and not [n for n in book.notes if "formula" in n]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("title", [0, 2])
def test_hidden_rows_are_noted_with_their_money(way, title, write_book):
    rows = [text(f"A{i}", "Sales") for i in range(1, title + 1)]
    place = title + 1
    rows.append(
        text(f"A{place}", "Customer") + text(f"B{place}", "Revenue") + text(f"C{place}", "x")
    )
    for step, hidden in enumerate((0, 1, 1, 0, 1), 1):
        inner = text(f"A{place + step}", f"K{step}") + number(f"B{place + step}", 100 * step)
        mark = ' hidden="1"' if hidden else ""
        rows.append(f'<row r="{place + step}"{mark}>{inner}</row>')
    options = f'skip = {title}\ncolumns = {{ account_id = "Customer", revenue = "Revenue" }}'
    book = Book.open(write(write_book, xlsx(rows, way=way), options))
    assert book.totals()["revenue"][0] == 1500.0
    (note,) = [note for note in book.notes if "hidden" in note]
    assert note.startswith("ledger (l.xlsx): 3 of 5 rows of sheet 'S' with 1,000.00 of revenue are")


def test_rows_that_openpyxl_hides_behind_a_filter_are_noted(write_book):
    made = openpyxl.Workbook()
    for row in [["Customer", "Revenue"], ["K1", 5], ["K2", 7]]:
        made.active.append(row)
    made.active.row_dimensions[3].hidden = True
    made.active.auto_filter.ref = "A1:B3"
    stream = io.BytesIO()
    made.save(stream)
    options = 'columns = { account_id = "Customer", revenue = "Revenue" }'
    book = Book.open(write(write_book, stream.getvalue(), options))
    assert "1 of 2 rows of sheet 'Sheet' with 7.00 of revenue is hidden" in "\n".join(book.notes)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("workbook", "day"),
    [('<workbookPr date1904="1"/>', "2021-12-12"), ('<workbookPr date1904="true"/>', "2021-12-12"),
     ('<workbookPr date1904="0"/>', "2017-12-11"), ("", "2017-12-11")],
)  # fmt: skip
def test_serials_count_from_the_day_that_the_workbook_says(workbook, day, way, write_book):
    head = text("A1", "Customer") + text("B1", "Revenue") + text("C1", "Date")
    rows = [head, text("A2", "K") + number("B2", 100) + number("C2", 43080)]
    options = 'date_format = "excel"\ncolumns = { account_id = "Customer", revenue = "Revenue", date = "Date" }'
    book = Book.open(write(write_book, xlsx(rows, workbook, way), options))
    assert str(book.totals()["first_date"][0].date()) == day
