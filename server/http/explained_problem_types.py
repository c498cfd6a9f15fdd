"""A page for each type of problem, at the address that an answer's `type` gives. Pure.

It says what happened and what to do, to whoever follows the address from a program's log.
"""

from __future__ import annotations

from html import escape
from typing import Final

from server.problem_answers import TITLES, TYPE_ROOT

ADVICE: Final[dict[str, tuple[str, str]]] = {
    "bad-request": (
        (
            "The server cannot read part of the request: the JSON is not valid, a"
            " parameter is unknown at this address or given twice, or the body is missing."
        ),
        "Look at detail and errors in the answer: they name the part and list what is accepted.",
    ),
    "invalid-fields": (
        (
            "The request was read, but fields of it are missing, unknown, or not in the"
            " expected form. Nothing was changed."
        ),
        (
            "errors lists every wrong field at once (only the first, if the body is"
            " larger than 64 KiB), with what it should be. Correct them and send the"
            " request again."
        ),
    ),
    "unauthenticated": (
        (
            "The request does not say who you are: the token is missing, wrong, or older than"
            " 15 minutes."
        ),
        (
            "Sign in with POST /api/v1/sessions and send the access_token as"
            " Authorization: Bearer. In a script use an API key instead, which is valid"
            " until it is withdrawn."
        ),
    ),
    "second-factor-needed": (
        (
            "The password is right, but this account has a second factor: a code from a"
            " phone is needed too. You are not signed in yet."
        ),
        (
            "Send the same request again with code: the six digits that the phone shows now, or"
            " one of the recovery codes."
        ),
    ),
    "second-factor-wrong": (
        (
            "The code is not the one that the phone shows now, or it was used before:"
            " each works once, and at most half a minute early or late. Attempts are"
            " limited."
        ),
        (
            "Wait for the next code, and check that the phone’s clock is right; or use a"
            " recovery code. Whoever runs the server can turn the second factor off"
            " (gatekeeper-server reset-password)."
        ),
    ),
    "unproven": (
        (
            "A device’s request must be signed with the device’s own key. This one was"
            " not signed, was altered on the way, or comes from a device whose clock is"
            " far off."
        ),
        (
            "Send the request from the enrolled device itself, with its own folder. If it"
            " is the right one, set its clock, sync it once, or enrol it again."
        ),
    ),
    "forbidden": (
        (
            "You are signed in, but your role or your key’s scopes do not allow this; or"
            " the request came over http where only https is accepted."
        ),
        "Ask an owner of the organization for the role, use a key with the scope, or use https.",
    ),
    "second-factor-missing": (
        (
            "The organization requires its owners and managers to have a second factor,"
            " and you have none. Until you do, you cannot do anything in it."
        ),
        (
            "Set one up: POST /api/v1/me/second-factor with your password, then"
            " /api/v1/me/second-factor/confirm with a code from the phone. No new sign-in"
            " is needed."
        ),
    ),
    "device-revoked": (
        "An organizer has revoked this device. It may no longer sync, claim or sell.",
        "If that was a mistake, create a new code for it and enrol it again.",
    ),
    "not-found": (
        (
            "There is nothing at this address, or it belongs to an organization that you"
            " are not a member of; the answer is the same for both."
        ),
        "Check the ids in the address, and which account you are signed in with.",
    ),
    "method-not-allowed": (
        "The address exists, but does not accept this method.",
        "The Allow header of the answer lists the methods that it accepts.",
    ),
    "too-slow": (
        "The request did not arrive completely within the time allowed.",
        "Send it again over a better connection, or in smaller parts.",
    ),
    "conflict": (
        (
            "Your request conflicts with what is stored now: something changed in the"
            " meantime, already exists, or is still in use. Your request changed nothing."
        ),
        "Read it again; detail says what the obstacle is.",
    ),
    "quota-exceeded": (
        "The organization, person or device already has as many of these as allowed.",
        (
            "Remove some that are not needed. Whoever runs the server knows the limits"
            " (docs/operations.md)."
        ),
    ),
    "sold-out": (
        (
            "Fewer tickets of this type are left than you asked for; those that tills hold"
            " are not available."
        ),
        "Ask for fewer, raise the type’s limit, or take back tickets that a till has not sold.",
    ),
    "no-mail-server": (
        "Your request needs to send mail, and no mail server has been set up on this server.",
        (
            "Whoever runs the server sets GATEKEEPER_MAIL_SERVER and GATEKEEPER_MAIL_FROM"
            " and restarts it (docs/operations.md)."
        ),
    ),
    "seat-taken": (
        (
            "A seat you asked for is held, sold, assigned to a till, or not on sale; no seat"
            " was taken."
        ),
        (
            "errors names the seats. Choose others: POST …/seats/best finds the best free"
            " ones, and GET …/seats/changes says what happened to each."
        ),
    ),
    "plan-frozen": (
        (
            "This plan was published to the event’s gates, which may be working by it"
            " offline: its zones, rules, dates, seats and what its ticket types mean are"
            " locked. Nothing was changed."
        ),
        (
            "errors names what is locked. Capacities, limits, prices, names, people,"
            " devices and additional gates can still be changed. For the rest a manager"
            " lifts the freeze with a reason (POST …/freeze/lift), and publishes the plan"
            " again when it is ready."
        ),
    ),
    "claim-id-reused": (
        "A claim with the same id but different content was already answered.",
        "Use a new random claim_id for every scan; use it again only to repeat the same claim.",
    ),
    "gone": (
        "It existed, but no longer does: an expired code, or a withdrawn invitation.",
        "Ask for a new one.",
    ),
    "changed-meanwhile": (
        (
            "What you wanted to change is no longer as you read it: someone changed it in"
            " the meantime. None of your changes were saved."
        ),
        (
            "change says who and when. Read it again, decide for each field which value"
            " to keep, and send that with the new etag as If-Match."
        ),
    ),
    "too-large": (
        "The request’s body is larger than this address accepts.",
        "Send it in several parts.",
    ),
    "unsupported-media-type": (
        "This address does not accept the body’s Content-Type.",
        "Send application/json, or what detail names.",
    ),
    "too-many-requests": (
        "You have sent more requests than are allowed within this time.",
        "Wait as many seconds as the Retry-After header says, then continue.",
    ),
    "headers-too-large": (
        "The request’s headers are larger than the server accepts.",
        "Send fewer or shorter headers; cookies are the usual reason.",
    ),
    "internal": (
        "Something failed in the server. Your request may have been right.",
        "Give the request_id of the answer to whoever runs the server: it is in the log too.",
    ),
    "unavailable": (
        "The database is busy, full, or cannot be reached. Nothing was changed.",
        (
            "Try again after Retry-After seconds; /health/ready says what is wrong. Gates"
            " keep working meanwhile."
        ),
    ),
    "ledger-closed": (
        (
            "The ledger grants no claims until someone has checked it, because the"
            " database went back to an earlier state. Gates decide by their own rules"
            " meanwhile."
        ),
        "Whoever runs the server checks gatekeeper-server epoch show, and opens the ledger again.",
    ),
    "ledger-behind": (
        "This server’s copy of the ledger is behind, so it cannot grant claims at the moment.",
        "Try again shortly; gates decide by their own rules meanwhile.",
    ),
}
"""Per type what happened, and what to do about it."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Gatekeeper</title>
<link rel="icon" href="/docs/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<nav>
<a href="/">Gatekeeper</a> · <a href="/docs">API</a> · <a href="/docs/problems">Problems</a>
</nav>
<main>
{body}
</main>
</body>
</html>
"""


def problem_page(slug: str) -> str:
    """Return the page of one type, a key of `TITLES`."""
    status, title = TITLES[slug]
    happened, todo = ADVICE[slug]
    body = (
        f"<h1>{escape(title)}</h1>\n"
        f"<p><code>{status}</code> <code>{escape(TYPE_ROOT + slug)}</code></p>\n"
        f"<h2>What happened</h2>\n<p>{escape(happened)}</p>\n"
        f"<h2>What to do</h2>\n<p>{escape(todo)}</p>"
    )
    return _PAGE.format(title=escape(title), body=body)


def problem_list() -> str:
    """Return the page that lists all types."""
    rows = "\n".join(
        f'<li><code>{status}</code> <a href="{TYPE_ROOT}{slug}">{escape(title)}</a>'
        f" <small>{slug}</small></li>"
        for slug, (status, title) in TITLES.items()
    )
    body = (
        "<h1>Problems</h1>\n<p>Every refusal is a JSON document (RFC 9457) with type, title,"
        " status, detail and request_id; errors lists wrong fields.</p>\n"
        f'<ul class="problems">\n{rows}\n</ul>'
    )
    return _PAGE.format(title="Problems", body=body)
