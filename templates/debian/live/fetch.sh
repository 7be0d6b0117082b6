# How the installer gets the image: from the first source that has the right one. Sourced by install.sh, and by the project's tests on the building host.
# Uses of install.sh: say, step, transfer; $scratch (a folder), $SEXTANT_IMAGE_URLS (the mirrors in this machine's order, then the bootstrapper) and
# $SEXTANT_IMAGE_SIZE. The digest of what came decides, whoever sent it: certificates of mirrors are not looked at.

# offers URL: whether a mirror answers at once, with an image of the right size. One that is down, or has an older image, costs seconds here.
offers()
{
    answer=$(curl --silent --insecure --head --connect-timeout 3 --max-time 5 --output /dev/null --write-out '%{http_code} %header{content-length}' "$1" < /dev/null)
    case $answer in
    "200 $SEXTANT_IMAGE_SIZE" | '200 ') return 0 ;;
    200*) reason="it has an image of ${answer#* } octets, not $SEXTANT_IMAGE_SIZE" ;;
    000*) reason="it does not answer" ;;
    *) reason="HTTP ${answer%% *}" ;;
    esac
    return 1
}

# fetch URL PATIENCE: the image on standard output, from beginning to end. A broken connection is taken up where it broke, until PATIENCE tries in a row,
# three seconds apart, brought nothing.
fetch()
{
    offset=0
    patience=0
    while :; do
        # Exit status first, then what came in this try: that much has gone down the pipe.
        curl --silent --show-error --insecure --fail --connect-timeout 5 --speed-limit 1 --speed-time 20 --continue-at "$offset" \
            --write-out '%{stderr}%{size_download} %{http_code}\n' --output - "$1" 2> "$scratch/sextant.fetch" < /dev/null
        status=$?
        read -r came answer <<END
$(tail -n 1 "$scratch/sextant.fetch")
END
        case $answer in 4*) [ "$patience" -ge 10 ] && return 1 ;; esac
        [ "$answer" = 200 ] || [ "$answer" = 206 ] || came=0
        offset=$((offset + came))
        [ "$status" = 0 ] && return 0
        # 23: the reader is gone. 33: the server cannot resume, so a new transfer has to begin.
        case $status in 23 | 33) return 1 ;; esac
        [ "$came" -gt 0 ] && patience=0
        patience=$((patience + 1))
        [ "$patience" -gt "$2" ] && return 1
        [ "$patience" = 1 ] && say "the transfer broke at $offset octets; waiting for its source" >&2
        sleep 3
    done
}

# from_mirrors: transfers from one mirror after the other. Status 0 when one had the image; a mirror has one chance.
from_mirrors()
{
    for source in ${SEXTANT_IMAGE_URLS% *}; do
        [ "$source" = "$SEXTANT_IMAGE_URLS" ] && return 1
        offers "$source" && transfer "$source" 2 && return
        step "$source: $reason"
    done
    return 1
}

# from_bootstrapper: transfers from the last source, for as long as it takes.
from_bootstrapper()
{
    transfer "${SEXTANT_IMAGE_URLS##* }" 600
}
