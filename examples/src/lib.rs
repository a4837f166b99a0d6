//! What the library is like to use: every file below `examples` is a program of its own.
