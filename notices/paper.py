"""A notice or statement of account as a PDF: the values of the mail on paper, with a code to pay by where one exists.

The same values give the same bytes (no clock, no random id), so that the hash of what was sent can be proved later.
Text in Western European letters is set in Helvetica, any other in a font that the house gives.

Room: pure.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from reportlab.graphics.barcode import qrencoder
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from notices.codes import is_swiss
from notices.fonts import STANDARD, Face
from notices.render import Creditor
from notices.swiss_slip import HEIGHT as SLIP
from notices.swiss_slip import Slip

WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 57.0, WIDTH - 57.0, HEIGHT - 57.0, 64.0
LINE = 14.0
COLUMNS = (LEFT, LEFT + 190, LEFT + 330, RIGHT)  # number, due, days late (right), amount (right)
QR_SIZE = 96.0
MASK = 2  # readers take any of the eight; trying all for the prettiest costs three times the rest of the page


def paper(values: Mapping[str, Any], qr_payload: str = "", face: Face = STANDARD) -> bytes:
    """Return the PDF of the values that `render.values_of` made. `qr_payload` is printed as a QR code when given, a
    Swiss one in francs as the payment part of a bill. Raises UsageError for letters that the face does not have.
    """
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(values["subject"])
    canvas.setAuthor(values["creditor"].name)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    page = _Page(canvas, values, face)
    page.opening()
    for line in values["lines"]:
        page.row(line["number"], line["due_on"], str(line["late"] or ""), line["amount"])
        for segment in line["segments"]:
            page.row(f"   {segment}", "", "", "")
    for credit in values["credits"]:
        page.row(credit["label"], "", "", credit["amount"])
    page.total()
    page.ending(qr_payload)
    canvas.save()
    return buffer.getvalue()


class _Page:
    """A pen that moves down and turns the page."""

    def __init__(self, canvas: Canvas, values: Mapping[str, Any], face: Face) -> None:
        self.canvas, self.values, self.labels, self.face = canvas, values, values["labels"], face
        self.y, self.number = TOP, 1

    def opening(self) -> None:
        creditor: Creditor = self.values["creditor"]
        self.text(creditor.name, bold=True)
        for part in creditor.address:
            self.text(part)
        self.y -= 2 * LINE
        self.text(self.values["customer"])
        self.text(self.values["customer_number"])
        self.canvas.drawRightString(RIGHT, self.y + 2 * LINE, self.face.shown(self.values["day"]))
        self.y -= 2 * LINE
        self.text(self.values["subject"], bold=True)
        self.y -= LINE / 2
        self.paragraph(self.values["greeting"])
        self.paragraph(self.values["opening"])
        self.head()

    def head(self) -> None:
        self.canvas.setFont(self.face.bold, 9)
        self.cells(*(self.labels[name] for name in ("invoice", "due", "days_late", "amount")))
        self.canvas.line(LEFT, self.y + LINE - 4, RIGHT, self.y + LINE - 4)
        self.canvas.setFont(self.face.regular, 9)

    def row(self, *cells: str) -> None:
        if self.y < BOTTOM + LINE:
            self.turn()
            self.head()
        self.canvas.setFont(self.face.regular, 9)
        self.cells(*cells)

    def cells(self, number: str, due: str, late: str, amount: str) -> None:
        self.canvas.drawString(COLUMNS[0], self.y, self.face.shown(number)[:60])
        self.canvas.drawString(COLUMNS[1], self.y, self.face.shown(due))
        self.canvas.drawRightString(COLUMNS[2], self.y, self.face.shown(late))
        self.canvas.drawRightString(COLUMNS[3], self.y, self.face.shown(amount))
        self.y -= LINE

    def total(self) -> None:
        self.room(2)
        self.canvas.line(LEFT, self.y + LINE - 4, RIGHT, self.y + LINE - 4)
        self.canvas.setFont(self.face.bold, 10)
        self.canvas.drawString(LEFT, self.y, self.face.shown(self.values["total_label"]))
        self.canvas.drawRightString(RIGHT, self.y, self.face.shown(self.values["total"]))
        self.y -= 2 * LINE

    def ending(self, qr_payload: str) -> None:
        self.room(12)
        top = self.y
        if self.values["pay_by"]:
            self.text(self.values["pay_by"], bold=True)
        if self.values["payment"]:
            self.text(f"{self.labels['pay_to']}{self.labels['colon']}")
            for part in self.values["payment"]:
                self.text(part)
            self.paragraph(f"{self.labels['reference']}{self.labels['colon']} {self.values['reference']}", width=62)
        if qr_payload and not is_swiss(qr_payload):
            draw_qr(self.canvas, qr_payload, RIGHT - QR_SIZE, top - QR_SIZE + LINE / 2, QR_SIZE)
            self.canvas.setFont(self.face.regular, 8)
            under = self.face.shown(self.labels["scan"])
            self.canvas.drawCentredString(RIGHT - QR_SIZE / 2, top - QR_SIZE + LINE / 2 - 3, under)
            self.y = min(self.y, top - QR_SIZE - LINE / 2)
        self.paragraph(self.values["closing"])
        for note in self.values["notes"]:
            self.paragraph(note)
        self.text(self.labels["regards"])
        self.text(self.values["creditor"].name)
        if is_swiss(qr_payload):
            self.slip(qr_payload)
        else:
            self.foot()

    def slip(self, payload: str) -> None:
        """The payment part has the foot of a page for itself."""
        if self.y < SLIP + 2 * LINE:
            self.turn()
        self.foot(SLIP + LINE)
        Slip(self.canvas, payload, self.values["language"], draw_qr_bare).draw()

    def text(self, said: str, bold: bool = False) -> None:
        self.room(1)
        self.canvas.setFont(self.face.bold if bold else self.face.regular, 10)
        self.canvas.drawString(LEFT, self.y, self.face.shown(said)[:110])
        self.y -= LINE

    def paragraph(self, said: str, width: int = 96) -> None:
        for line in wrap(self.face.shown(said), width):
            self.text(line)
        self.y -= LINE / 2

    def room(self, lines: int) -> None:
        if self.y < BOTTOM + lines * LINE:
            self.turn()

    def turn(self) -> None:
        self.foot()
        self.canvas.showPage()
        self.y, self.number = TOP, self.number + 1

    def foot(self, y: float = BOTTOM - 2 * LINE) -> None:
        said = self.values["spoken"].fill(self.labels["page"], page=self.number)
        self.canvas.setFont(self.face.regular, 8)
        self.canvas.drawRightString(RIGHT, y, self.face.shown(said))


def wrap(said: str, width: int) -> list[str]:
    """Return the words in lines of at most so many characters; a longer word has a line of its own.

    >>> wrap("one two three", 7)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in said.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def draw_qr(canvas: Canvas, payload: str, x: float, y: float, size: float) -> None:
    """Draw a QR code with its quiet zone (four modules) into a square."""
    step = size / (len(qr_modules(payload)) + 8)
    draw_qr_bare(canvas, payload, x + 4 * step, y + 4 * step, size - 8 * step)


