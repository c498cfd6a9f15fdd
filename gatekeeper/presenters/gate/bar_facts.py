"""What the bars at the head and foot of a gate's screen say of its lane; painted elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from gatekeeper.gate.answer import PRACTICE, LaneStatus
from gatekeeper.gate.clock import CLOCK_SAID_FROM
from gatekeeper.presenters.colors import Look, contrast
from gatekeeper.presenters.fault_words import spell_trouble
from gatekeeper.presenters.gate.evacuation_menu_and_inside_list import say_evacuation
from gatekeeper.presenters.gate.idle_content import say_pause
from gatekeeper.presenters.page_items import Fact
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.store.profile import LIVE
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import (
    spell_age,
    spell_amount,
    spell_clock,
    spell_moment,
    spell_time,
)
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.trouble import TroubleKind

ALONE_AGE_SAID_FROM: Final[Duration] = 5 * SECOND
"""A gate that is cut off says of what age its knowledge is, once it is so old."""

_MODE_DOTS: Final = {
    "online": ("#2BC4A0", "#0B6B55"),
    "lan": ("#8AB4FF", "#2458C6"),
    "offline": ("#FFCE3D", "#8A5A00"),
}
"""For dark grounds and for bright ones."""
_DANGER_DOTS: Final = ("#E5484D", "#B3261E")
_DOT_CONTRAST: Final = 3


def top_facts(status: LaneStatus | None, now: Instant, zone: tzinfo | None) -> tuple[Fact, ...]:
    """Gate, event and clock."""
    clock = Fact(spell_clock(now, zone), spoken=TEXTS.say("name.clock"))
    if status is None:
        return (Fact(TEXTS.say("name.app"), is_bold=True), clock)
    gate = status.gate or TEXTS.say("bar.no_gate")
    if status.direction == "out":
        gate = TEXTS.beside(TEXTS.say("bar.direction_out"), gate)
    facts = [Fact(gate, is_bold=True)]
    evacuation = say_evacuation(status, now, zone)
    if evacuation:
        facts.append(Fact(evacuation, icon="refer", is_bold=True))
    pause = say_pause(status, now, zone)
    if pause:
        facts.append(Fact(pause, icon="paused", is_bold=True))
    if status.profile != LIVE:
        facts.append(Fact(TEXTS.say(f"bar.profile_{status.profile}"), is_bold=True))
    if status.event:
        facts.append(Fact(status.event))
    return (*facts, clock)


def bottom_facts(status: LaneStatus, *, is_audible: bool, look: Look) -> tuple[Fact, ...]:
    """Mode, age of knowledge, waiting entries, counts, sound; a problem if there is one."""
    visible_dot = _visible(_MODE_DOTS.get(status.mode, ()), look)
    mode = status.mode if status.has_tried else "connecting"
    facts = [
        Fact(TEXTS.beside(TEXTS.say(f"bar.{mode}"), _knowledge(status)), dot=visible_dot),
        Fact(_pending(status)),
    ]
    if status.profile == PRACTICE:
        facts = [Fact(TEXTS.say("bar.nothing_sent"), dot=visible_dot)]
    if status.trouble == TroubleKind.REVOKED:  # its server answers, but lets it let in nobody
        facts[0] = Fact(TEXTS.say("revoked.idle"), dot=_visible(_DANGER_DOTS, look), is_bold=True)
    facts.append(Fact(TEXTS.say("bar.counts", admitted=status.admitted, denied=status.denied)))
    if status.steward:
        facts.append(Fact(TEXTS.say("bar.steward", name=status.steward), icon="key"))
    if status.conflicts:
        facts.append(
            Fact(TEXTS.say("bar.conflicts", count=status.conflicts), icon="refer", is_bold=True)
        )
    if status.speaks_in_clear:
        danger = _visible(_DANGER_DOTS, look)
        facts.append(Fact(TEXTS.say("bar.in_clear"), dot=danger, is_bold=True))
    offset = status.clock_offset
    if _is_clock_doubtful(status):
        facts.append(Fact(TEXTS.say("bar.clock_unchecked"), icon="refer", is_bold=True))
    elif offset is not None and abs(offset) >= CLOCK_SAID_FROM:
        facts.append(Fact(_clock(offset), icon="refer", is_bold=True))
    if status.is_disk_low:
        facts.append(Fact(TEXTS.say("bar.disk_low"), icon="refer", is_bold=True))
    problem = own_trouble(status)
    if problem:
        facts.append(Fact(problem, icon="refer", is_bold=True))
    facts.append(
        Fact(
            "",
            icon="sound" if is_audible else "muted",
            spoken=TEXTS.say("bar.sound_on" if is_audible else "bar.sound_off"),
        )
    )
    return tuple(facts)


def own_trouble(status: LaneStatus) -> str:
    """Say what is wrong with the lane itself; in practice nobody looks for a server."""
    if status.profile == PRACTICE and status.trouble == TroubleKind.UNREACHABLE:
        return ""
    return spell_trouble(status.trouble, status.problem)


def camera_trouble(camera: CameraState) -> str:
    """Say what to do about the camera, or nothing."""
    if not camera.is_trouble:
        return ""
    return f"{TEXTS.say('device.camera')}: {TEXTS.say(f'device.camera_{camera}')}"


def _visible(colors: Sequence[str], look: Look) -> str:
    """Return the first colour that is seen on a ground; on some verdicts only the figure's is."""
    seen = (color for color in colors if contrast(color, look.ground) >= _DOT_CONTRAST)
    return next(seen, look.figure)


