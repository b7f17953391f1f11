#define _GNU_SOURCE

#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

const uint32_t linux_readable = EPOLLIN;
const uint32_t linux_writable = EPOLLOUT;
const uint32_t linux_hangup = EPOLLHUP | EPOLLERR;

int linux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int linux_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int linux_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}

int linux_epoll_wait(int epoll, struct linux_event *events, int count, int milliseconds) {
    struct epoll_event ready[256];
    if (count > 256) count = 256;
    int filled = epoll_wait(epoll, ready, count, milliseconds);
    if (filled < 0) return errno == EINTR ? 0 : -1;
    for (int index = 0; index < filled; index++) {
        events[index].events = ready[index].events;
        events[index].token = ready[index].data.u64;
    }
    return filled;
}

int linux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int linux_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

static int unix_address(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

int linux_bind_unix(int descriptor, const char *path) {
    struct sockaddr_un address;
    if (unix_address(&address, path) < 0) return -1;
    return bind(descriptor, (struct sockaddr *)&address, sizeof address);
}

int linux_bind_abstract(int descriptor, const char *name) {
    struct sockaddr_un address;
    size_t length = strlen(name);
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path + 1, name, length);
    return bind(descriptor, (struct sockaddr *)&address, sizeof address);
}

int linux_connect_unix(int descriptor, const char *path) {
    struct sockaddr_un address;
    if (unix_address(&address, path) < 0) return -1;
    return connect(descriptor, (struct sockaddr *)&address, sizeof address);
}

int linux_connect_tcp(const char *text, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
        fcntl(descriptor, F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    linux_tcp_nodelay(descriptor);
    return descriptor;
}

uint16_t linux_bound_port(int descriptor) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

int linux_listen_tcp(const char *text, uint16_t port, int backlog) {
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr *address;
    socklen_t length;
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        address = (struct sockaddr *)&four;
        length = sizeof four;
    } else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
        address = (struct sockaddr *)&six;
        length = sizeof six;
    } else {
        errno = EINVAL;
        return -1;
    }
    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(descriptor, address, length) < 0 || listen(descriptor, backlog) < 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

const int linux_listens_unix = 1;
const int linux_listens_tcp = 2;

int linux_listens_on(int descriptor, char *path, size_t size) {
    int listens = 0, type = 0;
    socklen_t length = sizeof listens;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) < 0 || !listens) return 0;
    length = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM) return 0;
    // One byte more than a path may have: the kernel does not end a path that fills its place.
    union {
        struct sockaddr any;
        struct sockaddr_un path;
        char bytes[sizeof(struct sockaddr_un) + 1];
    } address;
    memset(&address, 0, sizeof address);
    length = sizeof address - 1;
    if (getsockname(descriptor, &address.any, &length) < 0) return 0;
    if (address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6) return linux_listens_tcp;
    if (address.any.sa_family != AF_UNIX) return 0;
    const char *name = address.bytes + offsetof(struct sockaddr_un, sun_path);
    if (strlen(name) >= size) return 0;
    strcpy(path, name);
    return linux_listens_unix;
}

int linux_adopt(int descriptor) {
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) return -1;
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int linux_accept(int descriptor) { return accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int linux_peer(int descriptor, uid_t *user, gid_t *group) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
    *user = credentials.uid;
    *group = credentials.gid;
    return 0;
}

