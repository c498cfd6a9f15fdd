"""What supervisors, stewards and cashiers may be called."""

from __future__ import annotations

from server.problem_answers import wrong_field
from shared.credential.badges_and_pins import is_badge
from shared.wire.work_reasons import WorkReason


def check_staff_name(name: str) -> None:
    """See that a name is not what a scanner has read off a badge into the field of names.

    Names stand on badges, screens and reports, and go to each gate and till: there the badge's
    secret would be readable for everybody.

    Raises:
        Problem: naming the field.
    """
    if is_badge(name.strip().upper()):
        because = WorkReason("field.badge_as_name")
        raise wrong_field("name", "is a badge's code", because)
