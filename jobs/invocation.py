"""What every command shares: the options that may stand anywhere, the settings, the store and the clock.

The clock is read here and nowhere else.

Room: shell.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.output import Output
from recon.errors import UsageError

if TYPE_CHECKING:
    from jobs.settings import Settings
    from recon.store.chain import Author
    from recon.store.engine import Store

FLAGS = {"--json", "--dry-run", "--no-color", "-q", "--quiet", "-v", "--verbose"}
VALUED = {"--config", "--log-level", "--as-of"}
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_ACTOR = 80


def hoisted(arguments: list[str]) -> list[str]:
    """Return the arguments with the shared options first, so that they may be written anywhere.

    >>> hoisted(["nightly", "--as-of", "2026-03-31", "--json"])
    ['--as-of', '2026-03-31', '--json', 'nightly']
    """
    shared: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += ["--", *waiting]
        elif argument in FLAGS or (argument.split("=")[0] in VALUED and "=" in argument):
            shared.append(argument)
        elif argument in VALUED:
            shared += [argument, *[value for value in [next(waiting, None)] if value is not None]]
        else:
            rest.append(argument)
    return shared + rest


@dataclass(slots=True)
class Invocation:
    """One call of the command line."""

    config: Path
    output: Output
    as_of_text: str = ""
    dry_run: bool = False
    log_level: str = ""
    _settings: Settings | None = field(default=None)

    @property
    def settings(self) -> Settings:
        """The settings of the file; raises UsageError when it is missing or wrong."""
        if self._settings is None:
            from jobs.settings import load_settings

            self._settings = load_settings(self.config)
            if not self.log_level:
                logging.getLogger().setLevel(self._settings.log_level.upper())
        return self._settings

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The open store of the settings; a rehearsal that is rolled back with --dry-run. Raises StoreMissing."""
        from jobs.runner import open_books

        with open_books(self.settings, rehearsal=self.dry_run) as store:
            yield store

    @property
    def as_of(self) -> date:
        """The business day: --as-of, or today in the machine's time zone."""
        if not self.as_of_text:
            return datetime.now().astimezone().date()
        try:
            day = date.fromisoformat(self.as_of_text)
        except ValueError as error:
            raise UsageError(f"--as-of {self.as_of_text!r} is not a day", "Write it as 2026-03-31.") from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:  # a slip of the finger; terms and grace would leave the calendar
            raise UsageError(f"--as-of {self.as_of_text!r} is no business day of ours", "Write it as 2026-03-31.")
        return day

    @property
    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC)

    @property
    def actor(self) -> str:
        """Who acts, for the audit: RECON_ACTOR, or the login name. Raises UsageError for one the audit cannot hold."""
        name = os.environ.get("RECON_ACTOR") or getuser()
        if not name.isprintable() or len(name) > LONGEST_ACTOR:
            raise UsageError(
                f"RECON_ACTOR {name[:LONGEST_ACTOR]!r} is no name", "Write it on one line, shorter than this"
            )
        return name

    @property
    def author(self) -> Author:
        """Who writes, and when."""
        from recon.store.chain import Author

        return Author(self.actor, self.now)

    @property
    def host(self) -> str:
        """The machine's name, for the lock."""
        return socket.gethostname()

    def start_logging(self) -> None:
        """Send logs to stderr; the level is --log-level, -v, or the settings'."""
        level = (self.log_level or "warning").upper()
        if level not in logging.getLevelNamesMapping():
            raise UsageError(f"--log-level {self.log_level!r} is not known", "Use debug, info, warning or error.")
        logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
