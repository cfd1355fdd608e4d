# SPDX-License-Identifier: MIT
"""A faulty engine: it stands between a program and a real engine, on a socket of its own, and does one thing wrong.

Requests are told apart by their kind: the method and the path, names replaced by "*". A Plan says which request of which
kind meets which fault. Each fault is a function of an Exchange; FAULTS has them all.
"""
import asyncio
import collections
import re

LATE = 8.0  # seconds; more than the program's least patience for a call would be told as time-out
HUGE = 200 << 20
LIMIT = 1 << 22


def kind_of(method, target):
    path, _, query = target.partition("?")
    path = re.sub(r"^/v1\.\d+", "", path) or "/"
    words = path.split("/")[1:]
    known = {"containers": ("json", "create"), "networks": ("create",), "volumes": ("create",), "exec": ()}
    if words[0] in known and len(words) > 1 and words[1] not in known[words[0]]:
        words[1] = "*"
    if words[0] == "images" and words[-1] not in ("create",) and path != "/images/json":
        verb = words[-1] if len(words) > 2 and words[-1] in ("json", "history", "get", "tag") else None
        words = ["images", "*"] + ([verb] if verb else [])
    follows = " follow" if re.search(r"\bfollow=(1|true)", query) else ""
    return f"{method} /{'/'.join(words)}{follows}"


class Gone(Exception):
    """Somebody closed a connection."""


class Plan:
    """What goes wrong in one run, and what was seen of it. nth: of the requests of that kind, from 1."""

    def __init__(self, kind=None, fault=None, nth=1, statuses=None):
        self.kind, self.fault, self.nth = kind, fault, nth
        self.statuses = statuses or {}  # by kind: what the true engine answered without a fault
        self.count, self.seen, self.met, self.dead = collections.Counter(), {}, 0, False
        self.over = asyncio.Event()

    def meets(self, kind):
        self.count[kind] += 1
        if kind != self.kind or self.count[kind] != self.nth:
            return None
        self.met += 1
        return self.fault


class Message:
    """The head of a request or an answer, and how its body ends."""

    def __init__(self, head):
        self.head = head
        lines = head.decode("latin-1").split("\r\n")
        self.first = lines[0].split(" ", 2)
        self.fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if ":" in line)}

    async def body(self, reader, bodiless=False):
        """Its raw bytes, as they come. bodiless: by what was asked there is none."""
        if bodiless:
            return
        if "chunked" in self.fields.get("transfer-encoding", "").lower():
            while True:
                line = await reader.readuntil(b"\n")
                size = int(line.split(b";")[0], 16)
                yield line + await reader.readexactly(size + 2)
                if size == 0:
                    return
        elif "content-length" in self.fields:
            left = int(self.fields["content-length"])
            while left > 0:
                piece = await reader.read(min(left, 1 << 16))
                if not piece:
                    raise Gone
                left -= len(piece)
                yield piece
        elif self.first[0].startswith("HTTP/"):  # an answer that ends with the connection
            while piece := await reader.read(1 << 16):
                yield piece


async def read_message(reader):
    try:
        return Message(await reader.readuntil(b"\r\n\r\n"))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise Gone from None


