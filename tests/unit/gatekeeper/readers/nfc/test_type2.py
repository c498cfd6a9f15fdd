"""NTAG 21x and what only looks like it: reading, writing, refusals, and being torn away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.nfc.tag_faults import TagLost, TagUnusable
from gatekeeper.readers.nfc.type2 import Type2Tag
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import FakeNtag21x
from tests.fakes.ntag_issuer import sign_uid

MODELS = ("213", "215", "216")
# What is left for a message; an NTAG213 comes with a lock control block of 5 bytes.
ROOM = {"213": 137, "215": 494, "216": 870}
MESSAGE = bytes(range(107))


def _read(tag: FakeNtag21x) -> bytes | None:
    return Type2Tag(MemoryLink(tag)).read_message()


@pytest.mark.parametrize("model", MODELS)
def test_a_blank_tag_holds_an_empty_message(model: str) -> None:
    """As delivered, formatted and empty."""
    tag = FakeNtag21x(model)
    chip = Type2Tag(MemoryLink(tag))
    assert chip.product == f"NTAG{model}"
    assert chip.read_message() == b""


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [1, 54, 55, 83, 107, 120, 137])
def test_what_is_written_is_read(model: str, size: int) -> None:
    """Over any page boundary, on each model, and again over the old content."""
    tag = FakeNtag21x(model)
    for message in (bytes(range(size)), bytes(reversed(range(size))), b"x"):
        Type2Tag(MemoryLink(tag)).write_message(message)
        assert _read(tag) == message


@given(st.binary(min_size=1, max_size=120), st.integers(0, 11))
def test_any_message_survives_at_any_place(message: bytes, before: int) -> None:
    """Wherever the block stands, also across a page's end, its neighbours are kept."""
    tag = FakeNtag21x("213")
    tag.memory[16:21] = bytes(5)
    filler = bytes.fromhex("fd") + bytes((max(before - 2, 0),)) + b"\x5a" * max(before - 2, 0)
    filler = filler if before >= 2 else bytes(before)
    tag.memory[16 : 16 + len(filler)] = filler
    tag.store(b"", at=16 + len(filler))
    Type2Tag(MemoryLink(tag)).write_message(message)
    assert _read(tag) == message
    assert tag.memory[16 : 16 + len(filler)] == filler


def test_a_long_message_is_read() -> None:
    """Others may store more than a ticket, with a length of three bytes."""
    tag = FakeNtag21x("216")
    message = bytes(range(256)) + bytes(300)
    tag.memory[16:20] = b"\x03\xff" + len(message).to_bytes(2, "big")
    tag.memory[20 : 20 + len(message)] = message
    assert _read(tag) == message


def test_reading_a_ticket_takes_few_commands() -> None:
    """Whole runs of pages are read at once, and no page twice."""
    tag = FakeNtag21x("213")
    tag.store(MESSAGE)
    tag.commands.clear()
    assert _read(tag) == MESSAGE
    assert len(tag.commands) <= 5


def test_a_chip_without_fast_reading_is_read_page_by_page() -> None:
    """Plain READ is enough where the reader or the chip knows nothing else."""
    tag = FakeNtag21x("215")
    tag.store(MESSAGE)
    tag.has_fast_read = False
    assert _read(tag) == MESSAGE
    tag.has_fast_read = True
    tag.version = b"\x00" * 3
    tag.commands.clear()
    chip = Type2Tag(MemoryLink(tag))
    assert chip.product == "type 2 tag"
    assert chip.read_message() == MESSAGE
    assert not any(command[0] == 0x3A for command in tag.commands)


def test_an_unknown_chip_is_written_without_asking_for_its_locks() -> None:
    """Only known models say where their dynamic locks are."""
    tag = FakeNtag21x("213")
    tag.version = bytes((0, 4, 9, 2, 1, 0, 0x77, 3))
    chip = Type2Tag(MemoryLink(tag))
    assert chip.product == "type 2 tag"
    chip.write_message(MESSAGE)
    assert _read(tag) == MESSAGE


def test_an_unknown_chip_whose_later_pages_are_protected_is_refused_as_it_was() -> None:
    """Its first pages may be read, and say nothing of the password behind them."""
    tag = FakeNtag21x("213")
    tag.version = bytes((0, 4, 9, 2, 1, 0, 0x77, 3))
    tag.protect(20, reads=True)
    before = bytes(tag.memory)
    with pytest.raises(TagUnusable, match="password"):
        Type2Tag(MemoryLink(tag)).write_message(MESSAGE)
    assert tag.memory == before


def test_the_signature_is_read_where_there_is_one() -> None:
    """Zeros are none."""
    tag = FakeNtag21x()
    assert Type2Tag(MemoryLink(tag)).read_signature() == sign_uid(tag.uid)
    assert Type2Tag(MemoryLink(FakeNtag21x(signed=False))).read_signature() is None
    tag.signature = b"\x01" * 16
    assert Type2Tag(MemoryLink(tag)).read_signature() is None


@pytest.mark.parametrize("container", ["00000000", "e1101200", "e1201200", "e1101280"])
def test_a_tag_that_is_not_ours_to_read_holds_nothing(container: str) -> None:
    """Unformatted, of another version, or closed to readers; only 1.x and open is read."""
    tag = FakeNtag21x("213")
    tag.store(MESSAGE)
    tag.memory[12:16] = bytes.fromhex(container)
    expected = MESSAGE if container == "e1101200" else None
    assert _read(tag) == expected


