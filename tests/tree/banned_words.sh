# banned_words.sh: threads, clocks, randomness and the environment belong to the backends; tests of
# the public API use no real clock.
. "$(dirname "$0")/files.sh"

api='^(runtime/(core|include|io|cmocka)|tests/conformance|examples)/'
outside='rand|srand|rand_r|random|srandom|drand48|getrandom|arc4random|time|clock|clock_gettime'
outside="$outside|gettimeofday|timespec_get|pthread_[a-z_]+|thrd_[a-z_]+|mtx_[a-z_]+|getenv"
outside="$outside|secure_getenv|sleep|usleep|nanosleep|signal|sigaction|fork"
# A program of the runtime alone may ask for the time of day, which the API has not.
report "$(list_files c h | grep -E "$api" | grep -v '^examples/kv/kv_main\.c$' |
    xargs awk -f "$lints/strip_comments.awk" |
    grep -E "(^|[^a-zA-Z0-9_>.])($outside)[[:space:]]*\(" | sed 's|$|   <- only in sched and sim|')"

# One source for both backends: nothing may be compiled for one of them.
report "$(list_files c h | grep -E "$api" |
    xargs awk -f "$lints/strip_comments.awk" |
    grep -E ':[[:space:]]*#[[:space:]]*(el)?if.*(WEFT_SIM|WEFT_RUNTIME|BACKEND)' |
    grep -vE '_H$' | sed 's|$|   <- depends on the backend|')"
finish
