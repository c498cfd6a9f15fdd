"""nfcpy's own code over emulated readers: memory, UDP, a PN532's line, an ACR122U's endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nfc.clf.transport import TTY
from nfc.clf.udp import Device as UdpDevice

from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.ports import TagLink, Technology
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_faults import ReaderLost, TagLost, TagSilent, TagUnusable
from gatekeeper.readers.nfc.tag_presenting import MediaRule, OriginalityRule, present_tag_scan
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.readers.nfc.writing import TagWritten, WritingRule, write_tag
from shared.admission.reasons import Reason
from shared.credential.ndef_record import to_ndef
from shared.credential.tag_originality import Originality
from shared.kernel.instant import Duration
from tests.factories.tags import (
    EVENT_ID,
    KEYRING,
    OTHER_UID,
    TAG_UID,
    TICKET_ID,
    tag_credential,
)
from tests.factories.waiting import PATIENCE_S
from tests.fakes.nfc_devices import Acr122Usb, FakeDevice, Pn532Line, UdpField, frontend_of
from tests.fakes.nfc_tags import FakeNtag21x, FakeNtag424, FakeTag, FakeType4Tag
from tests.fakes.ntag_issuer import TEST_PUBLIC_KEY

RULE = WritingRule(replaces_tickets=True, maker_keys=(TEST_PUBLIC_KEY,))


@dataclass
class Field:
    """A reader, and what lies on it."""

    reader: NfcpyReader
    lay: Callable[[FakeTag | None], None]

    def link(self) -> TagLink:
        """Sense and activate what lies there."""
        assert self.reader.sense(Duration(0)) is not None
        link = self.reader.activate()
        assert link is not None
        return link

    def read(self) -> TagScan:
        """Read what lies there."""
        return read_tag(
            self.link(),
            source=self.reader.name,
            at_monotonic=Duration(0),
            maker_keys=(TEST_PUBLIC_KEY,),
        )

    def write(self, rule: WritingRule = RULE) -> TagWritten:
        """Write a ticket to what lies there."""
        return write_tag(self.link(), tag_credential, rule)


def _memory() -> tuple[NfcpyReader, Callable[[FakeTag | None], None], Callable[[], None]]:
    device = FakeDevice()

    def lay(tag: FakeTag | None) -> None:
        device.tag = tag

    return NfcpyReader("memory", opener=lambda _path: frontend_of(device)), lay, lambda: None


def _udp() -> tuple[NfcpyReader, Callable[[FakeTag | None], None], Callable[[], None]]:
    field = UdpField()

    def lay(tag: FakeTag | None) -> None:
        field.tag = tag

    return NfcpyReader(field.path), lay, field.close


def _pn532() -> tuple[NfcpyReader, Callable[[FakeTag | None], None], Callable[[], None]]:
    line = Pn532Line()

    def lay(tag: FakeTag | None) -> None:
        line.tag = tag

    return NfcpyReader(f"{line.port}:pn532"), lay, line.unplug


def _acr122() -> tuple[NfcpyReader, Callable[[FakeTag | None], None], Callable[[], None]]:
    usb = Acr122Usb()

    def lay(tag: FakeTag | None) -> None:
        usb.chip.tag = tag

    opener = lambda _path: frontend_of(usb.device())  # noqa: E731 - one line is enough for it
    return NfcpyReader("usb:072f", opener=opener), lay, lambda: None


@pytest.fixture(params=[_memory, _udp, _pn532, _acr122], ids=["memory", "udp", "pn532", "acr122"])
def field(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """Give an open reader of each emulation: they answer always, if late where much else runs."""
    receive, read = UdpDevice._recv_data, TTY.read

    def read_patiently(line: TTY, timeout: int) -> bytearray | None:
        frame: bytearray | None = read(line, max(timeout, PATIENCE_S * 1_000))
        return frame

    monkeypatch.setattr(UdpDevice, "_recv_data", lambda *it: receive(it[0], PATIENCE_S, *it[2:]))
    monkeypatch.setattr(TTY, "read", read_patiently)
    reader, lay, end = request.param()
    reader.open()
    yield Field(reader, lay)
    reader.close()
    end()


@pytest.mark.parametrize("model", ["213", "215", "216"])
def test_tickets_are_written_and_read(field: Field, model: str) -> None:
    """NTAG213, 215 and 216 through each driver: written, read back, genuine, admitted."""
    field.lay(FakeNtag21x(model, TAG_UID))
    written = field.write()
    assert (written.uid, written.product) == (TAG_UID, f"NTAG{model}")
    assert written.originality is Originality.GENUINE
    scan = field.read()
    assert scan.credential == tag_credential()
    assert scan.checks.originality is Originality.GENUINE
    presented = present_tag_scan(scan, KEYRING, event_id=EVENT_ID, rule=MediaRule())
    assert presented is not None
    assert (presented.flaw, presented.ticket_id) == (None, TICKET_ID)


def test_type_4_tags_are_written_and_read(field: Field) -> None:
    """Files in blocks, through nfcpy's own ISO-DEP."""
    field.lay(FakeType4Tag())
    written = field.write()
    assert field.read().credential == written.credential


