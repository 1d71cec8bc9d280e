#include "datasets.h"
#include "child.h"
#include "lzf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

// The file that the child reads.
static hid_t file = -1;

// In a file that a writer has open, libhdf5 reads what has a wrong checksum again, as the writer may be about to finish
// it: by default 100 times, each after twice the time, from 1 ns on. In a damaged file it would never end. So often, it
// takes a quarter of a second.
enum { READ_ATTEMPTS = 28 };

// How to open a file that a writer has open.
static hid_t swmr_access(void) {
  if (!hdf5.file_access || !hdf5.H5Pcreate || !hdf5.H5Pset_metadata_read_attempts) return 0;
  hid_t list = hdf5.H5Pcreate(*hdf5.file_access);
  if (list < 0) return 0;
  hdf5.H5Pset_metadata_read_attempts(list, READ_ATTEMPTS);
  return list;
}

hid_t open_file(const char *path, int is_swmr) {
  struct stat status;
  // Another program may have replaced the file since the parent checked it.
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) return -1;
  if (hdf5.H5open() < 0) return -1;
  hdf5.H5Eset_auto2(0, NULL, NULL);
  // A file must not determine which code is loaded.
  hdf5.H5PLset_loading_state(0);
  register_lzf();
  file = hdf5.H5Fopen(path, is_swmr ? H5F_ACC_SWMR_READ : H5F_ACC_RDONLY, is_swmr ? swmr_access() : 0);
  // A file must not determine which other files are opened either.
  limit(RLIMIT_NOFILE, 0);
  hdf5.H5Lunregister(H5L_TYPE_EXTERNAL);
  return file;
}

void refuse(struct problem *problem, uint8_t remedy, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(problem->text, sizeof problem->text, format, arguments);
  va_end(arguments);
  problem->remedy = remedy;
}

uint64_t address_of(hid_t object) {
  uint64_t address = 0;
  return hdf5.H5Rcreate(&address, object, ".", H5R_OBJECT, -1) < 0 ? UINT64_MAX : address;
}

// MARK: Where values are

// The sources of virtual datasets may be virtual themselves.
enum { NESTING_LIMIT = 8, SOURCE_LIMIT = 65536 };

// The state of checking a dataset and its sources.
struct check {
  struct problem *problem;
  // The datasets on the path from the first to the current one.
  uint64_t path[NESTING_LIMIT];
  int depth;
  // The checked sources, in a hash table that is at most half full.
  uint64_t *seen;
  int seen_count;
  uint64_t stored_byte_count;
};

static int check_dataset(hid_t dataset, struct check *check, struct layout *layout);

// Adds an address. Returns whether it was new.
static int insert(struct check *check, uint64_t address) {
  const size_t capacity = 2 * SOURCE_LIMIT;
  if (!check->seen) {
    check->seen = malloc(capacity * sizeof *check->seen);
    if (!check->seen) _Exit(1);
    memset(check->seen, 0xFF, capacity * sizeof *check->seen);
  }
  size_t place = (size_t)(address * 0x9E3779B97F4A7C15u >> 32) % capacity;
  while (check->seen[place] != UINT64_MAX) {
    if (check->seen[place] == address) return 0;
    place = (place + 1) % capacity;
  }
  check->seen[place] = address;
  check->seen_count++;
  return 1;
}

// Returns 1 if the source may be read, 0 if not, -1 if it does not exist.
static int check_source(const char *name, struct check *check) {
  hid_t source = hdf5.H5Oopen(file, name, 0);
  if (source < 0) return -1;
  int result = 0;
  uint64_t address = address_of(source);
  int is_cycle = 0;
  for (int i = 0; i < check->depth; i++) is_cycle |= check->path[i] == address;
  if (hdf5.H5Iget_type(source) != H5I_DATASET || address == UINT64_MAX) {
    result = -1;
  } else if (is_cycle || check->depth == NESTING_LIMIT || check->seen_count == SOURCE_LIMIT) {
    refuse(check->problem, GMMSCOPE_HDF5_COPY_VALUES, "%s",
           is_cycle ? "values of itself (a virtual dataset)" : "values of too many datasets (a virtual dataset)");
  } else if (!insert(check, address)) {
    result = 1;
  } else {
    result = check_dataset(source, check, NULL);
  }
  hdf5.H5Oclose(source);
  return result;
}

