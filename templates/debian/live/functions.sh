# What only Debian's installer decides, without side effects, in POSIX sh: tested by the project on the building host.
# shellcheck shell=sh

# kernel_argument NAME: the last value of NAME= on the kernel command line read from standard input; empty when it is not there.
kernel_argument()
{
    tr ' ' '\n' | sed -n "s/^$(printf '%s' "$1" | sed 's/\./\\./g')=//p" | tail -n 1
}

# checked_environment: copies lines like SEXTANT_NAME='value' from standard input, so that evaluating the output can assign and do nothing else.
# A quote within a value is written '\''. Blank lines and comments are left out; any other line is an error (status 1).
checked_environment()
{
    tr -d '\r' | awk -v quote="'" '
        /^[ \t]*(#.*)?$/ { next }
        {
            rest = $0
            if (!match(rest, /^SEXTANT_[A-Z0-9_]+=/)) { bad = 1; exit }
            rest = substr(rest, RLENGTH + 1)
            if (length(rest) < 2 || substr(rest, 1, 1) != quote || substr(rest, length(rest)) != quote) { bad = 1; exit }
            rest = substr(rest, 2, length(rest) - 2)
            escaped = quote "\\" quote quote
            while ((at = index(rest, quote)) > 0) {
                if (substr(rest, at, 4) != escaped) { bad = 1; exit }
                rest = substr(rest, at + 4)
            }
            print
        }
        END { exit bad }'
}

# partition DISK NUMBER: the device of a partition: /dev/sda2, /dev/nvme0n1p2.
partition()
{
    case $1 in
    *[0-9]) echo "${1}p$2" ;;
    *) echo "$1$2" ;;
    esac
}

# percent DONE TOTAL: whole percent, at most 100; nothing when TOTAL is not a positive number.
percent()
{
    case $2 in
    '' | 0 | *[!0-9]*) return 0 ;;
    esac
    if [ "$1" -ge "$2" ]; then echo 100; else echo $(($1 * 100 / $2)); fi
}

# grub_configuration ROOT-UUID KERNEL-ARGUMENTS: a grub.cfg that boots the installed system at once, on the serial console too when the kernel has one.
grub_configuration()
{
    serial=$(printf '%s\n' "$2" | tr ' ' '\n' | sed -n 's/^console=ttyS\([0-9]*\)\(,\([0-9]*\).*\)\{0,1\}$/\1 \3/p' | tail -n 1)
    if [ -n "$serial" ]; then
        speed=${serial#* }
        echo "serial --unit=${serial%% *} --speed=${speed:-115200}"
        echo "terminal_input console serial"
        echo "terminal_output console serial"
    fi
    cat <<END
set default=0
set timeout=1
insmod part_gpt
insmod ext2
search --no-floppy --fs-uuid --set=root $1
menuentry "Debian GNU/Linux" {
    linux /vmlinuz root=UUID=$1 ro $2
    initrd /initrd.img
}
END
}

# signed_grub_configuration ROOT-UUID: the first grub.cfg of the GRUB that the distribution signed, which sends it on to the installed system's.
signed_grub_configuration()
{
    cat <<END
search --no-floppy --fs-uuid --set=root $1
set prefix=(\$root)/boot/grub
configfile \$prefix/grub.cfg
END
}

# grub_defaults KERNEL-ARGUMENTS: an /etc/default/grub with which update-grub keeps what the installation chose.
grub_defaults()
{
    cat <<END
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_DISABLE_OS_PROBER=true
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="$(printf '%s' "$1" | sed 's/[\\"$`]/\\&/g')"
END
    serial=$(printf '%s\n' "$1" | tr ' ' '\n' | sed -n 's/^console=ttyS\([0-9]*\)\(,\([0-9]*\).*\)\{0,1\}$/\1 \3/p' | tail -n 1)
    if [ -n "$serial" ]; then
        speed=${serial#* }
        echo 'GRUB_TERMINAL="console serial"'
        echo "GRUB_SERIAL_COMMAND=\"serial --unit=${serial%% *} --speed=${speed:-115200}\""
    fi
}
