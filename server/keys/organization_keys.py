"""The organization's keys: one root, manifest keys under it, a ticket key for each event.

Each key has one purpose. The root signs certificates only and is pinned by devices; manifest
keys sign manifests, feed pages and times; ticket keys sign credentials.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.events.neighbour_events import (
    find_nearest_to_now,
    find_neighbours,
    find_reached,
    select_around,
)
from server.feed.appending import note_new_key
from server.keys.certificates import MANIFEST, ROOT, certify_key, read_links, withdrawn_names
from server.keys.home_ranges import read_home_ranges
from server.keys.models import KeyRecord as KeyRow
from server.keys.vault import Vault
from server.organizations.organizations_and_numbers import next_number
from server.problem_answers import Problem
from shared.credential.key_ids import draw_key_id
from shared.credential.keyring import HomeRange, IdRange, KeyStatus, TicketKey
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId
from shared.kernel.same_fields import made_of
from shared.manifest.signed_document import (
    Certified,
    DocumentSigner,
    KeyCertificate,
    decode_document,
    encode_document,
)

TILL_REPRINTS_MAX: Final = 15
"""Up to this reprint a ticket that a till's key has signed is believed; an event's own key signs
every reprint. More than anybody needs of one ticket, and few of the 255 generations that it has:
who stole a till's key cannot sign the last one, behind which no other code can be given out, and
240 are left by which the server supersedes what a thief has signed."""

__all__ = ["MANIFEST", "ROOT", "KeyRow"]
"""What other domains know by this file: two purposes, and the row."""

TICKET: Final = "ticket"
TILL: Final = "till"
LISTED: Final = "listed"
TICKET_KEYS: Final = (TICKET, TILL, LISTED)
"""The purposes whose keys sign credentials; devices get them as the keyring."""

KEY_SERIES: Final = "signing_key"
CHANGE_SERIES: Final = "key_changes"


async def root_public_key(unit: Unit, vault: Vault) -> bytes:
    """Return the organization's root key, making its keys on first use; needs a write unit."""
    return (await _ensure(unit, vault, ROOT)).public_key


async def root_signing_key(unit: Unit, vault: Vault) -> SigningKey:
    """Return the organization's root, which signs certificates only; needs a write unit."""
    row = await _ensure(unit, vault, ROOT)
    assert row.sealed_seed is not None
    return vault.open(row.sealed_seed, row.public_key)


async def document_signer(unit: Unit, vault: Vault) -> DocumentSigner:
    """Return the signer of the organization's documents; needs a write unit."""
    row = await _ensure(unit, vault, MANIFEST)
    return await _signer_of(unit, row, vault)


async def find_document_signer(unit: Unit, vault: Vault) -> DocumentSigner | None:
    """Return the signer if the organization has one yet."""
    row = await _find(unit, MANIFEST, None)
    return None if row is None else await _signer_of(unit, row, vault)


async def present_document(unit: Unit, vault: Vault, encoded: bytes) -> bytes:
    """Give a document that was kept its key's present certificate.

    What a key signed that was declared compromised since is signed anew.
    """
    document = decode_document(encoded)
    said = msgspec.msgpack.decode(document.certified.certificate, type=KeyCertificate)
    query = select(KeyRow).where(KeyRow.public_key == said.public_key)
    row = await unit.find(query)
    if row is None or row.status != KeyStatus.ACTIVE:
        signer = await find_document_signer(unit, vault)
        assert signer is not None, "a manifest key ends when another one takes its place"
        return encode_document(signer.sign_again(document, unit.now))
    certified = await _certified(unit, row)
    if certified == document.certified:
        return encoded
    return encode_document(msgspec.structs.replace(document, certified=certified))


async def list_ended(unit: Unit) -> frozenset[bytes]:
    """Return the roots and manifest keys that were declared compromised."""
    query = select(KeyRow.public_key).where(
        KeyRow.event_id.is_(None),
        KeyRow.purpose.in_((ROOT, MANIFEST)),
        KeyRow.status == KeyStatus.COMPROMISED,
    )
    return frozenset(await unit.all(query))


