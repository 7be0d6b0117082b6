# How an installer talks: to whoever reads the console, and to the bootstrapper. In POSIX sh; every installer has this file.
# Uses $url (where the documents of this machine are), $scratch (a folder) and restart (ends the machine's turn) of the script that reads it.
# shellcheck shell=sh disable=SC2154

# What is said and not yet with the bootstrapper. Nothing secret is ever said: documents are named here, and never shown.
said=/tmp/sextant.said

say()
{
    echo "sextant: $*"
    echo "$*" >> "$said"
}

# keep: copies what a program prints, from standard input to standard output, for the bootstrapper.
keep()
{
    tee -a "$said"
}

# send_log: hands the bootstrapper the last 12 KB of what was said since the last time. What it does not take now goes with the next.
send_log()
{
    [ -s "$said" ] || return 0
    tail -c 12000 "$said" > "$said.part"
    curl --silent --fail --output /dev/null --connect-timeout 3 --max-time 10 --data-binary "@$said.part" "$url/log" && : > "$said"
}

# report STAGE DETAIL: status 0 when the bootstrapper took it.
report()
{
    curl --silent --fail --output /dev/null --connect-timeout 3 --max-time 10 \
        --data-urlencode "stage=$1" --data-urlencode "detail=$2" "$url/report"
}

# step WORDS: what is being done; of an installation, unless $report_stage says of what.
step()
{
    say "$*"
    report "${report_stage:-installing}" "$*" || say "the bootstrapper does not answer; going on"
    send_log
    return 0
}

fail()
{
    say "FAILED: $*"
    report failed "$*" || say "the bootstrapper does not answer"
    # The last words: what went before, and what the kernel has to say about disks and network cards.
    dmesg 2> /dev/null | tail -n 40 | sed 's/^/kernel: /' >> "$said"
    send_log
    say "restarting in 30 s"
    sleep 30
    restart
}

# report_end STAGE DETAIL: until it is taken. The bootstrapper must know before the machine boots again: otherwise it would be told to do the same once more.
report_end()
{
    send_log
    until report "$1" "$2"; do
        say "the bootstrapper does not answer; telling it again in 3 s"
        sleep 3
    done
}

# report_installed DEVICE: the end of an installation.
report_installed()
{
    report_end installed "$1"
}

# download NAME FILE: fetches a document of this machine. A refusal is final: asking again would only delay the report. Anything else is tried again for
# half an hour.
download()
{
    download_tries=0
    while [ "$download_tries" -lt 600 ]; do
        if download_status=$(curl --silent --show-error --connect-timeout 5 --max-time 60 --output "$2" --write-out '%{http_code}' "$url/$1" 2> "$scratch/sextant.out"); then
            case $download_status in
            200) return 0 ;;
            4*) fail "$url/$1: $download_status $(head -c 300 "$2" | tr '\n' ' ')" ;;
            esac
        fi
        [ "$download_tries" = 0 ] && say "waiting for $url/$1: $download_status $(tail -n 1 "$scratch/sextant.out")"
        download_tries=$((download_tries + 1))
        sleep 3
    done
    fail "$url/$1: $download_status $(tail -n 1 "$scratch/sextant.out")"
}
