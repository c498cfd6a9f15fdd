"""Every English text of the window, in one catalogue; another language is another such table.

Reasons' sentences come from `shared.admission.explain`, whose message keys continue this
catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Message = str | tuple[str, str]
"""A text with `{names}`, or two: for one and for several, told apart by `count`."""

ENGLISH: Final[Mapping[str, Message]] = {
    # The gate's screen
    "idle.title": "Scan your ticket",
    "idle.hint": "Hold the code 10–20 cm from the reader",
    "idle.hint_out": "Scan your ticket on the way out",
    "checking.title": "One moment",
    "paused.title": "Gate stopped",
    "paused.not_admitted": "Not admitted: this gate cannot record it.",
    "paused.next": "Use another gate and call the supervisor. The next scan tries again.",
    "last.title": "Last result, {time}",
    "last.none": "No result yet",
    "verdict.same_ticket": "Same ticket, already shown",
    "verdict.staff": "Ticket …{ticket} · {time}",
    "verdict.staff_no_ticket": "{time}",
    "verdict.alone": "decided alone",
    "verdict.lan": "decided with the gates nearby",
    "verdict.previous": "Before: {word}, {time}",
    "verdict.used": "{time}\u00a0· {gate}\u00a0· {age}",
    "verdict.used_no_gate": "{time}\u00a0· {age}",
    "verdict.use_gate": "Use {gate} →",
    "verdict.remaining": ("One more may enter on this ticket", "{count} more may enter"),
    "verdict.by_supervisor": "By supervisor",
    # The word of each verdict
    "word.admit_count": "Admit {count}",
    "word.ok": "Welcome",
    "word.reentry": "Welcome back",
    "word.exit": "Goodbye",
    "word.override": "Admit",
    "word.malformed": "Not a ticket",
    "word.bad_signature": "Not valid",
    "word.unknown_key": "Not valid here",
    "word.unknown_ticket": "Not on record",
    "word.wrong_event": "Wrong event",
    "word.wrong_gate": "Wrong gate",
    "word.wrong_ticket_type": "Wrong zone",
    "word.not_yet_valid": "Too early",
    "word.expired": "Too late",
    "word.cancelled": "Cancelled",
    "word.superseded": "Old code",
    "word.unpaid": "Not paid",
    "word.blocked": "Blocked",
    "word.already_used": "Already admitted",
    "word.not_inside": "Not inside",
    "word.capacity_full": "Hall full",
    "word.rules_denied": "Not allowed now",
    "word.offline_policy": "Other gate",
    "word.check_id": "Check ID",
    "word.question": "Ask first",
    "word.supervisor": "Call supervisor",
    "word.stale_manifest": "Data too old",
    # Bars
    "bar.no_gate": "No gate",
    "bar.online": "Connected",
    "bar.lan": "LAN",
    "bar.offline": "Alone",
    "bar.knowledge": "data {age}",
    "bar.no_knowledge": "no data yet",
    "bar.pending": "{count} waiting",
    "bar.nothing_pending": "all sent",
    "bar.counts": "Admitted {admitted} · Denied {denied}",
    "bar.conflicts": ("1 conflict", "{count} conflicts"),
    "bar.direction_out": "EXIT",
    "bar.profile_rehearsal": "REHEARSAL",
    "bar.profile_test": "TEST",
    "bar.sound_on": "Sound on",
    "bar.sound_off": "Sound off",
    "banner.offline": "Alone since {time} · {pending} · deciding from data of {knowledge}",
    "banner.offline_fresh": "Alone since {time} · {pending}",
    "banner.scans_wait": ("1 scan waits", "{count} scans wait"),
    "recent.title": "Last scans",
    "recent.none": "No scans yet",
    "keys.manual": "Enter code",
    "keys.image": "Open picture",
    "keys.tip": "F3 enter code · F4 picture · Ctrl+V paste · L last result · F11 full screen",
    # Ages
    "age.now": "just now",
    "age.seconds": ("1 s ago", "{count} s ago"),
    "age.minutes": ("1 min ago", "{count} min ago"),
    "age.hours": ("1 h ago", "{count} h ago"),
    "age.days": ("1 day ago", "{count} days ago"),
    "age.fresh": "up to date",
    "age.old": "{age} old",
    "age.s": ("1 s", "{count} s"),
    "age.min": ("1 min", "{count} min"),
    "age.h": ("1 h", "{count} h"),
    "age.d": ("1 day", "{count} days"),
    # Manual code
    "manual.title": "Enter the code under the QR",
    "manual.hint": "Eight characters and a check symbol",
    "manual.fits": "The code fits. Press Check.",
    "manual.unfit": "One character is wrong: the check symbol does not fit.",
    "manual.left": ("1 character to go", "{count} characters to go"),
    "manual.check_next": "Now the check symbol",
    "manual.submit": "Check",
    "manual.erase": "⌫",
    "manual.erase_name": "Erase",
    "manual.clear": "Clear",
    "manual.back": "Back",
    # Pictures
    "image.title": "Open a picture of a ticket",
    "image.filter": "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff)",
    "image.reading": "Reading the picture …",
    "image.none": "No ticket code in this picture. Open a sharper one, or enter the code by hand.",
    "image.several": "{count} codes in this picture. Cut it to one ticket and open it again.",
    "image.not_copied": "Nothing copied that is a picture or a code.",
    "image.unreadable": "This picture cannot be opened: {why}",
    # Pairing
    "pair.title": "This device is not paired",
    "pair.step_1": "1. In the organizer's workspace open Devices, then Add.",
    "pair.step_2": "2. Scan the code that is shown there with this gate's scanner.",
    "pair.step_3": "Without a scanner: paste the code, or type the server's address and the code.",
    "pair.line": "Whole code (GKE1 …)",
    "pair.url": "Server address",
    "pair.code": "Code",
    "pair.start": "Pair this device",
    "pair.paste": "Paste",
    "pair.working": "Talking to the server …",
    "pair.not_for_pairing": "That was no code for pairing: it begins with GKE1.",
    "pair.incomplete": "Enter the whole code, or the server's address and the code.",
    "pair.failed": "Not paired. {why}",
    "pair.retry": "Check the code and the network, then try again. A code works once.",
    # First sync, gate choice, faults
    "sync.title": "Getting this gate ready",
    "sync.hint": "Everything that the gate needs to work alone is being fetched.",
    "sync.failed": "Not ready yet. {why}",
    "sync.retry": "Try again",
    "sync.later": "Go on without",
    "sync.starting": "Connecting",
    "sync.count": "{step}: {done} of {total}",
    "gate.title": "Which gate is this?",
    "gate.hint": "It can be changed later by a supervisor.",
    "gate.in": "in",
    "gate.out": "out",
    "gate.both": "in and out",
    "gate.none": "The event has no gates yet. Add one in the workspace, then try again.",
    "fault.title": "This gate cannot start",
    "fault.next": "Nothing is lost. When it is mended, try again; until then use another gate.",
    "fault.retry": "Try again",
    "fault.unforeseen": "Something in the program broke; it has been written to its log.",
    # Spoken by screen readers only
    "name.clock": "Time",
    "name.status": "Status of the gate",
    "name.recent": "Last scans, newest first",
    "name.app": "Gatekeeper",
}


class Texts:
    """A catalogue in use."""

    def __init__(self, messages: Mapping[str, Message] = ENGLISH) -> None:
        self._messages = messages

    def say(self, key: str, /, **values: object) -> str:
        """Return a text with its names filled in.

        Args:
            key: Of the catalogue; an unknown one is our bug.
            values: What the names stand for; `count` also chooses between one and several.
        """
        message = self._messages[key]
        if isinstance(message, tuple):
            message = message[0] if values.get("count") == 1 else message[1]
        return message.format(**values)


TEXTS: Final = Texts()
"""The catalogue that the window speaks from."""
