#!/bin/sh
# kv_faults.sh KV KV_SKIP_FSYNC FOLDER: on a simulated host that crashes, is cut off and whose disk
# forgets, the server's histories are linearizable; without its fsync they are not, which is found,
# and replayed.
set -eu
kv=$1 skip_fsync=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"

fail()
{
    echo "FAILED: $*" >&2
    cat output >&2
    exit 1
}

WEFT_SCHEDULES=2000 WEFT_TIME=60s WEFT_STORE=sound "$kv" >output 2>&1 || fail "the sound server"
for seed in 1 2 3; do
    ! WEFT_SEED=$seed WEFT_SCHEDULES=2000 WEFT_TIME=60s WEFT_STORE=bug$seed \
        "$skip_fsync" >output 2>&1 || fail "seed $seed: the bug is not found"
    grep -q "the history is linearizable" output || fail "seed $seed: something else is found"
done
replay=$(sed -n 's/.*WEFT_REPLAY=\([0-9a-f]*\) .*/\1/p' output | head -n 1)
! WEFT_STORE=bug3 WEFT_REPLAY=$replay "$skip_fsync" >output 2>&1 || fail "the replay passes"
grep -q "the history is linearizable" output || fail "the replay fails in another way"
