"""The profiles that come with the package, one TOML file per bank layout in `profiles/`. Constants, read once.

Room: pure.
"""

from functools import lru_cache
from importlib.resources import files

from recon.statements.profile import Profile, profile_from_toml


@lru_cache(maxsize=1)
def shipped_profiles() -> tuple[Profile, ...]:
    """Return the shipped profiles by name."""
    folder = files("recon.statements") / "profiles"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(profile_from_toml(entry.read_text("utf-8"), entry.name) for entry in found)
