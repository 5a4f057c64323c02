"""The common row straight from its bytes: the same answer as `recon.receivables.invoices`, without a text per cell.

Of a million plain rows nearly all look alike: ISO days, amounts with a point, no quotes. Such a piece of text is
read with
a few array operations. One row that is anything else sends the whole piece the general way, so there is one set of
rules
and this is only its shortcut; a test holds both to the same answer.

Room: pure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.frames import Days, Ints, InvoiceRows, Texts, texts
from recon.money import is_known_currency, minor_digits
from recon.receivables.rules import Rules

Bytes = NDArray[np.uint8]
_LONGEST_AMOUNT = 17  # characters: no int64 overflows
_LONGEST_KEY = 40  # bytes of a number or customer code that are hashed or compared here
_TEXT_ROLES = ("external_id", "customer_code", "number", "po_number", "terms", "segment", "document", "credit_of")
_CODED_ROLES = frozenset(("issue_date", "due_date", "currency", "amount", "open_amount"))


@dataclass(frozen=True, slots=True)
class PlainBatch:
    """Rows without fault. `number_hash` is equal for equal numbers."""

    at: list[int]
    rows: InvoiceRows
    number_hash: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Grid:
    """The bytes of a piece and where each cell begins and how long it is, as (row, column)."""

    content: Bytes
    start: NDArray[np.int64]
    length: NDArray[np.int64]

    def cells(self, column: int, width: int) -> Bytes:
        """Return the first bytes of each cell of a column, one row of the result per byte, 0 behind the cell's end."""
        place = np.arange(width)[:, None]
        found = self.content[np.minimum(self.start[:, column] + place, len(self.content) - 1)]
        return np.where(place < self.length[:, column], found, 0).astype(np.uint8)


def is_plain(rules: Rules) -> bool:
    """Tell whether the file's rules are those of the common row."""
    layout = rules.layout
    special = (layout.types, layout.skip_status, layout.skip_when_empty, layout.fill_down, layout.paid_status)
    return (
        layout.kind == "invoices"
        and layout.rows == "single"
        and not (layout.minor_units or layout.unix_days or any(special))
        and {style.decimal for style in rules.styles} == {"."}
        and rules.index.keys() >= {"number", "customer_code", "due_date", "amount", "currency"}
        and not rules.index.keys() - _CODED_ROLES - set(_TEXT_ROLES)
        and not (rules.companies and rules.defaults.company not in rules.companies)
        and bool(rules.defaults.company)
    )


def read_plain(text: str, position: int, delimiter: str, width: int, rules: Rules) -> PlainBatch | None:
    """Return the rows of a piece of text that ends at a line break; None when one of them is not of the common form."""
    text = text.replace("\r\n", "\n")
    grid = _grid(text, delimiter, width)
    if grid is None:
        return None
    currency = _currencies(grid, rules.index["currency"])
    due = _days(grid, rules.index["due_date"])
    issue = _days(grid, rules.index["issue_date"]) if "issue_date" in rules.index else due
    if currency is None or due is None or issue is None or not _keys_fit(grid, rules):
        return None
    names, digits = currency
    amount = _amounts(grid, rules.index["amount"], digits)
    opened = _amounts(grid, rules.index["open_amount"], digits) if "open_amount" in rules.index else amount
    if amount is None or opened is None or (opened > amount).any():
        return None
    count = len(grid.start)
    columns = _texts(grid, delimiter, rules)
    rows = InvoiceRows(
        external_id=columns["external_id"],
        company=_same(rules.defaults.company, count),
        customer_code=columns["customer_code"],
        customer_name=_same("", count),
        number=columns["number"],
        kind=_same("invoice", count),
        po_number=columns["po_number"],
        issue_day=issue,
        due_day=due,
        currency=names,
        amount_minor=amount,
        open_minor=opened,
        terms=columns["terms"],
        segment=columns["segment"],
        document=columns["document"],
        credit_of=columns["credit_of"],
    )
    return PlainBatch(list(range(position, position + count)), rows, _hash(grid, rules.index["number"]))


def _grid(text: str, delimiter: str, width: int) -> Grid | None:
    if '"' in text or "\r" in text or not text.endswith("\n"):
        return None
    content = np.frombuffer(text.encode(), dtype=np.uint8)
    ends = np.flatnonzero((content == ord(delimiter)) | (content == 10))
    if len(ends) % width:
        return None
    by_row = ends.reshape(-1, width)
    is_line_end = content[by_row] == 10
    if not is_line_end[:, -1].all() or is_line_end[:, :-1].any():
        return None
    starts = np.concatenate([[0], ends[:-1] + 1]).reshape(-1, width)
    lengths = by_row - starts
    # A space, a control or a byte of a longer character at the edge of a cell may be something to strip.
    edges = np.concatenate([content[starts[lengths > 0]], content[by_row[lengths > 0] - 1]])
    if ((edges <= 32) | (edges >= 127)).any():
        return None
    return Grid(content, starts, lengths)


