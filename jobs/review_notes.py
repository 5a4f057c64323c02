"""What stands beside a review item, for people: the two sides of a discrepancy, or what a second person is asked.

Room: pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recon.money import format_minor

if TYPE_CHECKING:
    from recon.store.review import ReviewItem

ALLOCATED = ("", " + discount", " + fee", " + deduction", " + processor fee", " + write-off")


def asked_items(item: ReviewItem) -> set[int]:
    """Return the ids of the open items that the note of an item names."""
    return {each[0] for each in _kept(item).get("allocations", ()) if each[0] is not None}


def note_text(item: ReviewItem, numbers: Mapping[int, str]) -> str:
    """Return the note of an item in words, empty when there is none. `numbers` names open items by id."""
    kept = _kept(item)
    if "open_in_file" in kept:
        return _two_sides(kept, item.currency)
    if "by" in kept:
        why = f" ({kept['reason']})" if kept.get("reason") else ""
        before = note_text(replace(item, detail=kept.get("detail", "")), numbers)
        asked = f"{kept['by']} asks a second person to {_asked(kept, item, numbers)}{why}"
        return f"{asked}; {before}" if before else asked
    return item.detail


def note_facts(item: ReviewItem) -> dict[str, Any]:
    """Return the facts of a note for programs, amounts as decimal text; empty when it is words only."""
    kept = _kept(item)
    if "open_in_file" in kept:
        amounts = ("amount_in_file", "open_in_file", "amount_in_books", "open_in_books", "not_exported")
        told = {name: format_minor(kept[name], item.currency) for name in amounts}
        return {**told, "currency_in_file": kept["currency_in_file"]}
    return {"asked_by": kept["by"], "act": kept.get("act", "book")} if "by" in kept else {}


def _kept(item: ReviewItem) -> dict[str, Any]:
    if not item.detail.startswith("{"):
        return {}
    kept: dict[str, Any] = json.loads(item.detail)
    return kept


def _two_sides(kept: dict[str, Any], currency: str) -> str:
    in_file, in_books = (
        f"{format_minor(kept[f'open_in_{side}'], currency)} open of {format_minor(kept[f'amount_in_{side}'], currency)}"
        for side in ("file", "books")
    )
    other = kept["currency_in_file"]
    text = f"the file says {in_file} {other}, the books {in_books} {currency}"
    if kept["not_exported"]:
        text += f", {format_minor(kept['not_exported'], currency)} of it not exported yet"
    return text


def _asked(kept: dict[str, Any], item: ReviewItem, numbers: Mapping[int, str]) -> str:
    if kept.get("set_aside_name"):
        return f"set it aside as {kept['set_aside_name']}"
    if kept.get("duplicate_of") is not None:
        return f"take it out as the same payment as D{kept['duplicate_of']}"
    currency = kept.get("currency") or item.currency
    parts = "; ".join(_allocated(each, currency, numbers) for each in kept.get("allocations", ()))
    if kept.get("return_of") is not None:
        return f"book it as the return of D{kept['return_of']}" + (f", of it {parts}" if parts else "")
    if parts:
        booked = f" {currency}, booked as {format_minor(kept['booked_minor'], item.currency)} {item.currency}"
        return f"apply {parts}" + (booked if kept.get("currency") else "")
    return f"book: {item.reason}" if item.kind == "booking" else "take over what was settled elsewhere"


def _allocated(each: list[Any], currency: str, numbers: Mapping[int, str]) -> str:
    item_id, _, *minors = each
    name = "on account" if item_id is None else numbers.get(item_id, "?")
    parts = [f"{what} {format_minor(minor, currency)}" for what, minor in zip(ALLOCATED, minors, strict=True) if minor]
    return name + "".join(parts)
