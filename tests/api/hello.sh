# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A small service that is fit for production, for tests that verify one: `. hello.sh`, then `hello FOLDER` puts
# examples/with-make there, standing on a base image of this run alone (which runs as root), and `hello_is_gone` removes that.
# busybox is a Debian package, as no registry may answer.
hello_base=verify-prod/hello-base:$$

# Says why not, where no image can be verified here.
hello_cannot() {
  local busybox
  busybox=$(command -v busybox || true)
  if [ "${VPROD_ENGINE_TESTS:-yes}" != yes ]; then echo 'VPROD_ENGINE_TESTS=no'
  elif ! docker version >/dev/null 2>&1; then echo 'no engine answers'
  elif [ -z "$busybox" ] || ldd "$busybox" >/dev/null 2>&1; then echo 'no static busybox is installed (Debian: busybox-static)'
  fi
}

hello() { # FOLDER [EXAMPLE]
  local root applet
  if ! docker image inspect "$hello_base" >/dev/null 2>&1; then
    root=$(mktemp -d "${TMPDIR:-/tmp}/verify-prod-hello.XXXXXX")
    mkdir -p "$root"/{bin,tmp}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in sh mkdir echo httpd; do ln -s busybox "$root/bin/$applet"; done
    tar -C "$root" --owner=0 --group=0 -c . | docker import -c 'ENV PATH=/bin' \
      -c 'CMD ["httpd", "-f", "-p", "8080"]' - "$hello_base" >/dev/null
    rm -rf "$root"
  fi
  # shellcheck disable=SC2154 # src is the test's
  cp -R "$src/examples/${2:-with-make}" "$1"
  chmod -R u+w "$1"
  sed -i "s|^ARG BASE=.*|ARG BASE=$hello_base|" "$1/Dockerfile"
}

hello_is_gone() {
  docker image rm "$hello_base" >/dev/null 2>&1 || true
}
