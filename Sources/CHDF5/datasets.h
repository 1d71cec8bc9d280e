#pragma once

#include "library.h"

#include <stdlib.h>

// Called in the child only.
hid_t open_file(const char *path);
int is_matlab_text(hid_t dataset);
int is_matlab_empty(hid_t dataset);
// The first element of a dataset of references. Gives 1 if it could be read.
int read_first_reference(hid_t dataset, uint64_t *reference);
