# shrinking.sh <directory> <program>...: how far failing schedules are shrunk, and what that takes:
# runs <directory>/bugs.<program>.buggy with each seed, 10 000 schedules at most.
#
#   SHRINKING_SEEDS    default 5
#   SHRINKING_SECONDS  for one program and seed; default 60
#
# For each program the medians over the seeds that found its bug: forced switches and choices in the
# run found, and after shrinking; the most of the latter; replays; milliseconds. At the end the same
# over all findings of all programs.
set -eu
directory=$1
shift
seeds=${SHRINKING_SEEDS:-5}
seconds=${SHRINKING_SECONDS:-60}
WEFT_STORE=$(mktemp -d)
trap 'rm -rf "$WEFT_STORE"' EXIT
export WEFT_STORE WEFT_SCHEDULES=10000 WEFT_REPORT=json WEFT_PROGRESS=none WEFT_STORE_FIRST=0

for program in "$@"; do
    seed=1
    while [ "$seed" -le "$seeds" ]; do
        WEFT_SEED=$seed timeout "$seconds" "$directory/bugs.$program.buggy" 2>/dev/null |
            sed -n "s/.*\"switches_found\":\([0-9]*\),\"switches_shrunk\":\([0-9]*\),\
\"shrink_replays\":\([0-9]*\),\"shrink_ns\":\([0-9]*\),.*/$program \1 \2 \3 \4/p"
        seed=$((seed + 1))
    done
    echo "$program end"
done | awk -f "$(dirname "$0")/shrinking.awk"
