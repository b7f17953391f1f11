// PostgreSQL's client library. Debian keeps its headers in a folder of their own, others do not: found either way, no flags are
// needed, and no pkg-config.

#ifndef CLIBPQ_H
#define CLIBPQ_H

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

#endif
