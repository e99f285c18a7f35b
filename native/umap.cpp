// UMAP: stochastic descent in which every point gathers what moves it, so that the bits do not depend on threads.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "parallel.hpp"

namespace asterism {

constexpr std::size_t kMaxDim = 64;

// Membership in the map at distance d is 1 / (1 + a d^2b).
struct MapCurve {
    float log_a;
    float b;
    float repulsion;
};

}  // namespace asterism

#define ASTERISM_KERNELS "umap_kernels.hpp"
#include "simd_targets.hpp"

namespace nb = nanobind;

namespace asterism {
namespace {

constexpr std::size_t kLanes = 8;  // Points moved together; a list of points is cut into groups of as many.
constexpr std::size_t kGroupChunk = 32;
constexpr std::size_t kBatches = 4;
constexpr float kFarthest = 1e6f;

template <class T>
using Row = nb::ndarray<const T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Points = nb::ndarray<const float, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Answer = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

// A number that looks random, for every counter (Steele, Lea & Flood 2014, the finalizer of SplitMix).
inline std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

struct Rates {
    float alpha;     // Length of a step
    int negatives;   // Points that push for each that pulls
};

class Umap {
  public:
    Umap(Points points, Row<std::int64_t> start, Row<std::int32_t> index, Row<float> rate, double a, double b,
         double repulsion, std::uint64_t seed)
        : n_(points.shape(0)),
          dim_(points.shape(1)),
          seed_(seed),
          points_(points.data(), points.data() + n_ * dim_),
          next_(points_),
          start_(start.data(), start.data() + n_ + 1),
          index_(index.data(), index.data() + index.shape(0)),
          rate_(rate.shape(0)),
          as_head_(rate.shape(0)),
          as_tail_(rate.shape(0)),
          curve_{static_cast<float>(std::log(a)), static_cast<float>(b), static_cast<float>(repulsion)} {
        for (std::size_t i = 0; i < n_; ++i) {
            for (std::int64_t e = start_[i]; e < start_[i + 1]; ++e) {
                const auto j = static_cast<std::uint64_t>(index_[e]);
                rate_[e] = static_cast<std::uint32_t>(std::min(rate.data()[e] * 4294967296.0, 4294967295.0));
                as_head_[e] = static_cast<std::uint32_t>(mix(seed + (i << 32 | j)) >> 32);
                as_tail_[e] = static_cast<std::uint32_t>(mix(seed + (j << 32 | i)) >> 32);
            }
            batch_[mix(seed ^ i) % kBatches].push_back(static_cast<std::int32_t>(i));
        }
        // Points of like degree are moved together, so that few wait for one.
        for (auto& batch : batch_) {
            std::stable_sort(batch.begin(), batch.end(), [&](std::int32_t i, std::int32_t j) {
                return start_[i + 1] - start_[i] < start_[j + 1] - start_[j];
            });
        }
    }

    // Epochs [first, last) of `total`, as many as fit into the time, at least one. Answers the first one not done; -1
    // when a point was thrown out of reach.
    int run(int first, int last, int total, float alpha, int negatives, int threads, double seconds) {
        nb::gil_scoped_release released;
        const auto began = std::chrono::steady_clock::now();
        for (int epoch = first; epoch < last; ++epoch) {
            const float left = 1.0f - static_cast<float>(epoch) / static_cast<float>(total);
            if (!run_epoch(epoch, {alpha * left, negatives}, threads)) return -1;
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
            if (passed.count() >= seconds) return epoch + 1;
        }
        return last;
    }

    Answer points() const {
        auto* to = new float[points_.size()];
        nb::capsule owner(to, [](void* memory) noexcept { delete[] static_cast<float*>(memory); });
        std::copy(points_.begin(), points_.end(), to);
        return Answer(to, {n_, dim_}, owner);
    }

  private:
    // What moves a group of points in an epoch: see play().
    struct Moves {
        std::vector<std::int32_t> of;
        std::vector<std::int32_t> drawn;
        std::size_t count[kLanes];

        // Room for an epoch of a point with so many edges.
        void reserve(std::size_t width, int negatives) {
            const std::size_t most = width * static_cast<std::size_t>(2 + negatives) * kLanes;
            if (of.size() < most) of.resize(most);
            if (drawn.size() < width + 1) drawn.resize(width + 1);
        }

        void add(std::size_t lane, std::uint64_t other, std::int32_t is_pull) {
            of[count[lane]++ * kLanes + lane] = static_cast<std::int32_t>(2 * other) | is_pull;
        }
    };

    // A quarter of the points move at a time, seeing where the others are by now.
    bool run_epoch(int epoch, const Rates& rates, int threads) {
        bool is_near = true;
        for (const std::vector<std::int32_t>& batch : batch_) {
            const std::size_t groups = (batch.size() + kLanes - 1) / kLanes;
            std::vector<char> lost(groups);
            parallel_chunks(groups, kGroupChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
                Moves moves;
                for (std::size_t group = begin; group < end; ++group) {
                    const std::int32_t* members = batch.data() + group * kLanes;
                    const std::size_t count = std::min(kLanes, batch.size() - group * kLanes);
                    lost[group] = !move(members, count, epoch, rates, moves);
                }
            });
            parallel_chunks(batch.size(), 2048, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
                for (std::size_t p = begin; p < end; ++p) {
                    const std::size_t at = static_cast<std::size_t>(batch[p]) * dim_;
                    std::copy_n(next_.begin() + at, dim_, points_.begin() + at);
                }
            });
            is_near &= std::find(lost.begin(), lost.end(), 1) == lost.end();
        }
        return is_near;
    }

