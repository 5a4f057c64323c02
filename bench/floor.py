"""The floor of a night: the same reads, the same rows and the same hashes over the same bytes, by a bare driver script.

    python -m bench.floor FOLDER ENGINE_URL FLOOR_URL SERVER_PID

It reads the files with `csv` and two regular expressions, seals with `hashlib`, writes with executemany or COPY into
books of the same schema: same keys, indexes and triggers, one transaction a step. What only a decision can know (which
invoice, which notice) is taken ready-made from the books that the engine wrote, before the clock starts. There is no
validation, no matching, no rule. The hashes of both books must be equal in the end, so the work was the same.

Nothing of the engine is imported here.

Room: shell.
"""

import csv
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.bare import Bare, Row, connect
from bench.floor_rows import (
    AUDIT,
    CONTROL_TOTALS,
    CUSTOMER,
    ENTRY,
    FACTS,
    ITEM,
    LINE,
    NEWS,
    NOTICE,
    NOTICE_LINE,
    POSTING,
    PROPOSAL,
    REVIEW,
    TABLES,
    WAITING_LINES,
    WHOLE,
)
from bench.gauge import Gauge

_BLOCK = re.compile(rb"<STMTTRN>(.*?)</STMTTRN>", re.DOTALL)
_FIELD = re.compile(r"<([A-Z]+)>([^<\r\n]*)")


@dataclass(slots=True)
class Floor:
    """The floor's books, the engine's, and what is known on the way."""

    folder: Path
    books: Bare
    engine: Bare
    gauge: Gauge
    as_of: str = ""
    lines: list[Any] = field(default_factory=list)
    file_hash: str = ""
    instant: str = ""

    @contextmanager
    def step(self, name: str, ordinal: int = 0) -> Iterator[None]:
        """Measure a step that ends with a commit; a step of the night leaves the record that the engine leaves."""
        record = _record(self.engine, ordinal) if ordinal else []
        with self.gauge.measure(name):
            if record:
                self.books.insert("run_step", ("run_id", "ordinal", "step", "state", "started_at"), [record[:5]])
                self.books.commit()
            yield
            self.books.commit()
            if record:
                run_id, ended_at, counts = record[0], *record[5:]
                done = f"state = 'done', ended_at = '{ended_at}', counts = '{counts}'"
                self.books.query(
                    f"UPDATE run_step SET {done} WHERE run_id = {run_id} AND ordinal = {ordinal} RETURNING 1"
                )
                self.books.commit()


def main(folder: Path, engine_url: str, floor_url: str, server_pid: int = 0) -> dict[str, Any]:
    """Do the work of import and night once more, bare; return the cost of each step and what differs, if anything."""
    floor = Floor(folder, connect(floor_url), connect(engine_url), Gauge(server_pid))
    floor.as_of = floor.engine.query("SELECT as_of FROM run ORDER BY id LIMIT 1")[0][0]
    for step in (import_customers, import_invoices, read, import_, post, queue, notify, report):
        step(floor)
    different = [table for table, columns in TABLES.items() if not _is_same(floor, table, columns)]
    rows = {table: _count(floor.books, table) for table in TABLES}
    floor.books.close()
    floor.engine.close()
    gauge = floor.gauge
    return {
        "seconds": dict(gauge.seconds),
        "rows": rows,
        "different": different,
        "peak_kib": max(gauge.peaks_kib.values()),
    }


def import_customers(floor: Floor) -> None:
    """Read customers.csv and insert its rows."""
    file, audit = _source(floor, "customers"), _audit_rows(floor, "import_customers")
    with floor.step("import customers"):
        rows, sha = _csv_rows(floor.folder / "customers.csv")
        floor.books.query(f"SELECT id, state FROM source_file WHERE sha256 = '{sha}'")
        floor.books.insert("source_file", *file)
        given = [(n, "main", *row[:2], row[3], row[4], 0) for n, row in enumerate(rows, start=1)]
        floor.books.insert("customer", CUSTOMER, given)
        _seal_audit(floor, audit)


