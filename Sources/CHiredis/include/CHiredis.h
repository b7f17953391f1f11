// hiredis, as far as Weir uses it: the reader of replies and the formatter of commands. Its sockets block, and are never used.

#ifndef CHIREDIS_H
#define CHIREDIS_H

#include <hiredis/hiredis.h>
#include <stddef.h>

/// A reader whose replies may take at most `room` bytes of memory each, about; NULL without memory.
///
/// A reply that is larger is an error of the reader (REDIS_ERR_OOM), like one that is nested deeper than seven arrays.
redisReader *hiredis_bounded_reader(size_t room);
/// How many bytes the reader has taken that belong to no whole reply yet.
size_t hiredis_unread(const redisReader *reader);
/// Reads the next whole reply, NULL where there is none yet; free it with freeReplyObject.
///
/// Returns REDIS_OK, or REDIS_ERR once the bytes are not the protocol or the reply is too large.
int hiredis_next_reply(redisReader *reader, redisReply **reply);
void hiredis_free_reader(redisReader *reader);

#endif
