"""Set-up: init, doctor, and the care of the database.

Room: shell.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.runner import database_url, open_books
from jobs.settings import Settings
from jobs.settings_file import commented_settings
from recon.counted import counted
from recon.errors import Exit, ReconError, UsageError

if TYPE_CHECKING:
    from jobs.invocation import Invocation

NEXT_STEPS = """
Next:
  1. Edit {config}: your bank accounts and, later, the mail server.
  2. recon import customers customers.csv && recon import invoices invoices.csv
  3. Drop bank statements into {inbox}, then: recon nightly
"""


def init_books(invocation: Invocation) -> Exit:
    """Write recon.toml, its folders and an empty database; what exists is left alone."""
    from recon.store.upgrade import upgrade

    config, output = invocation.config, invocation.output
    if config.exists():
        output.line(f"{config} exists: left as it is", {"type": "kept", "path": config})
    elif invocation.dry_run:
        output.line(f"would write {config}", {"type": "would_write", "path": config})
        return output.summary("", {"written": False})
    else:
        config.write_text(commented_settings(), encoding="utf-8")
        output.line(f"wrote {config}", {"type": "written", "path": config})
    settings = invocation.settings
    if not invocation.dry_run:
        for folder in (settings.inbox, settings.outbox, settings.reports):
            folder.mkdir(parents=True, exist_ok=True)
        upgrade(database_url(settings))
    text = NEXT_STEPS.format(config=config, inbox=settings.inbox)
    return output.summary(text, {"written": not invocation.dry_run, "database": _shown(settings.database)})


def upgrade_books(invocation: Invocation) -> Exit:
    """Bring the schema to this program's revision; an older SQLite file is copied beside itself first."""
    from recon.store.engine import current_revision
    from recon.store.upgrade import newest_revision, upgrade

    url, newest = database_url(invocation.settings), newest_revision()
    before = current_revision(url)
    facts = {"from": before, "to": newest, "dry_run": invocation.dry_run}
    if before == newest:
        return invocation.output.summary(f"schema {newest}: nothing to do", facts)
    if not invocation.dry_run:
        upgrade(url, invocation.config.resolve().parent)
    verb = "would go" if invocation.dry_run else "went"
    return invocation.output.summary(f"schema {verb} from {before or 'empty'} to {newest}", facts)


def backup_books(invocation: Invocation, out: Path) -> Exit:
    """Copy the books to a file while they are in use. Refuses to overwrite."""
    from recon.store.backup import backup as write_backup

    if not invocation.dry_run:
        with open_books(invocation.settings):
            write_backup(database_url(invocation.settings), out)
    return invocation.output.summary(f"backup: {out}", {"backup": out, "written": not invocation.dry_run})


def restore_books(invocation: Invocation, backup_file: Path, anchor: str = "", *, other_books: bool = False) -> Exit:
    """Put a proved backup in the place of the books; the SQLite file that was there stays as FILE.replaced.

    The old books do not know what was mailed since: what waited is in doubt, and no mail leaves until a person agrees.
    Nor do they know what was exported since: the answer says it.
    """
    from jobs.restoring import exported_text, proved_backup
    from recon.store.backup import restore
    from recon.store.restoring import exported_since, note_restore

    url = database_url(invocation.settings)
    report = proved_backup(invocation, backup_file, anchor, other_books=other_books)
    since = exported_since(url, backup_file)
    switch, doubtful, kept = invocation.settings.notices.kill_switch, 0, None
    if not invocation.dry_run:
        kept = restore(url, backup_file)
        note_restore(url, invocation.author)
        doubtful = _doubt_mail(invocation, switch)
    verb = "would restore" if invocation.dry_run else "restored"
    text = f"{verb} {backup_file}; {counted(doubtful, 'notice')} in doubt; no mail leaves while {switch.name} is there"
    text = "\n".join(filter(None, [text, exported_text(since, kept), f"head of the backup: {report.anchor}"]))
    facts = {"restored": backup_file, "written": not invocation.dry_run, "doubtful": doubtful, "stop": switch}
    facts |= {"head": report.anchor, "findings": len(report.findings), "replaced": kept}
    facts["exported_since"] = since and [
        {"layout": one.target, "batches": one.batches, "entries": one.entries} for one in since
    ]
    return invocation.output.summary(text, facts, report.exit_code)


