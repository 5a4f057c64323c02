"""What a command says: text for people, or NDJSON on stdout with a summary or error object as its last line.

Room: shell.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from recon.errors import Exit, Problem, ReconError

# A terminal obeys these, and a log shows them as lines or text that nobody wrote: bank text may hold them.
_OBEYED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Output:
    """Where a command writes. `worst` remembers PARTIAL when a problem quarantined something."""

    as_json: bool = False
    quiet: bool = False
    color: bool = False
    muted: bool = False  # says nothing at all: for a command that calls others
    worst: Exit = field(default=Exit.OK)

    def line(self, text: str, record: Mapping[str, Any] | None = None) -> None:
        """Write one line for people, or its record (when there is one) for programs."""
        if self.as_json:
            if record is not None:
                self._write(to_json(record))
        elif not self.quiet:
            self._write(text)

    def problem(self, problem: Problem) -> None:
        """Report bad input; quarantined rows or files make the command end with PARTIAL."""
        if problem.quarantined:
            self.worst = Exit.PARTIAL
        if self.as_json:
            self._write(to_json(problem_record(problem)))
        else:
            self.error(f"{'quarantined' if problem.quarantined else 'warning'}: {problem}")

    def summary(self, text: str, record: Mapping[str, Any], code: Exit | None = None) -> Exit:
        """Write the last line and return the exit code it names: the worst seen, unless given."""
        code = self.worst if code is None else code
        if self.as_json:
            self._write(to_json({"type": "summary", **record, "exit": int(code)}))
        elif text:
            self._write(text)
        return code

    def failure(self, error: ReconError | Exception, code: Exit) -> None:
        """Write the error object, or the message and remedy on stderr."""
        if self.as_json:
            remedy = error.remedy if isinstance(error, ReconError) else ""
            message = Exception.__str__(error) or type(error).__name__
            self._write(
                to_json(
                    {
                        "type": "error",
                        "error": type(error).__name__,
                        "message": message,
                        "remedy": remedy,
                        "exit": int(code),
                    }
                )
            )
        else:
            self.error(f"error: {error or type(error).__name__}")

    def error(self, text: str) -> None:
        """Write to stderr, where logs go."""
        if not self.muted:
            print(harmless(text), file=sys.stderr)

    def _write(self, text: str) -> None:
        if not self.muted:
            print(harmless(text), file=sys.stdout)

    @contextmanager
    def progress(self, label: str) -> Iterator[None]:
        """Show what is being done, on a terminal only."""
        if self.as_json or self.quiet or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console

        with Console(stderr=True, no_color=not self.color).status(label):
            yield


def harmless(text: str) -> str:
    """Return the text with what a terminal would obey written out; inside a JSON text that is the same text to readers.

    >>> print(harmless("\\x1b[2Jpaid"))
    \\u001b[2Jpaid
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def problem_record(problem: Problem) -> dict[str, Any]:
    """Return a problem as `recon read` and the night's JSON write it."""
    return {
        "type": "problem",
        "where": problem.where,
        "what": problem.what,
        "remedy": problem.remedy,
        "quarantined": problem.quarantined,
    }


def to_json(record: Mapping[str, Any]) -> str:
    """Return one line of JSON; dates, paths and enumerations as text, money never as float."""
    return harmless(json.dumps(record, ensure_ascii=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
