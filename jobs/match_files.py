"""`recon match`: files in, proposals out, no database.

The plain layouts go column by column straight into frames; any other statement goes through the statement readers.

Room: shell.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from jobs.runner import map_partitions
from matchers.base import MatchSettings
from matchers.cascade import MatchResult, match
from recon.errors import ReconError, UsageError
from recon.frames import (
    Customers,
    Deposits,
    OpenItems,
    Partition,
    PastAllocations,
    Teachings,
    Texts,
    day_numbers,
    texts,
)
from recon.money import minor_digits

PLAIN = ("fitid", "date", "amount", "currency", "type", "checknum", "payee", "memo")
ACTION_NAMES = ("auto", "queue", "queue")


@dataclass(frozen=True, slots=True)
class MatchSummary:
    """What `recon match` did: counts, the expected number of wrong posts, and rows it could not read."""

    deposits: int
    posted: int
    queued: int
    expected_wrong: float
    threshold: float
    model_version: str
    gap: float
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Statement lines as text columns of the plain layout, and amounts in minor units."""

    columns: dict[str, list[str]]
    amount_minor: list[int]

    def __len__(self) -> int:
        return len(self.amount_minor)


@dataclass(frozen=True, slots=True)
class Task:
    """One partition with its settings: what travels to a worker process."""

    partition: Partition
    settings: MatchSettings


def match_files(
    customers: Path,
    invoices: Path,
    statement: Path,
    history_statement: Path | None,
    history_truth: Path | None,
    error_budget: Fraction | str,
    out: Path,
    processes: int = 1,
) -> MatchSummary:
    """Write the proposals of a statement to `out` and return a summary. Raises UsageError for files without the
    columns.
    """
    problems: list[str] = []
    partitions = load_partitions(customers, invoices, statement, history_statement, history_truth, problems)
    tasks = [Task(partition, MatchSettings(error_budget=error_budget)) for partition in partitions]
    results = map_partitions(decide, tasks, processes)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("fitid", "invoice_number", "amount", "confidence", "action", "rank"))
        for partition, result in zip(partitions, results, strict=True):
            writer.writerows(proposal_rows(partition, result))
    return _summary(partitions, results, tuple(problems))


def decide(task: Task) -> MatchResult:
    """Match one partition. Pure: runs in any process."""
    return match(task.partition, task.settings)


def load_partitions(
    customers: Path,
    invoices: Path,
    statement: Path,
    history_statement: Path | None,
    history_truth: Path | None,
    problems: list[str],
) -> list[Partition]:
    """Return one partition per currency of the statement; rows that cannot be read are told in `problems`."""
    people = _read(customers, ("id", "name"), problems)
    items = _read(invoices, ("id", "customer_id", "number", "currency", "open_amount"), problems)
    lines = read_lines(statement, problems)
    past = read_lines(history_statement, problems) if history_statement else Lines({name: [] for name in PLAIN}, [])
    truth = _read(history_truth, ("fitid", "customer_id"), problems) if history_truth else {"fitid": []}
    currencies = sorted(set(lines.columns["currency"]))
    return [_partition(currency, people, items, lines, past, truth, problems) for currency in currencies]


