#pragma once

// Files that are being written under temporary names, so that a signal handler can remove them. Only where the system
// has no unnamed files, as on network file systems, is there any.

/// Notes a file; returns its number, or a negative one if too many are noted or the path is too long.
int pending_files_add(const char *path);

/// Forgets a file that has been renamed or removed.
void pending_files_forget(int number);

/// Removes all noted files. Async-signal-safe.
void pending_files_remove(void);
