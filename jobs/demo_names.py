"""Invented customers of the demo world. Any likeness to a real company is chance; addresses end in .test or
example.com.

Room: shell.
"""

import random
import unicodedata
from dataclasses import dataclass

US_FIRST = (
    "Amberline Bluecrest Cobblestone Driftwood Eastfork Fernhollow Glenmark Hawthorne Ironbridge Junebug Kestrel"
    " Lanternway Mossback Northpine Oakhurst Pebblebrook Quillfeather Redcanyon Saltmeadow Thistledown Umberfield"
    " Violetridge Willowbend Yarrow Zephyrline Aldergate Brambleton Copperleaf Dunegrass Elmsworth Foxhaven Granitepeak"
    " Hollybrook Inkwell Juniperus Kingfisher Larkfield Marshlight Nettleton Orchardgate Pinecrest Quarrystone"
    " Ravenhill Silverbirch"
    " Tidewater Underhill Valleyview Wrenfield Yellowstem Zinnia Ashcombe Birchwater Cloverdale Dovetail Embergrove"
    " Flintlock Goldcrest Heatherton Islandview Jasperton Knotwood Lilypond Meadowlark Nightingale Opalridge Partridge"
    " Quincewood Rosemarsh Starling Timberlake Upland Vinebrook Windmere Axlewood Barleyfield Cedarpoint"
).split()
US_TRADE = (
    "Supply,Fixtures,Hardware,Foods,Builders,Logistics,Paper,Instruments,Textiles,Furniture,Marine,Packaging,Outdoors,"
    "Glass,Roofing,Kitchens,Bakery,Print,Motors,Gardens"
).split(",")
US_FORM = ("LLC", "Inc.", "Corp.", "Co.", "LP")
SUBSIDIARIES = ("Harborlight Crane LLC", "Stonebury Tile Inc.", "Millrace Dairy Co.", "Fairweather Sails LLC")
EU = {  # country: language, first words, trades, legal forms
    "DE": (
        "de",
        (
            "Ahlbeck Brennecke Dornfeld Eschenhain Falkenried Grünwaldt Hagenstein Immenhof Kranichfeld Löwenich"
            " Moosgrund Nebelhorst Oderbruch Pappelried"
        ).split(),
        "Metallbau Logistik Feinkost Werkzeuge Möbel Druckerei".split(),
        ("GmbH", "KG", "AG", "GmbH & Co. KG"),
    ),
    "FR": (
        "fr",
        "Abeille Bruyère Clairfontaine Dauphinelle Églantine Fontvieille Givreau Hirondelle Jonquille".split(),
        "Ateliers Distribution Primeurs Papeterie".split(),
        ("SARL", "SAS"),
    ),
    "ES": (
        "es",
        "Almendral Brisamar Cantueso Dehesilla Encinares Fresneda".split(),
        "Suministros Conservas Cerámica".split(),
        ("S.L.", "S.A."),
    ),
    "NL": (
        "nl",
        "Akkerdijk Bloemendam Duinzicht Elzenhof Grutterswijk Heidebloem IJsselhof".split(),
        "Techniek Groothandel Bouw".split(),
        ("B.V.",),
    ),
    "IE": ("en", "Ashgrove Boglake Clonmeadow Dunlin".split(), "Provisions Tools".split(), ("Ltd",)),
}
_EU_COUNTS = (("DE", 14), ("FR", 9), ("ES", 6), ("NL", 7), ("IE", 4))


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as its master record and its bank spell it."""

    code: str
    name: str
    bank_name: str  # as its bank writes it: capitals, no accents, cut
    currency: str
    country: str
    language: str
    email: str
    bank_account: str
    originator: str
    parent_code: str = ""


def parties(rng: random.Random) -> tuple[Party, ...]:
    """Return 80 customers paying in USD and 40 in EUR; four are subsidiaries of others; every ninth has no e-mail."""
    us = [_us(rng, i, first) for i, first in enumerate(US_FIRST)]
    eu = [_eu(rng, country, i) for country, count in _EU_COUNTS for i in range(count)]
    us += [_subsidiary(rng, us[i], name) for i, name in zip((3, 17, 31, 44), SUBSIDIARIES, strict=True)]
    eu[-1] = _subsidiary(rng, eu[0], "Zierenberg Messtechnik GmbH")
    return (*us, *eu)


def _us(rng: random.Random, i: int, first: str) -> Party:
    name = f"{first} {rng.choice(US_TRADE)} {rng.choice(US_FORM)}"
    code = f"C{10001 + i}"
    email = "" if i % 9 == 4 else f"payables@{first.casefold()}.test"
    return Party(
        code, name, _bank_name(name), "USD", "US", "en", email, f"{rng.randrange(10**9, 10**10)}", _digits(rng, 10)
    )


def _eu(rng: random.Random, country: str, i: int) -> Party:
    language, firsts, trades, forms = EU[country]
    first = firsts[i]
    name = f"{first} {trades[i % len(trades)]} {rng.choice(forms)}"
    slug = _bank_name(first).casefold()
    email = (
        "" if i % 9 == 4 else f"buchhaltung@{slug}.example.com" if country == "DE" else f"accounts@{slug}.example.com"
    )
    code = f"E{20001 + sum(count for c, count in _EU_COUNTS[: _place(country)]) + i}"
    return Party(code, name, _bank_name(name), "EUR", country, language, email, _iban(rng, country), "")


def _place(country: str) -> int:
    return [c for c, _ in _EU_COUNTS].index(country)


def _subsidiary(rng: random.Random, parent: Party, name: str) -> Party:
    is_us = parent.currency == "USD"
    account = f"{rng.randrange(10**9, 10**10)}" if is_us else _iban(rng, "DE")
    email = f"payables@{_bank_name(name.split()[0]).casefold()}.test"
    return Party(
        f"{parent.code}-1",
        name,
        _bank_name(name),
        parent.currency,
        parent.country,
        parent.language,
        email,
        account,
        _digits(rng, 10) if is_us else "",
        parent.code,
    )


def _bank_name(name: str) -> str:
    folded = name.upper().replace("Ä", "AE").replace("Ö", "OE").replace("Ü", "UE").replace("ß", "SS")
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return " ".join(plain.replace(".", "").replace(",", "").split())[:32]


def _digits(rng: random.Random, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def _iban(rng: random.Random, country: str) -> str:
    """Return an invented IBAN whose check digits hold (ISO 13616: the rearranged number is 1 modulo 97)."""
    length = {"DE": 18, "FR": 23, "ES": 20, "NL": 10, "IE": 14}[country]
    body = ("DEMO" if country in ("NL", "IE") else "") + _digits(rng, length)
    number = "".join(str(int(character, 36)) for character in body + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{body}"
