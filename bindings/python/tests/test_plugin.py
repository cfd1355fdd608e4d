# SPDX-License-Identifier: MIT
"""The pytest plugin without an engine: found by its entry point, it collects, and what cannot be told is an error."""
import types

from verify_prod import Verdict
from verify_prod.pytest_plugin import untold

SPEC = 'version: 1\nname: demo\nimage: {ref: "demo:1"}\nchecks: {health: false}\n'


def collected(pytester, *arguments):
    return pytester.runpytest("-p", "no:cacheprovider", "--collect-only", "-q", *arguments).stdout.str()


def test_a_spec_that_is_named_is_collected(pytester):
    pytester.makefile(".yaml", **{"verify-prod": SPEC})
    said = collected(pytester, "verify-prod.yaml")
    assert "verify-prod.yaml::non-root" in said and "::health" not in said


def test_checks_of_the_specs_own_are_collected(pytester):
    pytester.makefile(".yaml", **{"verify-prod": SPEC.replace("false}\n", "false, own: [{id: mine, command: [/ask]}]}\n")})
    assert "verify-prod.yaml::mine" in collected(pytester, "verify-prod.yaml")


def test_others_only_where_asked_for(pytester):
    pytester.makefile(".yaml", **{"verify-prod": SPEC})
    assert "non-root" not in collected(pytester)
    assert "non-root" in collected(pytester, "--verify-prod")


def test_a_wrong_spec_is_an_error_of_collecting(pytester):
    pytester.makefile(".yaml", **{"verify-prod": "version: 1\nchekcs: {}\n"})
    result = pytester.runpytest("-p", "no:cacheprovider", "verify-prod.yaml")
    result.assert_outcomes(errors=1)
    assert "chekcs" in result.stdout.str()


def test_without_an_engine_each_check_is_an_error_and_none_fails(pytester):
    pytester.makefile(".yaml", **{"verify-prod": SPEC})
    host = "--verify-prod-host=unix://" + str(pytester.path / "none.sock")
    result = pytester.runpytest("-p", "no:cacheprovider", host, "verify-prod.yaml", "-k", "no-secrets or non-root")
    result.assert_outcomes(errors=2, deselected=len(collected(pytester, "verify-prod.yaml").split("::")) - 1 - 2)
    assert "could not be told: " in result.stdout.str()
    assert result.ret == 1


def results(**verdicts):
    class Reported(list):
        def find(self, check):
            return next((result for result in self if result.check == check), None)

    return Reported(types.SimpleNamespace(check=check, message="why " + check, evidence=evidence, verdict=verdict)
                    for check, (verdict, evidence) in verdicts.items())


def test_a_skip_that_hides_a_fault_is_an_error():
    judged = {"judged_by": "build"}
    alone = results(health=(Verdict.SKIP, judged), other=(Verdict.PASS, {}), plain=(Verdict.SKIP, {}))
    assert "build" in untold(alone, alone[0])
    assert untold(alone, alone[2]) is None
    beside = results(build=(Verdict.FAIL, {}), health=(Verdict.SKIP, judged))
    assert untold(beside, beside[0]) is None and untold(beside, beside[1]) is None
    nothing = results(plain=(Verdict.SKIP, {}))
    assert untold(nothing, nothing[0]).startswith("nothing was verified")