void linux_tcp_nodelay(int descriptor) {
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int linux_unix_datagram_socket(void) {
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0) return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

int linux_receive_datagrams(int descriptor, struct linux_datagram *datagrams, int count) {
    enum { most = 64 };
    struct mmsghdr messages[most];
    struct iovec places[most];
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } controls[most];
    if (count > most) count = most;
    for (int index = 0; index < count; index++) {
        places[index] = (struct iovec){.iov_base = datagrams[index].bytes, .iov_len = datagrams[index].capacity};
        messages[index].msg_hdr = (struct msghdr){
            .msg_iov = &places[index], .msg_iovlen = 1, .msg_control = controls[index].bytes,
            .msg_controllen = sizeof controls[index].bytes};
    }
    int received = recvmmsg(descriptor, messages, count, MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
    if (received < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    for (int index = 0; index < received; index++) {
        struct linux_datagram *datagram = &datagrams[index];
        struct msghdr *header = &messages[index].msg_hdr;
        datagram->count = messages[index].msg_len;
        datagram->is_truncated = (header->msg_flags & MSG_TRUNC) != 0;
        // Nobody in particular, should the kernel not say.
        datagram->user = datagram->group = 65534;
        for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
            if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_CREDENTIALS) continue;
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(control), sizeof credentials);
            datagram->user = credentials.uid;
            datagram->group = credentials.gid;
        }
    }
    return received;
}

void linux_wait_for_either(int first, int second, int milliseconds) {
    struct pollfd both[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    poll(both, 2, milliseconds);
}

int linux_open_directory(const char *path) { return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

int linux_open(const char *path, int flags, mode_t mode) { return open(path, flags | O_CLOEXEC, mode); }

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info, (void)kind, (void)place;
    // What is gone already stops nothing.
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

int linux_remove_tree(const char *path) { return nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

int linux_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

int linux_is_memory(int descriptor) {
    struct statfs info;
    if (fstatfs(descriptor, &info) < 0) return -1;
    return info.f_type == 0x01021994 || info.f_type == (__typeof__(info.f_type))0x858458f6;
}

void *linux_map(int descriptor, size_t count) {
    void *memory = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void *linux_map_private(int descriptor, size_t count) {
    void *memory = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void linux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

// Before fork: between it and exec the child calls only what may be called there.
static void become(
    const char *program, char *const arguments[], char *const environment[], int log, int processor, pid_t parent,
    int failure
) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    linux_pin(processor);
    execve(program, arguments, environment);
    int error = errno;
    (void)!write(failure, &error, sizeof error);
    _exit(127);
}

pid_t linux_start(const char *program, char *const arguments[], char *const environment[], int log, int processor) {
    int pipe[2];
    if (pipe2(pipe, O_CLOEXEC) < 0) return -errno;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) become(program, arguments, environment, log, processor, parent, pipe[1]);
    int error = pid < 0 ? errno : 0;
    close(pipe[1]);
    // The pipe closes when the program has begun; what comes through it before says why it has not.
    if (pid > 0 && read(pipe[0], &error, sizeof error) == sizeof error) waitpid(pid, NULL, 0);
    close(pipe[0]);
    return error == 0 ? pid : -error;
}

int linux_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(getpid(), sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int linux_pin(int processor) {
    static cpu_set_t all;
    if (CPU_COUNT(&all) == 0 && sched_getaffinity(0, sizeof all, &all) < 0) return -1;
    if (processor < 0) return sched_setaffinity(0, sizeof all, &all);
    // The processors that may be used, counted from 0: a container may have others than the first.
    for (int index = 0, rest = processor; index < CPU_SETSIZE; index++) {
        if (!CPU_ISSET(index, &all) || rest-- > 0) continue;
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(index, &set);
        return sched_setaffinity(0, sizeof set, &set);
    }
    errno = EINVAL;
    return -1;
}

int64_t linux_process_nanoseconds(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t linux_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

int64_t linux_thread_nanoseconds(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

static int64_t microseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int64_t linux_boot_microseconds(void) { return microseconds(CLOCK_BOOTTIME); }

int64_t linux_wall_microseconds(void) { return microseconds(CLOCK_REALTIME); }

int linux_random(void *bytes, size_t count) {
    char *place = bytes;
    while (count > 0) {
        ssize_t filled = getrandom(place, count, 0);
        if (filled < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        place += filled;
        count -= (size_t)filled;
    }
    return 0;
}
