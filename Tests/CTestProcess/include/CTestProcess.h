#ifndef CTESTPROCESS_H
#define CTESTPROCESS_H

/// Starts a program that is looked up in PATH, with standard input from /dev/null and output appended to `log`. It gets no other
/// descriptor of this process, and leads a process group of its own.
///
/// Returns its pid, or minus the error's number.
int test_process_start(const char *program, char *const arguments[], char *const environment[], const char *log);

#endif
