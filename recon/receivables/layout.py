"""Layouts of receivables files as data: which header plays which role, and how the source writes rows, numbers and
dates.

The shipped layouts are the TOML files beside this module. A saved mapping is the same TOML with the fingerprint of
the header
it was confirmed for; the keys are explained in docs/reference/receivables-layouts.md.

Room: pure.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from recon.errors import UsageError
from recon.money import COMMA, COMMA_GROUPED, POINT, POINT_GROUPED, NumberStyle
from recon.receivables.days import DateOrder

KINDS = ("invoices", "customers", "credits")

# A style is declared by an example of itself; the two words are for people who do not group.
NUMBER_STYLES = {
    "1650.00": POINT,
    "1,650.00": POINT_GROUPED,
    "1650,00": COMMA,
    "1.650,00": COMMA_GROUPED,
    "1 650,00": NumberStyle(",", " "),
    "1 650.00": NumberStyle(".", " "),
    "1'650.00": NumberStyle(".", "'"),
    "point": POINT_GROUPED,
    "comma": COMMA_GROUPED,
}

INVOICE_ROLES = frozenset(
    [
        "external_id",
        "company",
        "customer_code",
        "customer_name",
        "email",
        "number",
        "po_number",
        "issue_date",
        "due_date",
        "currency",
        "amount",
        "open_amount",
        "tax",
        "quantity",
        "unit_amount",
        "discount_percent",
        "tax_type",
        "terms",
        "segment",
        "document",
        "credit_of",
        "type",
        "status",
        "paid",
    ]
)
CUSTOMER_ROLES = frozenset(
    [
        "company",
        "customer_code",
        "customer_name",
        "aliases",
        "currency",
        "email",
        "cc",
        "country",
        "language",
        "time_zone",
        "consumer",
        "segment",
        "parent_code",
        "bank_accounts",
    ]
)
ROLES = {"invoices": INVOICE_ROLES, "credits": INVOICE_ROLES, "customers": CUSTOMER_ROLES}
_KEYS = frozenset(
    [
        "key",
        "name",
        "kind",
        "fingerprint",
        "requires",
        "columns",
        "rows",
        "number_style",
        "date_order",
        "minor_units",
        "unix_days",
        "types",
        "skip_status",
        "skip_when_empty",
        "paid_status",
        "open_unknown_status",
        "fill_down",
        "company_currency_only",
    ]
)
ROWS = ("single", "lines", "repeat")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one source lays out its rows. Headers are folded (`fold_header`); `columns` gives each role its header."""

    key: str
    name: str
    kind: str
    requires: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    rows: str = "single"  # single: a row is an invoice; lines: rows add up; repeat: each row repeats the total
    number_style: NumberStyle | None = None
    date_order: DateOrder | None = None
    minor_units: bool = False
    unix_days: bool = False
    types: Mapping[str, str] | None = None  # folded value of the type column -> invoice, credit, skip
    skip_status: frozenset[str] = frozenset()
    paid_status: frozenset[str] = frozenset()  # nothing open, where no column says how much is
    open_unknown_status: frozenset[str] = frozenset()  # partly paid, where no column says how much
    skip_when_empty: tuple[str, ...] = ()  # headings and totals: rows where all these roles are empty
    fill_down: tuple[str, ...] = ()
    company_currency_only: frozenset[str] = frozenset()  # headers whose amounts are in the company's currency
    fingerprint: str = ""


def fold_header(header: str) -> str:
    """Return the header without case, stars and punctuation, words apart by one space.

    >>> fold_header("*InvoiceNo"), fold_header("Invoice/Bill Date"), fold_header("due_date")
    ('invoiceno', 'invoice bill date', 'due date')
    """
    plain = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\W_]+", " ", plain).strip()


def fold_value(value: str) -> str:
    """Return a name or status without case and with single spaces: what customers without a number are known by.

    >>> fold_value("  Baumann  & Söhne GmbH ")
    'baumann & söhne gmbh'
    """
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def header_fingerprint(headers: Iterable[str]) -> str:
    """Return 16 hex digits that name this set of headers in this order, folded; a changed header changes them."""
    return hashlib.sha256("\n".join(map(fold_header, headers)).encode()).hexdigest()[:16]


