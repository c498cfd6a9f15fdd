"""Rules as rows of a form say exactly what the rule says, or are not rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.organizer.prepare.simple_rules import Condition, RuleRow, rows_of, rule_of
from shared.admission.organizer_rule_parsing import parse_rule
from shared.kernel.errors import BadInput

CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
NUMBER = st.integers(0, 1_000).map(str)
DAYS = st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True)
ROWS = st.one_of(
    st.builds(RuleRow, st.sampled_from([Condition.FROM_CLOCK, Condition.UNTIL_CLOCK]), CLOCK),
    st.builds(
        RuleRow,
        st.sampled_from(
            [
                Condition.BEFORE_DOORS,
                Condition.AFTER_START,
                Condition.AFTER_END,
                Condition.ENTRIES,
                Condition.ENTRIES_TODAY,
            ]
        ),
        NUMBER,
    ),
    st.builds(
        RuleRow, st.just(Condition.WEEKDAYS), DAYS.map(lambda days: ", ".join(map(str, days)))
    ),
)


@given(st.lists(ROWS, max_size=5))
def test_rows_come_back_from_the_rule_that_they_say(rows: list[RuleRow]) -> None:
    """And the grammar takes each."""
    rule = rule_of(rows)
    assert rows_of(rule) == tuple(rows)
    if rule is not None:
        parse_rule(rule)


@pytest.mark.parametrize(
    "rule",
    [
        {"any": [{"fact": "now", "cmp": "after", "value": "local:18:00:00"}]},
        {"all": [{"all": []}]},
        {"const": False},
        {"fact": "now", "cmp": "after", "value": "local:18:00:30"},
        {"fact": "now", "cmp": "after", "value": "event:start", "tolerance_min": 5},
        {"fact": "now", "cmp": "after", "value": "local:18:00:00", "tolerance_min": 5},
        {"fact": "now", "cmp": "before", "value": "event:end", "tolerance_min": 0.5},
        {"fact": "entries_total", "cmp": "<=", "value": 3},
        {"fact": "entries_total", "cmp": "<", "value": 2.5},
        {"fact": "weekday", "cmp": ">=", "value": 3},
        {"fact": "ticket_type", "cmp": "in", "value": ["tt_1"]},
        {"fact": "presence", "cmp": "==", "value": "absent"},
        {"all": "x"},
        {"any": [1, 2]},
        {},
    ],
)
def test_a_rule_beyond_rows_is_no_rows(rule: Any) -> None:
    """It would lose something."""
    assert rows_of(rule) is None


@pytest.mark.parametrize(
    "row",
    [
        RuleRow(Condition.FROM_CLOCK, "25:00"),
        RuleRow(Condition.UNTIL_CLOCK, ""),
        RuleRow(Condition.ENTRIES, "-1"),
        RuleRow(Condition.ENTRIES_TODAY, "many"),
        RuleRow(Condition.AFTER_END, "9" * 30),
        RuleRow(Condition.WEEKDAYS, "0"),
        RuleRow(Condition.WEEKDAYS, "1,,2"),
    ],
)
def test_a_value_that_its_condition_does_not_take_is_named(row: RuleRow) -> None:
    """Rather than meaning something else."""
    with pytest.raises(BadInput):
        rule_of([row])
