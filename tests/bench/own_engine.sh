# shellcheck shell=bash
# shellcheck disable=SC2034 # what it sets is for the caller
# SPDX-License-Identifier: MIT
# This machine's dockerd once more, with data and a network of its own, in cgroups of its own: what others do on the machine is not
# counted. Needs root and slirp4netns. Sourced; then
#
#   begin_engine         sets $dir (a temporary folder), $engine_account and $containers_account (files of processor time)
#   within COMMAND...    runs it where the engine is; its DOCKER_HOST is that engine
#
# Exit code 77: it cannot be done here.
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../engines/lib.sh
. "$bench/../engines/lib.sh"

cannot() {
  echo "${0##*/}: $1" >&2
  exit 77
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then # DIR CGROUP: as the engine's first process
  dir=$1
  mount -t tmpfs tmpfs /run
  ip link set lo up
  await_network "$dir"
  mount --bind "$dir/resolv.conf" /etc/resolv.conf
  exec dockerd -H "unix://$dir/docker.sock" --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
    --pidfile "$dir/pid" --cgroup-parent "/$2/containers"
fi

# shellcheck disable=SC2317,SC2329 # by the trap
end_engine() {
  local folder
  if [ -n "$engine" ]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  [ -z "$network" ] || kill "$network" 2>/dev/null || true
  wait
  while read -r folder; do rmdir "$folder" 2>/dev/null || true; done < <(
    find /sys/fs/cgroup -depth -path "*/$cgroup*" -type d 2>/dev/null)
  rm -rf --one-file-system "$dir"
}

begin_engine() {
  local accounts=/sys/fs/cgroup usage=cpu.stat tool
  [ "$(id -u)" = 0 ] || cannot 'needs root'
  for tool in dockerd docker jq slirp4netns unshare nsenter ip curl; do
    command -v "$tool" >/dev/null || cannot "$tool is not installed"
  done
  if [ -d "$accounts/cpuacct" ]; then accounts=$accounts/cpuacct usage=cpuacct.usage; fi
  dir=$(mktemp -d "${TMPDIR:-/tmp}/verify-prod-bench.XXXXXX")
  cgroup=verify-prod-bench-$$ engine='' network=''
  trap end_engine EXIT
  trap 'exit 130' INT TERM
  mkdir -p "$accounts/$cgroup/engine" "$accounts/$cgroup/containers"
  engine_account=$accounts/$cgroup/engine/$usage containers_account=$accounts/$cgroup/containers/$usage
  { cat /etc/docker/daemon.json 2>/dev/null || echo '{}'; } | jq 'del(."data-root", ."exec-root", .hosts, .pidfile)' >"$dir/daemon.json"
  (
    echo "$BASHPID" >"$accounts/$cgroup/engine/cgroup.procs"
    exec unshare --mount --net --propagation private bash "$bench/own_engine.sh" "$dir" "$cgroup"
  ) >"$dir/log" 2>&1 &
  engine=$!
  give_network "$engine" "$dir"
  for _ in $(seq 300); do
    ! curl -fsS --unix-socket "$dir/docker.sock" http://localhost/_ping >/dev/null 2>&1 || return 0
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/log" >&2
  cannot 'the engine does not answer'
}

within() {
  nsenter --net="/proc/$engine/ns/net" env -u DOCKER_CONTEXT DOCKER_HOST="unix://$dir/docker.sock" DOCKER_BUILDKIT=1 "$@"
}
