#include "CVectorKernels.h"
#include "wide.h"

#include <math.h>
#include <string.h>

// Products of 8-bit and 16-bit integers, which are exact in 32 bits, and four times and twice as fast as those of floats
// where the processor has instructions for them (AVX-512 VNNI).

#if defined(__x86_64__) && defined(__clang__)
#include <immintrin.h>
#define QUANTIZED __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

bool gmmscope_quantized_is_fast(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw")
    && __builtin_cpu_supports("avx512vl");
}

// Samples of one pass over a block of rows: as many as registers hold the sums of.
enum { PASS = 12 };
// Samples that stay in the cache while all rows pass.
enum { CHUNK = 288 };

static inline QUANTIZED __m512 difference(
  __m512i dots, __m512i correction, __m512 scale, __m512 factor, __m512 own, __m512 offset
) {
  __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(dots, correction)), _mm512_mul_ps(scale, factor));
  return _mm512_sub_ps(_mm512_add_ps(value, own), offset);
}

static inline QUANTIZED __attribute__((always_inline)) void pass(
  float *lanes, const uint8_t *const *samples, const float *factors, const int32_t *picked,
  int count, int width, const int8_t *block, size_t depth, size_t limit, const float *diagonal, const float *point,
  size_t first_row, const int32_t *corrections, const float *scales, const float *offsets
) {
  __m512i dots[PASS][2];
  for (int s = 0; s < count; s++) {
    for (int w = 0; w < width; w++) dots[s][w] = _mm512_setzero_si512();
  }
  const int8_t *second = block + 16 * depth;
  for (size_t i = 0; i < limit; i += 4) {
    __m512i a = _mm512_loadu_si512(block + 16 * i);
    __m512i b = width > 1 ? _mm512_loadu_si512(second + 16 * i) : a;
    for (int s = 0; s < count; s++) {
      int32_t four;
      memcpy(&four, samples[s] + i, 4);
      __m512i x = _mm512_set1_epi32(four);
      dots[s][0] = _mm512_dpbusd_epi32(dots[s][0], x, a);
      if (width > 1) dots[s][1] = _mm512_dpbusd_epi32(dots[s][1], x, b);
    }
  }
  for (int s = 0; s < count; s++) {
    __m512 factor = _mm512_set1_ps(factors[picked[s]]);
    __m512 sum = _mm512_setzero_ps();
    for (int w = 0; w < width; w++) {
      size_t row = first_row + 16 * (size_t)w;
      __m512 own = _mm512_setzero_ps(), x = own;
      if (diagonal) {
        __m512i integers = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(samples[s] + row)));
        x = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(integers, _mm512_set1_epi32(128))), factor);
        own = _mm512_mul_ps(_mm512_loadu_ps(diagonal + row), x);
      }
      __m512 value = difference(
        dots[s][w], _mm512_loadu_si512(corrections + row), _mm512_loadu_ps(scales + row), factor, own,
        _mm512_loadu_ps(offsets + row));
      __m512 other = point ? _mm512_sub_ps(x, _mm512_loadu_ps(point + row)) : value;
      sum = _mm512_add_ps(sum, _mm512_mul_ps(value, other));
    }
    _mm512_storeu_ps(lanes + 16 * s, _mm512_add_ps(_mm512_loadu_ps(lanes + 16 * s), sum));
  }
}

static QUANTIZED void chunk_distances(
  float *result, float *lanes, const uint8_t *samples, const float *factors,
  const int32_t *picked, size_t count, const int8_t *rows, size_t block_count, size_t depth, const float *diagonal,
  const float *point, const int32_t *corrections, const float *scales, const float *offsets
) {
  memset(lanes, 0, 64 * count);
  for (size_t block = 0; block < block_count; block += 2) {
    int width = block + 1 < block_count ? 2 : 1;
    const int8_t *start = rows + 16 * depth * block;
    size_t end = 16 * (block + (size_t)width);
    size_t limit = diagonal && end < depth ? end : depth;
    for (size_t first = 0; first < count; first += PASS) {
      const uint8_t *places[PASS];
      int whole = count - first < PASS ? (int)(count - first) : PASS;
      for (int s = 0; s < whole; s++) places[s] = samples + (size_t)picked[first + s] * depth;
      const int32_t *ids = picked + first;
      float *sums = lanes + 16 * first;
      size_t row = 16 * block;
      if (whole == PASS && width == 2) {
        pass(sums, places, factors, ids, PASS, 2, start, depth, limit, diagonal, point, row, corrections, scales,
             offsets);
      } else if (whole == PASS) {
        pass(sums, places, factors, ids, PASS, 1, start, depth, limit, diagonal, point, row, corrections, scales,
             offsets);
      } else {
        for (int s = 0; s < whole; s++) {
          pass(sums + 16 * s, places + s, factors, ids + s, 1, width, start, depth, limit, diagonal, point, row,
               corrections, scales, offsets);
        }
      }
    }
  }
  for (size_t s = 0; s < count; s++) result[s] = _mm512_reduce_add_ps(_mm512_loadu_ps(lanes + 16 * s));
}

