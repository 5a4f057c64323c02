"""What banks call their columns, in the languages we have seen. Evidence for a proposal, never more.

Room: pure.
"""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (
        "valued_on",
        r"value ?da|valuta|wertstellung|rentedatum|execution date|értéknap|proveden|date de valeur|fecha valor"
        r"|f\.? ?valor|dateval",
    ),
    (
        "booked_on",
        r"^date|date$|datum|buchungstag|posting|fecha|data\b|dátum|päivä|kirjauspvm|bokf|reskontra|dato|created|booking|^dateop"
        r"|kuupäev|datums|tarih|^дата",
    ),
    (
        "sign",
        r"deb[ie]t.?credit|credit.?deb[ie]t|soll.?haben|bij.?af|af.?bij|transaction type|[dc]/[cdk]|k/d|bevétel",
    ),
    (
        "balance",
        r"balance|running bal|saldo|kontostand|egyenleg|solde|zůstatek|disponible|likutis|atlikums|bakiye|остаток",
    ),
    (
        "debit",
        r"^debit|debit amount|withdraw|^soll|débit|debet|paid out|money out|outflow|^out$|lastschrift|cargo|^af\b"
        r"|addebit|belastung|\buscite",
    ),
    (
        "credit",
        r"^credit|credit amount|deposit|^haben|crédit|paid in|money in|inflow|^in$|gutschrift|abono|^bij\b"
        r"|accredit|\bentrate",
    ),
    (
        "payer_account",
        r"(?:auftraggeber|empfänger|begünstigte|zahler|payer|payee|partner|counterparty|beneficiary).*(?:iban|kto|konto|acc)"
        r"|tegenrekening(?!houder)|counter ?account|gegenkonto|partner sz|payee account|kontonummer",
    ),
    ("account", r"^iban|^account|^konto|^rekening|^cuenta|számlaszám|account (?:name|number|no)"),
    ("payer_account", r"^iban\b"),
    ("currency", r"currency|währung|waehrung|valutacode|valiuta|munt|^ccy|moneda|devise|devizanem|valuta$|waluta"),
    (
        "amount",
        r"amount|betrag|bedrag|importe|montant|összege|částka|belopp|beløp|beløb|kwota|importo|^umsatz$"
        r"|^value$|^valor\b|^sum[am]+[aă]?\b|tutar|^сумма",
    ),
    ("check_number", r"che(?:ck|que) ?(?:no|num)|schecknummer"),
    ("reference", r"reference|referenz|variable symbol|betalingskenmerk|gestructureerde|kid|viite|referencia"),
    ("bank_id", r"^id$|transaction id|^ref$|volgnr|fitid|buchungsreferenz"),
    ("state", r"^status|^state\b"),
    ("kind", r"^type|transaktionstyp|buchungstext|typ(?:e)?$|^code"),
    (
        "payer",
        r"payee|payer|name|naam|empfänger|auftraggeber|counterparty|partner|beneficiary|begünst|namn|navn|nimi|nombre"
        r"|tegenrekeninghouder|avsändare|mottagare|beguenst|empfaenger|zahler|zahlungspflicht"
        r"|gavėjas|saņēmēj|maksja|beneficiar|контрагент",
    ),
    (
        "remittance",
        r"descr|memo|details|verwendung|omschrijving|concepto|remittance|narrative|narration|notes|vwz|mededeling|rubrik"
        r"|meddelande|viesti|libell|causale|^text|umsatztext|tekst|popis|tytuł|opis"
        r"|paaiškinim|selgitus|descriere|detalii|hist[oó]rico|lançamento|açıklama|назначение",
    ),
)


def meaning_of(heading: str) -> str:
    """Return what a heading most likely means; "" when it says nothing to us.

    >>> meaning_of("Buchungstag"), meaning_of("Saldo na trn"), meaning_of("Colour")
    ('booked_on', 'balance', '')
    """
    return next(iter(meanings_of(heading)), "")


def meanings_of(heading: str) -> list[str]:
    """Return all that a heading may mean, the likeliest first. What was before a conversion means nothing here."""
    folded = " ".join(heading.casefold().replace("_", " ").split()).lstrip("#")
    if re.match("original|ursprung|exchange|kurs|rate", folded) or is_of_a_bank(heading):
        return []
    if re.match(r"(?:initial|opening|final|closing|anfangs|end)[ _-]?(?:balance|saldo)", folded):
        return []  # of the statement, the same in every row: no running balance
    return [meaning for meaning, pattern in _WORDS if re.search(pattern, folded)]


def is_of_a_bank(heading: str) -> bool:
    """Tell whether a heading says which bank it is: neither a party nor its account.

    >>> is_of_a_bank("Empfänger BIC/BLZ"), is_of_a_bank("Bicycle")
    (True, False)
    """
    return re.search(r"\b(?:bic|swift|blz|bankleitzahl|bank ?name)\b", heading.casefold()) is not None


def is_one_of_several_amounts(heading: str) -> bool:
    """Tell whether a heading says gross or net: beside it another column may be the amount.

    >>> is_one_of_several_amounts("Net"), is_one_of_several_amounts("Netflix")
    (True, False)
    """
    return re.search(r"\b(?:net|netto|gross|brutto)\b", heading.casefold()) is not None


def is_of_a_card(heading: str) -> bool:
    """Tell whether a heading says that this is a card account, whose issuer may write purchases as positive.

    >>> is_of_a_card("Card Member"), is_of_a_card("Cardinal")
    (True, False)
    """
    return (
        re.search(r"\bcard ?(?:member|holder|no\b|number)|karteninhaber|kartennummer", heading.casefold()) is not None
    )
