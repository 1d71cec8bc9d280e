import Testing

/// Everything that opens a screen: ncurses has one, so these run one after the other.
@Suite(.serialized) enum CursesTests {}
