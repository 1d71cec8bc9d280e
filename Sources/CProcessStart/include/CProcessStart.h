#pragma once

#include <stdbool.h>
#include <stdint.h>

// What a program has to see to before anything else runs in it, in C because some of it runs before the libraries are
// set up and some inside signal handlers.

/// How many of `wanted` threads can run at once beside those there are, by starting and ending them.
int process_startable_threads(int wanted);

/// Sees to it that no file is opened as standard input, output or error where the process began without them: what is
/// meant for them would be written into it.
void process_occupy_standard_descriptors(void);

/// How many of `wanted` files, at most 64, can be open at once beside those there are.
int process_openable_files(int wanted);

/// How many more bytes of address space the process may take; the largest number where nothing limits it.
uint64_t process_address_space_left(void);

/// From here on an allocation that the limit on address space refuses ends the process with one line on standard
/// error and status 1. Without that limit nothing changes.
void process_report_exhausted_memory(void);

/// From here on INT and TERM end the process at once with status 128 + the signal's number, whatever its threads are
/// busy with, and remove the temporary files of those that are being written. Signals that were ignored stay ignored.
///
/// `clears_progress`: a line of progress stands on standard error, and is erased first.
void process_end_at_signals(bool clears_progress);

// MARK: Ranks

/// From here on SIGUSR2, by which a rank that ends the job tells the others on its machine, is expected. Call before
/// any other process knows this one as a rank.
void process_expect_notice(void);

/// From here on a rank that TERM ends, since another one was lost, says which: the lowest rank that is left on this
/// machine does, in one line on standard error. It looks for the other ranks among the processes that mpirun has
/// started. Call first: MPI has not started yet. Does nothing in a process that mpirun did not start as one of several.
void process_report_rank_lost_at_start(void);

/// Likewise once MPI has started, with one line to `descriptor`. `ranks` and `processes` are the `count` ranks of this
/// machine, ascending, and their process numbers.
void process_report_lost_rank(int own_rank, const int *ranks, const int *processes, int count, int descriptor);

/// From here on ranks that end are not lost: the job is at its end. `tells_others`: the other ranks of this machine
/// get to know.
void process_expect_end_of_ranks(bool tells_others);
