"""Typed access to the tables of a policy file: what is wrong is said with file, line, key and what to do.

Room: pure.
"""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from recon.errors import UsageError
from recon.money import POINT, is_known_currency, parse_minor

POLICY_KEYS = {
    "id",
    "rest_days",
    "account_rest_days",
    "grace_days",
    "promise_grace_days",
    "minimum",
    "cc",
    "window",
    "gate",
    "interest",
    "rates",
    "conduct",
    "tiers",
    "segments",
    "customers",
    "charge_consumers",
}
TABLE_KEYS = {
    "window": {"opens", "closes", "weekdays", "time_zone", "holidays"},
    "gate": {"max_feed_age_days", "suggestion_percent", "block_discrepancy"},
    "interest": {"regime", "day_count", "contract_percent", "compensation", "clearing", "mode"},
    "conduct": {"rules", "contract_allows_charges", "time_zones"},
    "rates": {"regime", "from", "percent"},
    "tiers": {
        "name",
        "days",
        "tone",
        "channel",
        "deadline_days",
        "fee",
        "interest",
        "cc",
        "handoff_days",
        "fourteen_days",
    },
}


class Source:
    """The text, and where in it a key stands: tomllib tells no lines."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.lines = _key_lines(text)

    def parse(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{self.name}: {error}", "Correct the line.") from error

    def error(self, places: tuple[str, ...], key: str, what: str, remedy: str) -> UsageError:
        """Return the error with the line of the key in the first place that has it, or of the place itself."""
        line = next((self.lines[p, key] for p in places if (p, key) in self.lines), None)
        line = line or next((self.lines[p, ""] for p in places if (p, "") in self.lines), 1)
        return UsageError(f"{self.name}, line {line}: {key}: {what}", remedy)


_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\- ]+?)\s*\]\]?")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_\-]+)[\"']?\s*=")


def _key_lines(text: str) -> dict[tuple[str, str], int]:
    """Map (table, key) to its line; array tables are numbered: `tiers#0`, and `policies#0.tiers#1` below a policy."""
    lines: dict[tuple[str, str], int] = {}
    place, count = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            place = _place(header[2], header[1] == "[[", count)
            lines[place, ""] = number
        elif key := _KEY.match(line):
            lines.setdefault((place, key[1]), number)
    return lines


def _place(path: str, is_array: bool, count: dict[str, int]) -> str:
    parent, _, last = path.rpartition(".")
    if parent in count:
        parent = f"{parent}#{count[parent]}"
    full = f"{parent}.{last}" if parent else last
    if not is_array:
        return full
    count[full] = count.get(full, -1) + 1
    if full == "policies":  # the tiers of the next policy count from 0 again
        for key in [key for key in count if key != "policies"]:
            del count[key]
    return f"{full}#{count[full]}"


def check_keys(source: Source, table: Mapping[str, Any], keys: set[str], places: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(sorted(keys))}."
            raise source.error(places, key, "is not a key of the policy", remedy)


class Reader:
    """Typed access to one table; a wrong type or value is an error that names its line."""

    def __init__(self, source: Source, table: Mapping[str, Any], places: tuple[str, ...]) -> None:
        self.source, self.values, self.places = source, table, places

    def fail(self, key: str, what: str, remedy: str) -> UsageError:
        return self.source.error(self.places, key, what, remedy)

    def table(self, key: str) -> "Reader":
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, "is not a table", f"Write [{key}] on a line of its own.")
        places = tuple(f"{place}.{key}" if place else key for place in self.places)
        if key in TABLE_KEYS:
            check_keys(self.source, value, TABLE_KEYS[key], places)
        return Reader(self.source, value, places)

    def rows(self, key: str) -> list["Reader"]:
        """Return the tables of an array `[[key]]`, in the order of the file."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.fail(key, "is not a list of tables", f"Write [[{key}]] above each.")
        rows = []
        for i, row in enumerate(value):
            places = tuple(f"{place}.{key}#{i}" if place else f"{key}#{i}" for place in self.places)
            check_keys(self.source, row, TABLE_KEYS[key], places)
            rows.append(Reader(self.source, row, places))
        return rows

    def text(self, key: str, default: str) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.fail(key, f"{value!r} is not text", "Put it in quotes.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, "is not a list of texts", 'Write ["one", "two"].')
        return tuple(value)

    def whole(self, key: str, default: int, least: int = 0) -> int:
        value = self.values.get(key, default)
        if type(value) is not int or value < least:
            raise self.fail(key, f"{value!r} is not a whole number of at least {least}", "Correct the number.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"{value!r} is not true or false", "Write true or false without quotes.")
        return value

    def amounts(self, key: str) -> tuple[tuple[str, int], ...]:
        inner = self.table(key)
        return tuple(sorted((currency, inner.amount(currency)) for currency in inner.values))

    def amount(self, currency: str) -> int:
        value = self.values[currency]
        if not is_known_currency(currency):
            raise self.fail(currency, "is not a currency of ISO 4217", "Use the three letters, as in EUR.")
        try:
            minor = parse_minor(value, POINT, currency) if isinstance(value, str) else -1
        except ValueError:
            minor = -1
        if minor < 0:
            raise self.fail(currency, f"{value!r} is not an amount", 'Write it as text with a point, as in "5.00".')
        return minor

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.fail(key, f"{value!r} is not known", f"Choose one of {', '.join(choices)}.")
        return value
