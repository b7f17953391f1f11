/*
 * weir.h: asks a weir-agent on this machine whether requests may pass (protocol/README.md). One header, C99 and POSIX.
 *
 * In exactly one source file:
 *
 *     #define WEIR_IMPLEMENTATION
 *     #include "weir.h"
 *
 * Nothing is allocated: a `weir_client` holds every buffer, and is yours to place (about 163 kB; static or on the heap). It has one
 * connection with many requests in flight, and belongs to one thread. Make one for each thread or event loop.
 *
 * Blocking:
 *
 *     weir_attribute who[] = { weir_text(WEIR_IP, "192.0.2.1"), weir_text(WEIR_PATH, "/search") };
 *     weir_request request = { who, 2, 1, 0 };
 *     weir_answer answer;
 *     if (weir_check(&client, &request, &answer) == 1) { serve(); weir_report_response(&client, &answer.ticket, 200, 120, 4096); }
 *     else respond(answer.status, weir_retry_after(&answer));
 *
 * In a loop: `weir_submit` many, poll `weir_fd` for `weir_events` at most `weir_timeout` milliseconds, `weir_step`, `weir_take` the answers.
 */
#if defined(WEIR_IMPLEMENTATION) && defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) && !defined(_GNU_SOURCE)
#define _POSIX_C_SOURCE 200809L /* with -std=c99 the system's headers are bare C; include weir.h before them */
#endif
#ifndef WEIR_H
#define WEIR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of a client. All source files of a program must see the same ones. */
#ifndef WEIR_IN_FLIGHT
#define WEIR_IN_FLIGHT 64 /* checks that are unanswered, or whose answer was not taken */
#endif
#ifndef WEIR_REPORTS
#define WEIR_REPORTS 256 /* reports that are not sent, or sent and unanswered */
#endif
#ifndef WEIR_DENIALS
#define WEIR_DENIALS 128 /* denials that are remembered; a multiple of 4 */
#endif
#ifndef WEIR_OUTPUT
#define WEIR_OUTPUT 32768 /* bytes that wait to be sent; at least twice the largest frame */
#endif

#define WEIR_VERSION "1.0"
#define WEIR_LARGEST_FRAME 16384
#define WEIR_NEVER UINT64_MAX /* a retry_after_us that does not come */

/* Attributes with a number; any other name is WEIR_CUSTOM. */
enum {
    WEIR_CUSTOM = 0, WEIR_API_KEY = 1, WEIR_IP = 2, WEIR_METHOD = 3, WEIR_PATH = 4, WEIR_HOST = 5, WEIR_USER = 6,
    WEIR_CONSUMER = 7, WEIR_PLAN = 8, WEIR_PRODUCT = 9, WEIR_ROUTE = 10
};

typedef struct weir_attribute {
    uint8_t number;    /* WEIR_IP, …, or WEIR_CUSTOM */
    const char *name;  /* with WEIR_CUSTOM 1 to 63 bytes and a NUL, else not looked at */
    const void *value; /* any bytes; none of them is kept */
    size_t length;     /* 0 to 8,192; an empty value counts as a missing attribute */
} weir_attribute;

/* Flags of a request. */
enum {
    WEIR_PEEK = 1,    /* decide, take nothing, count nothing */
    WEIR_NO_WAIT = 2, /* answer at once, even when the agent would have to ask its store */
    WEIR_RESERVE = 4  /* the cost is an estimate: a report with the actual cost settles it */
};

typedef struct weir_request {
    const weir_attribute *attributes;
    size_t count;   /* 0 to 32 */
    uint32_t cost;  /* units; 0 takes nothing */
    uint16_t flags;
} weir_request;

/* What an allowed check is reported with. All zero: there is nothing to report on. */
typedef struct weir_ticket {
    uint8_t bytes[24];
    uint64_t run; /* the run of the agent that gave it; another run does not know it */
} weir_ticket;

enum { WEIR_OPEN = 0, WEIR_CLOSED = 1 }; /* what a request may do when the agent does not say */

enum {
    WEIR_REASON_OK = 0, WEIR_REASON_RATE = 1, WEIR_REASON_QUOTA = 2, WEIR_REASON_BALANCE = 3, WEIR_REASON_CONCURRENCY = 4,
    WEIR_REASON_KEY_MISSING = 5, WEIR_REASON_KEY_UNKNOWN = 6, WEIR_REASON_KEY_REVOKED = 7, WEIR_REASON_KEY_EXPIRED = 8,
    WEIR_REASON_NO_PLAN = 9, WEIR_REASON_OVERLOAD = 10, WEIR_REASON_BLOCKED = 11, WEIR_REASON_TOO_LARGE = 12,
    WEIR_REASON_UNLIMITED = 13, WEIR_REASON_EXEMPT = 14,
    WEIR_REASON_NO_POLICY = 15
};

enum { WEIR_STATE_LOCAL = 0, WEIR_STATE_SHARED = 1, WEIR_STATE_ALONE = 2, WEIR_STATE_SHADOW = 3 };

/* Why the agent did not decide. */
enum {
    WEIR_TROUBLE_NONE = 0,
    WEIR_TROUBLE_UNREACHABLE = 1, /* nobody listens, or this user may not connect */
    WEIR_TROUBLE_TIMEOUT = 2,     /* no answer within the deadline */
    WEIR_TROUBLE_LOST = 3,        /* the connection ended before the answer came */
    WEIR_TROUBLE_REFUSED = 4,     /* the agent refused a frame; its words went to the log */
    WEIR_TROUBLE_VIOLATION = 5,   /* the agent said what the protocol does not allow */
    WEIR_TROUBLE_BUSY = 6,        /* too much is in flight on this client */
    WEIR_TROUBLE_UNDECIDED = 7,   /* the agent answered that it could not decide */
    WEIR_TROUBLE_INVALID = 8      /* the request cannot be sent: always denied, with status 400 */
};

typedef struct weir_answer {
    int allowed;         /* 1: the request may pass. Also set on trouble, as `on_trouble` says */
    uint8_t trouble;     /* WEIR_TROUBLE_…; 0 when the agent decided */
    uint8_t reason;      /* WEIR_REASON_… */
    uint8_t state;       /* WEIR_STATE_… */
    uint8_t remembered;  /* 1: denied from this client's memory of an earlier denial */
    uint8_t unit;        /* what the rule counts in: 0 requests or what they cost, 1 bytes, 2 requests at once */
    uint16_t status;     /* the HTTP status to send; 200 when allowed */
    uint32_t window_s;   /* seconds in which the rule makes its capacity anew */
    uint64_t limit;      /* the rule's capacity; 0 when no limit is named */
    uint64_t remaining;
    uint64_t reset_us;       /* microseconds until the rule is full again */
    uint64_t retry_after_us; /* microseconds until the same request can pass; 0 when allowed, or WEIR_NEVER */
    weir_ticket ticket;
    char rule[64];
    char consumer[256];
} weir_answer;

typedef struct weir_response {
    weir_ticket ticket;
    uint16_t status;     /* 100 to 599 */
    int has_cost;        /* 1: `cost` is what the request took; 0: what was reserved */
    uint64_t bytes_in, bytes_out, cost; /* below 2^62 */
} weir_response;

typedef struct weir_options {
    char socket[108];            /* the agent's native socket: an absolute path */
    uint32_t deadline_us;        /* how long an answer may take; 20,000 */
    int on_trouble;              /* WEIR_OPEN or WEIR_CLOSED */
    uint32_t report_delay_us;    /* how long a report may wait for others; 0: it leaves at once */
    int quiet_reports;           /* 1: ask for no answer, and send nothing again */
    uint64_t denials_us;         /* how long a denial is remembered at most; 10 s; 0: not at all */
    void (*log)(void *context, const char *message); /* NULL: nothing is logged */
    void *log_context;
} weir_options;

typedef struct weir_stats {
    uint64_t checks, remembered, troubles, late; /* late: answers that came after their deadline */
    uint64_t connections, reports_sent, reports_counted, reports_repeated, reports_late;
    uint64_t reports_unknown; /* by the agent, or of a run that is over */
    uint64_t reports_dropped; /* there was no room */
} weir_stats;

typedef struct weir_client weir_client;

/* The defaults, then WEIR_SOCKET (or WEIR_RUNTIME_DIR), WEIR_CLIENT_DEADLINE, WEIR_CLIENT_ON_TROUBLE and WEIR_CLIENT_DENY_CACHE.
 * Returns 0; -1 when a variable cannot be understood, with a sentence in `why`. */
int weir_options_from_environment(weir_options *options, char *why, size_t room);

