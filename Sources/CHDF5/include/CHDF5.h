#pragma once

#include <stdint.h>

// libhdf5, loaded when the first such file is opened and used in a child process only. The library is not robust
// against malformed files: a damaged header can crash it or keep it busy forever. A child process therefore opens the
// file and writes its findings to a pipe, within limits on memory and time. If it dies, the file is reported as
// damaged. This also keeps the library, which is not thread-safe, out of a multithreaded process. The child can open
// only the given file: after that, its limit on descriptors is 0, so that no link, external storage, virtual dataset
// or plugin reaches another file, and no FIFO can block it.

// The kinds of records in the pipe. Each record begins with its kind. Integers are in the machine's byte order.
enum gmmscope_hdf5_record : uint8_t {
  // A dataset, or a link without a dataset; see gmmscope_hdf5_dataset.
  GMMSCOPE_HDF5_DATASET = 1,
  // A range of rows, followed by its bytes. Each text is preceded by its length (uint32_t), or by UINT32_MAX and the
  // data of a refusal if a cell's text may not be read.
  GMMSCOPE_HDF5_ROWS = 2,
  // libhdf5 failed. Nothing follows.
  GMMSCOPE_HDF5_FAILED = 3,
  // The end of the records. If it is missing, the child died.
  GMMSCOPE_HDF5_END = 4,
  // The values may not be read, followed by a gmmscope_hdf5_remedy, the length of a text (uint32_t) and the text,
  // which describes the values.
  GMMSCOPE_HDF5_REFUSED = 5,
};

enum gmmscope_hdf5_kind : uint8_t {
  GMMSCOPE_HDF5_SIGNED = 1,
  GMMSCOPE_HDF5_UNSIGNED = 2,
  GMMSCOPE_HDF5_FLOAT = 3,
  GMMSCOPE_HDF5_BFLOAT16 = 4,
  GMMSCOPE_HDF5_BOOL = 5,
  // Text of fixed length in bytes.
  GMMSCOPE_HDF5_FIXED_TEXT = 6,
  GMMSCOPE_HDF5_VARIABLE_TEXT = 7,
  // References to other datasets, as in MATLAB's cells.
  GMMSCOPE_HDF5_REFERENCE = 8,
  // Anything else, described by `problem`.
  GMMSCOPE_HDF5_OTHER = 9,
};

enum gmmscope_hdf5_role : uint8_t {
  GMMSCOPE_HDF5_ARRAY = 0,
  // A MATLAB object: the number under which its values are stored.
  GMMSCOPE_HDF5_OBJECT = 1,
  // MATLAB's data of objects, named by index. They follow everything else.
  GMMSCOPE_HDF5_OBJECT_PART = 2,
};

// The remedy for values that are not supported.
enum gmmscope_hdf5_remedy : uint8_t {
  GMMSCOPE_HDF5_WRITE_NUMBERS = 0,
  GMMSCOPE_HDF5_COPY_VALUES = 1,
  GMMSCOPE_HDF5_COMPRESS_BY_GZIP = 2,
  GMMSCOPE_HDF5_COPY_DATASET = 3,
  GMMSCOPE_HDF5_REPAIR_LINK = 4,
  GMMSCOPE_HDF5_REPAIR_VIRTUAL = 5,
  GMMSCOPE_HDF5_SAVE_FULL = 6,
  GMMSCOPE_HDF5_SAVE_PARTS = 7,
  GMMSCOPE_HDF5_WRITE_AGAIN = 8,
};

// Followed by the extents (uint64_t each) and three texts of the given lengths: name, problem and the attribute
// MATLAB_class.
struct gmmscope_hdf5_dataset {
  // The address of its values in the file, or UINT64_MAX if they are not contiguous.
  uint64_t offset;
  // The size of its values in the file; for a virtual dataset, that of its sources, each counted once.
  uint64_t stored_byte_count;
  // The address of its header, which identifies it for reading, since several names may lead to one dataset.
  // UINT64_MAX for a link without a dataset.
  uint64_t address;
  // The decompressed size of a chunk; 0 if there are no chunks.
  uint64_t chunk_byte_count;
  uint32_t element_byte_count;
  uint32_t name_byte_count;
  uint32_t problem_byte_count;
  uint32_t matlab_class_byte_count;
  uint8_t kind;
  uint8_t is_big_endian;
  uint8_t rank;
  // Whether MATLAB marked it as empty, in which case its values are its extents.
  uint8_t is_matlab_empty;
  // The padding of text of fixed length: 0 null-terminated, 1 zeros, 2 spaces.
  uint8_t padding;
  // A gmmscope_hdf5_remedy, if there is a problem.
  uint8_t remedy;
  // A gmmscope_hdf5_role.
  uint8_t role;
  uint8_t unused[5];
};

struct gmmscope_hdf5_limits {
  // The memory limit of the child, in bytes.
  uint64_t byte_count;
  // The limit on processor time, in seconds.
  uint64_t processor_seconds;
  // The time, in seconds, within which the child must send data, not counting time in which it is stopped.
  uint64_t silent_seconds;
};

struct gmmscope_hdf5_child {
  int32_t process;
  // The descriptor of its records.
  int32_t descriptor;
};

// The rows of a dataset to read.
struct gmmscope_hdf5_request {
  // The address of the dataset's header.
  uint64_t address;
  // The ranges of rows, each from `runs[2 * i]` up to `runs[2 * i + 1]`, exclusive.
  const uint64_t *runs;
  uint64_t run_count;
  // Whether the last dimension, rather than the first, is that of rows.
  int is_last_dimension;
};

// Loads the library. Returns 0, or 1 if it is not found, or 2 if it is older than 1.10.
int gmmscope_hdf5_load(void);

// Starts a child that lists all datasets. `is_swmr` is whether the file is marked as open for
// single-writer/multiple-reader access. Returns 0 or an errno.
int gmmscope_hdf5_list(
  const char *path, int is_swmr, struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child);

// Starts a child that reads rows. Returns 0 or an errno.
int gmmscope_hdf5_read(
  const char *path, int is_swmr, struct gmmscope_hdf5_request request, struct gmmscope_hdf5_limits limits,
  struct gmmscope_hdf5_child *child);

// Ends the child and releases its resources. Returns 0 if it ended normally, 1 if it timed out, 2 if it crashed or was
// killed here. The result is meaningless after GMMSCOPE_HDF5_END.
int gmmscope_hdf5_finish(struct gmmscope_hdf5_child child);

// Decompresses LZF. Returns the number of bytes written, or 0 if the input is corrupt or the output is too small.
uint64_t gmmscope_lzf_decompress(const void *input, uint64_t input_count, void *output, uint64_t output_count);
