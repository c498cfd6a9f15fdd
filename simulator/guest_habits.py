"""What guests do, and how often: leave, come back, show copies, codes that nobody issued."""

from __future__ import annotations

import msgspec

from shared.kernel.instant import MINUTE, Duration


class Guests(msgspec.Struct, frozen=True):
    """What guests do: mostly probabilities, per ticket or admission.

    Attributes:
        copied: A copy of the ticket is presented as well.
        at_once: That copy comes within seconds, not within minutes.
        twice: The same code is held under the reader twice.
        leaves: Somebody who is inside goes out.
        returns: And comes back.
        followed: By somebody with a copy, who comes soon after.
        void: The organizer cancels the ticket around its arrival.
        reissued: The organizer reissues it; old and new code are presented.
        reissued_twice: Of those, two people at the office do so at once, or one who had no answer;
            each says which code is to be replaced.
        undone: Staff take an admission back.
        out_again: Somebody who has gone out shows the code at another way out as well.
        undone_late: Staff take an admission back whose holder has gone out since.
        forged: A forged, foreign or garbage code is presented besides.
        goes_home: Under the policy `home`, goes to the gate that is printed on the ticket.
        patience: How many gates a holder tries.
        stays: How long who leaves was inside, on average.
        strolls: How long who returns was outside, on average.
    """

    copied: float = 0.10
    at_once: float = 0.6
    twice: float = 0.03
    leaves: float = 0.10
    returns: float = 0.6
    followed: float = 0.0
    void: float = 0.03
    reissued: float = 0.03
    reissued_twice: float = 0.4
    undone: float = 0.02
    forged: float = 0.04
    goes_home: float = 0.4
    patience: int = 3
    out_again: float = 0.0
    undone_late: float = 0.0
    stays: Duration = 10 * MINUTE
    strolls: Duration = 5 * MINUTE
