# doxygen.sed: the headers' plain comments as Doxygen wants them.
# A header's own comment.
1s,^/\* \([a-z/_]*\.h\): ,/** @file \1\
 * ,
# Section rules become groups.
s,^/\* ---- \(.*[^ -]\) -*$,/** @name \1,
# A comment before a declaration, and one behind a field or enumerator.
s,^/\* ,/** ,
s,\([;\,]\)\( *\)/\* ,\1\2/**< ,
# The fixed words of our comments become headings.
s,^ \* \(Parks\|Panics\|Errors\|Order\|Source\|Returns\|Departs from Go\): *, * @par \1:\
 * ,
