#include "CVectorKernels.h"
#include "wide.h"

#include <stdbool.h>
#include <string.h>

// One rounding per operation, so that processors with and without fused multiply-adds agree.
#pragma STDC FP_CONTRACT OFF

// exp of a number from -708 to 0, accurate to two units in the last place. With k the integer nearest to x / log 2 and
// r = x - k log 2, exp x = 2^k exp r and |r| < 0.35, where fourteen terms of the exponential's series leave less than
// 1e-17.
static inline double exponential(double x) {
  // Adding 1.5 * 2^52 rounds to an integer, which is then in the lowest bits.
  const double shift = 0x1.8p52;
  double shifted = x * 0x1.71547652b82fep0 + shift;
  double whole = shifted - shift;
  // log 2 in two parts, the first with few enough digits that its multiples are exact.
  double rest = (x - whole * 0x1.62e42fefa3800p-1) - whole * 0x1.ef35793c76730p-45;
  // In pairs, since in Horner's order each operation would wait for the one before.
  double square = rest * rest, fourth = square * square, eighth = fourth * fourth;
  double first = (1 + rest) + square * (0.5 + rest * (1.0 / 6));
  double second = (1.0 / 24 + rest * (1.0 / 120)) + square * (1.0 / 720 + rest * (1.0 / 5040));
  double third = (1.0 / 40320 + rest * (1.0 / 362880)) + square * (1.0 / 3628800 + rest * (1.0 / 39916800));
  double last = 1.0 / 479001600 + rest * (1.0 / 6227020800);
  double series = (first + fourth * second) + eighth * (third + fourth * last);
  int64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (int64_t)((uint64_t)(bits + 1023) << 52);
  double power;
  memcpy(&power, &bits, sizeof power);
  return series * power;
}

// The number of λ that are processed together, which fill a 512-bit register.
enum { strip = 8 };

// Whether the class affects a sample at any of these λ.
static inline bool matters(
  const double *largest, const double *smallest, const double *distances, const double *normalizers, size_t count
) {
  int64_t found = 0;
  for (size_t i = 0; i < count; i++) {
    double lead = normalizers[i] - 0.5 * distances[i] - largest[i];
    found |= (int64_t)(lead > -100) | (int64_t)(distances[i] <= smallest[i]);
  }
  return found != 0;
}

WIDE void gmmscope_mix(
  double *largest_density, double *sums, int32_t *most_likely_class, double *distance_to_most_likely,
  int32_t *closest_class, double *smallest_distance, int32_t class_index, const intptr_t *samples,
  size_t sample_count, const double *distances, const double *normalizers, size_t path_count
) {
  for (size_t row = 0; row < sample_count; row++, distances += path_count) {
    size_t start = (size_t)samples[row] * path_count;
    double *restrict largest = largest_density + start;
    double *restrict sum = sums + start;
    int32_t *restrict likeliest = most_likely_class + start;
    double *restrict likeliest_distance = distance_to_most_likely + start;
    int32_t *restrict closest = closest_class + start;
    double *restrict smallest = smallest_distance + start;
    // Larger λ reduce the distance of far classes: often a class matters from some λ on.
    size_t first = 0;
    while (first < path_count) {
      size_t count = path_count - first < strip ? path_count - first : strip;
      if (matters(largest + first, smallest + first, distances + first, normalizers + first, count)) break;
      first += count;
    }
    for (size_t i = first; i < path_count; i++) {
      // Features near the largest double overflow to infinity or NaN; both count as far.
      double distance = distances[i] == distances[i] ? distances[i] : __builtin_inf();
      bool is_closer = (distance < smallest[i]) | ((distance == smallest[i]) & (class_index < closest[i]));
      smallest[i] = is_closer ? distance : smallest[i];
      closest[i] = is_closer ? class_index : closest[i];

      double density = normalizers[i] - 0.5 * distance;
      double lead = density - largest[i];
      double below = lead > 0 ? -lead : lead;
      // A density below e^-100 of the largest is negligible in double precision.
      double share = below > -100 ? exponential(below > -100 ? below : -100) : 0;
      sum[i] = lead > 0 ? sum[i] * share + 1 : sum[i] + share;
      largest[i] = lead > 0 ? density : largest[i];
      bool is_likeliest = (lead > 0) | ((lead == 0) & (class_index < likeliest[i]));
      likeliest[i] = is_likeliest ? class_index : likeliest[i];
      likeliest_distance[i] = is_likeliest ? distance : likeliest_distance[i];
    }
  }
}

