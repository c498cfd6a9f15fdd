"""Ways in beside the password: a copy that is taken over, the recovery sheet, an invitation."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.ui.organizer.desk_style import make_button
from gatekeeper.ui.organizer.sign_in.sign_in_pages import (
    FormField,
    FormPage,
    email_field,
    new_password_field,
)
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_for_folder
from gatekeeper.ui.organizer.widgets.usb_stick_buttons import StickButtons
from gatekeeper.wording.texts import TEXTS

_CODE_HINT = "XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"
_BEHIND_LEAD = 2


class TakeOverPage(FormPage):
    """Asks for the stick with the copies, and for the code on paper."""

    def __init__(self) -> None:
        super().__init__(
            "deskTakeOver",
            TEXTS.say("safe.take.title"),
            TEXTS.say("safe.take.lead"),
            (
                FormField("folder", TEXTS.say("safe.take.folder")),
                FormField("code", TEXTS.say("safe.take.code"), _CODE_HINT),
            ),
            TEXTS.say("safe.take.go"),
        )
        self.sticks = StickButtons()
        self.sticks.chosen.connect(self._take)
        choose = make_button(TEXTS.say("safe.take.choose"), "takeFolder", self._choose)
        self.rows.insertWidget(_BEHIND_LEAD, self.sticks)
        self.rows.insertWidget(_BEHIND_LEAD + 1, choose)

    def _choose(self) -> None:
        if name := ask_for_folder(self, TEXTS.say("safe.take.choose")):
            self._take(Path(name))

    def _take(self, folder: Path) -> None:
        self.fill({"folder": str(folder)})


def make_reset_page() -> FormPage:
    """Make the page that replaces a lost password by the recovery sheet."""
    return FormPage(
        "deskReset",
        TEXTS.say("safe.reset.title"),
        TEXTS.say("safe.reset.lead"),
        (
            email_field(),
            FormField("code", TEXTS.say("safe.take.code"), _CODE_HINT),
            new_password_field(TEXTS.say("safe.reset.password")),
        ),
        TEXTS.say("safe.reset.go"),
    )


def spell_without_sheet(folder: Path, email: str) -> str:
    """Say how a password is replaced where nobody has said that the sheet is on paper.

    A first start that was cut off before it showed the sheet leaves none.
    """
    return TEXTS.say(
        "safe.reset.no_sheet",
        folder=TEXTS.isolate(str(folder)),
        command=TEXTS.isolate(f"gatekeeper-server reset-password --email {email or '…'}"),
    )


def make_code_page() -> FormPage:
    """Make the page that asks for the second factor's code, after a right password."""
    return FormPage(
        "deskCode",
        TEXTS.say("safe.factor.title"),
        TEXTS.say("safe.factor.ask"),
        (FormField("code", TEXTS.say("safe.factor.code"), "123 456"),),
        TEXTS.say("desk.sign_in.go"),
    )


def make_invited_page() -> FormPage:
    """Make the page on which somebody becomes a member by an invitation."""
    return FormPage(
        "deskInvited",
        TEXTS.say("safe.invited.title"),
        TEXTS.say("safe.invited.lead"),
        (
            FormField("code", TEXTS.say("safe.invited.code"), "gki_…"),
            FormField("name", TEXTS.say("desk.field.name")),
            email_field(),
            new_password_field(TEXTS.say("desk.field.password")),
        ),
        TEXTS.say("safe.invited.go"),
    )