// A source name with `%b` refers to numbered datasets, from 0 up to the first missing one.
static int number_name(const char *pattern, unsigned number, char *name, size_t size) {
  size_t length = 0;
  int is_numbered = 0;
  for (; *pattern; pattern++) {
    int count = 1;
    if (pattern[0] == '%' && pattern[1] == 'b') {
      count = snprintf(name + length, size - length, "%u", number);
      is_numbered = 1;
      pattern++;
    } else {
      if (pattern[0] == '%' && pattern[1] == '%') pattern++;
      name[length] = *pattern;
    }
    length += (size_t)count;
    if (length + 1 >= size) return 0;
  }
  name[length] = 0;
  return is_numbered;
}

static int check_sources(hid_t list, struct check *check) {
  size_t count = 0;
  if (hdf5.H5Pget_virtual_count(list, &count) < 0) count = SIZE_MAX;
  if (count > SOURCE_LIMIT) {
    refuse(check->problem, GMMSCOPE_HDF5_COPY_VALUES, "values of too many datasets (a virtual dataset)");
    return 0;
  }
  for (size_t i = 0; i < count; i++) {
    char source_file[8], pattern[4096], name[4096];
    if (hdf5.H5Pget_virtual_filename(list, i, source_file, sizeof source_file) != 1 || source_file[0] != '.') {
      refuse(check->problem, GMMSCOPE_HDF5_COPY_VALUES, "values of other files (a virtual dataset)");
      return 0;
    }
    long length = hdf5.H5Pget_virtual_dsetname(list, i, pattern, sizeof pattern);
    int result = -1;
    if (length > 0 && length < (long)sizeof pattern) {
      if (number_name(pattern, 0, name, sizeof name)) {
        unsigned number = 0;
        do {
          number_name(pattern, number++, name, sizeof name);
          result = check_source(name, check);
        } while (result > 0 && number <= SOURCE_LIMIT);
        // The numbering ends at the first missing source. Without any source there are no values.
        if (result < 0) result = number > 1 ? 1 : -1;
      } else {
        result = check_source(name, check);
      }
    }
    if (result < 0) {
      // libhdf5 would silently return fill values.
      refuse(check->problem, GMMSCOPE_HDF5_REPAIR_VIRTUAL, "values of a dataset that does not exist (a virtual dataset)");
    }
    if (result <= 0) return 0;
  }
  return 1;
}

static int check_filters(hid_t list, struct check *check) {
  int filter_count = hdf5.H5Pget_nfilters(list);
  for (int i = 0; i < filter_count; i++) {
    char name[64] = "";
    unsigned flags = 0, configuration = 0;
    size_t value_count = 0;
    int filter =
      hdf5.H5Pget_filter2(list, (unsigned)i, &flags, &value_count, NULL, sizeof name, name, &configuration);
    if (filter < 0 || hdf5.H5Zfilter_avail(filter) > 0) continue;
    name[sizeof name - 1] = 0;
    refuse(check->problem, GMMSCOPE_HDF5_COMPRESS_BY_GZIP, "values compressed by '%s' (filter %d)", name, filter);
    return 0;
  }
  return 1;
}

