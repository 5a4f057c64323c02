"""From blocks of cells to columns of invoices, with the reason beside every row that could not be read.

Room: pure.
"""

from dataclasses import dataclass, field, fields

import numpy as np

from recon.errors import UnreadableText
from recon.frames import Flags, Ints, InvoiceRows, texts
from recon.money import minor_digits
from recon.receivables.block_amounts import read_open_amounts, read_row_amounts
from recon.receivables.block_days import read_days
from recon.receivables.layout import fold_value
from recon.receivables.page import Fault, Page, open_page
from recon.receivables.rules import Rules, by_value, currency_cells, read_currency
from recon.receivables.table import Block

LONGEST = {"number": 120, "customer_code": 80, "po_number": 120, "terms": 80, "segment": 80, "credit_of": 120}
_AGAIN = "Correct the row and import the file again"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as read: `at` are their positions in the file; rows with a fault or to be skipped are still among them."""

    at: list[int]
    rows: InvoiceRows
    emails: list[str]
    faults: dict[int, Fault]  # by index in this batch
    skipped: dict[int, str]  # by index in this batch: what kind of row it is
    signs: dict[bool, int] = field(default_factory=dict)  # of a credit file: the first row written negative, positive


def read_block(block: Block, rules: Rules) -> Batch:
    """Return the block's rows as columns, credit memos negative."""
    page = open_page(block, rules)
    _read_currencies(page)
    amount = read_row_amounts(page)
    opened = read_open_amounts(page, amount)
    rows = _columns(page, amount, opened)
    _check_keys(page, rows)
    _check_open(page, rows, opened)
    faults = {row: fault for row, fault in page.faults.items() if row not in page.skipped}
    return Batch(block.rows, rows, page.cells("email"), faults, page.skipped, _signs(page, amount))


def _read_currencies(page: Page) -> None:
    page.currencies, unread = by_value(currency_cells(page.block, page.rules), read_currency, "XXX")
    page.digits = np.asarray(by_value(page.currencies, minor_digits, 2)[0], dtype=np.int64)
    page.note(unread, "Correct the currency code and import the file again")


def _columns(page: Page, amount: Ints, opened: Ints) -> InvoiceRows:
    issue, due = read_days(page)
    kinds = texts(_kinds(page, amount))
    is_credit = kinds == "credit"
    return InvoiceRows(
        external_id=page.texts("external_id"),
        company=texts(_companies(page)),
        customer_code=texts(_customer_codes(page)),
        customer_name=page.texts("customer_name", repeats=True),
        number=page.texts("number"),
        kind=kinds,
        po_number=page.texts("po_number"),
        issue_day=issue,
        due_day=due,
        currency=texts(page.currencies),
        amount_minor=np.where(is_credit, -np.abs(amount), amount),
        open_minor=np.where(is_credit, -np.abs(opened), opened),
        terms=page.texts("terms", repeats=True),
        segment=page.texts("segment", repeats=True),
        document=page.texts("document"),
        credit_of=page.texts("credit_of"),
    )


def _kinds(page: Page, amount: Ints) -> list[str]:
    """Return invoice or credit per row: as the file or its type column says, else by the sign."""
    if page.rules.layout.kind == "credits":
        return ["credit"] * len(page)
    by_sign = ["credit" if negative else "invoice" for negative in (amount < 0).tolist()]
    table = page.rules.layout.types
    if not page.has("type") or table is None:
        return by_sign
    cells = page.cells("type")
    told = {cell: table.get(fold_value(cell), "") for cell in set(cells)}
    unknown = {row: f"type {cell[:40]!r} is unknown" for row, cell in enumerate(cells) if not told[cell]}
    page.note(unknown, "Leave rows of this type out, or map it in a saved mapping")
    return ["credit" if told[cell] == "credit" else sign for cell, sign in zip(cells, by_sign, strict=True)]


def _companies(page: Page) -> list[str]:
    rules = page.rules

    def read(cell: str) -> str:
        company = cell or rules.defaults.company
        if not company:
            raise UnreadableText("the row names no company, and there are several")
        if rules.companies and company not in rules.companies:
            raise UnreadableText(f"company {company[:40]!r} is not in the settings")
        return company

    values, unread = by_value(page.cells("company"), read, "")
    page.note(unread, "Add the company to the settings or correct the column")
    return values


def _customer_codes(page: Page) -> list[str]:
    """Return the customer numbers; of a file without them, the folded names."""
    if page.has("customer_code"):
        return page.rules.shared("customer_code", page.cells("customer_code"))
    return by_value(page.cells("customer_name"), fold_value, "")[0]


def _check_keys(page: Page, rows: InvoiceRows) -> None:
    missing = (rows.number, "the row has no invoice number"), (rows.customer_code, "the row names no customer")
    for column, what in missing:
        if not all(column):
            page.note_all(column == "", what, "Fill it and import the file again")
    for name, longest in LONGEST.items():
        column = getattr(rows, name)
        if page.block.longest > longest and any(len(cell) > longest for cell in column):
            what = f"the {name.replace('_', ' ')} is longer than {longest} characters"
            page.note_all(np.asarray([len(cell) > longest for cell in column], dtype=bool), what, "Shorten it")


def _signs(page: Page, amount: Ints) -> dict[bool, int]:
    """Return the first row in the file of each sign: a credit file writes all amounts positive, or all negative."""
    if page.rules.layout.kind != "credits":
        return {}
    counted = amount.copy()
    counted[[*page.skipped, *page.faults]] = 0  # a total below the rows is none of them
    found = {True: np.flatnonzero(counted < 0), False: np.flatnonzero(counted > 0)}
    return {is_negative: page.block.rows[int(rows[0])] for is_negative, rows in found.items() if len(rows)}


def _check_open(page: Page, rows: InvoiceRows, opened: Ints) -> None:
    other: Flags = (opened < 0) & (rows.amount_minor > 0)
    more: Flags = np.abs(rows.open_minor) > np.abs(rows.amount_minor)
    page.note_all(other, "the open amount has the other sign than the amount", _AGAIN)
    page.note_all(more, "the open amount is larger than the amount", _AGAIN)


def concatenate(batches: list[InvoiceRows]) -> InvoiceRows:
    """Return the rows of all batches in order, and empty the list: a million rows need not be there twice."""
    if not batches:
        return InvoiceRows.empty()
    columns = {column.name: [getattr(batch, column.name) for batch in batches] for column in fields(InvoiceRows)}
    batches.clear()
    return InvoiceRows(**{name: np.concatenate(columns.pop(name)) for name in list(columns)})
