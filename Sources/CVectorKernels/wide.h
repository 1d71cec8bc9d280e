#pragma once

// A function compiled for several widths of vectors, of which the processor's is chosen at run time.
#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif
