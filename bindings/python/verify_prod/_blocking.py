# SPDX-License-Identifier: MIT
"""Calls that block for seconds or minutes.

ctypes gives up the GIL for each of them. In the main thread that is not enough: Python handles SIGINT there, between two
bytecodes, so Ctrl-C would do nothing until the call is over. Hence such a call is made in a thread of its own while the main
thread waits, which signals interrupt; what is under way is then cancelled, and waited for, as it uses what the caller owns.
"""
from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional, TypeVar

T = TypeVar("T")


def run(work: Callable[[], T], cancel: Optional[Callable[[], Any]] = None) -> T:
    """What `work` returns or raises. An exception of a signal handler cancels, and is raised when the work is over."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    results: List[T] = []
    errors: List[BaseException] = []
    done = threading.Event()

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:  # handed to the thread that waits
            errors.append(error)
        finally:
            done.set()

    interrupted: Optional[BaseException] = None
    worker = threading.Thread(target=body, name="verify-prod", daemon=True)
    worker.start()
    while not done.is_set():
        try:
            done.wait()
        except BaseException as error:
            interrupted = interrupted or error
            if cancel is not None:
                cancel()
    worker.join()
    if interrupted is not None:
        raise interrupted
    if errors:
        raise errors[0]
    return results[0]