async def list_roots(unit: Unit) -> Sequence[KeyRow]:
    """Return all roots that the organization has had."""
    query = select(KeyRow).where(KeyRow.purpose == ROOT, KeyRow.event_id.is_(None))
    return await unit.all(query)


async def ticket_signing_key(
    unit: Unit, vault: Vault, event_id: EventId, *, is_listed_only: bool = False
) -> tuple[int, SigningKey]:
    """Return the id and key that sign an event's tickets, or its unpaid ones, in a write unit."""
    row = await _ensure(unit, vault, LISTED if is_listed_only else TICKET, event_id)
    assert row.sealed_seed is not None
    return row.key_id, vault.open(row.sealed_seed, row.public_key)


async def list_issuing_keys(unit: Unit, event_id: EventId) -> Sequence[KeyRow]:
    """Return all keys that sign, or once signed, an event's tickets here."""
    query = select(KeyRow).where(KeyRow.event_id == event_id, KeyRow.purpose.in_((TICKET, LISTED)))
    return await unit.all(query)


async def next_key_id(unit: Unit, event_id: EventId | None) -> int:
    """Give a key id that no key has which may meet it in a keyring; locks the series.

    Args:
        unit: A writing one.
        event_id: Whose key; None for one that signs documents.

    Raises:
        Problem: `conflict` when all are in use.
    """
    number = await next_number(unit, KEY_SERIES)
    query = select(KeyRow.key_id)
    if event_id is None:
        query = query.where(KeyRow.event_id.is_(None))
    else:
        query = query.where(KeyRow.event_id.in_(await select_around(unit, event_id)))
    taken = await unit.all(query)
    drawn = draw_key_id(number, taken)
    if drawn is None:
        raise Problem("conflict", "All key ids of this event and of those near it are in use.")
    return drawn


async def read_keyring(unit: Unit, event_id: EventId | None) -> tuple[TicketKey, ...]:
    """Return the keys of an event's tickets and of the events near it, in order of key id.

    Args:
        unit: Any.
        event_id: Whose keyring; None for the events that are nearest to the present.
    """
    names = await (
        find_nearest_to_now(unit) if event_id is None else find_neighbours(unit, event_id)
    )
    query = (
        select(KeyRow)
        .where(KeyRow.purpose.in_(TICKET_KEYS), KeyRow.event_id.in_(names))
        .order_by(KeyRow.key_id, KeyRow.public_key)
    )
    rows = await unit.all(query)
    has_homes = any(row.purpose == TILL and row.event_id == event_id for row in rows)
    homes = await read_home_ranges(unit, event_id) if event_id and has_homes else {}
    return tuple(
        ticket_key_of(
            row,
            names[row.event_id or ""],
            homes.get(row.id_prefix, ())
            if (row.purpose, row.event_id) == (TILL, event_id)
            else (),
        )
        for row in rows
    )


def ticket_key_of(row: KeyRow, event_name: str, homes: tuple[HomeRange, ...] = ()) -> TicketKey:
    """Say a key as verifiers need it."""
    assert row.event_id is not None
    return made_of(
        TicketKey,
        row,
        event_name=event_name,
        status=KeyStatus(row.status),
        ids=IdRange(row.id_prefix, row.id_prefix_bits),
        ticket_type_codes=_codes_of(row),
        generation_max=TILL_REPRINTS_MAX if row.purpose == TILL else GENERATION_MAX,
        homes=homes,
        issuer_device_id=row.device_id,
        is_retired=row.retired_at is not None,
        is_listed_only=row.purpose == LISTED,
    )


def _codes_of(row: KeyRow) -> tuple[int, ...] | None:
    codes = row.ticket_type_codes
    return tuple(int(str(code)) for code in codes) if isinstance(codes, list) else None


