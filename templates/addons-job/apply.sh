#!/bin/sh
# Applies the cluster's addons and labels its nodes, on every master. Both texts come from the bootstrapper, which knows this machine by its
# certificate; the last good copies are kept, so that a new cluster gets its addons while the bootstrapper is away. It goes on until it has
# succeeded. What is in force already is left alone, so that a look every few minutes costs next to nothing.
set -uf
umask 077

etc=${SEXTANT_ETC:-/etc/sextant}
kept=${SEXTANT_ADDONS_STATE:-/var/lib/sextant/addons}      # the last good copies
run=${SEXTANT_ADDONS_RUN:-/run/sextant-addons}             # what was done since the machine started
kubectl=${SEXTANT_KUBECTL:-/opt/bin/kubectl}
kubeconfig=${SEXTANT_KUBECONFIG:-/etc/kubernetes/admin.conf}
first_delay=${SEXTANT_RETRY_SECONDS:-5}      # after a failed attempt; doubles up to the longest one
longest_delay=${SEXTANT_RETRY_LIMIT:-60}
base='{{https_base}}/node/{{mac}}'
api='https://127.0.0.1:6443'
authority=/etc/kubernetes/pki/ca.crt
said=

say() {
    printf '%s\n' "$*"
}

# For what is the same at every attempt: once is enough.
say_once() {
    [ "$said" = "$*" ] || say "$*"
    said=$*
}

control() {
    "$kubectl" --kubeconfig="$kubeconfig" --server="$api" --cache-dir="$run/cache" --request-timeout=60s "$@" </dev/null
}

# fetch NAME: 0 when $kept/NAME is what the bootstrapper has at this moment.
fetch() {
    # An empty --capath: otherwise curl would trust the distribution's authorities besides the pinned one.
    status=$(curl --silent --show-error --noproxy '*' --proto '=https' --connect-timeout 5 --max-time 60 \
        --cacert "$etc/sextant-ca.crt" --capath "$work/empty" --cert "$etc/machine.crt" --key "$etc/machine.key" \
        --output "$work/$1" --write-out '%{http_code}' "$base/$1" </dev/null 2>"$work/error") || {
        say_once "$1: the bootstrapper does not answer: $(head -n 1 "$work/error")"
        return 1
    }
    if [ "$status" != 200 ]; then
        say_once "$1: the bootstrapper answers $status: $(head -n 1 "$work/$1")"
        return 1
    fi
    if [ "$1" = addons.yaml ] && [ "$(tail -n 1 "$work/$1")" != '# end of the addons' ]; then
        say_once "$1: the answer is not all of it"
        return 1
    fi
    cmp -s "$work/$1" "$kept/$1" && return 0
    cp "$work/$1" "$kept/$1.new" && sync "$kept/$1.new" && mv -f "$kept/$1.new" "$kept/$1"
}

# By curl, and without a name, which is let in for this: kubectl takes much longer to start, on a machine that has its hands full with starting its API server.
api_is_ready() {
    curl --silent --show-error --fail --noproxy '*' --max-time 60 --output "$work/ready" --cacert "$authority" --capath "$work/empty" "$api/readyz" </dev/null 2>"$work/error"
}

# in_force KEY: what the cluster says was applied last.
in_force() {
    control -n kube-system get configmap sextant-addons --ignore-not-found -o "jsonpath={.data.$1}" 2>"$work/error"
}

# delete_left_overs: what was applied once and is not in the addons any more.
delete_left_overs() {
    in_force objects >"$work/before" || {
        say "cannot read what was applied before: $(tail -n 1 "$work/error")"
        return 1
    }
    grep -vxF -f "$work/objects" "$work/before" >"$work/gone"
    left=0
    while read -r resource space name; do
        [ -n "$name" ] || continue
        say "deleting $resource $name: no addon has it any more"
        case $space in
            -) control delete "$resource" "$name" --ignore-not-found --wait=false >/dev/null 2>"$work/error" ;;
            *) control -n "$space" delete "$resource" "$name" --ignore-not-found --wait=false >/dev/null 2>"$work/error" ;;
        esac || {
            say "cannot delete $resource $name: $(tail -n 1 "$work/error")"
            left=1
        }
    done <"$work/gone"
    return "$left"
}