def read_lines(path: Path, problems: list[str]) -> Lines:
    """Return the lines of a statement: the plain layout fast, every other format by its reader."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = file.readline().strip().lower().split(",")
    if set(PLAIN) <= set(header):
        columns = _read(path, PLAIN, problems)
        return _priced(columns, "amount", path.name, problems)
    return _read_by_format(path, problems)


def _priced(columns: dict[str, list[str]], name: str, where: str, problems: list[str]) -> Lines:
    amounts, keep = [], []
    for row, (text, currency) in enumerate(zip(columns[name], columns["currency"], strict=True)):
        amount = _minor(text, currency)
        if amount is None or not _is_day(columns["date"][row]):
            problems.append(
                f"{where}, row {row + 2}: amount {text[:20]!r} or date is not decimal text and ISO day; row left out"
            )
        else:
            amounts.append(amount)
            keep.append(row)
    if len(keep) < len(columns[name]):
        columns = {key: [values[row] for row in keep] for key, values in columns.items()}
    return Lines(columns, amounts)


def _read_by_format(path: Path, problems: list[str]) -> Lines:
    from recon.statements import read_bytes

    reading = read_bytes(path.read_bytes(), path.name)
    problems.extend(str(problem) for problem in reading.problems)
    if not reading.is_believed:
        raise ReconError(f"{path.name} cannot be believed", "Run `recon read` on it to see why")
    columns: dict[str, list[str]] = {name: [] for name in (*PLAIN, "payer_account", "reference", "end_to_end_id")}
    amounts = []
    for line in (line for statement in reading.statements for line in statement.lines if not line.pending):
        row = (
            line.bank_id,
            line.booked_on.isoformat(),
            "",
            line.currency,
            line.kind,
            line.check_number,
            line.payer,
            line.remittance,
            line.payer_account,
            line.reference,
            line.end_to_end_id,
        )
        for values, value in zip(columns.values(), row, strict=True):
            values.append(value)
        amounts.append(line.amount_minor)
    return Lines(columns, amounts)


def _read(path: Path, required: Sequence[str], problems: list[str]) -> dict[str, list[str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(line.replace("\x00", "") for line in file)
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in required if name not in header]
        if missing:
            raise UsageError(f"{path.name} lacks the columns {', '.join(missing)}", "See docs/reference/matching.md")
        rows = [row for row in reader if len(row) == len(header)]
        if reader.line_num - 1 > len(rows):
            problems.extend([] if len(rows) == reader.line_num - 1 else _short_rows(path, len(header)))
    return (
        {name: list(values) for name, values in zip(header, zip(*rows, strict=True), strict=True)}
        if rows
        else {name: [] for name in header}
    )


def _short_rows(path: Path, width: int) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(line.replace("\x00", "") for line in file)
        bad = [(reader.line_num, len(row)) for row in reader if row and len(row) != width]
    return [f"{path.name}, line {line}: {found} fields instead of {width}; row left out" for line, found in bad[:100]]


def _minor(text: str, currency: str) -> int | None:
    """Return minor units of decimal text with a point, or None. Plain layouts allow no other style."""
    digits: int = minor_digits(currency)
    negative = text[:1] == "-"
    whole, _, fraction = text[negative:].partition(".")
    if not whole.isdecimal() or not whole.isascii() or (fraction and not (fraction.isdecimal() and fraction.isascii())):
        return None
    if len(fraction) > max(digits, 2) or fraction[digits:].strip("0"):  # `1.650` may be a thousand
        return None
    value: int = int(whole) * 10**digits + int((fraction + "0" * digits)[:digits] or 0)
    return -value if negative else value


def _is_day(text: str) -> bool:
    return (
        len(text) == 10
        and text[4] == text[7] == "-"
        and text[:4].isdecimal()
        and text[5:7] <= "12"
        and text[8:] <= "31"
    )


def _partition(
    currency: str,
    people: dict[str, list[str]],
    items: dict[str, list[str]],
    lines: Lines,
    past: Lines,
    truth: dict[str, list[str]],
    problems: list[str],
) -> Partition:
    customers, place = _customers(currency, people)
    now, then = _deposits(lines, currency), _deposits(past, currency)
    last_day = int(now.booked_day.max()) if len(now) else 0
    open_items = _open_items(currency, items, place, problems)
    allocations = _past_allocations(truth, then, place, currency)
    return Partition("", currency, last_day, now, open_items, customers, then, allocations, Teachings.empty())


def _customers(currency: str, people: dict[str, list[str]]) -> tuple[Customers, dict[str, int]]:
    count = len(people["id"])
    currencies = people.get("currency") or [""] * count
    rows = [row for row in range(count) if currencies[row] in (currency, "")]
    place = {people["id"][row]: position for position, row in enumerate(rows)}

    def column(name: str) -> list[str]:
        values = people.get(name) or [""] * count
        return [values[row] for row in rows]

    parents = np.array([place.get(parent, -1) if parent else -1 for parent in column("parent_id")], dtype=np.int64)
    frame = Customers(
        np.array(rows, dtype=np.int64),
        texts(column("id")),
        texts(column("name")),
        texts(column("aliases")),
        texts(column("bank_accounts")),
        parents,
    )
    return frame, place


def _deposits(lines: Lines, currency: str) -> Deposits:
    columns = lines.columns
    rows = [row for row, each in enumerate(columns["currency"]) if each == currency]

    def column(name: str) -> Texts:
        values = columns.get(name)
        return texts([values[row] for row in rows] if values else [""] * len(rows))

    days = day_numbers([columns["date"][row] for row in rows]) if rows else np.empty(0, dtype=np.int32)
    return Deposits(
        np.array(rows, dtype=np.int64),
        np.array([lines.amount_minor[row] for row in rows], dtype=np.int64),
        days,
        column("fitid"),
        column("type"),
        column("checknum"),
        column("payee"),
        column("payer_account"),
        column("memo"),
        column("reference"),
        column("end_to_end_id"),
        np.ones(len(rows), dtype=np.bool_),
    )


def _open_items(currency: str, items: dict[str, list[str]], place: dict[str, int], problems: list[str]) -> OpenItems:
    rows, opens, amounts = [], [], []
    amount_texts = items.get("amount") or items["open_amount"]
    for row, (each, owner) in enumerate(zip(items["currency"], items["customer_id"], strict=True)):
        if each == currency and owner in place:
            left, whole = _minor(items["open_amount"][row], currency), _minor(amount_texts[row], currency)
            if left is None or whole is None:
                problems.append(f"invoices, row {row + 2}: amount is not decimal text; row left out")
            else:
                rows.append(row)
                opens.append(left)
                amounts.append(whole)

    def column(name: str) -> list[str]:
        values = items.get(name) or [""] * len(items["id"])
        return [values[row] for row in rows]

    return OpenItems(
        np.array(rows, dtype=np.int64),
        np.array([place[owner] for owner in column("customer_id")], dtype=np.int64),
        texts(column("number")),
        texts(column("po_number")),
        _days(column("issue_date")),
        _days(column("due_date")),
        np.array(amounts, dtype=np.int64),
        np.array(opens, dtype=np.int64),
        texts(column("terms")),
    )


def _days(iso: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    if not iso:
        return np.empty(0, dtype=np.int32)
    return day_numbers([day if _is_day(day) else "1970-01-01" for day in iso])


def _past_allocations(
    truth: dict[str, list[str]], past: Deposits, place: dict[str, int], currency: str
) -> PastAllocations:
    positions = {fitid: position for position, fitid in enumerate(past.bank_id.tolist())}
    rows = [row for row, fitid in enumerate(truth["fitid"]) if fitid in positions]

    def column(name: str) -> list[str]:
        values = truth.get(name) or [""] * len(truth["fitid"])
        return [values[row] for row in rows]

    return PastAllocations(
        np.array([positions[fitid] for fitid in column("fitid")], dtype=np.int64),
        np.array([place.get(owner, -1) for owner in column("customer_id")], dtype=np.int64),
        texts(column("invoice_number")),
        np.array([_minor(amount, currency) or 0 for amount in column("allocated_amount")], dtype=np.int64),
    )


def proposal_rows(partition: Partition, result: MatchResult) -> Iterable[tuple[str, str, str, str, str, int]]:
    """Yield the rows of proposals.csv: one per allocation; a return of a past payment names what that one had paid."""
    rows, allocations = result.proposals, result.allocations
    digits = minor_digits(partition.currency)
    numbers, bank_ids = partition.open_items.number.tolist(), partition.deposits.bank_id.tolist()
    settled = (allocations.cash_minor + allocations.processor_fee_minor).tolist()
    parts: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row, item, amount in zip(allocations.proposal.tolist(), allocations.open_item.tolist(), settled, strict=True):
        parts[row].append((numbers[item] if item >= 0 else "", amount))
    past = _by_past_deposit(partition.past_allocations) if (rows.reverses_past >= 0).any() else {}
    facts = zip(
        rows.deposit.tolist(),
        rows.rank.tolist(),
        rows.action.tolist(),
        rows.confidence.tolist(),
        rows.reverses_past.tolist(),
        strict=True,
    )
    for row, (deposit, rank, action, confidence, reverses) in enumerate(facts):
        named = (
            [(number, -amount) for number, amount in past.get(reverses, ())] if reverses >= 0 else parts.get(row, ())
        )
        for number, amount in named:
            yield bank_ids[deposit], number, _decimal(amount, digits), f"{confidence:.6f}", ACTION_NAMES[action], rank


def _by_past_deposit(allocations: PastAllocations) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    columns = allocations.deposit.tolist(), allocations.invoice_number.tolist(), allocations.amount_minor.tolist()
    for deposit, number, amount in zip(*columns, strict=True):
        found[deposit].append((number, amount))
    return found


def _decimal(minor: int, digits: int) -> str:
    """Return decimal text of minor units.

    >>> _decimal(-5, 2), _decimal(1234, 0)
    ('-0.05', '1234')
    """
    sign, text = "-" if minor < 0 else "", str(abs(minor)).zfill(digits + 1)
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text


def _summary(
    partitions: Sequence[Partition], results: Sequence[MatchResult], problems: tuple[str, ...]
) -> MatchSummary:
    posted = sum(int(((r.proposals.action == 0) & (r.proposals.rank == 1)).sum()) for r in results)
    deposits = sum(len(partition.deposits) for partition in partitions)
    return MatchSummary(
        deposits,
        posted,
        deposits - posted,
        sum(r.expected_wrong for r in results),
        min((r.threshold for r in results), default=1.0),
        ", ".join(sorted({r.model_version for r in results})) or "none",
        sum(r.gap for r in results),
        problems,
    )
