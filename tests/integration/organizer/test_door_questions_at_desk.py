"""A ticket type's questions, as the desk's form sets them at the real application."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.merging_edits import Clash, Whose, merge
from gatekeeper.organizer.prepare.door_questions_form import draft_of, say_question
from gatekeeper.organizer.prepare.plan_client import PlanItem, PlanKind, merge_paths, new_thing
from tests.factories.office import Office
from tests.integration.organizer.test_host_lists import sit_at_the_plan

pytestmark = pytest.mark.either_database
BAGS = {"text": "Any bags?", "answers": ["No", "Yes"]}
MEAL = {"text": "Which meal?", "answers": ["Meat", "Fish"]}


async def test_questions_are_kept_merged_with_anothers_and_put_back(office: Office) -> None:
    """The second of two organizers is told what is asked by now, and an undo brings ids back."""
    first, second = await sit_at_the_plan(office)
    plan = await first.read()
    new = merge_paths(new_thing(PlanKind.TYPE, plan).fields, {"name": "VIP", "questions": [BAGS]})
    made = await first.save(new_thing(PlanKind.TYPE, plan), new)
    assert isinstance(made, PlanItem)
    (kept,) = made.fields["questions"]
    assert say_question(draft_of(kept)) == kept == BAGS | {"id": kept["id"]}
    seen = (await second.read()).find(made.id)
    assert seen is not None

    theirs = await first.save(made, merge_paths(made.fields, {"questions": [MEAL, kept]}))
    assert isinstance(theirs, PlanItem)
    swapped = draft_of(kept)
    swapped.answers.reverse()
    mine = merge_paths(seen.fields, {"questions": [say_question(swapped)]})
    clash = await second.save(seen, mine)
    assert isinstance(clash, Clash)
    assert [one.path for one in clash.fields] == ["questions"]
    joined = merge(seen.fields, clash.theirs, mine, {"questions": Whose.MINE})
    saved = await second.save(theirs, joined)
    assert isinstance(saved, PlanItem)
    (other,) = saved.fields["questions"]
    assert other["answers"] == ["Yes", "No"]
    assert other["id"] != kept["id"], "what was answered by place is not counted for it"

    await second.undo()
    back = (await second.read()).find(made.id)
    assert back is not None
    assert back.fields["questions"] == theirs.fields["questions"]
    for desk in (first, second):
        await desk._api.close()
