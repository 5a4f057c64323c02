"""Counts as people read them: one file, two files.

Room: pure.
"""


def counted(count: int, noun: str) -> str:
    """Return a count, in thousands, with its noun in the number that belongs to it. `noun` is one of them.

    >>> [counted(count, "bank line") for count in (0, 1, 1234567)]
    ['0 bank lines', '1 bank line', '1,234,567 bank lines']
    >>> counted(2, "entry"), counted(2, "day"), counted(3, "batch")
    ('2 entries', '2 days', '3 batches')
    """
    return f"{count:,} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith("ch") else "s")
