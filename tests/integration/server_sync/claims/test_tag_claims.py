"""Claims of tickets on NFC tags, over HTTP."""

from __future__ import annotations

import pytest

from server.keys.organization_keys import ticket_signing_key
from server.keys.vault import open_vault
from server.ticketing.ticket_types import get_ticket_type
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.kernel.id_types import ClaimId
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database

TAG = bytes.fromhex("04a1b2c3d4e5f6")
OTHER = "04a1b2c3d4e5f7"


async def sign(house: LedgerOffice, ticket: int, uid: bytes | None = TAG) -> bytes:
    """Sign a ticket of the event for a tag, as its organization would."""
    office = house.office
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(house.owner.organization_id) as unit:
        key_id, key = await ticket_signing_key(unit, vault, house.event_id)
        kind = await get_ticket_type(unit, house.event_id, house.ticket_type_id)
        claims = Claims(
            key_id=key_id,
            ticket_id=house.tickets[ticket],
            ticket_type_code=kind.code,
            generation=1,
            tag_uid=uid,
        )
        return sign_credential(claims, key)


async def test_a_bound_ticket_is_admitted_once_from_its_own_tag(
    ledger_office: LedgerOffice,
) -> None:
    """The UID that the reader saw is the one under the signature."""
    gate = await ledger_office.enrol()
    code = (await sign(ledger_office, 0)).hex()
    first = await ledger_office.claimed(gate, code, tag_uid=TAG.hex())
    second = await ledger_office.claimed(gate, code, tag_uid=TAG.hex())
    assert (first["reason"], second["reason"]) == ("ok", "already_used")
    assert first["ticket_id"] == ledger_office.hex_of(0)
    on_paper = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert on_paper["reason"] == "already_used"


async def test_a_bound_ticket_is_denied_from_anything_but_its_tag(
    ledger_office: LedgerOffice,
) -> None:
    """On another tag, or its bytes redrawn as a code in any spelling, it admits nobody."""
    gate = await ledger_office.enrol()
    bound = await sign(ledger_office, 0)
    copied = await ledger_office.claimed(gate, bound.hex(), tag_uid=OTHER)
    assert copied["reason"] == "bad_signature"
    as_printed = b"\x10" + bound[1:19] + bound[26:]
    drawn = [
        bound.hex(),
        bound.hex().upper(),
        f"{int.from_bytes(bound, 'big'):d}",
        f"{int.from_bytes(bound[:83], 'big'):0200d}",
        to_digits(as_printed),
        bound.decode("latin-1"),
    ]
    for text in drawn:
        answer = await ledger_office.claimed(gate, text)
        assert answer["verdict"] == "deny"
        assert answer["reason"] in {"bad_signature", "malformed", "unknown_ticket"}
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["reason"] == "ok"


async def test_a_printed_ticket_on_a_tag_is_the_same_ticket(ledger_office: LedgerOffice) -> None:
    """Its 166 hex digits are admitted from any tag, once."""
    gate = await ledger_office.enrol()
    code = (await sign(ledger_office, 1, None)).hex()
    assert len(code) == 166
    assert (await ledger_office.claimed(gate, code, tag_uid="08112233"))["reason"] == "ok"
    answer = await ledger_office.claimed(gate, ledger_office.codes[1])
    assert answer["reason"] == "already_used"


async def test_what_is_no_credential_is_denied_from_a_tag(ledger_office: LedgerOffice) -> None:
    """Texts, digits of a printed ticket and half of a credential are malformed there."""
    gate = await ledger_office.enrol()
    whole = (await sign(ledger_office, 0)).hex()
    for code in ("hello", ledger_office.codes[0], whole[:-2], whole.upper(), f" {whole}"):
        answer = await ledger_office.claimed(gate, code, tag_uid=TAG.hex())
        assert answer["reason"] == "malformed"
    pointing = await ledger_office.claimed(gate, "", tag_uid=TAG.hex())
    assert pointing["reason"] == "unknown_ticket"


async def test_a_claim_id_belongs_to_its_tag(ledger_office: LedgerOffice) -> None:
    """The same id with another UID, or with none, asks something else: 409."""
    gate = await ledger_office.enrol()
    code = (await sign(ledger_office, 0)).hex()
    first = await ledger_office.claim(gate, code, ClaimId("tap"), tag_uid=TAG.hex())
    again = await ledger_office.claim(gate, code, ClaimId("tap"), tag_uid=TAG.hex())
    assert first.json()["verdict"] == "admit"
    assert first.content == again.content
    for more in ({"tag_uid": OTHER}, {}):
        answer = await ledger_office.claim(gate, code, ClaimId("tap"), **more)
        assert answer.status_code == 409


NO_UIDS = ("", "04", "04A1B2C3D4E5F6", "04a1b2c3d4e5f6\n", 7)


async def test_a_uid_that_is_none_is_named(ledger_office: LedgerOffice) -> None:
    """Seven bytes in lower-case hex, or four, or ten; anything else is a mistake of the caller."""
    gate = await ledger_office.enrol()
    for uid in NO_UIDS:
        answer = await ledger_office.claim(gate, "x", tag_uid=uid)
        assert answer.status_code == 422, uid
