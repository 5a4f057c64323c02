"""Bugs to plant: each takes one rule out of the engine, and the simulator must notice.

Room: shell.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from recon import ledger, returns
from recon.model import LineState
from recon.store import bank_lines, books, bulk, chain, ground, proposals, receivables, review, verdicts


@dataclasses.dataclass(frozen=True)
class Bug:
    """A name, and what is put in place of what."""

    name: str
    owner: Any
    attribute: str
    instead: Callable[[Any], Any]

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """Let the bug live for the block."""
        original = getattr(self.owner, self.attribute)
        setattr(self.owner, self.attribute, self.instead(original))
        try:
            yield
        finally:
            setattr(self.owner, self.attribute, original)


def _never(answer: Any) -> Callable[[Any], Any]:
    return lambda _original: lambda *_args, **_named: answer


def _every_other(original: Any) -> Any:
    calls = 0

    def sometimes(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        return original(*args, **named) if calls % 2 else None

    return sometimes


def _discount_lost(original: Any) -> Any:
    def without(allocation: Any, currency: str, line: int | None) -> Any:
        return original(dataclasses.replace(allocation, discount_minor=0), currency, line)

    return without


def _half_rewound(original: Any) -> Any:
    def only_some(postings: Any) -> Any:
        return tuple(p for p in original(postings) if p.account != "discount_allowed")

    return only_some


def _undo_forgets_invoice(original: Any) -> Any:
    def half(entry: Any, entry_id: int, day: Any, reason: str) -> Any:
        undone = original(entry, entry_id, day, reason)
        return dataclasses.replace(undone, postings=tuple(_without_item(p) for p in undone.postings))

    return half


def _without_item(posting: Any) -> Any:
    return dataclasses.replace(posting, open_item_id=None) if posting.account == "receivable" else posting


def _one_cent_more(original: Any) -> Any:
    def more(line: Any, day: Any) -> Any:
        entry = original(line, day)
        first, second = entry.postings
        if line.amount_minor % 700 == 0:
            first = dataclasses.replace(first, amount_minor=first.amount_minor + 1)
            second = dataclasses.replace(second, amount_minor=second.amount_minor - 1)
        return dataclasses.replace(entry, postings=(first, second))

    return more


def _pending_is_money(original: Any) -> Any:
    def as_money(lines: Any) -> Any:
        return [
            LineState.NEW if is_pending else state
            for is_pending, state in zip(lines.pending.tolist(), original(lines), strict=True)
        ]

    return as_money


def _everything_postable(original: Any) -> Any:
    def always(connection: Any, line_ids: Any, author: Any) -> Any:
        waiting = original(connection, line_ids, author)
        return {line: dataclasses.replace(each, is_postable=True) for line, each in waiting.items()}

    return always


def _same_hash(original: Any) -> Any:
    return lambda previous, row, *rest: original("", row, *rest)


def _committed_early(original: Any) -> Any:
    """Entries are committed before the open amounts are kept: what a crash in between loses stays lost."""

    def early(connection: Any, *rest: Any) -> Any:
        bulk.driver(connection).commit()
        bulk.driver(connection).execute("BEGIN IMMEDIATE")
        return original(connection, *rest)

    return early


def _overwrites(original: Any) -> Any:
    def overwrite(connection: Any, staged: str, keys: Any, table: str, names: Any) -> Any:
        extra = ("open_minor",) if table == "open_item" else ()
        return original(connection, staged, keys, table, (*names, *extra))

    return overwrite


def _twins_are_one(original: Any) -> Any:
    def known(connection: Any, account_id: int, identities: Any) -> Any:
        seen = original(connection, account_id, identities)
        return seen | {identity for identity in identities if identity[1] > 1}

    return known


def _applied_twice(original: Any) -> Any:
    return lambda self, entry, moves: "" if entry.kind in ledger.PLACES else original(self, entry, moves)


def _no_version(original: Any) -> Any:
    def act(connection: Any, item: int, version: int, *rest: Any, **named: Any) -> Any:
        connection.exec_driver_sql(f"UPDATE review_item SET state = 'open' WHERE id = {item}")
        return original(connection, item, 0, *rest, **named)

    return act


def _part_lands_on_account(original: Any) -> Any:
    def on_account(place: Any, minor: int, line: Any) -> Any:
        return original((ledger.ON_ACCOUNT, place[1], None), minor, line)

    return on_account


def _any_place(_original: Any) -> Any:
    def named(_held: Any, _taken: Any, part: Any, _line: Any) -> Any:
        account = ledger.ON_ACCOUNT if part.open_item_id is None else ledger.RECEIVABLE
        return account, part.customer_id, part.open_item_id

    return named


def _earlier_parts_forgotten(original: Any) -> Any:
    def whole(returned: Any, line: Any, placed: Any, *rest: Any) -> Any:
        return original(returned, line, [p for p in placed if p.account != ledger.RETURNED], *rest)

    return whole


def _discount_stays(original: Any) -> Any:
    def cash_only(placed: Any, place: Any) -> Any:
        rewound = original(placed, place)
        beside = [p for p in rewound if p.account == ledger.DISCOUNT]
        kept = [p for p in rewound if p.account not in (ledger.DISCOUNT, ledger.RECEIVABLE)]
        less = sum(p.amount_minor for p in beside)
        settled = [p for p in rewound if p.account == ledger.RECEIVABLE]
        return kept + [dataclasses.replace(p, amount_minor=p.amount_minor + less) for p in settled]

    return cash_only


def _no_gain(original: Any) -> Any:
    def at_face(line: Any, allocations: Any, currency: str, _booked_minor: int, *rest: Any) -> Any:
        return original(line, allocations, currency, line.amount_minor, *rest)

    return at_face


def _any_twin(_original: Any) -> Any:
    def duplicate(_connection: Any, line: Any, _twin_id: int, day: Any, reason: str) -> Any:
        return ledger.mark_duplicate(ledger.book_line(line, day), day, reason)

    return duplicate


def _twin_set_aside(_original: Any) -> Any:
    def aside(imported: Any, day: Any, reason: str) -> Any:
        first = imported.postings[0]
        line = ledger.CashLine(imported.bank_line_id, imported.company, first.currency, first.amount_minor)
        return ledger.set_aside(line, "duplicates", day, reason)

    return aside


BUGS = (
    Bug("an invoice may be paid beyond what is open", ground.Ground, "_item_refusal", _never("")),
    Bug("a placed deposit may be placed again", ground.Ground, "_line_refusal", _applied_twice),
    Bug("a closed period accepts entries", ground, "closed_periods", _never({})),
    Bug("late lines go into the closed period", bank_lines, "closed_periods", _never({})),
    Bug("open amounts are not kept", books, "_keep_projections", _never(None)),
    Bug("open amounts are kept every other time", books, "_keep_projections", _every_other),
    Bug("a crash separates entries from open amounts", books, "_keep_projections", _committed_early),
    Bug("review items stay open after posting", books, "_close_reviews", _never(None)),
    Bug("undone deposits are not queued again", books, "reopen_reviews", _never(None)),
    Bug("undo forgets the invoice", ledger, "undo", _undo_forgets_invoice),
    Bug("a discount is not booked", ledger, "_allocation_postings", _discount_lost),
    Bug("a return leaves the discount", ledger, "net_placement", _half_rewound),
    Bug("an amount is a cent off", ledger, "book_line", _one_cent_more),
    Bug("pending lines count as money", bank_lines, "_states", _pending_is_money),
    Bug("identical rows are taken for one", bank_lines, "_known", _twins_are_one),
    Bug("overlapping lines are imported again", bank_lines, "_known", _never(set())),
    Bug("the night posts what a person rejected", proposals, "_waiting", _everything_postable),
    Bug("the entry chain does not link", chain, "entry_hash", _same_hash),
    Bug("the audit chain does not link", chain, "audit_hash", _same_hash),
    Bug("the head of a chain stays behind", chain, "_advance", _every_other),
    Bug("the other system overwrites open amounts", receivables, "_follow", _overwrites),
    Bug("two tabs both accept", review, "require_free", _never(None)),
    Bug("the version of an item is not checked", review, "act", _no_version),
    Bug("a part taken back lands on account, not on its invoice", returns, "_cash", _part_lands_on_account),
    Bug("more than its cash is taken back of an invoice", returns, "_place", _any_place),
    Bug("the discount stays when all its cash is taken back", returns, "_beside", _discount_stays),
    Bug("parts taken back before are forgotten", proposals, "return_of", _earlier_parts_forgotten),
    Bug("a return is done again on what it never returned", ground.Ground, "_rewinds_others", _never(False)),
    Bug("a part of a foreign payment is booked in the wrong currency", returns, "_require_one_currency", _never(None)),
    Bug("a foreign payment has no gain", ledger, "apply_in_currency", _no_gain),
    Bug("any line is taken for a duplicate", verdicts, "_duplicate", _any_twin),
    Bug("a duplicate is money set aside", ledger, "mark_duplicate", _twin_set_aside),
    Bug("a duplicate is out for good", ground, "_brings_back", _never(False)),
    Bug("a duplicate marked again is not out", ground, "_takes_out", _never(False)),
)
