"""What notices cost beside their floor, in one run: `python -m bench.notices.cost [--small]`.

plan: CPU seconds to load, plan and save 100,000 overdue invoices of 20,000 customers on SQLite (bound: 10), and again.
send: mails per CPU second through the outbox (claim, look again, send, mark) over `yag.smtp.send_message` of the same
ready messages on one connection to a server in another process (bound: 0.6); and by the clock, where the outbox waits
for the disk once a mail: a claim that is not on the disk before the mail leaves could be sent twice. The disk is waited
for while the server answers MAIL and RCPT. Both are sent in turns and the median of the turns' ratios is shown, because
the disk and the other programs of a machine change by the second.
paper: pages per CPU second of statements of 20 invoices with a QR code, and of 200 without turning (bound: 60).
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP as WIRE
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import insert

import notices.send as sending
from bench.notices.examples import HEAD, notice_of
from notices.letter import Letterhead, pdf_of, write_mail
from notices.mail import SmtpSender, SmtpServer
from notices.night import plan_night
from notices.policy_file import default_policies
from notices.send import Limits, send_due
from recon.model import NoticeLine
from recon.store.bulk import insert_many
from recon.store.engine import Store, open_store
from recon.store.outbox import load_waiting, waiting_ids
from recon.store.schema import bank_account, customer, open_item, source_file, statement
from recon.store.upgrade import upgrade

AS_OF = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def books(folder: Path, customers: int, invoices: int) -> Store:
    """Return new books with overdue invoices spread over the customers, and a bank that is up to date."""
    url = f"sqlite:///{folder / 'bench.db'}"
    upgrade(url)
    store = open_store(url)
    people = [(i + 1, "main", f"C{i}", f"Name {i}", f"c{i}@pay.example") for i in range(customers)]
    days = [(AS_OF - timedelta(days=3 + i)).isoformat() for i in range(60)]
    owed = [
        (
            i + 1,
            "main",
            i % customers + 1,
            f"INV-{i}",
            "invoice",
            "EUR",
            10**4 + i,
            10**4 + i,
            "2026-01-01",
            days[i % 60],
        )
        for i in range(invoices)
    ]
    with store.write() as connection:
        insert_many(connection, customer, ["id", "company", "code", "name", "email"], people)
        columns = "id company customer_id number kind currency amount_minor open_minor issue_on due_on"
        insert_many(connection, open_item, columns.split(), owed)
        account = {"id": 1, "key": "b", "company": "main", "currency": "EUR", "number_digest": "x"}
        connection.execute(insert(bank_account).values(**account))
        file = {"id": 1, "sha256": "x", "kind": "statement", "size_bytes": 1, "state": "imported"}
        file["received_at"] = f"{AS_OF}T06:00:00.000000Z"
        connection.execute(insert(source_file).values(**file))
        row: dict[str, Any] = {"id": 1, "file_id": 1, "ordinal": 1, "bank_account_id": 1, "currency": "EUR"}
        row |= {"sum_minor": 0, "new_sum_minor": 0, "line_count": 0, "new_line_count": 0, "proof": "VERIFIED"}
        connection.execute(insert(statement).values(**row, last_on=AS_OF.isoformat()))
    return store


def plan(store: Store) -> float:
    """Return the CPU seconds of one planning night."""
    start = time.process_time()
    plan_night(store, default_policies(), AS_OF, run_id=1, now=NOW, domain="alder.example", live=True)
    return time.process_time() - start


class Taking:
    """Takes everything."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return "250 OK"


def serve(port: int, ready: Any, done: Any) -> None:
    """Run a server in a process of its own, so that it does not share our interpreter."""
    controller = Controller(Taking(), hostname="127.0.0.1", port=port)
    controller.start()
    ready.set()
    done.wait()
    controller.stop()


@contextmanager
def server(port: int = 8725) -> Iterator[int]:
    """Yield the port of a server that takes everything."""
    context = get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=serve, args=(port, ready, done))
    process.start()
    ready.wait(30)
    try:
        yield port
    finally:
        done.set()
        process.join(10)


@dataclass(frozen=True, slots=True)
class Rate:
    """Mails per second of our CPU, and by the clock."""

    cpu: float
    clock: float


def rate(send: Callable[[], int]) -> Rate:
    """Return how fast something sends; it returns how many mails it sent."""
    cpu, clock = time.process_time(), time.perf_counter()
    count = send()
    return Rate(count / (time.process_time() - cpu), count / (time.perf_counter() - clock))


