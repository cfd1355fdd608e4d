# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the scripts that run engines in namespaces of their own share.

# give_network PID DIR: the way out of the network namespace of PID, by slirp4netns: this machine's network is not touched, and
# nothing of it but what is routed is reached. DIR/network says when it is there, or that there is none; DIR/resolv.conf is
# for what runs within.
give_network() {
  local pid=$1 dir=$2 own
  own=$(readlink /proc/self/ns/net)
  echo 'nameserver 10.0.2.3' >"$dir/resolv.conf"
  # until it has left our namespace, that is what would be given a device
  while kill -0 "$pid" 2>/dev/null && [ "$(readlink "/proc/$pid/ns/net")" = "$own" ]; do sleep 0.02; done
  if command -v slirp4netns >/dev/null; then
    mkfifo "$dir/ready"
    setpriv --pdeathsig KILL slirp4netns --configure --mtu=65520 --disable-host-loopback --ready-fd=3 "$pid" tap0 \
      3<>"$dir/ready" >"$dir/slirp.log" 2>&1 &
    # shellcheck disable=SC2034 # for the caller to end
    network=$!
    read -rt 10 -n 1 <>"$dir/ready" || true
  fi
  : >"$dir/network"
}

# await_network DIR: within.
await_network() {
  until [ -e "$1/network" ]; do sleep 0.02; done
}
