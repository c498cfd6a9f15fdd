"""Practice on keys of its own: a till, or a gate, in a world beside the live one.

The world is made anew each time from what the device knows of its event, in a folder of its own: a
practice event with the same types and prices, under a root key and a ticket key that every device
of the event derives alike. They are no secret and need not be one: no gate in service believes
them. Numbers, receipts, drawer and journal are the folder's, and there is no server in that world,
so that nothing of it can reach the ledger.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from gatekeeper.boxoffice.till_ticket_keys import key_name
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.clock import resume_clock
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge, Trust
from gatekeeper.gate.recorder import Recorder
from gatekeeper.rehearsal.no_server import NoServer, OwnManifest
from gatekeeper.rehearsal.playing import LAST_CALL, refuse_at_doors
from gatekeeper.rehearsal.practice_event_and_keys import KEY_ID, practice_config, sign_manifest
from gatekeeper.store.disk_faults import explained
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from gatekeeper.store.store import JournalAuthor, KeptClock, Store
from gatekeeper.sync.manifests import ManifestInstaller
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.this_machine import System
from shared.credential.keyring import REHEARSAL_EVENT, TicketKey
from shared.kernel.ed25519 import SigningKey, sha256
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import EventConfig
from shared.manifest.times_of_dates import taking_place
from shared.sales.cashiers import CashierConfig
from shared.sales.price_check import prices_of
from shared.wire.till_key import AllotmentGrant, TillKeyAnswer

PRACTICE_TICKETS: Final = 1_000
"""Tickets of each type that a till may sell in one practice."""

FOLDER: Final = "practice"
KIND: Final = "rehearsal"
"""Of the profile: its papers are marked, and callers may say what time it is."""
_ID_BITS: Final = 32
_MANUAL_BITS: Final = 16


class PracticeWorld(NamedTuple):
    """Where to practise.

    Attributes:
        folder: A profile's, as a program opens it.
        system: This machine without a server.
    """

    folder: Path
    system: System


class _Live(NamedTuple):
    now: Instant
    clock: KeptClock
    profile: Profile
    event: EventKnowledge
    keys: tuple[TicketKey, ...]
    cashiers: tuple[CashierConfig, ...]
    printer: bytes | None


async def make_practice(folder: Path, system: System) -> PracticeWorld:
    """Make a fresh world to practise in, beside a device's profile.

    Args:
        folder: The live profile's; it is only read.
        system: This machine.

    Raises:
        BadInput: if the device knows no event yet, doors are open or about to open, or its clock
            is known to be slow.
        StoreFault: if the disk refuses, or the live program has the folder open.
    """
    live = await _read_live(folder, system)
    place = folder / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    with explained(str(place)):
        place.mkdir(0o700)
    await _furnish(place, system, live)
    return PracticeWorld(place, msgspec.structs.replace(system, connect=_connect_nobody))


async def _read_live(folder: Path, system: System) -> _Live:
    session = await GateSession.open(folder, system=system, starts_boot=False)
    try:
        event = session.knowledge.event
        if event is None:
            message = "this device has no event yet; sync once, then practise"
            raise BadInput(message, kind=TroubleKind.NO_DATA)
        now = session.now()
        refuse_at_doors(event.config, now, is_clock_trusted=session.is_clock_trusted)
        return _Live(
            now,
            session.store.read_clock(),
            session.profile,
            event,
            tuple(event.header.keyring),
            session.staff.cashiers,
            session.store.prints.read_setup(),
        )
    finally:
        await session.close()


async def _furnish(place: Path, system: System, live: _Live) -> None:
    """Write profile, keys, manifest, cashiers and stock of the world."""
    now, profile, config = live.now, live.profile, live.event.config
    root, ticket_key = _derive(profile, config, "root"), _derive(profile, config, "tickets")
    ends_at = _end(config, now)
    practice = _config_of(config, ends_at)
    disk = system.open_disk(place)
    own_key = SigningKey.generate(system.entropy)
    save_key(disk, DEVICE_KEY_NAME, own_key)
    save_profile(
        disk,
        msgspec.structs.replace(
            profile,
            server_url="http://127.0.0.1:9",
            token="",
            kind=KIND,
            root_public_key=root.public_key.hex(),
            event_id=REHEARSAL_EVENT,
            authority_pem=None,
        ),
    )
    own = TicketKey(
        key_id=KEY_ID,
        public_key=ticket_key.public_key,
        organization_id=config.organization_id,
        event_id=REHEARSAL_EVENT,
        event_name=practice.name,
        admits_until=ends_at,
        is_rehearsal=True,
    )
    document, chunks = sign_manifest(practice, (own, *live.keys), {}, root, system.entropy, now)
    store = Store(disk, JournalAuthor(profile.device_id, own_key, system.entropy))
    try:
        clock = live.clock
        if clock.offset is not None and clock.wall_base is not None:
            with store.transaction("practice_clock"):
                store.write_clock(clock.offset, clock.wall_base, clock.boot, clock.error)
        knowledge = Knowledge(
            store, Trust(root.public_key, config.organization_id), REHEARSAL_EVENT
        )
        try:
            source = OwnManifest(document, chunks)
            recorder = Recorder(store, knowledge, resume_clock(system.clock, store, system.boot))
            await ManifestInstaller(store, recorder, source, system.run_blocking).install_newest(
                REHEARSAL_EVENT
            )
        finally:
            knowledge.close()
        if profile.is_till:
            save_key(disk, key_name(REHEARSAL_EVENT), ticket_key)
            with store.transaction("practice"):
                store.cashiers.put(live.cashiers)
                if live.printer is not None:
                    # Its paper is practised with; its card terminal is not: that takes money.
                    store.prints.write_setup(live.printer)
                store.till.put_terms(REHEARSAL_EVENT, _terms(practice, ticket_key, system.entropy))
    finally:
        store.close()


def _derive(profile: Profile, config: EventConfig, purpose: str) -> SigningKey:
    """Derive a key that every device of an event comes to alike; anybody could."""
    said = f"gatekeeper/practice/1/{purpose}/{profile.root_public_key}/{config.event_id}"
    return SigningKey(sha256(said.encode()))


def _end(config: EventConfig, now: Instant) -> Instant | None:
    """Return when practice ends by itself: before the next doors; None without any."""
    opens = [one.doors_at or one.starts_at for one in taking_place(config.occurrences)]
    later = [one for one in opens if one > now]
    return min(later) - LAST_CALL if later else None


def _config_of(live: EventConfig, ends_at: Instant | None) -> EventConfig:
    """Return the practice event: that of a rehearsal, with what tills sell and who may allow."""
    plan = prices_of(live)
    prices = msgspec.structs.replace(
        plan,
        types=tuple(
            msgspec.structs.replace(one, sales_from=None, sales_until=ends_at)
            for one in plan.types
        ),
    )
    return msgspec.structs.replace(
        practice_config(live),
        ticket_types=tuple(
            msgspec.structs.replace(one, occurrence_id=None, offline_policy=None)
            for one in live.ticket_types
        ),
        supervisors=live.supervisors,
        prices=prices,
    )


def _terms(config: EventConfig, key: SigningKey, entropy: Entropy) -> TillKeyAnswer:
    """Return what a till may sell: much of each type, out of ids that no other till draws."""
    drawn = int.from_bytes(entropy.random_bytes(_ID_BITS // 8), "big")
    return TillKeyAnswer(
        key_id=KEY_ID,
        id_prefix=drawn,
        id_prefix_bits=_ID_BITS,
        manual_prefix=drawn >> (_ID_BITS - _MANUAL_BITS),
        manual_prefix_bits=_MANUAL_BITS,
        allotments=tuple(
            AllotmentGrant(one.code, PRACTICE_TICKETS)
            for one in config.ticket_types
            if one.price_minor is not None
        ),
        public_key=key.public_key.hex(),
    )


def _connect_nobody(_profile: Profile, _channel: DeviceChannel) -> SyncServer:
    """Give the server of a world that has none."""
    return NoServer()
