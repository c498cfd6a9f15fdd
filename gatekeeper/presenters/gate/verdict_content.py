"""What the verdict's screen says about an answer; decided here, painted elsewhere."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum
from typing import Final

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.how_long_screens_stay import (
    ADMITTED_STAYS_MS,
    ADVICE_STAYS_MS,
    DENIED_STAYS_MS,
    LEFT_STAYS_MS,
    READING_STAYS_MS,
    REFERRED_STAYS_MS,
)
from gatekeeper.presenters.ticket_naming import tail_of
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_ago, spell_clock, spell_time, spell_weekday_time
from shared.admission.reasons import Reason, Verdict
from shared.kernel.instant import Instant
from shared.manifest.case_of_shown_code import PAUSED
from shared.seating.seat_map import SeatName

_NO_BREAK_SPACE: Final = "\u00a0"
_HELD_SIZE_MAX: Final = 16
_STAYS_MS: Final = {
    ScreenState.ADMIT: ADMITTED_STAYS_MS,
    ScreenState.DENY: DENIED_STAYS_MS,
    ScreenState.REFER: REFERRED_STAYS_MS,
    ScreenState.EXIT: LEFT_STAYS_MS,
    ScreenState.PAUSED: 0,
}


class Tone(StrEnum):
    """The sound of a verdict; the count of its pulses is the code: 1 go, 2 stop, 3 look."""

    TICK = "tick"
    ADMIT = "admit"
    DENY = "deny"
    REFER = "refer"
    EXIT = "exit"
    NONE = "none"


class VerdictContent(msgspec.Struct, frozen=True, kw_only=True):
    """A full screen's words and signs.

    Attributes:
        state: Whose colours and frame it has.
        icon: Name of the drawing.
        word: The one word, in normal case.
        facts: Lines under the word, the largest: what is so.
        holder: A line for staff below them: who holds the ticket; or "".
        steps: Lines below that: what it means, and what to do next.
        staff: A small line for staff.
        tone: The sound.
        stays_ms: After so many milliseconds the screen is idle again; 0 is never.
        is_framed: Whether deny and refer show their inner frame.
        header: A line above, for a result that is past.
        is_read_out: What stands under the word is for the holder's ears: the word gives way first.
    """

    state: ScreenState
    icon: str
    word: str
    facts: tuple[str, ...] = ()
    holder: str = ""
    steps: tuple[str, ...] = ()
    staff: str = ""
    tone: Tone = Tone.NONE
    stays_ms: int = 0
    is_framed: bool = True
    header: str = ""
    is_read_out: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines under the word, from the top."""
        return (*self.facts, *filter(None, (self.holder,)), *self.steps)

    @property
    def spoken(self) -> str:
        """All of it as one text, for screen readers."""
        said = [self.header, self.word, *self.lines]
        return ". ".join(part.rstrip(".") for part in said if part)


def describe_answer(answer: ScanAnswer, *, now: Instant, zone: tzinfo | None) -> VerdictContent:
    """Turn an answer into the screen that shows it.

    Args:
        answer: From the lane.
        now: By the clock that the screen shows.
        zone: The venue's, or None for the machine's.
    """
    if answer.stop == PAUSED:
        return _describe_pause(answer, now=now, zone=zone)
    reason = Reason(answer.reason)
    state = _state_of(answer, reason)
    is_soft = reason is Reason.MALFORMED
    is_bare = bool(answer.stop) or reason.verdict is Verdict.DENY or not answer.holder
    return VerdictContent(
        state=state,
        icon=_icon_of(state, answer, reason),
        word=_word_of(answer, reason),
        facts=_facts_of(answer, reason, now=now, zone=zone),
        holder="" if is_bare else spell_holder(answer.holder, answer.order),
        steps=_steps_of(answer, reason),
        staff=_staff_line(answer, zone),
        tone=Tone.TICK if is_soft else _TONES[state],
        stays_ms=_STAYS_MS[state],
        is_framed=not is_soft,
    )


def _describe_pause(answer: ScanAnswer, *, now: Instant, zone: tzinfo | None) -> VerdictContent:
    """Ask whoever stands there to wait: it is nobody's fault, and nothing is wrong."""
    since = answer.paused_at
    time = "" if since is None else _hold_together(spell_time(since, now, zone, TEXTS))
    return VerdictContent(
        state=ScreenState.PAUSED,
        icon="paused",
        word=TEXTS.say("pause.word"),
        facts=(TEXTS.say("pause.since", time=time),) if time else (),
        steps=(TEXTS.say("pause.meaning"), TEXTS.say("pause.next")),
        staff=_staff_line(answer, zone),
        tone=Tone.REFER,
        stays_ms=DENIED_STAYS_MS,
    )


def describe_revoked(content: VerdictContent) -> VerdictContent:
    """Say that the device itself is blocked, in place of what it finds of tickets without data."""
    return msgspec.structs.replace(
        content,
        state=ScreenState.DENY,
        icon=ScreenState.DENY.value,
        word=TEXTS.say("revoked.word"),
        facts=(),
        steps=(TEXTS.say("trouble.revoked"),),
        tone=Tone.DENY,
        stays_ms=_STAYS_MS[ScreenState.DENY],
    )