def import_invoices(floor: Floor) -> None:
    """Read invoices.csv, find each customer, and insert the rows by customer: it costs least so, and the ids agree."""
    file, audit = _source(floor, "invoices"), _audit_rows(floor, "import_open_items")
    with floor.step("import invoices"):
        rows, sha = _csv_rows(floor.folder / "invoices.csv")
        floor.books.query(f"SELECT id, state FROM source_file WHERE sha256 = '{sha}'")
        floor.books.insert("source_file", *file)
        known = {code: key for key, code in floor.books.query("SELECT id, code FROM customer")}
        rows.sort(key=lambda row: known[row[1]])
        floor.books.insert("open_item", ITEM, [_item(n, row, known) for n, row in enumerate(rows, start=1)])
        floor.books.query("SELECT company, currency, count(*), sum(amount_minor) FROM open_item GROUP BY 1, 2")
        _seal_audit(floor, audit)


def read(floor: Floor) -> None:
    """Cut the statement into transactions by its tags, their fields into a row, amounts into integers."""
    _run_record(floor)
    with floor.step("read", 1):
        content = (floor.folder / "inbox" / "statement.ofx").read_bytes()
        floor.file_hash = hashlib.sha256(content).hexdigest()
        floor.books.query(f"SELECT id, state FROM source_file WHERE sha256 = '{floor.file_hash}'")
        floor.lines = list(_lines(content))


def import_(floor: Floor) -> None:
    """Insert the lines that are not known, with the entry of each."""
    file, audit = _source(floor, "statement"), _audit_rows(floor, "import_statement")
    account = floor.engine.query("SELECT * FROM bank_account ORDER BY id")
    account_names = "id key company currency masked number_digest".split()
    statement_names, statement = _row_of(floor.engine, "statement")
    run_id, actor, at = floor.engine.query(
        "SELECT run_id, actor, recorded_at FROM entry WHERE kind = 'import' LIMIT 1"
    )[0]
    with floor.step("import", 2):
        floor.books.insert("bank_account", account_names, account)
        floor.books.insert("source_file", *file)
        floor.books.insert("statement", statement_names, [statement])
        marks = [hashlib.sha256("\x1f".join(_said(line)).encode()).hexdigest() for line in floor.lines]
        floor.books.query_in("SELECT fingerprint, occurrence FROM bank_line WHERE fingerprint IN {values}", marks)
        floor.books.query_in("SELECT id, state FROM bank_line WHERE bank_id IN {values}", [x[0] for x in floor.lines])
        floor.books.insert(
            "bank_line", LINE, [_bank_line(n, x, m) for n, (x, m) in enumerate(zip(floor.lines, marks, strict=True), 1)]
        )
        rest = (run_id, actor, at)
        entries: list[Row] = [
            (n, "main", x[1], "import", "", n, None, *rest) for n, x in enumerate(floor.lines, start=1)
        ]
        _seal_entries(floor, entries, [_booked(n, line[2]) for n, line in enumerate(floor.lines, start=1)])
        _seal_audit(floor, audit)


def post(floor: Floor) -> None:
    """Ask for the control totals, read what the entries stand on, write entries, suggestions and the queue."""
    engine = floor.engine
    entries = engine.query(f"SELECT {', '.join(ENTRY[:-2])} FROM entry WHERE kind <> 'import' ORDER BY id")
    first = entries[0][0] if entries else 0
    rows = engine.query(f"SELECT {', '.join(POSTING)} FROM posting WHERE entry_id >= {first} ORDER BY 1, 2")
    postings = [list(own) for _, own in groupby(rows, key=lambda row: row[0])] if entries else []
    proposals = engine.query(f"SELECT {', '.join(PROPOSAL)} FROM proposal ORDER BY 1, 2")
    reviews = engine.query(f"SELECT {', '.join(REVIEW)} FROM review_item WHERE kind = 'deposit' ORDER BY id")
    states = engine.query("SELECT id, state, version FROM bank_line WHERE state <> 'new' ORDER BY id")
    items = engine.query("SELECT id, open_minor, version FROM open_item WHERE version > 1 ORDER BY id")
    lines, paid = [row[0] for row in states], [row[0] for row in items]
    with floor.step("post", 4):
        for sql in CONTROL_TOTALS:
            floor.books.query(sql)
        floor.books.query_in(WAITING_LINES, lines)
        floor.books.query_in("SELECT * FROM proposal WHERE bank_line_id IN {values}", lines)
        floor.books.query_in("SELECT id, customer_id, currency, amount_minor, open_minor, number FROM open_item"
                             " WHERE id IN {values}", paid)  # fmt: skip
        floor.books.insert("proposal", PROPOSAL, proposals)
        _seal_entries(floor, entries, postings)
        floor.books.update("open_item", ("open_minor", "version"), items)
        floor.books.update("bank_line", ("state", "version"), states)
        floor.books.insert("review_item", REVIEW, reviews)


