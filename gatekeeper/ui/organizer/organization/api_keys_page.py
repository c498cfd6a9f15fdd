"""API keys: listed at the left, one of them beside it, or the form of a new one."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.organizer.organization.api_keys_client import ApiKeyOverview, Key, NewKey
from gatekeeper.presenters.desk.api_key_words import (
    has_ended,
    spell_facts,
    spell_key,
    spell_owners,
    spell_scopes,
)
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import give_role, headed, make_button, make_text
from gatekeeper.ui.organizer.organization.api_key_form import ApiKeyForm
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.list_beside_form import make_side_list
from gatekeeper.ui.organizer.widgets.secret_card import SecretCard
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

_LEFT = 290


class ApiKeysPage(LastActLine, QWidget):
    """Makes keys, shows what each may, and ends them.

    Attributes:
        key: Which one is shown; None for a new one.
        is_owner: Whether one's role lets one see and make them.
    """

    made = Signal(object)
    """A `KeyRequest`."""
    revoked = Signal(object)
    """The `Key` that shall end."""
    entered = Signal()
    """The page is looked at from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskKeys")
        self.key: Key | None = None
        self.is_owner = True
        self._overview = ApiKeyOverview((), {}, ())
        self._now: datetime | None = None
        self.why = make_text("", "warn", "keysWhy")
        self._note = make_text("", "lead", "keysNote")
        self._middle = QWidget()
        fill(edge_to_edge(QHBoxLayout(self._middle)), self._make_left(), (self._make_right(), 1))
        fill(headed(self, "api_keys"), self.why, (self._middle, 1), 0)
        self.forget()
        self._resting = (self.form, self._ways, self.card, self.list, self._new)

    def _make_left(self) -> QVBoxLayout:
        self.list = make_side_list("keyList", TEXTS.say("api_keys.title"), _LEFT)
        self.list.currentRowChanged.connect(self._choose)
        self._new = make_button(TEXTS.say("api_keys.new"), "keyNew")
        self._new.clicked.connect(lambda: self.secret.question.before(lambda: self.show_key(None)))
        return fill(QVBoxLayout(), (self.list, 1), self._new)

    def _make_right(self) -> QVBoxLayout:
        self._title = make_text("", "heading", "keyTitle")
        self._state = make_text("", "lead", "keyState")
        self._may = make_text(TEXTS.say("api_keys.may"), "heading")
        self._scopes = make_text("", "", "keyScopes")
        self._revoke = make_button(TEXTS.say("api_keys.revoke"), "keyRevoke", self.ask)
        self._ways = QWidget()
        fill(edge_to_edge(QHBoxLayout(self._ways)), self._revoke, STRETCH)
        self.card = YesOrNo("key")
        self.card.agreed.connect(lambda: self.revoked.emit(self.key))
        self.secret = SecretCard("key", TEXTS.say("api_keys.key"))
        self.secret.copied.connect(lambda: self.say(TEXTS.say("programs.copied"), "good"))
        self.form = ApiKeyForm()
        self.form.sent.connect(self.made)
        right = QVBoxLayout()
        for label in (self._title, self._state):
            right.addWidget(label)
        right.addWidget(self.secret)
        for label in (self._note, self._may, self._scopes):
            right.addWidget(label)
        for widget in (self._ways, self.card, self.form):
            right.addWidget(widget)
        right.addStretch(1)
        return right

    @property
    def said(self) -> str:
        """What is said of the key: how it stands, and what it may."""
        return f"{self._state.text()}\n{self._scopes.text()}"

    def forget(self) -> None:
        """Show nothing: it was another organization's."""
        self._overview, self._now = ApiKeyOverview((), {}, ()), None
        self.list.show_rows({}, None)
        self.form.begin()
        self.show_key(None)
        self.let_edit(is_owner=self.is_owner)

    def let_edit(self, *, is_owner: bool) -> None:
        """Offer keys to owners; tell the others whose they are."""
        self.is_owner = is_owner
        self._middle.setVisible(is_owner)
        self.why.setVisible(not is_owner)
        self.why.setText("" if is_owner else spell_owners(self._overview))

    def show_overview(self, overview: ApiKeyOverview, now: datetime) -> None:
        """List the keys; what is typed, asked and shown stays."""
        self._overview, self._now = overview, now
        self.form.show_today(ORGANIZATION_CLOCK.read(now).date())
        self.let_edit(is_owner=self.is_owner)
        ids = [one.id for one in overview.keys]
        shown = self.key
        rows = {one.id: spell_key(one, overview, now) for one in overview.keys}
        self.list.show_rows(rows, shown.id if shown else None)
        if shown is None:
            return
        if shown.id not in ids:
            self.show_key(None)
            self.say(TEXTS.say("api_keys.gone", name=shown.name), "lead")
            return
        self.key = overview.keys[ids.index(shown.id)]
        self._show_state()

    def show_key(self, key: Key | None) -> None:
        """Show one key, or the form of a new one."""
        self.key = key
        self.secret.show_secret("", "")
        self.card.hide()
        self.say("", "lead")
        self.list.mark(key.id if key else None)
        self._show_state()

    def show_made(self, made: NewKey, now: datetime) -> None:
        """Show a key that was made, and its secret."""
        self._now = now
        self.form.begin()
        self.show_key(made.api_key)
        self.secret.show_secret(made.key, TEXTS.say("api_keys.once"))
        self.secret.begin()
        self.say(TEXTS.say("api_keys.made"), "good")

    def say(self, text: str, role: str = "bad") -> None:
        """Say what came of an act; why no key was made is said beside the button."""
        is_of_form = self.key is None and role == "bad"
        self.form.say(text if is_of_form else "")
        super().say("" if is_of_form else text, role)

    def refuse_end(self) -> None:
        """Say, at the day, that a key which ends then would never open anything."""
        self.form.say(TEXTS.say("api_keys.flaw.ended"))
        self.form.day.setFocus()

    def ask(self) -> None:
        """Ask before a key ends."""
        if self.key is not None:
            asked = TEXTS.say("api_keys.ask_revoke", name=self.key.name)
            self.card.ask(asked, TEXTS.say("api_keys.yes_revoke"))

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that the page is looked at."""
        super().showEvent(event)
        if not event.spontaneous():
            self.entered.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Show no secret that somebody has to whoever comes back."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.secret.turn_away()

    def _show_state(self) -> None:
        key = self.key
        self.form.setVisible(key is None)
        for widget in (self._may, self._scopes, self._ways):
            widget.setVisible(key is not None)
        if key is None or self._now is None:
            self._title.setText(TEXTS.say("api_keys.new_title"))
            self._state.setText(TEXTS.say("api_keys.new_lead"))
            give_role(self._state, "lead")
            return
        self._title.setText(key.name)
        self._state.setText(spell_facts(key, self._overview, self._now))
        give_role(self._state, "bad" if has_ended(key, self._now) else "lead")
        self._scopes.setText(spell_scopes(key.scopes))

    def _choose(self, row: int) -> None:
        if row < 0:
            return
        key = self._overview.keys[row]
        self.list.mark(self.key.id if self.key else None)  # until it is shown
        self.secret.question.before(lambda: self.show_key(key))
