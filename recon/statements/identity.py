"""The identity of a bank line: what it says, and the how-manieth line it is that says so.

Bank ids cannot carry identity alone: some banks use one id for a fee and its reward, some start again every year,
some give none. Content cannot either: the same customer pays the same amount twice on a day. Content and a count
together do: overlapping, repeated or reordered statements add nothing, and two real, identical rows stay two.

Room: pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice
from operator import lt

import numpy as np

from recon.bank_lines import BankLines, iso_days
from recon.errors import Problem
from recon.model import StatementLine
from recon.statements.quarantine import warning

_SHOWN = 20  # reused ids that are told one by one


def fingerprints(lines: Sequence[StatementLine]) -> list[str]:
    """Return the SHA-256 (hex) of what each line says. Position is left out, and so is the account: the store scopes
    by it.

    Pending and posted versions of a line differ: posting is a change of state that the store sees by the bank id.
    """
    return [sha256(content.encode("utf-8", "surrogatepass")).hexdigest() for content in contents(lines)]


def contents(lines: Sequence[StatementLine]) -> list[str]:
    """Return all that each line says, in one text."""
    if not isinstance(lines, BankLines):
        return list(map(_content, lines))
    said = (
        lines.bank_id, iso_days(lines.booked_day), map(str, lines.amount_minor.tolist()), lines.currency, lines.kind,
        lines.payer, lines.payer_account, lines.remittance, lines.reference, lines.end_to_end_id, lines.check_number,
        ["pending" if flag else "" for flag in lines.pending.tolist()], lines.correction,
    )  # fmt: skip
    return list(map("\x1f".join, zip(*said, strict=True)))


def _content(line: StatementLine) -> str:
    return "\x1f".join(
        (
            line.bank_id,
            line.booked_on.isoformat(),
            str(line.amount_minor),
            line.currency,
            line.kind,
            line.payer,
            line.payer_account,
            line.remittance,
            line.reference,
            line.end_to_end_id,
            line.check_number,
            "pending" if line.pending else "",
            line.correction,
        )
    )


def occurrences(fingerprints: Iterable[str]) -> list[int]:
    """Return for each fingerprint the how-manieth of its kind it is, from 1, in one file and account.

    >>> occurrences(["a", "b", "a"])
    [1, 1, 2]
    """
    seen: Counter[str] = Counter()
    counted = []
    for fingerprint in fingerprints:
        seen[fingerprint] += 1
        counted.append(seen[fingerprint])
    return counted


def reused_bank_ids(lines: Sequence[StatementLine], name: str) -> list[Problem]:
    """Return a warning for every bank id that stands on lines of different content in one account of one file.

    Both lines are kept: Chase, for one, writes a fee and its reward under the same id.
    """
    first: dict[str, tuple[StatementLine, str]] = {}
    reused: dict[str, StatementLine] = {}
    repeated = _repeated(lines)
    for line, content in zip(repeated, contents(repeated), strict=True):
        if content != first.setdefault(line.bank_id, (line, content))[1] and not line.correction:
            reused.setdefault(line.bank_id, line)
    problems = [_reuse(line, first[line.bank_id][0], name) for line in list(reused.values())[:_SHOWN]]
    if len(reused) > _SHOWN:
        problems.append(warning(name, f"{len(reused) - _SHOWN} more bank ids are reused", _KEPT))
    return problems


_KEPT = "Both are kept as two lines; check that the bank did not repeat one of them"


def _repeated(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Return the lines whose bank id is also that of another line."""
    ids = lines.bank_id.tolist() if isinstance(lines, BankLines) else [line.bank_id for line in lines]
    if _ascend(ids) or len(set(ids)) == len(ids) or not any(ids):
        return []
    counted = Counter(ids)
    places = [place for place, bank_id in enumerate(ids) if bank_id and counted[bank_id] > 1]
    if isinstance(lines, BankLines):
        return list(lines.take(np.array(places, dtype=np.int64)))
    return [lines[place] for place in places]


def _ascend(ids: Sequence[str]) -> bool:
    """Tell whether each id is larger than the one before, as many banks count: then none repeats."""
    return all(map(lt, ids, islice(ids, 1, None)))


def _reuse(line: StatementLine, first: StatementLine, name: str) -> Problem:
    what = f"bank id {line.bank_id[:40]!r} is also that of line {first.source_line}, with other content"
    return warning(name, what, _KEPT, line.source_line)
