#include "neighbors_kernels.hpp"
#if defined(__AVX2__)
#include "neighbors_kernels.inc"

namespace asterism {
const Kernels* avx2_kernels() {
    static const Kernels table = {"avx2", products, gaps, count, squared, pack, dots, near, gram};
    return &table;
}
}  // namespace asterism
#else
namespace asterism {
const Kernels* avx2_kernels() { return nullptr; }
}  // namespace asterism
#endif
