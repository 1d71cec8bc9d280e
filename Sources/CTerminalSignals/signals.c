// The only code that may run inside a signal handler: plain C, so that it can be seen to call nothing but
// async-signal-safe functions.

#include "CTerminalSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int reported[] = {SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGQUIT, SIGSYS};
enum { reported_count = sizeof reported / sizeof *reported, fatal_count = sizeof fatal / sizeof *fatal };

static struct sigaction before_reported[reported_count];
static struct sigaction before_fatal[fatal_count];

static int terminal = -1;
static struct termios remembered;
static char reset_sequence[512];
static size_t reset_count;
static bool installed;
static int pipe_ends[2] = {-1, -1};

/// 1 while the terminal is ours to put back; taken to 0 by whoever does so, so that it happens once.
static volatile sig_atomic_t armed;
static volatile sig_atomic_t end_is_pending;

static void put_terminal_back(void) {
  if (!__atomic_exchange_n(&armed, 0, __ATOMIC_SEQ_CST)) return;
  size_t written = 0;
  while (written < reset_count) {
    ssize_t count = write(terminal, reset_sequence + written, reset_count - written);
    if (count <= 0) break;
    written += (size_t)count;
  }
  tcsetattr(terminal, TCSANOW, &remembered);
}

static void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, NULL);
}

static void report(int signal) {
  int saved_errno = errno;
  bool ends = signal == SIGHUP || signal == SIGINT || signal == SIGTERM;
  if (ends && __atomic_exchange_n(&end_is_pending, 1, __ATOMIC_SEQ_CST)) {
    put_terminal_back();
    handle(signal, SIG_DFL, 0);
    raise(signal);
  }
  char byte = (char)signal;
  // A full pipe already holds enough to wake the reader.
  ssize_t ignored = write(pipe_ends[1], &byte, 1);
  (void)ignored;
  errno = saved_errno;
}

static void crash(int signal) {
  put_terminal_back();
  // The handler from before (a backtrace, a sanitizer, the default) takes over once this one returns: the signal
  // is blocked until then.
  for (int i = 0; i < fatal_count; i++)
    if (fatal[i] == signal) sigaction(signal, &before_fatal[i], NULL);
  raise(signal);
}

static void handle_exit(void) { put_terminal_back(); }

static bool open_pipe(void) {
  if (pipe_ends[0] >= 0) return true;
  if (pipe(pipe_ends) != 0) return false;
  for (int i = 0; i < 2; i++) {
    fcntl(pipe_ends[i], F_SETFL, O_NONBLOCK);
    fcntl(pipe_ends[i], F_SETFD, FD_CLOEXEC);
  }
  atexit(handle_exit);
  return true;
}

int terminal_signals_install(void) {
  if (installed || !open_pipe()) return -1;
  char stale[64];
  while (read(pipe_ends[0], stale, sizeof stale) > 0) continue;
  installed = true;
  end_is_pending = 0;
  for (int i = 0; i < reported_count; i++) {
    sigaction(reported[i], NULL, &before_reported[i]);
    if (before_reported[i].sa_handler != SIG_IGN) handle(reported[i], report, SA_RESTART);
  }
  for (int i = 0; i < fatal_count; i++) {
    sigaction(fatal[i], NULL, &before_fatal[i]);
    handle(fatal[i], crash, SA_ONSTACK);
  }
  return pipe_ends[0];
}

void terminal_signals_remove(void) {
  armed = 0;
  if (!installed) return;
  installed = false;
  for (int i = 0; i < reported_count; i++) sigaction(reported[i], &before_reported[i], NULL);
  for (int i = 0; i < fatal_count; i++) sigaction(fatal[i], &before_fatal[i], NULL);
}

bool terminal_signals_remember(int descriptor) {
  terminal = descriptor;
  return tcgetattr(descriptor, &remembered) == 0;
}

void terminal_signals_set_reset_sequence(const char *bytes, size_t count) {
  reset_count = count < sizeof reset_sequence ? count : sizeof reset_sequence;
  memcpy(reset_sequence, bytes, reset_count);
}

void terminal_signals_arm(bool arm) { armed = arm; }

void terminal_signals_stop_group(void) {
  handle(SIGTSTP, SIG_DFL, 0);
  kill(0, SIGTSTP);
}

void terminal_signals_continued(void) {
  if (installed) handle(SIGTSTP, report, SA_RESTART);
}
