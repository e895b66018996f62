# stress.sh <stress.allowed> <stress.outcomes> <directory> <conformance test of the runtime>...
# For each number of workers, random programs and the conformance tests, over and over. Set by
#
#   STRESS_SECONDS=120        for each of the two
#   STRESS_PROGRAMS=10000     how many
#   STRESS_WORKERS="1 2 8 32"
#
# Ends with the first failure, and status 1.
set -u
allowed=$1
outcomes=$2
directory=$3
shift 3
seconds=${STRESS_SECONDS:-120}
WEFT_STRESS_ALLOWED=$directory/stress.txt
log=$directory/stress.log
export WEFT_STRESS_ALLOWED WEFT_WORKERS WEFT_TEST_SECONDS=$seconds

"$allowed" "$WEFT_STRESS_ALLOWED" "${STRESS_PROGRAMS:-10000}" || exit 1
for WEFT_WORKERS in ${STRESS_WORKERS:-1 2 8 32}; do
    echo "$WEFT_WORKERS workers"
    "$outcomes" >"$log" 2>&1 || { cat "$log"; exit 1; }
    grep executed "$log"
    count=0
    end=$(($(date +%s) + seconds))
    while [ "$(date +%s)" -lt "$end" ]; do
        for name in "$@"; do
            timeout 300 "$directory/$name" >"$log" 2>&1 || { cat "$log"; exit 1; }
        done
        count=$((count + 1))
    done
    echo "$count times the conformance tests"
done
