"""The amounts of a block: what each row is worth, and how much of it is open.

Room: pure.
"""

import re
from fractions import Fraction

import numpy as np

from recon.errors import UnreadableText
from recon.frames import Ints
from recon.money import minor_digits, round_fraction
from recon.receivables.amounts import read_amount, read_amounts, within_reason
from recon.receivables.layout import fold_value
from recon.receivables.page import Fault, Page, style_remedy
from recon.receivables.rules import by_value

_UNTAXED = re.compile(r"^$|exempt|no (?:tax|vat|gst)|zero|free|none", re.IGNORECASE)


def read_row_amounts(page: Page) -> Ints:
    """Return what each row is worth in minor units, its tax included; 0 beside a fault."""
    amount = _line_amounts(page) if page.has("unit_amount") else _column(page, "amount", page.cells("amount"))
    if page.has("tax"):
        amount = amount + _column(page, "tax", [cell or "0" for cell in page.cells("tax")])
    return amount


def _column(page: Page, role: str, cells: list[str]) -> Ints:
    if page.rules.layout.minor_units:
        whole, unread = by_value(cells, _whole_number, 0)
        page.note(unread, "Correct the amount: whole minor units are expected")
        return np.asarray(whole, dtype=np.int64)
    if role in page.rules.company_currency:
        _refuse_foreign(page, role)
    values, unread = read_amounts(cells, page.currencies, page.digits, page.rules.styles)
    page.note(unread, style_remedy)
    return values


def _whole_number(cell: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,16}", cell):
        raise UnreadableText(f"{cell[:40]!r} is not a whole number of minor units")
    return int(cell)


def _refuse_foreign(page: Page, role: str) -> None:
    home = page.rules.defaults.currency
    what = f"the {role.replace('_', ' ')} is in company currency, the invoice is not"
    foreign = {row: what for row, currency in enumerate(page.currencies) if currency != home}
    page.note(foreign, "Export the total in the invoice's currency as well")


def _line_amounts(page: Page) -> Ints:
    """Return quantity x unit amount less discount per row, each line rounded half up to the minor unit."""
    columns = [page.cells(role) for role in ("quantity", "unit_amount", "discount_percent")]
    values = np.zeros(len(page), dtype=np.int64)
    for row, (quantity, unit, discount) in enumerate(zip(*columns, strict=True)):
        try:
            values[row] = _line_amount(page, quantity or "1", unit or "0", discount, page.currencies[row])
        except UnreadableText as error:
            page.note({row: str(error)}, style_remedy)
    for row, (kind, tax) in enumerate(zip(page.cells("tax_type"), page.cells("tax"), strict=True)):
        if not tax and not _UNTAXED.search(kind):
            what = "the line is taxed, but its tax amount is empty"
            page.faults.setdefault(row, Fault(what, "Fill TaxAmount, or use the Xero export instead"))
    return values


def _line_amount(page: Page, quantity: str, unit: str, discount: str, currency: str) -> int:
    count, price, percent = (_four_decimals(page, cell) for cell in (quantity, unit, discount.rstrip("% ") or "0"))
    minor = round_fraction(count * price * (1 - percent / 100) * 10 ** minor_digits(currency))
    return within_reason(minor, f"{quantity} x {unit}")


def _four_decimals(page: Page, cell: str) -> Fraction:
    # Unit prices and quantities have more decimals than money: CLF is a currency of four.
    return Fraction(read_amount(cell, "CLF", page.rules.styles), 10_000)


def read_open_amounts(page: Page, amount: Ints) -> Ints:
    """Return what is open of each row: as its column says (all where the cell is empty), by its status, or all of
    it."""
    if page.has("open_amount"):
        cells = page.cells("open_amount")
        if "" not in cells:
            return _column(page, "open_amount", cells)
        values = _column(page, "open_amount", [cell or "0" for cell in cells])
        return np.where(np.asarray([not cell for cell in cells]), amount, values)
    return _open_by_status(page, amount) if page.has("paid") else amount


def _open_by_status(page: Page, amount: Ints) -> Ints:
    layout, statuses = page.rules.layout, [fold_value(cell) for cell in page.cells("paid")]
    what = "the invoice is partly paid, and no column says how much is open"
    partly = [row for row, status in enumerate(statuses) if status in layout.open_unknown_status]
    page.note(dict.fromkeys(partly, what), "Export the amount due as well")
    return np.where(np.asarray([status in layout.paid_status for status in statuses], dtype=bool), 0, amount)
