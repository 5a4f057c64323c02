"""Commands of collections: notices, receipts and the stops hold, dispute, promise.

Room: shell.
"""

from pathlib import Path
from typing import Annotated

import typer

notices_app = typer.Typer(no_args_is_help=True, help="Who is told what and when.")
hold_app = typer.Typer(no_args_is_help=True, help="Do not write to a customer.")
dispute_app = typer.Typer(no_args_is_help=True, help="An invoice the customer disputes.")
promise_app = typer.Typer(no_args_is_help=True, help="A promise to pay.")

Customer = Annotated[str, typer.Argument(help="Customer number.")]
Company = Annotated[str, typer.Option(help="The company; needed when there are several.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit.")]
Until = Annotated[str, typer.Option(metavar="DATE", help="The last day it holds. Empty: until ended.")]


@notices_app.command()
def plan(context: typer.Context, customer: Annotated[str, typer.Option(help="Only this customer.")] = "") -> int:
    """Print who would be written to on the day, and why nobody else is."""
    from jobs.notice_command import show_plan

    return show_plan(context.obj, customer)


@notices_app.command()
def preview(
    context: typer.Context, folder: Annotated[Path, typer.Option(help="Where the .eml files go.")] = Path("preview")
) -> int:
    """Write the mails of the day as .eml files, without planning or sending them."""
    from jobs.notice_command import write_preview

    return write_preview(context.obj, folder)


@notices_app.command()
def send(context: typer.Context) -> int:
    """Plan and send what is due now, after checking again that it is still owed."""
    from jobs.notice_command import send_now

    return send_now(context.obj)


def _add_stop(app: typer.Typer, kind: str) -> None:
    @app.command("add")
    def add(
        context: typer.Context,
        customer: Customer,
        invoice: Annotated[str, typer.Option(help="Only this invoice.")] = "",
        amount: Annotated[str, typer.Option(help="The amount promised, decimal text.")] = "",
        until: Until = "",
        reason: Reason = "",
        company: Company = "",
    ) -> int:
        from jobs.notice_command import add_stop

        return add_stop(context.obj, kind, customer, invoice, amount, until, reason, company)

    @app.command("list")
    def show(context: typer.Context) -> int:
        from jobs.notice_command import list_stops

        return list_stops(context.obj, kind)

    @app.command("end")
    def end(
        context: typer.Context,
        number: Annotated[int, typer.Argument(metavar="ID", help="Its number in the list.")],
        reason: Reason = "",
    ) -> int:
        from jobs.notice_command import end_stop

        return end_stop(context.obj, kind, number, reason)

    add.__doc__ = f"Add a {kind}."
    show.__doc__ = f"List every {kind} in force."
    end.__doc__ = f"End a {kind}."


for _app, _kind in ((hold_app, "hold"), (dispute_app, "dispute"), (promise_app, "promise")):
    _add_stop(_app, _kind)
