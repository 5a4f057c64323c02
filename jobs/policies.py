"""The policies of the settings: read where nothing is sent, so that who only looks does not load mail and letters.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notices.policy_file import default_policies, read_policies
from recon.errors import UsageError

if TYPE_CHECKING:
    from jobs.settings import Settings
    from notices.policy import Policies


def load_policies(settings: Settings) -> Policies:
    """Return the policies of the settings' file, or the shipped ladder. Raises UsageError that names the line."""
    path = settings.notices.policy
    if path is None:
        return default_policies()
    try:
        return read_policies(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise UsageError(f"the policy {path} cannot be read: {error.strerror}", "Correct notices.policy") from error
