"""What a server does beside serving: copies of itself, and the word of where it is.

Both each minute; a copy, of a server on SQLite only, also at once where a folder was chosen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from command_line.exit_statuses import say_line
from server.copies.server_copy_files import copy_once
from server.copies.server_copy_plan import load_plan
from server.copies.telling_former_server import tell_former
from server.serving.signed_address import keep_address
from server.settings import Settings
from server.start_up.seen_epochs import seen_epoch
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND, Duration
from shared.kernel.os_errors import words_of_system
from shared.kernel.ports import Clock
from shared.wire.server_copies import COPY_EVERY_S

_EVERY: Final[Duration] = COPY_EVERY_S * SECOND
LOOK_S: Final = 1.0
"""So often it is looked whether another folder was chosen."""


class Copying:
    """Copies in a thread of its own, until it is stopped.

    Args:
        settings: Of the server; on PostgreSQL it copies nothing, and only says where it is.
        clock: This machine's.
        urls_of: Tells by what addresses devices know the server.
    """

    def __init__(
        self, settings: Settings, clock: Clock, urls_of: Callable[[], Sequence[str]]
    ) -> None:
        self._settings, self._clock, self._urls_of = settings, clock, urls_of
        self._stop = threading.Event()
        self._said = ""
        # A stick that hangs must not keep the server from ending.
        self._thread = threading.Thread(target=self._run, name="copying", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is half written is taken away by the next start."""
        self._stop.set()

    def _run(self) -> None:
        chosen, since = "", self._clock.monotonic()
        told: Duration | None = None
        while not self._stop.wait(LOOK_S):
            now = self._clock.monotonic()
            if told is None or now - told >= _EVERY:
                told = now
                self._say_where()
            if self._settings.sqlite_file is None:
                continue
            try:
                plan = load_plan(self._settings)
                if plan is None or not plan.folder:
                    chosen = ""
                    continue
                named = f"{plan.salt} {plan.folder}"
                if named == chosen and self._clock.monotonic() - since < _EVERY:
                    continue
                chosen, since = named, self._clock.monotonic()
                state = copy_once(self._settings, plan, self._clock, self._urls_of())
                self._say(state.said and f"no backup was made in {plan.folder}: {state.said}")
            except (GatekeeperError, OSError) as fault:
                self._say(f"no backup was made: {words_of_system(fault)}")
            except Exception as fault:  # noqa: BLE001 - the next minute tries again
                self._say(f"no backup was made: {type(fault).__name__}: {fault}")

    def _say_where(self) -> None:
        """Keep the signed word of where this server is; tell it to whom it took over from."""
        try:
            folder, epoch = self._settings.data_folder, seen_epoch(self._settings)
            urls = self._urls_of()
            word = keep_address(folder, urls, epoch, self._clock.wall())
            if word:
                tell_former(folder, word, urls)
        except (GatekeeperError, OSError) as fault:
            self._say(f"the signed address was not saved: {words_of_system(fault)}")

    def _say(self, text: str) -> None:
        """Say each trouble once, and not each minute."""
        if text and text != self._said:
            say_line("gatekeeper-server", text)
        self._said = text
