#!/bin/sh
# Runs on the building host, as root, as mmdebstrap's customize hook: makes a node's system of a fresh Debian root, and takes the live system's
# kernel and initramfs out of it.
#   $1                       the root file system
#   SEXTANT_TEMPLATES        the folder of this script
#   SEXTANT_INSTALLER        the folder of what all installers share
#   SEXTANT_OUTPUT           where vmlinuz, live.img and packages.txt go
set -eu

root=$1
here=$SEXTANT_TEMPLATES
out=$SEXTANT_OUTPUT

echo "sextant: configuring the system"
# The modes are stated, not copied: a checkout or a package of this folder may have lost them.
(cd "$here/root" && find . -type f) | while IFS= read -r file; do
    install -D -m 0644 "$here/root/$file" "$root/$file"
done

# Nothing of the cluster starts before the node is enrolled: its own units are written by its configuration. (Masking would get in their way.)
systemctl --root="$root" --quiet disable etcd.service containerd.service
rm -rf "$root/var/lib/etcd"

# The clock of a node and its packages belong to the operator; a machine without a way out must not try to reach a mirror every day.
systemctl --root="$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer
systemctl --root="$root" --quiet disable e2scrub_all.timer e2scrub_reap.service
systemctl --root="$root" --quiet enable systemd-networkd.service systemd-resolved.service systemd-timesyncd.service
# The name servers of the lease themselves, not a stub: containers read this file too.
ln -sf /run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"

# What must differ between machines is made at their first boot.
rm -f "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
rm -f "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed" "$root/etc/hostname"
: > "$root/etc/machine-id"

systemctl --root="$root" --quiet set-default multi-user.target

# What systemd would otherwise do at the first boot of every machine because /etc is older than /usr.
chroot "$root" ldconfig
chroot "$root" journalctl --quiet --update-catalog
touch -r "$root/usr" "$root/etc/.updated" "$root/var/.updated"

# A new shim or GRUB goes where the installation put the first ones, and not to the front of the firmware's boot list, which is the network's.
printf 'shim-signed grub2/%s\n' 'update_nvram boolean false' 'force_efi_extra_removable boolean true' | chroot "$root" debconf-set-selections

echo "sextant: making the initramfs"
version=$(ls "$root/lib/modules" | sort -V | tail -n 1)
chroot "$root" update-initramfs -u -k "$version"

echo "sextant: making the live system"
live=$root/tmp/sextant-live
cp -r "$root/etc/initramfs-tools" "$live"
mkdir -p "$live/hooks" "$live/scripts" "$live/sextant"
install -m 0755 "$here/live/hook" "$live/hooks/sextant"
install -m 0644 "$here/live/boot" "$live/scripts/sextant"
install -m 0644 "$here/live/functions.sh" "$here/live/fetch.sh" "$here/live/install.sh" "$SEXTANT_INSTALLER/report.sh" "$SEXTANT_INSTALLER/disk.sh" "$SEXTANT_INSTALLER/wipe.sh" "$live/sextant/"
chroot "$root" mkinitramfs -d /tmp/sextant-live -o /tmp/live.img "$version"
install -m 0644 "$root/tmp/live.img" "$out/live.img"
install -m 0644 "$root/boot/vmlinuz-$version" "$out/vmlinuz"
rm -rf "$live" "$root/tmp/live.img"

echo "sextant: listing the packages"
chroot "$root" dpkg-query --show --showformat '${Package} ${Version}\n' > "$out/packages.txt"

# Only the build may take this short cut.
sed -i '/^force-unsafe-io$/d' "$root"/etc/dpkg/dpkg.cfg.d/*

echo "sextant: removing what a node does not need"
rm -rf "$root"/var/cache/apt/* "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/var/log/*.log "$root"/var/log/apt
