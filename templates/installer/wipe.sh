# What a live system does that is told to wipe (SEXTANT_TASK=wipe), in POSIX sh: it empties every fixed disk, tells the bootstrapper, and restarts. Every installer
# has this file. Uses report.sh and disk.sh. Tested by the project on files that stand for disks.
# shellcheck shell=sh disable=SC2034

# discard DEVICE: tells the disk to forget everything on it. Status 1 when it cannot; most disks with platters cannot.
discard()
{
    blkdiscard --force "$1" 2> /dev/null
}

# wipe_disks: empties every fixed disk; says a line for each. What is discarded a disk may still show, so its ends are zeroed as well. Status 1 when a disk
# could not be emptied, or there is none.
wipe_disks()
{
    wipe_list=$(disks)
    if [ -z "$wipe_list" ]; then
        echo "there is no fixed disk"
        return 1
    fi
    echo "$wipe_list" | {
        wipe_status=0
        while read -r disk_name disk_size; do
            wipe_how="only its ends"
            if discard "/dev/$disk_name"; then wipe_how="discarded"; fi
            if wipe_words=$(erase_disk "$disk_name" "$disk_size"); then
                echo "$wipe_words ($wipe_how)"
            else
                echo "$wipe_words"
                wipe_status=1
            fi
        done
        [ "$wipe_status" = 0 ]
    }
}

# wipe_machine: the whole task. Never returns.
wipe_machine()
{
    report_stage=wiping
    step "erasing every fixed disk: $(disks_in_words)"
    if wipe_report=$(wipe_disks); then
        wipe_report=$(echo "$wipe_report" | paste_lines)
        say "$wipe_report"
        sync
        report_end wiped "$wipe_report"
        say "restarting"
        restart
    fi
    fail "$(echo "$wipe_report" | paste_lines)"
}

# paste_lines: the lines of standard input on one line, with commas.
paste_lines()
{
    sed '$!s/$/,/' | tr '\n' ' ' | sed 's/ $//'
}
