"""From blocks of cells to columns of invoices, with the reason beside every row that could not be read.

Room: pure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction

import numpy as np

from recon.errors import UnreadableText
from recon.frames import Days, Flags, Ints, InvoiceRows, Texts, day_number, texts
from recon.money import minor_digits, round_fraction
from recon.receivables.amounts import read_amount, read_amounts
from recon.receivables.days import read_day, read_unix_day
from recon.receivables.layout import fold_value
from recon.receivables.rules import NO_DAY, Rules, by_value, currency_cells, read_currency
from recon.receivables.table import Block

LONGEST = {"number": 120, "customer_code": 80, "po_number": 120, "terms": 80, "segment": 80, "credit_of": 120}
_NET = re.compile(r"(?:net|netto|n) ?([0-9]{1,3})(?: days| tage| jours)?", re.IGNORECASE)
_AT_ONCE = frozenset(["due on receipt", "due upon receipt", "immediate", "sofort", "cash on delivery", "cod"])
_DECLARE_STYLE = "Set imports.decimal_mark in the settings, or number_style in a mapping, and import the file again"
_DECLARE_ORDER = "Set imports.date_order in the settings, or date_order in a mapping, and import the file again"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was set aside, and what to do."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as read: `at` are their positions in the file; rows with a fault or to be skipped are still among them."""

    at: list[int]
    rows: InvoiceRows
    emails: list[str]
    faults: dict[int, Fault]  # by index in this batch
    skipped: dict[int, str]  # by index in this batch: what kind of row it is


def read_block(block: Block, rules: Rules) -> Batch:
    """Return the block's rows as columns; credit memos negative; the first fault found in a row is told."""
    faults: dict[int, Fault] = {}
    skipped = _skipped(block, rules)
    if rules.layout.fill_down:
        block = _filled(block, rules)
    currencies = _currencies(block, rules, faults)
    digits = np.asarray(by_value(currencies, minor_digits, 2)[0], dtype=np.int64)
    amount = _amounts(block, rules, currencies, digits, faults)
    opened = _open_amounts(block, rules, currencies, digits, amount, faults, skipped)
    issue, due = _days(block, rules, faults, skipped)
    kinds = _kinds(block, rules, amount, faults)
    is_credit = texts(kinds) == "credit"
    rows = InvoiceRows(
        external_id=_text(block, rules, "external_id"),
        company=texts(_companies(block, rules, faults)),
        customer_code=texts(_customer_codes(block, rules)),
        customer_name=_text(block, rules, "customer_name", repeats=True),
        number=_text(block, rules, "number"),
        kind=texts(kinds),
        po_number=_text(block, rules, "po_number"),
        issue_day=issue,
        due_day=due,
        currency=texts(currencies),
        amount_minor=np.where(is_credit, -np.abs(amount), amount),
        open_minor=np.where(is_credit, -np.abs(opened), opened),
        terms=_text(block, rules, "terms", repeats=True),
        segment=_text(block, rules, "segment", repeats=True),
        document=_text(block, rules, "document"),
        credit_of=_text(block, rules, "credit_of"),
    )
    _check_keys(rows, block, faults)
    _check_credit_signs(amount, rules, faults)
    _check_open(rows, is_credit, opened, faults)
    faults = {row: fault for row, fault in faults.items() if row not in skipped}
    return Batch(block.rows, rows, rules.cells(block, "email") or [""] * len(rows), faults, skipped)


def _skipped(block: Block, rules: Rules) -> dict[int, str]:
    skipped: dict[int, str] = {}
    empties = [rules.cells(block, role) or [""] * len(block.rows) for role in rules.layout.skip_when_empty]
    if empties:
        skipped |= {row: "heading or total" for row, cells in enumerate(zip(*empties, strict=True)) if not any(cells)}
    if rules.layout.skip_status and (cells := rules.cells(block, "status")):
        out = {cell for cell in set(cells) if fold_value(cell) in rules.layout.skip_status}
        skipped |= {row: f"status {cell}" for row, cell in enumerate(cells) if cell in out}
    if rules.layout.types and (cells := rules.cells(block, "type")):
        out = {cell for cell in set(cells) if rules.layout.types.get(fold_value(cell)) == "skip"}
        skipped |= {row: f"type {cell}" for row, cell in enumerate(cells) if cell in out}
    return skipped


