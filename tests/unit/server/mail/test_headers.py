"""The head of a mail as it goes over the wire: no name or address begins a line of its own."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from server.mail.headers import MailHead, add_page, begin_mail

_HEADS = {
    "Subject",
    "From",
    "To",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
_HOSTILE = (
    "a\r\nBcc: evil@example.org",
    "=?utf-8?q?Hello=0D=0ABcc:_evil@example.org?=",
    "=?utf-8?q?Hello=0ABcc:_evil@example.org=0A=0Abody?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAeC5vcmc=?=",
    "ü=?utf-8?q?=0D=0ABcc:_evil@example.org?=ü",
    "==??utf-8?q?=0ABcc:_evil@example.org?=",
    "=\x00?utf-8?q?=0ABcc:_evil@example.org?=",
    "=\x7f?utf-8?q?=0ABcc:_evil@example.org?=",
    f"=?utf-8?q?{'x' * 150}=0ABcc:_e@x.y?=",
    "x\x1c\x85\u2028Bcc: evil@example.org",
    '"a" <b@example.org>, evil@example.org',
    f"{'x' * 90}, The Bank <evil@example.org>",
    f"{'ü ' * 45}, The Bank <evil@example.org>",
    f"The Bank <evil@example.org>, {'ü' * 90}",
    f"{'Hall ' * 20}: evil@example.org;",
    f".{'Hall' * 40}",
)


def a_mail(**said: str) -> EmailMessage:
    """Begin a mail that says this, and else what any mail says."""
    head = {"organization": "Hall", "recipient": "guest@example.org"}
    head |= {name: said.pop(name) for name in head.keys() & said.keys()}
    usual = {"subject": "Tickets", "language": "en", "text": "hello\n"}
    return begin_mail(MailHead("1", "tickets@example.org", **head), **usual | said)


@pytest.mark.parametrize("typed", _HOSTILE)
def test_no_name_writes_a_line_of_the_head(typed: str) -> None:
    """A line break that is spelled as an encoded word begins no line either; nor does a comma."""
    message = a_mail(subject=typed, organization=typed)
    wired = email.message_from_bytes(message.as_bytes(policy=SMTP))
    assert set(wired.keys()) <= _HEADS
    assert wired.get_payload() == "hello\r\n"
    assert "tickets@example.org" in str(wired["From"])
    read = email.message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    assert [one.addr_spec for one in read["From"].addresses] == ["tickets@example.org"]
    assert [one.addr_spec for one in read["To"].addresses] == ["guest@example.org"]


@pytest.mark.parametrize(
    "typed",
    [
        "=?utf-8?q?=0ABcc=3Ae=40x.y=0A?=@example.org",
        "g@=?utf-8?q?=0ABcc=3Ae=40x.y?=",
        "=?utf-8?q?victim=40example.org=2C?=@example.org",
    ],
)
def test_address_that_spells_an_encoded_word_is_none(typed: str) -> None:
    """Of what a guest typed; the mail is to nobody, and is refused when it is handed in."""
    message = a_mail(recipient=typed)
    assert message["To"] is None


def test_name_is_shown_as_it_is() -> None:
    """In any script, with what only looks like an encoded word left readable."""
    message = a_mail(subject="Wirklich? =?ja?=", organization="Zoë & Söhne. Café", language="de")
    read = email.message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    assert str(read["Subject"]) == "Wirklich? = ?ja?="
    assert read["From"].addresses[0].display_name == "Zoë & Söhne. Café"


def test_a_name_turns_nothing_round() -> None:
    """Written backwards behind such a mark it would read as somebody else's; Arabic stays."""
    message = a_mail(
        subject="\u202egnp.tekcit\u202c حفلة\u200f", organization="\u2067knaB\u2069", language="ar"
    )
    read = email.message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    assert str(read["Subject"]) == "gnp.tekcit حفلة\u200f"
    assert read["From"].addresses[0].display_name == "knaB"


def test_each_part_of_a_mail_as_sent_says_its_language() -> None:
    """The plain words, and the page with a picture in it; a file that goes along says none."""
    message = a_mail(language="ar")
    simple = email.message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    assert simple["Content-Language"] == "ar"
    add_page(message, "<p>مرحبا</p>")
    page = message.get_body(("html",))
    assert page is not None
    page.add_related(b"png", "image", "png", cid="<a@b>")
    message.add_attachment(b"pdf", maintype="application", subtype="pdf", filename="t.pdf")
    sent = email.message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    said = {one.get_content_type(): one["Content-Language"] for one in sent.walk()}
    assert said["text/plain"] == said["text/html"] == "ar"
    assert said["application/pdf"] is said["image/png"] is None
