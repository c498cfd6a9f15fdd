"""What the screen says: complete, in plain words, and true."""

from __future__ import annotations

import ast
import re
from datetime import UTC
from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.ends_of_printed_codes import UNKNOWN
from gatekeeper.presenters.colors import DARK, LIGHT, ScreenState
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.bar_facts import alone_fact, bottom_facts, top_facts
from gatekeeper.presenters.gate.evacuation_menu_and_inside_list import inside_rows
from gatekeeper.presenters.gate.supervisor_content import undo_options
from gatekeeper.presenters.gate.verdict_content import (
    Tone,
    VerdictContent,
    describe_answer,
    describe_stop,
)
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.readers.wedge_readings import choose_text
from gatekeeper.wording.texts import TEXTS, read_catalogue
from gatekeeper.wording.times import spell_age, spell_ago, spell_time
from shared.admission.explain import explain
from shared.admission.reasons import Reason
from shared.credential.badges_and_pins import new_badge
from shared.credential.manual_code import format_manual_code
from shared.kernel.errors import StoreFault
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from shared.kernel.trouble import TroubleKind
from tests.fakes.entropy import SeededEntropy
from tests.fakes.gate_answers import FAKE_NOW, INSIDE, OPEN_STATUS, make_answer, used_answer

GATE = Path(__file__).resolve().parents[4] / "gatekeeper"
SPEAKING = ("ui", "presenters", "wording", "printing", "boxoffice")
HEADS = {rf".+\.{part}": f".{part}" for part in ("title", "lead")}
"""What `headed` asks for, by the pattern of it: of whole keys, whose beginning it is given."""


def test_a_list_of_nobody_says_what_to_do_next() -> None:
    """An evacuated hall of which nothing is recorded is counted by people."""
    nobody = msgspec.structs.replace(INSIDE, persons=0, tickets=(), silent=())
    last = inside_rows(nobody, FAKE_NOW, UTC)[-1]
    assert last.name == "Nobody on record"
    assert "count them there, sync" in last.value


def describe(reason: str, **changes: object) -> VerdictContent:
    answer = make_answer(reason, **changes)
    return describe_answer(answer, now=FAKE_NOW, zone=UTC)


def lines(content: VerdictContent) -> list[str]:
    return [line.replace("\u00a0", " ") for line in content.lines]


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_has_a_word_and_what_is_no_admission_a_next_step(reason: Reason) -> None:
    """No reason reaches the screen as a code, and none leaves the steward without a next step."""
    content = describe(reason.value)
    assert content.word
    assert "_" not in content.word
    if reason.verdict.value != "admit":
        assert content.lines[-1].endswith(".")
        assert content.tone in {Tone.DENY, Tone.REFER, Tone.TICK}
    assert content.word in content.spoken


def test_no_two_verdict_classes_share_a_word() -> None:
    """The word alone tells whether to let in, to stop or to look."""
    words: dict[str, set[str]] = {}
    for reason in Reason:
        words.setdefault(describe(reason.value).word, set()).add(reason.verdict.value)
    assert all(len(classes) == 1 for classes in words.values())


def test_a_used_ticket_says_when_where_and_how_long_ago() -> None:
    """The fact stands under the word, for the steward and the visitor to read."""
    content = describe_answer(used_answer(), now=FAKE_NOW, zone=UTC)
    assert lines(content)[0] == "17:01 · Gate North · 3 min ago"


def test_a_ticket_for_another_date_says_for_which() -> None:
    """It is no other event; of a matinee and an evening on one day the time alone tells."""
    tomorrow = describe("wrong_event", other_date=FAKE_NOW + DAY)
    assert tomorrow.word == "Wrong date"
    assert lines(tomorrow) == [
        "Ticket for Sun 5 Jul 17:04",
        "Show the holder the date on the ticket. The box office can exchange it.",
    ]
    tonight = describe("wrong_event", other_date=FAKE_NOW + HOUR)
    assert lines(tonight)[0] == "Ticket for 18:04"
    beside = describe("wrong_event", other_date=FAKE_NOW + HOUR, other_date_name="Hall 2")
    assert lines(beside)[0] == "Ticket for Hall 2 · 18:04"


def test_a_ticket_outside_its_time_says_when_that_is() -> None:
    """The holder of an evening ticket learns for how long to wait, and the steward can show it."""
    early = describe("not_yet_valid", valid_from=FAKE_NOW + HOUR)
    assert (early.word, lines(early)) == (
        "Too early",
        ["Valid from 18:04", "Ask the holder to wait and come back when entry opens."],
    )
    late = describe("expired", valid_until=FAKE_NOW - DAY)
    assert lines(late)[0] == "Was valid until Fri 3 Jul 17:04"
    assert lines(describe("expired"))[0] == "This ticket is no longer valid."


