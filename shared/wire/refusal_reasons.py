"""Why the server refuses, by codes with values; see `WorkReason`.

Of what a person at the desk may be refused: what only programs are told has no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REFUSALS: Final[Mapping[str, str]] = {
    "role.needed": "This needs the role {role_needed}; yours is {role_own}. Ask whoever has it.",
    "event.fixed": "The event is {event_state}; its plan is fixed.",
    "event.not_now": "The event is {event_state}: this is not done now.",
    "event.approval": "A platform admin must approve this event first.",
    "date.off": "This date was called off; it stays as it is.",
    "date.off_named": "{name} was called off; it stays as it is.",
    "date.moved": "Somebody has moved {name} meanwhile; look at it again.",
    "date.last": "It is the last date that takes place; call the event off.",
    "order.used_unpaid": "The order is not paid, and somebody has come in on it.",
    "import.other": "Another import of the event is under way; wait for its end.",
    "import.wrong_lines": "{count} lines are wrong; mend them or leave them out.",
    "import.used": "{count} of its tickets were used; with keep_used they stay and the others go.",
    "mail.not_set_up": (
        "No mail server is set up here; the operator sets GATEKEEPER_MAIL_SERVER and "
        "GATEKEEPER_MAIL_FROM."
    ),
    "order.unsent": "The order is {order_state}; only paid ones are sent.",
    "order.no_address": "The order's buyer has given no e-mail address.",
    "order.event_off": "The event was called off; its tickets let nobody in.",
    "order.unpayable": "The order is {order_state}; it can no longer be paid.",
    "order.uncancellable": "The order is {order_state}; it cannot be cancelled.",
    "order.refunded_for_less": (
        "It was refunded before, for less than was paid; the rest goes back ticket by ticket."
    ),
    "order.nothing_paid": "The order is {order_state}; nothing is paid for it.",
    "order.expired": "The ticket's order has expired.",
    "ticket.bound": (
        "The event's terms let tickets be transferred no more; another name takes a manager."
    ),
    "money.other_tender": "Another tender than it came by takes a manager's word.",
    "money.less_booked": "Less was paid by payments that are booked here.",
    "money.over_paid": "More has gone back than was paid: look at each payout.",
    "money.over_owed": "More has gone back than is owed: look at each payout.",
    "money.meanwhile": "It went back otherwise meanwhile: look at each payout.",
    "voucher.withdrawn": "The voucher was withdrawn.",
    "voucher.ended": "The voucher has ended.",
    "invitation.unusable": (
        "This invitation is wrong, used, or older than its time; ask for a new one."
    ),
    "member.already": "You are a member already; an owner can change your role.",
    "member.last_owner": "The last owner cannot leave; name another one first.",
    "member.factor": "Make a second factor of your own first.",
    "organization.name_taken": "This short name is taken.",
    "paper.way_out": "This gate only lets out; it needs no list.",
    "paper.event_over": "The event is {event_state}; nobody is let in.",
    "paper.date_off": "This date was called off; nobody is let in.",
    "publishing.busy": "This event is being published just now; try again.",
    "seats.fixed": (
        "{count} seats of this event are held, sold or with tills: its map is fixed. Free "
        "them first, or kill and release single seats."
    ),
    "seats.map_meanwhile": (
        "Somebody has given this event another seat map meanwhile; look at it first."
    ),
    "seats.short": "Fewer seats are left than asked for.",
    "seats.apart": "So many seats together are not left; ask for fewer, or part them.",
    "stock.short": "Fewer tickets are left than asked for.",
    "type.zone": "The zone {name} names this type; change it first.",
    "type.sold": (
        "Tickets of this type were sold, held, imported or given to tills; it stays in the "
        "books. Set its quantity_limit to what is gone, or sales_until, to sell no more of "
        "it."
    ),
    "type.discount": "The discount {name} names this type; end it first.",
    "type.limit": "More than that are sold, held or allotted already.",
    "zone.gates": "Gates lead into this zone; remove them first.",
    "zone.used": (
        "Tickets were used in this zone, or it was emptied: without it they would be good "
        "again, and nobody could end that. Keep it; with ticket_type_ids [] it lets nobody in "
        "any more."
    ),
    "gate.devices": (
        "{count} devices stand at this gate; send it elsewhere, or revoke it, first."
    ),
    "gate.used": (
        "Tickets were used at this gate: it stays in the books. Rename it, and send its "
        "devices to another gate, to close it."
    ),
    "ticket.used": "The code was used already; block it instead.",
    "ticket.not_imported": (
        "Only imported codes are removed; refund the ticket, or cancel its order."
    ),
    "ticket.foreign": (
        "This ticket is known by a foreign code: cancel it, and import another code."
    ),
    "ticket.gone": "A cancelled ticket cannot be reissued.",
    "ticket.unsettled": (
        "A ticket that is blocked or not paid is not reissued; settle that first."
    ),
    "ticket.too_often": "This ticket was reissued too often.",
    "promotion.code": "Another promotion of this event has that code.",
    "badge.taken": "This badge was given to somebody already.",
    "badge.pins_meanwhile": "Somebody was added meanwhile; change the PINs again.",
    "till.seats_held": ("This till holds {count} seats; sell of them, or give some back first."),
    "till.still_sells": (
        "This till may still sell them. Revoke it first, or let it give them back."
    ),
    "hold.less": "It holds {count} tickets; release at most so many.",
    "webhook.test_paused": ("The webhook is paused; let it go on, and send the test then."),
    "webhook.paused": "The webhook is paused; let it go on, and send it again then.",
    "quota.most": "At most {count} of these.",
    "pace.wait": "Try again in {count} s.",
    "database.busy": "The database cannot be used now; try again.",
    "database.disk_full": (
        "The server's disk is full: make room on it. What was answered before is kept."
    ),
    "field.ends_first": "The end must be after the beginning.",
    "field.doors_late": "Doors must not open after the beginning.",
    "field.order_most": "The most in one order must not be below the least.",
    "field.short_code": "The code needs at least {count} letters or digits.",
    "field.date_over": "That would be over already; choose a later time.",
    "field.password_other": "That is not your password.",
    "field.factor_code": "This code does not fit, or was used; take the next one.",
    "field.mailed_code": "That is not the code that was mailed there last.",
    "field.badge_as_name": (
        "That is a badge's code, which would stand on papers and screens: give the person's name."
    ),
    "field.recipient": "{name} is no member's address, and was not confirmed by a code.",
    "field.refund_others": (
        "It holds for the whole event, of which other dates stay; refund single tickets."
    ),
}
"""What each code says, with its values. `event_state` and `order_state` are states' own words."""