def queue(floor: Floor) -> None:
    """Ask which snoozed items come back."""
    with floor.step("queue", 5):
        floor.books.query(f"SELECT id FROM review_item WHERE state = 'snoozed' AND snoozed_until <= '{floor.as_of}'")


def notify(floor: Floor) -> None:
    """Read the debts of everybody who is late, and the bank's news; write the notices with their ids."""
    engine = floor.engine
    policies = engine.query("SELECT version, policy, first_used_at FROM notice_policy")
    notices = engine.query(f"SELECT {', '.join(NOTICE)} FROM notice ORDER BY id")
    codes = dict(engine.query("SELECT id, code FROM customer"))
    keys = [f"v1|main|{codes[row[2]]}-{row[3]}-reminder-{row[5].replace('-', '')}-0|{row[12]}" for row in notices]
    lines = engine.query(f"SELECT {', '.join(NOTICE_LINE)} FROM notice_line ORDER BY 1, 2")
    tasks = engine.query(f"SELECT {', '.join(REVIEW)} FROM review_item WHERE kind = 'task' ORDER BY id")
    horizon = (date.fromisoformat(floor.as_of) + timedelta(days=7)).isoformat()
    with floor.step("notify", 6):
        for sql in NEWS:
            floor.books.query(sql.format(horizon=horizon))
        for key in keys:
            hashlib.sha256(key.encode()).hexdigest()
        floor.books.insert("notice_policy", ("version", "policy", "first_used_at"), policies)
        floor.books.insert("notice", NOTICE, [(*row[:18], "planned", row[19]) for row in notices])
        floor.books.insert("notice_line", NOTICE_LINE, lines)
        floor.books.insert("review_item", REVIEW, tasks)


def report(floor: Floor) -> None:
    """Ask the sums that the report tells, and write it down."""
    told = floor.engine.query("SELECT report FROM run ORDER BY id LIMIT 1")[0][0]
    with floor.step("report", 7):
        for sql in FACTS:
            floor.books.query(sql)
        (floor.folder / "floor-report.json").write_text(json.dumps(json.loads(told), indent=1), encoding="utf-8")
        escaped = told.replace("'", "''")
        floor.books.query(f"UPDATE run SET state = 'done', report = '{escaped}' WHERE id = 1 RETURNING id")


def _csv_rows(path: Path) -> tuple[list[list[str]], str]:
    content = path.read_bytes()
    return list(csv.reader(io.StringIO(content.decode())))[1:], hashlib.sha256(content).hexdigest()


def _item(n: int, row: list[str], known: dict[str, int]) -> Row:
    _, code, number, po_number, issued, due, currency, amount, still_open = row
    minor, open_minor = int(amount.replace(".", "")), int(still_open.replace(".", ""))
    settled = minor - open_minor
    return (n, "main", known[code], number, "invoice", currency, minor, settled, open_minor, issued, due, po_number,
            "", "", "", "", 2)  # fmt: skip


def _lines(content: bytes) -> Iterator[Row]:
    """Yield (bank id, day, minor units, kind, payer, text, line number, byte offset)."""
    line_number, seen = 1, 0
    for block in _BLOCK.finditer(content):
        fields = dict(_FIELD.findall(block[1].decode()))
        line_number, seen = line_number + content.count(b"\n", seen, block.start()), block.start()
        day, minor = fields["DTPOSTED"], int(fields["TRNAMT"].replace(".", ""))
        yield (
            fields["FITID"], f"{day[:4]}-{day[4:6]}-{day[6:8]}", minor, fields["TRNTYPE"], fields.get("NAME", ""),
            fields["MEMO"], line_number, seen,
        )  # fmt: skip


def _said(line: Row) -> tuple[str, ...]:
    bank_id, day, minor, kind, payer, remittance, *_ = line
    return (bank_id, day, str(minor), "USD", kind, payer, "", remittance, "", "", "", "", "")


def _bank_line(n: int, line: Row, mark: str) -> Row:
    bank_id, day, minor, kind, payer, remittance, source_line, source_byte = line
    return (
        n,
        1,
        1,
        "main",
        "USD",
        minor,
        day,
        bank_id,
        mark,
        1,
        kind,
        payer,
        remittance,
        source_line,
        source_byte,
        "new",
    )


