"""Prove the books again from the tables alone. This module shares no code with the engine that wrote them.

It knows the meaning of the tables from reference/contracts and the hash formats from the docstring of the chain, and
reads with the database drivers directly. Each finding has a name, so that a report can be compared with the last one.

Room: store.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from recon.errors import Exit, StoreMissing, UsageError

GENESIS = "0" * 64
SHOWN = 20  # findings of one name that are told in full
Query = Callable[[str], Iterator[tuple[Any, ...]]]


class Finding(NamedTuple):
    """One way in which the books are not as they must be. `name` is stable, `what` is for people."""

    name: str
    what: str
    breaks_control_total: bool = False


class Proof(NamedTuple):
    """One sum that was proved: `scope` says of what, the rest is minor units."""

    scope: str
    currency: str
    what: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `recon verify` prints. `anchor` is the state of both chains, to be kept elsewhere and compared later."""

    findings: tuple[Finding, ...]
    proofs: tuple[Proof, ...]
    counts: tuple[tuple[str, int], ...]
    anchor: str

    @property
    def holds(self) -> bool:
        """Whether everything proved."""
        return not self.findings

    @property
    def exit_code(self) -> Exit:
        """12 when a control total of the books does not balance, 1 for any other finding, else 0."""
        if any(finding.breaks_control_total for finding in self.findings):
            return Exit.CONTROL_TOTAL
        return Exit.FAILED if self.findings else Exit.OK


def verify(url: str, anchor: str | None = None) -> VerifyReport:
    """Check every invariant of the books and both chains; `anchor` is what an earlier report said.

    Raises StoreMissing when the database cannot be read. Reads one unchanging state, also while a night runs.
    """
    with _open(url) as query:
        findings: list[Finding] = []
        for check in CHECKS:
            findings += _some(check, query)
        heads, broken = _chains(query, _anchored(anchor))
        findings += broken
        return VerifyReport(tuple(findings), tuple(_proofs(query)), tuple(_counts(query)), heads)


class Check(NamedTuple):
    """An invariant as a query for what contradicts it; `what` is filled from the row."""

    name: str
    what: str
    sql: str
    is_control_total: bool = False


