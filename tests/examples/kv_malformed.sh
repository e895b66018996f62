#!/bin/sh
# kv_malformed.sh KV FOLDER PEER: inputs that are no requests end their own connection only.
set -eu
kv=$1 folder=$2 peer=$3
. "$(dirname "$0")/kv_support.sh"
need redis-cli
start_kv
timeout 100 "$peer" malformed "127.0.0.1:$port" || fail "$peer malformed"
[ "$(cli PING)" = PONG ] || fail "the server does not go on"
