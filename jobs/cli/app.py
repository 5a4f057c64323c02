"""The command line `recon`: one small function per command; heavy imports happen inside them.

Room: shell.
"""

import errno
import os
import sys
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from jobs.cli.booking import book_app, customer_app, period_app
from jobs.cli.books import db_app, export_app, quarantine_app, report_app
from jobs.cli.books import register as register_books
from jobs.cli.files import import_app
from jobs.cli.files import register as register_files
from jobs.cli.night import register as register_night
from jobs.cli.notices import agency_app, dispute_app, hold_app, notices_app, promise_app
from jobs.cli.notices import register as register_notices
from jobs.cli.people import user_app
from jobs.cli.review import review_app
from jobs.invocation import Invocation, hoisted
from jobs.output import Output
from recon.errors import BrokenInvariant, Exit, ReconError

app = typer.Typer(
    name="recon",
    help="Read bank statements, post what is certain, queue the rest, tell customers what they owe.",
    epilog="--config --json --log-level -q -v --dry-run --as-of --no-color may stand anywhere on the line.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)
for name, group in {
    "import": import_app,
    "review": review_app,
    "notices": notices_app,
    "hold": hold_app,
    "dispute": dispute_app,
    "promise": promise_app,
    "agency": agency_app,
    "book": book_app,
    "period": period_app,
    "customer": customer_app,
    "user": user_app,
    "quarantine": quarantine_app,
    "report": report_app,
    "export": export_app,
    "db": db_app,
}.items():
    app.add_typer(group, name=name)
for register in (register_night, register_files, register_books, register_notices):
    register(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        number = version("recon-nightly")
        _output.summary(f"recon {number}", {"version": number})
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    config: Annotated[Path, typer.Option(help="The settings file.")] = Path("recon.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="NDJSON on stdout; the last line is the summary.")] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more to stderr.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; print the difference it would make.")
    ] = False,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The business day, 2026-03-31.")] = "",
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour; NO_COLOR does the same.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options that every command has."""
    output = _output
    output.as_json = as_json
    output.quiet = quiet
    output.color = not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()
    invocation = Invocation(config, output, as_of, dry_run, log_level or ("info" if verbose else ""))
    invocation.start_logging()
    context.obj = invocation


_output = Output()  # made before the options are read, so that a usage error finds it


def ended(arguments: list[str]) -> int:
    """Run the command line of a process and return its exit code, whatever became of stdout."""
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()  # None where the caller closed them
    code = int(run(arguments))
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = _nowhere()  # or the interpreter would try again, and end with a code of its own
    return code


def _nowhere() -> TextIO:
    return open(os.devnull, "w")  # noqa: PTH123 - as wide as the life of the process


@cache
def _commands() -> Any:
    """Return the tree of commands, built once a process: it costs as much as a small command, and tests run many."""
    return typer.main.get_command(app)


def run(arguments: list[str]) -> Exit | int:
    """Run one command and return its exit code; this is the outermost boundary, where every error is told."""
    _output.as_json = "--json" in arguments
    _output.worst = Exit.OK
    try:
        code = _commands()(hoisted(arguments), prog_name="recon", standalone_mode=False)
        if code == Exit.INTERRUPTED:  # the library's answer to Ctrl-C, without a word
            raise KeyboardInterrupt
        sys.stdout.flush()
        return code if isinstance(code, int) else Exit.OK
    except ReconError as error:
        return _failed(error, error.exit_code)
    except typer.Exit as ending:
        return ending.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _failed(
            ReconError("interrupted", "Run it again: what was done is kept, nothing is done twice."), Exit.INTERRUPTED
        )
    except BrokenPipeError:
        sys.stdout = _nowhere()  # the reader has gone; nothing more can be said
        return Exit.FAILED
    except Exception as error:  # noqa: BLE001 - the outermost boundary: told, logged, exit code set
        return _unforeseen(error)


def _unforeseen(error: Exception) -> Exit:
    if hasattr(error, "format_message"):  # what Click raises for a wrong command line
        return _misused(error)
    if isinstance(error, OSError):
        return _failed(_failure_of_the_system(error), Exit.FAILED)
    if not isinstance(error, BrokenInvariant):
        traceback.print_exception(error, file=sys.stderr)
    return _failed(error, Exit.FAILED)


def _misused(error: Any) -> Exit:
    """Tell what is wrong with the command line, and where its help is; a group without a command shows its help."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "recon"
    if type(error).__name__ != "NoArgsIsHelpError":
        said = error.format_message()
        ended = said if said.endswith("?") else f"{said.rstrip('.')}."
        return _failed(ReconError(f"{ended} See `{command} --help`."), Exit.USAGE)
    if _output.as_json:
        return _failed(ReconError(f"{command} needs a command", f"See `{command} --help`."), Exit.USAGE)
    _output.error(error.format_message())
    return Exit.USAGE


def _failure_of_the_system(error: OSError) -> ReconError:
    """Name the file and the next action, where Python would say `[Errno 13]`."""
    place = f"{error.filename}: " if error.filename else ""
    remedy = _REMEDIES.get(error.errno or 0, "See that the path is right and may be used, and run again")
    return ReconError(f"{place}{error.strerror or error}", remedy)


_REMEDIES = {
    errno.ENOSPC: "Make room on the disk and run again",
    errno.EACCES: "Correct its permissions and run again",
    errno.EROFS: "Name a folder that may be written",
    errno.ENOENT: "Correct the path, or create its folder",
    errno.ENOTDIR: "Name a folder",
    errno.EISDIR: "Name a file, not a folder",
    errno.EEXIST: "Something else of that name is in the way; name another",
}


def _failed(error: ReconError | Exception, code: Exit) -> Exit:
    try:
        _output.failure(error, code)
    except OSError:  # stdout is full or gone
        with suppress(OSError):
            _output.error(f"error: {error}")
    return code
