#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Loops over contiguous numbers that BLAS has no routine for, compiled for several vector widths. The width is chosen
// at run time, whereas Swift compiles for the narrowest one. Results are bitwise equal for all widths
// unless said otherwise.

// row[i] = (row[i] - center[i]) - remainder[i]
void gmmscope_subtract(double *row, const double *center, const double *remainder, size_t count);

// result[i] = (row[i] - center[i]) - remainder[i]
void gmmscope_difference(
  double *result, const double *row, const double *center, const double *remainder, size_t count);

// Σ values[i]², in an order that depends on the count alone.
double gmmscope_sum_of_squares(const double *values, size_t count);

// Σ (left[i] - right[i])², in the order of gmmscope_sum_of_squares.
double gmmscope_squared_distance(const double *left, const double *right, size_t count);
// The same, of float32 numbers on the left.
double gmmscope_squared_distance_of_singles(const float *left, const double *right, size_t count);

// Writes the indices with !(norms[i] - 2 * products[i] >= limit), which holds for NaN, in ascending order to `indices`
// and returns their number. There must be room for `count`.
size_t gmmscope_select_near(
  uint32_t *restrict indices, const double *products, const double *norms, double limit, size_t count);

// Adds scale · (vectors · rowsᵀ) · rows to result, for GMMSCOPE_GRAM_VECTORS vectors of `columns` numbers. Reads the
// rows once.
#define GMMSCOPE_GRAM_VECTORS 4
void gmmscope_add_gram_products(
  double *result, const double *vectors, const double *rows, size_t row_count, size_t columns, double scale);

// Replaces every row v of `order` numbers, at most GMMSCOPE_LARGEST_TRIANGLE, by x with x U = v, for an upper triangle U
// whose rows are `width` numbers apart. Equal rows give equal results. The last digits depend on the processor, as those
// of a BLAS do.
#define GMMSCOPE_LARGEST_TRIANGLE 128
void gmmscope_solve_triangle(
  double *rows, size_t stride, size_t count, const double *triangle, size_t width, size_t order);

// values[i] *= values[i]
void gmmscope_square(double *values, size_t count);

// sums[i] += row[i] - shift[i]
void gmmscope_add_shifted(double *sums, const double *row, const double *shift, size_t count);

// 0 if all values are finite, NaN otherwise.
double gmmscope_sum_times_zero(const double *values, size_t count);

// result[i] = (float)((row[i] - origin[i]) * scale)
void gmmscope_round(float *result, const double *row, const double *origin, double scale, size_t count);

// sums[i] += |row[i]|. Returns Σ |row[i]|.
double gmmscope_add_absolute(double *sums, const float *row, size_t count);

// row[i] = (row[i] - offsets[i])²
void gmmscope_square_differences(float *row, const float *offsets, size_t count);

// result[i] = source[i], which need not be aligned.
void gmmscope_widen(double *result, const void *source, size_t count);

// result[i] = (float)source[i], where the result need not be aligned. Whether that changes no value but NaN.
bool gmmscope_narrow(void *result, const double *source, size_t count);

struct gmmscope_range {
  double least;
  double greatest;
  double sum;
};

// The range and sum of finite values; infinities and 0 without values. The sum is that of eight sums, each of every
// eighth value.
struct gmmscope_range gmmscope_range_of(const double *values, size_t count);

// Adds one class, with its squared distances (sample_count, path_count) to some samples, each of which occurs once, to
// the running scores of each sample along a path, (samples, path_count) each. largest_density is the highest
// log-density, and sum is the sum of all densities relative to it. A log-density is normalizers[i] minus half the
// distance. Of equal values, the class with the lower index wins.
void gmmscope_mix(
  double *largest_density, double *sum, int32_t *most_likely_class, double *distance_to_most_likely,
  int32_t *closest_class, double *smallest_distance, int32_t class_index, const intptr_t *samples,
  size_t sample_count, const double *distances, const double *normalizers, size_t path_count);

