"""An open gate with people at it: badges and PINs, names, practice, and how the machine is."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cached_property
from typing import Final, TypeVar

from msgspec.structs import replace

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import (
    DutyChange,
    GroupOutlook,
    LaneStatus,
    SameTicket,
    ScanAnswer,
    StrangeBadge,
)
from gatekeeper.gate.ends_of_printed_codes import PrintedCodes, type_of_ticket
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.past_answers import read_scans
from gatekeeper.gate.requests import Override, Scan, ScanOutcome
from gatekeeper.gate.steward_duty import StewardDuty
from gatekeeper.low_disk_and_battery import DISK_LOW_BYTES
from gatekeeper.rehearsal.judging_readiness import Played, Replay
from gatekeeper.rehearsal.playing import OnProgress, RehearsalStage, play, refuse_at_doors
from gatekeeper.rehearsal.recording import ENTRIES_READ, Recording, find_recording
from gatekeeper.store.disk_faults import explained
from gatekeeper.supervisor.pin_tries import PinLimits, TryLimit, decode_limits, encode_limits
from gatekeeper.supervisor.shown_to_supervisors import (
    ConflictUse,
    ConflictView,
    FoundHolder,
    InsideList,
    MachineFacts,
)
from gatekeeper.supervisor.unlocking_and_locking_again import (
    Badge,
    PinLock,
    UnlockAnswer,
    find_badge,
)
from shared.credential.badges_and_pins import hash_badge, is_badge, is_cashiers
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import GateId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import SECOND
from shared.kernel.same_fields import made_of
from shared.kernel.trouble import TroubleKind
from shared.wire.feed import ConflictNotice

LIMITS_NAME: Final = "supervisor.json"
REHEARSAL_FOLDER: Final = "rehearsal"


Named = TypeVar("Named", ScanAnswer, GroupOutlook)
"""What may say who holds a ticket."""


class AttendedGate(GateSession):
    """What the window asks of the gate; `person` is a supervisor's opaque id.

    All of it is called in the engine's thread.
    """

    # ---- scans

    async def attend(self, request: Scan) -> ScanOutcome:
        """Decide on a scan, or ask how many where a code stands for several.

        Raises:
            StoreFault: if the answer cannot be recorded; nobody was admitted.
        """
        request = self._as_meant(request)
        if not request.is_manual and (badge := self.find_badge(request.text)) is not None:
            return badge
        if not request.is_manual and (heard := self.hear_address(request.text)) is not None:
            return heard
        if not request.is_manual and (change := self._change_duty(request.text)) is not None:
            return change
        if is_badge(request.text):
            return StrangeBadge(is_cashiers=is_cashiers(request.text))
        if self.is_met_again(request):
            return SameTicket()
        if request.count is None:
            self.settle_gate()
            outlook = self.supervision.outlook(request)
            if outlook is not None:
                return self._named(outlook, request.text)
        return self._named(await self.scan(request), request.text)

    def _as_meant(self, request: Scan) -> Scan:
        """Take the first reading of a scanner's keys that is known here; as typed, if none is."""
        if not request.other_texts or self._knows(request.text):
            return request
        known = next(filter(self._knows, request.other_texts), None)
        return request if known is None else replace(request, code=known)

    def _knows(self, text: str) -> bool:
        event = self.supervision.event()
        if event is None:
            return False
        badges = {one.badge_hash for one in self.supervision.supervisors()}
        badges |= {one.badge_hash for one in event.config.stewards}
        return hash_badge(text, self.profile.organization_id) in badges or event.knows(text)

    # ---- a steward on duty

    def _change_duty(self, text: str) -> DutyChange | None:
        """Begin or end a steward's shift by their badge; who is on duty stands in the journal."""
        change = self._stewards.take(text)
        if change is not None:
            topic = "duty_begun" if change.is_on else "duty_ended"
            self.supervision.do(NoteBody(topic, "", change.person))
        return change

    def end_duty(self) -> None:
        """Let the names be sealed again: the gate is locked, or nobody is there."""
        steward = self._stewards.steward
        self._stewards.end()
        if steward is not None:
            self.supervision.do(NoteBody("duty_ended", "", steward.id))

    def status(self) -> LaneStatus:
        """Say in what condition gate and disk are, and who is on duty.

        Raises:
            StoreFault: if the store cannot be read.
        """
        steward, free = self._stewards.steward, self._free_bytes()
        is_low = free is not None and free < DISK_LOW_BYTES
        status, event = replace(super().status(), is_disk_low=is_low), self.supervision.event()
        if steward is None:
            return status
        may_search = event is not None and event.config.stewards_may_search
        return replace(status, steward=steward.name, searcher=steward.id if may_search else "")

    def _named(self, outcome: Named, text: str) -> Named:
        """Name the ticket, and to a steward on duty who holds it; what is kept says neither."""
        if outcome.ticket_id is None:
            return outcome
        holder = self._stewards.find(parse_ticket_id(outcome.ticket_id))
        named = replace(outcome, printed=self._printed_on(outcome.ticket_id, text))
        return named if holder is None else replace(named, holder=holder.name, order=holder.order)

    def override(self, request: Override) -> ScanAnswer:
        """Let holders pass on a supervisor's word; see `Supervision.override`.

        Raises:
            BadInput: if nobody may admit on this code.
            StoreFault: if it could not be made durable.
        """
        return self._named(self.supervision.override(request), "")

    def _printed_on(self, ticket_id: str, text: str = "") -> str:
        return self._printed.tail(self.supervision.event(), parse_ticket_id(ticket_id), text)

    def recent(self, count: int) -> list[ScanAnswer]:
        """Return the latest answers, newest first, those of earlier runs included.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        return [self._told_again(one) for one in super().recent(count)]

    def undoable(self, count: int) -> list[ScanAnswer]:
        """Return which of the latest answers are to claims under which somebody has passed.

        Those that were taken back are not among them.

        Raises:
            StoreFault: if journal or uses cannot be read.
        """
        found = ((one, self.store.uses.find(one.claim_id)) for one in self.recent(count))
        return [one for one, use in found if use is not None and not use.annulled]

    def _told_again(self, answer: ScanAnswer) -> ScanAnswer:
        """Say what an entry does not: the code's end, the ticket's type, what was taken back."""
        if answer.ticket_id is None:
            return answer
        event, ticket_id = self.supervision.event(), parse_ticket_id(answer.ticket_id)
        kind = answer.ticket_type or type_of_ticket(event, ticket_id)
        use = self.store.uses.find(answer.claim_id)
        return replace(
            answer,
            printed=self._printed_on(answer.ticket_id),
            ticket_type=kind,
            is_taken_back=use is not None and use.annulled,
        )

    @cached_property
    def _printed(self) -> PrintedCodes:
        return PrintedCodes()

    @cached_property
    def _stewards(self) -> StewardDuty:
        return StewardDuty(self.store, self._knowledge, self._system.clock.monotonic)

    # ---- unlocking

    def find_badge(self, text: str) -> Badge | None:
        """Return whose badge a code is, or None."""
        supervisors = self.supervision.supervisors()
        badge = find_badge(text, supervisors, self.profile.organization_id)
        if badge is not None:
            self.names.take_badge(badge.person, text)
        return badge

    async def unlock(self, badge: Badge, pin: str) -> UnlockAnswer:
        """Try a PIN; what came of it stands in the journal.

        Raises:
            StoreFault: if the try cannot be counted.
        """
        if self.badge.is_shown and not self.is_badge_good():
            return UnlockAnswer(is_right=False, is_withdrawn=True)
        answer = await self._pin_lock.unlock(
            badge.person,
            pin,
            self.supervision.supervisors(),
            self._system.clock.monotonic(),
            self.badge.open_pin,
        )
        if answer.is_right:
            self.supervision.do(NoteBody("unlocked", "", badge.person))
        elif answer.wait and answer.tries_left:
            paused = NoteBody("pin_paused", f"{answer.wait // SECOND} s", badge.person)
            self.supervision.do(paused)
        return answer

    def is_badge_good(self) -> bool:
        """Tell whether the badge of whoever is at work was not withdrawn meanwhile."""
        return self.badge.is_good(self.supervision.supervisors())

    @cached_property
    def _pin_lock(self) -> PinLock:
        return PinLock(self._read_limits(), self._keep_limits, self._system.run_blocking)

    def _read_limits(self) -> PinLimits:
        now = self._system.clock.monotonic()
        try:
            kept = decode_limits(self.store.disk.read(LIMITS_NAME))
        except BadInput:
            # Somebody had a hand in it: as after five wrong ones.
            kept = PinLimits(TryLimit(0, 1).paused(now))
        return kept.resumed(self._system.boot, now)

    def _keep_limits(self, limits: PinLimits) -> None:
        self.store.disk.write(LIMITS_NAME, encode_limits(limits))

    # ---- what a supervisor looks at

    def list_inside(self, person: str) -> InsideList:
        """List who entered the zone and was not seen leaving; who asked is on record.

        Raises:
            BadInput: if the gate has no data yet.
            StoreFault: if it cannot be recorded.
        """
        found = self.evacuation.list_inside()
        self.supervision.do(NoteBody("inside_list", str(len(found.tickets)), person))
        tickets = [replace(one, printed=self._printed_on(one.ticket_id)) for one in found.tickets]
        return replace(found, tickets=tuple(tickets))

    def search_names(self, text: str, person: str) -> Sequence[FoundHolder]:
        """Find holders by name; whose tickets were shown is on record, the name is not.

        Args:
            text: As typed.
            person: The supervisor whose badge opens the names, or the steward on duty.

        Raises:
            BadInput: if there are no names, or the badge opens none.
            StoreFault: if it cannot be recorded.
        """
        found = [
            replace(one, printed=self._printed_on(one.ticket_id))
            for one in self._search(text, person)
        ]
        if found:
            shown = ",".join(one.ticket_id for one in found)
            self.supervision.do(NoteBody("name_search", shown, person))
        return found

    def _search(self, text: str, person: str) -> Sequence[FoundHolder]:
        if self.status().searcher == person and (seed := self._stewards.seed):
            return self.names.search(text, person, seed)
        return self.names.search(text, person)

    def forget_names(self) -> None:
        """Let the names be sealed again, and nothing be signed: nobody is at work any more."""
        self.names.forget()

    def conflicts(self) -> Sequence[ConflictView]:
        """Return the conflicts that nobody has settled."""
        return [self._view(notice) for notice in self.supervision.conflicts()]

    def _view(self, notice: ConflictNotice) -> ConflictView:
        sides = []
        for claim_id, gate_id in zip(notice.claim_ids, notice.gate_ids, strict=False):
            use = self.store.uses.find(claim_id)
            sides.append(
                ConflictUse(
                    gate=self.place.name_of(gate_id) or gate_id,
                    at=None if use is None else use.at,
                    is_here=use is not None and use.is_local,
                )
            )
        ticket_id = None if notice.ticket_id is None else format_ticket_id(notice.ticket_id)
        return ConflictView(
            conflict_id=notice.conflict_id,
            kind=notice.kind,
            ticket_id=ticket_id,
            printed="" if ticket_id is None else self._printed_on(ticket_id),
            sides=tuple(sides),
            is_ordered=notice.ordered,
        )

    def device_facts(self) -> MachineFacts:
        """Say in what condition the machine is."""
        status, event = self.status(), self.knowledge.event
        newer = 0 if event is None else self.store.changes.count(event.event_id)
        return made_of(
            MachineFacts,
            status,
            name=self.profile.name,
            server=self.profile.server_url,
            tickets=status.tickets or newer,
            entries=self.store.journal.last_seq,
            free_bytes=self._free_bytes(),
            clock_error=self.clock_error(),
            is_clock_trusted=self.is_clock_trusted,
            supervisors=len(self.supervision.supervisors()),
        )

    def _free_bytes(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None

    def keep_page(self, name: str, content: bytes) -> str:
        """Keep a page that was made for printing beside the profile; returns where it is.

        Raises:
            StoreFault: if the disk refuses.
        """
        self.store.disk.write(name, content)
        return str(self._folder / name)

    # ---- practice

    def find_recording(self) -> Recording | None:
        """Return the newest queue that this device's journal has recorded, or None.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        return find_recording(read_scans(self.store.journal, ENTRIES_READ))

    def prepare_rehearsal(self) -> Recording | None:
        """See that there may be a rehearsal now, and return what could be played, or None.

        Raises:
            BadInput: if doors are open, or the gate has no data yet.
            StoreFault: if the journal cannot be read.
        """
        self._rehearsed()
        return self.find_recording()

    def _rehearsed(self) -> tuple[EventKnowledge, GateId]:
        """Return which event and gate may be rehearsed now.

        Raises:
            BadInput: if doors are open, or the gate has no data yet.
        """
        event, gate_id = self.supervision.event(), self.lane.setting.gate_id
        if event is None or gate_id is None:
            raise BadInput("this gate has no data yet", kind=TroubleKind.NO_DATA)
        refuse_at_doors(event.config, self.now(), is_clock_trusted=self.is_clock_trusted)
        return event, gate_id

    async def rehearse(self, replay: Replay | None, on_progress: OnProgress) -> Played:
        """Play a practice queue through a lane on this device's disk; see `rehearsal.playing`.

        Args:
            replay: What was recorded, and how fast; None for a generated queue.
            on_progress: Told how many of how many are done; says whether to go on.

        Raises:
            BadInput: if doors are open, or the gate has no data yet.
            StoreFault: if the disk refuses.
        """
        event, gate_id = self._rehearsed()
        folder = self._folder / REHEARSAL_FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        with explained(str(folder)):
            folder.mkdir(0o700)
        system = self._system
        stage = RehearsalStage(
            disk=system.open_disk(folder),
            clock=system.clock,
            entropy=system.entropy,
            run_blocking=system.run_blocking,
            gate_id=gate_id,
        )
        try:
            return await play(
                event.config,
                event.header.keyring,
                stage,
                replay=replay,
                on_progress=on_progress,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
