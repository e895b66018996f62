# gdb.sh: goroutines in gdb, of a live process and of a core file, and where their stacks end.
# Arguments: weft_gdb.py, the program parked.c, a folder to write to.
set -u
script=$1
program=$2
folder=$3
failures=0

if ! gdb -q -batch -ex 'python print(1)' 2>/dev/null | grep -q 1; then
    echo "SKIPPED: no gdb with Python here"
    exit 77
fi
mkdir -p "$folder"

# expect <file> <extended regular expression>
expect() {
    grep -qE "$2" "$1" || {
        echo "not in $1: $2"
        failures=$((failures + 1))
    }
}

refuse() {
    grep -E "$2" "$1" && {
        echo "in $1: $2"
        failures=$((failures + 1))
    }
}

# What a live process and a core file have in common.
expect_goroutines() {
    at='parked\.c:[0-9]+ +'
    object='0x[0-9a-f]+'
    expect "$1" '^\* 1 +main +[a-z_]+ .* +running \(thread [0-9]+\)$'
    expect "$1" " receiver +receiver ${at}channel receive $object \\(0 of 0 buffered\\), "
    expect "$1" " sender +sender ${at}channel send $object \\(2 of 2 buffered\\), "
    expect "$1" " selector +selector ${at}select $object \\(0 of 0 buffered\\), $object \\(2 of 2"
    expect "$1" " locker +locker ${at}mutex lock $object, (at least )?[0-9]+ ms\$"
    expect "$1" " waiter +waiter ${at}wait group wait $object \\(count 7\\), "
    expect "$1" " acquirer +acquirer ${at}semaphore acquire $object \\(4 of 5 units held\\), "
    expect "$1" " sleeper +sleeper ${at}sleep, "
    expect "$1" " spinner +spinner ${at}running \\(thread [0-9]+\\)\$"
    expect "$1" " idler +idler ${at}runnable\$"
    expect "$1" "^goroutine [0-9]+ \\[mutex lock $object, .*\\]: locker\$"
    expect "$1" '^#[0-9]+ +weft_mutex_lock mutex\.c:[0-9]+$'
    expect "$1" '^#[0-9]+ +locker parked\.c:[0-9]+$'
    expect "$1" '^local_of_locker = 4711$'
    refuse "$1" 'corrupt stack|Python Exception|Error'
    ends=$(grep -cE '^#[0-9]+ +weft__fiber_start fiber_' "$1")
    [ "$ends" = 10 ] || { # one of each goroutine
        echo "$ends stacks in $1 end in weft__fiber_start, not 10"
        failures=$((failures + 1))
    }
}

look() {
    timeout 100 gdb -q -batch -ex 'set width 0' -ex "source $script" "$@" -ex bt \
        -ex 'info goroutines' -ex 'goroutine all bt' \
        -ex 'goroutine all frame apply all -q info locals' -ex 'echo again\n' -ex bt
}

look -ex 'break stop_here' -ex run "$program" >"$folder/live" 2>&1
expect_goroutines "$folder/live"
expect "$folder/live" '^\* 1 +main +stop_here parked\.c:[0-9]+ '

# gdb's own view of a goroutine that runs, before and after ours: it ends, and is not disturbed.
[ "$(grep -cE '^#[0-9]+ .* in weft__fiber_start \(\) at ' "$folder/live")" = 2 ] || {
    echo "bt does not end in weft__fiber_start twice"
    failures=$((failures + 1))
}

# Not gdb's generate-core-file: it leaves mappings out that have guards.
rm -f "$folder"/core*
(cd "$folder" && ulimit -c unlimited && exec "$program" abort) >/dev/null 2>&1
core=$(find "$folder" -name 'core*')
if [ -n "$core" ]; then
    look "$program" "$core" >"$folder/dead" 2>&1
    expect_goroutines "$folder/dead"
    expect "$folder/dead" ' locker .*, at least [0-9]+ ms$'
    rm -f "$core"
else
    echo "the kernel writes no core file here (core_pattern): only the live process was looked at"
fi

[ "$failures" = 0 ] || cat "$folder/live"
exit $((failures != 0))