CHECKS = (
    Check("entry_balances", "entry {0} is out of balance by {2} {1}", """
        SELECT entry_id, currency, sum(amount_minor) FROM posting
        GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0""", True),
    Check("ledger_balances", "debits and credits differ by {1} {0}", """
        SELECT currency, sum(amount_minor) FROM posting GROUP BY currency HAVING sum(amount_minor) <> 0""", True),
    Check("entry_has_postings", "entry {0} has no posting", """
        SELECT e.id FROM entry AS e LEFT JOIN posting AS p ON p.entry_id = e.id WHERE p.entry_id IS NULL"""),
    Check("posting_has_entry", "a posting names entry {0}, which is not there", """
        SELECT DISTINCT p.entry_id FROM posting AS p LEFT JOIN entry AS e ON e.id = p.entry_id WHERE e.id IS NULL"""),
    Check("open_amount", "open item {0} ({1}) is open for {2}, its postings say {3}", """
        SELECT i.id, i.number, i.open_minor, i.amount_minor - i.settled_elsewhere_minor + coalesce(s.minor, 0)
        FROM open_item AS i LEFT JOIN (
            SELECT open_item_id, sum(amount_minor) AS minor FROM posting
            WHERE account = 'receivable' AND open_item_id IS NOT NULL GROUP BY open_item_id
        ) AS s ON s.open_item_id = i.id
        WHERE i.open_minor <> i.amount_minor - i.settled_elsewhere_minor + coalesce(s.minor, 0)""", True),
    Check("open_within_amount", "open item {0} ({1}) is open for {2} of {3}", """
        SELECT id, number, open_minor, amount_minor FROM open_item
        WHERE abs(open_minor) > abs(amount_minor) OR (open_minor > 0 AND amount_minor < 0)
           OR (open_minor < 0 AND amount_minor > 0)"""),
    Check("receivable_owner", "entry {0} books invoice {1} of another customer, company or currency", """
        SELECT p.entry_id, i.number FROM posting AS p JOIN open_item AS i ON i.id = p.open_item_id
        JOIN entry AS e ON e.id = p.entry_id
        WHERE p.customer_id <> i.customer_id OR p.currency <> i.currency OR e.company <> i.company"""),
    Check("line_booked_once", "bank line {0} of {1} is booked for {2}", """
        SELECT l.id, l.amount_minor, coalesce(s.minor, 0) FROM bank_line AS l LEFT JOIN (
            SELECT bank_line_id, sum(amount_minor) AS minor FROM posting WHERE account = 'bank' GROUP BY bank_line_id
        ) AS s ON s.bank_line_id = l.id
        WHERE coalesce(s.minor, 0) <> CASE WHEN l.state IN ('pending', 'superseded') THEN 0 ELSE l.amount_minor END""",
          True),
    Check("line_imported_once", "bank line {0} has {1} import entries", """
        SELECT bank_line_id, count(*) FROM entry WHERE kind = 'import' GROUP BY bank_line_id HAVING count(*) > 1"""),
    Check("line_placed_whole", "bank line {0} is {1}, but {2} of {3} is unidentified cash", """
        SELECT l.id, l.state, -coalesce(s.minor, 0), l.amount_minor FROM bank_line AS l LEFT JOIN (
            SELECT bank_line_id, sum(amount_minor) AS minor FROM posting WHERE account = 'unidentified_cash'
            GROUP BY bank_line_id
        ) AS s ON s.bank_line_id = l.id
        WHERE coalesce(s.minor, 0) <> CASE WHEN l.state IN ('new', 'in_review') THEN -l.amount_minor ELSE 0 END""",
          True),
    Check("line_placed_once", "bank line {0} of {1} {2} has {3} placed", """
        SELECT l.id, l.amount_minor, l.currency, -coalesce(s.minor, 0) FROM bank_line AS l LEFT JOIN (
            SELECT p.bank_line_id, p.currency, sum(p.amount_minor) AS minor,
                   sum(CASE WHEN p.account = 'returned_payments' THEN p.amount_minor ELSE 0 END) AS returned_minor
            FROM posting AS p
            WHERE p.account NOT IN ('bank', 'unidentified_cash') GROUP BY p.bank_line_id, p.currency
        ) AS s ON s.bank_line_id = l.id AND s.currency = l.currency
        WHERE coalesce(s.minor, 0) <>
              CASE WHEN l.state IN ('applied', 'on_account', 'set_aside')
                     OR (l.state = 'returned' AND coalesce(s.returned_minor, 0) <> 0)
                   THEN -l.amount_minor ELSE 0 END"""),
    Check("returned_parts", "entry {0} takes back {2} {1} of no deposit", """
        SELECT entry_id, currency, sum(amount_minor) FROM posting WHERE account = 'returned_payments'
        GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0"""),
    Check("returned_within_deposit", "bank line {0} of {1} has {2} returned", """
        SELECT l.id, l.amount_minor, -sum(p.amount_minor) FROM posting AS p JOIN bank_line AS l ON l.id = p.bank_line_id
        WHERE p.account = 'returned_payments' GROUP BY l.id, l.amount_minor
        HAVING abs(sum(p.amount_minor)) > abs(l.amount_minor)"""),
    Check("line_is_told_apart", "account {0} has {1} lines of one identity", """
        SELECT bank_account_id, count(*) FROM bank_line
        GROUP BY bank_account_id, fingerprint, occurrence HAVING count(*) > 1"""),
    Check("bank_id_identity", "account {0} has {2} lines with bank id, amount, day and occurrence of line {1}", """
        SELECT bank_account_id, min(id), count(*) FROM bank_line WHERE bank_id <> '' AND state <> 'superseded'
        GROUP BY bank_account_id, bank_id, amount_minor, booked_on, fingerprint, occurrence HAVING count(*) > 1"""),
    Check("statement_proves", "statement {0} is VERIFIED, but {1} + {2} is not {3}", """
        SELECT id, opening_minor, sum_minor, closing_minor FROM statement
        WHERE proof = 'VERIFIED' AND opening_minor IS NOT NULL AND opening_minor + sum_minor <> closing_minor"""),
    Check("statement_rolls_forward", "statement {0} does not roll forward from statement {1}: {2} + {3} is not {4}", """
        SELECT s.id, before.id, before.closing_minor, t.minor, s.closing_minor FROM statement AS s
        JOIN statement AS before ON before.id = s.rolled_from_id
        JOIN (SELECT s2.id AS id, sum(l.amount_minor) AS minor FROM statement AS s2
              JOIN statement AS s3 ON s3.bank_account_id = s2.bank_account_id
                                  AND s3.id > s2.rolled_from_id AND s3.id <= s2.id
              JOIN bank_line AS l ON l.statement_id = s3.id
              JOIN entry AS e ON e.bank_line_id = l.id AND e.kind = 'import' GROUP BY s2.id) AS t ON t.id = s.id
        WHERE before.closing_minor + t.minor <> s.closing_minor"""),
    Check("statement_lines", "statement {0} brought {1} new lines of {2}, the books have {3} of {4}", """
        SELECT s.id, s.new_line_count, s.new_sum_minor, coalesce(t.n, 0), coalesce(t.minor, 0) FROM statement AS s
        LEFT JOIN (SELECT statement_id, count(*) AS n, sum(amount_minor) AS minor FROM bank_line
                   GROUP BY statement_id) AS t ON t.statement_id = s.id
        WHERE s.new_line_count <> coalesce(t.n, 0) OR s.new_sum_minor <> coalesce(t.minor, 0)""", True),
    Check("customer_balance", "customer {0} has used {2} {1} more {3} than there was", """
        SELECT p.customer_id, p.currency, sum(p.amount_minor), p.account FROM posting AS p
        JOIN entry AS e ON e.id = p.entry_id
        WHERE p.account IN ('on_account', 'prepayments', 'refunds_payable')
        GROUP BY e.company, p.customer_id, p.currency, p.account HAVING sum(p.amount_minor) > 0"""),
    Check("deduction_balance", "customer {0} has {2} {1} less than nothing in dispute", """
        SELECT p.customer_id, p.currency, sum(p.amount_minor) FROM posting AS p
        JOIN entry AS e ON e.id = p.entry_id WHERE p.account = 'deductions'
        GROUP BY e.company, p.customer_id, p.currency HAVING sum(p.amount_minor) < 0"""),
    Check("undo_mirrors", "entry {0} does not mirror entry {1}, which it reverses", """
        SELECT e.id, e.reverses_id FROM entry AS e WHERE e.reverses_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM (
                SELECT account, currency, customer_id, open_item_id, bank_line_id, amount_minor FROM posting
                WHERE entry_id = e.id
                UNION ALL
                SELECT account, currency, customer_id, open_item_id, bank_line_id, amount_minor FROM posting
                WHERE entry_id = e.reverses_id
            ) AS pair GROUP BY account, currency, customer_id, open_item_id, bank_line_id
            HAVING sum(amount_minor) <> 0)"""),
    Check("waiting_is_queued", "bank line {0} is in review, but no item asks anybody", """
        SELECT l.id FROM bank_line AS l LEFT JOIN review_item AS r ON r.kind = 'deposit' AND r.subject_id = l.id
             AND r.state NOT IN ('posted', 'exported', 'not_customer_money', 'duplicate')
        WHERE l.state = 'in_review' AND r.id IS NULL"""),
    Check("asked_is_waiting", "review item {0} still asks about bank line {1}, which is {2}", """
        SELECT r.id, l.id, l.state FROM review_item AS r JOIN bank_line AS l ON l.id = r.subject_id
        WHERE r.kind = 'deposit' AND r.state NOT IN ('posted', 'exported', 'not_customer_money', 'duplicate')
        AND l.state NOT IN ('new', 'in_review')"""),
    Check("one_mail_a_day", "customer {0} has {3} notices in {1} on {2}", """
        SELECT customer_id, currency, day, count(*) FROM notice WHERE state <> 'cancelled'
        GROUP BY company, customer_id, currency, kind, day HAVING count(*) > 1"""),
    Check("one_notice_a_level", "open item {0} has {2} notices of level {1}", """
        SELECT open_item_id, level, count(*) FROM notice_line WHERE live = 1 AND advances = 1
        GROUP BY open_item_id, policy_id, level, episode HAVING count(*) > 1"""),
)  # fmt: skip


