"""The file `recon init` writes: every option of the settings with its meaning and default.

Room: pure.
"""

from decimal import Decimal

from pydantic import BaseModel

from jobs.settings import TABLES, BankAccount, Company, Settings


def commented_settings() -> str:
    """Return the file `recon init` writes: every option with its meaning and default."""
    parts = ["# Settings of Recon. Remove the # of an option to change it; unknown keys are refused.\n"]
    parts.append(_commented_section("", Settings))
    parts.append(_commented_section("[[companies]]", Company, live=True))
    parts.append(_commented_accounts())
    for header, model in TABLES.items():
        parts.append(_commented_section(f"[{header}]", model))
    return "\n".join(parts)


def _commented_section(header: str, model: type[BaseModel], *, live: bool = False) -> str:
    lines = [f"# {(model.__doc__ or '').splitlines()[0]}", header] if header else []
    for name, field in model.model_fields.items():
        if not field.description:
            continue
        mark = "" if live else "# "
        lines += [f"# {field.description}", f"{mark}{name} = {_toml(field.default)}"]
    return "\n".join(lines) + "\n"


def _commented_accounts() -> str:
    example = {"key": "main-usd", "company": "main", "currency": "USD", "number": "123456789"}
    lines = [f"# {(BankAccount.__doc__ or '').splitlines()[0]}", "# [[bank_accounts]]"]
    for name, field in BankAccount.model_fields.items():
        lines += [f"# {field.description}", f"# {name} = {_toml(example.get(name, ''))}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, tuple):
        return "[]"
    return f'"{value if value is not None else ""}"'
