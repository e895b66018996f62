# scoreboard.awk: from what the programs of tests/bugs print to the lines of the scoreboard. See
# scoreboard.sh.

# The value at this rank of all seeds, of found[1..found_count] in order.
function at_rank(rank)
{
    return rank <= found_count ? found[rank] : ">" limit
}

function median(    low, high)
{
    low = at_rank(int((seeds + 1) / 2))
    high = at_rank(int(seeds / 2) + 1)
    return high ~ /^>/ ? high : (low + high) / 2
}

function insert(value,    i)
{
    for (i = ++found_count; i > 1 && found[i - 1] > value; i--) { found[i] = found[i - 1] }
    found[i] = value
    sum += value
}

function note(verdict)
{
    if (index(verdicts ",", verdict ",") == 0) {
        verdicts = verdicts (verdicts == "" ? "" : ",") verdict
    }
}

function print_line(    mean)
{
    mean = found_count == 0 ? "-" : sprintf("%.1f", sum / found_count)
    print program, strategy, found_count "/" seeds, median(), mean,
        at_rank(int((9 * seeds + 9) / 10)), verdicts == "" ? "missed" : verdicts
    fflush()
}

function add_to_total()
{
    if (!(program in best)) { return }
    if (found_count < seeds) { missed[strategy]++; return }
    counted[strategy]++
    ours[strategy] += log(sum / found_count)
    theirs[strategy] += log(best[program])
}

BEGIN {
    OFS = FS = "\t"
    while ((getline < published) > 0) {
        if ($1 !~ /^#/) { best[$1] = $3 }
    }
    FS = " "
    print "program", "strategy", "found/seeds", "median", "mean", "p90", "verdict"
}

$1 == "program" {
    program = $2
    strategy = $3
    found_count = sum = 0
    verdicts = ""
    if (!(strategy in missed)) {
        missed[strategy] = counted[strategy] = 0
        order[++count] = strategy
    }
    next
}

$1 == "status" {
    if ($2 == 124) { note("timeout") }
    else if ($2 > 1) { note("died of " $2) }
    print_line()
    add_to_total()
    next
}

/^  not as expected: / { sub(/:$/, "", $4); note("WRONG " $4); next }
/^    / || /^  WEFT_REPLAY=/ { next }

{
    for (i = 2; i < NF; i++) {
        if ($i == "at" && $(i + 1) ~ /^[0-9]+$/) {
            note($(i - 1))
            insert($(i + 1) + 0)
        }
    }
}

END {
    print "geometric mean", "strategy", "programs", "schedules", "published", "ratio", "missed"
    for (i = 1; i <= count; i++) {
        strategy = order[i]
        if (counted[strategy] + missed[strategy] == 0) { continue }
        if (counted[strategy] == 0) {
            print "geometric mean", strategy, 0, "-", "-", "-", missed[strategy]
            continue
        }
        mean = exp(ours[strategy] / counted[strategy])
        other = exp(theirs[strategy] / counted[strategy])
        print "geometric mean", strategy, counted[strategy], sprintf("%.2f", mean),
            sprintf("%.2f", other), sprintf("%.2f", mean / other), missed[strategy]
    }
}
