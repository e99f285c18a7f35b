#include "neighbors_kernels.inc"

namespace asterism {

const Kernels* generic_kernels() {
    static const Kernels table = {"generic", products, gaps, count, squared, gram};
    return &table;
}

namespace {

const Kernels& choose() {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni") &&
        __builtin_cpu_supports("avx512bw") && avx512_kernels())
        return *avx512_kernels();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && avx2_kernels()) return *avx2_kernels();
#endif
    return *generic_kernels();
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& chosen = choose();
    return chosen;
}

}  // namespace asterism
