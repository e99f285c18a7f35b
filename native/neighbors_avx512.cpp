#include "neighbors_kernels.hpp"
#if defined(__AVX512F__)
#include "neighbors_kernels.inc"

namespace asterism {
const Kernels* avx512_kernels() {
    static const Kernels table = {"avx512", products, gaps, count, squared, pack, dots, near, gram};
    return &table;
}
}  // namespace asterism
#else
namespace asterism {
const Kernels* avx512_kernels() { return nullptr; }
}  // namespace asterism
#endif
