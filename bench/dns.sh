#!/usr/bin/env bash
# DNS by dnsperf, Sextant beside dnsmasq, unbound and Knot DNS: the same names, the same questions (80 % addresses, 10 % reverse, 10 % names that
# are not there), one server at a time on processor 0, the client on processor 1, the servers in turn (A B C D A B C D …).
# Prints the median of the processor time per answer, which shows what the servers cost even where the client is the bound, its ratio to
# Sextant's, and the answers per second.
. "$(dirname "$0")/rig.sh"
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-5} names=${NAMES:-150}

# A description with as many names as the others serve: machines 10.0.0.2 to 10.0.0.151 without the bootstrapper's.
{
  printf 'version: 1\nname: bench\nbootstrapper: {address: 10.0.0.1, interface: sextant0}\n'
  printf 'network: {subnet: 10.0.0.0/24, domain: bench.example}\nos: {name: debian}\nunknown_machines: ignore\nnodes:\n'
  for i in $(seq 1 "$names"); do
    roles=worker; [ "$i" = 1 ] && roles='kube_master, etcd_member'
    printf '  - {mac: "52:54:00:00:00:%02x", hostname: node%d, ip: 10.0.0.%d, roles: [%s]}\n' "$i" "$i" $((i + 1)) "$roles"
  done
} >"$scratch/cluster-desc.yaml"
for i in $(seq 1 "$names"); do
  echo "10.0.0.$((i + 1)) node$i.bench.example" >>"$scratch/hosts"
  echo "  local-data: \"node$i.bench.example. 60 IN A 10.0.0.$((i + 1))\"" >>"$scratch/unbound.names"
  echo "  local-data-ptr: \"10.0.0.$((i + 1)) 60 node$i.bench.example\"" >>"$scratch/unbound.names"
  echo "node$i 60 A 10.0.0.$((i + 1))" >>"$scratch/forward.names"
  echo "$((i + 1)) 60 PTR node$i.bench.example." >>"$scratch/reverse.names"
  for _ in 1 2 3 4 5 6 7 8; do echo "node$i.bench.example A"; done >>"$scratch/ordered"
  echo "$((i + 1)).0.0.10.in-addr.arpa PTR" >>"$scratch/ordered"
  echo "nobody$i.bench.example A" >>"$scratch/ordered"
done
shuf --random-source=<(yes) "$scratch/ordered" >"$scratch/questions"

cat >"$scratch/unbound.conf" <<CONF
server:
  num-threads: 1
  interface: 10.0.0.1
  access-control: 0.0.0.0/0 allow
  use-syslog: no
  verbosity: 0
  chroot: ""
  username: ""
  directory: "$scratch"
  pidfile: ""
  do-daemonize: no
  so-rcvbuf: 4m
  module-config: "iterator"
  local-zone: "bench.example." static
  local-zone: "0.0.10.in-addr.arpa." static
$(cat "$scratch/unbound.names")
remote-control:
  control-enable: no
CONF
zone() { printf '$ORIGIN %s.\n@ 3600 SOA ns.bench.example. h.bench.example. 1 3600 600 86400 30\n@ 3600 NS ns.bench.example.\n' "$1"; cat "$2"; }
zone bench.example "$scratch/forward.names" >"$scratch/forward.zone"
zone 0.0.10.in-addr.arpa "$scratch/reverse.names" >"$scratch/reverse.zone"
mkdir "$scratch/knot"
cat >"$scratch/knot.conf" <<CONF
server:
    rundir: "$scratch/knot"
    listen: 10.0.0.1@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "$scratch/knot"
log:
  - target: stderr
    any: error
zone:
  - domain: bench.example
    file: "$scratch/forward.zone"
  - domain: 0.0.10.in-addr.arpa
    file: "$scratch/reverse.zone"
CONF

# Not a function: the process number of one in the background would be its shell's.
pinned=(ip netns exec "$servers" taskset -c 0)
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
stop() { kill "$1"; wait "$1" 2>/dev/null || true; }
median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

measure() { # NAME PROCESS
  for _ in $(seq 1 100); do on_client dig @10.0.0.1 +time=1 +tries=1 +short node1.bench.example A | grep -q '^10.0.0.2$' && break; sleep 0.1; done
  on_client taskset -c 1 dnsperf -s 10.0.0.1 -d "$scratch/questions" -l 1 -c 20 -T 1 -q 200 >/dev/null 2>&1
  local before after
  before=$(ticks "$2")
  on_client taskset -c 1 dnsperf -s 10.0.0.1 -d "$scratch/questions" -l "$seconds" -c 20 -T 1 -q 200 >"$scratch/said" 2>&1
  after=$(ticks "$2")
  awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '/Queries completed/ { done = $3 } END { printf "%.2f\n", ticks / hertz * 1e6 / done }' "$scratch/said" >>"$scratch/$1.cost"
  awk '/Queries per second/ { printf "%.0f\n", $4 }' "$scratch/said" >>"$scratch/$1.rate"
  awk -v name="$1" '/Queries lost/ && $3 > 0 { print name ": " $3 " questions were lost" }' "$scratch/said"
}

"$program" assets build ipxe --assets "$scratch/assets" >/dev/null
for _ in $(seq "$rounds"); do
  "${pinned[@]}" "$program" serve "$scratch/cluster-desc.yaml" --state "$scratch/state" --assets "$scratch/assets" >"$scratch/sextant.log" 2>&1 & peer=$!; started+=("$peer")
  measure sextant "$peer"; stop "$peer"
  "${pinned[@]}" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --addn-hosts="$scratch/hosts" --local=/bench.example/ --local=/10.in-addr.arpa/ --local-ttl=60 \
    --bind-interfaces --listen-address=10.0.0.1 --user=root --log-facility=/dev/null & peer=$!; started+=("$peer")
  measure dnsmasq "$peer"; stop "$peer"
  "${pinned[@]}" unbound -d -c "$scratch/unbound.conf" >/dev/null 2>&1 & peer=$!; started+=("$peer")
  measure unbound "$peer"; stop "$peer"
  "${pinned[@]}" knotd -c "$scratch/knot.conf" >/dev/null 2>&1 & peer=$!; started+=("$peer")
  measure knot "$peer"; stop "$peer"
done
own=$(median "$scratch/sextant.cost")
for name in sextant dnsmasq unbound knot; do
  its=$(median "$scratch/$name.cost")
  echo "$name: $its µs of processor an answer (median of $rounds), $(awk -v a="$its" -v b="$own" 'BEGIN { printf "%.2f", a / b }') times Sextant's; $(median "$scratch/$name.rate") answers/s"
done
