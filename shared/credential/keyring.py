"""The keys that a verifier trusts for tickets, each with the scope within which it may speak.

The key id in a credential only names candidates; the signature decides. A valid signature outside
its key's scope is refused all the same (`docs/specs/credential.md`, section 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

from shared.credential.credential_fields import Claims
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, TicketId
from shared.kernel.ids import TICKET_ID_BITS
from shared.kernel.instant import Instant
from shared.kernel.packing import pack

OFFICE_GENERATION: Final = 1
"""Of the first credential of a ticket that the server issues; those that tills mint begin at 0."""
NAME_DIGITS: Final = 16
"""Hex digits of SHA-256 that name a keyring to people who compare two."""


class KeyStatus(StrEnum):
    """Whether a key's signature alone is enough.

    `active`: yes, within its scope. `compromised`: no; only tickets that the manifest lists, at
    their listed generation, still pass. The keys of a revoked till are compromised.
    """

    ACTIVE = "active"
    COMPROMISED = "compromised"


class IdRange(msgspec.Struct, frozen=True, array_like=True):
    """All ticket ids whose top `bits` bits are `prefix`; `bits` 0 is every id."""

    prefix: int = 0
    bits: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no range; msgspec turns this into a ValidationError when decoding."""
        if not (0 <= self.bits <= TICKET_ID_BITS and 0 <= self.prefix < 1 << self.bits):
            raise ValueError(f"not a range of ticket ids: {self.prefix} in {self.bits} bits")

    def contains(self, ticket_id: TicketId) -> bool:
        """Tell whether the id lies in the range."""
        return ticket_id >> (TICKET_ID_BITS - self.bits) == self.prefix

    def place_of(self, ticket_id: TicketId) -> int:
        """Return an id's place in its range, counted from 0."""
        return ticket_id & ((1 << (TICKET_ID_BITS - self.bits)) - 1)

    def id_at(self, number: int) -> int:
        """Return the id with the given low bits; the number's excess bits are dropped."""
        free_bits = TICKET_ID_BITS - self.bits
        return self.prefix << free_bits | number & ((1 << free_bits) - 1)


class HomeRange(msgspec.Struct, frozen=True, array_like=True):
    """Names the home device of every id in a range, and the assignment that gave it that one."""

    ids: IdRange
    device_id: DeviceId
    number: int = 0


REHEARSAL_EVENT: Final = EventId("ev_rehearsal")
"""The event that practice tickets are for; every device has its own, for minutes."""