def _some(check: Check, query: Query) -> Iterator[Finding]:
    count = 0
    for row in query(check.sql):
        count += 1
        if count <= SHOWN:
            yield Finding(check.name, check.what.format(*row), check.is_control_total)
    if count > SHOWN:
        yield Finding(check.name, f"... and {count - SHOWN} more", check.is_control_total)


class Link(NamedTuple):
    """The last link of a chain: how many, and its hash."""

    seq: int
    hash: str


def _chains(query: Query, anchored: dict[str, Link]) -> tuple[str, list[Finding]]:
    recorded = {row[0]: Link(int(row[1]), row[2]) for row in query("SELECT chain, seq, hash FROM chain_head")}
    findings: list[Finding] = []
    for chain, walk in (("entry", _walk_entries), ("audit", _walk_audit)):
        expected = anchored.get(chain, Link(0, GENESIS))
        last, at_anchor, broken = walk(query, expected.seq)
        findings += broken
        if last != recorded.get(chain):
            head = recorded[chain].seq if chain in recorded else "nothing"
            what = f"the {chain} chain ends at {last.seq}, its head says {head}"
            findings.append(Finding(f"{chain}_chain_end", what))
        if at_anchor != expected.hash:
            what = f"the {chain} chain is not the one anchored at {expected.seq}"
            findings.append(Finding(f"{chain}_anchor", what))
    return " ".join(
        f"{chain}:{recorded[chain].seq}:{recorded[chain].hash}" for chain in sorted(recorded)[::-1]
    ), findings


