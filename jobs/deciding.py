"""Whose money it is: load what matching may see, keep and carry out what it decided.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import recon
from jobs import clearing, watching
from jobs.spreading import spread_over
from matchers.base import MatchSettings
from matchers.cascade import match
from matchers.model import Model, loads
from matchers.result import tell
from recon.errors import ControlTotalError
from recon.frames import Partition
from recon.model import Proposal
from recon.money import minor_digits
from recon.store import control, marks
from recon.store.frames import load_partitions
from recon.store.models import active_model
from recon.store.proposals import Saved, save_decisions
from recon.store.review import wake_snoozed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.night import Night
    from jobs.settings import Settings

MOST_MINOR = 2**62
SLICE = 10_000  # proposals that are values in memory at a time


@dataclass(frozen=True, slots=True)
class Question:
    """One partition with the settings it is matched under: what travels to a worker process."""

    partition: Partition
    settings: MatchSettings
    model: Model | None = None  # None: the one the program ships
    canaries: int = 0
    processes: int = 1  # that may share this partition, where it is not itself one of many


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of a partition: the proposals of every waiting line, by line and rank."""

    proposals: Iterable[Proposal]
    deposits: int
    expected_wrong: float
    model_version: str
    watched: watching.Watched | None = None


def is_something_new(night: Night) -> bool:
    """Tell whether anything changed since matching last decided; if not, deciding again would change nothing."""
    with night.store.read() as connection:
        night.mark = _mark(night, connection)
        return marks.last_mark(connection) != night.mark


def load(night: Night) -> Iterator[Question]:
    """Yield the partitions that have unresolved lines, with the limits of the settings; all of one state of the books.

    One after the other: a million open invoices with their indexes are the most memory a night needs.
    """
    with night.store.read() as connection:
        used = active_model(connection)
        model = loads(used.weights) if used else None
        yield from map(partial(_question, night.settings, model), load_partitions(connection, night.as_of))


def match_settings(settings: Settings, currency: str) -> MatchSettings:
    """Return the user's limits as matching takes them, the caps in minor units of the currency, 0 for none."""
    chosen = settings.matching
    caps = (_cap_minor(chosen.amount_cap, currency), _cap_minor(chosen.risk_cap, currency))
    return MatchSettings(str(chosen.error_budget), *caps)


def _cap_minor(cap: Decimal, currency: str) -> int:
    """0 means none, so a cap below the smallest coin is one coin; and columns hold 64 bits."""
    return min(max(int(cap.scaleb(minor_digits(currency))), 1), MOST_MINOR) if cap else 0


def decide(question: Question) -> Decided:
    """Match one partition. Pure: runs in any process."""
    partition = question.partition
    alone = parent_process() is None  # in a worker, the other processors have partitions of their own
    with spread_over(question.processes if alone else 1) as spread:
        result = match(partition, question.settings, question.model, spread)
    told = watching.watched(partition, question.settings, question.model, result.threshold, question.canaries)
    proposals = watching.heeded(tell(partition, result), told)
    return Decided(proposals, len(partition.deposits), result.expected_wrong, result.model_version, told)


def carry_out(night: Night, decided: Sequence[Decided]) -> None:
    """Post what is certain and queue the rest, of all partitions, in one transaction that also leaves the mark.

    One transaction, so that a night killed in between ends as if it had never begun. No mark is left when somebody else
    wrote since the night looked: what they brought was not decided on, and the next night must look again.
    """
    told = [one.watched for one in decided if one.watched is not None]
    policies = clearing.legal_policies(night.settings)
    with night.store.write() as connection:
        is_undisturbed = _mark(night, connection) == night.mark
        saved = [
            save_decisions(
                connection, chosen, night.author, night.as_of, one.model_version,
                clearing.for_people(connection, policies, chosen),
            )
            for one in decided
            for chosen in _in_turn(one.proposals)
        ]  # fmt: skip
        watching.record(connection, night, told)
        if is_undisturbed and not any(one.held for one in saved):  # a claim lapses without a trace in the books
            marks.keep_mark(connection, night.run_id, _mark(night, connection))
    _count(night, saved)
    night.facts["matching"] = {
        "deposits": sum(one.deposits for one in decided),
        "expected_wrong": f"{sum(one.expected_wrong for one in decided):.3f}",
        "error_budget": str(night.settings.matching.error_budget),
        "model": ", ".join(sorted({one.model_version for one in decided})) or "none",
        "rules": recon.__version__,
        "canaries": watching.tell(night, told),
    }


def require_control_totals(night: Night) -> None:
    """Raise ControlTotalError unless the books balance; nothing is posted then."""
    with night.store.read() as connection:
        faults = control.control_total_faults(connection)
    if faults:
        raise ControlTotalError("; ".join(faults), "Nothing was posted. Run `recon verify`, then restore a backup")


def wake(night: Night) -> None:
    """Bring snoozed items back whose day has come, and count what waits."""
    with night.store.write() as connection:
        night.count("woken", wake_snoozed(connection, night.as_of))


def _in_turn(proposals: Iterable[Proposal]) -> Iterator[list[Proposal]]:
    """Yield payments, some at a time, then returns: a payment must be in the books before the bank can take it back."""
    payments: list[Proposal] = []
    returns: list[Proposal] = []
    for _, own in groupby(proposals, key=lambda proposal: proposal.bank_line_id):
        first, *others = own
        (payments if first.reverses_line_id is None else returns).extend((first, *others))
        if len(payments) >= SLICE:
            yield payments
            payments = []
    yield payments
    yield returns


def _question(settings: Settings, model: Model | None, partition: Partition) -> Question:
    chosen = settings.matching
    limits = match_settings(settings, partition.currency)
    return Question(partition, limits, model, chosen.canaries, chosen.processes)


def _mark(night: Night, connection: Connection) -> str:
    used = active_model(connection)
    salt = f"{night.as_of}|{night.settings.digest()}|{recon.__version__}|{used.version if used else ''}"
    salt += clearing.salt_of(clearing.legal_policies(night.settings))
    return marks.books_mark(connection, salt)


def _count(night: Night, saved: Sequence[Saved]) -> None:
    night.count("posted", sum(one.posted for one in saved))
    night.count("set_aside", sum(one.set_aside for one in saved))
    night.count("queued", sum(one.queued for one in saved))
    night.count("refused_by_the_books", sum(len(one.refused) for one in saved))
