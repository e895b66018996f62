# kv_support.sh: sourced by the tests of kv: a server on a free port of this host, which ends with
# the test. They set $kv and $folder before.
mkdir -p "$folder"
rm -rf "${folder:?}"/*
pid=
port=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :' EXIT

fail()
{
    echo "FAILED: $*" >&2
    sed 's/^/  kv: /' "$folder/stderr" >&2
    exit 1
}

need()
{
    command -v "$1" >/dev/null || { echo "skipped: there is no $1"; exit 77; }
}

cli()
{
    timeout 30 redis-cli -p "$port" "$@"
}

# start_kv SETTING...: waits until it listens.
start_kv()
{
    port=$((20000 + $$ % 20000))
    for _ in 1 2 3 4 5; do
        "$kv" --port "$port" --dir "$folder" "$@" >"$folder/stdout" 2>>"$folder/stderr" &
        pid=$!
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 200 ]; do
            if redis-cli -p "$port" PING 2>/dev/null | grep -q PONG; then
                return 0
            fi
            tries=$((tries + 1))
            sleep 0.05
        done
        kill -9 "$pid" 2>/dev/null || :
        grep -q "in use" "$folder/stderr" || break
        port=$((port + 7))
    done
    fail "the server does not start"
}
