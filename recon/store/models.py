"""Models that matching learned from these books: candidates, the one in use, and those that were.

Room: store.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.store import schema
from recon.store.bulk import insert_new
from recon.store.chain import AuditRow, Author, append_audit, canonical

SHIPPED = "shipped"  # no model of the books is in use


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model of these books. `state` is candidate, active or retired; `weights` is the text `matchers.model` reads."""

    version: str
    state: str
    trained_at: str
    weights: str


def active_model(connection: Connection) -> StoredModel | None:
    """Return the model in use, None while it is the one the program ships."""
    sql = "SELECT version, state, trained_at, weights FROM matcher_model WHERE state = 'active'"
    row = connection.execute(text(sql)).first()
    return StoredModel(*row) if row else None


def list_models(connection: Connection) -> list[StoredModel]:
    """Return all models, the newest first."""
    sql = "SELECT version, state, trained_at, weights FROM matcher_model ORDER BY trained_at DESC, version"
    return [StoredModel(*row) for row in connection.execute(text(sql))]


def save_candidate(
    connection: Connection, version: str, weights: str, metrics: dict[str, object], author: Author
) -> bool:
    """Keep a model that was learned; False when it is there already: the same books teach the same."""
    columns = ("version", "state", "trained_at", "weights", "metrics")
    row = (version, "candidate", author.instant, weights, canonical(metrics))
    is_new = insert_new(connection, schema.matcher_model, columns, [row]) == 1
    if is_new:
        append_audit(connection, [AuditRow("model_trained", f"model:{version}", metrics)], author)
    return is_new


def use_model(connection: Connection, version: str, author: Author) -> None:
    """Match by this model from now on, `shipped` for the program's own. Raises NotAllowed for an unknown one."""
    known = {model.version: model.state for model in list_models(connection)}
    if version != SHIPPED and version not in known:
        raise NotAllowed(f"there is no model {version!r}", f"Use one of: {', '.join([SHIPPED, *known])}")
    before = next((each for each, state in known.items() if state == "active"), SHIPPED)
    if before == version:
        return
    connection.execute(text("UPDATE matcher_model SET state = 'retired' WHERE state = 'active'"))
    connection.execute(
        text("UPDATE matcher_model SET state = 'active' WHERE version = :version"), {"version": version}
    )  # fmt: skip
    append_audit(connection, [AuditRow("model_used", f"model:{version}", {"before": before})], author)


def learnt_scopes(connection: Connection) -> list[tuple[str, str]]:
    """Return company and currency of everything that has a past to learn from."""
    sql = """
        SELECT company, currency FROM past_line UNION
        SELECT company, currency FROM bank_line WHERE state IN ('applied', 'on_account') ORDER BY 1, 2"""
    return [(row[0], row[1]) for row in connection.execute(text(sql))]
