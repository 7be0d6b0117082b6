#!/bin/sh
# Runs before the kubelet: the pod that holds the API's address has to be told the interface, whose name only the machine knows.
set -u

address='{{address}}'
source=${SEXTANT_VIP_SOURCE:-/etc/kubernetes/vip/kube-vip.yaml}
target=${SEXTANT_VIP_TARGET:-/etc/kubernetes/manifests/kube-vip.yaml}

interface=$(ip -o -4 address show to "$address/32" | awk 'NR == 1 { print $2 }')
if [ -z "$interface" ]; then
    echo "no interface has the address $address yet" >&2
    exit 1
fi
# The kubelet reads every file of the folder whose name has no dot in front.
hidden=${target%/*}/.${target##*/}
sed "s/@INTERFACE@/$interface/" "$source" >"$hidden" || exit 1
cmp -s "$hidden" "$target" && rm -f "$hidden" && exit 0
mv -f "$hidden" "$target"
