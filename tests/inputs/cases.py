"""Files as they should not be, one per case: good files of each format with one thing wrong, or odd but right.

What must come of each is in `expected.txt`, written once by `python -m tests.inputs.cases` and then read by people.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from recon.model import Reading
from recon.receivables import ReceivablesReading, read_customers, read_invoices
from recon.statements import read_bytes

EXPECTED = Path(__file__).with_name("expected.txt")

# What each format looks like where the amount {a}, the day {d}, the currency {c}, an id {i} and a text {t} stand.
OFX = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n<OFX><SIGNONMSGSRSV1><SONRS>"
    "<STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0"
    "<SEVERITY>INFO</STATUS><STMTRS><CURDEF>{c}<BANKACCTFROM><BANKID>1<ACCTID>000123456789<ACCTTYPE>CHECKING"
    "</BANKACCTFROM><BANKTRANLIST><DTSTART>20260301<DTEND>20260331\r\n"
    "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{d}<TRNAMT>{a}<FITID>{i}<NAME>{t}</STMTTRN>\r\n"
    "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302<TRNAMT>1.00<FITID>Z9<NAME>BETA</STMTTRN>\r\n"
    "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
)
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"?><OFX><SIGNONMSGSRSV1>'
    "<SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS>"
    "<TRNUID>1</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><STMTRS><CURDEF>{c}</CURDEF>"
    "<BANKACCTFROM><BANKID>1</BANKID><ACCTID>000123456788</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>"
    "<BANKTRANLIST><DTSTART>20260301</DTSTART><DTEND>20260331</DTEND><STMTTRN><TRNTYPE>CREDIT</TRNTYPE>"
    "<DTPOSTED>{d}</DTPOSTED><TRNAMT>{a}</TRNAMT><FITID>{i}</FITID><NAME>{t}</NAME></STMTTRN><STMTTRN>"
    "<TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260302</DTPOSTED><TRNAMT>1.00</TRNAMT><FITID>Z9</FITID><NAME>BETA</NAME>"
    "</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
)
CSV = (
    "fitid,date,amount,currency,type,checknum,payee,memo\n{i},{d},{a},{c},CREDIT,,{t},INV 1\n"
    "Z9,2026-03-02,1.00,EUR,CREDIT,,BETA,x\n"
)
CAMT = (
    '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>1</Id><CreDtTm>2026-03-03T00:00:00</CreDtTm><Acct><Id>"
    "<IBAN>DE02120300000000202051</IBAN></Id></Acct>"
    '<Ntry><Amt Ccy="{c}">{a}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{d}</Dt></BookgDt>'
    "<AcctSvcrRef>{i}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>{t}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    '<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>'
    "<AcctSvcrRef>Z9</AcctSvcrRef></Ntry></Stmt></BkToCstmrStmt></Document>\n"
)
MT940 = (
    ":20:START\r\n:25:12345678/0001234567\r\n:28C:1/1\r\n:60F:C260301{c}100,00\r\n:61:{d}C{a}NTRFNONREF//{i}\r\n"
    ":86:{t}\r\n:61:2603020302C1,00NTRFNONREF//Z9\r\n:62F:C260302{c}{closing}\r\n-\r\n"
)
BAI2 = (
    "01,BANK,CUSTOMER,260302,0600,1,,,2/\n02,CUSTOMER,BANK,1,{d},,{c},2/\n03,000123456787,{c},010,10000,,/\n"
    "16,195,{a},V,260302,,{i},CR1,{t}/\n16,195,100,V,260302,,Z9,CR2,BETA/\n49,{sum},4/\n98,{sum},1,6/\n99,{sum},1,8/\n"
)
INVOICES = (
    "customer_id,number,issue_date,due_date,currency,amount,open_amount\n{t},{i},{d},2026-04-01,{c},{a},{a}\n"
    "C2,Z9,2026-03-02,2026-04-01,EUR,1.00,1.00\n"
)
CUSTOMERS = "id,name,currency,email,country\n{i},{t},{c},{e},{n}\nZ9,Beta Ltd,EUR,ar@beta.example,DE\n"

FORMATS = {"ofx": OFX, "xml": XML, "csv": CSV, "camt": CAMT, "mt940": MT940, "bai2": BAI2, "invoices": INVOICES}
GOOD = {"a": "10.00", "c": "EUR", "i": "A1", "t": "ACME", "d": "2026-03-01"}
OWN = {
    "ofx": {"d": "20260301"},
    "xml": {"d": "20260301"},
    "mt940": {"a": "10,00", "d": "2603010301", "closing": "111,00"},
    "bai2": {"a": "1000", "d": "260301", "sum": "11100"},
    "invoices": {"t": "C1"},
}

AMOUNTS = {
    "nothing": "",
    "blank": " ",
    "word": "ten",
    "nan": "NaN",
    "infinity": "Infinity",
    "exponent": "1e3",
    "hex": "0x10",
    "two-points": "1.0.0",
    "comma": "10,00",
    "point": "10.00",
    "grouped": "1,650.00",
    "grouped-other": "1.650,00",
    "thousand": "1,650",
    "space": "1 650.00",
    "apostrophe": "1'650.00",
    "currency-sign": "$10.00",
    "trailing-minus": "10.00-",
    "brackets": "(10.00)",
    "plus": "+10.00",
    "minus": "-10.00",
    "two-minus": "--10.00",
    "unicode-minus": "\u221210.00",
    "three-decimals": "10.005",
    "zeros-behind": "10.0000",
    "no-whole": ".50",
    "no-part": "10.",
    "zero": "0.00",
    "arabic": "\u0661\u0660.\u0660\u0660",
    "fullwidth": "\uff11\uff10.00",
    "huge": "92233720368547758.08",
    "long": "9" * 400,
    "formula": "=1+1",
    "null-byte": "10\x00.00",
    "letter-o": "1O.00",
    "underscore": "1_000.00",
    "percent": "10%",
    "half-a-cent": "0.005",
    "leading-zeros": "00010.00",
    "slash": "10/00",
    "no-break-space": "1\u00a0650.00",
}
DAYS = {
    "nothing": "",
    "word": "today",
    "zero": "0",
    "no-day": "2026-02-30",
    "no-month": "2026-13-01",
    "leap-none": "2025-02-29",
    "leap": "2024-02-29",
    "compact": "20260301",
    "compact-no-day": "20260230",
    "leap-compact": "20240229",
    "german": "01.03.2026",
    "american": "03/13/2026",
    "ambiguous": "03/04/2026",
    "two-digits": "26-03-01",
    "time": "2026-03-01T10:00:00",
    "time-zone": "20260301120000[-5:EST]",
    "midnight": "20260301240000",
    "far": "9999-12-31",
    "far-compact": "99991231",
    "old": "1899-12-31",
    "old-compact": "18991231",
    "year-zero": "0000-01-01",
    "negative": "-2026-03-01",
    "arabic": "\u0662\u0660\u0662\u0666-03-01",
    "month-name": "1 Mar 2026",
    "excel": "46082",
    "unix": "1772323200",
    "space": " 2026-03-01 ",
    "short": "2603",
    "swift": "2603010301",
    "swift-no-day": "2602300230",
    "six": "260301",
    "six-no-day": "260230",
}
CURRENCIES = {
    "nothing": "",
    "lower": "eur",
    "unknown": "EUX",
    "word": "Euro",
    "sign": "\u20ac",
    "two": "EU",
    "number": "978",
    "yen": "JPY",
    "dinar": "KWD",
    "old": "DEM",
    "test": "XXX",
    "gold": "XAU",
    "space": " EUR ",
    "cyrillic": "\u0415UR",
    "other": "USD",
    "formula": "=EU",
    "four": "EURO",
}
TEXTS = {
    "nothing": "",
    "script": "<script>alert(1)</script>",
    "formula": "=cmd|' /C calc'!A0",
    "quote": 'A "B" C',
    "one-quote": 'A "B',
    "comma": "A, B",
    "semicolon": "A; B",
    "line-break": "A\nB",
    "carriage-return": "A\rB",
    "null-byte": "A\x00B",
    "escape": "\x1b[31mred",
    "right-to-left": "\u202eABC",
    "emoji": "\U0001f4b6 ACME",
    "combining": "e\u0301" * 20,
    "ampersand": "A & B",
    "entity": "A &amp; B",
    "broken-entity": "A &nosuch; B",
    "long": "x" * 5_000,
    "slash": "A/B",
    "closing-tag": "</NAME></STMTTRN>",
    "bom-inside": "A\ufeffB",
    "line-separator": "A\u2028B",
    "tab": "A\tB",
    "control": "A\x07\x08B",
    "percent": "%s%n",
    "template": "{{ 7*7 }}",
    "traversal": "../../etc/passwd",
}
IDS = {
    "nothing": "",
    "twin": "Z9",
    "long": "9" * 300,
    "leading-zeros": "000",
    "space": " A1 ",
    "formula": "=1+1",
    "unicode": "\u00c4\u00d6",
    "hash": "#1",
    "quote": "A'1",
    "sql": "1'); DROP TABLE entry;--",
}
EMAILS = {
    "nothing": "",
    "no-at": "ada.example",
    "two": "a@x.example, b@x.example",
    "display": "Ada <ada@x.example>",
    "break": "a@x.example\nBcc: b@x",
    "space": "a b@x.example",
    "no-domain": "a@",
    "dots": "a..b@x.example",
    "unicode": "\u00e4@x.example",
    "long": "a" * 300 + "@x.example",
    "formula": "=a@x.example",
    "quoted": '"a b"@x.example',
    "ip": "a@[10.0.0.1]",
    "trailing-dot": "a@x.example.",
}
COUNTRIES = {
    "nothing": "",
    "lower": "de",
    "word": "Germany",
    "unknown": "ZZ",
    "three": "DEU",
    "number": "49",
    "uk": "UK",
}
BYTES = {
    "empty": lambda good: b"",
    "one-byte": lambda good: b"\0",
    "blanks": lambda good: b" \r\n" * 50,
    "cut-half": lambda good: good[: len(good) // 2],
    "cut-tail": lambda good: good[:-9],
    "cut-head": lambda good: good[60:],
    "no-last-line-end": lambda good: good.rstrip(b"\r\n"),
    "twice": lambda good: good + good,
    "bom": lambda good: b"\xef\xbb\xbf" + good,
    "utf-16": lambda good: good.decode().encode("utf-16"),
    "utf-16-be": lambda good: good.decode().encode("utf-16-be"),
    "utf-32": lambda good: good.decode().encode("utf-32"),
    "latin-1": lambda good: good.replace(b"ACME", b"M\xfcller"),
    "broken-utf-8": lambda good: good.replace(b"ACME", b"M\xc3"),
    "ebcdic": lambda good: good.decode().encode("cp500"),
    "null-bytes-between": lambda good: good.replace(b"\n", b"\n\0"),
    "zip": lambda good: b"PK\x03\x04" + good,
    "gzip": lambda good: b"\x1f\x8b" + good,
    "pdf": lambda good: b"%PDF-1.7\n" + good,
    "html": lambda good: b"<!doctype html><html><body>Please log in</body></html>",
    "json-error": lambda good: b'{"error": "session expired"}',
    "mac-line-ends": lambda good: good.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "windows-line-ends": lambda good: good.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "blank-lines-before": lambda good: b"\n\n\n" + good,
    "rubbish-behind": lambda good: good + b"rubbish\n",
    "base64": lambda good: b64encode(good),
    "reversed-lines": lambda good: b"\n".join(reversed(good.split(b"\n"))),
    "upper": lambda good: good.upper(),
    "lower": lambda good: good.lower(),
    "ctrl-z": lambda good: good + b"\x1a",
    "random": lambda good: bytes((n * 37 + 11) % 251 for n in range(2_000)),
}


def cases() -> Iterator[tuple[str, bytes]]:
    """Yield (name, content); the name's first part is the format."""
    for kind, text in FORMATS.items():
        told = GOOD | OWN.get(kind, {})
        for field, values in (("a", AMOUNTS), ("d", DAYS), ("c", CURRENCIES), ("t", TEXTS), ("i", IDS)):
            for name, value in values.items():
                yield f"{kind}/{_FIELDS[field]}/{name}", text.format(**(told | {field: value})).encode()
        for name, change in BYTES.items():
            yield f"{kind}/file/{name}", change(text.format(**told).encode())
    customer = {"i": "A1", "t": "Acme Ltd", "c": "EUR", "e": "ap@acme.example", "n": "DE"}
    for field, values in (("e", EMAILS), ("n", COUNTRIES), ("c", CURRENCIES), ("t", TEXTS), ("i", IDS)):
        for name, value in values.items():
            yield f"customers/{_FIELDS[field]}/{name}", CUSTOMERS.format(**(customer | {field: value})).encode()
    for name, change in BYTES.items():
        yield f"customers/file/{name}", change(CUSTOMERS.format(**customer).encode())


