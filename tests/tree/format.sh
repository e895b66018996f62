# format.sh: clang-format has nothing to change. Left out: headers that are aligned by hand.
. "$(dirname "$0")/files.sh"
by_hand='^(runtime/include/weft\.h)$'

report "$(list_files c h | grep -vE "$by_hand" | xargs clang-format --dry-run 2>&1 |
    grep -E 'warning|error' | cut -d: -f1 | uniq -c |
    awk '{ print $2 ": " $1 " places; run clang-format -i " $2 }')"
finish
