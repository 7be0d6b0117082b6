#!/bin/bash
# A machine of a virtual rack that shares this host's kernel in the place of an emulated one, for what emulation is too slow for. It gets a lease
# by DHCP, its boot script, configuration and image from the bootstrapper as an emulated machine does, and its own systemd runs in namespaces of its
# own. What differs from a machine, and why, is at `adapt`.
#
#   container-machine.sh on FOLDER MAC NAMESPACE BRIDGE BOOTSTRAPPER IMAGE
#   container-machine.sh off FOLDER
#
# udhcpc calls it, too, with what it has got.
#
# FOLDER, named after the machine, holds its disk; NAMESPACE and BRIDGE are the rack's network, IMAGE is Debian's image of the asset folder.
set -euo pipefail
case $1 in
bound) exec ip address add "$ip/24" dev "$interface" ;;
deconfig | leasefail | nak) exit 0 ;;
esac
folder=$2
disk=$folder/disk
name=$(basename "$folder")
groups=/sys/fs/cgroup
controllers="cpu cpuacct cpuset memory devices freezer blkio pids"
network=sextant-$(basename "$(dirname "$folder")")-$name

inside() { ip netns exec "$network" "$@"; }

# lease: what the bootstrapper gives; nothing when it does not answer, as a machine then goes on from its disk.
lease() {
    inside udhcpc -f -q -n -t 5 -T 2 -i eth0 -s "$0"
}

fetch() { inside curl --silent --show-error --fail --retry 5 --output "$2" "$url/$1"; }

# install: what Debian's installer does after the partitions and before the boot loader.
install() {
    rm -rf "$disk"
    mkdir -p "$disk"
    tar --zstd --extract --file "$image" --directory "$disk" --numeric-owner --xattrs --xattrs-include='*'
    seed=$disk/var/lib/cloud/seed/nocloud
    mkdir -p "$seed"
    chmod 700 "$seed"
    fetch install.env "$folder/install.env"
    fetch user-data "$seed/user-data"
    fetch meta-data "$seed/meta-data"
    : >"$disk/etc/machine-id"
    : >"$disk/etc/fstab"
    echo "$name" >"$disk/etc/hostname"
    adapt
    inside curl --silent --show-error --fail --output /dev/null --data-urlencode stage=installed --data-urlencode "detail=$disk" "$url/report"
}

# adapt: the network card is half of a veth pair, which has a kind; udev and the clock are the host's; the host's control groups are of version 1;
# and this host may not let processes be killed later than others.
adapt() {
    sed -i 's/^\( *\)Type=ether$/\1Name=eth0/; /^ *Kind=!\*$/d' "$seed/user-data" "$disk/usr/lib/systemd/network/99-sextant-dhcp.network"
    sed -i 's/failCgroupV1: true/failCgroupV1: false/; s/^\( *\)sandbox_image = .*/&\n\1restrict_oom_score_adj = true/' "$seed/user-data"
    for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-timesyncd.service getty.target; do
        ln -sf /dev/null "$disk/etc/systemd/system/$unit"
    done
}

power_on() {
    ip netns add "$network"
    ip link add "port-$name" netns "$rack" type veth peer name eth0 netns "$network" address "$mac"
    ip -n "$rack" link set "port-$name" master "$bridge" up
    ip -n "$network" link set lo up
    ip -n "$network" link set eth0 up
    if lease; then
        inside curl --silent --show-error --fail --retry 5 --output "$folder/script.ipxe" "http://$bootstrapper/boot/${mac//:/-}/script.ipxe"
        url=$(grep -o 'sextant\.url=[^ ]*' "$folder/script.ipxe" | head -n 1 | cut -d = -f 2-) || true
        [ -z "$url" ] || install
        ip -n "$network" address flush dev eth0
    fi
    for controller in $controllers systemd; do
        group=$groups/$controller/$network
        mkdir "$group"
        case $controller in
        cpuset)
            cat "$groups/cpuset/cpuset.cpus" >"$group/cpuset.cpus"
            cat "$groups/cpuset/cpuset.mems" >"$group/cpuset.mems"
            echo 1 >"$group/cgroup.clone_children"
            ;;
        memory) echo 1 >"$group/memory.use_hierarchy" ;;
        esac
        echo $$ >"$group/cgroup.procs"
    done
    setsid nsenter "--net=/run/netns/$network" unshare --mount --pid --uts --ipc --cgroup --fork --kill-child --propagation private "$0" start "$folder" </dev/null >>"$folder/console.log" 2>&1 &
    echo $! >"$folder/machine.pid"
}

# start: the first process of the machine's namespaces becomes its systemd.
start() {
    mount --bind "$disk" "$disk"
    mount -t proc proc "$disk/proc"
    mount -t sysfs -o ro sysfs "$disk/sys"
    mount -t tmpfs -o mode=755 cgroup "$disk/sys/fs/cgroup"
    for controller in $controllers; do
        mkdir "$disk/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "$disk/sys/fs/cgroup/$controller"
    done
    mkdir "$disk/sys/fs/cgroup/systemd"
    mount -t cgroup -o none,name=systemd cgroup "$disk/sys/fs/cgroup/systemd"
    mount -t tmpfs -o mode=755 dev "$disk/dev"
    while read -r device major minor; do
        mknod -m 666 "$disk/dev/$device" c "$major" "$minor"
    done <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\nkmsg 1 11\ntty 5 0'
    mkdir "$disk/dev/pts" "$disk/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$disk/dev/pts"
    ln -s pts/ptmx "$disk/dev/ptmx"
    ln -s /proc/self/fd "$disk/dev/fd"
    mount -t tmpfs tmpfs "$disk/run"
    hostname "$name"
    cd "$disk"
    mkdir -p .old
    pivot_root . .old
    umount -l /.old
    # Pods get their volumes by mounts that travel (Kubernetes: mount propagation).
    mount --make-rshared /
    exec env -i SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /sbin/init systemd.unified_cgroup_hierarchy=no systemd.legacy_systemd_cgroup_controller=yes
}

# power_off: as if the plug were drawn. Whatever ran in the machine ends with its first process.
power_off() {
    if [ -f "$folder/machine.pid" ]; then
        kill -KILL "$(cat "$folder/machine.pid")" 2>/dev/null || true
        rm "$folder/machine.pid"
    fi
    for controller in $controllers systemd; do
        # A process that was killed leaves its group a moment later.
        for _ in $(seq 100); do
            [ -d "$groups/$controller/$network" ] || break
            find "$groups/$controller/$network" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
        done
    done
    ip netns delete "$network" 2>/dev/null || true
}

case $1 in
on)
    mac=$3 rack=$4 bridge=$5 bootstrapper=$6 image=$7
    power_on
    ;;
start) start ;;
off) power_off ;;
esac
