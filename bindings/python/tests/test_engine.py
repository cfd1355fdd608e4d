# SPDX-License-Identifier: MIT
"""On a real engine: a small image that is good, and the same as root. VPROD_HELLO is its folder (tests/api/hello.sh)."""
import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif("VPROD_HELLO" not in os.environ, reason=os.environ.get("VPROD_NO_HELLO", "no engine"))
CHECKS = "build or start or health or non-root or outage"


def left(label):
    """What carries a label on the engine."""
    return subprocess.run(["docker", "ps", "-aq", "--filter", "label=" + label], check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture
def hello(pytester):
    shutil.copytree(os.environ["VPROD_HELLO"], pytester.path / "hello")
    return pytester.path / "hello"


def test_the_fixture_verifies_an_image_and_leaves_nothing(verify_prod, hello):
    session = verify_prod.session(hello / "verify-prod.yaml")
    report = session.run(only=["build", "health", "non-root"])
    assert report, report.render()
    assert report.find("non-root").evidence
    label = "verify-prod.session=" + session.id
    session.close()
    assert left(label) == ""


def test_a_check_is_a_test(pytester, hello):
    result = pytester.runpytest("-p", "no:cacheprovider", "-rs", str(hello / "verify-prod.yaml"), "-k", CHECKS)
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] >= 4 and outcomes["skipped"] >= 1 and "failed" not in outcomes and "errors" not in outcomes


def test_a_bad_image_is_a_failed_test(pytester, hello):
    dockerfile = hello / "Dockerfile"
    dockerfile.write_text("".join(line for line in dockerfile.read_text().splitlines(True) if not line.startswith("USER")))
    result = pytester.runpytest("-p", "no:cacheprovider", str(hello / "verify-prod.yaml"), "-k", "non-root")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1 and "errors" not in outcomes
    assert "remedy" in result.stdout.str().lower() or "USER" in result.stdout.str()


def test_a_skip_whose_reason_no_test_tells_is_an_error(pytester, hello):
    (hello / "Dockerfile").write_text("FROM " + os.environ["VPROD_HELLO_BASE"] + "\nRUN exit 3\n")
    result = pytester.runpytest("-p", "no:cacheprovider", str(hello / "verify-prod.yaml"), "-k", "non-root")
    assert result.parseoutcomes()["errors"] == 1
    both = pytester.runpytest("-p", "no:cacheprovider", str(hello / "verify-prod.yaml"), "-k", "non-root or build and not context")
    outcomes = both.parseoutcomes()
    assert outcomes["failed"] == 1 and outcomes["skipped"] == 1 and "errors" not in outcomes
