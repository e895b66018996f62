# valgrind.sh: programs of the runtime under valgrind: no errors, and no warning about their stacks.
# Arguments: a folder to write to, then the programs.
set -u
folder=$1
shift
failures=0

command -v valgrind >/dev/null || {
    echo "SKIPPED: no valgrind here"
    exit 77
}
mkdir -p "$folder"

for program in "$@"; do
    name=$(basename "$program")
    log=$folder/$name.log
    # One thread at a time, in turn: whoever spins would otherwise keep the others out.
    timeout 200 valgrind --fair-sched=yes --log-file="$log" "$program" >"$folder/$name.out" 2>&1
    status=$?
    if [ "$status" != 0 ] || ! grep -q 'ERROR SUMMARY: 0 errors' "$log" ||
        grep -qE 'switching stacks|WARNING' "$log"; then
        echo "$name: status $status"
        cat "$log"
        failures=$((failures + 1))
    fi
done
exit $((failures != 0))
