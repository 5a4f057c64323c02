"""The payment part and receipt of a Swiss QR-bill, 210 x 105 mm at the foot of an A4 page.

Sizes, places, fonts and words are those of SIX's Style Guide QR-bill and Implementation Guidelines, version 2.3.
What is printed is read from the very text the code holds, so the two cannot differ. Who pays is left for them to write.

Room: pure.
"""

from collections.abc import Callable, Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from notices.render import spaced

HEIGHT = 105 * mm
RECEIPT = 62 * mm  # width; the payment part has the other 148 mm
EDGE = 5 * mm
CODE = 46 * mm
PARTS = 118 * mm  # where the information of the payment part begins

WORDS = {
    "en": ("Payment part", "Receipt", "Account / Payable to", "Additional information", "Payable by (name/address)",
           "Currency", "Amount", "Acceptance point", "Separate before paying in"),
    "de": ("Zahlteil", "Empfangsschein", "Konto / Zahlbar an", "Zusätzliche Informationen",
           "Zahlbar durch (Name/Adresse)", "Währung", "Betrag", "Annahmestelle", "Vor der Einzahlung abzutrennen"),
    "fr": ("Section paiement", "Récépissé", "Compte / Payable à", "Informations supplémentaires",
           "Payable par (nom/adresse)", "Monnaie", "Montant", "Point de dépôt", "A détacher avant le versement"),
}  # fmt: skip

DrawCode = Callable[[Canvas, str, float, float, float], None]


class Slip:
    """A pen for the two parts. `payload` is the text of the Swiss code, `draw_code` draws it into a square."""

    def __init__(self, canvas: Canvas, payload: str, language: str, draw_code: DrawCode) -> None:
        self.canvas, self.payload, self.draw_code = canvas, payload, draw_code
        words = WORDS.get(language, WORDS["en"])
        self.part, self.receipt, self.account, self.more, self.payer, *rest = words
        self.currency, self.amount, self.point, self.cut = rest
        fields = payload.split("\n")
        self.iban, self.name, self.message = spaced(fields[3]), fields[5], fields[29]
        self.address = " ".join(fields[6:8]).strip(), " ".join(fields[8:10])
        self.asked = fields[19], amount_text(fields[18])

    def draw(self) -> None:
        """Draw both parts and the lines to cut along."""
        self._lines()
        self._receipt()
        self._payment_part()

    def _lines(self) -> None:
        self.canvas.saveState()
        self.canvas.setLineWidth(0.5)
        self.canvas.setDash(3, 3)
        self.canvas.line(0, HEIGHT, 210 * mm, HEIGHT)
        self.canvas.line(RECEIPT, 0, RECEIPT, HEIGHT)
        self.canvas.restoreState()
        self.canvas.setFont("Helvetica", 7)
        self.canvas.drawCentredString(105 * mm, HEIGHT + 1.5 * mm, self.cut)

    def _receipt(self) -> None:
        self._title(EDGE, self.receipt)
        y = self._block(EDGE, HEIGHT - 14 * mm, self.account, self._payee(52 * mm, 8), 6, 8)
        self._blank(EDGE, self._heading(EDGE, y, self.payer, 6), 52 * mm, 20 * mm)
        self._amount(EDGE, 37 * mm, 6, 8, 17 * mm)
        self.canvas.setFont("Helvetica-Bold", 6)
        self.canvas.drawRightString(RECEIPT - EDGE, 20 * mm, self.point)

    def _payment_part(self) -> None:
        left = RECEIPT + EDGE
        self._title(left, self.part)
        self.draw_code(self.canvas, self.payload, left, 42 * mm, CODE)
        self._amount(left, 37 * mm, 8, 10, 22 * mm)
        y = self._block(PARTS, HEIGHT - 7 * mm, self.account, self._payee(87 * mm, 10), 8, 10)
        if self.message:
            y = self._block(PARTS, y, self.more, self._fitting(self.message, 87 * mm, 10), 8, 10)
        self._blank(PARTS, self._heading(PARTS, y, self.payer, 8), 65 * mm, 25 * mm)

    def _payee(self, width: float, size: int) -> list[str]:
        parts = (self.iban, self.name, *self.address)
        return [line for part in parts if part for line in self._fitting(part, width, size)]

    def _title(self, x: float, said: str) -> None:
        self.canvas.setFont("Helvetica-Bold", 11)
        self.canvas.drawString(x, HEIGHT - 9 * mm, said)

    def _heading(self, x: float, y: float, said: str, size: int) -> float:
        self.canvas.setFont("Helvetica-Bold", size)
        self.canvas.drawString(x, y, said)
        return y - size * 1.2

    def _block(self, x: float, y: float, head: str, lines: Sequence[str], head_size: int, size: int) -> float:
        """Draw a heading with its lines; return where the next one begins."""
        y = self._heading(x, y, head, head_size) - (size - head_size)
        self.canvas.setFont("Helvetica", size)
        for line in lines:
            self.canvas.drawString(x, y, line)
            y -= size * 1.2
        return y - size * 0.8

    def _amount(self, x: float, y: float, head_size: int, size: int, apart: float) -> None:
        for offset, head, value in ((0.0, self.currency, self.asked[0]), (apart, self.amount, self.asked[1])):
            self._block(x + offset, y - head_size, head, [value], head_size, size)

    def _blank(self, x: float, top: float, width: float, height: float) -> None:
        """Mark the corners of a field that the payer fills in: 3 mm long, 0.75 point."""
        self.canvas.setLineWidth(0.75)
        arm = 3 * mm
        for corner_x, inward in ((x, arm), (x + width, -arm)):
            for corner_y, downward in ((top, -arm), (top - height, arm)):
                self.canvas.line(corner_x, corner_y, corner_x + inward, corner_y)
                self.canvas.line(corner_x, corner_y, corner_x, corner_y + downward)

    def _fitting(self, said: str, width: float, size: int) -> list[str]:
        """Return the words in lines that fit a width; a longer word is cut where it must."""
        lines = [""]
        for word in said.split():
            joined = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.canvas.stringWidth(joined, "Helvetica", size) > width:
                lines.append(word)
            else:
                lines[-1] = joined
            while self.canvas.stringWidth(lines[-1], "Helvetica", size) > width:
                keep = _most(lines[-1], lambda part: self.canvas.stringWidth(part, "Helvetica", size) <= width)
                lines[-1:] = [lines[-1][:keep], lines[-1][keep:]]
        return lines


def _most(said: str, fits: Callable[[str], bool]) -> int:
    return max((n for n in range(1, len(said) + 1) if fits(said[:n])), default=1)


def amount_text(plain: str) -> str:
    """Return an amount as the slip shows it: blanks between thousands, a point before the cents.

    >>> amount_text("1234567.50")
    '1 234 567.50'
    """
    whole, _, cents = plain.partition(".")
    return f"{int(whole):,}".replace(",", " ") + f".{cents}"
