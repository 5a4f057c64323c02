"""The level of an account as a whole, for reports and hand-off: what its oldest open invoice, or all of them, call for.

Notices go by invoice (`notices.plan`). An account's level is derived from what is open now and falls back by itself
when the oldest invoice is paid; nothing of it is stored, so no state can be skipped or stay behind.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass


def level_reached(days: int, thresholds: Sequence[int]) -> int:
    """Return how many thresholds (days, ascending) have been reached; 0 for none.

    >>> [level_reached(days, (3, 7, 11)) for days in (2, 3, 7, 30)]
    [0, 1, 2, 3]
    """
    return sum(days >= threshold for threshold in thresholds)


def account_level(open_days: Sequence[int], thresholds: Sequence[int]) -> int:
    """Return the level of the oldest invoice that is still open; 0 when none is."""
    return max((level_reached(days, thresholds) for days in open_days), default=0)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a level asks of an account: an invoice so many days late, one so large, so much in all (minor units)."""

    level: int
    min_days: int = 0
    min_invoice_minor: int = 0
    min_total_minor: int = 0


def level_by_conditions(overdue: Sequence[tuple[int, int]], conditions: Sequence[Condition], every: bool) -> int:
    """Return the highest level whose conditions hold - each, or any - for the (days late, amount) that are overdue.

    >>> steps = [Condition(1, 1, 1000, 10000), Condition(2, 3, 3000, 10000)]
    >>> level_by_conditions([(5, 1000)] * 10, steps, every=True)
    1
    """
    combine = all if every else any
    return max((c.level for c in conditions if overdue and combine(_held(overdue, c))), default=0)


def _held(overdue: Sequence[tuple[int, int]], condition: Condition) -> tuple[bool, bool, bool]:
    return (
        max(days for days, _ in overdue) >= condition.min_days,
        max(minor for _, minor in overdue) >= condition.min_invoice_minor,
        sum(minor for _, minor in overdue) >= condition.min_total_minor,
    )


def is_resolved(is_open: Sequence[bool]) -> bool:
    """Tell whether a notice is settled: every invoice it listed is. One open invoice keeps it open, in any order.

    >>> is_resolved([True, False]), is_resolved([False, False])
    (False, True)
    """
    return not any(is_open)