def _walk_audit(query: Query, anchor_seq: int) -> tuple[Link, str, list[Finding]]:
    """Recompute each link; stop telling after the first break, since all later ones follow from it."""
    sha256 = hashlib.sha256
    previous, count, at_anchor = GENESIS, 0, GENESIS
    for row in query("SELECT id, at, actor, action, subject, detail, previous_hash, hash FROM audit ORDER BY id"):
        number, at, actor, action, subject, detail, before, sealed = row
        count += 1
        told = (
            f"{previous}|{number}|{at}|{len(actor)}:{actor}|{len(action)}:{action}|{len(subject)}:{subject}"
            f"|{len(detail)}:{detail}"
        )
        if number != count or before != previous or sha256(told.encode()).hexdigest() != sealed:
            return (
                Link(count, sealed),
                at_anchor,
                [Finding("audit_chain", f"audit row {number} is not as it was sealed")],
            )
        previous = sealed
        if count == anchor_seq:
            at_anchor = sealed
    return Link(count, previous), at_anchor, []


_ENTRIES = """
SELECT id, company, booked_on, kind, reason, bank_line_id, reverses_id, run_id, actor, recorded_at, previous_hash, hash
FROM entry ORDER BY id"""
_POSTINGS = """
SELECT entry_id, account, currency, amount_minor, customer_id, open_item_id, bank_line_id, ordinal
FROM posting ORDER BY entry_id, ordinal"""


def _walk_entries(query: Query, anchor_seq: int) -> tuple[Link, str, list[Finding]]:
    sha256 = hashlib.sha256
    postings = query(_POSTINGS)
    posting = next(postings, None)
    previous, count, at_anchor = GENESIS, 0, GENESIS
    for row in query(_ENTRIES):
        number, company, day, kind, reason, line, reverses, run, actor, at, before, sealed = row
        count += 1
        told = (
            f"{previous}|{number}|{len(company)}:{company}|{day}|{len(kind)}:{kind}|{len(reason)}:{reason}|{_n(line)}"
            f"|{_n(reverses)}|{_n(run)}|{len(actor)}:{actor}|{at}"
        )
        ordinal = 0
        while posting is not None and posting[0] == number:
            _, account, currency, minor, customer, item, of_line, place = posting
            told += f"|{len(account)}:{account}|{currency}|{minor}|{_n(customer)}|{_n(item)}|{_n(of_line)}"
            told += "" if place == ordinal else "|out of order"
            ordinal += 1
            posting = next(postings, None)
        if number != count or before != previous or sha256(told.encode()).hexdigest() != sealed:
            return Link(count, sealed), at_anchor, [Finding("entry_chain", f"entry {number} is not as it was sealed")]
        previous = sealed
        if count == anchor_seq:
            at_anchor = sealed
    return Link(count, previous), at_anchor, []


def _n(value: object) -> str:
    return "-" if value is None else str(value)


def _anchored(anchor: str | None) -> dict[str, Link]:
    """Read `entry:N:HASH audit:N:HASH`, or the whole line that said it. Raises UsageError for anything else."""
    links = {}
    for part in (anchor or "").removeprefix("anchor:").split():
        chain, _, rest = part.partition(":")
        seq, _, link = rest.partition(":")
        if chain not in ("entry", "audit") or not seq.isdecimal() or len(link) != len(GENESIS):
            raise UsageError(f"{part[:40]!r} is no anchor", "Give the line that an earlier `recon verify` printed")
        links[chain] = Link(int(seq), link)
    return links


