# SPDX-License-Identifier: MIT
# What the tests of the program share; sourced. A test is a function whose name says what it shows; it succeeds,
# fails, or calls skip. Each runs in a folder of its own. VPROD_PROGRAM: another program than the one just built.
# shellcheck shell=sh

: "${VPROD_SRCDIR:?set by make check}" "${VPROD_BUILDDIR:?set by make check}"
program=${VPROD_PROGRAM:-$VPROD_BUILDDIR/src/cli/verify-prod}
top=$(mktemp -d "${TMPDIR:-/tmp}/verify-prod-cli.XXXXXX") || exit 99
trap 'rm -rf "$top"' EXIT
# shellcheck disable=SC2034 # used by those who source this
no_engine=unix://$top/no-engine.sock
# shellcheck disable=SC2034 # … and these: every check
ids=$("$program" list | cut -d " " -f 1) count=$("$program" list | wc -l)

# nothing of the caller's reaches the tests
unset NO_COLOR CI DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
LC_ALL=C.UTF-8
export LC_ALL

# run ARGUMENT...: the program, to out and err; its exit status to $status.
run ()
{
  "$program" "$@" >"$dir/out" 2>"$dir/err" </dev/null
  status=$?
}

because ()
{
  printf '%s\n' "$*" >>"$dir/why"
  return 1
}

exits ()
{
  [ "$status" -eq "$1" ] || because "exit status $status, not $1"
}

# says TEXT: on standard error; prints TEXT: on standard output; each as a whole line or a part of one.
says ()
{
  grep -qF -e "$1" "$dir/err" || because "standard error does not say: $1"
}

prints ()
{
  grep -qF -e "$1" "$dir/out" || because "standard output does not say: $1"
}

silent ()
{
  [ ! -s "$dir/$1" ] || because "std$1 is not empty"
}

skip ()
{
  printf '%s\n' "$*" >"$dir/skipped"
  return 77
}

# write_spec NAME: a spec, here.
write_spec ()
{
  printf 'version: 1\nname: %s\n' "$1" >verify-prod.yaml
  printf 'FROM scratch\n' >Dockerfile
}

# run_tests NAME...; VPROD_TESTS names some of them
run_tests ()
{
  # shellcheck disable=SC2086 # names
  [ -z "${VPROD_TESTS:-}" ] || set -- $VPROD_TESTS
  failed=0
  number=0
  echo "1..$#"
  for name in "$@"; do
    number=$((number + 1))
    dir=$top/$name
    mkdir "$dir" "$dir/cwd"
    : >"$dir/out"
    : >"$dir/err"
    status=none
    (cd "$dir/cwd" && "$name")
    result=$?
    if [ "$result" -eq 0 ]; then
      echo "ok $number - $name"
    elif [ "$result" -eq 77 ] && [ -s "$dir/skipped" ]; then
      echo "ok $number - $name # SKIP $(cat "$dir/skipped")"
    else
      failed=$((failed + 1))
      echo "not ok $number - $name"
      for part in why out err; do
        [ ! -s "$dir/$part" ] || sed "s/^/#   $part: /" "$dir/$part" | head -40
      done
    fi
  done
  echo "# $((number - failed)) of $number passed"
  [ "$failed" -eq 0 ]
}
