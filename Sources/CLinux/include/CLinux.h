// The few system calls and constants that Swift's Glibc module lacks or cannot express (macros, variadic functions, unions).
// Each shim is one call; results and errno are the system's.

#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// MARK: epoll and eventfd

/// One ready descriptor: what happened, and the number that it was registered under.
struct linux_event {
    uint32_t events;
    uint64_t token;
};

extern const uint32_t linux_readable;  // EPOLLIN
extern const uint32_t linux_writable;  // EPOLLOUT
extern const uint32_t linux_hangup;    // EPOLLHUP | EPOLLERR

int linux_epoll_create(void);
/// Registers a descriptor; `events` as above.
int linux_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
int linux_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token);
/// Waits for at most `milliseconds` (-1 for ever); returns how many of `events` were filled, 0 on a signal.
int linux_epoll_wait(int epoll, struct linux_event *events, int count, int milliseconds);
int linux_eventfd(void);

// MARK: Sockets

/// A stream socket of the Unix family, non-blocking and closed on exec.
int linux_unix_socket(void);
/// Binds to a path of at most 107 bytes.
int linux_bind_unix(int descriptor, const char *path);
/// Binds to an abstract name of at most 107 bytes, with zeros behind it to the end of the address, as HAProxy's `abns@` has it.
int linux_bind_abstract(int descriptor, const char *name);
int linux_connect_unix(int descriptor, const char *path);
/// A stream socket connected to an IPv4 address in text, non-blocking and closed on exec; -1 with errno.
int linux_connect_tcp(const char *address, uint16_t port);
/// The port that a socket is bound to, 0 when it has none.
uint16_t linux_bound_port(int descriptor);
/// A stream socket that listens on an IPv4 or IPv6 address in text; -1 with errno, EINVAL for no address.
int linux_listen_tcp(const char *address, uint16_t port, int backlog);
extern const int linux_listens_unix;
extern const int linux_listens_tcp;
/// What kind of stream socket a descriptor listens on, one of the above; 0 where it does not. The path of a Unix socket is put
/// in `path` with a zero behind it, empty where it is no file's.
int linux_listens_on(int descriptor, char *path, size_t size);
/// Makes a descriptor that was passed on non-blocking and closed on exec.
int linux_adopt(int descriptor);
/// Accepts one connection, non-blocking and closed on exec.
int linux_accept(int descriptor);
/// User and group of the process that connected.
int linux_peer(int descriptor, uid_t *user, gid_t *group);
void linux_tcp_nodelay(int descriptor);
/// A datagram socket of the Unix family, non-blocking and closed on exec; it tells who sent each datagram.
int linux_unix_datagram_socket(void);

/// One datagram: where it goes and how much fits, then how long it is, whether it was longer, and who has sent it.
struct linux_datagram {
    void *bytes;
    size_t capacity;
    size_t count;
    int is_truncated;
    uid_t user;
    gid_t group;
};

/// Takes at most `count` (and 64) datagrams that have come, without waiting; returns how many, 0 for none, -1 with errno.
int linux_receive_datagrams(int descriptor, struct linux_datagram *datagrams, int count);
/// Waits until one of two descriptors is readable, or for so many milliseconds (-1 for ever).
void linux_wait_for_either(int first, int second, int milliseconds);

// MARK: Files

/// Opens a directory without following a link in its last part.
int linux_open_directory(const char *path);
int linux_open(const char *path, int flags, mode_t mode);
/// Removes a directory and all that is in it, following no link.
int linux_remove_tree(const char *path);
/// Takes the file's exclusive lock, or fails with EWOULDBLOCK.
int linux_lock(int descriptor);
/// Whether the descriptor's file system lives in memory (tmpfs or ramfs); -1 with errno.
int linux_is_memory(int descriptor);
/// Maps a whole file for reading and writing, shared and touched; NULL with errno.
void *linux_map(int descriptor, size_t count);
/// Maps a whole file for reading, privately; NULL with errno.
void *linux_map_private(int descriptor, size_t count);

// MARK: Threads

/// Gives the calling thread a name of at most 15 bytes.
void linux_name_thread(const char *name);

// MARK: Processes

/// Starts a program that ends when the calling thread does, in a process group of its own.
///
/// - log: takes its output. processor: where it and what it starts run; -1 for anywhere.
/// Returns its pid, or minus the error's number.
pid_t linux_start(const char *program, char *const arguments[], char *const environment[], int log, int processor);
/// Keeps the calling thread on a processor; -1 lets it run on any that it could when the process began.
int linux_pin(int processor);
/// Processors that the process may use.
int linux_processors(void);
/// Nanoseconds of processor time that all threads of a process have used; -1 when it is gone.
int64_t linux_process_nanoseconds(pid_t pid);

// MARK: Time and chance

/// Nanoseconds of a clock that never goes back.
int64_t linux_monotonic_nanoseconds(void);
/// Nanoseconds of processor time that the calling thread has used.
int64_t linux_thread_nanoseconds(void);

/// Microseconds since boot, time asleep included.
int64_t linux_boot_microseconds(void);
/// Microseconds since 1970.
int64_t linux_wall_microseconds(void);
/// Fills `bytes` with randomness from the kernel.
int linux_random(void *bytes, size_t count);

#endif