def draw_qr_bare(canvas: Canvas, payload: str, x: float, y: float, size: float) -> None:
    """Draw a QR code that fills a square; runs of dark modules are one rectangle."""
    modules = qr_modules(payload)
    step = size / len(modules)
    canvas.saveState()
    canvas.translate(x, y + size)
    canvas.scale(step, -step)
    runs = [(start, row, length) for row, line in enumerate(modules) for start, length in dark_runs(line)]
    canvas.addLiteral(" ".join(f"{start} {row} {length} 1 re" for start, row, length in runs) + " f")
    if is_swiss(payload):
        _swiss_cross(canvas, len(modules))
    canvas.restoreState()


def _swiss_cross(canvas: Canvas, modules: int) -> None:
    """Draw the cross that marks a Swiss code over its middle: 7 of 46 mm, which error correction M can spare."""
    side = modules * 7 / 46
    left = (modules - side) / 2
    for grey, inset, width, height in (
        (1, 0.0, 1.0, 1.0),
        (0, 0.07, 0.86, 0.86),
        (1, 0.42, 0.16, 0.56),
        (1, 0.22, 0.56, 0.16),
    ):
        canvas.setFillGray(grey)
        top = (1 - height) / 2
        start = (1 - width) / 2 if inset else 0.0
        canvas.rect(left + start * side, left + top * side, width * side, height * side, stroke=0, fill=1)


def dark_runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    """Return where each run of dark modules starts, and how long it is.

    >>> dark_runs([True, True, False, True])
    [(0, 2), (3, 1)]
    """
    runs: list[tuple[int, int]] = []
    for i, is_dark in enumerate(line):
        if is_dark and i and line[i - 1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((i, 1))
    return runs


@lru_cache(maxsize=256)
def qr_modules(payload: str) -> tuple[tuple[bool, ...], ...]:
    """Return the modules of a QR code, error correction M as the EPC asks."""
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(payload)
    code.version = code.calculate_version()
    code.makeImpl(False, MASK)
    return tuple(tuple(bool(cell) for cell in row) for row in code.modules)
