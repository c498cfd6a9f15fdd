"""Writes a ticket to a tag at the box office, and proves that the tag has kept it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.readers.nfc.ndef_message import credential_of
from gatekeeper.readers.nfc.ports import TagLink
from gatekeeper.readers.nfc.reading import open_tag
from gatekeeper.readers.nfc.tag_faults import TagLost, TagUnusable
from shared.credential.ndef_record import to_ndef
from shared.credential.sizes_and_bounds import UID_SIZE
from shared.credential.tag_originality import NXP_PUBLIC_KEYS, Originality, judge_originality

MakeCredential = Callable[[bytes], bytes]
"""Called with the tag's UID (7 bytes); returns the credential bound to it, 90 bytes."""


@dataclass(frozen=True, slots=True)
class WritingRule:
    """What a box office accepts as a medium.

    Attributes:
        requires_original: Only chips with NXP's signature over their UID.
        replaces_tickets: A tag that holds a ticket already may be written over.
        maker_keys: Whose signatures count.
    """

    requires_original: bool = False
    replaces_tickets: bool = False
    maker_keys: tuple[bytes, ...] = NXP_PUBLIC_KEYS


@dataclass(frozen=True, slots=True)
class TagWritten:
    """A tag that holds its ticket, read back.

    Attributes:
        uid: The tag's.
        product: The chip, such as `NTAG213`.
        credential: What it now holds.
        originality: What its maker's signature says.
    """

    uid: bytes
    product: str
    credential: bytes
    originality: Originality


def write_tag(link: TagLink, make_credential: MakeCredential, rule: WritingRule) -> TagWritten:
    """Write a ticket to the tag in the field and read it back.

    Raises:
        TagUnusable: if the tag cannot take it; the text says why and what to do.
        TagLost: if it left: it is empty or holds what it held, and is to be written again.
        ReaderLost: if the reader did.
    """
    tag = open_tag(link)
    if tag is None or len(link.uid) != UID_SIZE:
        raise TagUnusable("this kind of tag cannot hold a ticket; use an NTAG")
    originality = judge_originality(link.uid, tag.read_signature(), rule.maker_keys)
    if originality is Originality.FORGED or (
        rule.requires_original and originality is not Originality.GENUINE
    ):
        raise TagUnusable("this chip is not from its named maker; use a tag from another batch")
    present = tag.read_message()
    held = credential_of(present) if present else None
    credential = make_credential(link.uid)
    # Its own ticket may be there: the tag was torn away after the writing, before the check.
    if held not in {None, credential} and not rule.replaces_tickets:
        raise TagUnusable("this tag already holds a ticket; use an empty one")
    message = to_ndef(credential)
    tag.write_message(message)
    if not link.revive():
        raise TagLost("the tag was taken away before it was checked; write it again")
    again = open_tag(link)
    if again is None or again.read_message() != message:
        raise TagUnusable("this tag does not keep what is written; use another one")
    return TagWritten(link.uid, tag.product, credential, originality)
