"""The head of each mail: one recipient, no line that a name could begin, its language. Pure."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from unicodedata import category

import msgspec

_PART: Final = r"(?:(?!=\?)[^@\s\x00-\x1f\x7f,;:<>()\[\]\\\"])+"
_SPECIAL: Final = re.compile(r"[()<>\[\]:;@\\,\"]")
_LINE_MAX: Final = 78
_TURNS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""What turns the letters behind it round (UAX #9): a sender's name would read as another's."""
_ADDRESS: Final = re.compile(f"({_PART})@({_PART})")


class MailHead(msgspec.Struct, frozen=True):
    """Who writes to whom.

    Attributes:
        name: The mail's, the same at each try, so that a second copy is known as one.
        sender: The operator's address.
        organization: In whose name.
        recipient: The one address.
    """

    name: str
    sender: str
    organization: str
    recipient: str

    @property
    def message_id(self) -> str:
        """The mail's name as mail servers know it."""
        return f"<{self.name}@{self.sender.rpartition('@')[2]}>"


def begin_mail(head: MailHead, *, subject: str, language: str, text: str) -> EmailMessage:
    """Return a mail of plain words: to one address, or, if the recipient is none, to nobody.

    What was typed as an address may spell two for a mail server, or a line of the head; a mail to
    nobody is refused when it is handed in (`smtp.py`).
    """
    message = EmailMessage()
    message["Subject"] = _plain(subject)
    user, _, domain = head.sender.rpartition("@")
    message["From"] = Address(_name(head.organization, head.sender), user, domain)
    found = _ADDRESS.fullmatch(head.recipient.strip())
    if found is not None:
        message["To"] = Address("", found[1], found[2])
    message["Message-ID"] = head.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message["Content-Language"] = language  # after its words: setting them drops such a line
    return message


def add_page(message: EmailMessage, page: str) -> None:
    """Add the same words as a page; each of the two parts says its language."""
    language = message["Content-Language"]
    message.add_alternative(page, subtype="html")  # the line went to the plain words with this
    shown = message.get_body(("html",))
    assert shown is not None, "it was just added"
    shown["Content-Language"] = language


def _plain(text: str) -> str:
    """Return a text that begins no header of its own, as it is and as it is written.

    Python reads what looks like an encoded word (`=?utf-8?q?=0ABcc:…?=`) for what it spells, and
    writes a line break in it as one; so nothing looks like one.
    """
    plain = " ".join(text.split()).translate(_TURNS)
    shown = (one for one in plain if category(one) != "Cc")
    return "".join(shown).replace("=?", "= ?")


def _name(text: str, sender: str) -> str:
    """Return a sender's name that spells no address of its own.

    Python forgets a name's quotes where the name takes more than a line, or has to be encoded, and
    writes none that begins with a dot.
    """
    name = _plain(text)
    if name.isascii() and len(f'From: "{name}" <{sender}>') <= _LINE_MAX:
        return name
    return " ".join(_SPECIAL.sub(" ", name).split()).lstrip(". ")
