"""pyscard and the real smart card service over a virtual reader: cards, readers and the service
itself coming and going.

The service is the test's own: without root, on its own socket (see tests/fakes/nfc_vpcd.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.nfc import pcsc_reader
from gatekeeper.readers.nfc.pcsc_reader import PcscReader, technology_of
from gatekeeper.readers.nfc.ports import TagLink, Technology
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagSilent, TagUnusable
from gatekeeper.readers.nfc.tag_presenting import MediaRule, present_tag_scan
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource, SourceTiming
from gatekeeper.readers.nfc.tag_scan import TagEvent, TagScan, TagTorn
from gatekeeper.readers.nfc.writing import WritingRule
from gatekeeper.readers.ports import ReaderHealth
from shared.admission.reasons import Reason
from shared.credential.ndef_record import to_ndef
from shared.credential.tag_originality import Originality
from shared.kernel.instant import MILLISECOND, Duration
from tests.factories.pcsc_socket import pcsc_folder
from tests.factories.tags import (
    EVENT_ID,
    KEYRING,
    OTHER_UID,
    TAG_UID,
    TICKET_ID,
    tag_credential,
)
from tests.factories.waiting import PATIENCE_S, collect, until
from tests.fakes.nfc_tags import FakeNtag21x, FakeNtag424, FakeTag, FakeType4Tag
from tests.fakes.nfc_vpcd import PLAIN_READER_NAME, READER_NAME, SmartCardService, VpcdCard
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY

TIMING = SourceTiming(pace=20 * MILLISECOND, absence=50 * MILLISECOND, retry=20 * MILLISECOND)
ATR_NTAG = "3b8f8001804f0ca0000003060300030000000068"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give the folder of the service's socket, where the PC/SC library looks."""
    folder = pcsc_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def service(folder: Path, request: pytest.FixtureRequest) -> Iterator[SmartCardService]:
    """Give a running service with one kind of virtual reader."""
    service = SmartCardService(folder, getattr(request, "param", READER_NAME))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def lay(service: SmartCardService) -> Iterator[Callable[[FakeTag], VpcdCard]]:
    """Give a function that lays a tag on the virtual reader; it is taken off at the end."""
    cards: list[VpcdCard] = []

    def put(tag: FakeTag) -> VpcdCard:
        cards.append(VpcdCard(tag, service))
        return cards[-1]

    yield put
    for card in cards:
        card.remove()


@pytest.fixture
def source(service: SmartCardService) -> Iterator[NfcSource]:
    """Give a running source over it."""
    source = NfcSource(PcscReader(), SystemClock(), timing=TIMING, maker_keys=(TEST_PUBLIC_KEY,))
    until(lambda: source.health is ReaderHealth.READY)
    yield source
    source.close()


def _take(source: NfcSource) -> TagEvent:
    return collect(source.poll)[-1]


def _ticket_tag(uid: bytes = TAG_UID, holds: bytes | None = None) -> FakeNtag21x:
    tag = FakeNtag21x("213", uid)
    tag.store(to_ndef(holds or tag_credential(uid)))
    return tag


