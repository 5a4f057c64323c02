"""Whose money it is: load what matching may see, carry out what it decided.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from matchers.base import MatchSettings
from matchers.cascade import MatchResult, match
from matchers.result import to_proposals
from recon.errors import ControlTotalError
from recon.frames import Partition
from recon.model import Action, Proposal
from recon.money import format_minor, minor_digits
from recon.store import control, decided, runs
from recon.store.frames import load_partitions
from recon.store.proposals import Saved, save_decisions
from recon.store.review import wake_snoozed

if TYPE_CHECKING:
    from jobs.night import Night
    from jobs.settings import Settings


@dataclass(frozen=True, slots=True)
class Question:
    """One partition with the settings it is matched under: what travels to a worker process."""

    partition: Partition
    settings: MatchSettings


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of a partition, as values: one group of proposals per waiting line, by rank."""

    company: str
    currency: str
    proposals: tuple[Proposal, ...]
    expected_wrong: float
    model_version: str


def is_something_new(night: Night) -> bool:
    """Tell whether anything changed since matching last decided; if not, deciding again would change nothing."""
    with night.store.read() as connection:
        return decided.last_mark(connection) != _mark(night, connection)


def load(night: Night) -> list[Question]:
    """Return the partitions that have unresolved lines."""
    settings = night.settings
    with night.store.read() as connection:
        return [
            Question(partition, match_settings(settings, partition.currency))
            for partition in load_partitions(connection, night.as_of)
        ]


def match_settings(settings: Settings, currency: str) -> MatchSettings:
    """Return the user's limits as matching takes them: the cap in minor units of the currency, 0 for none."""
    cap_minor = int(settings.matching.amount_cap.scaleb(minor_digits(currency)))
    return MatchSettings(error_budget=Fraction(settings.matching.error_budget), amount_cap_minor=cap_minor)


def decide(question: Question) -> Decided:
    """Match one partition. Pure: runs in any process."""
    result: MatchResult = match(question.partition, question.settings)
    return Decided(
        question.partition.company,
        question.partition.currency,
        to_proposals(question.partition, result),
        result.expected_wrong,
        result.model_version,
    )
