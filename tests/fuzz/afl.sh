# afl.sh: a fuzz target with AFL++, in persistent mode with AFL++'s own driver of libFuzzer's entry
# points: it finds a bug that needs both input and schedule, and the file that it keeps fails
# without an engine in the same way. Skipped without AFL++.
. "$(dirname "$0")/../golden/support.bash"

export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 \
    AFL_BENCH_UNTIL_CRASH=1
command -v afl-fuzz > /dev/null && command -v afl-clang-fast > /dev/null ||
    { echo "no AFL++"; exit 77; }

# shellcheck disable=SC2046
afl-clang-fast -O1 -g -fsanitize=fuzzer -I"$WEFT_SOURCE/runtime/include" \
    -I"$WEFT_SOURCE/fuzz/include" "$WEFT_SOURCE/tests/fuzz/three_steps.c" \
    "$WEFT_BUILD/fuzz/libweft_fuzz_target.a" "$WEFT_BUILD/sim/libweft_sim.a" \
    $(pkg-config --libs libdw) -lm -o target > built 2>&1 || fail "$(cat built)"
mkdir seeds
printf 'GO\376\4\1' > seeds/schedule
afl-fuzz -s 1 -i seeds -o found -V 200 -- ./target > said 2>&1 || fail "$(tail -n 20 said)"
grep -q 'target_mode .*persistent' found/default/fuzzer_stats || fail "not in persistent mode"
crash=$(find found/default/crashes -name 'id*' | head -n 1)
[ -n "$crash" ] || fail "nothing found: $(cat found/default/fuzzer_stats)"
expect_status 134 "$WEFT_FUZZ_BIN/three_steps" "$crash"
expect_text "FOUND      assertion"
echo "$(sed -n 's/^execs_done *: //p' found/default/fuzzer_stats) executions"
