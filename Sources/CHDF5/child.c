#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#ifdef __APPLE__
#include <crt_externs.h>
#endif

#ifndef NSIG
#define NSIG 65
#endif

// The exit status of a child that has sent nothing for too long.
enum { EXIT_SILENT = 3 };

// Used by the single-threaded child only.
static int output;
static unsigned char buffer[1 << 16];
static size_t buffered;
static pid_t parent;
static uint64_t silent_limit;
static volatile uint64_t silent_seconds;

// Called once per second of wall-clock time. A stopped child receives at most one pending signal when it continues.
static void tick(int number) {
  (void)number;
  if (getppid() != parent) _exit(1);
  if (++silent_seconds > silent_limit) _exit(EXIT_SILENT);
}

static void start_ticking(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = tick;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  struct itimerval second = {{1, 0}, {1, 0}};
  setitimer(ITIMER_REAL, &second, NULL);
}

static void flush(void) {
  size_t sent = 0;
  while (sent < buffered) {
    ssize_t count = write(output, buffer + sent, buffered - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(1);
    sent += (size_t)count;
    silent_seconds = 0;
  }
  buffered = 0;
}

void send_bytes(const void *bytes, size_t count) {
  const unsigned char *next = bytes;
  while (count > 0) {
    if (buffered == sizeof buffer) flush();
    size_t part = sizeof buffer - buffered < count ? sizeof buffer - buffered : count;
    memcpy(buffer + buffered, next, part);
    buffered += part;
    next += part;
    count -= part;
  }
}

void send_record(uint8_t record) { send_bytes(&record, 1); }

void child_end(void) {
  send_record(GMMSCOPE_HDF5_END);
  flush();
  // Skips the exit handlers, which belong to the parent.
  _exit(0);
}

// The address space in use, to which the limit is added.
static uint64_t address_space(void) {
  char text[64];
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void limit(int resource, uint64_t value) {
  struct rlimit limits;
  if (getrlimit(resource, &limits) != 0) return;
  rlim_t wanted = (rlim_t)value;
  limits.rlim_cur = limits.rlim_max == RLIM_INFINITY || wanted < limits.rlim_max ? wanted : limits.rlim_max;
  setrlimit(resource, &limits);
}

// The environment of libhdf5: no plugins and drivers, and no file locks, which fail on many network file systems and
// are unnecessary without writing. `setenv` could wait for a lock that another thread held in the parent.
static void replace_environment(void) {
  static char locking[] = "HDF5_USE_FILE_LOCKING=FALSE", plugins[] = "HDF5_PLUGIN_PRELOAD=::";
  static char *variables[] = {locking, plugins, NULL};
#ifdef __APPLE__
  *_NSGetEnviron() = variables;
#else
  extern char **environ;
  environ = variables;
#endif
}

// The library must not access the parent's terminal, sockets and files.
static void close_others(int kept) {
  int null = open("/dev/null", O_RDWR);
  for (int standard = 0; standard < 3; standard++) {
    if (null >= 0 && standard != kept) dup2(null, standard);
  }
#ifdef SYS_close_range
  if ((kept <= 3 || syscall(SYS_close_range, 3, kept - 1, 0) == 0)
      && syscall(SYS_close_range, kept + 1, ~0U, 0) == 0) {
    return;
  }
#endif
  struct rlimit limits;
  int end = 1024;
  if (getrlimit(RLIMIT_NOFILE, &limits) == 0 && limits.rlim_cur < 65536) end = (int)limits.rlim_cur;
  for (int descriptor = 3; descriptor < end; descriptor++) {
    if (descriptor != kept) close(descriptor);
  }
}

int child_start(
  child_task task, const void *context, struct gmmscope_hdf5_limits limits, struct gmmscope_hdf5_child *child) {
  int ends[2];
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  // The parent's signal handlers must not run in the child, since they would write to the terminal.
  sigset_t all, before;
  sigfillset(&all);
  pid_t caller = getpid();
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t process = fork();
  if (process == 0) {
#ifdef __linux__
    // The forking thread waits for the child, so the end of that thread implies the end of the parent.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    parent = caller;
    if (getppid() != parent) _exit(1);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    silent_limit = limits.silent_seconds;
    start_ticking();
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    output = ends[1];
    close_others(output);
    replace_environment();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, limits.processor_seconds);
    uint64_t used = address_space();
    if (used > 0) limit(RLIMIT_AS, used + limits.byte_count);
    task(context);
    child_end();
  }
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return error;
  }
  child->process = (int32_t)process;
  child->descriptor = ends[0];
  return 0;
}

int gmmscope_hdf5_finish(struct gmmscope_hdf5_child child) {
  close(child.descriptor);
  int status = 0;
  // A child that has ended normally is waiting to be reaped; any other is killed.
  kill(child.process, SIGKILL);
  while (waitpid(child.process, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return 1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SILENT) return 1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 2;
}
