# SPDX-License-Identifier: MIT
"""Specs: what to verify."""
from __future__ import annotations

import ctypes
import os
import weakref
from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Tuple, Union

from ._library import DraftOptions, OnPath, OnText, encode, lib, sized, take_string, text, text_or_none
from .errors import call, make

PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Check:
    """What a check is, in words."""
    id: str
    title: str
    what: str
    why: str
    remedy: str


def said(info: Any) -> Check:
    """A Check of the library's words for one."""
    return Check(text(info.id), text(info.title), text(info.what), text(info.why), text(info.remedy))


class Spec:
    """A verify-prod.yaml, or the same made by `set`. Sessions keep what they need of it.

    Threads: any number may read it; `set` from one thread alone."""

    def __init__(self, base_dir: Optional[PathLike] = None, *, _pointer: Optional[ctypes.c_void_p] = None) -> None:
        """Nothing but defaults, relative to base_dir (None: the working directory)."""
        self._pointer = _pointer if _pointer is not None else make(lib.vprod_spec_new, encode(base_dir))
        self._end = weakref.finalize(self, lib.vprod_spec_free, self._pointer)

    @classmethod
    def load(cls, path: PathLike = "verify-prod.yaml") -> "Spec":
        """Reads and checks a file. Raises SpecError (file:line:column: message)."""
        return cls(_pointer=make(lib.vprod_spec_load, encode(path)))

    @classmethod
    def parse(cls, yaml: str, *, file_name: Optional[str] = None, base_dir: Optional[PathLike] = None) -> "Spec":
        """The same from a text; file_name is for messages."""
        raw = yaml.encode("utf-8")
        return cls(_pointer=make(lib.vprod_spec_parse, raw, len(raw), encode(file_name), encode(base_dir)))

    def set(self, key: str, value: str) -> None:
        """Sets one entry: set("checks.health.path", "/ready"); value is YAML. Raises SpecError; the spec is then unchanged."""
        call(lib.vprod_spec_set, self._pointer, encode(key), encode(value))

    @property
    def name(self) -> str:
        """The subject's name."""
        return text(lib.vprod_spec_get_name(self._pointer))

    @property
    def base_dir(self) -> str:
        """The absolute folder that paths are relative to."""
        return text(lib.vprod_spec_get_base_dir(self._pointer))

    @property
    def file(self) -> Optional[str]:
        """The file it was read from, or None."""
        return text_or_none(lib.vprod_spec_get_file(self._pointer))

    def has_check(self, check: str) -> bool:
        """False where the spec says `false` for it, and for an unknown id."""
        return bool(lib.vprod_spec_has_check(self._pointer, encode(check)))

    def own_checks(self) -> List[Check]:
        """The checks that are the spec's own (checks.own), in its order."""
        return [said(lib.vprod_spec_get_own_check_at(self._pointer, index).contents)
                for index in range(lib.vprod_spec_count_own_checks(self._pointer))]


def read_name(path: PathLike) -> str:
    """The name of a spec's subject, where nothing else that it refers to need be there."""
    return take_string(make(lib.vprod_spec_read_name, encode(path)).value)


def draft(folder: Optional[PathLike] = None, *, dockerfile: Optional[str] = None, compose: Optional[str] = None,
          on_guess: Optional[Callable[[str], None]] = None) -> str:
    """The text of a first verify-prod.yaml for a folder with a Dockerfile; on_guess is told of each guess."""
    raised: List[BaseException] = []

    def guess(_data: Any, line: Optional[bytes]) -> None:
        try:
            if on_guess is not None and not raised:
                on_guess(text(line))
        except BaseException as error:  # must not pass through the library
            raised.append(error)

    options = sized(DraftOptions, dockerfile=encode(dockerfile), on_guess=OnText(guess), compose=encode(compose))
    yaml = take_string(make(lib.vprod_spec_draft, encode(folder), ctypes.byref(options)).value)
    if raised:
        raise raised[0]
    return yaml


def find_dockerfiles(folder: Optional[PathLike] = None) -> List[str]:
    """The Dockerfiles in a folder and below it, as paths from there, near ones first."""
    paths: List[str] = []

    def found(_data: Any, path: Optional[bytes]) -> int:
        paths.append(os.fsdecode(path or b""))
        return 0

    call(lib.vprod_spec_find_dockerfiles, encode(folder), OnPath(found), None)
    return paths


@dataclass(frozen=True)
class Key:
    """A key of a spec, in words."""
    path: str
    type: str
    help: str
    default: Optional[str]
    without: Optional[str]
    example: Optional[str]
    minimum: int
    maximum: int
    words: Tuple[str, ...]
    instead_of: Optional[str]


def keys() -> List[Key]:
    """The keys of a spec in the manual's order."""
    found: List[Key] = []
    for index in range(lib.vprod_spec_count_keys()):
        info = lib.vprod_spec_get_key_at(index).contents
        words: List[str] = []
        while info.words and info.words[len(words)] is not None:
            words.append(text(info.words[len(words)]))
        found.append(Key(text(info.path), text(info.type), text(info.help), text_or_none(info.default_value),
                         text_or_none(info.without), text_or_none(info.example), info.minimum, info.maximum, tuple(words),
                         text_or_none(info.instead_of)))
    return found
