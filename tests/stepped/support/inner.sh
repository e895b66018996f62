# inner.sh <objcopy> <nm> <ld> <out.o> <in.o>...: the objects of the inner world as one, in which no
# name is one of the outer world's (outer.h): weft_... becomes inner_weft_..., and what the inner
# world would ask the kernel or the C library is asked of outer.c.
set -e
objcopy=$1 nm=$2 ld=$3 out=$4
shift 4
"$ld" -r -o "$out.all" "$@"
{
    "$nm" "$out.all" | sed -n 's/.* \(weft_[A-Za-z0-9_]*\)$/\1 inner_\1/p' | sort -u
    for name in clock_gettime syscall pause pthread_create pthread_join pthread_detach \
        pthread_self; do
        echo "$name outer_$name"
    done
    echo __tsan_atomic32_store outer_atomic32_store
    echo __tsan_atomic_signal_fence outer_signal_fence
    echo __tsan_switch_to_fiber outer_switch_to_fiber
} > "$out.names"
"$objcopy" --redefine-syms="$out.names" "$out.all" "$out"
rm -f "$out.all"
