"""What people hold up at a gate: good codes, old ones, foreign ones, forged ones, noise."""

from __future__ import annotations

import msgspec

from server.keys.vault import open_vault
from server.publishing.credentials import Issuer, open_issuer
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import format_manual_code, make_manual_code
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.instant import MINUTE, Instant
from tests.factories.office import Person
from tests.integration.differential.chances import Chances
from tests.integration.differential.world import Sold, World

NOISE = (
    "",
    " ",
    "\x00",
    "🎫",
    "hello",
    "TKT-20260704-ABCDEFGH",
    "x" * 513,
    "9" * 200,
    "0" * 200,
    "1" * 199,
    "٣" * 200,
    "line\nbreak",
    "Ωμέγα",
)
GUESSES = 15
"""So many that a person must look at manual codes for a while, in most worlds."""


class Shown(msgspec.Struct, frozen=True):
    """One text at the gate.

    Attributes:
        text: What is scanned or typed.
        label: What it is, for whoever reads a failure.
        sold: The ticket that it stands for, if it is one of the event's.
        is_typed: It is keyed in.
        is_issued: The server gave it out.
    """

    text: str
    label: str
    sold: Sold | None = None
    is_typed: bool = False
    is_issued: bool = False


def collect_codes(world: World) -> list[Shown]:
    """Collect every kind of text about a world, those of others apart."""
    shown = [
        Shown(text, f"ticket {ticket.hex} generation {number + 1}", ticket, is_issued=True)
        for ticket in world.tickets
        for number, text in enumerate(ticket.digits)
    ]
    shown += [
        Shown(
            text,
            f"manual code {number + 1} of {ticket.hex}",
            ticket,
            is_typed=True,
            is_issued=True,
        )
        for ticket in world.tickets
        for number, text in enumerate(ticket.manual)
    ]
    shown += [Shown(text, f"noise {text[:20]!r}") for text in NOISE]
    shown += [Shown(text, f"imported {text}") for text in world.foreign]
    shown += _unlisted(world)
    shown += _forged(world)
    guesses = (make_manual_code(world.office.entropy) for _ in range(GUESSES))
    shown += [
        Shown(format_manual_code(one), "unknown manual", is_typed=number % 2 == 0)
        for number, one in enumerate(guesses)
    ]
    shown += [
        Shown(f"FEST-{number}", "unknown foreign", is_typed=True) for number in range(GUESSES)
    ]
    shown += [Shown(text, f"imported {text}, keyed in", is_typed=True) for text in world.foreign]
    return shown


def _unlisted(world: World) -> list[Shown]:
    """Sign what the ledger has no row of, or another row than is signed.

    Not of the types with the policy `home`: a ticket without a home is the ledger's business.
    """
    chances, draw = world.chances, world.chances.draw
    kinds = [kind for kind in world.kinds if not kind.is_home]
    shown = []
    for number in range(8):
        issuer = draw.choice(world.issuers)
        kind = draw.choice(kinds)
        code = 9_999 if number == 0 else kind.code
        first, last = _signed_window(chances)
        claims = Claims(
            key_id=issuer.key_id,
            ticket_id=TicketId(int.from_bytes(world.office.entropy.random_bytes(8), "big")),
            ticket_type_code=code,
            valid_from=first,
            valid_until=last,
            generation=draw.choice((0, 1, 1, 7)),
        )
        shown.append(Shown(issuer.sign(claims), f"unlisted, {claims}"))
    for ticket in draw.sample(world.tickets, min(4, len(world.tickets))):
        issuer, kind = draw.choice(world.issuers), draw.choice(kinds)
        # None above the ledger's own: a gate that is shown one refuses the older from then on,
        # which the ledger, whose generations are its own, never has to.
        generation = len(ticket.digits) + draw.choice((-1, 0, 0))
        claims = Claims(
            key_id=issuer.key_id,
            ticket_id=TicketId(ticket.id),
            ticket_type_code=kind.code,
            generation=generation,
        )
        shown.append(Shown(issuer.sign(claims), f"signed anew, {claims}", ticket))
    return shown


def _signed_window(chances: Chances) -> tuple[Instant | None, Instant | None]:
    first, last = chances.window()
    step = 15 * MINUTE
    return (
        None if first is None else Instant(first - first % step),
        None if last is None else Instant(last + -last % step),
    )


def _forged(world: World) -> list[Shown]:
    """Alter good codes, and sign with keys that nobody trusts."""
    draw = world.chances.draw
    shown = []
    for ticket in draw.sample(world.tickets, min(6, len(world.tickets))):
        text = draw.choice(ticket.digits)
        at = draw.randrange(len(text))
        digit = draw.choice([one for one in "0123456789" if one != text[at]])
        shown.append(Shown(text[:at] + digit + text[at + 1 :], f"digit {at} of {ticket.hex}"))
    stranger = SigningKey.generate(world.office.entropy)
    for ticket in draw.sample(world.tickets, min(3, len(world.tickets))):
        key_id = draw.choice([world.issuers[-1].key_id, 60_000])
        forger = Issuer(key_id, stranger)
        claims = Claims(
            key_id=key_id,
            ticket_id=TicketId(ticket.id),
            ticket_type_code=world.kinds[0].code,
            generation=1,
        )
        shown.append(Shown(forger.sign(claims), f"forged as {ticket.hex} by key {key_id}"))
    return shown


async def codes_of_others(world: World) -> list[Shown]:
    """Sign tickets of another event, and of another organization.

    Before the publication, since gates learn the keys of other events from it.
    """
    office, draw = world.office, world.chances.draw
    shown = []
    for owner, whose in ((world.owner, "another event"), (await office.person(), "a stranger")):
        issuer = await _issuer_of(world, owner, EventId(await office.event(owner)))
        ticket = draw.choice(world.tickets)
        for ticket_id in (ticket.id, int.from_bytes(office.entropy.random_bytes(8), "big")):
            claims = Claims(
                key_id=issuer.key_id,
                ticket_id=TicketId(ticket_id),
                ticket_type_code=world.kinds[0].code,
                generation=1,
            )
            shown.append(Shown(issuer.sign(claims), f"of {whose}, {claims}"))
    return shown


async def _issuer_of(world: World, owner: Person, event_id: EventId) -> Issuer:
    office = world.office
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(owner.organization_id) as unit:
        return await open_issuer(unit, vault, event_id)
