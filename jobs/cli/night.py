"""Commands of the night: init, demo, doctor, nightly.

Room: shell.
"""

from pathlib import Path
from typing import Annotated

import typer

from recon.errors import Exit


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (init, demo, doctor, nightly):
        app.command()(command)


def init(context: typer.Context) -> int:
    """Write a fully commented recon.toml, the folders it names and an empty database."""
    from jobs.setup import init_books

    return init_books(context.obj)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its books, mails and files.")] = Path("demo-out"),
) -> int:
    """Run the main job on an embedded example, twice, and check it against the known answers."""
    from jobs.demo import run_demo

    return run_demo(context.obj, folder)


def doctor(context: typer.Context) -> int:
    """Check settings, database, folders, accounts and mail without changing anything."""
    from jobs.setup import examine

    return examine(context.obj)


def nightly(
    context: typer.Context,
    fail_on_review: Annotated[
        int, typer.Option(metavar="N", help="Exit 3 when more than N items wait for review.")
    ] = -1,
) -> int:
    """Run the night: read, import, match, post, queue, notify, report."""
    from jobs.night_command import run_nightly

    code = run_nightly(context.obj, fail_on_review)
    return Exit(code)
