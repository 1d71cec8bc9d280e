// The release binary is built on Debian 12 and runs on systems with glibc 2.34 and the C++ library of GCC 11, such as
// RHEL 9 and Ubuntu 22.04. The Swift runtime and Foundation call three functions whose newer versions, for the sake of
// errno or inlining, are all that would ask for more. The ones below stand in for them. They are hidden, so that other
// libraries keep those of the system.

#include <math.h>
#include <pthread.h>

#if defined(__linux__) && defined(__GLIBC__)

#define STANDS_IN __attribute__((visibility("hidden")))

/// Asks for glibc 2.35. The squares of doubles neither overflow nor underflow in the wider exponents of `long double`.
STANDS_IN double hypot(double x, double y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (double)sqrtl((long double)x * x + (long double)y * y);
}

/// Asks for glibc 2.35.
STANDS_IN float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}

/// `std::condition_variable::wait(std::unique_lock<std::mutex> &)`, which asks for GCC 12. A `std::condition_variable`
/// is a `pthread_cond_t`, and a `std::unique_lock` begins with the address of its mutex, a `pthread_mutex_t`.
STANDS_IN void wait_for_condition(pthread_cond_t *condition, pthread_mutex_t **lock)
    __asm__("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");

STANDS_IN void wait_for_condition(pthread_cond_t *condition, pthread_mutex_t **lock) {
  pthread_cond_wait(condition, *lock);
}

#endif
