# headers.sh: every header can be included alone, and twice; the public ones by C11 of two compilers
# and, as far as they are meant for it, by C++17.
. "$(dirname "$0")/files.sh"
strict='-fsyntax-only -Wall -Wextra -Wpedantic -Werror'
public='-Iruntime/include -Isim/include -Ifuzz/include'
private="$public -Iruntime -Iruntime/core -Isim -D_GNU_SOURCE"

check() # <header> <compiler and flags>
{
    header=$1
    shift
    printf '#include "%s"\n#include "%s"\nextern int unused;\n' "$header" "$header" |
        "$@" - || fail "$header: not by $*"
}

for header in $(list_files h); do
    case $header in
    tests/*) ;; # made for the sources beside them
    */include/*)
        name=${header#*/include/}
        for compiler in gcc clang; do
            check "$name" $compiler -std=c11 $strict $public -x c
        done
        case $name in
        weft/cmocka.h | weft/typed.h) ;; # for C only, as they say
        *) check "$name" g++ -std=c++17 $strict $public -x c++ ;;
        esac
        ;;
    *) check "$header" gcc -std=gnu11 $strict $private -I"$(dirname "$header")" -I. -x c ;;
    esac
done
finish
