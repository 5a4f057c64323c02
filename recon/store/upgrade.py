"""Bring the schema up to this program, after a backup, each migration in the writer's lock.

Room: store.
"""

import itertools
from pathlib import Path

from recon.errors import StoreMissing
from recon.store import backup as backups
from recon.store.engine import current_revision, sqlite_path
from recon.store.migrate import migrate, newest_revision

__all__ = ["newest_revision", "upgrade"]


def upgrade(url: str, backup_folder: Path | None = None) -> tuple[str | None, str]:
    """Create or upgrade the books; return the revision before and after. Harmless to repeat.

    Books of an older schema are copied first: an SQLite file beside itself to `FILE.before-REVISION`, PostgreSQL into
    the folder, when one is given, as `books.before-REVISION.sqlite`.
    """
    before, newest = current_revision(url), newest_revision()
    if before is not None and before > newest:
        remedy = "Install that program, or restore a backup with `recon db restore`"
        raise StoreMissing(f"the database is of a newer program (schema {before})", remedy)
    path = sqlite_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    if before is not None and before != newest:
        _back_up(url, path, backup_folder, newest)
    migrate(url)
    return before, newest


def _back_up(url: str, path: Path | None, folder: Path | None, newest: str) -> None:
    if path is not None:
        backups.backup(url, _free(path.with_name(f"{path.name}.before-{newest}")))
    elif folder is not None:
        backups.backup(url, _free(folder / f"books.before-{newest}.sqlite"))


def _free(path: Path) -> Path:
    """Return the path, or with a number behind it when an earlier attempt has left its copy there."""
    if not path.exists():
        return path
    names = (path.with_name(f"{path.name}-{n}") for n in itertools.count(2))
    return next(name for name in names if not name.exists())
