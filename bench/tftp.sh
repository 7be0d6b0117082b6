#!/usr/bin/env bash
# Boot loaders by TFTP, Sextant beside tftpd-hpa, dnsmasq and atftpd: the same file, the same client, the servers in turn (A B C D A B C D …).
# Prints the median wall time of a round and its ratio to that of Sextant: a hundred loaders one after the other in lock-step (as iPXE and GRUB fetch),
# eight clients at once, and a 64 MiB file in lock-step and in windows of 4 and 16 blocks (as UEFI and modern clients fetch; tftpd-hpa and dnsmasq
# before 2.92 know no windows and take the same steps with one block).
# ROUNDS, TRANSFERS and MEBIBYTES change the sizes. Ratios of a busy host mean little: the load average is printed beside them.
. "$(dirname "$0")/rig.sh"
rounds=${ROUNDS:-5} transfers=${TRANSFERS:-100} mebibytes=${MEBIBYTES:-64}
start_sextant
root=$scratch/assets
stop() { kill "$1"; wait "$1" 2>/dev/null || true; }
stop "$sextant"

# One large file that Sextant serves as well: it goes under the name of a loader nobody fetches here.
head -c "$((mebibytes << 20))" /dev/urandom >"$scratch/large"
cp "$scratch/large" "$root/undionly.kpxe"
sha=$(sha256sum "$root/undionly.kpxe" | cut -d' ' -f1)
python3 - "$root/index.json" "$sha" "$((mebibytes << 20))" <<'PY'
import json, sys
path, sha, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
index = json.load(open(path))
index.pop("digest", None)
for entry in index["assets"]:
    if entry["path"] == "undionly.kpxe":
        entry["sha256"], entry["size"] = sha, size
json.dump(index, open(path, "w"))
PY
chmod a+rx "$scratch" && chmod -R a+rX "$root"

# atftpd conflicts with tftpd-hpa as a package: it is unpacked beside it.
atftpd=$(command -v atftpd || true)
if [ -z "$atftpd" ]; then
  (cd "$scratch" && apt-get download -qq atftpd >/dev/null 2>&1 && dpkg -x atftpd_*.deb atftpd) && atftpd=$scratch/atftpd/usr/sbin/atftpd
fi

clock() { # WALL-FILE COMMAND...
  local file=$1 begin
  shift
  begin=$(date +%s%N)
  "$@"
  echo $((($(date +%s%N) - begin) / 1000)) >>"$file"
}

same() { cmp -s "$1" "$2" || { echo "$2 arrived damaged" >&2; exit 1; }; }
one_by_one() { for _ in $(seq "$transfers"); do on_client curl --silent --show-error --tftp-blksize 1428 --output "$scratch/got" tftp://10.0.0.1/snponly.efi; done; }
at_once() { on_client sh -c 'for each in 1 2 3 4 5 6 7 8; do curl --silent --show-error --tftp-blksize 1428 --output "$0.$each" tftp://10.0.0.1/snponly.efi & done; wait' "$scratch/many"; }
large() { on_client atftp --option "blksize 1428" --option "windowsize $1" --option "timeout 2" --get -r undionly.kpxe -l "$scratch/got" 10.0.0.1 >/dev/null; }

measure() { # NAME
  clock "$scratch/$1.loaders" one_by_one
  same "$root/snponly.efi" "$scratch/got"
  clock "$scratch/$1.crowd" at_once
  for each in 1 2 3 4 5 6 7 8; do same "$root/snponly.efi" "$scratch/many.$each"; done
  for window in 1 4 16; do
    clock "$scratch/$1.window$window" large "$window"
    same "$scratch/large" "$scratch/got"
  done
}

peer() { # NAME COMMAND...
  local name=$1 pid
  shift
  ip netns exec "$servers" "$@" >/dev/null 2>&1 &
  pid=$!
  started+=("$pid")
  sleep 0.3
  measure "$name"
  stop "$pid"
}

for round in $(seq "$rounds"); do
  start_sextant
  measure sextant
  stop "$sextant"
  peer tftpd-hpa in.tftpd --foreground --secure --address 10.0.0.1:69 "$root"
  peer dnsmasq dnsmasq --no-daemon --conf-file=/dev/null --port=0 --enable-tftp --tftp-root="$root" --user=root --listen-address=10.0.0.1
  [ -z "$atftpd" ] || peer atftpd "$atftpd" --daemon --no-fork --user root --group root --bind-address 10.0.0.1 --logfile /dev/null "$root"
done

median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
echo "load average $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
for what in loaders crowd window1 window4 window16; do
  own=$(median "$scratch/sextant.$what")
  for name in sextant tftpd-hpa dnsmasq atftpd; do
    [ -s "$scratch/$name.$what" ] || continue
    its=$(median "$scratch/$name.$what")
    echo "$what: $name $((its / 1000)) ms (median of $rounds), $(awk -v a="$its" -v b="$own" 'BEGIN { printf "%.2f", a / b }') times Sextant's"
  done
done
