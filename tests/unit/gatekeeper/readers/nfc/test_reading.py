"""One reading of one tag, with its checks."""

from __future__ import annotations

import pytest

from gatekeeper.readers.nfc.ports import Technology, is_random_uid
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_faults import TagLost
from gatekeeper.readers.nfc.tag_scan import TagScan
from shared.credential.ndef_record import to_ndef
from shared.credential.tag_originality import NXP_PUBLIC_KEYS, Originality, judge_originality
from shared.kernel.instant import Duration
from tests.factories.tags import TAG_UID, tag_credential
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import FakeNtag21x, FakeNtag424, FakeTag
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY, sign_uid


def _read(tag: FakeTag, technology: Technology | None = None) -> TagScan:
    link = MemoryLink(tag, technology)
    return read_tag(link, source="desk", at_monotonic=Duration(7), maker_keys=(TEST_PUBLIC_KEY,))


def test_a_ticket_on_a_tag_is_read_with_all_that_is_known() -> None:
    """UID, chip, credential, the maker's signature, the reader and the time."""
    tag = FakeNtag21x("213", TAG_UID)
    tag.store(to_ndef(tag_credential()))
    scan = _read(tag)
    assert (scan.uid, scan.product, scan.credential) == (TAG_UID, "NTAG213", tag_credential())
    assert (scan.text, scan.source, scan.at_monotonic) == (None, "desk", 7)
    assert scan.checks.originality is Originality.GENUINE


def test_a_tag_with_an_address_is_read_as_text() -> None:
    """A SUN message, fresh at each tap."""
    tag = FakeNtag424()
    first, second = _read(tag), _read(tag)
    assert first.credential is None
    assert first.text is not None
    assert "ctr=000001" in first.text
    assert second.text is not None
    assert "ctr=000002" in second.text


@pytest.mark.parametrize("technology", [Technology.TYPE_2, Technology.UNKNOWN])
def test_a_tag_without_content_is_still_a_scan(technology: Technology) -> None:
    """Blank, or of a kind that we cannot speak to: its UID may be all that is wanted."""
    scan = _read(FakeNtag21x(), technology)
    assert (scan.credential, scan.text, scan.uid) == (None, None, TAG_UID)


def test_a_torn_tag_is_lost() -> None:
    """Nothing half-read becomes a scan."""
    tag = FakeNtag21x()
    tag.store(to_ndef(tag_credential()))
    tag.torn_after = 3
    with pytest.raises(TagLost):
        _read(tag)


def test_signatures_are_judged_by_their_maker() -> None:
    """A copied signature on another UID is a forgery; none is none."""
    signature = sign_uid(TAG_UID)
    keys = (*NXP_PUBLIC_KEYS, TEST_PUBLIC_KEY)
    assert judge_originality(TAG_UID, signature, keys) is Originality.GENUINE
    assert judge_originality(TAG_UID, signature, NXP_PUBLIC_KEYS) is Originality.FORGED
    assert judge_originality(b"\x04" * 7, signature, keys) is Originality.FORGED
    assert judge_originality(TAG_UID, None, keys) is Originality.ABSENT


@pytest.mark.parametrize(
    ("uid", "is_random"),
    [("08112233", True), ("04112233", False), ("08112233445566", False), ("", False)],
)
def test_random_uids_are_told_from_lasting_ones(uid: str, is_random: bool) -> None:
    """Four bytes that begin with 08 are drawn anew at each tap."""
    assert is_random_uid(bytes.fromhex(uid)) is is_random
