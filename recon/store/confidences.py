"""How sure matching was of the lines it decided, and when: what drift is measured by.

Room: store.
"""

from datetime import date

from sqlalchemy import Connection, text

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
