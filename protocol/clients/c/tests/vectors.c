/* The shared vectors: what an agent says is read, in one piece and cut at every byte; what a client says is written byte for byte. */
#define WEIR_IMPLEMENTATION
#include "../weir.h"
#include "check.h"

typedef struct vector {
    char name[80];
    uint8_t bytes[20000];
    size_t count;
    char *expect;
} vector;

static char wanted[65536], found[65536];

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
#include <stdarg.h>
static void add(const char *format, ...) {
    size_t used = strlen(found);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found + used, sizeof found - used, format, arguments);
    va_end(arguments);
}

static void add_bytes(const uint8_t *b, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) add(b[i] > ' ' && b[i] <= '~' && b[i] != '%' ? "%c" : "%%%02x", b[i]);
}

static void add_ticket(const uint8_t *b) {
    static const uint8_t none[24];
    size_t i;
    if (memcmp(b, none, 24) == 0) add("-");
    else
        for (i = 0; i < 24; i++) add("%02x", b[i]);
}

static const char *const codes[] = {"", "bad_length", "bad_version", "bad_operation", "truncated", "bad_value", "too_many"};
static const char *const states[] = {"local", "shared", "alone", "shadow"};

/* What the reader finds in bytes that an agent sends, in the vectors' words. */
static void describe(const uint8_t *b, size_t count) {
    weir__frame f;
    weir__fault fault;
    weir_answer a;
    uint8_t decision;
    int whole = weir__read_header(b, count, &f, &fault), i;
    found[0] = 0;
    if (whole < 0) {
        add("error %s field=%s offset=%zu", codes[fault.code], fault.field, fault.offset);
        return;
    }
    if (whole == 0) {
        add("incomplete");
        return;
    }
    switch (f.operation) {
    case 0x81:
        add("hello-answer id=%llu version=%u attributes=%u features=%u frame=%u inflight=%u incarnation=", (unsigned long long)f.id,
            weir__get16(b + 16), weir__get16(b + 18), weir__get32(b + 20), weir__get32(b + 24), weir__get32(b + 28));
        for (i = 15; i >= 0; i--) add("%02x", b[32 + i]);
        add(" agent=");
        add_bytes(b + 52, b[48]);
        break;
    case 0x82:
        if (weir__read_check_answer(b, &f, &a, &decision, &fault) < 0) {
            add("error %s field=%s offset=%zu", codes[fault.code], fault.field, fault.offset);
            return;
        }
        add("check-answer id=%llu decision=%s reason=%s status=%u state=%s limit=%llu remaining=%llu window=%u reset=%llu retry=", (unsigned long long)f.id,
            decision == 0 ? "allow" : decision == 1 ? "deny" : "error", weir_reason_name(a.reason), a.status, states[a.state],
            (unsigned long long)a.limit, (unsigned long long)a.remaining, a.window_s, (unsigned long long)a.reset_us);
        if (a.retry_after_us == WEIR_NEVER) add("never");
        else add("%llu", (unsigned long long)a.retry_after_us);
        add(" ticket=");
        add_ticket(a.ticket.bytes);
        add(" rule=%s consumer=%s", a.rule, a.consumer);
        EQUAL(a.allowed, decision == 0);
        break;
    case 0x83:
        add("report-answer id=%llu accepted=%u repeated=%u late=%u unknown=%u", (unsigned long long)f.id, weir__get16(b + 16), weir__get16(b + 18),
            weir__get16(b + 20), weir__get16(b + 22));
        break;
    case 0x84: add("release-answer id=%llu released=%u unknown=%u", (unsigned long long)f.id, weir__get16(b + 16), weir__get16(b + 18)); break;
    case 0x85: add("ping-answer id=%llu", (unsigned long long)f.id); break;
    case 0x86: add("goaway reason=%u grace=%u", weir__get16(b + 16), weir__get32(b + 20)); break;
    case 0xff:
        add("error-frame id=%llu code=%u offset=%u message=", (unsigned long long)f.id, weir__get16(b + 16), weir__get16(b + 18));
        add_bytes(b + 24, weir__get16(b + 20));
        break;
    default: add("other %u", f.operation); break;
    }
}

