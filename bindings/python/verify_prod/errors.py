# SPDX-License-Identifier: MIT
"""Why something could not be done: one exception a code of the library. The list is closed."""
from __future__ import annotations

import ctypes
from typing import Any, Dict, Type

from ._library import lib, text


class Error(Exception):
    """The base of all: `code` is the library's number, `name` its word, `errno` the system's number or 0."""

    code = 0

    def __init__(self, message: str, errno: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.errno = errno

    @property
    def name(self) -> str:
        """The code in a word, "timeout"."""
        return text(lib.vprod_error_code_name(self.code))


class OutOfMemoryError(Error, MemoryError):
    """Out of memory."""
    code = 1


class InvalidError(Error, ValueError):
    """An argument is not valid: an unknown check, a bad URL."""
    code = 2


class SpecError(Error, ValueError):
    """The spec cannot be read or is wrong; the message has file:line:column."""
    code = 3


class FileError(Error):
    """A file could not be read or written; see `errno`."""
    code = 4


class UnreachableError(Error):
    """No engine answers at the endpoint."""
    code = 5


class EngineError(Error):
    """The engine answered with an error, or with something that is no answer."""
    code = 6


class RegistryError(Error):
    """An image could not be had from its registry."""
    code = 7


class DatabaseError(Error):
    """The throwaway database did not come up or refused a query."""
    code = 8


class DeadlineError(Error):
    """A deadline passed."""
    code = 9


class CancelledError(Error):
    """Session.cancel was called."""
    code = 10


class BuilderError(Error):
    """No program was found that can build for this engine."""
    code = 11


class ImageError(Error):
    """The engine works, the image cannot do it: no such program, no such user."""
    code = 12


class UnsupportedError(Error):
    """This engine or runner cannot do that."""
    code = 13


class NotFoundError(Error):
    """The engine has no such image, container or network."""
    code = 14


class ServiceError(Error):
    """A service beside the app did not become ready, or ended."""
    code = 15


BY_CODE: Dict[int, Type[Error]] = {
    kind.code: kind
    for kind in (OutOfMemoryError, InvalidError, SpecError, FileError, UnreachableError, EngineError, RegistryError, DatabaseError,
                 DeadlineError, CancelledError, BuilderError, ImageError, UnsupportedError, NotFoundError, ServiceError)
}


def taken(pointer: ctypes.c_void_p) -> Error:
    """The exception for a vprod_error, which is ended."""
    try:
        code = lib.vprod_error_get_code(pointer)
        return BY_CODE.get(code, Error)(text(lib.vprod_error_get_message(pointer)), lib.vprod_error_get_errno(pointer))
    finally:
        lib.vprod_error_free(pointer)


def call(function: Any, *arguments: Any) -> None:
    """Calls what can fail, with an err at the end; raises what it says."""
    err = ctypes.c_void_p()
    if function(*arguments, ctypes.byref(err)) < 0:
        raise taken(err)


def make(function: Any, *arguments: Any) -> ctypes.c_void_p:
    """The same for what gives an object or a string by the last parameter before err."""
    ret = ctypes.c_void_p()
    call(function, *arguments, ctypes.byref(ret))
    return ret
