/* Checks and reports allocate nothing, at any time: every malloc of the process is counted. */
#define WEIR_IMPLEMENTATION
#include "real_agent.h"

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static unsigned long allocations;

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}
void *realloc(void *p, size_t size) {
    allocations++;
    return __libc_realloc(p, size);
}

static real_agent agent;
static weir_client client;

static void nothing_is_allocated(void) {
    weir_options o;
    weir_answer a;
    char why[300];
    unsigned long before = allocations;
    void *p = malloc(1);
    int i, asked = 0;
    HOLDS(allocations == before + 1); /* the count counts */
    free(p);
    before = allocations;
    EQUAL(weir_options_from_environment(&o, why, sizeof why), 0);
    strcpy(o.socket, agent.socket);
    o.deadline_us = 1000000;
    EQUAL(weir_init(&client, &o), 0);
    for (i = 0; i < 2000; i++) {
        asked += check(&client, i % 2 ? "limited" : "many", 1, 0, &a);
        if (a.allowed) weir_report_response(&client, &a.ticket, 200, 1, 1);
    }
    HOLDS(asked >= 1003);
    agent_end(&agent, SIGKILL);
    for (i = 0; i < 100; i++) EQUAL(check(&client, "many", 1, 0, &a), 1);
    weir_close(&client);
    EQUAL(allocations - before, 0);
    printf("  a client has %zu bytes\n", sizeof client);
}

int main(void) {
    agent_start(&agent, "limited: 3/h by user when user=limited");
    RUN(nothing_is_allocated);
    agent_run(&agent);
    agent_stop(&agent);
    return conclude("memory");
}
