# SPDX-License-Identifier: MIT
"""Results, reports, and sets of reports. What the library lends is copied at once."""
from __future__ import annotations

import ctypes
import enum
import os
import weakref
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple, Union

from ._library import RenderOptions, Write, encode, lib, sized, text, text_or_none
from .errors import InvalidError, call, make

PathLike = Union[str, "os.PathLike[str]"]


class Verdict(enum.Enum):
    """What was found. FAIL: the image is bad. ERROR: it could not be told. They are never mixed up."""
    PASS = 0
    FAIL = 1
    SKIP = 2
    ERROR = 3

    def __str__(self) -> str:
        return text(lib.vprod_verdict_name(self.value))


@dataclass(frozen=True)
class Result:
    """The result of one check; nothing in it belongs to the library."""
    check: str
    title: str
    verdict: Verdict
    message: str
    remedy: str
    duration_ms: int
    began_ms: int
    ended_ms: int
    file: str
    line: int
    evidence: Mapping[str, str]
    findings: Tuple[Mapping[str, str], ...]
    text: str
    """The result as the text format shows it."""


def _named(owner: Any, count: Any, get: Any) -> Dict[str, str]:
    name, value = ctypes.c_char_p(), ctypes.c_char_p()
    pairs: Dict[str, str] = {}
    for index in range(count(owner)):
        if get(owner, index, ctypes.byref(name), ctypes.byref(value)) == 0:
            key = text(name.value)
            # a name that comes twice keeps both, a line each
            pairs[key] = pairs[key] + "\n" + text(value.value) if key in pairs else text(value.value)
    return pairs


def _rendered(function: Any, *arguments: Any) -> str:
    given, length = ctypes.c_void_p(), ctypes.c_size_t()
    call(function, *arguments, ctypes.byref(given), ctypes.byref(length))
    try:
        return text(ctypes.string_at(given, length.value))
    finally:
        lib.vprod_string_free(given)


def copied(pointer: Any) -> Result:
    """A result that is lent."""
    findings: List[Mapping[str, str]] = []
    for index in range(lib.vprod_result_count_findings(pointer)):
        finding = lib.vprod_result_get_finding_at(pointer, index)
        findings.append(_named(finding, lib.vprod_finding_count_fields, lib.vprod_finding_get_field_at))
    return Result(
        check=text(lib.vprod_result_get_check(pointer)), title=text(lib.vprod_result_get_title(pointer)),
        verdict=Verdict(lib.vprod_result_get_verdict(pointer)), message=text(lib.vprod_result_get_message(pointer)),
        remedy=text(lib.vprod_result_get_remedy(pointer)), duration_ms=lib.vprod_result_get_duration_ms(pointer),
        began_ms=lib.vprod_result_get_began_ms(pointer), ended_ms=lib.vprod_result_get_ended_ms(pointer),
        file=text(lib.vprod_result_get_file(pointer)), line=lib.vprod_result_get_line(pointer),
        evidence=_named(pointer, lib.vprod_result_count_evidence, lib.vprod_result_get_evidence_at),
        findings=tuple(findings), text=_rendered(lib.vprod_result_render, pointer, None))


def formats() -> List[str]:
    """The names of the formats of reports."""
    return [text(lib.vprod_report_get_format_at(index)) for index in range(lib.vprod_report_count_formats())]


def _options(color: bool, width: int, summary_only: bool = False) -> Any:
    return ctypes.byref(sized(RenderOptions, color=int(color), width=width, summary_only=int(summary_only)))


