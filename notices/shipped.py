"""The words and layouts that come with the program, and those of a folder of the user's beside them.

Room: shell.
"""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from notices.render import Words, words_of


@lru_cache(maxsize=1)
def shipped_words() -> Words:
    """Return the shipped phrases (en, de, fr, es, nl) and layouts."""
    phrases, templates = files("notices") / "phrases", files("notices") / "templates"
    texts = {entry.name.removesuffix(".toml"): entry.read_text("utf-8") for entry in phrases.iterdir()}
    return words_of(
        texts, (templates / "mail.txt.j2").read_text("utf-8"), (templates / "mail.html.j2").read_text("utf-8")
    )


def words_from(folder: Path) -> Words:
    """Return the shipped words, with each `LANGUAGE.toml`, `mail.txt.j2` and `mail.html.j2` of the folder instead."""
    phrases, templates = files("notices") / "phrases", files("notices") / "templates"
    texts = {entry.name.removesuffix(".toml"): entry.read_text("utf-8") for entry in phrases.iterdir()}
    texts |= {path.stem: path.read_text("utf-8") for path in folder.glob("*.toml")}
    layouts = [
        path.read_text("utf-8") if (path := folder / name).exists() else (templates / name).read_text("utf-8")
        for name in ("mail.txt.j2", "mail.html.j2")
    ]
    return words_of(texts, *layouts)
