"""The command line `recon`: one small function per command; heavy imports happen inside them.

Room: shell.
"""

import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated

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


def main() -> None:
    """Run the command line and end with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(int(run(sys.argv[1:])))


def run(arguments: list[str]) -> Exit | int:
    """Run one command and return its exit code; this is the outermost boundary, where every error is told."""
    _output.as_json = "--json" in arguments
    _output.worst = Exit.OK
    try:
        code = app(hoisted(arguments), standalone_mode=False)
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
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the reader has gone; nothing more can be said
        return Exit.FAILED
    except Exception as error:  # noqa: BLE001 - the outermost boundary: told, logged, exit code set
        return _unforeseen(error)


def _unforeseen(error: Exception) -> Exit:
    usage = getattr(error, "format_message", None)  # what Click raises for a wrong command line
    if usage is not None:
        return _failed(ReconError(usage().rstrip("."), "See `recon --help`."), Exit.USAGE)
    if not isinstance(error, BrokenInvariant | OSError):
        traceback.print_exception(error, file=sys.stderr)
    return _failed(error, Exit.FAILED)


def _failed(error: ReconError | Exception, code: Exit) -> Exit:
    _output.failure(error, code)
    return code


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
