"""The users of the books and their roles. Naming and removing them is in the audit chain.

Room: store.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.roles import Right, Role, require_controller_left, require_right
from recon.store import schema
from recon.store.bulk import insert_new
from recon.store.chain import AuditRow, Author, append_audit


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who acts in the books, by the name that the audit knows."""

    name: str
    role: str
    named_by: str
    named_at: str


def list_users(connection: Connection) -> list[User]:
    """Return the users by name."""
    rows = connection.execute(text("SELECT name, role, named_by, named_at FROM user_role ORDER BY name"))
    return [User(*row) for row in rows]


def require(connection: Connection, actor: str, right: Right) -> None:
    """Raise NotAllowed unless the actor has the right. Called inside the transaction of what is to be done."""
    require_right(_roles(connection), actor, right)


def name_user(connection: Connection, name: str, role: Role, author: Author) -> None:
    """Name a user, or give one another role. The first must be a controller; only a controller names the others."""
    require(connection, author.actor, Right.USERS)
    require_controller_left({**_roles(connection), name: role})
    columns = ("name", "role", "named_by", "named_at")
    if not insert_new(connection, schema.user_role, columns, [(name, role.value, author.actor, author.instant)]):
        sql = "UPDATE user_role SET role = :role, named_by = :by, named_at = :at WHERE name = :name"
        given = {"name": name, "role": role.value, "by": author.actor, "at": author.instant}
        connection.execute(text(sql), given)
    append_audit(connection, [AuditRow("name_user", f"user:{name}", {"role": role.value})], author)


def remove_user(connection: Connection, name: str, author: Author) -> None:
    """Let a user act no more; what they did keeps their name. After the last one everybody may do everything."""
    require(connection, author.actor, Right.USERS)
    roles = _roles(connection)
    if roles.pop(name, None) is None:
        raise NotAllowed(f"{name} is no user of these books", "See `recon user list`")
    require_controller_left(roles)
    connection.execute(text("DELETE FROM user_role WHERE name = :name"), {"name": name})
    append_audit(connection, [AuditRow("remove_user", f"user:{name}", {})], author)


def _roles(connection: Connection) -> dict[str, Role]:
    return {row[0]: Role(row[1]) for row in connection.execute(text("SELECT name, role FROM user_role"))}
