#!/bin/sh
# Runs before etcd and decides how a member with an empty disk starts: as a founder of the cluster, as etcd.env has it, or as a member that
# joins a cluster which runs already (a machine that was reinstalled, or one more member in the description). The answer is a file of
# environment variables that overrides etcd.env. A member with data on its disk needs none of this.
set -u

name='{{hostname}}'
peer_url='https://{{address}}:2380'
others='{{other_endpoints}}'
data=${SEXTANT_ETCD_DATA:-/var/lib/etcd}
answer=${SEXTANT_ETCD_ANSWER:-/run/etcd/join.env}

say() {
    printf '%s\n' "$*"
}

# The server's certificate is one for clients too, and readable by the user etcd.
control() {
    etcdctl --endpoints="$endpoint" --dial-timeout=3s --command-timeout=5s \
        --cacert='{{pki}}/ca.crt' --cert='{{pki}}/server.crt' --key='{{pki}}/server.key' "$@"
}

add() {
    say "joining the running cluster through $endpoint"
    control member add "$name" --peer-urls="$peer_url"
}

rm -f "$answer"
for log in "$data"/member/wal/*.wal; do
    [ -e "$log" ] && exit 0
done

for endpoint in $others; do
    # Fields: id, status, name, peer URLs, client URLs, learner.
    members=$(control member list --write-out=simple 2>/dev/null) || continue
    # A founder is listed by name from the beginning and gets its client URLs when it first starts; a member that was added has no name until then.
    own=$(printf '%s\n' "$members" |
        awk -F ', ' -v url="$peer_url" '$4 == url { print $1, ($3 == "" ? "added" : $5 == "" ? "founder" : "lost") }')
    case $own in
        *' founder') exit 0 ;;
        *' added') ;;
        *' lost')
            say "the cluster knows this member, and its data is gone: replacing member ${own%% *}"
            control member remove "${own%% *}" || exit 1
            add || exit 1
            ;;
        *) add || exit 1 ;;
    esac
    members=$(control member list --write-out=simple) || exit 1
    cluster=$(printf '%s\n' "$members" |
        awk -F ', ' -v name="$name" -v url="$peer_url" '{ printf "%s%s=%s", comma, ($4 == url ? name : $3 == "" ? $1 : $3), $4; comma = "," }')
    printf 'ETCD_INITIAL_CLUSTER=%s\nETCD_INITIAL_CLUSTER_STATE=existing\n' "$cluster" >"$answer" || exit 1
    exit 0
done
exit 0
