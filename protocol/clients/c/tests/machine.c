/* The client against an agent that a test plays: order, lateness, ends of connections, reports, denials. */
#define WEIR_IMPLEMENTATION
#include "fake_agent.h"
#include <time.h>

static fake_agent agent;
static char logged[1000];

static void note(void *context, const char *message) {
    (void)context;
    strncat(logged, message, sizeof logged - strlen(logged) - 2);
    strcat(logged, "\n");
}

static void pause_ms(int ms) {
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000L};
    nanosleep(&t, NULL);
}

/* The next frame that is a check, dropped; its id. */
static uint64_t next_check(void) {
    weir__frame f;
    int operation = fake_frame(&agent, &f, 300);
    EQUAL(operation, 2);
    if (operation == 0) return 0;
    fake_drop(&agent, &f);
    return f.id;
}

static int is_no_frame(void) {
    weir__frame f;
    return fake_frame(&agent, &f, 10) == 0;
}

static void answers_find_their_requests_in_any_order(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    uint64_t ids[3], tag;
    int i;
    for (i = 0; i < 3; i++) submit(c, "192.0.2.1", 1, (uint64_t)i);
    weir_step(c);
    for (i = 0; i < 3; i++) ids[i] = next_check();
    for (i = 2; i >= 0; i--) {
        fake_answer(&agent, ids[i], i == 1, (uint8_t)(i == 1), 3200000);
        HOLDS(await(c, &tag, &answer, 1000));
        EQUAL(tag, i);
        EQUAL(answer.allowed, i != 1);
    }
    let_go(c);
}

static void an_answer_that_trickles_is_taken(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    uint64_t tag, id;
    uint8_t b[88];
    size_t i;
    submit(c, "192.0.2.1", 1, 5);
    weir_step(c);
    id = next_check();
    fake_head(b, sizeof b, 0x82, id);
    for (i = 0; i < sizeof b; i++) {
        HOLDS(!weir_take(c, &tag, &answer));
        fake_say(&agent, b + i, 1);
        weir_step(c);
    }
    HOLDS(weir_take(c, &tag, &answer));
    EQUAL(tag, 5);
    let_go(c);
}

static void a_late_answer_is_dropped_and_its_slot_freed(void) {
    weir_client *c = ready_client(&agent, 10000);
    weir_answer answer;
    weir__frame f;
    uint64_t tag, late, id;
    submit(c, "192.0.2.1", 1, 1);
    weir_step(c);
    late = next_check();
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(answer.trouble, WEIR_TROUBLE_TIMEOUT);
    EQUAL(answer.allowed, 1);
    submit(c, "192.0.2.2", 1, 2);
    weir_step(c);
    id = next_check();
    fake_answer(&agent, late, 0, 0, 0);
    fake_answer(&agent, id, 1, 1, 1000000);
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(tag, 2);
    EQUAL(answer.allowed, 0);
    EQUAL(weir_statistics(c)->late, 1);
    weir_step(c);
    EQUAL(fake_frame(&agent, &f, 300), 4);
    EQUAL(agent.bytes[24], 7);
    let_go(c);
}

static void nobody_listening_is_known_at_once(void) {
    fake_agent none = agent;
    weir_client *c;
    weir_answer answer;
    uint64_t start = weir__now(), tag;
    int i;
    strcat(none.path, ".no");
    c = client_of(&none, 500000);
    c->options.on_trouble = WEIR_CLOSED;
    for (i = 0; i < 20; i++) {
        submit(c, "192.0.2.1", 1, 1);
        HOLDS(await(c, &tag, &answer, 1000));
        EQUAL(answer.trouble, WEIR_TROUBLE_UNREACHABLE);
        EQUAL(answer.allowed, 0);
        EQUAL(answer.status, 503);
        EQUAL(weir_retry_after(&answer), 1);
    }
    HOLDS(weir__now() - start < 400000);
    let_go(c);
}