/* Makes a client; it connects with the first request. Returns 0; -1 with errno EINVAL when an option is out of its bounds. */
int weir_init(weir_client *client, const weir_options *options);
/* Sends what can be sent without waiting, and closes. */
void weir_close(weir_client *client);
/* In a child after fork: lets go of the parent's connection without a word. */
void weir_forget(weir_client *client);

/* Asks and waits, at most until the deadline. Returns 1 allowed, 0 denied, -1 (errno EINVAL) when the request cannot be sent; `answer` is
 * filled always, and on trouble `allowed` is what `on_trouble` says. */
int weir_check(weir_client *client, const weir_request *request, weir_answer *answer);

/* Asks without waiting. Every submit that returns 0 has one answer for `weir_take`, at the latest after the deadline.
 * Returns -1 with errno EINVAL (the request cannot be sent) or EAGAIN (WEIR_IN_FLIGHT answers are not taken). */
int weir_submit(weir_client *client, const weir_request *request, uint64_t tag);
/* Takes an answer that is there. Returns 1, or 0 when there is none. */
int weir_take(weir_client *client, uint64_t *tag, weir_answer *answer);
/* Nobody waits for this answer any more: it will not be taken, and a slot that it holds is freed. */
void weir_cancel(weir_client *client, uint64_t tag);

/* What to poll for: a descriptor that may change with each step (-1: none), POLLIN | POLLOUT, and milliseconds (-1: no end). */
int weir_fd(const weir_client *client);
short weir_events(const weir_client *client);
int weir_timeout(const weir_client *client);
/* Sends, receives and notices deadlines, without waiting. */
void weir_step(weir_client *client);

/* Tells what came of an allowed request; it leaves in a batch, at the latest with the first step after `report_delay_us`.
 * Returns 0 (also for an empty ticket); -1 with errno EINVAL or ENOBUFS. */
int weir_report(weir_client *client, const weir_response *response);
int weir_report_response(weir_client *client, const weir_ticket *ticket, unsigned status, uint64_t bytes_in, uint64_t bytes_out);
/* The request is over, or never ran, and will not be reported on: the slots that it holds are free. */
int weir_release(weir_client *client, const weir_ticket *ticket);
/* Waits until all reports are answered. Returns how many are not when the time is over. */
size_t weir_flush(weir_client *client, int milliseconds);

const weir_stats *weir_statistics(const weir_client *client);
/* The last problem in words: why a request was invalid, or what the trouble is. */
const char *weir_problem(const weir_client *client);

weir_attribute weir_text(uint8_t number, const char *value);
weir_attribute weir_custom(const char *name, const char *value);
const char *weir_reason_name(uint8_t reason);
const char *weir_trouble_name(uint8_t trouble);
/* Whole seconds for Retry-After, never too early; 0 when allowed, -1 when the same request never passes. */
int64_t weir_retry_after(const weir_answer *answer);
/* The fields RateLimit, RateLimit-Policy and, on a denial, Retry-After and Cache-Control, each ended by CR LF, and a NUL.
 * Returns the bytes without the NUL, 0 when there is no room. */
size_t weir_http_fields(const weir_answer *answer, char *text, size_t room);

/* ---- What a client is made of: not for use, here so that you can place one. ---- */

struct weir__call {
    uint64_t id, tag, deadline;
    uint8_t state, unsent; /* unsent: the frame is in the part of the output that waits for the next connection */
    uint32_t cost;
    uint16_t flags;
    uint64_t key[2];
    weir_answer answer;
};

struct weir__report {
    weir_response response;
    uint64_t frame, since;
    uint8_t sent, done;
};

struct weir__denial {
    uint64_t key[2], until, retry_at, reset_at;
    uint32_t cost;
    weir_answer answer;
};

struct weir_client {
    weir_options options;
    weir_stats stats;
    int fd;
    uint8_t phase, in_trouble, forgetful;
    uint8_t incarnation[16];
    uint64_t run, next_id, random, secret[2];
    uint32_t features, largest_frame;
    uint64_t attempt_at, asked_at, leave_at, next_deadline;
    size_t waiting, owed, blocked_call;
    struct weir__call calls[WEIR_IN_FLIGHT];
    struct weir__report reports[WEIR_REPORTS];
    size_t report_first, report_count;
    weir_ticket releases[64];
    size_t release_count;
    struct weir__denial denials[WEIR_DENIALS + 4];
    size_t input_count, output_start, output_end, output_held; /* held: from here on it is for the next connection */
    uint8_t input[WEIR_LARGEST_FRAME];
    uint8_t output[WEIR_OUTPUT];
    char problem[160];
};

/* The reader and writers of frames, without a connection: what tests and other event loops build on. */
typedef struct weir__frame {
    uint32_t length;
    uint8_t operation;
    uint16_t flags;
    uint64_t id;
} weir__frame;
typedef struct weir__fault {
    uint16_t code; /* as in ERROR */
    const char *field;
    size_t offset;
} weir__fault;
int weir__read_header(const uint8_t *bytes, size_t count, weir__frame *frame, weir__fault *fault);
int weir__read_check_answer(const uint8_t *bytes, const weir__frame *frame, weir_answer *answer, uint8_t *decision, weir__fault *fault);
size_t weir__check_bytes(const weir_request *request, const char **problem);
size_t weir__write_check(uint8_t *to, const weir_request *request, uint64_t id);
size_t weir__write_reports(uint8_t *to, const weir_response *responses, size_t count, int quiet, uint64_t id);
size_t weir__write_releases(uint8_t *to, const weir_ticket *tickets, size_t count, uint64_t id);
size_t weir__write_hello(uint8_t *to, const char *name, uint32_t features, uint64_t id);
const char *weir__response_problem(const weir_response *response);
void weir__feed(weir_client *client, const uint8_t *bytes, size_t count, uint64_t now);
uint64_t weir__now(void);

#ifdef __cplusplus
}
#endif
#endif /* WEIR_H */

#if defined(WEIR_IMPLEMENTATION) && !defined(WEIR_IMPLEMENTED)
#define WEIR_IMPLEMENTED

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { WEIR__OFFLINE, WEIR__GREETING, WEIR__READY, WEIR__LEAVING };
enum { WEIR__FREE, WEIR__WAITING, WEIR__DONE };
enum { WEIR__HELLO = 1, WEIR__CHECK = 2, WEIR__REPORT = 3, WEIR__RELEASE = 4, WEIR__PING = 5, WEIR__GOAWAY = 0x86, WEIR__ERROR = 0xff };
enum { WEIR__CONCURRENCY = 4 }; /* the feature bit of agents that have slots */

/* Between two attempts to connect: this, and up to as much again by chance. */
static const uint64_t weir__attempt_us = 100000;
/* Silence after which new checks do not wait for their deadline, and after which the connection is given up. */
static const uint64_t weir__stall_us = 100000, weir__give_up_us = 1000000;
/* Late answers that a connection may owe. */
static const size_t weir__largest_owed = 512;
static const uint64_t weir__bound = (uint64_t)1 << 62;
static const uint64_t weir__no_time = UINT64_MAX;

/* ---- Numbers ---- */

static uint16_t weir__get16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t weir__get32(const uint8_t *p) { return (uint32_t)weir__get16(p) | (uint32_t)weir__get16(p + 2) << 16; }
static uint64_t weir__get64(const uint8_t *p) { return (uint64_t)weir__get32(p) | (uint64_t)weir__get32(p + 4) << 32; }
static void weir__put16(uint8_t *p, uint64_t v) { p[0] = (uint8_t)(v & 0xff); p[1] = (uint8_t)(v >> 8 & 0xff); }
static void weir__put32(uint8_t *p, uint64_t v) { weir__put16(p, v); weir__put16(p + 2, v >> 16); }
static void weir__put64(uint8_t *p, uint64_t v) { weir__put32(p, v); weir__put32(p + 4, v >> 32); }

uint64_t weir__now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static uint64_t weir__chance(weir_client *c) { /* xorshift64: for jitter */
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return c->random;
}

static void weir__copy_text(char *to, size_t room, const uint8_t *from, size_t count) {
    if (count >= room) count = room - 1;
    if (count > 0) memcpy(to, from, count);
    to[count] = 0;
}

/* ---- Frames ---- */

static int weir__fail(weir__fault *fault, uint16_t code, const char *field, size_t offset) {
    fault->code = code;
    fault->field = field;
    fault->offset = offset;
    return -1;
}

