#!/usr/bin/env bash
# The status page with 1,000 machines in Chromium, from another host: how soon it is painted and whole, how soon an event is on it, and what it costs the service.
# Events are leases of machines that are switched on (perfdhcp), and operators' words over the operator's socket; each is on disk before it is told, a word twice: in the journal
# and in the audit log. Environment: MACHINES, RATE (events a second), LOADS, EVENTS, DURATION (s).
. "$(dirname "$0")/rig.sh"
machines=${MACHINES:-1000}
description=$scratch/cluster.yaml
ip -n "$servers" address replace 10.0.0.1/16 dev sextant0
{
  sed '/^nodes:/,$d; s|subnet: 10.0.0.0/24|subnet: 10.0.0.0/16|; s|pod_range: .*|pod_range: 10.244.0.0/14|' "$repository/cluster-desc.example.yaml"
  echo "nodes:"
  for ((number = 0; number < machines; number++)); do
    roles=worker
    ((number < 3)) && roles="kube_master, etcd_member, worker"
    printf '  - { mac: "52:54:00:00:%02x:%02x", hostname: node%04d, ip: 10.0.%d.%d, roles: [%s] }\n' $((number / 256)) $((number % 256)) "$number" $((1 + number / 200)) $((1 + number % 200)) "$roles"
  done
} >"$description"
start_sextant --listen-unix "$scratch/operator.sock" --log-level Warning
python3 "$repository/bench/page.py" --socket "$scratch/operator.sock" --url http://10.0.0.1/ --pid "$sextant" --namespace "$clients" --machines "$machines" --rate "${RATE:-100}" --loads "${LOADS:-5}" \
  --events "${EVENTS:-50}" --duration "${DURATION:-20}"
