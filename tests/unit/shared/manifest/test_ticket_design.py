"""What colours a ticket may have."""

from __future__ import annotations

import pytest

from shared.manifest.ticket_design import CONTRAST_MIN, contrast_on_white, is_legible, read_color


def test_contrast_is_reckoned_as_the_standard_has_it() -> None:
    """Black is 21 to 1, grey #767676 just passes, #777777 just fails (WCAG 2.2, 1.4.3)."""
    found = [contrast_on_white(read_color(one) or (0, 0, 0)) for one in ("#000000", "#ffffff")]
    assert found == [pytest.approx(21), pytest.approx(1)]
    assert contrast_on_white((0x76, 0x76, 0x76)) >= CONTRAST_MIN > contrast_on_white((0x77,) * 3)


def test_only_whole_colours_are_read() -> None:
    """Six hex digits after the mark, nothing else."""
    assert read_color("#7a1F5c") == (0x7A, 0x1F, 0x5C)
    assert [read_color(one) for one in ("", "#fff", "7a1f5c0", "#7a1f5", "#7a1f5g")] == [None] * 5
    assert is_legible("")
    assert is_legible("#7a1f5c")
    assert not is_legible("#ffee00")
