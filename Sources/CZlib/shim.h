#pragma once

#include <zlib.h>

// A macro in zlib, so Swift cannot see it. `windowBits` -15 reads a raw deflate stream (zip entries).
static inline int gmmscope_inflateInit2(z_stream *stream, int windowBits) {
  return inflateInit2(stream, windowBits);
}

// Likewise; level 6, raw deflate.
static inline int gmmscope_deflateInit2(z_stream *stream, int level, int windowBits) {
  return deflateInit2(stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
