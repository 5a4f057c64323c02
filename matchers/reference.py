"""Which open items does the text name: exactly, by their last digits, across a broken line, or with a slip.

Every hit carries points: how unlikely the same digits are by accident, in log-odds. A repaired number counts only for
a customer that something else speaks for; the caller adds that up.

Room: pure.
"""

import itertools
import math
from dataclasses import dataclass

from matchers.candidates import Book
from matchers.numbers import Tails
from matchers.text import Token

FULL, SUFFIX, REPAIRED, PURCHASE_ORDER, TAIL, PREFIX = range(6)
MOST_POINTS = 14.0


@dataclass(frozen=True, slots=True)
class Hit:
    """One token read as one open item. `token` is the token's position; several hits of one token compete."""

    item: int
    token: int
    how: int
    points: float


def read_numbers(tokens: tuple[Token, ...], book: Book) -> tuple[tuple[Token, ...], list[Hit]]:
    """Return the joined tokens and what they name whoever pays. Remembered: the ledger does not change in a batch."""
    known = book.read.get(id(tokens))
    if known is None:
        joined = join_broken(tokens, book)
        known = book.read[id(tokens)] = (
            tokens,
            joined,
            global_hits(joined, book),
        )  # the key lives as long as its entry
    return known[1], known[2]


def join_broken(tokens: tuple[Token, ...], book: Book) -> tuple[Token, ...]:
    """Return the tokens with two or three neighbours joined where only together they are an open number.

    Field lengths break numbers (`RE-20 26-27353`): the pieces alone are nothing, the whole is in the ledger.
    """
    joined: list[Token] = []
    position = 0
    while position < len(tokens):
        for width in (3, 2):
            group = tokens[position : position + width]
            if len(group) < width or any(b.start - a.end > 2 for a, b in itertools.pairwise(group)):
                continue
            digits = "".join(token.digits for token in group)
            whole = "".join(token.compact for token in group)
            if len(digits) < 6 or any(token.digits in book.by_digits and len(token.digits) >= 6 for token in group):
                continue
            if (
                digits in book.by_digits
                or whole in book.by_compact
                or digits in book.by_po
                or _ends_some(group, digits, book)
            ):
                first, last = group[0], group[-1]
                joined.append(Token(digits, whole, first.is_labelled_ours, False, first.start, last.end))
                position += width
                break
        else:
            joined.append(tokens[position])
            position += 1
    return tuple(joined) if len(joined) < len(tokens) else tokens


def _ends_some(group: tuple[Token, ...], digits: str, book: Book) -> bool:
    if len(digits) < 7 or any(len(token.digits) >= 6 and book.with_suffix(token.digits) for token in group):
        return False
    return bool(book.with_suffix(digits))


def global_hits(tokens: tuple[Token, ...], book: Book) -> list[Hit]:
    """Return hits that need no payer: whole numbers, whole purchase orders, and long ends of numbers."""
    hits: list[Hit] = []
    for position, token in enumerate(tokens):
        digits = token.digits
        found = book.by_compact.get(token.compact) or (book.by_digits.get(digits) if len(digits) >= 4 else None)
        if found:
            points = _rarity(len(digits) or len(token.compact), len(found), token)
            hits.extend(Hit(item, position, FULL, points) for item in found[:4])
        orders = book.by_po.get(digits) if len(digits) >= 4 else None
        if orders and len(orders) <= 400:
            points = _rarity(len(digits), len(orders), token) - 0.5
            hits.extend(Hit(item, position, PURCHASE_ORDER, points) for item in orders)
        if not found and not orders:
            ends = book.with_suffix(digits)
            hits.extend(Hit(item, position, SUFFIX, _rarity(len(digits), len(ends), token) - 1.0) for item in ends)
    return hits


def _rarity(length: int, rivals: int, token: Token) -> float:
    points = min(MOST_POINTS, 2.3 * length - math.log(max(1, rivals)) - 4.0)
    if token.is_labelled_own:
        points -= 3.0 if length < 7 else 1.0
    elif token.is_labelled_ours:
        points += 1.0
    return points


def customer_hits(tokens: tuple[Token, ...], book: Book, customer: int, known: list[Hit]) -> list[Hit]:
    """Return the hits of one customer: those known, and what only makes sense among this customer's own numbers."""
    hits = [hit for hit in known if book.customer[hit.item] == customer]
    taken = {hit.token for hit in hits}
    count = max(1, len(book.invoices_of.get(customer, ())))
    tails, orders = book.tails(customer), book.po_tails(customer)
    last_full = ""
    for position, token in enumerate(tokens):
        digits = token.digits
        if position in taken:
            last_full = next((book.digits[h.item] for h in hits if h.token == position and h.how == FULL), last_full)
            continue
        if len(digits) < 2 or (token.is_labelled_own and len(digits) < 8):
            continue
        found = _own_hits(position, token, book, tails, orders, count)
        if not found and last_full and 2 <= len(digits) < len(last_full):
            found = _tail_hits(position, digits, last_full, book, customer, count)
        if not found and len(digits) >= 5:
            found = _repairs(position, token, last_full, book, customer, count)
        if not found and len(digits) >= 6:
            found = _cut_numbers(position, digits, book, customer)
        if found:
            last_full = book.digits[found[0].item] if len(found) == 1 else last_full
        hits.extend(found)
    return hits


def _own_hits(position: int, token: Token, book: Book, tails: Tails, orders: Tails, count: int) -> list[Hit]:
    digits = token.digits
    if len(digits) < 4:
        return []
    ends = [i for i in tails.get(digits[-4:], ()) if book.digits[i].endswith(digits) or digits.endswith(book.digits[i])]
    if ends:
        points = _rarity(min(len(digits), 10), count, token) + 3.0
        return [Hit(item, position, SUFFIX, points) for item in ends[:4]]
    same = [i for i in orders.get(digits[-4:], ()) if book.po_digits[i].endswith(digits)]
    points = _rarity(min(len(digits), 10), count, token) + 2.0
    return [Hit(item, position, PURCHASE_ORDER, points) for item in same]


def _tail_hits(position: int, digits: str, last_full: str, book: Book, customer: int, count: int) -> list[Hit]:
    whole = last_full[: -len(digits)] + digits
    items = [i for i in book.by_digits.get(whole, ()) if book.customer[i] == customer]
    points = 2.3 * len(digits) - math.log(count)
    return [Hit(item, position, TAIL, max(0.5, points)) for item in items]


def _repairs(position: int, token: Token, last_full: str, book: Book, customer: int, count: int) -> list[Hit]:
    """Return hits one slip away. A number without its beginning is completed like its neighbour in the list."""
    digits = token.digits
    if len(last_full) > len(digits) + 1:
        digits = last_full[: -len(digits)] + digits
    elif len(digits) < 6:
        return []
    found = [item for item in book.one_slip_away(digits) if book.customer[item] == customer]
    if not found or len(found) > 3:
        return []
    points = min(7.0, 2.3 * len(token.digits) - math.log(60.0 * count) - 4.0) - math.log(len(found))
    return [Hit(item, position, REPAIRED, max(0.5, points)) for item in found]


def _cut_numbers(position: int, digits: str, book: Book, customer: int) -> list[Hit]:
    """Return hits of a number cut off at the end of its field: open numbers that begin so, at most a few."""
    items = book.starting_with(customer, digits)
    if not 1 <= len(items) <= 40:
        return []
    points = max(0.5, min(6.0, 2.3 * (len(digits) - 5) - math.log(len(items))))
    return [Hit(item, position, PREFIX, points) for item in items]
