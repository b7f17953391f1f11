#define _GNU_SOURCE

#include "CFloor.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Bytes of one read, and of a request that is not whole: as the agent's. Room for the answers to as many checks as that holds.
enum { READ_BYTES = 16 * 1024, CONNECTIONS = 4096, EVENTS = 256, ANSWERS = 256 * 1024, BACKLOG = 4096 };

// What has come of a request that is not whole.
struct rest {
    size_t count;
    unsigned char bytes[READ_BYTES];
};

// Writes the answers to the whole requests of `input` to `output`; returns how many bytes of each.
struct progress {
    size_t consumed, written;
};
typedef struct progress (*answer_function)(
    const unsigned char *input, size_t count, unsigned char *output, size_t room, const unsigned char *answer,
    size_t answer_bytes);

static struct rest *rests[CONNECTIONS];
static unsigned char input[2 * READ_BYTES];
static unsigned char output[ANSWERS];

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) return -1;
    unlink(path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, BACKLOG) < 0) return -1;
    return listener;
}

static void end(int descriptor) {
    free(rests[descriptor]);
    rests[descriptor] = NULL;
    close(descriptor);
}

static void accept_all(int epoll, int listener) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0) return;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        if (descriptor >= CONNECTIONS || epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) close(descriptor);
    }
}

// The generator reads what it is sent; should it not, its connection ends.
static int send_all(int descriptor, const unsigned char *bytes, size_t count) {
    return send(descriptor, bytes, count, MSG_NOSIGNAL) == (ssize_t)count;
}

static void turn(int descriptor, answer_function answers, const unsigned char *answer, size_t answer_bytes) {
    struct rest *rest = rests[descriptor];
    size_t count = 0;
    if (rest && rest->count > 0) {
        count = rest->count;
        memcpy(input, rest->bytes, count);
    }
    ssize_t filled = recv(descriptor, input + count, READ_BYTES, 0);
    if (filled <= 0) {
        if (filled == 0 || (errno != EAGAIN && errno != EINTR)) end(descriptor);
        return;
    }
    count += (size_t)filled;
    struct progress progress = answers(input, count, output, sizeof output, answer, answer_bytes);
    if (progress.written > 0 && !send_all(descriptor, output, progress.written)) return end(descriptor);
    size_t left = count - progress.consumed;
    if (left == 0) {
        if (rest) rest->count = 0;
        return;
    }
    if (left > READ_BYTES) return end(descriptor);
    if (!rest) {
        rest = rests[descriptor] = malloc(sizeof *rest);
        if (!rest) return end(descriptor);
    }
    memcpy(rest->bytes, input + progress.consumed, left);
    rest->count = left;
}

static int serve(const char *path, answer_function answers, const unsigned char *answer, size_t answer_bytes) {
    int listener = listen_at(path);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (listener < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) return -1;
    struct epoll_event events[EVENTS];
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR) return -1;
        for (int index = 0; index < ready; index++) {
            if (events[index].data.fd == listener) accept_all(epoll, listener);
            else turn(events[index].data.fd, answers, answer, answer_bytes);
        }
    }
}

// A frame begins with its length in 4 bytes, and has its id in bytes 8 to 15.
static struct progress answer_frames(
    const unsigned char *bytes, size_t count, unsigned char *place, size_t room, const unsigned char *answer,
    size_t answer_bytes
) {
    struct progress progress = {0, 0};
    while (count - progress.consumed >= 16 && room - progress.written >= answer_bytes) {
        const unsigned char *frame = bytes + progress.consumed;
        uint32_t length;
        memcpy(&length, frame, 4);
        if (length < 16 || length > READ_BYTES || length > count - progress.consumed) break;
        memcpy(place + progress.written, answer, answer_bytes);
        memcpy(place + progress.written + 8, frame + 8, 8);
        progress.consumed += length;
        progress.written += answer_bytes;
    }
    return progress;
}

int floor_echo(const char *path, const unsigned char *answer, size_t answer_bytes) {
    if (answer_bytes < 16 || answer_bytes > READ_BYTES) {
        errno = EINVAL;
        return -1;
    }
    return serve(path, answer_frames, answer, answer_bytes);
}

