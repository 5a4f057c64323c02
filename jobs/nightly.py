"""The whole night on one page: from bank file to posted payment, queue, notice and report.

Each step loads, decides and saves. Every one is harmless to repeat: a killed night is simply run again.

Room: shell.
"""

from jobs import deciding, notifying, reading, reporting
from jobs.night import Night
from jobs.runner import map_partitions
from matchers.night import decide_partition


def read(night: Night) -> None:
    """Read the files of the inbox that the books do not know yet."""
    for file in reading.new_files(night):
        night.readings.append(reading.read_inbox_file(night, file))


def import_(night: Night) -> None:
    """Bring statements into the books, each file in one transaction; what is not believed goes to quarantine."""
    for file_reading in night.readings:
        reading.save(night, file_reading)


def match(night: Night) -> None:
    """Decide whose money each waiting line is, company by company and currency by currency; store what was decided."""
    if not deciding.is_something_new(night):
        return
    partitions = deciding.load(night)
    results = map_partitions(decide_partition, partitions, night.settings.matching.processes)
    deciding.save(night, partitions, results)


def post(night: Night) -> None:
    """Post what is certain, after the books have proved their control totals."""
    deciding.require_control_totals(night)
    deciding.post(night)


def queue(night: Night) -> None:
    """Open an item for a reviewer for every line that is still unplaced."""
    deciding.queue(night)


def notify(night: Night) -> None:
    """Plan who is written to, put it into the outbox, send what is still owed at the moment of sending."""
    notifying.plan(night)
    notifying.send(night)


def report(night: Night) -> None:
    """Say what happened: counts, money, proof, problems; to the folder, the books and the team."""
    reporting.save(night, reporting.compile_report(night))


STEPS = (read, import_, match, post, queue, notify, report)


def run_night(night: Night) -> None:
    """Run the steps in their order, each with a record of its own."""
    for ordinal, step in enumerate(STEPS, start=1):
        with night.step(ordinal, step.__name__.rstrip("_")):
            step(night)