/* Returns 1 when the frame is whole, 0 when more must come, -1 with the fault. */
int weir__read_header(const uint8_t *bytes, size_t count, weir__frame *frame, weir__fault *fault) {
    if (count < 4) return 0;
    frame->length = weir__get32(bytes);
    if (frame->length < 16 || frame->length > WEIR_LARGEST_FRAME) return weir__fail(fault, 1, "length", 0);
    if (count < 16) return 0;
    frame->operation = bytes[5];
    frame->flags = weir__get16(bytes + 6);
    frame->id = weir__get64(bytes + 8);
    if (bytes[4] != 1) return weir__fail(fault, 2, "version", 4);
    if (frame->flags > 0xff) return weir__fail(fault, 5, "flags", 6);
    return count >= frame->length;
}

int weir__read_check_answer(const uint8_t *b, const weir__frame *frame, weir_answer *a, uint8_t *decision, weir__fault *fault) {
    size_t rule, consumer;
    if (frame->length < 88) return weir__fail(fault, 4, "answer", frame->length);
    rule = b[21];
    consumer = b[22];
    if (88 + rule + consumer > frame->length) return weir__fail(fault, 4, "rule", 88);
    *decision = b[16];
    a->allowed = b[16] == 0;
    a->trouble = WEIR_TROUBLE_NONE;
    a->reason = b[17];
    a->status = weir__get16(b + 18);
    a->state = b[20];
    a->remembered = 0;
    a->unit = b[23];
    a->limit = weir__get64(b + 24);
    a->remaining = weir__get64(b + 32);
    a->window_s = weir__get32(b + 40);
    a->reset_us = weir__get64(b + 48);
    a->retry_after_us = weir__get64(b + 56);
    memcpy(a->ticket.bytes, b + 64, 24);
    a->ticket.run = 0;
    weir__copy_text(a->rule, sizeof a->rule, b + 88, rule);
    weir__copy_text(a->consumer, sizeof a->consumer, b + 88 + rule, consumer);
    return 0;
}

static void weir__write_header(uint8_t *to, size_t length, uint8_t operation, uint64_t flags, uint64_t id) {
    weir__put32(to, length);
    to[4] = 1;
    to[5] = operation;
    weir__put16(to + 6, flags);
    weir__put64(to + 8, id);
}

static const char *const weir__names[] = {"", "api_key", "ip", "method", "path", "host", "user", "consumer", "plan", "product", "route"};

/* The number of a name that has one, so that it is sent, and compared, in one form only. */
static uint8_t weir__number(const weir_attribute *a) {
    uint8_t number;
    if (a->number != WEIR_CUSTOM) return a->number;
    for (number = 1; number <= 10; number++)
        if (strcmp(a->name, weir__names[number]) == 0) return number;
    return WEIR_CUSTOM;
}

/* Bytes of the frame; 0 with a problem when it cannot be made. */
size_t weir__check_bytes(const weir_request *request, const char **problem) {
    size_t bytes = 24, i, j;
    if (request->count > 32) {
        *problem = "attributes: a check takes at most 32";
        return 0;
    }
    for (i = 0; i < request->count; i++) {
        const weir_attribute *a = &request->attributes[i];
        uint8_t number;
        size_t name = 0;
        if (a->number == WEIR_CUSTOM) {
            while (a->name && name < 64 && a->name[name]) name++;
            if (name < 1 || name > 63) {
                *problem = "attribute name length: expected 1 to 63 bytes";
                return 0;
            }
        } else if (a->number > 10) {
            *problem = "attribute: expected WEIR_CUSTOM to WEIR_ROUTE";
            return 0;
        }
        if (a->length > 8192) {
            *problem = "attribute value length: expected at most 8,192 bytes";
            return 0;
        }
        number = weir__number(a);
        for (j = 0; j < i; j++) {
            const weir_attribute *other = &request->attributes[j];
            if (weir__number(other) == number && (number != WEIR_CUSTOM || strcmp(other->name, a->name) == 0)) {
                *problem = "attribute given twice";
                return 0;
            }
        }
        bytes += 4 + (number == WEIR_CUSTOM ? name : 0) + a->length;
    }
    if (bytes > WEIR_LARGEST_FRAME) {
        *problem = "attributes: expected at most 16,384 bytes together";
        return 0;
    }
    return bytes;
}

/* Room for `weir__check_bytes` must be there. */
size_t weir__write_check(uint8_t *to, const weir_request *request, uint64_t id) {
    uint8_t *p = to + 24;
    size_t i;
    for (i = 0; i < request->count; i++) {
        const weir_attribute *a = &request->attributes[i];
        uint8_t number = weir__number(a);
        size_t name = number == WEIR_CUSTOM ? strlen(a->name) : 0;
        p[0] = number;
        p[1] = (uint8_t)name;
        weir__put16(p + 2, a->length);
        p += 4;
        if (name > 0) memcpy(p, a->name, name);
        p += name;
        if (a->length > 0) memcpy(p, a->value, a->length);
        p += a->length;
    }
    weir__write_header(to, (size_t)(p - to), WEIR__CHECK, request->flags & 0xffu, id);
    weir__put32(to + 16, request->cost);
    weir__put16(to + 20, request->count);
    weir__put16(to + 22, 0);
    return (size_t)(p - to);
}

const char *weir__response_problem(const weir_response *r) {
    if (r->status < 100 || r->status > 599) return "status: expected 100 to 599";
    if (r->bytes_in >= weir__bound) return "bytes in: expected less than 2^62";
    if (r->bytes_out >= weir__bound) return "bytes out: expected less than 2^62";
    if (r->has_cost && r->cost >= weir__bound) return "cost: expected less than 2^62";
    return NULL;
}

static void weir__write_entry(uint8_t *p, const weir_response *r) {
    memcpy(p, r->ticket.bytes, 24);
    weir__put16(p + 24, r->status);
    weir__put16(p + 26, r->has_cost ? 1 : 0);
    weir__put32(p + 28, 0);
    weir__put64(p + 32, r->bytes_in);
    weir__put64(p + 40, r->bytes_out);
    weir__put64(p + 48, r->has_cost ? r->cost : 0);
}

static void weir__write_count(uint8_t *to, size_t length, uint8_t operation, uint64_t flags, uint64_t id, size_t count) {
    weir__write_header(to, length, operation, flags, id);
    weir__put64(to + 16, count);
}

size_t weir__write_reports(uint8_t *to, const weir_response *responses, size_t count, int quiet, uint64_t id) {
    size_t i, length = 24 + 56 * count;
    if (count < 1 || count > 64) return 0;
    for (i = 0; i < count; i++) weir__write_entry(to + 24 + 56 * i, &responses[i]);
    weir__write_count(to, length, WEIR__REPORT, quiet ? 1 : 0, id, count);
    return length;
}

size_t weir__write_releases(uint8_t *to, const weir_ticket *tickets, size_t count, uint64_t id) {
    size_t i, length = 24 + 24 * count;
    if (count < 1 || count > 64) return 0;
    for (i = 0; i < count; i++) memcpy(to + 24 + 24 * i, tickets[i].bytes, 24);
    weir__write_count(to, length, WEIR__RELEASE, 0, id, count);
    return length;
}

size_t weir__write_hello(uint8_t *to, const char *name, uint32_t features, uint64_t id) {
    size_t count = strlen(name);
    if (count > 64) return 0;
    weir__write_header(to, 24 + count, WEIR__HELLO, 0, id);
    weir__put16(to + 16, 1);
    to[18] = (uint8_t)count;
    to[19] = 0;
    weir__put32(to + 20, features);
    if (count > 0) memcpy(to + 24, name, count);
    return 24 + count;
}

/* ---- Words ---- */

static void weir__say(weir_client *c, const char *message) {
    weir__copy_text(c->problem, sizeof c->problem, (const uint8_t *)message, strlen(message));
    if (c->options.log) c->options.log(c->options.log_context, c->problem);
}

/* Trouble is logged when it begins and when it is over. */
static void weir__say_trouble(weir_client *c, const char *what, const char *why) {
    char text[160];
    int n = snprintf(text, sizeof text, "weir: %s%s%s (%s)", what, *why ? ": " : "", why, c->options.socket);
    if (n < 0) return;
    if (c->in_trouble) weir__copy_text(c->problem, sizeof c->problem, (const uint8_t *)text, strlen(text));
    else weir__say(c, text);
    c->in_trouble = 1;
}

const char *weir_reason_name(uint8_t reason) {
    static const char *const names[] = {"ok", "rate", "quota", "balance", "concurrency", "key-missing", "key-unknown", "key-revoked",
        "key-expired", "no-plan", "overload", "blocked", "too-large", "unlimited", "exempt", "no-policy"};
    return reason < sizeof names / sizeof *names ? names[reason] : "other";
}

