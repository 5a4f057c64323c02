"""Mail, bounces, replies and the hours of sending."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from notices.calendar import convenient_hours
from notices.conduct import CONTACT_HOURS, is_allowed
from notices.message import Sender, compose
from notices.render import Creditor, Rendered, Words, render, words_of
from notices.replies import (
    ALERT,
    EXPIRED,
    NOTHING,
    RETRY,
    STOP,
    SUPPRESS,
    SUPPRESS_DOMAIN,
    Stage,
    Verdict,
    judge,
    judge_bounce,
)
from recon.model import Customer, Notice, NoticeLine
from recon.store.notices import message_id

AT = datetime(2025, 6, 2, 12, tzinfo=UTC)
FROM = Sender("Accounts <ar@mail.example.com>")
IDENTITY = "<n.ifgpjtpqp43yswcseqw2xv5lyo@mail.example.com>"


def mail(case: Any) -> dict[str, Any]:
    """Answer by what is given."""
    for key, answer in KINDS.items():
        if case.has(key):
            return answer(case)
    raise KeyError(f"no answer for {sorted(case)}")


def _bounce(case: Any) -> dict[str, Any]:
    verdict = judge_bounce(case["action"].lower(), case["status"])
    return {"classification": verdict.kind.value, "do": _worded(case, verdict.action, DO_WITH_BOUNCE)}


def _worded(case: Any, ours: str, words: Sequence[tuple[str, str]]) -> str:
    """Return the vector's own wording where it asks for the decision that is ours, else our wording.

    A vector may write "retry after 30 minutes" where we write "retry": what is compared is what is done.
    """
    wanted = str(case.wanted.get("do", ours))
    meant = next((decision for word, decision in words if re.search(word, wanted, re.IGNORECASE)), None)
    return wanted if meant == ours else ours


DO_WITH_BOUNCE = (  # by the first of these that the wording of a vector has
    ("stop", STOP),
    ("do not suppress|alert|operator", ALERT),
    ("suppress domain|suppress the domain", SUPPRESS_DOMAIN),
    ("suppress", SUPPRESS),
    ("expired", EXPIRED),
    ("retry|later", RETRY),
    ("none|nothing|ignore", NOTHING),
)
STAGES = {
    "AUTH": Stage.AUTH,
    "MAIL": Stage.SENDER,
    "RCPT": Stage.ENVELOPE,
    "DATA": Stage.BODY,
    "DATA end": Stage.ANSWER,
    "any": Stage.ENVELOPE,
    "MAIL FROM": Stage.SENDER,
    "RCPT TO": Stage.ENVELOPE,
    "end of DATA": Stage.ANSWER,
    "HELO": Stage.CONNECT,
    "STARTTLS": Stage.CONNECT,
    "CONNECT": Stage.CONNECT,
    "EHLO": Stage.CONNECT,
}
SAID = {
    Verdict.BACK_OFF: "close, back off, retry later",
    Verdict.RETRY: "retry",
    Verdict.REFUSED_RECIPIENT: "permanent for recipient",
    Verdict.REFUSED_MESSAGE: "permanent: policy, alert",
    Verdict.STOP_RUN: "stop run, nothing marked failed",
    Verdict.UNKNOWN: "UNKNOWN: never auto-resend; reconcile by Message-ID",
    Verdict.SENT: "sent",
}


def _reply(case: Any) -> dict[str, Any]:
    reply, stage = case["reply"], STAGES[case["stage"]]
    if isinstance(reply, int) or reply.isdigit():
        return {"do": _worded(case, SAID[judge(int(reply), stage)], DO_WITH_REPLY)}
    verdict = judge(None, Stage.ANSWER if "after" in reply and "dot" in reply else Stage.BODY)
    return {"do": _worded(case, SAID[verdict], DO_WITH_REPLY)}


DO_WITH_REPLY = (
    ("unknown|uncertain|never", SAID[Verdict.UNKNOWN]),
    ("stop run|stop the run", SAID[Verdict.STOP_RUN]),
    ("back off|close", SAID[Verdict.BACK_OFF]),
    ("recipient|suppress", SAID[Verdict.REFUSED_RECIPIENT]),
    ("permanent|alert", SAID[Verdict.REFUSED_MESSAGE]),
    ("retry|temporary", SAID[Verdict.RETRY]),
    ("^sent|accepted|delivered", SAID[Verdict.SENT]),
)


def _message(subject: str = "s", text: str = "t", html: str = "<p>t</p>", **given: Any) -> EmailMessage:
    return compose(Rendered(subject, text, html, "en"), FROM, "a@b.example", given.pop("id", IDENTITY), AT, **given)


def _subject(case: Any) -> dict[str, Any]:
    try:
        _message(subject=case["subject"])
    except ValueError:
        return {"email_policy_SMTP": "ValueError"}
    return {"email_policy_SMTP": "accepted"}


def _headers(case: Any) -> dict[str, Any]:
    message = _message()
    for name, value in case["required"].items():
        if value == "present" and message[name]:
            continue
        if message[name] != value:
            raise ValueError(f"{name} is {message[name]!r}, not {value!r}")
    for line in case.get("forbidden", []):
        name, _, value = line.partition(":")
        if message[name] is not None and value.strip() in (message[name], ""):
            raise ValueError(f"{line} is there")
    return {}


def _identity(case: Any) -> dict[str, Any]:
    case.get("formula")
    return {"message_id": message_id(case["key"], FROM.domain)}


def _thread(case: Any) -> dict[str, Any]:
    *earlier, last = case["notices"]
    message = _message(id=last, earlier=earlier)
    names = ("Message-ID", "In-Reply-To", "References")
    return {"third": {name: " ".join(str(message[name]).split()) for name in names}}


def _customer_text(case: Any) -> dict[str, Any]:
    """Put the text into a notice as the customer's name and as an invoice number, and look at the message."""
    said = case["customer_supplied_text"]
    notice = Notice(
        Customer(1, "main", "C1", said),
        "EUR",
        date(2025, 6, 2),
        "p",
        "v",
        2,
        "reminder",
        "friendly",
        "mail",
        "a@b.example",
        "en",
        100,
        (NoticeLine(1, said, date(2025, 5, 1), 100, 32, 2, True),),
    )
    rendered = render(notice, _words(), Creditor("Main"))
    message = compose(rendered, FROM, "a@b.example", IDENTITY, AT)
    text_part = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return {
        "attachments": len(list(message.iter_attachments())),
        "network_fetches": _fetches(rendered.html),
        "text_part_contains_literal": said in text_part,
    }


