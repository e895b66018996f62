# shrinking.awk: from lines <program> <found> <shrunk> <replays> <nanoseconds>, and one that says
# "end" after each program, to medians. See shrinking.sh.

# Add a value to a sorted list: values[list, 1..count[list]].
function insert(list, value,    i)
{
    for (i = ++count[list]; i > 1 && values[list, i - 1] > value; i--) {
        values[list, i] = values[list, i - 1]
    }
    values[list, i] = value
}

function at(list, share)
{
    return count[list] == 0 ? "-" : values[list, int(share * (count[list] - 1)) + 1]
}

function median(list)
{
    return count[list] == 0 ? "-" : (at(list, 0.5) + values[list, int(count[list] / 2) + 1]) / 2
}

function print_line(name, scope)
{
    print name, count[scope "found"] + 0, median(scope "found"), median(scope "shrunk"),
        at(scope "shrunk", 1), median(scope "replays"), median(scope "ms")
    fflush()
}

BEGIN {
    OFS = "\t"
    print "program", "findings", "found", "shrunk", "most", "replays", "ms"
}

$2 == "end" {
    print_line($1, "one ")
    for (list in count) {
        if (list ~ /^one /) { delete count[list] }
    }
    next
}

{
    for (i = 1; i <= 2; i++) {
        scope = i == 1 ? "one " : "all "
        insert(scope "found", $2)
        insert(scope "shrunk", $3)
        insert(scope "replays", $4)
        insert(scope "ms", $5 / 1e6)
    }
    sum += $3
}

END {
    print_line("all", "all ")
    print "mean shrunk", count["all shrunk"] == 0 ? "-" : sum / count["all shrunk"]
}
