// The only code that may run inside a signal handler: plain C, so that it can be seen to call nothing but
// async-signal-safe functions.

#include "CTerminalSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const int reported[] = {SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH};
/// Every other signal that ends a process which does not expect it.
static const int fatal[] = {
  SIGSEGV, SIGBUS,  SIGILL,  SIGTRAP,   SIGABRT, SIGFPE,  SIGQUIT,   SIGSYS,  SIGALRM,
  SIGPIPE, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ,
#ifdef SIGPOLL
  SIGPOLL,
#endif
#ifdef SIGPWR
  SIGPWR,
#endif
#ifdef SIGSTKFLT
  SIGSTKFLT,
#endif
};
enum { reported_count = sizeof reported / sizeof *reported, fatal_count = sizeof fatal / sizeof *fatal };

static struct sigaction before_reported[reported_count];
static struct sigaction before_fatal[fatal_count];

/// A child of this process shares the terminal and, until it replaces itself, the handlers: it is none of its business.
static pid_t owner;
static int terminal = -1;
static struct termios remembered;
static char reset_sequence[512];
static size_t reset_count;
static bool installed;
static int pipe_ends[2] = {-1, -1};

/// 1 while the terminal is ours to put back; taken to 0 by whoever does so, so that it happens once.
static volatile sig_atomic_t armed;
/// The first HUP, INT or TERM; 0 before.
static volatile sig_atomic_t pending_end;

/// How many seconds there are to act on it.
static unsigned patience;

/// How many milliseconds a terminal has to take some of its reset sequence.
enum { reset_patience = 1000 };

static void put_terminal_back(void) {
  if (getpid() != owner || !__atomic_exchange_n(&armed, 0, __ATOMIC_SEQ_CST)) return;
  // In the background both would stop the process.
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  sigprocmask(SIG_BLOCK, &stop, &before);
  size_t written = 0;
  while (written < reset_count) {
    // A frame may just have filled the terminal; one that takes no more at all would keep the process from ending.
    struct pollfd ready = {terminal, POLLOUT, 0};
    int found = poll(&ready, 1, reset_patience);
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0 || !(ready.revents & POLLOUT)) break;
    ssize_t count = write(terminal, reset_sequence + written, reset_count - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += (size_t)count;
  }
  // A shell that has taken the terminal back has set it as it wants it.
  pid_t group = tcgetpgrp(terminal);
  if (group < 0 || group == getpgrp()) tcsetattr(terminal, TCSANOW, &remembered);
  sigprocmask(SIG_SETMASK, &before, NULL);
}

static void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, NULL);
}

static void end_by(int signal) {
  put_terminal_back();
  handle(signal, SIG_DFL, 0);
  raise(signal);
}

static void report(int signal) {
  int saved_errno = errno;
  bool ends = signal == SIGHUP || signal == SIGINT || signal == SIGTERM;
  if (getpid() != owner) {
    handle(signal, SIG_DFL, 0);
    raise(signal);
    return;
  }
  if (ends) {
    // Nobody acted on the first one.
    if (__atomic_exchange_n(&pending_end, signal, __ATOMIC_SEQ_CST)) end_by(signal);
    alarm(patience);
  }
  char byte = (char)signal;
  // A full pipe already holds enough to wake the reader.
  ssize_t ignored = write(pipe_ends[1], &byte, 1);
  (void)ignored;
  errno = saved_errno;
}

static void crash(int signal) {
  if (signal == SIGALRM && pending_end) {
    end_by(pending_end);
    return;
  }
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

int terminal_signals_install(unsigned seconds_to_act) {
  if (installed || !open_pipe()) return -1;
  char stale[64];
  while (read(pipe_ends[0], stale, sizeof stale) > 0) continue;
  installed = true;
  owner = getpid();
  pending_end = 0;
  patience = seconds_to_act;
  for (int i = 0; i < reported_count; i++) {
    sigaction(reported[i], NULL, &before_reported[i]);
    if (before_reported[i].sa_handler != SIG_IGN) handle(reported[i], report, SA_RESTART);
  }
  for (int i = 0; i < fatal_count; i++) {
    sigaction(fatal[i], NULL, &before_fatal[i]);
    if (before_fatal[i].sa_handler != SIG_IGN) handle(fatal[i], crash, SA_ONSTACK);
  }
  return pipe_ends[0];
}

void terminal_signals_remove(void) {
  armed = 0;
  if (!installed) return;
  installed = false;
  alarm(0);
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
  if (!installed) return;
  for (int i = 0; i < reported_count; i++)
    if (reported[i] == SIGTSTP && before_reported[i].sa_handler == SIG_IGN) {
      handle(SIGTSTP, SIG_IGN, 0);
      return;
    }
  handle(SIGTSTP, report, SA_RESTART);
}

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

bool terminal_signals_await_foreground(int descriptor) {
  for (int vain = 0; vain < 4;) {
    pid_t group = tcgetpgrp(descriptor);
    if (group < 0 || group == getpgrp()) return true;
    double start = seconds();
    // As the terminal itself would, were it written to with `stty tostop`.
    kill(0, SIGTTOU);
    // The signal may take its effect a moment later, in another thread.
    poll(NULL, 0, 25);
    // Where nobody could continue the process, or the signal is ignored, it does not stop.
    vain = seconds() - start < 0.5 ? vain + 1 : 0;
  }
  return false;
}
