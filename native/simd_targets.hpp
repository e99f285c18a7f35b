// Includes the file ASTERISM_KERNELS once per instruction set, each time inside a namespace of its own:
//     #define ASTERISM_KERNELS "tsne_kernels.hpp"
//     #include "simd_targets.hpp"
// and calls go through ASTERISM_DISPATCH(function, arguments...). Headers that the kernels need come first, outside.
// No include guard: every kernel file includes it once.
#include "simd.hpp"

namespace asterism::base {
#include "lanes.hpp"
#include ASTERISM_KERNELS
}  // namespace asterism::base

#if ASTERISM_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
namespace asterism::avx2 {
#include "lanes.hpp"
#include ASTERISM_KERNELS
}  // namespace asterism::avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,avx512f,avx512bw,avx512dq,avx512vl")
#endif
namespace asterism::avx512 {
#include "lanes.hpp"
#include ASTERISM_KERNELS
}  // namespace asterism::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#undef ASTERISM_KERNELS

#ifndef ASTERISM_DISPATCH
#if ASTERISM_X86
#define ASTERISM_DISPATCH(function, ...)                                                        \
    (::asterism::cpu_level() == ::asterism::CpuLevel::avx512 ? ::asterism::avx512::function(__VA_ARGS__) \
     : ::asterism::cpu_level() == ::asterism::CpuLevel::avx2 ? ::asterism::avx2::function(__VA_ARGS__)   \
                                                             : ::asterism::base::function(__VA_ARGS__))
#else
#define ASTERISM_DISPATCH(function, ...) ::asterism::base::function(__VA_ARGS__)
#endif
#endif
