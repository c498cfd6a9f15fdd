"""The head of each mail: one recipient, and no line that a name could begin. Pure."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final

_PART: Final = r"[^@\s\x00-\x1f\x7f,;:<>()\[\]\\\"]+"
_ADDRESS: Final = re.compile(f"({_PART})@({_PART})")


def begin_mail(
    *,
    subject: str,
    sender: str,
    organization: str,
    recipient: str,
    message_id: str,
    language: str,
) -> EmailMessage:
    """Return a mail without words: to one address, or, if `recipient` is none, to nobody.

    What was typed as an address may spell two for a mail server, or a line of the head; a mail to
    nobody is refused when it is handed in (`smtp.py`).
    """
    message = EmailMessage()
    # A line break in a name would begin a header of its own.
    message["Subject"] = " ".join(subject.split())
    user, _, domain = sender.rpartition("@")
    message["From"] = Address(" ".join(organization.split()), user, domain)
    found = _ADDRESS.fullmatch(recipient.strip())
    if found is not None:
        message["To"] = Address("", found[1], found[2])
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    return message