const char *weir_trouble_name(uint8_t trouble) {
    static const char *const names[] = {"none", "unreachable", "timeout", "lost", "refused", "violation", "busy", "undecided", "invalid"};
    return trouble < sizeof names / sizeof *names ? names[trouble] : "other";
}

const char *weir_problem(const weir_client *c) { return c->problem; }
const weir_stats *weir_statistics(const weir_client *c) { return &c->stats; }

weir_attribute weir_text(uint8_t number, const char *value) {
    weir_attribute a;
    a.number = number;
    a.name = NULL;
    a.value = value;
    a.length = strlen(value);
    return a;
}

weir_attribute weir_custom(const char *name, const char *value) {
    weir_attribute a = weir_text(WEIR_CUSTOM, value);
    a.name = name;
    return a;
}

static uint64_t weir__seconds(uint64_t us) { return us / 1000000u + (us % 1000000u != 0); }

int64_t weir_retry_after(const weir_answer *a) {
    uint64_t seconds;
    if (a->allowed) return 0;
    if (a->retry_after_us == WEIR_NEVER) return -1;
    seconds = weir__seconds(a->retry_after_us);
    return seconds < 1 ? 1 : (int64_t)seconds;
}

size_t weir_http_fields(const weir_answer *a, char *text, size_t room) {
    uint64_t wait = a->allowed ? a->reset_us : a->retry_after_us;
    size_t used = 0;
    int n;
#define WEIR__ADD(...)                                              \
    do {                                                            \
        n = snprintf(text + used, room - used, __VA_ARGS__);        \
        if (n < 0 || (size_t)n >= room - used) return 0;            \
        used += (size_t)n;                                          \
    } while (0)
    if (room == 0) return 0;
    text[0] = 0;
    if (a->limit > 0 && a->rule[0]) {
        WEIR__ADD("RateLimit: \"%s\";r=%llu", a->rule, (unsigned long long)a->remaining);
        if (wait != WEIR_NEVER) WEIR__ADD(";t=%llu", (unsigned long long)weir__seconds(wait));
        WEIR__ADD("\r\nRateLimit-Policy: \"%s\";q=%llu", a->rule, (unsigned long long)a->limit);
        if (a->unit == 1) WEIR__ADD(";qu=\"content-bytes\"");
        if (a->unit == 2) WEIR__ADD(";qu=\"concurrent-requests\"");
        if (a->window_s > 0 && a->unit != 2) WEIR__ADD(";w=%lu", (unsigned long)a->window_s);
        WEIR__ADD("\r\n");
    }
    if (!a->allowed) {
        if (a->retry_after_us != WEIR_NEVER) WEIR__ADD("Retry-After: %lld\r\n", (long long)weir_retry_after(a));
        WEIR__ADD("Cache-Control: no-store\r\n");
    }
#undef WEIR__ADD
    return used;
}

/* ---- Denials that are remembered ---- */

#define WEIR__ROTATE(v, n) ((v) << (n) | (v) >> (64 - (n)))
#define WEIR__ROUND                                                                                          \
    do {                                                                                                     \
        v0 += v1; v1 = WEIR__ROTATE(v1, 13); v1 ^= v0; v0 = WEIR__ROTATE(v0, 32);                            \
        v2 += v3; v3 = WEIR__ROTATE(v3, 16); v3 ^= v2;                                                       \
        v0 += v3; v3 = WEIR__ROTATE(v3, 21); v3 ^= v0;                                                       \
        v2 += v1; v1 = WEIR__ROTATE(v1, 17); v1 ^= v2; v2 = WEIR__ROTATE(v2, 32);                            \
    } while (0)

/* SipHash-2-4 of 128 bits under a secret, so that no caller can make its attributes look like another's. */
static void weir__hash(const uint64_t secret[2], const uint8_t *bytes, size_t count, uint64_t out[2]) {
    uint64_t v0 = secret[0] ^ 0x736f6d6570736575u, v1 = secret[1] ^ 0x646f72616e646f6du ^ 0xee;
    uint64_t v2 = secret[0] ^ 0x6c7967656e657261u, v3 = secret[1] ^ 0x7465646279746573u, m = (uint64_t)count << 56;
    size_t i, whole = count - count % 8;
    for (i = 0; i < whole; i += 8) {
        uint64_t word = weir__get64(bytes + i);
        v3 ^= word;
        WEIR__ROUND; WEIR__ROUND;
        v0 ^= word;
    }
    for (; i < count; i++) m |= (uint64_t)bytes[i] << 8 * (i - whole);
    v3 ^= m;
    WEIR__ROUND; WEIR__ROUND;
    v0 ^= m;
    v2 ^= 0xee;
    WEIR__ROUND; WEIR__ROUND; WEIR__ROUND; WEIR__ROUND;
    out[0] = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xdd;
    WEIR__ROUND; WEIR__ROUND; WEIR__ROUND; WEIR__ROUND;
    out[1] = v0 ^ v1 ^ v2 ^ v3;
}

static int weir__remembers(const weir_client *c) { return WEIR_DENIALS >= 4 && c->options.denials_us > 0 && !c->forgetful; }

static struct weir__denial *weir__denial_set(weir_client *c, const uint64_t key[2]) {
    return &c->denials[key[0] % (WEIR_DENIALS / 4 > 0 ? WEIR_DENIALS / 4 : 1) * 4];
}

/* Only what time alone gives back, and only for as long as it takes. */
static void weir__remember(weir_client *c, const struct weir__call *call, uint64_t now) {
    const weir_answer *a = &call->answer;
    struct weir__denial *set, *place;
    uint64_t life = a->retry_after_us < c->options.denials_us ? a->retry_after_us : c->options.denials_us;
    size_t i;
    if (!weir__remembers(c) || a->allowed || a->trouble || call->cost == 0 || call->flags & WEIR_PEEK) return;
    if ((a->reason != WEIR_REASON_RATE && a->reason != WEIR_REASON_QUOTA) || life == 0) return;
    set = weir__denial_set(c, call->key);
    place = set;
    for (i = 0; i < 4; i++) {
        if (memcmp(set[i].key, call->key, sizeof set[i].key) == 0) {
            place = &set[i];
            break;
        }
        if (set[i].until < place->until) place = &set[i];
    }
    memcpy(place->key, call->key, sizeof place->key);
    place->cost = call->cost;
    place->until = now + life;
    place->retry_at = a->retry_after_us > weir__bound ? WEIR_NEVER : now + a->retry_after_us;
    place->reset_at = now + (a->reset_us > weir__bound ? weir__bound : a->reset_us);
    place->answer = *a;
}

/* A smaller cost than the one that was denied may pass: it is asked for. */
static int weir__recall(weir_client *c, const weir_request *request, const uint64_t key[2], uint64_t now, weir_answer *answer) {
    struct weir__denial *set;
    size_t i;
    if (!weir__remembers(c) || request->cost == 0 || request->flags & WEIR_PEEK) return 0;
    set = weir__denial_set(c, key);
    for (i = 0; i < 4; i++) {
        if (now >= set[i].until || memcmp(set[i].key, key, sizeof set[i].key) != 0 || request->cost < set[i].cost) continue;
        *answer = set[i].answer;
        answer->remembered = 1;
        if (set[i].retry_at != WEIR_NEVER) answer->retry_after_us = set[i].retry_at - now;
        answer->reset_us = set[i].reset_at > now ? set[i].reset_at - now : 0;
        c->stats.remembered++;
        return 1;
    }
    return 0;
}

/* ---- Calls ---- */

static void weir__answer_trouble(weir_client *c, weir_answer *a, uint8_t trouble) {
    memset(a, 0, sizeof *a);
    a->trouble = trouble;
    a->allowed = trouble != WEIR_TROUBLE_INVALID && c->options.on_trouble == WEIR_OPEN;
    a->reason = WEIR_REASON_OVERLOAD;
    a->status = a->allowed ? 200 : trouble == WEIR_TROUBLE_INVALID ? 400 : 503;
    a->retry_after_us = a->allowed ? 0 : trouble == WEIR_TROUBLE_INVALID ? WEIR_NEVER : 1000000;
    if (trouble != WEIR_TROUBLE_INVALID) c->stats.troubles++;
}

static void weir__finish(weir_client *c, struct weir__call *call) {
    call->state = WEIR__DONE;
    c->waiting--;
}