// `layout` may be NULL.
static int check_dataset(hid_t dataset, struct check *check, struct layout *layout) {
  hid_t list = hdf5.H5Dget_create_plist(dataset);
  if (list < 0) {
    refuse(check->problem, GMMSCOPE_HDF5_WRITE_NUMBERS, "values in an unusual layout");
    return 0;
  }
  int kind = hdf5.H5Pget_layout(list);
  int result = 1;
  if (hdf5.H5Pget_external_count(list) != 0) {
    refuse(check->problem, GMMSCOPE_HDF5_COPY_VALUES, "values of other files (external storage)");
    result = 0;
  } else if (kind == H5D_VIRTUAL) {
    check->path[check->depth++] = address_of(dataset);
    result = check_sources(list, check);
    check->depth--;
  } else {
    result = check_filters(list, check);
    check->stored_byte_count += hdf5.H5Dget_storage_size(dataset);
  }
  if (layout) {
    if (kind == H5D_CONTIGUOUS) layout->offset = hdf5.H5Dget_offset(dataset);
    if (kind == H5D_CHUNKED && hdf5.H5Pget_chunk(list, 32, layout->chunk) < 0) layout->chunk[0] = 0;
  }
  hdf5.H5Pclose(list);
  return result;
}

int check_values(hid_t dataset, struct layout *layout, struct problem *problem) {
  struct check check;
  memset(&check, 0, sizeof check);
  check.problem = problem;
  memset(layout, 0, sizeof *layout);
  layout->offset = UINT64_MAX;
  int result = check_dataset(dataset, &check, layout);
  layout->stored_byte_count = check.stored_byte_count;
  free(check.seen);
  return result;
}

// MARK: Element types

struct description {
  struct gmmscope_hdf5_dataset header;
  hsize_t extents[32];
  struct problem problem;
  char matlab_class[32];
};

static void refuse_elements(struct description *description, const char *problem) {
  refuse(&description->problem, GMMSCOPE_HDF5_WRITE_NUMBERS, "%s", problem);
}

static void describe_float(hid_t type, size_t size, struct description *description) {
  size_t sign = 0, exponent = 0, exponent_size = 0, mantissa = 0, mantissa_size = 0;
  static const struct { size_t size, exponent_size, bias; uint8_t kind; } known[] = {
    {2, 5, 15, GMMSCOPE_HDF5_FLOAT}, {2, 8, 127, GMMSCOPE_HDF5_BFLOAT16},
    {4, 8, 127, GMMSCOPE_HDF5_FLOAT}, {8, 11, 1023, GMMSCOPE_HDF5_FLOAT},
  };
  int is_known = hdf5.H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size) >= 0
    && hdf5.H5Tget_norm(type) == H5T_NORM_IMPLIED && hdf5.H5Tget_precision(type) == 8 * size
    && sign == 8 * size - 1 && mantissa == 0 && exponent == mantissa_size
    && exponent_size + mantissa_size == 8 * size - 1;
  for (size_t i = 0; is_known && i < sizeof known / sizeof *known; i++) {
    if (known[i].size == size && known[i].exponent_size == exponent_size
        && known[i].bias == hdf5.H5Tget_ebias(type)) {
      description->header.kind = known[i].kind;
      return;
    }
  }
  refuse_elements(description, "floating-point numbers of an unusual width");
}

static void describe_integer(hid_t type, size_t size, struct description *description) {
  int is_whole = hdf5.H5Tget_precision(type) == 8 * size && hdf5.H5Tget_offset(type) == 0;
  if (!is_whole || (size != 1 && size != 2 && size != 4 && size != 8)) {
    refuse_elements(description, "integers of an unusual width");
    return;
  }
  description->header.kind = hdf5.H5Tget_sign(type) == 0 ? GMMSCOPE_HDF5_UNSIGNED : GMMSCOPE_HDF5_SIGNED;
}

static int is_member(hid_t type, unsigned number, const char *expected) {
  // Never freed, since it may come from another allocator and the child ends soon.
  char *name = hdf5.H5Tget_member_name(type, number);
  return name && strcmp(name, expected) == 0;
}

