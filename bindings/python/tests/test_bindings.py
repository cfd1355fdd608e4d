# SPDX-License-Identifier: MIT
"""The module without an engine: where one is asked, it is played."""
import ast
import gc
import json
import os
import pathlib
import re
import signal
import threading

import pytest
import verify_prod
from verify_prod import (Event, EventKind, InvalidError, Report, ReportSet, Runner, Session, Spec, SpecError, UnreachableError, Verdict,
                         _library, errors)

src = pathlib.Path(os.environ["VPROD_SRCDIR"])


def test_every_exported_function_is_bound_or_left_out_with_a_reason():
    exported = set(re.findall(r"^  (vprod_\w+);$", (src / "libverifyprod.sym").read_text(), re.M))
    checks = {name for name in exported if name.startswith("vprod_check_")} - {"vprod_check_own"}
    assert checks == {"vprod_check_" + check.id.replace("-", "_") for check in verify_prod.checks()}
    bound, left = set(_library.PROTOTYPES), set(_library.LEFT_OUT)
    assert not bound & left
    assert bound | left == exported - checks
    assert all(_library.LEFT_OUT.values())


def test_every_prototype_is_used():
    code = "".join(path.read_text() for path in pathlib.Path(verify_prod.__file__).parent.glob("*.py"))
    assert [name for name in _library.PROTOTYPES if not re.search(r"lib\." + name + r"\b", code)] == []


def test_prototypes_take_as_many_arguments_as_the_headers_say():
    headers = "".join(path.read_text() for path in (src / "include/verify-prod").glob("*.h"))
    headers = re.sub(r"/\*.*?\*/", "", headers, flags=re.S)
    for name, (_, takes) in _library.PROTOTYPES.items():
        start = re.search(r"\b" + name + r" \(", headers).end()
        depth, commas, at = 1, 0, start
        while depth:
            depth += {"(": 1, ")": -1}.get(headers[at], 0)
            commas += headers[at] == "," and depth == 1
            at += 1
        count = 0 if headers[start:at - 1].strip() == "void" else commas + 1
        assert len(takes) == count, name


def test_structures_and_enums_are_the_headers_members():
    headers = "".join(path.read_text() for path in (src / "include/verify-prod").glob("*.h"))
    headers = re.sub(r"/\*.*?\*/", "", headers, flags=re.S)
    names = {"PullProgress": "pull_progress", "Event": "event", "SessionOptions": "session_options", "RunOptions": "run_options",
             "CleanOptions": "clean_options", "DraftOptions": "draft_options", "DockerOptions": "docker_options",
             "RenderOptions": "render_options", "EngineFacts": "engine_facts", "CheckInfo": "check_info", "KeyInfo": "spec_key_info"}
    for ours, theirs in names.items():
        body = re.search(r"typedef struct vprod_" + theirs + r" \{(.*?)\n\}", headers, re.S).group(1)
        members = []
        for line in body.split(";"):
            function = re.search(r"\(\*(\w+)\) \(", line)
            members += [function.group(1)] if function else [re.sub(r".*[ *]", "", part.strip()) for part in line.split(",") if part.strip()]
        mine = [field[0] for field in getattr(_library, ours)._fields_]
        assert mine == (members[:len(mine)] if ours == "EngineFacts" else members), ours
    codes = dict(re.findall(r"VPROD_ERROR_(\w+) = (\d+)", headers))
    assert {int(code) for code in codes.values()} == set(errors.BY_CODE)
    assert dict(re.findall(r"VPROD_VERDICT_(\w+) = (\d+)", headers)) == {verdict.name: str(verdict.value) for verdict in Verdict}
    assert dict(re.findall(r"VPROD_EVENT_(\w+) = (\d+)", headers)) == {kind.name: str(kind.value) for kind in EventKind}


def test_versions_are_one():
    assert verify_prod.__version__ == verify_prod.library_version()
    assert "AC_INIT([verify-prod], [" + verify_prod.__version__ + "])" in (src / "configure.ac").read_text()


def test_a_wrong_spec_says_where():
    with pytest.raises(SpecError, match=r"^demo\.yaml:2:.*health") as caught:
        Spec.parse("version: 1\nchecks: {helth: {}}\n", file_name="demo.yaml")
    assert caught.value.code == 3 and caught.value.name == "spec"
    assert isinstance(caught.value, ValueError)


def test_a_spec_that_is_set(spec, tmp_path):
    spec.set("name", "other")
    spec.set("checks.health", "false")
    assert (spec.name, spec.base_dir, spec.file) == ("other", str(tmp_path), None)
    assert spec.has_check("non-root") and not spec.has_check("health") and not spec.has_check("none")
    with pytest.raises(SpecError):
        spec.set("checks.health.pth", "/x")
    with pytest.raises(ValueError):
        spec.set("name", "a\0b")


