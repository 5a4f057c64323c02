"""What reviewers teach: this payer text or account is, or is not, this customer. Also the negative is remembered.

Room: store.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from recon.store import schema
from recon.store.bulk import insert_many, next_id
from recon.store.chain import Author


def teach(
    connection: Connection, company: str, line_id: int, customer_ids: Iterable[int], author: Author, *, is_payer: bool
) -> int:
    """Remember for the payer of a line that it is, or is not, these customers; return how many rows changed."""
    keys = _payer_keys(connection, line_id)
    return sum(
        _remember(connection, company, key, customer_id, author, is_payer)
        for key in keys
        for customer_id in sorted(set(customer_ids))
    )


def forget(connection: Connection, actor: str, taught_at: str) -> int:
    """Forget what was taught by an act that was undone; the act is known by who and when."""
    sql = "DELETE FROM teaching WHERE taught_by = :actor AND taught_at = :at"
    return int(connection.execute(text(sql), {"actor": actor, "at": taught_at}).rowcount)


def _payer_keys(connection: Connection, line_id: int) -> list[str]:
    sql = "SELECT payer, payer_account FROM bank_line WHERE id = :line"
    row = connection.execute(text(sql), {"line": line_id}).one()
    return [key.strip() for key in row if key.strip()]


def _remember(connection: Connection, company: str, key: str, customer_id: int, author: Author, is_payer: bool) -> int:
    given = {"company": company, "key": key, "customer": customer_id}
    sql = "SELECT id, is_positive FROM teaching WHERE company = :company AND key = :key AND customer_id = :customer"
    known = connection.execute(text(sql), given).first()
    if known is None:
        columns = ("id", "company", "key", "customer_id", "is_positive", "taught_by", "taught_at")
        row = (
            next_id(connection, schema.teaching),
            company,
            key,
            customer_id,
            int(is_payer),
            author.actor,
            author.instant,
        )
        insert_many(connection, schema.teaching, columns, [row])
        return 1
    if known[1] == int(is_payer):
        return 0
    sql = "UPDATE teaching SET is_positive = :positive, taught_by = :actor, taught_at = :at WHERE id = :id"
    changed = {"positive": int(is_payer), "actor": author.actor, "at": author.instant, "id": known[0]}
    connection.execute(text(sql), changed)
    return 1
