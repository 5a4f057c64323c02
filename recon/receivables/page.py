"""The block of rows being read, with what was found wrong so far. The first fault found in a row is the one told.

Room: pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recon.frames import Ints, Texts, texts
from recon.receivables.layout import fold_value
from recon.receivables.rules import Rules
from recon.receivables.table import Block

_DECLARE_STYLE = "et imports.decimal_mark in the settings, or number_style in a mapping, and import the file again"
DECLARE_ORDER = "Set imports.date_order in the settings, or date_order in a mapping, and import the file again"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was set aside, and what to do."""

    what: str
    remedy: str


@dataclass(slots=True)
class Page:
    """One block under the rules of its file. Faults and skipped rows are by index in the block."""

    block: Block
    rules: Rules
    faults: dict[int, Fault] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)  # what kind of row it is
    currencies: list[str] = field(default_factory=list)
    digits: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # minor digits of each row's currency

    def __len__(self) -> int:
        return len(self.block.rows)

    def has(self, role: str) -> bool:
        """Tell whether the file has a column of this role."""
        return role in self.rules.index

    def cells(self, role: str) -> list[str]:
        """Return the role's cells, empty ones where the file has no such column."""
        found = self.rules.cells(self.block, role)
        return [""] * len(self) if found is None else found

    def texts(self, role: str, *, repeats: bool = False) -> Texts:
        """Return the role's cells as a column; with `repeats` equal texts are one object."""
        if not self.has(role):
            return np.full(len(self), "", dtype=object)
        return texts(self.rules.shared(role, self.cells(role)) if repeats else self.cells(role))

    def note(self, unread: Mapping[int, str], remedy: str | Callable[[str], str]) -> None:
        """Set rows aside: why, by index, and the remedy for all or for each reason."""
        for row, what in unread.items():
            self.faults.setdefault(row, Fault(what, remedy if isinstance(remedy, str) else remedy(what)))

    def note_all(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], what: str, remedy: str) -> None:
        """Set the rows of a mask aside for one reason."""
        self.note(dict.fromkeys(np.flatnonzero(rows).tolist(), what), remedy)


def style_remedy(what: str) -> str:
    """Return what to do about an amount: declare the style, or correct the cell first where a style was declared."""
    return f"S{_DECLARE_STYLE}" if "decides" in what else f"Correct the amount; or s{_DECLARE_STYLE}"


def open_page(block: Block, rules: Rules) -> Page:
    """Return the page of a block: rows that are none marked, cells that stand on the first row of an invoice filled
    down."""
    skipped = _skipped(Page(block, rules))
    return Page(_filled(Page(block, rules)), rules, skipped=skipped)


def _skipped(page: Page) -> dict[int, str]:
    layout, skipped = page.rules.layout, dict[int, str]()
    if layout.skip_when_empty:
        columns = [page.cells(role) for role in layout.skip_when_empty]
        skipped |= {row: "heading or total" for row, cells in enumerate(zip(*columns, strict=True)) if not any(cells)}
    for role, leave_out in (("status", layout.skip_status), ("type", _types_to_skip(page))):
        cells = page.cells(role) if leave_out and page.has(role) else []
        out = {cell for cell in set(cells) if fold_value(cell) in leave_out}
        skipped |= {row: f"{role} {cell}" for row, cell in enumerate(cells) if cell in out}
    return skipped


def _types_to_skip(page: Page) -> frozenset[str]:
    return frozenset(value for value, kind in (page.rules.layout.types or {}).items() if kind == "skip")


def _filled(page: Page) -> Block:
    """Return the block with blank cells taken from the first row of the same invoice number."""
    columns = list(page.block.columns)
    for role in filter(page.has, page.rules.layout.fill_down):
        first: dict[str, str] = {}
        pairs = list(zip(page.cells("number"), page.cells(role), strict=True))
        for number, cell in pairs:
            if cell:
                first.setdefault(number, cell)
        columns[page.rules.index[role]] = [cell or first.get(number, "") for number, cell in pairs]
    return replace(page.block, columns=columns)