static int has_members(hid_t type, const char *first, const char *second) {
  return hdf5.H5Tget_nmembers(type) == 2 && is_member(type, 0, first) && is_member(type, 1, second);
}

static void describe_type(hid_t type, struct description *description) {
  size_t size = hdf5.H5Tget_size(type);
  if (size == 0 || size > UINT32_MAX) {
    refuse_elements(description, "elements of an impossible size");
    return;
  }
  description->header.element_byte_count = (uint32_t)size;
  description->header.is_big_endian = hdf5.H5Tget_order(type) == H5T_ORDER_BE;
  switch (hdf5.H5Tget_class(type)) {
    case H5T_INTEGER: describe_integer(type, size, description); break;
    case H5T_FLOAT: describe_float(type, size, description); break;
    case H5T_ENUM: {
      hid_t base = hdf5.H5Tget_super(type);
      describe_integer(base, size, description);
      hdf5.H5Tclose(base);
      // The representation of booleans in h5py.
      if (size == 1 && has_members(type, "FALSE", "TRUE")) description->header.kind = GMMSCOPE_HDF5_BOOL;
      break;
    }
    case H5T_STRING:
      description->header.padding = (uint8_t)hdf5.H5Tget_strpad(type);
      description->header.kind =
        hdf5.H5Tis_variable_str(type) > 0 ? GMMSCOPE_HDF5_VARIABLE_TEXT : GMMSCOPE_HDF5_FIXED_TEXT;
      break;
    case H5T_REFERENCE:
      description->header.kind = GMMSCOPE_HDF5_REFERENCE;
      if (size != 8) refuse_elements(description, "references to parts of datasets");
      break;
    case H5T_COMPOUND:
      // The representations in h5py and MATLAB.
      if (has_members(type, "r", "i") || has_members(type, "real", "imag")) {
        refuse(&description->problem, GMMSCOPE_HDF5_SAVE_PARTS, "complex numbers");
      } else {
        refuse_elements(description, "records (a compound type)");
      }
      break;
    case H5T_VLEN: refuse_elements(description, "lists of different lengths"); break;
    case H5T_ARRAY: refuse_elements(description, "elements that are arrays"); break;
    case H5T_OPAQUE: refuse_elements(description, "raw bytes"); break;
    default: refuse_elements(description, "elements of an unusual type"); break;
  }
}

// MARK: MATLAB's attributes

static void read_matlab_class(hid_t object, char *output, size_t size) {
  memset(output, 0, size);
  if (hdf5.H5Aexists(object, "MATLAB_class") <= 0) return;
  hid_t attribute = hdf5.H5Aopen(object, "MATLAB_class", 0);
  if (attribute < 0) return;
  hid_t type = hdf5.H5Aget_type(attribute);
  hid_t space = hdf5.H5Aget_space(attribute);
  int is_one = hdf5.H5Sget_simple_extent_type(space) == H5S_SCALAR;
  if (is_one && hdf5.H5Tget_class(type) == H5T_STRING && hdf5.H5Tis_variable_str(type) == 0
      && hdf5.H5Tget_size(type) < size) {
    if (hdf5.H5Aread(attribute, type, output) < 0) output[0] = 0;
  }
  hdf5.H5Sclose(space);
  hdf5.H5Tclose(type);
  hdf5.H5Aclose(attribute);
}

int is_matlab_text(hid_t dataset) {
  char class[32];
  read_matlab_class(dataset, class, sizeof class);
  return strcmp(class, "char") == 0;
}

int is_matlab_empty(hid_t dataset) { return hdf5.H5Aexists(dataset, "MATLAB_empty") > 0; }

