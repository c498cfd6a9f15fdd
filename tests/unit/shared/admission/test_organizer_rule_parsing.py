"""Rules that are refused, each with the path of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.organizer_rule_parsing import RULE_DEPTH_MAX, RULE_NODES_MAX, parse_rule
from shared.admission.organizer_rule_tree import Constant, Every
from shared.kernel.errors import BadInput
from tests.factories.admission import raw_rules

NOW = {"fact": "now", "cmp": "after", "value": "event:start"}
TOTAL = {"fact": "entries_total", "cmp": "<", "value": 1}
SINCE = {"fact": "entries_since", "cmp": "<", "value": 1, "since": "event:start"}
WEEKDAY = {"fact": "weekday", "cmp": "==", "value": 6}
GATE = {"fact": "gate", "cmp": "in", "value": ["north"]}
PRESENCE = {"fact": "presence", "cmp": "==", "value": "present"}
MINUTES = {"fact": "minutes_since_last_entry", "cmp": ">", "value": 30}

WRONG: list[tuple[object, str]] = [
    (None, "rule: expected an object, found nothing"),
    (True, "rule: expected an object, found true"),
    ([], "rule: expected an object, found a list"),
    ({}, "rule: expected exactly one of all, any, const, or a fact"),
    ({"all": [], "any": []}, "rule: expected exactly one of"),
    ({"not": {"const": True}}, "rule: expected one of all, any, const, or a fact, found 'not'"),
    ({"all": {}}, "rule.all: expected a list, found an object"),
    ({"all": [{"const": True}, {"any": [1]}]}, r"rule.all\[1\].any\[0\]: expected an object"),
    ({"const": 1}, "rule.const: expected true or false, found 1"),
    ({"fact": "mood"}, "rule.fact: expected one of now, weekday, .*, found 'mood'"),
    ({"fact": 7}, "rule.fact: expected text, found 7"),
    (NOW | {"cmp": "<"}, "rule.cmp: expected after or before, found '<'"),
    (NOW | {"cmp": []}, "rule.cmp: expected after or before, found a list"),
    (NOW | {"value": 5}, "rule.value: expected text, found 5"),
    (NOW | {"value": "soon"}, "rule.value: not a time: 'soon'"),
    (NOW | {"value": "2026-07-04T17:00:00"}, "rule.value: a time without a zone"),
    (NOW | {"value": "event:pause"}, "rule.value: expected event:start, .*, found 'event:pause'"),
    (NOW | {"value": "local:24:00:00"}, "rule.value: expected .* local:HH:MM:SS"),
    (NOW | {"value": "local:9:00:00"}, "rule.value: expected .* local:HH:MM:SS"),
    (NOW | {"value": "local:09:00:00\n"}, "rule.value: expected .* local:HH:MM:SS"),
    (NOW | {"value": "local:٠٩:00:00"}, "rule.value: expected .* local:HH:MM:SS"),
    (NOW | {"tolerance_min": "10"}, "rule.tolerance_min: expected a number, found '10'"),
    (NOW | {"tolerance_min": -1}, "rule.tolerance_min: expected minutes from 0"),
    (NOW | {"tolerance_min": 10**400}, "rule.tolerance_min: expected minutes .* something else"),
    (NOW | {"tolerance": 10}, "rule.tolerance: now has no such field"),
    (NOW | {"since": "event:start"}, "rule.since: now has no such field"),
    (WEEKDAY | {"cmp": "in"}, "rule.cmp: expected one of <, <=, ==, >=, >, found 'in'"),
    (WEEKDAY | {"value": 0}, r"rule.value: expected a weekday from 1 \(Monday\) to 7, found 0"),
    (WEEKDAY | {"value": 8}, "rule.value: expected a weekday"),
    (WEEKDAY | {"value": True}, "rule.value: expected a weekday .*, found true"),
    (WEEKDAY | {"value": 6.5}, "rule.value: expected a weekday .*, found 6.5"),
    (GATE | {"cmp": "=="}, "rule.cmp: expected in, found '=='"),
    (GATE | {"value": "north"}, "rule.value: expected a list, found 'north'"),
    (GATE | {"value": ["north", 1]}, r"rule.value\[1\]: expected text, found 1"),
    (TOTAL | {"cmp": None}, "rule.cmp: expected one of .* found nothing"),
    (TOTAL | {"value": "1"}, "rule.value: expected a number, found '1'"),
    (TOTAL | {"value": False}, "rule.value: expected a number, found false"),
    (TOTAL | {"value": float("nan")}, "rule.value: expected a number, found nan"),
    (TOTAL | {"value": float("inf")}, "rule.value: expected a number, found inf"),
    (TOTAL | {"since": "event:start"}, "rule.since: entries_total has no such field"),
    (TOTAL | {"tolerance_min": 1}, "rule.tolerance_min: entries_total has no such field"),
    (SINCE | {"since": None}, "rule.since: expected text, found nothing"),
    (SINCE | {"since": "yesterday"}, "rule.since: not a time: 'yesterday'"),
    (MINUTES | {"value": {}}, "rule.value: expected a number, found an object"),
    (PRESENCE | {"cmp": ">"}, "rule.cmp: expected ==, found '>'"),
    (PRESENCE | {"value": []}, "rule.value: expected present or absent, found a list"),
]


@pytest.mark.parametrize(("raw", "message"), WRONG)
def test_wrong_rule_is_refused_by_its_path(raw: object, message: str) -> None:
    """Whoever wrote the rule is told where to look and what to write."""
    with pytest.raises(BadInput, match=f"^{message}"):
        parse_rule(raw)


@pytest.mark.parametrize("raw", [NOW, TOTAL, SINCE, WEEKDAY, GATE, PRESENCE, MINUTES])
def test_null_options_are_as_good_as_absent(raw: dict[str, Any]) -> None:
    """A form that writes null for an empty field writes the same rule."""
    nulls = {"tolerance_min": None, "since": raw.get("since")}
    assert parse_rule({**nulls, **raw}) == parse_rule(raw)


def nested(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"const": True}
    for _ in range(levels - 1):
        rule = {"all": [rule]}
    return rule


def test_rule_is_read_down_to_the_deepest_level() -> None:
    """Thirty-two levels are read, and one more is refused."""
    assert isinstance(parse_rule(nested(RULE_DEPTH_MAX)), Every)
    with pytest.raises(BadInput, match="more than 32 levels deep"):
        parse_rule(nested(RULE_DEPTH_MAX + 1))


def test_rule_without_bottom_is_refused_without_harm() -> None:
    """A hostile rule of a hundred thousand levels is refused like one of thirty-three."""
    with pytest.raises(BadInput, match="levels deep"):
        parse_rule(nested(100_000))


def test_rule_is_read_up_to_the_last_node() -> None:
    """A thousand nodes are read, and one more is refused."""
    parts = [{"const": True}] * (RULE_NODES_MAX - 1)
    assert parse_rule({"all": parts}) == Every((Constant(holds=True),) * (RULE_NODES_MAX - 1))
    with pytest.raises(BadInput, match="more than 1000 conditions"):
        parse_rule({"all": [*parts, {"const": True}]})


@given(raw_rules("2026-07-04T17:00:00Z"))
def test_equal_rules_are_parsed_to_equal_nodes(raw: dict[str, Any]) -> None:
    """What the contract allows is read, and twice the same."""
    assert parse_rule(raw) == parse_rule(raw)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["now", "in", "<", "event:end", "local:00:00:00", "weekday", "gate"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["all", "any", "const", "fact", "cmp", "value", "since", "tolerance_min"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused(raw: object) -> None:
    """Nothing that JSON can write makes the reader fail in another way."""
    try:
        answer = str(parse_rule(raw))
    except BadInput as error:
        answer = str(error)
    assert answer
