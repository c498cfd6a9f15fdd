"""What a tag admits to: bound tickets, copies, redrawings, pointers and SUN messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_presenting import (
    MediaRule,
    OriginalityRule,
    SunRule,
    present_tag_scan,
)
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from shared.admission.reasons import Reason
from shared.credential.codec import to_digits
from shared.credential.ndef_record import to_ndef
from shared.credential.sun_tap_message import SunKeys
from shared.credential.tag_originality import Originality
from shared.credential.uid_media import medium_code
from shared.kernel.instant import Duration
from shared.manifest.presenting import (
    Presented,
    foreign_ticket_id,
    present_claim,
    present_text,
)
from tests.factories.tags import (
    EVENT_ID,
    KEYRING,
    OTHER_UID,
    TAG_UID,
    TICKET_ID,
    tag_credential,
)
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import FakeNtag21x, FakeNtag424, FakeTag
from tests.fakes.sun_counters import FakeSunCounters

BLANK = TagScan(TAG_UID, "NTAG213", None, None, TagChecks(), "desk", Duration(0))


def _scan(tag: FakeTag) -> TagScan:
    return read_tag(MemoryLink(tag), source="desk", at_monotonic=Duration(0))


def _present(scan: TagScan, rule: MediaRule | None = None) -> Presented:
    rule = rule or MediaRule(originality=OriginalityRule.ANY)
    tag = present_tag_scan(scan, KEYRING, event_id=EVENT_ID, rule=rule)
    if tag.flaw is None:
        # Asked in the form that the ledger is asked in, it is the same ticket.
        assert present_claim(tag.text, tag.tag_uid, KEYRING, event_id=EVENT_ID) == tag
    return tag


def _text(text: str) -> Presented:
    return present_text(text, KEYRING, event_id=EVENT_ID)


def _tag_with(credential: bytes, uid: bytes = TAG_UID) -> FakeNtag21x:
    tag = FakeNtag21x("213", uid)
    tag.store(to_ndef(credential))
    return tag


# ---------------------------------------------------------------- tickets bound to a tag


def test_a_bound_ticket_on_its_own_tag_is_genuine() -> None:
    """Key, claims and id, from tag to lane."""
    presented = _present(_scan(_tag_with(tag_credential())))
    assert presented.flaw is None
    assert presented.key is not None
    assert presented.ticket_id == TICKET_ID


def test_a_copy_on_another_tag_is_denied() -> None:
    """The same bytes under another UID."""
    presented = _present(_scan(_tag_with(tag_credential(), OTHER_UID)))
    assert presented.flaw is Reason.BAD_SIGNATURE
    assert presented.key is None


def test_a_copy_with_the_uid_changed_inside_is_denied() -> None:
    """The UID is under the signature."""
    credential = tag_credential()
    forged = credential[:19] + OTHER_UID + credential[26:]
    assert _present(_scan(_tag_with(forged, OTHER_UID))).flaw is Reason.BAD_SIGNATURE


def test_a_bound_ticket_redrawn_as_a_code_is_denied() -> None:
    """Its bytes as digits, as hex, cut to the printed size, or as raw text admit nobody."""
    credential = tag_credential()
    cut = f"{int.from_bytes(credential[:83], 'big'):0200d}"
    assert _text(cut).flaw is Reason.MALFORMED
    as_printed = b"\x10" + credential[1:19] + credential[26:]
    assert _text(to_digits(as_printed)).flaw is Reason.BAD_SIGNATURE
    all_digits = f"{int.from_bytes(credential, 'big'):d}"
    for text in (all_digits, credential.hex(), credential.decode("latin-1")):
        presented = _text(text)  # at most a foreign code, which no imported row answers to
        assert presented.key is None
        assert presented.claims is None
        assert presented.ticket_id != TICKET_ID


def test_a_printed_ticket_on_a_tag_is_what_it_is() -> None:
    """A copyable code: genuine on any tag, exactly as on paper."""
    for uid in (TAG_UID, OTHER_UID):
        presented = _present(_scan(_tag_with(tag_credential(None), uid)))
        printed = _text(to_digits(tag_credential(None)))
        assert (presented.claims, presented.key) == (printed.claims, printed.key)
        assert presented.ticket_id == TICKET_ID


@pytest.mark.parametrize("bit", [0, 8, 100, 200, 700])
def test_one_changed_bit_on_the_tag_is_denied(bit: int) -> None:
    """Form, key id, ids, UID and signature alike."""
    credential = bytearray(tag_credential())
    credential[bit // 8] ^= 1 << bit % 8
    assert _present(_scan(_tag_with(bytes(credential)))).flaw is not None


# ---------------------------------------------------------------- whose chip it is


@pytest.mark.parametrize(
    ("originality", "rule", "is_taken"),
    [
        (Originality.GENUINE, OriginalityRule.REQUIRED, True),
        (Originality.ABSENT, OriginalityRule.REQUIRED, False),
        (Originality.FORGED, OriginalityRule.REQUIRED, False),
        (Originality.ABSENT, OriginalityRule.NOT_FORGED, True),
        (Originality.FORGED, OriginalityRule.NOT_FORGED, False),
        (Originality.FORGED, OriginalityRule.ANY, True),
    ],
)
def test_chips_are_taken_by_the_rule(
    originality: Originality, rule: OriginalityRule, is_taken: bool
) -> None:
    """By default a signature that is there must be right."""
    scan = replace(BLANK, credential=tag_credential(), checks=TagChecks(originality))
    assert (_present(scan, MediaRule(originality=rule)).flaw is None) is is_taken
    assert MediaRule().originality is OriginalityRule.NOT_FORGED


# ---------------------------------------------------------------- texts and pointers


def test_a_text_on_a_tag_is_as_if_it_had_been_scanned() -> None:
    """A foreign code, or a printed ticket's digits."""
    digits = to_digits(tag_credential(None))
    for text in (digits, "PRETIX-1234"):
        assert _present(replace(BLANK, text=text)) == _text(text)


