/* The client against a real agent: decisions, reports, slots, and agents that end, restart and hang. */
#define WEIR_IMPLEMENTATION
#include "real_agent.h"

static real_agent agent;
static const uint32_t second = 1000000;

static weir_client *client_of(const real_agent *a, uint32_t deadline_us) {
    weir_client *c = malloc(sizeof *c);
    weir_options o;
    char why[300];
    if (!c || weir_options_from_environment(&o, why, sizeof why) != 0) exit(1);
    strcpy(o.socket, a->socket);
    o.deadline_us = deadline_us;
    EQUAL(weir_init(c, &o), 0);
    return c;
}

static void let_go(weir_client *c) {
    weir_close(c);
    free(c);
}

static void what_a_rule_allows_passes_and_the_rest_does_not(void) {
    weir_client *c = client_of(&agent, second);
    weir_answer a;
    char fields[300];
    int i;
    for (i = 0; i < 3; i++) {
        EQUAL(check(c, "rated", 1, 0, &a), 1);
        EQUAL(a.status, 200);
        TEXT(a.rule, "rated");
        EQUAL(a.limit, 3);
        EQUAL(a.remaining, 2 - i);
    }
    EQUAL(check(c, "rated", 1, 0, &a), 0);
    EQUAL(a.status, 429);
    EQUAL(a.reason, WEIR_REASON_RATE);
    EQUAL(a.trouble, 0);
    HOLDS(a.retry_after_us > 0 && a.retry_after_us <= 20000000);
    EQUAL(a.remembered, 0);
    EQUAL(check(c, "rated", 1, 0, &a), 0);
    EQUAL(a.remembered, 1);
    HOLDS(weir_http_fields(&a, fields, sizeof fields) > 0);
    HOLDS(strncmp(fields, "RateLimit: \"rated\";r=0;t=20\r\n", 29) == 0);
    EQUAL(check(c, "blocked", 1, 0, &a), 0);
    EQUAL(a.status, 403);
    EQUAL(a.reason, WEIR_REASON_BLOCKED);
    let_go(c);
}

static void reports_are_counted_once(void) {
    weir_client *c = client_of(&agent, second);
    weir_answer a;
    weir_response r;
    int i;
    EQUAL(check(c, "reporter", 1, 0, &a), 1);
    memset(&r, 0, sizeof r);
    r.ticket = a.ticket;
    r.status = 200;
    r.bytes_in = 120;
    r.bytes_out = 4096;
    for (i = 0; i < 3; i++) EQUAL(weir_report(c, &r), 0);
    EQUAL(weir_flush(c, 1000), 0);
    EQUAL(weir_statistics(c)->reports_counted, 1);
    EQUAL(weir_statistics(c)->reports_repeated, 2);
    r.status = 42;
    EQUAL(weir_report(c, &r), -1);
    HOLDS(strstr(weir_problem(c), "status") != NULL);
    let_go(c);
}

static void the_actual_cost_settles_a_reservation(void) {
    weir_client *c = client_of(&agent, second);
    weir_answer a;
    weir_response r;
    EQUAL(check(c, "estimator", 80, WEIR_RESERVE, &a), 1);
    EQUAL(a.remaining, 20);
    EQUAL(check(c, "estimator", 80, WEIR_RESERVE, &a), 0);
    EQUAL(check(c, "estimator", 10, WEIR_RESERVE, &a), 1); /* a smaller one is asked for */
    memset(&r, 0, sizeof r);
    r.ticket = a.ticket;
    r.status = 200;
    r.has_cost = 1;
    r.cost = 2;
    EQUAL(weir_report(c, &r), 0);
    EQUAL(weir_flush(c, 1000), 0);
    EQUAL(check(c, "estimator", 1, WEIR_PEEK, &a), 1);
    EQUAL(a.remaining, 18);
    let_go(c);
}

static void slots_come_back_by_report_release_and_end(void) {
    weir_client *c = client_of(&agent, second), *other = client_of(&agent, second);
    weir_answer a, b;
    EQUAL(check(c, "holder", 1, 0, &a), 1);
    EQUAL(check(c, "holder", 1, 0, &b), 0);
    EQUAL(b.reason, WEIR_REASON_CONCURRENCY);
    EQUAL(weir_report_response(c, &a.ticket, 200, 0, 10), 0);
    EQUAL(check(c, "holder", 1, 0, &a), 1);
    EQUAL(weir_release(c, &a.ticket), 0);
    EQUAL(check(c, "holder", 1, 0, &a), 1);
    EQUAL(check(other, "holder", 1, 0, &b), 0);
    let_go(c);
    pause_ms(20);
    EQUAL(check(other, "holder", 1, 0, &b), 1);
    let_go(other);
}

