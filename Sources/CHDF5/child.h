#pragma once

#include "CHDF5.h"

#include <stddef.h>

// Runs in the child and writes with `send`.
typedef void (*child_task)(const void *context);

// Forks. Returns 0 or an errno.
int child_start(
  child_task task, const void *context, struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child);

// Writes bytes to the parent. Ends the child if the parent has closed the pipe.
void send_bytes(const void *bytes, size_t count);
void send_record(uint8_t record);

// Lowers a resource limit of the child.
void limit(int resource, uint64_t value);

// Sends the buffered bytes and ends the child.
void child_end(void) __attribute__((noreturn));
