# SPDX-License-Identifier: MIT
"""Sessions: one verification of one spec."""
from __future__ import annotations

import contextlib
import ctypes
import enum
import threading
import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Iterable, Iterator, List, Optional, Type

from . import _blocking
from ._library import Event as _Event
from ._library import (OnEvent, RunCheck, RunOptions, SessionOptions, encode, lib, sized, take_string, text, text_or_none,
                       word_list)
from .errors import InvalidError, call, make
from .result import Report, Result, copied
from .runner import Runner
from .spec import Check, Spec, said


class EventKind(enum.Enum):
    """What happens while a session works."""
    CHECK_STARTED = 1
    CHECK_ENDED = 2
    BUILD_STEP = 3
    BUILD_LOG = 4
    NOTE = 5
    BUILD_STEP_ENDED = 6
    PULL = 7
    PULL_ENDED = 8
    WAITING = 9


@dataclass(frozen=True)
class Pull:
    """How far a pull is; 0: not known."""
    layers: int
    layers_done: int
    bytes: int
    bytes_total: int


@dataclass(frozen=True)
class Event:
    """For showing, not for deciding. What is not told of is None."""
    kind: EventKind
    check: Optional[str]
    result: Optional[Result]
    text: Optional[str]
    cached: bool
    pull: Optional[Pull]


def checks() -> List[Check]:
    """The checks that there are, in the order of a report."""
    return [said(lib.vprod_get_check_at(index).contents) for index in range(lib.vprod_count_checks())]


def _copied_event(raw: Any) -> Event:
    pull = raw.pull.contents if raw.pull else None
    return Event(EventKind(raw.kind), text_or_none(raw.check), copied(raw.result) if raw.result else None,
                 text_or_none(raw.text), bool(raw.cached),
                 Pull(pull.layers, pull.layers_done, pull.bytes, pull.bytes_total) if pull is not None else None)


class Session:
    """Owns its image tag, network, services and app, makes each on first demand, and removes them all when it is closed:

        with Session(Spec.load()) as session:
            report = session.run()

    One thread at a time uses it (another one gets InvalidError); `cancel` may be called from any.
    on_event is called from threads of the library, one call at a time, and may call `cancel`, and nothing else of the session.
    What it raises cancels the session, and is raised by the method that was running."""

    def __init__(self, spec: Spec, runner: Optional[Runner] = None, *, timeout: float = 0, keep: bool = False,
                 on_event: Optional[Callable[[Event], Any]] = None) -> None:
        """timeout: seconds for the whole session, 0: none. keep: close leaves containers, network and tag for a look.
        Nothing is asked of the engine yet. Raises SpecError where there is nothing to build."""
        self._in_use = threading.Lock()
        self._ending = threading.RLock()  # a handler of signals may cancel while it is held
        self._raised: List[BaseException] = []
        callback = OnEvent(self._listener(on_event)) if on_event is not None else OnEvent(0)
        options = sized(SessionOptions, timeout_ms=int(timeout * 1000), keep=int(keep), on_event=callback)
        self._pointer = make(lib.vprod_session_new_with, spec._pointer, runner._pointer if runner is not None else None,
                             ctypes.byref(options))
        # what the library borrows lives as long as the session
        self._end = weakref.finalize(self, _free, self._pointer, (runner, callback))

    def _listener(self, on_event: Callable[[Event], Any]) -> Callable[[Any, Any], None]:
        raised, reference = self._raised, weakref.ref(self)

        def listener(_data: Any, event: Any) -> None:
            try:
                if not raised and event.contents.kind in EventKind._value2member_map_:  # a newer library may tell of more
                    on_event(_copied_event(event.contents))
            except BaseException as error:  # must not pass through the library
                raised.append(error)
                session = reference()
                if session is not None:
                    session.cancel()

        return listener

    @contextlib.contextmanager
    def _used(self) -> Iterator[None]:
        if not self._in_use.acquire(blocking=False):
            raise InvalidError("the session is in use: by another thread, or by the call that on_event is called from")
        try:
            if not self._end.alive:
                raise InvalidError("the session is closed")
            yield
        finally:
            self._in_use.release()

    def _blocks(self, work: Callable[[], Any]) -> Any:
        try:
            return _blocking.run(work, self.cancel)
        finally:
            if self._raised:
                raise self._raised.pop(0)

    def run(self, only: Optional[Iterable[str]] = None, skip: Optional[Iterable[str]] = None, jobs: int = 0) -> Report:
        """Runs all checks that the spec, only and skip leave, at most `jobs` at a time (0: all). Checks that fail, or could not be
        told, raise nothing: the report has them. Raises InvalidError for an unknown id."""
        options = sized(RunOptions, only=word_list(only), skip=word_list(skip), jobs=jobs)
        with self._used():
            return Report(self._blocks(lambda: make(lib.vprod_session_run, self._pointer, ctypes.byref(options))))

    def check(self, id: str) -> Result:
        """Runs one check alone, which may be one of the spec's own. Raises where it could not be told."""
        info = lib.vprod_find_check(encode(id))
        with self._used():
            if info:
                pointer = self._blocks(lambda: make(RunCheck(info.contents.run), self._pointer))
            else:
                pointer = self._blocks(lambda: make(lib.vprod_check_own, self._pointer, encode(id)))
        try:
            return copied(pointer)
        finally:
            lib.vprod_result_free(pointer)

    def build(self, tag: Optional[str] = None) -> str:
        """Builds the image and tags it (None: NAME:latest); its id. Nothing is removed. Raises ImageError where it does not build."""
        with self._used():
            return take_string(self._blocks(lambda: make(lib.vprod_session_build, self._pointer, encode(tag))).value)

    def cancel(self) -> None:
        """What the session is doing ends soon, with CancelledError. From any thread."""
        with self._ending:
            if self._end.alive:
                lib.vprod_session_cancel(self._pointer)

    @property
    def id(self) -> str:
        """The value of the label verify-prod.session on all that it makes."""
        with self._ending:
            return text(lib.vprod_session_get_id(self._pointer)) if self._end.alive else ""

    def close(self) -> None:
        """Removes all that the session made. May be called twice."""
        if not self._in_use.acquire(blocking=False):
            raise InvalidError("the session is in use")
        try:
            with self._ending:
                detached = self._end.detach()
            if detached is not None:
                owned = detached[2]
                _blocking.run(lambda: _free(*owned))
        finally:
            self._in_use.release()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()


def _free(pointer: Any, _borrowed: Any) -> None:
    lib.vprod_session_free(pointer)
