#pragma once

// Wide-character ncurses hides its functions unless this stands before the first include.
#define NCURSES_WIDECHAR 1

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <unistd.h>
#include <wchar.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
// openpty: the terminals of the tests.
#if defined(__APPLE__)
#include <util.h>
#else
#include <pty.h>
#endif

// Of <term.h>, which makes macros of plain words.
struct term;
extern int setupterm(const char *name, int descriptor, int *found);
extern struct term *set_curterm(struct term *terminal);
extern int del_curterm(struct term *terminal);

// Swift sees neither function-like macros nor mutable globals: each that is needed has an inline function here.

/// Forgets the terminal that `setupterm` has read the description of.
static inline void cn_forget_terminal(void) {
  struct term *terminal = set_curterm(NULL);
  if (terminal) del_curterm(terminal);
}

static inline WINDOW *cn_stdscr(void) { return stdscr; }

/// A file in memory; -1 where the system has none.
static inline int cn_memory_file(void) {
#if defined(__linux__) && defined(SYS_memfd_create)
  return (int)syscall(SYS_memfd_create, "frame", 1u /* MFD_CLOEXEC */);
#else
  return -1;
#endif
}
static inline int cn_colors(void) { return COLORS; }
static inline int cn_color_pairs(void) { return COLOR_PAIRS; }
static inline bool cn_locale_is_utf8(void) {
  const char *codeset = nl_langinfo(CODESET);
  return codeset && codeset[0] == 'U' && codeset[1] == 'T' && codeset[2] == 'F';
}

/// What `termios` wants in place of a control character that is not to act.
static inline unsigned char cn_disabled_character(void) { return (unsigned char)_POSIX_VDISABLE; }

static inline attr_t cn_bold(void) { return A_BOLD; }
static inline attr_t cn_dim(void) { return A_DIM; }
static inline attr_t cn_italic(void) { return A_ITALIC; }
static inline attr_t cn_underline(void) { return A_UNDERLINE; }
static inline attr_t cn_reverse(void) { return A_REVERSE; }

/// `wattr_set` for any pair: beyond the 256th, its number only fits into the last argument.
static inline int cn_set_style(WINDOW *window, attr_t attributes, int pair) {
  return wattr_set(window, attributes, (short)(pair < 256 ? pair : 0), &pair);
}
/// The style of the cell at a position, for tests that read a screen back.
static inline int cn_style_at(WINDOW *window, int row, int column, attr_t *attributes, int *pair) {
  cchar_t cell;
  wchar_t text[CCHARW_MAX + 1];
  short narrow = 0;
  if (mvwin_wch(window, row, column, &cell) == ERR) return ERR;
  return getcchar(&cell, text, attributes, &narrow, pair);
}

static inline int cn_function_key(int number) { return KEY_F(number); }
