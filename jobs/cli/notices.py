"""Commands of collections: notices, receipts and the stops hold, dispute, promise.

Room: shell.
"""

from pathlib import Path
from typing import Annotated

import typer

notices_app = typer.Typer(no_args_is_help=True, help="Who is told what and when.")
hold_app = typer.Typer(no_args_is_help=True, help="Do not write to a customer.")
dispute_app = typer.Typer(no_args_is_help=True, help="An invoice the customer disputes.")
agency_app = typer.Typer(no_args_is_help=True, help="Hand accounts over to a collection agency, and call them back.")
promise_app = typer.Typer(no_args_is_help=True, help="A promise to pay.")

Customer = Annotated[str, typer.Argument(help="Customer number.")]
Company = Annotated[str, typer.Option(help="The company; needed when there are several.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit.")]
Newest = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the newest first.")]
WasSent = Annotated[bool, typer.Option("--sent/--not-sent", help="Whether the mail left.")]
AcceptVolume = Annotated[bool, typer.Option("--accept-volume", help="Send although it is more than twice the usual.")]
Until = Annotated[str, typer.Option(metavar="DATE", help="The last day it holds. Empty: until ended.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(receipts)


@notices_app.command()
def plan(context: typer.Context, customer: Annotated[str, typer.Option(help="Only this customer.")] = "") -> int:
    """Print who would be written to on the day, and why nobody else is."""
    from jobs.notice_command import show_plan

    return show_plan(context.obj, customer)


@notices_app.command()
def preview(
    context: typer.Context, folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path("preview")
) -> int:
    """Write the mails of the day as .eml, HTML and PDF, without planning or sending them."""
    from jobs.sending_command import write_preview

    return write_preview(context.obj, folder)


@notices_app.command()
def send(context: typer.Context, accept_volume: AcceptVolume = False) -> int:
    """Plan and send what is due now, after checking again that it is still owed."""
    from jobs.sending_command import send_now

    return send_now(context.obj, accept_volume=accept_volume)


@notices_app.command("list")
def list_outbox(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="planned, sent, uncertain, failed, ... Empty: all.")] = "",
    limit: Newest = 50,
) -> int:
    """List what the outbox holds: reminders, receipts and statements, the newest first."""
    from jobs.outbox_command import list_notices

    return list_notices(context.obj, state, limit)


@notices_app.command()
def resolve(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in `notices list`.")],
    was_sent: WasSent,
) -> int:
    """Say of an uncertain mail whether it left; one that did not is planned anew."""
    from jobs.outbox_command import resolve as resolve_one

    return resolve_one(context.obj, number, was_sent=was_sent)


@notices_app.command()
def reports(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="planned, claimed, sent, uncertain or failed. Empty: all.")] = "",
    limit: Newest = 50,
) -> int:
    """List the mails that told the team of its nights, the newest first."""
    from jobs.team_command import list_reports

    return list_reports(context.obj, state, limit)


@notices_app.command("resolve-report")
def resolve_report(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in `notices reports`.")],
    was_sent: WasSent,
) -> int:
    """Say of an uncertain report whether it left; one that did not is sent again."""
    from jobs.team_command import resolve_report as resolve_one

    return resolve_one(context.obj, number, was_sent=was_sent)


@notices_app.command()
def bounces(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(exists=True, file_okay=False, help="Folder of .eml files. None: the IMAP mailbox.")
    ] = None,
) -> int:
    """Read the bounce mailbox: addresses that fail rest, levels return, a task is opened."""
    from jobs.collect_command import bounces as take

    return take(context.obj, folder)


@notices_app.command()
def simulate(
    context: typer.Context,
    policy: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The other policy file.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of the replay.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of the replay.")],
) -> int:
    """Replay history under another policy beside the current one; exit 1 if it writes to anybody who had paid."""
    from jobs.collect_command import simulate as simulate_policy

    return simulate_policy(context.obj, policy, first, last)