static struct progress answer_requests(
    const unsigned char *bytes, size_t count, unsigned char *place, size_t room, const unsigned char *answer,
    size_t answer_bytes
) {
    struct progress progress = {0, 0};
    while (room - progress.written >= answer_bytes) {
        const unsigned char *start = bytes + progress.consumed;
        const unsigned char *blank = memmem(start, count - progress.consumed, "\r\n\r\n", 4);
        if (!blank) break;
        memcpy(place + progress.written, answer, answer_bytes);
        progress.consumed += (size_t)(blank + 4 - start);
        progress.written += answer_bytes;
    }
    return progress;
}

int floor_http(const char *path) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    return serve(path, answer_requests, (const unsigned char *)answer, sizeof answer - 1);
}

// HAProxy's SPOP, as little of it as HAProxy needs: HELLO is answered, health checks too, and each NOTIFY by one and the same ACK.

static uint32_t big_endian(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// The end of the integer that begins at `start`; 0 when it has none before `end`.
static size_t end_of_varint(const unsigned char *bytes, size_t start, size_t end) {
    if (start >= end) return 0;
    if (bytes[start] < 240) return start + 1;
    for (size_t offset = start + 1; offset < end; offset++) {
        if (bytes[offset] < 128) return offset + 1;
    }
    return 0;
}

static size_t answer_frame(
    const unsigned char *frame, size_t length, unsigned char *place, const unsigned char *actions, size_t action_bytes
) {
    // A max-frame-size of 16,380, and pipelining.
    static const unsigned char hello[] =
        "\0\0\0\x40\x65\0\0\0\1\0\0\x07version\x08\x03" "2.0\x0emax-frame-size\x03\xfc\xf0\x06\x0c" "capabilities\x08\x0a"
        "pipelining";
    static const unsigned char disconnect[] = "\0\0\0\x1f\x66\0\0\0\1\0\0\x0bstatus-code\x03\0\x07message\x08\0";
    if (frame[4] == 1 || frame[4] == 2) {
        const unsigned char *answer = frame[4] == 1 ? hello : disconnect;
        size_t count = (frame[4] == 1 ? sizeof hello : sizeof disconnect) - 1;
        memcpy(place, answer, count);
        return count;
    }
    size_t ids = end_of_varint(frame, 9, length);
    if (ids > 0) ids = end_of_varint(frame, ids, length);
    if (frame[4] != 3 || ids == 0) return 0;
    size_t count = ids + action_bytes;
    memcpy(place, frame, ids);
    for (int byte = 0; byte < 4; byte++) place[byte] = (unsigned char)((count - 4) >> (24 - 8 * byte));
    place[4] = 103;
    memcpy(place + ids, actions, action_bytes);
    return count;
}

static struct progress answer_spop(
    const unsigned char *bytes, size_t count, unsigned char *place, size_t room, const unsigned char *actions,
    size_t action_bytes
) {
    struct progress progress = {0, 0};
    while (count - progress.consumed >= 11 && room - progress.written >= action_bytes + 256) {
        const unsigned char *frame = bytes + progress.consumed;
        size_t length = (size_t)big_endian(frame) + 4;
        if (length < 11 || length > READ_BYTES || length > count - progress.consumed) break;
        progress.written += answer_frame(frame, length, place + progress.written, actions, action_bytes);
        progress.consumed += length;
    }
    return progress;
}

int floor_spoe(const char *path) {
    // What an agent sets for an allowed request: deny, status, reason, ticket, ratelimit and policy.
    static const unsigned char actions[] =
        "\1\3\2\x04" "deny\1"
        "\1\3\2\x06status\4\xc8"
        "\1\3\2\x06reason\x08\x02ok"
        "\1\3\2\x06ticket\x08\x30" "000000000000000000000000000000000000000000000000"
        "\1\3\2\x09ratelimit\x08\x16\"default\";r=399;t=1000"
        "\1\3\2\x06policy\x08\x13\"default\";q=400;w=2";
    return serve(path, answer_spop, actions, sizeof actions - 1);
}
