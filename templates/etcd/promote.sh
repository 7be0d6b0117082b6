#!/bin/sh
# A member that joined a running cluster is a learner: it gets everything and has no vote. This asks the others to give it one until they do,
# which is when it has caught up. A member that has its vote already is left as it is.
set -u

peer_url='https://{{address}}:2380'
others='{{other_endpoints}}'
pause=${SEXTANT_ETCD_PAUSE:-5}    # seconds between two rounds

# say TEXT: what was said last is not said again.
said=
say() {
    [ "$1" = "$said" ] || printf '%s\n' "$1"
    said=$1
}

control() {
    etcdctl --endpoints="$endpoint" --dial-timeout=3s --command-timeout=5s \
        --cacert='{{pki}}/ca.crt' --cert='{{pki}}/server.crt' --key='{{pki}}/server.key' "$@"
}

# promote: asks the first other member that answers; a learner itself answers nobody. 0 when this member has its vote.
promote() {
    for endpoint in $others; do
        members=$(control member list --write-out=simple 2>/dev/null) || continue
        # Fields: id, status, name, peer URLs, client URLs, learner.
        own=$(printf '%s\n' "$members" | awk -F ', ' -v url="$peer_url" '$4 == url { print $6, $1 }')
        case $own in
            false*) return 0 ;;
            true*)
                if problem=$(control member promote "${own#* }" 2>&1); then
                    say 'promoted: this member votes now'
                    return 0
                fi
                say "not promoted yet: $(printf '%s\n' "$problem" | tail -n 1 | sed 's/^Error: //')"
                return 1
                ;;
            *)
                say "$endpoint does not know this member"
                return 1
                ;;
        esac
    done
    say 'no other member answers'
    return 1
}

[ -z "$others" ] && exit 0
until promote; do
    sleep "$pause"
done
