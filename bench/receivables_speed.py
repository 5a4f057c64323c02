"""Reading a million plain invoices beside what pandas needs for the bare text: a ratio in one run, never a timed test.

    python -m bench.receivables_speed [ROWS]

pandas only splits the text into strings (`read_csv(dtype=str)`); we also read amounts, days and currencies, check
every row
and keep its place. The floor is 0.5 of its speed.
"""

import gc
import io
import random
import resource
import sys
import time
from collections.abc import Callable

import pandas as pd

from recon.receivables import read_invoices

HEADER = "id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount"


def plain_invoices(rows: int, seed: int = 7) -> bytes:
    """Return a plain invoice file of that many rows."""
    rng = random.Random(seed)
    lines = [HEADER]
    for i in range(rows):
        minor = rng.randrange(100, 9_999_999)
        amount, day = f"{minor // 100}.{minor % 100:02d}", rng.randrange(1, 29)
        customer = f"{110_000_000 + rng.randrange(max(rows // 5, 1)):010d}"
        days = f"2026-01-{day:02d},2026-02-{day:02d}"
        lines.append(f"{i},{customer},{1_930_000_000 + i},PO-{rng.randrange(99_999):05d},{days},USD,{amount},{amount}")
    return ("\n".join(lines) + "\n").encode()


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of one call."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Measure both in turn, three times, and print the best of each."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    content = plain_invoices(rows)
    ours = min(cpu_seconds(lambda: read_invoices(content, "plain.csv")) for _ in range(3))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    bare = min(cpu_seconds(lambda: pd.read_csv(io.BytesIO(content), dtype=str)) for _ in range(3))
    print(f"{rows:,} rows, {len(content) / 1e6:.0f} MB: ours {ours:.2f} CPU-s, pandas text only {bare:.2f} CPU-s")
    print(f"speed of ours / pandas: {bare / ours:.2f} (floor 0.50); peak memory {peak_mb} MB with the file in it")


if __name__ == "__main__":
    main()
