#!/usr/bin/env bash
# Container images over TLS, Sextant beside docker-registry: the same images, the same client (curl), the servers in turn (A B A B …).
# Prints pushes and pulls of large blobs, requests for manifests per second, and many pulls at once with the server's peak of resident memory.
. "$(dirname "$0")/rig.sh"
rounds=${ROUNDS:-3} requests=${REQUESTS:-2000} pulls=${PULLS:-200} image_mib=${IMAGE_MIB:-200} blob_mib=64
octets() { head -c "$1" /dev/urandom; }
digest() { echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/key.pem" -out "$scratch/cert.pem" -days 2 \
  -subj /CN=bench -addext subjectAltName=IP:10.0.0.1 2>/dev/null
cat >"$scratch/docker-registry.yml" <<EOF
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $scratch/docker-registry}, delete: {enabled: true}, cache: {blobdescriptor: inmemory}}
http: {addr: "10.0.0.1:5001", secret: bench, tls: {certificate: $scratch/cert.pem, key: $scratch/key.pem}}
EOF
accept='Accept: application/vnd.oci.image.manifest.v1+json' # without it docker-registry says 404
echo '{}' >"$scratch/config"
octets $((blob_mib << 20)) >"$scratch/blob"
octets $((image_mib << 20)) >"$scratch/image"
blob=$(digest "$scratch/blob") image=$(digest "$scratch/image")
cat >"$scratch/manifest" <<EOF
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"$(digest "$scratch/config")","size":$(stat -c %s "$scratch/config")},
"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"$image","size":$(stat -c %s "$scratch/image")}]}
EOF

# start NAME: starts the server and sets $pid and $url.
start() {
  if [ "$1" = sextant ]; then
    start_sextant
    pid=$sextant url=https://10.0.0.1:5000
    token=$(cat "$scratch/state/registry-push-token")
  else
    ip netns exec "$servers" docker-registry serve "$scratch/docker-registry.yml" >"$scratch/docker-registry.log" 2>&1 &
    pid=$! url=https://10.0.0.1:5001
    started+=("$pid")
  fi
  for _ in $(seq 50); do
    on_client curl --silent --insecure --output /dev/null "$url/v2/" && return
    sleep 0.1
  done
  echo "$1 does not answer" >&2
  exit 1
}
stop() { kill "$pid"; wait "$pid" 2>/dev/null || true; }

ask() { on_client curl --silent --show-error --insecure --fail --user "push:${token:-}" "$@"; }
# push FILE: one blob, as containerd does it: POST, then PUT with the body.
push() {
  local location
  location=$(ask --request POST --data '' --dump-header - "$url/v2/bench/image/blobs/uploads/" | tr -d '\r' | awk 'tolower($1) == "location:" { print $2 }')
  case $location in /*) location=$url$location ;; esac
  case $location in *\?*) location="$location&digest=$(digest "$1")" ;; *) location="$location?digest=$(digest "$1")" ;; esac
  ask --request PUT --header 'Content-Type: application/octet-stream' --header 'Expect:' --upload-file "$1" "$location"
}
milliseconds() { date +%s%N | sed 's/......$//'; }
# took NAME WHAT COMMAND…: adds the milliseconds of a command to a list.
took() {
  local list=$scratch/$1.$2 begin
  shift 2
  begin=$(milliseconds)
  "$@" >/dev/null
  echo $(($(milliseconds) - begin)) >>"$list"
}
pull_blob() { for _ in 1 2 3 4; do ask --output /dev/null "$url/v2/bench/image/blobs/$blob" & done; wait $(jobs -p | tail -4); }
get_manifests() { ask --header "$accept" --output /dev/null "$url/v2/bench/image/manifests/v1?[1-$requests]"; }
head_manifests() { ask --header "$accept" --head --output /dev/null "$url/v2/bench/image/manifests/v1?[1-$requests]"; }
pull_image() { on_client sh -c "seq $pulls | xargs -P $pulls -I{} curl --silent --insecure --output /dev/null --write-out '%{http_code} %{size_download}\n' $url/v2/bench/image/blobs/$image" >"$scratch/pulled"; }
median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

for round in $(seq "$rounds"); do
  for name in sextant docker-registry; do
    start "$name"
    if [ "$round" = 1 ]; then
      for file in config image; do push "$scratch/$file"; done
      ask --request PUT --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$scratch/manifest" "$url/v2/bench/image/manifests/v1"
    else
      ask --request DELETE "$url/v2/bench/image/blobs/$blob" || true
    fi
    took "$name" push push "$scratch/blob"
    took "$name" pull pull_blob
    took "$name" get get_manifests
    took "$name" head head_manifests
    stop
  done
done
for name in sextant docker-registry; do
  start "$name"
  took "$name" storm pull_image
  good=$(grep -c "^200 $((image_mib << 20))$" "$scratch/pulled" || true)
  echo "$good of $pulls" >"$scratch/$name.good"
  awk '/VmHWM/ { printf "%.0f\n", $2 / 1024 }' "/proc/$pid/status" >"$scratch/$name.peak"
  stop
done

# line WHAT TITLE: the medians of both and their ratio.
line() {
  local own peer
  own=$(median "$scratch/sextant.$1") peer=$(median "$scratch/docker-registry.$1")
  echo "$2: sextant $own ms, docker-registry $peer ms, ratio $(awk -v a="$peer" -v b="$own" 'BEGIN { printf "%.2f", a / b }')"
}
line push "push $blob_mib MiB"
line pull "pull 4 x $blob_mib MiB at once"
line get "$requests manifests by GET on one connection"
line head "$requests manifests by HEAD on one connection"
line storm "$pulls pulls of $image_mib MiB at once"
for name in sextant docker-registry; do
  echo "$name: $(cat "$scratch/$name.good") pulls complete, peak of resident memory $(cat "$scratch/$name.peak") MiB, $(($(stat -c %s "$scratch/image") * pulls / 1048576 * 1000 / $(cat "$scratch/$name.storm"))) MiB/s"
done
[ "$(cat "$scratch/sextant.good")" = "$pulls of $pulls" ]
