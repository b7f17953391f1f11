/* A test is a function; a claim that does not hold is printed with its place, and the program ends with 1. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define HOLDS(claim)                                                              \
    do {                                                                          \
        if (!(claim)) {                                                           \
            failures++;                                                           \
            fprintf(stderr, "%s:%d: %s: does not hold: %s\n", __FILE__, __LINE__, __func__, #claim); \
        }                                                                         \
    } while (0)

#define EQUAL(found, expected)                                                                               \
    do {                                                                                                     \
        long long found_ = (long long)(found), expected_ = (long long)(expected);                            \
        if (found_ != expected_) {                                                                           \
            failures++;                                                                                      \
            fprintf(stderr, "%s:%d: %s: %s is %lld, expected %lld\n", __FILE__, __LINE__, __func__, #found, found_, expected_); \
        }                                                                                                    \
    } while (0)

#define TEXT(found, expected)                                                                                \
    do {                                                                                                     \
        if (strcmp(found, expected) != 0) {                                                                  \
            failures++;                                                                                      \
            fprintf(stderr, "%s:%d: %s: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, __func__, #found, found, expected); \
        }                                                                                                    \
    } while (0)

#define RUN(test)                                            \
    do {                                                     \
        int before_ = failures;                              \
        test();                                              \
        printf("  %s %s\n", failures == before_ ? "ok    " : "FAILED", #test); \
    } while (0)

static int conclude(const char *program) {
    if (failures > 0) fprintf(stderr, "%s: %d claims do not hold\n", program, failures);
    return failures > 0;
}

#endif
