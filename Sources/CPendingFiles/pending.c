#include "CPendingFiles.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { capacity = 64, longest = 4096 };

enum state { is_free, is_claimed, is_noted };

static struct {
  _Atomic int state;
  char path[longest];
} files[capacity];

int pending_files_add(const char *path) {
  size_t length = strlen(path);
  if (length >= longest) return -1;
  for (int i = 0; i < capacity; i++) {
    int expected = is_free;
    if (!atomic_compare_exchange_strong(&files[i].state, &expected, is_claimed)) continue;
    memcpy(files[i].path, path, length + 1);
    atomic_store(&files[i].state, is_noted);
    return i;
  }
  return -1;
}

void pending_files_forget(int number) {
  if (number >= 0 && number < capacity) atomic_store(&files[number].state, is_free);
}

void pending_files_remove(void) {
  for (int i = 0; i < capacity; i++)
    if (atomic_load(&files[i].state) == is_noted) unlink(files[i].path);
}
