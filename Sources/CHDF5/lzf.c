#include "lzf.h"
#include "CHDF5.h"
#include "library.h"

#include <string.h>

// LZF: a control byte n below 32 is followed by n + 1 literal bytes. Any other control byte copies earlier output: its
// upper three bits are the length minus 2, where 7 means that the next byte is added; its lower five bits and the next
// byte are the distance minus 1.
uint64_t gmmscope_lzf_decompress(const void *input, uint64_t input_count, void *output, uint64_t output_count) {
  const uint8_t *next = input, *end = next + input_count;
  uint8_t *bytes = output;
  uint64_t written = 0;
  while (next < end) {
    uint64_t control = *next++;
    if (control < 32) {
      uint64_t count = control + 1;
      if ((uint64_t)(end - next) < count || output_count - written < count) return 0;
      memcpy(bytes + written, next, count);
      next += count;
      written += count;
      continue;
    }
    uint64_t count = control >> 5;
    if (count == 7) {
      if (next == end) return 0;
      count += *next++;
    }
    count += 2;
    if (next == end) return 0;
    uint64_t distance = ((control & 31) << 8 | *next++) + 1;
    if (distance > written || output_count - written < count) return 0;
    // Byte by byte, since the two may overlap.
    for (uint64_t i = 0; i < count; i++, written++) bytes[written] = bytes[written - distance];
  }
  return written;
}

// The signature of a libhdf5 filter: returns the number of bytes in `*buffer`, which may be replaced, or 0 on failure.
static size_t filter(
  unsigned flags, size_t value_count, const unsigned *values, size_t byte_count, size_t *buffer_size, void **buffer) {
  if (!(flags & H5Z_FLAG_REVERSE)) return 0;
  // h5py stores the size of a chunk as the third value. Three bytes expand to at most 264.
  size_t largest = byte_count / 3 * 264 + 264;
  size_t size = value_count >= 3 && values[2] > 0 ? values[2] : largest;
  if (size > largest) size = largest;
  void *output = hdf5.H5allocate_memory(size, 0);
  if (!output) return 0;
  size_t written = gmmscope_lzf_decompress(*buffer, byte_count, output, size);
  if (written == 0) {
    hdf5.H5free_memory(output);
    return 0;
  }
  hdf5.H5free_memory(*buffer);
  *buffer = output;
  *buffer_size = size;
  return written;
}

void register_lzf(void) {
  static const struct H5Z_class description = {
    .version = 1, .id = 32000, .has_encoder = 0, .has_decoder = 1, .name = "lzf", .filter = filter,
  };
  hdf5.H5Zregister(&description);
}
