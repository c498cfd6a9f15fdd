"""Bugs in what tags and chips prove, and in what they prove of who came in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from gatekeeper.store.seen_tap_counters import TapCounters
from server.journals import seen_proofs
from shared.admission.facts import TicketFacts
from shared.credential.codec import decode_credential
from shared.credential.keyring import Keyring
from shared.credential.sizes_and_bounds import FORM_TAG
from shared.manifest import presenting, seen_codes
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

WHERE_TAGS_ARE_READ: Final = beside_all_else("tagged")


def _on_any_tag(verify: Any) -> Any:
    def verify_anywhere(credential: bytes, keyring: Keyring, *, tag_uid: bytes | None) -> Any:
        uid = tag_uid and decode_credential(credential)[0].tag_uid
        return verify(credential, keyring, tag_uid=uid)

    return verify_anywhere


def _in_memory(_save: Any) -> Any:
    return lambda _self: None


def _of_paper_alone(to_check: Any) -> Any:
    def check_paper(proof: bytes, *said: Any) -> Iterator[Any]:
        if not proof or proof[0] != FORM_TAG:
            yield from to_check(proof, *said)

    return check_paper


def _on_tags_for_ever(ticket_facts: Any) -> Any:
    def facts_of(self: EventIndex, presented: Presented, *said: Any) -> Any:
        facts = ticket_facts(self, presented, *said)
        is_tag = presented.claims is not None and presented.claims.tag_uid is not None
        if is_tag and isinstance(facts, TicketFacts):
            return msgspec.structs.replace(facts, revoked=False)
        return facts

    return facts_of


TAGGED_BUGS: Final = (
    Planted(
        name="good_on_any_tag",
        what="A ticket that is signed for one tag lets in on another one as well.",
        replaced=(Replacement(presenting, "verify_credential", _on_any_tag),),
        change=WHERE_TAGS_ARE_READ,
    ),
    Planted(
        name="taps_forgotten",
        what="A gate does not keep which of a chip's taps it has heard.",
        replaced=(Replacement(TapCounters, "save", _in_memory),),
        change=WHERE_TAGS_ARE_READ,
    ),
    Planted(
        name="lost_wristband_stays_good",
        what="A ticket that was written anew lets in by the former wristband as well.",
        replaced=(Replacement(EventIndex, "_ticket_facts", _on_tags_for_ever),),
        change=WHERE_TAGS_ARE_READ,
    ),
    Planted(
        name="wristbands_prove_nothing",
        what="That a wristband was read proves nothing of a passage; paper does.",
        replaced=(
            Replacement(seen_codes, "to_check", _of_paper_alone),
            Replacement(seen_proofs, "to_check", _of_paper_alone),
        ),
        change=WHERE_TAGS_ARE_READ,
    ),
)
