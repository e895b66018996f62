# api_pages.sh <cmake> <build directory>: the API pages are made, and have functions with their
# comments.
set -eu
"$1" --build "$2" --target docs
page=$2/docs/html/weft_8h.html
for words in weft_chan_send weft_select weft_run_with 'Send one value' 'happens before'; do
    grep -q "$words" "$page" || { echo "$page lacks \"$words\""; exit 1; }
done
