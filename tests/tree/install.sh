# install.sh <cmake> <build directory> <C compiler>: Weft as others get it. Installed into a scratch
# prefix it is used by find_package, by pkg-config and by add_subdirectory, with each backend; both
# backends in one program are refused, by words that name the reason.
set -eu
cmake=$1 build=$2 cc=$3
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
export WEFT_STORE="$scratch/store" WEFT_SCHEDULES=100 CC="$cc"

quietly() # <command>...: its output only if it fails
{
    "$@" > "$scratch/said" 2>&1 || { echo "failed: $*"; cat "$scratch/said"; exit 1; }
}

refused() # <words> <command>...
{
    words=$1
    shift
    ! "$@" > "$scratch/said" 2>&1 || { echo "not refused: $*"; exit 1; }
    tr '\n' ' ' < "$scratch/said" | tr -s ' ' | grep -qF -- "$words" ||
        { echo "refused without \"$words\": $*"; cat "$scratch/said"; exit 1; }
}

greets() # <program>
{
    "$1" > "$scratch/said" 2>&1 && grep -q '^greeted' "$scratch/said" ||
        { echo "$1:"; cat "$scratch/said"; exit 1; }
}

quietly "$cmake" --install "$build" --prefix "$prefix"

# ---- find_package ----
outside="$cmake -G Ninja -S $here/outside"
package="-DCMAKE_PREFIX_PATH=$prefix -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF"
quietly $outside -B "$scratch/package" $package
quietly "$cmake" --build "$scratch/package"
greets "$scratch/package/greet"
greets "$scratch/package/greet_sim"
quietly "$scratch/package/greet_fuzz" "$here/outside/greet.c"
quietly "$prefix/bin/weft" --version
quietly "$scratch/package/greet_test_runtime"
quietly "$scratch/package/greet_test_sim"
disagree='The INTERFACE_WEFT_BACKEND property of "weft::sim" does not agree with the value of'
refused "$disagree" $outside -B "$scratch/package_both" $package -DBOTH=ON
echo "find_package: fine"

# ---- pkg-config ----
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name weft-runtime.pc)")
export PKG_CONFIG_PATH
for backend in runtime sim; do
    quietly "$cc" -g "$here/outside/greet.c" -o "$scratch/greet_$backend" \
        $(pkg-config --cflags --libs weft-$backend)
    greets "$scratch/greet_$backend"
    quietly "$cc" -g "$here/outside/greet_test.c" -o "$scratch/test_$backend" \
        $(pkg-config --cflags --libs weft-cmocka weft-$backend)
    quietly "$scratch/test_$backend"
done
quietly "$cc" -g "$here/outside/greet_fuzz.c" -o "$scratch/greet_fuzz" \
    -lweft_fuzz_replay $(pkg-config --cflags --libs weft-fuzz)
quietly "$scratch/greet_fuzz" "$here/outside/greet.c"
both="$(pkg-config --cflags --libs weft-runtime) $(pkg-config --libs weft-sim)"
refused 'multiple definition of `weft__backend_tag_ONE_BACKEND_ONLY' \
    "$cc" "$here/outside/greet.c" -o "$scratch/both" $both
echo "pkg-config: fine"

# ---- add_subdirectory ----
source="-DWEFT_SUBDIRECTORY=$(cd "$here/../.." && pwd)"
quietly $outside -B "$scratch/source" "$source"
quietly "$cmake" --build "$scratch/source"
greets "$scratch/source/greet"
greets "$scratch/source/greet_sim"
quietly "$scratch/source/greet_fuzz" "$here/outside/greet.c"
refused 'The INTERFACE_WEFT_BACKEND property of "weft_sim" does not agree with the value of' \
    $outside -B "$scratch/source_both" "$source" -DBOTH=ON
echo "add_subdirectory: fine"
