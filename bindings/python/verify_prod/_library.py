# SPDX-License-Identifier: MIT
"""libverifyprod by ctypes: its structures, and the prototype of each function that this module calls.

Nothing else in the package states a C type. tests/api/python.test holds PROTOTYPES and LEFT_OUT against libverifyprod.sym.
"""
from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_size_t, c_void_p
from typing import Any, Dict, List, Optional, Tuple

from ._config import LIBDIR, SONAME

# A string that is given, and must be freed: c_char_p would be made bytes, and the pointer lost.
Given = c_void_p


class PullProgress(Structure):
    _fields_ = [("size", c_size_t), ("layers", c_size_t), ("layers_done", c_size_t), ("bytes", c_int64), ("bytes_total", c_int64)]


class Event(Structure):
    _fields_ = [("size", c_size_t), ("kind", c_int), ("check", c_char_p), ("result", c_void_p), ("text", c_char_p),
                ("cached", c_int), ("pull", POINTER(PullProgress))]


OnEvent = ctypes.CFUNCTYPE(None, c_void_p, POINTER(Event))
OnText = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)
OnPath = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p)
OnRemoved = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)
Write = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)


class SessionOptions(Structure):
    _fields_ = [("size", c_size_t), ("timeout_ms", c_int64), ("keep", c_int), ("on_event", OnEvent), ("data", c_void_p)]


class RunOptions(Structure):
    _fields_ = [("size", c_size_t), ("only", POINTER(c_char_p)), ("skip", POINTER(c_char_p)), ("jobs", c_int)]


class CleanOptions(Structure):
    _fields_ = [("size", c_size_t), ("session_id", c_char_p), ("timeout_ms", c_int64), ("on_removed", OnRemoved),
                ("data", c_void_p), ("older_than_ms", c_int64), ("dry_run", c_int), ("cancel_fd", c_int)]


class DraftOptions(Structure):
    _fields_ = [("size", c_size_t), ("dockerfile", c_char_p), ("on_guess", OnText), ("data", c_void_p), ("compose", c_char_p)]


class DockerOptions(Structure):
    _fields_ = [("size", c_size_t), ("host", c_char_p)]


class RenderOptions(Structure):
    _fields_ = [("size", c_size_t), ("color", c_int), ("width", c_int), ("summary_only", c_int)]


class EngineFacts(Structure):
    """The members up to what this module tells of: the structure only grows at its end, and is the library's."""
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("version", c_char_p), ("api_version", c_char_p),
                ("endpoint", c_char_p), ("published_host", c_char_p), ("os", c_char_p), ("architecture", c_char_p),
                ("remote", c_int), ("userns_remap", c_int), ("rootless", c_int)]


class CheckInfo(Structure):
    _fields_ = [("size", c_size_t), ("id", c_char_p), ("title", c_char_p), ("what", c_char_p), ("why", c_char_p),
                ("remedy", c_char_p), ("run", c_void_p)]


class KeyInfo(Structure):
    _fields_ = [("size", c_size_t), ("path", c_char_p), ("type", c_char_p), ("help", c_char_p), ("default_value", c_char_p),
                ("without", c_char_p), ("example", c_char_p), ("minimum", c_int64), ("maximum", c_int64),
                ("words", POINTER(c_char_p)), ("instead_of", c_char_p)]


_object = c_void_p
_ret = POINTER(c_void_p)
_texts = (POINTER(c_char_p), POINTER(c_char_p))

