#include "neighbors_kernels.inc"
#include "simd.hpp"

namespace asterism {

const Kernels* generic_kernels() {
    static const Kernels table = {"generic", products, gaps, count, squared, pack, dots, near, gram};
    return &table;
}

namespace {

#if ASTERISM_X86
const bool has_vnni = (__builtin_cpu_init(), __builtin_cpu_supports("avx512vnni"));
const bool has_fma = (__builtin_cpu_init(), __builtin_cpu_supports("fma"));
#else
constexpr bool has_vnni = false, has_fma = false;
#endif

}  // namespace

const Kernels& kernels() {
    const CpuLevel level = cpu_level();
    if (level == CpuLevel::avx512 && has_vnni && avx512_kernels()) return *avx512_kernels();
    if (level != CpuLevel::base && has_fma && avx2_kernels()) return *avx2_kernels();
    return *generic_kernels();
}

}  // namespace asterism
