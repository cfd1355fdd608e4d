# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of examples/fleet share, after e2e.sh: small specs whose verdicts are known, and what came out for them.
# $image is the image of the app; $only leaves all out but what a recipe is tried with: an app that starts and answers.
# shellcheck disable=SC2154  # of those that include this
only=$("$program" list | awk '$1 != "start" && $1 != "health" { printf "%s%s: false", sep, $1; sep = ", " }')
unset JOB_COMPLETION_INDEX SLURM_ARRAY_TASK_ID CI_NODE_INDEX BUILDKITE_PARALLEL_JOB CIRCLE_NODE_INDEX

build_image() { # DOCKER-COMMAND...
  mkdir -p "$work/image"
  cp "$app" "$work/image/app"
  printf 'FROM scratch\nCOPY app /app\nUSER 1001:1001\nCMD ["/app"]\n' >"$work/image/Dockerfile"
  "$@" build -q -t "$image" "$work/image" >/dev/null 2>&1
}

spec() { # FOLDER [APP-OPTION...]: its name is the folder's
  mkdir -p "$1"
  printf 'version: 1\nname: %s\nimage: {ref: "%s"}\nrun: {port: 8000, command: %s}\nchecks: {%s, health: {path: /health, timeout: %s}}\n' \
    "$(basename "$1")" "$image" "$(jq -nc '["/app"] + $ARGS.positional' --args -- "${@:2}")" "$only" "${timeout:-2m}" >"$1/verify-prod.yaml"
}

# Two that are well, one that never is, one that ends at once; a name with a blank, and two that differ in a slash only.
four_specs() { # FOLDER
  spec "$1/api"
  spec "$1/web shop/cart"
  timeout=2s spec "$1/a/down" --status 500
  spec "$1/a_down/gone" --exit 1 0
}
# shellcheck disable=SC2034  # for the tests
four_verdicts='api pass
cart pass
down fail
gone fail'

verdicts() { # REPORT-OF-ALL: name and verdict of each
  jq -r '.reports[] | "\(.subject.name) \(.verdict)"' "$1" | sort
}

# same REPORT-OF-ALL VERDICTS
same() {
  verdicts "$1" | diff <(echo "$2") - || { jq -r '.reports[] | .checks[]? | "\(.verdict) \(.id): \(.message)"' "$1" | grep '^error'; return 1; }
}
