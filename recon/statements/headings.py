"""What banks call their columns, in the languages we have seen. Evidence for a proposal, never more.

Room: pure.
"""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (
        "valued_on",
        r"value ?da|valuta|wertstellung|rentedatum|execution date|értéknap|proveden|date de valeur|fecha valor",
    ),
    (
        "booked_on",
        r"^date|date$|datum|buchungstag|posting|fecha|data\b|dátum|päivä|kirjauspvm|bokf|dato|created|booking",
    ),
    ("sign", r"debit.?credit|credit.?debit|soll.?haben|bij.?af|af.?bij|transaction type|d/c|c/d|bevétel"),
    ("balance", r"balance|saldo|kontostand|egyenleg|solde|zůstatek"),
    (
        "debit",
        r"^debit|debit amount|withdraw|^soll|débit|debet|paid out|money out|outflow|^out$|lastschrift|cargo|^af\b",
    ),
    ("credit", r"^credit|credit amount|deposit|^haben|crédit|paid in|money in|inflow|^in$|gutschrift|abono|^bij\b"),
    ("payer_account", r"tegenrekening|counter ?account|gegenkonto|partner sz|payee account|kontonummer"),
    ("account", r"^iban|^account|^konto|^rekening|^cuenta|számlaszám|account (?:name|number|no)"),
    ("currency", r"currency|währung|munt|^ccy|moneda|devise|devizanem|valuta$|waluta"),
    ("amount", r"amount|betrag|bedrag|importe|montant|összege|částka|belopp|beløp|kwota|^umsatz$|^value$"),
    ("check_number", r"che(?:ck|que) ?(?:no|num)|schecknummer"),
    ("reference", r"reference|referenz|variable symbol|betalingskenmerk|gestructureerde|kid|viite|referencia"),
    ("bank_id", r"^id$|transaction id|^ref$|volgnr|fitid|buchungsreferenz"),
    ("state", r"^status|^state"),
    ("kind", r"^type|transaktionstyp|buchungstext|typ(?:e)?$|^code"),
    (
        "payer",
        r"payee|payer|name|naam|empfänger|auftraggeber|counterparty|partner|beneficiary|begünst|namn|navn|nimi|nombre"
        r"|avsändare|mottagare|beguenst|empfaenger|zahler|zahlungspflicht",
    ),
    (
        "remittance",
        r"descr|memo|details|verwendung|omschrijving|concepto|remittance|narrative|notes|vwz|mededeling|rubrik"
        r"|meddelande|viesti|libell|^text|tekst|popis|tytuł|opis",
    ),
)


def meaning_of(heading: str) -> str:
    """Return what a heading most likely means; "" when it says nothing to us.

    >>> meaning_of("Buchungstag"), meaning_of("Saldo na trn"), meaning_of("Colour")
    ('booked_on', 'balance', '')
    """
    folded = " ".join(heading.casefold().split())
    return next((meaning for meaning, pattern in _WORDS if re.search(pattern, folded)), "")
