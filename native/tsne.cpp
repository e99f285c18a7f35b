// t-SNE: the descent, iteration by iteration. Schedules, checks and messages are Python's.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "parallel.hpp"
#include "tsne.hpp"

#define ASTERISM_KERNELS "tsne_kernels.hpp"
#include "simd_targets.hpp"

namespace nb = nanobind;

namespace asterism {
namespace {

using Points = nb::ndarray<const float, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using Row = nb::ndarray<const T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Answer = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

constexpr std::size_t kExactChunk = 64;
constexpr float kFarthest = 1e6f;  // Farther out, float32 no longer tells neighbours apart.

// Repulsion summed over all pairs.
template <int D>
class ExactRepulsion {
  public:
    void evaluate(const std::vector<float>& points, std::size_t n, int threads, Repulsion& out) {
        constexpr int S = point_stride(D);
        const std::size_t padded = (n + 15) / 16 * 16;
        const float* axes[D];
        for (int d = 0; d < D; ++d) {
            axes_[d].assign(padded, 1e18f);
            for (std::size_t i = 0; i < n; ++i) axes_[d][i] = points[i * S + d];
            axes[d] = axes_[d].data();
        }
        parallel_chunks(n, kExactChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            ASTERISM_DISPATCH(exact_repulsion<D>, axes, padded, begin, end, out.potential.data(), out.push.data());
        });
    }

  private:
    std::vector<float> axes_[D];
};

template <int D>
class Descent {
    static constexpr int S = point_stride(D);

  public:
    Descent(const float* points, std::size_t n, const std::int64_t* start, const std::int32_t* index,
            const float* weight)
        : n_(n), points_(n * S), next_(n * S), velocity_(n * S), gain_(n * S, 1.0f), order_(n) {
        for (std::size_t i = 0; i < n; ++i) std::copy_n(points + i * D, D, points_.begin() + i * S);
        std::iota(order_.begin(), order_.end(), 0);
        field_.potential.resize(n);
        field_.push.resize(n * S);
        pad(start, index, weight);
    }

    // Iterates until `count` steps are done or `seconds` have passed; returns the steps done. A step that would throw a
    // point out of reach, or to NaN, is not taken, and -1 returned: the points stay those of the step before.
    int run(int count, const Step& schedule, int threads, double seconds) {
        const auto began = std::chrono::steady_clock::now();
        for (int done = 0; done < count;) {
            repel(threads);
            Step step = schedule;
            step.push_scale = static_cast<float>(1.0 / std::max(field_.normalizer, 1e-30));
            if (!advance(step, threads)) return -1;
            ++done;
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
            if (passed.count() >= seconds) return done;
        }
        return count;
    }

    // sum p ln(1 + d^2) + sum(p) ln Z: the divergence but for the entropy of p, which does not depend on the points.
    double cost(int threads) {
        repel(threads);
        const std::size_t chunks = (n_ + kPointChunk - 1) / kPointChunk;
        std::vector<double> part(chunks);
        parallel_chunks(n_, kPointChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
            part[chunk] = ASTERISM_DISPATCH(attraction_cost<D>, points_.data(), graph_, begin, end);
        });
        double total_weight = 0.0;
        for (float w : graph_.weight) total_weight += w;
        return std::accumulate(part.begin(), part.end(), 0.0) + total_weight * std::log(field_.normalizer);
    }

    // 1/4 of the gradient, in the callers' order.
    void gradient(float exaggeration, int threads, float* to) {
        repel(threads);
        std::vector<float> pull(n_ * S);
        ASTERISM_DISPATCH(attraction<D>, points_.data(), graph_, 0, n_, pull.data());
        const auto scale = static_cast<float>(1.0 / field_.normalizer);
        for (std::size_t i = 0; i < n_; ++i) {
            for (int d = 0; d < D; ++d) {
                to[order_[i] * D + d] = exaggeration * pull[i * S + d] - scale * field_.push[i * S + d];
            }
        }
    }

    double normalizer() const { return field_.normalizer; }

    void read(float* to) const {
        for (std::size_t i = 0; i < n_; ++i) std::copy_n(points_.begin() + i * S, D, to + order_[i] * D);
    }

    std::size_t size() const { return n_; }

  private:
    void pad(const std::int64_t* start, const std::int32_t* index, const float* weight) {
        graph_.start.resize(n_ + 1);
        for (std::size_t i = 0; i < n_; ++i) {
            graph_.start[i + 1] = graph_.start[i] + (start[i + 1] - start[i] + 7) / 8 * 8;
        }
        graph_.index.resize(graph_.start[n_]);
        graph_.weight.resize(graph_.start[n_]);
        for (std::size_t i = 0; i < n_; ++i) {
            const std::int64_t width = start[i + 1] - start[i];
            std::copy_n(index + start[i], width, graph_.index.begin() + graph_.start[i]);
            std::copy_n(weight + start[i], width, graph_.weight.begin() + graph_.start[i]);
            for (std::int64_t e = graph_.start[i] + width; e < graph_.start[i + 1]; ++e) {
                graph_.index[e] = static_cast<std::int32_t>(i);
            }
        }
    }