async def find_till_keys(unit: Unit, event_id: EventId) -> Sequence[KeyRow]:
    """Return the keys that tills hold for an event."""
    query = select(KeyRow).where(KeyRow.purpose == TILL, KeyRow.event_id == event_id)
    return await unit.all(query)


async def _find(unit: Unit, purpose: str, event_id: EventId | None) -> KeyRow | None:
    query = (
        select(KeyRow)
        .where(
            KeyRow.purpose == purpose,
            KeyRow.status == KeyStatus.ACTIVE,
            KeyRow.retired_at.is_(None),
        )
        .order_by(KeyRow.created_at.desc(), KeyRow.key_id.desc())
        .limit(1)
    )
    # Of millions of ticket keys, the index of events tells the few that are none.
    query = query.where(
        KeyRow.event_id.is_(None) if event_id is None else KeyRow.event_id == event_id
    )
    return await unit.find(query)


async def _ensure(
    unit: Unit, vault: Vault, purpose: str, event_id: EventId | None = None
) -> KeyRow:
    found = await _find(unit, purpose, event_id)
    if found is not None:
        return found
    if purpose == MANIFEST:
        await _ensure(unit, vault, ROOT)
    await lock_keys(unit)
    # Whoever was faster has committed.
    found = await _find(unit, purpose, event_id)
    return found or await add_key(unit, vault, purpose, event_id)


async def lock_keys(unit: Unit) -> None:
    """Let nobody else make, rotate or end a key of the organization until the commit."""
    await next_number(unit, CHANGE_SERIES)


async def add_key(
    unit: Unit, vault: Vault, purpose: str, event_id: EventId | None = None
) -> KeyRow:
    """Make another key; the organization's keys are locked."""
    key_id = await next_key_id(unit, event_id)
    key = SigningKey.generate(unit.entropy)
    row = new_key_row(unit, key_id, purpose, key.public_key, event_id=event_id)
    row.sealed_seed = vault.seal(key, unit.entropy)
    if purpose == MANIFEST:
        root = await _ensure(unit, vault, ROOT)
        assert root.sealed_seed is not None
        signer = vault.open(root.sealed_seed, root.public_key)
        certified = certify_key(unit, row, signer, await withdrawn_names(unit))
        row.certificate = certified.certificate
        row.certificate_signature = certified.signature
    await unit.add(row)
    if purpose in TICKET_KEYS:
        await _tell_new_key(unit, event_id)
    return row


async def _tell_new_key(unit: Unit, event_id: EventId | None) -> None:
    """Let each event whose keyring may hold an event's keys decide by them from this commit on."""
    assert event_id is not None
    await note_new_key(unit.session, await find_reached(unit, event_id))


def new_key_row(
    unit: Unit, key_id: int, purpose: str, public_key: bytes, *, event_id: EventId | None
) -> KeyRow:
    """Make a row of an active key without limits."""
    return KeyRow(
        organization_id=unit.organization_id,
        key_id=key_id,
        purpose=purpose,
        event_id=event_id,
        public_key=public_key,
        sealed_seed=None,
        certificate=None,
        certificate_signature=None,
        status=KeyStatus.ACTIVE,
        admits_from=None,
        admits_until=None,
        id_prefix=0,
        id_prefix_bits=0,
        manual_prefix=0,
        manual_prefix_bits=0,
        ticket_type_codes=None,
        id_limit=None,
        device_id=None,
        is_rehearsal=False,
        created_at=unit.now,
        retired_at=None,
        compromised_at=None,
    )


async def _signer_of(unit: Unit, row: KeyRow, vault: Vault) -> DocumentSigner:
    assert row.sealed_seed is not None
    certified = await _certified(unit, row)
    return DocumentSigner(vault.open(row.sealed_seed, row.public_key), certified)


async def _certified(unit: Unit, row: KeyRow) -> Certified:
    assert row.certificate is not None
    assert row.certificate_signature is not None
    return Certified(row.certificate, row.certificate_signature, await read_links(unit))
