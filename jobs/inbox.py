"""The inbox: bank files as they were dropped, known by the SHA-256 of their content. Nothing in it is moved or changed.

Room: shell.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import file_digest, sha256
from pathlib import Path

from jobs.settings import Settings
from recon.errors import ReconError, UsageError

UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")  # an upload that is still being written


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file of the inbox; its content is loaded when its turn comes."""

    path: Path
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The file's name, as messages and the books show it."""
        return shown_name(self.path)


def inbox_files(folder: Path) -> Iterator[InboxFile]:
    """Yield the files of the folder and its subfolders by name, each content once.

    Raises UsageError without the folder, ReconError when a part of it may not be read: a night that knows of less money
    than the bank told of would write to people who have paid.
    """
    if not folder.is_dir():
        raise UsageError(f"the inbox {folder} is not a folder", "Create it, or correct `inbox` in the settings")
    seen: set[str] = set()
    for path in sorted([folder, *folder.rglob("*")]):
        if path.is_dir():
            _require_readable(path)
        elif path.is_file() and not _is_hidden(path, folder) and not path.name.endswith(UNFINISHED):
            file = describe(path)
            if file.sha256 not in seen:
                seen.add(file.sha256)
                yield file


def _require_readable(folder: Path) -> None:
    if not folder.is_symlink() and not os.access(folder, os.R_OK | os.X_OK):
        raise ReconError(f"the folder {folder} may not be read", "Correct its permissions and run again")


def describe(path: Path) -> InboxFile:
    """Return the file with its digest, read in pieces so that its size does not matter."""
    with path.open("rb") as opened:
        return InboxFile(path, file_digest(opened, sha256).hexdigest(), path.stat().st_size)


def shown_name(path: Path) -> str:
    """Return the file's name with what no text may hold written out: control characters, bytes that are no UTF-8.

    Anybody may name a file; one that a terminal obeys, or that the books cannot store, must not stop the night.

    >>> shown_name(Path("inbox") / "march\\x1b.ofx")
    'march\\\\x1b.ofx'
    """
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in path.name)


def account_of_file(name: str, settings: Settings) -> str:
    """Return the key of the bank account whose `files` pattern the name fits, or nothing."""
    fitting = [account.key for account in settings.bank_accounts if account.files and fnmatch(name, account.files)]
    if len(fitting) > 1:
        raise UsageError(f"{name} fits the `files` pattern of {' and '.join(fitting)}", "Make the patterns differ")
    return fitting[0] if fitting else ""


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
