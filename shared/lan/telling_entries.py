"""The journal's part of a `LanPeer`: telling of own entries, learning others', catching up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from shared.admission.pace import NO_LIMIT, PACE_DEFAULT
from shared.journal.chain import SignedEntry, decode_body, decode_entry, is_signed_by
from shared.journal.entry import Entry, ScanBody
from shared.journal.passage_proof import JudgePassage, PassageProof
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.lan.actions import Action, Change, FetchEntries, Forget, Keep, PeerAlarm, Save, Send
from shared.lan.claim_book import ClaimBook
from shared.lan.claims import ClaimKey, ClaimOutcome, Ref
from shared.lan.entries_of_peers import Ended, Marks, pack_news, read_ended
from shared.lan.ignored_messages import Ignored
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.own_identity import BODY_SIZE_MAX, OwnMessages
from shared.lan.presence import Budget, PeerState, Presence

BOOTS_MAX: Final = 1_000
VOLUME_MAX: Final = 256 << 20
"""So many boots of one device, and so many bytes of its entries in one run, are kept for it: far
more than a gate writes at an event, and too little to fill a disk."""


class OnProven(Protocol):
    """Hears that a device has said by its own entry how a claim of its ended."""

    def __call__(self, ref: Ref, now: Duration, *, is_passage: bool) -> None:
        """Take it."""


class News:
    """What this gate tells and learns of journals.

    Attributes:
        marks: Which entries it holds.
        dseq: The last number of its own journal in this boot.
    """

    def __init__(
        self,
        book: ClaimBook,
        presence: Presence,
        own_messages: OwnMessages,
        marks: Marks,
        settings: LanSettings,
        dropped: Counter[Ignored],
        on_proven: OnProven,
        judge: JudgePassage,
    ) -> None:
        self._book, self._presence, self._own_messages = book, presence, own_messages
        self._settings, self._dropped, self._on_proven = settings, dropped, on_proven
        self._judge = judge
        self._unproven: dict[tuple[str, PassageProof, int], Budget] = {}
        self.marks = marks
        self._volumes: Counter[str] = Counter()
        self.dseq = 0
        self._repeats: list[tuple[Duration, list[Send]]] = []
        self._sync_at: Duration = Duration(0)
        self._turn = 0
        self._holes: dict[tuple[DeviceId, bytes], tuple[Duration, int]] = {}
        self._held_since: dict[tuple[DeviceId, ClaimKey], Duration] = {}
        self._gone_since: dict[DeviceId, Duration] = {}

    def announce(self, entries: Sequence[SignedEntry], now: Duration) -> list[Action]:
        """Tell everybody of own entries; see `LanPeer.announce`."""
        actions: list[Action] = []
        for signed in entries:
            entry = decode_entry(signed.entry)
            self.marks.add(entry.device_id, entry.boot, entry.dseq)
            self.dseq = max(self.dseq, entry.dseq)
            ended = read_ended(entry)
            if ended is None:
                continue
            own = self._book.own_claim(ended.hold.claim_id)
            self._book.end(ended.hold.ref, ended.outcome, ended.key, ended.hold)
            self._book.mark_stored([ended.hold.ref])
            if own is not None and own.is_remembered:
                actions.append(Save((Forget(ended.hold.ref),), is_urgent=False))
        everybody = tuple(self._presence.peers)
        for news in pack_news(entries, BODY_SIZE_MAX) if everybody else ():
            sends = self._own_messages.say(news, everybody)
            self._repeats.append((now + self._settings.repeat_after, sends))
            actions += sends
        return actions

    def learn(
        self, entries: Iterable[SignedEntry], now: Duration, heard_at: Instant
    ) -> list[Action]:
        """Take entries that somebody passed on: only what their origin signed counts.

        Entries of other events are kept as well, so that a journal has no hole; they end nothing.
        Nor do passages whose devices have read no code of the ticket, or know it from the list and
        come faster than a person types: what those had asked for stays held.
        """
        changes: list[Change] = []
        alarms: set[PeerAlarm] = set()
        for signed in entries:
            entry = self._verify(signed)
            if isinstance(entry, Ignored):
                self._dropped[entry] += 1
                continue
            if not self._has_room(entry, len(signed.entry)):
                self._dropped[Ignored.FLOODING] += 1
                alarms.add(PeerAlarm(entry.device_id, Ignored.FLOODING))
                continue
            self.marks.add(entry.device_id, entry.boot, entry.dseq)
            self._look_for_hole(entry, now)
            is_here = entry.event_id in {"", self._presence.roster.event_id}
            ended = read_ended(entry, heard_at) if is_here else None
            doubt = None if ended is None else self._find_doubt(entry, ended, now)
            if doubt is not None:
                ended = None
                self._dropped[doubt] += 1
                if doubt is Ignored.TOO_FAST:
                    alarms.add(PeerAlarm(entry.device_id, doubt))
            if ended is None:
                changes.append(Keep(signed, None, heard_at))
                continue
            ref = ended.hold.ref
            was_promised = self._book.promised(ref) is not None
            changes.append(Keep(signed, ref, heard_at, was_promised))
            self._on_proven(ref, now, is_passage=ended.outcome is ClaimOutcome.USED)
            if self._book.end(ref, ended.outcome, ended.key, ended.hold):
                changes.append(Forget(ref))
        saves = [Save(tuple(changes), is_urgent=False)] if changes else []
        return [*saves, *alarms]

    def _find_doubt(self, entry: Entry, ended: Ended, now: Duration) -> Ignored | None:
        """Tell why an entry does not end what it says: its device's own claim, or by a proof.

        A passage leads into a zone at which its device stood by the rosters, or has no gate. What
        proves no more than the list tells every device counts at its device's pace by the roster,
        unless the ledger has told of it.
        """
        body = decode_body(entry)
        if ended.key is None or not isinstance(body, ScanBody):
            return None
        peer = self._presence.peers.get(entry.device_id)
        if peer is not None and peer.zones.isdisjoint({"", ended.key.zone_id}):
            return Ignored.UNPROVEN
        proof = self._judge(entry, body)
        if proof in {PassageProof.PROVEN, PassageProof.MISSING}:
            return None if proof is PassageProof.PROVEN else Ignored.UNPROVEN
        if any(use.ref == ended.hold.ref for use in self._book.uses(ended.key)):
            return None
        pace = PACE_DEFAULT if peer is None else peer.device.admissions_per_minute
        if pace == NO_LIMIT:
            return None
        fresh = Budget(MINUTE // pace, self._settings.unproven_max)
        budget = self._unproven.setdefault((entry.device_id, proof, pace), fresh)
        if budget.spend(1, now):
            return None
        return Ignored.TOO_FAST if proof is PassageProof.LISTED else Ignored.UNPROVEN

    def _has_room(self, entry: Entry, size: int) -> bool:
        """Count an entry against what is kept of its device; False where it floods."""
        device_id = entry.device_id
        is_new = not self.marks.knows(device_id, entry.boot)
        if is_new and self.marks.boots_of(device_id) >= BOOTS_MAX:
            return False
        self._volumes[device_id] += size
        return self._volumes[device_id] <= VOLUME_MAX

    def _verify(self, signed: SignedEntry) -> Entry | Ignored:
        try:
            entry = decode_entry(signed.entry)
        except Malformed:
            return Ignored.BAD_ENTRY
        key = self._presence.keys.get(entry.device_id)
        if key is None:
            return Ignored.BAD_ENTRY
        if self.marks.has(entry.device_id, entry.boot, entry.dseq):
            return Ignored.KNOWN_ENTRY
        return entry if is_signed_by(signed, key) else Ignored.FORGED_ENTRY

    def lacks_from(self, peer: PeerState, now: Duration) -> list[Action]:
        """Fetch from a peer whose journal is longer than what is held of it."""
        device_id, boot = peer.device.device_id, peer.boot
        if boot is None or self.marks.whole(device_id, boot) >= peer.dseq:
            return []
        if peer.fetched_at is not None and now - peer.fetched_at < self._settings.hello_every:
            return []
        peer.fetched_at = now
        return [FetchEntries(device_id)]

    def work(self, now: Duration) -> list[Action]:
        """Repeat news that is due, and catch up with one live peer in turn."""
        actions: list[Action] = [
            send for due, sends in self._repeats if due <= now for send in sends
        ]
        if actions:
            self._repeats = [(due, sends) for due, sends in self._repeats if due > now]
        if self._sync_at <= now:
            self._sync_at = now + self._settings.sync_every
            actions += self._end_told() + self._name_holes(now) + self._name_unended(now)
            self.note_gone(now)
            live = self._presence.live(now)
            if live:
                self._turn += 1
                actions.append(FetchEntries(DeviceId(live[self._turn % len(live)])))
        return actions

    def _look_for_hole(self, entry: Entry, now: Duration) -> None:
        """Note a peer's entry of this event before which others are lacking."""
        is_theirs = entry.device_id in self._presence.peers
        if is_theirs and entry.event_id == self._presence.roster.event_id:
            name = entry.device_id, entry.boot
            if self.marks.whole(*name) < entry.dseq:
                self._holes.setdefault(name, (now, entry.dseq))

    def _name_holes(self, now: Duration) -> list[Action]:
        """Name whoever tells of an entry, and for long nobody of those before it.

        Nobody can bring such a journal to the ledger: what it says counts at gates alone.
        """
        open_holes = {}
        for name, (since, dseq) in self._holes.items():
            whole, last = self.marks.whole(*name), self.marks.last(*name)
            if whole < dseq:
                open_holes[name] = since, dseq
            elif whole < last:
                open_holes[name] = now, last
        self._holes = open_holes
        patience = self._settings.hole_patience
        late = {
            device_id for (device_id, _), (at, _) in open_holes.items() if now - at >= patience
        }
        return [PeerAlarm(one, Ignored.INCOMPLETE) for one in sorted(late)]

    def _end_told(self) -> list[Action]:
        """End the claims of others that the ledger has told to be used.

        Their entries may have been doubted here: a device that was sent on admits in a zone of
        which this gate has not heard, or never does.
        """
        ended: list[Change] = []
        for claim, use in self._book.promises_used():
            if self._book.end(claim.ref, ClaimOutcome.USED, claim.key, use):
                ended.append(Forget(claim.ref))
            self._book.mark_stored([claim.ref])
        return [Save(tuple(ended), is_urgent=False)] if ended else []

    def _name_unended(self, now: Duration) -> list[Action]:
        """Name whoever is heard, and for long says of a right neither that it is used nor free.

        Until then no other gate lets the holder in, and nothing need be true of what it asked.
        """
        live, held = set(self._presence.live(now)), self._book.promised_rights()
        self._held_since = {
            name: self._held_since.get(name, now) if name[0] in live else now for name in held
        }
        patience = self._settings.end_patience
        late = {name[0] for name, since in self._held_since.items() if now - since >= patience}
        return [PeerAlarm(one, Ignored.UNENDED) for one in sorted(late)]

    def note_gone(self, now: Duration) -> None:
        """Note since when devices that hold rights are in no roster; call at each new one.

        At a start it counts from there: how long they had been gone before is not kept.
        """
        self._gone_since = {
            device_id: self._gone_since.get(device_id, now)
            for device_id, _ in self._book.promised_rights()
            if device_id not in self._presence.keys
        }

    def has_left(self, device_id: DeviceId, now: Duration) -> bool:
        """Tell whether a device has been gone from the roster so long that both sides know."""
        return now - self._gone_since.get(device_id, now) >= self._settings.gone_patience

    def next_due(self) -> list[Duration]:
        """List the instants at which something is due."""
        return [self._sync_at, *(due for due, _ in self._repeats)]
