#include "child.h"
#include "datasets.h"
#include "library.h"

#include <stdio.h>
#include <string.h>

struct description {
  struct gmmscope_hdf5_dataset header;
  hsize_t extents[32];
  char problem[160];
  char matlab_class[32];
};

hid_t open_file(const char *path) {
  // Locks fail on many network file systems, and nothing is written.
  setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
  if (hdf5.H5open() < 0) return -1;
  hdf5.H5Eset_auto2(0, NULL, NULL);
  // A file must not decide which code is loaded.
  hdf5.H5PLset_loading_state(0);
  return hdf5.H5Fopen(path, 0, 0);
}

static void refuse(struct description *description, const char *problem) {
  description->header.kind = GMMSCOPE_HDF5_OTHER;
  snprintf(description->problem, sizeof description->problem, "%s", problem);
}

// MARK: Element types

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
  refuse(description, "floating-point numbers of an unusual width");
}

static void describe_integer(hid_t type, size_t size, struct description *description) {
  int is_whole = hdf5.H5Tget_precision(type) == 8 * size && hdf5.H5Tget_offset(type) == 0;
  if (!is_whole || (size != 1 && size != 2 && size != 4 && size != 8)) {
    refuse(description, "integers of an unusual width");
    return;
  }
  description->header.kind = hdf5.H5Tget_sign(type) == 0 ? GMMSCOPE_HDF5_UNSIGNED : GMMSCOPE_HDF5_SIGNED;
}

static int is_member(hid_t type, unsigned number, const char *expected) {
  // Never released: it may be from another allocator, and the child ends soon.
  char *name = hdf5.H5Tget_member_name(type, number);
  return name && strcmp(name, expected) == 0;
}

static void describe_type(hid_t type, struct description *description) {
  size_t size = hdf5.H5Tget_size(type);
  if (size == 0 || size > UINT32_MAX) {
    refuse(description, "elements of an impossible size");
    return;
  }
  description->header.element_byte_count = (uint32_t)size;
  description->header.is_big_endian = hdf5.H5Tget_order(type) == H5T_ORDER_BE;
  switch (hdf5.H5Tget_class(type)) {
    case H5T_INTEGER: describe_integer(type, size, description); break;
    case H5T_FLOAT: describe_float(type, size, description); break;
    case H5T_ENUM:
      describe_integer(hdf5.H5Tget_super(type), size, description);
      // How h5py writes booleans.
      if (size == 1 && hdf5.H5Tget_nmembers(type) == 2 && is_member(type, 0, "FALSE")
          && is_member(type, 1, "TRUE")) {
        description->header.kind = GMMSCOPE_HDF5_BOOL;
      }
      break;
    case H5T_STRING:
      description->header.padding = (uint8_t)hdf5.H5Tget_strpad(type);
      description->header.kind =
        hdf5.H5Tis_variable_str(type) > 0 ? GMMSCOPE_HDF5_VARIABLE_TEXT : GMMSCOPE_HDF5_FIXED_TEXT;
      break;
    case H5T_REFERENCE:
      description->header.kind = GMMSCOPE_HDF5_REFERENCE;
      if (size != 8) refuse(description, "references to parts of datasets");
      break;
    case H5T_COMPOUND: refuse(description, "records (a compound type)"); break;
    case H5T_VLEN: refuse(description, "lists of different lengths"); break;
    case H5T_ARRAY: refuse(description, "elements that are arrays"); break;
    case H5T_OPAQUE: refuse(description, "raw bytes"); break;
    default: refuse(description, "elements of an unusual type"); break;
  }
}

// MARK: Layout

static void describe_layout(hid_t dataset, struct description *description) {
  hid_t list = hdf5.H5Dget_create_plist(dataset);
  int layout = hdf5.H5Pget_layout(list);
  // Either would read other files than the one named.
  if (layout == H5D_VIRTUAL) refuse(description, "values of other files (a virtual dataset)");
  if (hdf5.H5Pget_external_count(list) != 0) refuse(description, "values of other files (external storage)");
  int filter_count = hdf5.H5Pget_nfilters(list);
  for (int i = 0; i < filter_count; i++) {
    char name[64] = "", problem[128];
    unsigned flags = 0, configuration = 0;
    size_t value_count = 0;
    int filter =
      hdf5.H5Pget_filter2(list, (unsigned)i, &flags, &value_count, NULL, sizeof name, name, &configuration);
    if (filter < 0 || hdf5.H5Zfilter_avail(filter) > 0) continue;
    name[sizeof name - 1] = 0;
    snprintf(problem, sizeof problem, "values compressed by '%s' (filter %d)", name, filter);
    refuse(description, problem);
  }
  description->header.stored_byte_count = hdf5.H5Dget_storage_size(dataset);
  if (layout == H5D_CONTIGUOUS) description->header.offset = hdf5.H5Dget_offset(dataset);
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
  hdf5.H5Aclose(attribute);
}

