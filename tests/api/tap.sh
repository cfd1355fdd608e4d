# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A little TAP for tests written in bash: `. tap.sh`, then ok / not_ok / check, and finish at the end.
tap_count=0
tap_failed=0

ok() { # DESCRIPTION
  tap_count=$((tap_count + 1))
  echo "ok $tap_count - $1"
}

not_ok() { # DESCRIPTION [WHY...]
  tap_count=$((tap_count + 1))
  tap_failed=$((tap_failed + 1))
  echo "not ok $tap_count - $1"
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
}

skip() { # DESCRIPTION WHY
  tap_count=$((tap_count + 1))
  echo "ok $tap_count - $1 # SKIP $2"
}

# Runs a command; what it printed is shown where it fails.
check() { # DESCRIPTION COMMAND...
  local description=$1 output
  shift
  if output=$("$@" 2>&1); then ok "$description"; else not_ok "$description" "$output"; fi
}

# What a part that ran beside others said, as said here.
again() { # FILE
  local line
  while IFS= read -r line; do
    case $line in
      'ok '*) tap_count=$((tap_count + 1)) && echo "ok $tap_count - ${line#* - }" ;;
      'not ok '*) tap_count=$((tap_count + 1)) tap_failed=$((tap_failed + 1)) && echo "not ok $tap_count - ${line#* - }" ;;
      '#'*) echo "$line" ;;
      *) echo "# $line" ;;
    esac
  done <"$1"
}

skip_all() { # WHY
  echo "1..0 # SKIP $1"
  exit 0
}

finish() {
  echo "1..$tap_count"
  echo "# $(basename "$0"): $((tap_count - tap_failed)) passed, $tap_failed failed"
  [ "$tap_failed" -eq 0 ]
}
