"""Bring the schema up to this program, after a backup, each migration in the writer's lock.

Room: store.
"""

from pathlib import Path

from recon.errors import StoreMissing
from recon.store import backup as backups
from recon.store.engine import connect, current_revision, sqlite_path

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> tuple[str | None, str]:
    """Create or upgrade the books; return the revision before and after. Harmless to repeat.

    An SQLite file of an older schema is copied first to `FILE.before-REVISION`. Back PostgreSQL up with
    `recon db backup`.
    """
    from alembic import command
    from alembic.config import Config

    before = current_revision(url)
    if before is not None and before > newest_revision():
        remedy = "Install that program, or restore a backup with `recon db restore`"
        raise StoreMissing(f"the database is of a newer program (schema {before})", remedy)
    path = sqlite_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is not None and before != newest_revision():
            backups.backup(url, path.with_name(f"{path.name}.before-{newest_revision()}"))
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    store = connect(url)
    try:
        with store.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        store.close()
    return before, newest_revision()


def newest_revision() -> str:
    """Return the revision that the migration scripts end at."""
    return max(script.name[:4] for script in (SCRIPTS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))
