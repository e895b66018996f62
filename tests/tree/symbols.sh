# symbols.sh <nm> <libweft_runtime.a> <libweft_sim.a> <glue object> <libweft_fuzz_target.a>
# <core object>...
# What is visible to a program starts with weft_; the core asks libc for no thread, clock, chance or
# setting.
nm=$1 runtime=$2 sim=$3 glue=$4 fuzz=$5
shift 5
status=0

visible() # <file> <also allowed>
{
    found=$("$nm" -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort -u)
    [ -n "$found" ] || { echo "$1: no symbols"; status=1; }
    bad=$(echo "$found" | grep -vE "^(weft_[a-z0-9_A-Z]*$2)\$")
    [ -z "$bad" ] || { echo "$1 defines" $bad; status=1; }
    echo "$1: $(echo "$found" | wc -l) symbols"
}

visible "$runtime" ''
visible "$sim" '|__assert_fail'
visible "$fuzz" '|LLVMFuzzerCustom(Mutator|CrossOver)'
visible "$glue" '|_fail|_skip|cm_print_error|__longjmp_chk'

banned='rand|random|getrandom|arc4random.*|time|clock.*|gettimeofday|pthread_.*|thrd_.*|mtx_.*'
banned="$banned|getenv|secure_getenv|.*sleep|signal|sigaction|fork"
called=$("$nm" -u "$@") || exit 2
bad=$(echo "$called" | awk '{ print $2 }' | sort -u | grep -E "^($banned)\$")
[ -z "$bad" ] || { echo "the core calls" $bad; status=1; }
exit $status