class Exchange:
    """One request of the program's, and what becomes of it."""

    def __init__(self, plan, kind, request, client, engine):
        self.plan, self.kind, self.request = plan, kind, request
        (self.from_client, self.to_client), (self.from_engine, self.to_engine) = client, engine
        self.method, self.pumping = request.first[0], False

    async def swallow(self):
        """Takes the request's body; the engine does not see it."""
        async for _ in self.request.body(self.from_client):
            pass

    async def ask(self):
        """Has the engine do it; the head of its answer."""
        self.to_engine.write(self.request.head)
        async for piece in self.request.body(self.from_client):
            self.to_engine.write(piece)
            await self.to_engine.drain()
        answer = await read_message(self.from_engine)
        self.status = int(answer.first[1])
        self.plan.seen.setdefault(self.kind, self.status)
        return answer

    def pieces(self, answer):
        return answer.body(self.from_engine, self.method == "HEAD" or self.status in (204, 304))

    async def tell(self, *pieces):
        for piece in pieces:
            self.to_client.write(piece)
        await self.to_client.drain()

    async def make_up(self, status, text, content_type="application/json"):
        head = f"HTTP/1.1 {status} Made-Up\r\nApi-Version: 1.41\r\nContent-Type: {content_type}\r\n"
        if status != 204:
            head += f"Content-Length: {len(text)}\r\n"
        await self.tell(head.encode() + b"\r\n" + (text if self.method != "HEAD" and status != 204 else b""))
        return True

    async def relay(self, answer, slowly=False):
        """Hands on the true answer. Whether the connection may be used again."""
        upgraded = self.status == 101 or ("upgrade" in self.request.fields and self.status == 200)

        async def hand_on(data):
            if not slowly:
                return await self.tell(data)
            for i in range(0, len(data), 16):
                await self.tell(data[i : i + 16])
                await self.wait(0.02)

        await hand_on(answer.head)
        if upgraded:
            await self.pump()
            return False
        async for piece in self.pieces(answer):
            await hand_on(piece)
        return self.status in (204, 304) or self.method == "HEAD" or "content-length" in answer.fields \
            or "chunked" in answer.fields.get("transfer-encoding", "")

    async def hang_up(self):
        while not self.from_client.at_eof() or self.pumping:
            await asyncio.sleep(0.05)
        self.to_engine.transport.abort()

    async def pump(self):
        self.pumping = True

        async def one_way(reader, writer):
            try:
                while piece := await reader.read(1 << 16):
                    writer.write(piece)
                    await writer.drain()
                if writer.can_write_eof():
                    writer.write_eof()
            except OSError:
                pass

        await asyncio.gather(one_way(self.from_client, self.to_engine), one_way(self.from_engine, self.to_client))

    async def wait(self, seconds):
        """Until so long has passed, or the run is over."""
        try:
            await asyncio.wait_for(self.plan.over.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    def goes_on(self):
        """The answer does not end by itself."""
        return self.kind.endswith(("follow", "/attach", "/wait", "/events")) or self.kind in ("POST /session", "POST /grpc")


# ---- faults -----------------------------------------------------------------------------------------------------------------


async def none(ex):
    """As without anybody between: the engine also sees that the program hangs up."""
    watch = asyncio.ensure_future(ex.hang_up())
    try:
        return await ex.relay(await ex.ask())
    finally:
        watch.cancel()


async def lost(ex):
    """It is done, and the connection ends before the answer."""
    answer = await ex.ask()
    if not ex.goes_on() and ex.status != 101:
        async for _ in ex.pieces(answer):
            pass
    return False


async def unsent(ex):
    """The connection ends, the engine never sees the request."""
    return False


async def half(ex):
    """The connection ends in the middle of the answer."""
    answer = await ex.ask()
    body = b""
    async for piece in ex.pieces(answer):
        body += piece
        if ex.goes_on() or len(body) > 1 << 20:
            break
    await ex.tell(answer.head + body[: len(body) // 2] if body else answer.head[: len(answer.head) // 2])
    return False


async def failed(ex):
    """500 with words of an engine's kind; not done."""
    await ex.swallow()
    return await ex.make_up(500, b'{"message":"write /var/lib/engine/x: input/output error"}\n')


async def busy(ex):
    """503 once; not done."""
    await ex.swallow()
    return await ex.make_up(503, b'{"message":"the engine is starting"}\n')


async def page(ex):
    """200 with a page for people; not done."""
    await ex.swallow()
    return await ex.make_up(200, b"<!DOCTYPE html><html><title>Sign in</title><h1>Welcome</h1></html>\n", "text/html")


async def plain_page(ex):
    """The same with the status of a success and no word of HTML in the headers; not done."""
    await ex.swallow()
    return await ex.make_up(ex.plan.statuses.get(ex.kind, 200), b"<!DOCTYPE html><title>Sign in</title>\n", "text/plain")


async def empty(ex):
    """The status of a success, with nothing; not done."""
    await ex.swallow()
    return await ex.make_up(ex.plan.statuses.get(ex.kind, 200), b"")


async def other_json(ex):
    """The status of a success, with JSON of another kind; not done."""
    await ex.swallow()
    return await ex.make_up(ex.plan.statuses.get(ex.kind, 200), b'{"login":"required"}\n')


async def answered_late(ex):
    """It is done at once, and answered late."""
    answer = await ex.ask()
    await ex.wait(LATE)
    return await ex.relay(answer)


async def done_late(ex):
    """It is done late, and then answered."""
    await ex.wait(LATE)
    return await ex.relay(await ex.ask())


async def done_too_late(ex):
    """It is never answered, and done after the program has given up on it."""
    async def later():
        await asyncio.sleep(LATE)
        answer = await ex.ask()
        async for _ in ex.pieces(answer):
            break

    work = asyncio.ensure_future(later())
    while not work.done() and not ex.from_client.at_eof():
        await asyncio.wait({work}, timeout=0.1)
    await work
    await ex.wait(3600)
    return False


async def silence(ex):
    """Not done, and never answered."""
    await ex.wait(3600)
    return False


async def slow(ex):
    """The true answer, little by little."""
    return await ex.relay(await ex.ask(), slowly=True)


async def huge(ex):
    """An answer that is far too long; not done."""
    await ex.swallow()
    status = ex.plan.statuses.get(ex.kind, 200)
    await ex.tell(f"HTTP/1.1 {200 if status == 204 else status} OK\r\nContent-Type: application/json\r\n"
                  f"Content-Length: {HUGE}\r\n\r\n".encode(), b'[{"Id":"')
    for _ in range(HUGE >> 16):
        await ex.tell(b"a" * (1 << 16))
    return False


async def dead(ex):
    """From here on nobody answers, and no connection is taken."""
    ex.plan.dead = True
    return False


FAULTS = {f.__name__.replace("_", "-"): f for f in (lost, unsent, half, failed, busy, page, plain_page, empty, other_json,
                                                    answered_late, done_late, done_too_late, silence, slow, huge, dead)}


# ---- the engine -------------------------------------------------------------------------------------------------------------


class FaultyEngine:
    """Listens at `path`, and passes on to the engine at `behind` by a plan. As a context: async with."""

    def __init__(self, path, behind, plan):
        self.path, self.behind, self.plan = path, behind, plan

    async def __aenter__(self):
        self.tasks = set()
        self.server = await asyncio.start_unix_server(self.serve, self.path, limit=LIMIT, backlog=200)
        return self

    async def __aexit__(self, *_):
        self.plan.over.set()
        self.server.close()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=LATE + 5)
        for task in self.tasks:
            task.cancel()

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        up = None
        try:
            if not self.plan.dead:
                up = await asyncio.open_unix_connection(self.behind, limit=LIMIT)
                while await self.exchange((reader, writer), up):
                    pass
        except (Gone, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(asyncio.current_task())
            for w in (writer, up and up[1]):
                if w:
                    w.close()

    async def exchange(self, client, up):
        request = await read_message(client[0])
        kind = kind_of(request.first[0], request.first[1])
        fault = self.plan.meets(kind)
        if self.plan.dead:
            return False
        ex = Exchange(self.plan, kind, request, client, up)
        return await (FAULTS[fault] if fault else none)(ex)
