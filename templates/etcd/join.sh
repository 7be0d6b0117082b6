#!/bin/sh
# Runs before etcd and decides how a member with an empty disk starts: as a founder of the cluster, as etcd.env has it, or as a member that
# joins a cluster which runs already (a machine that was reinstalled, one in place of a dead one, or one more member in the description). The
# answer is a file of environment variables that overrides etcd.env. A member with data on its disk needs none of this.
#
# Who belongs to the cluster, and whether it was founded before, the bootstrapper says. Nothing is founded without its word, because a second
# cluster beside lost data would look like an empty one. The script may be stopped at any moment: each round looks at what there is, and takes
# one step.
set -u

name='{{hostname}}'
address='{{address}}'
peer_url='https://{{address}}:2380'
bootstrapper='{{https_base}}/boot/{{mac}}/etcd'
data=${SEXTANT_ETCD_DATA:-/var/lib/etcd}
answer=${SEXTANT_ETCD_ANSWER:-/run/etcd/join.env}
pause=${SEXTANT_ETCD_PAUSE:-5}       # seconds between two rounds that changed nothing
probes=${SEXTANT_ETCD_PROBES:-6}     # how often in a row a member has to be silent, a pause apart, before it is taken for dead

# say TEXT: what was said in the last round is not said again.
before=
now=
say() {
    case $before in
        *"<$1>"*) ;;
        *) printf '%s\n' "$1" ;;
    esac
    now="$now<$1>"
}

# control ENDPOINT ARGUMENTS: etcdctl. The server's certificate is one for clients too, and readable by the user etcd.
control() {
    endpoints=$1
    shift
    etcdctl --endpoints="$endpoints" --dial-timeout=3s --command-timeout=5s \
        --cacert='{{pki}}/ca.crt' --cert='{{pki}}/server.crt' --key='{{pki}}/server.key' "$@"
}

# why: the last line of an error, without etcdctl's prefix.
why() {
    tail -n 1 | sed 's/^Error: //'
}

# ask: what the bootstrapper says goes to $site: "state new" or "state founded", "member NAME PEER_URL CLIENT_URL" for each member of the
# description, "holder MAC NAME" for each machine that has the cluster's data as far as it knows. It knows this machine by its address; an
# empty --capath keeps the distribution's authorities out.
ask() {
    site=$(curl --silent --show-error --fail-with-body --noproxy '*' --proto '=https' --interface "$address" --connect-timeout 5 --max-time 15 \
        --cacert /etc/sextant/sextant-ca.crt --capath "${answer%/*}" "$bootstrapper" </dev/null 2>&1) || {
        # What the bootstrapper says of a refusal is better than what curl says of it.
        say "waiting for the bootstrapper: $(printf '%s\n' "$site" | grep -v '^curl: (22)' | head -n 1)"
        return 1
    }
    case $site in
        'state new'* | 'state founded'*) return 0 ;;
    esac
    say "waiting for the bootstrapper: not understood: $(printf '%s\n' "$site" | head -n 1)"
    return 1
}

# list: the running cluster's members, from the first other member that answers, go to $members, and that member to $endpoint.
# Fields: id, status, name, peer URLs, client URLs, learner.
list() {
    for endpoint in $(printf '%s\n' "$site" | awk -v own="$peer_url" '$1 == "member" && $3 != own { print $4 }'); do
        members=$(control "$endpoint" member list --write-out=simple 2>/dev/null) && [ -n "$members" ] && return 0
    done
    return 1
}

# member FIELD ID: one field of a member.
member() {
    printf '%s\n' "$members" | awk -F ', ' -v field="$1" -v id="$2" '$1 == id { print $field }'
}

# client ID: where the member answers; one that never started has not said so, and has its client port beside its peer port.
client() {
    url=$(member 5 "$1")
    [ -n "$url" ] && printf '%s\n' "$url" || member 4 "$1" | sed 's/:2380/:2379/g'
}

# is_dead ID: whether the member is silent, asked several times.
is_dead() {
    count=0
    while [ "$count" -lt "$probes" ]; do
        control "$(client "$1")" endpoint status >/dev/null 2>&1 && return 1
        count=$((count + 1))
        [ "$count" -lt "$probes" ] && sleep "$pause"
    done
    return 0
}