static void it_connects_at_most_every_100_ms(void) {
    weir_client *c = ready_client(&agent, 500000);
    uint64_t start = weir__now(), tag, first = c->attempt_at - 200000;
    weir_answer answer;
    int connections = 0;
    while (weir__now() - start < 450000) {
        submit(c, "192.0.2.1", 1, 1);
        weir_step(c);
        if (fake_can_read(agent.listener, 0)) {
            HOLDS(fake_accept(&agent));
            connections++;
        }
        fake_hang_up(&agent);
        HOLDS(await(c, &tag, &answer, 1000));
        HOLDS(answer.trouble == WEIR_TROUBLE_LOST || answer.trouble == WEIR_TROUBLE_UNREACHABLE);
        pause_ms(2);
    }
    HOLDS(first > 0 && connections >= 2 && connections <= 5);
    let_go(c);
}

static void the_end_of_a_connection_answers_everybody(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    uint64_t tag, start;
    int i;
    for (i = 0; i < 40; i++) submit(c, "192.0.2.1", 1, (uint64_t)i);
    weir_step(c);
    next_check();
    fake_hang_up(&agent);
    start = weir__now();
    for (i = 0; i < 40; i++) {
        HOLDS(await(c, &tag, &answer, 1000));
        EQUAL(answer.trouble, WEIR_TROUBLE_LOST);
    }
    HOLDS(weir__now() - start < 200000);
    EQUAL(c->waiting, 0);
    let_go(c);
}

static void report(weir_client *c, uint8_t ticket) {
    weir_response r;
    memset(&r, 0, sizeof r);
    memset(r.ticket.bytes, ticket, 24);
    r.ticket.run = c->run;
    r.status = 200;
    r.bytes_out = ticket;
    EQUAL(weir_report(c, &r), 0);
}

static void reports_leave_together_and_once(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir__frame f;
    int i;
    c->options.report_delay_us = 5000;
    for (i = 1; i <= 10; i++) report(c, (uint8_t)i);
    weir_step(c);
    HOLDS(is_no_frame());
    HOLDS(weir_timeout(c) >= 0 && weir_timeout(c) <= 5);
    pause_ms(6);
    weir_step(c);
    EQUAL(fake_frame(&agent, &f, 300), 3);
    EQUAL(agent.bytes[16], 10);
    EQUAL(f.length, 24 + 560);
    fake_drop(&agent, &f);
    fake_report_answer(&agent, f.id, 10);
    EQUAL(weir_flush(c, 300), 0);
    EQUAL(weir_statistics(c)->reports_counted, 10);
    HOLDS(is_no_frame());
    for (i = 0; i < 64; i++) report(c, 1); /* a whole frame waits for nothing */
    EQUAL(fake_frame(&agent, &f, 300), 3);
    EQUAL(f.length, 24 + 56 * 64);
    let_go(c);
}

static void quiet_reports_ask_for_no_answer(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir__frame f;
    c->options.quiet_reports = 1;
    report(c, 1);
    EQUAL(fake_frame(&agent, &f, 300), 3);
    EQUAL(f.flags, 1);
    EQUAL(weir_flush(c, 0), 0);
    let_go(c);
}

static void unanswered_reports_are_sent_again(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir__frame f;
    report(c, 9);
    EQUAL(fake_frame(&agent, &f, 300), 3);
    fake_hang_up(&agent);
    weir_step(c);
    c->attempt_at = 0;
    weir_step(c);
    HOLDS(fake_accept(&agent));
    fake_greet(&agent, WEIR_LARGEST_FRAME);
    weir_step(c);
    EQUAL(fake_frame(&agent, &f, 300), 3);
    EQUAL(agent.bytes[24], 9);
    fake_report_answer(&agent, f.id, 1);
    EQUAL(weir_flush(c, 300), 0);
    let_go(c);
}

