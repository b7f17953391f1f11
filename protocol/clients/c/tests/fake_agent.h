/* An agent that says what a test tells it to, in the test's own thread: for what a real one does too seldom. */
#ifndef FAKE_AGENT_H
#define FAKE_AGENT_H

#define _POSIX_C_SOURCE 200809L
#include "../weir.h"
#include "check.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct fake_agent {
    int listener, peer;
    char folder[64], path[96];
    uint8_t bytes[65536];
    size_t count;
    uint8_t incarnation;
} fake_agent;

static void fake_listen(fake_agent *a) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, a->path);
    unlink(a->path);
    a->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(a->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(a->listener, 16) != 0) {
        perror(a->path);
        exit(1);
    }
}

static void fake_start(fake_agent *a) {
    memset(a, 0, sizeof *a);
    a->peer = -1;
    a->incarnation = 1;
    strcpy(a->folder, "/tmp/weir-c-XXXXXX");
    if (!mkdtemp(a->folder)) exit(1);
    sprintf(a->path, "%s/agent.sock", a->folder);
    fake_listen(a);
}

static void fake_hang_up(fake_agent *a) {
    if (a->peer >= 0) close(a->peer);
    a->peer = -1;
    a->count = 0;
}

static void fake_stop(fake_agent *a) {
    fake_hang_up(a);
    if (a->listener >= 0) close(a->listener);
    unlink(a->path);
    rmdir(a->folder);
}

static int fake_can_read(int fd, int milliseconds) {
    struct pollfd p;
    p.fd = fd;
    p.events = POLLIN;
    p.revents = 0;
    return poll(&p, 1, milliseconds) > 0;
}

/* Takes the next connection; 0 when none comes. */
static int fake_accept(fake_agent *a) {
    if (!fake_can_read(a->listener, 300)) return 0;
    fake_hang_up(a);
    a->peer = accept(a->listener, NULL, NULL);
    return a->peer >= 0;
}

/* The next frame, which stays at the start of `bytes` until `fake_drop`; its operation, or 0 when none comes. */
static int fake_frame(fake_agent *a, weir__frame *frame, int milliseconds) {
    weir__fault fault;
    for (;;) {
        ssize_t got;
        if (weir__read_header(a->bytes, a->count, frame, &fault) == 1) return frame->operation;
        if (a->peer < 0 || !fake_can_read(a->peer, milliseconds)) return 0;
        got = recv(a->peer, a->bytes + a->count, sizeof a->bytes - a->count, 0);
        if (got <= 0) return 0;
        a->count += (size_t)got;
    }
}

static void fake_drop(fake_agent *a, const weir__frame *frame) {
    a->count -= frame->length;
    memmove(a->bytes, a->bytes + frame->length, a->count);
}

static void fake_say(fake_agent *a, const uint8_t *bytes, size_t count) { HOLDS(send(a->peer, bytes, count, MSG_NOSIGNAL) == (ssize_t)count); }

static void fake_head(uint8_t *b, size_t length, uint8_t operation, uint64_t id) {
    int i;
    memset(b, 0, length);
    for (i = 0; i < 4; i++) b[i] = (uint8_t)(length >> 8 * i);
    b[4] = 1;
    b[5] = operation;
    for (i = 0; i < 8; i++) b[8 + i] = (uint8_t)(id >> 8 * i);
}

/* Answers the HELLO that comes first. */
static void fake_greet(fake_agent *a, uint32_t largest) {
    weir__frame frame;
    uint8_t b[52];
    int i;
    EQUAL(fake_frame(a, &frame, 300), 1);
    fake_drop(a, &frame);
    fake_head(b, sizeof b, 0x81, frame.id);
    b[16] = 1;
    b[18] = 32;
    b[20] = 15;
    for (i = 0; i < 4; i++) b[24 + i] = (uint8_t)(largest >> 8 * i);
    b[29] = 4;
    memset(b + 32, a->incarnation, 16);
    fake_say(a, b, sizeof b);
}

