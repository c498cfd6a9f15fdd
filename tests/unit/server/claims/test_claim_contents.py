"""What makes a claim another one, and what only says more to the same."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec

from server.claims.claim_work import acknowledges_more, asks_the_same, content_of
from shared.kernel.id_types import DeviceId
from shared.wire.claim import ClaimRequest

ME = DeviceId("dv_1")


def content(**more: Any) -> bytes:
    """Digest a claim."""
    plain = {
        "code": "1",
        "gate_id": "gt_1",
        "direction": "in",
        "claim_id": "c",
        "scanned_at": "2026-07-04T20:00:00Z",
    }
    return content_of(msgspec.convert(plain | more, ClaimRequest), ME)


def test_answers_make_no_other_claim() -> None:
    """Whoever answers otherwise under the same id asks the same."""
    assert asks_the_same(content(), content(answers={"bags": 1}))
    assert content(answers={"bags": 1}) == content(answers={"bags": 0})
    assert not asks_the_same(content(), content(count=2))


def test_each_further_answer_says_more() -> None:
    """So does a proof that was seen; the same again, or less, does not."""
    said: list[dict[str, int]] = [{f"q{n}": 0 for n in range(count)} for count in range(5)]
    for fewer, more in pairwise(said):
        assert acknowledges_more(content(answers=more), content(answers=fewer))
        assert not acknowledges_more(content(answers=fewer), content(answers=more))
        assert not acknowledges_more(content(answers=more), content(answers=more))
    with_proof = content(answers=said[2], id_checked=True)
    assert acknowledges_more(with_proof, content(answers=said[2]))
    assert acknowledges_more(with_proof, content(id_checked=True))


def test_more_answers_than_can_be_asked_stay_within_the_one_byte() -> None:
    """What nobody asked makes no claim another one."""
    many = content(answers={f"q{n}": 0 for n in range(16)})
    assert asks_the_same(many, content())
    assert len(many) == len(content())
