"""What the server refuses is said in the desk's language, at least of which kind it is."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from gatekeeper.organizer.server_api import Refused, ServerApi, _refusal
from gatekeeper.presenters.desk.refusal_and_fault_words import (
    _PROBLEM_KINDS,
    spell_fault,
    spell_file_fault,
    spell_refusal,
)
from gatekeeper.wording.texts import TEXTS
from server.problem_answers import TITLES
from shared.kernel.errors import BadInput, EnvironmentFault, ServerFault
from shared.kernel.languages import LANGUAGE_NAMES
from shared.kernel.trouble import UNSENT, TroubleKind
from shared.wire.work_reasons import WorkReason

OTHERS = [language for language in LANGUAGE_NAMES if language != "en"]
DETAIL = "The order is not paid, but someone has entered on it."


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    TEXTS.use("en")


def refused(problem: str, status: int = 409) -> Refused:
    return Refused(DETAIL, (), problem=problem, status=status)


def test_the_kind_is_said_first_where_the_servers_words_are_of_another_language() -> None:
    """In English they stand as they are; nobody is left with a sentence that they cannot read."""
    TEXTS.use("en")
    assert spell_fault(refused("conflict")) == DETAIL
    TEXTS.use("de")
    said = spell_refusal(refused("conflict"), is_managers=True)
    assert said == f"Das passt nicht zum jetzigen Stand. Der Server sagt: {DETAIL}"
    TEXTS.use("ar")
    assert spell_fault(refused("conflict")).startswith("\u2068هذا لا يناسب الحالة الراهنة")
    assert spell_fault(refused("unheard-of")) == DETAIL


def test_whoever_lacks_a_role_is_told_which_one() -> None:
    """An owner's act said that it needs a manager, to a manager, or that one's role is wrong."""
    why = WorkReason("role.needed", {"role_needed": "owner", "role_own": "manager"})
    fault = Refused(str(why), (), problem="forbidden", status=403, because=why)
    TEXTS.use("en")
    for is_managers in (False, True):
        said = spell_refusal(fault, is_managers=is_managers)
        assert "Owner" in said
        assert "Manager" in said
    TEXTS.use("de")
    assert "Inhaber" in spell_fault(fault)


def test_each_kind_is_one_of_the_servers_and_is_said_in_all_languages() -> None:
    """A kind that the server names otherwise would never be found."""
    assert TITLES.keys() > _PROBLEM_KINDS
    for language in LANGUAGE_NAMES:
        TEXTS.use(language)
        said = {spell_fault(refused(one)) for one in _PROBLEM_KINDS}
        assert len(said) == (1 if language == "en" else len(_PROBLEM_KINDS))


def test_a_server_that_is_not_reached_is_told_in_the_desks_language() -> None:
    """The most frequent fault of all was English on every desk."""
    english = "the server at http://127.0.0.1:9 cannot be reached; check cable and Wi-Fi"
    for kind in (*UNSENT, TroubleKind.TOO_SLOW, TroubleKind.BROKE_OFF, TroubleKind.UNREADABLE):
        fault = ServerFault(english, kind=kind)
        TEXTS.use("en")
        assert spell_fault(fault) == "The s" + english[5:]
        for language in OTHERS:
            TEXTS.use(language)
            assert "cannot be reached" not in spell_fault(fault), language


def test_what_a_proxy_answers_in_the_servers_place_is_told_as_what_it_is() -> None:
    """Of a list too large for it, and of a server that restarts behind it, the desk asked whether
    the server is of a newer version.
    """
    for status, said in ((413, "problem.too-large"), (502, "trouble.server_failed")):
        fault = _refusal(httpx.Response(status, html="<h1>nginx</h1>"))
        for language in OTHERS:
            TEXTS.use(language)
            assert spell_fault(fault).strip("\u2068").startswith(TEXTS.say(said)), language


def test_an_address_that_is_none_is_told_in_the_desks_language() -> None:
    """It is the first thing that whoever joins a server may get wrong."""
    for language in OTHERS:
        TEXTS.use(language)
        with pytest.raises(BadInput) as caught:
            ServerApi("nonsense")
        assert spell_fault(caught.value) == TEXTS.say("trouble.address")


def test_what_fails_on_the_laptop_is_told_first_in_the_desks_language() -> None:
    """What the system says of it stands behind, for whoever mends it."""
    TEXTS.use("de")
    said = spell_fault(EnvironmentFault("list.pdf cannot be written: No space left on device"))
    assert said == (
        "Auf diesem Laptop ging etwas nicht (list.pdf cannot be written: No space left on device)"
    )


def test_what_is_wrong_with_a_file_is_told_first_in_the_desks_language() -> None:
    """The words of a reader of seat maps, or of the system, stand behind."""
    faults = (BadInput("Line 3: no number"), OSError(28, "No space left on device"))
    TEXTS.use("en")
    assert spell_file_fault("hall.csv", faults[0]) == "hall.csv: Line 3: no number"
    TEXTS.use("de")
    assert [spell_file_fault("hall.csv", one) for one in faults] == [
        "Einige Angaben stimmen nicht (hall.csv: Line 3: no number)",
        "Auf diesem Laptop ging etwas nicht (hall.csv: No space left on device)",
    ]
