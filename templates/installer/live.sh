# What the installers share that run in a live system under systemd: Flatcar's and Fedora CoreOS's. In POSIX sh.
# Uses report.sh and disk.sh; the settings are in install.env.
# shellcheck shell=sh disable=SC2034,SC2154

scratch=/run
url=$SEXTANT_URL

restart()
{
    sync
    systemctl reboot
    sleep 3600
}

# take_disk: the disk to install on, in $disk; erases the others when that is wanted.
take_disk()
{
    disk=$(await_disk "$SEXTANT_DISK") || fail "disk: $disk"
    if [ "$SEXTANT_WIPE_DISKS" = true ]; then
        step "erasing the other disks"
        wiped=$(wipe_others "$disk") || fail "$wiped"
        [ -z "$wiped" ] || say "$wiped"
    fi
}

# show_written DEVICE: says every ten seconds how much was written to the disk, for as long as it is let.
show_written()
{
    written_before=$(sectors_written "$1")
    while sleep 10; do
        say "$((($(sectors_written "$1") - written_before) / 1953)) MB written to $1"
    done
}

sectors_written()
{
    read -r _ _ _ _ _ _ written_sectors _ < "$sys/block/${1##*/}/stat" || written_sectors=0
    echo "$written_sectors"
}

# write_disk PROGRAM...: runs what writes the disk, with its words on the console. Status 0 when it succeeded; else its last words are in $reason.
write_disk()
{
    show_written "$disk" &
    written_by=$!
    { "$@" < /dev/null; echo $? > "$scratch/sextant.status"; } 2>&1 | tee "$scratch/sextant.out" | keep
    kill "$written_by" 2> /dev/null
    read -r write_status < "$scratch/sextant.status"
    reason="$1: $(tail -n 3 "$scratch/sextant.out" | tr '\n' ' ')"
    return "$write_status"
}
