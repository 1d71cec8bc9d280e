#pragma once

#include "CHDF5.h"
#include "library.h"

#include <stdlib.h>

// All of these are called in the child only.

// The reason why values cannot be read, and the remedy. The text is empty if they can be read.
struct problem {
  char text[256];
  uint8_t remedy;
};

// The location of a dataset's values.
struct layout {
  // UINT64_MAX if they are not contiguous.
  uint64_t offset;
  uint64_t stored_byte_count;
  // The extents of a chunk; 0 without chunks.
  hsize_t chunk[32];
};

// Opens the file, after which no other file can be opened. Returns a negative number if libhdf5 fails.
hid_t open_file(const char *path, int is_swmr);

void refuse(struct problem *problem, uint8_t remedy, const char *format, ...)
  __attribute__((format(printf, 3, 4)));

// Whether the values of a dataset may be read: they are in this file, and no filter is missing. Every dataset is
// checked before it is read, whether it was found by name, reference, link or virtual dataset. Returns 1, or 0 with
// the problem.
int check_values(hid_t dataset, struct layout *layout, struct problem *problem);

// A reference to an object of the file: the address of its header, or UINT64_MAX on failure.
uint64_t address_of(hid_t object);

int is_matlab_text(hid_t dataset);
int is_matlab_empty(hid_t dataset);

// The first element of a dataset of references. Returns 1, or 0 on failure, with a problem if it may not be read.
int read_first_reference(hid_t dataset, uint64_t *reference, struct problem *problem);

// Sends a dataset under its listed name. Returns its role, which is the given one except for objects.
uint8_t send_dataset(hid_t dataset, const char *name, uint8_t role);
// Sends the targets of a dataset of references, each under its number.
void send_object_parts(hid_t references);
// Sends a name that leads to no dataset that can be read.
void send_problem(const char *name, const struct problem *problem);
