# includes.sh: arrows go down only. Every #include that names a file of ours is looked up and must
# lead to a floor that the including floor may know.
. "$(dirname "$0")/files.sh"

# floor of a path: the longest of these prefixes; what it may include besides itself
floors='
runtime/include/    :
runtime/core/       : runtime/include/
runtime/io/         : runtime/core/ runtime/include/
runtime/sched/      : runtime/io/ runtime/core/ runtime/include/
runtime/cmocka/     : runtime/core/ runtime/include/
sim/include/        : runtime/include/
sim/                : sim/include/ runtime/io/ runtime/core/ runtime/include/
fuzz/include/       : runtime/include/
fuzz/               : fuzz/include/ sim/ sim/include/ runtime/core/ runtime/include/
examples/           : runtime/include/ sim/include/
tests/              : runtime/include/ sim/include/ fuzz/include/
tests/runtime/      : runtime/include/ runtime/core/
tests/unit/         : runtime/include/ runtime/core/ runtime/io/ runtime/sched/
tests/unit/sim/     : runtime/include/ runtime/core/ sim/ sim/include/
tests/stress/       : runtime/include/ runtime/core/ runtime/sched/ sim/ sim/include/
tests/fuzz/         : runtime/include/ runtime/core/ sim/ sim/include/ fuzz/ fuzz/include/
tests/stepped/      : runtime/include/ runtime/core/ runtime/sched/ sim/include/
'

report "$({
    echo "$floors" | sed -n 's/^\([a-z]\)/floor \1/p'
    list_files c h S | sed 's/^/file /'
    list_files c h S | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' |
        sed 's/^\([^:]*\):\([0-9]*\):[^<"]*[<"]\([^>"]*\)[>"].*/include \1 \2 \3/'
} | awk '
function normal(path)
{
    while (sub(/[^\/]+\/\.\.\//, "", path)) { }
    gsub(/\/\.\//, "/", path)
    return path
}
function floor_of(path,    prefix, best)
{
    best = ""
    for (prefix in allowed) {
        if (index(path, prefix) == 1 && length(prefix) > length(best)) { best = prefix }
    }
    return best
}
# The first place where the name is found, those that `from` may know before the others.
function resolve(from, name,    dir, i, found)
{
    dir = from
    sub(/[^\/]*$/, "", dir)
    if (normal(dir name) in exists) { return normal(dir name) }
    found = ""
    for (i = 1; i <= root_count; i++) {
        if (!(normal(roots[i] name) in exists)) { continue }
        if (index(allowed[floor_of(from)], " " roots[i] " ")) { return normal(roots[i] name) }
        if (found == "") { found = normal(roots[i] name) }
    }
    return found
}
BEGIN {
    root_count = split("runtime/include/ sim/include/ fuzz/include/ runtime/core/ runtime/ " \
                       "runtime/sched/ sim/ ", roots, " ")
}
$1 == "floor" { allowed[$2] = " " $2; for (i = 4; i <= NF; i++) { allowed[$2] = allowed[$2] " " $i }
                allowed[$2] = allowed[$2] " " }
$1 == "file" { exists[$2] = 1 }
$1 == "include" {
    to = resolve($2, $4)
    if (to == "") { next }
    if (index(allowed[floor_of($2)], " " floor_of(to) " ") == 0 &&
        !(floor_of($2) ~ /^tests/ && floor_of(to) ~ /^tests/)) {
        print $2 ":" $3 ": " floor_of($2) " must not know " to
    }
}')"
finish
