"""Commands that read files and learn: import, read, match, train, model.

Room: shell.
"""

from pathlib import Path
from typing import Annotated

import typer

import_app = typer.Typer(
    no_args_is_help=True, help="Bring customers, invoices, credit memos and history into the books."
)

FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file.")]
CompanyOption = Annotated[str, typer.Option(help="The company, for files without a company column.")]
MappingOption = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="A mapping (TOML) for headers that are not known.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(read)
    app.command()(match)
    app.command()(train)
    app.command()(model)


@import_app.command()
def customers(
    context: typer.Context, file: FileArgument, company: CompanyOption = "", mapping: MappingOption = None
) -> int:
    """Import customers: new ones are added, known ones updated."""
    from jobs.import_command import import_file

    return import_file(context.obj, "customers", file, company, mapping)


@import_app.command()
def invoices(
    context: typer.Context, file: FileArgument, company: CompanyOption = "", mapping: MappingOption = None
) -> int:
    """Import invoices: new ones are added; an amount that moved is reported as a discrepancy, never overwritten."""
    from jobs.import_command import import_file

    return import_file(context.obj, "invoices", file, company, mapping)


@import_app.command()
def credits(
    context: typer.Context, file: FileArgument, company: CompanyOption = "", mapping: MappingOption = None
) -> int:
    """Import credit memos as negative open items."""
    from jobs.import_command import import_file

    return import_file(context.obj, "credits", file, company, mapping)


@import_app.command()
def history(
    context: typer.Context,
    statement: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A past statement, reconciled.")],
    truth: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="How it was settled: fitid,invoice_number,allocated_amount,customer_id."
        ),
    ],
    company: CompanyOption = "",
) -> int:
    """Import a reconciled statement of the past; matching learns payers and habits from it."""
    from jobs.import_command import import_history_files

    return import_history_files(context.obj, statement, truth, company)


def read(
    context: typer.Context,
    file: FileArgument,
    profile: Annotated[str, typer.Option(help="CSV profile: a shipped name or a path.")] = "",
    propose: Annotated[bool, typer.Option("--propose", help="Print a CSV profile for an unknown layout.")] = False,
) -> int:
    """Read any statement to one normal form; no database."""
    from jobs.read_command import read_file

    return read_file(context.obj, file, profile, propose=propose)


def match(
    context: typer.Context,
    customers: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="id,name,aliases,currency")],
    invoices: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount",
        ),
    ],
    statement: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Any statement file, or the plain layout.")
    ],
    out: Annotated[Path, typer.Option(help="Where the proposals go (CSV).")],
    history_statement: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Past lines, with --history-truth.")
    ] = None,
    history_truth: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="fitid,invoice_number,allocated_amount,customer_id")
    ] = None,
    error_budget: Annotated[str, typer.Option(help="Share of posts that may be wrong.")] = "0.001",
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that share the work; the result is the same.")
    ] = 1,
) -> int:
    """Match files to files: proposals out, no database."""
    from jobs.match_command import run_match

    return run_match(
        context.obj, customers, invoices, statement, history_statement, history_truth, error_budget, out, processes
    )


def train(
    context: typer.Context,
    activate: Annotated[bool, typer.Option("--activate", help="Use it from now on, if it is better.")] = False,
    use: Annotated[
        str, typer.Option(metavar="VERSION", help="Use an earlier one again; `shipped`: the program's.")
    ] = "",
) -> int:
    """Learn from the books' own past how sure matching may be, and judge it on deposits it has not seen."""
    from jobs.train_command import train as learn

    return learn(context.obj, use, activate=activate)


def model(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=365, help="What counts as late.")] = 30,
) -> int:
    """Show how sure matching may be, and whether deposits of late look like those before."""
    from jobs.model_command import show_model

    return show_model(context.obj, days)
