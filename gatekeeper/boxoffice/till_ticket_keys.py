"""A till's own ticket keys: one for each event that it sells for, delegated by the server.

A key is bound to one event for good, so that a till that turns to another event draws another
key. Older programs kept one key for the first event; it goes on serving that one.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import TILL_KEY_NAME, load_key, save_key
from gatekeeper.store.store import Store
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.sync.stock_grants_in_exchange import TillGrants
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import EventId
from shared.kernel.ports import Entropy
from shared.manifest.signed_document import decode_document
from shared.wire.till_key import TILL_KEY_CONTEXT, TillKeyAnswer, TillKeyRequest

_EVENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What may stand in a file's name; the server's ids are of this form."""


def key_name(event_id: EventId) -> str:
    """Name the file of a till's key for an event.

    Raises:
        BadInput: if the id is none that a server gives.
    """
    if _EVENT_ID.fullmatch(event_id) is None:
        raise BadInput(f"{event_id[:64]!r} is not an event id")
    return f"till-{event_id}.key"


def load_ticket_key(disk: Disk, event_id: EventId, terms: TillKeyAnswer) -> SigningKey:
    """Read the key that a till's terms for an event are for.

    Raises:
        BadInput: if the terms are for another key: the server is to be asked again.
        StoreFault: if the file is missing or damaged.
    """
    name = key_name(event_id)
    if disk.read(name) is None and not terms.public_key:
        name = TILL_KEY_NAME
    key = load_key(disk, name)
    if terms.public_key not in {"", key.public_key.hex()}:
        message = "this till has made a new ticket key; sync once so that the server delegates it"
        raise BadInput(message)
    return key


async def delegate_key(
    store: Store, server: SyncServer, event_id: EventId, entropy: Entropy, grants: TillGrants
) -> TillKeyAnswer:
    """Have the till's own ticket key delegated for an event, or its terms told again.

    A key that the server delegates no more, because it was rotated or withdrawn, is replaced; so
    is one of which a newer copy of this till may have sold ids.

    Raises:
        BadInput: if the id is no event's.
        BadSignature: if the grant that comes with it is not the organization's.
        Malformed: if that is not of its form.
        ServerFault: if the server cannot be reached.
        Rejected: if it refuses.
        StoreFault: if the disk refuses.
    """
    key = _own_key(store, event_id, entropy)
    known, is_doubtful = store.till.get_terms(event_id), store.till.wants_new_key(event_id)
    if is_doubtful and known is not None and known.public_key in {"", key.public_key.hex()}:
        key = _draw(store.disk, event_id, entropy)
    terms = await _ask(server, event_id, key)
    if terms.is_over:
        key = _draw(store.disk, event_id, entropy)
        terms = await _ask(server, event_id, key)
    terms = msgspec.structs.replace(terms, public_key=key.public_key.hex())
    document = decode_document(terms.grant) if terms.grant else None
    grant = None if document is None else grants.open(document, event_id)
    with store.transaction("till_terms"):
        store.till.put_terms(event_id, terms)
        if is_doubtful:
            store.till.doubt_key(event_id, is_doubtful=False)
        if document is not None and grant is not None:
            grants.put(document, grant)
    return terms


async def _ask(server: SyncServer, event_id: EventId, key: SigningKey) -> TillKeyAnswer:
    proof = key.sign(TILL_KEY_CONTEXT, event_id.encode() + key.public_key)
    request = TillKeyRequest(event_id, key.public_key.hex(), proof.hex())
    return await server.request_till_key(request)


def _own_key(store: Store, event_id: EventId, entropy: Entropy) -> SigningKey:
    """Read the till's key for an event, or draw one; also where its file is damaged."""
    name = key_name(event_id)
    if store.disk.read(name) is not None:
        try:
            return load_key(store.disk, name)
        except StoreFault:
            return _draw(store.disk, event_id, entropy)
    terms = store.till.get_terms(event_id)
    if terms is None or terms.public_key or store.disk.read(TILL_KEY_NAME) is None:
        return _draw(store.disk, event_id, entropy)
    key = load_key(store.disk, TILL_KEY_NAME)
    save_key(store.disk, name, key)
    return key


def _draw(disk: Disk, event_id: EventId, entropy: Entropy) -> SigningKey:
    key = SigningKey.generate(entropy)
    save_key(disk, key_name(event_id), key)
    return key
