"""Bank statements: any bank's file to one normal form, proved as far as the bank lets it be, or refused with a
reason.

    reading = read_bytes(content, name)

`Reading` holds statements with their lines and proof, and problems with what was set aside. Formats: OFX 1 and 2,
QFX, CAMT.053/.052/.054, MT940/MT942, BAI2, CSV by declared profiles, and the plain layout. Reference:
docs/reference/statements.md.

Room: pure.
"""

from recon.statements.identity import fingerprints, occurrences
from recon.statements.ndjson import exit_code, to_ndjson
from recon.statements.own_currency import in_own_currency
from recon.statements.profile import Profile, profile_from_toml
from recon.statements.proof import continuity, roll_forward
from recon.statements.read import MAX_BYTES, read_bytes, size_refusal
from recon.statements.shipped import shipped_profiles

__all__ = [
    "MAX_BYTES",
    "Profile",
    "continuity",
    "exit_code",
    "fingerprints",
    "in_own_currency",
    "occurrences",
    "profile_from_toml",
    "read_bytes",
    "roll_forward",
    "shipped_profiles",
    "size_refusal",
    "to_ndjson",
]
