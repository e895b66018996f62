#!/bin/sh
# kv_full_disk.sh KV FOLDER PEER: the file cannot grow any more: writes are refused, reads go on,
# what was acknowledged and nothing else is there, also after a crash; when there is room again
# writes go on.
set -eu
kv=$1 folder=$2
. "$(dirname "$0")/kv_support.sh"
need redis-cli
need prlimit
value=$(printf '%01000d' 7)
room=$((100 * 1024))

# check LAST: key1 up to keyLAST are there, and no other.
check()
{
    [ "$(cli DBSIZE)" = "$1" ] || fail "$(cli DBSIZE) keys, $1 were acknowledged"
    [ "$(cli GET "key$1")" = "$value" ] || fail "key$1 is not there"
}

for policy in always everysec; do
    rm -f "$folder/appendonly.aof"
    trap '' XFSZ # then there is an error instead of a signal
    start_kv --appendonly yes --appendfsync "$policy"
    prlimit --pid "$pid" --fsize="$room:"
    i=0
    while answer=$(cli SET "key$((i + 1))" "$value"); [ "$answer" = OK ]; do
        i=$((i + 1))
        [ "$i" -lt 1000 ] || fail "the disk is never full"
    done
    case $answer in MISCONF*) ;; *) fail "a full disk answers $answer" ;; esac
    check "$i"
    case $(cli INCR other) in MISCONF*) ;; *) fail "a write was not refused" ;; esac
    check "$i"
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || :
    start_kv --appendonly yes --appendfsync "$policy"
    check "$i"
    prlimit --pid "$pid" --fsize="$((room - 8192)):"
    case $(cli SET more "$value") in MISCONF*) ;; *) fail "not full after the restart" ;; esac
    prlimit --pid "$pid" --fsize="$((room * 10)):"
    tries=0
    until [ "$(cli SET "key$((i + 1))" "$value")" = OK ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || fail "writes do not go on"
        sleep 0.1
    done
    check $((i + 1))
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || :
    pid=
done
