#pragma once

#include <stdint.h>

// libhdf5, loaded when the first such file is opened and used in a child process only.
//
// The library was not made for files that lie: a damaged header can crash it or keep it busy forever. So a
// child process opens the file and writes what it finds into a pipe, within limits on memory and time; if it
// dies, the file is at fault and nothing else is lost. This also keeps the library, which is not thread-safe,
// out of a process of many threads.
//
// The child can open no file but the one it is given: once that is open, its limit on descriptors is 0, so
// that no link, external storage, virtual dataset or plugin reaches another file, and no FIFO can block it.

// What is in the pipe: records, each beginning with one of these. Integers are in the machine's byte order.
enum gmmscope_hdf5_record : uint8_t {
  // A dataset, or a link that leads to none: see gmmscope_hdf5_dataset and what follows it.
  GMMSCOPE_HDF5_DATASET = 1,
  // One stretch of rows was read: its bytes follow; for text, each with its length (uint32_t) before it, or UINT32_MAX
  // and what follows a refusal where a cell's text may not be read.
  GMMSCOPE_HDF5_ROWS = 2,
  // libhdf5 refused: nothing follows.
  GMMSCOPE_HDF5_FAILED = 3,
  // All is said. Where this is missing, the child died.
  GMMSCOPE_HDF5_END = 4,
  // The values may not be read: a gmmscope_hdf5_remedy, the length of a text (uint32_t) and the text, which says
  // what they are.
  GMMSCOPE_HDF5_REFUSED = 5,
};

enum gmmscope_hdf5_kind : uint8_t {
  GMMSCOPE_HDF5_SIGNED = 1,
  GMMSCOPE_HDF5_UNSIGNED = 2,
  GMMSCOPE_HDF5_FLOAT = 3,
  GMMSCOPE_HDF5_BFLOAT16 = 4,
  GMMSCOPE_HDF5_BOOL = 5,
  // Text of one length in bytes.
  GMMSCOPE_HDF5_FIXED_TEXT = 6,
  GMMSCOPE_HDF5_VARIABLE_TEXT = 7,
  // References to other datasets, as in MATLAB's cells.
  GMMSCOPE_HDF5_REFERENCE = 8,
  // Anything else: `problem` says what.
  GMMSCOPE_HDF5_OTHER = 9,
};

enum gmmscope_hdf5_role : uint8_t {
  GMMSCOPE_HDF5_ARRAY = 0,
  // One of MATLAB's objects: the number under which its values are kept.
  GMMSCOPE_HDF5_OBJECT = 1,
  // What MATLAB keeps of objects; its place among these is its name. They follow everything else.
  GMMSCOPE_HDF5_OBJECT_PART = 2,
};

// What to do about values that are not read.
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

// Followed by the extents (uint64_t each), then by three texts of the lengths said: name, problem and the
// attribute MATLAB_class.
struct gmmscope_hdf5_dataset {
  // Where its values are in the file, or UINT64_MAX where they are not in one piece.
  uint64_t offset;
  // Bytes its values take in the file; of a virtual dataset, those of its sources, each counted once.
  uint64_t stored_byte_count;
  // Where its header is, which tells it from others and is how it is named when it is read: several names may
  // lead to one dataset. UINT64_MAX for a link that leads to none.
  uint64_t address;
  // Bytes of one chunk, decompressed; 0 where there are none.
  uint64_t chunk_byte_count;
  uint32_t element_byte_count;
  uint32_t name_byte_count;
  uint32_t problem_byte_count;
  uint32_t matlab_class_byte_count;
  uint8_t kind;
  uint8_t is_big_endian;
  uint8_t rank;
  // Whether MATLAB marked it as empty; its values are then its extents.
  uint8_t is_matlab_empty;
  // For text of one length: what ends it, 0 a zero, 1 zeros up to the length, 2 spaces.
  uint8_t padding;
  // A gmmscope_hdf5_remedy where there is a problem.
  uint8_t remedy;
  // A gmmscope_hdf5_role.
  uint8_t role;
  uint8_t unused[5];
};

struct gmmscope_hdf5_limits {
  // Bytes of memory the child may take.
  uint64_t byte_count;
  // Seconds of processor time.
  uint64_t processor_seconds;
  // Seconds in which the child must send something, but for those in which it is stopped.
  uint64_t silent_seconds;
};

struct gmmscope_hdf5_child {
  int32_t process;
  // Where its records come from.
  int32_t descriptor;
};

// Which rows of which dataset are read.
struct gmmscope_hdf5_request {
  // Where the dataset's header is.
  uint64_t address;
  // Stretches of rows, each from `runs[2 * i]` to before `runs[2 * i + 1]`.
  const uint64_t *runs;
  uint64_t run_count;
  // Whether rows are counted by the last dimension rather than the first.
  int is_last_dimension;
};

// Loads the library. Gives 0, or 1 where there is none, or 2 where it is older than 1.10.
int gmmscope_hdf5_load(void);

// Starts a child that lists all datasets. `is_swmr` says that the file is marked as open in a writer that lets
// others read. Gives 0 or an errno.
int gmmscope_hdf5_list(
  const char *path, int is_swmr, struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child);

// Starts a child that reads rows. Gives 0 or an errno.
int gmmscope_hdf5_read(
  const char *path, int is_swmr, struct gmmscope_hdf5_request request, struct gmmscope_hdf5_limits limits,
  struct gmmscope_hdf5_child *child);

// Ends the child and releases what it held. Gives 0 if it had ended in good order, 1 if it ran out of time, 2
// if it crashed or was ended here; this says nothing where it has sent GMMSCOPE_HDF5_END.
int gmmscope_hdf5_finish(struct gmmscope_hdf5_child child);

// Decompresses LZF. Gives the number of bytes written, 0 where the input is damaged or the output too small.
uint64_t gmmscope_lzf_decompress(const void *input, uint64_t input_count, void *output, uint64_t output_count);
