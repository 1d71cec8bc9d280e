#include "CDecompression.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// MARK: libzstd, declared as in its version 1 (facebook.github.io/zstd/doc/api_manual_latest.html)

struct zstd_input { const void *bytes; size_t count, position; };
struct zstd_output { void *bytes; size_t count, position; };

static struct {
  void *(*ZSTD_createDStream)(void);
  size_t (*ZSTD_freeDStream)(void *stream);
  size_t (*ZSTD_decompressStream)(void *stream, struct zstd_output *output, struct zstd_input *input);
  unsigned (*ZSTD_isError)(size_t code);
  size_t (*ZSTD_DCtx_setParameter)(void *stream, int parameter, int value);
  // An enumeration with fixed values.
  int (*ZSTD_getErrorCode)(size_t code);
  int is_loaded;
} zstd;

enum {
  ZSTD_WINDOW_LOG_MAX = 100,
  ZSTD_WINDOW_LOG_LARGEST = 31,
  ZSTD_WINDOW_TOO_LARGE = 16,
  ZSTD_DICTIONARY_WRONG = 32,
  ZSTD_MEMORY_ALLOCATION = 64,
};

// MARK: liblzma, declared as in its version 5 (tukaani.org/xz/liblzma-api)

struct lzma_stream {
  const void *next_in;
  size_t avail_in;
  uint64_t total_in;
  void *next_out;
  size_t avail_out;
  uint64_t total_out;
  const void *allocator;
  void *internal;
  void *reserved_pointers[4];
  uint64_t reserved_words[2];
  size_t reserved_sizes[2];
  int reserved_enums[2];
};

enum { LZMA_RUN = 0, LZMA_OK = 0, LZMA_STREAM_END = 1, LZMA_MEM_ERROR = 5, LZMA_MEMLIMIT_ERROR = 6 };

static struct {
  int (*lzma_stream_decoder)(struct lzma_stream *stream, uint64_t memory_limit, uint32_t flags);
  int (*lzma_code)(struct lzma_stream *stream, int action);
  void (*lzma_end)(struct lzma_stream *stream);
  uint64_t (*lzma_memusage)(const struct lzma_stream *stream);
  int is_loaded;
} lzma;

// MARK: Loading

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *open_first(const char *const *names) {
  void *library = NULL;
  for (; *names && !library; names++) library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
  return library;
}

static void *find(void *library, const char *name, int *is_complete) {
  void *function = library ? dlsym(library, name) : NULL;
  if (!function) *is_complete = 0;
  return function;
}

static void load(void) {
  static const char *const zstd_names[] = {
    "libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.dylib", NULL};
  static const char *const lzma_names[] = {
    "liblzma.so.5", "liblzma.5.dylib", "/opt/homebrew/lib/liblzma.dylib", NULL};
  void *library = open_first(zstd_names);
  zstd.is_loaded = 1;
  zstd.ZSTD_createDStream = find(library, "ZSTD_createDStream", &zstd.is_loaded);
  zstd.ZSTD_freeDStream = find(library, "ZSTD_freeDStream", &zstd.is_loaded);
  zstd.ZSTD_decompressStream = find(library, "ZSTD_decompressStream", &zstd.is_loaded);
  zstd.ZSTD_isError = find(library, "ZSTD_isError", &zstd.is_loaded);
  zstd.ZSTD_DCtx_setParameter = find(library, "ZSTD_DCtx_setParameter", &zstd.is_loaded);
  zstd.ZSTD_getErrorCode = find(library, "ZSTD_getErrorCode", &zstd.is_loaded);
  library = open_first(lzma_names);
  lzma.is_loaded = 1;
  lzma.lzma_stream_decoder = find(library, "lzma_stream_decoder", &lzma.is_loaded);
  lzma.lzma_code = find(library, "lzma_code", &lzma.is_loaded);
  lzma.lzma_end = find(library, "lzma_end", &lzma.is_loaded);
  lzma.lzma_memusage = find(library, "lzma_memusage", &lzma.is_loaded);
}

// MARK: Decoders

struct gmmscope_decoder {
  enum gmmscope_compression compression;
  size_t memory_limit;
  size_t needed;
  int is_started;
  z_stream gzip;
  void *zstd;
  struct lzma_stream xz;
};

// The largest window, of 2^log bytes, within the limit. Files declare the size of their window.
static int window_log(size_t memory_limit) {
  int log = 10;
  while (log < ZSTD_WINDOW_LOG_LARGEST && ((size_t)2 << log) <= memory_limit) log++;
  return log;
}

