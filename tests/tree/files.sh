# files.sh: sourced by the lints: `list_files <extension>...` prints the project's files below $1 of
# the script, without what is built or kept by tools. fail() and finish() make the exit status.
root=${1:?usage: $0 <source directory>}
lints=$(cd "$(dirname "$0")" && pwd)
cd "$root" || exit 2
failures=0

list_files()
{
    find . \( -path ./.git -o -path ./build -o -path ./.cache -o -name .weft \) -prune \
        -o -type f -print | sed 's|^\./||' |
        case $# in
        0) sort ;;
        *) pattern=$(printf '|%s' "$@"); grep -E "\\.(${pattern#|})\$" | sort ;;
        esac
}

fail()
{
    echo "$*"
    failures=$((failures + 1))
}

# $1: findings, one a line, of a filter that ran in a pipe.
report()
{
    if [ -n "$1" ]; then
        echo "$1"
        failures=$((failures + $(echo "$1" | wc -l)))
    fi
}

finish()
{
    echo "$failures findings"
    [ "$failures" -eq 0 ]
}
