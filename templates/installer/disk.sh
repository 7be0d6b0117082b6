# Which disk an installer writes to, and what becomes of the others, in POSIX sh. Every installer has this file: Debian's in its initramfs, Flatcar's
# and Fedora CoreOS's beside their own script, Rocky's in its kickstart. Tested by the project on made-up trees of /sys.
# shellcheck shell=sh

# Where the kernel and udev say what they know of disks.
sys=/sys
udev_data=/run/udev/data

# disks: the fixed disks of this machine, one "NAME SIZE-IN-OCTETS" to a line, in the order of their names: sda, sdb, sdaa, nvme0n1, nvme1n1. Left out:
# removable and read-only disks, what hangs on USB, hidden paths of multipath NVMe, drives without a medium, and what is no disk at all.
disks()
{
    for disk_folder in "$sys"/block/*; do
        disk_name=${disk_folder##*/}
        case $disk_name in
        loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | mtdblock* | *boot[0-9] | *rpmb) continue ;;
        esac
        [ -r "$disk_folder/size" ] || continue
        [ "$(cat "$disk_folder/removable" 2> /dev/null || echo 0)" = 0 ] || continue
        [ "$(cat "$disk_folder/ro" 2> /dev/null || echo 0)" = 0 ] || continue
        [ "$(cat "$disk_folder/hidden" 2> /dev/null || echo 0)" = 0 ] || continue
        case $(readlink -f "$disk_folder") in */usb[0-9]*/*) continue ;; esac
        # sysfs counts in sectors of 512 octets whatever the disk's own sector size is.
        disk_size=$(($(cat "$disk_folder/size") * 512))
        [ "$disk_size" -gt 0 ] || continue
        echo "${#disk_name} $disk_name $disk_size"
    done | sort -k1,1n -k2,2 | cut -d ' ' -f 2,3
}

# disks_in_words: the same for people: "sda 500 GB, sdb 8 GB", or "none".
disks_in_words()
{
    disks | {
        disk_words=
        while read -r disk_name disk_size; do
            disk_words="${disk_words:+$disk_words, }$disk_name $((disk_size / 1000000000)) GB"
        done
        echo "${disk_words:-none}"
    }
}

# octets SIZE: the number of octets in "100GB" or "2TB", which are powers of ten as on the disk's label. Status 1 when it is no such size.
octets()
{
    case ${1%[GT]B} in
    "$1" | '' | *[!0-9]*) return 1 ;;
    esac
    case $1 in
    *GB) echo "$((${1%GB} * 1000000000))" ;;
    *TB) echo "$((${1%TB} * 1000000000000))" ;;
    esac
}

# disk_serials NAME: every serial number that the kernel or udev knows of a disk, one to a line.
disk_serials()
{
    {
        for disk_file in "$sys/block/$1/serial" "$sys/block/$1/device/serial"; do
            if [ -r "$disk_file" ]; then cat "$disk_file"; echo; fi
        done
        # Vital product data page 0x80 of SCSI and SATA disks: a header of four octets, then the number.
        if [ -r "$sys/block/$1/device/vpd_pg80" ]; then tail -c +5 "$sys/block/$1/device/vpd_pg80" | tr -cd '\040-\176'; echo; fi
        disk_file=$udev_data/b$(cat "$sys/block/$1/dev" 2> /dev/null)
        if [ -f "$disk_file" ]; then sed -n 's/^E:ID_SERIAL_SHORT=//p' "$disk_file"; fi
    } | sed 's/^ *//; s/ *$//; /^$/d'
}

