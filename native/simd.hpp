// Vectors of a fixed number of lanes, and the choice of instruction set at run time.
//
// A kernel file is compiled once per instruction set (see simd_targets.hpp). Lane counts are part of the algorithm, not
// of the machine: sums are kept in 8 or 16 lanes and folded in one order everywhere, products and sums are never fused,
// so the same input gives the same bits whichever instruction set runs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__GNUC__) && defined(__x86_64__)
#define ASTERISM_X86 1
#else
#define ASTERISM_X86 0
#endif

#if defined(__GNUC__)
#define ASTERISM_INLINE inline __attribute__((always_inline))
#define ASTERISM_PREFETCH(address) __builtin_prefetch(address)
#else
#define ASTERISM_INLINE inline
#define ASTERISM_PREFETCH(address) static_cast<void>(address)
#endif

namespace asterism {

enum class CpuLevel : int { base = 0, avx2 = 1, avx512 = 2 };

// What the processor and the operating system offer, or less after limit_cpu.
CpuLevel cpu_level();
CpuLevel best_cpu_level();
void limit_cpu(CpuLevel level);

}  // namespace asterism
