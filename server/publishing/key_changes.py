"""Listing keys, rotating them, bounding them and declaring them compromised.

A rotated key signs no more, and what it signed stays good. Tickets of a bounded key admit up to a
moment, until the bound is moved or lifted. What a compromised key signed proves nothing any more:
of a ticket key only listed tickets pass, of a manifest key no document, and a compromised root is
followed by one that it has not certified, so that devices enrol again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, select

from server import quotas
from server.db.unit import Unit
from server.http.page_cursors import RowOrder
from server.keys.certificates import certify_key, link_root, withdrawn_names
from server.keys.channel_keys import certify_channels_again
from server.keys.organization_keys import (
    MANIFEST,
    ROOT,
    TICKET_KEYS,
    TILL,
    KeyRow,
    add_key,
    lock_keys,
)
from server.keys.vault import Vault
from server.plans.compiling_plans import read_event_config
from server.problem_answers import Problem, not_found
from server.publishing.publisher import Publisher, tell_ended_keys, tell_keyring
from shared.credential.keyring import KeyStatus
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.manifest.signed_document import ROOTS_MAX, name_key

KEY_ORDER: Final = RowOrder(
    KeyRow.public_key,
    fields={
        "purpose": KeyRow.purpose,
        "created_at": KeyRow.created_at,
        "retired_at": KeyRow.retired_at,
    },
)


def select_keys(*, event_id: EventId | None, purpose: str | None) -> Select[KeyRow]:
    """Ask for keys, ended ones as well: of an event, for a purpose."""
    query = select(KeyRow)
    if event_id is not None:
        query = query.where(KeyRow.event_id == event_id)
    return query if purpose is None else query.where(KeyRow.purpose == purpose)


async def list_keys(unit: Unit, *, event_id: EventId | None) -> Sequence[KeyRow]:
    """Return an event's keys, or all, in order of their public halves, ended ones as well."""
    query = select_keys(event_id=event_id, purpose=None)
    return await unit.all(query.order_by(KeyRow.public_key))


async def find_key(unit: Unit, name: str) -> KeyRow:
    """Return a key of the organization by its public half or its fingerprint, in hex.

    Raises:
        Problem: `not-found`.
    """
    try:
        wanted = bytes.fromhex(name)
    except ValueError:
        wanted = b""
    rows = await unit.all(select(KeyRow)) if wanted else ()
    named = (row for row in rows if wanted in {row.public_key, name_key(row.public_key)})
    row = next(named, None)
    if row is None:
        raise not_found("key; `list` names them")
    return row


async def rotate_key(unit: Unit, publisher: Publisher, name: str) -> KeyRow | None:
    """Let another key sign in a key's place; what it signed stays good.

    Returns:
        The new key; None for a till's, which the till draws at its next sync.

    Raises:
        Problem: `not-found`; `conflict` if it signs no more already; `quota-exceeded`.
    """
    await lock_keys(unit)
    row = await find_key(unit, name)
    if row.retired_at is not None or row.status != KeyStatus.ACTIVE:
        raise Problem("conflict", "This key signs no more already.")
    # A till's is followed by what the till draws, which is counted there.
    if row.purpose != TILL:
        before = select_keys(event_id=row.event_id, purpose=row.purpose)
        count = len(await unit.all(before.where(KeyRow.retired_at.is_not(None))))
        quotas.check(count, quotas.KEYS_ROTATED_MAX, "keys of one purpose are replaced")
    row.retired_at = unit.now
    await unit.session.flush()
    return await _succeed(unit, publisher, row)


async def limit_admissions_by_key(
    unit: Unit, publisher: Publisher, name: str, until: Instant | None
) -> KeyRow:
    """Let tickets that a key signed admit up to a moment only, or without an end.

    Raises:
        Problem: `not-found`; `conflict` of a key that signs no tickets, or is compromised.
    """
    await lock_keys(unit)
    row = await find_key(unit, name)
    if row.purpose not in TICKET_KEYS or row.event_id is None:
        raise Problem("conflict", "This key signs no tickets, so it lets nobody in.")
    if row.status != KeyStatus.ACTIVE:
        raise Problem("conflict", "This key was declared compromised: it proves nothing.")
    if row.admits_until != until:
        row.admits_until = until
        await unit.session.flush()
        config = await read_event_config(unit, row.event_id)
        await tell_keyring(unit, publisher, config)
    return row


