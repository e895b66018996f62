# strip_comments.awk: C without comments, strings and character constants; lines keep their number.
# Prints "file:line:text".
FNR == 1 { inside = 0 }
{
    out = ""
    text = $0
    while (text != "") {
        if (inside) {
            at = index(text, "*/")
            if (at == 0) {
                break
            }
            inside = 0
            text = substr(text, at + 2)
        } else if (substr(text, 1, 2) == "/*") {
            inside = 1
            text = substr(text, 3)
        } else if (substr(text, 1, 2) == "//") {
            break
        } else if (match(text, /^("([^"\\]|\\.)*"|'([^'\\]|\\.)*')/)) {
            out = out "\"\""
            text = substr(text, RLENGTH + 1)
        } else {
            out = out substr(text, 1, 1)
            text = substr(text, 2)
        }
    }
    print FILENAME ":" FNR ":" out
}