def describe_practice(content: VerdictContent, answer: ScanAnswer) -> VerdictContent:
    """Say of what may be a guest's own ticket that the gate practises: it is no wrong one."""
    if answer.reason not in {Reason.WRONG_EVENT, Reason.UNKNOWN_TICKET}:
        return content
    steps = (TEXTS.say("practice.meaning"), TEXTS.say("practice.next"))
    return msgspec.structs.replace(content, word=TEXTS.say("practice.word"), facts=(), steps=steps)


def describe_typed(content: VerdictContent, answer: ScanAnswer) -> VerdictContent:
    """Say of an unknown code that was typed how to type it again: there is nothing to scan."""
    if answer.reason != Reason.UNKNOWN_TICKET or answer.stop:
        return content
    again = TEXTS.say("reason.unknown_ticket.next_typed")
    return msgspec.structs.replace(content, steps=(*content.steps[:-1], again))


def describe_misread(content: VerdictContent, answer: ScanAnswer) -> VerdictContent:
    """Say of an unknown code that its reader has not read it whole: no ticket is at fault."""
    if answer.reason != Reason.UNKNOWN_TICKET or answer.stop:
        return content
    return msgspec.structs.replace(
        content,
        word=TEXTS.say("image.not_read"),
        steps=(TEXTS.say("reason.misread.meaning"), *content.steps[-1:]),
        tone=Tone.TICK,
        is_framed=False,
    )


def describe_advice(word: str, *lines: str, stays_ms: int = ADVICE_STAYS_MS) -> VerdictContent:
    """Describe how to show a ticket that could not be scanned as it was shown: no verdict."""
    return VerdictContent(
        state=ScreenState.CHECKING,
        icon="idle",
        word=word,
        steps=lines,
        tone=Tone.TICK,
        stays_ms=stays_ms,
    )


def describe_reading(word: str, hint: str) -> VerdictContent:
    """Describe that something takes a while; it stays until something comes of it."""
    return VerdictContent(
        state=ScreenState.CHECKING,
        icon="checking",
        word=word,
        steps=(hint,),
        stays_ms=READING_STAYS_MS,
    )


def describe_stop(why: str) -> VerdictContent:
    """Describe a gate that cannot record: nobody was admitted, and what to do."""
    return VerdictContent(
        state=ScreenState.PAUSED,
        icon="paused",
        word=TEXTS.say("paused.title"),
        facts=(TEXTS.say("paused.not_admitted"),),
        steps=(why, TEXTS.say("paused.next")),
        tone=Tone.DENY,
    )


_TONES: Final = {
    ScreenState.ADMIT: Tone.ADMIT,
    ScreenState.DENY: Tone.DENY,
    ScreenState.REFER: Tone.REFER,
    ScreenState.EXIT: Tone.EXIT,
    ScreenState.PAUSED: Tone.DENY,
}


def _state_of(answer: ScanAnswer, reason: Reason) -> ScreenState:
    if _is_way_out(answer):
        return ScreenState.EXIT
    verdict = Verdict(answer.verdict)
    if verdict is Verdict.ADMIT:
        is_exit = reason is Reason.EXIT or answer.direction == "out"
        return ScreenState.EXIT if is_exit else ScreenState.ADMIT
    return ScreenState.DENY if verdict is Verdict.DENY else ScreenState.REFER


def _is_way_out(answer: ScanAnswer) -> bool:
    """Whether a zone is emptied this way, which is open to whoever comes, whatever they hold."""
    return bool(answer.stop) and answer.direction == "out"


def _icon_of(state: ScreenState, answer: ScanAnswer, reason: Reason) -> str:
    is_used_up = reason is Reason.ALREADY_USED and not _is_beyond_ticket(answer, reason)
    return "deny_used" if is_used_up else state.value


def _word_of(answer: ScanAnswer, reason: Reason) -> str:
    if answer.stop:
        return TEXTS.say("evacuation.idle" if _is_way_out(answer) else "evacuation.word")
    if answer.count > 1 and reason in {Reason.OK, Reason.REENTRY, Reason.OVERRIDE}:
        return TEXTS.say("word.admit_count", count=answer.count)
    if answer.called_back:
        return TEXTS.say("word.called_back")
    if answer.own_places_used and answer.count == 1:
        return TEXTS.say("word.own_places_used")
    if _is_group_too_large(answer, reason):
        return TEXTS.say("word.capacity_full_count", count=answer.count)
    if _is_beyond_ticket(answer, reason):
        return TEXTS.say("word.already_used_count", count=answer.count)
    if answer.other_date is not None:
        return TEXTS.say("word.wrong_date")
    return TEXTS.say(f"word.{reason.value}")


def _is_group_too_large(answer: ScanAnswer, reason: Reason) -> bool:
    """Tell whether several were to enter at once: there may be room for fewer."""
    return reason is Reason.CAPACITY_FULL and answer.count > 1


