"""What a rule comes to beforehand: yes, no, or it depends on when somebody comes."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.admission.organizer_rule_foretelling import foretell_rule
from shared.admission.organizer_rule_parsing import parse_rule
from shared.admission.organizer_rule_tree import Subject

SUBJECTS: Final = {Subject.TICKET_TYPE: "tt_1", Subject.VARIANT: None, Subject.GATE: "ga_1"}
YES: Final[dict[str, Any]] = {"fact": "ticket_type", "cmp": "in", "value": ["tt_1", "tt_2"]}
NO: Final[dict[str, Any]] = {"fact": "variant", "cmp": "in", "value": ["vip"]}
LATER: Final[dict[str, Any]] = {"fact": "now", "cmp": "before", "value": "local:20:00:00"}
TWICE: Final[dict[str, Any]] = {"fact": "entries_today", "cmp": "<", "value": 1}


@pytest.mark.parametrize(
    ("rule", "foretold"),
    [
        (YES, True),
        (NO, False),
        ({"fact": "gate", "cmp": "in", "value": ["ga_2"]}, False),
        (LATER, None),
        (TWICE, None),
        ({"const": True}, True),
        ({"const": False}, False),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"all": [YES, LATER]}, None),
        ({"all": [LATER, NO]}, False),
        ({"any": [NO, TWICE]}, None),
        ({"any": [TWICE, YES]}, True),
        ({"any": [NO, {"all": [YES, {"any": [NO, YES]}]}]}, True),
    ],
    ids=str,
)
def test_what_depends_on_no_time_is_known_beforehand(
    rule: dict[str, Any], *, foretold: bool | None
) -> None:
    """A part that decides by itself decides; else what is not known yet is left open."""
    assert foretell_rule(parse_rule(rule), SUBJECTS) is foretold