_PROOFS = (
    ("{0}", "lines of the bank", """
        SELECT company, currency, sum(amount_minor) FROM bank_line WHERE state NOT IN ('pending', 'superseded')
        GROUP BY company, currency ORDER BY company, currency"""),
    ("{0}", "of it {3}", """
        SELECT company, currency, sum(amount_minor), state FROM bank_line WHERE state NOT IN ('pending', 'superseded')
        GROUP BY company, currency, state ORDER BY company, currency, state"""),
    ("{0}", "ledger account {3}", """
        SELECT e.company, p.currency, sum(p.amount_minor), p.account FROM posting AS p
        JOIN entry AS e ON e.id = p.entry_id GROUP BY e.company, p.currency, p.account
        ORDER BY e.company, p.currency, p.account"""),
    ("{0}", "open receivables", """
        SELECT company, currency, sum(open_minor) FROM open_item GROUP BY company, currency ORDER BY 1, 2"""),
    ("statement {3} of {0}", "{4}: opening {5} + lines {6} = closing", """
        SELECT a.key, s.currency, s.closing_minor, s.id, s.proof,
               CASE WHEN before.id IS NULL THEN s.opening_minor ELSE before.closing_minor END,
               CASE WHEN before.id IS NULL THEN s.sum_minor ELSE
                   (SELECT CAST(coalesce(sum(l.amount_minor), 0) AS BIGINT) FROM bank_line AS l
                       JOIN statement AS since ON since.id = l.statement_id
                       JOIN entry AS e ON e.bank_line_id = l.id AND e.kind = 'import'
                       WHERE since.bank_account_id = s.bank_account_id AND since.id > s.rolled_from_id
                         AND since.id <= s.id) END
        FROM statement AS s JOIN bank_account AS a ON a.id = s.bank_account_id
        LEFT JOIN statement AS before ON before.id = s.rolled_from_id
        WHERE s.closing_minor IS NOT NULL ORDER BY s.id"""),
)  # fmt: skip


def _proofs(query: Query) -> Iterator[Proof]:
    for scope, what, sql in _PROOFS:
        for row in query(sql):
            told = [
                _amount(each, row[1]) if isinstance(each, int | Decimal) and n > 3 else "?" if each is None else each
                for n, each in enumerate(row)
            ]
            told[2] = _amount(row[2], row[1])
            yield Proof(scope.format(*row), row[1], what.format(*told), int(row[2]))


def _amount(minor: object, currency: str) -> str:
    """Write minor units for people, with a table of its own: see the module's first sentence."""
    digits = next((digits for codes, digits in _DIGITS if currency in codes), 2)
    return str(Decimal(str(minor)).scaleb(-digits))


_DIGITS = (
    ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0),
    ("BHD IQD JOD KWD LYD OMR TND", 3),
    ("CLF UYW", 4),
)


def _counts(query: Query) -> Iterator[tuple[str, int]]:
    for table in ("source_file", "statement", "bank_line", "open_item", "entry", "posting", "audit", "review_item"):
        yield table, int(next(query(f"SELECT count(*) FROM {table}"))[0])


@contextlib.contextmanager
def _open(url: str) -> Iterator[Query]:
    if url.startswith("sqlite:///"):
        path, _, mode = url.removeprefix("sqlite:///").partition("?")
        with _open_sqlite(Path(unquote(path)), mode) as query:
            yield query
    else:
        with _open_postgresql(url) as query:
            yield query


@contextlib.contextmanager
def _open_sqlite(path: Path, mode: str) -> Iterator[Query]:
    if not path.exists():
        raise StoreMissing(f"the database {path} is not there", "Run `recon db upgrade`")
    place = f"file:{quote(str(path.absolute()))}?{mode}"  # a backup comes with its mode: it is read as it lies
    try:
        with contextlib.closing(sqlite3.connect(place, uri=True, timeout=15, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield lambda sql: connection.execute(sql)
    except sqlite3.DatabaseError as error:
        is_damaged = not isinstance(error, sqlite3.OperationalError)  # that is the disk, a lock or a permission
        remedy = "Restore a backup with `recon db restore`" if is_damaged else "See to its disk and its permissions"
        raise StoreMissing(f"the database cannot be read: {error}", remedy) from error


@contextlib.contextmanager
def _open_postgresql(url: str) -> Iterator[Query]:
    import psycopg

    try:
        with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:", 1)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield lambda sql: _stream(connection, sql)
    except psycopg.Error as error:
        first = str(error).strip().splitlines()[0]
        raise StoreMissing(f"the database cannot be read: {first}", "Check its URL, or restore a backup") from error


def _stream(connection: Any, sql: str) -> Iterator[tuple[Any, ...]]:
    """A server-side cursor: a million rows pass by, they are not collected."""
    with connection.cursor(name=f"verify_{id(sql)}") as cursor:
        cursor.itersize = 20_000
        cursor.execute(sql)
        yield from cursor
