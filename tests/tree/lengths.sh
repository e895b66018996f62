# lengths.sh: lines of at most 100 columns, functions of at most 70 lines (a test's main, which
# lists the tests, aside). Longer functions are listed in long_functions.txt with their length,
# which may only shrink.
. "$(dirname "$0")/files.sh"
listed=tests/tree/long_functions.txt

report "$(list_files c h S sh txt cmake in awk sed json | grep -v '^tests/golden/.*\.txt$' |
    xargs awk '
{
    line = $0
    gsub(/[\200-\277]/, "", line) # continuation bytes of UTF-8
    if (length(line) > 100) { print FILENAME ":" FNR ": " length(line) " columns" }
}')"

report "$(list_files c h | xargs awk '
FNR == 1 { start = 0 }
/^[a-zA-Z_].*\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); first = FNR }
/^\{/ { start = FILENAME ~ /^tests\// && name == "main" ? 0 : first }
/^\}/ && start { if (FNR - start + 1 > 70) { print FILENAME, name, FNR - start + 1 } start = 0 }
' | awk -v listed="$listed" '
BEGIN {
    while ((getline line < listed) > 0) {
        if (line !~ /^#/ && split(line, part, " ") == 3) { limit[part[1] " " part[2]] = part[3] }
    }
}
{
    key = $1 " " $2
    if (!(key in limit)) { print $1 ": " $2 " has " $3 " lines, more than 70" }
    else if ($3 > limit[key]) { print $1 ": " $2 " has grown to " $3 " lines from " limit[key] }
    else if ($3 < limit[key]) { print $1 ": " $2 " has shrunk to " $3 " lines: say so in " listed }
    delete limit[key]
}
END {
    for (key in limit) { print key ": no longer longer than 70 lines: take it off " listed }
}')"
finish
