#include "CVectorKernels.h"
#include "wide.h"

// Rows of one pass: as many as registers hold the sums of, four at a time.
enum { ROWS = 24 };
// Columns whose sums are in registers.
enum { STEP = 4 };

static inline __attribute__((always_inline)) void solve_rows(
  double *rows, size_t stride, size_t count, const double *triangle, size_t width, size_t order,
  const double *reciprocals
) {
  // Transposed, so that every row is a lane of its own: its result depends neither on its place nor on other rows.
  double x[GMMSCOPE_LARGEST_TRIANGLE][ROWS] __attribute__((aligned(64)));
  for (size_t row = 0; row < ROWS; row++) {
    for (size_t j = 0; j < order; j++) x[j][row] = row < count ? rows[row * stride + j] : 0;
  }
  size_t whole = order / STEP * STEP;
  for (size_t j = 0; j < whole; j += STEP) {
    double sums[STEP][ROWS];
    for (int q = 0; q < STEP; q++) {
      for (int row = 0; row < ROWS; row++) sums[q][row] = x[j + q][row];
    }
    for (size_t i = 0; i < j; i++) {
      const double *factors = triangle + i * width + j;
      for (int q = 0; q < STEP; q++) {
        for (int row = 0; row < ROWS; row++) sums[q][row] -= x[i][row] * factors[q];
      }
    }
    for (int q = 0; q < STEP; q++) {
      for (int p = 0; p < q; p++) {
        double factor = triangle[(j + p) * width + j + q];
        for (int row = 0; row < ROWS; row++) sums[q][row] -= sums[p][row] * factor;
      }
      for (int row = 0; row < ROWS; row++) sums[q][row] *= reciprocals[j + q];
    }
    for (int q = 0; q < STEP; q++) {
      for (int row = 0; row < ROWS; row++) x[j + q][row] = sums[q][row];
    }
  }
  for (size_t j = whole; j < order; j++) {
    for (size_t i = 0; i < j; i++) {
      double factor = triangle[i * width + j];
      for (int row = 0; row < ROWS; row++) x[j][row] -= x[i][row] * factor;
    }
    for (int row = 0; row < ROWS; row++) x[j][row] *= reciprocals[j];
  }
  for (size_t row = 0; row < count; row++) {
    for (size_t j = 0; j < order; j++) rows[row * stride + j] = x[j][row];
  }
}

WIDE void gmmscope_solve_triangle(
  double *rows, size_t stride, size_t count, const double *triangle, size_t width, size_t order
) {
  double reciprocals[GMMSCOPE_LARGEST_TRIANGLE];
  for (size_t j = 0; j < order; j++) reciprocals[j] = 1 / triangle[j * width + j];
  for (size_t first = 0; first < count; first += ROWS) {
    size_t size = count - first < ROWS ? count - first : ROWS;
    solve_rows(rows + first * stride, stride, size, triangle, width, order, reciprocals);
  }
}
