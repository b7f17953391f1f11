/* Many checks over one connection, as an event loop makes them:   examples/loop 100000 192.0.2.1 */
#define WEIR_IMPLEMENTATION
#include "weir.h"

static weir_client client;

int main(int count, char **arguments) {
    unsigned long checks = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000, asked = 0, answered = 0, allowed = 0, troubles = 0;
    weir_attribute who = weir_text(WEIR_IP, count > 2 ? arguments[2] : "192.0.2.1");
    weir_request request = {&who, 1, 1, 0};
    weir_options options;
    char why[300];
    uint64_t tag, start = weir__now();
    if (weir_options_from_environment(&options, why, sizeof why) != 0) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    options.report_delay_us = 2000; /* reports wait for each other */
    weir_init(&client, &options);
    while (answered < checks) {
        struct pollfd ready;
        weir_answer answer;
        while (asked < checks && weir_submit(&client, &request, asked) == 0) asked++;
        ready.fd = weir_fd(&client);
        ready.events = weir_events(&client);
        ready.revents = 0;
        poll(&ready, ready.fd >= 0, weir_timeout(&client));
        weir_step(&client);
        while (weir_take(&client, &tag, &answer)) {
            answered++;
            allowed += answer.allowed != 0;
            troubles += answer.trouble != 0;
            if (answer.allowed) weir_report_response(&client, &answer.ticket, 200, 120, 4096);
        }
    }
    weir_flush(&client, 100);
    printf("%lu checks in %.1f ms: %lu allowed, %lu denied, %lu without an answer; %llu reports counted\n", answered, (double)(weir__now() - start) / 1000.0,
        allowed, answered - allowed, troubles, (unsigned long long)weir_statistics(&client)->reports_counted);
    weir_close(&client);
    return troubles > 0;
}
