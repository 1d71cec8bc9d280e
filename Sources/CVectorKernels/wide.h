#pragma once

// A function compiled for several vector widths, chosen at run time.
#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif

// Eight numbers, which fill a 512-bit register, anywhere in an array.
typedef double Lanes __attribute__((vector_size(64), aligned(8)));
