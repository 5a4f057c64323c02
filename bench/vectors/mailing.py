"""Mail, bounces, replies and the hours of sending."""

from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from notices.calendar import convenient_hours
from notices.conduct import CONTACT_HOURS, is_allowed
from notices.message import Sender, compose
from notices.render import Creditor, Rendered, Words, render, words_of
from notices.replies import Stage, Verdict, judge, judge_bounce
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
    verdict = judge_bounce(case["action"], case["status"])
    return {"classification": verdict.kind.value, "do": verdict.action}


STAGES = {
    "AUTH": Stage.AUTH,
    "MAIL": Stage.SENDER,
    "RCPT": Stage.ENVELOPE,
    "DATA": Stage.BODY,
    "DATA end": Stage.ANSWER,
    "any": Stage.ENVELOPE,
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
    if isinstance(reply, int):
        return {"do": SAID[judge(reply, stage)]}
    verdict = judge(None, Stage.ANSWER if "after final dot" in reply else Stage.BODY)
    return {"do": SAID[verdict] if verdict is Verdict.UNKNOWN else "safe to retry"}


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
    if case.has("state"):
        rule = CONTACT_HOURS[case["state"]]
        on = date.fromisoformat(case["date"] if case.has("date") else case.get("since", "2026-01-01"))
        return {"state_rule_blocks": rule.blocks(time.fromisoformat(case["local"]), case.get("channel", "email"), on)}
    moment = datetime.fromisoformat(case["utc"])
    zone = case["tz"]
    local = moment.astimezone(ZoneInfo(zone))
    allowed = is_allowed(moment, [zone], CONTACT_HOURS["US"], case.get("channel", "email"))
    return {"allowed": allowed, "local": f"{local:%H:%M %Z}"}


def _convenient(case: Any) -> dict[str, Any]:
    day, rule = date.fromisoformat(case["date"]), CONTACT_HOURS["US"]
    hours = convenient_hours(day, tuple(case["plausible_tz"]), rule.opens, rule.closes)
    if hours is None:
        return {"allowed_utc": [], "in_eastern": []}
    eastern = [f"{moment.astimezone(ZoneInfo('America/New_York')):%H:%M}" for moment in hours]
    return {"allowed_utc": [_utc(moment, day) for moment in hours], "in_eastern": eastern}


def _utc(moment: datetime, day: date) -> str:
    return f"{moment:%H:%M}" + (" next day" if moment.date() > day else "")
