"""Query parameters that several routes take, with their bounds."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from server.policy import PAGE_SIZE_MAX

Limit = Annotated[
    int, QueryParameter(ge=1, le=PAGE_SIZE_MAX, description="How many at most on a page.")
]
After = Annotated[
    str | None, QueryParameter(max_length=64, description="`next` of the page before.")
]
