"""A file that ends without a line break may have lost its end. A cut in the middle of a row shows in the cell count;
a cut in
the last cell shows only in its form.

Room: pure.
"""

from recon.money import minor_digits
from recon.receivables.rules import AMOUNT_ROLES, Rules, currency_cells
from recon.receivables.table import Table, blocks, last_row_is_open

# A cut day or currency is no day or currency any more, and what is not among these is not money's business.
_RISKY = frozenset(("number", "customer_code", "customer_name", "po_number", "credit_of", *AMOUNT_ROLES))


def cut_row(table: Table, rules: Rules) -> int | None:
    """Return the position of the last row when its last cell may be half a number or name; None when it is whole."""
    last_role = next((role for role, column in rules.index.items() if column == len(table.headers) - 1), "")
    if not last_row_is_open(table) or last_role not in _RISKY or table.text.endswith('"'):
        return None
    previous, last, position, currency = "", "", -1, ""
    for block in blocks(table):
        if block.rows:
            cells = [last, *block.columns[-1]]
            previous, last, position = cells[-2], cells[-1], block.rows[-1]
            currency = currency_cells(block, rules)[-1]
    if position < 0 or _form(last) == _form(previous):
        return None
    whole = last_role in AMOUNT_ROLES and _form(last) == ("decimals", minor_digits(currency))
    return None if whole and minor_digits(currency) else position


def _form(cell: str) -> tuple[str, int]:
    """Return the count of decimals of an amount, or the length of anything else: rows of one file agree in it."""
    mark = max(cell.rfind("."), cell.rfind(","))
    return ("decimals", len(cell) - mark - 1) if mark >= 0 else ("length", len(cell))
