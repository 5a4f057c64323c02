"""What the report of a night tells, read back from the books: what was booked, what waits, what is proved.

Room: store.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.review import WAITING


@dataclass(frozen=True, slots=True)
class Placed:
    """Deposits that one run placed in one way: entry kind, count and money (absolute, minor units)."""

    company: str
    currency: str
    kind: str
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class StatementProof:
    """The proof of a statement that a run imported."""

    account: str
    currency: str
    first_on: str
    last_on: str
    opening_minor: int | None
    closing_minor: int | None
    sum_minor: int
    line_count: int
    new_line_count: int
    proof: str
    reason: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Where every cent of the bank lines is, per company and currency. `difference_minor` is 0, or we are wrong."""

    company: str
    currency: str
    bank_minor: int
    applied_minor: int
    on_account_minor: int
    unapplied_minor: int
    set_aside_minor: int
    other_minor: int  # entries that touch no cash: charges issued, refunds owed

    @property
    def difference_minor(self) -> int:
        """What is missing from the equation bank = applied + on account + unapplied + set aside + other."""
        placed = self.applied_minor + self.on_account_minor + self.unapplied_minor + self.set_aside_minor
        return self.bank_minor - placed - self.other_minor


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a reviewer."""

    kind: str
    company: str
    currency: str
    count: int
    amount_minor: int


def placed_by(connection: Connection, run_id: int) -> tuple[Placed, ...]:
    """Return what the run placed, by company, currency and kind of entry; the import of the lines is left out."""
    rows = connection.execute(text(_PLACED), {"run": run_id})
    return tuple(Placed(company, currency, kind, count, int(minor)) for company, currency, kind, count, minor in rows)


def statements_of(connection: Connection, run_id: int) -> tuple[StatementProof, ...]:
    """Return the statements that the run imported, in their order."""
    return tuple(StatementProof(*row) for row in connection.execute(text(_STATEMENTS), {"run": run_id}))


def balances(connection: Connection) -> tuple[Balance, ...]:
    """Return the equation of the books per company and currency."""
    rows = connection.execute(text(_BALANCES))
    return tuple(Balance(row[0], row[1], *(int(minor or 0) for minor in row[2:])) for row in rows)


def waiting(connection: Connection) -> tuple[Waiting, ...]:
    """Return what waits for a reviewer: counts and money (absolute) by kind, company and currency."""
    rows = connection.execute(text(_WAITING))
    return tuple(Waiting(kind, company, currency, count, int(minor)) for kind, company, currency, count, minor in rows)


_PLACED = """
SELECT line.company, line.currency, entry.kind, count(*), sum(abs(line.amount_minor))
FROM entry JOIN bank_line AS line ON line.id = entry.bank_line_id
WHERE entry.run_id = :run AND entry.kind IN ('apply', 'on_account', 'set_aside', 'return')
GROUP BY line.company, line.currency, entry.kind ORDER BY line.company, line.currency, entry.kind
"""
_STATEMENTS = """
SELECT account.key, s.currency, coalesce(s.first_on, ''), coalesce(s.last_on, ''), s.opening_minor, s.closing_minor,
       CASE WHEN s.rolled_from_id IS NULL THEN s.sum_minor ELSE
                   (SELECT CAST(coalesce(sum(l.amount_minor), 0) AS BIGINT) FROM bank_line AS l
                       JOIN statement AS since ON since.id = l.statement_id
                       JOIN entry AS e ON e.bank_line_id = l.id AND e.kind = 'import'
                       WHERE since.bank_account_id = s.bank_account_id AND since.id > s.rolled_from_id
                         AND since.id <= s.id) END,
       s.line_count, s.new_line_count, s.proof, s.proof_reason
FROM statement AS s JOIN source_file AS f ON f.id = s.file_id
JOIN bank_account AS account ON account.id = s.bank_account_id
WHERE f.run_id = :run ORDER BY s.id
"""
_BALANCES = """
SELECT entry.company, p.currency,
       sum(CASE WHEN p.account = 'bank' THEN p.amount_minor ELSE 0 END),
       -sum(CASE WHEN p.account IN ('receivable', 'discount_allowed', 'bank_charges', 'deductions', 'write_off')
                 AND coalesce(undone.kind, entry.kind) <> 'charge' THEN p.amount_minor ELSE 0 END),
       -sum(CASE WHEN p.account IN ('on_account', 'prepayments') THEN p.amount_minor ELSE 0 END),
       -sum(CASE WHEN p.account = 'unidentified_cash' THEN p.amount_minor ELSE 0 END),
       -sum(CASE WHEN p.account LIKE 'set\\_aside:%' ESCAPE '\\' THEN p.amount_minor ELSE 0 END),
       -sum(CASE WHEN p.account IN ('fee_income', 'refunds_payable') OR p.account LIKE 'fx%'
                 OR (coalesce(undone.kind, entry.kind) = 'charge' AND p.account = 'receivable')
                 THEN p.amount_minor ELSE 0 END)
FROM posting AS p JOIN entry ON entry.id = p.entry_id LEFT JOIN entry AS undone ON undone.id = entry.reverses_id
GROUP BY entry.company, p.currency ORDER BY entry.company, p.currency
"""
_WAITING = f"""
SELECT kind, company, currency, count(*), sum(abs(amount_minor)) FROM review_item
WHERE state IN ({", ".join(f"'{state.value}'" for state in WAITING)}) GROUP BY kind, company, currency
ORDER BY kind, company, currency
"""