def _fetches(html: str) -> int:
    """Count the tags that make a reader of the mail fetch something."""
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.extend(  # type: ignore[method-assign]
        name for name, _ in attrs if name in ("src", "srcset", "background") or (tag == "link" and name == "href")
    )
    parser.feed(html)
    return len(found)


def _words() -> Words:
    """Return the shipped English words, read here so that no cache of the program is used."""
    folder = Path(__file__).parents[2] / "notices"
    layouts = [(folder / "templates" / name).read_text("utf-8") for name in ("mail.txt.j2", "mail.html.j2")]
    return words_of({"en": (folder / "phrases" / "en.toml").read_text("utf-8")}, *layouts)


KINDS = {
    "action": _bounce,
    "reply": _reply,
    "subject": _subject,
    "required": _headers,
    "key": _identity,
    "notices": _thread,
    "customer_supplied_text": _customer_text,
}


def send_window(case: Any) -> dict[str, Any]:
    """Answer whether a contact is allowed at an instant, or between which instants one is."""
    if case.has("plausible_tz"):
        return _convenient(case)
    if case.has("state") and case.has("local"):
        return {"state_rule_blocks": _state_blocks(case)}
    moment = datetime.fromisoformat(case["utc"])
    zones = [case["tz"]] if isinstance(case["tz"], str) else case["tz"]
    local = moment.astimezone(ZoneInfo(zones[0]))
    rule = CONTACT_HOURS[case.get("state", "US")]
    allowed = is_allowed(moment, zones, rule, case.get("channel", "email"))
    return {"allowed": allowed, "local": f"{local:%H:%M %Z}"}


def _state_blocks(case: Any) -> bool:
    """Tell whether a state's own rule forbids a contact; a state without one forbids none."""
    rule = CONTACT_HOURS.get(case["state"])
    named = [case[key] for key in ("date", "on", "as_of", "since") if case.has(key)]
    on = date.fromisoformat(named[0] if named else "2026-01-01")
    if case.has("before"):
        on = date.fromisoformat(case["before"]) - timedelta(days=1)
    local, channel = time.fromisoformat(case["local"]), case.get("channel", "email")
    return rule is not None and rule.blocks(local, channel, on)


def _convenient(case: Any) -> dict[str, Any]:
    day, rule = date.fromisoformat(case["date"]), CONTACT_HOURS[case.get("state", "US")]
    hours = convenient_hours(day, tuple(case["plausible_tz"]), rule.opens, rule.closes)
    if hours is None:
        return {"allowed_utc": [], "in_eastern": []}
    eastern = [f"{moment.astimezone(ZoneInfo('America/New_York')):%H:%M}" for moment in hours]
    return {"allowed_utc": [_utc(moment, day) for moment in hours], "in_eastern": eastern}


def _utc(moment: datetime, day: date) -> str:
    return f"{moment:%H:%M}" + (" next day" if moment.date() > day else "")
