"""What a person at the desk does again and again in stories: let money arrive, find its item, look an amount up."""

from typing import Any

from tests.stories.world import Company, Done, ofx, paid


def arrive(books: Company, *payments: tuple[str, str], day: str = "2026-03-31", name: str = "SOMEBODY") -> list[str]:
    """Let payments (id, amount) of nobody known arrive; return their review items in order."""
    kinds = {True: "DEBIT", False: "CREDIT"}
    written = day.replace("-", "")
    lines = [
        paid(fitid, amount, name, "THANKS", written).replace("CREDIT", kinds[amount.startswith("-")])
        for fitid, amount in payments
    ]
    books.drop(f"{payments[0][0]}.ofx", ofx(*lines))
    done = books.run("nightly", "-q", "--as-of", day)
    assert done.code == 0, done.err
    items = {one["amount"]: str(one["id"]) for one in books.run("review", "list", "--json").records("item")}
    return [items[amount] for _, amount in payments]


def line_of(books: Company, item: str) -> str:
    """Return the name of an item's bank line, as D3."""
    return str(books.run("review", "show", item, "--json").records("line")[0]["id"])


def state_of(books: Company, item: str) -> str:
    items: list[dict[str, Any]] = books.run("review", "list", "--state", "all", "--json").records("item")
    return next(str(one["state"]) for one in items if str(one["id"]) == item)


def opened(books: Company, number: str) -> str:
    """Return what is open of an invoice."""
    items: list[dict[str, Any]] = books.run("explain", number, "--json").records("open_item")
    return next(str(one["open"]) for one in items if one["number"] == number)


def applied(books: Company, item: str, *options: str, **environment: str) -> Done:
    """Apply an item; it must be booked."""
    done = books.run("review", "apply", item, "--as-of", "2026-03-31", "--json", *options, **environment)
    assert done.code == 0, done.out + done.err
    return done


def refused(books: Company, item: str, *options: str) -> str:
    """Apply an item; it must be refused. Returns what was said."""
    done = books.run("review", "apply", item, "--as-of", "2026-03-31", *options)
    assert done.code in (1, 2), done.out
    return done.err


def balances(books: Company) -> dict[tuple[str, str], str]:
    """Return the ledger accounts that are not zero, by (account, currency), from `recon verify`."""
    told = books.run("verify", "--json").records("proof")
    mark = "ledger account "
    named = [one for one in told if one["what"].startswith(mark)]
    sums = {(one["what"].removeprefix(mark), one["currency"]): str(one["amount"]) for one in named}
    return {key: amount for key, amount in sums.items() if amount.strip("0.")}
