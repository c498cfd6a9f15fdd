"""A new supervisor, steward or cashier: what the server is asked for, and the PIN drawn."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.organizer.server_api import Fields
from shared.credential.badges_and_pins import new_pin
from shared.kernel.ports import Entropy

SUPERVISOR: Final = "supervisor"
STEWARD: Final = "steward"
CASHIER: Final = "cashier"


class MadePerson(msgspec.Struct, frozen=True):
    """Somebody who was made, with what is shown once.

    Attributes:
        name: As the organizer calls them.
        badge: What their badge's QR code holds.
        pin: What a supervisor types beside it; "" for the others.
        role: What they are.
        id: Theirs at the server, which tells two of one name apart.
    """

    name: str
    badge: str
    pin: str = ""
    role: str = SUPERVISOR
    id: str = ""


def describe_person(name: str, role: str, entropy: Entropy) -> Fields:
    """Return the fields that make somebody; a supervisor's PIN is drawn here."""
    fields: Fields = {"name": name.strip(), "role": role}
    if role == SUPERVISOR:
        fields["pin"] = new_pin(entropy)
    return fields


def person_of(fields: Fields, answer: Fields) -> MadePerson:
    """Return whom the server made of what was sent."""
    return MadePerson(
        str(answer["supervisor"]["name"]),
        str(answer["badge"]),
        str(fields.get("pin", "")),
        str(fields["role"]),
        str(answer["supervisor"]["id"]),
    )


def describe_cashier(name: str) -> Fields:
    """Return the fields that make a cashier: whatever is more than selling takes a supervisor."""
    return {"name": name.strip(), "rights": {"sell": True}}


def cashier_of(answer: Fields) -> MadePerson:
    """Return the cashier whom the server made."""
    made = answer["cashier"]
    return MadePerson(str(made["name"]), str(answer["badge"]), role=CASHIER, id=str(made["id"]))
