#!/bin/sh
# Gets this machine its certificates. Keys are made here and never leave; each certificate request goes to the bootstrapper over HTTPS
# with the pinned authority and the one-time ticket. It goes on until every certificate of enroll.conf is in, and may be stopped and
# started at any moment: a key that exists is kept, a certificate that is in is not asked for again.
set -u
umask 077

etc=${SEXTANT_ETC:-/etc/sextant}
first_delay=${SEXTANT_RETRY_SECONDS:-2}     # after a failed attempt; doubles up to the longest one
longest_delay=${SEXTANT_RETRY_LIMIT:-60}    # also the pause after a refusal
waiting='{{waiting_units}}'

. "$etc/certificates.sh"

# enrol NAME KEY CERTIFICATE OWNER: 0 when the certificate is in, 1 to try again soon, 2 when the bootstrapper refuses.
enrol() {
    (umask 022 && mkdir -p "$(dirname "$2")" "$(dirname "$3")") || return 1
    make_key "$2" "$4" || return 1
    fits "$2" "$3" && return 0
    sign "$1" "$2" "/enroll/$machine/$1" --header "@$work/authorization" || return
    keep "$3" 0644 "$4" || return 1
    say "$1: certificate installed"
}

# receive NAME FILE OWNER: like enrol, for a file that the bootstrapper has. A number made here takes the place of a key: the file is given to
# whoever showed the first one, so that the ticket is worth nothing to others afterwards.
receive() {
    [ -s "$2" ] && return 0
    (umask 022 && mkdir -p "$(dirname "$2")") || return 1
    if [ ! -s "$etc/$1.claim" ]; then
        openssl rand -hex 32 >"$etc/$1.claim.new" && sync "$etc/$1.claim.new" && mv -f "$etc/$1.claim.new" "$etc/$1.claim" || return 1
    fi
    post "/enroll/$machine/$1" text/plain "$etc/$1.claim" --header "@$work/authorization" || return
    if [ ! -s "$work/answer" ]; then
        say "the answer for $1 is empty"
        return 1
    fi
    keep "$2" 0600 "$3" || return 1
    rm -f "$etc/$1.claim"
    say "$1: installed"
}

if [ ! -s "$etc/ticket" ]; then
    say 'no ticket: nothing to do'
    exit 0
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# The ticket goes through a file: arguments are visible to every process.
printf 'Authorization: Bearer %s\n' "$(cat "$etc/ticket")" >"$work/authorization" || exit 1

delay=$first_delay
while :; do
    outcome=0
    while read -r name key certificate owner; do
        case $name in '' | '#'*) continue ;; esac
        case $key in
            -) receive "$name" "$certificate" "$owner" ;;
            *) enrol "$name" "$key" "$certificate" "$owner" ;;
        esac
        result=$?
        [ "$result" -gt "$outcome" ] && outcome=$result
    done <"$etc/enroll.conf"
    case $outcome in
        0) break ;;
        1)
            sleep "$delay"
            delay=$((delay * 2))
            [ "$delay" -gt "$longest_delay" ] && delay=$longest_delay
            ;;
        *) sleep "$longest_delay" ;;
    esac
done

sync
rm -f "$etc/ticket"
say 'enrolled'
# Not waited for: these units are ordered after this script.
for unit in $waiting; do
    systemctl start --no-block "$unit"
done
exit 0