static void another_run_of_the_agent_voids_tickets(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir__frame f;
    report(c, 9);
    EQUAL(fake_frame(&agent, &f, 300), 3);
    fake_hang_up(&agent);
    weir_step(c);
    c->attempt_at = 0;
    weir_step(c);
    HOLDS(fake_accept(&agent));
    agent.incarnation++;
    fake_greet(&agent, WEIR_LARGEST_FRAME);
    EQUAL(weir_flush(c, 300), 0);
    HOLDS(is_no_frame());
    EQUAL(weir_statistics(c)->reports_unknown, 1);
    let_go(c);
}

static void a_report_at_fault_is_not_sent_again(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir__frame f;
    c->options.log = note;
    logged[0] = 0;
    report(c, 9);
    EQUAL(fake_frame(&agent, &f, 300), 3);
    fake_error(&agent, f.id, "status at byte 48 has a value that is not allowed");
    fake_hang_up(&agent);
    weir_step(c);
    EQUAL(weir_flush(c, 0), 0);
    EQUAL(weir_statistics(c)->reports_dropped, 1);
    HOLDS(strstr(logged, "status at byte 48") != NULL);
    let_go(c);
}

static void goaway_moves_new_checks_to_a_new_connection(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    weir__frame f;
    uint64_t tag, id;
    fake_agent old;
    c->options.report_delay_us = 60000000;
    report(c, 9);
    submit(c, "192.0.2.1", 1, 1);
    weir_step(c);
    id = next_check();
    fake_goaway(&agent);
    weir_step(c);
    submit(c, "192.0.2.2", 1, 2);
    weir_step(c);
    EQUAL(fake_frame(&agent, &f, 300), 3); /* what a successor cannot know is told to the one that goes */
    fake_drop(&agent, &f);
    HOLDS(is_no_frame());
    fake_report_answer(&agent, f.id, 1);
    fake_answer(&agent, id, 0, 0, 0);
    c->attempt_at = 0; /* the test is faster than an agent that is replaced */
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(tag, 1);
    EQUAL(answer.trouble, 0);
    weir_step(c);
    old = agent;
    agent.peer = -1;
    agent.incarnation++;
    HOLDS(fake_accept(&agent));
    fake_greet(&agent, WEIR_LARGEST_FRAME);
    weir_step(c);
    id = next_check();
    fake_answer(&agent, id, 0, 0, 0);
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(tag, 2);
    EQUAL(answer.trouble, 0);
    HOLDS(recv(old.peer, old.bytes, 1, 0) == 0); /* the old one is closed */
    fake_hang_up(&old);
    let_go(c);
}

/* Answers the next check that comes; 0 when none does, as its answer was remembered. */
static int ask(weir_client *c, const char *ip, uint32_t cost, uint8_t decision, uint8_t reason, uint64_t retry, weir_answer *answer) {
    uint64_t tag;
    weir__frame f;
    int asked;
    submit(c, ip, cost, 1);
    weir_step(c);
    asked = fake_frame(&agent, &f, 0) == 2;
    if (asked) {
        fake_drop(&agent, &f);
        fake_answer(&agent, f.id, decision, reason, retry);
    }
    HOLDS(await(c, &tag, answer, 1000));
    EQUAL(answer->remembered, !asked);
    return asked;
}

static void denials_are_remembered_until_their_retry_after(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer a;
    HOLDS(ask(c, "192.0.2.1", 5, 1, 1, 30000, &a));
    HOLDS(!ask(c, "192.0.2.1", 5, 0, 0, 0, &a));
    EQUAL(a.allowed, 0);
    EQUAL(a.status, 429);
    TEXT(a.rule, "rule");
    HOLDS(a.retry_after_us > 0 && a.retry_after_us <= 30000);
    HOLDS(!ask(c, "192.0.2.1", 6, 0, 0, 0, &a));  /* more is denied, too */
    HOLDS(ask(c, "192.0.2.2", 5, 0, 0, 0, &a));   /* others are not */
    HOLDS(ask(c, "192.0.2.1", 4, 0, 0, 0, &a));   /* less may pass */
    HOLDS(a.allowed);
    HOLDS(ask(c, "192.0.2.1", 3, 1, 2, 30000, &a));
    HOLDS(!ask(c, "192.0.2.1", 3, 0, 0, 0, &a));
    pause_ms(31);
    HOLDS(ask(c, "192.0.2.1", 5, 0, 0, 0, &a));
    HOLDS(a.allowed);
    let_go(c);
}

