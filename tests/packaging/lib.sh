# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of packages share: `. lib.sh` gives TAP, a work folder, and the dist tarball in $tarball.
#   VPROD_TARBALL   this one (default: what `make dist` makes of VPROD_BUILDDIR)
#   VPROD_PACKAGES  a folder that the packages are left in, and found in by the test of the image that is made of them
src=$(cd "${VPROD_SRCDIR:-.}" && pwd)
build=$(cd "${VPROD_BUILDDIR:-.}" && pwd)
# shellcheck source=tests/api/tap.sh
. "$src/tests/api/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/verify-prod-packaging.XXXXXX")
trap 'rm -rf "$work"' EXIT
# makes of their own: nothing of the one that runs this test
unset MAKEFLAGS MFLAGS MAKELEVEL
# shellcheck disable=SC2034 # for the tests
jobs=$(nproc)

need() { # COMMAND...
  local command
  for command; do
    command -v "$command" >/dev/null || skip_all "$command is not installed"
  done
}

# Sets tarball and version.
make_tarball() {
  tarball=${VPROD_TARBALL:-}
  if [ -z "$tarball" ]; then
    version=$(sed -n 's/^AC_INIT(\[verify-prod\], \[\(.*\)\])/\1/p' "$src/configure.ac")
    make -s -C "$build" dist >"$work/dist.log" 2>&1 || { not_ok 'make dist' "$(tail -n 20 "$work/dist.log")"; finish; exit 1; }
    mv "$build/verify-prod-$version.tar.xz" "$work"
    tarball=$work/verify-prod-$version.tar.xz
  fi
  version=${tarball##*/verify-prod-}
  version=${version%.tar.xz}
}

# make_packages deb|rpm FOLDER: what `make deb` and `make rpm` put there
make_packages() { make -s -C "$build" "$1" TARBALL="$tarball" PACKAGES="$2"; }

# Runs a command that says much; what it said last is shown where it fails.
long() { # DESCRIPTION COMMAND...
  local description=$1
  shift
  if "$@" >"$work/log" 2>&1; then ok "$description"; else not_ok "$description" "$(tail -n 50 "$work/log")"; fi
}