# name: (what it returns, what it takes). _ret at the end of what can fail is vprod_error **err.
PROTOTYPES: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "vprod_version": (c_char_p, ()),
    "vprod_string_free": (None, (c_void_p,)),
    "vprod_log_text": (Given, (c_char_p,)),
    "vprod_error_get_code": (c_int, (_object,)),
    "vprod_error_get_errno": (c_int, (_object,)),
    "vprod_error_get_message": (c_char_p, (_object,)),
    "vprod_error_code_name": (c_char_p, (c_int,)),
    "vprod_error_free": (None, (_object,)),
    "vprod_verdict_name": (c_char_p, (c_int,)),
    "vprod_count_checks": (c_size_t, ()),
    "vprod_get_check_at": (POINTER(CheckInfo), (c_size_t,)),
    "vprod_find_check": (POINTER(CheckInfo), (c_char_p,)),
    "vprod_check_own": (c_int, (_object, c_char_p, _ret, _ret)),
    "vprod_spec_count_own_checks": (c_size_t, (_object,)),
    "vprod_spec_get_own_check_at": (POINTER(CheckInfo), (_object, c_size_t)),
    "vprod_spec_load": (c_int, (c_char_p, _ret, _ret)),
    "vprod_spec_parse": (c_int, (c_char_p, c_size_t, c_char_p, c_char_p, _ret, _ret)),
    "vprod_spec_read_name": (c_int, (c_char_p, _ret, _ret)),
    "vprod_spec_new": (c_int, (c_char_p, _ret, _ret)),
    "vprod_spec_set": (c_int, (_object, c_char_p, c_char_p, _ret)),
    "vprod_spec_draft": (c_int, (c_char_p, POINTER(DraftOptions), _ret, _ret)),
    "vprod_spec_find_dockerfiles": (c_int, (c_char_p, OnPath, c_void_p, _ret)),
    "vprod_spec_get_name": (c_char_p, (_object,)),
    "vprod_spec_get_base_dir": (c_char_p, (_object,)),
    "vprod_spec_get_file": (c_char_p, (_object,)),
    "vprod_spec_has_check": (c_int, (_object, c_char_p)),
    "vprod_spec_count_keys": (c_size_t, ()),
    "vprod_spec_get_key_at": (POINTER(KeyInfo), (c_size_t,)),
    "vprod_spec_free": (None, (_object,)),
    "vprod_runner_new_docker": (c_int, (POINTER(DockerOptions), _ret, _ret)),
    "vprod_runner_get_engine": (c_int, (_object, c_int64, POINTER(POINTER(EngineFacts)), _ret)),
    "vprod_runner_free": (None, (_object,)),
    "vprod_session_new_with": (c_int, (_object, _object, POINTER(SessionOptions), _ret, _ret)),
    "vprod_session_run": (c_int, (_object, POINTER(RunOptions), _ret, _ret)),
    "vprod_session_build": (c_int, (_object, c_char_p, _ret, _ret)),
    "vprod_session_cancel": (None, (_object,)),
    "vprod_session_get_id": (c_char_p, (_object,)),
    "vprod_session_free": (None, (_object,)),
    "vprod_clean": (c_int, (_object, POINTER(CleanOptions), POINTER(c_size_t), _ret)),
    "vprod_result_get_check": (c_char_p, (_object,)),
    "vprod_result_get_title": (c_char_p, (_object,)),
    "vprod_result_get_verdict": (c_int, (_object,)),
    "vprod_result_get_message": (c_char_p, (_object,)),
    "vprod_result_get_remedy": (c_char_p, (_object,)),
    "vprod_result_get_duration_ms": (c_int64, (_object,)),
    "vprod_result_get_began_ms": (c_int64, (_object,)),
    "vprod_result_get_ended_ms": (c_int64, (_object,)),
    "vprod_result_get_file": (c_char_p, (_object,)),
    "vprod_result_get_line": (c_int, (_object,)),
    "vprod_result_count_evidence": (c_size_t, (_object,)),
    "vprod_result_get_evidence_at": (c_int, (_object, c_size_t) + _texts),
    "vprod_result_count_findings": (c_size_t, (_object,)),
    "vprod_result_get_finding_at": (_object, (_object, c_size_t)),
    "vprod_finding_count_fields": (c_size_t, (_object,)),
    "vprod_finding_get_field_at": (c_int, (_object, c_size_t) + _texts),
    "vprod_result_render": (c_int, (_object, POINTER(RenderOptions), _ret, POINTER(c_size_t), _ret)),
    "vprod_result_free": (None, (_object,)),
    "vprod_report_get_verdict": (c_int, (_object,)),
    "vprod_report_count_results": (c_size_t, (_object,)),
    "vprod_report_get_result_at": (_object, (_object, c_size_t)),
    "vprod_report_get_name": (c_char_p, (_object,)),
    "vprod_report_get_image": (c_char_p, (_object,)),
    "vprod_report_get_image_id": (c_char_p, (_object,)),
    "vprod_report_get_engine_name": (c_char_p, (_object,)),
    "vprod_report_get_engine_version": (c_char_p, (_object,)),
    "vprod_report_get_engine_api_version": (c_char_p, (_object,)),
    "vprod_report_get_started_at": (c_char_p, (_object,)),
    "vprod_report_get_duration_ms": (c_int64, (_object,)),
    "vprod_report_count_formats": (c_size_t, ()),
    "vprod_report_get_format_at": (c_char_p, (c_size_t,)),
    "vprod_report_render": (c_int, (_object, c_char_p, POINTER(RenderOptions), _ret, POINTER(c_size_t), _ret)),
    "vprod_report_load": (c_int, (c_char_p, _ret, _ret)),
    "vprod_report_free": (None, (_object,)),
    "vprod_report_set_new": (c_int, (_ret, _ret)),
    "vprod_report_set_add": (c_int, (_object, c_char_p, _ret)),
    "vprod_report_set_expect": (c_int, (_object, c_char_p, _ret)),
    "vprod_report_set_get_verdict": (c_int, (_object,)),
    "vprod_report_set_count": (c_size_t, (_object,)),
    "vprod_report_set_get_name_at": (c_char_p, (_object, c_size_t)),
    "vprod_report_set_get_verdict_at": (c_int, (_object, c_size_t)),
    "vprod_report_set_is_absent_at": (c_int, (_object, c_size_t)),
    "vprod_report_set_get_duration_ms_at": (c_int64, (_object, c_size_t)),
    "vprod_report_set_get_bad_check_at": (c_char_p, (_object, c_size_t, c_size_t)),
    "vprod_report_set_count_results": (c_size_t, (_object, c_int)),
    "vprod_report_set_load_at": (c_int, (_object, c_size_t, _ret, _ret)),
    "vprod_report_set_render": (c_int, (_object, c_char_p, POINTER(RenderOptions), Write, c_void_p, _ret)),
    "vprod_report_set_free": (None, (_object,)),
}

