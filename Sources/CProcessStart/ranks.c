#define _GNU_SOURCE
#include "CProcessStart.h"
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <fcntl.h>
#include <sys/syscall.h>
#else
#include <poll.h>
#endif

// When a rank is killed, the launcher ends all others. The lowest one that is left on a machine says which is gone, and
// tells the others that it does. Once MPI has started, the ranks of a machine know each other's processes.
// Before, they look for the processes that their launcher has started.

struct rank {
  /// -1 where it is unknown.
  int number;
  /// 0 if the rank has not been found.
  int process;
};

/// The ranks of this machine, by number.
struct ranks {
  /// The place of this process among them.
  int own;
  int count;
  struct rank *all;
};

static struct ranks beginning, machine;
/// The number of the first rank of this machine, if they are numbered one after another.
static int first_number;
static int descriptor = STDERR_FILENO;
static volatile sig_atomic_t ends_as_expected;

enum { digit_count = 12 };

/// A number of at least 0, in place of functions that may take locks.
static const char *text_of(int number, char digits[digit_count]) {
  char *text = digits + digit_count - 1;
  *text = 0;
  do *--text = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  return text;
}

static bool is_gone(int process) { return process == 0 || (kill(process, 0) != 0 && errno == ESRCH); }

// MARK: Processes

#ifdef __linux__

static int open_of(int process, const char *name) {
  char path[64] = "/proc/", digits[digit_count];
  strcat(strcat(path, text_of(process, digits)), name);
  return open(path, O_RDONLY | O_CLOEXEC);
}

struct status {
  int parent;
  /// Whether TERM does not just end it. False for one that has ended and whose parent does not know it yet.
  bool catches_term;
};

static struct status status_of(int process) {
  struct status status = {0, false};
  int file = open_of(process, "/status");
  if (file < 0) return status;
  char text[4096];
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  text[count > 0 ? count : 0] = 0;
  static const char parent_name[] = "\nPPid:\t", caught_name[] = "\nSigCgt:\t";
  const char *parent = strstr(text, parent_name), *caught = strstr(text, caught_name);
  if (parent) status.parent = atoi(parent + sizeof parent_name - 1);
  if (caught) status.catches_term = strtoull(caught + sizeof caught_name - 1, NULL, 16) >> (SIGTERM - 1) & 1;
  return status;
}

static bool reports(int process) { return status_of(process).catches_term; }

/// The numbers that two variables of a process had when it began; -1 where it had none.
static void read_variables(int process, const char *const names[2], int values[2]) {
  values[0] = values[1] = -1;
  int file = open_of(process, "/environ");
  if (file < 0) return;
  char chunk[4096];
  ssize_t count;
  // How much of each name has been met in this entry; -1 once it is another one.
  int met[2] = {0, 0};
  while ((count = read(file, chunk, sizeof chunk)) > 0)
    for (ssize_t i = 0; i < count; i++)
      for (int k = 0; k < 2; k++) {
        if (chunk[i] == 0) met[k] = 0;
        else if (met[k] < 0) continue;
        else if (names[k][met[k]] == 0) values[k] = 10 * (values[k] < 0 ? 0 : values[k]) + (chunk[i] - '0');
        else met[k] = names[k][met[k]] == chunk[i] ? met[k] + 1 : -1;
      }
  close(file);
}

/// Notes a process among those of the beginning if it is a rank.
static void note(int process) {
  static const char *const names[2] = {"OMPI_COMM_WORLD_LOCAL_RANK=", "OMPI_COMM_WORLD_RANK="};
  if (status_of(process).parent != getppid()) return;
  int values[2];
  read_variables(process, names, values);
  if (values[0] >= 0 && values[0] < beginning.count)
    beginning.all[values[0]] = (struct rank){values[1], process};
}