static void fast_distances(
  float *result, float *lanes, const uint8_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int8_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const int32_t *corrections, const float *scales, const float *offsets
) {
  for (size_t first = 0; first < count; first += CHUNK) {
    chunk_distances(
      result + first, lanes, samples, factors, picked + first, count - first < CHUNK ? count - first : CHUNK, rows,
      block_count, depth, diagonal, point, corrections, scales, offsets);
  }
}

// Samples of one pass over two blocks of rows with 16 bits. Each has two sums of integers and two of floats, so that more
// samples do not fit the registers.
enum { FINE_PASS = 8 };

// sums + the products of two pairs of 16-bit integers. From the intrinsic function, clang makes two instructions.
static inline QUANTIZED __m512i add_products(__m512i sums, __m512i first, __m512i second) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(first), "v"(second));
  return sums;
}

static inline QUANTIZED __attribute__((always_inline)) void fine_pass(
  float *lanes, const int16_t *const *samples, const float *factors, const int32_t *picked, int count, int width,
  const int16_t *block, size_t depth, size_t limit, const float *diagonal, const float *point, size_t first_row,
  const float *scales, const float *offsets
) {
  __m512 dots[FINE_PASS][2];
  for (int s = 0; s < count; s++) {
    for (int w = 0; w < width; w++) dots[s][w] = _mm512_setzero_ps();
  }
  const int16_t *second = block + 16 * depth;
  for (size_t start = 0; start < limit; start += GMMSCOPE_FINE_SPAN) {
    size_t end = start + GMMSCOPE_FINE_SPAN < limit ? start + GMMSCOPE_FINE_SPAN : limit;
    __m512i sums[FINE_PASS][2];
    for (int s = 0; s < count; s++) {
      for (int w = 0; w < width; w++) sums[s][w] = _mm512_setzero_si512();
    }
    for (size_t i = start; i < end; i += 2) {
      __m512i a = _mm512_loadu_si512(block + 16 * i);
      __m512i b = width > 1 ? _mm512_loadu_si512(second + 16 * i) : a;
      for (int s = 0; s < count; s++) {
        int32_t two;
        memcpy(&two, samples[s] + i, 4);
        __m512i x = _mm512_set1_epi32(two);
        sums[s][0] = add_products(sums[s][0], a, x);
        if (width > 1) sums[s][1] = add_products(sums[s][1], b, x);
      }
    }
    for (int s = 0; s < count; s++) {
      for (int w = 0; w < width; w++) dots[s][w] = _mm512_add_ps(dots[s][w], _mm512_cvtepi32_ps(sums[s][w]));
    }
  }
  for (int s = 0; s < count; s++) {
    __m512 factor = _mm512_set1_ps(factors[picked[s]]);
    __m512 sum = _mm512_setzero_ps();
    for (int w = 0; w < width; w++) {
      size_t row = first_row + 16 * (size_t)w;
      __m512 value = _mm512_mul_ps(dots[s][w], _mm512_mul_ps(_mm512_loadu_ps(scales + row), factor));
      __m512 x = _mm512_setzero_ps();
      if (diagonal) {
        __m512i integers = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)(samples[s] + row)));
        x = _mm512_mul_ps(_mm512_cvtepi32_ps(integers), factor);
        value = _mm512_add_ps(value, _mm512_mul_ps(_mm512_loadu_ps(diagonal + row), x));
      }
      value = _mm512_sub_ps(value, _mm512_loadu_ps(offsets + row));
      __m512 other = point ? _mm512_sub_ps(x, _mm512_loadu_ps(point + row)) : value;
      sum = _mm512_add_ps(sum, _mm512_mul_ps(value, other));
    }
    _mm512_storeu_ps(lanes + 16 * s, _mm512_add_ps(_mm512_loadu_ps(lanes + 16 * s), sum));
  }
}

