#!/usr/bin/env bash
# Assets by HTTP, Sextant beside nginx as Debian configures it: the same files, the same clients, the servers in turn (A B A B …).
# Prints medians and how many times Sextant's nginx's is. Sextant has checked its files before the first round, as after every start.
. "$(dirname "$0")/rig.sh"
rounds=${ROUNDS:-5} seconds=${SECONDS_OF_WRK:-5}
root=$scratch/assets
mkdir -p "$root"
declare -A size=([large.img]=$((1 << 30)) [middle.img]=$((16 << 20)) [small.img]=4096)
# The repository's manifest with three files more: the example cluster needs what is pinned in it.
awk '{ print } /^assets:/ { exit }' "$repository/pxe-assets/manifest.yaml" >"$root/manifest.yaml"
for name in "${!size[@]}"; do echo "  $name: { kind: image, description: benchmark, build: debian, licence: none }"; done >>"$root/manifest.yaml"
awk 'after { print } /^assets:/ { after = 1 }' "$repository/pxe-assets/manifest.yaml" >>"$root/manifest.yaml"
entries=()
for name in "${!size[@]}"; do
  head -c "${size[$name]}" /dev/urandom >"$root/$name"
  entries+=("{ \"path\": \"$name\", \"kind\": \"image\", \"size\": ${size[$name]}, \"sha256\": \"$(sha256sum "$root/$name" | cut -d' ' -f1)\", \"tftp\": false, \"recipe\": \"bench\", \"builtFrom\": {} }")
done
(IFS=,; echo "{ \"assets\": [ ${entries[*]} ] }") >"$root/index.json"
chmod a+rx "$scratch" && chmod -R a+rX "$root"

cat >"$scratch/nginx.conf" <<CONF
daemon off;
pid $scratch/nginx.pid;
error_log $scratch/nginx.log;
worker_processes auto;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  access_log off;
  server { listen 10.0.0.1:8080; location /assets/ { alias $root/; } }
}
CONF

milliseconds() { local begin; begin=$(date +%s%N); "$@"; echo $((($(date +%s%N) - begin) / 1000000)); }
one_stream() { on_client curl --silent --show-error --fail --output /dev/null "$1/large.img"; }
many_streams() { on_client curl --no-progress-meter --silent --show-error --fail --parallel --parallel-immediate --parallel-max 64 $(for _ in $(seq 64); do printf -- "--output /dev/null %s " "$1/middle.img"; done) 2>"$scratch/curl.log" || { cat "$scratch/curl.log" >&2; exit 1; }; }
requests() { on_client wrk --threads 1 --connections 32 --duration "${seconds}s" "$1/small.img" | awk '/^Requests\/sec/ { printf "%d\n", $2 }'; }
median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

start_sextant --http-only
ip netns exec "$servers" nginx -c "$scratch/nginx.conf" 2>/dev/null & started+=("$!")
own=http://10.0.0.1/assets peer=http://10.0.0.1:8080/assets
for url in "$own" "$peer"; do
  on_client curl --silent --show-error --fail --retry 20 --retry-connrefused --retry-delay 1 --output "$scratch/got" "$url/large.img"
  cmp -s "$scratch/got" "$root/large.img" || { echo "the file arrived damaged" >&2; exit 1; }
done
rm "$scratch/got"
for round in $(seq "$rounds"); do
  for name in sextant nginx; do
    url=$own; [ "$name" = nginx ] && url=$peer
    milliseconds one_stream "$url" >>"$scratch/$name.one"
    milliseconds many_streams "$url" >>"$scratch/$name.many"
    requests "$url" >>"$scratch/$name.requests"
  done
done
for what in one many requests; do
  a=$(median "$scratch/sextant.$what") b=$(median "$scratch/nginx.$what")
  case $what in
    one) text="1 GiB to one client, ms" ;;
    many) text="16 MiB to each of 64 clients at once, ms" ;;
    requests) text="4 KiB files, 32 connections, requests a second" ;;
  esac
  echo "$text: sextant $a, nginx $b, $(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", b / a }') times Sextant's (median of $rounds)"
done
