# same_objects.sh <ar> <command> <libweft_runtime.a> <libweft_sim.a> <core object>...
# What is tested is what is shipped: the objects of the core, taken out of both archives, are equal
# byte for byte, and are what the command, which names the section of their code, makes of the
# objects that were compiled.
set -eu
ar=$1 command=$2 runtime=$3 sim=$4
shift 4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

unpack() # <archive> <folder>: members of one name get a number in front
{
    mkdir "$2"
    cd "$2"
    "$ar" t "$1" | sort | uniq -c | while read -r count name; do
        for i in $(seq "$count"); do
            "$ar" xN "$i" "$1" "$name"
            mv "$name" "$i.$name"
        done
    done
}

contains() # <folder> <object>
{
    for member in "$1"/*."$(basename "$2")"; do
        ! cmp -s "$member" "$2" || return 0
    done
    return 1
}

(unpack "$runtime" "$scratch/runtime")
(unpack "$sim" "$scratch/sim")
[ $# -ge 10 ] || { echo "only $# objects of the core?"; exit 1; }
for object in "$@"; do
    renamed=$scratch/$(basename "$object")
    $command "$object" "$renamed"
    contains "$scratch/runtime" "$renamed" || { echo "$object: not in $runtime"; exit 1; }
    contains "$scratch/sim" "$renamed" || { echo "$object: not in $sim"; exit 1; }
done
echo "$# objects of the core are the same in both archives"
