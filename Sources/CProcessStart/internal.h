#pragma once

/// Writes text that ends in a null byte. Async-signal-safe.
void process_put(int descriptor, const char *text);

/// Has a function run at a signal. System calls that it interrupts continue.
void process_catch_signal(int signal, void (*handler)(int));

/// What a rank does that TERM ends: one of those on this machine says which rank was lost. Async-signal-safe.
void ranks_report_lost(void);
