"""The whole night on one page: from bank file to posted payment, queue, notice and report.

Each step loads, decides and saves. Every one is harmless to repeat: a killed night is simply run again.

Room: shell.
"""

from jobs import deciding, notifying, reading, reporting
from jobs.night import Night
from jobs.runner import map_partitions


def read(night: Night) -> None:
    """Read the files of the inbox that the books do not know yet."""
    for file in reading.new_files(night):
        night.readings.append(reading.read_inbox_file(night, file))


def import_(night: Night) -> None:
    """Bring statements into the books, each file in one transaction; what is not believed goes to quarantine."""
    while night.readings:  # let go of each: its lines are in the books now, and matching needs the memory
        reading.save(night, night.readings.pop(0))


def match(night: Night) -> None:
    """Decide whose money each waiting line is, company by company and currency by currency."""
    if deciding.is_something_new(night):
        questions = deciding.load(night)
        night.decided = map_partitions(deciding.decide, questions, night.settings.matching.processes)


def post(night: Night) -> None:
    """Post what is certain and suggest the rest, once the books have proved their control totals."""
    if night.decided is not None:
        deciding.require_control_totals(night)
        deciding.carry_out(night, night.decided)


def queue(night: Night) -> None:
    """Put what a reviewer had laid aside until today back into the queue."""
    deciding.wake(night)


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
