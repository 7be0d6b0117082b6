#!/usr/bin/env bash
# How soon the service is ready after its start, and how much memory it has then: five starts, the first with new authorities.
. "$(dirname "$0")/rig.sh"
for run in 1 2 3 4 5; do
  start_sextant
  ready=$(grep -o 'ready in [0-9]* ms' "$scratch/sextant.log")
  resident=$(awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$sextant/status")
  echo "start $run: $ready, $resident MiB resident"
  kill "$sextant"
  wait "$sextant" 2>/dev/null || true
done
