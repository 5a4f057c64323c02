"""What reviewers teach: this payer text or account is, or is not, this customer. Also the negative is remembered.

Room: store.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from recon.store import schema
from recon.store.bulk import insert_many, next_id
from recon.store.chain import Author

EARLIER = ("id", "teaching_id", "is_positive", "taught_by", "taught_at")


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
    """Forget what an undone act taught, known by who and when; what held before it holds again. Return how many."""
    given = {"actor": actor, "at": taught_at}
    earlier = text("DELETE FROM earlier_teaching WHERE taught_by = :actor AND taught_at = :at")
    connection.execute(earlier, given)  # turned around since: only the memory of it goes
    taught = text("SELECT id FROM teaching WHERE taught_by = :actor AND taught_at = :at")
    ids = [row[0] for row in connection.execute(taught, given)]
    for teaching_id in ids:
        _bring_back(connection, teaching_id)
    return len(ids)


def _bring_back(connection: Connection, teaching_id: int) -> None:
    sql = "SELECT id, is_positive, taught_by, taught_at FROM earlier_teaching WHERE teaching_id = :id"
    before = connection.execute(text(f"{sql} ORDER BY id DESC LIMIT 1"), {"id": teaching_id}).first()
    if before is None:
        connection.execute(text("DELETE FROM teaching WHERE id = :id"), {"id": teaching_id})
        return
    _set(connection, teaching_id, *before[1:])
    connection.execute(text("DELETE FROM earlier_teaching WHERE id = :id"), {"id": before[0]})


def _payer_keys(connection: Connection, line_id: int) -> list[str]:
    sql = "SELECT payer, payer_account FROM bank_line WHERE id = :line"
    row = connection.execute(text(sql), {"line": line_id}).one()
    return [key.strip() for key in row if key.strip()]


def _remember(connection: Connection, company: str, key: str, customer_id: int, author: Author, is_payer: bool) -> int:
    given = {"company": company, "key": key, "customer": customer_id}
    sql = "SELECT id, is_positive, taught_by, taught_at FROM teaching"
    sql += " WHERE company = :company AND key = :key AND customer_id = :customer"
    known = connection.execute(text(sql), given).first()
    if known is None:
        columns = ("id", "company", "key", "customer_id", "is_positive", "taught_by", "taught_at")
        new = (next_id(connection, schema.teaching), company, key, customer_id, int(is_payer))
        insert_many(connection, schema.teaching, columns, [(*new, author.actor, author.instant)])
        return 1
    if known[1] == int(is_payer):
        return 0
    before = (next_id(connection, schema.earlier_teaching), *known)
    insert_many(connection, schema.earlier_teaching, EARLIER, [before])
    _set(connection, known[0], int(is_payer), author.actor, author.instant)
    return 1


def _set(connection: Connection, teaching_id: int, is_positive: int, actor: str, at: str) -> None:
    sql = "UPDATE teaching SET is_positive = :positive, taught_by = :actor, taught_at = :at WHERE id = :id"
    connection.execute(text(sql), {"positive": is_positive, "actor": actor, "at": at, "id": teaching_id})
