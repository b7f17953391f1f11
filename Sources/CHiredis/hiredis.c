#include "CHiredis.h"

#include <stdint.h>
#include <stdlib.h>

// What a reply may take, and what is left of it for the reply being read: hiredis makes arrays as large as the peer says.
struct room {
    redisReplyObjectFunctions functions;
    const redisReplyObjectFunctions *makers;
    size_t whole;
    size_t left;
};

static int take(const redisReadTask *task, size_t bytes) {
    struct room *room = task->privdata;
    if (bytes > room->left) return 0;
    room->left -= bytes;
    return 1;
}

static const redisReplyObjectFunctions *makers(const redisReadTask *task) {
    return ((struct room *)task->privdata)->makers;
}

static void *bounded_string(const redisReadTask *task, char *bytes, size_t count) {
    if (count > SIZE_MAX / 2 || !take(task, sizeof(redisReply) + count)) return NULL;
    return makers(task)->createString(task, bytes, count);
}

static void *bounded_array(const redisReadTask *task, int count) {
    if (count < 0 || !take(task, sizeof(redisReply) + (size_t)count * sizeof(redisReply *))) return NULL;
    return makers(task)->createArray(task, count);
}

static void *bounded_integer(const redisReadTask *task, long long value) {
    return take(task, sizeof(redisReply)) ? makers(task)->createInteger(task, value) : NULL;
}

static void *bounded_nil(const redisReadTask *task) {
    return take(task, sizeof(redisReply)) ? makers(task)->createNil(task) : NULL;
}

redisReader *hiredis_bounded_reader(size_t size) {
    redisReader *reader = redisReaderCreate();
    struct room *room = calloc(1, sizeof *room);
    if (reader == NULL || room == NULL) {
        if (reader != NULL) redisReaderFree(reader);
        free(room);
        return NULL;
    }
    room->makers = reader->fn;
    room->functions = (redisReplyObjectFunctions){
        bounded_string, bounded_array, bounded_integer, bounded_nil, reader->fn->freeObject,
    };
    room->whole = room->left = size;
    reader->fn = &room->functions;
    reader->privdata = room;
    return reader;
}

size_t hiredis_unread(const redisReader *reader) { return reader->len - reader->pos; }

int hiredis_next_reply(redisReader *reader, redisReply **reply) {
    void *found = NULL;
    int status = redisReaderGetReply(reader, &found);
    *reply = found;
    if (found != NULL) {
        struct room *room = reader->privdata;
        room->left = room->whole;
    }
    return status;
}

void hiredis_free_reader(redisReader *reader) {
    struct room *room = reader->privdata;
    redisReaderFree(reader);
    free(room);
}
