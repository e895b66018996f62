# planted.sh <folder of the lints>: the lints find what they are for. Each is run on a small tree
# with one offence and must name it, and on the tree without it and must be content.
lints=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

clean_tree()
{
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree/runtime/core" "$scratch/tree/runtime/sched" "$scratch/tree/sim" \
        "$scratch/tree/tests/tree"
    cd "$scratch/tree" || exit 2
    cp "$lints/../../.clang-format" .
    printf '# none\n' > tests/tree/long_functions.txt
    printf 'int weft__a(void);\n' > runtime/core/a.h
    printf '#include "a.h"\n\nint weft__a(void)\n{\n    return 0; /* rand() */\n}\n' \
        > runtime/core/a.c
    printf 'int weft__b(void);\n' > runtime/sched/b.h
    printf 'int weft__c(void);\n' > sim/c.h
}

# <lint> <words of the finding>
expect()
{
    if sh "$lints/$1.sh" "$scratch/tree" > "$scratch/said" 2>&1; then
        echo "$1 did not find \"$2\""
        status=1
    elif ! grep -qF "$2" "$scratch/said"; then
        echo "$1 did not say \"$2\" but:"
        cat "$scratch/said"
        status=1
    fi
    clean_tree
}

clean_tree
for lint in layout includes banned_words lengths format headers; do
    sh "$lints/$lint.sh" "$scratch/tree" > "$scratch/said" 2>&1 ||
        { echo "$lint is not content with the clean tree:"; cat "$scratch/said"; status=1; }
done

mkdir old
expect layout 'old: not in the list'
printf '/* TO''DO */\n' >> runtime/core/a.c
expect layout 'file an issue'
cp runtime/core/a.h sim/a.h
expect layout 'a.h: the name of two files'
: > sim/d.c
expect layout 'sim/d.c: empty'

printf '#include "../sched/b.h"\n' >> runtime/core/a.c
expect includes 'runtime/core/ must not know runtime/sched/b.h'
printf '#include <b.h>\n' >> sim/c.h
expect includes 'sim/ must not know runtime/sched/b.h'
printf '#include "../../sim/c.h"\n' >> runtime/sched/b.h
expect includes 'runtime/sched/ must not know sim/c.h'

printf 'int x = rand();\n' >> runtime/core/a.c
expect banned_words 'runtime/core/a.c:7:int x = rand();'
printf '#if WEFT_SIM\n#endif\n' >> runtime/core/a.c
expect banned_words 'depends on the backend'

printf '/* %0101d */\n' 0 >> runtime/core/a.c
expect lengths 'runtime/core/a.c:7: 107 columns'
{ printf 'int f(void)\n{\n'; seq -f '    g(%.0f);' 68; printf '}\n'; } >> sim/f.c
expect lengths 'f has 71 lines, more than 70'
{ printf 'int f(void)\n{\n'; seq -f '    g(%.0f);' 70; printf '}\n'; } >> sim/f.c
printf 'sim/f.c f 72\n' >> tests/tree/long_functions.txt
expect lengths 'f has grown to 73 lines'
printf 'sim/f.c f 72\n' >> tests/tree/long_functions.txt
expect lengths 'no longer'

printf 'int  two ;\n' >> sim/c.h
expect format 'sim/c.h: 2 places'
printf 'int weft__d(size_t size);\n' >> sim/c.h
expect headers 'sim/c.h: not by gcc'
exit $status
