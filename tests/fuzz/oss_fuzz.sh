# oss_fuzz.sh: .clusterfuzzlite/build.sh, in an environment as ClusterFuzzLite and OSS-Fuzz make it,
# with ASan: each target is there with what belongs to it, needs no library from elsewhere but
# libc's and the compiler's, and runs its seed corpus; what two machines found is merged.
. "$(dirname "$0")/../golden/support.bash"

export CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer SRC=$work/src WORK=$work/work \
    OUT=$work/out
export CFLAGS='-O1 -fno-omit-frame-pointer -gline-tables-only -fsanitize=address
    -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link'
export CXXFLAGS=$CFLAGS
for tool in zip unzip clang++; do
    command -v "$tool" > /dev/null || { echo "no $tool"; exit 77; }
done
"$CXX" -fsanitize=address,fuzzer -x c++ -o /dev/null - 2> /dev/null <<< 'extern "C" int
    LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }' ||
    { echo "no libFuzzer"; exit 77; }

mkdir -p "$SRC" "$WORK" "$OUT"
ln -s "$WEFT_SOURCE" "$SRC/weft"
bash "$SRC/weft/.clusterfuzzlite/build.sh" > built 2>&1 || fail "$(tail -n 30 built)"

count=0
for c in "$WEFT_SOURCE"/fuzz/targets/*_fuzz.c; do
    target=$(basename "$c" .c)
    mkdir -p "seeds/$target"
    unzip -q "$OUT/${target}_seed_corpus.zip" -d "seeds/$target"
    expect_status 0 "$OUT/$target" -runs=0 "seeds/$target"
    count=$((count + 1))
done
[ "$count" -gt 0 ] || fail "no targets"
foreign=$(ldd "$OUT"/*_fuzz | awk '$3 ~ /^\// { print $3 }' | grep -vE "^$OUT/lib/" |
    grep -vE '/(libc|libm|libpthread|libgcc_s|libstdc\+\+|libdl|librt|libresolv)\.so' || true)
[ -z "$foreign" ] || fail "needed, and not in \$OUT: $foreign"

# Two shards go their own ways from the seeds; merged, they cover what each of them does.
target=$(basename "$c" .c)
for shard in 1 2; do
    mkdir "shard$shard"
    expect_status 0 "$OUT/$target" -seed="$shard" -runs=3000 "shard$shard" "seeds/$target"
done
mkdir merged
expect_status 0 "$OUT/$target" -merge=1 merged shard1 shard2 "seeds/$target"
[ -n "$(ls merged)" ] || fail "nothing was merged"
expect_status 0 "$OUT/$target" -runs=0 merged
echo "$count targets"
