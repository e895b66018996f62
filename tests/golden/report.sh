# report.sh: the exact text of failure reports, of a deadlock and of a failed assertion; only the
# time and the token are not compared.
. "$(dirname "$0")/support.bash"

# check <source> <program> <expected>
check() {
    cp "$WEFT_SOURCE/tests/golden/$1" "$1"
    build "$1" "$2"
    expect_status 1 "./$2"
    printf '%s\n' "$output" |
        sed 's/[0-9.]* s$/TIME/; s/^  token      .*/  token      TOKEN/' |
        sed 's|stored .*/|stored     STORE/|' >actual
    diff -u "$WEFT_SOURCE/tests/golden/$3" actual ||
        fail "the report has changed: if that is right, copy it to tests/golden/$3"
}

check accounts.c transfer report.txt
check refill.c refill refill.txt
