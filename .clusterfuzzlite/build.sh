#!/bin/bash
# build.sh: the fuzz targets as ClusterFuzzLite and OSS-Fuzz build them, with $CC, $CXX, $CFLAGS,
# $CXXFLAGS, $LIB_FUZZING_ENGINE, $SRC, $WORK and $OUT. Makes, for each fuzz/targets/<name>_fuzz.c:
#
#   $OUT/<name>_fuzz                  the target, with libdw and what that needs in $OUT/lib
#   $OUT/<name>_fuzz_seed_corpus.zip  fuzz/corpus/<name>
#   $OUT/<name>_fuzz.dict, .options   fuzz/targets/<name>_fuzz.dict and .options, where there are
#
# The simulator and the runtime's core are not instrumented: their edges are not the program's.
set -eu
source=$SRC/weft
build=$WORK/weft

# What the sanitizers ask for, without the coverage.
library_flags=
for flag in $CFLAGS; do
    case $flag in
    -fsanitize=fuzzer-no-link | -fsanitize-coverage=*) ;;
    *) library_flags="$library_flags ${flag/,fuzzer-no-link/}" ;;
    esac
done
CFLAGS=$library_flags cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_C_COMPILER="$CC" -DWEFT_INSTALL=OFF -DWEFT_TESTS=OFF
ninja -C "$build" weft_fuzz_target weft_sim

# compile SOURCE FLAG...: an object in the folder $objects.
compile()
{
    # shellcheck disable=SC2086
    $CC $CFLAGS -std=gnu11 -D_GNU_SOURCE -I"$source/runtime/include" -I"$source/sim/include" \
        -I"$source/fuzz/include" "${@:2}" -c "$1" -o "$objects/$(basename "$1" .c).o"
}

rm -rf "$OUT/lib"
mkdir -p "$OUT/lib"
for c in "$source"/fuzz/targets/*_fuzz.c; do
    target=$(basename "$c" .c)
    name=${target%_fuzz}
    objects=$WORK/$target.o
    rm -rf "$objects"
    mkdir -p "$objects"
    sources=("$c") flags=() libraries=()
    if [ -f "$source/fuzz/targets/$target.needs" ]; then
        while read -r kind which; do
            case $kind in
            source) sources+=("$source/$which") ;;
            include) flags+=("-I$source/$which") ;;
            library) libraries+=("-l$which") ;;
            esac
        done < "$source/fuzz/targets/$target.needs"
    fi
    for part in "${sources[@]}"; do
        compile "$part" "${flags[@]}"
    done
    # shellcheck disable=SC2086
    $CXX ${CXXFLAGS:-$CFLAGS} "$objects"/*.o $LIB_FUZZING_ENGINE \
        "$build/fuzz/libweft_fuzz_target.a" "$build/sim/libweft_sim.a" "${libraries[@]}" \
        $(pkg-config --libs libdw) -lm '-Wl,-rpath,$ORIGIN/lib,--disable-new-dtags' \
        -o "$OUT/$target"
    if [ -d "$source/fuzz/corpus/$name" ]; then
        rm -f "$OUT/${target}_seed_corpus.zip"
        zip -q -j "$OUT/${target}_seed_corpus.zip" "$source/fuzz/corpus/$name"/*
    fi
    for ending in dict options; do
        if [ -f "$source/fuzz/targets/$target.$ending" ]; then
            cp "$source/fuzz/targets/$target.$ending" "$OUT"
        fi
    done
done

# Where the targets run there is only what lies in $OUT.
for target in "$OUT"/*_fuzz; do
    ldd "$target" | awk '$3 ~ /^\// { print $3 }'
done | sort -u | grep -vE '/(libc|libm|ld-linux[^/]*|libpthread|libgcc_s|libstdc\+\+)\.so' |
    xargs -r cp -t "$OUT/lib"
