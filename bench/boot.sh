#!/usr/bin/env bash
# Power-on to kernel: real firmware in QEMU, served by Sextant and by dnsmasq with nginx, which give it the same loaders, script, kernel and initial RAM disk. The difference is
# what a machine waits for. BIOS is SeaBIOS with QEMU's iPXE ROM; UEFI is OVMF's own PXE, which then starts snponly.efi. One machine at a time, in turns.
#   ROUNDS (3)  how often each;  ASSETS (pxe-assets)  what "sextant assets build loaders" and "build debian" made
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "run as root: network namespaces are needed" >&2; exit 1; }
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${SEXTANT:-$repository/Bootstrapper/bin/Release/net10.0/sextant}
assets=${ASSETS:-$repository/pxe-assets}
rounds=${ROUNDS:-3}
for file in "$program" "$assets/debian/vmlinuz" "$assets/debian/live.img" "$assets/snponly.efi"; do
  [ -e "$file" ] || { echo "$file is missing: ./build.sh build, sextant assets build loaders, sextant assets build debian" >&2; exit 1; }
done
scratch=$(mktemp -d)
space=bench-boot-$$
started=()

stop() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  started=()
}
clean() {
  stop
  ip netns delete "$space" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean EXIT

ip netns add "$space"
ip -n "$space" link add sextant0 type bridge
ip -n "$space" address add 10.0.0.1/24 dev sextant0
ip -n "$space" tuntap add tap0 mode tap
ip -n "$space" link set tap0 master sextant0
for end in lo sextant0 tap0; do ip -n "$space" link set "$end" up; done

# Started as "ip netns exec", which becomes the program: the process number is the program's own, and it can be stopped.
await() { # await FILE TEXT SECONDS
  for _ in $(seq 1 $(($3 * 20))); do
    grep -q -a "$2" "$1" 2>/dev/null && return
    sleep 0.05
  done
  echo "$2 did not show within $3 s:" >&2
  tail -n 20 "$1" >&2
  return 1
}

serve_sextant() {
  rm -rf "$scratch/state"
  ip netns exec "$space" "$program" serve "$repository/cluster-desc.example.yaml" --state "$scratch/state" --assets "$assets" >"$scratch/server.log" 2>&1 &
  started+=($!)
  await "$scratch/server.log" '^sextant: ready' 60
}

serve_dnsmasq() {
  mkdir -p "$scratch/www"
  ln -sfn "$assets" "$scratch/www/assets"
  "$program" render "$repository/cluster-desc.example.yaml" --mac 52:54:00:00:00:01 --as ipxe --assets "$assets" >"$scratch/www/script.ipxe" 2>/dev/null
  cat >"$scratch/nginx.conf" <<EOF
user root; daemon off; pid $scratch/nginx.pid; error_log $scratch/nginx.log;
events {}
http { access_log off; sendfile on; server { listen 10.0.0.1:80; root $scratch/www; } }
EOF
  ip netns exec "$space" nginx -c "$scratch/nginx.conf" &
  started+=($!)
  ip netns exec "$space" dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=sextant0 --bind-interfaces --dhcp-leasefile="$scratch/leases" --pid-file= \
    --dhcp-range=10.0.0.11,10.0.0.99 --dhcp-userclass=set:ipxe,iPXE --dhcp-match=set:efi,93,7 \
    --dhcp-boot=tag:ipxe,http://10.0.0.1/script.ipxe --dhcp-boot=tag:!ipxe,tag:efi,snponly.efi --dhcp-boot=tag:!ipxe,tag:!efi,undionly.kpxe \
    --enable-tftp --tftp-root="$assets" --log-facility=- >"$scratch/server.log" 2>&1 &
  started+=($!)
  await "$scratch/server.log" 'DHCP, IP range' 20
}

# measure SERVER FIRMWARE: seconds from power-on to the kernel's first line.
measure() {
  local console=$scratch/console firmware=() card=
  rm -f "$console"
  if [ "$2" = uefi ]; then
    cp /usr/share/OVMF/OVMF_VARS_4M.fd "$scratch/vars"
    firmware=(-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd -drive "if=pflash,format=raw,file=$scratch/vars" -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n)
    card=,romfile=
  fi
  "serve_$1"
  local since
  since=$(date +%s.%N)
  ip netns exec "$space" qemu-system-x86_64 -nodefaults -machine q35,graphics=off -accel tcg,thread=multi -cpu qemu64,-cx16 -smp 1 -m 1024 "${firmware[@]}" \
    -netdev tap,id=net0,ifname=tap0,script=no,downscript=no -device "virtio-net-pci,netdev=net0,mac=52:54:00:00:00:01,bootindex=1$card" \
    -object rng-random,id=rng0,filename=/dev/urandom -device virtio-rng-pci,rng=rng0 -display none -no-reboot -serial "file:$console" &
  started+=($!)
  await "$console" 'Linux version' 300
  echo "$(date +%s.%N) $since" | awk '{ printf "%.1f\n", $1 - $2 }'
  stop
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for firmware in bios uefi; do
  for _ in $(seq 1 "$rounds"); do
    for server in dnsmasq sextant; do measure "$server" "$firmware" >>"$scratch/$server-$firmware"; done
  done
  echo "$firmware dnsmasq $(median <"$scratch/dnsmasq-$firmware") s, sextant $(median <"$scratch/sextant-$firmware") s (all: dnsmasq $(tr '\n' ' ' <"$scratch/dnsmasq-$firmware"), sextant $(tr '\n' ' ' <"$scratch/sextant-$firmware"))"
done