/* An answer to a check: decision, reason and microseconds to wait; a ticket when it is allowed. */
static void fake_answer(fake_agent *a, uint64_t id, uint8_t decision, uint8_t reason, uint64_t retry) {
    uint8_t b[92];
    int i;
    fake_head(b, sizeof b, 0x82, id);
    b[16] = decision;
    b[17] = reason;
    b[18] = decision == 0 ? 200 : 429 & 0xff;
    b[19] = decision == 0 ? 0 : 429 >> 8;
    b[21] = 4;
    b[24] = 10;
    b[40] = 1;
    for (i = 0; i < 8; i++) b[56 + i] = (uint8_t)(retry >> 8 * i);
    if (decision == 0) memset(b + 64, 7, 24);
    memcpy(b + 88, "rule", 4);
    fake_say(a, b, sizeof b);
}

static void fake_report_answer(fake_agent *a, uint64_t id, uint8_t accepted) {
    uint8_t b[24];
    fake_head(b, sizeof b, 0x83, id);
    b[16] = accepted;
    fake_say(a, b, sizeof b);
}

static void fake_goaway(fake_agent *a) {
    uint8_t b[24];
    fake_head(b, sizeof b, 0x86, 0);
    b[16] = 1;
    b[20] = 100;
    fake_say(a, b, sizeof b);
}

static void fake_error(fake_agent *a, uint64_t id, const char *message) {
    uint8_t b[128];
    size_t count = strlen(message);
    fake_head(b, 24 + count, 0xff, id);
    b[16] = 5;
    b[20] = (uint8_t)count;
    memcpy(b + 24, message, count);
    fake_say(a, b, 24 + count);
}

/* ---- The client's side ---- */

static weir_client *client_of(const fake_agent *a, uint32_t deadline_us) {
    weir_client *c = malloc(sizeof *c);
    weir_options o;
    char why[200] = "";
    if (!c) exit(1);
    if (weir_options_from_environment(&o, why, sizeof why) != 0) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    strcpy(o.socket, a->path);
    o.deadline_us = deadline_us;
    EQUAL(weir_init(c, &o), 0);
    return c;
}

static void let_go(weir_client *c) {
    weir_close(c);
    free(c);
}

/* Submits a check by `ip`. */
static void submit(weir_client *c, const char *ip, uint32_t cost, uint64_t tag) {
    weir_attribute who[1];
    weir_request r;
    who[0] = weir_text(WEIR_IP, ip);
    r.attributes = who;
    r.count = 1;
    r.cost = cost;
    r.flags = 0;
    EQUAL(weir_submit(c, &r, tag), 0);
}

/* Polls and steps until an answer is there. */
static int await(weir_client *c, uint64_t *tag, weir_answer *answer, int milliseconds) {
    uint64_t end = weir__now() + (uint64_t)milliseconds * 1000;
    while (!weir_take(c, tag, answer)) {
        struct pollfd p;
        int wait = weir_timeout(c);
        if (weir__now() >= end) return 0;
        p.fd = weir_fd(c);
        p.events = weir_events(c);
        p.revents = 0;
        poll(&p, p.fd >= 0, wait < 0 || wait > milliseconds ? milliseconds : wait);
        weir_step(c);
    }
    return 1;
}

/* A client that is connected and greeted. */
static weir_client *ready_client(fake_agent *a, uint32_t deadline_us) {
    weir_client *c = client_of(a, deadline_us);
    weir__frame frame;
    weir_answer answer;
    uint64_t tag;
    submit(c, "192.0.2.250", 1, 999);
    weir_step(c);
    HOLDS(fake_accept(a));
    fake_greet(a, WEIR_LARGEST_FRAME);
    weir_step(c);
    EQUAL(fake_frame(a, &frame, 300), 2);
    fake_answer(a, frame.id, 0, 0, 0);
    fake_drop(a, &frame);
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(answer.allowed, 1);
    return c;
}

#endif