def test_sun_messages_are_read(field: Field) -> None:
    """A new counter at each reading, as the tag has it in its file."""
    field.lay(FakeNtag424())
    first, second = field.read(), field.read()
    assert first.text is not None
    assert "ctr=000001" in first.text
    assert second.text is not None
    assert "ctr=000002" in second.text


def test_a_copy_on_another_uid_is_denied(field: Field) -> None:
    """Through each driver the UID is what the tag has, not what it says."""
    copy = FakeNtag21x("213", OTHER_UID)
    copy.store(to_ndef(tag_credential(TAG_UID)))
    field.lay(copy)
    scan = field.read()
    assert scan.uid == OTHER_UID
    assert scan.credential == tag_credential(TAG_UID)
    presented = present_tag_scan(scan, KEYRING, event_id=EVENT_ID, rule=MediaRule())
    assert presented is not None
    assert presented.flaw is Reason.BAD_SIGNATURE


def test_a_forged_signature_is_seen(field: Field) -> None:
    """A chip that answers with another chip's signature."""
    forged = FakeNtag21x("213", OTHER_UID)
    forged.signature = FakeNtag21x("213", TAG_UID).signature
    forged.store(to_ndef(tag_credential(OTHER_UID)))
    field.lay(forged)
    scan = field.read()
    assert scan.checks.originality is Originality.FORGED
    rule = MediaRule(originality=OriginalityRule.NOT_FORGED)
    presented = present_tag_scan(scan, KEYRING, event_id=EVENT_ID, rule=rule)
    assert presented is not None
    assert presented.flaw is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("make", [FakeNtag21x, FakeType4Tag])
def test_a_tag_torn_away_is_lost_wherever_it_goes(
    field: Field, make: Callable[[], FakeNtag21x | FakeType4Tag]
) -> None:
    """After any number of frames: wholly read, or lost; never something else."""
    outcomes: list[bytes | str | None] = []
    for commands in range(1, 26, 4):
        tag = make()
        tag.store(to_ndef(tag_credential()))
        field.lay(tag)
        if field.reader.sense(Duration(0)) is None:
            continue
        tag.torn_after = commands
        link = field.reader.activate()
        if link is None:
            outcomes.append("left")
            continue
        try:
            outcomes.append(read_tag(link, source="", at_monotonic=Duration(0)).credential)
        except TagLost:
            outcomes.append("lost")
    assert set(outcomes) <= {"left", "lost", tag_credential()}
    assert outcomes[-1] == tag_credential()
    assert outcomes[0] != tag_credential()


def test_locked_tags_and_tags_with_keys_are_refused(field: Field) -> None:
    """With words, and unchanged."""
    locked = FakeNtag21x()
    locked.lock()
    field.lay(locked)
    with pytest.raises(TagUnusable, match="locked"):
        field.write()
    field.lay(FakeNtag424())
    with pytest.raises(TagUnusable, match="cannot be written"):
        field.write()


def test_a_chip_without_commands_of_its_own_is_read(field: Field) -> None:
    """Mute after each unknown command, it is sensed anew and read page by page."""

    class Plain(FakeNtag21x):
        def answer(self, command: bytes) -> bytes | None:
            if command[0] in {0x60, 0x3A, 0x3C}:
                self.is_mute = True
                return None
            return super().answer(command)

    tag = Plain()
    tag.store(to_ndef(tag_credential()))
    field.lay(tag)
    scan = field.read()
    assert scan.credential == tag_credential()
    assert scan.checks.originality is Originality.ABSENT


def test_an_empty_field_gives_nothing(field: Field) -> None:
    """No tag, no fault."""
    field.lay(None)
    assert field.reader.sense(Duration(0)) is None


# ---------------------------------------------------------------- in memory only


@pytest.fixture
def device() -> FakeDevice:
    """Give a reader in memory."""
    return FakeDevice()


def _open(device: FakeDevice) -> NfcpyReader:
    reader = NfcpyReader("memory", opener=lambda _path: frontend_of(device))
    reader.open()
    return reader


def test_a_card_of_another_kind_is_a_scan_without_content(device: FakeDevice) -> None:
    """MIFARE Classic and its like answer none of our commands."""

    class Classic(FakeTag):
        sel_res = b"\x08"

        def answer(self, command: bytes) -> bytes | None:
            self.is_mute = True
            return None

    device.tag = Classic(bytes.fromhex("a1b2c3d4"))
    reader = _open(device)
    assert reader.sense(Duration(0)) == bytes.fromhex("a1b2c3d4")
    link = reader.activate()
    assert link is not None
    scan = read_tag(link, source="", at_monotonic=Duration(0))
    assert (scan.credential, scan.text) == (None, None)


