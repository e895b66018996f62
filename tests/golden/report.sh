# report.sh: the exact text of a failure report; only the time and the token are not compared.
. "$(dirname "$0")/support.bash"

cp "$WEFT_SOURCE/tests/golden/accounts.c" accounts.c
build accounts.c transfer
expect_status 1 ./transfer
printf '%s\n' "$output" |
    sed 's/[0-9.]* s$/TIME/; s/^  token      .*/  token      TOKEN/' |
    sed 's|stored .*/|stored     STORE/|' >actual
diff -u "$WEFT_SOURCE/tests/golden/report.txt" actual ||
    fail "the report has changed: if that is right, copy it to tests/golden/report.txt"
