#include "child.h"
#include "datasets.h"
#include "library.h"

#include <stdlib.h>
#include <string.h>

struct request {
  const char *path;
  const char *dataset;
  const uint64_t *runs;
  uint64_t run_count;
  int is_last_dimension;
};

// An open dataset and what is needed to read stretches of it.
struct source {
  hid_t dataset, type, space;
  int rank;
  // Which of the dimensions counts rows.
  int row_dimension;
  hsize_t extents[32];
  size_t element_byte_count;
  // Elements per row.
  uint64_t row_length;
};

static int open_source(hid_t dataset, int is_last_dimension, struct source *source) {
  memset(source, 0, sizeof *source);
  source->dataset = dataset;
  source->type = hdf5.H5Dget_type(dataset);
  source->space = hdf5.H5Dget_space(dataset);
  source->rank = hdf5.H5Sget_simple_extent_ndims(source->space);
  if (source->type < 0 || source->rank < 0 || source->rank > 32) return 0;
  if (source->rank > 0) hdf5.H5Sget_simple_extent_dims(source->space, source->extents, NULL);
  source->row_dimension = is_last_dimension && source->rank > 0 ? source->rank - 1 : 0;
  source->element_byte_count = hdf5.H5Tget_size(source->type);
  source->row_length = 1;
  for (int i = 0; i < source->rank; i++) {
    if (i != source->row_dimension
        && __builtin_mul_overflow(source->row_length, (uint64_t)source->extents[i], &source->row_length)) {
      return 0;
    }
  }
  return source->element_byte_count > 0;
}

// Reads rows `first` to before `end` as they are in the file; `memory` gets the shape of what was read.
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

int read_first_reference(hid_t dataset, uint64_t *reference) {
  struct source source;
  hid_t memory;
  uint64_t count;
  if (!open_source(dataset, 1, &source) || source.element_byte_count != sizeof *reference) return 0;
  uint64_t *values = read_rows(&source, 0, 1, &memory, &count);
  if (!values || count == 0) return 0;
  *reference = values[0];
  free(values);
  return 1;
}

static void send_text(const void *text, size_t byte_count) {
  uint32_t count = (uint32_t)byte_count;
  send_bytes(&count, sizeof count);
  send_bytes(text, count);
}

// What one of MATLAB's cells holds, as UTF-16 in the file's byte order. Gives 0 where it is no text.
static int send_cell(hid_t owner, uint64_t reference) {
  hid_t dataset = hdf5.H5Rdereference2(owner, 0, H5R_OBJECT, &reference);
  if (dataset < 0) return 0;
  struct source source;
  int is_text = 0;
  if (is_matlab_text(dataset) && open_source(dataset, 0, &source) && source.element_byte_count == 2) {
    if (is_matlab_empty(dataset)) {
      send_text("", 0);
      is_text = 1;
    } else {
      hid_t memory;
      uint64_t count;
      void *values = read_rows(&source, 0, source.rank > 0 ? source.extents[0] : 1, &memory, &count);
      if (values && count < 1 << 30) {
        send_text(values, 2 * count);
        is_text = 1;
      }
      free(values);
    }
  }
  hdf5.H5Oclose(dataset);
  return is_text;
}

// Gives 0 where libhdf5 refuses.
static int send_rows(const struct source *source, uint64_t first, uint64_t end) {
  // Text and references take more memory than they do in the file, so they are read in parts.
  int class = hdf5.H5Tget_class(source->type);
  int is_variable = class == H5T_STRING && hdf5.H5Tis_variable_str(source->type) > 0;
  uint64_t step = is_variable || class == H5T_REFERENCE ? 4096 : end - first;
  send_record(GMMSCOPE_HDF5_ROWS);
  for (uint64_t row = first; row < end; row += step) {
    hid_t memory;
    uint64_t count;
    uint64_t next = end - row < step ? end : row + step;
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
  const struct request *request = context;
  hid_t file = open_file(request->path);
  hid_t dataset = file < 0 ? -1 : hdf5.H5Oopen(file, request->dataset, 0);
  struct source source;
  if (dataset < 0 || !open_source(dataset, request->is_last_dimension, &source)) {
    send_record(GMMSCOPE_HDF5_FAILED);
    return;
  }
  for (uint64_t i = 0; i < request->run_count; i++) {
    uint64_t first = request->runs[2 * i], end = request->runs[2 * i + 1];
    uint64_t row_count = source.rank > 0 ? source.extents[source.row_dimension] : 1;
    // A failure in the midst of rows leaves them too short, which the parent notices.
    if (first > end || end > row_count || !send_rows(&source, first, end)) _Exit(1);
  }
}

int gmmscope_hdf5_read(
  const char *path, const char *dataset, const uint64_t *runs, uint64_t run_count, int is_last_dimension,
  struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child) {
  struct request request = {path, dataset, runs, run_count, is_last_dimension};
  return child_start(read_request, &request, limits, child);
}
