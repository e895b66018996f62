/* list_commands.c: what works on lists. */
#include "call.h"

static void push(kv_call *call, bool front)
{
    bool wrong = false;
    keyspace *const keys = &call->server->keys;
    entry *e = call_find_typed(call, call->args[1], VALUE_LIST, &wrong);
    if (wrong) {
        return;
    }
    if (e == NULL) {
        e = keyspace_make(keys, call->args[1], VALUE_LIST);
    }
    if (e == NULL) {
        call_out_of_memory(call);
        return;
    }
    size_t pushed = 0;
    while (pushed < call->count - 2 && list_push(&e->list, call->args[2 + pushed], front)) {
        pushed++;
    }
    if (pushed != 0) {
        call_log(call, call->args, 2 + pushed);
    }
    if (pushed < call->count - 2) {
        call_out_of_memory(call);
    } else {
        resp_integer(call->out, (int64_t)e->list.count);
    }
    if (e->list.count == 0) {
        keyspace_remove(keys, e);
    }
}

void command_lpush(kv_call *call)
{
    push(call, true);
}

void command_rpush(kv_call *call)
{
    push(call, false);
}

/* The client is told when there are no elements. */
static void pop(kv_call *call, bool front)
{
    bool wrong = false;
    int64_t wanted = 1;
    const bool many = call->count == 3;
    if (call->count > 3) {
        call_wrong_count(call);
        return;
    }
    if (many && (!slice_integer(call->args[2], &wanted) || wanted < 0)) {
        resp_error(call->out, "ERR value is out of range, must be positive");
        return;
    }
    entry *const e = call_find_typed(call, call->args[1], VALUE_LIST, &wrong);
    if (wrong) {
        return;
    }
    if (e == NULL) {
        (many ? resp_null_array : resp_null)(call->out);
        return;
    }
    const size_t count = (uint64_t)wanted < e->list.count ? (size_t)wanted : e->list.count;
    if (many) {
        resp_array(call->out, count);
    }
    for (size_t i = 0; i < count; i++) {
        resp_bulk(call->out, list_get(&e->list, front ? 0 : e->list.count - 1));
        list_pop(&e->list, front);
    }
    if (count != 0) {
        call_log_as_is(call);
    }
    if (e->list.count == 0) {
        keyspace_remove(&call->server->keys, e);
    }
}

void command_lpop(kv_call *call)
{
    pop(call, true);
}

void command_rpop(kv_call *call)
{
    pop(call, false);
}

/* An index, of which -1 is the last, within the list or one beside it. */
static int64_t within(int64_t index, int64_t count)
{
    const int64_t from_front = index < 0 ? index + count : index;
    return from_front < -1 ? -1 : from_front > count ? count : from_front;
}

void command_lrange(kv_call *call)
{
    bool wrong = false;
    int64_t first = 0;
    int64_t last = 0;
    if (!call_integer(call, 2, &first) || !call_integer(call, 3, &last)) {
        return;
    }
    const entry *const e = call_find_typed(call, call->args[1], VALUE_LIST, &wrong);
    if (wrong) {
        return;
    }
    const int64_t count = e == NULL ? 0 : (int64_t)e->list.count;
    first = within(first, count);
    last = within(last, count);
    first = first < 0 ? 0 : first;
    last = last >= count ? count - 1 : last;
    resp_array(call->out, first > last ? 0 : (size_t)(last - first + 1));
    for (int64_t i = first; i <= last; i++) {
        resp_bulk(call->out, list_get(&e->list, (size_t)i));
    }
}

void command_llen(kv_call *call)
{
    bool wrong = false;
    const entry *const e = call_find_typed(call, call->args[1], VALUE_LIST, &wrong);
    if (!wrong) {
        resp_integer(call->out, e == NULL ? 0 : (int64_t)e->list.count);
    }
}