static void weir__fail_calls(weir_client *c, uint8_t trouble, int also_unsent) {
    size_t i;
    for (i = 0; i < WEIR_IN_FLIGHT; i++) {
        struct weir__call *call = &c->calls[i];
        if (call->state != WEIR__WAITING || (call->unsent && !also_unsent)) continue;
        weir__answer_trouble(c, &call->answer, trouble);
        weir__finish(c, call);
    }
}

static void weir__expire(weir_client *c, uint64_t now) {
    size_t i;
    if (now < c->next_deadline) return;
    c->next_deadline = weir__no_time;
    for (i = 0; i < WEIR_IN_FLIGHT; i++) {
        struct weir__call *call = &c->calls[i];
        if (call->state != WEIR__WAITING) continue;
        if (now >= call->deadline) {
            weir__say_trouble(c, "no answer in time", "");
            weir__answer_trouble(c, &call->answer, WEIR_TROUBLE_TIMEOUT);
            weir__finish(c, call);
            c->owed++;
        } else if (call->deadline < c->next_deadline) {
            c->next_deadline = call->deadline;
        }
    }
}

/* ---- The connection ---- */

/* Unanswered reports will be sent again; calls that were sent are in trouble, those that were not wait for the next connection. */
static void weir__disconnect(weir_client *c, uint8_t trouble, int also_unsent) {
    size_t i;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->phase = WEIR__OFFLINE;
    c->input_count = 0;
    c->owed = 0;
    c->asked_at = 0;
    c->release_count = 0; /* the end of the connection has freed them */
    weir__fail_calls(c, trouble, also_unsent);
    if (also_unsent) c->output_start = c->output_end = c->output_held = 0;
    else c->output_start = c->output_held;
    c->output_held = c->output_start;
    for (i = 0; i < c->report_count; i++) c->reports[(c->report_first + i) % WEIR_REPORTS].sent = 0;
}

static void weir__give_up(weir_client *c, uint8_t trouble, const char *what, const char *why) {
    weir__say_trouble(c, what, why);
    weir__disconnect(c, trouble, 1);
}

/* A Unix socket connects at once or not at all. Returns 0, or -1 when there is no connection. */
static int weir__connect(weir_client *c, uint64_t now) {
    struct sockaddr_un address;
    uint8_t hello[96];
    size_t count;
    int flags;
    if (now < c->attempt_at) return -1;
    c->attempt_at = now + weir__attempt_us + weir__chance(c) % weir__attempt_us;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, c->options.socket, strlen(c->options.socket) + 1);
    c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (c->fd < 0) {
        weir__give_up(c, WEIR_TROUBLE_UNREACHABLE, "no socket", strerror(errno));
        return -1;
    }
    flags = fcntl(c->fd, F_GETFL);
    if (fcntl(c->fd, F_SETFD, FD_CLOEXEC) < 0 || flags < 0 || fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) < 0
        || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) {
        weir__give_up(c, WEIR_TROUBLE_UNREACHABLE, "no agent", strerror(errno));
        return -1;
    }
    count = weir__write_hello(hello, "c/" WEIR_VERSION, 0xf, c->next_id++);
    if (send(c->fd, hello, count, MSG_NOSIGNAL) != (ssize_t)count) {
        weir__give_up(c, WEIR_TROUBLE_UNREACHABLE, "the agent closed the connection", strerror(errno));
        return -1;
    }
    c->phase = WEIR__GREETING;
    c->asked_at = now;
    c->stats.connections++;
    return 0;
}

/* Bytes of output that may leave over this connection. */
static size_t weir__sendable(const weir_client *c) {
    if (c->phase == WEIR__READY) return c->output_end - c->output_start;
    return c->phase == WEIR__LEAVING ? c->output_held - c->output_start : 0;
}

/* A place for a frame at the end of the output; NULL when there is none. */
static uint8_t *weir__room(weir_client *c, size_t bytes) {
    if (c->output_start == c->output_end) c->output_start = c->output_end = c->output_held = 0;
    if (WEIR_OUTPUT - c->output_end < bytes && c->output_start > 0) {
        memmove(c->output, c->output + c->output_start, c->output_end - c->output_start);
        c->output_end -= c->output_start;
        c->output_held -= c->output_start < c->output_held ? c->output_start : c->output_held;
        c->output_start = 0;
    }
    return WEIR_OUTPUT - c->output_end < bytes ? NULL : c->output + c->output_end;
}

/* While leaving, what is put behind the held part is for the next connection; before that, for this one. */
static void weir__queued(weir_client *c, size_t bytes, uint64_t now) {
    c->output_end += bytes;
    if (c->phase == WEIR__READY && c->asked_at == 0) c->asked_at = now;
}

static void weir__drop_done_reports(weir_client *c) {
    while (c->report_count > 0 && c->reports[c->report_first].done) {
        c->report_first = (c->report_first + 1) % WEIR_REPORTS;
        c->report_count--;
    }
}

/* Puts due reports into the output, as far as there is room. */
static void weir__queue_reports(weir_client *c, uint64_t now, int all) {
    size_t i, fresh = 0, batch = 0;
    uint64_t oldest = weir__no_time, frame;
    uint8_t *to;
    if (c->phase != WEIR__READY) return;
    for (i = 0; i < c->report_count; i++) {
        struct weir__report *r = &c->reports[(c->report_first + i) % WEIR_REPORTS];
        if (r->done || r->sent) continue;
        if (r->response.ticket.run != c->run) { /* of a run that is over */
            r->done = 1;
            c->stats.reports_unknown++;
            continue;
        }
        fresh++;
        if (r->since < oldest) oldest = r->since;
    }
    if (fresh > 0 && (all || fresh >= 64 || now >= oldest + c->options.report_delay_us)) {
        i = 0;
        while (fresh > 0) {
            size_t take = fresh < 64 ? fresh : 64;
            to = weir__room(c, 24 + 56 * take);
            if (!to) break;
            frame = c->next_id++ | (uint64_t)1 << 63;
            for (batch = 0; batch < take; i++) {
                struct weir__report *r = &c->reports[(c->report_first + i) % WEIR_REPORTS];
                if (r->done || r->sent) continue;
                weir__write_entry(to + 24 + 56 * batch++, &r->response);
                r->sent = 1;
                r->frame = frame;
                if (c->options.quiet_reports) r->done = 1;
            }
            weir__write_count(to, 24 + 56 * take, WEIR__REPORT, c->options.quiet_reports ? 1 : 0, frame, take);
            weir__queued(c, 24 + 56 * take, now);
            if (c->options.quiet_reports && c->waiting == 0) c->asked_at = 0;
            c->stats.reports_sent += take;
            fresh -= take;
        }
    }
    weir__drop_done_reports(c);
    if (c->release_count > 0 && (to = weir__room(c, 24 + 24 * c->release_count)) != NULL) {
        weir__queued(c, weir__write_releases(to, c->releases, c->release_count, c->next_id++ | (uint64_t)1 << 63), now);
        c->release_count = 0;
    }
}

static size_t weir__unanswered_reports(const weir_client *c) {
    size_t i, count = 0;
    for (i = 0; i < c->report_count; i++) {
        const struct weir__report *r = &c->reports[(c->report_first + i) % WEIR_REPORTS];
        count += r->sent && !r->done;
    }
    return count;
}

