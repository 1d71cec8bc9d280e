#pragma once

#include <stddef.h>
#include <stdint.h>

// The used part of libhdf5's interface, declared here so that building requires no header. The types are unchanged
// since version 1.10 (support.hdfgroup.org/documentation/hdf5/latest).

typedef int64_t hid_t;
typedef unsigned long long hsize_t;
// The information about a link begins with its type in every version.
typedef int (*link_visitor)(hid_t group, const char *name, const int *type, void *context);

enum { H5F_ACC_RDONLY = 0, H5F_ACC_SWMR_READ = 0x40 };
enum { H5I_GROUP = 2, H5I_DATASET = 5 };
enum { H5L_TYPE_HARD = 0, H5L_TYPE_SOFT = 1, H5L_TYPE_EXTERNAL = 64 };
enum { H5Z_FLAG_REVERSE = 0x100 };
enum { H5S_SCALAR = 0, H5S_SIMPLE = 1, H5S_SELECT_SET = 0 };
enum { H5R_OBJECT = 0 };
enum { H5D_CONTIGUOUS = 1, H5D_CHUNKED = 2, H5D_VIRTUAL = 3 };
enum { H5T_ORDER_LE = 0, H5T_ORDER_BE = 1, H5T_STR_SPACEPAD = 2, H5T_NORM_IMPLIED = 0 };
enum {
  H5T_INTEGER = 0, H5T_FLOAT = 1, H5T_TIME = 2, H5T_STRING = 3, H5T_BITFIELD = 4, H5T_OPAQUE = 5,
  H5T_COMPOUND = 6, H5T_REFERENCE = 7, H5T_ENUM = 8, H5T_VLEN = 9, H5T_ARRAY = 10,
};

struct H5Z_class {
  int version, id;
  unsigned has_encoder, has_decoder;
  const char *name;
  void *can_apply, *set_local;
  size_t (*filter)(unsigned flags, size_t value_count, const unsigned *values, size_t byte_count,
                   size_t *buffer_size, void **buffer);
};

#define HDF5_FUNCTIONS(F) \
  F(int, H5open, (void)) \
  F(void *, H5allocate_memory, (size_t size, unsigned char clear)) \
  F(int, H5free_memory, (void *memory)) \
  F(int, H5Eset_auto2, (hid_t stack, void *function, void *context)) \
  F(int, H5PLset_loading_state, (unsigned mask)) \
  F(hid_t, H5Fopen, (const char *path, unsigned flags, hid_t access)) \
  F(int, H5Lunregister, (int type)) \
  F(int, H5Zregister, (const void *description)) \
  F(hid_t, H5Oopen, (hid_t location, const char *name, hid_t access)) \
  F(int, H5Oclose, (hid_t object)) \
  F(int, H5Iget_type, (hid_t object)) \
  F(hid_t, H5Dget_space, (hid_t dataset)) \
  F(hid_t, H5Dget_type, (hid_t dataset)) \
  F(hid_t, H5Dget_create_plist, (hid_t dataset)) \
  F(uint64_t, H5Dget_offset, (hid_t dataset)) \
  F(hsize_t, H5Dget_storage_size, (hid_t dataset)) \
  F(int, H5Dread, (hid_t dataset, hid_t type, hid_t memory, hid_t file, hid_t transfer, void *output)) \
  F(int, H5Dvlen_reclaim, (hid_t type, hid_t space, hid_t transfer, void *values)) \
  F(int, H5Sget_simple_extent_type, (hid_t space)) \
  F(int, H5Sget_simple_extent_ndims, (hid_t space)) \
  F(int, H5Sget_simple_extent_dims, (hid_t space, hsize_t *extents, hsize_t *largest)) \
  F(hid_t, H5Screate_simple, (int rank, const hsize_t *extents, const hsize_t *largest)) \
  F(int, H5Sselect_hyperslab, (hid_t space, int operation, const hsize_t *start, const hsize_t *stride, \
                               const hsize_t *count, const hsize_t *block)) \
  F(int, H5Sclose, (hid_t space)) \
  F(int, H5Tclose, (hid_t type)) \
  F(int, H5Tget_class, (hid_t type)) \
  F(size_t, H5Tget_size, (hid_t type)) \
  F(int, H5Tget_order, (hid_t type)) \
  F(int, H5Tget_sign, (hid_t type)) \
  F(size_t, H5Tget_precision, (hid_t type)) \
  F(int, H5Tget_offset, (hid_t type)) \
  F(int, H5Tget_fields, (hid_t type, size_t *sign, size_t *exponent, size_t *exponent_size, \
                         size_t *mantissa, size_t *mantissa_size)) \
  F(size_t, H5Tget_ebias, (hid_t type)) \
  F(int, H5Tget_norm, (hid_t type)) \
  F(int, H5Tget_strpad, (hid_t type)) \
  F(int, H5Tis_variable_str, (hid_t type)) \
  F(hid_t, H5Tget_super, (hid_t type)) \
  F(int, H5Tget_nmembers, (hid_t type)) \
  F(char *, H5Tget_member_name, (hid_t type, unsigned number)) \
  F(int, H5Pget_layout, (hid_t list)) \
  F(int, H5Pget_external_count, (hid_t list)) \
  F(int, H5Pget_chunk, (hid_t list, int rank, hsize_t *extents)) \
  F(int, H5Pget_virtual_count, (hid_t list, size_t *count)) \
  F(long, H5Pget_virtual_filename, (hid_t list, size_t number, char *name, size_t size)) \
  F(long, H5Pget_virtual_dsetname, (hid_t list, size_t number, char *name, size_t size)) \
  F(int, H5Pclose, (hid_t list)) \
  F(int, H5Pget_nfilters, (hid_t list)) \
  F(int, H5Pget_filter2, (hid_t list, unsigned number, unsigned *flags, size_t *value_count, \
                          unsigned *values, size_t name_size, char *name, unsigned *configuration)) \
  F(int, H5Zfilter_avail, (int filter)) \
  F(int, H5Aexists, (hid_t object, const char *name)) \
  F(hid_t, H5Aopen, (hid_t object, const char *name, hid_t access)) \
  F(hid_t, H5Aget_type, (hid_t attribute)) \
  F(hid_t, H5Aget_space, (hid_t attribute)) \
  F(int, H5Aread, (hid_t attribute, hid_t type, void *output)) \
  F(int, H5Aclose, (hid_t attribute)) \
  F(int, H5Rcreate, (void *reference, hid_t location, const char *name, int type, hid_t space)) \
  F(hid_t, H5Rdereference2, (hid_t object, hid_t access, int type, const void *reference))

#define HDF5_MEMBER(result, name, parameters) result(*name) parameters;

struct hdf5_library {
  HDF5_FUNCTIONS(HDF5_MEMBER)
  // The class of access lists, which has a value once the library is initialized, and what is made of it.
  const hid_t *file_access;
  hid_t (*H5Pcreate)(hid_t list_class);
  int (*H5Pset_metadata_read_attempts)(hid_t list, unsigned count);
  int (*H5Literate)(hid_t group, int index, int order, hsize_t *place, link_visitor function, void *context);
};

// Filled by gmmscope_hdf5_load, constant afterwards.
extern struct hdf5_library hdf5;
