"""What starting costs: `recon --help` beside the mere import of the library it is written with.

Room: shell.
"""

import resource
import subprocess
import sys
from statistics import median

TIMES = 7
HELP = (sys.executable, "-c", "import sys; sys.argv = ['recon', '--help']; from jobs.cli import main; main()")
FLOOR = (sys.executable, "-c", "import typer")


def help_ratio(times: int = TIMES) -> float:
    """Return the CPU of `recon --help` as a multiple of `python -c "import typer"`: medians, run in turn."""
    spent = [(_child_seconds(HELP), _child_seconds(FLOOR)) for _ in range(times)]
    return median(one for one, _ in spent) / median(floor for _, floor in spent)


def _child_seconds(command: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
