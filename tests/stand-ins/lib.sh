# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the stand-in scripts share. A stand-in is a base image made from Debian packages, for machines where no image
# registry answers. It is never given somebody else's name. Each is made once: its tag ends in a hash of all that it is
# made from, and a later call uses what is there. To be rid of them:
#   docker image rm --force $(docker image ls -q --filter label=verify-prod.stand-in)
set -euo pipefail

STAND_IN_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STAND_IN_SUITE=${STAND_IN_SUITE:-bookworm}
STAND_IN_TMP=$(mktemp -d "${TMPDIR:-/tmp}/verify-prod-stand-in.XXXXXX")
trap 'rm -rf "$STAND_IN_TMP"' EXIT

say () { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die () { say "$*"; exit 1; }

# Sets DOCKER to the first client on PATH that can build with BuildKit, or else to the first one. A script that another
# one started takes the client of that one.
find_docker () {
  local candidate version first=
  DOCKER=${STAND_IN_DOCKER:-}
  [ -z "$DOCKER" ] || return 0
  while read -r candidate; do
    first=${first:-$candidate}
    if "$candidate" buildx version >/dev/null 2>&1; then
      DOCKER=$candidate
      return 0
    fi
    version=$("$candidate" version --format '{{.Client.Version}}' 2>/dev/null) || version=${version:-0}
    if [ "${version%%.*}" -ge 18 ] && [ "${version%%.*}" -lt 23 ]; then
      DOCKER=$candidate
      export DOCKER_BUILDKIT=1
      return 0
    fi
  done < <(type -ap docker)
  DOCKER=$first
  [ -n "$first" ]
}

need_docker () {
  find_docker || die "no docker client on PATH; ./bootstrap --install installs one"
  export STAND_IN_DOCKER=$DOCKER
}

# the engine's own builder sees the images that were made before; a builder in a container would not
export BUILDX_BUILDER=default

# The part of a tag that tells what the image is made from: the files, the suite, the architecture, and PARENT where
# a script stands on another. Not this file: what an image is made of stands in the scripts.
stand_in_hash () {
  { printf '%s\n' "$STAND_IN_SUITE" "$(uname -m)" "${PARENT:-}"; cat "$@"; } | sha256sum | cut -c1-12
}

# stand_in NAME SECONDS FILE...: makes the image from the files with the caller's function `make_image TAG`, unless it
# is there, and prints its tag. The tag without the hash is kept too, for the hand.
stand_in () {
  local name=$1 seconds=$2 tag log=$STAND_IN_TMP/log
  shift 2
  need_docker
  name=verify-prod/stand-in-$name:$STAND_IN_SUITE
  tag=$name-$(stand_in_hash "$@")
  exec 9>"${TMPDIR:-/tmp}/${tag//[\/:]/-}.$(id -u).lock"
  flock 9
  if "$DOCKER" image inspect "$tag" >/dev/null 2>&1; then
    [ -n "${STAND_IN_CHILD:-}" ] || say "$tag is there"
  else
    say "making $tag from Debian packages, once, about $seconds s"
    if ! (make_image "$tag") >"$log" 2>&1 </dev/null 9>&- || ! "$DOCKER" tag "$tag" "$name" >>"$log" 2>&1; then
      tail -n 25 "$log" >&2
      die "cannot make $tag: the reason is in the lines above"
    fi
  fi
  rm -f "${TMPDIR:-/tmp}/${tag//[\/:]/-}.$(id -u).lock"
  exec 9>&-
  printf '%s\n' "$tag"
}

# build_stand_in TAG CONTEXT [DOCKER-BUILD-ARGUMENT...]
build_stand_in () {
  local tag=$1 context=$2
  shift 2
  "$DOCKER" build --tag "$tag" --label verify-prod.stand-in=1 "$@" "$context"
}

# parent NAME: makes the stand-in that this one stands on, and sets PARENT
parent () {
  need_docker
  PARENT=$(STAND_IN_CHILD=1 "$STAND_IN_DIR/stand-in-$1")
}

# The certificate authorities that this machine trusts: a company's network may have one of its own.
host_ca_bundle () {
  local file
  for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
    if [ -n "$file" ] && [ -s "$file" ]; then
      printf '%s\n' "$file"
      return
    fi
  done
}

# The mirror of this machine's own apt, where it is Debian's; a Debian of any release serves all suites.
debian_sources () {
  local mirror=http://deb.debian.org/debian security=http://deb.debian.org/debian-security
  if grep -qx 'ID="\?debian"\?' /etc/os-release; then
    local targets
    # shellcheck disable=SC2016 # the names are apt's
    targets=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages')
    mirror=$(awk '$1 !~ /-/ && /debian/ { print $2; exit }' <<<"$targets")
    security=$(awk '$1 ~ /-security$/ { print $2; exit }' <<<"$targets")
    mirror=${mirror:-http://deb.debian.org/debian}
  fi
  printf 'deb %s %s main\n' "${mirror%/}" "$STAND_IN_SUITE"
  if [ "$STAND_IN_SUITE" != sid ]; then
    printf 'deb %s %s-updates main\n' "${mirror%/}" "$STAND_IN_SUITE"
    [ -z "$security" ] || printf 'deb %s %s-security main\n' "${security%/}" "$STAND_IN_SUITE"
  fi
}

# What this machine's apt is told about its network.
host_apt_options () { apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date)' || true; }