static void denials_that_time_does_not_lift_are_not_remembered(void) {
    static const uint8_t reasons[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 200};
    weir_client *c = ready_client(&agent, 500000);
    weir_answer a;
    size_t i;
    for (i = 0; i < sizeof reasons; i++) {
        HOLDS(ask(c, "192.0.2.1", 1, 1, reasons[i], 60000000, &a));
        HOLDS(ask(c, "192.0.2.1", 1, 1, reasons[i], 60000000, &a));
    }
    let_go(c);
}

static void no_denial_is_remembered_for_ever(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer a;
    c->options.denials_us = 20000;
    HOLDS(ask(c, "192.0.2.1", 1, 1, 2, WEIR_NEVER, &a));
    HOLDS(!ask(c, "192.0.2.1", 1, 0, 0, 0, &a));
    HOLDS(a.retry_after_us == WEIR_NEVER);
    EQUAL(weir_retry_after(&a), -1);
    pause_ms(21);
    HOLDS(ask(c, "192.0.2.1", 1, 0, 0, 0, &a));
    let_go(c);
}

static void the_memory_of_denials_is_bounded(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer a;
    char ip[32];
    int i, remembered = 0;
    for (i = 0; i < 500; i++) {
        sprintf(ip, "192.0.%d.%d", i / 250, i % 250);
        HOLDS(ask(c, ip, 1, 1, 1, 60000000, &a));
    }
    for (i = 0; i < 500; i++) {
        sprintf(ip, "192.0.%d.%d", i / 250, i % 250);
        remembered += !ask(c, ip, 1, 0, 0, 0, &a);
    }
    HOLDS(remembered > 50 && remembered <= WEIR_DENIALS);
    let_go(c);
}

static void peeks_and_costs_of_nothing_are_always_asked(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer a;
    weir_attribute who[1];
    weir_request r = {NULL, 1, 1, WEIR_PEEK};
    uint64_t tag;
    HOLDS(ask(c, "192.0.2.1", 1, 1, 1, 60000000, &a));
    HOLDS(ask(c, "192.0.2.1", 0, 0, 0, 0, &a));
    who[0] = weir_text(WEIR_IP, "192.0.2.1");
    r.attributes = who;
    EQUAL(weir_submit(c, &r, 1), 0);
    weir_step(c);
    fake_answer(&agent, next_check(), 1, 1, 5);
    HOLDS(await(c, &tag, &a, 1000));
    HOLDS(!ask(c, "192.0.2.1", 1, 0, 0, 0, &a));
    HOLDS(a.retry_after_us > 1000000); /* the peek changed nothing */
    let_go(c);
}

static void an_error_is_logged_in_the_agents_words(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    uint64_t tag;
    c->options.log = note;
    logged[0] = 0;
    submit(c, "192.0.2.1", 1, 1);
    weir_step(c);
    fake_error(&agent, next_check(), "attribute given twice at byte 37\n\x1b[31m");
    fake_hang_up(&agent);
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(answer.trouble, WEIR_TROUBLE_REFUSED);
    HOLDS(strstr(logged, "attribute given twice at byte 37??[31m") != NULL);
    let_go(c);
}