def _doubt_mail(invocation: Invocation, switch: Path) -> int:
    from recon.store.engine import connect
    from recon.store.outbox import doubt_waiting

    switch.parent.mkdir(parents=True, exist_ok=True)
    with switch.open("a", encoding="utf-8") as file:
        file.write(
            "The books were restored from a backup. Compare `recon notices list` and the mail server's log, say\n"
        )
        file.write("of each uncertain notice whether it was sent, then delete this file.\n")
    with closing(connect(database_url(invocation.settings))) as store, store.write() as connection:
        return doubt_waiting(connection, "the books were restored from a backup; it may have left since")


def examine(invocation: Invocation) -> Exit:
    """Try everything the night needs and say what is wrong, without changing anything."""
    settings = invocation.settings
    checks: dict[str, Callable[[], str]] = {
        "version": lambda: importlib.metadata.version("recon-nightly"),
        "settings": lambda: str(invocation.config),
        "database": lambda: _database(settings),
        "inbox": lambda: _folder(settings.inbox, os.R_OK),
        "outbox": lambda: _folder(settings.outbox, os.W_OK),
        "reports": lambda: _folder(settings.reports, os.W_OK),
        "bank accounts": lambda: _accounts(settings),
        "policy": lambda: _policy(settings),
        "mail": lambda: _mail(settings),
    }
    failed = 0
    for name, check in checks.items():
        try:
            text, good = check(), True
        except (ReconError, OSError) as error:
            text, good, failed = str(error), False, failed + 1
        invocation.output.line(
            f"{'ok  ' if good else 'FAIL'} {name}: {text}", {"type": "check", "check": name, "ok": good, "detail": text}
        )
    code = Exit.FAILED if failed else Exit.OK
    return invocation.output.summary(f"{failed} of {len(checks)} checks failed", {"failed": failed}, code)


def _database(settings: Settings) -> str:
    with open_books(settings):
        return _shown(settings.database)


def _folder(folder: Path, access: int) -> str:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", "Create it, or run `recon init`.")
    if not os.access(folder, access):
        raise UsageError(
            f"{folder} may not be {'read' if access == os.R_OK else 'written'}", "Correct its permissions."
        )
    return str(folder)


def _accounts(settings: Settings) -> str:
    if not settings.bank_accounts:
        raise UsageError("no [[bank_accounts]] in the settings", "Add one for each account whose statements arrive.")
    if any(account.profile for account in settings.bank_accounts):
        from jobs.reading import profiles_named  # here: it brings every reader of statements

        for account in settings.bank_accounts:
            profiles_named(account.profile)
    return ", ".join(f"{account.key} ({account.currency})" for account in settings.bank_accounts)


def _policy(settings: Settings) -> str:
    from jobs.policies import load_policies

    policies = load_policies(settings)
    return ", ".join(f"{policy.id} {policy.version[:12]}" for policy in policies.all)


def _mail(settings: Settings) -> str:
    if not settings.smtp.host:
        return f"no server: mails are written to {settings.outbox}"
    if not settings.notices.live:
        return f"{settings.smtp.host}:{settings.smtp.port}, not live: set notices.live = true to mail customers"
    from jobs.notifying import try_login

    try_login(settings)
    return f"{settings.smtp.host}:{settings.smtp.port}, live, at most {settings.notices.daily_cap} a day"


def _shown(database: str) -> str:
    scheme, _, rest = database.partition("://")
    return f"{scheme}://{rest.split('@')[-1]}" if "@" in rest else database
