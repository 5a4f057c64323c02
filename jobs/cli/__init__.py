"""The command line `recon`: what must stand before the commands are imported, which takes a while.

Room: shell.
"""

import gc
import os
import signal
import sys
from types import FrameType

EXIT_INTERRUPTED = 130  # as in `recon.errors`, which is not imported yet
NEVER_YET = b"error: interrupted. Nothing was begun; run it again\n"


def main() -> None:
    """Run the command line and end with its exit code."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _stop_at_once)
    gc.set_threshold(100_000, 20, 1_000)  # the modules are no garbage, and looking for it in them costs a tenth
    from jobs.cli.app import ended

    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = ended(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and told; no second ending
    gc.freeze()  # nor look at them once more at the end
    sys.exit(code)


def _stop_at_once(signal_number: int, frame: FrameType | None) -> None:
    os.write(2, NEVER_YET)
    os._exit(EXIT_INTERRUPTED)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
