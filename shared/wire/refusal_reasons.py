"""Why the server refuses, by codes with values; see `WorkReason`.

Of what a person at the desk may be refused: what only programs are told has no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REFUSALS: Final[Mapping[str, str]] = {
    "role.needed": (
        "This needs the role {role_needed}; yours is {role_own}. Ask someone who has it."
    ),
    "event.fixed": "The event is {event_state}; its plan is fixed.",
    "event.not_now": "The event is {event_state}: this is not possible now.",
    "event.approval": "A platform admin must approve this event first.",
    "date.off": "This date was called off and cannot be changed.",
    "date.off_named": "{name} was called off and cannot be changed.",
    "date.moved": "Someone has moved {name} in the meantime; look at it again.",
    "date.last": "It is the last remaining date; call off the whole event instead.",
    "order.used_unpaid": "The order is not paid, but someone has entered on it.",
    "import.other": "Another import for this event is in progress; wait until it has finished.",
    "import.wrong_lines": "{count} lines are wrong; correct or skip them.",
    "import.used": "{count} of its tickets were used; with keep_used they stay and the others go.",
    "mail.not_set_up": (
        "No mail server is set up here; the operator sets GATEKEEPER_MAIL_SERVER and "
        "GATEKEEPER_MAIL_FROM."
    ),
    "order.unsent": "The order is {order_state}; only paid ones are sent.",
    "order.no_address": "The buyer gave no email address.",
    "order.event_off": "The event was called off; its tickets are not valid.",
    "order.unpayable": "The order is {order_state}; it can no longer be paid.",
    "order.uncancellable": "The order is {order_state}; it cannot be cancelled.",
    "order.refunded_for_less": (
        "It was already refunded for less than was paid; the rest is refunded ticket by ticket."
    ),
    "order.nothing_paid": "The order is {order_state}; nothing was paid for it.",
    "order.expired": "The ticket’s order has expired.",
    "ticket.bound": "The event’s terms no longer allow transfers; another name needs a manager.",
    "money.other_tender": "A refund by another tender than the payment’s needs a manager.",
    "money.less_booked": "The payments recorded here add up to less than that.",
    "money.over_paid": "More was refunded than was paid: check each payout.",
    "money.over_owed": "More was refunded than is owed: check each payout.",
    "money.meanwhile": "It was refunded another way in the meantime: check each payout.",
    "voucher.withdrawn": "The voucher was withdrawn.",
    "voucher.ended": "The voucher has expired.",
    "invitation.unusable": "This invitation is wrong, used or expired; ask for a new one.",
    "member.already": "You are already a member; an owner can change your role.",
    "member.last_owner": "The last owner cannot leave; appoint another one first.",
    "member.factor": "Set up your own second factor first.",
    "organization.name_taken": "This short name is already taken.",
    "paper.way_out": "This gate is an exit only and needs no list.",
    "paper.event_over": "The event is {event_state}; nobody is let in.",
    "paper.date_off": "This date was called off; nobody is let in.",
    "publishing.busy": "This event is being published right now; try again.",
    "seats.fixed": (
        "{count} seats of this event are held, sold or assigned to tills: its map is fixed. Free "
        "them first, or kill and release single seats."
    ),
    "seats.map_meanwhile": (
        "Someone has given this event another seat map in the meantime; look at it first."
    ),
    "seats.short": "There are fewer seats left than requested.",
    "seats.apart": "There are not that many seats left together; ask for fewer, or split them.",
    "stock.short": "There are fewer tickets left than requested.",
    "type.zone": "The zone {name} uses this type; change it first.",
    "type.sold": (
        "Tickets of this type were sold, held, imported or assigned to tills, so it stays in the "
        "books. To stop selling it, set its quantity_limit to what is gone, or sales_until."
    ),
    "type.discount": "The discount {name} uses this type; end it first.",
    "type.limit": "More than that are already sold, held or allotted.",
    "zone.gates": "Gates lead into this zone; remove them first.",
    "zone.used": (
        "Tickets were used in this zone, or it was evacuated: without it they would be valid "
        "again. Keep it; with ticket_type_ids [] it admits nobody."
    ),
    "gate.devices": "{count} devices are at this gate; move or revoke them first.",
    "gate.used": (
        "Tickets were used at this gate, so it stays in the books. To close it, rename it and "
        "move its devices to another gate."
    ),
    "ticket.used": "The code was already used; block it instead.",
    "ticket.not_imported": (
        "Only imported codes can be removed; refund the ticket, or cancel its order."
    ),
    "ticket.foreign": (
        "This ticket has a code from another system: cancel it, and import another code."
    ),
    "ticket.gone": "A cancelled ticket cannot be reissued.",
    "ticket.unsettled": "A blocked or unpaid ticket cannot be reissued; resolve that first.",
    "ticket.too_often": "This ticket was reissued too many times.",
    "promotion.code": "Another promotion for this event has that code.",
    "badge.taken": "This badge already belongs to someone.",
    "badge.pins_meanwhile": "Someone was added in the meantime; change the PINs again.",
    "till.seats_held": "This till holds {count} seats; sell some of them, or release some first.",
    "till.still_sells": "This till can still sell them. Revoke it first, or let it return them.",
    "hold.less": "It holds {count} tickets; you can release at most that many.",
    "webhook.test_paused": "The webhook is paused; resume it, then send the test.",
    "webhook.paused": "The webhook is paused; resume it, then send it again.",
    "quota.most": "At most {count} of these are allowed.",
    "pace.wait": "Try again in {count} s.",
    "database.busy": "The database is not available right now; try again.",
    "database.disk_full": (
        "The server’s disk is full: free some space on it. Everything confirmed before is kept."
    ),
    "field.ends_first": "The end must be after the beginning.",
    "field.doors_late": "Doors cannot open after the beginning.",
    "field.order_most": "The maximum per order must not be below the minimum.",
    "field.short_code": "The code needs at least {count} letters or digits.",
    "field.date_over": "That would already be over; choose a later time.",
    "field.password_other": "That is not your password.",
    "field.factor_code": "This code is wrong or already used; take the next one.",
    "field.mailed_code": "That is not the last code that was sent there.",
    "field.badge_as_name": (
        "That is a badge’s code, which would appear on papers and screens: enter the person’s "
        "name."
    ),
    "field.recipient": "{name} is neither a member’s address nor confirmed by a code.",
    "field.refund_others": (
        "It applies to the whole event, whose other dates remain; refund single tickets."
    ),
}
"""What each code says, with its values. `event_state` and `order_state` are states' own words."""