static void garbage_ends_the_connection_not_the_client(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    uint64_t tag;
    submit(c, "192.0.2.1", 1, 1);
    weir_step(c);
    next_check();
    fake_say(&agent, (const uint8_t *)"HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(answer.trouble, WEIR_TROUBLE_VIOLATION);
    EQUAL(weir_fd(c), -1);
    let_go(c);
}

static void an_agent_that_cannot_decide_is_trouble(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer a;
    HOLDS(ask(c, "192.0.2.1", 1, 2, 10, 0, &a));
    EQUAL(a.trouble, WEIR_TROUBLE_UNDECIDED);
    EQUAL(a.allowed, 1);
    c->options.on_trouble = WEIR_CLOSED;
    HOLDS(ask(c, "192.0.2.1", 1, 2, 10, 0, &a));
    EQUAL(a.allowed, 0);
    let_go(c);
}

static int is_too_large(weir_client *c, size_t bytes) {
    static char value[9000];
    weir_attribute path = {WEIR_PATH, NULL, value, 0};
    weir_request r = {NULL, 1, 1, 0};
    memset(value, 'p', sizeof value);
    path.length = bytes;
    r.attributes = &path;
    errno = 0;
    return weir_submit(c, &r, 77) == -1 && errno == EINVAL;
}

static void what_is_too_large_for_this_agent_ends_no_connection(void) {
    weir_client *c = client_of(&agent, 500000);
    weir_answer answer;
    uint64_t tag;
    HOLDS(is_too_large(c, 9000));
    HOLDS(!is_too_large(c, 8000)); /* what this agent takes is not known yet */
    submit(c, "192.0.2.1", 1, 1);
    weir_step(c);
    HOLDS(fake_accept(&agent));
    fake_greet(&agent, 512);
    weir_step(c);
    HOLDS(weir_take(c, &tag, &answer));
    EQUAL(tag, 77);
    EQUAL(answer.trouble, WEIR_TROUBLE_INVALID);
    EQUAL(answer.allowed, 0);
    EQUAL(answer.status, 400);
    fake_answer(&agent, next_check(), 0, 0, 0);
    HOLDS(await(c, &tag, &answer, 1000));
    EQUAL(tag, 1);
    HOLDS(is_too_large(c, 600));
    HOLDS(!is_too_large(c, 400));
    let_go(c);
}

static void a_hung_agent_is_not_waited_for_again_and_again(void) {
    weir_client *c = ready_client(&agent, 5000);
    weir_answer answer;
    uint64_t tag, start = weir__now(), waited, first = 0;
    int connections = 0, asked = 0, at_once = 0;
    while (weir__now() - start < 1300000) { /* the agent reads nothing */
        waited = weir__now();
        submit(c, "192.0.2.1", 1, 1);
        HOLDS(await(c, &tag, &answer, 1000));
        EQUAL(answer.trouble, WEIR_TROUBLE_TIMEOUT);
        if (waited - start > 200000 && waited - start < 900000) {
            asked++;
            at_once += weir__now() - waited < 4000;
        }
        if (fake_can_read(agent.listener, 0) && !connections++) first = weir__now();
        pause_ms(5);
    }
    HOLDS(asked > 10 && at_once * 10 >= asked * 8); /* this machine may be busy */
    HOLDS(connections > 0 && first - start > 900000); /* and connected to anew after a second */
    HOLDS(fake_accept(&agent));
    let_go(c);
}

static void it_goes_on_when_the_agent_does(void) {
    weir_client *c = ready_client(&agent, 5000);
    weir_answer answer;
    weir__frame f;
    uint64_t tag, start = weir__now();
    while (weir__now() - start < 200000) {
        submit(c, "192.0.2.1", 1, 1);
        HOLDS(await(c, &tag, &answer, 1000));
        pause_ms(5);
    }
    EQUAL(c->stats.connections, 1);
    while (fake_frame(&agent, &f, 5)) {
        if (f.operation == 2) fake_answer(&agent, f.id, 0, 0, 0);
        fake_drop(&agent, &f);
    }
    c->options.deadline_us = 500000;
    HOLDS(ask(c, "192.0.2.1", 1, 0, 0, 0, &answer));
    EQUAL(answer.trouble, 0);
    EQUAL(c->stats.connections, 1);
    let_go(c);
}

static void who_no_longer_waits_holds_no_slot(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_answer answer;
    weir__frame f;
    uint64_t tag, id;
    submit(c, "192.0.2.1", 1, 1);
    weir_step(c);
    id = next_check();
    weir_cancel(c, 1);
    fake_answer(&agent, id, 0, 0, 0);
    weir_step(c);
    weir_step(c);
    HOLDS(!weir_take(c, &tag, &answer));
    EQUAL(fake_frame(&agent, &f, 300), 4);
    let_go(c);
}

static void as_many_as_are_in_flight_and_no_more(void) {
    weir_client *c = ready_client(&agent, 500000);
    weir_attribute who[1];
    weir_request r = {NULL, 1, 1, 0};
    weir_answer answer;
    uint64_t tag;
    int i;
    who[0] = weir_text(WEIR_IP, "192.0.2.1");
    r.attributes = who;
    for (i = 0; i < WEIR_IN_FLIGHT; i++) EQUAL(weir_submit(c, &r, (uint64_t)i), 0);
    EQUAL(weir_submit(c, &r, 99), -1);
    EQUAL(errno, EAGAIN);
    weir_step(c);
    for (i = 0; i < WEIR_IN_FLIGHT; i++) fake_answer(&agent, next_check(), 0, 0, 0);
    for (i = 0; i < WEIR_IN_FLIGHT; i++) HOLDS(await(c, &tag, &answer, 1000));
    HOLDS(!weir_take(c, &tag, &answer));
    EQUAL(weir_submit(c, &r, 99), 0);
    let_go(c);
}

static void settings_are_read_and_refused_by_name(void) {
    static const char *const wrong[][3] = {{"WEIR_CLIENT_DEADLINE", "20", "with its unit"}, {"WEIR_CLIENT_DEADLINE", "0ms", "from 1ms"},
        {"WEIR_CLIENT_DEADLINE", "2min", "to 1min"}, {"WEIR_CLIENT_DEADLINE", "99999999999999999999ms", "duration"},
        {"WEIR_CLIENT_DENY_CACHE", "0ms", "off, or"}, {"WEIR_CLIENT_DENY_CACHE", "25h", "to 24h"}, {"WEIR_CLIENT_ON_TROUBLE", "maybe", "open or closed"}, {"WEIR_SOCKET", "off", "absolute path"}, {"WEIR_SOCKET", "run/x.sock", "absolute path"}};
    weir_options o;
    char why[300];
    size_t i;
    setenv("WEIR_CLIENT_DEADLINE", "50ms", 1);
    setenv("WEIR_CLIENT_ON_TROUBLE", "closed", 1);
    setenv("WEIR_CLIENT_DENY_CACHE", "24h", 1);
    setenv("WEIR_RUNTIME_DIR", "/run/w", 1);
    EQUAL(weir_options_from_environment(&o, why, sizeof why), 0);
    EQUAL(o.deadline_us, 50000);
    EQUAL(o.on_trouble, WEIR_CLOSED);
    HOLDS(o.denials_us == 86400000000u);
    setenv("WEIR_CLIENT_DENY_CACHE", "off", 1);
    EQUAL(weir_options_from_environment(&o, why, sizeof why), 0);
    HOLDS(o.denials_us == 0);
    TEXT(o.socket, "/run/w/agent.sock");
    setenv("WEIR_SOCKET", "/run/other.sock", 1);
    EQUAL(weir_options_from_environment(&o, why, sizeof why), 0);
    TEXT(o.socket, "/run/other.sock");
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv(wrong[i][0], wrong[i][1], 1);
        EQUAL(weir_options_from_environment(&o, why, sizeof why), -1);
        HOLDS(strstr(why, wrong[i][0]) != NULL && strstr(why, wrong[i][2]) != NULL);
        unsetenv(wrong[i][0]);
    }
    unsetenv("WEIR_CLIENT_DEADLINE");
    unsetenv("WEIR_CLIENT_DENY_CACHE");
    unsetenv("WEIR_RUNTIME_DIR");
    EQUAL(weir_options_from_environment(&o, why, sizeof why), 0);
    EQUAL(o.deadline_us, 20000);
    EQUAL(o.on_trouble, WEIR_OPEN);
    EQUAL(o.denials_us, 10000000);
}

