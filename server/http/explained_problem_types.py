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
            "The request has a part that the server cannot read: no valid JSON, a parameter"
            " that this"
            " address does not take or that is given twice, or a missing body."
        ),
        "Look at detail and errors in the answer: they name the part and list what is taken.",
    ),
    "invalid-fields": (
        (
            "The request was read, but fields of it are missing, unknown, or not of the form"
            " that is"
            " wanted. Nothing was changed."
        ),
        (
            "errors lists every wrong field at once (of a body beyond 64 KiB the first), with what"
            " it should be. Correct them and send the request again."
        ),
    ),
    "unauthenticated": (
        "The request names nobody: the token is missing, wrong, or older than 15 minutes.",
        (
            "Sign in by POST /api/v1/sessions and send the access_token as Authorization:"
            " Bearer. A"
            " script takes an API key instead, which lasts until it is withdrawn."
        ),
    ),
    "second-factor-needed": (
        (
            "The password is right, and this account has a second factor: a code of a phone is"
            " asked for besides. Nobody was signed in."
        ),
        (
            "Send the same request again with code: the six digits that the phone shows now, or"
            " one of the recovery codes."
        ),
    ),
    "second-factor-wrong": (
        (
            "The code is not one of the phone's for now, or it was used before: each is taken"
            " once, and half a minute earlier or later at most. Tries are limited."
        ),
        (
            "Wait for the next code, and see that the phone's clock is right; or use a recovery"
            " code. Whoever runs the server can take the second factor off"
            " (gatekeeper-server reset-password)."
        ),
    ),
    "unproven": (
        (
            "A device's request has to be signed with the device's own key, and this one was"
            " not, was"
            " altered on the way, or comes of a clock that is far off."
        ),
        (
            "Ask from the enrolled device itself, with its own folder. If it is the right one,"
            " set its"
            " clock, sync it once, or enrol it again."
        ),
    ),
    "forbidden": (
        (
            "You are known, but your role or your key's scopes do not allow this; or the"
            " request came"
            " in clear where only https is taken."
        ),
        "Ask an owner of the organization for the role, use a key with the scope, or use https.",
    ),
    "second-factor-missing": (
        (
            "The organization asks its owners and managers to have a second factor, and you have"
            " none. Until you do, you may do nothing in it."
        ),
        (
            "Make one: POST /api/v1/me/second-factor with your password, then"
            " /api/v1/me/second-factor/confirm with a code of the phone. No new sign-in is needed."
        ),
    ),
    "device-revoked": (
        "An organizer has revoked this device. It may no longer sync, claim or sell.",
        "If that was a mistake, make a new code for it and enrol it again.",
    ),
    "not-found": (
        (
            "There is nothing at this address, or it belongs to an organization that you are no"
            " member of; the answer is the same for both."
        ),
        "Check the ids in the address, and as whom you are signed in.",
    ),
    "method-not-allowed": (
        "The address exists, but not with this method.",
        "The Allow header of the answer lists the methods that it takes.",
    ),
    "too-slow": (
        "The request did not arrive within the time that it has.",
        "Send it again on a better link, or in smaller parts.",
    ),
    "conflict": (
        (
            "What you ask does not fit what is stored now: something was changed meanwhile, exists"
            " already, or is still in use. Nothing was changed."
        ),
        "Read the thing anew; detail says what stands in the way.",
    ),
    "quota-exceeded": (
        "The organization, person or device has as many of these as one may have.",
        (
            "Remove some that are not needed. Whoever runs the server knows the numbers"
            " (docs/operations.md)."
        ),
    ),
    "sold-out": (
        "Fewer tickets of the type are left than were asked for, counting those that tills hold.",
        "Ask for fewer, raise the type's limit, or take back what a till has not sold.",
    ),
    "no-mail-server": (
        "What was asked for goes out by mail, and whoever runs this server has set none up.",
        (
            "They set GATEKEEPER_MAIL_SERVER and GATEKEEPER_MAIL_FROM and start the server again"
            " (docs/operations.md)."
        ),
    ),
    "seat-taken": (
        "A seat that was asked for is held, sold, with a till, or out of sale; nothing was taken.",
        (
            "errors names the seats. Take others: POST …/seats/best finds the best free ones, and"
            " GET …/seats/changes tells what became of each."
        ),
    ),
    "plan-frozen": (
        (
            "The event's gates were handed this plan and may be working alone by it: its zones,"
            " rules, dates, seats and what its ticket types mean are locked. Nothing was changed."
        ),
        (
            "errors names what is locked. Capacities, limits, prices, names, people, devices and"
            " further gates stay open. For the rest a manager lifts the freeze with a reason"
            " (POST …/freeze/lift), and hands the plan to gates again when it is as it shall be."
        ),
    ),
    "claim-id-reused": (
        "A claim with the same id and other content was answered before.",
        "Draw a new random claim_id for every scan; use it again only to repeat the same claim.",
    ),
    "gone": (
        "It was here, and is no longer: an expired code, or a withdrawn invitation.",
        "Ask for a new one.",
    ),
    "changed-meanwhile": (
        (
            "What you wanted to change is no longer as you read it: somebody changed it in"
            " between. Nothing of yours was written."
        ),
        (
            "change says who and when. Read the thing again, decide field by field what shall"
            " hold, and send that with its new etag as If-Match."
        ),
    ),
    "too-large": (
        "The request's body is larger than this address takes.",
        "Send it in several parts.",
    ),
    "unsupported-media-type": (
        "The body's Content-Type is none that this address takes.",
        "Send application/json, or what detail names.",
    ),
    "too-many-requests": (
        "You have asked more often than one may within this time.",
        "Wait as many seconds as the Retry-After header says, then go on.",
    ),
    "headers-too-large": (
        "The request's headers are larger than the server takes.",
        "Send fewer or shorter headers; cookies are the usual reason.",
    ),
    "internal": (
        "The server has a fault. What you sent may be right.",
        "Give the request_id of the answer to whoever runs the server: the log has it too.",
    ),
    "unavailable": (
        "The database is busy, full, or cannot be reached. Nothing was changed.",
        (
            "Try again after Retry-After seconds; /health/ready says what is wrong. Gates go on"
            " meanwhile."
        ),
    ),
    "ledger-closed": (
        (
            "The ledger grants no claims until somebody has looked at it, since the database went"
            " back to an earlier state. Gates decide by their own rules meanwhile."
        ),
        "Whoever runs the server looks at gatekeeper-server epoch, and opens it.",
    ),
    "ledger-behind": (
        "This server's copy of the ledger lags behind, so that it can grant no claims now.",
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
