"""Control totals: sums that must agree before anything is posted. Cheap enough for each night; `verify` proves in full.

Room: store.
"""

from sqlalchemy import Connection, text

from recon.money import format_minor

_CHECKS = (
    (
        "debits and credits of the ledger differ by",
        "SELECT currency, sum(amount_minor) FROM posting GROUP BY currency HAVING sum(amount_minor) <> 0",
    ),
    (
        "bank lines and the bank account of the ledger differ by",
        """SELECT currency, sum(minor) FROM (
             SELECT line.currency AS currency, sum(line.amount_minor) AS minor FROM bank_line AS line
             WHERE line.state NOT IN ('pending', 'superseded') GROUP BY line.currency
             UNION ALL
             SELECT currency, -sum(amount_minor) FROM posting WHERE account = 'bank' GROUP BY currency
           ) AS sides GROUP BY currency HAVING sum(minor) <> 0""",
    ),
    (
        "open amounts and the receivable of the ledger differ by",
        """SELECT currency, sum(minor) FROM (
             SELECT currency, sum(open_minor - amount_minor + settled_elsewhere_minor) AS minor FROM open_item
             GROUP BY currency
             UNION ALL
             SELECT currency, -sum(amount_minor) FROM posting
             WHERE account = 'receivable' AND open_item_id IS NOT NULL GROUP BY currency
           ) AS sides GROUP BY currency HAVING sum(minor) <> 0""",
    ),
)


def control_total_faults(connection: Connection) -> tuple[str, ...]:
    """Return a sentence for each control total that does not balance, per currency; nothing when all do."""
    return tuple(
        f"{what} {format_minor(int(minor), currency)} {currency}"
        for what, sql in _CHECKS
        for currency, minor in connection.execute(text(sql))
    )
