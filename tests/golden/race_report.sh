# race_report.sh: the exact text of the report of a data race, its replay, and that it is gone
# when the program is mended. Only the time, the token and the store are not compared.
. "$(dirname "$0")/support.bash"

program=$WEFT_GOLDEN_BIN/racy_publish
[ -x "$program" ] || { echo "no instrumented programs in this build"; exit 0; }
cp "$program" .

expect_status 1 ./racy_publish
printf '%s\n' "$output" |
    sed 's/[0-9.]* s$/TIME/; s/^  token      .*/  token      TOKEN/' |
    sed 's|stored .*/|stored     STORE/|' >actual
diff -u "$WEFT_SOURCE/tests/golden/racy_publish.txt" actual ||
    fail "the report has changed: if that is right, copy it to tests/golden/racy_publish.txt"

lines=$(printf '%s\n' "$output" | sed -n 's/^  replay     //p')
tokens=$(printf '%s\n' "$output" | sed -n 's/^  token      //p')
[ "$(wc -l <<<"$lines")" = 1 ] || fail "one race expected in: $output"
while read -r line; do
    expect_status 1 bash -c "$line"
    expect_text "FOUND      data-race, again"
    expect_text "$line"
    expect_status 0 bash -c "FIXED=1 $line"
    expect_text "the data-race is gone"
done <<<"$lines"

rm -rf store
while read -r token; do
    expect_status 1 env WEFT_REPLAY="$token" ./racy_publish
    expect_text "FOUND      data-race, again"
done <<<"$tokens"

expect_status 1 env WEFT_REPORT=json ./racy_publish
expect_text '"kind":"data-race"'
expect_text '"after":'
expect_status 0 env FIXED=1 ./racy_publish
expect_text "passed"
echo "a race, replayed and mended"
