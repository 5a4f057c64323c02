"""Run the migration scripts, in the writer's lock.

Room: store.
"""

from pathlib import Path

from recon.store.engine import connect

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str, revision: str = "head") -> None:
    """Create or upgrade the tables up to a revision; harmless to repeat."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    store = connect(url)
    try:
        with store.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        store.close()


def newest_revision() -> str:
    """Return the revision that the migration scripts end at."""
    return max(script.name[:4] for script in (SCRIPTS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))
