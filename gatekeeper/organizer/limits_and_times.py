"""How long, how many and how much at the organizer's desk: each with its unit and its reason.

Which numbers stand elsewhere says `docs/where-to-change-what.md`.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import HOUR, Duration

# ---------------------------------------------------------------- waiting for a server

DESK_ANSWER_SECONDS: Final = 30.0
"""For the server's answer to the desk."""
OWN_SERVER_START_SECONDS: Final = 90.0
"""For the laptop's own server to be ready."""
OWN_SERVER_STOP_SECONDS: Final = 30.0
"""For it to end."""

# ---------------------------------------------------------------- live figures

LIVE_POLL_S: Final = 2.0
"""Between two questions while there is no channel."""
LIVE_SILENT_S: Final = 5.0
"""A channel on which nothing came for so long is given up: the server speaks twice a second."""
LIVE_OLD_S: Final = 3.0
"""From when on figures are called old."""
ANSWERS_LOOK_MS: Final = 5_000
"""Between two looks at the answers at the doors, while somebody looks."""

# ---------------------------------------------------------------- how often the desk looks again

DESK_LOOK_MS: Final = 4_000
"""Between two looks at how things stand, at whichever page somebody is."""
FORM_LOOK_MS: Final = 150
"""At whether a form of many kinds of fields says anything else by now than it was filled with."""
BOARD_OLD_S: Final = 10
"""From when on a doors-ready board that waits for an answer is called old."""
WORD_AT_DOORS_LOOK_MS: Final = 2_000
"""At what became of an evacuation or a pause that the desk has ordered."""
LIST_LOOK_MS: Final = 400
"""At how far a list of guests is that is checked, taken or undone."""
MOVING_LOOK_MS: Final = 2_000
"""At how far the message is that tells of a date that was moved."""
CALLING_OFF_LOOK_MS: Final = 1_000
"""At how far an event is that is called off."""
TICKET_FILES_LOOK_MS: Final = 1_500
"""At how far files of tickets are that are made."""
STICKS_LOOK_MS: Final = 3_000
"""At which sticks are in the laptop, while one is asked for."""

# ---------------------------------------------------------------- doors-ready board

DATE_COMES_SOON: Final[Duration] = 6 * HOUR
"""So long before its start a date counts as on: doors are prepared and opened."""
DATE_UNENDED_FOR: Final[Duration] = 12 * HOUR
"""So long a date is on whose end nobody has said: through its night, and not into the next one."""
BOARD_CLOCK_SECONDS_MAX: Final = 60.0
"""A device reckons with what it is off; so much says that somebody should set it."""

# ---------------------------------------------------------------- what lists show

ORDERS_SHOWN_MAX: Final = 50
"""Orders, and likewise tickets, that a search at the desk shows."""
LEFT_SHOWN_MAX: Final = 200
"""Orders of a date that was called off, that need a person, and are listed; more are counted."""
UNREACHED_SHOWN_MAX: Final = 200
"""Buyers whom a message has not reached, and are listed; more are counted."""
WRONG_LINES_SHOWN: Final = 200
"""Wrong lines of a list that are shown; the report names all."""
TILL_SEAT_ROWS_SHOWN: Final = 6
"""Rows of reserved seats that a till alone may sell, and that the desk names; of more the seats
are only counted."""
ORDER_TICKETS_NAMED: Final = 6
"""Tickets that the desk names before an order is cancelled; of a larger one more are counted."""

# ---------------------------------------------------------------- new members and devices

INVITATION_CODE_HOURS: Final = 48
"""How long a member's code that the desk shows can be used; the API's default is longer."""
DEVICE_CODE_MINUTES: Final = 30
"""How long a device's code from the desk lasts: as long as it takes to walk to the gate."""

# ---------------------------------------------------------------- what forms propose and take

HELD_BUTTON_MS: Final = 1_500
"""How long a button is held that empties a zone."""
API_KEY_DAYS_PROPOSED: Final = 365
"""After how many days a new key ends, until somebody chooses another day."""
REPETITIONS_PROPOSED: Final = 8
"""How often a date is repeated, until somebody says otherwise."""
EVENING_HOURS_PROPOSED: Final = (0.0, 1.5, 5.0)
"""Of an evening that is proposed, after its doors open: doors, beginning and end."""
SEAT_UNDO_MAX: Final = 200
"""Steps back of whoever draws a room's seats."""
SEAT_ROWS_MAX: Final = 200
"""Drawn in one go."""
SEATS_IN_ROW_MAX: Final = 500
"""Of a row that is drawn."""
DRAFT_ROWS_MAX: Final = 200
"""Dates, zones or types of an event that is drafted in one form."""
