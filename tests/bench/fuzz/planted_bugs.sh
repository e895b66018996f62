# planted_bugs.sh <build directory> <seeds> <executions> <seconds> [<bug>...]: executions until each
# planted bug is found, by seed, "-" where it is not within either limit; four ways of searching:
#
#   guided       weft::fuzz: libFuzzer, the target's edges and the order of operations
#   edges        libFuzzer, the target's edges only and its own mutators
#   blind        random inputs and schedules, in the same encoding
#   portfolio    the simulator's strategies, each run with a random input
#
# WAYS="guided edges" searches in these only. Needs clang with libFuzzer; the libraries are those of
# the build.
set -eu
build=$(realpath "$1") seeds=$2 executions=$3 seconds=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../../..
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags="-std=gnu11 -O2 -g -fno-omit-frame-pointer -I$source/runtime/include -I$source/sim/include
    -I$source/fuzz/include"
fuzz=$build/fuzz/libweft_fuzz_target.a
sim="$build/sim/libweft_sim.a $(pkg-config --libs libdw) -lm -Wl,-u,__assert_fail"
objcopy --rename-section __libfuzzer_extra_counters=weft_unused \
    --redefine-sym LLVMFuzzerCustomMutator=weft_unused_mutator \
    --redefine-sym LLVMFuzzerCustomCrossOver=weft_unused_crossover "$fuzz" "$scratch/edges.a"
cd "$scratch"

search() # <way> <command>...: one number
{
    WEFT_STORE=$scratch/store timeout $((seconds + 30)) "$@" > said 2>&1 || true
    sed -n 's/.*FOUND .* execution \([0-9]*\),.*/\1/p' said | head -n 1 | grep . || echo -
}

for bug in ${*:-$(cd "$here/planted" && ls ./*.c | sed 's|\./||; s|\.c$||')}; do
    c=$here/planted/$bug.c
    # shellcheck disable=SC2086
    {
        clang $flags -fsanitize=fuzzer "$c" "$fuzz" $sim -o guided
        clang $flags -fsanitize=fuzzer "$c" edges.a $sim -o edges
        clang $flags "$c" "$here/blind_main.c" "$fuzz" $sim -o blind
        clang $flags -include "$here/portfolio_main.h" "$c" $sim -o portfolio
    }
    for way in ${WAYS:-guided edges blind portfolio}; do
        line="$bug	$way"
        for seed in $(seq "$seeds"); do
            case $way in
            guided | edges)
                found=$(search "./$way" -seed="$seed" -runs="$executions" -max_len=64 \
                    -max_total_time="$seconds") ;;
            blind) found=$(search timeout "$seconds" ./blind "$seed" "$executions") ;;
            *) found=$(search ./portfolio "$seed" "$executions" "$seconds") ;;
            esac
            line="$line	$found"
        done
        echo "$line"
    done
done
