# replicated_log.sh <program> <fixed program> <folder>: the planted bug is found from ten seeds,
# shrunk to the cut that it needs each time, and replayed by hash and token; the fixed form is
# clean.
set -eu
buggy=$1 fixed=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"

for seed in 1 2 3 4 5 6 7 8 9 10; do
    ! WEFT_SEED=$seed WEFT_TIME=60s WEFT_SCHEDULES=1000000 WEFT_STORE=store.$seed \
        "$buggy" 2> report || { echo "seed $seed: not found"; exit 1; }
    grep -q 'a committed entry stays' report || { cat report; exit 1; }
    grep -qE 'shrunk from [0-9 ]+ to [12] forced' report || { cat report; exit 1; }
    hash=$(basename store.$seed/*.weft .weft)
    ! WEFT_STORE=store.$seed WEFT_REPLAY=$hash "$buggy" 2> again || exit 1
    grep -q 'assertion, again' again || { cat again; exit 1; }
done
token=$(sed -n 's/^  token      //p' report)
! WEFT_REPLAY=$token "$buggy" 2> again || exit 1
grep -q 'assertion, again' again || { cat again; exit 1; }
grep -q 'cut' report || { cat report; exit 1; }

WEFT_SCHEDULES=3000 WEFT_TIME=60s "$fixed"
