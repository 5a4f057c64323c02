"""Commands on the books: explain, undo, verify, report, export, quarantine, db.

Room: shell.
"""

from pathlib import Path
from typing import Annotated

import typer

report_app = typer.Typer(no_args_is_help=True, help="Reports for people and programs.")
export_app = typer.Typer(no_args_is_help=True, help="Files for other systems.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Rows and files that could not be believed.")
db_app = typer.Typer(no_args_is_help=True, help="The database.")

Out = Annotated[Path | None, typer.Option(help="Write to this file instead of stdout.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="Its number in `quarantine list`.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (explain, history, undo, verify):
        app.command()(command)


def explain(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="ID", help="Deposit D12, entry E7, or an invoice number.")],
    known_at: Annotated[
        str, typer.Option(metavar="INSTANT", help="Only what the books knew then: a day, or 2026-03-31T18:00Z.")
    ] = "",
    counterfactual: Annotated[
        bool, typer.Option("--counterfactual", help="Of a deposit: the smallest change that would flip its decision.")
    ] = False,
    change: Annotated[
        list[str] | None, typer.Option(metavar="KIND:VALUE", help="Ask again with this fact otherwise; repeatable.")
    ] = None,
) -> int:
    """Show the way of a deposit, entry or invoice back to file, line and byte."""
    from jobs.books_command import explain_subject

    if counterfactual or change:
        from jobs.counterfactual_command import explain_changes

        return explain_changes(context.obj, subject, change or (), search=counterfactual)
    return explain_subject(context.obj, subject, known_at)


def history(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="[ID]", help="Deposit, entry or invoice number. Empty: all balances.")
    ] = "",
    known_at: Annotated[
        str, typer.Option(metavar="INSTANT", help="A day (to its end, UTC), or 2026-03-31T18:00Z. Empty: now.")
    ] = "",
) -> int:
    """Show what the books knew at an instant: every balance, what was open, the anchor; or one subject."""
    from jobs.history_command import show_history

    return show_history(context.obj, subject, known_at)


def undo(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="ID", help="Deposit D12 or entry E7.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
) -> int:
    """Take back a posting with a reversing entry; the deposit is queued again."""
    from jobs.books_command import undo_subject

    return undo_subject(context.obj, subject, reason)


def verify(
    context: typer.Context,
    anchor: Annotated[str, typer.Option(help="A head printed by an earlier verify, kept elsewhere.")] = "",
) -> int:
    """Prove the books again from raw SQL with code that shares nothing with the engine."""
    from jobs.books_command import verify_books

    return verify_books(context.obj, anchor)


@report_app.command()
def aging(
    context: typer.Context,
    company: Annotated[str, typer.Option(help="Only this company.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write .csv, .json or .xlsx instead of text.")] = None,
) -> int:
    """Show what is open by days past due, per customer and currency."""
    from jobs.aging_report import report_aging

    return report_aging(context.obj, company, out)


@report_app.command()
def collections(
    context: typer.Context,
    months: Annotated[int, typer.Option(min=1, max=24, help="Full months of sales that DSO divides by.")] = 3,
    within: Annotated[int, typer.Option(min=1, max=365, help="Days after a notice that count for it.")] = 14,
) -> int:
    """Show DSO, days delinquent, collection effectiveness, promises kept and what each tier brought in."""
    from jobs.collections_report import report_collections

    return report_collections(context.obj, months, within)


@report_app.command("night")
def night_report(context: typer.Context) -> int:
    """Show the report of the last night again."""
    from jobs.report_command import report_night

    return report_night(context.obj)


@export_app.command()
def proposals(context: typer.Context, out: Out = None) -> int:
    """Write what matching decided and suggested: fitid,invoice_number,amount,confidence,action,rank."""
    from jobs.export_command import export_proposals

    return export_proposals(context.obj, out)


@export_app.command()
def journal(
    context: typer.Context,
    layout: Annotated[str, typer.Option(help="quickbooks, xero, netsuite, hledger, beancount or audit.")] = "hledger",
    out: Out = None,
    batch: Annotated[int, typer.Option(metavar="N", help="An earlier batch again, exactly as it was.")] = 0,
) -> int:
    """Write the entries not exported before as a journal for an accounting system, each once."""
    from jobs.export_command import export_journal

    return export_journal(context.obj, layout, out, batch)


@quarantine_app.command("list")
def list_quarantine(context: typer.Context) -> int:
    """List what is set aside, with file, place, reason and remedy."""
    from jobs.quarantine_command import list_open

    return list_open(context.obj)


@quarantine_app.command()
def show(context: typer.Context, number: Number) -> int:
    """Show the raw bytes of an item, account numbers masked."""
    from jobs.quarantine_command import show_one

    return show_one(context.obj, number)


@quarantine_app.command()
def retry(
    context: typer.Context,
    number: Number,
    profile: Annotated[str, typer.Option(help="Read it with this CSV profile.")] = "",
) -> int:
    """Let the next night read the file again, for example after its profile was corrected."""
    from jobs.quarantine_command import retry_one

    return retry_one(context.obj, number, profile)


@quarantine_app.command()
def accept(
    context: typer.Context, number: Number, reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = ""
) -> int:
    """Accept that a row or file is not imported, and say why."""
    from jobs.quarantine_command import accept_one

    return accept_one(context.obj, number, reason)


@db_app.command()
def upgrade(context: typer.Context) -> int:
    """Bring the schema up to this program's, after a backup."""
    from jobs.setup import upgrade_books

    return upgrade_books(context.obj)


@db_app.command()
def backup(context: typer.Context, out: Annotated[Path, typer.Argument(help="The backup file.")]) -> int:
    """Copy the books to a file while they are in use."""
    from jobs.setup import backup_books

    return backup_books(context.obj, out)


@db_app.command()
def restore(
    context: typer.Context,
    backup_file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `recon db backup` wrote.")],
    anchor: Annotated[
        str, typer.Option(help="A head printed by `recon verify`, which the backup must run through.")
    ] = "",
    other_books: Annotated[
        bool, typer.Option("--other-books", help="Although the books in place are not an earlier or later state of it.")
    ] = False,
) -> int:
    """Replace the books by a backup that proves; the SQLite file that was there is kept beside it."""
    from jobs.setup import restore_books

    return restore_books(context.obj, backup_file, anchor, other_books=other_books)
