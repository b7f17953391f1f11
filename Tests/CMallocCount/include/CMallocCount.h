#ifndef CMALLOCCOUNT_H
#define CMALLOCCOUNT_H

#include <stdint.h>

/// Allocations that the calling thread has made since it started: malloc, calloc, realloc and their aligned forms.
uint64_t malloc_count(void);

#endif
