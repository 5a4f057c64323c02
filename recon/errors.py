"""Three kinds of error, never mixed: bad input is a value, the world fails with `ReconError`, we by `BrokenInvariant`.

Room: pure.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class Exit(IntEnum):
    """Exit codes of the command line; the table users read is in docs/reference/exit-codes.md."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    DATABASE = 10
    LOCKED = 11
    CONTROL_TOTAL = 12
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Problem:
    """Bad input, told so that a clerk can act on it.

    `where` names file, line or row; `what` the fact; `remedy` the next action. None carries a full account number.
    `quarantined` says how much was set aside: one row, the whole file, or nothing (a warning).
    """

    where: str
    what: str
    remedy: str
    quarantined: Literal["row", "file"] | None = None
    raw: bytes = b""
    byte_offset: int | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


class ReconError(Exception):
    """The world failed, or was asked for something it cannot do. `remedy` is the next action for a person."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}. {self.remedy}" if self.remedy else message


class UsageError(ReconError):
    """The command, its options or the settings are wrong."""

    exit_code = Exit.USAGE


class StoreMissing(ReconError):
    """The database is not there, or its schema is older or newer than this program."""

    exit_code = Exit.DATABASE


class StoreBusy(ReconError):
    """Another run holds the lock; the message names its host, pid and age."""

    exit_code = Exit.LOCKED


class Conflict(ReconError):
    """Somebody else changed the item first; nothing was written. Read it again and decide anew."""


class NotAllowed(ReconError):
    """The books do not allow this action in this state."""


class ControlTotalError(ReconError):
    """A control total of the books does not balance; nothing was posted."""

    exit_code = Exit.CONTROL_TOTAL


class BrokenInvariant(AssertionError):
    """We are wrong: the transaction rolls back and the night stops."""


class UnreadableText(ValueError):
    """Text that the declared style does not allow. Callers turn it into a `Problem`."""


def ensure(condition: object, message: str) -> None:
    """Raise `BrokenInvariant` unless the condition holds. Never switched off, unlike `assert`."""
    if not condition:
        raise BrokenInvariant(message)
