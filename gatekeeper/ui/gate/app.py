"""Opens the gate's program on this machine: application, sound, window; until it is closed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from command_line.exit_statuses import say_line
from gatekeeper.ui.application import ending_by_signals, make_application
from gatekeeper.ui.garbage_collection import avoid_pauses, end_frugality
from gatekeeper.ui.gate.heartbeat import begin_heartbeat
from gatekeeper.ui.gate.keeping_screen_on import CannotKeepAwake, keep_awake
from gatekeeper.ui.sound_player import open_sounder
from gatekeeper.unforeseen_errors import log_unforeseen
from gatekeeper.wording.texts import TEXTS
from shared.kernel.ports import Clock

if TYPE_CHECKING:
    from gatekeeper.device.profile_folder import ProfileFolder
    from gatekeeper.readers.window_readers import WindowReaders
    from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions

BECAME_TILL: Final = 100
"""The status of a window that gives way to a till's; no program ends with it."""


def run_kiosk(
    backend: ProfileFolder,
    clock: Clock,
    options: KioskOptions,
    *,
    is_full_screen: bool,
    window_readers: WindowReaders | None = None,
    watch: Callable[[Kiosk], object] | None = None,
) -> int:
    """Run the window until it is closed or the process is asked to end.

    Args:
        backend: The profile's gate.
        clock: The machine's.
        options: How the window is to be.
        is_full_screen: Whether it begins so.
        window_readers: Told how what the window itself reads by is.
        watch: Given the kiosk before it starts, by whoever measures it.

    Returns:
        The exit status; `BECAME_TILL` where this machine was made a till.
    """
    from gatekeeper.ui.gate.kiosk import (
        Kiosk,  # tills and desks, which are opened here too, have none
    )

    app = make_application()
    sys.excepthook = log_unforeseen
    kiosk: Kiosk | None = None

    def tell_sound(is_audible: bool) -> None:  # noqa: FBT001 - the sounder's callback
        if kiosk is not None:
            kiosk.sound_changed.emit(is_audible)

    kiosk = Kiosk(app, backend, open_sounder(tell_sound), clock, options)
    with ending_by_signals(app):
        kiosk.window.resize(kiosk.window.sizeHint())
        if is_full_screen:
            kiosk.window.enter_full_screen()
        else:
            kiosk.window.show()
        if window_readers is not None:
            window_readers.watch_camera(lambda: kiosk.camera.state)
            # Digits that somebody types for a PIN are not read either, and are no scanner's.
            kiosk.told_unread.connect(window_readers.note_unread)
            kiosk.wedge.scanned.connect(lambda _: window_readers.note_read())
        if watch is not None:
            watch(kiosk)
        avoid_pauses()
        # By then the engine has loaded what it needs.
        kiosk.flow.opened.connect(avoid_pauses)
        kiosk.flow.became_till.connect(lambda: app.exit(BECAME_TILL))
        kiosk.start()
        heartbeat = begin_heartbeat(kiosk.engine, os.environ)
        _stay_awake()
        try:
            return app.exec()
        finally:
            if heartbeat is not None:
                heartbeat.close()
            kiosk.stop()
            kiosk.give_way()
            end_frugality()


def _stay_awake() -> None:
    try:
        keep_awake(TEXTS.say("name.app"))
    except CannotKeepAwake as fault:
        say_line("gatekeeper", str(fault))
