"""The open item of a charge when its entry is undone: nobody may be asked for a fee that was taken back.

The entry of a charge names no open item (an item's own amount says what was issued), so its reversal closes none. The
item counts as settled elsewhere then, which keeps amount and number in the books.

Room: store.
"""

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.model import Entry


def withdraw_charge(connection: Connection, entry: Entry) -> None:
    """Close the open item that a charge issued. Raises NotAllowed when something was booked on it since."""
    found = _item(connection, entry)
    if found is None:
        return
    item_id, number, is_whole = found
    if not is_whole:
        raise NotAllowed(f"something was booked on {number} since", "Undo that first, or write off what is open")
    sql = (
        "UPDATE open_item SET settled_elsewhere_minor = amount_minor, open_minor = 0, version = version + 1"
        " WHERE id = :id"
    )
    connection.execute(text(sql), {"id": item_id})


def _item(connection: Connection, entry: Entry) -> tuple[int, str, bool] | None:
    """Return id, number and whether all of it is open; the reason of a charge begins with its item's number."""
    sql = (
        "SELECT id, number, open_minor = amount_minor FROM open_item"
        " WHERE customer_id = :customer AND kind = 'charge' AND amount_minor = :minor AND currency = :currency"
    )
    posting = entry.postings[0]
    given = {"customer": posting.customer_id, "minor": posting.amount_minor, "currency": posting.currency}
    fits = [row for row in connection.execute(text(sql), given) if entry.reason.startswith(f"{row[1]}: ")]
    row = max(fits, key=lambda each: len(each[1]), default=None)
    return (row[0], row[1], bool(row[2])) if row else None
