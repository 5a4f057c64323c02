"""One OFX transaction block to its fields, in SGML and XML alike.

Leaf elements may be closed or not, and banks write `<` and `&` unescaped into memos: only names that OFX knows, or
that stand where a field can stand, are fields; the rest is text of the memo and stays in it.

Room: pure.
"""

import re

from recon.errors import UnreadableText
from recon.statements.decode import clean

Fields = dict[str, str]


def names(text: str) -> frozenset[str]:
    """Return the words of a text as a set: a table of tag names that reads as one."""
    return frozenset(text.split())


AGGREGATES = names("PAYEE BANKACCTTO BANKACCTFROM CCACCTTO CCACCTFROM CURRENCY ORIGCURRENCY EXTDPAYEE IMAGEDATA")
LEAVES = names(
    "TRNTYPE DTPOSTED DTTRAN DTUSER DTAVAIL DTEXPIRE TRNAMT FITID CORRECTFITID CORRECTACTION SRVRTID CHECKNUM REFNUM"
    " SIC PAYEEID NAME EXTDNAME MEMO MEMO2 INV401KSOURCE ADDR1 ADDR2 ADDR3 CITY STATE POSTALCODE COUNTRY PHONE BANKID"
    " BRANCHID ACCTID ACCTTYPE ACCTKEY CURRATE CURSYM CURRCODE IDSCOPE IMAGETYPE IMAGEREF IMAGEREFTYPE VALUEDATE"
)
_ONCE = names("TRNAMT DTPOSTED FITID TRNTYPE CORRECTFITID CORRECTACTION CURRENCY.CURSYM")

# These belong to the transaction itself: an aggregate still open before one of them was never meant as one.
_OWN = names("TRNTYPE DTPOSTED DTTRAN DTUSER DTAVAIL TRNAMT FITID CHECKNUM REFNUM SIC MEMO")

_SHAPE = re.compile(r"\s*+(?:<([A-Z0-9._]++)>[^<&]*+(?:</\1>\s*+)?+)*+")
_FAST = re.compile(r"<([A-Z0-9._]++)>([^<]*+)")
_TOKEN = re.compile(r"(<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>|</?[A-Za-z][A-Za-z0-9._]*+\s*/?>)")


def transaction_fields(block: str) -> Fields:
    """Return the fields of a block by name; fields of an inner aggregate as `CURRENCY.CURSYM`.

    Raises UnreadableText where a field that must stand once stands twice with different values, or text stands in
    none.

    >>> transaction_fields("<TRNAMT>-1.00<NAME>A &amp; B<MEMO>see <b>here</b> &REG 3")
    {'TRNAMT': '-1.00', 'NAME': 'A & B', 'MEMO': 'see <b>here</b> &REG 3'}
    """
    found = _FAST.findall(block)
    if _is_unclosed(block, len(found)) or _SHAPE.fullmatch(block):
        fields = {name: value.strip() for name, value in found}
        if len(fields) == len(found) and fields.keys() <= LEAVES:
            return fields
    return _Walk().fields(block)


def _is_unclosed(block: str, count: int) -> bool:
    """Tell the usual SGML from anything else at once: each mark begins one of the leaves found, and none is closed."""
    return block.count("<") == count and "&" not in block and block.lstrip()[:1] == "<"


class _Walk:
    """The careful way, for blocks with inner aggregates, entities, unknown or repeated names, or stray marks."""

    def __init__(self) -> None:
        self.found: Fields = {}
        self.path: list[str] = []
        self.leaf = ""
        self.text: list[str] = []

    def fields(self, block: str) -> Fields:
        for position, token in enumerate(_TOKEN.split(block)):
            if position % 2 and not token.startswith("<!"):
                self._tag(token)
            elif token.startswith("<![CDATA["):
                self._add(token[9:-3])
            else:
                self._add(unescape(token))
        self._close_leaf()
        return self.found

    def _tag(self, token: str) -> None:
        name = token.strip("</> \t\r\n").upper()
        if token.startswith("</"):
            self._closing(name, token)
        elif name in AGGREGATES:
            self._close_leaf()
            self.path.append(name)
        elif name in LEAVES or self._is_field(name):
            self._close_leaf()
            self.path = [] if name in _OWN else self.path
            self.leaf = name
        else:
            self._add(token)
        if token.endswith("/>"):
            self._closing(name, token)

    def _is_field(self, name: str) -> bool:
        """A bank's own field has a point in its name, or stands where no value is open or on a line of its own."""
        if "." in name or not self.leaf:
            return True
        _, mark, indent = self.text[-1].rpartition("\n")
        return bool(mark) and not indent.strip()

    def _closing(self, name: str, token: str) -> None:
        if name == self.leaf:
            self._close_leaf()
        elif name in AGGREGATES:
            self._close_leaf()
            if name in self.path:
                del self.path[self.path.index(name) :]
        elif self.leaf and name not in LEAVES:
            self._add(token)

    def _add(self, text: str) -> None:
        if not self.leaf and self.path == ["PAYEE"] and text.strip():
            self.leaf = "NAME"  # Brazilian banks write PAYEE as if it were a field
        if self.leaf:
            self.text.append(text)
        elif text.strip():
            raise UnreadableText(f"text stands outside any field: {clean(text)[:40]!r}")

    def _close_leaf(self) -> None:
        if not self.leaf:
            return
        name = ".".join((*self.path[-1:], self.leaf))
        value = "".join(self.text).strip()
        self.leaf, self.text = "", []
        known = self.found.get(name, "")
        if known and value and known != value and name in _ONCE:
            raise UnreadableText(f"{name} stands twice, with different values")
        self.found[name] = f"{known} {value}" if known and value and known != value else known or value


_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,7})|#[xX]([0-9A-Fa-f]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}


def unescape(text: str) -> str:
    """Return text with the entities OFX allows resolved, once. `&REG` without a semicolon is no entity but text.

    >>> unescape("R&amp;D &REG &#233;")
    'R&D &REG é'
    """
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: "re.Match[str]") -> str:
    if match[1]:
        return _NAMED[match[1]]
    number = int(match[2]) if match[2] else int(match[3], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
