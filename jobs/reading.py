"""Bank files to readings, and readings into the books.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.inbox import InboxFile, account_of_file, inbox_files, shown_name
from jobs.settings import BankAccount, Settings
from recon.errors import Exit, UsageError
from recon.model import Reading, Statement
from recon.statements import fingerprints, in_own_currency, occurrences, read_bytes, size_refusal
from recon.statements.profile import Profile, profile_from_toml
from recon.statements.shipped import shipped_profiles
from recon.store import bank_accounts, imports, source_files

if TYPE_CHECKING:
    from jobs.night import Night


@dataclass(frozen=True, slots=True)
class InboxReading:
    """A file of the inbox with what it says."""

    file: InboxFile
    reading: Reading

    @property
    def source(self) -> source_files.SourceFile:
        """The file as the books record it."""
        return source_files.SourceFile(self.file.name, self.file.sha256, self.file.size_bytes)


def new_files(night: Night) -> Iterator[InboxFile]:
    """Yield the files that are not in the books. Quarantined ones are tried again until a person accepts the loss."""
    for file in inbox_files(night.settings.inbox):
        source = source_files.SourceFile(file.name, file.sha256, file.size_bytes)
        with night.store.read() as connection:
            is_settled = source_files.is_settled(connection, source)
        if is_settled:
            night.count("files_known")
        else:
            yield file


def read_inbox_file(night: Night, file: InboxFile) -> InboxReading:
    """Return what the file says, with the account of the settings where the file names none."""
    settings = night.settings
    account = account_of(account_of_file(file.name, settings), settings)
    reading = read_for_books(file.path, account, settings)
    night.count("files_read")
    return InboxReading(file, reading)


def save(night: Night, item: InboxReading) -> None:
    """Bring one file into the books: new lines with their bank entries, or quarantine with the reason."""
    with night.store.write() as connection:
        result = imports.import_reading(
            connection, item.reading, item.source, declared_accounts(night.settings), identities_of(item.reading),
            night.author, default_company(night.settings),
        )  # fmt: skip
    night.problems.extend(result.problems)
    night.count("files_imported", int(result.is_believed and result.is_new))
    night.count("files_quarantined", int(not result.is_believed))
    night.count("statements", result.statement_count)
    night.count("statements_in_discrepancy", result.discrepancy_count)
    night.count("lines_read", result.line_count)
    night.count("lines_new", result.new_line_count)
    night.count("rows_quarantined", sum(problem.quarantined == "row" for problem in result.problems))
    if result.discrepancy_count:
        night.exit_code = Exit.PARTIAL


def profiles_named(name: str) -> tuple[Profile, ...]:
    """Return the one profile named by a path or a shipped name, or all shipped ones for an empty name."""
    shipped = shipped_profiles()
    if not name:
        return shipped
    if name.endswith(".toml"):
        return (profile_of(Path(name)),)
    chosen = tuple(profile for profile in shipped if profile.name == name)
    if not chosen:
        names = ", ".join(sorted(profile.name for profile in shipped))
        raise UsageError(f"no CSV profile is named {name!r}", f"Give a .toml file, or one of: {names}")
    return chosen


def profile_of(path: Path) -> Profile:
    """Return the profile of a TOML file; raises UsageError that names the key at fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the profile {path} cannot be read: {error.strerror}", "Correct the path") from error
    return profile_from_toml(text, path.name)


def profiles_for(account: BankAccount | None, settings: Settings) -> tuple[Profile, ...]:
    """Return the profiles a file may be read with: its account's own, or every declared and shipped one."""
    if account and account.profile:
        return profiles_named(account.profile)
    own = {account.profile for account in settings.bank_accounts if account.profile.endswith(".toml")}
    return (*(profile_of(Path(path)) for path in sorted(own)), *shipped_profiles())


def read_file_content(path: Path, profiles: Sequence[Profile], account_currency: str | None = None) -> Reading:
    """Return the reading of a file, refused before it is loaded when it is too large."""
    name = shown_name(path)
    refusal = size_refusal(path.stat().st_size, name)
    return refusal or read_bytes(path.read_bytes(), name, profiles=profiles, account_currency=account_currency)


def read_for_books(path: Path, account: BankAccount | None, settings: Settings, profile: str = "") -> Reading:
    """Return the reading of a file as the books can take it: each statement of an account, in its currency."""
    profiles = profiles_named(profile) if profile else profiles_for(account, settings)
    reading = read_file_content(path, profiles, account.currency if account else None)
    return in_own_currency(with_account(reading, account, settings), shown_name(path))


def account_of(key: str, settings: Settings) -> BankAccount | None:
    """Return the bank account with that key."""
    return next((account for account in settings.bank_accounts if account.key == key), None)


def declared_accounts(settings: Settings) -> tuple[bank_accounts.BankAccount, ...]:
    """Return the bank accounts of the settings as the store takes them."""
    return tuple(
        bank_accounts.BankAccount(account.key, account.company, account.currency, account.number)
        for account in settings.bank_accounts
    )


def default_company(settings: Settings) -> str:
    """Return the only company, whose the plain layout then is; nothing when there are several."""
    return settings.companies[0].code if len(settings.companies) == 1 else ""


def with_account(reading: Reading, account: BankAccount | None, settings: Settings) -> Reading:
    """Return the reading with the account of the settings in statements that name none."""
    if all(statement.account for statement in reading.statements):
        return reading
    owner = account or _only_csv_account(settings)
    if owner is None:
        return reading
    return replace(reading, statements=tuple(_owned(statement, owner) for statement in reading.statements))


def _owned(statement: Statement, owner: BankAccount) -> Statement:
    return statement if statement.account else replace(statement, account=owner.number)


def _only_csv_account(settings: Settings) -> BankAccount | None:
    """A file that names no account can only be of the one account that has a CSV profile and no file pattern."""
    having = [account for account in settings.bank_accounts if account.profile and not account.files]
    return having[0] if len(having) == 1 else None


def identities_of(reading: Reading) -> list[list[tuple[str, int]]]:
    """Return (fingerprint, occurrence) of each line; one count per account, however many statements it has."""
    keyed = [(s.account, s.currency, fingerprints(s.lines)) for s in reading.statements]
    counted = iter(
        occurrences(f"{account}\x1f{currency}\x1f{one}" for account, currency, each in keyed for one in each)
    )
    return [[(one, next(counted)) for one in each] for _, _, each in keyed]
