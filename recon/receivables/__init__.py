"""Receivables files people bring: customers, invoices and credit memos of any known layout as columns and problems.

>>> reading = read_invoices(b"customer_id,number,due_date,currency,amount\\nC1,17,2026-04-30,EUR,16.50\\n", "a.csv")
>>> reading.invoices.amount_minor.tolist(), reading.problems
([1650], ())

Room: pure.
"""

from recon.receivables.days import DateOrder
from recon.receivables.layout import (
    Layout,
    fold_value,
    header_fingerprint,
    parse_date_order,
    parse_layout,
    parse_number_style,
    shipped_layouts,
)
from recon.receivables.propose import Proposed, propose_mapping
from recon.receivables.reading import ReceivablesReading, read_credits, read_customers, read_invoices
from recon.receivables.rules import Defaults
from recon.receivables.table import open_table

Mapping = Layout  # a saved mapping is a layout that carries the fingerprint of its header

__all__ = [
    "DateOrder",
    "Defaults",
    "Layout",
    "Mapping",
    "Proposed",
    "ReceivablesReading",
    "fold_value",
    "header_fingerprint",
    "mapping_for",
    "parse_date_order",
    "parse_layout",
    "parse_number_style",
    "propose_mapping",
    "read_credits",
    "read_customers",
    "read_invoices",
    "shipped_layouts",
]


def mapping_for(content: bytes, name: str, kind: str, mappings: tuple[Layout, ...]) -> Layout | None:
    """Return the saved mapping whose fingerprint is that of the file's header, if there is one."""
    for mapping in mappings:
        _, layout, _ = open_table(content, name, kind, mapping)
        if layout is mapping:
            return mapping
    return None
