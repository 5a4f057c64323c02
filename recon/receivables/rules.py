"""What holds for a whole receivables file: its layout, its columns, and the number style and date order it is read
with.

Room: pure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from recon.errors import UnreadableText
from recon.money import NumberStyle, is_known_currency
from recon.receivables.amounts import styles_of
from recon.receivables.days import DateOrder, orders_of
from recon.receivables.layout import Layout, fold_header
from recon.receivables.table import Block, Table, blocks

T = TypeVar("T")
AMOUNT_ROLES = ("amount", "open_amount", "tax", "unit_amount")
DAY_ROLES = ("issue_date", "due_date")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the settings declare for files that do not say it themselves. None means undeclared: then the file
    decides."""

    company: str = "main"
    currency: str = ""
    number_style: NumberStyle | None = None
    date_order: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How one file is read. `index` gives the column of each role; `company_currency` the roles in company currency."""

    layout: Layout
    defaults: Defaults
    companies: tuple[str, ...]
    index: dict[str, int]
    styles: tuple[NumberStyle, ...]
    orders: tuple[DateOrder, ...]
    company_currency: frozenset[str]
    seen: dict[str, dict[str, str]] = field(default_factory=dict)  # one object for each text that repeats, by role

    def cells(self, block: Block, role: str) -> list[str] | None:
        """Return the role's cells in the block, None where the file has no such column."""
        position = self.index.get(role)
        return None if position is None else block.columns[position]

    def shared(self, role: str, cells: list[str]) -> list[str]:
        """Return the same texts with one object for all that are equal: a customer's code may stand a thousand
        times."""
        known = self.seen.setdefault(role, {})
        return list(map(known.setdefault, cells, cells))


def decide_rules(
    table: Table, layout: Layout, defaults: Defaults, companies: Sequence[str]
) -> tuple[Rules, tuple[str, ...]]:
    """Return the rules for the table, and the evidence for what the file itself had to decide.

    A saved mapping's declaration comes first, then the settings', then the shipped layout's, then the file's own cells.
    """
    folded = [fold_header(header) for header in table.headers]
    index, chosen = {}, {}
    for role, names in layout.columns.items():
        name = next((name for name in names if name in folded), None)
        if name is not None:
            index[role], chosen[role] = folded.index(name), name
    foreign = frozenset(role for role, name in chosen.items() if name in layout.company_currency_only)
    style = _declared(layout, layout.number_style, defaults.number_style)
    order = _declared(layout, layout.date_order, defaults.date_order)
    bare = Rules(layout, defaults, tuple(companies), index, (), (), foreign)
    styles, style_seen = ((style,), "") if style else styles_of(_amount_cells(table, bare))
    orders, order_seen = ((order,), "") if order else orders_of(_day_cells(table, bare))
    evidence = [f"amounts: {style_seen!r} allows only the decimal mark {styles[0].decimal!r}"] if style_seen else []
    if order_seen and len(orders) == 1:
        evidence.append(f"days: {order_seen!r} allows only the order {orders[0].value}")
    return Rules(layout, defaults, tuple(companies), index, styles, orders, foreign), tuple(evidence)


def _declared(layout: Layout, by_layout: T | None, by_settings: T | None) -> T | None:
    first, second = (by_layout, by_settings) if layout.fingerprint else (by_settings, by_layout)
    return first if first is not None else second


def _amount_cells(table: Table, rules: Rules) -> Iterator[tuple[str, str]]:
    if rules.layout.minor_units or not rules.index.keys() & set(AMOUNT_ROLES):
        return
    for block in blocks(table):
        currencies = currency_cells(block, rules)
        for role in AMOUNT_ROLES:
            yield from sorted(
                {pair for pair in zip(rules.cells(block, role) or (), currencies, strict=False) if pair[0]}
            )


def _day_cells(table: Table, rules: Rules) -> Iterator[str]:
    if rules.layout.unix_days or not rules.index.keys() & set(DAY_ROLES):
        return
    for block in blocks(table):
        for role in DAY_ROLES:
            yield from sorted(set(rules.cells(block, role) or ()) - {""})


def currency_cells(block: Block, rules: Rules) -> list[str]:
    """Return each row's currency in upper case, the default where the row has none. They may be unknown ones."""
    cells = rules.cells(block, "currency")
    if cells is None:
        return [rules.defaults.currency] * len(block.rows)
    upper = {cell: cell.upper() or rules.defaults.currency for cell in set(cells)}
    return [upper[cell] for cell in cells]


def read_currency(cell: str) -> str:
    """Return the code; raises UnreadableText unless ISO 4217 knows it."""
    if not cell:
        raise UnreadableText("no currency")
    if not is_known_currency(cell):
        raise UnreadableText(f"currency {cell[:20]!r} is not in ISO 4217")
    return cell


def by_value(cells: Sequence[str], read: Callable[[str], T], instead: T) -> tuple[list[T], dict[int, str]]:
    """Read each distinct cell once; return the values in order, and why the cells at some positions were not read."""
    answers: dict[str, T] = {}
    reasons: dict[str, str] = {}
    distinct = set(cells)
    for cell in distinct:
        try:
            answers[cell] = read(cell)
        except UnreadableText as error:
            answers[cell], reasons[cell] = instead, str(error)
    unread = {row: reasons[cell] for row, cell in enumerate(cells) if cell in reasons} if reasons else {}
    if len(distinct) == 1:  # one currency, one company: the usual file
        return [answers[cells[0]]] * len(cells), unread
    return [answers[cell] for cell in cells], unread