def _booked(n: int, minor: int) -> list[Row]:
    return [(n, 0, "bank", "USD", minor, None, None, n), (n, 1, "unidentified_cash", "USD", -minor, None, None, n)]


def _seal_entries(floor: Floor, entries: list[Row], postings: list[list[Row]]) -> None:
    seq, previous = floor.books.query("SELECT seq, hash FROM chain_head WHERE chain = 'entry'")[0]
    sealed = []
    for row, own in zip(entries, postings, strict=True):
        n, company, day, kind, reason, line, reverses, run_id, actor, at = row
        told = (
            f"{previous}|{n}|{len(company)}:{company}|{day}|{len(kind)}:{kind}|{len(reason)}:{reason}|{line or '-'}"
            f"|{reverses or '-'}|{run_id or '-'}|{len(actor)}:{actor}|{at}"
        )
        for _, _, account, currency, minor, customer, item, of_line in own:
            told += f"|{len(account)}:{account}|{currency}|{minor}|{customer or '-'}|{item or '-'}|{of_line or '-'}"
        link = hashlib.sha256(told.encode()).hexdigest()
        sealed.append((*row, previous, link))
        previous = link
    floor.books.insert("entry", ENTRY, sealed)
    floor.books.insert("posting", POSTING, [row for own in postings for row in own])
    _move_head(floor, "entry", seq + len(entries), previous)


def _seal_audit(floor: Floor, rows: list[Row]) -> None:
    seq, previous = floor.books.query("SELECT seq, hash FROM chain_head WHERE chain = 'audit'")[0]
    sealed = []
    for row in rows:
        n, at, actor, action, subject, detail = row
        told = f"{previous}|{n}|{at}" + "".join(f"|{len(text)}:{text}" for text in (actor, action, subject, detail))
        link = hashlib.sha256(told.encode()).hexdigest()
        sealed.append((*row, previous, link))
        previous = link
    floor.books.insert("audit", AUDIT, sealed)
    _move_head(floor, "audit", seq + len(rows), previous)


def _move_head(floor: Floor, chain: str, seq: int, link: str) -> None:
    floor.books.query(f"UPDATE chain_head SET seq = {seq}, hash = '{link}' WHERE chain = '{chain}' RETURNING seq")


def _source(floor: Floor, kind: str) -> tuple[list[str], list[Row]]:
    names, row = _row_of(floor.engine, "source_file", f" WHERE kind = '{kind}'")
    return names, [row]


def _audit_rows(floor: Floor, action: str) -> list[Row]:
    return floor.engine.query(f"SELECT {', '.join(AUDIT[:-2])} FROM audit WHERE action = '{action}' ORDER BY id")


def _run_record(floor: Floor) -> None:
    """The run itself, before the clock starts: one row, written by the engine's step of the lock."""
    names, row = _row_of(floor.engine, "run")
    blank = [
        ("running" if name == "state" else "" if name == "report" else value)
        for name, value in zip(names, row, strict=True)
    ]
    floor.books.insert("run", names, [blank])
    floor.books.commit()


def _record(engine: Bare, ordinal: int) -> list[Any]:
    sql = "SELECT run_id, ordinal, step, state, started_at, ended_at, counts FROM run_step"
    row = list(engine.query(f"{sql} WHERE ordinal = {ordinal} ORDER BY run_id LIMIT 1")[0])
    return [*row[:3], "running", *row[4:]]


def _row_of(books: Bare, table: str, where: str = "") -> tuple[list[str], Row]:
    names = WHOLE[table]
    return names, books.query(f"SELECT {', '.join(names)} FROM {table}{where} ORDER BY id LIMIT 1")[0]


def _count(books: Bare, table: str) -> int:
    return int(books.query(f"SELECT count(*) FROM {table}")[0][0])


def _is_same(floor: Floor, table: str, columns: str) -> bool:
    """Tell whether both books hold the very same rows; the engine's steps that the floor leaves out are left out."""
    where = " WHERE step <> 'match'" if table == "run_step" else ""
    sql = f"SELECT {columns} FROM {table}{where} ORDER BY 1, 2"
    theirs = floor.engine.stream(sql)
    ours = floor.books.stream(sql)
    return all(tuple(one) == tuple(next(theirs, ())) for one in ours) and next(theirs, None) is None


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))))
