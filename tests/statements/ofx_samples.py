"""Builds OFX documents for the tests, so that each test shows only what it is about."""

HEAD = "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
OK = "<STATUS><CODE>0<SEVERITY>INFO</STATUS>"


def transaction(amount: str = "10.00", day: str = "20260301", fitid: str = "A1", extra: str = "") -> str:
    return f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{fitid}<NAME>ACME{extra}</STMTTRN>\r\n"


def statement(body: str, currency: str = "USD", balance: str = "100.00", account: str = "000123456789") -> str:
    return (
        f"<STMTTRNRS><TRNUID>1{OK}<STMTRS><CURDEF>{currency}<BANKACCTFROM><BANKID>1<ACCTID>{account}"
        f"<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260301<DTEND>20260331\r\n{body}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{balance}<DTASOF>20260331</LEDGERBAL></STMTRS></STMTTRNRS>"
    )


def document(*statements: str, head: str = HEAD) -> bytes:
    signon = f"<SIGNONMSGSRSV1><SONRS>{OK}</SONRS></SIGNONMSGSRSV1>"
    return f"{head}<OFX>{signon}<BANKMSGSRSV1>{''.join(statements)}</BANKMSGSRSV1></OFX>\r\n".encode()


def ofx(*transactions: str, **told: str) -> bytes:
    return document(statement("".join(transactions), **told))
