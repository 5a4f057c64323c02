"""Instants as the books write them: UTC, microseconds, always 27 characters, so that text order is time order.

Room: pure.
"""

from datetime import UTC, datetime

from recon.errors import ensure


def instant_text(moment: datetime) -> str:
    """Return the instant as text.

    >>> instant_text(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    '2026-03-31T23:59:59.000000Z'
    """
    ensure(moment.tzinfo is not None, "an instant needs its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_of(written: str) -> datetime:
    """Return the instant that the text stands for.

    >>> instant_of('2026-03-31T23:59:59.000000Z').isoformat()
    '2026-03-31T23:59:59+00:00'
    """
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
