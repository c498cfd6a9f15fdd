"""Where a device stands: which event it serves, and at which of its gates.

The organizer assigns both and the server says so with each exchange; what is not fixed there
staff choose at the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gatekeeper.gate.answer import PRACTICE
from gatekeeper.gate.doors_notice import DoorsNotice, notice_of
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import Profile, save_profile
from shared.admission.pace import PaceLimit
from shared.credential.keyring import REHEARSAL_EVENT
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId
from shared.kernel.instant import Instant
from shared.kernel.trouble import TroubleKind
from shared.manifest.device_places import may_stand_at
from shared.manifest.event_config import GateConfig
from shared.wire.exchange import PLACES_KEPT_MAX, Assigned, KnownPlace


class Place:
    """One device's event and gate.

    Attributes:
        profile: Who the device is, as it is on the disk.
    """

    def __init__(
        self, profile: Profile, disk: Disk, knowledge: Knowledge, lane: Lane, asked: str | None
    ) -> None:
        """Stand where the profile says.

        Args:
            profile: As it was read.
            disk: Where it is kept.
            knowledge: Of the event that is served.
            lane: Whose gate is set.
            asked: A gate's name or id that a person asked for, or None.
        """
        self.profile = profile
        self._disk, self._knowledge, self._lane = disk, knowledge, lane
        self._asked = asked
        self._is_due = False  # it was assigned to another gate, and has not turned to it yet
        lane.pace.limit = PaceLimit(profile.admissions_per_minute)

    @property
    def kind(self) -> str:
        """What the device is there for: as its profile says, or practice in a world of its own."""
        is_practice = self.profile.event_id == REHEARSAL_EVENT
        return PRACTICE if is_practice else self.profile.kind

    def serve(self, event_id: EventId) -> None:
        """Turn to another event, now and after the next start.

        Raises:
            StoreFault: if the disk refuses.
        """
        if event_id == self.profile.event_id:
            return
        self._keep(event_id=event_id, gate_id=None, fixed_gate_id=None)
        self._knowledge.serve(event_id)
        self.settle()

    def take(self, assigned: Assigned) -> bool:
        """Stand where the organizer has assigned this device to, from the next scan on.

        Returns:
            Whether that is at another event than before.

        Raises:
            StoreFault: if the disk refuses.
        """
        event_id, fixed = assigned.event_id or self.profile.event_id, assigned.gate_id or None
        is_other = event_id != self.profile.event_id
        self._take_pace(assigned.admissions_per_minute)
        self._take_code(assigned)
        was, known = self.profile.fixed_gate_id, self.profile.place_revision
        # Sent away and back meanwhile it is assigned to the same gate: the number alone tells it.
        is_anew = known is not None and assigned.revision not in {None, known}
        if not is_other and fixed == was and assigned.revision == known:
            return False
        is_elsewhere = was is not None and fixed != was
        is_moved = is_other or (fixed is not None and (is_elsewhere or is_anew))
        gate_id = fixed if is_moved else self.profile.gate_id
        self._keep(
            event_id=event_id,
            gate_id=gate_id,
            fixed_gate_id=fixed,
            place_revision=assigned.revision,
        )
        if is_moved:
            self._asked = None  # the organizer's word is newer than what was asked at the start
            self._is_due = True
        if is_other and event_id is not None:
            self._knowledge.serve(event_id)
        return is_other

    def _take_pace(self, per_minute: int) -> None:
        if self.profile.takes_given_times:
            return  # where the times are a caller's, pace says nothing
        if per_minute != self.profile.admissions_per_minute:
            self._keep(admissions_per_minute=per_minute)
            self._lane.pace.limit = PaceLimit(per_minute)

    def _take_code(self, assigned: Assigned) -> None:
        """Keep what proves to a ledger that was put back that this device stood there."""
        place, known = KnownPlace(assigned.event_id, assigned.gate_id, assigned.code), self.profile
        if place.code and place not in known.places:
            self._keep(places=(*known.places, place)[-PLACES_KEPT_MAX:])

    def choose(self, gate_id: GateId) -> None:
        """Keep the gate that a person has chosen, for the next start.

        Raises:
            StoreFault: if the disk refuses.
        """
        if gate_id != self.profile.gate_id:
            self._keep(gate_id=gate_id)

    def move_server(self, url: str) -> None:
        """Keep where the server is now.

        Raises:
            StoreFault: if the disk refuses.
        """
        self._keep(server_url=url)

    def settle(self) -> None:
        """Find the gate, as soon as the event is known and until it is found.

        Raises:
            BadInput: if the gate that was asked for does not exist, or is not open to this device.
        """
        event, setting = self._knowledge.event, self._lane.setting
        if event is None:
            return
        gates, fixed = event.index.gates, self.profile.fixed_gate_id
        own = self.profile.gate_id
        if self._is_due and own in gates and may_stand_at(gates, fixed, own):
            # Within its zone it may stay where it stands, and shall turn all the same.
            self._is_due = False
            self._lane.setting = msgspec.structs.replace(setting, gate_id=own)
            return
        if setting.gate_id in gates and may_stand_at(gates, fixed, setting.gate_id):
            return
        # Where it may not stand it lets nobody in while that is being said.
        self._lane.setting = msgspec.structs.replace(setting, gate_id=None)
        chosen = choose_gate(gates, self._asked, self.profile.gate_id, fixed)
        self._lane.setting = msgspec.structs.replace(setting, gate_id=chosen)

    def gate_id(self) -> str:
        """Return at which gate the lane stands, or "" while that is not known."""
        return self._lane.setting.gate_id or ""

    def gates(self) -> Sequence[GateConfig]:
        """Return the event's gates at which this device may stand; none before a manifest."""
        event = self._knowledge.event
        if event is None:
            return ()
        return gates_open_to(event.index.gates, self.profile.fixed_gate_id)

    def name_of(self, gate_id: GateId) -> str:
        """Return the name of any of the event's gates, or ""."""
        event = self._knowledge.event
        gate = None if event is None else event.index.gates.get(gate_id)
        return "" if gate is None else gate.name

    def doors(self, now: Instant) -> DoorsNotice | None:
        """Tell that the doors of the gate's date are closed."""
        event, gate = self._knowledge.event, self._lane.gate()
        if event is None or gate is None:
            return None
        return notice_of(event.index, gate, self.profile.kind, now)

    def _keep(self, **changed: str | int | tuple[KnownPlace, ...] | None) -> None:
        self.profile = msgspec.structs.replace(self.profile, **changed)
        save_profile(self._disk, self.profile)


