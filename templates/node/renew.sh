#!/bin/sh
# Renews this machine's certificates: each one of enroll.conf that has less than a third of its life left, or that is damaged, gets a new key and a new certificate
# from the bootstrapper, which knows this machine by the certificate "machine". The services read both anew by themselves.
#
# Key and certificate change together or not at all: the two files are links into a folder, .NAME, which is itself a link to the folder with the pair in use.
# One rename changes it. Killed at any moment, this leaves a pair that belongs together, and the next run removes what is left over:
#
#   etcd-server.key -> .etcd-server/key        .etcd-server -> .etcd-server.Kf3aPq1x        .etcd-server.Kf3aPq1x/key
#   etcd-server.crt -> .etcd-server/crt                                                     .etcd-server.Kf3aPq1x/crt
set -u
umask 077

etc=${SEXTANT_ETC:-/etc/sextant}
. "$etc/certificates.sh"

# seconds_of FIELD CERTIFICATE: one of its two dates, in seconds since 1970.
seconds_of() {
    text=$(openssl x509 -in "$2" -noout "-$1" 2>/dev/null </dev/null) && date -u -d "${text#*=}" +%s
}

# is_due KEY CERTIFICATE
is_due() {
    fits "$1" "$2" || return 0
    from=$(seconds_of startdate "$2") && to=$(seconds_of enddate "$2") || return 0
    [ $((to - $(date -u +%s))) -lt $(((to - from) / 3)) ]
}

# point LINK TARGET: the link leads there from now on.
point() {
    ln -sfn "$2" "$1.new" && mv -Tf "$1.new" "$1" && sync "$(dirname "$1")"
}

# folder_beside LINK: makes a folder for a pair; it is named on standard output.
folder_beside() {
    made=$(mktemp -d "$1.XXXXXXXX") && chmod 0755 "$made" && printf '%s\n' "$made"
}

# tidy LINK: removes every folder and link beside it that is not in use.
tidy() {
    for left in "$1".*; do
        if [ -L "$left" ]; then
            rm -f "$left"
        elif [ -d "$left" ] && [ "$(basename "$left")" != "$(readlink "$1")" ]; then
            rm -rf "$left"
        fi
    done
}

# settle NAME KEY CERTIFICATE: turns the two files into links, without a change of what they hold.
settle() {
    [ "$(readlink "$2")" = ".$1/key" ] && [ "$(readlink "$3")" = ".$1/crt" ] && return 0
    present=$(folder_beside "$(dirname "$3")/.$1") || return 1
    # A file that is lost has nothing to keep.
    [ ! -s "$2" ] || cp -p "$2" "$present/key" || return 1
    [ ! -s "$3" ] || cp -p "$3" "$present/crt" || return 1
    sync "$present" "$present"/* && point "$(dirname "$3")/.$1" "$(basename "$present")" && point "$2" ".$1/key" && point "$3" ".$1/crt"
}

# renew NAME KEY CERTIFICATE OWNER: 0 when it was not due or is renewed, 1 to try again later, 2 when the bootstrapper refuses.
renew() {
    if [ "$(dirname "$2")" != "$(dirname "$3")" ]; then
        say "$1: key and certificate are in different folders; they cannot be renewed together"
        return 1
    fi
    is_due "$2" "$3" || return 0
    pair=$(dirname "$3")/.$1
    fresh=$(folder_beside "$pair") || return 1
    make_key "$fresh/key" "$4" || return 1
    sign "$1" "$fresh/key" "/node/$machine/renew/$1" --cert "$etc/machine.crt" --key "$etc/machine.key" || return
    ends=$(seconds_of enddate "$work/answer") || return 1
    if fits "$2" "$3" && [ "$ends" -le "$(seconds_of enddate "$3")" ]; then
        say "$1: the new certificate ends no later than the one in use: the authority itself is near its end"
        return 1
    fi
    keep "$fresh/crt" 0644 "$4" && sync "$fresh" && settle "$1" "$2" "$3" && point "$pair" "$(basename "$fresh")" || return 1
    say "$1: renewed until $(date -u -d "@$ends" +%Y-%m-%d)"
}

exec 9>"$etc/.renewing" && flock -n 9 || {
    say 'another renewal is at work'
    exit 1
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

outcome=0
while read -r name key certificate owner; do
    case $name in '' | '#'*) continue ;; esac
    # What has no key is no certificate.
    [ "$key" = - ] && continue
    renew "$name" "$key" "$certificate" "$owner" || outcome=1
    # The pair that was in use goes, too: services that watch their files notice the removal.
    tidy "$(dirname "$certificate")/.$name"
done <"$etc/enroll.conf"
exit "$outcome"
