"""Commands by which a person books: book, period, customer.

Room: shell.
"""

from typing import Annotated

import typer

from recon.errors import UsageError

book_app = typer.Typer(no_args_is_help=True, help="Book a money event by hand.")
period_app = typer.Typer(no_args_is_help=True, help="Close months, and open them again.")
customer_app = typer.Typer(no_args_is_help=True, help="What the books know of a customer.")

Customer = Annotated[str, typer.Argument(help="Customer number.")]
Amount = Annotated[str, typer.Argument(help="Decimal text, as 1650.00.")]
Deposit = Annotated[str, typer.Argument(metavar="DEPOSIT", help="The bank line, as D12.")]
Invoices = Annotated[list[str], typer.Option("--invoice", metavar="NUMBER=AMOUNT", help="May be repeated.")]
Currency = Annotated[str, typer.Option(help="ISO 4217. Empty: the company's.")]
Company = Annotated[str, typer.Option(help="The company; needed when there are several.")]


def stated(reason: str) -> str:
    """Return the reason of a booking that needs one; blanks are none."""
    if not reason.strip():
        raise UsageError("--reason is empty", "Say why: it is kept for good")
    return reason


Why = Annotated[str, typer.Option("--reason", help="Why; kept for good.", callback=stated)]
Reason = Annotated[str, typer.Option(help="Why; kept for good.")]
Through = Annotated[str, typer.Argument(metavar="DATE", help="The last closed day.")]


@book_app.command("write-off")
def write_off(context: typer.Context, customer: Customer, invoice: Invoices, reason: Why, company: Company = "") -> int:
    """Give up what is open of invoices; above [review] write_off_above a second person approves."""
    from jobs.booking_command import each_item

    return each_item(context.obj, "write off", customer, invoice, reason, company)


@book_app.command("accept-deduction")
def accept_deduction(
    context: typer.Context, customer: Customer, invoice: Invoices, reason: Why, company: Company = ""
) -> int:
    """Give a disputed deduction up: it becomes a write-off."""
    from jobs.booking_command import each_item

    return each_item(context.obj, "accept deduction", customer, invoice, reason, company)


@book_app.command("refuse-deduction")
def refuse_deduction(
    context: typer.Context, customer: Customer, invoice: Invoices, reason: Why, company: Company = ""
) -> int:
    """Put a disputed deduction back on its invoice."""
    from jobs.booking_command import each_item

    return each_item(context.obj, "refuse deduction", customer, invoice, reason, company)


@book_app.command("net-credit")
def net_credit(
    context: typer.Context, customer: Customer, invoice: Invoices, reason: Reason = "", company: Company = ""
) -> int:
    """Set credit memos (negative amounts) off against invoices; the sum is zero."""
    from jobs.booking_command import net_credit as net

    return net(context.obj, customer, invoice, reason, company)


@book_app.command("use-on-account")
def use_on_account(
    context: typer.Context,
    customer: Customer,
    invoice: Invoices,
    payer: Annotated[str, typer.Option(help="Whose money it is, as a parent's. Empty: the customer's own.")] = "",
    prepaid: Annotated[bool, typer.Option("--prepaid", help="Use a prepayment instead of money on account.")] = False,
    reason: Reason = "",
    company: Company = "",
) -> int:
    """Settle invoices from money on account or from a prepayment."""
    from jobs.booking_command import use_money

    return use_money(context.obj, customer, invoice, payer, reason, company, prepaid=prepaid)


@book_app.command()
def refund(
    context: typer.Context,
    customer: Customer,
    amount: Amount,
    prepaid: Annotated[
        bool, typer.Option("--prepaid", help="Out of a prepayment instead of money on account.")
    ] = False,
    currency: Currency = "",
    reason: Reason = "",
    company: Company = "",
) -> int:
    """Turn money on account, or a prepayment, into a refund that is due."""
    from jobs.booking_command import refund as owe

    return owe(context.obj, customer, amount, currency, reason, company, prepaid=prepaid)


@book_app.command("pay-refund")
def pay_refund(
    context: typer.Context, deposit: Deposit, customer: Customer, reason: Reason = "", company: Company = ""
) -> int:
    """Let an outgoing bank line pay a refund that is due."""
    from jobs.booking_command import place_line

    return place_line(context.obj, "pay refund", deposit, customer, reason, company)


@book_app.command()
def prepay(
    context: typer.Context, deposit: Deposit, customer: Customer, reason: Reason = "", company: Company = ""
) -> int:
    """Keep a deposit for an order whose invoice does not exist yet."""
    from jobs.booking_command import place_line

    return place_line(context.obj, "prepay", deposit, customer, reason, company)


@book_app.command()
def foreign(
    context: typer.Context,
    deposit: Deposit,
    customer: Customer,
    invoice: Invoices,
    rate: Annotated[
        str, typer.Option(help="What one unit of their currency was worth in the deposit's when they were booked.")
    ],
    reason: Reason = "",
    company: Company = "",
) -> int:
    """Let a deposit pay invoices of another currency; beyond the rate it is a gain, short of it a loss."""
    from jobs.booking_command import pay_foreign

    return pay_foreign(context.obj, deposit, customer, invoice, rate, reason, company)


@book_app.command()
def transfer(
    context: typer.Context,
    customer: Customer,
    to: Annotated[str, typer.Argument(metavar="TO", help="Customer number of who gets it.")],
    amount: Amount,
    currency: Currency = "",
    reason: Reason = "",
    company: Company = "",
) -> int:
    """Give one customer's money on account to another."""
    from jobs.booking_command import transfer as give

    return give(context.obj, customer, to, amount, currency, reason, company)


@book_app.command()
def charge(
    context: typer.Context,
    customer: Customer,
    amount: Amount,
    number: Annotated[str, typer.Option(help="Its own number among the customer's invoices.")],
    reason: Why,
    currency: Currency = "",
    company: Company = "",
) -> int:
    """Charge a customer interest or a fee, as an open item of its own, due at once."""
    from jobs.booking_command import charge as issue

    return issue(context.obj, customer, amount, number, currency, reason, company)


@period_app.command()
def close(context: typer.Context, through: Through, reason: Reason = "", company: Company = "") -> int:
    """Refuse entries up to and including a day from now on; says what of the period still waits."""
    from jobs.period_command import close as close_period

    return close_period(context.obj, through, reason, company)


@period_app.command()
def reopen(context: typer.Context, through: Through, reason: Why, company: Company = "") -> int:
    """Let the books be closed only through an earlier day."""
    from jobs.period_command import reopen as reopen_period

    return reopen_period(context.obj, through, reason, company)


@period_app.command("list")
def list_periods(context: typer.Context) -> int:
    """List every closing and reopening; the last of a company holds."""
    from jobs.period_command import show

    return show(context.obj)


@customer_app.command()
def erase(context: typer.Context, customer: Customer, reason: Why, company: Company = "") -> int:
    """Blank what the books know of a customer as a person; entries, amounts and chains stay whole."""
    from jobs.period_command import erase as erase_one

    return erase_one(context.obj, customer, reason, company)


@customer_app.command("erase-before")
def erase_before(
    context: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DATE", help="What is older goes.")],
    reason: Why,
) -> int:
    """Blank bank texts, mails and quarantined bytes older than a day: the retention your company set itself."""
    from jobs.period_command import erase_older

    return erase_older(context.obj, day, reason)
