"""A small company with real files and a real command line: what each story starts from."""

import contextlib
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.cli.app import run

CUSTOMERS = """id,name,aliases,currency,email
C1,Amberline Supply LLC,,USD,ap@amberline.example.com
C2,Bluecrest Foods Inc.,,USD,pay@bluecrest.example.com
"""
INVOICES = """id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount
1,C1,410011,,2026-01-10,2026-02-09,USD,1500.00,1500.00
2,C1,410012,,2026-02-10,2026-03-12,USD,250.50,250.50
3,C2,410013,,2026-02-20,2026-03-22,USD,99.99,99.99
"""
SETTINGS = """
[[bank_accounts]]
key = "main-usd"
currency = "USD"
number = "7700412290"
"""
PAID = "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{fitid}<NAME>{name}<MEMO>{memo}</STMTTRN>\n"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return record

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in map(json.loads, self.out.splitlines()) if record["type"] == kind]


@dataclass(frozen=True)
class Company:
    """A folder with settings, books, customers and invoices, and the commands that are run there."""

    folder: Path

    def run(self, *arguments: str, **environment: str) -> Done:
        """Run a command in this process: a process of its own costs a second each (`tests/jobs` has those)."""
        out, err, before = io.StringIO(), io.StringIO(), dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment(**environment))
        try:
            with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = int(run(list(arguments)))
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Done(code, out.getvalue(), err.getvalue())

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "jobs.cli", *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        return {key: value for key, value in os.environ.items() if not key.startswith("RECON_")} | more

    def night(self, *arguments: str, day: str = "2026-03-31") -> Done:
        return self.run("nightly", "--json", "--as-of", day, *arguments)

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "inbox" / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def require_proof(self) -> dict[str, Any]:
        """Run `recon verify`; the books must hold."""
        done = self.run("verify", "--json")
        assert done.code == 0, done.out + done.err
        return done.last


def ofx(*lines: str, balance: str | None = None, account: str = "7700412290") -> str:
    """Return an OFX 1 statement of March."""
    closing = f"<LEDGERBAL><BALAMT>{balance}<DTASOF>20260331</LEDGERBAL>" if balance is not None else ""
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        "<DTSERVER>20260331<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>0<STATUS><CODE>0"
        "<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>021000021<ACCTID>"
        f"{account}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260301<DTEND>20260331\n"
        f"{''.join(lines)}</BANKTRANLIST>{closing}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def paid(fitid: str, amount: str, name: str, memo: str, day: str = "20260315") -> str:
    """Return one transaction of an OFX statement."""
    return PAID.format(day=day, amount=amount, fitid=fitid, name=name, memo=memo)
