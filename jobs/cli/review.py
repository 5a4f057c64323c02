"""Commands of the review desk: every way to resolve an item.

Room: shell.
"""

from typing import Annotated

import typer

review_app = typer.Typer(no_args_is_help=True, help="Resolve what the night could not.")

Item = Annotated[int, typer.Argument(metavar="ID", help="The item's number in `review list`.")]
Items = Annotated[list[int], typer.Argument(metavar="ID...", help="Numbers of items in `review list`: all or none.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit.")]
Beside = Annotated[list[str] | None, typer.Option(metavar="NUMBER=AMOUNT", help="May be repeated.")]
Version = Annotated[int, typer.Option(help="The version you saw; refuses when somebody changed it since.")]
Clearing = Annotated[str, typer.Option(metavar="ORDER", help="legal: costs and interest of each invoice come first.")]


@review_app.command("list")
def list_items(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open, claimed, snoozed, posted, ... or all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many items.")] = 50,
    after: Annotated[int, typer.Option(help="Continue after this item (the last of the page before).")] = 0,
) -> int:
    """List the queue, most money and doubt first."""
    from jobs.review_command import list_queue

    return list_queue(context.obj, state, limit, after)


@review_app.command()
def show(context: typer.Context, item: Item) -> int:
    """Show an item: bank text, suggestions with evidence, why it was not posted."""
    from jobs.review_command import show_item

    return show_item(context.obj, item)


@review_app.command()
def accept(
    context: typer.Context,
    items: Items,
    suggestion: Annotated[int, typer.Option(min=1, max=5, help="Which suggestion.")] = 1,
    clearing: Clearing = "",
    reason: Reason = "",
    version: Version = 0,
) -> int:
    """Accept a suggestion; for a statement in DISCREPANCY: say why (--reason) and let it be posted from."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("accept", reason, version, suggestion, clearing=clearing))


@review_app.command()
def apply(
    context: typer.Context,
    item: Item,
    invoice: Beside = None,
    discount: Beside = None,
    fee: Beside = None,
    deduction: Beside = None,
    write_off: Beside = None,
    on_account: Annotated[
        str, typer.Option(metavar="CUSTOMER", help="The rest, or all, on account of the customer.")
    ] = "",
    set_aside: Annotated[
        str, typer.Option(metavar="ACCOUNT", help="Not receivables: interest, transfer, sale, ...")
    ] = "",
    return_of: Annotated[
        str,
        typer.Option(metavar="DEPOSIT", help="The deposit that this line takes back; parts of it with --invoice."),
    ] = "",
    charge: Annotated[str, typer.Option(metavar="AMOUNT", help="With --return-of: the bank's own fee in it.")] = "",
    duplicate_of: Annotated[
        str, typer.Option(metavar="DEPOSIT", help="The same payment, which the bank told in another file, too.")
    ] = "",
    customer: Annotated[str, typer.Option(metavar="CUSTOMER", help="Needed when two customers share a number.")] = "",
    currency: Annotated[str, typer.Option(help="Of the invoices, when it is not the deposit's; needs --rate.")] = "",
    rate: Annotated[
        str, typer.Option(help="What one unit of it was worth in the deposit's when the invoices were booked.")
    ] = "",
    clearing: Clearing = "",
    reason: Reason = "",
    version: Version = 0,
) -> int:
    """Apply by hand: to invoices, on account, set aside, as the return of a deposit, or as its duplicate."""
    from jobs.applying import Ways
    from jobs.review_command import Asked, act

    named = (("discount", discount), ("fee", fee), ("deduction", deduction), ("write-off", write_off))
    beside = tuple((name, tuple(written)) for name, written in named if written)
    ways = Ways(
        tuple(invoice or ()), beside, on_account, set_aside, return_of, charge, duplicate_of, customer, currency, rate
    )
    return act(context.obj, [item], Asked("apply", reason, version, ways=ways, clearing=clearing))


@review_app.command()
def reject(context: typer.Context, items: Items, reason: Reason = "", version: Version = 0) -> int:
    """Reject the suggestions; the money stays unapplied and the payer is not proposed again."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("reject", reason, version))


@review_app.command()
def snooze(
    context: typer.Context,
    items: Items,
    until: Annotated[str, typer.Option(metavar="DATE", help="The day it comes back.")],
    reason: Reason = "",
    version: Version = 0,
) -> int:
    """Put an item away until a day."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("snooze", reason, version, until=until))


@review_app.command()
def claim(context: typer.Context, items: Items, version: Version = 0) -> int:
    """Hold an item for five minutes, so that others see who works on it."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("claim", version=version))


@review_app.command()
def release(context: typer.Context, items: Items, version: Version = 0) -> int:
    """Give a claimed item back."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("release", version=version))


@review_app.command()
def wake(context: typer.Context, items: Items, version: Version = 0) -> int:
    """Bring a snoozed item back before its day."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("wake", version=version))


@review_app.command()
def approve(context: typer.Context, items: Items, reason: Reason = "", version: Version = 0) -> int:
    """Approve, as a second person, what is above the limit of one."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("approve", reason, version))


@review_app.command()
def refuse(context: typer.Context, items: Items, reason: Reason = "", version: Version = 0) -> int:
    """Refuse what waits for a second person; a deposit is queued again, a booking is dropped."""
    from jobs.review_command import Asked, act

    return act(context.obj, items, Asked("refuse", reason, version))
