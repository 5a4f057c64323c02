"""The words and layouts that come with the program, and those of a folder of the user's beside them.

Room: shell.
"""

from functools import lru_cache
from importlib.resources import files

from notices.render import Words, words_of


@lru_cache(maxsize=1)
def shipped_words() -> Words:
    """Return the shipped phrases (en, de, fr, es, nl) and layouts."""
    phrases, templates = files("notices") / "phrases", files("notices") / "templates"
    texts = {entry.name.removesuffix(".toml"): entry.read_text("utf-8") for entry in phrases.iterdir()}
    return words_of(
        texts, (templates / "mail.txt.j2").read_text("utf-8"), (templates / "mail.html.j2").read_text("utf-8")
    )
