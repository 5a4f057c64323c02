"""Who may do what in the books, as one table. While nobody is named, everybody who reaches the books may do everything.

Roles hold people to their work; they are no lock: who can write the database can write past them, and the chains and
an anchor kept elsewhere are what shows it.

Room: pure.
"""

from collections.abc import Mapping
from enum import Enum

from recon.errors import NotAllowed


class Right(Enum):
    """What a person does in the books. Reading needs no right."""

    RESOLVE = "resolve review items"
    UNDO = "undo"
    BOOK = "book by hand"
    APPROVE = "approve as a second person"
    CLOSE = "close a period"
    REOPEN = "reopen a period"
    ERASE = "erase personal data"
    USERS = "name users"


class Role(Enum):
    """What somebody is in the books."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ACCOUNTANT = "accountant"
    CONTROLLER = "controller"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset(),
    Role.REVIEWER: frozenset((Right.RESOLVE, Right.UNDO)),
    Role.ACCOUNTANT: frozenset((Right.RESOLVE, Right.UNDO, Right.BOOK, Right.APPROVE, Right.CLOSE)),
    Role.CONTROLLER: frozenset(Right),
}


def require_right(users: Mapping[str, Role], actor: str, right: Right) -> None:
    """Raise NotAllowed unless the actor's role has the right; without any user everybody has every right.

    >>> require_right({"ana": Role.ACCOUNTANT}, "ana", Right.CLOSE)
    >>> require_right({}, "anybody", Right.REOPEN)
    """
    if not users:
        return
    role = users.get(actor)
    if role is None:
        raise NotAllowed(f"{actor} is no user of these books", "A controller adds one with `recon user add`")
    if right not in RIGHTS[role]:
        may = " or ".join(each.value for each in Role if right in RIGHTS[each])
        raise NotAllowed(f"{actor} is {role.value} and may not {right.value}", f"Ask somebody who is {may}")


def require_controller_left(users: Mapping[str, Role]) -> None:
    """Raise NotAllowed when these users could never name another one."""
    if users and Role.CONTROLLER not in users.values():
        raise NotAllowed("nobody would be controller", "Name a controller first: only one may name users")
