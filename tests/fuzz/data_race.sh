# data_race.sh: a fuzz target that is instrumented as well finds a data race by its input, and with
# clang libFuzzer finds the input. One that is not, when told to, finds those of announced accesses.
. "$(dirname "$0")/../golden/support.bash"

target=$WEFT_FUZZ_BIN/racy_input
printf 'RAD' > sound
printf 'RAC' > racy
printf 'RAD\376\2\0' > other_order

expect_status 0 "$target" sound other_order
end=134
if grep -q LLVMFuzzer <<< "$output"; then
    end=77 # libFuzzer's own status
    expect_status $end "$target" -seed=1 -runs=10000000 -artifact_prefix=found-
    expect_text "FOUND      data-race"
    expect_text "in found_data_race"
    cp found-crash-* racy
fi
expect_status $end "$target" racy
expect_text "FOUND      data-race, execution"
expect_text "write of 4 bytes by main"
hash=$(sed -n 's/^  replay     WEFT_REPLAY=\([0-9a-f]*\) .*/\1/p' <<< "$output")
expect_status 1 env WEFT_REPLAY="$hash" "$target"
expect_text "FOUND      data-race, again"

announced=$WEFT_FUZZ_BIN/announced_input
expect_status 0 "$announced" racy
expect_status $end env WEFT_RACES=find "$announced" racy
expect_text "FOUND      data-race, execution"
expect_status 0 env WEFT_RACES=find "$announced" sound
