# demo.sh <buggy program> <fixed program>: run the program, take the replay line that its report
# prints, run that line, then run the fixed form. Fails unless the bug is found and replays.
set -eu
buggy=$1 fixed=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
cp "$buggy" ./early_tick
cp "$fixed" ./early_tick_fixed

echo
echo "\$ ./early_tick"
! ./early_tick 2> report || { echo "the bug was not found"; exit 1; }
cat report
line=$(sed -n 's/^  replay     //p' report)
[ -n "$line" ] || { echo "no replay line"; exit 1; }

echo
echo "\$ $line"
! sh -c "$line" 2> again || { echo "the failure did not replay"; exit 1; }
cat again
grep -q 'again' again || exit 1

echo
echo "\$ ./early_tick_fixed"
./early_tick_fixed
