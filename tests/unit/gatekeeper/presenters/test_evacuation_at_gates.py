"""A gate says who has begun an evacuation, and at its exit that everybody goes out there."""

from __future__ import annotations

from datetime import UTC

import msgspec
import pytest

from gatekeeper.presenters.gate.evacuation_menu_and_inside_list import say_evacuation
from gatekeeper.presenters.gate.idle_content import idle_words
from gatekeeper.presenters.gate.verdict_content import Tone, describe_answer
from shared.kernel.instant import MINUTE
from tests.fakes.gate_answers import FAKE_NOW, OPEN_STATUS, make_answer


@pytest.mark.parametrize(("gate", "said"), [("South", "South"), ("", "organizer")])
def test_the_bar_names_the_gate_or_the_organizer(gate: str, said: str) -> None:
    """The ledger's own word comes from no gate."""
    status = msgspec.structs.replace(
        OPEN_STATUS, evacuation="stop", evacuation_gate=gate, evacuation_at=FAKE_NOW - MINUTE
    )
    bar = say_evacuation(status, FAKE_NOW, UTC)
    assert bar.startswith("Evacuation since")
    assert bar.endswith(f"· {said}")


@pytest.mark.parametrize("reason", ["unknown_ticket", "blocked", "malformed", "supervisor"])
def test_the_way_out_is_there_whatever_was_shown_at_it(reason: str) -> None:
    """ "No entry, keep the way free" stood before whoever hurried out with a wrong code."""
    answer = make_answer(reason, direction="out", stop="evacuation")
    content = describe_answer(answer, now=FAKE_NOW, zone=UTC)
    idle = idle_words(msgspec.structs.replace(OPEN_STATUS, direction="out", evacuation="stop"))
    assert (content.state, content.word, *content.lines) == ("exit", *idle[:2])
    assert content.lines == ("Leave here: the exit is open to everyone.",)
    assert content.tone is not Tone.DENY
