# The installer of the live system: writes the image to the disk and the node's configuration beside it, makes the disk bootable for BIOS and
# UEFI firmware, tells the bootstrapper about each step, and restarts. Runs under BusyBox's sh; what it says, which disk it takes and
# where the image comes from is in the files it reads first.

. /usr/lib/sextant/report.sh
. /usr/lib/sextant/disk.sh
. /usr/lib/sextant/wipe.sh
. /usr/lib/sextant/functions.sh
. /usr/lib/sextant/fetch.sh

target=/target
scratch=/run
url=$(kernel_argument sextant.url < /proc/cmdline)
disk=

restart()
{
    sync
    reboot -f
    sleep 3600
}

# run PROGRAM...: runs quietly; on failure the installation ends with the program's last words.
run()
{
    if ! "$@" > /run/sextant.out 2>&1; then
        keep < /run/sextant.out
        fail "$1: $(tail -n 3 /run/sextant.out | tr '\n' ' ')"
    fi
}

read_environment()
{
    download install.env /run/install.env
    checked_environment < /run/install.env > /run/install.checked || fail "$url/install.env is not a list of assignments"
    SEXTANT_TASK=
    . /run/install.checked
    [ "$SEXTANT_TASK" = wipe ] && return
    [ -n "$SEXTANT_IMAGE_URLS" ] && [ -n "$SEXTANT_IMAGE_SHA256" ] && [ -n "$SEXTANT_HOSTNAME" ] || fail "$url/install.env lacks the host name or the image"
}

prepare_disk()
{
    disk=$(await_disk "$SEXTANT_DISK") || fail "disk: $disk"
    if [ "$SEXTANT_WIPE_DISKS" = true ]; then
        step "erasing the other disks"
        wiped=$(wipe_others "$disk") || fail "$wiped"
        [ -z "$wiped" ] || say "$wiped"
    fi
    step "partitioning $disk"
    for old in $(disk_partitions "${disk##*/}"); do
        wipefs --all --force --quiet "/dev/$old"
    done
    run wipefs --all --force --quiet "$disk"
    # The ESP is large enough for FAT32 on disks with sectors of 4096 octets.
    cat > /run/sextant.table <<'END'
label: gpt
start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name="BIOS boot"
size=300MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI system"
type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="system"
END
    run sh -c "sfdisk --quiet --wipe always --wipe-partitions always $disk < /run/sextant.table"
    udevadm settle --timeout=30
    esp=$(partition "$disk" 2)
    system=$(partition "$disk" 3)
    for attempt in $(seq 1 20); do
        [ -b "$esp" ] && [ -b "$system" ] && break
        sleep 1
    done
    run mkfs.vfat -F 32 -n SEXTANT-ESP "$esp"
}

# Says how far the image is, from what the digest has read, while the process lives.
show_progress()
{
    while sleep 2; do
        read -r label done 2>/dev/null < "/proc/$1/io" || return 0
        echo "sextant: image $(percent "$done" "$SEXTANT_IMAGE_SIZE")%"
    done
}

# transfer URL PATIENCE: one transfer of the whole image. Status 0 when its digest is the expected one; else $reason says what went wrong.
transfer()
{
    run mkfs.ext4 -q -F -L system "$system"
    mkdir -p $target
    run mount -t ext4 -o noatime "$system" $target
    rm -f /run/sextant.digest
    mkfifo /run/sextant.digest
    sha256sum < /run/sextant.digest > /run/sextant.sum &
    digest=$!
    show_progress $digest &
    progress=$!
    (
        set -o pipefail
        fetch "$1" "$2" | tee /run/sextant.digest | zstd --decompress --stdout --quiet | tar --extract --directory $target --numeric-owner --xattrs --xattrs-include='*'
    ) 2> /run/sextant.transfer
    status=$?
    wait $digest
    kill $progress 2>/dev/null
    read -r sum rest < /run/sextant.sum
    [ "$status" = 0 ] && [ "$sum" = "$SEXTANT_IMAGE_SHA256" ] && return 0
    if [ "$status" = 0 ]; then
        reason="the image's digest is $sum, not $SEXTANT_IMAGE_SHA256"
    else
        reason="the transfer ended: $(tail -n 2 /run/sextant.transfer | tr '\n' ' ') $(tail -n 2 /run/sextant.fetch | tr '\n' ' ')"
    fi
    umount $target
    return 1
}

install_image()
{
    step "writing the image to $disk"
    from_mirrors && return
    for attempt in 1 2 3 4 5; do
        from_bootstrapper && return
        step "try $attempt: $reason"
        sleep 3
        # The image may have been replaced by a newer one meanwhile.
        read_environment
    done
    fail "$reason"
}

configure()
{
    step "configuring $SEXTANT_HOSTNAME"
    root_uuid=$(blkid -s UUID -o value "$system")
    esp_uuid=$(blkid -s UUID -o value "$esp")
    mkdir -p $target/boot/efi
    cat > $target/etc/fstab <<END
UUID=$root_uuid / ext4 noatime,errors=remount-ro 0 1
UUID=$esp_uuid /boot/efi vfat umask=0077,noauto,x-systemd.automount 0 0
END
    : > $target/etc/machine-id
    echo "$SEXTANT_HOSTNAME" > $target/etc/hostname
    seed=$target/var/lib/cloud/seed/nocloud
    mkdir -p $seed
    chmod 0700 $seed
    (umask 077 && : > $seed/user-data && : > $seed/meta-data)
    download user-data $seed/user-data
    download meta-data $seed/meta-data
}

make_bootable()
{
    step "installing the boot loader on $disk"
    for folder in dev proc sys; do
        run mount --bind /$folder $target/$folder
    done
    run mount -t vfat "$esp" $target/boot/efi
    grub_defaults "$SEXTANT_KERNEL_ARGUMENTS" > $target/etc/default/grub
    mkdir -p $target/boot/grub
    grub_configuration "$root_uuid" "$SEXTANT_KERNEL_ARGUMENTS" > $target/boot/grub/grub.cfg
    run chroot $target /usr/sbin/grub-install --target=i386-pc --locales= --fonts= --themes= "$disk"
    # What the distribution signed, so that Secure Boot starts it as well. At the removable path and not in the firmware's boot list: machines go on booting
    # from the network first.
    efi=$target/boot/efi/EFI
    mkdir -p $efi/BOOT $efi/debian
    run cp $target/usr/lib/shim/shimx64.efi.signed $efi/BOOT/BOOTX64.EFI
    run cp $target/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed $efi/BOOT/grubx64.efi
    # The signed GRUB has this path in it, wherever it was started from.
    signed_grub_configuration "$root_uuid" > $efi/debian/grub.cfg
    run umount $target/boot/efi
    for folder in sys proc dev; do
        run umount $target/$folder
    done
}

[ -n "$url" ] || { say "the kernel argument sextant.url is missing"; sleep 30; restart; }
export PATH=/usr/lib/sextant/bin:/usr/sbin:/usr/bin:/sbin:/bin
read_environment
[ "$SEXTANT_TASK" != wipe ] || wipe_machine
say "installing from $url"
prepare_disk
install_image
configure
make_bootable
say "finishing"
run umount $target
sync
blockdev --flushbufs "$disk"
say "installed on $disk"
report_installed "$disk"
say "restarting ($(cut -d ' ' -f 1 /proc/uptime) s since the live system's start)"
restart