// MATLAB stores the contents of cells in separate datasets.
static void describe_cells(hid_t dataset, struct description *description) {
  uint64_t count = 1;
  for (int i = 0; i < description->header.rank; i++) count *= description->extents[i];
  if (count == 0) return;
  if (strcmp(description->matlab_class, "cell") != 0) {
    refuse_elements(description, "references to other datasets");
    return;
  }
  uint64_t reference = 0;
  hid_t first = -1;
  if (read_first_reference(dataset, &reference, &description->problem)) {
    first = hdf5.H5Rdereference2(dataset, 0, H5R_OBJECT, &reference);
  }
  if (!description->problem.text[0] && (first < 0 || !is_matlab_text(first))) {
    refuse_elements(description, "cells that hold values other than text");
  }
  if (first >= 0) hdf5.H5Oclose(first);
}

// MARK: Sending

static void send_description(struct description *description, const char *name) {
  struct gmmscope_hdf5_dataset *header = &description->header;
  if (description->problem.text[0]) {
    header->kind = GMMSCOPE_HDF5_OTHER;
    header->remedy = description->problem.remedy;
  }
  header->name_byte_count = (uint32_t)strlen(name);
  header->problem_byte_count = (uint32_t)strlen(description->problem.text);
  header->matlab_class_byte_count = (uint32_t)strlen(description->matlab_class);
  send_record(GMMSCOPE_HDF5_DATASET);
  send_bytes(header, sizeof *header);
  for (int i = 0; i < header->rank; i++) {
    uint64_t extent = description->extents[i];
    send_bytes(&extent, sizeof extent);
  }
  send_bytes(name, header->name_byte_count);
  send_bytes(description->problem.text, header->problem_byte_count);
  send_bytes(description->matlab_class, header->matlab_class_byte_count);
}

void send_problem(const char *name, const struct problem *problem) {
  struct description description;
  memset(&description, 0, sizeof description);
  description.header.address = UINT64_MAX;
  description.problem = *problem;
  send_description(&description, name);
}

uint8_t send_dataset(hid_t dataset, const char *name, uint8_t role) {
  struct description description;
  memset(&description, 0, sizeof description);
  struct gmmscope_hdf5_dataset *header = &description.header;
  header->address = address_of(dataset);
  hid_t space = hdf5.H5Dget_space(dataset);
  int rank = hdf5.H5Sget_simple_extent_ndims(space);
  int extent_type = hdf5.H5Sget_simple_extent_type(space);
  header->rank = rank >= 0 && rank <= 32 ? (uint8_t)rank : 0;
  if (rank > 0 && rank <= 32) hdf5.H5Sget_simple_extent_dims(space, description.extents, NULL);
  hdf5.H5Sclose(space);
  hid_t type = hdf5.H5Dget_type(dataset);
  describe_type(type, &description);
  hdf5.H5Tclose(type);
  struct layout layout;
  check_values(dataset, &layout, &description.problem);
  header->offset = layout.offset;
  header->stored_byte_count = layout.stored_byte_count;
  if (layout.chunk[0] > 0) {
    uint64_t byte_count = header->element_byte_count;
    for (int i = 0; i < header->rank; i++) {
      if (__builtin_mul_overflow(byte_count, (uint64_t)layout.chunk[i], &byte_count)) byte_count = UINT64_MAX;
    }
    header->chunk_byte_count = byte_count;
  }
  read_matlab_class(dataset, description.matlab_class, sizeof description.matlab_class);
  header->is_matlab_empty = (uint8_t)is_matlab_empty(dataset);
  if (!description.problem.text[0]) {
    if (rank < 0 || rank > 32 || (extent_type != H5S_SCALAR && extent_type != H5S_SIMPLE)) {
      refuse_elements(&description, "no values (a null dataspace)");
    } else if (hdf5.H5Aexists(dataset, "MATLAB_object_decode") > 0) {
      if (role == GMMSCOPE_HDF5_ARRAY) role = GMMSCOPE_HDF5_OBJECT;
    } else if (header->kind == GMMSCOPE_HDF5_REFERENCE) {
      describe_cells(dataset, &description);
    }
  }
  header->role = role;
  send_description(&description, name);
  return role;
}
