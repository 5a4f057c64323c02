"""How sure matching was of the lines it decided, when, and by which rules: what drift and explanations stand on.

Room: store.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from recon.store.bulk import fetch_in

# Lines decided by a rule, or of which nothing was thought, say nothing of the model.
_SURE = """
SELECT p.confidence_ppm, run.as_of FROM proposal AS p JOIN run ON run.id = p.run_id
WHERE p.rank = 1 AND p.kind NOT IN ('set_aside', 'duplicate', 'return', 'unexplained') AND run.as_of >= :since
ORDER BY run.id, p.bank_line_id
"""


def confidences(connection: Connection, since: date, late: date) -> tuple[list[float], list[float]]:
    """Return the confidence in the first suggestion of each line decided from a day on: before `late`, and from it."""
    before: list[float] = []
    recent: list[float] = []
    for ppm, as_of in connection.execute(text(_SURE), {"since": since.isoformat()}):
        (recent if as_of >= late.isoformat() else before).append(ppm / 1_000_000)
    return before, recent


@dataclass(frozen=True, slots=True)
class Decider:
    """The run that decided a line: its business day, the model and the version of the program whose rules it used."""

    line_id: int
    run_id: int
    as_of: str
    model: str
    rules: str  # "" while the run has no report


def deciders(connection: Connection, line_ids: Iterable[int]) -> list[Decider]:
    """Return who decided these lines, by line."""
    sql = (
        "SELECT p.bank_line_id, run.id, run.as_of, p.model_version, run.report FROM proposal AS p"
        " JOIN run ON run.id = p.run_id WHERE p.rank = 1 AND p.bank_line_id IN :values ORDER BY p.bank_line_id"
    )
    rows = fetch_in(connection, sql, line_ids)
    return [Decider(line_id, run, as_of, model, _rules(report)) for line_id, run, as_of, model, report in rows]


def _rules(report: str) -> str:
    matching = json.loads(report).get("matching", {}) if report else {}
    return str(matching.get("rules", ""))
