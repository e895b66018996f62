# scoreboard.sh <published.tsv> <directory> <program>...: how many schedules it takes to find each
# bug: runs <directory>/bugs.<program>.buggy with each strategy and seed, 10 000 schedules at most.
#
#   SCOREBOARD_STRATEGIES  default portfolio; several, or all
#   SCOREBOARD_SEEDS       default 20
#   SCOREBOARD_SECONDS     for all seeds of one program and strategy; default 60
#   SCOREBOARD_INSTRUMENTED=1  the instrumented programs; with WEFT_RACES=allow races are no bugs
#
# Median and p90 are over all seeds, one that did not find the bug counts as more than the limit;
# the mean is over those that found it. At the end, for each strategy: the geometric mean of the
# means beside that of the best published ones, over the published programs that each seed found.
set -eu
published=$1
directory=$2
shift 2
strategies=${SCOREBOARD_STRATEGIES:-portfolio}
seeds=${SCOREBOARD_SEEDS:-20}
seconds=${SCOREBOARD_SECONDS:-60}
suffix=${SCOREBOARD_INSTRUMENTED:+.instrumented}
WEFT_SCHEDULES=10000
WEFT_STORE=$(mktemp -d)
export WEFT_SCHEDULES WEFT_STORE
trap 'rm -rf "$WEFT_STORE"' EXIT

if [ "$strategies" = all ]; then
    strategies=$(WEFT_STRATEGY=? "$directory/bugs.$1.buggy$suffix" 1 2>&1 |
        sed -n '/there are: /{s/.*there are: //; s/,//g; p; q;}')
fi

run() # <program> <strategy>
{
    echo "program $1 $2"
    status=0
    WEFT_STRATEGY=$2 timeout "$seconds" "$directory/bugs.$1.buggy$suffix" "$seeds" 2>&1 || status=$?
    echo
    echo "status $status"
}

for program in "$@"; do
    for strategy in $strategies; do
        run "$program" "$strategy"
    done
done | awk -v published="$published" -v seeds="$seeds" -v limit="$WEFT_SCHEDULES" \
    -f "$(dirname "$0")/scoreboard.awk"