class TicketKey(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One key that may sign tickets, and what it may say.

    Attributes:
        key_id: The hint that credentials carry; see `shared/credential/key_ids.py`.
        public_key: 32 bytes, Ed25519.
        organization_id: Whose tickets.
        event_id: Which event's tickets.
        event_name: Shown when a ticket of another event is presented.
        status: See `KeyStatus`.
        admits_from: First instant at which a ticket under this key admits, or None.
        admits_until: Last such instant, or None.
        ids: The ids that it may sign.
        ticket_type_codes: The types that it may sign, or None for all of the event.
        generation_max: The highest generation that it may sign.
        homes: Home devices of ids that no manifest lists (walk-ups sold offline).
        issuer_device_id: The till that holds the private half, or None for the server.
        is_rehearsal: Its tickets are for practice: denied aloud outside rehearsal.
        id_limit: How many ids of the range, counted from its first, a till was granted so far; of
            a key with homes, how many of each home's part. None for no bound.
        is_retired: Another key took its place: what it signed is good, and it signs no more.
        is_listed_only: It signs tickets that are not paid yet: its signature alone proves nothing.
    """

    key_id: int
    public_key: bytes
    organization_id: OrganizationId
    event_id: EventId
    event_name: str = ""
    status: KeyStatus = KeyStatus.ACTIVE
    admits_from: Instant | None = None
    admits_until: Instant | None = None
    ids: IdRange = IdRange()
    ticket_type_codes: tuple[int, ...] | None = None
    generation_max: int = GENERATION_MAX
    homes: tuple[HomeRange, ...] = ()
    issuer_device_id: DeviceId | None = None
    is_rehearsal: bool = False
    id_limit: int | None = None
    is_retired: bool = False
    is_listed_only: bool = False

    def covers(self, claims: Claims) -> bool:
        """Tell whether the key may say this: id, ticket type and generation in scope."""
        codes = self.ticket_type_codes
        return (
            self.ids.contains(claims.ticket_id)
            and (codes is None or claims.ticket_type_code in codes)
            and claims.generation <= self.generation_max
        )

    @property
    def is_tills(self) -> bool:
        """Whether a till holds the private half."""
        return self.issuer_device_id is not None

    @property
    def needs_list(self) -> bool:
        """Whether only listed tickets pass, at their listed generation."""
        return self.is_listed_only or self.status is KeyStatus.COMPROMISED

    def vouches_for(self, claims: Claims) -> bool:
        """Tell whether the signature alone lets a ticket in that no manifest lists.

        A till mints first generations only, of as many ids as it was granted.
        """
        if self.needs_list:
            return False
        return not self.is_tills or (claims.generation == 0 and self._is_granted(claims.ticket_id))

    def _is_granted(self, ticket_id: TicketId) -> bool:
        if self.id_limit is None:
            return True
        home = self.home_range_of(ticket_id)
        part = self.ids if home is None else home.ids
        return part.place_of(ticket_id) < self.id_limit

    def home_of(self, ticket_id: TicketId) -> DeviceId | None:
        """Return the home device of an id that no manifest lists, if the key names one."""
        home = self.home_range_of(ticket_id)
        return None if home is None else home.device_id

    def home_range_of(self, ticket_id: TicketId) -> HomeRange | None:
        """Return the range of an id that no manifest lists, if it has a home."""
        return next((home for home in self.homes if home.ids.contains(ticket_id)), None)


class Keyring:
    """Ticket keys by key id; several keys may share an id."""

    def __init__(self, keys: Iterable[TicketKey] = ()) -> None:
        """Index the keys."""
        self._by_id: dict[int, tuple[TicketKey, ...]] = {}
        for key in keys:
            self._by_id[key.key_id] = (*self._by_id.get(key.key_id, ()), key)

    def home_of(self, ticket_id: TicketId) -> DeviceId | None:
        """Return the home device of an id that no manifest lists, if a key names one."""
        homes = (key.home_of(ticket_id) for keys in self._by_id.values() for key in keys)
        return next((home for home in homes if home is not None), None)

    def is_minted_by(self, ticket_id: TicketId, device_id: DeviceId, event_id: EventId) -> bool:
        """Tell whether a till's own key may have minted a ticket of an event."""
        return any(key.ids.contains(ticket_id) for key in self._of_till(device_id, event_id))

    def is_till(self, device_id: DeviceId, event_id: EventId) -> bool:
        """Tell whether a device has a key of its own that sells at an event."""
        return any(True for _ in self._of_till(device_id, event_id))

    def _of_till(self, device_id: DeviceId, event_id: EventId) -> Iterator[TicketKey]:
        for keys in self._by_id.values():
            for key in keys:
                is_its = (key.issuer_device_id, key.event_id) == (device_id, event_id)
                if is_its and key.status is not KeyStatus.COMPROMISED:
                    yield key

    def till_of(self, ticket_id: TicketId, event_id: EventId) -> DeviceId | None:
        """Return the till out of whose range an id is, whatever became of its key since."""
        holders = (
            key.issuer_device_id
            for keys in self._by_id.values()
            for key in keys
            if key.event_id == event_id and key.ids.contains(ticket_id)
        )
        return next((one for one in holders if one is not None), None)

    def first_generation(self, ticket_id: TicketId, event_id: EventId) -> int:
        """Return the generation of a ticket's first credential: a higher one replaced it."""
        return OFFICE_GENERATION if self.till_of(ticket_id, event_id) is None else 0

    def speaker_for(self, key_id: int, ticket_id: TicketId, event_id: EventId) -> TicketKey | None:
        """Return the key under which a verified credential was signed, as far as its id tells.

        Where events that were far apart share a key id, the event's own key is meant.
        """
        found = [key for key in self.named(key_id) if key.ids.contains(ticket_id)]
        own = (key for key in found if key.event_id == event_id)
        return next(own, found[0] if found else None)

    def every(self) -> tuple[TicketKey, ...]:
        """Return all keys, in order of id."""
        return tuple(key for _, keys in sorted(self._by_id.items()) for key in keys)

    def name_for(self, event_id: EventId) -> str:
        """Name what is trusted for one event: the same wherever the same keys are known."""
        own = tuple(key for key in self.every() if key.event_id == event_id)
        return sha256(pack(own)).hex()[:NAME_DIGITS]

    def named(self, key_id: int) -> tuple[TicketKey, ...]:
        """Return every key that a key id names, perhaps none."""
        return self._by_id.get(key_id, ())