def test_a_group_says_how_many_and_what_is_left() -> None:
    """Several persons on one code are admitted by number."""
    content = describe("ok", count=4, remaining=2)
    assert content.word == "Admit 4"
    assert "2 more may enter" in lines(content)


def test_a_group_that_does_not_fit_is_not_told_that_the_zone_is_full() -> None:
    """Three of four may still go in; who comes alone is not sent away for them."""
    group = describe("capacity_full", count=4)
    assert group.word == "No room for 4"
    assert lines(group)[-2:] == [
        "The zone has no room for 4 at once.",
        "Scan again and let fewer in, or ask them to wait. Call the supervisor.",
    ]
    alone = describe("capacity_full")
    assert (alone.word, lines(alone)[0]) == ("Hall full", "The zone is full.")


def test_a_group_larger_than_its_ticket_is_told_how_many_are_left() -> None:
    """It read that nothing is left, though two of the four may enter; also where none has yet."""
    then = "Scan again and let fewer in. Send the others to the help desk."
    group = describe("already_used", count=4, remaining=2)
    assert (group.word, group.icon) == ("Not enough for 4", "deny")
    assert lines(group)[-2:] == ["2 more may enter", then]
    one = describe("already_used", count=2, remaining=1)
    assert lines(one)[-2:] == ["One more may enter on this ticket", then]
    used = describe_answer(
        msgspec.structs.replace(used_answer(), count=3, remaining=2), now=FAKE_NOW, zone=UTC
    )
    assert lines(used)[-2:] == ["2 more may enter", then]
    assert len(lines(used)) == 3, "when and where the others went in is said as well"
    for left in (0, None):
        gone = describe("already_used", count=4, remaining=left)
        assert (gone.word, gone.icon) == ("Already admitted", "deny_used")


def test_places_that_other_gates_give_back_are_worth_a_second_scan() -> None:
    """Whoever stands there is told to wait a moment, and not that the hall is full."""
    for count in (1, 5):
        content = describe("capacity_full", count=count, called_back=True)
        assert content.word == "Wait a moment"
        assert lines(content)[-2:] == [
            "Other gates hold the remaining places and are releasing them.",
            "Scan again in a few seconds. If nothing changes, call the supervisor.",
        ]


def test_a_cut_off_gate_without_places_of_its_own_does_not_say_that_the_zone_is_full() -> None:
    """Nobody knows that there: a gate that is connected may let them in."""
    for count, word in ((1, "No places here"), (4, "No room for 4")):
        content = describe("capacity_full", count=count, own_places_used=True)
        assert content.word == word
        assert lines(content)[-2:] == [
            "This gate is cut off and has too few places of its own left.",
            "Send the holder to a gate that is connected, or call the supervisor.",
        ]


@pytest.mark.parametrize(
    ("reason", "end", "said"),
    [
        ("expired", "over", "The organizer has ended this event. Entry is closed."),
        ("cancelled", "called_off", "The organizer has cancelled this event."),
        ("cancelled", "date_off", "The organizer has cancelled this date."),
    ],
)
def test_where_the_event_has_ended_no_tickets_own_time_is_blamed(
    reason: str, end: str, said: str
) -> None:
    """Of every guest the gate said that their ticket was too late, and nobody knew why."""
    assert lines(describe(reason, event_end=end))[-2] == said


def test_a_ticket_whose_code_is_known_by_its_hash_alone_is_named_as_one_of_a_list() -> None:
    """No dots with nothing behind them, where a supervisor has to tell admissions apart."""
    answer = make_answer("ok", printed=UNKNOWN, ticket_type="Family")
    (option,) = undo_options([answer], FAKE_NOW, UTC)
    assert option.label == "Family · Ticket from a list"
    shown = make_answer("ok", printed="9Q4T-H", ticket_type=None)
    (option,) = undo_options([shown], FAKE_NOW, UTC)
    assert option.label == "Ticket …9Q4T-H"


def test_an_admission_of_another_day_is_offered_to_be_taken_back_with_its_day() -> None:
    """Past midnight, and on a festival's next morning, an hour alone is not when it was."""
    late = make_answer("ok", at=FAKE_NOW - 8 * HOUR)
    yesterday = make_answer("ok", claim_id="cl_0", at=FAKE_NOW - DAY)
    options = undo_options([late, yesterday], FAKE_NOW, UTC)
    assert [one.hint for one in options] == ["09:04:31", "Fri 3 Jul 17:04"]


