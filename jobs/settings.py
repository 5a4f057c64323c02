"""The settings: one TOML file, typed; secrets only from outside. `jobs/settings_file.py` writes one for `recon init`.

Any option may also come from the environment as RECON_SECTION__KEY, which wins over the file.

Room: shell.
"""

import difflib
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from jobs import environment
from recon.errors import UsageError
from recon.money import is_known_currency

SECRETS = ("password", "secret", "token", "api_key")


class Section(BaseModel):
    """A table of the file. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(Section):
    """A company whose books are in this store."""

    code: str = Field(
        "main",
        description="Short name of the company; the `company` column of your files.",
        min_length=1,
        max_length=40,
    )
    name: str = Field("", description="Name that customers read in notices. Empty: the code.")
    currency: str = Field("USD", description="Home currency, ISO 4217.")
    country: str = Field("", description="ISO 3166 country of the company, for interest rules and calendars.")
    address: tuple[str, ...] = Field((), description="Postal address printed in notices, one line each.")
    street: str = Field("", description="Street of that address, for the Swiss QR code, which asks for its parts.")
    building: str = Field("", description="House number.")
    postal_code: str = Field("", description="Postal code.")
    town: str = Field("", description="Town. Without postal code, town and country no Swiss QR code is printed.")
    iban: str = Field(
        "", description="Your own IBAN or account, printed in notices so that customers know where to pay."
    )
    bic: str = Field("", description="Your bank's BIC, printed beside it.")

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        return _currency(value)


class BankAccount(Section):
    """A bank account whose statements arrive in the inbox. It belongs to one company and one currency."""

    key: str = Field(description="Your short name of the account, for reports.", min_length=1, max_length=80)
    company: str = Field("main", description="The company it belongs to.")
    currency: str = Field(description="Currency of the account, ISO 4217.")
    number: str = Field(
        description="Account number or IBAN as the bank's files write it. Only its last digits are ever shown.",
        min_length=1,
    )
    profile: str = Field(
        "", description="CSV profile of this bank: a shipped name or a path. Empty: found by its header."
    )
    files: str = Field(
        "", description="File name pattern of its CSV files when they do not carry the account, as `mybank-*.csv`."
    )

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        return _currency(value)


class Imports(Section):
    """How your customer and invoice files write numbers and dates."""

    decimal_mark: Literal["", ".", ","] = Field(
        "", description="Decimal mark. Empty: decided by the column, else asked."
    )
    group_mark: Literal["", ".", ",", " ", "'"] = Field(
        "", description="Mark between thousands, when they are grouped."
    )
    date_order: Literal["", "YMD", "DMY", "MDY"] = Field("", description="Order of day and month. Empty: as above.")
    mappings: Path = Field(Path("mappings"), description="Folder of your saved mappings for files with other headers.")


class Matching(Section):
    """When a deposit is posted without a person."""

    error_budget: Decimal = Field(
        Decimal("0.001"), gt=0, le=Decimal("0.05"), description="Share of posts that may be wrong. Smaller queues more."
    )
    amount_cap: Decimal = Field(
        Decimal(0), ge=0, description="Deposits above this amount (in their currency) always go to review. 0: no cap."
    )
    risk_cap: Decimal = Field(
        Decimal(0), ge=0, description="Deposits whose amount times the chance of an error is above this go to review."
    )
    processes: int = Field(1, ge=1, le=64, description="Processes that share the matching of one night.")
    canaries: int = Field(
        40, ge=0, le=200, description="Planted deposits that watch each night's matching beside the books. 0: none."
    )


class Review(Section):
    """When a second person decides, too. Amounts are in the currency of what is decided."""

    second_approval_above: Decimal = Field(
        Decimal(0), ge=0, description="Moving more than this by hand needs a second person. 0: no limit."
    )
    write_off_above: Decimal = Field(
        Decimal(0), ge=0, description="Writing off more than this needs a second person. 0: no limit."
    )


class Smtp(Section):
    """The mail server. Its password: RECON_SMTP_PASSWORD, a systemd credential `smtp_password`, or a command."""

    host: str = Field("", description="Mail server. Empty: mails are written as .eml files to the outbox folder.")
    port: int = Field(587, ge=1, le=65535, description="587 with starttls, 465 with tls.")
    user: str = Field("", description="User name. Empty: the server asks for none.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="`none` is allowed for loopback only.")
    password_command: str = Field("", description="Command that prints the password, for example `pass show smtp`.")

    @model_validator(mode="after")
    def _never_plain(self) -> "Smtp":
        if self.security == "none" and self.host and self.host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(
                'security = "none" is allowed for loopback only: passwords and mails would travel in the clear'
            )
        return self


class Notices(Section):
    """Who is written to, and how carefully."""

    @field_validator("sender", "reply_to", "redirect_all", "bounce_address", "summary_to")
    @classmethod
    def _is_an_address(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for one in (value,) if isinstance(value, str) else value:
            if one and not (one.isprintable() and re.fullmatch("[^@ ]+@[^@ ]+", parseaddr(one)[1])):
                raise ValueError(f"{one!r} is no mail address: write it as Name <name@example.com>")
        return value

    policy: Path | None = Field(
        None, description="Your policy file (TOML). Empty: the shipped ladder -7, +3, +15, +30, +45."
    )

    @field_validator("policy", "font", "bold_font", mode="before")
    @classmethod
    def _empty_is_shipped(cls, value: object) -> object:
        return value or None

    live: bool = Field(
        False, description="false: nothing is mailed to customers; notices are written to the outbox folder."
    )
    redirect_all: str = Field("", description="Send every mail to this address instead, for trials with a real server.")
    daily_cap: int = Field(500, ge=0, description="At most this many mails to customers a day.")
    sender: str = Field("Accounts receivable <ar@example.com>", description="From: of the notices.")
    reply_to: str = Field("", description="Mailbox that a person reads. Empty: the sender.")
    font: Path | None = Field(
        None, description="TrueType file for letters (PDF) with names Helvetica cannot write, as DejaVuSans.ttf."
    )
    bold_font: Path | None = Field(None, description="Its bold sister. Empty: the same font.")
    kill_switch: Path = Field(
        Path("STOP-MAIL"), description="While a file of this name is there, no mail leaves; asked before every mail."
    )
    bounce_address: str = Field(
        "", description="Envelope sender for bounces, as `bounces@example.com`. Empty: the sender."
    )
    summary_to: tuple[str, ...] = Field((), description="Who in the team gets the report of each night by mail.")


class Bounces(Section):
    """The IMAP mailbox of bounces. Its password: RECON_IMAP_PASSWORD, credential `imap_password`, or a command."""

    host: str = Field("", description="IMAP server. Empty: `recon notices bounces FOLDER` reads .eml files.")
    port: int = Field(993, ge=1, le=65535, description="993 with tls, 143 with starttls.")
    user: str = Field("", description="User name of the mailbox.")
    security: Literal["tls", "starttls", "none"] = Field("tls", description="`none` is allowed for loopback only.")
    mailbox: str = Field("INBOX", description="The folder in which the reports arrive.")
    password_command: str = Field("", description="Command that prints the password, for example `pass show imap`.")


TABLES: dict[str, type[Section]] = {
    "imports": Imports, "matching": Matching, "review": Review, "smtp": Smtp, "notices": Notices, "bounces": Bounces,
}  # fmt: skip


class Settings(BaseSettings):
    """All options. Relative paths are relative to the folder of the file."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="RECON_", env_nested_delimiter="__")

    database: str = Field(
        "sqlite:///recon.sqlite",
        description="Where the books live: sqlite:///FILE or postgresql://USER@HOST/NAME.",
    )
    database_password_command: str = Field(
        "", description="Command that prints the database password; or set RECON_DATABASE_PASSWORD."
    )
    inbox: Path = Field(
        Path("inbox"),
        description="Folder that bank statements are dropped into. Files are read, never moved or changed.",
    )
    outbox: Path = Field(
        Path("outbox"),
        description="Folder for letters to print and, while no mail server is used, for mails as .eml files.",
    )
    reports: Path = Field(Path("reports"), description="Folder for the report of each night, as text and JSON.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="How much is logged to stderr; --log-level and -v win."
    )
    companies: tuple[Company, ...] = Field((Company(),), description="")  # type: ignore[call-arg]
    bank_accounts: tuple[BankAccount, ...] = Field((), description="")
    imports: Imports = Imports()  # type: ignore[call-arg]
    matching: Matching = Matching()  # type: ignore[call-arg]
    review: Review = Review()  # type: ignore[call-arg]
    smtp: Smtp = Smtp()  # type: ignore[call-arg]
    notices: Notices = Notices()  # type: ignore[call-arg]
    bounces: Bounces = Bounces()  # type: ignore[call-arg]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return (_KnownEnvironment(settings_cls), init_settings)

    @model_validator(mode="after")
    def _accounts_have_companies(self) -> "Settings":
        codes = {company.code for company in self.companies}
        if not codes:
            raise ValueError("[[companies]] is empty: leave it out for one company `main`, or name yours")
        if len(codes) < len(self.companies):
            raise ValueError("two [[companies]] have the same code")
        names = (*codes, *(account.key for account in self.bank_accounts))
        if odd := [name for name in names if not name.isprintable() or name != name.strip()]:
            raise ValueError(f"{odd[0]!r} is no name for reports: write it without line breaks and outer spaces")
        for account in self.bank_accounts:
            if account.company not in codes:
                raise ValueError(
                    f"bank account {account.key!r} names company {account.company!r}, which is not in [[companies]]"
                )
        keys = [account.key for account in self.bank_accounts]
        if len(set(keys)) < len(keys):
            raise ValueError("two [[bank_accounts]] have the same key")
        numbers = [("".join(filter(str.isalnum, one.number)).upper(), one.currency) for one in self.bank_accounts]
        if len(set(numbers)) < len(numbers):
            raise ValueError("two [[bank_accounts]] have the same number and currency: whose money would it be?")
        return self

    def digest(self) -> str:
        """Return a SHA-256 that changes with any option."""
        return sha256(self.model_dump_json().encode()).hexdigest()


