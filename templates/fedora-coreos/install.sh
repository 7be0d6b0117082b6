#!/bin/sh
# Installs Fedora CoreOS from its live system: chooses the disk, has coreos-installer write the image that is in the live system, and tells the
# bootstrapper about each step. coreos-installer checks that image by the digest that the live system has of it.
# shellcheck disable=SC1091,SC2154

here=$(dirname "$0")
. "$here/install.env"
. "$here/report.sh"
. "$here/disk.sh"
. "$here/wipe.sh"
. "$here/live.sh"

# write_image: status 0 when the disk has the system and its configuration. The arguments of the description go to the installed system's boot loader.
write_image()
{
    set --
    for argument in $SEXTANT_KERNEL_ARGUMENTS; do
        set -- "$@" --append-karg "$argument"
    done
    write_disk coreos-installer install "$disk" --offline --ignition-file "$scratch/$SEXTANT_DOCUMENT" "$@"
}

[ "${SEXTANT_TASK:-install}" != wipe ] || wipe_machine
say "installing from $url"
take_disk
umask 077
download "$SEXTANT_DOCUMENT" "$scratch/$SEXTANT_DOCUMENT"
step "writing Fedora CoreOS to $disk"
write_image || fail "$reason"
sync
say "installed on $disk"
report_installed "$disk"
say "restarting"
restart