/* Returns 0, or -1 when the connection is gone. */
static int weir__send(weir_client *c) {
    size_t count;
    while ((count = weir__sendable(c)) > 0) {
        ssize_t sent = send(c->fd, c->output + c->output_start, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
        if (sent < 0) {
            weir__give_up(c, WEIR_TROUBLE_LOST, "the agent closed the connection", "");
            return -1;
        }
        c->output_start += (size_t)sent;
    }
    return 0;
}

/* ---- What the agent says ---- */

/* Checks that came before HELLO was answered, and are too large for this agent: sent, they would end the connection for all. */
static void weir__drop_large(weir_client *c) {
    size_t at = c->output_start;
    while (at < c->output_end) {
        size_t length = weir__get32(c->output + at);
        struct weir__call *call = &c->calls[weir__get64(c->output + at + 8) % WEIR_IN_FLIGHT];
        if (length <= c->largest_frame) {
            at += length;
            continue;
        }
        if (call->state == WEIR__WAITING && call->id == weir__get64(c->output + at + 8)) {
            weir__answer_trouble(c, &call->answer, WEIR_TROUBLE_INVALID);
            weir__finish(c, call);
        }
        memmove(c->output + at, c->output + at + length, c->output_end - at - length);
        c->output_end -= length;
    }
}

static void weir__take_hello(weir_client *c, const uint8_t *b, const weir__frame *frame) {
    size_t i;
    if (frame->length < 52 || weir__get16(b + 16) != 1) {
        weir__give_up(c, WEIR_TROUBLE_VIOLATION, "the agent's answer was not understood", "HELLO");
        return;
    }
    c->features = weir__get32(b + 20);
    c->largest_frame = weir__get32(b + 24) < WEIR_LARGEST_FRAME ? weir__get32(b + 24) : WEIR_LARGEST_FRAME;
    if (memcmp(c->incarnation, b + 32, 16) != 0) memset(c->denials, 0, sizeof c->denials);
    memcpy(c->incarnation, b + 32, 16);
    c->run = weir__get64(b + 32) ^ (weir__get64(b + 40) << 1 | weir__get64(b + 40) >> 63);
    if (c->phase != WEIR__GREETING) return;
    c->phase = WEIR__READY;
    if (c->in_trouble) weir__say(c, "weir: the agent answers");
    c->in_trouble = 0;
    weir__drop_large(c);
    for (i = 0; i < WEIR_IN_FLIGHT; i++) c->calls[i].unsent = 0;
}

static void weir__take_check(weir_client *c, const uint8_t *b, const weir__frame *frame, uint64_t now) {
    struct weir__call *call = &c->calls[frame->id % WEIR_IN_FLIGHT];
    weir_answer late, *answer = &late;
    weir__fault fault;
    uint8_t decision = 0;
    int is_late = call->state != WEIR__WAITING || call->id != frame->id;
    if (!is_late) answer = &call->answer;
    if (weir__read_check_answer(b, frame, answer, &decision, &fault) < 0) {
        weir__give_up(c, WEIR_TROUBLE_VIOLATION, "the agent's answer was not understood", fault.field);
        return;
    }
    if (is_late) { /* nobody will report on it: a slot that it took is given back */
        static const uint8_t none[24] = {0};
        c->stats.late++;
        if (c->owed > 0) c->owed--;
        if (c->features & WEIR__CONCURRENCY && memcmp(late.ticket.bytes, none, 24) != 0 && c->release_count < 64)
            c->releases[c->release_count++] = late.ticket;
        return;
    }
    answer->ticket.run = c->run;
    if (decision > 1) weir__answer_trouble(c, answer, WEIR_TROUBLE_UNDECIDED);
    weir__finish(c, call);
    weir__remember(c, call, now);
    if (c->in_trouble) weir__say(c, "weir: the agent answers");
    c->in_trouble = 0;
}

static void weir__take_report(weir_client *c, const uint8_t *b, const weir__frame *frame) {
    size_t i;
    if (frame->length < 24) {
        weir__give_up(c, WEIR_TROUBLE_VIOLATION, "the agent's answer was not understood", "REPORT");
        return;
    }
    c->stats.reports_counted += weir__get16(b + 16);
    c->stats.reports_repeated += weir__get16(b + 18);
    c->stats.reports_late += weir__get16(b + 20);
    c->stats.reports_unknown += weir__get16(b + 22);
    for (i = 0; i < c->report_count; i++) {
        struct weir__report *r = &c->reports[(c->report_first + i) % WEIR_REPORTS];
        if (r->sent && r->frame == frame->id) r->done = 1;
    }
    weir__drop_done_reports(c);
}

static void weir__take_error(weir_client *c, const uint8_t *b, const weir__frame *frame) {
    char message[100];
    size_t count = 0, i;
    if (frame->length >= 24) {
        count = weir__get16(b + 20);
        if (count > frame->length - 24u) count = frame->length - 24u;
    }
    weir__copy_text(message, sizeof message, b + 24, count);
    for (i = 0; message[i]; i++)
        if ((unsigned char)message[i] < ' ' || message[i] == 0x7f) message[i] = '?';
    /* A frame at fault is not sent again. */
    for (i = 0; i < c->report_count; i++) {
        struct weir__report *r = &c->reports[(c->report_first + i) % WEIR_REPORTS];
        if (!r->sent || r->frame != frame->id) continue;
        r->done = 1;
        c->stats.reports_dropped++;
    }
    weir__drop_done_reports(c);
    c->in_trouble = 0; /* said each time: it is a defect, or a right that is missing */
    weir__give_up(c, WEIR_TROUBLE_REFUSED, "the agent refused", message);
}

static void weir__take_frame(weir_client *c, const uint8_t *b, const weir__frame *frame, uint64_t now) {
    switch (frame->operation) {
    case WEIR__HELLO | 0x80: weir__take_hello(c, b, frame); break;
    case WEIR__CHECK | 0x80: weir__take_check(c, b, frame, now); break;
    case WEIR__REPORT | 0x80: weir__take_report(c, b, frame); break;
    case WEIR__ERROR: weir__take_error(c, b, frame); break;
    case WEIR__GOAWAY:
        if (c->phase == WEIR__GREETING) {
            weir__disconnect(c, WEIR_TROUBLE_LOST, 1);
        } else if (c->phase == WEIR__READY) {
            /* What a successor cannot know is told now; new checks wait for the next connection. */
            weir__queue_reports(c, now, 1);
            c->phase = WEIR__LEAVING;
            c->output_held = c->output_end;
            c->leave_at = now + c->options.deadline_us;
        }
        break;
    default: break; /* PING, RELEASE, or of a later version */
    }
}

/* Takes bytes as they came, cut anywhere. */
void weir__feed(weir_client *c, const uint8_t *bytes, size_t count, uint64_t now) {
    while (count > 0 || c->input_count > 0) {
        weir__frame frame;
        weir__fault fault;
        size_t start = 0, part = sizeof c->input - c->input_count;
        int whole = 0;
        if (part > count) part = count;
        if (part > 0) memcpy(c->input + c->input_count, bytes, part);
        bytes = part > 0 ? bytes + part : bytes;
        count -= part;
        c->input_count += part;
        while (c->input_count > start && (whole = weir__read_header(c->input + start, c->input_count - start, &frame, &fault)) == 1) {
            weir__take_frame(c, c->input + start, &frame, now);
            if (c->phase == WEIR__OFFLINE) return;
            start += frame.length;
        }
        if (whole < 0) {
            weir__give_up(c, WEIR_TROUBLE_VIOLATION, "the agent's answer was not understood", fault.field);
            return;
        }
        if (start > 0) memmove(c->input, c->input + start, c->input_count - start);
        c->input_count -= start;
        if (count == 0) return;
    }
}

/* Returns 0, or -1 when the connection is gone. */
static int weir__receive(weir_client *c, uint64_t now) {
    uint8_t bytes[4096];
    while (c->phase != WEIR__OFFLINE) {
        ssize_t got = recv(c->fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
        if (got <= 0) {
            if (c->phase == WEIR__LEAVING) weir__disconnect(c, WEIR_TROUBLE_LOST, 0);
            else if (c->waiting > 0 || got < 0) weir__give_up(c, WEIR_TROUBLE_LOST, "the agent closed the connection", "");
            else weir__disconnect(c, WEIR_TROUBLE_LOST, 1);
            return -1;
        }
        c->asked_at = 0;
        weir__feed(c, bytes, (size_t)got, now);
        if (c->phase == WEIR__OFFLINE) return -1;
        if (c->asked_at == 0 && (c->waiting > 0 || c->owed > 0)) c->asked_at = now;
        if ((size_t)got < sizeof bytes) return 0;
    }
    return -1;
}

/* How long the agent has said nothing though it was asked; 0 when it was not. */
static uint64_t weir__silence(const weir_client *c, uint64_t now) { return c->asked_at && now > c->asked_at ? now - c->asked_at : 0; }

static int weir__is_stalled(const weir_client *c, uint64_t now) {
    uint64_t patience = weir__stall_us;
    if (c->phase == WEIR__GREETING) return weir__silence(c, now) > c->options.deadline_us;
    if (patience < 2 * (uint64_t)c->options.deadline_us) patience = 2 * (uint64_t)c->options.deadline_us;
    return c->phase == WEIR__READY && c->owed > 0 && weir__silence(c, now) > patience;
}

/* Everything that needs no waiting. */
static void weir__advance(weir_client *c, uint64_t now, int reads) {
    uint64_t give_up = weir__give_up_us;
    if (give_up < 10 * (uint64_t)c->options.deadline_us) give_up = 10 * (uint64_t)c->options.deadline_us;
    /* Silence is judged by what has come, not by what was read: a blocking client reads when it is called. */
    if ((reads || weir__silence(c, now) > weir__stall_us) && c->phase != WEIR__OFFLINE) weir__receive(c, now);
    weir__expire(c, now);
    if (c->phase != WEIR__OFFLINE && (c->owed > weir__largest_owed || weir__silence(c, now) > give_up))
        weir__give_up(c, WEIR_TROUBLE_TIMEOUT, "the agent says nothing", "");
    if (c->phase == WEIR__LEAVING) {
        size_t i, sent = 0;
        for (i = 0; i < WEIR_IN_FLIGHT; i++) sent += c->calls[i].state == WEIR__WAITING && !c->calls[i].unsent;
        if ((sent == 0 && weir__sendable(c) == 0 && weir__unanswered_reports(c) == 0) || now >= c->leave_at)
            weir__disconnect(c, WEIR_TROUBLE_LOST, 0);
    }
    if (c->phase == WEIR__OFFLINE && (c->waiting > 0 || c->report_count > 0) && weir__connect(c, now) < 0 && c->waiting > 0)
        weir__disconnect(c, WEIR_TROUBLE_UNREACHABLE, 1);
    weir__queue_reports(c, now, 0);
    if (c->phase != WEIR__OFFLINE) weir__send(c);
}

/* ---- What programs call ---- */

static int weir__invalid(weir_client *c, const char *problem) {
    weir__copy_text(c->problem, sizeof c->problem, (const uint8_t *)problem, strlen(problem));
    errno = EINVAL;
    return -1;
}

/* Puts a check on its way, or its answer in place. Returns the call; NULL with errno. */
static struct weir__call *weir__begin(weir_client *c, const weir_request *request, uint64_t deadline, uint64_t now) {
    const char *problem = "";
    size_t bytes = weir__check_bytes(request, &problem), i;
    struct weir__call *call = NULL;
    uint8_t *to;
    if (bytes == 0 || bytes > c->largest_frame) {
        weir__invalid(c, bytes ? "attributes: expected fewer bytes than the agent's WEIR_MAX_FRAME" : problem);
        return NULL;
    }
    for (i = 0; i < WEIR_IN_FLIGHT && !call; i++)
        if (c->calls[(c->next_id + i) % WEIR_IN_FLIGHT].state == WEIR__FREE) {
            c->next_id += i;
            call = &c->calls[c->next_id % WEIR_IN_FLIGHT];
        }
    if (!call) {
        errno = EAGAIN;
        return NULL;
    }
    call->id = c->next_id++;
    call->cost = request->cost;
    call->flags = request->flags;
    call->deadline = deadline;
    call->unsent = 0;
    call->state = WEIR__DONE;
    if (c->phase != WEIR__OFFLINE && weir__is_stalled(c, now)) weir__advance(c, now, 1);
    to = weir__room(c, bytes);
    if (!to) {
        weir__answer_trouble(c, &call->answer, WEIR_TROUBLE_BUSY);
        return call;
    }
    weir__write_check(to, request, call->id);
    if (weir__remembers(c)) {
        weir__hash(c->secret, to + 24, bytes - 24, call->key);
        if (weir__recall(c, request, call->key, now, &call->answer)) return call;
    }
    if (weir__is_stalled(c, now)) {
        weir__answer_trouble(c, &call->answer, WEIR_TROUBLE_TIMEOUT);
        return call;
    }
    call->state = WEIR__WAITING;
    call->unsent = c->phase != WEIR__READY;
    c->waiting++;
    if (deadline < c->next_deadline) c->next_deadline = deadline;
    weir__queued(c, bytes, now);
    return call;
}

int weir_submit(weir_client *c, const weir_request *request, uint64_t tag) {
    uint64_t now = weir__now();
    struct weir__call *call = weir__begin(c, request, now + c->options.deadline_us, now);
    if (!call) return -1;
    c->stats.checks++;
    call->tag = tag;
    /* Nothing is sent before the next step, so that many requests leave in one write. */
    return 0;
}

int weir_take(weir_client *c, uint64_t *tag, weir_answer *answer) {
    size_t i;
    for (i = 0; i < WEIR_IN_FLIGHT; i++) {
        struct weir__call *call = &c->calls[i];
        if (call->state != WEIR__DONE || i == c->blocked_call) continue;
        *tag = call->tag;
        *answer = call->answer;
        call->state = WEIR__FREE;
        return 1;
    }
    return 0;
}

void weir_cancel(weir_client *c, uint64_t tag) {
    size_t i;
    for (i = 0; i < WEIR_IN_FLIGHT; i++) {
        struct weir__call *call = &c->calls[i];
        if (call->state == WEIR__FREE || call->tag != tag || i == c->blocked_call) continue;
        if (call->state == WEIR__DONE) {
            if (call->answer.allowed && !call->answer.trouble) weir_release(c, &call->answer.ticket);
        } else {
            c->waiting--;
            c->owed++;
        }
        call->state = WEIR__FREE;
    }
}

static int weir__milliseconds(uint64_t from, uint64_t to) {
    uint64_t ms = to > from ? (to - from + 999) / 1000 : 0;
    return ms > 60000 ? 60000 : (int)ms;
}

int weir_check(weir_client *c, const weir_request *request, weir_answer *answer) {
    uint64_t now = weir__now(), deadline = now + c->options.deadline_us;
    int attempt;
    c->stats.checks++;
    for (attempt = 0;; attempt++) {
        struct weir__call *call = weir__begin(c, request, deadline, now);
        if (!call) {
            int is_full = errno == EAGAIN;
            weir__answer_trouble(c, answer, is_full ? WEIR_TROUBLE_BUSY : WEIR_TROUBLE_INVALID);
            if (is_full) return answer->allowed;
            errno = EINVAL;
            return -1;
        }
        c->blocked_call = (size_t)(call - c->calls);
        if (call->state == WEIR__WAITING) weir__advance(c, now, 0);
        while (call->state == WEIR__WAITING) {
            struct pollfd p;
            int ready;
            p.fd = c->fd;
            p.events = weir_events(c);
            p.revents = 0;
            ready = poll(&p, c->fd >= 0, weir__milliseconds(now, c->phase == WEIR__LEAVING && c->leave_at < deadline ? c->leave_at : deadline));
            now = weir__now();
            /* What has come counts, even when this thread slept beyond the deadline. */
            weir__advance(c, now, ready > 0);
        }
        *answer = call->answer;
        call->state = WEIR__FREE;
        c->blocked_call = WEIR_IN_FLIGHT;
        /* A connection that broke is made anew at once, if none was tried just now: asked again, a check may take twice, never admit more. */
        if (answer->trouble != WEIR_TROUBLE_LOST || attempt > 0 || now >= deadline) return answer->allowed;
        if (c->phase == WEIR__OFFLINE && now < c->attempt_at) return answer->allowed;
        c->stats.troubles--;
    }
}

int weir_fd(const weir_client *c) { return c->fd; }

short weir_events(const weir_client *c) {
    if (c->fd < 0) return 0;
    return (short)(weir__sendable(c) > 0 ? POLLIN | POLLOUT : POLLIN);
}

int weir_timeout(const weir_client *c) {
    uint64_t now = weir__now(), next = c->next_deadline;
    size_t i, unsent = 0;
    if (c->waiting == 0) next = weir__no_time;
    for (i = 0; i < c->report_count; i++) {
        const struct weir__report *r = &c->reports[(c->report_first + i) % WEIR_REPORTS];
        if (r->sent || r->done) continue;
        unsent++;
        if (c->phase == WEIR__READY && r->since + c->options.report_delay_us < next) next = r->since + c->options.report_delay_us;
    }
    if (unsent >= 64 && c->phase == WEIR__READY) next = now;
    if (weir__sendable(c) > WEIR_OUTPUT / 4) next = c->waiting > 0 ? c->next_deadline : weir__no_time; /* the socket is full: POLLOUT comes first */
    if (c->phase == WEIR__READY && c->release_count > 0) next = now;
    if (c->phase == WEIR__LEAVING && c->leave_at < next) next = c->leave_at;
    if (c->phase == WEIR__OFFLINE && c->waiting > 0) next = now;
    if (c->phase == WEIR__OFFLINE && c->report_count > 0 && c->attempt_at < next) next = c->attempt_at;
    if (c->asked_at && c->asked_at + weir__give_up_us < next) next = c->asked_at + weir__give_up_us;
    if (next == weir__no_time) return -1;
    return weir__milliseconds(now, next);
}

void weir_step(weir_client *c) { weir__advance(c, weir__now(), 1); }

int weir_report(weir_client *c, const weir_response *response) {
    static const uint8_t none[24] = {0};
    const char *problem = weir__response_problem(response);
    struct weir__report *r;
    uint64_t now;
    if (problem) return weir__invalid(c, problem);
    if (memcmp(response->ticket.bytes, none, 24) == 0) return 0;
    if (c->report_count == WEIR_REPORTS) {
        c->stats.reports_dropped++;
        errno = ENOBUFS;
        return -1;
    }
    now = weir__now();
    r = &c->reports[(c->report_first + c->report_count++) % WEIR_REPORTS];
    r->response = *response;
    r->since = now;
    r->frame = 0;
    r->sent = r->done = 0;
    if (c->options.report_delay_us == 0 || c->report_count % 64 == 0) weir__advance(c, now, 1);
    return 0;
}

int weir_report_response(weir_client *c, const weir_ticket *ticket, unsigned status, uint64_t bytes_in, uint64_t bytes_out) {
    weir_response r;
    memset(&r, 0, sizeof r);
    r.ticket = *ticket;
    r.status = (uint16_t)(status > 65535 ? 0 : status);
    r.bytes_in = bytes_in;
    r.bytes_out = bytes_out;
    return weir_report(c, &r);
}

int weir_release(weir_client *c, const weir_ticket *ticket) {
    static const uint8_t none[24] = {0};
    /* Another connection than the one that asked has freed it by its end. */
    if (memcmp(ticket->bytes, none, 24) == 0 || c->phase != WEIR__READY || ticket->run != c->run) return 0;
    if (c->release_count == 64) weir__advance(c, weir__now(), 0);
    if (c->release_count == 64) {
        errno = ENOBUFS;
        return -1;
    }
    c->releases[c->release_count++] = *ticket;
    if (c->options.report_delay_us == 0) weir__advance(c, weir__now(), 0);
    return 0;
}

size_t weir_flush(weir_client *c, int milliseconds) {
    uint64_t now = weir__now(), end = now + (uint64_t)(milliseconds > 0 ? milliseconds : 0) * 1000u;
    for (;;) {
        struct pollfd p;
        uint64_t until = end;
        weir__queue_reports(c, now, 1);
        weir__advance(c, now, 1);
        weir__queue_reports(c, now, 1);
        if (c->phase != WEIR__OFFLINE) weir__send(c);
        if (c->report_count == 0 || now >= end) return c->report_count;
        if (c->phase == WEIR__OFFLINE && c->attempt_at < until) until = c->attempt_at;
        p.fd = c->fd;
        p.events = weir_events(c);
        p.revents = 0;
        poll(&p, c->fd >= 0, weir__milliseconds(now, until));
        now = weir__now();
    }
}

static int weir__read_secret(uint64_t secret[2]) {
    ssize_t got;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    got = read(fd, secret, 16);
    close(fd);
    return got == 16 ? 0 : -1;
}

int weir_init(weir_client *c, const weir_options *options) {
    size_t path = 0;
    while (path < sizeof options->socket && options->socket[path]) path++;
    memset(c, 0, sizeof *c);
    c->fd = -1;
    c->blocked_call = WEIR_IN_FLIGHT;
    c->next_deadline = weir__no_time;
    if (options->socket[0] != '/' || path >= sizeof options->socket) return weir__invalid(c, "socket: expected an absolute path of at most 107 bytes");
    if (options->deadline_us < 1000 || options->deadline_us > 60000000) return weir__invalid(c, "deadline_us: expected 1,000 to 60,000,000");
    if (options->on_trouble != WEIR_OPEN && options->on_trouble != WEIR_CLOSED) return weir__invalid(c, "on_trouble: expected WEIR_OPEN or WEIR_CLOSED");
    c->options = *options;
    c->largest_frame = WEIR_LARGEST_FRAME; /* until HELLO tells */
    c->forgetful = weir__read_secret(c->secret) < 0; /* without a secret no denial is remembered */
    c->random = c->secret[0] ^ weir__now() ^ (uint64_t)getpid() << 32;
    if (c->random == 0) c->random = 1;
    c->next_id = 1;
    return 0;
}

void weir_close(weir_client *c) {
    if (c->phase == WEIR__READY) {
        weir__queue_reports(c, weir__now(), 1);
        weir__send(c);
    }
    weir__disconnect(c, WEIR_TROUBLE_LOST, 1);
}

void weir_forget(weir_client *c) {
    weir_options options = c->options;
    if (c->fd >= 0) close(c->fd);
    weir_init(c, &options);
}

/* ---- Settings ---- */

static int weir__duration(const char *text, uint64_t longest, uint64_t *us) {
    uint64_t number = 0;
    const char *p = text;
    while (*p >= '0' && *p <= '9' && number < 100000000) number = number * 10 + (uint64_t)(*p++ - '0');
    if (p == text) return -1;
    if (strcmp(p, "ms") == 0) *us = number * 1000u;
    else if (strcmp(p, "s") == 0) *us = number * 1000000u;
    else if (strcmp(p, "min") == 0) *us = number * 60000000u;
    else if (strcmp(p, "h") == 0) *us = number * 3600000000u;
    else return -1;
    return *us >= 1000 && *us <= longest ? 0 : -1;
}

static int weir__path(char *to, size_t room, const char *folder, const char *rest) {
    int n = snprintf(to, room, "%s%s", folder, rest);
    return n > 0 && (size_t)n < room && to[0] == '/' ? 0 : -1;
}

/* Where the agent puts its socket when no variable says so: the user's own agent, else the system's. */
static void weir__default_socket(char *to, size_t room) {
    const char *folder;
    struct stat found;
    if (geteuid() != 0) {
        folder = getenv("XDG_RUNTIME_DIR");
        if (folder && *folder && weir__path(to, room, folder, "/weir/agent.sock") == 0 && stat(to, &found) == 0) return;
        folder = getenv("XDG_STATE_HOME");
        if (folder && *folder && weir__path(to, room, folder, "/weir/run/agent.sock") == 0 && stat(to, &found) == 0) return;
        folder = getenv("HOME");
        if (folder && *folder && weir__path(to, room, folder, "/.local/state/weir/run/agent.sock") == 0 && stat(to, &found) == 0) return;
    }
    weir__path(to, room, "/run/weir", "/agent.sock");
}

int weir_options_from_environment(weir_options *o, char *why, size_t room) {
    const char *text;
    uint64_t us;
    memset(o, 0, sizeof *o);
    o->deadline_us = 20000;
    o->denials_us = 10000000;
    if ((text = getenv("WEIR_SOCKET")) != NULL && *text) {
        if (weir__path(o->socket, sizeof o->socket, text, "") < 0) {
            snprintf(why, room, "WEIR_SOCKET: expected an absolute path of at most 107 bytes, found \"%.100s\"; give the path of the agent's socket", text);
            return -1;
        }
    } else if ((text = getenv("WEIR_RUNTIME_DIR")) != NULL && *text) {
        if (weir__path(o->socket, sizeof o->socket, text, "/agent.sock") < 0) {
            snprintf(why, room, "WEIR_RUNTIME_DIR: expected an absolute path of at most 96 bytes, found \"%.100s\"; give it, or WEIR_SOCKET", text);
            return -1;
        }
    } else {
        weir__default_socket(o->socket, sizeof o->socket);
    }
    if ((text = getenv("WEIR_CLIENT_DEADLINE")) != NULL && *text) {
        if (weir__duration(text, 60000000, &us) < 0) {
            snprintf(why, room, "WEIR_CLIENT_DEADLINE: expected a duration from 1ms to 1min, with its unit (ms, s, min or h), found \"%.40s\"; try 20ms", text);
            return -1;
        }
        o->deadline_us = (uint32_t)us;
    }
    if ((text = getenv("WEIR_CLIENT_DENY_CACHE")) != NULL && *text) {
        us = 0;
        if (strcmp(text, "off") != 0 && weir__duration(text, 86400000000u, &us) < 0) {
            snprintf(why, room, "WEIR_CLIENT_DENY_CACHE: expected off, or a duration from 1ms to 24h, with its unit (ms, s, min or h), found \"%.40s\"; try 10s", text);
            return -1;
        }
        o->denials_us = us;
    }
    if ((text = getenv("WEIR_CLIENT_ON_TROUBLE")) != NULL && *text) {
        if (strcmp(text, "closed") == 0) o->on_trouble = WEIR_CLOSED;
        else if (strcmp(text, "open") != 0) {
            snprintf(why, room, "WEIR_CLIENT_ON_TROUBLE: expected open or closed, found \"%.40s\"; try open", text);
            return -1;
        }
    }
    return 0;
}

#endif /* WEIR_IMPLEMENTATION */