def parse_number_style(text: str) -> NumberStyle:
    """Return the style that writes sixteen hundred and fifty like the text; raises UsageError for an unknown one.

    >>> parse_number_style("1.650,00")
    NumberStyle(decimal=',', group='.')
    """
    if text not in NUMBER_STYLES:
        raise UsageError(f"number_style {text!r} is unknown", f"Use one of: {', '.join(NUMBER_STYLES)}")
    return NUMBER_STYLES[text]


def parse_date_order(text: str) -> DateOrder:
    """Return the date order named ymd, dmy or mdy; raises UsageError for another."""
    if text not in {order.value for order in DateOrder}:
        raise UsageError(f"date_order {text!r} is unknown", "Use ymd, dmy or mdy")
    return DateOrder(text)


def parse_layout(toml_text: str, source: str) -> Layout:
    """Return the layout that a TOML text declares; raises UsageError naming the key that is wrong."""
    try:
        declared = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source} is not TOML: {error}", "Correct the line it names") from error
    _check_keys(declared, source)
    columns = {role: _headers_of(names) for role, names in declared["columns"].items()}
    requires = declared.get("requires") or [names[0] for names in columns.values()]
    return Layout(
        key=declared["key"],
        name=declared.get("name", declared["key"]),
        kind=declared["kind"],
        requires=frozenset(map(fold_header, requires)),
        columns=columns,
        rows=declared.get("rows", "single"),
        number_style=parse_number_style(declared["number_style"]) if "number_style" in declared else None,
        date_order=parse_date_order(declared["date_order"]) if "date_order" in declared else None,
        minor_units=bool(declared.get("minor_units", False)),
        unix_days=bool(declared.get("unix_days", False)),
        types={fold_value(k): v for k, v in declared["types"].items()} if "types" in declared else None,
        skip_status=_folded(declared.get("skip_status", ())),
        paid_status=_folded(declared.get("paid_status", ())),
        open_unknown_status=_folded(declared.get("open_unknown_status", ())),
        skip_when_empty=tuple(declared.get("skip_when_empty", ())),
        fill_down=tuple(declared.get("fill_down", ())),
        company_currency_only=frozenset(map(fold_header, declared.get("company_currency_only", ()))),
        fingerprint=declared.get("fingerprint", ""),
    )


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_value, values))


def _headers_of(names: str | list[str]) -> tuple[str, ...]:
    return tuple(fold_header(name) for name in ([names] if isinstance(names, str) else names))


def _check_keys(declared: Mapping[str, Any], source: str) -> None:
    unknown = sorted(declared.keys() - _KEYS)
    if unknown:
        raise UsageError(f"{source}: unknown key {unknown[0]!r}", f"Known keys: {', '.join(sorted(_KEYS))}")
    for key in ("key", "kind", "columns"):
        if key not in declared:
            raise UsageError(f"{source}: key {key!r} is missing", "Add it")
    if declared["kind"] not in KINDS:
        raise UsageError(f"{source}: kind {declared['kind']!r} is unknown", f"Use one of: {', '.join(KINDS)}")
    if declared.get("rows", "single") not in ROWS:
        raise UsageError(f"{source}: rows {declared['rows']!r} is unknown", f"Use one of: {', '.join(ROWS)}")
    strange = sorted(declared["columns"].keys() - ROLES[declared["kind"]])
    if strange:
        known = ", ".join(sorted(ROLES[declared["kind"]]))
        raise UsageError(f"{source}: column role {strange[0]!r} is unknown", f"Known roles: {known}")


@cache
def shipped_layouts() -> tuple[Layout, ...]:
    """Return the layouts that come with the program, in the order of their file names."""
    folder = files("recon.receivables") / "layouts"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(parse_layout(file.read_text(encoding="utf-8"), file.name) for file in found)


def detect(headers: Sequence[str], kind: str, mapping: Layout | None = None) -> Layout | None:
    """Return the layout whose required headers are all there, the one asking for most; None when no layout fits.

    A saved mapping counts only for the header it was confirmed for. `headers` are as written in the file.
    """
    if mapping is not None and mapping.kind == kind and mapping.fingerprint == header_fingerprint(headers):
        return mapping
    present = frozenset(map(fold_header, headers))
    fitting = [layout for layout in shipped_layouts() if layout.kind == kind and layout.requires <= present]
    return max(fitting, key=lambda layout: len(layout.requires), default=None)
