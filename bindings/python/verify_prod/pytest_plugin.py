# SPDX-License-Identifier: MIT
"""pytest: each check of a verify-prod.yaml is a test, and `verify_prod` is a fixture.

    pytest verify-prod.yaml                  one test a check
    pytest verify-prod.yaml -k non-root      these alone are run
    pytest --verify-prod ...                 collects every verify-prod.yaml below what is named

A check that fails is a failed test; one that could not be told is an error, never a failure; one that is skipped is skipped.
The tests of a file that are selected are run at once, when the first of them is due.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Generator, Iterator, List, Optional, Tuple

import pytest

from . import Report, Result, Runner, Session, Spec, Verdict, checks


def pytest_addoption(parser: Any) -> None:
    group = parser.getgroup("verify-prod", "container images fit for production")
    group.addoption("--verify-prod", action="store_true", help="collect every verify-prod.yaml, not only those that are named")
    group.addoption("--verify-prod-host", metavar="URL", help="the container engine, as in DOCKER_HOST")


def pytest_collect_file(file_path: Path, parent: Any) -> Optional["SpecFile"]:
    if file_path.name != "verify-prod.yaml":
        return None
    named = parent.session.isinitpath(file_path)
    if not named and not parent.config.getoption("--verify-prod"):
        return None
    collected: SpecFile = SpecFile.from_parent(parent, path=file_path)
    return collected


class CouldNotBeTold(Exception):
    """A check that is an error: raised in the set-up of its test, so that it counts as one."""


class SpecFile(pytest.File):
    """A spec: its checks are its tests."""

    report: Optional[Report] = None
    trouble: Optional[BaseException] = None

    def collect(self) -> Iterator["CheckItem"]:
        spec = Spec.load(self.path)
        for check in [*checks(), *spec.own_checks()]:
            if spec.has_check(check.id):
                yield CheckItem.from_parent(self, name=check.id)

    def results(self) -> Report:
        """The report on those of its checks that are selected; made once."""
        if self.trouble is not None:
            raise self.trouble
        if self.report is None:
            only = [item.name for item in self.session.items if item.parent is self]
            try:
                with Session(Spec.load(self.path), _runner(self.config)) as session:
                    self.report = session.run(only=only)
            except BaseException as error:
                self.trouble = error
                raise
        return self.report


def _runner(config: Any) -> Optional[Runner]:
    host = config.getoption("--verify-prod-host")
    return Runner(host) if host else None


def untold(report: Report, result: Result) -> Optional[str]:
    """Why a result is to count as an error, or None. A skip is one where what it stands on was bad, or not told, and no test of
    this run says so: the whole must not look green."""
    if result.verdict is Verdict.ERROR:
        return result.message
    if result.verdict is not Verdict.SKIP:
        return None
    judge = result.evidence.get("judged_by")
    if judge is not None and report.find(judge) is None:
        return result.message + " (the check " + judge + " would say why, and was not run)"
    if all(other.verdict is Verdict.SKIP for other in report):
        return "nothing was verified: " + result.message
    return None


class CheckItem(pytest.Item):
    """One check of a spec."""

    parent: SpecFile
    result: Result

    def setup(self) -> None:
        report = self.parent.results()
        found = report.find(self.name)
        if found is None:
            raise CouldNotBeTold("the report has no result of " + self.name)
        self.result = found
        self.user_properties.append(("verify-prod.verdict", str(found.verdict)))
        why = untold(report, found)
        if why is not None:
            raise CouldNotBeTold(why)

    def runtest(self) -> None:
        if self.result.verdict is Verdict.SKIP:
            pytest.skip(self.result.message)
        if self.result.verdict is Verdict.FAIL:
            pytest.fail(self.result.text.rstrip("\n"), pytrace=False)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, CouldNotBeTold):
            return "could not be told: " + str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> Tuple[Path, Optional[int], str]:
        return self.path, None, "verify-prod: " + self.name


class VerifyProd:
    """What the fixture gives: sessions that are closed when the test is over."""

    def __init__(self, runner: Optional[Runner]) -> None:
        self._runner = runner
        self._sessions: List[Session] = []

    def session(self, spec: Any = "verify-prod.yaml", **options: Any) -> Session:
        """A session for a Spec, or for a spec file; options as of Session."""
        loaded = spec if isinstance(spec, Spec) else Spec.load(spec)
        options.setdefault("runner", self._runner)
        self._sessions.append(Session(loaded, **options))
        return self._sessions[-1]

    def __call__(self, spec: Any = "verify-prod.yaml", only: Optional[List[str]] = None, skip: Optional[List[str]] = None,
                 **options: Any) -> Report:
        """The report on a spec."""
        return self.session(spec, **options).run(only=only, skip=skip)

    def close(self) -> None:
        while self._sessions:
            self._sessions.pop().close()


@pytest.fixture
def verify_prod(request: Any) -> Generator[VerifyProd, None, None]:
    """verify_prod("verify-prod.yaml") is a report; verify_prod.session(...) is a session. All is removed after the test."""
    given = VerifyProd(_runner(request.config))
    try:
        yield given
    finally:
        given.close()
