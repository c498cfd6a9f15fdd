"""For how long a gate shows what it shows: verdicts, questions, hints; each in milliseconds."""

from __future__ import annotations

from typing import Final

ADMITTED_STAYS_MS: Final = 2_000
"""A green screen, unless the next scan comes before."""
LEFT_STAYS_MS: Final = 1_500
"""A way out that was recorded: nobody has to read it."""
DENIED_STAYS_MS: Final = 6_000
"""A red screen: its reason is read, and told to the holder."""
REFERRED_STAYS_MS: Final = 60_000
"""A question to staff, who come from elsewhere; then it is asked for anew."""
ADVICE_STAYS_MS: Final = 4_000
"""How to show a ticket that could not be read as it was held."""
READING_STAYS_MS: Final = 30_000
"""That a picture is being read: longer than any is looked at."""
NOT_READ_STAYS_MS: Final = 8_000
"""That no code was found in a picture."""
DEBT_STAYS_MS: Final = 20_000
"""A ticket that is to be paid first: money takes time."""
UNDO_STAYS_MS: Final = 10_000
"""The question whether an admission is taken back."""
NOT_ADMITTED_STAYS_MS: Final = 4_000
"""That somebody is not let in after all, or was taken back."""
UNATTENDED_STAYS_MS: Final = 6_000
"""Where to go, at a gate without staff."""
STRANGE_BADGE_STAYS_MS: Final = 8_000
"""That a badge opens nothing here."""
NOT_KEPT_STAYS_MS: Final = 8_000
"""That a device's settings hold, and are not kept."""
DUTY_HINT_STAYS_MS: Final = 8_000
"""That somebody is on duty now, or no more."""
START_NOTE_STAYS_MS: Final = 6_000
"""What came of an act on the pages before a gate is open."""
HINT_STAYS_MS: Final = 3_000
"""Something small in a gate's banner, where nothing else is said here of how long it stays."""
LAST_STAYS_MS: Final = 10_000
"""The last holder's line under an idle screen."""
