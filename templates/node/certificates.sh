# What enrolment and renewal have in common; read by both. They set umask, $etc and $work, an empty folder that is theirs.

host='{{https_base}}'
machine='{{mac}}'

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

# post PATH TYPE BODY CURL-OPTION...: posts the file BODY; the answer is in $work/answer. 0 when it came, 1 to try again later, 2 when the bootstrapper refuses.
post() {
    path=$1 type=$2 body=$3
    shift 3
    : >"$work/answer"
    mkdir -p "$work/empty"
    # An empty --capath: otherwise curl would trust the distribution's authorities besides the pinned one.
    status=$(curl --silent --show-error --noproxy '*' --proto '=https' --connect-timeout 10 --max-time 60 \
        --cacert "$etc/sextant-ca.crt" --capath "$work/empty" "$@" --header "Content-Type: $type" \
        --data-binary "@$body" --output "$work/answer" --write-out '%{http_code}' "$host$path" </dev/null 2>"$work/error")
    case $status in
        200) return 0 ;;
        403)
            say "${path##*/} refused: $(head -n 1 "$work/answer")"
            return 2
            ;;
        *)
            say "${path##*/}: not yet (HTTP $status) $(head -n 1 "$work/error") $(head -n 1 "$work/answer")"
            return 1
            ;;
    esac
}

# sign NAME KEY PATH CURL-OPTION...: posts a request for the key; afterwards $work/answer is its certificate. Returns like post.
sign() {
    signed=$1 own_key=$2 at=$3
    shift 3
    openssl req -new -sha256 -key "$own_key" -subj "/CN=$signed" -out "$work/csr" </dev/null 2>"$work/error" || {
        say "cannot make a request for $signed: $(tail -n 1 "$work/error")"
        return 1
    }
    post "$at" application/pkcs10 "$work/csr" "$@" || return
    fits "$own_key" "$work/answer" && return 0
    say "the answer for $signed is no certificate of its key"
    return 1
}

# keep FILE MODE OWNER: the answer becomes the file, whole or not at all.
keep() {
    cp "$work/answer" "$1.new" && chmod "$2" "$1.new" && chown "$3" "$1.new" && sync "$1.new" && mv -f "$1.new" "$1"
}
