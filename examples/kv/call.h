/* call.h: what commands have in common. */
#ifndef KV_CALL_H
#define KV_CALL_H

#include "server.h"

/* The entry of a key, unless it has expired: it is removed then. */
entry *call_find(kv_call *call, slice key);

/* The same, but it must be of this type: otherwise the client is told, and *ret_wrong is true. */
entry *call_find_typed(kv_call *call, slice key, value_type type, bool *ret_wrong);

/* Append to the file what has just been done. */
void call_log(kv_call *call, const slice *args, size_t count);
void call_log_as_is(kv_call *call);

void call_remove(kv_call *call, entry *e);
int64_t call_now_ms(const kv_call *call);

void call_out_of_memory(kv_call *call);
void call_syntax_error(kv_call *call);
void call_wrong_count(kv_call *call);

/* Argument `index` as a number; false: it is none, and the client has been told. */
bool call_integer(kv_call *call, size_t index, int64_t *ret_value);

typedef void kv_command_fn(kv_call *call);
kv_command_fn command_get, command_set, command_incr, command_decr, command_incrby, command_decrby,
    command_mget, command_mset;
kv_command_fn command_del, command_exists, command_expire, command_pexpire, command_pexpireat,
    command_ttl, command_pttl, command_persist, command_keys, command_type, command_dbsize,
    command_flushall;
kv_command_fn command_lpush, command_rpush, command_lpop, command_rpop, command_lrange,
    command_llen;
kv_command_fn command_publish, command_subscribe, command_unsubscribe;
kv_command_fn command_info, command_config;

#endif
