"""`recon user`: who may do what in the books.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recon.counted import counted
from recon.errors import Exit, UsageError
from recon.roles import RIGHTS, Role
from recon.store import users

if TYPE_CHECKING:
    from jobs.invocation import Invocation

NAME_LENGTH = 80


def add(invocation: Invocation, name: str, role: str) -> Exit:
    """Name a user, or give one another role."""
    if role not in {each.value for each in Role}:
        raise UsageError(f"--role {role!r} is not known", f"Use one of: {', '.join(each.value for each in Role)}")
    if not name.strip() or name != name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise UsageError(f"{name[:NAME_LENGTH]!r} is no user name", "Write the login name, or what RECON_ACTOR holds")
    with invocation.store() as store, store.write() as connection:
        users.name_user(connection, name, Role(role), invocation.author)
    verb = "would be" if invocation.dry_run else "is"
    rights = sorted(right.value for right in RIGHTS[Role(role)])
    text = f"{name} {verb} {role}: may {', '.join(rights) or 'read'}"
    return invocation.output.summary(text, {"user": name, "role": role, "rights": rights})


def remove(invocation: Invocation, name: str) -> Exit:
    """Let a user act no more."""
    with invocation.store() as store, store.write() as connection:
        users.remove_user(connection, name, invocation.author)
        left = len(users.list_users(connection))
    verb = "would be" if invocation.dry_run else "is"
    text = f"{name} {verb} no user any more" + ("" if left else "; nobody is named, so everybody may do everything")
    return invocation.output.summary(text, {"user": name, "users": left})


def show(invocation: Invocation) -> Exit:
    """Print the users with their roles."""
    with invocation.store() as store, store.read() as connection:
        named = users.list_users(connection)
    for one in named:
        text = f"  {one.name:<20} {one.role:<10}  named by {one.named_by} at {one.named_at[:19]}Z"
        record = {"type": "user", "user": one.name, "role": one.role, "by": one.named_by, "at": one.named_at}
        invocation.output.line(text, record)
    told = counted(len(named), "user") if named else "no user is named: everybody may do everything"
    return invocation.output.summary(told, {"users": len(named)})
