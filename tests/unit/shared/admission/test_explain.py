"""Plain words for every reason."""

from __future__ import annotations

import pytest

from shared.admission.explain import explain
from shared.admission.reasons import Reason


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_it_means_and_what_to_do(reason: Reason) -> None:
    """No screen ever shows a bare code: there is a sentence and a next step."""
    explanation = explain(reason)
    for sentence in (explanation.meaning, explanation.next_step):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "error" not in sentence.lower()
        assert "_" not in sentence


def test_no_two_reasons_mean_the_same() -> None:
    """Each meaning is told apart from all others."""
    assert len({explain(reason).meaning for reason in Reason}) == len(Reason)
