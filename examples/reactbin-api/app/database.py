"""The pool of connections to PostgreSQL."""

import asyncio
import logging

import asyncpg

log = logging.getLogger("uvicorn.error")


async def open_pool(url: str, tries: int = 15) -> asyncpg.Pool:
    """Connects, and waits for a database that is not ready yet. SQLAlchemy's way to name the driver is understood."""
    dsn = url.replace("postgresql+asyncpg://", "postgresql://", 1)
    for left in reversed(range(tries)):
        try:
            return await asyncpg.create_pool(dsn, min_size=1, max_size=5, timeout=3, command_timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncio.TimeoutError) as error:
            if left == 0:
                raise
            log.warning("cannot connect to the database: %s", error)
            await asyncio.sleep(min(0.1 * 2 ** (tries - 1 - left), 2))
    raise AssertionError("tries is at least one")


async def state(pool: asyncpg.Pool) -> str:
    """What the health endpoint says: "ok" once there is a database with the tables that the migrations make."""
    try:
        await pool.fetchval("SELECT id FROM reactions LIMIT 1")
        return "ok"
    except asyncpg.UndefinedTableError as error:
        log.warning("the migrations did not run: %s", error)
        return "the migrations did not run"
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncio.TimeoutError) as error:
        log.warning("the database does not answer: %s", error)
        return "database unreachable"
