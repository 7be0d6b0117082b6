#!/usr/bin/env bash
# Builds, tests and runs Sextant on a Debian machine with the .NET SDK. Installs the Debian packages a command needs (as root).
set -euo pipefail
cd "$(dirname "$0")"

configuration=${CONFIGURATION:-Release}
rack_packages="qemu-system-x86 ipxe ipxe-qemu seabios ovmf debian-archive-keyring mmdebstrap zstd iproute2 procps tcpdump"
test_packages="etcd-server etcd-client curl openssl openssh-client isc-dhcp-client udhcpc dhcpcd-base isc-dhcp-relay dnsmasq-base busybox tftp-hpa atftp cloud-init python3-yaml ignition gpg gpg-agent gpgv skopeo podman containerd docker-registry haproxy shellcheck wget socat nftables ntpsec-ntpdate systemd strace prometheus ipmitool openipmi bind9-dnsutils knot-dnsutils knot dnsperf unbound grub-common ndisc6 qemu-system-arm qemu-efi-aarch64 chromium groff zsh fish"
axe_version=4.14.1

usage() {
  cat <<'EOF'
usage: ./build.sh COMMAND [ARGUMENTS]

  build     compile everything, warnings are errors
  test      run every suite, virtual machines last; the last line is "N passed, N failed"
  lab       start the virtual rack and show it until the cluster is healthy (arguments go to "sextant lab up")
  publish   make one self-contained file, artifacts/sextant/sextant, and its manual page
  bench     run the side-by-side benchmarks against their peers
  axe       fetch axe-core, the rules of accessibility that the status page is tested by, into artifacts/axe
EOF
}

# install PACKAGE...: brings in the Debian packages that are missing.
install() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" = 0 ] || { echo "build.sh: as root, run: apt-get install --no-install-recommends ${missing[*]}" >&2; exit 1; }
  echo "build.sh: installing ${missing[*]}"
  # The tests start these programs themselves: a container engine or a registry must not become a service of this machine.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  # A second attempt covers a package mirror that is being updated.
  for attempt in 1 2; do
    apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && return
    echo "build.sh: attempt $attempt to install packages failed" >&2
  done
  exit 1
}

build() {
  dotnet build Sextant.sln --nologo -v quiet -c "$configuration"
}

sextant() {
  dotnet "Bootstrapper/bin/$configuration/net10.0/sextant.dll" "$@"
}

# What the machines boot: made from Debian packages once and kept in pxe-assets/.
assets() {
  sextant assets build loaders --assets pxe-assets --if-missing
  sextant assets build debian --assets pxe-assets --if-missing
}

# What the tests of the status page judge its accessibility by: fetched, and never part of the repository.
axe() {
  [ -f artifacts/axe/node_modules/axe-core/axe.min.js ] && return
  command -v npm >/dev/null || install npm
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix artifacts/axe "axe-core@$axe_version" >/dev/null
}

# suite NAME FILTER SECONDS: runs one part of the tests within a bounded time.
suite() {
  echo "== $1"
  timeout --kill-after=30 "$3" dotnet test Bootstrapper.Tests --no-build --nologo -c "$configuration" --filter "$2" \
    --logger "trx;LogFileName=$1.trx" --results-directory artifacts/tests || echo "== $1: exit $?"
}

# beside NAME FILTER SECONDS, NAME FILTER SECONDS: runs two parts side by side; what the first one said is printed when both have ended.
beside() {
  suite "$1" "$2" "$3" >"artifacts/tests/$1.log" 2>&1 &
  suite "$4" "$5" "$6"
  wait "$!"
  cat "artifacts/tests/$1.log"
}

# counter NAME: sums a counter of all result files.
counter() {
  cat artifacts/tests/*.trx 2>/dev/null | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

test_all() {
  install $rack_packages $test_packages
  axe
  build
  rm -rf artifacts/tests
  mkdir -p artifacts/tests
  # What needs nothing of the machine for itself; then what needs network namespaces, of which etcd's members wait for each other most of the time.
  beside long "TestCategory=Long" 1200 \
    fast "TestCategory!=Long&TestCategory!=Etcd&TestCategory!=Network&TestCategory!=Page&TestCategory!=Cables&TestCategory!=Machine&TestCategory!=Kubernetes" 1200
  beside etcd "TestCategory=Etcd" 900 network "TestCategory=Network" 900
  assets
  # Machines on faulty cables wait for them most of the time.
  beside cables "TestCategory=Cables" 1200 page "TestCategory=Page" 600
  suite machine "TestCategory=Machine" 3000
  local suites="fast long network etcd cables page machine"
  if [ -n "${SEXTANT_KUBERNETES_DIR:-}" ]; then
    suite kubernetes "TestCategory=Kubernetes" 14400
    suites="$suites kubernetes"
  else
    echo "== kubernetes: left out; SEXTANT_KUBERNETES_DIR names no build of Kubernetes to run on the rack (docs/kubernetes.md)"
  fi
  local passed failed
  passed=$(counter passed)
  failed=$(counter failed)
  # A suite that died leaves no result file, and that is a failure too.
  for name in $suites; do
    [ -s "artifacts/tests/$name.trx" ] || { echo "the $name suite left no result"; failed=$((failed + 1)); }
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

command=${1:-}
[ $# -gt 0 ] && shift
case "$command" in
  build) build ;;
  test) test_all ;;
  lab)
    install $rack_packages
    build
    assets
    sextant lab up "$@"
    ;;
  publish)
    dotnet publish Bootstrapper --nologo -v quiet -c Release -r linux-x64 --self-contained -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:PublishDocumentationFiles=false -o artifacts/sextant
    artifacts/sextant/sextant man >artifacts/sextant/sextant.1
    echo "artifacts/sextant/sextant artifacts/sextant/sextant.1"
    ;;
  bench)
    install chromium iproute2 ipxe curl atftp python3 openssl tftpd-hpa dnsmasq-base nginx-light wrk docker-registry kea-dhcp4-server kea-admin dnsperf unbound knot bind9-dnsutils
    build
    for script in bench/footprint.sh bench/dhcp.sh bench/tftp.sh bench/http.sh bench/registry.sh bench/dns.sh bench/page.sh; do echo "== $script"; bash "$script"; done
    ;;
  axe) axe ;;
  *) usage; [ "$command" = help ] || exit 2 ;;
esac
