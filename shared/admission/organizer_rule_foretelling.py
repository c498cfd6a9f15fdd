"""What a zone's rule comes to for a ticket before anybody stands there with it. Pure.

Which ticket it is and at which gate are known beforehand; when its holder comes, and who came in
with it before then, are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.admission.organizer_rule_tree import Constant, Every, OneOf, Rule, Some, Subject


def foretell_rule(rule: Rule, subjects: Mapping[Subject, str | None]) -> bool | None:
    """Tell whether a rule will let a ticket in, whenever its holder comes.

    Args:
        rule: From `parse_rule`, so at most RULE_DEPTH_MAX deep.
        subjects: The id of each; None for what the ticket has none of.

    Returns:
        None where it depends on when they come, or on who came in before.
    """
    match rule:
        case Every():
            return _all(foretell_rule(part, subjects) for part in rule.parts)
        case Some():
            is_refused = _all(_opposite(foretell_rule(part, subjects)) for part in rule.parts)
            return _opposite(is_refused)
        case Constant():
            return rule.holds
        case OneOf():
            return subjects[rule.subject] in rule.ids
        case _:
            return None


def _all(parts: Iterable[bool | None]) -> bool | None:
    found = set(parts)
    if False in found:
        return False
    return None if None in found else True


def _opposite(foretold: bool | None) -> bool | None:  # noqa: FBT001  # one of three
    return None if foretold is None else not foretold
