"""XML to small trees with the place of each element, safe against hostile documents.

No document type, no entities, no nesting beyond a statement's, no field beyond a limit; nothing is ever fetched.
Elements
are known by their local names: banks disagree about namespaces, not about names.

Room: pure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat  # entities are refused below, before the parser expands any

MAX_DEPTH = 60  # CAMT nests 15 deep
TEXT_LIMIT = 100_000  # characters of one field
HELD_LIMIT = 1_000_000  # elements in memory at once: one entry of a large batch has some hundred thousand


class RefusedXmlError(ValueError):
    """The document is no well-formed XML, or more than a statement may be. The message says where."""


@dataclass(slots=True)
class Element:
    """An element with its text and children. `line` counts from 1, `byte` from 0."""

    name: str
    attributes: dict[str, str]
    line: int
    byte: int
    end: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def find(self, path: str) -> "Element | None":
        """Return the first descendant at a path like `Acct/Id/IBAN`."""
        place: Element | None = self
        for name in path.split("/"):
            place = next((child for child in place.children if child.name == name), None) if place else None
        return place

    def all(self, path: str) -> list["Element"]:
        """Return every descendant at a path."""
        places = [self]
        for name in path.split("/"):
            places = [child for place in places for child in place.children if child.name == name]
        return places

    def walk(self) -> "Iterator[Element]":
        """Yield this element and all below it."""
        places = [self]
        while places:
            place = places.pop()
            yield place
            places.extend(reversed(place.children))

    def value(self, *paths: str) -> str:
        """Return the text at the first of the paths that has any; "" when none has."""
        for path in paths:
            for found in self.all(path):
                if found.text.strip():
                    return found.text.strip()
        return ""


def read_xml(content: bytes, dropped: str, on_dropped: Callable[[Element, Element], None]) -> Element:
    """Parse UTF-8 XML and return its root.

    Elements named `dropped` are handed to `on_dropped(parent, element)` when they close and are then forgotten, so that
    a file of a million entries is never in memory at once. Raises RefusedXmlError.
    """
    builder = _Builder(dropped, on_dropped)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    parser.EntityDeclHandler = builder.refuse_doctype
    builder.parser = parser
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        told = expat.ErrorString(error.code)
        raise RefusedXmlError(f"the XML breaks at line {error.lineno}: {told}") from None
    if builder.root is None:
        raise RefusedXmlError("the XML has no root element")
    return builder.root


class _Builder:
    """Builds the tree from expat's events."""

    def __init__(self, dropped: str, on_dropped: Callable[[Element, Element], None]) -> None:
        self.dropped, self.on_dropped = dropped, on_dropped
        self.root: Element | None = None
        self.open: list[Element] = []
        self.held = 0
        self.parser: expat.XMLParserType

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise RefusedXmlError(f"the XML is nested deeper than {MAX_DEPTH} at line {self.parser.CurrentLineNumber}")
        self.held += 1
        if self.held > HELD_LIMIT:
            raise RefusedXmlError(f"one entry or header has more than {HELD_LIMIT:,} elements")
        local = name.rpartition(":")[2]
        at = self.parser.CurrentByteIndex
        element = Element(local, attributes, self.parser.CurrentLineNumber, at)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, name: str) -> None:
        element = self.open.pop()
        element.end = self.parser.CurrentByteIndex + len(name.encode()) + 3
        if element.name == self.dropped and self.open:
            self.open[-1].children.pop()
            self.held -= sum(1 for _ in element.walk())
            self.on_dropped(self.open[-1], element)

    def text(self, text: str) -> None:
        place = self.open[-1]
        if len(place.text) + len(text) > TEXT_LIMIT:
            raise RefusedXmlError(
                f"the field {place.name} at line {place.line} has more than {TEXT_LIMIT:,} characters"
            )
        place.text += text

    def refuse_doctype(self, *_: object) -> None:
        raise RefusedXmlError("the file declares a document type or entities, which no bank statement needs")
