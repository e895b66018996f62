# layout.sh: the top level holds what DESIGN says and no more; a file name says which file is meant;
# nothing is left for later in a comment.
. "$(dirname "$0")/files.sh"

for entry in $(ls -A); do
    case $entry in
    CMakeLists.txt | CMakePresets.json | README.md | LICENSE) ;;
    runtime | sim | fuzz | tests | examples | docs) ;;
    .ci | .clusterfuzzlite | .editorconfig | .gitattributes | .gitignore) ;;
    .clang-format | .clang-tidy) ;;
    .git | .git-blame-ignore-revs | build | .cache | .weft) ;; # of tools
    *) fail "$entry: not in the list of the top level" ;;
    esac
done

# Names that may occur twice: what the two backends have each.
twins='^(CMakeLists\.txt|backend\.c|run\.h)$'
report "$(list_files | grep -v '^tests/tree/outside/' | sed 's|.*/||' | sort | uniq -d |
    grep -vE "$twins" | sed 's|$|: the name of two files|')"

report "$(list_files c h S sh cmake txt | grep -v '^tests/tree/' |
    xargs grep -nE '\b(TODO|FIXME|XXX)\b' | sed 's|$|   <- file an issue|')"

report "$(find $(ls) -name build -prune -o -type f -empty -print | sed 's|$|: empty|')"
finish