def test_a_ticket_for_elsewhere_names_the_gate() -> None:
    """The visitor is told where to go, not only that it is not here."""
    assert lines(describe("wrong_gate", gate="Gate C"))[0] == "Use Gate C →"
    assert lines(describe("offline_policy", gate="Gate H"))[0] == "Use Gate H →"


def test_what_is_no_ticket_is_denied_softly() -> None:
    """A loyalty card gets a tick and no frame."""
    content = describe("malformed")
    assert (content.tone, content.is_framed) == (Tone.TICK, False)


def test_staff_see_the_rung_that_decided() -> None:
    """The small line says which ticket it was and on what ground."""
    assert describe("ok", mode="offline").staff == "Ticket …4821 · 17:04:31 · decided alone"


def test_a_stopped_gate_says_that_nobody_was_admitted() -> None:
    """A fault is told in words and with a way out, never by its name."""
    content = describe_stop(spell_fault(StoreFault("the disk is full")))
    assert content.state is ScreenState.PAUSED
    assert lines(content)[:2] == [
        "Not admitted: this gate cannot record it.",
        "The disk is full.",
    ]


def test_an_unforeseen_fault_is_told_calmly_and_logged() -> None:
    """A bug of ours shows no exception to the visitor, but reaches the log."""
    fault = KeyError("seat")
    assert "KeyError" not in spell_fault(fault)
    with pytest.raises(KeyError):
        raise_unforeseen(fault)


@pytest.mark.parametrize(
    ("age", "ago", "old"),
    [
        (0, "just now", "up to date"),
        (4 * SECOND, "4 s ago", "4 s old"),
        (89 * SECOND, "89 s ago", "89 s old"),
        (3 * MINUTE, "3 min ago", "3 min old"),
        (2 * HOUR, "2 h ago", "2 h old"),
        (3 * DAY, "3 days ago", "3 days old"),
    ],
)
def test_ages_are_short(age: int, ago: str, old: str) -> None:
    """An age is read at a glance."""
    assert spell_ago(Duration(age), TEXTS) == ago
    assert spell_age(Duration(age), TEXTS) == old


def test_a_time_of_another_day_has_its_date() -> None:
    """Yesterday's admission is not taken for today's."""
    assert spell_time(FAKE_NOW - MINUTE, FAKE_NOW, UTC, TEXTS) == "17:03"
    assert spell_time(FAKE_NOW - DAY, FAKE_NOW, UTC, TEXTS) == "3 Jul 17:04"


def test_the_bars_name_what_is_unusual() -> None:
    """Exit mode, rehearsal, conflicts and problems stand in the bars; nobody mistakes the mode."""
    status = msgspec.structs.replace(
        OPEN_STATUS,
        direction="out",
        profile="rehearsal",
        conflicts=2,
        problem="clock off by 4 s",
    )
    top = [fact.text for fact in top_facts(status, FAKE_NOW, UTC)]
    assert top[:2] == ["EXIT · Gate B · North", "REHEARSAL"]
    bottom = [fact.text for fact in bottom_facts(status, is_audible=False, look=DARK.page)]
    assert "2 conflicts" in bottom
    assert "clock off by 4 s" in bottom


def test_a_disk_with_little_room_is_said_before_the_gate_has_to_stop() -> None:
    """Whoever stands there can still make some while nobody waits."""
    full = msgspec.structs.replace(OPEN_STATUS, is_disk_low=True)
    for status, count in ((full, 1), (OPEN_STATUS, 0)):
        facts = bottom_facts(status, is_audible=True, look=DARK.page)
        assert sum("almost full" in fact.text for fact in facts) == count


@pytest.mark.parametrize("mode", ["offline", "lan"])
def test_a_clock_that_nothing_proves_is_for_a_person_to_read(mode: str) -> None:
    """Neighbours prove nothing, and what was learnt before the machine's start is old."""
    alone = msgspec.structs.replace(
        OPEN_STATUS, mode=mode, is_clock_checked=False, clock_offset=Duration(-2 * HOUR)
    )
    said = {
        status.is_clock_checked: [
            fact.text
            for fact in bottom_facts(status, is_audible=True, look=DARK.page)
            if "lock" in fact.text
        ]
        for status in (alone, msgspec.structs.replace(alone, is_clock_checked=True))
    }
    assert said == {
        False: ["Clock not checked against the server since starting: check the time above"],
        True: ["This device’s clock is 2 h fast; the server’s time is used"],
    }