/* ---- Reading the file ---- */

static size_t unhex(const char *text, uint8_t *to, size_t room) {
    size_t count = 0;
    int high = -1;
    for (; *text && *text != '\n'; text++) {
        const char *digits = "0123456789abcdef", *digit = *text == ' ' ? NULL : strchr(digits, *text);
        if (!digit || count >= room) continue;
        if (high < 0) high = (int)(digit - digits);
        else {
            to[count++] = (uint8_t)(high << 4 | (int)(digit - digits));
            high = -1;
        }
    }
    return count;
}

/* Takes %xx back, in place; the number of bytes. */
static size_t unescape(char *text) {
    char *to = text, *from = text;
    while (*from) {
        if (*from == '%') {
            uint8_t byte = 0;
            char pair[3] = {from[1], from[2], 0};
            unhex(pair, &byte, 1);
            *to++ = (char)byte;
            from += 3;
        } else *to++ = *from++;
    }
    *to = 0;
    return (size_t)(to - text);
}

static const char *field(const char *expect, const char *name, char *value, size_t room) {
    char key[64];
    const char *at;
    size_t count = 0;
    sprintf(key, " %s=", name);
    at = strstr(expect, key);
    if (!at) return NULL;
    at += strlen(key);
    while (at[count] && at[count] != ' ' && count + 1 < room) count++;
    memcpy(value, at, count);
    value[count] = 0;
    return at + count;
}

static uint64_t number(const char *expect, const char *name) {
    char value[64];
    return field(expect, name, value, sizeof value) ? strtoull(value, NULL, 10) : 0;
}

/* ---- Writing ---- */

static uint8_t written[20000];

/* The frame of a `check …` line; 0 when it is one that this client does not write. */
static size_t write_check(const char *expect) {
    static char values[32][9000], names[32][64];
    weir_attribute attributes[32];
    weir_request request = {attributes, 0, (uint32_t)number(expect, "cost"), (uint16_t)number(expect, "flags")};
    const char *at = strstr(expect, " flags="), *problem = "";
    at = strchr(at + 1, ' ');
    while (at) {
        const char *sign = strchr(at, '='), *end = strchr(sign, ' ');
        size_t length = end ? (size_t)(end - sign - 1) : strlen(sign + 1), i = request.count++;
        memcpy(names[i], at + 1, (size_t)(sign - at - 1));
        names[i][sign - at - 1] = 0;
        memcpy(values[i], sign + 1, length);
        values[i][length] = 0;
        /* All are given by name: those that have a number are sent by it. */
        attributes[i].number = WEIR_CUSTOM;
        attributes[i].name = names[i];
        attributes[i].value = values[i];
        attributes[i].length = unescape(values[i]);
        at = end;
    }
    if (weir__check_bytes(&request, &problem) == 0) return 0;
    return weir__write_check(written, &request, number(expect, "id"));
}

static size_t write_report(const char *expect) {
    static weir_response entries[64];
    const char *at = expect;
    char value[64];
    size_t count = 0;
    while ((at = strstr(at, " ticket=")) != NULL && count < 64) {
        weir_response *r = &entries[count++];
        const char *next = strstr(at + 1, " ticket=");
        static char part[300];
        size_t length = next ? (size_t)(next - at) : strlen(at);
        memcpy(part, at, length);
        part[length] = 0;
        memset(r, 0, sizeof *r);
        field(part, "ticket", value, sizeof value);
        unhex(value, r->ticket.bytes, 24);
        r->status = (uint16_t)number(part, "status");
        r->bytes_in = number(part, "in");
        r->bytes_out = number(part, "out");
        r->has_cost = field(part, "cost", value, sizeof value) != NULL;
        r->cost = number(part, "cost");
        if (weir__response_problem(r)) return 0;
        at += 1;
    }
    return weir__write_reports(written, entries, count, number(expect, "flags") & 1, number(expect, "id"));
}

