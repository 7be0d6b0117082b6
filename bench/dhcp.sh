#!/usr/bin/env bash
# DHCP leases to machines that were never seen, Sextant beside Kea: the same load generator (perfdhcp, which acts as a relay), the servers in turn (A B A B …).
# Sextant has each lease on disk (fsync) before its acknowledgement leaves, and writes each machine's history; Kea appends its leases to a file and does not wait
# for the disk. Prints leases a second with the generator as fast as it can, and processor time for each lease at RATE a second; and their ratios to Sextant's.
. "$(dirname "$0")/rig.sh"
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-5} rate=${RATE:-1000}
for tool in perfdhcp kea-dhcp4; do command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install --no-install-recommends kea-admin kea-dhcp4-server" >&2; exit 1; }; done
ip -n "$servers" address flush dev sextant0
ip -n "$servers" address add 10.0.0.1/12 dev sextant0
ip -n "$clients" address flush dev peer0
ip -n "$clients" address add 10.0.0.50/12 dev peer0

cat >"$scratch/hall.yaml" <<'YAML'
version: 1
name: hall
bootstrapper: { address: 10.0.0.1, interface: sextant0 }
network: { subnet: 10.0.0.0/12, dynamic_range: 10.1.0.1-10.14.255.254, domain: hall.example, lease_time: 1h }
os: { name: debian }
kubernetes: { version: 1.36.4, service_range: 10.96.0.0/16, pod_range: 10.244.0.0/16 }
unknown_machines: discover
nodes:
  - { mac: "52:54:00:00:00:01", hostname: node1, ip: 10.0.0.11, roles: [kube_master, etcd_member] }
YAML
cat >"$scratch/kea.json" <<JSON
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "sextant0" ], "dhcp-socket-type": "udp" },
  "lease-database": { "type": "memfile", "persist": true, "name": "$scratch/kea-leases.csv", "lfc-interval": 0 },
  "multi-threading": { "enable-multi-threading": false },
  "valid-lifetime": 3600,
  "subnet4": [ { "subnet": "10.0.0.0/12", "pools": [ { "pool": "10.1.0.1 - 10.14.255.254" } ], "interface": "sextant0" } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "ERROR", "output_options": [ { "output": "stdout" } ] } ] } }
JSON

cpu_of() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # user and system time of all its threads, in hundredths of a second
median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
stop() { kill "$1"; wait "$1" 2>/dev/null || true; }

# load NAME PID [-r RATE]: leases a second into NAME.rate; with a rate, microseconds of processor time for each lease into NAME.cpu.
load() {
  local name=$1 pid=$2 before leases
  shift 2
  before=$(cpu_of "$pid")
  on_client perfdhcp -4 -g single -l peer0 -R 900000 -p "$seconds" -d 1 -W 500000 "$@" 10.0.0.1 >"$scratch/perfdhcp.log" 2>&1 || true
  leases=$(awk '/Statistics for: REQUEST/ { ours = 1 } ours && /^received packets/ { print $3; exit }' "$scratch/perfdhcp.log")
  [ "${leases:-0}" -gt 0 ] || { cat "$scratch/perfdhcp.log" >&2; exit 1; }
  if [ $# -gt 0 ]; then echo $((($(cpu_of "$pid") - before) * 10000 / leases)) >>"$scratch/$name.cpu"
  else echo $((leases / seconds)) >>"$scratch/$name.rate"; fi
}

with_sextant() {
  rm -rf "$scratch/state"
  start_sextant "$@"
}

with_kea() {
  rm -f "$scratch"/kea-leases.csv*
  KEA_PIDFILE_DIR=$scratch KEA_LOCKFILE_DIR=none ip netns exec "$servers" kea-dhcp4 -c "$scratch/kea.json" >"$scratch/kea.log" 2>&1 & kea=$!
  started+=("$kea")
  sleep 1.5
  kill -0 "$kea" || { cat "$scratch/kea.log" >&2; exit 1; }
}

description=$scratch/hall.yaml
for round in $(seq "$rounds"); do
  with_sextant; load sextant "$sextant" -r "$rate"; load sextant "$sextant"; stop "$sextant"
  with_kea; load kea "$kea" -r "$rate"; load kea "$kea"; stop "$kea"
done
for measure in "rate leases a second, flat out" "cpu microseconds of processor time for a lease at $rate a second"; do
  own=$(median "$scratch/sextant.${measure%% *}")
  for name in sextant kea; do
    its=$(median "$scratch/$name.${measure%% *}")
    echo "$name: $its ${measure#* } (median of $rounds), $(awk -v a="$its" -v b="$own" 'BEGIN { printf "%.2f", a / b }') times Sextant's"
  done
done
