"""NTAG 424 and other type 4 tags: files, limits, refusals, and being torn away."""

from __future__ import annotations

import pytest

from gatekeeper.readers.nfc.tag_faults import TagLost, TagUnusable
from gatekeeper.readers.nfc.type4 import Type4Tag
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import FakeNtag424, FakeType4Tag

MESSAGE = bytes(range(107))


def _read(tag: FakeType4Tag) -> bytes | None:
    return Type4Tag(MemoryLink(tag)).read_message()


@pytest.mark.parametrize("size", [0, 1, 107, 126, 127, 128, 253, 254])
def test_what_is_written_is_read(size: int) -> None:
    """In pieces that every reader takes, up to the file's end, and again over the old content."""
    tag = FakeType4Tag()
    for message in (bytes(range(size)), bytes(reversed(range(size)))):
        Type4Tag(MemoryLink(tag)).write_message(message)
        assert _read(tag) == message


def test_small_pieces_are_enough() -> None:
    """A chip that offers a few bytes a command is read and written all the same."""
    tag = FakeType4Tag()
    tag.container = bytes.fromhex("000f20000f000d0406e104010000 00".replace(" ", ""))
    Type4Tag(MemoryLink(tag)).write_message(MESSAGE)
    assert _read(tag) == MESSAGE


def test_it_carries_no_signature_of_this_kind() -> None:
    """Its proof is the SUN message."""
    chip = Type4Tag(MemoryLink(FakeNtag424()))
    chip.read_signature()
    assert chip.product == "type 4 tag"


def test_a_message_too_large_is_refused() -> None:
    """The tag says how much it holds."""
    tag = FakeType4Tag()
    with pytest.raises(TagUnusable, match="it holds 254 bytes and the ticket needs 255"):
        Type4Tag(MemoryLink(tag)).write_message(bytes(255))
    assert tag.file == bytes(256)


@pytest.mark.parametrize(
    "container",
    [
        "0017",
        "001720010000ff0506e1040100000000000000000000",
        "001720000000ff0406e104010000",
        "00172001000000" + "0406e104010000" + "00",
        "001720010000ff0406e105010000",
    ],
)
def test_a_container_that_makes_no_sense_is_no_file(container: str) -> None:
    """Cut off, of another kind, without room for a command, or naming a file that is not there."""
    tag = FakeType4Tag()
    tag.container = bytes.fromhex(container).ljust(15, b"\0") if len(container) > 4 else b"\0\x17"
    assert _read(tag) is None
    with pytest.raises(TagUnusable, match="not formatted"):
        Type4Tag(MemoryLink(tag)).write_message(MESSAGE)


def test_a_card_of_another_trade_holds_nothing() -> None:
    """A bank card or a phone has no NDEF application."""

    class BankCard(FakeType4Tag):
        def apdu(self, apdu: bytes) -> bytes:
            return b"\x6a\x82"

    assert _read(BankCard()) is None


@pytest.mark.parametrize(("at", "words"), [(13, None), (14, "locked")])
def test_closed_files_are_respected(at: int, words: str | None) -> None:
    """Closed to readers it holds nothing; closed to writers it is refused."""
    tag = FakeType4Tag()
    tag.store(MESSAGE)
    tag.container = tag.container[:at] + b"\xff" + tag.container[at + 1 :]
    if words is None:
        assert _read(tag) is None
    else:
        assert _read(tag) == MESSAGE
        with pytest.raises(TagUnusable, match=words):
            Type4Tag(MemoryLink(tag)).write_message(MESSAGE)


def test_a_tag_with_keys_refuses_to_be_written() -> None:
    """Where only the refusal tells."""
    with pytest.raises(TagUnusable, match="cannot be written"):
        Type4Tag(MemoryLink(FakeNtag424())).write_message(MESSAGE)


def test_a_length_that_lies_holds_nothing() -> None:
    """Longer than the file, or than what the file gives."""
    tag = FakeType4Tag()
    tag.file[:2] = b"\xff\xff"
    assert _read(tag) is None
    tag.file = bytearray(b"\x00\x80") + bytes(60)
    assert _read(tag) is None
    tag.file = bytearray(b"\x00")
    assert _read(tag) is None


def test_an_ndef_file_that_cannot_be_read_holds_nothing() -> None:
    """Its status says no."""

    class Shut(FakeType4Tag):
        def apdu(self, apdu: bytes) -> bytes:
            is_file = apdu[:2] == b"\x00\xb0" and self._selected == "file"
            return b"\x69\x82" if is_file else super().apdu(apdu)

    assert _read(Shut()) is None


@pytest.mark.parametrize("commands", range(12))
def test_a_tag_torn_away_never_holds_half(commands: int) -> None:
    """While it is written: the old ticket, nothing, or the new one; while it is read: lost."""
    old = bytes(reversed(range(107)))
    tag = FakeType4Tag()
    tag.store(old)
    tag.torn_after = commands
    try:
        Type4Tag(MemoryLink(tag)).write_message(MESSAGE)
        is_written = True
    except TagLost:
        is_written = False
    tag.present, tag.torn_after = True, None
    assert _read(tag) in ([MESSAGE] if is_written else [old, b"", MESSAGE])
    tag.torn_after = 2
    with pytest.raises(TagLost):
        _read(tag)