int is_matlab_text(hid_t dataset) {
  char class[32];
  read_matlab_class(dataset, class, sizeof class);
  return strcmp(class, "char") == 0;
}

int is_matlab_empty(hid_t dataset) { return hdf5.H5Aexists(dataset, "MATLAB_empty") > 0; }

// MATLAB keeps what its cells hold in datasets of their own.
static void describe_cells(hid_t dataset, struct description *description) {
  hid_t first = -1;
  uint64_t count = 1;
  for (int i = 0; i < description->header.rank; i++) count *= description->extents[i];
  if (count == 0) return;
  if (strcmp(description->matlab_class, "cell") != 0) {
    refuse(description, "references to other datasets");
    return;
  }
  uint64_t reference = 0;
  if (read_first_reference(dataset, &reference)) {
    first = hdf5.H5Rdereference2(dataset, 0, H5R_OBJECT, &reference);
  }
  if (first < 0 || !is_matlab_text(first)) refuse(description, "cells that hold something else than text");
  if (first >= 0) hdf5.H5Oclose(first);
}

// MARK: The list

static int describe(hid_t location, const char *name, const void *info, void *context) {
  (void)info;
  (void)context;
  // What MATLAB's cells refer to.
  if (strncmp(name, "#refs#", 6) == 0 || strncmp(name, "#subsystem#", 11) == 0) return 0;
  hid_t object = hdf5.H5Oopen(location, name, 0);
  if (object < 0) return 0;
  if (hdf5.H5Iget_type(object) == H5I_DATASET) {
    struct description description;
    memset(&description, 0, sizeof description);
    description.header.offset = UINT64_MAX;
    hid_t space = hdf5.H5Dget_space(object);
    int rank = hdf5.H5Sget_simple_extent_ndims(space);
    int extent_type = hdf5.H5Sget_simple_extent_type(space);
    description.header.rank = rank >= 0 && rank <= 32 ? (uint8_t)rank : 0;
    if (rank > 0 && rank <= 32) hdf5.H5Sget_simple_extent_dims(space, description.extents, NULL);
    describe_type(hdf5.H5Dget_type(object), &description);
    describe_layout(object, &description);
    read_matlab_class(object, description.matlab_class, sizeof description.matlab_class);
    description.header.is_matlab_empty = (uint8_t)is_matlab_empty(object);
    if (description.header.kind == GMMSCOPE_HDF5_REFERENCE) describe_cells(object, &description);
    if (rank < 0 || rank > 32 || (extent_type != H5S_SCALAR && extent_type != H5S_SIMPLE)) {
      refuse(&description, "no values (a null dataspace)");
    }
    description.header.name_byte_count = (uint32_t)strlen(name);
    description.header.problem_byte_count = (uint32_t)strlen(description.problem);
    description.header.matlab_class_byte_count = (uint32_t)strlen(description.matlab_class);
    send_record(GMMSCOPE_HDF5_DATASET);
    send_bytes(&description.header, sizeof description.header);
    for (int i = 0; i < description.header.rank; i++) {
      uint64_t extent = description.extents[i];
      send_bytes(&extent, sizeof extent);
    }
    send_bytes(name, description.header.name_byte_count);
    send_bytes(description.problem, description.header.problem_byte_count);
    send_bytes(description.matlab_class, description.header.matlab_class_byte_count);
  }
  hdf5.H5Oclose(object);
  return 0;
}

static void list(const void *context) {
  hid_t file = open_file(context);
  // By name, ascending. Each object is visited once, links to other files never.
  if (file < 0 || hdf5.H5Ovisit(file, 0, 0, describe, NULL) < 0) send_record(GMMSCOPE_HDF5_FAILED);
}

int gmmscope_hdf5_list(const char *path, struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child) {
  return child_start(list, path, limits, child);
}