static size_t write_release(const char *expect) {
    static weir_ticket tickets[64];
    const char *at = expect;
    size_t count = 0;
    while ((at = strstr(at, " ticket=")) != NULL && count < 64) unhex(at += 8, tickets[count++].bytes, 24);
    return weir__write_releases(written, tickets, count, number(expect, "id"));
}

static size_t write_hello(const char *expect) {
    char name[100] = "";
    field(expect, "client", name, sizeof name);
    unescape(name);
    return weir__write_hello(written, name, (uint32_t)number(expect, "features"), number(expect, "id"));
}

/* Frames that are read as `expect` says but are not in the one form that this client writes: longer than needed, or of another version. */
static int is_other_form(const char *name) {
    static const char *const names[] = {"check-unknown-attributes", "check-empty-value", "check-well-known-by-name", "check-reserved-not-zero",
        "check-32-attributes", "check-twice-unknown", "report-cost-without-its-flag", "report-optional-entry-flags", "hello-version-9"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return 1;
    return 0;
}

static int starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static int reads, writes, forms, refusals;

static void try_vector(const vector *v) {
    const char *e = v->expect;
    int is_request = starts(e, "check ") || starts(e, "report ") || starts(e, "release ") || starts(e, "hello ") || starts(e, "ping ");
    int is_header = starts(e, "error bad_length") || starts(e, "error bad_version") || starts(e, "error bad_value field=flags");
    size_t cut;
    if (starts(e, "ping ")) return; /* this client sends none */
    if (is_request) {
        size_t count = starts(e, "check ") ? write_check(e) : starts(e, "report ") ? write_report(e) : starts(e, "release ") ? write_release(e) : write_hello(e);
        if (is_other_form(v->name)) {
            forms++;
            return;
        }
        writes++;
        if (count != v->count || memcmp(written, v->bytes, count) != 0) {
            failures++;
            fprintf(stderr, "%s: another frame was written than the vector's\n", v->name);
        }
        return;
    }
    if (starts(e, "error ") && !is_header) {
        refusals++; /* a request that agents refuse: `refuses` below */
        return;
    }
    reads++;
    describe(v->bytes, v->count);
    strcpy(wanted, e);
    if (strcmp(found, wanted) != 0) {
        failures++;
        fprintf(stderr, "%s: found    %s\n%s: expected %s\n", v->name, found, v->name, wanted);
    }
    if (starts(e, "incomplete")) return;
    for (cut = 0; cut < v->count; cut++) {
        describe(v->bytes, cut);
        if (strcmp(found, "incomplete") != 0 && strcmp(found, wanted) != 0) {
            failures++;
            fprintf(stderr, "%s: cut at byte %zu: found %s\n", v->name, cut, found);
        }
    }
}

static void reads_and_writes_every_vector(void) {
    static vector v;
    static char line[300000], expect[300000];
    FILE *file = fopen(VECTORS, "r");
    int vectors = 0;
    if (!file) {
        perror(VECTORS);
        exit(1);
    }
    v.expect = expect;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (starts(line, "vector ")) {
            strncpy(v.name, line + 9, sizeof v.name - 1);
            vectors++;
        } else if (starts(line, "hex ")) v.count = unhex(line + 9, v.bytes, sizeof v.bytes);
        else if (starts(line, "expect ")) {
            strcpy(expect, line + 9);
            try_vector(&v);
        }
    }
    fclose(file);
    printf("  %d vectors: %d read, %d written, %d in another form, %d that an agent refuses\n", vectors, reads, writes, forms, refusals);
    HOLDS(vectors >= 106 && reads >= 19 && writes >= 20 && forms == 9);
}

/* What agents refuse is not written: the same bounds, the same words. */
static const char *refusal(const weir_request *request) {
    const char *problem = "(none)";
    return weir__check_bytes(request, &problem) == 0 ? problem : "(none)";
}

