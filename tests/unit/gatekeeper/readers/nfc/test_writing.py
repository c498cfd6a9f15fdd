"""Writing tickets at the box office: which tags are taken, and that they keep what is written."""

from __future__ import annotations

import pytest

from gatekeeper.readers.nfc.ports import Technology
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_faults import TagLost, TagUnusable
from gatekeeper.readers.nfc.writing import TagWritten, WritingRule, write_tag
from shared.credential.ndef_record import to_ndef
from shared.credential.tag_originality import Originality
from shared.kernel.id_types import TicketId
from shared.kernel.instant import Duration
from tests.factories.tags import TAG_UID, TICKET_ID, tag_credential
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import ACK, FakeNtag21x, FakeTag, FakeType4Tag
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY

KEYS = (TEST_PUBLIC_KEY,)


def _write(tag: FakeTag, rule: WritingRule | None = None) -> TagWritten:
    return write_tag(MemoryLink(tag), tag_credential, rule or WritingRule(maker_keys=KEYS))


def _another(uid: bytes) -> bytes:
    return tag_credential(uid, TicketId(TICKET_ID + 1))


@pytest.mark.parametrize("tag", [FakeNtag21x("213"), FakeNtag21x("216"), FakeType4Tag()])
def test_a_written_tag_reads_as_its_own_ticket(tag: FakeTag) -> None:
    """The ticket is signed for the UID that the reader sees, written, and read back."""
    written = _write(tag)
    assert written.credential == tag_credential(tag.uid)
    assert written.uid == tag.uid
    scan = read_tag(MemoryLink(tag), source="", at_monotonic=Duration(0))
    assert scan.credential == written.credential


def test_the_chip_s_maker_is_told() -> None:
    """So that a box office can sort out a delivery."""
    assert _write(FakeNtag21x()).originality is Originality.GENUINE
    assert _write(FakeNtag21x(signed=False)).originality is Originality.ABSENT


def test_forged_chips_are_refused() -> None:
    """A signature that is not the maker's; under a strict rule, none at all as well."""
    tag = FakeNtag21x()
    with pytest.raises(TagUnusable, match="maker"):
        _write(tag, WritingRule())
    with pytest.raises(TagUnusable, match="maker"):
        _write(FakeNtag21x(signed=False), WritingRule(requires_original=True, maker_keys=KEYS))
    assert tag.memory[21:24] == b"\x03\x00\xfe"


def test_a_ticket_is_written_over_only_when_asked() -> None:
    """The last guest's wristband on the desk is not lost by mistake; other content is."""
    tag = FakeNtag21x()
    tag.store(b"\xd1\x01\x04T\x02enx")
    first = _write(tag)
    with pytest.raises(TagUnusable, match="already"):
        write_tag(MemoryLink(tag), _another, WritingRule(maker_keys=KEYS))
    replacing = WritingRule(replaces_tickets=True, maker_keys=KEYS)
    assert write_tag(MemoryLink(tag), _another, replacing).credential != first.credential


def test_a_tag_that_holds_this_very_ticket_is_written_again() -> None:
    """It was torn away after the writing and before the check: no other tag is asked for."""
    tag = FakeNtag21x()
    assert _write(tag).credential == _write(tag).credential


@pytest.mark.parametrize(
    "link",
    [
        MemoryLink(FakeNtag21x(), Technology.UNKNOWN),
        MemoryLink(FakeType4Tag(bytes.fromhex("08112233"))),
    ],
)
def test_tags_that_cannot_be_bound_are_refused(link: MemoryLink) -> None:
    """The ticket needs a lasting UID of 7 bytes, and a tag that we can speak to."""
    with pytest.raises(TagUnusable, match="cannot hold"):
        write_tag(link, tag_credential, WritingRule(maker_keys=KEYS))


def test_a_tag_that_forgets_is_refused() -> None:
    """A chip that acknowledges and does not keep is found by reading back."""

    class Forgetful(FakeNtag21x):
        def _write(self, page: int, content: bytes) -> bytes:
            return ACK if page == 9 else super()._write(page, content)

    with pytest.raises(TagUnusable, match="does not keep"):
        _write(Forgetful())


def test_a_tag_taken_away_is_written_again() -> None:
    """Wherever it leaves, it is not reported as written, and a second try succeeds."""
    losses = 0
    for commands in range(50):
        tag = FakeNtag21x("213", TAG_UID)
        tag.torn_after = commands
        try:
            _write(tag)
        except TagLost:
            losses += 1
        tag.present, tag.torn_after = True, None
        _write(tag, WritingRule(replaces_tickets=True, maker_keys=KEYS))
    assert 30 < losses < 50


def test_a_tag_gone_before_the_check_is_not_reported_as_written() -> None:
    """Written but not proven is not written."""

    class Leaving(MemoryLink):
        def revive(self) -> bool:
            return self._tag.commands[-1][0] != 0xA2 and super().revive()

    with pytest.raises(TagLost, match="write it again"):
        write_tag(Leaving(FakeNtag21x()), tag_credential, WritingRule(maker_keys=KEYS))


def test_a_printed_form_is_written_as_it_is() -> None:
    """Whoever makes the credential decides; the tag then holds a copyable code."""
    tag = FakeNtag21x()
    write_tag(MemoryLink(tag), lambda _uid: tag_credential(None), WritingRule(maker_keys=KEYS))
    scan = read_tag(MemoryLink(tag), source="", at_monotonic=Duration(0))
    assert scan.credential == tag_credential(None)
    assert to_ndef(tag_credential(None)) in bytes(tag.memory)
