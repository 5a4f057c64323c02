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
from functools import partial

from recon.statements import profile_from_toml, read_bytes
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


_GERMAN = """
name = "german"
file.delimiter = ";"
file.header = [
  "Buchung", "Valuta", "Name", "IBAN", "Buchungstext", "Verwendungszweck", "Betrag", "Waehrung", "Saldo",
]
columns.booked_on = "Buchung"
columns.valued_on = "Valuta"
columns.payer = "Name"
columns.payer_account = "IBAN"
columns.kind = "Buchungstext"
columns.remittance = "Verwendungszweck"
columns.amount = "Betrag"
columns.currency = "Waehrung"
columns.balance = "Saldo"
days.booked_on = ["DD.MM.YYYY"]
numbers.decimal = ","
numbers.group = "."
"""


def german_file(count: int, quote: str) -> bytes:
    """Return a CSV file with long texts, comma decimals and running balance; each field in quotation marks or none."""

    def written(minor: int) -> str:
        return f"{minor // 100:,}".replace(",", ".") + f",{minor % 100:02d}"

    rows, balance = [], 0
    for n in range(count):
        minor, day = (n * 7919) % 5_000_000 + 1, f"{n % 28 + 1:02d}.01.2026"
        balance += minor
        fields = (
            *(day, day, f"M\u00fcller Maschinenbau GmbH {n % 997}", "DE89370400440532013000", "GUTSCHR. UEBERWEISUNG"),
            *(f"Rechnung RE-2026-{n:07d} Kundennr. {n % 9999:05d}", written(minor), "EUR", written(balance)),
        )
        rows.append(";".join(quote + field + quote for field in fields) + "\n")
    return ("Buchung;Valuta;Name;IBAN;Buchungstext;Verwendungszweck;Betrag;Waehrung;Saldo\n" + "".join(rows)).encode()


def plain_file(count: int) -> bytes:
    """Return a file in the plain layout."""
    rows = (
        f"F{n:09d},2026-01-{n % 28 + 1:02d},{n % 100000}.{n % 100:02d},USD,CREDIT,,ACME CORP {n % 997},"
        f"INV {n} TRACE 12345678\n"
        for n in range(count)
    )
    return ("fitid,date,amount,currency,type,checknum,payee,memo\n" + "".join(rows)).encode()


def csv_beside_pandas(count: int = 200_000) -> None:
    """Measure CSV by profile beside pandas, which only splits the rows.

    Reading is all that `read_bytes` does: days, amounts, texts, proof by the running balance, repeated bank ids.
    """
    import pandas as pd

    german = profile_from_toml(_GERMAN)
    layouts = (
        ("US checking", csv_file(count), ",", None),
        ("plain", plain_file(count), ",", None),
        ("German", german_file(count, ""), ";", german),
        ("German, quoted", german_file(count, '"'), ";", german),
    )
    for name, content, delimiter, profile in layouts:
        pandas = partial(pd.read_csv, dtype=str, sep=delimiter)
        theirs = [cpu_seconds(lambda: pandas(io.BytesIO(content)))]  # noqa: B023 - called at once
        ours = cpu_seconds(lambda: read_bytes(content, "x", profile=profile))  # noqa: B023
        theirs.append(cpu_seconds(lambda: pandas(io.BytesIO(content))))  # noqa: B023
        of_pandas = round(sum(theirs) / 2 / ours, 2)
        tell(measure="csv", layout=name, rows=count, per_cpu_second=round(count / ours), of_pandas=of_pandas)


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
