"""How fast statements are read, how that grows, and what it takes in memory.

    python -m bench.statement_speed [LARGEST COUNT, 100000 unless told]

Prints one JSON object per measurement: transactions per CPU-second of the OFX scanner, of the second reader and of CSV
beside pandas, the exponent of the time from 1,000 transactions up, and the peak of memory.
"""

import io
import json
import math
import resource
import sys
import time
from collections.abc import Callable

from recon.statements import read_bytes
from recon.statements.decode import decode
from recon.statements.ofx import scan_ofx
from recon.statements.second_reader import disagreement

_HEAD = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS>"
    "<TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>123456789"
    "</BANKACCTFROM><BANKTRANLIST>\n"
)
_FOOT = "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"


def ofx_file(count: int) -> bytes:
    """Return an OFX 1 file of so many transactions, each about 230 bytes."""
    rows = (
        f"<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>202601{n % 28 + 1:02d}120000\n<TRNAMT>{n % 100000}.{n % 100:02d}\n"
        f"<FITID>20260101{n:09d}\n<NAME>ACME CORP {n % 997}\n<MEMO>INV {n} ORIG CO NAME ACME {n % 997} TRACE 12345678\n"
        "</STMTTRN>\n"
        for n in range(count)
    )
    return (_HEAD + "".join(rows) + _FOOT).encode()


def csv_file(count: int) -> bytes:
    """Return a CSV file in a shipped layout with debit, credit and running balance."""
    rows, balance = [], 0
    for n in range(count):
        balance += n % 1000 + 1
        rows.append(
            f'01/{n % 28 + 1:02d}/2026,Posted,ACH,,ACME CORP {n % 997} INV {n},,${n % 1000 + 1}.00,"${balance}.00"\n'
        )
    return ("Date,Status,Type,CheckNumber,Description,Withdrawal,Deposit,RunningBalance\n" + "".join(rows)).encode()


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the better of two runs."""
    took = []
    for _ in range(2):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def scanner(largest: int) -> None:
    """Measure the scanner from 1,000 transactions up to the largest count."""
    counts = [count for count in (1_000, 10_000, 100_000, 1_000_000) if count <= largest]
    took = {}
    for count in counts:
        content = ofx_file(count)
        took[count] = cpu_seconds(lambda content=content: scan_ofx(content, "x"))  # type: ignore[misc]
        tell(measure="ofx scanner", transactions=count, per_cpu_second=round(count / took[count]), peak_mb=peak_mb())
    if len(counts) > 1:
        exponent = math.log(took[counts[-1]] / took[counts[0]]) / math.log(counts[-1] / counts[0])
        tell(measure="ofx scanner", exponent=round(exponent, 3))


def second_reader() -> None:
    """Measure the second reader on a file it reads whole."""
    content = ofx_file(2_000)
    lines = scan_ofx(content, "x").statements[0].lines
    took = cpu_seconds(lambda: disagreement(decode(content), lines, (), "x"))
    tell(measure="second reader", transactions=2_000, per_cpu_second=round(2_000 / took))


def csv_beside_pandas() -> None:
    """Measure CSV by profile beside pandas, which only splits the rows."""
    import pandas as pd

    content = csv_file(100_000)
    ours = cpu_seconds(lambda: read_bytes(content, "x"))
    pandas = cpu_seconds(lambda: pd.read_csv(io.BytesIO(content), dtype=str))
    tell(measure="csv", rows=100_000, per_cpu_second=round(100_000 / ours), of_pandas=round(pandas / ours, 3))


def peak_mb() -> int:
    """Return the peak of resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def tell(**figures: object) -> None:
    """Print one measurement."""
    print(json.dumps(figures), flush=True)


def main() -> None:
    """Measure all."""
    scanner(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    second_reader()
    csv_beside_pandas()


if __name__ == "__main__":
    main()