# What is not bound, and why. vprod_check_* are reached by the registry's `run`, so that a new check needs nothing here.
LEFT_OUT: Dict[str, str] = {
    "vprod_error_new": "for runners of a caller's own, which are written in C",
    "vprod_runner_new": "runners of a caller's own are written in C; Runner.from_address takes one",
    "vprod_runner_new_wrapper": "as vprod_runner_new",
    "vprod_runner_get_ops": "as vprod_runner_new",
    "vprod_session_new": "vprod_session_new_with does it",
    "vprod_spec_find_own_check": "Spec.own_checks is searched in Python",
    "vprod_result_find_evidence": "evidence is a dict",
    "vprod_finding_find_field": "a finding is a dict",
    "vprod_report_find_result": "Report.results is searched in Python",
}

# vprod_check_*: by CheckInfo.run
RunCheck = ctypes.CFUNCTYPE(c_int, c_void_p, _ret, _ret)


def _load() -> ctypes.CDLL:
    first: Optional[OSError] = None
    # by soname first, as every program finds it; then where this module was installed with it
    for name in (SONAME, LIBDIR + "/" + SONAME):
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            first = first or error
    raise ImportError("cannot load " + SONAME + ", neither by its name nor from " + LIBDIR + ": " + str(first)) from first


def _bind() -> ctypes.CDLL:
    library = _load()
    missing: List[str] = []
    for name, (returns, takes) in PROTOTYPES.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            missing.append(name)
            continue
        function.restype = returns
        function.argtypes = list(takes)
    if missing:
        raise ImportError(SONAME + " is older than this module: it has no " + ", ".join(missing))
    return library


lib = _bind()


def sized(structure: Any, **members: Any) -> Any:
    """A structure with its `size` set, and what is given."""
    return structure(ctypes.sizeof(structure), **members)


def text(raw: Optional[bytes]) -> str:
    return (raw or b"").decode("utf-8", "replace")


def text_or_none(raw: Optional[bytes]) -> Optional[str]:
    return None if raw is None else text(raw)


def take_string(pointer: Optional[int]) -> str:
    """A string that the library gave: copied, then freed."""
    try:
        return text(ctypes.string_at(pointer) if pointer else b"")
    finally:
        lib.vprod_string_free(pointer)


def word_list(words: Any) -> Any:
    """A NULL-ended list of C strings, or NULL for None. The list keeps what it points to."""
    if words is None:
        return None
    encoded = [encode(word) for word in words]
    return (c_char_p * (len(encoded) + 1))(*encoded, None)


def encode(word: Any) -> Optional[bytes]:
    """A text or a path as the library takes it; NUL bytes cannot be passed."""
    if word is None:
        return None
    raw = os.fsencode(word)
    if b"\0" in raw:
        raise ValueError("a NUL byte in " + repr(word))
    return raw