# choose_disk WANTED: the device of the disk to install on. WANTED is a path below /dev, serial:NUMBER, first:SIZE, smallest:SIZE, or auto (or nothing)
# for first:8GB. Status 1, with the reason on standard output, when there is none.
choose_disk()
{
    disk_wanted=${1:-auto}
    [ "$disk_wanted" = auto ] && disk_wanted=first:8GB
    case $disk_wanted in
    /dev/*)
        echo "$disk_wanted"
        return
        ;;
    serial:?*)
        disk_found=$(disks | while read -r disk_name disk_size; do
            disk_serials "$disk_name" | grep -Fqx -e "${disk_wanted#serial:}" && echo "$disk_name"
        done)
        disk_reason="has the serial number ${disk_wanted#serial:}"
        case $disk_found in
        *"
"*)
            echo "several disks have the serial number ${disk_wanted#serial:}: $(echo "$disk_found" | tr '\n' ' ')"
            return 1
            ;;
        esac
        ;;
    first:* | smallest:*)
        if ! disk_least=$(octets "${disk_wanted#*:}"); then
            echo "'$disk_wanted' has no size such as 100GB or 2TB"
            return 1
        fi
        disk_found=$(disks | while read -r disk_name disk_size; do
            [ "$disk_size" -ge "$disk_least" ] && echo "$disk_size $disk_name"
        done | case $disk_wanted in smallest:*) sort -s -k1,1n ;; *) cat ;; esac | head -n 1 | cut -d ' ' -f 2)
        disk_reason="has ${disk_wanted#*:} or more"
        ;;
    *)
        echo "'$disk_wanted' is no disk: give a path below /dev, serial:NUMBER, first:SIZE, smallest:SIZE, or auto"
        return 1
        ;;
    esac
    if [ -z "$disk_found" ]; then
        echo "no fixed disk $disk_reason; there are: $(disks_in_words)"
        return 1
    fi
    echo "/dev/$disk_found"
}

# is_disk DEVICE: whether the device is there.
is_disk()
{
    [ -b "$1" ]
}

# await_disk WANTED: as choose_disk, for half a minute: controllers may take their time to show their disks. The answer is the device itself, not one
# of its links, because partitions are named after it.
await_disk()
{
    disk_tries=0
    while :; do
        if disk_answer=$(choose_disk "$1"); then
            disk_answer=$(readlink -f "$disk_answer")
            is_disk "$disk_answer" && break
            disk_answer="$1 is not there; there are: $(disks_in_words)"
        fi
        disk_tries=$((disk_tries + 1))
        if [ "$disk_tries" -ge 15 ]; then
            echo "$disk_answer"
            return 1
        fi
        sleep 2
    done
    echo "$disk_answer"
}

# disk_partitions NAME: the partitions the kernel knows of a disk. (sda* would be sdaa, too.)
disk_partitions()
{
    for disk_folder in "$sys/block/$1/$1"*; do
        if [ -e "$disk_folder/partition" ]; then echo "${disk_folder##*/}"; fi
    done
}

# erase_ends DEVICE SECTORS: zeroes the first 16 MiB and the last 1 MiB: partition tables with their copies, and the labels of file systems, RAID, LVM
# and Ceph.
erase_ends()
{
    dd if=/dev/zero of="$1" bs=1048576 count=16 conv=notrunc,fsync 2> /dev/null \
        && dd if=/dev/zero of="$1" bs=512 count=2048 seek=$(($2 - 2048)) conv=notrunc,fsync 2> /dev/null
}

# erase_disk NAME SIZE-IN-OCTETS: erases both ends of a disk and the signatures in its partitions; says a line about it. Status 1 when it could not.
erase_disk()
{
    for disk_part in $(disk_partitions "$1"); do
        wipefs --all --force --quiet "/dev/$disk_part"
    done
    if [ $(($2 / 512)) -ge 34816 ] && erase_ends "/dev/$1" $(($2 / 512)); then
        echo "erased /dev/$1"
    else
        echo "could not erase /dev/$1"
        return 1
    fi
}

# wipe_others DEVICE: erases the ends of every fixed disk but this one, and the signatures in their partitions; says a line for each. Status 1, with
# the reason, when it cannot tell what the other disks are; nothing is erased then.
wipe_others()
{
    for disk_file in "$sys/block/${1##*/}/slaves"/*; do
        if [ -e "$disk_file" ]; then
            echo "$1 is made of other disks, so none can be erased; name a plain disk, or set os.wipe_disks to false"
            return 1
        fi
    done
    disks | while read -r disk_name disk_size; do
        [ "/dev/$disk_name" = "$1" ] || erase_disk "$disk_name" "$disk_size" || :
    done
}