def test_a_tag_without_anything_is_malformed() -> None:
    """Where the bare UID points at nothing, a blank tag is no ticket."""
    assert _present(BLANK).flaw is Reason.MALFORMED


def test_a_wristband_points_at_its_ticket_where_the_event_says_so() -> None:
    """By its UID, as an imported code; a ticket written on it goes first."""
    rule = MediaRule(points_by_uid=True)
    expected = foreign_ticket_id(medium_code(TAG_UID), EVENT_ID)
    assert _present(BLANK, rule) == Presented(tag_uid=TAG_UID.hex(), ticket_id=expected)
    assert _present(replace(BLANK, text="https://band.example"), rule).ticket_id == expected
    assert _present(replace(BLANK, credential=tag_credential()), rule).ticket_id == TICKET_ID


def test_a_random_uid_points_at_nothing() -> None:
    """A phone's UID is another one at each tap."""
    phone = replace(BLANK, uid=bytes.fromhex("08112233"))
    assert _present(phone, MediaRule(points_by_uid=True)).flaw is Reason.MALFORMED


def test_a_pointer_cannot_be_drawn_or_typed() -> None:
    """The code behind a UID is denied as a text, whatever spelling reaches the lane."""
    assert _text(medium_code(TAG_UID)).flaw is Reason.MALFORMED
    pointed = _present(BLANK, MediaRule(points_by_uid=True)).ticket_id
    for text in (TAG_UID.hex(), f"nfc:{TAG_UID.hex()}", TAG_UID.hex().upper()):
        assert _text(text).ticket_id != pointed


# ---------------------------------------------------------------- SUN


def _sun_rule(counters: FakeSunCounters, *, points_by_uid: bool = False) -> MediaRule:
    sun = SunRule(SunKeys(file_key=bytes(16)), counters)
    return MediaRule(points_by_uid=points_by_uid, sun=sun)


def test_each_tap_of_a_sun_tag_points_at_its_ticket_once() -> None:
    """A fresh message is taken, the same one again is denied, the next tap is taken."""
    tag, counters = FakeNtag424(), FakeSunCounters()
    expected = foreign_ticket_id(medium_code(tag.uid), EVENT_ID)
    first = _scan(tag)
    assert _present(first, _sun_rule(counters)).ticket_id == expected
    assert _present(first, _sun_rule(counters)).flaw is Reason.BAD_SIGNATURE
    assert _present(_scan(tag), _sun_rule(counters)).ticket_id == expected
    assert counters.highest(tag.uid) == 2


def test_a_cloned_sun_tag_is_denied() -> None:
    """What it copied is an old message, and without the key it makes no new one."""
    tag, counters = FakeNtag424(), FakeSunCounters()
    clone = FakeNtag424(tag.uid)
    tag.reset()
    clone.frozen = tag.read_file()
    assert _present(_scan(clone), _sun_rule(counters)).flaw is None
    assert _present(_scan(clone), _sun_rule(counters)).flaw is Reason.BAD_SIGNATURE
    assert _present(_scan(tag), _sun_rule(counters)).flaw is None
    forger = FakeNtag424(tag.uid, file_key=b"\x01" * 16, counter=1000)
    assert _present(_scan(forger), _sun_rule(counters)).flaw is Reason.BAD_SIGNATURE
    other = FakeNtag424(bytes.fromhex("04de5f1eacc041"))
    other.frozen = tag.read_file()
    assert _present(_scan(other), _sun_rule(counters)).flaw is Reason.BAD_SIGNATURE


def test_a_tag_with_a_random_uid_proves_itself_by_its_message() -> None:
    """The UID inside the message counts; the one on the air says nothing."""
    tag, counters = FakeNtag424(), FakeSunCounters()
    scan = replace(_scan(tag), uid=bytes.fromhex("08112233"))
    expected = foreign_ticket_id(medium_code(tag.uid), EVENT_ID)
    assert _present(scan, _sun_rule(counters)).ticket_id == expected


@pytest.mark.parametrize("points_by_uid", [False, True])
def test_a_tag_without_a_message_proves_nothing(points_by_uid: bool) -> None:
    """Any other text is a text; the bare UID points only where the event says so."""
    scan = replace(BLANK, text="https://tag.example/")
    presented = _present(scan, _sun_rule(FakeSunCounters(), points_by_uid=points_by_uid))
    pointed = foreign_ticket_id(medium_code(TAG_UID), EVENT_ID)
    assert (presented.ticket_id == pointed) is points_by_uid