async def compromise_key(unit: Unit, publisher: Publisher, name: str) -> KeyRow | None:
    """Declare that somebody else may hold a key: from this commit on its signature proves nothing.

    Returns:
        The key that signs in its place; None for a till's.

    Raises:
        Problem: `not-found`; `conflict` if it was declared so before.
    """
    await lock_keys(unit)
    row = await find_key(unit, name)
    if row.status == KeyStatus.COMPROMISED:
        raise Problem("conflict", "This key was declared compromised before.")
    was_live = await _end(unit, row)
    if was_live or row.purpose in TICKET_KEYS:
        return await _succeed(unit, publisher, row, is_new=was_live)
    if row.purpose == ROOT:
        await _cut_links_from(unit, row)
    else:
        await _certify_again(unit, publisher.vault)
    live = select(KeyRow).where(KeyRow.purpose == row.purpose, KeyRow.retired_at.is_(None))
    return (await unit.session.execute(live)).scalar_one()


async def end_forgotten(unit: Unit, vault: Vault, name: str) -> bool:
    """End a manifest key of which our own root has certified that it had ended.

    The database is an older copy: with that key it would sign what no gate believes.

    Returns:
        Whether it was trusted here; False where another worker has just ended it.

    Raises:
        Problem: `not-found`.
    """
    await lock_keys(unit)
    row = await find_key(unit, name)
    if row.status == KeyStatus.COMPROMISED:
        return False
    was_live = await _end(unit, row)
    if was_live:
        await add_key(unit, vault, MANIFEST, None)
    await _certify_again(unit, vault)
    return True


async def _end(unit: Unit, row: KeyRow) -> bool:
    """Let a key prove nothing any more; tells whether it still signed."""
    was_live = row.retired_at is None
    row.status, row.compromised_at = KeyStatus.COMPROMISED, unit.now
    row.retired_at = row.retired_at or unit.now
    await unit.session.flush()
    return was_live


async def _cut_links_from(unit: Unit, root: KeyRow) -> None:
    """Let nobody follow from a root that ended: its word for the next one is worth nothing now."""
    later = select(KeyRow).where(KeyRow.purpose == ROOT).order_by(KeyRow.created_at, KeyRow.key_id)
    rows = list((await unit.session.execute(later)).scalars())
    for row in rows[rows.index(root) + 1 :][:1]:
        row.certificate = row.certificate_signature = None
    await unit.session.flush()


async def _succeed(
    unit: Unit, publisher: Publisher, row: KeyRow, *, is_new: bool = True
) -> KeyRow | None:
    """Put a key in the place of one that has ended, and tell whom it concerns."""
    new: KeyRow | None = None
    if is_new and row.purpose != TILL:
        new = await add_key(unit, publisher.vault, row.purpose, row.event_id)
    if row.purpose == ROOT:
        assert new is not None
        await _follow(unit, publisher, row, new)
    elif row.purpose == MANIFEST:
        await _certify_again(unit, publisher.vault)
    elif row.event_id is not None:
        config = await read_event_config(unit, row.event_id)
        if row.status == KeyStatus.COMPROMISED:
            await tell_ended_keys(unit, publisher, config, [row])
        else:
            await tell_keyring(unit, publisher, config)
    return new


async def _follow(unit: Unit, publisher: Publisher, old: KeyRow, new: KeyRow) -> None:
    """Let a new root take over; the private half of the old one is forgotten."""
    roots = select(KeyRow.public_key).where(KeyRow.purpose == ROOT)
    if len(await unit.all(roots)) > ROOTS_MAX:
        raise Problem("conflict", "The root was rotated too often.")
    # Links go by it: a clock that has made the old one ahead of time may be set right by now.
    new.created_at = max(new.created_at, Instant(old.created_at + 1))
    if old.status == KeyStatus.ACTIVE:
        assert old.sealed_seed is not None
        signer = publisher.vault.open(old.sealed_seed, old.public_key)
        link = link_root(unit, new, signer)
        new.certificate, new.certificate_signature = link.certificate, link.signature
    old.sealed_seed = None
    await unit.session.flush()
    await _certify_again(unit, publisher.vault)


async def _certify_again(unit: Unit, vault: Vault) -> None:
    """Certify the manifest keys that are sound, under the present root, anew."""
    root = await _present_root(unit, vault)
    withdrawn = await withdrawn_names(unit)
    query = select(KeyRow).where(KeyRow.purpose == MANIFEST, KeyRow.status == KeyStatus.ACTIVE)
    for row in await unit.all(query):
        certified = certify_key(unit, row, root, withdrawn)
        row.certificate, row.certificate_signature = certified.certificate, certified.signature
    await certify_channels_again(unit, root)


async def _present_root(unit: Unit, vault: Vault) -> SigningKey:
    query = select(KeyRow).where(KeyRow.purpose == ROOT, KeyRow.retired_at.is_(None))
    row = (await unit.session.execute(query)).scalar_one()
    assert row.sealed_seed is not None
    return vault.open(row.sealed_seed, row.public_key)
