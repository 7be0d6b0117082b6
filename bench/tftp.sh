#!/usr/bin/env bash
# Boot loaders by TFTP, Sextant beside tftpd-hpa and dnsmasq: the same file, the same client, the servers in turn (A B C A B C …).
# Prints the median wall time of a hundred transfers and its ratio to that of Sextant.
. "$(dirname "$0")/rig.sh"
rounds=${ROUNDS:-5} transfers=${TRANSFERS:-100}
start_sextant
root=$scratch/assets
chmod a+rx "$scratch" && chmod -R a+rX "$root"

fetch() { # WALL-FILE
  local begin end
  begin=$(date +%s%N)
  for _ in $(seq "$transfers"); do
    on_client curl --silent --show-error --tftp-blksize 1428 --output "$scratch/got" tftp://10.0.0.1/snponly.efi
  done
  end=$(date +%s%N)
  cmp -s "$scratch/got" "$root/snponly.efi" || { echo "the file arrived damaged" >&2; exit 1; }
  echo $(((end - begin) / 1000000)) >>"$1"
}

stop() { kill "$1"; wait "$1" 2>/dev/null || true; }
median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

stop "$sextant"
for round in $(seq "$rounds"); do
  start_sextant
  fetch "$scratch/sextant.ms"
  stop "$sextant"
  ip netns exec "$servers" in.tftpd --foreground --secure --address 10.0.0.1:69 "$root" & peer=$!; started+=("$peer"); sleep 0.3
  fetch "$scratch/tftpd-hpa.ms"
  stop "$peer"
  ip netns exec "$servers" dnsmasq --no-daemon --conf-file=/dev/null --port=0 --enable-tftp --tftp-root="$root" --user=root --listen-address=10.0.0.1 >/dev/null 2>&1 & peer=$!; started+=("$peer"); sleep 0.3
  fetch "$scratch/dnsmasq.ms"
  stop "$peer"
done
own=$(median "$scratch/sextant.ms")
for name in sextant tftpd-hpa dnsmasq; do
  its=$(median "$scratch/$name.ms")
  echo "$name: $transfers transfers in $its ms (median of $rounds), $(awk -v a="$its" -v b="$own" 'BEGIN { printf "%.2f", a / b }') times Sextant's"
done
