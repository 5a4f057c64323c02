"""Account numbers as any output may show them: the last four characters behind stars, wherever the bank put them.

Room: pure.
"""

import re

from stdnum import iban

from recon.model import mask_account

# Banks break an IBAN where their line ends, and people write it in fours, or not.
_IBAN = re.compile(r"(?=\b([A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,40})\b)")


def shown_text(text: str, *accounts: str) -> str:
    """Return bank text as any output may show it: valid IBANs and the accounts given are masked, all else stays.

    >>> shown_text("INV 7 IBAN DE89370400440532013000 or acct 000123456789", "000123456789")
    'INV 7 IBAN ***3000 or acct ***6789'
    >>> shown_text("RE26 GB29 NWBK 60161331926819 FOR INV 7, de89 3704 0044 0532 0130 00")
    'RE26 ***6819 FOR INV 7, ***3000'
    """
    for account in accounts:
        if len(account) > 5 and account in text and not account.startswith("plain:"):
            text = text.replace(account, mask_account(account))
    return _without_ibans(text)


def _without_ibans(text: str) -> str:
    shown, at = "", 0
    for match in _IBAN.finditer(text):
        number = _leading_iban(match[1]) if match.start() >= at else ""
        if number:
            shown, at = shown + text[at : match.start()] + mask_account(number), match.start() + len(number)
    return shown + text[at:]


def _leading_iban(found: str) -> str:
    """Return the IBAN that the text begins with, as written; the words behind it are none of it."""
    words = found.split(" ")
    starts = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return next((each for each in starts if _checks(each) and iban.is_valid(each, check_country=False)), "")


def _checks(number: str) -> bool:
    """Whether length and check digits are those of an IBAN (ISO 13616): quick, for text that is full of look-alikes."""
    compact = number.replace(" ", "")
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def shown_account(account: str) -> str:
    """Return the account as any output may show it. `plain:EUR` is our own name, not a number.

    >>> shown_account("plain:EUR"), shown_account("DE89370400440532013000")
    ('plain:EUR', '***3000')
    """
    return account if account.startswith("plain:") else mask_account(account)
