#!/bin/sh
# Gets this machine its certificates. Keys are made here and never leave; each certificate request goes to the bootstrapper over HTTPS
# with the pinned authority and the one-time ticket. It goes on until every certificate of enroll.conf is in, and may be stopped and
# started at any moment: a key that exists is kept, a certificate that is in is not asked for again.
set -u
umask 077

etc=${SEXTANT_ETC:-/etc/sextant}
first_delay=${SEXTANT_RETRY_SECONDS:-2}     # after a failed attempt; doubles up to the longest one
longest_delay=${SEXTANT_RETRY_LIMIT:-60}    # also the pause after a refusal
base='{{https_base}}/enroll/{{mac}}'
waiting='{{waiting_units}}'

say() {
    printf '%s\n' "$*"
}

# make_key FILE OWNER: a P-256 key, unless there is one.
make_key() {
    [ -s "$1" ] && return 0
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.new" </dev/null 2>"$work/error" &&
        chmod 0600 "$1.new" && chown "$2" "$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && return 0
    say "cannot make $1: $(tail -n 1 "$work/error")"
    return 1
}

# fits KEY CERTIFICATE: whether the certificate is for that key.
fits() {
    [ -s "$2" ] || return 1
    of_key=$(openssl pkey -in "$1" -pubout 2>/dev/null </dev/null) || return 1
    of_certificate=$(openssl x509 -in "$2" -noout -pubkey 2>/dev/null </dev/null) || return 1
    [ "$of_key" = "$of_certificate" ]
}

# ask NAME TYPE BODY: posts the file BODY; the answer is in $work/answer. 0 when it came, 1 to try again soon, 2 when the bootstrapper refuses.
ask() {
    : >"$work/answer"
    # An empty --capath: otherwise curl would trust the distribution's authorities besides the pinned one.
    # The ticket goes through a file: arguments are visible to every process.
    status=$(curl --silent --show-error --noproxy '*' --proto '=https' --connect-timeout 10 --max-time 60 \
        --cacert "$etc/sextant-ca.crt" --capath "$work/empty" --header "@$work/authorization" --header "Content-Type: $2" \
        --data-binary "@$3" --output "$work/answer" --write-out '%{http_code}' "$base/$1" </dev/null 2>"$work/error")
    case $status in
        200) return 0 ;;
        403)
            say "$1 refused: $(head -n 1 "$work/answer")"
            return 2
            ;;
        *)
            say "$1: not yet (HTTP $status) $(head -n 1 "$work/error") $(head -n 1 "$work/answer")"
            return 1
            ;;
    esac
}

# keep FILE MODE OWNER: the answer becomes the file, whole or not at all.
keep() {
    cp "$work/answer" "$1.new" && chmod "$2" "$1.new" && chown "$3" "$1.new" && sync "$1.new" && mv -f "$1.new" "$1"
}

# enrol NAME KEY CERTIFICATE OWNER: 0 when the certificate is in, 1 to try again soon, 2 when the bootstrapper refuses.
enrol() {
    (umask 022 && mkdir -p "$(dirname "$2")" "$(dirname "$3")") || return 1
    make_key "$2" "$4" || return 1
    fits "$2" "$3" && return 0
    openssl req -new -sha256 -key "$2" -subj "/CN=$1" -out "$work/csr" </dev/null 2>"$work/error" || {
        say "cannot make a request for $1: $(tail -n 1 "$work/error")"
        return 1
    }
    ask "$1" application/pkcs10 "$work/csr" || return
    if ! fits "$2" "$work/answer"; then
        say "the answer for $1 is no certificate of its key"
        return 1
    fi
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
    ask "$1" text/plain "$etc/$1.claim" || return
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
mkdir "$work/empty" || exit 1
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