def test_files_names_and_drafts(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nEXPOSE 8123\n")
    guesses = []
    yaml = verify_prod.draft(tmp_path, on_guess=guesses.append)
    assert "8123" in yaml and any("8123" in guess for guess in guesses)
    path = tmp_path / "verify-prod.yaml"
    path.write_text(yaml)
    assert Spec.load(path).file == str(path)
    assert verify_prod.read_name(path) == Spec.load(path).name
    assert verify_prod.find_dockerfiles(tmp_path) == ["Dockerfile"]
    with pytest.raises(ZeroDivisionError):
        verify_prod.draft(tmp_path, on_guess=lambda line: 1 / 0)
    with pytest.raises(SpecError, match="No such file"):
        Spec.load(tmp_path / "none.yaml")


def test_keys_and_checks_and_words():
    keys = {key.path: key for key in verify_prod.keys()}
    assert set(keys["checks.startup-logs.stream"].words) == {"stdout", "stderr", "any"}
    assert all(key.help for key in keys.values())
    assert "non-root" in [check.id for check in verify_prod.checks()]
    assert {"text", "json", "junit"} <= set(verify_prod.formats())
    assert not verify_prod.log_text("::error::x").startswith("::error")


def test_an_engine_that_is_not_there(tmp_path):
    with pytest.raises(UnreachableError):
        Runner("unix://" + str(tmp_path / "none.sock")).engine(timeout=2)


def test_checks_of_the_specs_own(spec, played):
    assert spec.own_checks() == []
    spec.set("checks.own", "[{id: mine, title: Mine, command: [/ask]}, {id: other, command: [/ask, x], why: law}]")
    mine, other = spec.own_checks()
    assert (mine.id, mine.title, other.id, other.why) == ("mine", "Mine", "other", "law") and "/ask x" in other.what
    assert spec.has_check("mine") and not spec.has_check("own")
    with Session(spec, played) as session:
        with pytest.raises(InvalidError, match="no check \"their\" of its own"):
            session.check("their")


def test_a_verdict_of_one_check(spec, played):
    assert played.engine().name == "played"
    with Session(spec, played) as session:
        result = session.check("no-secrets")
    assert result.verdict is Verdict.FAIL and str(result.verdict) == "fail"
    assert "API_TOKEN" in result.message and "c2VjcmV0" not in result.text
    assert result.findings and all(finding["message"] for finding in result.findings)


def test_what_could_not_be_told_raises_from_one_check_and_is_a_result_of_a_run(spec, played):
    with Session(spec, played) as session:
        with pytest.raises(errors.Error):
            session.check("non-root")
        report = session.run(only=["no-secrets", "non-root"])
    assert {result.check: str(result.verdict) for result in report} == {"no-secrets": "fail", "non-root": "error"}
    assert report.verdict is Verdict.FAIL and not report
    with pytest.raises(InvalidError):
        report.render("doc")


def test_a_report_outlives_its_session_and_is_read_back(spec, played, tmp_path):
    with Session(spec, played) as session:
        report = session.run(only=["no-secrets"])
    del session, played
    gc.collect()
    path = tmp_path / "report.json"
    path.write_text(report.render("json"))
    assert json.loads(report.render("json"))["verdict"] == "fail"
    assert Report.load(path).find("no-secrets").message == report.find("no-secrets").message
    many = ReportSet()
    many.add(path)
    many.expect("lost")
    assert many.verdict is Verdict.FAIL
    assert {member.name: member.absent for member in many.members} == {report.name: False, "lost": True}
    assert many.report(report.name).verdict is Verdict.FAIL
    assert many.count(Verdict.FAIL) == 1 and "lost" in many.render("text")
    with pytest.raises(InvalidError):
        many.add(path)


def test_events_are_copied_and_come_in_order(spec, played):
    events = []
    with Session(spec, played, on_event=events.append) as session:
        session.run(only=["no-secrets"])
        session_id = session.id
    assert session_id
    assert all(isinstance(event, Event) for event in events)
    kinds = [event.kind for event in events if event.check == "no-secrets"]
    assert kinds[0] is EventKind.CHECK_STARTED and kinds[-1] is EventKind.CHECK_ENDED
    assert events[-1].result.verdict is Verdict.FAIL


def test_what_on_event_raises_is_raised_by_run(spec, played):
    def on_event(event):
        raise KeyError("mine")

    with Session(spec, played, on_event=on_event) as session:
        with pytest.raises(KeyError, match="mine"):
            session.run(only=["no-secrets"])


def test_a_session_in_use_refuses_another_call_and_survives_it(spec, played):
    refused = []

    def on_event(event):
        for call in (session.close, lambda: session.check("no-secrets")):
            try:
                call()
            except InvalidError as error:
                refused.append(str(error))

    with Session(spec, played, on_event=on_event) as session:
        assert session.run(only=["no-secrets"]).verdict is Verdict.FAIL
    assert refused and len(refused) % 2 == 0


def test_a_closed_session_says_so(spec, played):
    session = Session(spec, played)
    session.close()
    session.close()
    session.cancel()
    assert session.id == ""
    with pytest.raises(InvalidError, match="closed"):
        session.run()
    with pytest.raises(InvalidError):
        Session(spec, played).check("none")


def test_an_interrupt_cancels_and_is_raised(spec, played):
    def on_event(event):
        if event.kind is EventKind.CHECK_STARTED:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            assert cancelled.wait(30)

    cancelled = threading.Event()
    with Session(spec, played, on_event=on_event) as session:
        cancel = session.cancel
        session.cancel = lambda: (cancel(), cancelled.set())
        with pytest.raises(KeyboardInterrupt):
            session.run(only=["no-secrets"])


def test_sessions_of_several_threads_share_a_runner(spec, played):
    verdicts = []

    def work():
        with Session(spec, played) as session:
            verdicts.append(session.check("no-secrets").verdict)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [Verdict.FAIL] * 4


def test_all_that_is_public_is_documented():
    for path in pathlib.Path(verify_prod.__file__).parent.glob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path
    for name in verify_prod.__all__:
        if not name.startswith("__"):
            assert getattr(verify_prod, name).__doc__, name
