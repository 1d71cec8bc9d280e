#include "child.h"
#include "datasets.h"
#include "library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
  const char *path;
  int is_swmr;
  struct gmmscope_hdf5_request request;
};

// An open dataset and the state for reading ranges of it.
struct source {
  hid_t dataset, type, space;
  int rank;
  // The dimension of rows.
  int row_dimension;
  hsize_t extents[32];
  size_t element_byte_count;
  // Elements per row.
  uint64_t row_length;
  // The number of rows per chunk; 1 without chunks.
  uint64_t chunk_row_count;
};

static void close_source(struct source *source) {
  hdf5.H5Tclose(source->type);
  hdf5.H5Sclose(source->space);
}

// The only function that reads values. Returns 1, or 0 on failure, with a problem if they may not be read.
static int open_source(hid_t dataset, int is_last_dimension, struct source *source, struct problem *problem) {
  memset(source, 0, sizeof *source);
  struct layout layout;
  if (hdf5.H5Iget_type(dataset) != H5I_DATASET || !check_values(dataset, &layout, problem)) return 0;
  source->dataset = dataset;
  source->type = hdf5.H5Dget_type(dataset);
  source->space = hdf5.H5Dget_space(dataset);
  source->rank = hdf5.H5Sget_simple_extent_ndims(source->space);
  if (source->type < 0 || source->rank < 0 || source->rank > 32) return 0;
  if (source->rank > 0) hdf5.H5Sget_simple_extent_dims(source->space, source->extents, NULL);
  source->row_dimension = is_last_dimension && source->rank > 0 ? source->rank - 1 : 0;
  source->element_byte_count = hdf5.H5Tget_size(source->type);
  source->row_length = 1;
  source->chunk_row_count = layout.chunk[0] > 0 ? layout.chunk[source->row_dimension] : 1;
  for (int i = 0; i < source->rank; i++) {
    if (i != source->row_dimension
        && __builtin_mul_overflow(source->row_length, (uint64_t)source->extents[i], &source->row_length)) {
      return 0;
    }
  }
  return source->element_byte_count > 0;
}

// Reads rows `first` up to `end`, exclusive, in the layout of the file. Sets `memory` to their shape.
static void *read_rows(const struct source *source, uint64_t first, uint64_t end, hid_t *memory, uint64_t *count) {
  uint64_t byte_count;
  if (__builtin_mul_overflow(end - first, source->row_length, count)
      || __builtin_mul_overflow(*count, (uint64_t)source->element_byte_count, &byte_count)) {
    return NULL;
  }
  void *values = calloc(byte_count > 0 ? byte_count : 1, 1);
  if (!values) return NULL;
  hsize_t start[32] = {0}, extents[32];
  memcpy(extents, source->extents, sizeof extents);
  *memory = 0;
  hid_t selected = 0;
  if (source->rank > 0) {
    start[source->row_dimension] = first;
    extents[source->row_dimension] = end - first;
    *memory = hdf5.H5Screate_simple(source->rank, extents, NULL);
    selected = source->space;
    if (*memory < 0
        || hdf5.H5Sselect_hyperslab(selected, H5S_SELECT_SET, start, NULL, extents, NULL) < 0) {
      return NULL;
    }
  }
  return hdf5.H5Dread(source->dataset, source->type, *memory, selected, 0, values) < 0 ? NULL : values;
}

int read_first_reference(hid_t dataset, uint64_t *reference, struct problem *problem) {
  struct source source;
  if (!open_source(dataset, 1, &source, problem)) return 0;
  hid_t memory = 0;
  uint64_t count = 0, *values = NULL;
  if (source.element_byte_count == sizeof *reference) values = read_rows(&source, 0, 1, &memory, &count);
  int is_read = values && count > 0;
  if (is_read) *reference = values[0];
  free(values);
  if (memory > 0) hdf5.H5Sclose(memory);
  close_source(&source);
  return is_read;
}

void send_object_parts(hid_t references) {
  enum { LIMIT = 65536 };
  struct source source;
  struct problem problem;
  if (!open_source(references, 1, &source, &problem)) return;
  uint64_t row_count = source.rank > 0 ? source.extents[source.row_dimension] : 1;
  hid_t memory = 0;
  uint64_t count = 0, *values = NULL;
  if (hdf5.H5Tget_class(source.type) == H5T_REFERENCE && source.element_byte_count == sizeof *values
      && source.row_length == 1 && row_count <= LIMIT) {
    values = read_rows(&source, 0, row_count, &memory, &count);
  }
  for (uint64_t i = 0; values && i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)i);
    hid_t part = hdf5.H5Rdereference2(references, 0, H5R_OBJECT, &values[i]);
    if (part < 0) continue;
    if (hdf5.H5Iget_type(part) == H5I_DATASET) send_dataset(part, name, GMMSCOPE_HDF5_OBJECT_PART);
    hdf5.H5Oclose(part);
  }
  free(values);
}

static void send_text(const void *text, size_t byte_count) {
  uint32_t count = (uint32_t)byte_count;
  send_bytes(&count, sizeof count);
  send_bytes(text, count);
}