def test_a_gate_that_speaks_in_clear_shows_red() -> None:
    """It goes on, and whoever looks at it knows what to do, on every ground."""
    status = msgspec.structs.replace(OPEN_STATUS, speaks_in_clear=True)
    for look in (DARK.page, LIGHT.page):
        facts = bottom_facts(status, is_audible=True, look=look)
        (shown,) = [fact for fact in facts if "not encrypted" in fact.text]
        assert shown.dot == "#E5484D"
        assert "https" in shown.text
    quiet = bottom_facts(OPEN_STATUS, is_audible=True, look=DARK.page)
    assert not [fact for fact in quiet if "encrypted" in fact.text]


def test_a_revoked_gate_is_not_called_connected() -> None:
    """Its server answers, and says that it is blocked: the green dot stood beside that."""
    blocked = msgspec.structs.replace(OPEN_STATUS, trouble=TroubleKind.REVOKED)
    first = bottom_facts(blocked, is_audible=True, look=DARK.page)[0]
    assert (first.text, first.dot) == ("This gate is blocked", "#E5484D")
    assert bottom_facts(OPEN_STATUS, is_audible=True, look=DARK.page)[0].text.startswith(
        "Connected"
    )


def test_a_silent_gate_shows_a_crossed_speaker() -> None:
    """A mute is for all to see."""
    facts = bottom_facts(OPEN_STATUS, is_audible=False, look=LIGHT.page)
    assert (facts[-1].icon, facts[-1].spoken) == ("muted", "Sound off")


def test_a_gate_alone_says_since_when_and_on_what_it_decides() -> None:
    """The banner has the three facts that the organizer asks for on the telephone."""
    status = msgspec.structs.replace(
        OPEN_STATUS,
        mode="offline",
        pending=6,
        pending_scans=1,
        knowledge_at=FAKE_NOW - 14 * MINUTE,
        knowledge_age=14 * MINUTE,
    )
    fact = alone_fact(status, alone_since=FAKE_NOW - 13 * MINUTE, now=FAKE_NOW, zone=UTC)
    assert fact.text == "Alone since 16:51 · 1 scan to send · deciding from data of 16:50"


def test_every_key_that_the_window_asks_for_is_in_the_catalogue() -> None:
    """No text is missing, whichever screen is opened, and none is kept that nobody shows."""
    known = set(read_catalogue("en"))
    asked: set[str] = set()
    patterns: set[str] = set()
    for path in (path for room in SPEAKING for path in (GATE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                patterns.add(
                    "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                        for part in node.values
                    )
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked.add(node.value)
    patterns -= HEADS.keys()
    heads = {f"{key}{part}" for key in asked for part in HEADS.values()} & known
    asked = (asked | heads) - ({head.rpartition(".")[0] for head in heads} - known)
    stems = {key.partition(".")[0] for key in known}
    looks_like_one = re.compile(rf"({'|'.join(stems)})(\.[a-z_0-9]+)+")
    missing = {key for key in asked - known if looks_like_one.fullmatch(key)}
    assert {key for key in missing if not key.endswith((".py", ".svg", ".json", "_"))} == set()
    made = [re.compile(one) for one in patterns if one.count(".+") < 3 and "\\." in one]
    unused = {key for key in known - asked if not any(one.fullmatch(key) for one in made)}
    assert unused == set()


def test_reasons_are_explained_as_the_decision_explains_them() -> None:
    """The English catalogue and the engine's own explanations are one text."""
    for reason in Reason:
        explanation = explain(reason)
        assert TEXTS.say(f"reason.{reason.value}.meaning") == explanation.meaning
        assert TEXTS.say(f"reason.{reason.value}.next") == explanation.next_step


def test_the_reading_that_is_a_code_is_chosen() -> None:
    """With scanner and computer in different layouts the code wins, not the gibberish."""
    code = format_manual_code(0x12_3456_789A)
    scan = WedgeScan(text="gib&berish", other_texts=(code,), at=Duration(0))
    assert choose_text(scan) == code
    assert choose_text(swapped(scan, text=code, other_texts=("gib&berish",))) == code
    badge = new_badge(SeededEntropy())
    assert choose_text(swapped(scan, text="GKB1ßgib", other_texts=(badge,))) == badge
    both_foreign = WedgeScan(text="abc", other_texts=("xyz",), at=Duration(0))
    assert choose_text(both_foreign) == "abc"


def swapped(scan: WedgeScan, *, text: str, other_texts: tuple[str, ...]) -> WedgeScan:
    return WedgeScan(text=text, other_texts=other_texts, at=scan.at)