static void http_fields_are_those_of_the_http_door(void) {
    weir_answer a;
    char text[300], small[20];
    memset(&a, 0, sizeof a);
    a.allowed = 1;
    a.limit = 400;
    a.remaining = 399;
    a.window_s = 2;
    a.reset_us = 5000;
    strcpy(a.rule, "default");
    HOLDS(weir_http_fields(&a, text, sizeof text) == strlen(text));
    TEXT(text, "RateLimit: \"default\";r=399;t=1\r\nRateLimit-Policy: \"default\";q=400;w=2\r\n");
    a.allowed = 0;
    a.remaining = 0;
    a.retry_after_us = 3200000;
    weir_http_fields(&a, text, sizeof text);
    TEXT(text, "RateLimit: \"default\";r=0;t=4\r\nRateLimit-Policy: \"default\";q=400;w=2\r\nRetry-After: 4\r\nCache-Control: no-store\r\n");
    a.retry_after_us = WEIR_NEVER;
    weir_http_fields(&a, text, sizeof text);
    TEXT(text, "RateLimit: \"default\";r=0\r\nRateLimit-Policy: \"default\";q=400;w=2\r\nCache-Control: no-store\r\n");
    EQUAL(weir_http_fields(&a, small, sizeof small), 0);
    a.retry_after_us = 3000000;
    EQUAL(weir_retry_after(&a), 3);
    a.retry_after_us = 1;
    EQUAL(weir_retry_after(&a), 1);
}

