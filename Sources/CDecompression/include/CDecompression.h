#pragma once

#include <stddef.h>
#include <stdint.h>

// Streams of gzip (by zlib, which is linked), zstd and xz (by libzstd and liblzma, loaded when the first such
// file is opened).

enum gmmscope_compression : uint8_t { GMMSCOPE_GZIP = 1, GMMSCOPE_ZSTD = 2, GMMSCOPE_XZ = 3 };

enum gmmscope_progress : uint8_t {
  // Something was taken or given.
  GMMSCOPE_CONTINUES = 0,
  // The stream is complete, checksums and all. Another may follow.
  GMMSCOPE_COMPLETE = 1,
  GMMSCOPE_DAMAGED = 2,
  // It needs more memory than is allowed.
  GMMSCOPE_TOO_LARGE = 3,
  // It was compressed with a dictionary, which is in another file.
  GMMSCOPE_NEEDS_DICTIONARY = 4,
};

struct gmmscope_decoder;

// A decoder that itself takes no more than `memory_limit` bytes, or NULL where the library is not there.
struct gmmscope_decoder *gmmscope_decoder_create(enum gmmscope_compression compression, size_t memory_limit);
void gmmscope_decoder_destroy(struct gmmscope_decoder *decoder);

// Decompresses from `input` to `output`; sets the counts to what was taken and given.
enum gmmscope_progress gmmscope_decoder_run(
  struct gmmscope_decoder *decoder, const void *input, size_t *input_count, void *output, size_t *output_count);

// After GMMSCOPE_TOO_LARGE, the bytes that it needs, as far as they are known.
size_t gmmscope_decoder_needed(const struct gmmscope_decoder *decoder);