def _filled(block: Block, rules: Rules) -> Block:
    """Return the block with blank cells taken from the first row of the same invoice number."""
    numbers = rules.cells(block, "number") or []
    columns = list(block.columns)
    for role in rules.layout.fill_down:
        cells = rules.cells(block, role)
        if cells is not None:
            first: dict[str, str] = {}
            for number, cell in zip(numbers, cells, strict=True):
                if cell:
                    first.setdefault(number, cell)
            filled = [cell or first.get(number, "") for number, cell in zip(numbers, cells, strict=True)]
            columns[rules.index[role]] = filled
    return replace(block, columns=columns)


def _text(block: Block, rules: Rules, role: str, *, repeats: bool = False) -> Texts:
    cells = rules.cells(block, role)
    if cells is None:
        return np.full(len(block.rows), "", dtype=object)
    if repeats:
        cells = rules.shared(role, cells)
    return texts(cells)


def _note(faults: dict[int, Fault], unread: dict[int, str], remedy: str | Callable[[str], str]) -> None:
    for row, what in unread.items():
        faults.setdefault(row, Fault(what, remedy if isinstance(remedy, str) else remedy(what)))


def _currencies(block: Block, rules: Rules, faults: dict[int, Fault]) -> list[str]:
    cells, unread = by_value(currency_cells(block, rules), read_currency, "XXX")
    _note(faults, unread, "Correct the currency code and import the file again")
    return cells


def _amounts(block: Block, rules: Rules, currencies: list[str], digits: Ints, faults: dict[int, Fault]) -> Ints:
    amount = (
        _line_amounts(block, rules, currencies, faults)
        if "unit_amount" in rules.index
        else _column(block, rules, "amount", currencies, digits, faults)
    )
    tax = rules.cells(block, "tax")
    if tax is not None:
        present = [cell or "0" for cell in tax]
        values, unread = read_amounts(present, currencies, digits, rules.styles)
        _note(faults, unread, _style_remedy)
        amount = amount + values
    return amount


def _column(
    block: Block, rules: Rules, role: str, currencies: list[str], digits: Ints, faults: dict[int, Fault]
) -> Ints:
    cells = rules.cells(block, role)
    if cells is None:
        return np.zeros(len(block.rows), dtype=np.int64)
    if rules.layout.minor_units:
        values, unread = by_value(cells, _whole_number, 0)
        _note(faults, unread, "Correct the amount: whole minor units are expected")
        return np.asarray(values, dtype=np.int64)
    if role in rules.company_currency:
        _refuse_foreign(rules, role, currencies, faults)
    read, unread = read_amounts(cells, currencies, digits, rules.styles)
    _note(faults, unread, _style_remedy)
    return read


def _style_remedy(what: str) -> str:
    return _DECLARE_STYLE if "decides" in what else f"Correct the amount; or s{_DECLARE_STYLE[1:]}"


def _refuse_foreign(rules: Rules, role: str, currencies: list[str], faults: dict[int, Fault]) -> None:
    home = rules.defaults.currency
    what = f"the {role.replace('_', ' ')} is in company currency, the invoice is not"
    _note(
        faults,
        {row: what for row, currency in enumerate(currencies) if currency != home},
        "Export the total in the invoice's currency as well",
    )


