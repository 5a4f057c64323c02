"""One hash of what the books say, whatever the order, run or moment in which they came to say it.

Rows are told by their natural keys: account and fingerprint instead of a line's id, customer code and number instead of
an open item's. So a night that was killed and run again must end in the digest of a night that was left alone.

Room: store.
"""

import hashlib

from sqlalchemy import Connection, text

_LINE = "a.key || '/' || l.fingerprint || '/' || l.occurrence"
_QUERIES = {
    "lines": (
        f"SELECT {_LINE}, l.amount_minor, l.state, l.by_hand FROM bank_line AS l JOIN bank_account AS a"
        " ON a.id = l.bank_account_id"
    ),
    "open items": (
        "SELECT i.company, c.code, i.number, i.kind, i.amount_minor, i.settled_elsewhere_minor, i.open_minor, i.due_on"
        " FROM open_item AS i JOIN customer AS c ON c.id = i.customer_id"
    ),
    "entries": (
        f"SELECT e.company, e.booked_on, e.kind, e.reason, coalesce({_LINE}, ''), p.ordinal, p.account, p.currency,"
        " p.amount_minor, coalesce(c.code, ''), coalesce(i.number, ''), e.actor FROM posting AS p"
        " JOIN entry AS e ON e.id = p.entry_id LEFT JOIN bank_line AS l ON l.id = p.bank_line_id"
        " LEFT JOIN bank_account AS a ON a.id = l.bank_account_id LEFT JOIN customer AS c ON c.id = p.customer_id"
        " LEFT JOIN open_item AS i ON i.id = p.open_item_id"
    ),
    "reviews": (
        f"SELECT r.kind, r.state, r.amount_minor, r.reason, coalesce({_LINE}, '') FROM review_item AS r"
        " LEFT JOIN bank_line AS l ON l.id = r.subject_id AND r.kind IN ('deposit', 'task')"
        " LEFT JOIN bank_account AS a ON a.id = l.bank_account_id"
    ),
    "suggestions": (
        f"SELECT {_LINE}, p.rank, p.action, p.confidence_ppm, p.kind, p.set_aside_name FROM proposal AS p"
        " JOIN bank_line AS l ON l.id = p.bank_line_id JOIN bank_account AS a ON a.id = l.bank_account_id"
    ),
    "files": (
        "SELECT f.sha256, f.kind, f.state, s.ordinal, s.proof, s.new_line_count, s.new_sum_minor FROM source_file AS f"
        " LEFT JOIN statement AS s ON s.file_id = f.id"
    ),
    "quarantine": ("SELECT q.scope, q.place, q.what, q.state FROM quarantine AS q"),
    "notices": (
        "SELECT n.company, c.code, n.currency, n.day, n.policy_id, n.level, n.channel, n.demanded_minor, n.state"
        " FROM notice AS n JOIN customer AS c ON c.id = n.customer_id"
    ),
    "notice lines": (
        "SELECT n.day, c.code, i.number, l.policy_id, l.level, l.episode, l.open_minor, l.live FROM notice_line AS l"
        " JOIN notice AS n ON n.id = l.notice_id JOIN open_item AS i ON i.id = l.open_item_id"
        " JOIN customer AS c ON c.id = i.customer_id"
    ),
    "teachings": (
        "SELECT t.company, t.key, c.code, t.is_positive FROM teaching AS t JOIN customer AS c ON c.id = t.customer_id"
    ),
}


def digest(connection: Connection) -> str:
    """Return the hash of everything the books say that does not depend on when it was written."""
    told = "|".join(f"{name}:{part}" for name, part in digest_parts(connection).items())
    return hashlib.sha256(told.encode()).hexdigest()


def digest_parts(connection: Connection) -> dict[str, str]:
    """Return a hash for each kind of thing the books tell, to see where two books differ."""
    return {
        name: f"{sum(_row_number(row) for row in connection.execute(text(sql))) % (1 << 256):064x}"
        for name, sql in _QUERIES.items()
    }


def _row_number(row: object) -> int:
    """A row as a number: their sum does not depend on order or on a database's sorting, and it counts repeats."""
    return int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())  # type: ignore[arg-type]
