"""A delimited file whose bank is not said: find the profile, or say what keeps it from being found.

Room: pure.
"""

from collections.abc import Sequence

from recon.model import Reading
from recon.statements.csv_layout import SEARCHED, Head, Layout, find_drift, find_layout, header_place
from recon.statements.csv_rows import Lines, physical_lines
from recon.statements.csv_statement import read_csv
from recon.statements.decode import Decoding, decode
from recon.statements.profile import Profile
from recon.statements.quarantine import file_refused

_PROPOSE = "Run `recon read FILE --propose`, answer its questions, and keep the profile it writes"
_DELIMITERS = ",;\t|"


def read_delimited(
    content: bytes, name: str, profiles: Sequence[Profile], chosen: Profile | None, account_currency: str | None
) -> Reading:
    """Read by the chosen profile, or by the one profile whose header stands in the file.

    `profiles` in order of precedence: of two with the same header the first one is taken.
    """
    if chosen is not None:
        return _by_choice(content, name, chosen, account_currency)
    for charset in dict.fromkeys(profile.charset for profile in profiles):
        decoding, lines = _as_text(content, charset)
        fitting = find_layout(lines, [profile for profile in profiles if profile.charset == charset])
        automatic = [layout for layout in fitting if layout.profile.is_automatic]
        if automatic:
            return read_csv(decoding, lines, name, automatic[0], account_currency)
        if fitting:
            return _to_confirm(name, [layout.profile for layout in fitting])
    return _unknown(content, name, [profile for profile in profiles if profile.is_automatic])


def _as_text(content: bytes, charset: str) -> tuple[Decoding, Lines]:
    decoding = decode(content, charset)
    return decoding, physical_lines(decoding)


def _by_choice(content: bytes, name: str, profile: Profile, account_currency: str | None) -> Reading:
    decoding, lines = _as_text(content, profile.charset)
    at = header_place(Head(lines), profile) if profile.header else -1
    if at is not None:
        return read_csv(decoding, lines, name, Layout(profile, at), account_currency)
    drift = find_drift(lines, [profile], is_chosen=True)
    changed = f": {drift.told} (line {drift.line})" if drift else ""
    what = f"the header is not the one of profile {profile.name!r}{changed}"
    return file_refused("csv", name, what, "Correct the profile, or choose another")


def _to_confirm(name: str, profiles: Sequence[Profile]) -> Reading:
    names = ", ".join(repr(profile.name) for profile in profiles)
    what = f"the header fits {names}, but other banks use it with other days or signs"
    return file_refused("csv", name, what, "Look at the file; if the profile is right, name it with --profile")


def _unknown(content: bytes, name: str, profiles: Sequence[Profile]) -> Reading:
    _, lines = _as_text(content, "")
    if not any(delimiter in text for text in lines.texts(0, SEARCHED) for delimiter in _DELIMITERS):
        return file_refused("unknown", name, "the format is none we know")
    if drift := find_drift(lines, profiles):
        what = f"the layout of {drift.profile.name!r} has changed: {drift.told} (line {drift.line})"
        return file_refused("csv", name, what, "Check what the bank changed, then correct the profile")
    return file_refused("csv", name, "the layout is none we know", _PROPOSE)