def test_a_tag_of_an_unknown_technology_is_told(device: FakeDevice) -> None:
    """What nfcpy knows and we do not speak."""

    class Topaz(FakeTag):
        sens_res = b"\x00\x0c"

    device.tag = Topaz(bytes.fromhex("a1b2c3d4"))
    reader = _open(device)
    assert reader.activate() is None
    assert reader.sense(Duration(0)) is not None
    link = reader.activate()
    assert link is not None
    assert link.technology is Technology.UNKNOWN
    scan = read_tag(link, source="", at_monotonic=Duration(0))
    assert (scan.product, scan.credential, scan.text) == ("unknown", None, None)


@pytest.mark.parametrize("ats", [b"", b"\x01", b"\x02\x77", b"\xff" * 20, bytes(6)])
def test_a_tag_that_talks_nonsense_is_left_alone(device: FakeDevice, ats: bytes) -> None:
    """Whatever its first answer is, the reader lives on."""

    class Garbage(FakeType4Tag):
        def answer(self, command: bytes) -> bytes | None:
            return ats

    device.tag = Garbage()
    reader = _open(device)
    reader.sense(Duration(0))
    link = reader.activate()
    if link is not None:
        with pytest.raises(TagLost):
            read_tag(link, source="", at_monotonic=Duration(0))
    device.tag = FakeNtag21x()
    assert reader.sense(Duration(0)) == TAG_UID


def test_an_empty_answer_is_a_silence(device: FakeDevice) -> None:
    """A reader may pass on nothing at all."""

    class Hollow(FakeNtag21x):
        def answer(self, command: bytes) -> bytes | None:
            return b"" if command == b"\x3c\x00" else super().answer(command)

    device.tag = Hollow()
    reader = _open(device)
    reader.sense(Duration(0))
    link = reader.activate()
    assert link is not None
    with pytest.raises(TagSilent):
        link.exchange(b"\x3c\x00")


def test_another_tag_in_its_place_is_not_revived(device: FakeDevice) -> None:
    """A write that began on one tag never goes on on another."""
    for make in (FakeNtag21x, FakeType4Tag):
        device.tag = make()
        reader = _open(device)
        reader.sense(Duration(0))
        link = reader.activate()
        assert link is not None
        assert link.revive()
        device.tag = FakeNtag21x("213", OTHER_UID)
        assert not link.revive()
        device.tag = None
        assert not link.revive()


# ---------------------------------------------------------------- readers that are gone


def test_a_reader_that_is_not_there_is_named() -> None:
    """Each kind of path, with words that say what to do."""
    for path in ("usb:9999:9999", "/dev/no-such-port:pn532", "tty:USB97:pn532"):
        with pytest.raises(ReaderLost, match="plug it in"):
            NfcpyReader(path).open()


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_port_without_a_reader_is_closed_again() -> None:
    """Something else on the line: no answer, no descriptor left open."""
    line = Pn532Line()
    line.mute()
    before = _open_files()
    with pytest.raises(ReaderLost):
        NfcpyReader(f"{line.port}:pn532").open()
    assert _open_files() == before
    line.unplug()


def test_a_pulled_serial_reader_comes_back() -> None:
    """Five times: lost with words, closed in spite of itself, open on a new line, no leak."""
    descriptors = []
    for _ in range(5):
        line = Pn532Line(FakeNtag21x())
        reader = NfcpyReader(f"{line.port}:pn532")
        reader.open()
        assert reader.sense(Duration(0)) == TAG_UID
        line.unplug()
        with pytest.raises(ReaderLost, match="unplugged"):
            reader.sense(Duration(0))
        reader.close()
        reader.close()
        descriptors.append(_open_files())
    assert descriptors[0] == descriptors[-1]


def test_a_pulled_usb_reader_comes_back(device: FakeDevice) -> None:
    """Talking, activating, reviving and sensing all say that the reader is gone."""
    device.tag = FakeNtag21x()
    reader = _open(device)
    reader.sense(Duration(0))
    link = reader.activate()
    assert link is not None
    device.is_plugged = False
    for act in (
        lambda: link.exchange(b"\x30\x00"),
        reader.activate,
        link.revive,
        lambda: reader.sense(Duration(0)),
    ):
        with pytest.raises(ReaderLost):
            act()
    reader.close()
    device.is_plugged = True
    reader.open()
    assert reader.sense(Duration(0)) == TAG_UID


def test_an_acr122u_is_not_powered_down_when_it_is_let_go() -> None:
    """Many stay away after that until they are unplugged."""
    usb = Acr122Usb(FakeNtag21x())
    reader = NfcpyReader("usb:072f", opener=lambda _path: frontend_of(usb.device()))
    reader.open()
    reader.sense(Duration(0))
    usb.commands.clear()
    reader.close()
    assert 0x16 not in usb.commands