/* Puts checks on their way, and takes what is there. */
static void drive(weir_client *c, int milliseconds, uint64_t *asked, uint64_t *taken, uint64_t *troubles) {
    uint64_t end = weir__now() + (uint64_t)milliseconds * 1000;
    while (weir__now() < end) {
        weir_attribute who[1];
        weir_request r = {NULL, 1, 1, 0};
        weir_answer a;
        uint64_t tag;
        struct pollfd p;
        who[0] = weir_text(WEIR_USER, "many");
        r.attributes = who;
        while (weir_submit(c, &r, *asked) == 0) ++*asked;
        p.fd = weir_fd(c);
        p.events = weir_events(c);
        p.revents = 0;
        poll(&p, p.fd >= 0, weir_timeout(c));
        weir_step(c);
        while (weir_take(c, &tag, &a)) {
            ++*taken;
            *troubles += a.trouble != 0;
            if (a.allowed && !a.trouble && tag % 16 == 0) weir_report_response(c, &a.ticket, 200, 1, 1);
        }
    }
}

static void no_response_is_lost_when_the_agent_restarts(void) {
    weir_client *c = client_of(&agent, second);
    static const int ends[] = {SIGKILL, SIGTERM};
    size_t i;
    for (i = 0; i < 2; i++) {
        uint64_t asked = 0, taken = 0, troubles = 0, before;
        weir_answer a;
        drive(c, 100, &asked, &taken, &troubles);
        EQUAL(troubles, 0);
        HOLDS(taken > 100);
        if (ends[i] == SIGKILL) agent_end(&agent, SIGKILL);
        else kill(agent.pid, SIGTERM);
        drive(c, 50, &asked, &taken, &troubles);
        HOLDS(troubles > 0);
        if (ends[i] == SIGTERM) waitpid(agent.pid, NULL, 0);
        agent_run(&agent);
        before = troubles;
        drive(c, 400, &asked, &taken, &troubles);
        while (c->waiting > 0) drive(c, 1, &asked, &taken, &troubles);
        HOLDS(troubles > 0 && taken > before + 1000);
        before = troubles;
        drive(c, 50, &asked, &taken, &troubles);
        EQUAL(troubles - before, 0);
        {
            uint64_t tag, left = c->waiting, end = weir__now() + 200000;
            while (taken < asked && weir__now() < end) {
                weir_step(c);
                while (weir_take(c, &tag, &a)) taken++;
            }
            (void)left;
        }
        EQUAL(taken, asked);
    }
    let_go(c);
}

static void a_blocking_check_survives_a_restart_between_two(void) {
    weir_client *c = client_of(&agent, second);
    weir_answer a;
    EQUAL(check(c, "many", 1, 0, &a), 1);
    EQUAL(weir_report_response(c, &a.ticket, 200, 1, 1), 0);
    agent_end(&agent, SIGKILL);
    agent_run(&agent);
    pause_ms(200);
    EQUAL(check(c, "many", 1, 0, &a), 1);
    EQUAL(a.trouble, 0);
    EQUAL(weir_statistics(c)->connections, 2);
    let_go(c);
}

static void a_stopped_agent_costs_one_deadline(void) {
    weir_client *c = client_of(&agent, 20000);
    weir_answer a;
    uint64_t start, i;
    EQUAL(check(c, "many", 1, 0, &a), 1);
    kill(agent.pid, SIGSTOP);
    waitpid(agent.pid, NULL, WUNTRACED);
    start = weir__now();
    EQUAL(check(c, "many", 1, 0, &a), 1);
    EQUAL(a.trouble, WEIR_TROUBLE_TIMEOUT);
    HOLDS(weir__now() - start >= 19000 && weir__now() - start < 1000000);
    for (i = 0; i < 1000; i++) check(c, "many", 1, 0, &a);
    HOLDS(weir__now() - start < 10000000); /* a thousand deadlines are twenty seconds */
    c->options.on_trouble = WEIR_CLOSED;
    EQUAL(check(c, "many", 1, 0, &a), 0);
    EQUAL(a.status, 503);
    kill(agent.pid, SIGCONT);
    for (i = 0; i < 200 && check(c, "many", 1, 0, &a) != 1; i++) pause_ms(5);
    EQUAL(a.trouble, 0);
    let_go(c);
}

static void a_child_after_fork_has_a_connection_of_its_own(void) {
    weir_client *c = client_of(&agent, second);
    weir_answer a;
    int status = 0;
    pid_t child;
    EQUAL(check(c, "many", 1, 0, &a), 1);
    child = fork();
    if (child == 0) {
        weir_forget(c);
        _exit(check(c, "many", 1, 0, &a) == 1 && a.trouble == 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    EQUAL(status, 0);
    EQUAL(check(c, "many", 1, 0, &a), 1);
    EQUAL(weir_statistics(c)->connections, 1);
    let_go(c);
}

int main(void) {
    agent_start(&agent, "rated: 3/min by user when user=rated; window: 100/h burst 100 by user when user=estimator; slots: 1 concurrent by user when user=holder; "
                        "no: deny when user=blocked");
    RUN(what_a_rule_allows_passes_and_the_rest_does_not);
    RUN(reports_are_counted_once);
    RUN(the_actual_cost_settles_a_reservation);
    RUN(slots_come_back_by_report_release_and_end);
    RUN(no_response_is_lost_when_the_agent_restarts);
    RUN(a_blocking_check_survives_a_restart_between_two);
    RUN(a_stopped_agent_costs_one_deadline);
    RUN(a_child_after_fork_has_a_connection_of_its_own);
    agent_stop(&agent);
    return conclude("agent");
}
