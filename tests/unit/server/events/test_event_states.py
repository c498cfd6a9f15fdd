"""The states of an event."""

from __future__ import annotations

from server.events.event_states import TRANSITIONS, EventState, may_become, needs_admin


def test_every_state_is_reached_from_draft_and_ends_in_the_archive() -> None:
    """No state is unreachable, and only the archive is final."""
    reached, frontier = {EventState.DRAFT}, [EventState.DRAFT]
    while frontier:
        following = TRANSITIONS[frontier.pop()] - reached
        reached |= following
        frontier += following
    assert reached == set(EventState)
    assert {state for state in EventState if not TRANSITIONS[state]} == {EventState.ARCHIVED}


def test_what_was_sold_never_becomes_a_draft_again() -> None:
    """From published on there is no way back before it."""
    for state in (EventState.PUBLISHED, EventState.ACTIVE, EventState.COMPLETED):
        assert not may_become(state, EventState.DRAFT)
        assert not may_become(state, EventState.PENDING_APPROVAL)


def test_only_publication_needs_an_admin() -> None:
    """And only where the organization needs approval."""
    for now in EventState:
        for then in TRANSITIONS[now]:
            assert not needs_admin(then, needs_approval=False, now=now)
            expected = then is EventState.PUBLISHED
            assert needs_admin(then, needs_approval=True, now=now) is expected