WIDE void gmmscope_find_likeliest(
  double *largest_density, int32_t *most_likely_class, double *distance_to_most_likely, int32_t class_index,
  const intptr_t *samples, size_t sample_count, const double *distances, const double *normalizers, size_t path_count
) {
  for (size_t row = 0; row < sample_count; row++, distances += path_count) {
    size_t start = (size_t)samples[row] * path_count;
    double *restrict largest = largest_density + start;
    int32_t *restrict likeliest = most_likely_class + start;
    double *restrict likeliest_distance = distance_to_most_likely + start;
    for (size_t i = 0; i < path_count; i++) {
      double distance = distances[i] == distances[i] ? distances[i] : __builtin_inf();
      double density = normalizers[i] - 0.5 * distance;
      double lead = density - largest[i];
      bool is_likeliest = (lead > 0) | ((lead == 0) & (class_index < likeliest[i]));
      largest[i] = lead > 0 ? density : largest[i];
      likeliest[i] = is_likeliest ? class_index : likeliest[i];
      likeliest_distance[i] = is_likeliest ? distance : likeliest_distance[i];
    }
  }
}

// The points, -1 each, at which a log-density is below a limit. Nothing is below what is not a number.
#define BELOW(limit, normalizer, before, left, after, right) \
  (*(const Lanes *)(normalizer) - (*(const Lanes *)(before) * (left) + *(const Lanes *)(after) * (right)) \
   < *(const Lanes *)(limit))

WIDE size_t gmmscope_find_candidates(
  intptr_t *rows, const double *limits, const intptr_t *samples, size_t sample_count, const double *distances,
  size_t node_count, size_t interval_count, const double *before, const double *after, const double *normalizers,
  size_t path_count
) {
  enum { span = GMMSCOPE_CHORD_SPAN };
  _Static_assert(sizeof(Lanes) == span * sizeof(double), "as many points as lanes");
  size_t found = 0, ends = interval_count * span, last = path_count - span;
  for (size_t row = 0; row < sample_count; row++, distances += node_count) {
    const double *limit = limits + (size_t)samples[row] * path_count;
    const double *ending = distances + node_count - 2;
    // Explicit vectors: from a loop over points, compilers make one over groups of points, which gathers.
    __typeof__((Lanes){0} < (Lanes){0}) below =
      BELOW(limit + last, normalizers + last, before + ends, ending[0], after + ends, ending[1]);
    for (size_t i = 0; i < ends; i += span) {
      const double *node = distances + i / span;
      below &= BELOW(limit + i, normalizers + i, before + i, node[0], after + i, node[1]);
    }
    int64_t all = -1;
    for (size_t lane = 0; lane < span; lane++) all &= below[lane];
    rows[found] = (intptr_t)row;
    found += all == 0;
  }
  return found;
}

WIDE void gmmscope_lower_bounds(
  double *restrict bounds, const float *squares, size_t stride, const intptr_t *rows, size_t row_count,
  const float *norms, double mean_norm, double unit, const double *growths, const double *factors, size_t count
) {
  // For all numbers, (a - e)² ≥ a² - 2ae ≥ (1 - h) a² - e² / h: no square root.
  const double share = 0x1p-8;
  for (size_t row = 0; row < row_count; row++, bounds += count) {
    const float *found = squares + (size_t)rows[row] * stride;
    double error = unit * ((double)norms[rows[row]] + mean_norm);
    double rest = error * error / share;
    for (size_t i = 0; i < count; i++) {
      double bound = factors[i] * ((1 - share) * (double)found[i] - rest * (growths[i] * growths[i]));
      bounds[i] = bound < 1e38 ? bound : 0;
    }
  }
}
