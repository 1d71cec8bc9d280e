#pragma once

// Wide-character ncurses hides its functions unless this stands before the first include.
#define NCURSES_WIDECHAR 1

#include <curses.h>
#include <locale.h>
