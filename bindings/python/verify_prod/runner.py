# SPDX-License-Identifier: MIT
"""Runners: what carries out container work."""
from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass
from typing import Any, Callable, List, Optional

from . import _blocking
from ._library import CleanOptions, DockerOptions, EngineFacts, OnRemoved, encode, lib, sized, text
from .errors import call, make


@dataclass(frozen=True)
class Engine:
    """Which engine a runner speaks to."""
    name: str
    version: str
    api_version: str
    endpoint: str
    os: str
    architecture: str
    remote: bool
    rootless: bool


class Runner:
    """The docker runner; Podman is spoken to as well. Several sessions may share one, from several threads."""

    def __init__(self, host: Optional[str] = None, *, _pointer: Optional[ctypes.c_void_p] = None) -> None:
        """host: "unix:///run/x.sock", "tcp://h:2375", "ssh://h"; None: as the docker program finds its engine."""
        if _pointer is None:
            _pointer = make(lib.vprod_runner_new_docker, ctypes.byref(sized(DockerOptions, host=encode(host))))
        self._pointer = _pointer
        self._end = weakref.finalize(self, lib.vprod_runner_free, _pointer)

    @classmethod
    def from_address(cls, address: int) -> "Runner":
        """A vprod_runner that C code made (vprod_runner_new, vprod_runner_new_wrapper). It belongs to this object from now on."""
        return cls(_pointer=ctypes.c_void_p(address))

    def engine(self, timeout: float = 10) -> Engine:
        """Asks which engine this is. Raises UnreachableError, EngineError, DeadlineError."""
        facts: Any = ctypes.POINTER(EngineFacts)()
        _blocking.run(lambda: call(lib.vprod_runner_get_engine, self._pointer, int(timeout * 1000), ctypes.byref(facts)))
        seen = facts.contents
        return Engine(text(seen.name), text(seen.version), text(seen.api_version), text(seen.endpoint), text(seen.os),
                      text(seen.architecture), bool(seen.remote), bool(seen.rootless))

    def clean(self, *, session_id: Optional[str] = None, older_than: float = 0, dry_run: bool = False, timeout: float = 60,
              on_removed: Optional[Callable[[str, str], None]] = None) -> int:
        """Removes what killed runs left on the engine; how many objects. on_removed is told of each: kind and id.
        older_than (seconds): also what sessions of other hosts left. With dry_run nothing is removed."""
        kinds = {1: "container", 2: "network", 3: "volume", 4: "image tag", 5: "folder"}
        raised: List[BaseException] = []

        def removed(_data: Any, kind: int, name: Optional[bytes]) -> None:
            try:
                if on_removed is not None and not raised:
                    on_removed(kinds.get(kind, "object"), text(name))
            except BaseException as error:  # must not pass through the library
                raised.append(error)

        count = ctypes.c_size_t()
        options = sized(CleanOptions, session_id=encode(session_id), timeout_ms=int(timeout * 1000), on_removed=OnRemoved(removed),
                        older_than_ms=int(older_than * 1000), dry_run=int(dry_run))
        _blocking.run(lambda: call(lib.vprod_clean, self._pointer, ctypes.byref(options), ctypes.byref(count)))
        if raised:
            raise raised[0]
        return count.value