_FIELDS = {"a": "amount", "d": "day", "c": "currency", "t": "text", "i": "id", "e": "email", "n": "country"}


def outcome(name: str, content: bytes) -> str:
    """Return what came of a file in one line: what was taken, then each problem."""
    kind = name.split("/")[0]
    if kind == "invoices":
        reading: Reading | ReceivablesReading = read_invoices(content, "f")
        taken = [f"{number} {minor} {currency}" for number, minor, currency in _invoices(reading)]
    elif kind == "customers":
        reading = read_customers(content, "f")
        rows = reading.customers
        taken = (
            [f"{code} {email}" for code, email in zip(rows.code, rows.email, strict=True)] if rows is not None else []
        )
    else:
        reading = read_bytes(content, "f")
        taken = [
            f"{line.bank_id} {line.amount_minor} {line.currency} {line.booked_on}{' pending' * line.pending}"
            for statement in reading.statements for line in statement.lines
        ]  # fmt: skip
    problems = [f"{problem.quarantined or 'told'}: {problem.what}" for problem in reading.problems]
    return ascii(" + ".join(_short(each) for each in taken) + "".join(f" | {_short(each)}" for each in problems))[1:-1]


def _invoices(reading: ReceivablesReading) -> Iterator[tuple[str, int, str]]:
    rows = reading.invoices
    if rows is not None:
        yield from zip(rows.number, rows.amount_minor.tolist(), rows.currency, strict=True)


def _short(text: str) -> str:
    return text if len(text) <= 160 else text[:120] + "..."


def expected() -> dict[str, str]:
    """Return what must come of each case, by its name."""
    lines = EXPECTED.read_text(encoding="ascii").splitlines()
    return dict(line.split("\t", 1) for line in lines)


if __name__ == "__main__":
    written = "".join(f"{name}\t{outcome(name, content)}\n" for name, content in cases())
    EXPECTED.write_text(written, encoding="ascii")