// The same, but for the likeliest class, its log-density and its distance alone.
void gmmscope_find_likeliest(
  double *largest_density, int32_t *most_likely_class, double *distance_to_most_likely, int32_t class_index,
  const intptr_t *samples, size_t sample_count, const double *distances, const double *normalizers, size_t path_count);

// The number of points of a path, which fill a 512-bit register, whose distances are bounded by those at two nodes.
#define GMMSCOPE_CHORD_SPAN 8

// The rows, in ascending order, whose log-density may reach the limits of their sample, (samples, path_count), at some
// point of the path. Returns their number.
//
// `distances` (sample_count, node_count) are those at the points 0, 8, 16 … of the path, between which there are
// interval_count intervals, and in the last two columns at the eighth last point and the last one. For the eight points
// of each interval, and at last for the last eight of the path, weights of the two nodes are given: a log-density is at
// most its normalizer - before · distance - after · next distance.
size_t gmmscope_find_candidates(
  intptr_t *rows, const double *limits, const intptr_t *samples, size_t sample_count, const double *distances,
  size_t node_count, size_t interval_count, const double *before, const double *after, const double *normalizers,
  size_t path_count);

// Lower bounds (row_count, count) on squared distances of some rows, of which `squares` (rows, stride) are those of
// rounded numbers: factors[i] times the square of √square - error, or less, for an error of unit · growths[i] ·
// (norms[row] + mean_norm). Zero if that is not a number, or not far from the range of floats.
void gmmscope_lower_bounds(
  double *restrict bounds, const float *squares, size_t stride, const intptr_t *rows, size_t row_count,
  const float *norms, double mean_norm, double unit, const double *growths, const double *factors, size_t count);

// Whether the products below are faster than those of floats.
bool gmmscope_quantized_is_fast(void);

struct gmmscope_quantization {
  float step;
  // Σ (row[i] - origin[i])²
  double square;
  // Σ error[i]²
  double squared_error;
};

// Rounds row - origin to multiples of a step: result[i] · step + error[i], with results from -127 to 127.
struct gmmscope_quantization gmmscope_quantize(
  int8_t *result, float *error, const double *row, const double *origin, size_t count);

// The same with results of 16 bits. The Euclidean norm of every GMMSCOPE_FINE_SPAN results, from the first on, is at most
// 46,340, so that the sum of products with as many others fits 32 bits.
#define GMMSCOPE_FINE_SPAN 32
struct gmmscope_quantization gmmscope_quantize_fine(
  int16_t *result, float *error, const double *row, const double *origin, size_t count);

// result[s] = Σ_r y[r]² with y[r] = scales[r] · factors[p] · (rows[r] · x) + diagonal[r] · factors[p] · x[r] - offsets[r]
// for x = samples[p] - 128 and p = picked[s]. Without a diagonal, its term is left out. With a point, which needs a
// diagonal, result[s] = Σ_r (factors[p] · x[r] - point[r]) · y[r].
//
// A sample has `depth` integers, a multiple of 4, with 128 added to each. `rows` are block_count blocks of 16 rows; a
// block has four integers of each of its rows, then the next four, and so on. corrections[r] is 128 times the sum of
// row r. With a diagonal, there are as many rows as columns, and row r has zeros from column r on. `lanes` has room for
// 16 · count floats.
// The sums are exact up to a depth of 65,536; the rest has a relative error of at most (block_count + 32) · 2⁻²⁴, with a
// point relative to the norms of both factors.
void gmmscope_quantized_distances(
  float *result, float *lanes, const uint8_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int8_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const int32_t *corrections, const float *scales, const float *offsets);

// The same for x = samples[p] from gmmscope_quantize_fine, without corrections. A block has two integers of each of its
// rows, then the next two, and so on.
//
// Sums of GMMSCOPE_FINE_SPAN products are exact and added up in floats; the rest has a relative error of at most
// (block_count + 32) · 2⁻²⁴, likewise.
void gmmscope_fine_distances(
  float *result, float *lanes, const int16_t *samples, const float *factors, const int32_t *picked, size_t count,
  const int16_t *rows, size_t block_count, size_t depth, const float *diagonal, const float *point,
  const float *scales, const float *offsets);
