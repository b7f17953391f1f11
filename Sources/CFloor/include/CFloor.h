// The floor that the agent is measured against: what the same bytes cost when nothing is decided.
//
// Three servers on a Unix socket, each one thread and one epoll, as plain as C can be written. They have no deadlines, no limits and
// no list of peers: they serve the load generator, on a socket that only it can reach.

#ifndef CFLOOR_H
#define CFLOOR_H

#include <stddef.h>

/// Answers every frame of the native protocol with `answer`, which gets the frame's id: the answer's bytes are an agent's.
///
/// Reads once for each event and writes once, as the agent does. Returns only when it cannot serve: errno says why.
int floor_echo(const char *path, const unsigned char *answer, size_t answer_bytes);

/// Answers every HTTP request with 200 and no body: all that nginx's `auth_request` needs. Requests have no bodies.
int floor_http(const char *path);

/// Answers every NOTIFY of HAProxy's with the variables of an allowed request, always the same; and what comes before, health checks
/// too. Frames of at most 16 KiB.
int floor_spoe(const char *path);

#endif
