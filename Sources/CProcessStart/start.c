#define _GNU_SOURCE
#include "CProcessStart.h"

#include "CPendingFiles.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

// MARK: One BLAS thread from the start

#if defined(__linux__) && defined(__GLIBC__)

// OpenBLAS starts its threads when it is loaded, before `main`, with 128 MB of address space each, and waits for ever
// where it cannot have them. How many it starts is in the environment, which the C library cannot change that early;
// so an entry of it is lent to OpenBLAS until it is loaded. This program has OpenBLAS use one thread anyway.

static char one_thread[] = "OPENBLAS_NUM_THREADS=1";
static char **lent;
static char *lent_value;

// No function of the C library is safe to call here but bare system calls, and no sanitizer is set up.
#define BEFORE_LIBRARIES __attribute__((no_sanitize("address", "thread", "undefined")))

BEFORE_LIBRARIES static bool starts_with(const char *text, const char *prefix) {
  while (*prefix) if (*text++ != *prefix++) return false;
  return true;
}

/// Whether a library may ask for a variable while it is loaded.
BEFORE_LIBRARIES static bool is_asked_for(const char *entry) {
  static const char *const prefixes[] = {"OPENBLAS", "GOTO",   "OMP_",  "LD_",   "GLIBC_", "MALLOC_", "SWIFT_", "LIBDISPATCH",
                                         "ASAN_",    "TSAN_", "UBSAN_", "LSAN_", "LLVM_",   "LC_",    "LANG"};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
    if (starts_with(entry, prefixes[i])) return true;
  return false;
}

BEFORE_LIBRARIES static void lend_environment_entry(int argument_count, char **arguments, char **environment) {
  (void)argument_count;
  size_t count = 0;
  for (; environment[count]; count++) {
    char **entry = &environment[count];
    if (starts_with(*entry, "OPENBLAS_NUM_THREADS=")) {
      lent = entry;
      break;
    }
    if (!lent && !is_asked_for(*entry)) lent = entry;
  }
  if (!lent) {
    // There is nothing to lend, and no room to add to. Where starting anew fails, OpenBLAS starts its threads.
    char *longer[count + 2];
    for (size_t i = 0; i < count; i++) longer[i] = environment[i];
    longer[count] = one_thread;
    longer[count + 1] = NULL;
    execve("/proc/self/exe", arguments, longer);
    return;
  }
  lent_value = *lent;
  *lent = one_thread;
}

__attribute__((section(".preinit_array"), used)) static void (*before_libraries)(int, char **, char **)
    = lend_environment_entry;

__attribute__((constructor)) static void give_environment_entry_back(void) {
  if (lent) *lent = lent_value;
}

#endif

// MARK: Threads

struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t opened;
  bool is_open;
};

static void *wait_at(void *context) {
  struct gate *gate = context;
  pthread_mutex_lock(&gate->mutex);
  while (!gate->is_open) pthread_cond_wait(&gate->opened, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
  return NULL;
}

int process_startable_threads(int wanted) {
  struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
  pthread_t *threads = calloc((size_t)wanted, sizeof *threads);
  if (!threads) return 0;
  int started = 0;
  while (started < wanted && pthread_create(&threads[started], NULL, wait_at, &gate) == 0) started++;
  pthread_mutex_lock(&gate.mutex);
  gate.is_open = true;
  pthread_cond_broadcast(&gate.opened);
  pthread_mutex_unlock(&gate.mutex);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
  free(threads);
  return started;
}

// MARK: Descriptors

void process_occupy_standard_descriptors(void) {
  for (int descriptor = 0; descriptor < 3; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The wrong way round: a program that uses the descriptor gets an error.
    int null = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (null >= 0 && null != descriptor) close(null);
  }
}

int process_openable_files(int wanted) {
  int descriptors[64];
  int opened = 0;
  while (opened < wanted && opened < 64) {
    descriptors[opened] = open("/", O_RDONLY | O_CLOEXEC);
    if (descriptors[opened] < 0) break;
    opened++;
  }
  for (int i = 0; i < opened; i++) close(descriptors[i]);
  return opened;
}

// MARK: Address space

uint64_t process_address_space_left(void) {
  struct rlimit limits;
  if (getrlimit(RLIMIT_AS, &limits) != 0 || limits.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return (uint64_t)limits.rlim_cur;
  char text[64];
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return (uint64_t)limits.rlim_cur;
  text[count] = 0;
  uint64_t used = strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
  return used < limits.rlim_cur ? (uint64_t)limits.rlim_cur - used : 0;
}

static const int traps[] = {SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS};
enum { trap_count = sizeof traps / sizeof *traps };

void process_put(int descriptor, const char *text) {
  ssize_t ignored = write(descriptor, text, strlen(text));
  (void)ignored;
}

static void end_for_memory(int signal) {
  // A trap counts as running out of memory where no memory can be had afterwards; any other continues as usual.
  void *place = mmap(NULL, 1 << 25, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    process_put(
      STDERR_FILENO, "gmmscope: out of memory: the limit on address space (ulimit -v) is reached; raise it\n");
    _exit(1);
  }
  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, NULL);
  raise(signal);
}

void process_report_exhausted_memory(void) {
  struct rlimit limits;
  if (getrlimit(RLIMIT_AS, &limits) != 0 || limits.rlim_cur == RLIM_INFINITY) return;
#ifdef M_ARENA_MAX
  // Otherwise every thread reserves 64 MB for what it allocates.
  mallopt(M_ARENA_MAX, 1);
#endif
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = end_for_memory;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  for (int i = 0; i < trap_count; i++) sigaction(traps[i], &action, NULL);
}

// MARK: Signals

static bool clears_line;

void process_catch_signal(int signal, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, NULL);
}

static void end_at(int signal) {
  pending_files_remove();
  if (clears_line && isatty(STDERR_FILENO)) process_put(STDERR_FILENO, "\r\033[K");
  if (signal == SIGTERM) ranks_report_lost();
  _exit(128 + signal);
}

void process_end_at_signals(bool clears_progress) {
  static const int numbers[] = {SIGINT, SIGTERM};
  clears_line = clears_progress;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction action;
    if (sigaction(numbers[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    process_catch_signal(numbers[i], end_at);
  }
}
