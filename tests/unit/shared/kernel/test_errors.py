"""The error tree: what a caller may catch together."""

from __future__ import annotations

import pytest

from shared.kernel import errors


@pytest.mark.parametrize(
    ("error", "parent"),
    [
        (errors.BadInput, errors.GatekeeperError),
        (errors.Malformed, errors.BadInput),
        (errors.BadSignature, errors.BadInput),
        (errors.Rejected, errors.GatekeeperError),
        (errors.EnvironmentFault, errors.GatekeeperError),
        (errors.StoreFault, errors.EnvironmentFault),
        (errors.ServerFault, errors.EnvironmentFault),
    ],
)
def test_the_tree_is_as_drawn(error: type[Exception], parent: type[Exception]) -> None:
    """Each error is a kind of the one above it in the drawing."""
    assert error.__base__ is parent


def test_a_rejection_carries_its_problem() -> None:
    """The other side's words, its problem type and status go together."""
    error = errors.Rejected("no such event", problem="not-found", status=404)
    assert (str(error), error.problem, error.status) == ("no such event", "not-found", 404)
    assert (errors.Rejected("no").problem, errors.Rejected("no").status) == ("rejected", 400)
