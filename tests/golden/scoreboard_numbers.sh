# The scoreboard counts right: seeds that find nothing, an unexpected outcome, a time-out, and the
# comparison with what is published. The programs are made up.
. "$(dirname "$0")/support.bash"

program() # <name> <what it does>
{
    printf '#!/bin/sh\n%s\n' "$2" > "bugs.$1.buggy"
    chmod +x "bugs.$1.buggy"
}
program all "echo 'all  buggy  leak at 8  deadlock at 2  leak at 4  leak at 2'"
program half "
    echo 'half  buggy  clean in 10000  leak at 30  clean in 10000  leak at 10  WRONG'
    exit 1"
program odd "printf 'odd  buggy\n  not as expected: panic: x at 7\n    g  a at 3\n'; exit 1"
program slow "sleep 20"
printf '# comment\nall\tCS/all\t2\tx\nhalf\tCS/half\t1\tx\n' > published.tsv

SCOREBOARD_SEEDS=4 SCOREBOARD_SECONDS=1 sh "$WEFT_SOURCE/tests/bench/scoreboard.sh" \
    published.tsv . all half odd slow > said
tr '\t' '|' < said | diff - /dev/fd/3 3<< 'EXPECTED'
program|strategy|found/seeds|median|mean|p90|verdict
all|portfolio|4/4|3|4.0|8|leak,deadlock
half|portfolio|2/4|>10000|20.0|>10000|leak
odd|portfolio|0/4|>10000|-|>10000|WRONG panic
slow|portfolio|0/4|>10000|-|>10000|timeout
geometric mean|strategy|programs|schedules|published|ratio|missed
geometric mean|portfolio|1|4.00|2.00|2.00|1
EXPECTED