static void send_refusal_text(const struct problem *problem) {
  uint32_t length = (uint32_t)strlen(problem->text);
  send_bytes(&problem->remedy, sizeof problem->remedy);
  send_bytes(&length, sizeof length);
  send_bytes(problem->text, length);
}

// The content of a MATLAB cell as UTF-16 in the file's byte order. Returns 0 if it is not text.
static int send_cell(hid_t owner, uint64_t reference) {
  hid_t dataset = hdf5.H5Rdereference2(owner, 0, H5R_OBJECT, &reference);
  if (dataset < 0) return 0;
  struct source source;
  struct problem problem = {.text = ""};
  int is_sent = 0;
  if (!is_matlab_text(dataset)) {
    refuse(&problem, GMMSCOPE_HDF5_WRITE_NUMBERS, "cells that hold values other than text");
  } else if (is_matlab_empty(dataset)) {
    send_text("", 0);
    is_sent = 1;
  } else if (open_source(dataset, 0, &source, &problem)) {
    hid_t memory = 0;
    uint64_t count = 0;
    void *values = NULL;
    if (source.element_byte_count == 2) {
      values = read_rows(&source, 0, source.rank > 0 ? source.extents[0] : 1, &memory, &count);
    }
    if (values && count < 1 << 30) {
      send_text(values, 2 * count);
      is_sent = 1;
    }
    free(values);
    if (memory > 0) hdf5.H5Sclose(memory);
    close_source(&source);
  }
  if (problem.text[0]) {
    uint32_t mark = UINT32_MAX;
    send_bytes(&mark, sizeof mark);
    send_refusal_text(&problem);
    child_end();
  }
  hdf5.H5Oclose(dataset);
  return is_sent;
}

// The number of rows to read at a time: complete chunks, so that none is decompressed twice.
static uint64_t row_step(const struct source *source, int is_text) {
  // Text and references take more memory than in the file.
  uint64_t chunk = source->chunk_row_count;
  if (is_text) return chunk > 4096 && chunk < 1 << 20 ? chunk : 4096;
  // Here the rows of a range are not contiguous.
  if (source->row_dimension > 0) return UINT64_MAX;
  uint64_t row_byte_count = source->row_length * source->element_byte_count;
  uint64_t step = row_byte_count > 0 ? (1 << 24) / row_byte_count : UINT64_MAX;
  return step < chunk ? chunk : step / chunk * chunk;
}

// Returns 0 if libhdf5 fails.
static int send_rows(const struct source *source, uint64_t first, uint64_t end) {
  int class = hdf5.H5Tget_class(source->type);
  int is_variable = class == H5T_STRING && hdf5.H5Tis_variable_str(source->type) > 0;
  uint64_t step = row_step(source, is_variable || class == H5T_REFERENCE);
  send_record(GMMSCOPE_HDF5_ROWS);
  uint64_t next;
  for (uint64_t row = first; row < end; row = next) {
    hid_t memory;
    uint64_t count;
    // Up to the end of a chunk.
    uint64_t size = step - row % step;
    next = end - row < size ? end : row + size;
    void *values = read_rows(source, row, next, &memory, &count);
    if (!values) return 0;
    if (is_variable) {
      char **texts = values;
      for (uint64_t i = 0; i < count; i++) send_text(texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0);
      if (memory > 0) hdf5.H5Dvlen_reclaim(source->type, memory, 0, values);
    } else if (class == H5T_REFERENCE) {
      for (uint64_t i = 0; i < count; i++) {
        if (!send_cell(source->dataset, ((uint64_t *)values)[i])) return 0;
      }
    } else {
      send_bytes(values, count * source->element_byte_count);
    }
    free(values);
    if (memory > 0) hdf5.H5Sclose(memory);
  }
  return 1;
}

static void read_request(const void *context) {
  const struct reading *reading = context;
  const struct gmmscope_hdf5_request *request = &reading->request;
  hid_t file = open_file(reading->path, reading->is_swmr);
  hid_t dataset = file < 0 ? -1 : hdf5.H5Rdereference2(file, 0, H5R_OBJECT, &request->address);
  struct source source;
  struct problem problem = {.text = ""};
  if (dataset < 0 || !open_source(dataset, request->is_last_dimension, &source, &problem)) {
    send_record(problem.text[0] ? GMMSCOPE_HDF5_REFUSED : GMMSCOPE_HDF5_FAILED);
    if (problem.text[0]) send_refusal_text(&problem);
    return;
  }
  for (uint64_t i = 0; i < request->run_count; i++) {
    uint64_t first = request->runs[2 * i], end = request->runs[2 * i + 1];
    uint64_t row_count = source.rank > 0 ? source.extents[source.row_dimension] : 1;
    // After a failure, the rows are incomplete, which the parent detects.
    if (first > end || end > row_count || !send_rows(&source, first, end)) _Exit(1);
  }
}

int gmmscope_hdf5_read(
  const char *path, int is_swmr, struct gmmscope_hdf5_request request, struct gmmscope_hdf5_limits limits,
  struct gmmscope_hdf5_child *child) {
  struct reading reading = {path, is_swmr, request};
  return child_start(read_request, &reading, limits, child);
}