    void repel(int threads) {
        exact_.evaluate(points_, n_, threads, field_);
        double sum = 0.0;
        for (float potential : field_.potential) sum += potential;
        field_.normalizer = sum - static_cast<double>(n_);
    }

    bool advance(const Step& step, int threads) {
        const std::size_t chunks = (n_ + kPointChunk - 1) / kPointChunk;
        std::vector<char> inside(chunks);
        parallel_chunks(n_, kPointChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
            float pull[kPointChunk * S];
            ASTERISM_DISPATCH(attraction<D>, points_.data(), graph_, begin, end, pull);
            ASTERISM_DISPATCH(descend, step, (end - begin) * S, pull, field_.push.data() + begin * S,
                              points_.data() + begin * S, velocity_.data() + begin * S, gain_.data() + begin * S,
                              next_.data() + begin * S);
            bool is_inside = true;
            for (std::size_t c = begin * S; c < end * S; ++c) is_inside &= std::fabs(next_[c]) < kFarthest;
            inside[chunk] = is_inside;
        });
        if (std::find(inside.begin(), inside.end(), 0) != inside.end()) return false;
        points_.swap(next_);
        return true;
    }

    std::size_t n_;
    std::vector<float> points_, next_, velocity_, gain_;
    std::vector<std::int32_t> order_;  // The callers' row of each stored point.
    PaddedGraph graph_;
    ExactRepulsion<D> exact_;
    Repulsion field_;
};


// A descent in two or three dimensions, as Python holds it.
class Tsne {
  public:
    Tsne(Points points, Row<std::int64_t> start, Row<std::int32_t> index, Row<float> weight) : dim_(points.shape(1)) {
        const std::size_t n = points.shape(0);
        if (dim_ == 2) {
            flat_ = std::make_unique<Descent<2>>(points.data(), n, start.data(), index.data(), weight.data());
        } else {
            deep_ = std::make_unique<Descent<3>>(points.data(), n, start.data(), index.data(), weight.data());
        }
    }

    template <class F>
    auto with(F&& f) {
        return dim_ == 2 ? f(*flat_) : f(*deep_);
    }

    int run(int count, float exaggeration, float learning_rate, float momentum, int threads, double seconds) {
        nb::gil_scoped_release released;
        const Step step{exaggeration, 0.0f, learning_rate, momentum};
        return with([&](auto& descent) { return descent.run(count, step, threads, seconds); });
    }

    double cost(int threads) {
        nb::gil_scoped_release released;
        return with([&](auto& descent) { return descent.cost(threads); });
    }

    Answer gradient(float exaggeration, int threads) {
        return filled([&](auto& descent, float* to) { descent.gradient(exaggeration, threads, to); });
    }

    Answer points() {
        return filled([](auto& descent, float* to) { descent.read(to); });
    }

    double normalizer() {
        return with([](auto& descent) { return descent.normalizer(); });
    }

  private:
    template <class F>
    Answer filled(F&& fill) {
        const std::size_t n = with([](auto& descent) { return descent.size(); });
        auto* to = new float[n * dim_];
        nb::capsule owner(to, [](void* memory) noexcept { delete[] static_cast<float*>(memory); });
        {
            nb::gil_scoped_release released;
            with([&](auto& descent) { fill(descent, to); });
        }
        return Answer(to, {n, dim_}, owner);
    }

    std::size_t dim_;
    std::unique_ptr<Descent<2>> flat_;
    std::unique_ptr<Descent<3>> deep_;
};

}  // namespace

void bind_tsne(nb::module_& m) {
    nb::class_<Tsne>(m, "Tsne", "The descent of t-SNE. The caller has checked shapes, indices and finite values.")
        .def(nb::init<Points, Row<std::int64_t>, Row<std::int32_t>, Row<float>>(), nb::arg("points"),
             nb::arg("start"), nb::arg("index"), nb::arg("weight"))
        .def("run", &Tsne::run, nb::arg("count"), nb::arg("exaggeration"), nb::arg("learning_rate"),
             nb::arg("momentum"), nb::arg("threads"), nb::arg("seconds"),
             "Steps done within the time, at least one; -1 when a step would have thrown a point out of reach.")
        .def("cost", &Tsne::cost, nb::arg("threads"), "The divergence, less sum(p ln p).")
        .def("gradient", &Tsne::gradient, nb::arg("exaggeration"), nb::arg("threads"), "A quarter of the gradient.")
        .def("points", &Tsne::points, "The present points, shape (n, dim).")
        .def("normalizer", &Tsne::normalizer, "Z of the latest step.");
}

}  // namespace asterism