    // Draws a point's edges, first as tail, then as head, after each of which come the points that push: an epoch so
    // ends on pushes, and keeps more neighbours than with the edges drawn in the order of the graph.
    void draw(std::size_t i, std::size_t lane, int epoch, int negatives, Moves& moves) {
        const std::int64_t first = start_[i];
        const auto width = static_cast<std::size_t>(start_[i + 1] - first);
        moves.reserve(width, negatives);
        const std::int32_t* index = index_.data() + first;
        const std::uint32_t* rate = rate_.data() + first;
        const std::size_t tails =
            ASTERISM_DISPATCH(draw_edges, index, rate, as_tail_.data() + first, width, moves.drawn.data());
        for (std::size_t t = 0; t < tails; ++t) moves.add(lane, static_cast<std::uint64_t>(moves.drawn[t]), 1);
        const std::size_t heads =
            ASTERISM_DISPATCH(draw_edges, index, rate, as_head_.data() + first, width, moves.drawn.data());
        std::uint64_t counter = mix(seed_ ^ mix(static_cast<std::uint64_t>(epoch) << 32 | i));
        std::uint64_t random = 0;
        for (std::size_t h = 0; h < heads; ++h) {
            moves.add(lane, static_cast<std::uint64_t>(moves.drawn[h]), 1);
            for (int k = 0; k < negatives; ++k) {
                random = k % 2 == 0 ? mix(counter++) : random << 32;
                const std::uint64_t other = (random >> 32) * n_ >> 32;
                if (other != i) moves.add(lane, other, 0);
            }
        }
    }

    // Moves a group of points; answers whether all of them stay within reach.
    bool move(const std::int32_t* members, std::size_t count, int epoch, const Rates& rates, Moves& moves) {
        float at[kMaxDim * kLanes] = {};
        std::fill(std::begin(moves.count), std::end(moves.count), 0);
        for (std::size_t lane = 0; lane < count; ++lane) {
            const auto i = static_cast<std::size_t>(members[lane]);
            for (std::size_t d = 0; d < dim_; ++d) at[kLanes * d + lane] = points_[i * dim_ + d];
            draw(i, lane, epoch, rates.negatives, moves);
        }
        const std::size_t steps = *std::max_element(std::begin(moves.count), std::end(moves.count));
        float counts[kLanes];
        std::copy_n(moves.count, kLanes, counts);
        const auto playing = [&](auto fixed) {
            constexpr int D = decltype(fixed)::value;
            ASTERISM_DISPATCH(play<D>, points_.data(), dim_, moves.of.data(), counts, steps, curve_,
                              rates.alpha, at);
        };
        if (dim_ == 2) {
            playing(std::integral_constant<int, 2>{});
        } else if (dim_ == 3) {
            playing(std::integral_constant<int, 3>{});
        } else {
            playing(std::integral_constant<int, 0>{});
        }
        bool is_near = true;
        for (std::size_t lane = 0; lane < count; ++lane) {
            for (std::size_t d = 0; d < dim_; ++d) {
                next_[static_cast<std::size_t>(members[lane]) * dim_ + d] = at[kLanes * d + lane];
                is_near &= std::fabs(at[kLanes * d + lane]) < kFarthest;
            }
        }
        return is_near;
    }

    std::size_t n_;
    std::size_t dim_;
    std::uint64_t seed_;
    std::vector<float> points_, next_;
    std::vector<std::int64_t> start_;
    std::vector<std::int32_t> index_;
    std::vector<std::uint32_t> rate_;     // Of 2^32, how often an edge is drawn per epoch;
    std::vector<std::uint32_t> as_head_;  // how near it is to be drawn next, from its first end
    std::vector<std::uint32_t> as_tail_;  // and from its second.
    MapCurve curve_;
    std::vector<std::int32_t> batch_[kBatches];
};

}  // namespace

void bind_umap(nb::module_& m) {
    nb::class_<Umap>(m, "Umap", "The descent of UMAP. The caller has checked shapes, indices and finite values.")
        .def(nb::init<Points, Row<std::int64_t>, Row<std::int32_t>, Row<float>, double, double, double, std::uint64_t>(),
             nb::arg("points"), nb::arg("start"), nb::arg("index"), nb::arg("rate"), nb::arg("a"), nb::arg("b"),
             nb::arg("repulsion"), nb::arg("seed"), "rate: how often each edge is drawn per epoch, at most 1.")
        .def("run", &Umap::run, nb::arg("first"), nb::arg("last"), nb::arg("total"), nb::arg("alpha"),
             nb::arg("negatives"), nb::arg("threads"), nb::arg("seconds"),
             "The first epoch not done within the time; -1 when a point was thrown out of reach.")
        .def("points", &Umap::points, "The present points, shape (n, dim).");
}

}  // namespace asterism
