"""A mapping proposed for an unknown header: TOML to check and save, with the questions only a person can answer.

Room: pure.
"""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from recon.errors import Problem
from recon.receivables.layout import NUMBER_STYLES, fold_header, header_fingerprint, parse_layout
from recon.receivables.rules import Defaults, decide_rules
from recon.receivables.table import Table, blocks, open_table, unreadable

_NEEDED = {
    "invoices": (("number",), ("customer_code", "customer_name"), ("due_date", "terms"), ("amount",)),
    "credits": (("number",), ("customer_code", "customer_name"), ("issue_date",), ("amount",)),
    "customers": (("customer_code",), ("customer_name",)),
}
_PREVIEW_ROWS = 3


@dataclass(frozen=True, slots=True)
class Proposed:
    """A mapping to confirm: `toml` as `parse_layout` reads it, open questions, and the first rows by role."""

    toml: str
    questions: tuple[str, ...]
    preview: tuple[tuple[tuple[str, str], ...], ...]


def propose_mapping(
    content: bytes, name: str, kind: str = "invoices", defaults: Defaults | None = None
) -> tuple[Proposed | None, tuple[Problem, ...]]:
    """Return a proposed mapping for the file's header; None with the problems when the file is no table."""
    table, _, problems = open_table(content, name, kind, None)
    if table is None:
        return None, problems
    try:
        return propose_table(table, kind, defaults or Defaults()), table.warnings
    except csv.Error as error:
        return None, (unreadable(name, error),)


def propose_table(table: Table, kind: str, defaults: Defaults) -> Proposed:
    """Return a proposed mapping for an opened table."""
    roles = _roles(table.headers, kind)
    bare = _toml(table, kind, roles, ())
    rules, _ = decide_rules(table, parse_layout(bare, table.name), defaults, ())
    questions, lines = _missing(roles, kind), []
    if kind != "customers":
        marks = {style.decimal for style in rules.styles}
        if len(marks) > 1:
            questions.append('Is 1,650 sixteen hundred and fifty? Set number_style = "1,650.00", or "1.650,00" if not.')
        else:
            lines.append(f"number_style = {_quoted(_style_name(rules.styles[0]))}")
        if len(rules.orders) > 1:
            questions.append('Do days read day-month-year or month-day-year? Set date_order = "dmy", "mdy" or "ymd".')
        else:
            lines.append(f'date_order = "{rules.orders[0].value}"')
        if "currency" not in roles and not defaults.currency:
            questions.append("No column names the currency: set the company's currency in the settings.")
    return Proposed(_toml(table, kind, roles, tuple(lines)), tuple(questions), _preview(table, roles))


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    text = (files("recon.receivables") / "headers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _roles(headers: tuple[str, ...], kind: str) -> dict[str, str]:
    """Return the header as written for each role; the words of a role are tried in their order, each header taken
    once."""
    folded = {fold_header(header): header for header in reversed(headers) if header}
    found: dict[str, str] = {}
    for role, words in _words()["customers" if kind == "customers" else "invoices"].items():
        word = next((word for word in words if word in folded and folded[word] not in found.values()), None)
        if word is not None:
            found[role] = folded[word]
    return found


def _missing(roles: dict[str, str], kind: str) -> list[str]:
    return [
        f"Which column is the {' or '.join(choice).replace('_', ' ')}? Add it under [columns]."
        for choice in _NEEDED[kind]
        if not roles.keys() & set(choice)
    ]


def _toml(table: Table, kind: str, roles: dict[str, str], declared: tuple[str, ...]) -> str:
    fingerprint = header_fingerprint(table.headers)
    lines = [
        "# Check each line, answer the questions, and save this file among your mappings.",
        f'key = "mapping-{fingerprint[:6]}"',
        f"name = {_quoted('Mapping for ' + table.name)}",
        f'kind = "{kind}"',
        f'fingerprint = "{fingerprint}"',
        *declared,
        "",
        "[columns]",
        *(f"{role} = {_quoted(header)}" for role, header in roles.items()),
    ]
    unused = [header for header in table.headers if header and header not in roles.values()]
    return "\n".join([*lines, *(f"# not used: {_quoted(header)}" for header in unused)]) + "\n"


def _quoted(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _style_name(style: object) -> str:
    return next((name for name, known in NUMBER_STYLES.items() if known == style), "1,650.00")


def _preview(table: Table, roles: dict[str, str]) -> tuple[tuple[tuple[str, str], ...], ...]:
    block = next(blocks(table), None)
    if block is None:
        return ()
    column = {role: table.headers.index(header) for role, header in roles.items()}
    count = min(_PREVIEW_ROWS, len(block.rows))
    return tuple(
        tuple((role, block.columns[position][row]) for role, position in column.items()) for row in range(count)
    )
