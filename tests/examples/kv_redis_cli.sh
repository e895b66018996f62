#!/bin/sh
# kv_redis_cli.sh KV FOLDER: all commands, by the real redis-cli; each answer must be the expected
# one. 77: there is no redis-cli.
set -eu
kv=$1 folder=$2
. "$(dirname "$0")/kv_support.sh"
need redis-cli
start_kv --appendonly yes --appendfsync always

# Requests and their answers: a line that begins with > is a request, what follows is the answer.
cat >"$folder/expected" <<'END'
> PING
PONG
> PING "a b"
"a b"
> ECHO hello
"hello"
> SELECT 0
OK
> SELECT 1
(error) ERR DB index is out of range
> SET a 1
OK
> GET a
"1"
> GET nothing
(nil)
> SET a 2 NX
(nil)
> SET a 2 XX
OK
> SET b 2 XX
(nil)
> SET a 3 GET
"2"
> SET c 3 GET
(nil)
> SET a 5 EX 100
OK
> TTL a
(integer) 100
> SET a 6 KEEPTTL
OK
> TTL a
(integer) 100
> SET a 7
OK
> TTL a
(integer) -1
> TTL nothing
(integer) -2
> SET a 8 PX 100000
OK
> TTL a
(integer) 100
> PERSIST a
(integer) 1
> PERSIST a
(integer) 0
> PTTL a
(integer) -1
> PTTL nothing
(integer) -2
> EXPIRE a 50
(integer) 1
> TTL a
(integer) 50
> PEXPIRE a 70000
(integer) 1
> TTL a
(integer) 70
> EXPIRE nothing 5
(integer) 0
> EXPIRE a -1
(integer) 1
> EXISTS a
(integer) 0
> SET a 1 EX 0
(error) ERR invalid expire time in 'set' command
> SET a 1 EX x
(error) ERR value is not an integer or out of range
> SET a 1 NX XX
(error) ERR syntax error
> SET a
(error) ERR wrong number of arguments for 'set' command
> DEL c nothing
(integer) 1
> INCR n
(integer) 1
> INCRBY n 10
(integer) 11
> DECR n
(integer) 10
> DECRBY n 20
(integer) -10
> SET n 9223372036854775807
OK
> INCR n
(error) ERR increment or decrement would overflow
> SET n word
OK
> INCR n
(error) ERR value is not an integer or out of range
> MSET x 1 y 2 z 3
OK
> MGET x nothing z
1) "1"
2) (nil)
3) "3"
> MSET x 1 y
(error) ERR wrong number of arguments for 'mset' command
> EXISTS x y x nothing
(integer) 3
> DEL x y z n
(integer) 4
> RPUSH l a b c
(integer) 3
> LPUSH l z y
(integer) 5
> LRANGE l 0 -1
1) "y"
2) "z"
3) "a"
4) "b"
5) "c"
> LRANGE l -2 100
1) "b"
2) "c"
> LRANGE l 5 9
(empty array)
> LLEN l
(integer) 5
> LPOP l
"y"
> RPOP l
"c"
> LPOP l 2
1) "z"
2) "a"
> LPOP nothing
(nil)
> RPOP nothing 2
(nil)
> TYPE l
list
> GET l
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> RPOP l 9
1) "b"
> TYPE l
none
> LLEN l
(integer) 0
> SET s text
OK
> TYPE s
string
> LPUSH s x
(error) WRONGTYPE Operation against a key holding the wrong kind of value
> KEYS s?
(empty array)
> KEYS [r-t]
1) "s"
> DBSIZE
(integer) 1
> PUBLISH nobody hello
(integer) 0
> CONFIG GET appendfsync
1) "appendfsync"
2) "always"
> CONFIG GET save
1) "save"
2) ""
> COMMAND COUNT
(integer) 37
> COMMAND DOCS get
1) "get"
2) 1) "summary"
   2) "Returns a string"
> NOSUCH a
(error) ERR unknown command 'NOSUCH'
> FLUSHALL
OK
> DBSIZE
(integer) 0
END

sed -n 's/^> //p' "$folder/expected" | cli --no-raw >"$folder/answers"
sed '/^> /d' "$folder/expected" | diff - "$folder/answers" || fail "other answers than expected"

# Subscribing: what one client publishes, the other gets.
(sleep 5 | cli SUBSCRIBE news sports >"$folder/messages") &
subscriber=$!
until [ "$(cli PUBLISH news 0)" = 1 ]; do sleep 0.05; done
[ "$(cli PUBLISH sports goal)" = 1 ] || fail "PUBLISH reaches one"
cli PUBLISH weather rain >/dev/null
until grep -q goal "$folder/messages"; do sleep 0.05; done
kill "$subscriber" 2>/dev/null || :
grep -q '^sports$' "$folder/messages" && ! grep -q rain "$folder/messages" || fail "messages"

# A value that is larger than any buffer, an empty one, and one with all bytes.
head -c 3000000 /dev/urandom >"$folder/large"
cli -x SET large <"$folder/large" | grep -q OK || fail "a large value"
cli --raw GET large | head -c 3000000 | cmp - "$folder/large" || fail "the large value"
[ "$(cli SET empty '')" = OK ] && [ -z "$(cli GET empty)" ] || fail "an empty value"

# A key goes when its time has come, also for who only looks.
cli SET short x PX 60000 >/dev/null
[ "$(cli GET short)" = x ] || fail "expires too early"
cli PEXPIRE short 50 >/dev/null
sleep 0.2
[ "$(cli GET short)" = "" ] && [ "$(cli TTL short)" = -2 ] || fail "does not expire"

cli INFO | grep -q '^aof_last_write_status:ok' || fail "INFO"
[ "$(cli COMMAND | grep -c write)" -ge 10 ] || fail "COMMAND"
cli SHUTDOWN >/dev/null 2>&1 || :
wait "$pid" || fail "the server's status is $?"
pid=
