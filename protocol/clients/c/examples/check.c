/* Asks about one request and tells what came of it:   examples/check ip=192.0.2.1 path=/search tenant=acme */
#define WEIR_IMPLEMENTATION
#include "weir.h"

static weir_client client;

static void log_line(void *context, const char *message) {
    (void)context;
    fprintf(stderr, "%s\n", message);
}

int main(int count, char **arguments) {
    static const char *const names[] = {"", "api_key", "ip", "method", "path", "host", "user", "consumer", "plan", "product", "route"};
    weir_attribute attributes[32];
    weir_request request = {attributes, 0, 1, 0};
    weir_options options;
    weir_answer answer;
    char text[600];
    int i, result;
    if (weir_options_from_environment(&options, text, sizeof text) != 0) {
        fprintf(stderr, "%s\n", text);
        return 64;
    }
    options.log = log_line;
    for (i = 1; i < count && request.count < 32; i++) {
        char *value = strchr(arguments[i], '=');
        uint8_t number;
        if (!value) {
            fprintf(stderr, "%s: expected name=value, such as ip=192.0.2.1\n", arguments[i]);
            return 64;
        }
        *value++ = 0;
        attributes[request.count] = weir_custom(arguments[i], value);
        for (number = 1; number <= 10; number++)
            if (strcmp(names[number], arguments[i]) == 0) attributes[request.count] = weir_text(number, value);
        request.count++;
    }
    weir_init(&client, &options);
    result = weir_check(&client, &request, &answer);
    if (result < 0) {
        fprintf(stderr, "%s\n", weir_problem(&client));
        return 64;
    }
    printf("%s %u %s%s%s\n", answer.allowed ? "allow" : "deny", answer.status, answer.trouble ? weir_trouble_name(answer.trouble) : weir_reason_name(answer.reason),
        *answer.rule ? " by " : "", answer.rule);
    if (weir_http_fields(&answer, text, sizeof text) > 0) printf("%s", text);
    if (answer.allowed) {
        weir_report_response(&client, &answer.ticket, 200, 120, 4096);
        weir_flush(&client, 100);
    }
    weir_close(&client);
    return answer.allowed ? 0 : 1;
}