def send_rates(store: Store, turns: int = 6) -> list[tuple[Rate, Rate]]:
    """Return the rates of the floor and of the outbox, turn by turn, with ready messages."""
    import yagmail

    policy = default_policies().all[0]
    with store.read() as connection:
        waiting = load_waiting(connection, waiting_ids(connection, "9"))
    letterhead = Letterhead(HEAD.words, HEAD.sender, {})
    ready = {one.message_id: write_mail(one.notice, one.message_id, letterhead, policy, NOW) for one in waiting}
    messages = [(message_from_bytes(one.message, policy=WIRE), list(one.recipients)) for one in ready.values()]
    each = len(messages) // turns
    with server() as port:
        yag = yagmail.SMTP(user="a@b.example", password="", host="127.0.0.1", port=port, smtp_ssl=False,
                           smtp_starttls=False, smtp_skip_login=True, soft_email_validation=False)  # fmt: skip
        yag.login()
        rates = []
        for i in range(turns):
            bare = rate(partial(floor, yag, messages[i * each : (i + 1) * each]))
            rates.append((bare, rate(partial(outbox, store, letterhead, ready, port, each * (i + 1)))))
        yag.close()
    return rates


def disk_ms(folder: Path, writes: int = 50) -> float:
    """Return the milliseconds that two pages need to be on the disk, as the log of the books writes them."""
    with (folder / "disk").open("wb") as file:
        start = time.perf_counter()
        for _ in range(writes):
            file.write(bytes(8192))
            file.flush()
            os.fdatasync(file.fileno())
        return (time.perf_counter() - start) / writes * 1000


def floor(yag: Any, messages: list[tuple[Any, list[str]]]) -> int:
    """Send over the bare connection; return how many."""
    for message, recipients in messages:
        yag.smtp.send_message(message, from_addr="ar@alder.example", to_addrs=recipients)
    return len(messages)


def outbox(store: Store, letterhead: Letterhead, ready: dict[str, Any], port: int, cap: int) -> int:
    """Send through the outbox up to so many in all; the texts are ready, all else is as on any night."""
    write = sending.write_mail
    sending.write_mail = lambda notice, message_id, *given, **named: ready[message_id]
    try:
        sender, limits = SmtpSender(SmtpServer("127.0.0.1", port, tls="none")), Limits(live=True, daily_cap=cap)
        return send_due(store, sender, letterhead, default_policies(), limits, AS_OF, lambda: NOW, "bench").sent
    finally:
        sending.write_mail = write


def paper_rate(lines: int, repeat: int) -> float:
    """Return pages per CPU second of statements with so many invoices."""
    policy = default_policies().all[0]
    one = notice_of(policy, 4, "de")
    rows = tuple(NoticeLine(i, f"INV-{i}", date(2026, 3, 1), 10_000, 30, 4, True) for i in range(lines))
    facts = {name: getattr(one, name) for name in one.__slots__}
    pages, start = 0, time.process_time()
    for i in range(repeat):
        notice = type(one)(**facts | {"lines": rows, "demanded_minor": 10_000 * lines + i})
        pages += len(re.findall(rb"/Type /Page\b", pdf_of(notice, HEAD, policy)))
    return pages / (time.process_time() - start)


def tell_rates(mails: int, rates: list[tuple[Rate, Rate]]) -> None:
    """Print the median of the turns, and the spread by the clock."""
    cpu, clock = (
        sorted(ours / bare for ours, bare in pairs)
        for pairs in ([(o.cpu, b.cpu) for b, o in rates], [(o.clock, b.clock) for b, o in rates])
    )
    bare, ours = (median(one[i].clock for one in rates) for i in (0, 1))
    print(f"send {mails} mails in {len(rates)} turns: ratio by CPU {median(cpu):.2f}")
    print(f"  by the clock {median(clock):.2f} ({clock[0]:.2f} to {clock[-1]:.2f}): {ours:.0f}/s, floor {bare:.0f}/s")


def main() -> int:
    """Print the table."""
    small = "--small" in sys.argv
    customers, invoices, mails = (500, 2_500, 100) if small else (20_000, 100_000, 600)
    with tempfile.TemporaryDirectory() as folder:
        store = books(Path(folder), customers, invoices)
        print(f"plan {invoices} overdue invoices: {plan(store):.2f} CPU-s; again: {plan(store):.2f} CPU-s")
        store.close()
    with tempfile.TemporaryDirectory() as folder:
        store = books(Path(folder), mails, mails * 3)
        plan(store)
        before, rates, after = disk_ms(Path(folder)), send_rates(store), disk_ms(Path(folder))
        tell_rates(mails, rates)
        print(f"  one write to the disk: {before:.1f} ms before, {after:.1f} ms after")
        store.close()
    print(
        f"paper: {paper_rate(20, 100):.0f} pages per CPU-s with a QR code each, {paper_rate(200, 20):.0f} of long ones"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
