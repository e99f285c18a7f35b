// How far a point of a map is from the nearest other one.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "parallel.hpp"

namespace nb = nanobind;

namespace asterism {
namespace {

constexpr std::size_t kLeaf = 16;
constexpr std::size_t kQueryChunk = 256;

// A balanced k-d tree without nodes: `order` is split at its middle again and again, each time along the widest axis.
class Tree {
  public:
    Tree(const float* points, std::size_t n, std::size_t dim) : points_(points), dim_(dim), order_(n), axes_(n) {
        std::iota(order_.begin(), order_.end(), 0);
        split(0, n);
    }

    // Squared distance from point i to the nearest other one; infinite if there is none.
    float nearest(std::int32_t i) const {
        float best = std::numeric_limits<float>::infinity();
        search(0, order_.size(), i, best);
        return best;
    }

  private:
    float at(std::int32_t i, std::size_t d) const { return points_[static_cast<std::size_t>(i) * dim_ + d]; }

    std::size_t widest(std::size_t begin, std::size_t end) const {
        std::size_t axis = 0;
        float width = -1.0f;
        for (std::size_t d = 0; d < dim_; ++d) {
            float low = std::numeric_limits<float>::infinity();
            float high = -low;
            for (std::size_t p = begin; p < end; ++p) {
                low = std::min(low, at(order_[p], d));
                high = std::max(high, at(order_[p], d));
            }
            if (high - low > width) {
                width = high - low;
                axis = d;
            }
        }
        return axis;
    }

    void split(std::size_t begin, std::size_t end) {
        if (end - begin <= kLeaf) return;
        const std::size_t middle = begin + (end - begin) / 2;
        const std::size_t axis = widest(begin, end);
        std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                         [&](std::int32_t a, std::int32_t b) { return at(a, axis) < at(b, axis); });
        axes_[middle] = static_cast<std::uint8_t>(axis);
        split(begin, middle);
        split(middle + 1, end);
    }

    void compare(std::int32_t i, std::int32_t j, float& best) const {
        if (i == j) return;
        float squared = 0.0f;
        for (std::size_t d = 0; d < dim_; ++d) squared += (at(i, d) - at(j, d)) * (at(i, d) - at(j, d));
        best = std::min(best, squared);
    }

    void search(std::size_t begin, std::size_t end, std::int32_t i, float& best) const {
        if (end - begin <= kLeaf) {
            for (std::size_t p = begin; p < end; ++p) compare(i, order_[p], best);
            return;
        }
        const std::size_t middle = begin + (end - begin) / 2;
        compare(i, order_[middle], best);
        const std::size_t axis = axes_[middle];
        const float beyond = at(i, axis) - at(order_[middle], axis);
        const bool is_below = beyond < 0.0f;
        search(is_below ? begin : middle + 1, is_below ? middle : end, i, best);
        if (beyond * beyond < best) search(is_below ? middle + 1 : begin, is_below ? end : middle, i, best);
    }

    const float* points_;
    std::size_t dim_;
    std::vector<std::int32_t> order_;
    std::vector<std::uint8_t> axes_;  // Of the split at each position of `order_`.
};

nb::ndarray<nb::numpy, float, nb::ndim<1>> nearest_distances(
    nb::ndarray<const float, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu> points,
    nb::ndarray<const std::int32_t, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu> of, int threads) {
    const std::size_t count = of.shape(0);
    auto* distances = new float[count];
    nb::capsule owner(distances, [](void* memory) noexcept { delete[] static_cast<float*>(memory); });
    {
        nb::gil_scoped_release released;
        const Tree tree(points.data(), points.shape(0), points.shape(1));
        parallel_chunks(count, kQueryChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t q = begin; q < end; ++q) distances[q] = std::sqrt(tree.nearest(of.data()[q]));
        });
    }
    return nb::ndarray<nb::numpy, float, nb::ndim<1>>(distances, {count}, owner);
}

}  // namespace

void bind_spacing(nb::module_& m) {
    m.def("nearest_distances", &nearest_distances, nb::arg("points"), nb::arg("of"), nb::arg("threads"),
          "For the points of these indices, the distance to the nearest other point; infinite if there is none.");
}

}  // namespace asterism
