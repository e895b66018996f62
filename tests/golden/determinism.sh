# determinism.sh: the same seed gives the same trace hash over 100 000 runs: in two processes with
# address randomisation, in another environment, and in builds by gcc and by clang.
. "$(dirname "$0")/support.bash"

runs=${WEFT_GOLDEN_RUNS:-100000}
source=$WEFT_SOURCE/tests/golden/trace_hash.c
[ "$(cat /proc/sys/kernel/randomize_va_space)" != 0 ] || echo "note: address randomisation is off"

first=$("$WEFT_GOLDEN_BIN/trace_hash" "$runs")
echo "$first"
second=$(env -i LANG=C PADDING="$(printf '%01000d' 0)" WEFT_STORE="$WEFT_STORE" \
    "$WEFT_GOLDEN_BIN/trace_hash" "$runs")
[ "$first" = "$second" ] || fail "another process: $second"

# Everything again with each compiler that is here, library included.
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    mkdir $compiler
    core=$WEFT_SOURCE/runtime/core
    find "$core" "$WEFT_SOURCE/runtime/io" "$WEFT_SOURCE/sim" \
        \( -name '*.c' -o -name '*.S' \) ! -path '*/tool/*' ! -path '*/instrument/*' |
        while read -r file; do
            echo "$file" "$(sed "s|^$WEFT_SOURCE/||; s|/|_|g" <<<"$file").o"
        done |
        (cd $compiler && xargs -P 2 -L 1 sh -c "$compiler -std=gnu11 -g -O2 -fno-strict-aliasing \
            -D_GNU_SOURCE -I$WEFT_SOURCE/runtime/include -I$WEFT_SOURCE/sim/include \
            -I$core -I$WEFT_SOURCE/runtime -I$WEFT_SOURCE/sim -c \$0 -o \$1")
    $compiler -std=gnu11 -g -O2 -I"$WEFT_SOURCE/runtime/include" -I"$WEFT_SOURCE/sim/include" \
        "$source" $compiler/*.o $(pkg-config --libs libdw) -o trace_hash.$compiler
    third=$(./trace_hash.$compiler "$runs")
    [ "$first" = "$third" ] || fail "built by $compiler: $third"
done