def gates_open_to(gates: Mapping[GateId, GateConfig], fixed: GateId | None) -> list[GateConfig]:
    """List the gates at which a device may stand, in the event's order; see `may_stand_at`."""
    return [gate for gate in gates.values() if may_stand_at(gates, fixed, gate.id)]


def choose_gate(
    gates: Mapping[GateId, GateConfig], asked: str | None, own: str | None, fixed: GateId | None
) -> str | None:
    """Return the id of the gate to stand at.

    Args:
        gates: The event's, by id.
        asked: What a person named, an id or a name in any case; or None.
        own: The gate that was chosen before, or given at enrolment; or None.
        fixed: The gate to which the organizer has assigned the device, or None.

    Returns:
        The id; None where nobody has said which of several gates it is.

    Raises:
        BadInput: if the event has no gate that is called so, or several; or if another zone lies
            behind it than the organizer has assigned the device to.
    """
    open_to = [gate.id for gate in gates_open_to(gates, fixed)]
    if asked is None:
        for wanted in (own, fixed):
            if wanted in open_to:
                return wanted
        return open_to[0] if len(open_to) == 1 else None
    called = asked.strip().casefold()
    found = [one for one in gates if one == asked.strip()] or [
        gate.id for gate in gates.values() if gate.name.casefold() == called
    ]
    allowed = [one for one in found if one in open_to]
    if len(allowed) == 1:
        return allowed[0]
    names = ", ".join(f"{gates[one].name} ({one})" for one in open_to) or "none"
    if allowed:
        message = f"several gates are called {asked!r}; use the id: {names}"
    elif found:
        message = (
            f"this device is not assigned to the zone of {asked!r}; the organizer can assign it"
            f" there. It may work at: {names}"
        )
    else:
        message = f"the event has no gate {asked!r}; it has: {names}"
    raise BadInput(message, kind=TroubleKind.NO_SUCH_GATE)
