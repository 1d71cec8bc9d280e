#pragma once

#include <stdbool.h>
#include <stddef.h>

/// From here on HUP, INT, TERM, TSTP, CONT and WINCH arrive as one byte each (the signal's number) on the returned
/// descriptor, which does not block and stays open; a crash or an exit first puts the terminal back, if that is
/// armed. Returns -1 on failure.
///
/// A second HUP, INT or TERM means that nobody acted on the first: it ends the process, as the first does after
/// `seconds_to_act`. Every other signal that ends a process counts as a crash. Signals that were ignored before stay
/// ignored.
int terminal_signals_install(unsigned seconds_to_act);

/// Restores every handler that `terminal_signals_install` replaced, and disarms.
void terminal_signals_remove(void);

/// Remembers how the terminal behind `descriptor` is set now. Call it before the terminal is changed. Returns false
/// if `descriptor` is not a terminal.
bool terminal_signals_remember(int descriptor);

/// The bytes that lead the terminal out of full-screen mode. Those beyond 512 are dropped.
void terminal_signals_set_reset_sequence(const char *bytes, size_t count);

/// Whether a crash or an exit has to put the remembered terminal back.
void terminal_signals_arm(bool armed);

/// Stops the whole process group, as the terminal would, until it is the foreground group of the terminal behind
/// `descriptor`. Returns false where it cannot be stopped and stays in the background.
bool terminal_signals_await_foreground(int descriptor);

/// Stops the whole process group, as the terminal would on ^Z. Until `terminal_signals_continued`, TSTP has its
/// default effect; the process may stop at any moment after this call, or, where nobody could continue it, never.
void terminal_signals_stop_group(void);

/// TSTP arrives on the descriptor again.
void terminal_signals_continued(void);
