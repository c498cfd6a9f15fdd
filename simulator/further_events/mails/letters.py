"""What a buyer finds in a mail: to whom it is, which mail it is, and what its pictures say."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import SMTP

import cv2
import msgspec
import numpy as np


class ReadMail(msgspec.Struct, frozen=True):
    """A mail as it was taken.

    Attributes:
        to: Its address.
        message_id: By which two copies are known as one mail.
        codes: What a phone's camera reads in its pictures.
        text: Its plain words.
    """

    to: str
    message_id: str
    codes: tuple[str, ...]
    text: str


def read_letter(content: bytes) -> ReadMail:
    """Read a mail as any program does."""
    message = email.message_from_bytes(content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    words = message.get_body(("plain",))
    return ReadMail(
        to=str(message["To"]),
        message_id=str(message["Message-ID"]),
        codes=tuple(code for part in message.walk() for code in _codes_of(part)),
        text="" if words is None else str(words.get_content()),
    )


def _codes_of(part: object) -> list[str]:
    assert isinstance(part, EmailMessage)
    if part.get_content_type() != "image/png":
        return []
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    # Only where mails are read: it complains at the end of a process in which a world's dead lie.
    import zxingcpp

    # In a code's squares readers of stripes find some now and then.
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=formats)]