@notices_app.command()
def statements(
    context: typer.Context,
    customer: Annotated[str, typer.Option(help="Only this customer.")] = "",
    accept_volume: AcceptVolume = False,
) -> int:
    """Send statements of account: all open items, due or not, less credits; once a day."""
    from jobs.collect_command import send_statements

    return send_statements(context.obj, customer, accept_volume=accept_volume)


@notices_app.command()
def call(
    context: typer.Context,
    customer: Customer,
    made: Annotated[bool, typer.Option("--made", help="Write down that the call was made.")] = False,
    spoke: Annotated[bool, typer.Option("--spoke", help="It was made, and somebody was spoken to.")] = False,
    company: Company = "",
) -> int:
    """Say whether a customer may be called on the day (exit 3: not), and keep the log the rules count by."""
    from jobs.notice_command import note_call

    return note_call(context.obj, customer, spoke, made or spoke, company)


def receipts(context: typer.Context, accept_volume: AcceptVolume = False) -> int:
    """Thank customers for what was applied since the last receipts; once a day."""
    from jobs.collect_command import give_receipts

    return give_receipts(context.obj, accept_volume=accept_volume)


@agency_app.command("list")
def list_handoffs(context: typer.Context) -> int:
    """List the accounts whose last notice remained without effect, and those handed over."""
    from jobs.agency_command import propose

    return propose(context.obj)


@agency_app.command()
def approve(
    context: typer.Context,
    customer: Customer,
    out: Annotated[Path, typer.Option(help="Folder for the list (CSV) and the dossier (PDF).")],
    reason: Reason = "",
    company: Company = "",
) -> int:
    """Hand a customer over: writes list and dossier, and stops our own notices."""
    from jobs.agency_command import approve as hand_over

    return hand_over(context.obj, customer, out, reason, company)


@agency_app.command()
def recall(context: typer.Context) -> int:
    """End the hand-off of everybody who has paid, and say whom to call back today."""
    from jobs.agency_command import recall as call_back

    return call_back(context.obj)


@hold_app.command("add")
def add_hold(
    context: typer.Context,
    customer: Customer,
    kind: Annotated[str, typer.Option(help="hold, plan, insolvency, legal, agency or opt_out.")] = "hold",
    invoice: Annotated[str, typer.Option(help="Only this invoice.")] = "",
    until: Until = "",
    reason: Reason = "",
    company: Company = "",
) -> int:
    """Add a hold."""
    from jobs.stop_command import add_hold as add

    return add(context.obj, kind, customer, invoice, until, reason, company)


def _add_stop(app: typer.Typer, kind: str) -> None:
    @app.command("add", help=f"Add a {kind}.")
    def add(
        context: typer.Context,
        customer: Customer,
        invoice: Annotated[str, typer.Option(help="Only this invoice.")] = "",
        amount: Annotated[str, typer.Option(help="The amount promised, decimal text.")] = "",
        until: Until = "",
        reason: Reason = "",
        company: Company = "",
    ) -> int:
        from jobs.stop_command import add_stop

        return add_stop(context.obj, kind, customer, invoice, amount, until, reason, company)


def _list_and_end(app: typer.Typer, kind: str) -> None:
    @app.command("list", help=f"List every {kind} in force.")
    def show(context: typer.Context) -> int:
        from jobs.stop_command import list_stops

        return list_stops(context.obj, kind)

    @app.command("end", help=f"End a {kind}.")
    def end(
        context: typer.Context,
        number: Annotated[int, typer.Argument(metavar="ID", help="Its number in the list.")],
        reason: Reason = "",
    ) -> int:
        from jobs.stop_command import end_stop

        return end_stop(context.obj, kind, number, reason)


for _app, _kind in ((dispute_app, "dispute"), (promise_app, "promise")):
    _add_stop(_app, _kind)
for _app, _kind in ((hold_app, "hold"), (dispute_app, "dispute"), (promise_app, "promise")):
    _list_and_end(_app, _kind)
