"""Proposals as rows of the contract `fitid,invoice_number,amount,confidence,action,rank`.

Room: store.
"""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, text

from recon.model import Action, Allocation
from recon.money import format_minor

_PROPOSALS = """
SELECT line.bank_id, line.currency, line.state, p.rank, p.action, p.confidence_ppm, p.allocations
FROM proposal AS p JOIN bank_line AS line ON line.id = p.bank_line_id
ORDER BY p.bank_line_id, p.rank
"""


def proposal_rows(connection: Connection) -> Iterator[tuple[str, str, str, str, str, int]]:
    """Yield one row per allocation, by deposit and rank; nobody's deposits have no row.

    A decision to post that the books refused, because somebody was first, is a suggestion again: `queue`.
    """
    numbers = {row[0]: row[1] for row in connection.execute(text("SELECT id, number FROM open_item"))}
    for bank_id, currency, state, rank, action, ppm, allocations in connection.execute(text(_PROPOSALS)):
        is_posted = action == Action.POST.value and rank == 1 and state != "in_review"
        for each in json.loads(allocations):
            allocation = Allocation(**each)
            number = numbers[allocation.open_item_id] if allocation.open_item_id is not None else ""
            amount = format_minor(allocation.proposed_minor, currency)
            yield bank_id, number, amount, f"{ppm / 1_000_000:.6f}", "auto" if is_posted else "queue", rank
