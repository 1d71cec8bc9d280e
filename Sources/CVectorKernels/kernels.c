#include "CVectorKernels.h"
#include "wide.h"

#include <math.h>
#include <string.h>

// One rounding per operation, so that processors with and without fused multiply-adds agree.
#pragma STDC FP_CONTRACT OFF

WIDE void gmmscope_subtract(double *row, const double *center, const double *remainder, size_t count) {
  for (size_t i = 0; i < count; i++) row[i] = (row[i] - center[i]) - remainder[i];
}

WIDE void gmmscope_difference(
  double *restrict result, const double *row, const double *center, const double *remainder, size_t count
) {
  for (size_t i = 0; i < count; i++) result[i] = (row[i] - center[i]) - remainder[i];
}

WIDE double gmmscope_sum_of_squares(const double *values, size_t count) {
  double sums[8] = {0};
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) sums[lane] += values[i + lane] * values[i + lane];
  }
  for (size_t i = whole; i < count; i++) sums[i - whole] += values[i] * values[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

WIDE double gmmscope_squared_distance(const double *left, const double *right, size_t count) {
  double sums[8] = {0};
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double difference = left[i + lane] - right[i + lane];
      sums[lane] += difference * difference;
    }
  }
  for (size_t i = whole; i < count; i++) {
    double difference = left[i] - right[i];
    sums[i - whole] += difference * difference;
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

WIDE double gmmscope_squared_distance_of_singles(const float *left, const double *right, size_t count) {
  double sums[8] = {0};
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double difference = (double)left[i + lane] - right[i + lane];
      sums[lane] += difference * difference;
    }
  }
  for (size_t i = whole; i < count; i++) {
    double difference = (double)left[i] - right[i];
    sums[i - whole] += difference * difference;
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

WIDE size_t gmmscope_select_near(
  uint32_t *restrict indices, const double *products, const double *norms, double limit, size_t count
) {
  size_t found = 0, whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    int far = 0;
    for (int lane = 0; lane < 8; lane++) far += norms[i + lane] - 2 * products[i + lane] >= limit;
    if (far == 8) continue;
    for (size_t j = i; j < i + 8; j++) {
      if (!(norms[j] - 2 * products[j] >= limit)) indices[found++] = (uint32_t)j;
    }
  }
  for (size_t i = whole; i < count; i++) {
    if (!(norms[i] - 2 * products[i] >= limit)) indices[found++] = (uint32_t)i;
  }
  return found;
}

WIDE void gmmscope_add_gram_products(
  double *restrict result, const double *restrict vectors, const double *restrict rows, size_t row_count,
  size_t columns, double scale
) {
#pragma STDC FP_CONTRACT ON
  _Static_assert(GMMSCOPE_GRAM_VECTORS == 4, "one variable for each");
  size_t whole = columns / 8 * 8;
  const double *v[4];
  double *r[4];
  for (int k = 0; k < 4; k++) {
    v[k] = vectors + (size_t)k * columns;
    r[k] = result + (size_t)k * columns;
  }
  for (size_t n = 0; n < row_count; n++) {
    const double *row = rows + n * columns;
    Lanes a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < whole; i += 8) {
      Lanes x = *(const Lanes *)(row + i);
      a += x * *(const Lanes *)(v[0] + i);
      b += x * *(const Lanes *)(v[1] + i);
      c += x * *(const Lanes *)(v[2] + i);
      d += x * *(const Lanes *)(v[3] + i);
    }
    double sums[4] = {0};
    for (int lane = 0; lane < 8; lane++) {
      sums[0] += a[lane];
      sums[1] += b[lane];
      sums[2] += c[lane];
      sums[3] += d[lane];
    }
    for (int k = 0; k < 4; k++) {
      for (size_t i = whole; i < columns; i++) sums[k] += v[k][i] * row[i];
      sums[k] *= scale;
      for (size_t i = whole; i < columns; i++) r[k][i] += sums[k] * row[i];
    }
    for (size_t i = 0; i < whole; i += 8) {
      Lanes x = *(const Lanes *)(row + i);
      for (int k = 0; k < 4; k++) *(Lanes *)(r[k] + i) += sums[k] * x;
    }
  }
}

WIDE void gmmscope_square(double *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] *= values[i];
}

WIDE void gmmscope_add_shifted(double *restrict sums, const double *row, const double *shift, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += row[i] - shift[i];
}

WIDE double gmmscope_sum_times_zero(const double *values, size_t count) {
// The sum of zeros and NaNs does not depend on the order.
#pragma clang fp reassociate(on)
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += values[i] * 0;
  return sum;
}

WIDE void gmmscope_round(
  float *restrict result, const double *row, const double *origin, double scale, size_t count
) {
  for (size_t i = 0; i < count; i++) result[i] = (float)((row[i] - origin[i]) * scale);
}

WIDE double gmmscope_add_absolute(double *restrict sums, const float *row, size_t count) {
  double lanes[8] = {0};
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double value = fabsf(row[i + lane]);
      sums[i + lane] += value;
      lanes[lane] += value;
    }
  }
  for (size_t i = whole; i < count; i++) {
    double value = fabsf(row[i]);
    sums[i] += value;
    lanes[i - whole] += value;
  }
  double sum = 0;
  for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
  return sum;
}

WIDE void gmmscope_square_differences(float *restrict row, const float *offsets, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float difference = row[i] - offsets[i];
    row[i] = difference * difference;
  }
}

WIDE void gmmscope_widen(double *restrict result, const void *source, size_t count) {
  const char *bytes = source;
  for (size_t i = 0; i < count; i++) {
    float value;
    memcpy(&value, bytes + 4 * i, 4);
    result[i] = value;
  }
}

WIDE bool gmmscope_narrow(void *restrict result, const double *source, size_t count) {
  char *bytes = result;
  int changes = 0;
  for (size_t i = 0; i < count; i++) {
    float value = (float)source[i];
    memcpy(bytes + 4 * i, &value, 4);
    changes |= (value != source[i]) & (source[i] == source[i]);
  }
  return !changes;
}

WIDE struct gmmscope_range gmmscope_range_of(const double *values, size_t count) {
  double least[8], greatest[8], sums[8];
  for (int lane = 0; lane < 8; lane++) {
    least[lane] = INFINITY;
    greatest[lane] = -INFINITY;
    sums[lane] = 0;
  }
  size_t whole = count / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    for (int lane = 0; lane < 8; lane++) {
      double value = values[i + lane];
      least[lane] = value < least[lane] ? value : least[lane];
      greatest[lane] = value > greatest[lane] ? value : greatest[lane];
      sums[lane] += value;
    }
  }
  for (size_t i = whole; i < count; i++) {
    double value = values[i];
    least[i - whole] = value < least[i - whole] ? value : least[i - whole];
    greatest[i - whole] = value > greatest[i - whole] ? value : greatest[i - whole];
    sums[i - whole] += value;
  }
  struct gmmscope_range range = {INFINITY, -INFINITY, 0};
  for (int lane = 0; lane < 8; lane++) {
    range.least = least[lane] < range.least ? least[lane] : range.least;
    range.greatest = greatest[lane] > range.greatest ? greatest[lane] : range.greatest;
    range.sum += sums[lane];
  }
  return range;
}