def doors_fact(status: LaneStatus, zone: tzinfo | None) -> Fact | None:
    """The banner of a gate whose date is not open: until when, and that scans count."""
    if status.doors is None:
        return None
    key = "banner.doors_over" if status.doors.is_over else "banner.doors_closed"
    time = spell_moment(status.doors.at, zone, TEXTS)
    return Fact(TEXTS.say(key, time=time), icon="doors", is_bold=True)


def alone_fact(
    status: LaneStatus,
    *,
    alone_since: Instant,
    now: Instant,
    zone: tzinfo | None,
) -> Fact:
    """The banner of a gate that is cut off: since when, what waits, on what it decides.

    In practice it is cut off for good, and says whom it lets in.
    """
    if status.profile == PRACTICE:
        return Fact(TEXTS.say("banner.practice"), icon="refer", is_bold=True)
    since = spell_time(alone_since, now, zone, TEXTS)
    pending = TEXTS.say("banner.scans_wait", count=status.pending_scans)
    if status.knowledge_at is None or (status.knowledge_age or 0) < ALONE_AGE_SAID_FROM:
        return Fact(TEXTS.say("banner.offline_fresh", time=since, pending=pending), icon="alone")
    knowledge = spell_time(status.knowledge_at, now, zone, TEXTS)
    said = TEXTS.say("banner.offline", time=since, pending=pending, knowledge=knowledge)
    return Fact(said, icon="alone")


def _is_clock_doubtful(status: LaneStatus) -> bool:
    """Tell whether only a person can see that the clock is wrong.

    A clock that is slow is found out by what the server has signed; one that is fast looks like
    old data. A person who reads the time knows. Other gates' clocks prove nothing, and an offset
    of before the machine was started anew is none of the server's word either.
    """
    return (
        not status.is_clock_checked
        and status.profile != PRACTICE
        and status.mode in {"offline", "lan"}
        and status.knowledge_at is not None
    )


def _clock(offset: Duration) -> str:
    key = "bar.clock_slow" if offset > 0 else "bar.clock_fast"
    return TEXTS.say(key, by=spell_amount(abs(offset), TEXTS))


def _knowledge(status: LaneStatus) -> str:
    if status.knowledge_age is None:
        return TEXTS.say("bar.no_knowledge")
    return TEXTS.say("bar.knowledge", age=spell_age(status.knowledge_age, TEXTS))


def _pending(status: LaneStatus) -> str:
    if not status.pending:
        return TEXTS.say("bar.nothing_pending")
    return TEXTS.say("bar.pending", count=status.pending)
