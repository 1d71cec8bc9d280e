#pragma once

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

// MPI's handles and constants are integers in one library and casts of addresses in another. Swift imports neither, so
// structs hold the handles and functions name the constants. Every function but those that end the process returns
// MPI's error code, 0 for success.

// A group of ranks that exchange messages apart from others.
typedef struct {
  MPI_Comm handle;
} gmmscope_mpi_group;

// A transfer that has begun.
typedef struct {
  MPI_Request handle;
} gmmscope_mpi_transfer;

// What became of starting MPI.
typedef struct {
  int rank;
  int rank_count;
  // Whether several threads may call MPI, one at a time.
  bool is_serialized;
} gmmscope_mpi_world;

static inline int gmmscope_mpi_start(gmmscope_mpi_world *world) {
  int level = MPI_THREAD_SINGLE;
  int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
  if (error) return error;
  world->is_serialized = level >= MPI_THREAD_SERIALIZED;
  if ((error = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN))) return error;
  if ((error = MPI_Comm_rank(MPI_COMM_WORLD, &world->rank))) return error;
  return MPI_Comm_size(MPI_COMM_WORLD, &world->rank_count);
}

static inline void gmmscope_mpi_finish(void) { MPI_Finalize(); }

static inline void gmmscope_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

// All ranks, for messages of their own. Collective.
static inline int gmmscope_mpi_all(gmmscope_mpi_group *group) {
  return MPI_Comm_dup(MPI_COMM_WORLD, &group->handle);
}

// The ranks of this rank's machine. Collective.
static inline int gmmscope_mpi_neighbors(gmmscope_mpi_group *group) {
  return MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &group->handle);
}

static inline int gmmscope_mpi_size(gmmscope_mpi_group group, int *size) {
  return MPI_Comm_size(group.handle, size);
}

// The sum over a group of `count` integers each, in place. Collective, waits.
static inline int gmmscope_mpi_sum(gmmscope_mpi_group group, int32_t *values, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_INT32_T, MPI_SUM, group.handle);
}

// Begins to give every rank `count` integers of each other, by rank.
static inline int gmmscope_mpi_share(
    gmmscope_mpi_group group, const int64_t *own, int count, int64_t *all, gmmscope_mpi_transfer *transfer) {
  return MPI_Iallgather(own, count, MPI_INT64_T, all, count, MPI_INT64_T, group.handle, &transfer->handle);
}

// Begins to give every rank one integer of each other, and another one to each.
static inline int gmmscope_mpi_exchange(
    gmmscope_mpi_group group, const int64_t *own, int64_t *others, gmmscope_mpi_transfer *transfer) {
  return MPI_Ialltoall(own, 1, MPI_INT64_T, others, 1, MPI_INT64_T, group.handle, &transfer->handle);
}

static inline int gmmscope_mpi_broadcast(
    gmmscope_mpi_group group, void *bytes, int count, int root, gmmscope_mpi_transfer *transfer) {
  return MPI_Ibcast(bytes, count, MPI_BYTE, root, group.handle, &transfer->handle);
}

static inline int gmmscope_mpi_gather(
    gmmscope_mpi_group group, const void *own, int count, void *all, const int *counts, const int *places,
    gmmscope_mpi_transfer *transfer) {
  return MPI_Iallgatherv(own, count, MPI_BYTE, all, counts, places, MPI_BYTE, group.handle, &transfer->handle);
}

static inline int gmmscope_mpi_send(
    gmmscope_mpi_group group, const void *bytes, int count, int rank, gmmscope_mpi_transfer *transfer) {
  return MPI_Isend(bytes, count, MPI_BYTE, rank, 0, group.handle, &transfer->handle);
}

static inline int gmmscope_mpi_receive(
    gmmscope_mpi_group group, void *bytes, int count, int rank, gmmscope_mpi_transfer *transfer) {
  return MPI_Irecv(bytes, count, MPI_BYTE, rank, 0, group.handle, &transfer->handle);
}

// Whether all transfers are done. Returns without waiting.
static inline int gmmscope_mpi_are_done(gmmscope_mpi_transfer *transfers, int count, bool *are_done) {
  _Static_assert(sizeof(gmmscope_mpi_transfer) == sizeof(MPI_Request), "a struct of one handle is the handle");
  int done = 0;
  int error = MPI_Testall(count, &transfers->handle, &done, MPI_STATUSES_IGNORE);
  *are_done = done != 0;
  return error;
}

// Takes a message of exactly `count` bytes that has arrived from any rank; `rank` is negative where none has.
static inline int gmmscope_mpi_take(gmmscope_mpi_group group, void *bytes, int count, int *rank) {
  int has_arrived = 0;
  MPI_Status status;
  int error = MPI_Iprobe(MPI_ANY_SOURCE, 0, group.handle, &has_arrived, &status);
  *rank = -1;
  if (error || !has_arrived) return error;
  *rank = status.MPI_SOURCE;
  return MPI_Recv(bytes, count, MPI_BYTE, status.MPI_SOURCE, 0, group.handle, MPI_STATUS_IGNORE);
}

// What an error code means. `text` has room for MPI_MAX_ERROR_STRING bytes.
static inline void gmmscope_mpi_describe(int error, char *text) {
  int length = 0;
  if (MPI_Error_string(error, text, &length) != MPI_SUCCESS) text[0] = 0;
}

static inline int gmmscope_mpi_text_length(void) { return MPI_MAX_ERROR_STRING; }

// The name and version of the library, on one or more lines. `text` has room for MPI_MAX_LIBRARY_VERSION_STRING bytes.
static inline void gmmscope_mpi_library(char *text) {
  int length = 0;
  if (MPI_Get_library_version(text, &length) != MPI_SUCCESS) text[0] = 0;
}

static inline int gmmscope_mpi_library_length(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }

// Sets flag i to 1 where this process may run on core i, else to 0. False where the system does not say.
static inline bool gmmscope_permitted_cores(int32_t *flags, int count) {
#ifdef __linux__
  enum { word_bits = 8 * sizeof(unsigned long), words = 64 };
  unsigned long mask[words];
  // The C library declares its own function only to programs that ask for all of GNU's.
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  if (bytes < 0) return false;
  for (int i = 0; i < count; i++)
    flags[i] = i < 8 * bytes ? (int32_t)(mask[i / word_bits] >> (i % word_bits) & 1) : 0;
  return true;
#else
  (void)flags, (void)count;
  return false;
#endif
}
