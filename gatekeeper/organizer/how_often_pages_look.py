"""How often the desk's pages look again how something stands; each in milliseconds."""

from __future__ import annotations

from typing import Final

DESK_LOOK_MS: Final = 4_000
"""At how things stand on whichever page somebody is, such as *Doors ready*, and at alarms."""
WORD_AT_DOORS_LOOK_MS: Final = 2_000
"""At what became of an evacuation or a pause that the desk has ordered."""
ANSWERS_LOOK_MS: Final = 5_000
"""At the answers at the doors, while somebody looks."""
TICKET_FILES_LOOK_MS: Final = 1_500
"""At how far files of tickets are that are made."""
MOVING_LOOK_MS: Final = 2_000
"""At how far the message is that tells of a date that was moved."""
CALLING_OFF_LOOK_MS: Final = 1_000
"""At how far an event is that is called off."""
LIST_LOOK_MS: Final = 400
"""At how far a list of guests is that is checked, taken or undone."""
STICKS_LOOK_MS: Final = 3_000
"""At which sticks are in the laptop, while one is asked for."""
