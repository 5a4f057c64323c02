"""All rows of an invoice file together: piece by piece, then what only the whole file shows - repeated keys and a
cut end.

Room: pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recon.frames import Ints, InvoiceRows
from recon.receivables.cut import cut_row
from recon.receivables.grouping import add_up_lines, keep_first_of_repeats, repeated_keys
from recon.receivables.invoices import Batch, concatenate, read_block
from recon.receivables.page import Fault
from recon.receivables.plain_rows import PlainBatch, is_plain, read_plain
from recon.receivables.rules import Rules
from recon.receivables.table import Block, Table, pieces


@dataclass(frozen=True, slots=True)
class Gathered:
    """The good rows, and what became of every other row: `faults` by position in the file, `skipped` by kind of row."""

    rows: InvoiceRows
    emails: list[str]
    faults: dict[int, Fault]
    skipped: Counter[str]
    seen: int
    folded: int
    signs: dict[bool, int]  # of a credit file: the first row written negative, and the first written positive


@dataclass(slots=True)
class _Pile:
    """Grows while the pieces are read."""

    rows: list[InvoiceRows] = field(default_factory=list)
    at: list[Ints] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    hashes: list[NDArray[np.uint64]] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    folded: int = 0
    signs: dict[bool, int] = field(default_factory=dict)

    def add(self, rows: InvoiceRows, at: Sequence[int] | Ints) -> None:
        self.rows.append(rows)
        self.at.append(np.asarray(at, dtype=np.int64))


def gather(table: Table, rules: Rules) -> Gathered:
    """Return the rows of the file. Raises csv.Error where its quotes do not close."""
    pile = _Pile()
    quick = is_plain(rules)

    def common(text: str, position: int) -> PlainBatch | None:
        return read_plain(text, position, table.delimiter, len(table.headers), rules) if quick else None

    for piece in pieces(table, common, whole=rules.layout.rows != "single"):
        if isinstance(piece, Block):
            _take(pile, piece, rules)
        else:
            pile.add(piece.rows, piece.at)
            pile.hashes.append(piece.number_hash)
            pile.seen += len(piece.at)
    return _finish(table, rules, pile)


def _take(pile: _Pile, block: Block, rules: Rules) -> None:
    batch = read_block(block, rules)
    pile.seen += len(batch.rows) + len(block.odd)
    pile.signs = batch.signs | pile.signs
    batch, folded = _grouped(batch, rules)
    pile.folded += folded
    pile.faults |= {row: Fault(what, "Correct the row") for row, what in block.odd.items()}
    pile.faults |= {batch.at[row]: fault for row, fault in batch.faults.items()}
    pile.skipped.update(batch.skipped.values())
    good = without(len(batch.rows), [*batch.faults, *batch.skipped])
    pile.add(batch.rows.take(good), np.asarray(batch.at, dtype=np.int64)[good])
    pile.emails += [batch.emails[row] for row in good.tolist()]


def _grouped(batch: Batch, rules: Rules) -> tuple[Batch, int]:
    if rules.layout.rows == "lines":
        return add_up_lines(batch)
    return keep_first_of_repeats(batch) if rules.layout.rows == "repeat" else (batch, 0)


def without(count: int, left_out: Sequence[int]) -> Ints:
    """Return the positions below a count that are not left out, in order."""
    keep = np.ones(count, dtype=np.bool_)
    keep[list(left_out)] = False
    return np.flatnonzero(keep).astype(np.int64)


def _finish(table: Table, rules: Rules, pile: _Pile) -> Gathered:
    rows, at = concatenate(pile.rows), np.concatenate([np.empty(0, dtype=np.int64), *pile.at])
    again = ({} if _all_differ(pile, len(rows)) else repeated_keys(rows)) | _cut(table, rules, at)
    faults = pile.faults | {int(at[row]): fault for row, fault in again.items() if fault is not None}
    repeats = sum(fault is None for fault in again.values())
    skipped = pile.skipped + Counter({"repeated row": repeats})
    if not again:
        return Gathered(rows, pile.emails, faults, skipped, pile.seen, pile.folded, pile.signs)
    good = without(len(rows), list(again))
    emails = [pile.emails[row] for row in good.tolist()] if pile.emails else []
    return Gathered(rows.take(good), emails, faults, skipped, pile.seen, pile.folded, pile.signs)


def _all_differ(pile: _Pile, count: int) -> bool:
    """Tell whether every row was quickly read and no two numbers have the same hash."""
    hashes = np.sort(np.concatenate([np.empty(0, dtype=np.uint64), *pile.hashes]))
    return len(hashes) == count and not (hashes[1:] == hashes[:-1]).any()


def _cut(table: Table, rules: Rules, at: Ints) -> dict[int, Fault]:
    position = cut_row(table, rules)
    if position is None or not len(at) or at[-1] != position:
        return {}
    what = "the file ends in the middle of a line, and its last cell may be cut"
    return {len(at) - 1: Fault(what, "End the file with a line break and import it again")}
