#!/bin/bash
# http_wrk.sh SERVER: a second of wrk, with 100 connections, without an error; and the same for a
# file, and for requests with a body. 77: there is no wrk.
set -euo pipefail
command -v wrk >/dev/null || { echo "skipped: no wrk"; exit 77; }
said=$(mktemp -d)
"$1" 127.0.0.1:0 "$(dirname "$0")" >"$said/server" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$said"' EXIT
for _ in $(seq 100); do
    [ -s "$said/server" ] && break
    sleep 0.05
done
address=$(sed -n 's/^http: //p' "$said/server")
cat >"$said/post.lua" <<'LUA'
wrk.method = "POST"
wrk.body = string.rep("x", 5000)
LUA
for arguments in "http://$address/" "http://$address/file/http_client.h" \
    "-s $said/post.lua http://$address/echo"; do
    # shellcheck disable=SC2086
    wrk -t1 -c100 -d1s $arguments >"$said/wrk"
    grep -q '^Requests/sec: *[1-9]' "$said/wrk" || { cat "$said/wrk"; exit 1; }
    if grep -E 'Socket errors|Non-2xx' "$said/wrk"; then exit 1; fi
    sed -n "s|^Requests/sec: *|$arguments: requests/s |p" "$said/wrk"
done
kill "$server"
wait "$server"
