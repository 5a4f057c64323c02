"""Which variables of the environment are ours: a mistyped one is refused, as a mistyped key of the file is.

Room: shell.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from recon.errors import UsageError

PREFIX = "RECON_"
SECRETS = ("smtp_password", "imap_password", "database_password")
SWITCHES = ("actor",)
# Kubernetes tells every pod of a service called `recon`: RECON_SERVICE_HOST, RECON_PORT_5432_TCP_ADDR.
_SERVICE_LINK = re.compile(r"(service_(host|port)(_.*)?|port(_[0-9]+_(tcp|udp|sctp)(_.*)?)?)")
_NEAR = 0.75


def refuse_mistyped(variables: Iterable[str], options: Iterable[str]) -> None:
    """Raise UsageError for a variable with our prefix that is nearly, but not quite, the name of an option or a secret.

    `options` are `database`, `matching`, `matching__error_budget`. A variable like nothing of ours is somebody else's.

    >>> refuse_mistyped(["RECON_INBOX", "RECON_ACTOR", "RECON_PORT", "HOME"], ["inbox", "reports"])
    >>> refuse_mistyped(["RECON_INBOXX"], ["inbox", "reports"])
    Traceback (most recent call last):
        ...
    recon.errors.UsageError: RECON_INBOXX in the environment is no option. Did you mean RECON_INBOX?
    """
    known = (*options, *SECRETS, *SWITCHES)
    for variable in sorted(variables):
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or name in known or _SERVICE_LINK.fullmatch(name):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
        if near:
            raise UsageError(f"{variable} in the environment is no option", f"Did you mean {PREFIX}{near[0].upper()}?")


def variable_of(location: Sequence[object], variables: Iterable[str]) -> str | None:
    """Return the variable that sets an option, if one does: it wins over the file, so an error is its fault.

    >>> variable_of(("matching", "processes"), ["RECON_MATCHING__PROCESSES"])
    'RECON_MATCHING__PROCESSES'
    """
    ways = {PREFIX + "__".join(map(str, location[:depth])).upper() for depth in range(1, len(location) + 1)}
    return next((one for one in variables if one.upper() in ways), None)