def _same(text: str, count: int) -> Texts:
    return np.full(count, text, dtype=object)


def _currencies(grid: Grid, column: int) -> tuple[Texts, Ints] | None:
    if (grid.length[:, column] != 3).any():
        return None
    codes = grid.cells(column, 3).astype(np.int64)
    found, place = np.unique((codes[0] << 16) | (codes[1] << 8) | codes[2], return_inverse=True)
    names = [bytes([code >> 16, (code >> 8) & 255, code & 255]).decode("latin-1") for code in found.tolist()]
    if not all(map(is_known_currency, names)):
        return None
    return texts(names)[place], np.asarray([minor_digits(name) for name in names], dtype=np.int64)[place]


def _days(grid: Grid, column: int) -> Days | None:
    """Return the days of a column of `YYYY-MM-DD`; None when a cell is not one."""
    if (grid.length[:, column] != 10).any():
        return None
    cells = grid.cells(column, 10)
    digits = cells[[0, 1, 2, 3, 5, 6, 8, 9]].astype(np.int64) - 48
    if (cells[[4, 7]] != 45).any() or (digits < 0).any() or (digits > 9).any():
        return None
    year = ((digits[0] * 10 + digits[1]) * 10 + digits[2]) * 10 + digits[3]
    month, day = digits[4] * 10 + digits[5], digits[6] * 10 + digits[7]
    if (year < 1).any() or (month < 1).any() or (month > 12).any() or (day < 1).any():
        return None
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    exact = first.astype("datetime64[D]") + (day - 1)
    if (exact.astype("datetime64[M]") != first).any():
        return None
    found: Days = exact.astype(np.int64).astype(np.int32)
    return found


def _amounts(grid: Grid, column: int, digits: Ints) -> Ints | None:
    """Return the minor units of a column of `1650.50`, no sign; None when a cell is not so."""
    longest = int(grid.length[:, column].max(initial=0))
    if longest > _LONGEST_AMOUNT:
        return None
    value = np.zeros(len(digits), dtype=np.int64)
    whole, decimals = value.copy(), value.copy()
    after = np.zeros(len(digits), dtype=bool)
    for code in grid.cells(column, longest):
        digit = (code >= 48) & (code <= 57)
        mark = (code == 46) & ~after
        if not (digit | mark | (code == 0)).all():
            return None
        value = np.where(digit, value * 10 + code - 48, value)
        decimals += digit & after
        whole += digit & ~after
        after |= mark
    if (whole == 0).any() or (decimals > digits).any() or (whole + digits > 16).any():
        return None
    minor: Ints = value * np.power(10, digits - decimals)
    return minor


def _keys_fit(grid: Grid, rules: Rules) -> bool:
    """Tell whether numbers and customers are there, and no text is longer than the general way would have to check."""
    keys = grid.length[:, [rules.index["number"], rules.index["customer_code"]]]
    others = [rules.index[role] for role in _TEXT_ROLES if role in rules.index]
    return bool((keys > 0).all() and (keys <= _LONGEST_KEY).all() and (grid.length[:, others] <= 80).all())


def _texts(grid: Grid, delimiter: str, rules: Rules) -> dict[str, Texts]:
    """Return the text columns, cut out of the bytes together: a text is made for no cell that is not one."""
    roles = sorted((role for role in _TEXT_ROLES if role in rules.index), key=lambda role: rules.index[role])
    wanted = np.zeros(grid.start.shape[1], dtype=bool)
    wanted[[rules.index[role] for role in roles]] = True
    taken = np.repeat(np.tile(wanted, len(grid.start)), (grid.length + 1).ravel())
    kept = grid.content[taken].tobytes().decode().replace("\n", delimiter)
    cells = kept.split(delimiter)
    found = {role: cells[place : -1 : len(roles)] for place, role in enumerate(roles)}
    found["customer_code"] = rules.shared("customer_code", found["customer_code"])
    return {role: texts(found[role]) if role in found else _same("", len(grid.start)) for role in _TEXT_ROLES}


def _hash(grid: Grid, column: int) -> NDArray[np.uint64]:
    hashed = np.full(len(grid.start), 14695981039346656037, dtype=np.uint64)  # FNV-1a
    for code in grid.cells(column, int(grid.length[:, column].max(initial=0))):
        hashed = np.where(code == 0, hashed, (hashed ^ code) * np.uint64(1099511628211))
    return hashed
