# known.sh: a failure that the store holds is tried first: it is found again at once, and left alone
# when it is gone.
. "$(dirname "$0")/support.bash"

cp "$WEFT_SOURCE/tests/golden/accounts.c" accounts.c
build accounts.c transfer
expect_status 1 ./transfer
expect_text "FOUND      deadlock, schedule 1,"
hash=$(basename store/*.weft .weft)
cp "store/$hash.weft" stored

expect_status 1 ./transfer
expect_text "trying     transfer: the failures that $WEFT_STORE holds of it"
expect_text "FOUND      deadlock, known failure, with 1 forced switches and choices"
expect_text "lock account_a  accounts.c:29  waits"
expect_text "WEFT_REPLAY=$hash ./transfer"
cmp "store/$hash.weft" stored || fail "the stored schedule has changed"
expect_status 1 env WEFT_REPORT=json ./transfer
expect_text '"runs":0,'
expect_text "\"hash\":\"$hash\",\"token\":\"\",\"file\":\"$WEFT_STORE/$hash.weft\",\"known\":true"
expect_status 1 env WEFT_JOBS=2 ./transfer
expect_text "known failure"

# Not when told so, nor in a replay, nor for another program.
expect_status 1 env WEFT_STORE_FIRST=0 ./transfer
expect_text "FOUND      deadlock, schedule 1,"
expect_status 1 env WEFT_REPLAY="$hash" ./transfer
expect_text "FOUND      deadlock, again"
cp transfer another
expect_status 1 ./another
expect_text "FOUND      deadlock, schedule 1,"

# A damaged file is told, and does not stop the exploration.
cp stored "store/$hash.weft"
sed '$d' stored >store/0000000000000001.weft
expect_status 1 ./transfer
expect_text "store/0000000000000001.weft: its end does not match"
expect_text "known failure"
rm store/0000000000000001.weft

# Gone: explored as ever, and kept.
sed -i 's|account_b); /\* first|account_X); /* first|' accounts.c
sed -i 's|account_a); /\* second|account_b); /* second|' accounts.c
sed -i 's|account_X); /\* first|account_a); /* first|' accounts.c
build accounts.c transfer
expect_status 0 ./transfer
expect_text "passed     "
expect_text " behaviours of this input"
expect_status 0 env WEFT_STRATEGY=delays1 ./transfer
expect_text " schedules: all with at most 1 delay, "
expect_status 0 env WEFT_STRATEGY=preemptions2 WEFT_REPORT=json ./transfer
expect_text '"bounded":"preemptions","bound":2,'
cmp "store/$hash.weft" stored || fail "the stored schedule is gone"
echo "known: $hash"
