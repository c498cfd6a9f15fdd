"""What each reason means in plain words, and what the steward should do next.

The message keys lead to the translation catalogue; the English sentences here are its source.
They name no gate, time or price: screens put those beside them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.admission.reasons import Reason


class Explanation(msgspec.Struct, frozen=True):
    """How to tell a person about one reason.

    Attributes:
        meaning: What is the case, in one sentence.
        next_step: What the steward does now, in one sentence.
    """

    meaning: str
    next_step: str


def explain(reason: Reason) -> Explanation:
    """Explain a reason to the person at the gate."""
    return Explanation(*_WORDS[reason])


STOPPED_STEP: Final = "The zone is being evacuated: let nobody in, and everybody out."
"""What the steward does while nobody's word lets anybody in."""
PAUSED_STEP: Final = "Entry is paused by the organizer: ask the holder to wait."
"""What the steward does while entry is paused; exits pass."""
CALLED_BACK_STEP: Final = "Places are being called back from other gates: scan again in a moment."
"""What the steward does where a zone has the room, and other gates hold it as their shares."""

_WORDS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.OK: ("The ticket is valid.", "Let the holder in and show the way."),
    Reason.REENTRY: ("The holder was here before and is coming back.", "Welcome them back in."),
    Reason.EXIT: ("The exit is recorded.", "Let the holder out."),
    Reason.OVERRIDE: (
        "A supervisor let the holder in and gave a reason.",
        "Let the holder in.",
    ),
    Reason.MALFORMED: (
        "This is not a ticket code.",
        "Ask to see the ticket’s own code and scan that.",
    ),
    Reason.BAD_SIGNATURE: (
        "Not a valid ticket here: forged, altered, or another organizer’s.",
        "Do not let in. Send the holder to the help desk.",
    ),
    Reason.UNKNOWN_KEY: (
        "Not a valid ticket here: this gate does not know who signed it.",
        "Send the holder to the help desk. Tell the organizer if it happens again.",
    ),
    Reason.UNKNOWN_TICKET: (
        "Not a valid ticket: this code is not on record.",
        "Scan again. If it is still unknown, send the holder to the help desk.",
    ),
    Reason.WRONG_EVENT: (
        "The ticket is for another event or another date.",
        "Show the holder the date on the ticket. The box office can exchange it.",
    ),
    Reason.WRONG_GATE: (
        "This gate is not open in this direction.",
        "Send the holder to the right gate. Check which direction this lane is set to.",
    ),
    Reason.WRONG_TICKET_TYPE: (
        "This kind of ticket is not valid for this zone.",
        "Send the holder to the gate on the ticket. The box office can upgrade it.",
    ),
    Reason.NOT_YET_VALID: (
        "It is too early for this ticket.",
        "Ask the holder to wait and come back when entry opens.",
    ),
    Reason.EXPIRED: (
        "This ticket is no longer valid.",
        "Do not let in. Send the holder to the box office.",
    ),
    Reason.CANCELLED: (
        "The ticket was cancelled.",
        "Do not let in. Send the holder to the box office.",
    ),
    Reason.SUPERSEDED: (
        "This code was replaced by a new one.",
        "Ask for the newest ticket, by email or in the app; otherwise send to the box office.",
    ),
    Reason.UNPAID: (
        "The ticket is not paid for.",
        "Send the holder to the box office to pay.",
    ),
    Reason.BLOCKED: (
        "The organizer has blocked this ticket.",
        "Do not let through. Call the supervisor.",
    ),
    Reason.ALREADY_USED: (
        "Already admitted: no entries are left on this ticket.",
        "Show when and where it was used, and send the holder to the help desk.",
    ),
    Reason.NOT_INSIDE: (
        "Nobody is recorded as inside on this ticket.",
        "Call the supervisor, who can record the missing entry.",
    ),
    Reason.CAPACITY_FULL: (
        "The zone is full.",
        "Ask the holder to wait. Call the supervisor.",
    ),
    Reason.RULES_DENIED: (
        "The organizer’s rules do not allow this entry now.",
        "Tell the holder what the rule says. The help desk knows more.",
    ),
    Reason.OFFLINE_POLICY: (
        "This gate may not admit this ticket while it is cut off.",
        "Send the holder to the gate shown, or to the help desk.",
    ),
    Reason.CHECK_ID: (
        "This ticket needs proof, such as age or a student card.",
        "Look at the proof, then confirm or refuse.",
    ),
    Reason.QUESTION: (
        "The organizer wants a question asked.",
        "Ask the question on the screen and enter the answer.",
    ),
    Reason.SUPERVISOR: (
        "This gate cannot decide alone.",
        "Call a supervisor, who may admit with a reason.",
    ),
    Reason.STALE_MANIFEST: (
        "This gate’s data is older than the organizer allows.",
        "Call a supervisor and get the gate online to sync.",
    ),
}