static QUANTIZED void fast_fine_distances(
  float *result, float *lanes, const int16_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int16_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const float *scales, const float *offsets
) {
  for (size_t start = 0; start < count; start += CHUNK) {
    size_t size = count - start < CHUNK ? count - start : CHUNK;
    memset(lanes, 0, 64 * size);
    for (size_t block = 0; block < block_count; block += 2) {
      int width = block + 1 < block_count ? 2 : 1;
      const int16_t *own = rows + 16 * depth * block;
      size_t row = 16 * block, end = row + 16 * (size_t)width;
      size_t limit = diagonal && end < depth ? end : depth;
      for (size_t first = 0; first < size; first += FINE_PASS) {
        const int16_t *places[FINE_PASS];
        int whole = size - first < FINE_PASS ? (int)(size - first) : FINE_PASS;
        const int32_t *ids = picked + start + first;
        for (int s = 0; s < whole; s++) places[s] = samples + (size_t)ids[s] * depth;
        float *sums = lanes + 16 * first;
        if (whole == FINE_PASS && width == 2) {
          fine_pass(sums, places, factors, ids, FINE_PASS, 2, own, depth, limit, diagonal, point, row, scales, offsets);
        } else if (whole == FINE_PASS) {
          fine_pass(sums, places, factors, ids, FINE_PASS, 1, own, depth, limit, diagonal, point, row, scales, offsets);
        } else {
          for (int s = 0; s < whole; s++) {
            fine_pass(
              sums + 16 * s, places + s, factors, ids + s, 1, width, own, depth, limit, diagonal, point, row, scales,
              offsets);
          }
        }
      }
    }
    for (size_t s = 0; s < size; s++) {
      result[start + s] = _mm512_reduce_add_ps(_mm512_loadu_ps(lanes + 16 * s));
    }
  }
}
#else
bool gmmscope_quantized_is_fast(void) { return false; }
#endif

static void plain_distances(
  float *result, const uint8_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int8_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const int32_t *corrections, const float *scales, const float *offsets
) {
  for (size_t s = 0; s < count; s++) {
    const uint8_t *sample = samples + (size_t)picked[s] * depth;
    float sums[16] = {0}, total = 0;
    for (size_t row = 0; row < 16 * block_count; row++) {
      const int8_t *values = rows + 16 * depth * (row / 16) + 4 * (row % 16);
      int32_t dot = -corrections[row];
      for (size_t i = 0; i < depth; i++) dot += (int32_t)values[16 * (i / 4 * 4) + i % 4] * sample[i];
      float factor = factors[picked[s]];
      float x = diagonal ? (float)((int32_t)sample[row] - 128) * factor : 0;
      float value = (float)dot * (scales[row] * factor) + (diagonal ? diagonal[row] * x : 0) - offsets[row];
      sums[row % 16] += value * (point ? x - point[row] : value);
    }
    for (int lane = 0; lane < 16; lane++) total += sums[lane];
    result[s] = total;
  }
}

void gmmscope_quantized_distances(
  float *result, float *lanes, const uint8_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int8_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const int32_t *corrections, const float *scales, const float *offsets
) {
#if defined(__x86_64__) && defined(__clang__)
  if (gmmscope_quantized_is_fast()) {
    fast_distances(
      result, lanes, samples, factors, picked, count, rows, block_count, depth, diagonal, point,
      corrections, scales, offsets);
    return;
  }
#endif
  plain_distances(
    result, samples, factors, picked, count, rows, block_count, depth, diagonal, point, corrections, scales, offsets);
}

static void plain_fine_distances(
  float *result, const int16_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int16_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const float *scales, const float *offsets
) {
  for (size_t s = 0; s < count; s++) {
    const int16_t *sample = samples + (size_t)picked[s] * depth;
    float sums[16] = {0}, total = 0;
    for (size_t row = 0; row < 16 * block_count; row++) {
      const int16_t *values = rows + 16 * depth * (row / 16) + 2 * (row % 16);
      float dot = 0;
      for (size_t start = 0; start < depth; start += GMMSCOPE_FINE_SPAN) {
        int32_t sum = 0;
        for (size_t i = start; i < start + GMMSCOPE_FINE_SPAN && i < depth; i++) {
          sum += (int32_t)values[16 * (i / 2 * 2) + i % 2] * sample[i];
        }
        dot += (float)sum;
      }
      float factor = factors[picked[s]];
      float value = dot * (scales[row] * factor);
      float x = diagonal ? (float)sample[row] * factor : 0;
      if (diagonal) value += diagonal[row] * x;
      value -= offsets[row];
      sums[row % 16] += value * (point ? x - point[row] : value);
    }
    for (int lane = 0; lane < 16; lane++) total += sums[lane];
    result[s] = total;
  }
}

void gmmscope_fine_distances(
  float *result, float *lanes, const int16_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int16_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const float *scales, const float *offsets
) {
#if defined(__x86_64__) && defined(__clang__)
  if (gmmscope_quantized_is_fast()) {
    fast_fine_distances(
      result, lanes, samples, factors, picked, count, rows, block_count, depth, diagonal, point, scales,
      offsets);
    return;
  }
#endif
  plain_fine_distances(
    result, samples, factors, picked, count, rows, block_count, depth, diagonal, point, scales, offsets);
}