# remove ID REASON: takes a member out, when those that stay and work are a majority of those that stay. Its vote is lost already, so this
# makes a majority of the others easier; it must not be what the present majority hangs on.
remove() {
    voters=0
    healthy=0
    for id in $(printf '%s\n' "$members" | awk -F ', ' -v gone="$1" '$1 != gone && $6 == "false" { print $1 }'); do
        voters=$((voters + 1))
        control "$(client "$id")" endpoint health >/dev/null 2>&1 && healthy=$((healthy + 1))
    done
    if [ "$healthy" -le $((voters / 2)) ]; then
        say "$2: it stays, because only $healthy of the other $voters members are healthy"
        return 1
    fi
    if ! problem=$(control "$endpoint" member remove "$1" 2>&1); then
        say "$2: not removed yet: $(printf '%s\n' "$problem" | why)"
        return 1
    fi
    say "$2: removed member $1"
}

# found: nobody answers. 0 when this machine may found the cluster.
found() {
    case $site in 'state new'*) return 0 ;; esac
    holders=$(printf '%s\n' "$site" | awk '$1 == "holder" { printf "%s%s (%s)", comma, $3, $2; comma = ", " }')
    say "waiting: the cluster was founded before, and no other member answers. Its data is on $holders. Start them; if the data is lost, see 'Members lost' in docs/operations.md"
    return 1
}

# unnamed: takes members out that the description does not name any more and that are dead. 0 when one went.
unnamed() {
    for id in $(printf '%s\n' "$members" | awk -F ', ' -v urls=" $(printf '%s\n' "$site" | awk '$1 == "member" { printf "%s ", $3 }')" \
        'index(urls, " " $4 " ") == 0 { print $1 }'); do
        who="member $(member 3 "$id") at $(member 4 "$id") is not in the description"
        if is_dead "$id"; then
            remove "$id" "$who, and is dead" && return 0
        else
            say "$who, and answers: it is left alone; take it out with 'etcdctl member remove $id' when it is to go"
        fi
    done
    return 1
}

# step: one look at the running cluster, and one change of it at most. 0 when etcd may start, 1 to pause, 2 to look again at once.
step() {
    list || { found; return; }
    # A founder is listed by name from the beginning and gets its client URLs when it first starts; a member that was added has no name until
    # then. A founder that is late starts like the others, as long as the members are those that founded; else it is one whose data is lost.
    own=$(printf '%s\n' "$members" | awk -F ', ' -v url="$peer_url" '$4 == url { print ($3 == "" ? "added" : $5 == "" ? "founder" : "lost"), $1 }')
    listed=$(printf '%s\n' "$members" | awk -F ', ' '{ print $4 }' | sort)
    described=$(printf '%s\n' "$site" | awk '$1 == "member" { print $3 }' | sort)
    case $own in
        founder*) [ "$listed" = "$described" ] && return 0 ;;
    esac
    case $own in
        founder* | lost*)
            remove "${own#* }" 'the cluster knows this machine, and its data is gone' || return 1
            return 2
            ;;
    esac
    unnamed && return 2
    case $own in
        added*)
            cluster=$(printf '%s\n' "$members" |
                awk -F ', ' -v name="$name" -v url="$peer_url" '{ printf "%s%s=%s", comma, ($4 == url ? name : $3 == "" ? $1 : $3), $4; comma = "," }')
            printf 'ETCD_INITIAL_CLUSTER=%s\nETCD_INITIAL_CLUSTER_STATE=existing\n' "$cluster" >"$answer.new" && mv -f "$answer.new" "$answer" || return 1
            say "joining the running cluster, found through $endpoint"
            return 0
            ;;
    esac
    # A learner has no vote: while it catches up, no majority depends on it. There may be only one at a time.
    if problem=$(control "$endpoint" member add "$name" --learner --peer-urls="$peer_url" 2>&1); then
        say "added to the running cluster through $endpoint"
        return 2
    fi
    case $problem in
        *'too many learner'*) say "waiting: $(printf '%s\n' "$members" | awk -F ', ' '$6 == "true" { print ($3 == "" ? $1 : $3), "at", $4 }') joins first" ;;
        *'unhealthy cluster'*) say 'waiting: members are added only while all others are connected. Start those that are down, or replace them in the description' ;;
        *) say "not added yet: $(printf '%s\n' "$problem" | why)" ;;
    esac
    return 1
}

rm -f "$answer" "$answer.new"
for log in "$data"/member/wal/*.wal; do
    [ -e "$log" ] && exit 0
done
while :; do
    before=$now
    now=
    if ask; then
        step
        case $? in
            0) exit 0 ;;
            2) continue ;;
        esac
    fi
    sleep "$pause"
done
