/* A weir-agent of a test's own, in a temporary directory; WEIR_AGENT is its program. */
#ifndef REAL_AGENT_H
#define REAL_AGENT_H

#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700
#include "../weir.h"
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct real_agent {
    pid_t pid;
    char folder[64], socket[96];
    const char *limits;
} real_agent;

static void pause_ms(int ms) {
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000L};
    nanosleep(&t, NULL);
}

static int can_connect(const char *path) {
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), failed;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, path);
    failed = connect(fd, (struct sockaddr *)&address, sizeof address);
    close(fd);
    return failed == 0;
}

static void agent_run(real_agent *a) {
    const char *program = getenv("WEIR_AGENT");
    int i, out;
    char log[96];
    if (!program) {
        fprintf(stderr, "WEIR_AGENT is not set: expected the path of weir-agent\n");
        exit(1);
    }
    sprintf(log, "%s/log", a->folder);
    a->pid = fork();
    if (a->pid == 0) {
        char state[96], path[1024];
        strncpy(path, program, sizeof path - 1);
        path[sizeof path - 1] = 0;
        sprintf(state, "%s/state", a->folder);
        setenv("WEIR_RUNTIME_DIR", a->folder, 1);
        setenv("WEIR_STATE_DIR", state, 1);
        setenv("WEIR_ADMIN_LISTEN", "off", 1);
        setenv("WEIR_LIMITS", a->limits, 1);
        unsetenv("WEIR_SOCKET");
        unsetenv("WEIR_AGENT"); /* a name that agents refuse, as it is close to one of theirs */
        out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, 1);
        dup2(out, 2);
        execl(path, path, (char *)NULL);
        _exit(127);
    }
    for (i = 0; i < 1000 && !can_connect(a->socket); i++) {
        if (waitpid(a->pid, NULL, WNOHANG) == a->pid) break;
        pause_ms(5);
    }
    if (!can_connect(a->socket)) {
        fprintf(stderr, "%s does not listen; its log is %s\n", program, log);
        exit(1);
    }
}

static void agent_start(real_agent *a, const char *limits) {
    strcpy(a->folder, "/tmp/weir-c-XXXXXX");
    if (!mkdtemp(a->folder)) exit(1);
    sprintf(a->socket, "%s/agent.sock", a->folder);
    a->limits = limits;
    agent_run(a);
}

static void agent_end(real_agent *a, int signal) {
    kill(a->pid, signal);
    waitpid(a->pid, NULL, 0);
}

static int drop(const char *path, const struct stat *s, int type, struct FTW *walk) {
    (void)s, (void)type, (void)walk;
    return remove(path);
}

static void agent_stop(real_agent *a) {
    agent_end(a, SIGTERM);
    nftw(a->folder, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* Asks by `user`. */
static int check(weir_client *c, const char *user, uint32_t cost, uint16_t flags, weir_answer *answer) {
    weir_attribute who[1];
    weir_request r;
    who[0] = weir_text(WEIR_USER, user);
    r.attributes = who;
    r.count = 1;
    r.cost = cost;
    r.flags = flags;
    return weir_check(c, &r, answer);
}

#endif