struct gmmscope_decoder *gmmscope_decoder_create(enum gmmscope_compression compression, size_t memory_limit) {
  if (compression != GMMSCOPE_GZIP) pthread_once(&once, load);
  if ((compression == GMMSCOPE_ZSTD && !zstd.is_loaded) || (compression == GMMSCOPE_XZ && !lzma.is_loaded)) {
    return NULL;
  }
  struct gmmscope_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->compression = compression;
  decoder->memory_limit = memory_limit;
  switch (compression) {
    // 16: requires a gzip header.
    case GMMSCOPE_GZIP: decoder->is_started = inflateInit2(&decoder->gzip, 15 + 16) == Z_OK; break;
    case GMMSCOPE_ZSTD:
      decoder->zstd = zstd.ZSTD_createDStream();
      decoder->is_started =
        decoder->zstd
        && !zstd.ZSTD_isError(
          zstd.ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_WINDOW_LOG_MAX, window_log(memory_limit)));
      break;
    case GMMSCOPE_XZ:
      decoder->is_started = lzma.lzma_stream_decoder(&decoder->xz, memory_limit, 0) == LZMA_OK;
      break;
  }
  if (decoder->is_started) return decoder;
  if (decoder->zstd) zstd.ZSTD_freeDStream(decoder->zstd);
  free(decoder);
  return NULL;
}

void gmmscope_decoder_destroy(struct gmmscope_decoder *decoder) {
  switch (decoder->compression) {
    case GMMSCOPE_GZIP: inflateEnd(&decoder->gzip); break;
    case GMMSCOPE_ZSTD: zstd.ZSTD_freeDStream(decoder->zstd); break;
    case GMMSCOPE_XZ: lzma.lzma_end(&decoder->xz); break;
  }
  free(decoder);
}

static enum gmmscope_progress run_gzip(
  z_stream *stream, const void *input, size_t *input_count, void *output, size_t *output_count) {
  // zlib uses 32-bit counts.
  uInt limit = 1u << 30;
  uInt available_in = *input_count < limit ? (uInt)*input_count : limit;
  uInt available_out = *output_count < limit ? (uInt)*output_count : limit;
  stream->next_in = (Bytef *)input;
  stream->avail_in = available_in;
  stream->next_out = output;
  stream->avail_out = available_out;
  int status = inflate(stream, Z_NO_FLUSH);
  *input_count = available_in - stream->avail_in;
  *output_count = available_out - stream->avail_out;
  if (status == Z_STREAM_END) return inflateReset(stream) == Z_OK ? GMMSCOPE_COMPLETE : GMMSCOPE_DAMAGED;
  if (status == Z_MEM_ERROR) return GMMSCOPE_TOO_LARGE;
  return status == Z_OK || status == Z_BUF_ERROR ? GMMSCOPE_CONTINUES : GMMSCOPE_DAMAGED;
}

static enum gmmscope_progress run_zstd(
  struct gmmscope_decoder *decoder, const void *input, size_t *input_count, void *output, size_t *output_count) {
  struct zstd_input in = {input, *input_count, 0};
  struct zstd_output out = {output, *output_count, 0};
  size_t status = zstd.ZSTD_decompressStream(decoder->zstd, &out, &in);
  *input_count = in.position;
  *output_count = out.position;
  if (zstd.ZSTD_isError(status)) {
    switch (zstd.ZSTD_getErrorCode(status)) {
      case ZSTD_WINDOW_TOO_LARGE:
      case ZSTD_MEMORY_ALLOCATION:
        decoder->needed = (size_t)2 << window_log(decoder->memory_limit);
        return GMMSCOPE_TOO_LARGE;
      case ZSTD_DICTIONARY_WRONG: return GMMSCOPE_NEEDS_DICTIONARY;
      default: return GMMSCOPE_DAMAGED;
    }
  }
  return status == 0 ? GMMSCOPE_COMPLETE : GMMSCOPE_CONTINUES;
}

static enum gmmscope_progress run_xz(
  struct gmmscope_decoder *decoder, const void *input, size_t *input_count, void *output, size_t *output_count) {
  struct lzma_stream *stream = &decoder->xz;
  stream->next_in = input;
  stream->avail_in = *input_count;
  stream->next_out = output;
  stream->avail_out = *output_count;
  int status = lzma.lzma_code(stream, LZMA_RUN);
  *input_count -= stream->avail_in;
  *output_count -= stream->avail_out;
  if (status == LZMA_STREAM_END) {
    int restarted = lzma.lzma_stream_decoder(stream, decoder->memory_limit, 0);
    return restarted == LZMA_OK ? GMMSCOPE_COMPLETE : GMMSCOPE_DAMAGED;
  }
  if (status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR) {
    decoder->needed = lzma.lzma_memusage(stream);
    return GMMSCOPE_TOO_LARGE;
  }
  // 10: no progress was possible; the caller decides whether that is an error.
  return status == LZMA_OK || status == 10 ? GMMSCOPE_CONTINUES : GMMSCOPE_DAMAGED;
}

enum gmmscope_progress gmmscope_decoder_run(
  struct gmmscope_decoder *decoder, const void *input, size_t *input_count, void *output, size_t *output_count) {
  switch (decoder->compression) {
    case GMMSCOPE_GZIP: return run_gzip(&decoder->gzip, input, input_count, output, output_count);
    case GMMSCOPE_ZSTD: return run_zstd(decoder, input, input_count, output, output_count);
    case GMMSCOPE_XZ: return run_xz(decoder, input, input_count, output, output_count);
  }
  return GMMSCOPE_DAMAGED;
}

size_t gmmscope_decoder_needed(const struct gmmscope_decoder *decoder) { return decoder->needed; }
