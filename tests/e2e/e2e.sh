# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the end-to-end tests share: `. e2e.sh` gives TAP, the program, a work folder, and the count of what is left.
src=${VPROD_SRCDIR:-.}
build=${VPROD_BUILDDIR:-.}
# shellcheck source=tests/api/tap.sh
. "$src/tests/api/tap.sh"
[ "${VPROD_ENGINE_TESTS:-yes}" = yes ] || skip_all 'VPROD_ENGINE_TESTS=no'
docker version >/dev/null 2>&1 || skip_all 'no engine answers'
# shellcheck disable=SC2034  # for the tests
program=$build/src/cli/verify-prod
work=$(mktemp -d "${TMPDIR:-/tmp}/verify-prod-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Everything on the engine, and every folder, that runs of these processes made (others may be at work here too), a line each.
left() { # PID...
  local pid
  for pid; do
    docker ps -aq --filter "label=verify-prod.pid=$pid"
    docker network ls -q --filter "label=verify-prod.pid=$pid"
    docker volume ls -q --filter "label=verify-prod.pid=$pid"
    docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -E "^verify-prod-session/.*:p$pid-" || true
    find "${TMPDIR:-/tmp}" -maxdepth 1 -name "v*prod*p$pid-*" 2>/dev/null || true
  done
}

# Runs what verifies a service that answers in a millisecond, once more where drain says that a stop showed nothing (on a busy
# machine, often), at most four times; its exit code. COMMAND writes its report to REPORT.
once_drain_is_told() { # REPORT COMMAND...
  local report=$1 code tries
  shift
  for tries in 1 2 3 4; do
    code=0
    "$@" || code=$?
    [ "$code" -eq 3 ] || [ "$code" -eq 2 ] || break # 2: make's own
    grep -q 'Choose a slower path' "$report" || break
    echo "# drain was not told in try $tries"
  done
  return "$code"
}

# The verdict of one check in a JSON report.
verdict() { # REPORT ID
  jq -r --arg id "$2" '.checks[] | select(.id == $id) | .verdict' "$1"
}
