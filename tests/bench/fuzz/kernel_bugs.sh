# kernel_bugs.sh <kernels_buggy_fuzz> <seeds> <executions> [<kernel>...]: executions until libFuzzer
# with weft::fuzz finds the bug of each kernel of tests/bugs/goker, its counts free, by seed; "-"
# where it does not. Left out are those whose first outcome is a data race, which only an
# instrumented program shows. Needs clang with libFuzzer.
set -eu
program=$(realpath "$1") seeds=$2 executions=$3
shift 3
kernels=$(cd "$(dirname "$0")/../../bugs/goker" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

for kernel in ${*:-$(cd "$kernels" && ls ./*.c | sed 's|\./||; s|\.c$||')}; do
    grep -q '^BUG_MAIN(kernel, RACE(' "$kernels/$kernel.c" && continue
    line=$kernel
    for seed in $(seq "$seeds"); do
        BUG_KERNEL=$kernel WEFT_STORE=$scratch/store "$program" -seed="$seed" -max_len=64 \
            -runs="$executions" > said 2>&1 || true
        found=$(sed -n 's/.*FOUND *\(.*\), execution \([0-9]*\),.*/\2 \1/p' said | head -n 1)
        line="$line	${found:--}"
    done
    echo "$line"
done
