#pragma once

#include <stddef.h>
#include <stdint.h>

// Decoders of gzip (by zlib, which is linked), zstd and xz (by libzstd and liblzma, which are loaded on first use).

enum gmmscope_compression : uint8_t { GMMSCOPE_GZIP = 1, GMMSCOPE_ZSTD = 2, GMMSCOPE_XZ = 3 };

enum gmmscope_progress : uint8_t {
  // Input was consumed or output was produced.
  GMMSCOPE_CONTINUES = 0,
  // The stream is complete, and its checksum is correct. Another one may follow.
  GMMSCOPE_COMPLETE = 1,
  GMMSCOPE_DAMAGED = 2,
  // It needs more memory than the limit.
  GMMSCOPE_TOO_LARGE = 3,
  // It was compressed with a dictionary.
  GMMSCOPE_NEEDS_DICTIONARY = 4,
};

struct gmmscope_decoder;

// Creates a decoder that uses at most `memory_limit` bytes itself. Returns NULL if the library is not installed.
struct gmmscope_decoder *gmmscope_decoder_create(enum gmmscope_compression compression, size_t memory_limit);
void gmmscope_decoder_destroy(struct gmmscope_decoder *decoder);

// Decompresses from `input` to `output`. Sets the counts to the numbers of bytes consumed and produced.
enum gmmscope_progress gmmscope_decoder_run(
  struct gmmscope_decoder *decoder, const void *input, size_t *input_count, void *output, size_t *output_count);

// The required memory after GMMSCOPE_TOO_LARGE, as far as it is known.
size_t gmmscope_decoder_needed(const struct gmmscope_decoder *decoder);
