"""From a bearer token to a device, at every request of a gate.

The look-up is kept for a moment in each worker (`DEVICE_REMEMBERED`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from sqlalchemy import update

from server.access_keys import hash_token
from server.db.hot_path_connections import Driver, Row
from server.db.hot_path_statements import statement
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.devices.assigning import choose_event
from server.devices.device_tokens import DEVICE_PREFIX, TOKEN_SIZE_MAX
from server.devices.finding_devices import SCANNER
from server.devices.models import Device
from server.problem_answers import Problem, not_found
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId
from shared.kernel.instant import SECOND, Duration

DEVICE_REMEMBERED: Final[Duration] = 2 * SECOND
"""How long a worker remembers whose a device's token is, where no notice says that the device was
changed: no hole, since what it would change is checked again inside the transaction that changes
it."""

CACHE_SIZE_MAX: Final = 20_000
UNKNOWN_SIZE_MAX: Final = 5_000
"""Tokens that nobody has: kept apart, so that inventing them pushes no device out."""


_COLUMNS: Final = (
    "id, organization_id, name, role, profile, public_key, event_id, gate_id,"
    " admissions_per_minute, place_revision, revoked_at IS NOT NULL"
)
"""In the order of `DeviceIdentity`."""
# Every request of a device that was silent for a moment asks this.
_FIND: Final = statement(f"SELECT {_COLUMNS} FROM device WHERE token_hash = $1")  # noqa: S608 - our own names
_FIND_BY_ID: Final = statement(
    f"SELECT {_COLUMNS} FROM device WHERE id = $1 AND organization_id = $2"  # noqa: S608 - as above
)


class DeviceIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A device as its requests need it; see `Device`."""

    id: DeviceId
    organization_id: OrganizationId
    name: str
    role: str
    profile: str
    public_key: bytes
    event_id: EventId | None
    gate_id: GateId | None
    admissions_per_minute: int
    place_revision: int
    is_revoked: bool


class KnownDevices:
    """Knows devices by their tokens; one for each worker.

    Attributes:
        listener: Whom to tell that a device was changed; set by the push hub.
    """

    def __init__(self, context: Context, driver: Driver) -> None:
        self._context = context
        self._driver = driver
        self._known: dict[str, tuple[Duration, DeviceIdentity]] = {}
        self._unknown: dict[str, Duration] = {}
        self._heard: set[str] = set()
        self.listener: Callable[[DeviceId], None] | None = None

    async def identify(self, authorization: str) -> DeviceIdentity:
        """Tell which device sends an `Authorization` header; it may be revoked.

        Raises:
            Problem: `unauthenticated`.
        """
        now = self._context.clock.monotonic()
        kept = self._known.get(authorization)
        if kept is not None and now - kept[0] < DEVICE_REMEMBERED:
            return kept[1]
        if now - self._unknown.get(authorization, -DEVICE_REMEMBERED) < DEVICE_REMEMBERED:
            raise _unknown()
        # Whose it was is asked in one message; a token that is new here, in three.
        org = SYSTEM if kept is None else kept[1].organization_id
        found = await self._find(org, token_of(authorization))
        if found is None:
            if len(self._unknown) >= UNKNOWN_SIZE_MAX:
                self._unknown.clear()
            self._unknown[authorization] = now
            raise _unknown()
        if len(self._known) >= CACHE_SIZE_MAX:
            self._known.clear()
        self._known[authorization] = (now, found)
        return found

    async def assigned(
        self, device: DeviceIdentity, event_id: EventId, gate_id: GateId | None = None
    ) -> DeviceIdentity:
        """Return a device as it is assigned when it asks for an event, its own or not.

        Where it is at another gate than it was remembered to be, it is looked up anew as well.

        A device that was enrolled for no event chooses one by its first word, and serves that one
        from then on; to any other the organizer moves it.

        Raises:
            Problem: `not-found` if it may choose, and the organization has no such event;
                `conflict` if the event is off.
        """
        is_elsewhere = bool(gate_id and device.gate_id and gate_id != device.gate_id)
        if device.event_id == event_id and not is_elsewhere:
            return device
        # Somebody may have assigned it since it was looked up: it is let in at once.
        now = await self.renewed(device)
        if now.event_id is None and not now.is_revoked and now.role != SCANNER:
            async with self._context.write(device.organization_id) as unit:
                await choose_event(unit, device.id, event_id)
            self.forget()
            now = await self.renewed(device)
        return now

    async def admitted(self, device: DeviceIdentity, event_id: EventId) -> DeviceIdentity:
        """Return a device as it is assigned now, if it serves an event.

        Raises:
            Problem: `not-found` if it does not, whether there is such an event or not.
        """
        now = await self.assigned(device, event_id)
        if now.event_id != event_id:
            raise not_found("event of this device; the organizer assigns it")
        return now

    async def renewed(self, device: DeviceIdentity) -> DeviceIdentity:
        """Look anew what a device is assigned to."""
        return await self.named(device.organization_id, device.id) or device

    def hear(self, device: DeviceIdentity) -> None:
        """Note that a device is in touch: what came was its own word, not just its token."""
        self._heard.add(device.id)

    async def note_contacts(self) -> None:
        """Write down which devices were heard of since the last time."""
        heard, self._heard = self._heard, set()
        if not heard:
            return
        now = self._context.clock.wall()
        async with self._context.database.write(org=SYSTEM) as session:
            await session.execute(
                update(Device)
                .where(Device.id.in_(heard))
                .values(last_seen_at=now)
                .execution_options(synchronize_session=False)
            )

    def note_changed(self, device_id: DeviceId) -> None:
        """Have a device read anew by every worker, and let it ask at once; after the commit."""
        self.forget()
        if self.listener is not None:
            self.listener(device_id)

    def forget(self) -> None:
        """Read every device anew."""
        self._known.clear()
        self._unknown.clear()

    async def _find(self, org: str, token: str) -> DeviceIdentity | None:
        if org != SYSTEM:
            return _identity(await self._driver.run_alone(org, _FIND, hash_token(token)))
        async with self._driver.read(SYSTEM) as transaction:
            return _identity(await transaction.fetch(_FIND, hash_token(token)))

    async def named(
        self, organization_id: OrganizationId, device_id: DeviceId
    ) -> DeviceIdentity | None:
        """Find a device of an organization by its id, for what others pass on of it.

        It is not heard of by that, and nothing is allowed to it: its signature must speak.
        """
        rows = await self._driver.run_alone(
            organization_id, _FIND_BY_ID, device_id, organization_id
        )
        return _identity(rows)


def _identity(rows: Sequence[Row]) -> DeviceIdentity | None:
    if not rows:
        return None
    fields = dict(zip(DeviceIdentity.__struct_fields__, rows[0], strict=True))
    return DeviceIdentity(**fields | {"is_revoked": bool(fields["is_revoked"])})


def _unknown() -> Problem:
    return Problem("unauthenticated", "This device’s token is not known, or not any more.")


def token_of(authorization: str) -> str:
    """Return the bearer token of an `Authorization` header.

    Raises:
        Problem: `unauthenticated` if it holds no device's token.
    """
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if (
        scheme.lower() != "bearer"
        or not token.startswith(DEVICE_PREFIX)
        or len(token) > TOKEN_SIZE_MAX
    ):
        raise Problem("unauthenticated", "Send the device's token: Authorization: Bearer gkd_…")
    return token
