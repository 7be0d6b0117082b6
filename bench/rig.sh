# Sourced by the benchmarks: two network namespaces joined by a virtual cable, servers in one and clients in the other, removed at the end.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "run as root: network namespaces are needed" >&2; exit 1; }
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${SEXTANT:-$repository/Bootstrapper/bin/Release/net10.0/sextant}
[ -x "$program" ] || { echo "$program is missing: ./build.sh build" >&2; exit 1; }
scratch=$(mktemp -d)
servers=bench-s-$$ clients=bench-c-$$
started=()

clean() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  ip netns delete "$servers" 2>/dev/null || true
  ip netns delete "$clients" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean EXIT

ip netns add "$servers"
ip netns add "$clients"
ip -n "$servers" link add sextant0 type veth peer name peer0 netns "$clients"
ip -n "$servers" address add 10.0.0.1/24 dev sextant0
ip -n "$clients" address add 10.0.0.50/24 dev peer0
for end in "$servers lo" "$servers sextant0" "$clients lo" "$clients peer0"; do
  set -- $end
  ip -n "$1" link set "$2" up
done

on_client() { ip netns exec "$clients" "$@"; }

# start_sextant [OPTION...]: serves $description, by default the example; its log in $scratch/sextant.log, its process number in $sextant.
start_sextant() {
  [ -d "$scratch/assets" ] || "$program" assets build ipxe --assets "$scratch/assets" >/dev/null
  ip netns exec "$servers" "$program" serve "${description:-$repository/cluster-desc.example.yaml}" --state "$scratch/state" --assets "$scratch/assets" "$@" >"$scratch/sextant.log" 2>&1 &
  sextant=$!
  started+=("$sextant")
  for _ in $(seq 1 100); do
    grep -q '^sextant: ready' "$scratch/sextant.log" && return
    sleep 0.1
  done
  cat "$scratch/sextant.log" >&2
  exit 1
}