class _KnownEnvironment(EnvSettingsSource):
    """RECON_DATABASE and RECON_SECTION__KEY; secrets and switches of the same prefix are not options of the file."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.env_vars = {k: v for k, v in self.env_vars.items() if not k.lower().endswith(SECRETS)}


def _currency(value: str) -> str:
    if not is_known_currency(value):
        raise ValueError(f"{value!r} is not a currency of ISO 4217")
    return value


def load_settings(path: Path) -> Settings:
    """Read and check the file; paths in the result are absolute. Raises UsageError that names file, key and remedy."""
    content = _content(path)
    _refuse_secrets(content, str(path))
    environment.refuse_mistyped(os.environ, _options())
    try:
        return _rooted(Settings(**content), path.resolve().parent)
    except SettingsError as error:
        remedy = "Set one option each, as RECON_MATCHING__ERROR_BUDGET, or JSON"
        raise UsageError(f"the environment: {str(error).split(' from source')[0]}", remedy) from error
    except ValidationError as error:
        raise UsageError("\n".join(_explain(path, one) for one in error.errors()), "") from error


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError as error:
        remedy = "Write one with `recon init`, or name yours with --config FILE."
        raise UsageError(f"{path} does not exist", remedy) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Name a file with --config FILE.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "Correct the line and run again.") from error


def _options() -> Iterator[str]:
    for name in Settings.model_fields:
        yield name
        if name in TABLES:
            yield from (f"{name}__{key}" for key in TABLES[name].model_fields)


def _refuse_secrets(content: dict[str, Any], place: str) -> None:
    for key, value in content.items():
        if isinstance(value, dict):
            _refuse_secrets(value, f"{place}: [{key}]")
        elif key.lower() in SECRETS:
            raise UsageError(
                f"{place}: secrets do not belong into the file ({key})",
                "Set it in the environment (RECON_SMTP_PASSWORD, RECON_DATABASE_PASSWORD) or name a *_command.",
            )


def _explain(path: Path, error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the file"
    source = environment.variable_of(error["loc"], os.environ) or path
    if error["type"] != "extra_forbidden":
        return f"{source}: {place}: {_HOW.get(error['type'], error['msg'].removeprefix('Value error, '))}"
    names = _names_beside(error["loc"])
    near = difflib.get_close_matches(str(error["loc"][-1]), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else f" Known here: {', '.join(names)}."
    return f"{source}: unknown key {place!r}.{hint}"


_HOW = {
    "path_type": 'Write a path in quotes, as "inbox"',
    "tuple_type": 'Write a list, as ["one", "two"]; a table of several begins with [[ and ends with ]]',
    "string_type": "Write a text in quotes",
}


def _names_beside(location: tuple[Any, ...]) -> list[str]:
    models: dict[str, type[BaseModel]] = {"companies": Company, "bank_accounts": BankAccount, **TABLES}
    return sorted((models[location[0]] if len(location) > 1 else Settings).model_fields)


def _rooted(settings: Settings, folder: Path) -> Settings:
    database = settings.database
    if database.startswith("sqlite:///") and not database.startswith("sqlite:////"):
        database = f"sqlite:///{folder / database.removeprefix('sqlite:///')}"
    policy = settings.notices.policy
    font, bold = settings.notices.font, settings.notices.bold_font
    return settings.model_copy(
        update={
            "database": database,
            "inbox": folder / settings.inbox,
            "outbox": folder / settings.outbox,
            "reports": folder / settings.reports,
            "imports": settings.imports.model_copy(update={"mappings": folder / settings.imports.mappings}),
            "notices": settings.notices.model_copy(
                update={
                    "policy": policy and folder / policy,
                    "kill_switch": folder / settings.notices.kill_switch,
                    "font": font and folder / font,
                    "bold_font": bold and folder / bold,
                }
            ),
            "bank_accounts": tuple(
                account.model_copy(update={"profile": str(folder / account.profile)})
                if account.profile.endswith(".toml")
                else account
                for account in settings.bank_accounts
            ),
        }
    )


def secret(name: str, command: str = "") -> str:
    """Return a secret from RECON_NAME, a systemd credential, or what the command prints; empty when none is set."""
    from_environment = os.environ.get(f"RECON_{name.upper()}")
    if from_environment is not None:
        return from_environment
    credential = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent")) / name
    if credential.is_file():
        return credential.read_text(encoding="utf-8").strip()
    if not command:
        return ""
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"The command for {name} failed", "Run it by hand; it must print the secret and exit 0."
        ) from error
    return done.stdout.strip()