static void refuses_what_agents_refuse(void) {
    static weir_attribute many[33];
    static char names[33][4], long_name[65], value[8193];
    weir_request r = {many, 33, 1, 0};
    weir_response p;
    weir_ticket t[65];
    size_t i;
    memset(value, 'v', sizeof value);
    memset(long_name, 'n', 64);
    for (i = 0; i < 33; i++) {
        sprintf(names[i], "x%zu", i);
        many[i] = weir_custom(names[i], "v");
    }
    HOLDS(starts(refusal(&r), "attributes: "));
    r.count = 32;
    TEXT(refusal(&r), "(none)");
    r.count = 2;
    many[1].name = names[0];
    TEXT(refusal(&r), "attribute given twice");
    many[0] = weir_text(WEIR_IP, "192.0.2.1");
    many[1] = weir_custom("ip", "192.0.2.2");
    TEXT(refusal(&r), "attribute given twice");
    r.count = 1;
    many[0] = weir_custom("", "x");
    HOLDS(starts(refusal(&r), "attribute name length"));
    many[0] = weir_custom(long_name, "x");
    HOLDS(starts(refusal(&r), "attribute name length"));
    long_name[63] = 0;
    TEXT(refusal(&r), "(none)");
    many[0] = weir_text(WEIR_USER, "");
    many[0].value = value;
    many[0].length = 8193;
    HOLDS(starts(refusal(&r), "attribute value length"));
    many[0].length = 8192;
    TEXT(refusal(&r), "(none)");
    many[1] = many[0];
    many[1].number = WEIR_PATH;
    r.count = 2;
    HOLDS(starts(refusal(&r), "attributes: ")); /* more than a frame */
    memset(&p, 0, sizeof p);
    p.status = 99;
    HOLDS(starts(weir__response_problem(&p), "status"));
    p.status = 600;
    HOLDS(starts(weir__response_problem(&p), "status"));
    p.status = 599;
    HOLDS(weir__response_problem(&p) == NULL);
    p.bytes_in = (uint64_t)1 << 62;
    HOLDS(starts(weir__response_problem(&p), "bytes in"));
    p.bytes_in--;
    p.bytes_out = (uint64_t)1 << 62;
    HOLDS(starts(weir__response_problem(&p), "bytes out"));
    p.bytes_out--;
    p.cost = (uint64_t)1 << 62;
    HOLDS(weir__response_problem(&p) == NULL);
    p.has_cost = 1;
    HOLDS(starts(weir__response_problem(&p), "cost"));
    EQUAL(weir__write_reports(written, &p, 0, 0, 1), 0);
    EQUAL(weir__write_reports(written, &p, 65, 0, 1), 0);
    memset(t, 0, sizeof t);
    EQUAL(weir__write_releases(written, t, 0, 1), 0);
    EQUAL(weir__write_releases(written, t, 65, 1), 0);
    memset(value, 'n', 65);
    value[65] = 0;
    EQUAL(weir__write_hello(written, value, 0, 1), 0);
}

/* The test vectors of SipHash-2-4-128's authors: key 00..0f, input 00, 01, … of that many bytes. */
static void hashes_as_siphash_does(void) {
    static const uint8_t of_0[] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
    static const uint8_t of_1[] = {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45};
    uint8_t key[16], input[1] = {0};
    uint64_t secret[2], out[2];
    uint8_t i;
    for (i = 0; i < 16; i++) key[i] = i;
    secret[0] = weir__get64(key);
    secret[1] = weir__get64(key + 8);
    weir__hash(secret, input, 0, out);
    HOLDS(out[0] == weir__get64(of_0) && out[1] == weir__get64(of_0 + 8));
    weir__hash(secret, input, 1, out);
    HOLDS(out[0] == weir__get64(of_1) && out[1] == weir__get64(of_1 + 8));
}

int main(void) {
    RUN(reads_and_writes_every_vector);
    RUN(refuses_what_agents_refuse);
    RUN(hashes_as_siphash_does);
    return conclude("vectors");
}
