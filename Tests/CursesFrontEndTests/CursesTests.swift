import Testing

/// All tests that open a screen. They run serially, because ncurses has only one screen.
@Suite(.serialized) enum CursesTests {}
