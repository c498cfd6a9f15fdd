"""Claims: what the layout can hold, and windows that widen outwards."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.credential_fields import (
    Claims,
    instant_of_step,
    window_step_ceiling,
    window_step_floor,
)
from shared.credential.sizes_and_bounds import WINDOW_EPOCH, WINDOW_STEP, WINDOW_STEPS_MAX
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.kernel.instant import Instant, format_instant
from tests.unit.shared.credential.strategies import ANY_CLAIMS, VECTORS

PLAIN = Claims(key_id=1, ticket_id=TicketId(2), ticket_type_code=3)
FIRST = WINDOW_EPOCH + WINDOW_STEP
LAST = WINDOW_EPOCH + WINDOW_STEPS_MAX * WINDOW_STEP


@given(st.integers(FIRST, LAST))
def test_a_window_widens_outwards_by_less_than_a_quarter_hour(instant: int) -> None:
    """The step below opens no later, the one above closes no earlier, and both are near."""
    opens = instant_of_step(window_step_floor(Instant(instant)))
    closes = instant_of_step(window_step_ceiling(Instant(instant)))
    assert opens is not None
    assert closes is not None
    assert opens <= instant <= closes
    assert instant - opens < WINDOW_STEP
    assert closes - instant < WINDOW_STEP


@given(st.integers(1, WINDOW_STEPS_MAX))
def test_a_whole_quarter_hour_is_its_own_step(step: int) -> None:
    """What can be named exactly is neither rounded up nor down."""
    instant = instant_of_step(step)
    assert window_step_floor(instant) == window_step_ceiling(instant) == step


def test_no_bound_is_step_zero_both_ways() -> None:
    """None is no instant, and step 0 names none."""
    assert (window_step_floor(None), window_step_ceiling(None)) == (0, 0)
    assert instant_of_step(0) is None


def test_the_first_and_last_step_are_those_of_the_specification() -> None:
    """From a quarter past midnight in 2020 to November 2049."""
    assert format_instant(FIRST) == "2020-01-01T00:15:00Z"
    assert format_instant(LAST) == "2049-11-26T15:45:00Z"


@pytest.mark.parametrize("instant", [0, WINDOW_EPOCH, FIRST - 1, LAST + WINDOW_STEP])
def test_an_opening_that_no_step_can_name_is_refused(instant: int) -> None:
    """Before the first step or a whole one after the last."""
    with pytest.raises(BadInput, match="2020"):
        window_step_floor(Instant(instant))


@pytest.mark.parametrize("instant", [0, WINDOW_EPOCH - 1, WINDOW_EPOCH, LAST + 1])
def test_a_closing_that_no_step_can_name_is_refused(instant: int) -> None:
    """Just after the last step there is none above."""
    with pytest.raises(BadInput, match="2049"):
        window_step_ceiling(Instant(instant))


@given(ANY_CLAIMS)
def test_claims_that_the_layout_holds_pass(claims: Claims) -> None:
    """Nothing within the ranges is refused."""
    claims.check()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key_id", -1), ("key_id", 0x10000),
        ("ticket_id", -1), ("ticket_id", 2**64),
        ("ticket_type_code", -1), ("ticket_type_code", 0x10000),
        ("generation", -1), ("generation", 256),
        ("tag_uid", b""), ("tag_uid", bytes(4)), ("tag_uid", bytes(8)),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named(field: str, value: object) -> None:
    """The message says which field to change."""
    with pytest.raises(BadInput, match=field):
        msgspec.structs.replace(PLAIN, **{field: value}).check()


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    """Nobody means to sell a ticket that never admits; a moment is a window, though."""
    with pytest.raises(BadInput, match="later than"):
        msgspec.structs.replace(PLAIN, valid_from=FIRST + 1, valid_until=FIRST).check()
    msgspec.structs.replace(PLAIN, valid_from=FIRST, valid_until=FIRST).check()
    msgspec.structs.replace(PLAIN, valid_from=FIRST).check()
    msgspec.structs.replace(PLAIN, valid_until=FIRST).check()


def test_the_vectors_hold_every_kind_of_window() -> None:
    """Unbounded, exact, and rounded on either side."""
    assert {(w["from_step"] == 0, w["until_step"] == 0) for w in VECTORS["windows"]} >= {
        (True, True),
        (True, False),
        (False, False),
    }
