#pragma once

// The functions become part of the program: it needs no library at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stddef.h>
#include <stdint.h>

struct gmmscope_hash {
  uint64_t low;
  uint64_t high;
};

// Starts a 128-bit XXH3 hash of bytes that arrive in pieces. Returns null if memory is exhausted.
static inline void *gmmscope_hash_create(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state) XXH3_128bits_reset(state);
  return state;
}

static inline void gmmscope_hash_update(void *state, const void *bytes, size_t count) {
  XXH3_128bits_update((XXH3_state_t *)state, bytes, count);
}

static inline struct gmmscope_hash gmmscope_hash_digest(const void *state) {
  XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)state);
  return (struct gmmscope_hash){hash.low64, hash.high64};
}

static inline void gmmscope_hash_free(void *state) { XXH3_freeState((XXH3_state_t *)state); }
