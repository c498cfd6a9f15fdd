"""The forms of the desk's first pages: a server of one's own, one to join, and who is there."""

from __future__ import annotations

from gatekeeper.ui.organizer.sign_in.sign_in_pages import (
    FormField,
    FormPage,
    email_field,
    new_password_field,
)
from gatekeeper.wording.texts import TEXTS


def make_own_page() -> FormPage:
    """Make the page that asks whose server this laptop is to be."""
    return FormPage(
        "deskOwn",
        TEXTS.say("desk.own.title"),
        TEXTS.say("desk.own.lead"),
        (
            FormField("organization", TEXTS.say("desk.field.organization")),
            FormField("name", TEXTS.say("desk.field.name")),
            email_field(),
            new_password_field(TEXTS.say("desk.field.password")),
        ),
        TEXTS.say("desk.own.go"),
    )


def make_join_page() -> FormPage:
    """Make the page that asks where the server is."""
    return FormPage(
        "deskJoin",
        TEXTS.say("desk.join.title"),
        TEXTS.say("desk.join.lead"),
        (FormField("url", TEXTS.say("desk.field.url"), "https://tickets.example.org"),),
        TEXTS.say("desk.join.go"),
    )


def make_sign_in_page() -> FormPage:
    """Make the page that asks who is there."""
    return FormPage(
        "deskSignIn",
        TEXTS.say("desk.sign_in.title"),
        TEXTS.say("desk.sign_in.lead"),
        (
            email_field(),
            FormField("password", TEXTS.say("desk.field.password"), is_secret=True),
        ),
        TEXTS.say("desk.sign_in.go"),
    )
