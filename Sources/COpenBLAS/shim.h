#pragma once

#include <cblas.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// The LAPACK routines in use, by their Fortran names: LAPACKE would link the slow reference library.
// Matrices are column-major; every argument is passed by address; `info` below zero is a wrong
// argument, above zero a numerical failure.

void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void dlauum_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpocon_(const char *uplo, const int *n, const double *a, const int *lda, const double *anorm,
             double *rcond, double *work, int *iwork, int *info);
void dgelqf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *lwork, int *info);

// Memory that is freed stays with the process, up to 128 MiB of it, instead of going back to the system page by page, where
// the C library can be told so and the user has not told it otherwise.
static inline void gmmscope_keep_freed_memory(void) {
#ifdef __GLIBC__
  if (getenv("MALLOC_TRIM_THRESHOLD_") || getenv("MALLOC_MMAP_THRESHOLD_")) return;
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

// Gives memory that was kept in this way back to the system.
static inline void gmmscope_return_freed_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

// OpenBLAS works in buffers of 128 MB of address space, one for each call at a time, which it maps when it first needs
// one and keeps. Where it cannot have one, it asks again for ever; so they are had beforehand, where that is limited.
#define GMMSCOPE_BLAS_BUFFER_BYTES ((size_t)128 << 20)

extern void *blas_memory_alloc(int place) __attribute__((weak));
extern void blas_memory_free(void *buffer) __attribute__((weak));

// Has OpenBLAS map up to `count` buffers; the number of calls at a time that it has buffers for then, as far as is
// known: all of them for another library.
static inline int gmmscope_reserve_buffers(int count) {
  enum { most = 64 };
  void *buffers[most];
  if (!blas_memory_alloc || !blas_memory_free) return count;
  int reserved = 0;
  while (reserved < count && reserved < most) {
    void *room = mmap(NULL, GMMSCOPE_BLAS_BUFFER_BYTES + (1 << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) break;
    munmap(room, GMMSCOPE_BLAS_BUFFER_BYTES + (1 << 20));
    buffers[reserved++] = blas_memory_alloc(0);
  }
  for (int i = 0; i < reserved; i++) blas_memory_free(buffers[i]);
  return reserved;
}