# apply FRESH: brings the cluster's addons to $kept/addons.yaml.
apply() {
    digest=$(sha256sum <"$kept/addons.yaml")
    digest=${digest%% *}
    now=$(in_force digest) || {
        say_once "cannot read what is in force: $(tail -n 1 "$work/error")"
        return 1
    }
    [ "$now" = "$digest" ] && [ "$(cat "$run/applied" 2>/dev/null)" = "$digest" ] && return 0
    if [ "$1" != fresh ] && [ -n "$now" ] && [ "$now" != "$digest" ]; then
        say_once 'the copy of the addons kept here is not what another master applied; waiting for the bootstrapper'
        return 0
    fi
    sed -n 's/^# object: //p' "$kept/addons.yaml" >"$work/objects"
    [ -s "$work/objects" ] || {
        say_once 'the addons do not name their objects; nothing is applied'
        return 1
    }
    control apply --server-side --force-conflicts --field-manager=sextant -f "$kept/addons.yaml" >"$work/applied" 2>"$work/error" || {
        say "cannot apply the addons yet: $(tail -n 3 "$work/error")"
        return 1
    }
    delete_left_overs || return 1
    # Last: whoever is stopped before this begins again.
    control -n kube-system create configmap sextant-addons --from-literal="digest=$digest" --from-file="objects=$work/objects" --dry-run=client -o yaml \
        >"$work/record" 2>"$work/error" && control apply --server-side --force-conflicts --field-manager=sextant -f "$work/record" >/dev/null 2>"$work/error" || {
        say "cannot record what was applied: $(tail -n 1 "$work/error")"
        return 1
    }
    printf '%s' "$digest" >"$run/applied"
    say "applied $(wc -l <"$work/applied") objects"
}

# label: each node of node-labels that has registered gets its labels, once, and again when the list changes or the node is a new one.
label() {
    control get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{"\n"}{end}' >"$work/nodes" 2>"$work/error" || {
        say_once "cannot list the nodes: $(tail -n 1 "$work/error")"
        return 1
    }
    cat "$work/nodes" "$kept/node-labels" >"$work/labelled"
    cmp -s "$work/labelled" "$run/labelled" && return 0
    failed=0
    while read -r name labels; do
        [ -n "$labels" ] && cut -d ' ' -f 1 "$work/nodes" | grep -qxF "$name" || continue
        # Several words: one label each.
        # shellcheck disable=SC2086
        control label node "$name" --overwrite $labels >/dev/null 2>"$work/error" || {
            say "cannot label $name: $(tail -n 1 "$work/error")"
            failed=1
        }
    done <"$kept/node-labels"
    [ "$failed" = 0 ] || return 1
    cp "$work/labelled" "$run/labelled"
    say "labelled the nodes: $(cut -d ' ' -f 1 "$work/nodes" | paste -sd ' ' -)"
}

attempt() {
    [ -x "$kubectl" ] || {
        say_once "$kubectl is not there yet"
        return 1
    }
    [ -s "$kubeconfig" ] || {
        say_once "$kubeconfig is not there yet"
        return 1
    }
    addons=kept
    fetch addons.yaml && addons=fresh
    fetch node-labels
    [ -s "$kept/addons.yaml" ] || return 1
    api_is_ready || {
        say_once "the API of this machine is not ready: $(tail -n 1 "$work/error")"
        return 1
    }
    outcome=0
    apply "$addons" || outcome=1
    if [ -s "$kept/node-labels" ]; then label || outcome=1; fi
    return "$outcome"
}

mkdir -p "$kept" "$run" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/empty" || exit 1

delay=$first_delay
until attempt; do
    sleep "$delay"
    delay=$((delay * 2))
    [ "$delay" -gt "$longest_delay" ] && delay=$longest_delay
done
exit 0
