#pragma once

#include "CHDF5.h"
#include "library.h"

#include <stdlib.h>

// All of these are called in the child only.

// Why values are not read, and what to do about it. The text is empty where values can be read.
struct problem {
  char text[256];
  uint8_t remedy;
};

// Where the values of a dataset are.
struct layout {
  // UINT64_MAX where they are not in one piece.
  uint64_t offset;
  uint64_t stored_byte_count;
  // Extents of a chunk; 0 where there are none.
  hsize_t chunk[32];
};

// Opens the file; no other can be opened after that. Gives a negative number where libhdf5 refuses.
hid_t open_file(const char *path, int is_swmr);

void refuse(struct problem *problem, uint8_t remedy, const char *format, ...)
  __attribute__((format(printf, 3, 4)));

// Whether the values of a dataset may be read: they are in this file, and no filter is missing. Every dataset is
// asked about before it is read, whatever has led to it: a name, a reference, a link, a virtual dataset. Gives 1, or
// 0 with the problem.
int check_values(hid_t dataset, struct layout *layout, struct problem *problem);

// A reference to an object of the file, which is where its header is. Gives UINT64_MAX for a failure.
uint64_t address_of(hid_t object);

int is_matlab_text(hid_t dataset);
int is_matlab_empty(hid_t dataset);

// The first element of a dataset of references. Gives 1 if it could be read, or 0, with a problem where it may not.
int read_first_reference(hid_t dataset, uint64_t *reference, struct problem *problem);

// Sends a dataset as the list names it. Gives its role, which is the one said but for objects.
uint8_t send_dataset(hid_t dataset, const char *name, uint8_t role);
// Sends what a dataset of references refers to, each under its number.
void send_object_parts(hid_t references);
// Sends a name that leads to no dataset that can be read.
void send_problem(const char *name, const struct problem *problem);
