"""Why the server's work did not come off, worded in the desk's own language."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

import pytest

from gatekeeper.organizer.failed_work import WorkEnd
from gatekeeper.organizer.prepare.guest_imports_client import ListImport
from gatekeeper.organizer.server_api import Refused, WrongField
from gatekeeper.presenters.desk.guest_import_words import spell_list
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.presenters.desk.work_reason_words import spell_ends, spell_reasons
from gatekeeper.wording.texts import TEXTS
from shared.kernel.languages import LANGUAGE_NAMES
from shared.wire.work_reasons import ENGLISH, WorkReason


@pytest.fixture(params=sorted(LANGUAGE_NAMES))
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Speak one language after the other."""
    before = TEXTS.language
    TEXTS.use(request.param)
    yield request.param
    TEXTS.use(before)


def test_each_code_has_words_of_its_own_with_all_of_its_values(language: str) -> None:
    """Of what the server says beside it nothing is shown, nor is a value left out."""
    for code, message in ENGLISH.items():
        names = {name for _, name, _, _ in Formatter().parse(message) if name}
        values: dict[str, int | str] = {
            name: "Stalls" if name == "name" else 421 for name in names
        }
        told = spell_reasons([WorkReason(code, values)], "in the server's words")
        assert "server's words" not in told, code
        assert all(str(value) in told for value in values.values()), code
        if language != "en":
            assert told != str(WorkReason(code, values)), code


def test_what_has_no_known_code_is_shown_as_it_came(language: str) -> None:
    """A newer server's reason, an older server's, and one of which a part has a code."""
    newer = WorkReason("mail.haunted", {"ghosts": 3})
    for because in ((newer,), (), (WorkReason("work.broken"), newer)):
        assert "It is haunted." in spell_reasons(because, "It is haunted.")
    assert spell_reasons((), "") == ""
    ends = (WorkEnd("It is haunted."), WorkEnd("Broken.", (WorkReason("work.broken"),)))
    assert "It is haunted." in spell_ends(ends)
    assert TEXTS.say("why.work.broken") in spell_ends(ends)


def test_a_refusal_is_said_by_its_code(language: str) -> None:
    """The second half of what was refused was the server's English, in every language."""
    said = "the server refused: The order is cancelled; it can no longer be paid."
    because = WorkReason("order.unpayable", {"order_state": "cancelled"})
    refused = Refused(said, (), problem="conflict", status=409, because=because)
    state = TEXTS.say("orders.state.cancelled")
    assert spell_fault(refused) == TEXTS.say("why.order.unpayable", order_state=state)
    newer = WorkReason("order.unpayable", {"order_state": "haunted"})
    refused = Refused(said, (), problem="conflict", status=409, because=newer)
    assert "haunted" in spell_fault(refused)
    unknown = WorkReason("order.haunted")
    for code in (unknown, None):
        refused = Refused(said, (), problem="conflict", status=409, because=code)
        assert "it can no longer be paid" in spell_fault(refused)


def test_wrong_fields_are_said_by_their_codes_where_all_have_one(language: str) -> None:
    """A list of names as the API has them said it in English; the same is said once."""
    early = WorkReason("field.ends_first")
    late = WrongField("dates[1].ends_at", "must be after starts_at", early)
    fields = (WrongField("dates[0].ends_at", "must be after starts_at", early), late)
    said = "the server refused: Correct the named fields. (…)"
    refused = Refused(said, fields, problem="invalid-fields", status=422)
    assert spell_fault(refused) == TEXTS.say("why.field.ends_first")
    mixed = (*fields, WrongField("name", "is haunted"))
    refused = Refused(said, mixed, problem="invalid-fields", status=422)
    assert "Correct the named fields" in spell_fault(refused)


def test_a_list_that_failed_says_why(language: str) -> None:
    """The page has the sentence of the desk's language, whatever the server has said."""
    reason = WorkReason("list.quotation", {"line": 12})
    found = ListImport(
        id="im_1",
        state="failed",
        columns=(),
        sample=(),
        mapping={},
        position=12,
        size=12,
        lines=0,
        added=0,
        again=0,
        known=0,
        wrong=0,
        named=0,
        said="A quotation mark.",
        because=(reason,),
    )
    assert TEXTS.say("why.list.quotation", line=12) in spell_list(found)
    assert "A quotation mark." not in spell_list(found)
