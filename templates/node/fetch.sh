#!/bin/sh
# Gets this machine its programs: for each line of fetch.conf the file from a mirror or from the bootstrapper, verified by its SHA-256, put in
# place whole or not at all. What is in place already, with the right content, is not asked for: a machine that has everything needs nobody. It
# goes on until every line is in place, and may be stopped and started at any moment: what arrived of a file is kept, and the rest asked for.
set -u
umask 022

etc=${SEXTANT_ETC:-/etc/sextant}
kept=${SEXTANT_FETCHED:-/var/lib/sextant/fetched}   # one list for each line: the digests and names of the files it put in place
first_delay=${SEXTANT_RETRY_SECONDS:-2}             # after a round in which something failed; doubles up to the longest one
longest_delay=${SEXTANT_RETRY_LIMIT:-60}
mirrors='{{mirrors}}'
bootstrapper='{{http_base}}/assets'

say() {
    printf '%s\n' "$*"
}

# list_of SHA256 TARGET: where the list of what that line put in place lies.
list_of() {
    printf '%s/%s%s' "$kept" "$1" "$(printf '%s' "$2" | tr / -)"
}

# label FILE…: the labels the policy has for these names, where SELinux is in force: what a service writes below /opt is no program to it before.
label() {
    command -v restorecon >/dev/null 2>&1 || return 0
    restorecon -F "$@" 2>/dev/null || return 0
}

# has SHA256 FILE
has() {
    [ -f "$2" ] || return 1
    found=$(sha256sum <"$2") && [ "${found%% *}" = "$1" ]
}

# room FOLDER: the free space, for a message.
room() {
    df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 " KiB free" }'
}

# receive BASE PATH PART: asks one source for the file, or for the rest of it when part of it is here. curl's status; the words are in $work/error.
receive() {
    # A source that trickles is left for the next one; what arrived stays.
    curl --silent --show-error --fail --noproxy '*' --proto '=http,https' --connect-timeout 10 --speed-limit 4096 --speed-time 30 \
        --continue-at - --output "$3" --write-out '%{http_code}' "$1/$2" </dev/null >"$work/status" 2>"$work/error"
}

# fetch SHA256 PATH PART: 0 when the file arrived and is the right one.
fetch() {
    has "$1" "$3" && return 0
    for base in $mirrors "$bootstrapper"; do
        while :; do
            begun=no
            [ -s "$3" ] && begun=yes
            receive "$base" "$2" "$3"
            failure=$?
            if [ "$failure" -eq 0 ]; then
                has "$1" "$3" && return 0
                rm -f "$3"
                # What is here may have been of another source's file: once more, all of it from this one.
                [ "$begun" = yes ] && continue
                say "waiting for $2: $base sent another file than the one that is pinned"
                break
            fi
            if [ "$failure" -eq 23 ]; then
                say "waiting for $2: no room in $(dirname "$3") ($(room "$(dirname "$3")")): $(head -n 1 "$work/error")"
                return 1
            fi
            # The source has no such rest of a file, or gives none.
            if [ "$begun" = yes ] && { [ "$failure" -eq 33 ] || [ "$failure" -eq 36 ] || [ "$(cat "$work/status")" = 416 ]; }; then
                rm -f "$3"
                continue
            fi
            say "waiting for $2: $base: $(head -n 1 "$work/error")"
            break
        done
    done
    return 1
}

# place FROM FILE: it becomes the program of that name, whole or not at all; a running one goes on undisturbed.
place() {
    chmod 0755 "$1" && chown 0:0 "$1" && sync "$1" && mv -f "$1" "$2" && label "$2"
}

# unpack KIND ARCHIVE FOLDER LIST: its programs into the folder; their digests go to the list.
unpack() {
    apart=$3/.sextant-unpacked
    rm -rf "$apart" && mkdir "$apart" && tar -xzf "$2" -C "$apart" 2>"$work/error" || {
        say "cannot unpack into $3 ($(room "$3")): $(tail -n 1 "$work/error")"
        rm -rf "$apart"
        return 1
    }
    from=$apart
    if [ "$1" = archive-folder ]; then
        for folder in "$apart"/*/; do from=${folder%/}; done
    fi
    count=0
    for program in "$from"/*; do
        [ -f "$program" ] && [ ! -L "$program" ] && [ -x "$program" ] || continue
        digest=$(sha256sum <"$program") && place "$program" "$3/${program##*/}" && printf '%s  %s\n' "${digest%% *}" "$3/${program##*/}" >>"$4" || {
            rm -rf "$apart"
            return 1
        }
        count=$((count + 1))
    done
    rm -rf "$apart"
    [ "$count" -gt 0 ] && return 0
    say "$2 has no programs in it"
    return 1
}

# obtain SHA256 KIND TARGET PATH: 0 when it is in place.
obtain() {
    list=$(list_of "$1" "$3")
    [ -s "$list" ] && sha256sum -c "$list" >/dev/null 2>&1 && return 0
    case $2 in
        program) folder=$(dirname "$3") ;;
        *) folder=$3 ;;
    esac
    # In the folder where it is going to be, so that a renaming is enough in the end.
    part=$folder/.sextant-$1
    mkdir -p "$folder" "$kept" || return 1
    if [ "$2" != program ] || ! has "$1" "$3"; then
        fetch "$1" "$4" "$part" || return 1
    fi
    : >"$list.new" || return 1
    case $2 in
        program)
            { [ ! -f "$part" ] || place "$part" "$3"; } && printf '%s  %s\n' "$1" "$3" >"$list.new" || return 1
            ;;
        *)
            unpack "$2" "$part" "$folder" "$list.new" || return 1
            rm -f "$part"
            ;;
    esac
    sync "$list.new" && mv -f "$list.new" "$list" && say "$4: in place"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

delay=$first_delay
while :; do
    missing=0
    : >"$work/lists" || exit 1
    while read -r sha256 kind target path; do
        case $sha256 in '' | '#'*) continue ;; esac
        obtain "$sha256" "$kind" "$target" "$path" || missing=$((missing + 1))
        list_of "$sha256" "$target" >>"$work/lists"
        printf '\n' >>"$work/lists"
    done <"$etc/fetch.conf"
    [ "$missing" -eq 0 ] && break
    say "$missing of the programs are not in place yet; next attempt in $delay s"
    sleep "$delay"
    delay=$((delay * 2))
    [ "$delay" -gt "$longest_delay" ] && delay=$longest_delay
done

# Lists of lines that are no longer asked for; what they put in place stays.
for list in "$kept"/*; do
    [ -e "$list" ] && ! grep -qxF "$list" "$work/lists" && rm -f "$list"
done
say 'every program is in place'
exit 0
