"""Reads one tag, whatever the reader is."""

from __future__ import annotations

from gatekeeper.readers.nfc.ndef_message import credential_of, text_of
from gatekeeper.readers.nfc.ports import TagLink, Technology
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from gatekeeper.readers.nfc.type2 import Type2Tag
from gatekeeper.readers.nfc.type4 import Type4Tag
from shared.credential.tag_originality import NXP_PUBLIC_KEYS, judge_originality
from shared.kernel.instant import Duration


def open_tag(link: TagLink) -> Type2Tag | Type4Tag | None:
    """Return the tag in its own language, or None if we speak none that it knows.

    Raises:
        TagLost: if it left.
    """
    if link.technology is Technology.TYPE_2:
        return Type2Tag(link)
    return Type4Tag(link) if link.technology is Technology.TYPE_4 else None


def read_tag(
    link: TagLink,
    *,
    source: str,
    at_monotonic: Duration,
    maker_keys: tuple[bytes, ...] = NXP_PUBLIC_KEYS,
) -> TagScan:
    """Read the message and the maker's signature of a tag in the field.

    Raises:
        TagLost: if it left before all was read.
        ReaderLost: if the reader did.
    """
    tag = open_tag(link)
    message = tag.read_message() if tag else None
    signature = tag.read_signature() if tag else None
    credential = credential_of(message) if message else None
    return TagScan(
        uid=link.uid,
        product=tag.product if tag else link.technology.value,
        credential=credential,
        text=text_of(message) if message and credential is None else None,
        checks=TagChecks(judge_originality(link.uid, signature, maker_keys)),
        source=source,
        at_monotonic=at_monotonic,
    )
