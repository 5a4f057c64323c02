"""Which font a page is set in: Helvetica, which every reader of PDF has, or one the house gives for other alphabets.

Room: pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from recon.errors import UsageError

_PLAIN = str.maketrans({"\u202f": " ", "\u2011": "-", "\u2212": "-"})  # narrow blank, unbreakable hyphen, minus


@dataclass(frozen=True, slots=True)
class Face:
    """A regular and a bold font by their names in the PDF library. `letters`: what they hold; None is Windows-1252."""

    regular: str
    bold: str
    letters: frozenset[int] | None = None

    def shown(self, said: str) -> str:
        """Return the text as it is drawn. Raises UsageError for letters the fonts do not hold: never a `?` for a name.

        >>> STANDARD.shown("1\\u202f000,00 €")
        '1 000,00 €'
        """
        plain = said.translate(_PLAIN)
        if missing := self._missing(plain):
            raise UsageError(
                f"no letters {missing} in the font of letters", "Set notices.font to a TrueType font that has them"
            )
        return plain

    def holds(self, said: str) -> bool:
        """Tell whether every letter can be drawn."""
        return not self._missing(said.translate(_PLAIN))

    def _missing(self, plain: str) -> str:
        if self.letters is not None:
            return "".join(sorted({c for c in plain if ord(c) not in self.letters}))
        try:
            plain.encode("cp1252")
        except UnicodeEncodeError:
            return "".join(sorted({c for c in plain if c.encode("cp1252", "ignore") == b""}))
        return ""


STANDARD = Face("Helvetica", "Helvetica-Bold")


def face_for(said: Iterable[str], font: bytes = b"", bold: bytes = b"") -> Face:
    """Return the face to set the texts in: Helvetica where it holds them, else the given TrueType fonts (their bytes).

    Raises UsageError when the bytes are no TrueType font.
    """
    if not font or all(STANDARD.holds(text) for text in said):
        return STANDARD
    return _given(font, bold or font)


@lru_cache(maxsize=4)
def _given(font: bytes, bold: bytes) -> Face:
    regular, strong = _register(font), _register(bold)
    return Face(regular.fontName, strong.fontName, frozenset(set(_letters(regular)) & set(_letters(strong))))


def _letters(font: TTFont) -> Iterable[int]:
    letters: dict[int, int] = font.face.charToGlyph
    return letters


def _register(font: bytes) -> TTFont:
    name = f"given-{sha256(font).hexdigest()[:12]}"
    try:
        made = TTFont(name, BytesIO(font))
    except (TTFError, ValueError, IndexError, KeyError) as error:
        remedy = "Name a .ttf file, as DejaVuSans.ttf, in the settings"
        raise UsageError(f"notices.font is no TrueType font: {error}", remedy) from error
    pdfmetrics.registerFont(made)
    return made
