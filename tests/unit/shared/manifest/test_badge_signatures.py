"""A badge signs: what only its holder can say, for one event, device and deed."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId, ZoneId
from shared.manifest.badge_signatures import (
    WORD_VERSION,
    BadgeAct,
    BadgeScope,
    BadgeWord,
    badge_key,
    is_supervisors_word,
    passage_word,
    sign_word,
)
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.sealed_names_for_search import badge_seed

CODE = "GKB1-ABCDE-FGHJK-MNPQR"
ORG = OrganizationId("og_1")
KEY = badge_key(CODE, ORG)
JO = SupervisorConfig(id="sv_jo", name="Jo", pin_hash="", badge_hash="", sign_key=KEY.public_key)
MIRA = SupervisorConfig(
    id="sv_mira",
    name="Mira",
    pin_hash="",
    badge_hash="",
    sign_key=badge_key("GKB1-OTHER", ORG).public_key,
)
OLD = SupervisorConfig(id="sv_old", name="Old", pin_hash="", badge_hash="")
WORD = BadgeWord(
    v=WORD_VERSION,
    organization_id=ORG,
    event_id=EventId("ev_1"),
    device_id=DeviceId("dv_1"),
    person="sv_jo",
    act=BadgeAct.FIND,
    subject=("ab", "00", "zn_1"),
)


def test_a_badge_says_it_and_nobody_else() -> None:
    """The badge of the person named verifies; another supervisor's does not."""
    assert is_supervisors_word(WORD, sign_word(KEY, WORD), [MIRA, JO])
    assert not is_supervisors_word(WORD, sign_word(KEY, WORD), [MIRA])
    stolen = sign_word(badge_key("GKB1-OTHER", ORG), WORD)
    assert not is_supervisors_word(WORD, stolen, [MIRA, JO])


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("organization_id", "og_2"),
        ("event_id", "ev_2"),
        ("device_id", "dv_2"),
        ("person", "sv_mira"),
        ("act", BadgeAct.OVERRIDE),
        ("subject", ("ab", "00", "zn_2")),
        ("v", 2),
    ],
)
def test_a_word_says_nothing_else(field: str, other: object) -> None:
    """Whoever copies a signature to another event, device, deed or ticket has copied nothing."""
    changed = msgspec.structs.replace(WORD, **{field: other})
    assert not is_supervisors_word(changed, sign_word(KEY, WORD), [MIRA, JO])


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"short"])
def test_a_badge_that_signs_nothing_has_signed_nothing(signature: bytes) -> None:
    """An older badge has no public half: neither an empty signature nor an empty key verifies."""
    word = msgspec.structs.replace(WORD, person="sv_old")
    assert not is_supervisors_word(word, signature, [OLD, JO])


def test_the_key_is_the_badges_the_organizations_and_for_signing_only() -> None:
    """A code gives another key in another organization, and not the one that opens names."""
    assert badge_key(f" {CODE}\n", ORG).public_key == KEY.public_key
    assert badge_key(CODE, OrganizationId("og_2")).public_key != KEY.public_key
    assert badge_seed(CODE, ORG) != KEY.seed


def test_supervisors_of_older_manifests_are_read() -> None:
    """Four fields, as manifests had them: a badge that signs nothing."""
    four = msgspec.msgpack.encode(["sv_jo", "Jo", "pin", "badge"])
    found = msgspec.msgpack.decode(four, type=SupervisorConfig)
    assert (found.id, found.sign_key) == ("sv_jo", b"")


def test_a_word_on_a_passage_names_claim_ticket_and_zone() -> None:
    """The ticket as texts have it: 16 hex digits."""
    speaker = BadgeScope(ORG, EventId("ev_1"), DeviceId("dv_1"), "sv_jo")
    word = passage_word(
        speaker,
        BadgeAct.FIND,
        claim_id=ClaimId("ab"),
        ticket_id=TicketId(255),
        zone_id=ZoneId("zn_1"),
    )
    assert word.subject == ("ab", "00000000000000ff", "zn_1")
    assert is_supervisors_word(word, sign_word(KEY, word), [JO])
