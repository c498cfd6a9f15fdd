"""The floor for claims: the same web stack, a handler that only commits in groups.

No authentication, no signature, no rules: each request's body is hashed for a key and inserted;
what arrives while a commit is in flight joins the next one. Run by `bench.claims` under uvicorn
(`bench/bare_server.py`), with the database in `BARE_DATABASE` (an SQLAlchemy URL).
"""

from __future__ import annotations

import asyncio
import hashlib
import os

from litestar import Litestar, Request, post
from sqlalchemy import Column, LargeBinary, MetaData, Table, event, insert, text
from sqlalchemy.ext.asyncio import create_async_engine

metadata = MetaData()
claim = Table("bare_claim", metadata, Column("id", LargeBinary(32), primary_key=True))
engine = create_async_engine(os.environ["BARE_DATABASE"])
_waiting: list[tuple[bytes, asyncio.Future[None]]] = []
_tasks: set[asyncio.Task[None]] = set()

if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def _durable(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's connection is untyped here
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()


async def _commit_groups() -> None:
    try:
        while _waiting:
            group = _waiting[:]
            _waiting.clear()
            async with engine.begin() as connection:
                await connection.execute(insert(claim), [{"id": key} for key, _ in group])
            for _, done in group:
                done.set_result(None)
    finally:
        # Not by a callback of the task's: whoever came before that ran would wait for a task that
        # is over.
        _tasks.clear()


@post("/claims", status_code=200)
async def take(request: Request) -> dict[str, str]:  # type: ignore[type-arg]  # the bare handler names no user or state
    """Insert and answer once committed."""
    key = hashlib.sha256(await request.body()).digest()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    _waiting.append((key, done))
    if not _tasks:
        _tasks.add(asyncio.create_task(_commit_groups()))
    await done
    return {"verdict": "admit"}


async def _create() -> None:
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Two workers that make the same table at once end with an error for one of them.
            await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        await connection.run_sync(lambda sync: metadata.create_all(sync, checkfirst=True))


app = Litestar([take], on_startup=[_create], openapi_config=None)
