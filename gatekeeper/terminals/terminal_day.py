"""What a card terminal has taken in a shift, of a day that it settles when it likes."""

from __future__ import annotations

import msgspec


class DaySum(msgspec.Struct, frozen=True):
    """What a terminal has taken in a shift, in minor units.

    Attributes:
        shift_id: Which shift.
        settled_minor: In days that it has settled since; less what shifts before have left in the
            one that it was in.
        running_minor: In its running day, when it was asked last.
        card_minor: What the till said then that cards had brought in the shift.
        left_minor: What is left in its day of this shift and those before, by what the till says:
            the shift was to be closed, and the terminal could not be asked.
        is_guess: What runs is what the till says of the shifts before: nobody was asked.
    """

    shift_id: str = ""
    settled_minor: int = 0
    running_minor: int = 0
    card_minor: int = 0
    left_minor: int = 0
    is_guess: bool = False

    def of_shift(self, shift_id: str) -> DaySum:
        """Return the sum to go on with in a shift: this one, or that of the shift that follows."""
        if shift_id == self.shift_id:
            return self
        left = self.left_minor
        return DaySum(shift_id, settled_minor=-left, running_minor=left, is_guess=bool(left))

    def as_left(self, card_minor: int) -> DaySum:
        """Note that the shift is to be closed, and the terminal cannot be asked."""
        return msgspec.structs.replace(self, left_minor=card_minor - self.settled_minor)

    def with_running(self, running_minor: int, card_minor: int) -> DaySum:
        """Take what runs now, and what cards have brought by now.

        Less than before runs where the day was settled unheard, or where money went back by card.
        It was settled if what came and went since then is nearer to all that runs now.
        """
        since, went_on = card_minor - self.card_minor, running_minor - self.running_minor
        is_nearer = abs(since - running_minor) < abs(since - went_on)
        is_settled = (went_on < 0 or self.is_guess) and is_nearer
        settled = self.settled_minor + self.running_minor * is_settled
        return DaySum(self.shift_id, settled, running_minor, card_minor)