static inline double rounded_to_range(double value, double range) {
  // Adding 1.5 * 2^52 rounds to an integer.
  double rounded = (value + 0x1.8p52) - 0x1.8p52;
  return rounded > range ? range : rounded >= -range ? rounded : -range;
}

// The product of two such norms is below 2^31.
static const double LARGEST_FINE_NORM = 46340;

WIDE struct gmmscope_quantization gmmscope_quantize(
  int8_t *restrict result, float *restrict error, const double *row, const double *origin, size_t count
) {
  double largest[8] = {0};
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double value = fabs(row[i + lane] - origin[i + lane]);
      largest[lane] = value > largest[lane] ? value : largest[lane];
    }
  }
  for (size_t i = whole; i < count; i++) {
    double value = fabs(row[i] - origin[i]);
    largest[i - whole] = value > largest[i - whole] ? value : largest[i - whole];
  }
  double top = 0;
  for (int lane = 0; lane < 8; lane++) top = largest[lane] > top ? largest[lane] : top;
  struct gmmscope_quantization found = {(float)(top / 127), 0, 0};
  double step = found.step;
  double inverse = step > 1e-30 ? 1 / step : 0;
  double squares[8] = {0}, errors[8] = {0};
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double value = row[i + lane] - origin[i + lane];
      double rounded = rounded_to_range(value * inverse, 127);
      double rest = value - rounded * step;
      result[i + lane] = (int8_t)(int32_t)rounded;
      error[i + lane] = (float)rest;
      squares[lane] += value * value;
      errors[lane] += rest * rest;
    }
  }
  for (size_t i = whole; i < count; i++) {
    double value = row[i] - origin[i];
    double rounded = rounded_to_range(value * inverse, 127);
    double rest = value - rounded * step;
    result[i] = (int8_t)(int32_t)rounded;
    error[i] = (float)rest;
    squares[i - whole] += value * value;
    errors[i - whole] += rest * rest;
  }
  for (int lane = 0; lane < 8; lane++) {
    found.square += squares[lane];
    found.squared_error += errors[lane];
  }
  return found;
}

WIDE struct gmmscope_quantization gmmscope_quantize_fine(
  int16_t *restrict result, float *restrict error, const double *row, const double *origin, size_t count
) {
  // Spans are whole but for the last one.
  double top = 0, longest = 0;
  struct gmmscope_quantization found = {0, 0, 0};
  for (size_t start = 0; start < count; start += GMMSCOPE_FINE_SPAN) {
    size_t end = start + GMMSCOPE_FINE_SPAN < count ? start + GMMSCOPE_FINE_SPAN : count;
    double largest[8] = {0}, squares[8] = {0};
    size_t whole = start + (end - start) / 8 * 8;
    for (size_t i = start; i < whole; i += 8) {
      for (int lane = 0; lane < 8; lane++) {
        double value = fabs(row[i + lane] - origin[i + lane]);
        largest[lane] = value > largest[lane] ? value : largest[lane];
        squares[lane] += value * value;
      }
    }
    for (size_t i = whole; i < end; i++) {
      double value = fabs(row[i] - origin[i]);
      largest[i - whole] = value > largest[i - whole] ? value : largest[i - whole];
      squares[i - whole] += value * value;
    }
    double sum = 0;
    for (int lane = 0; lane < 8; lane++) {
      top = largest[lane] > top ? largest[lane] : top;
      sum += squares[lane];
    }
    longest = sum > longest ? sum : longest;
    found.square += sum;
  }
  // Rounding adds at most a half to each integer, and less than 4 to the norm of a span.
  double least = sqrt(longest) / (LARGEST_FINE_NORM - 4), by_range = top / 32767;
  found.step = nextafterf((float)(least > by_range ? least : by_range), INFINITY);
  double step = found.step;
  double inverse = step > 1e-30 ? 1 / step : 0;
  double errors[8] = {0};
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double value = row[i + lane] - origin[i + lane];
      double rounded = rounded_to_range(value * inverse, 32767);
      double rest = value - rounded * step;
      result[i + lane] = (int16_t)(int32_t)rounded;
      error[i + lane] = (float)rest;
      errors[lane] += rest * rest;
    }
  }
  for (size_t i = whole; i < count; i++) {
    double value = row[i] - origin[i];
    double rounded = rounded_to_range(value * inverse, 32767);
    double rest = value - rounded * step;
    result[i] = (int16_t)(int32_t)rounded;
    error[i] = (float)rest;
    errors[i - whole] += rest * rest;
  }
  for (int lane = 0; lane < 8; lane++) found.squared_error += errors[lane];
  return found;
}
