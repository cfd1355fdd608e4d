# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Hosts in namespaces of their own (network, mounts, name), joined by a bridge in the first of them, with an engine at the usual
# socket where one is wanted. The file system below the temporary folder is shared. For tests that are root.
#   hosts_dir=DIR; start_host head; start_host one; join_hosts; start_engine one; await_engine one; on one COMMAND...; end_hosts
hosts_dir=
hosts=()
declare -A host_pid=() host_address=() engine_pid=()

# start_host NAME: its address is 10.231.8.N.
start_host() {
  local name=$1 ready=$hosts_dir/$1.ready
  rm -f "$ready"
  # shellcheck disable=SC2016 # for the shell within
  setpriv --pdeathsig KILL unshare -m -n -u --propagation private bash -c '
    hostname "$1" && ip link set lo up && mount -t tmpfs tmpfs /run && mkdir -p /run/sshd /run/lock && : >"$2" && exec sleep infinity' \
    _ "$name" "$ready" 2>"$hosts_dir/$name.err" &
  host_pid[$name]=$!
  hosts+=("$name")
  host_address[$name]=10.231.8.${#hosts[@]}
  until [ -e "$ready" ]; do
    kill -0 "${host_pid[$name]}" 2>/dev/null || return
    sleep 0.05
  done
}

on() { # NAME COMMAND...: as its root, in the same folder
  local pid=${host_pid[$1]}
  shift
  nsenter -m -n -u --wdns="$PWD" -t "$pid" -- "$@"
}

join_hosts() {
  local name head=${hosts[0]} text=$hosts_dir/hosts
  echo '127.0.0.1 localhost' >"$text"
  on "$head" ip link add br0 type bridge && on "$head" ip link set br0 up || return
  on "$head" ip addr add "${host_address[$head]}/24" dev br0 || return
  for name in "${hosts[@]}"; do
    echo "${host_address[$name]} $name" >>"$text"
    [ "$name" != "$head" ] || continue
    on "$head" ip link add "to-$name" type veth peer name eth0 netns "${host_pid[$name]}" || return
    on "$head" ip link set "to-$name" master br0 up || return
    on "$name" ip addr add "${host_address[$name]}/24" dev eth0 && on "$name" ip link set eth0 up || return
  done
  for name in "${hosts[@]}"; do on "$name" mount --bind "$text" /etc/hosts || return; done
}

start_engine() { # NAME DOCKERD-OPTION...
  local name=$1 dir=$hosts_dir/$1
  shift
  mkdir -p "$dir"
  echo '{}' >"$dir/daemon.json"
  on_background "$name" dockerd --config-file "$dir/daemon.json" -H unix:///run/docker.sock --data-root "$dir/data" \
    --exec-root "$dir/exec" --pidfile "$dir/pid" "$@" >"$dir/log" 2>&1
  engine_pid[$name]=$!
}

on_background() { # NAME COMMAND...: $! is the command
  local pid=${host_pid[$1]}
  shift
  nsenter -m -n -u --wdns="$PWD" -t "$pid" -- "$@" &
}

await_engine() { # NAME
  for _ in $(seq 600); do
    if on "$1" docker version >/dev/null 2>&1; then return 0; fi
    kill -0 "${engine_pid[$1]}" 2>/dev/null || return
    sleep 0.1
  done
  return 1
}

end_hosts() {
  local name
  for name in "${!engine_pid[@]}"; do kill "${engine_pid[$name]}" 2>/dev/null || true; done
  for name in "${!engine_pid[@]}"; do wait "${engine_pid[$name]}" 2>/dev/null || true; done
  for name in "${hosts[@]}"; do
    kill -KILL "${host_pid[$name]}" 2>/dev/null || true
    wait "${host_pid[$name]}" 2>/dev/null || true
  done
}