def test_a_ticket_is_read_and_admitted(
    source: NfcSource, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """UID, ticket and the maker's signature, through pseudo-APDUs and direct transmit."""
    lay(_ticket_tag())
    scan = _take(source)
    assert isinstance(scan, TagScan)
    assert (scan.uid, scan.product) == (TAG_UID, "NTAG213")
    assert scan.checks.originality is Originality.GENUINE
    assert scan.source == f"NFC {READER_NAME} 00 00"
    presented = present_tag_scan(scan, KEYRING, event_id=EVENT_ID, rule=MediaRule())
    assert presented is not None
    assert (presented.flaw, presented.ticket_id) == (None, TICKET_ID)


def test_a_copy_on_another_uid_is_denied(
    source: NfcSource, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """As through nfcpy: the UID is the reader's word."""
    lay(_ticket_tag(OTHER_UID, holds=tag_credential(TAG_UID)))
    scan = _take(source)
    assert isinstance(scan, TagScan)
    presented = present_tag_scan(scan, KEYRING, event_id=EVENT_ID, rule=MediaRule())
    assert presented is not None
    assert presented.flaw is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("make", [FakeNtag21x, FakeType4Tag])
def test_a_ticket_is_written_and_read_back(
    source: NfcSource,
    lay: Callable[[FakeTag], VpcdCard],
    make: Callable[[], FakeNtag21x | FakeType4Tag],
) -> None:
    """At the box office, then at the gate."""
    card = lay(make())
    written = source.request_write(tag_credential).result(PATIENCE_S)
    assert written.credential == tag_credential(card.tag.uid)
    card.remove()
    until(lambda: not source._present)
    source.poll()
    lay(card.tag)
    scan = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.credential == written.credential


def test_a_locked_tag_is_refused(source: NfcSource, lay: Callable[[FakeTag], VpcdCard]) -> None:
    """With words, through the reader's own write command."""
    tag = FakeNtag21x()
    tag.lock()
    lay(tag)
    rule = WritingRule(maker_keys=(TEST_PUBLIC_KEY,))
    with pytest.raises(TagUnusable, match="locked"):
        source.request_write(tag_credential, rule).result(PATIENCE_S)


def test_a_sun_tag_is_read(source: NfcSource, lay: Callable[[FakeTag], VpcdCard]) -> None:
    """A type 4 tag gets its APDUs as they are."""
    lay(FakeNtag424())
    scan = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.text is not None
    assert "ctr=000001" in scan.text


def test_a_card_changed_for_another_is_two_scans(
    source: NfcSource, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """Taken off and another one laid on."""
    first = lay(_ticket_tag())
    one = _take(source)
    first.remove()
    lay(_ticket_tag(OTHER_UID))
    other = _take(source)
    assert isinstance(one, TagScan)
    assert isinstance(other, TagScan)
    assert (one.uid, other.uid) == (TAG_UID, OTHER_UID)


def test_a_card_torn_away_is_told_and_read_when_it_returns(
    source: NfcSource, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """Mute in mid-read, then gone, then back."""
    tag = _ticket_tag()
    tag.torn_after = 2
    card = lay(tag)
    assert isinstance(_take(source), TagTorn)
    card.remove()
    until(lambda: source._torn is None)
    tag.present, tag.torn_after = True, None
    lay(tag)
    assert isinstance(_take(source), TagScan)


def test_the_service_may_stop_and_start(
    service: SmartCardService, source: NfcSource, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """Named while it is away, picked up when it returns, twice."""
    for _ in range(2):
        service.stop()
        until(lambda: source.health is ReaderHealth.ABSENT)
        assert source.fault
        service.start()
        until(lambda: source.health is ReaderHealth.READY)
        card = lay(_ticket_tag())
        assert isinstance(_take(source), TagScan)
        card.remove()
        until(lambda: not source._present)


@pytest.mark.parametrize("service", [PLAIN_READER_NAME], indirect=True)
def test_a_reader_that_passes_no_commands_reads_all_the_same(
    source: NfcSource, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """Only what PC/SC defines: the ticket is read, the maker's signature cannot be asked for."""
    card = lay(_ticket_tag())
    scan = _take(source)
    assert isinstance(scan, TagScan)
    assert scan.credential == tag_credential()
    assert scan.checks.originality is Originality.ABSENT
    assert not any(apdu[:4] == b"\xff\x00\x00\x00" for apdu in card.apdus)
    rule = WritingRule(replaces_tickets=True)
    assert source.request_write(tag_credential, rule).result(PATIENCE_S).uid == TAG_UID


def test_slot_of_a_security_chip_is_passed_over(folder: Path) -> None:
    """No guest's card ever lies there; whoever names it has it all the same."""
    chip = "ACS ACR1252 1S CL Reader SAM"
    service = SmartCardService(folder, slot_before=chip)
    service.start()
    try:
        for wanted, found in (("", READER_NAME), ("1252", chip)):
            reader = PcscReader(wanted)
            reader.open()
            assert reader.name.startswith(f"NFC {found}")
            reader.close()
    finally:
        service.stop()


def test_cards_that_answer_nothing_are_left_alone(
    service: SmartCardService, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """A card without a UID is no tag, and the reader goes on."""
    reader = PcscReader("acr122")
    reader.open()
    card = lay(FakeNtag21x("213", TAG_UID))
    card.uid_answer = b"\x63\x00"
    until(
        lambda: (
            any(apdu[:2] == b"\xff\xca" for apdu in card.apdus) or reader.sense(Duration(20_000))
        )
    )
    assert reader.sense(Duration(20_000)) is None
    card.uid_answer = None
    assert until(lambda: reader.sense(Duration(20_000))) == TAG_UID
    reader.close()
    reader.close()


def opens(reader: PcscReader) -> bool:
    """Open it; a service that has just begun may not have listed it yet."""
    try:
        reader.open()
    except ReaderLost:
        return False
    return True


def test_a_link_tells_silence_from_loss(
    service: SmartCardService, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """A card that is gone is silent; a service that is gone is a lost reader."""
    reader = PcscReader()
    until(lambda: opens(reader))
    card = lay(FakeNtag21x("213", TAG_UID))
    until(lambda: reader.sense(Duration(20_000)))
    link: TagLink | None = reader.activate()
    assert link is not None
    assert link.revive()
    card.remove()
    with pytest.raises(TagSilent):
        until(lambda: link.exchange(b"\x60") == b"")
    assert not link.revive()
    reader.close()
    service.stop()
    service.start()
    until(lambda: opens(reader))
    lay(FakeType4Tag())
    until(lambda: reader.sense(Duration(20_000)))
    fresh = reader.activate()
    assert fresh is not None
    service.stop()
    with pytest.raises(ReaderLost, match="unplugged"):
        fresh.exchange(bytes.fromhex("00a4040007d276000085010100"))
    reader.close()


def test_a_reader_is_wanted_by_name(service: SmartCardService) -> None:
    """A name that is not there says so."""
    with pytest.raises(ReaderLost, match="called uTrust; plug it in"):
        PcscReader("uTrust").open()
    service.stop()
    with pytest.raises(ReaderLost, match="start pcscd"):
        PcscReader().open()


def test_without_the_library_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional: no readers, and words that say what is missing."""
    monkeypatch.setattr(pcsc_reader, "scard", None)
    reader = PcscReader()
    with pytest.raises(ReaderLost, match="extra `pcsc`"):
        reader.open()
    reader.close()


@pytest.mark.parametrize(
    ("atr", "technology"),
    [
        (ATR_NTAG, Technology.TYPE_2),
        (ATR_NTAG.replace("0300030000", "0300010000"), Technology.UNKNOWN),
        (ATR_NTAG.replace("0300030000", "0b00030000"), Technology.UNKNOWN),
        ("3b8180018080", Technology.TYPE_4),
        ("", Technology.TYPE_4),
    ],
)
def test_a_card_s_kind_is_told_by_its_atr(atr: str, technology: Technology) -> None:
    """Storage cards name their standard and chip; the rest speaks ISO 7816."""
    assert technology_of(bytes.fromhex(atr)) is technology


def test_reading_needs_no_thread(
    service: SmartCardService, lay: Callable[[FakeTag], VpcdCard]
) -> None:
    """The driver by itself, as a tool would use it."""
    reader = PcscReader()
    reader.open()
    lay(_ticket_tag())
    assert until(lambda: reader.sense(Duration(100_000))) == TAG_UID
    link = reader.activate()
    assert link is not None
    assert read_tag(link, source="", at_monotonic=Duration(0)).credential == tag_credential()
    reader.close()
