"""Review items whose postings went to an accounting system are `exported`: from there a correction is an entry too.

Room: store.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, text

from recon.store import schema
from recon.store.books import BookedEntry
from recon.store.bulk import fetch_in, update_by_id

_LINES = "SELECT id FROM review_item WHERE kind = 'deposit' AND state = 'posted' AND subject_id IN :values"
_OTHERS = "SELECT id FROM review_item WHERE state = 'posted' AND kind IN ('booking', 'discrepancy')"
_RESOLVED = """
SELECT subject, detail FROM audit WHERE subject IN :values
AND action IN ('review_approve', 'review_accept') ORDER BY id"""


def follow_export(connection: Connection, booked: Sequence[BookedEntry]) -> int:
    """Mark the items of which these entries are the posting; return how many. What was undone meanwhile waits again."""
    lines = {one.entry.bank_line_id for one in booked if one.undone_by is None and one.entry.kind != "import"}
    items = {row[0] for row in fetch_in(connection, _LINES, sorted(line for line in lines if line is not None))}
    items |= _booked_by_hand(connection, {one.id for one in booked})
    marked = [(item, "exported") for item in sorted(items)]
    return update_by_id(connection, schema.review_item, "state = :value, version = version + 1", marked)


def _booked_by_hand(connection: Connection, entry_ids: set[int]) -> set[int]:
    """Return items that are no deposits; their entries are told by the audit row of the act that posted them."""
    subjects = {f"review_item:{row[0]}": row[0] for row in connection.execute(text(_OTHERS))}
    found = set()
    for subject, detail in fetch_in(connection, _RESOLVED, sorted(subjects)):
        if set(json.loads(detail).get("entries", ())) & entry_ids:
            found.add(subjects[subject])
    return found
