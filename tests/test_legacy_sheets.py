"""What .xls and .ods store beside their values: errors, hidden rows, formulas that nobody calculated."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from keyacct_utils.book import Book
from keyacct_utils.book.intake import spreadsheets
from keyacct_utils.book.intake.ods_cells import look_at_ods
from keyacct_utils.book.intake.xls_cells import look_at_xls
from keyacct_utils.contract.faults import BookFaults

FIXTURES = Path(__file__).parent / "fixtures"
LOOK = {"xls": look_at_xls, "ods": look_at_ods}
ODS = (
    '<o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<o:body><o:spreadsheet><t:table t:name="S">{}</t:table></o:spreadsheet></o:body></o:document>'
)


def ods(folder: Path, rows: str) -> Path:
    path = folder / "ledger.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<m/>")
        archive.writestr("content.xml", ODS.format(rows))
    return path


def text(value: str) -> str:
    return f'<t:table-cell o:value-type="string"><x:p>{value}</x:p></t:table-cell>'


@pytest.mark.parametrize("kind", LOOK)
def test_the_reader_hands_out_an_error_as_an_empty_cell(kind):
    sheet = CalamineWorkbook.from_path(str(FIXTURES / f"cells_with_errors.{kind}"))
    assert [row[1] for row in sheet.get_sheet_by_name("S").to_python()][2:4] == ["", ""]


@pytest.mark.parametrize("kind", LOOK)
def test_an_error_is_a_fault_with_its_place(kind, write_book):
    data = (FIXTURES / f"cells_with_errors.{kind}").read_bytes()
    with pytest.raises(BookFaults) as caught:
        Book.open(write_book(data, name=f"ledger.{kind}"))
    said = "2 cells of sheet 'S' hold an Excel error: B3 #DIV/0!, B4 #N/A"
    assert said in str(caught.value) and "mend the formulas" in str(caught.value)


@pytest.mark.parametrize("kind", LOOK)
def test_a_hidden_row_counts_and_is_told(kind, write_book):
    data = (FIXTURES / f"hidden_row.{kind}").read_bytes()
    book = Book.open(write_book(data, name=f"ledger.{kind}"))
    assert book.totals()["revenue"].tolist() == [37.0]
    (note,) = [note for note in book.notes if "hidden" in note]
    assert "1 of 3 rows of sheet 'S' with 7.00 of revenue is hidden, and counts" in note
    cells = LOOK[kind](FIXTURES / f"hidden_row.{kind}", "S")
    assert (cells.hidden, cells.formulas, cells.errors) == ([4], {"B": 1}, [])


def test_formulas_of_an_ods_that_nobody_calculated_are_a_fault(tmp_path):
    rows = (
        f"<t:table-row>{text('account_id')}{text('revenue')}</t:table-row>"
        f'<t:table-row t:number-rows-repeated="2">{text("A")}'
        '<t:table-cell t:formula="of:=5*4"/></t:table-row>'
        f'<t:table-row-group t:display="false"><t:table-row>{text("B")}'
        '<t:table-cell t:formula="of:=1/0" o:value-type="float" o:value="0"><x:p>#DIV/0!</x:p>'
        "</t:table-cell></t:table-row></t:table-row-group>"
        '<t:table-row t:number-rows-repeated="1048571"><t:table-cell '
        't:number-columns-repeated="16384"/></t:table-row>'
    )
    cells = look_at_ods(ods(tmp_path, rows), "S")
    assert cells.uncalculated == ["B2", "B3"] and cells.formulas == {"B": 2}
    assert cells.errors == ["B4 #DIV/0!"] and cells.hidden == [4]


def test_what_cannot_be_seen_is_said(tmp_path):
    (tmp_path / "ledger.xlsb").write_bytes(b"PK")
    for name in ("ledger.xlsb", "ledger.xls", "ledger.ods"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 no workbook")
        cells = spreadsheets._beside_values(tmp_path / name, "S")
        (remark,) = spreadsheets._unseen("S", cells)
        assert "read as empty" in remark and "save it as .xlsx" in remark
    assert spreadsheets._unseen("S", look_at_xls(FIXTURES / "hidden_row.xls", "S")) == ()
