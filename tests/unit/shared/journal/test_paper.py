"""Entries of who was let in by a list on paper: their bytes, their time, and who has signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scripts.make_paper_vectors import SPEAKER, make_vectors, word_of
from shared.journal.chain import SignedEntry, decode_body, decode_entry, encode_body, is_signed_by
from shared.journal.entry import ScanBody
from shared.kernel.instant import Instant
from shared.lan.entries_of_peers import read_ended
from shared.manifest.badge_signatures import is_supervisors_word
from shared.manifest.event_config import SupervisorConfig

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "paper.json").read_text("utf-8")
)
CHIEF = SupervisorConfig(
    id=SPEAKER.person,
    name="Sam",
    pin_hash="",
    badge_hash="",
    sign_key=bytes.fromhex(VECTORS["badge_public_key"]),
)


def test_the_vectors_are_what_the_script_makes() -> None:
    """The file is never edited by hand."""
    assert make_vectors() == VECTORS


@pytest.mark.parametrize("vector", VECTORS["entries"], ids=lambda one: str(one["name"]))
def test_an_entry_was_when_its_vector_says(vector: dict[str, Any]) -> None:
    """The middle with half of the time between, never later than it was keyed in."""
    signed = SignedEntry(bytes.fromhex(vector["entry"]), bytes.fromhex(vector["signature"]))
    assert is_signed_by(signed, bytes.fromhex(VECTORS["device_public_key"]))
    entry = decode_entry(signed.entry)
    body = decode_body(entry)
    assert isinstance(body, ScanBody)
    assert body.is_by_paper
    assert entry.offset_error is not None
    known_until = Instant(entry.corrected + entry.offset_error)
    assert body.paper_time(known_until) == (vector["at"], vector["at_error"])
    assert is_supervisors_word(word_of(body), body.signature, [CHIEF])
    other = msgspec.structs.replace(body, happened_from=Instant((body.happened_from or 0) + 1))
    assert not is_supervisors_word(word_of(other), body.signature, [CHIEF])


def test_gates_that_hear_of_it_from_each_other_take_its_own_time() -> None:
    """Not that of its entry: who had gone out meanwhile is not inside again."""
    vector = VECTORS["entries"][0]
    ended = read_ended(decode_entry(bytes.fromhex(vector["entry"])))
    assert ended is not None
    assert ended.hold.at == vector["at"]


def test_an_entry_of_before_is_by_no_paper() -> None:
    """A writer that knows nothing of lists leaves the fields out."""
    body = decode_body(decode_entry(bytes.fromhex(VECTORS["entries"][0]["entry"])))
    assert isinstance(body, ScanBody)
    bare = msgspec.structs.replace(body, happened_from=None, happened_until=None)
    plain = msgspec.msgpack.decode(encode_body(bare))[:21]
    again = msgspec.convert(plain, ScanBody)
    assert not again.is_by_paper
