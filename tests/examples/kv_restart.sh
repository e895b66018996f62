#!/bin/sh
# kv_restart.sh KV FOLDER PEER: the server is killed while clients write, and started again: every
# acknowledged write is there, whatever the policy. Then the file is damaged: what is torn at its
# end is cut off; what is damaged elsewhere is an error.
set -eu
kv=$1 folder=$2 peer=$3
. "$(dirname "$0")/kv_support.sh"
need redis-cli
file=$folder/appendonly.aof

for policy in always everysec no; do
    rm -f "$file"
    start_kv --appendonly yes --appendfsync "$policy"
    for round in 1 2 3; do
        cli FLUSHALL >/dev/null
        timeout 60 "$peer" writes "127.0.0.1:$port" 8 >"$folder/acknowledged" &
        writer=$!
        until [ "$(cli EXISTS key0 key1 key2 key3 key4 key5 key6 key7)" = 8 ]; do sleep 0.05; done
        sleep 0.2
        kill -9 "$pid"
        wait "$pid" 2>/dev/null || :
        wait "$writer" || fail "$peer writes"
        start_kv --appendonly yes --appendfsync "$policy"
        while read -r key value; do
            [ "$value" -gt 0 ] || fail "$policy: nothing was written in round $round"
            there=$(cli GET "$key")
            [ "$there" = "$value" ] || [ "$there" = $((value + 1)) ] ||
                fail "$policy: $key is '$there', but $value was acknowledged"
        done <"$folder/acknowledged"
    done
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || :
    pid=
done

# serve_damaged: 0: it starts, and ends by itself.
serve_damaged()
{
    start_kv --appendonly yes --appendfsync always
    cli SHUTDOWN >/dev/null 2>&1 || :
    wait "$pid" || fail "after damage it ends with status $?"
    pid=
}

rm -f "$file"
start_kv --appendonly yes --appendfsync always
cli SET first 1 >/dev/null && cli SET second 2 >/dev/null && cli SET third 3 >/dev/null
cli SHUTDOWN >/dev/null 2>&1 || :
wait "$pid" || fail "SHUTDOWN ends with status $?"
pid=
cp "$file" "$folder/whole"
size=$(wc -c <"$file")

for cut in 1 10 40 100; do
    head -c $((size - cut)) "$folder/whole" >"$file"
    : >"$folder/stderr"
    start_kv --appendonly yes --appendfsync always
    grep -q "torn: cut off" "$folder/stderr" || fail "nothing is told of a torn end"
    [ "$(cli GET second)" = 2 ] && [ "$(cli GET third)" = "" ] || fail "what is before the end"
    cli SET fourth 4 >/dev/null
    cli SHUTDOWN >/dev/null 2>&1 || :
    wait "$pid" || fail "a torn end: status $?"
    serve_damaged
done

# Each in the batch of `first`: its line, and its value.
for offset in 80 100 150 178; do
    cp "$folder/whole" "$file"
    printf '\377' | dd of="$file" bs=1 seek="$offset" conv=notrunc 2>/dev/null
    : >"$folder/stderr"
    status=0
    timeout 20 "$kv" --port "$port" --dir "$folder" --appendonly yes 2>"$folder/stderr" ||
        status=$?
    [ "$status" = 1 ] || fail "damage at $offset: status $status"
    grep -q "appendonly.aof: offset 75: the file is corrupt" "$folder/stderr" ||
        fail "damage at $offset: another message"
    [ "$(wc -c <"$file")" = "$size" ] || fail "damage at $offset: the file was changed"
done

# What Redis wrote, which has no batches.
{
    printf '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n'
    printf '*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$4\r\nIN'
} >"$file"
start_kv --appendonly yes
[ "$(cli GET a)" = 2 ] || fail "a file of Redis'"
