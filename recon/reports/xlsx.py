"""A small writer of XLSX workbooks (ISO/IEC 29500, the parts every reader needs): texts, exact numbers, days, sums.

Text is always an inline string, so no text can be a formula; formulas are only those we write. Numbers are written as
decimal text and never pass through a float. The same sheets give the same bytes.

Room: pure.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

_FIRST_DAY = date(1899, 12, 30)  # day 0 of the 1900 date system, its leap year mistake included
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact number with its digits after the decimal point, as `format_minor` writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Sum:
    """A live formula over a range such as `C2:C40`, with the value it has now."""

    range: str
    value: str


Cell = str | int | date | Amount | Sum


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named sheet: a bold header, rows of cells, and the width of each column in characters."""

    name: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    widths: tuple[int, ...] = ()
    bold_rows: frozenset[int] = frozenset()  # positions in `rows` that are totals


def column_name(position: int) -> str:
    """Return the letters of a column counted from 0.

    >>> column_name(0), column_name(25), column_name(26), column_name(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    letters, left = "", position + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return the XLSX file of the sheets, in order. Sheet names are cut to what Excel allows."""
    names = _sheet_names(sheets)
    found = {_digits(cell) for sheet in sheets for row in sheet.rows for cell in row}
    digits = sorted(count for count in found if count is not None)
    styles: dict[int | None, int] = {None: 0} | {count: 3 + 2 * i for i, count in enumerate(digits)}
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook_xml(names),
        "xl/_rels/workbook.xml.rels": _relations(
            [(f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
            + [(f"rId{len(sheets) + 1}", "styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles_xml(digits),
    }
    for i, sheet in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = _sheet_xml(sheet, styles)
    return _zipped(parts)


def _zipped(parts: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _sheet_names(sheets: Sequence[Sheet]) -> list[str]:
    names: list[str] = []
    for sheet in sheets:
        name = re.sub(r"[\[\]:*?/\\]", " ", _ILLEGAL.sub(" ", sheet.name)).strip("' ")[:31] or "Sheet"
        twin = 2
        while name.casefold() in {other.casefold() for other in names}:
            name, twin = f"{name[:27]} ({twin})", twin + 1
        names.append(name)
    return names


def _digits(cell: Cell) -> int | None:
    text = cell.text if isinstance(cell, Amount) else cell.value if isinstance(cell, Sum) else None
    return None if text is None else len(text.partition(".")[2])


def _sheet_xml(sheet: Sheet, styles: dict[int | None, int]) -> str:
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>' for i, width in enumerate(sheet.widths, 1)
    )
    rows = [_row_xml(1, [_text_cell(f"{column_name(i)}1", text, 1) for i, text in enumerate(sheet.header)])]
    for number, cells in enumerate(sheet.rows, 2):
        is_bold = number - 2 in sheet.bold_rows
        rows.append(
            _row_xml(
                number, [_cell(f"{column_name(i)}{number}", cell, styles, is_bold) for i, cell in enumerate(cells)]
            )
        )
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'{_HEAD}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f"{f'<cols>{columns}</cols>' if columns else ''}<sheetData>{''.join(rows)}</sheetData></worksheet>"
    )


def _row_xml(number: int, cells: list[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, cell: Cell, styles: dict[int | None, int], is_bold: bool) -> str:
    if isinstance(cell, str):
        return _text_cell(place, cell, 1 if is_bold else 0)
    if isinstance(cell, date):
        return f'<c r="{place}" s="2"><v>{(cell - _FIRST_DAY).days}</v></c>'
    if isinstance(cell, int):
        return f'<c r="{place}"><v>{cell}</v></c>'
    style = styles[_digits(cell)] + is_bold
    if isinstance(cell, Sum):
        return f'<c r="{place}" s="{style}"><f>SUM({escape(cell.range)})</f><v>{cell.value}</v></c>'
    return f'<c r="{place}" s="{style}"><v>{cell.text}</v></c>'


def _text_cell(place: str, text: str, style: int) -> str:
    shown = escape(_ILLEGAL.sub("\ufffd", text)[:32_767])
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _content_types(sheets: int) -> str:
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    overrides += [(f"/xl/worksheets/sheet{i}.xml", "worksheet") for i in range(1, sheets + 1)]
    listed = "".join(f'<Override PartName="{part}" ContentType="{base}{kind}+xml"/>' for part, kind in overrides)
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def _relations(found: Sequence[tuple[str, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{i}" Type="{_RELATED}/{kind}" Target="{target}"/>' for i, kind, target in found
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _workbook_xml(names: Sequence[str]) -> str:
    sheets = "".join(f'<sheet name={quoteattr(n)} sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
    # fullCalcOnLoad: the sums are worked out again when the file is opened, whatever value we wrote beside them.
    root = f'<workbook {_MAIN} xmlns:r="{_RELATED}">'
    return f'{_HEAD}{root}<sheets>{sheets}</sheets><calcPr fullCalcOnLoad="1"/></workbook>'


def _styles_xml(digits: Sequence[int]) -> str:
    """Styles: 0 plain, 1 bold, 2 day, then for each count of decimals a plain and a bold amount."""
    formats = ['<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>']
    cells = ['<xf fontId="0"/>', '<xf fontId="1" applyFont="1"/>', '<xf numFmtId="164" applyNumberFormat="1"/>']
    for i, count in enumerate(digits, 165):
        shown = "#,##0" + ("." + "0" * count if count else "")
        formats.append(f'<numFmt numFmtId="{i}" formatCode="{shown}"/>')
        cells += [f'<xf numFmtId="{i}" fontId="{bold}" applyNumberFormat="1" applyFont="1"/>' for bold in (0, 1)]
    # Excel wants these two fills first, in this order, whether anything is filled or not.
    fills = "".join(f'<fill><patternFill patternType="{kind}"/></fill>' for kind in ("none", "gray125"))
    fills = f'<fills count="2">{fills}</fills>'
    fonts = '<font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>'
    return (
        f'{_HEAD}<styleSheet {_MAIN}><numFmts count="{len(formats)}">{"".join(formats)}</numFmts>'
        f'<fonts count="2">{fonts}</fonts>{fills}'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        f'<cellXfs count="{len(cells)}">{"".join(cells)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