class Report:
    """All results of a run, in the order of the registry. It lives on after its session."""

    def __init__(self, pointer: ctypes.c_void_p) -> None:
        """Takes a vprod_report, which is ended with this object."""
        self._pointer = pointer
        self._end = weakref.finalize(self, lib.vprod_report_free, pointer)
        self.verdict = Verdict(lib.vprod_report_get_verdict(pointer))
        self.results: Tuple[Result, ...] = tuple(
            copied(lib.vprod_report_get_result_at(pointer, index)) for index in range(lib.vprod_report_count_results(pointer)))
        self.name = text(lib.vprod_report_get_name(pointer))
        self.image = text(lib.vprod_report_get_image(pointer))
        self.image_id = text(lib.vprod_report_get_image_id(pointer))
        self.engine_name = text(lib.vprod_report_get_engine_name(pointer))
        self.engine_version = text(lib.vprod_report_get_engine_version(pointer))
        self.engine_api_version = text(lib.vprod_report_get_engine_api_version(pointer))
        self.started_at = text(lib.vprod_report_get_started_at(pointer))
        self.duration_ms: int = lib.vprod_report_get_duration_ms(pointer)

    @classmethod
    def load(cls, path: PathLike) -> "Report":
        """Reads a report that was rendered as JSON. Raises FileError, InvalidError."""
        return cls(make(lib.vprod_report_load, encode(path)))

    def find(self, check: str) -> Optional[Result]:
        """The result of a check, or None where it was not run."""
        return next((result for result in self.results if result.check == check), None)

    def render(self, format: str = "text", *, color: bool = False, width: int = 0, summary_only: bool = False) -> str:
        """The report in one of `formats()`. Raises InvalidError for another one."""
        return _rendered(lib.vprod_report_render, self._pointer, encode(format), _options(color, width, summary_only))

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __bool__(self) -> bool:
        """True where the whole is a pass, and nowhere else."""
        return self.verdict is Verdict.PASS


@dataclass(frozen=True)
class Member:
    """One of a set of reports."""
    name: str
    verdict: Verdict
    absent: bool
    duration_ms: int
    bad_checks: Tuple[str, ...]


class ReportSet:
    """Many JSON reports as one: those of a monorepo, or of many workers. The files must not change meanwhile."""

    def __init__(self) -> None:
        self._pointer = make(lib.vprod_report_set_new)
        self._end = weakref.finalize(self, lib.vprod_report_set_free, self._pointer)

    def add(self, path: PathLike) -> None:
        """Adds the report in this file. Raises FileError, InvalidError."""
        call(lib.vprod_report_set_add, self._pointer, encode(path))

    def expect(self, name: str) -> None:
        """There must be a report of this subject; while there is none, it is an error."""
        call(lib.vprod_report_set_expect, self._pointer, encode(name))

    @property
    def verdict(self) -> Verdict:
        return Verdict(lib.vprod_report_set_get_verdict(self._pointer))

    def count(self, verdict: Verdict) -> int:
        """How many results of all members have this verdict."""
        return int(lib.vprod_report_set_count_results(self._pointer, verdict.value))

    @property
    def members(self) -> Tuple[Member, ...]:
        """Its members, by name, absent ones too."""
        return tuple(self._member(index) for index in range(lib.vprod_report_set_count(self._pointer)))

    def _member(self, index: int) -> Member:
        bad: List[str] = []
        while True:
            check = text_or_none(lib.vprod_report_set_get_bad_check_at(self._pointer, index, len(bad)))
            if check is None:
                break
            bad.append(check)
        return Member(
            name=text(lib.vprod_report_set_get_name_at(self._pointer, index)),
            verdict=Verdict(lib.vprod_report_set_get_verdict_at(self._pointer, index)),
            absent=bool(lib.vprod_report_set_is_absent_at(self._pointer, index)),
            duration_ms=lib.vprod_report_set_get_duration_ms_at(self._pointer, index), bad_checks=tuple(bad))

    def report(self, name: str) -> Report:
        """A member's report, read once more. Raises InvalidError where there is no such member."""
        for index, member in enumerate(self.members):
            if member.name == name:
                return Report(make(lib.vprod_report_set_load_at, self._pointer, index))
        raise InvalidError("no report of " + name)

    def render(self, format: str = "text", *, color: bool = False, width: int = 0) -> str:
        """All of them as one report."""
        pieces: List[bytes] = []

        def write(_data: Any, piece: int, length: int) -> int:
            pieces.append(ctypes.string_at(piece, length))
            return 0

        call(lib.vprod_report_set_render, self._pointer, encode(format), _options(color, width), Write(write), None)
        return text(b"".join(pieces))