int main(void) {
    fake_start(&agent);
    RUN(answers_find_their_requests_in_any_order);
    RUN(an_answer_that_trickles_is_taken);
    RUN(a_late_answer_is_dropped_and_its_slot_freed);
    RUN(nobody_listening_is_known_at_once);
    RUN(it_connects_at_most_every_100_ms);
    RUN(the_end_of_a_connection_answers_everybody);
    RUN(reports_leave_together_and_once);
    RUN(quiet_reports_ask_for_no_answer);
    RUN(unanswered_reports_are_sent_again);
    RUN(another_run_of_the_agent_voids_tickets);
    RUN(a_report_at_fault_is_not_sent_again);
    RUN(goaway_moves_new_checks_to_a_new_connection);
    RUN(denials_are_remembered_until_their_retry_after);
    RUN(denials_that_time_does_not_lift_are_not_remembered);
    RUN(no_denial_is_remembered_for_ever);
    RUN(the_memory_of_denials_is_bounded);
    RUN(peeks_and_costs_of_nothing_are_always_asked);
    RUN(an_error_is_logged_in_the_agents_words);
    RUN(garbage_ends_the_connection_not_the_client);
    RUN(an_agent_that_cannot_decide_is_trouble);
    RUN(what_is_too_large_for_this_agent_ends_no_connection);
    RUN(a_hung_agent_is_not_waited_for_again_and_again);
    RUN(it_goes_on_when_the_agent_does);
    RUN(who_no_longer_waits_holds_no_slot);
    RUN(as_many_as_are_in_flight_and_no_more);
    RUN(settings_are_read_and_refused_by_name);
    RUN(http_fields_are_those_of_the_http_door);
    fake_stop(&agent);
    return conclude("machine");
}
