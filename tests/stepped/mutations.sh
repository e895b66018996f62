# mutations.sh <source> <build> <libweft_instrument.a> <libweft_sim.a> all|marked|<name>...:
# apply each mutation of mutations.tsv to a copy of runtime/, build its test and see it fail.
#
# <build>/recipes.txt has the sources of each test, <build>/flags.txt the compiler's flags. What
# does not depend on the file that is mutated is compiled once.
source=$1 build=$2 instrument=$3 sim=$4
shift 4
here=$source/tests/stepped
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export WEFT_STORE=$scratch/store
flags=$(sed 's/SHELL://g' "$build/flags.txt")
includes="-Iruntime -Iruntime/include -Itests/stepped -Itests/stepped/support -Isim/include"

mkdir -p "$scratch/tree/tests" "$scratch/tree/sim"
cp -r "$source/runtime" "$scratch/tree/"
cp -r "$here" "$scratch/tree/tests/"
cp -r "$source/sim/include" "$scratch/tree/sim/"
cd "$scratch/tree" || exit 2

# <folder> <more flags> <source>...: compile each that is not there yet.
compile()
{
    local into=$1 more=$2
    shift 2
    mkdir -p "$into"
    for file in "$@"; do
        [ -f "$into/$(basename "$file").o" ] || echo "$file"
    done | xargs -P 2 -I{} sh -c \
        "$CC $flags $includes $more -w -MMD -c {} -o $into/\$(basename {}).o" || return 1
}

# The sources of a test, below the tree.
sources_of()
{
    echo "tests/stepped/$1_test.c" tests/stepped/support/backend.c runtime/sched/timing.c \
        runtime/sched/timer_heap.c
    ls runtime/core/*.c | grep -vE '/(stack|guard)\.c$'
    sed -n "s|^$1 ||p" "$build/recipes.txt" | tr ' ' '\n' | grep '\.c$' |
        sed "s|^$source/||; s|^support/|tests/stepped/support/|"
}

# <test> <file>: with the file mutated already, in a test of this $variant and $memory. Says what
# became of it.
judge()
{
    local test=$1 file=$2 stale= fresh=
    rm -rf "$scratch/mutant"
    for one in $(sources_of "$test"); do
        if [ "$one" = "$file" ] || grep -qF "$file" "$scratch/$variant/$(basename "$one").d"; then
            stale="$stale $one"
        else
            fresh="$fresh $scratch/$variant/$(basename "$one").o"
        fi
    done
    compile "$scratch/mutant" "$more" $stale || { echo "does not compile"; return 1; }
    sh tests/stepped/support/inner.sh "$OBJCOPY" "$NM" "$LD" "$scratch/inner.o" $fresh \
        "$scratch"/mutant/*.o || return 1
    $CC "$scratch/inner.o" "$scratch/outer.o" "$instrument" "$sim" -lcmocka -ldw -lelf -lm \
        -Wl,-u,__assert_fail -o "$scratch/mutant/program" || return 1
    timeout 100 env $memory "$scratch/mutant/program" > "$scratch/said" 2>&1 &&
        { echo "survived"; return 1; }
    grep -m1 -oE ': [a-z-]+ in run [0-9]+' "$scratch/said" ||
        { echo "failed without a finding"; cat "$scratch/said"; return 1; }
}

$CC -std=gnu11 -D_GNU_SOURCE -O1 -Wno-all $includes -c tests/stepped/support/outer.c \
    -o "$scratch/outer.o" || exit 2
status=0
count=0
while IFS=$'\t' read -r name mark test file edit; do
    case $name in '' | '#'*) continue ;; esac
    case " $* " in
    *" all "* | *" $name "*) ;;
    *) { [ "$1" = marked ] && [ "$mark" = x ]; } || continue ;;
    esac
    variant=plain more= memory=
    [ "$mark" != c11 ] || memory="WEFT_MEMORY=c11 STEPPED_SCENARIOS=3"
    if grep -q "^$test TRUE" "$build/recipes.txt"; then
        variant=trusted more="-include tests/stepped/support/trusted_locks.h"
    fi
    compile "$scratch/$variant" "$more" $(sources_of "$test") || exit 2
    sed -i -zE "$edit" "$file"
    if cmp -s "$file" "$source/$file"; then
        echo "$name: changes nothing"
        status=1
        continue
    fi
    said=$(judge "$test" "$file") || status=1
    echo "$name: ${said#: }"
    count=$((count + 1))
    cp "$source/$file" "$file"
done < "$here/mutations.tsv"
echo "$count mutations"
exit $status