def test_a_tag_that_asks_for_a_password_holds_nothing() -> None:
    """Its pages are refused, and it is no error."""
    tag = FakeNtag21x("213")
    tag.store(MESSAGE)
    tag.protect(4, reads=True)
    assert _read(tag) is None


def test_a_tag_without_a_message_block_holds_nothing() -> None:
    """A terminator first, or a block that runs over the end."""
    tag = FakeNtag21x("213")
    tag.memory[16:20] = b"\xfe\0\0\0"
    assert _read(tag) is None
    tag.memory[16:20] = b"\x03\xf0\0\0"
    assert _read(tag) is None


@pytest.mark.parametrize("model", MODELS)
def test_a_message_that_does_not_fit_is_refused(model: str) -> None:
    """The tag says how much it holds, and is left as it was."""
    tag = FakeNtag21x(model)
    size = min(ROOM[model], 254)
    Type2Tag(MemoryLink(tag)).write_message(bytes(size))
    assert _read(tag) == bytes(size)
    small = FakeNtag21x("213")
    before = bytes(small.memory)
    with pytest.raises(TagUnusable, match="it holds 137 bytes and the ticket needs 138"):
        Type2Tag(MemoryLink(small)).write_message(bytes(138))
    assert small.memory == before


def _static_lock(tag: FakeNtag21x) -> None:
    tag.lock()


def _container_lock(tag: FakeNtag21x) -> None:
    tag.memory[15] = 0x0F


def _dynamic_lock(tag: FakeNtag21x) -> None:
    tag.memory[4 * tag.lock_page] = 0xFF


def _password(tag: FakeNtag21x) -> None:
    tag.protect(20, reads=False)


def _read_password(tag: FakeNtag21x) -> None:
    tag.protect(4, reads=True)


def _hidden_locks(tag: FakeNtag21x) -> None:
    tag.protect(tag.lock_page, reads=True)


def _unformatted(tag: FakeNtag21x) -> None:
    tag.memory[12:16] = bytes(4)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_static_lock, "locked"),
        (_container_lock, "locked"),
        (_dynamic_lock, "locked"),
        (_password, "password"),
        (_read_password, "password"),
        (_hidden_locks, "password"),
        (_unformatted, "not formatted"),
    ],
)
def test_a_tag_that_cannot_be_written_is_left_as_it_was(spoil: object, words: str) -> None:
    """It is refused with its reason before a byte is changed."""
    assert callable(spoil)
    tag = FakeNtag21x("213")
    tag.store(bytes(40))
    spoil(tag)
    before = bytes(tag.memory)
    with pytest.raises(TagUnusable, match=words):
        Type2Tag(MemoryLink(tag)).write_message(MESSAGE)
    assert tag.memory == before


def test_locks_beyond_the_message_do_not_matter() -> None:
    """Dynamic locks guard pages from 16 on; a short message ends before."""
    tag = FakeNtag21x("213")
    _dynamic_lock(tag)
    Type2Tag(MemoryLink(tag)).write_message(b"short")
    assert _read(tag) == b"short"


def test_a_chip_that_refuses_in_spite_of_its_words_is_unusable() -> None:
    """Where only the refusal tells, the tag is left empty, never half a ticket."""
    tag = FakeNtag21x("213")
    tag.version = bytes(8)  # no model: its locks are not asked for
    tag.protect(10, reads=False)
    with pytest.raises(TagUnusable, match="cannot be written"):
        Type2Tag(MemoryLink(tag)).write_message(MESSAGE)
    tag.protect(0xFF, reads=False)
    assert _read(tag) == b""


def test_a_tag_torn_away_while_it_is_read_is_lost() -> None:
    """After any number of commands: all is read, or it is said that it is not."""
    outcomes = []
    for commands in range(8):
        tag = FakeNtag21x("213")
        tag.store(MESSAGE)
        tag.torn_after = commands
        try:
            outcomes.append(_read(tag))
        except TagLost:
            outcomes.append(b"lost")
    assert outcomes == [b"lost"] * outcomes.count(b"lost") + [MESSAGE] * outcomes.count(MESSAGE)
    assert b"lost" in outcomes
    assert MESSAGE in outcomes


def test_a_tag_torn_away_while_it_is_written_never_holds_half() -> None:
    """It holds the old ticket, nothing, or the new one, wherever the cut falls."""
    old = bytes(reversed(range(107)))
    for commands in range(45):
        tag = FakeNtag21x("213")
        tag.store(old)
        tag.torn_after = commands
        try:
            Type2Tag(MemoryLink(tag)).write_message(MESSAGE)
            is_written = True
        except TagLost:
            is_written = False
        tag.present, tag.torn_after = True, None
        held = [MESSAGE] if is_written else [old, b"", MESSAGE]
        assert _read(tag) in held, commands


class _EndlessTag(FakeNtag21x):
    """A chip that claims 2,040 bytes and a message in all of them, and answers for any page."""

    def __init__(self) -> None:
        super().__init__("216")
        self.memory[12:16] = bytes.fromhex("e110ff00")
        self.memory[16:20] = bytes.fromhex("03ff0700")

    def answer(self, command: bytes) -> bytes | None:
        if command[0] == 0x3A and len(command) == 3 and command[2] >= self.pages:
            return bytes(4 * (command[2] - command[1] + 1))
        return super().answer(command)


def test_a_chip_that_claims_more_than_pages_can_be_counted_holds_nothing() -> None:
    """Where its claim ends beyond the last page that a command can name: no fault, no message."""
    assert _read(_EndlessTag()) is None
