"""Texts and tags at a gate: nothing that the organizer has not issued is admitted."""

from __future__ import annotations

from typing import Final

from gatekeeper.readers.nfc.ndef_message import credential_of, text_of
from gatekeeper.readers.scanner_prefixes_and_ends import strip_frame
from gatekeeper.readers.serial.framing import SerialFraming
from shared.admission.facts import Direction, ScanFacts
from shared.credential.credential_fields import Claims
from shared.credential.inspecting import InspectionKey, inspect_code
from shared.credential.keyring import Keyring
from shared.credential.manual_code import format_manual_code
from shared.credential.ndef_record import to_ndef
from shared.credential.signing import sign_credential
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import Duration
from shared.manifest.case_of_shown_code import open_case, rule
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented, present_claim, present_text
from shared.manifest.tickets import TicketRow
from soak.fuzz.mutate import Dice
from soak.fuzz.target import Target
from tests.factories.gate_event import EVENT, NORTH, STARTS, TicketOffice

TICKETS: Final = 200
_GENUINE: Final = 0.02
_UIDS: Final = tuple(bytes([4, number, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6]) for number in range(16))


class Gate:
    """One event's tickets, and what becomes of a code that is shown there."""

    def __init__(self) -> None:
        office = TicketOffice("fuzz")
        manual = [office.draw_id() % (1 << 40) for _ in range(TICKETS)]
        self.digits = [office.sell(manual_code=number) for number in manual]
        self.manual = [format_manual_code(number) for number in manual]
        self._spelled = {_spell(code) for code in self.manual}
        self._rows = office.rows
        self._by_manual = {row.manual_code: row for row in office.rows.values()}
        self._index, self.keyring = EventIndex(office.config), Keyring(office.keyring)
        self.inspection = [
            InspectionKey(f"{key.key_id:04x}", key.public_key) for key in office.keyring
        ]
        self.tags = [
            (
                sign_credential(
                    Claims(key_id=7, ticket_id=ticket_id, ticket_type_code=1, tag_uid=uid),
                    office.ticket_key,
                ),
                uid,
            )
            for ticket_id, uid in zip(office.rows, _UIDS, strict=False)
        ]

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """Return the ticket of that id."""
        return self._rows.get(ticket_id)

    def find_manual(self, code: int) -> TicketRow | None:
        """Return the ticket of that manual code."""
        return self._by_manual.get(code)

    def admits(self, presented: Presented) -> bool:
        """Decide a first entry."""
        case = open_case(self._index, presented, self)
        scan = ScanFacts(
            gate_id=NORTH, direction=Direction.IN, at=STARTS, claim_id=ClaimId("a" * 32)
        )
        return rule(self._index, case, (), scan).decision.admit

    def is_issued(self, text: str) -> bool:
        """Tell whether the organizer has issued this very text, or a spelling of a manual code."""
        return text in self.digits or _spell(text) in self._spelled


def _spell(text: str) -> str:
    """Spell a manual code as one that was read over the phone: our own, simpler rule."""
    plain = text.strip(" ").upper().replace("-", "").replace(" ", "")
    return plain.replace("O", "0").replace("I", "1").replace("L", "1")


def code_targets() -> list[Target]:
    """List what reads texts and tags."""
    gate = Gate()
    texts = [*gate.digits, *gate.manual, "TKT-20260704-ABCDEFGH", "https://example.com/t?id=1"]

    def draw_text(dice: Dice) -> str:
        genuine = dice.random.choice(texts)
        if dice.random.random() < _GENUINE:
            return genuine
        return dice.spoil_text(genuine, texts)

    def read_text(text: str) -> str:
        is_issued = gate.is_issued(text)
        is_admitted = gate.admits(present_text(text, gate.keyring, event_id=EVENT))
        if is_admitted and not is_issued:
            return f"admitted {text!r}"
        return f"not admitted: {text!r}" if text in gate.digits and not is_admitted else ""

    def read_inspection(text: str) -> str:
        inspect_code(text, gate.inspection)
        return ""

    return [
        Target(name="text at a gate", weight=4, draw=draw_text, read=read_text),
        Target(name="inspected text", weight=1, draw=draw_text, read=read_inspection),
        *_tag_targets(gate),
        *_line_targets(texts),
    ]


def _tag_targets(gate: Gate) -> list[Target]:
    hexes = [credential.hex() for credential, _ in gate.tags]
    messages = [to_ndef(credential) for credential, _ in gate.tags]
    issued = {(credential.hex(), uid.hex()) for credential, uid in gate.tags}

    def draw_tag(dice: Dice) -> tuple[str, str]:
        credential, uid = dice.random.choice(gate.tags)
        kind = dice.random.random()
        if kind < _GENUINE:
            return credential.hex(), uid.hex()
        if kind < 0.3:
            return credential.hex(), dice.random.choice(_UIDS).hex()
        if kind < 0.7:
            spoilt = dice.spoil(credential, [one for one, _ in gate.tags])
            return spoilt[:90].ljust(90, b"\0").hex(), uid.hex()
        return dice.spoil_text(credential.hex(), hexes), uid.hex()

    def read_tag(tag: tuple[str, str]) -> str:
        presented = present_claim(tag[0], tag[1], gate.keyring, event_id=EVENT)
        is_admitted = gate.admits(presented)
        if is_admitted != (tag in issued):
            return f"{'' if is_admitted else 'not '}admitted: {tag}"
        return ""

    def read_message(message: bytes) -> str:
        credential_of(message)
        text_of(message)
        return ""

    return [
        Target(name="tag at a gate", weight=2, draw=draw_tag, read=read_tag),
        Target(
            name="NDEF message",
            weight=1,
            draw=lambda dice: dice.spoil(dice.random.choice(messages), messages),
            read=read_message,
        ),
    ]


def _line_targets(texts: list[str]) -> list[Target]:
    frames = [f"\x02]Q3{text}\r\n".encode() for text in texts]

    def read_serial(piece: bytes) -> str:
        framing = SerialFraming()
        now = 0
        for start in range(0, len(piece), 64):
            now += 1_000
            framing.feed(piece[start : start + 64], Duration(now))
        return ""

    def read_frame(text: str) -> str:
        strip_frame(text)
        return ""

    return [
        Target(
            name="serial bytes",
            weight=1,
            draw=lambda dice: dice.spoil(dice.random.choice(frames), frames),
            read=read_serial,
        ),
        Target(
            name="wedge frame",
            weight=0.5,
            draw=lambda dice: dice.spoil_text(dice.random.choice(texts), texts),
            read=read_frame,
        ),
    ]
