"""What a QR code to pay by says, where a standard exists: SEPA (EPC069-12) and the Swiss QR code (SIX, version 2.3).

Room: pure.
"""

from notices.fonts import STANDARD
from notices.render import Creditor
from recon.money import format_minor

SWISS_COUNTRIES = ("CH", "LI")
EPC_BYTES = 331


def epc_payload(creditor: Creditor, amount_minor: int, currency: str, reference: str) -> str:
    """Return the text of a SEPA credit transfer's QR code (EPC069-12 version 2), "" where none is possible.

    It needs euros, an IBAN of ours, and an amount from 0.01 to 999,999,999.99.

    >>> epc_payload(Creditor("Main", iban="DE89 3704"), 12345, "EUR", "INV-1").split(chr(10))
    ['BCD', '002', '1', 'SCT', '', 'Main', 'DE893704', 'EUR123.45', '', '', 'INV-1']
    """
    iban = "".join(creditor.iban.split())
    if currency != "EUR" or not iban or not 1 <= amount_minor <= 99_999_999_999:
        return ""
    amount = f"EUR{format_minor(amount_minor, 'EUR')}"
    text = "\n".join(
        ("BCD", "002", "1", "SCT", creditor.bic, creditor.name[:70], iban, amount, "", "", reference[:140])
    )
    return text if len(text.encode()) <= EPC_BYTES else ""


def swiss_payload(creditor: Creditor, amount_minor: int, currency: str, reference: str) -> str:
    """Return the text of a Swiss QR code without a structured reference, "" where none is possible.

    It needs francs or euros, a Swiss IBAN that is no QR-IBAN (those ask for a reference of their own), and our address
    in parts. Letters that the standard's character set does not have make it impossible, too.

    >>> ours = Creditor("Main AG", iban="CH93 0076 2011 6238 5295 7", postal_code="8000", town="Bern", country="CH")
    >>> swiss_payload(ours, 12345, "CHF", "INV-1").split(chr(10))[:6]
    ['SPC', '0200', '1', 'CH9300762011623852957', 'S', 'Main AG']
    """
    iban = "".join(creditor.iban.split())
    is_ours = iban[:2] in SWISS_COUNTRIES and not is_qr_iban(iban)
    has_address = creditor.postal_code and creditor.town and creditor.country
    if currency not in ("CHF", "EUR") or not is_ours or not has_address or not 1 <= amount_minor <= 99_999_999_999:
        return ""
    where = (
        creditor.street[:70],
        creditor.building[:16],
        creditor.postal_code[:16],
        creditor.town[:35],
        creditor.country,
    )
    creditor_lines = (iban, "S", creditor.name[:70], *where)
    amount = format_minor(amount_minor, currency)
    lines = (
        "SPC",
        "0200",
        "1",
        *creditor_lines,
        *[""] * 7,
        amount,
        currency,
        *[""] * 7,
        "NON",
        "",
        reference[:140],
        "EPD",
    )
    payload = "\n".join(lines)
    return payload if STANDARD.holds(payload.replace("\n", "")) else ""


def is_qr_iban(iban: str) -> bool:
    """Tell whether an IBAN without blanks is a QR-IBAN: its bank number is 30000 to 31999."""
    return iban[:2] in SWISS_COUNTRIES and iban[4:9].isdigit() and 30_000 <= int(iban[4:9]) <= 31_999


def is_swiss(payload: str) -> bool:
    """Tell whether a payload is that of a Swiss QR code, which bears a cross."""
    return payload.startswith("SPC\n")