/// Finds the ranks that run on this machine now, without functions that may allocate memory.
static void find_ranks(void) {
  for (int i = 0; i < beginning.count; i++) beginning.all[i] = (struct rank){-1, 0};
  int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  // An entry has an inode and an offset of 8 bytes each, a length of 2, a type of 1, and a name.
  _Alignas(long) char entries[8192];
  long count;
  while ((count = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0)
    for (long place = 0; place < count;) {
      unsigned short length;
      memcpy(&length, entries + place + 16, sizeof length);
      int process = atoi(entries + place + 19);
      if (process > 0) note(process);
      place += length;
    }
  close(folder);
}

#else

static bool reports(int process) { return !is_gone(process); }

static void find_ranks(void) {}

#endif

// MARK: Reports

/// The number of a rank, which one that is gone has only if all others have the numbers that their places suggest.
static int number(const struct ranks *ranks, int place) {
  if (ranks == &machine) return ranks->all[place].number;
  for (int i = 0; i < ranks->count; i++)
    if (ranks->all[i].process && ranks->all[i].number != first_number + i) return -1;
  return first_number + place;
}

static void put_lost(int number) {
  char line[128] = "gmmscope: ", digits[digit_count];
  if (number < 0) strcat(line, "a rank of this machine");
  else strcat(strcat(line, "rank "), text_of(number, digits));
  process_put(descriptor, strcat(line, " was killed or crashed; the other ranks were stopped\n"));
}

static void tell(const struct ranks *ranks) {
  for (int i = 0; i < ranks->count; i++)
    if (i != ranks->own && ranks->all[i].process && reports(ranks->all[i].process))
      kill(ranks->all[i].process, SIGUSR2);
}

/// Whether a rank of a lower number is left, which reports.
static bool has_lower(const struct ranks *ranks) {
  for (int i = 0; i < ranks->own; i++)
    if (!is_gone(ranks->all[i].process) && reports(ranks->all[i].process)) return true;
  return false;
}

static void take_notice(int signal) {
  (void)signal;
  ends_as_expected = 1;
}

/// Waits for a moment, or until another rank tells that it reports.
static bool is_told(void) {
#ifdef __linux__
  // Any thread may take the notice; this one does not wait for another to come to it.
  sigset_t notice;
  sigemptyset(&notice);
  sigaddset(&notice, SIGUSR2);
  static const struct timespec moment = {0, 10000000};
  if (sigtimedwait(&notice, NULL, &moment) == SIGUSR2) ends_as_expected = 1;
#else
  poll(NULL, 0, 10);
#endif
  return ends_as_expected;
}

/// - Parameter is_last: Whether this rank ends now, as the others do: then they wait for one that has looked.
static void report_lost(bool is_last) {
  const struct ranks *ranks = machine.count > 0 ? &machine : &beginning;
  for (int patience = is_last ? 50 : 1; patience > 0 && !ends_as_expected; patience--) {
    if (ranks == &beginning) find_ranks();
    bool is_lowest = !has_lower(ranks);
    int lost = 0;
    while (lost < ranks->count && (lost == ranks->own || !is_gone(ranks->all[lost].process))) lost++;
    // A lower one may have reported, and ended, meanwhile.
    if (is_last && is_told()) return;
    if (!is_lowest) continue;
    if (lost < ranks->count) put_lost(number(ranks, lost));
    else if (!is_last) return;
    ends_as_expected = 1;
    tell(ranks);
  }
}

void ranks_report_lost(void) { report_lost(true); }

/// mpirun sends CONT a second before TERM, and KILL once one has ended. So this is when all others are still there.
static void look_around(int signal) {
  (void)signal;
  int error = errno;
  report_lost(false);
  errno = error;
}

void process_expect_notice(void) { process_catch_signal(SIGUSR2, take_notice); }

static int variable(const char *name) {
  const char *text = getenv(name);
  return text ? atoi(text) : 0;
}

void process_report_rank_lost_at_start(void) {
  int count = variable("OMPI_COMM_WORLD_LOCAL_SIZE"), own = variable("OMPI_COMM_WORLD_LOCAL_RANK");
  if (variable("OMPI_COMM_WORLD_SIZE") < 2 || own < 0 || own >= count) return;
  struct rank *all = calloc((size_t)count, sizeof *all);
  if (!all) return;
  first_number = variable("OMPI_COMM_WORLD_RANK") - own;
  beginning = (struct ranks){own, count, all};
  process_expect_notice();
  process_catch_signal(SIGCONT, look_around);
  process_end_at_signals(false);
}

void process_report_lost_rank(
    int own_rank, const int *numbers, const int *processes, int count, int error_descriptor) {
  struct ranks known = {0, count, calloc((size_t)count, sizeof *known.all)};
  if (!known.all) return;
  for (int i = 0; i < count; i++) {
    known.all[i] = (struct rank){numbers[i], processes[i]};
    if (numbers[i] == own_rank) known.own = i;
  }
  descriptor = error_descriptor;
  machine = known;
  process_catch_signal(SIGCONT, look_around);
}

void process_expect_end_of_ranks(bool tells_others) {
  ends_as_expected = 1;
  if (tells_others) tell(&machine);
}