def _is_beyond_ticket(answer: ScanAnswer, reason: Reason) -> bool:
    """Tell whether fewer of a group may still enter on their ticket."""
    return reason is Reason.ALREADY_USED and 0 < (answer.remaining or 0) < answer.count


def _facts_of(
    answer: ScanAnswer, reason: Reason, *, now: Instant, zone: tzinfo | None
) -> tuple[str, ...]:
    if answer.stop:
        return ()
    facts: list[str] = []
    if answer.used is not None:
        facts.append(_spell_use(answer, now=now, zone=zone))
    if answer.other_date is not None:
        date = spell_weekday_time(answer.other_date, now, zone, TEXTS)
        told = TEXTS.beside(answer.other_date_name, date) if answer.other_date_name else date
        facts.append(TEXTS.say("verdict.for_date", time=told))
    for key, at in (("from", answer.valid_from), ("until", answer.valid_until)):
        if at is not None:
            time = _hold_together(spell_weekday_time(at, now, zone, TEXTS))
            facts.append(TEXTS.say(f"verdict.valid_{key}", time=time))
    if answer.gate and reason.verdict is not Verdict.ADMIT:
        facts.append(TEXTS.say("verdict.use_gate", gate=answer.gate))
    if reason is Reason.OVERRIDE:
        facts.append(TEXTS.say("verdict.by_supervisor"))
    if reason.verdict is not Verdict.DENY:
        named = (answer.ticket_type or "", answer.variant, answer.zone)
        place = [part for part in named if part]
        if place:
            several = TEXTS.beside(*map(_hold_together, place))
            facts.append(several if len(place) > 1 else place[0])
        if answer.seat is not None:
            facts.append(spell_seat(answer.seat))
    return tuple(facts)


def _steps_of(answer: ScanAnswer, reason: Reason) -> tuple[str, ...]:
    if _is_way_out(answer):
        return (TEXTS.say("evacuation.way_out"),)
    if answer.stop:
        return TEXTS.say("evacuation.meaning"), TEXTS.say("evacuation.next")
    if reason.verdict is Verdict.ADMIT:
        left = answer.remaining
        return (TEXTS.say("verdict.remaining", count=left),) if left else ()
    if answer.called_back:
        return TEXTS.say("called_back.meaning"), TEXTS.say("called_back.next")
    if answer.own_places_used:
        return TEXTS.say("own_places_used.meaning"), TEXTS.say("own_places_used.next")
    if _is_group_too_large(answer, reason):
        meaning = TEXTS.say("reason.capacity_full.meaning_count", count=answer.count)
        return meaning, TEXTS.say("reason.capacity_full.next_count")
    if _is_beyond_ticket(answer, reason):
        meaning = TEXTS.say("verdict.remaining", count=answer.remaining)
        return meaning, TEXTS.say("reason.already_used.next_count")
    if answer.event_end:
        key = f"event_end.{answer.event_end}"
        return TEXTS.say(f"{key}.meaning"), TEXTS.say(f"{key}.next")
    then = TEXTS.say(f"reason.{reason.value}.next")
    told = (answer.used, answer.gate, answer.other_date, answer.valid_from, answer.valid_until)
    if any(one is not None for one in told):
        return (then,)
    return TEXTS.say(f"reason.{reason.value}.meaning"), then


def spell_seat(seat: SeatName) -> str:
    """Say where a ticket's seat is."""
    section, row, number = map(_hold_together, (seat.section, seat.row, seat.number))
    return TEXTS.say("verdict.seat", section=section, row=row, seat=number)


def spell_holder(name: str, order: str) -> str:
    """Say who holds a ticket, to staff."""
    if not order:
        return name
    return TEXTS.say("verdict.holder", name=name, order=order)


def _spell_use(answer: ScanAnswer, *, now: Instant, zone: tzinfo | None) -> str:
    used = answer.used
    assert used is not None
    time = _hold_together(spell_time(used.at, now, zone, TEXTS))
    age = _hold_together(spell_ago(now - used.at, TEXTS))
    if not used.gate:
        return TEXTS.say("verdict.used_no_gate", time=time, age=age)
    return TEXTS.say("verdict.used", time=time, gate=_hold_together(used.gate), age=age)


def _hold_together(text: str) -> str:
    """Keep a name or a time on one line, if it is not longer than a line."""
    return text.replace(" ", _NO_BREAK_SPACE) if len(text) <= _HELD_SIZE_MAX else text


def _staff_line(answer: ScanAnswer, zone: tzinfo | None) -> str:
    time = spell_clock(answer.at, zone)
    if answer.ticket_id is None:
        said = TEXTS.say("verdict.staff_no_ticket", time=time)
    else:
        tail = tail_of(answer.ticket_id, answer.printed)
        said = TEXTS.say("verdict.staff", ticket=tail, time=time)
        if answer.ticket_type and Verdict(answer.verdict) is Verdict.DENY:
            said = TEXTS.beside(said, answer.ticket_type)
    modes = {"offline": "verdict.alone", "lan": "verdict.lan"}
    key = modes.get(answer.mode)
    return TEXTS.beside(said, TEXTS.say(key)) if key else said
