# SPDX-License-Identifier: MIT
"""Is this container image fit for production? libverifyprod for Python.

    from verify_prod import Session, Spec

    with Session(Spec.load("verify-prod.yaml")) as session:
        report = session.run()
    print(report.render())

A check that fails raises nothing; what could not be done raises an Error, one class a code of the library.
"""
from ._config import VERSION as __version__
from ._library import encode as _encode
from ._library import lib as _lib
from ._library import take_string as _take_string
from ._library import text as _text
from .errors import (BuilderError, CancelledError, DatabaseError, DeadlineError, EngineError, Error, FileError, ImageError,
                     InvalidError, NotFoundError, OutOfMemoryError, RegistryError, ServiceError, SpecError, UnreachableError,
                     UnsupportedError)
from .result import Member, Report, ReportSet, Result, Verdict, formats
from .runner import Engine, Runner
from .session import Event, EventKind, Pull, Session, checks
from .spec import Check, Key, Spec, draft, find_dockerfiles, keys, read_name

__all__ = [
    "BuilderError", "CancelledError", "Check", "DatabaseError", "DeadlineError", "Engine", "EngineError", "Error", "Event",
    "EventKind", "FileError", "ImageError", "InvalidError", "Key", "Member", "NotFoundError", "OutOfMemoryError", "Pull",
    "RegistryError", "Report", "ReportSet", "Result", "Runner", "ServiceError", "Session", "Spec", "SpecError",
    "UnreachableError", "UnsupportedError", "Verdict", "__version__", "checks", "draft", "find_dockerfiles", "formats", "keys",
    "library_version", "log_text", "read_name",
]


def library_version() -> str:
    """The version of the library that is loaded; `__version__` is the one that this module was made with."""
    return _text(_lib.vprod_version())


def log_text(said: str) -> str:
    """What others said, fit to be shown where a CI system reads along."""
    return _take_string(_lib.vprod_log_text(_encode(said)))
