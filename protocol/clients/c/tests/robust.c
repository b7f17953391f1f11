/* Bytes of no agent: 200,000 streams of mutated and random frames from a seed, cut anywhere, into one client (under ASan and UBSan). */
#define WEIR_IMPLEMENTATION
#include "../weir.h"
#include "check.h"

static uint64_t state;

static uint32_t below(uint32_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return n ? (uint32_t)((state >> 11) % n) : 0;
}

static uint8_t stream[6 * WEIR_LARGEST_FRAME];

/* A frame that an agent may send, with fields of chance. */
static size_t make_frame(uint8_t *b, uint64_t latest) {
    static const uint8_t operations[] = {0x81, 0x82, 0x82, 0x82, 0x83, 0x84, 0x85, 0x86, 0xff, 0x90};
    size_t length = 16 + below(below(10) ? 200 : 16384 - 16), i;
    for (i = 6; i < length; i++) b[i] = (uint8_t)below(below(3) ? 4 : 256);
    weir__put32(b, length);
    b[4] = 1;
    b[5] = operations[below(sizeof operations)];
    b[7] = 0;
    weir__put64(b + 8, below(2) ? latest - below(70) : below(100));
    if (b[5] == 0x81 && length > 24) weir__put16(b + 16, below(8) ? 1 : below(4));
    return length;
}

static void no_bytes_break_the_client(void) {
    static weir_client c;
    weir_options o;
    char why[200];
    uint64_t now = 1000000, answered = 0, broken = 0;
    int round;
    if (weir_options_from_environment(&o, why, sizeof why) != 0) exit(1);
    strcpy(o.socket, "/nowhere/agent.sock");
    EQUAL(weir_init(&c, &o), 0);
    for (round = 0; round < ROUNDS; round++) {
        size_t count = 0, at = 0;
        uint64_t tag;
        weir_answer answer;
        int frames = 1 + (int)below(6), i;
        if (c.phase == WEIR__OFFLINE) c.phase = below(4) ? WEIR__READY : WEIR__GREETING;
        for (i = (int)below(20); i > 0; i--) {
            weir_attribute who = weir_text(WEIR_IP, "192.0.2.1");
            weir_request r = {&who, 1, 1 + below(3), 0};
            struct weir__call *call = weir__begin(&c, &r, now + 1000 + below(2000), now);
            if (call) call->tag = 1;
        }
        if (below(3) == 0) {
            weir_response p;
            memset(&p, 1, sizeof p);
            p.status = 200;
            p.bytes_in = p.bytes_out = p.cost = 1;
            p.ticket.run = below(4) ? c.run : 1;
            c.options.report_delay_us = 60000000;
            if (c.report_count < WEIR_REPORTS - 1 && c.report_count % 64 != 63) weir_report(&c, &p);
            weir__queue_reports(&c, now, 1);
        }
        while (frames-- > 0) count += make_frame(stream + count, c.next_id);
        for (i = (int)below(3) ? 0 : (int)below(4); i > 0; i--) stream[below((uint32_t)count)] = (uint8_t)below(256);
        while (at < count && c.phase != WEIR__OFFLINE) {
            size_t part = below(3) ? count - at : 1 + below(40);
            if (part > count - at) part = count - at;
            weir__feed(&c, stream + at, part, now);
            at += part;
        }
        broken += c.phase == WEIR__OFFLINE;
        c.output_start = c.output_end = c.output_held = 0; /* sent, as it were */
        now += below(1500);
        weir__expire(&c, now);
        while (weir_take(&c, &tag, &answer)) {
            answered++;
            HOLDS(strlen(answer.rule) < 64 && tag == 1);
        }
        if (c.report_count > 200) c.report_count = 0;
    }
    now += 10000;
    weir__expire(&c, now);
    EQUAL(c.waiting, 0);
    HOLDS(answered > ROUNDS / 4 && broken > ROUNDS / 100 && broken < ROUNDS);
    printf("  %llu answers, %llu connections given up\n", (unsigned long long)answered, (unsigned long long)broken);
}

int main(int count, char **arguments) {
    state = count > 1 ? strtoull(arguments[1], NULL, 10) : 20261125;
    if (state == 0) state = 1;
    printf("  seed %llu\n", (unsigned long long)state);
    RUN(no_bytes_break_the_client);
    return conclude("robust");
}
