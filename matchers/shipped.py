"""The calibration that ships, for books without a history of their own. Written by `bench/matching/train.py`.

Room: pure.
"""

from functools import lru_cache
from importlib.resources import files

from matchers.model import Model, loads


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Return the model in `shipped.json` beside this file."""
    return loads(files("matchers").joinpath("shipped.json").read_text(encoding="utf-8"))
