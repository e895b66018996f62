# tidy.sh <source directory> <build directory>: clang-tidy has nothing to say; .clang-tidy has the
# checks and their reasons.
build=${2:?usage: $0 <source directory> <build directory>}
. "$(dirname "$0")/files.sh"

report "$(list_files c | grep -E '^(runtime|sim|fuzz)/' |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2>/dev/null \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument |
    grep -E '(warning|error):')"
finish