def _whole_number(cell: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", cell):
        raise UnreadableText(f"{cell[:40]!r} is not a whole number of minor units")
    return int(cell)


def _line_amounts(block: Block, rules: Rules, currencies: list[str], faults: dict[int, Fault]) -> Ints:
    """Return quantity x unit amount less discount per row, each line rounded half up to the minor unit."""
    quantity = rules.cells(block, "quantity") or ["1"] * len(block.rows)
    unit = rules.cells(block, "unit_amount") or []
    discount = rules.cells(block, "discount_percent") or [""] * len(block.rows)
    untaxed = _untaxed_rows(block, rules)
    values = np.zeros(len(block.rows), dtype=np.int64)
    for row, cells in enumerate(zip(quantity, unit, discount, strict=True)):
        try:
            values[row] = _line_amount(*cells, currencies[row], rules)
        except UnreadableText as error:
            faults.setdefault(row, Fault(str(error), _style_remedy(str(error))))
        if not untaxed[row]:
            what = "the line is taxed, but its tax amount is empty"
            faults.setdefault(row, Fault(what, "Fill TaxAmount, or use the Xero export instead"))
    return values


def _line_amount(quantity: str, unit: str, discount: str, currency: str, rules: Rules) -> int:
    # Unit prices and quantities have more decimals than money: read them in a unit of four decimals.
    factors = [Fraction(read_amount(cell or "0", "CLF", rules.styles), 10_000) for cell in (quantity, unit)]
    off = Fraction(read_amount(discount.rstrip("% ") or "0", "CLF", rules.styles), 10_000) / 100
    return round_fraction(factors[0] * factors[1] * (1 - off) * 10 ** minor_digits(currency))


def _untaxed_rows(block: Block, rules: Rules) -> list[bool]:
    kinds = rules.cells(block, "tax_type") or [""] * len(block.rows)
    tax = rules.cells(block, "tax") or [""] * len(block.rows)
    free = {
        kind for kind in set(kinds) if re.search(r"^$|exempt|no (?:tax|vat|gst)|zero|free|none", kind, re.IGNORECASE)
    }
    return [bool(cell) or kind in free for kind, cell in zip(kinds, tax, strict=True)]


def _open_amounts(
    block: Block,
    rules: Rules,
    currencies: list[str],
    digits: Ints,
    amount: Ints,
    faults: dict[int, Fault],
    skipped: dict[int, str],
) -> Ints:
    cells = rules.cells(block, "open_amount")
    if cells is not None:
        return _open_or_whole(block, rules, cells, currencies, digits, amount, faults)
    statuses = list(map(fold_value, rules.cells(block, "paid") or []))
    if not statuses:
        return amount
    for row, status in enumerate(statuses):
        if status in rules.layout.open_unknown_status and row not in skipped:
            what = "the invoice is partly paid, and no column says how much is open"
            faults.setdefault(row, Fault(what, "Export the amount due as well"))
    is_paid = np.fromiter((status in rules.layout.paid_status for status in statuses), dtype=bool, count=len(statuses))
    return np.where(is_paid, 0, amount)


def _open_or_whole(
    block: Block,
    rules: Rules,
    cells: list[str],
    currencies: list[str],
    digits: Ints,
    amount: Ints,
    faults: dict[int, Fault],
) -> Ints:
    """Return the open amounts; where the cell is empty the whole amount is open."""
    if "" not in cells:
        return _column(block, rules, "open_amount", currencies, digits, faults)
    columns = list(block.columns)
    columns[rules.index["open_amount"]] = [cell or "0" for cell in cells]
    values = _column(replace(block, columns=columns), rules, "open_amount", currencies, digits, faults)
    empty = np.fromiter((not cell for cell in cells), dtype=bool, count=len(cells))
    return np.where(empty, amount, values)


def _days(block: Block, rules: Rules, faults: dict[int, Fault], skipped: dict[int, str]) -> tuple[Days, Days]:
    issue = rules.cells(block, "issue_date")
    due = rules.cells(block, "due_date")
    terms = rules.cells(block, "terms") or [""] * len(block.rows)
    issue_days = _day_column(issue, rules, faults) if issue is not None else None
    due_days = _day_column(due, rules, faults) if due is not None else np.zeros(len(block.rows), dtype=np.int32)
    due_cells = due if due is not None else [""] * len(block.rows)
    missing = [row for row, cell in enumerate(due_cells) if not cell] if "" in due_cells else []
    kinds = rules.layout.kind
    for row in missing:
        days = 0 if kinds == "credits" or row in skipped else net_days(terms[row])
        if days is None or issue_days is None:
            what = "the row has neither a due date nor terms that give one"
            faults.setdefault(row, Fault(what, 'Fill the due date, or terms such as "Net 30"'))
        else:
            due_days[row] = issue_days[row] + days
    if issue_days is None:
        return due_days.copy(), due_days
    if issue is None or "" not in issue:
        return issue_days, due_days
    empty = np.fromiter((not cell for cell in issue), dtype=bool, count=len(due_days))
    return np.where(empty, due_days, issue_days).astype(np.int32), due_days


def _day_column(cells: Sequence[str], rules: Rules, faults: dict[int, Fault]) -> Days:
    def read(cell: str) -> int:
        return day_number(_read_day(cell, rules)) if cell else 0

    values, unread = by_value(cells, read, day_number(NO_DAY))
    _note(faults, unread, _DECLARE_ORDER)
    return np.fromiter(values, dtype=np.int32, count=len(values))


def _read_day(cell: str, rules: Rules) -> date:
    if rules.layout.unix_days and cell.isdigit() and len(cell) >= 9:
        return read_unix_day(cell)
    return read_day(cell, rules.orders)


def net_days(terms: str) -> int | None:
    """Return the days after issue at which these terms make an invoice due; None when they do not say.

    >>> net_days("Net 30"), net_days("Due on receipt"), net_days("2/10 net 30"), net_days("30 EOM")
    (30, 0, 30, None)
    """
    folded = fold_value(terms)
    if folded in _AT_ONCE:
        return 0
    match = _NET.fullmatch(re.sub(r"^[0-9.]{1,4} ?%?/[0-9]{1,3},? ", "", folded))
    return int(match[1]) if match else None


def _kinds(block: Block, rules: Rules, amount: Ints, faults: dict[int, Fault]) -> list[str]:
    if rules.layout.kind == "credits":
        return ["credit"] * len(block.rows)
    cells = rules.cells(block, "type")
    table = rules.layout.types
    if cells is None or table is None:
        if not (amount < 0).any():
            return ["invoice"] * len(block.rows)
        return ["credit" if negative else "invoice" for negative in (amount < 0).tolist()]
    told = {cell: table.get(fold_value(cell), "") for cell in set(cells)}
    unknown = {row: f"type {cell[:40]!r} is unknown" for row, cell in enumerate(cells) if not told[cell]}
    _note(faults, unread=unknown, remedy="Leave rows of this type out, or map it in a saved mapping")
    by_sign = {True: "credit", False: "invoice"}
    return [
        "credit" if told[cell] == "credit" else by_sign[negative]
        for cell, negative in zip(cells, (amount < 0).tolist(), strict=True)
    ]


def _companies(block: Block, rules: Rules, faults: dict[int, Fault]) -> list[str]:
    cells = rules.cells(block, "company") or [""] * len(block.rows)

    def read(cell: str) -> str:
        company = cell or rules.defaults.company
        if not company:
            raise UnreadableText("the row names no company, and there are several")
        if rules.companies and company not in rules.companies:
            raise UnreadableText(f"company {company[:40]!r} is not in the settings")
        return company

    values, unread = by_value(cells, read, "")
    _note(faults, unread, "Add the company to the settings or correct the column")
    return values


def _customer_codes(block: Block, rules: Rules) -> list[str]:
    codes = rules.cells(block, "customer_code")
    if codes is None:
        codes = rules.cells(block, "customer_name") or [""] * len(block.rows)
        folded = {cell: fold_value(cell) for cell in set(codes)}
        return [folded[cell] for cell in codes]
    return rules.shared("customer_code", codes)


def _check_keys(rows: InvoiceRows, block: Block, faults: dict[int, Fault]) -> None:
    for column, what in (
        (rows.number, "the row has no invoice number"),
        (rows.customer_code, "the row names no customer"),
    ):
        if not all(column):
            _note(
                faults, {row: what for row, cell in enumerate(column) if not cell}, "Fill it and import the file again"
            )
    for name, longest in LONGEST.items():
        column = getattr(rows, name)
        if block.longest > longest and len(column) and max(map(len, column)) > longest:
            too_long = {
                row: f"the {name.replace('_', ' ')} is longer than {longest} characters"
                for row, cell in enumerate(column)
                if len(cell) > longest
            }
            _note(faults, too_long, "Shorten it")


def _check_credit_signs(amount: Ints, rules: Rules, faults: dict[int, Fault]) -> None:
    """A credit file writes all its amounts positive, or all negative; a mixture may hide a debit."""
    if rules.layout.kind == "credits" and (amount < 0).any() and (amount > 0).any():
        negative = np.flatnonzero(amount < 0).tolist()
        what = "a negative credit memo among positive ones"
        _note(faults, dict.fromkeys(negative, what), "Write all credit memos with one sign")


def _check_open(rows: InvoiceRows, is_credit: Flags, opened: Ints, faults: dict[int, Fault]) -> None:
    more = np.abs(rows.open_minor) > np.abs(rows.amount_minor)
    other = (opened < 0) & (rows.amount_minor > 0)
    _note(
        faults,
        {int(row): "the open amount is larger than the amount" for row in np.flatnonzero(more & ~other)}
        | {
            int(row): "the open amount has the other sign than the amount" for row in np.flatnonzero(other & ~is_credit)
        },
        "Correct the row and import the file again",
    )


def concatenate(batches: Sequence[InvoiceRows]) -> InvoiceRows:
    """Return the rows of all batches in order."""
    if not batches:
        return InvoiceRows.empty()
    if len(batches) == 1:
        return batches[0]
    names = [column.name for column in fields(InvoiceRows)]
    return InvoiceRows(**{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names})
