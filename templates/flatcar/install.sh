#!/bin/sh
# Installs Flatcar from Flatcar booted over the network: chooses the disk, has flatcar-install write it, from the first source that has the image, and
# tells the bootstrapper about each step. flatcar-install checks the image by its signature, so that it does not matter who sent it; the key is the
# bootstrapper's, because the one in an older flatcar-install does not know newer signatures.
# shellcheck disable=SC1091,SC2154

here=$(dirname "$0")
. "$here/install.env"
. "$here/report.sh"
. "$here/disk.sh"
. "$here/wipe.sh"
. "$here/live.sh"

# offers SOURCE: whether a source answers at once and has the signature of the image. One that is down costs seconds here, and minutes in flatcar-install.
offers()
{
    curl --silent --fail --head --connect-timeout 3 --max-time 5 --output /dev/null "$1/$SEXTANT_VERSION/flatcar_production_image.bin.bz2.sig"
}

# write_from SOURCE: status 0 when the disk has the system and its configuration.
write_from()
{
    step "writing Flatcar $SEXTANT_VERSION to $disk from $1"
    case $SEXTANT_DOCUMENT in
    *.ign) set -- "$1" -i ;;
    *) set -- "$1" -c ;;
    esac
    write_disk flatcar-install -d "$disk" -b "$1" -V "$SEXTANT_VERSION" -o '' -k "$scratch/sextant.asc" "$2" "$scratch/$SEXTANT_DOCUMENT"
}

# install_image: the mirrors have one chance each, the bootstrapper five.
install_image()
{
    for source in $SEXTANT_MIRRORS; do
        if offers "$source"; then
            write_from "$source" && return
            step "$source: $reason"
        else
            step "$source: it does not answer, or does not have Flatcar $SEXTANT_VERSION"
        fi
    done
    for attempt in 1 2 3 4 5; do
        write_from "$SEXTANT_SOURCE" && return
        step "try $attempt: $reason"
        sleep 10
    done
    fail "$reason"
}

# append_kernel_arguments: the installed system starts with the arguments of the description from its first start on. The boot loader reads them from
# the partition OEM.
append_kernel_arguments()
{
    [ -n "$SEXTANT_KERNEL_ARGUMENTS" ] || return 0
    for part in $(disk_partitions "${disk##*/}"); do
        [ "$(blkid -s LABEL -o value "/dev/$part")" = OEM ] || continue
        mkdir -p "$scratch/sextant.oem"
        if mount "/dev/$part" "$scratch/sextant.oem"; then
            echo "set linux_append=\"\$linux_append $SEXTANT_KERNEL_ARGUMENTS\"" >> "$scratch/sextant.oem/grub.cfg" && umount "$scratch/sextant.oem" && return
        fi
        fail "the kernel arguments could not be written to /dev/$part"
    done
    fail "$disk has no partition OEM, so the kernel arguments have no place"
}

[ "${SEXTANT_TASK:-install}" != wipe ] || wipe_machine
say "installing from $url"
take_disk
umask 077
download "$SEXTANT_DOCUMENT" "$scratch/$SEXTANT_DOCUMENT"
curl --silent --show-error --fail --retry 20 --retry-delay 3 --retry-all-errors --output "$scratch/sextant.asc" "$SEXTANT_KEY" 2> "$scratch/sextant.out" \
    || fail "$SEXTANT_KEY: $(tail -n 1 "$scratch/sextant.out")"
install_image
append_kernel_arguments
sync
say "installed on $disk"
report_installed "$disk"
say "restarting"
restart
