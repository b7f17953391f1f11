// A library that is loaded before a program's others (LD_PRELOAD), for proofs: it moves the wall clock of that program alone. It has
// no interface; the file that MOVED_CLOCK names holds the microseconds by which the clock is moved, as eight bytes.

#ifndef CMOVEDCLOCK_H
#define CMOVEDCLOCK_H
#endif
