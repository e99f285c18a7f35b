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
#include <stdexcept>
#include <vector>

#include "field.hpp"
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
            const float* weight, float spacing, std::size_t most)
        : n_(n), is_exact_(spacing <= 0.0f), grid_(spacing, most), points_(n * S), next_(n * S), velocity_(n * S), gain_(n * S, 1.0f), order_(n) {
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

    // Stores the points along a Morton curve through their present places, so that neighbours in the map are neighbours
    // in memory.
    void reorder(int threads) {
        const std::vector<std::int32_t> old = morton_order();
        std::vector<std::int32_t> place(n_);  // Where each stored point goes.
        for (std::size_t i = 0; i < n_; ++i) place[old[i]] = static_cast<std::int32_t>(i);
        for (std::vector<float>* values : {&points_, &velocity_, &gain_}) {
            for (std::size_t i = 0; i < n_; ++i) {
                std::copy_n(values->begin() + static_cast<std::size_t>(old[i]) * S, S, next_.begin() + i * S);
            }
            values->swap(next_);
        }
        std::vector<std::int32_t> order(n_);
        for (std::size_t i = 0; i < n_; ++i) order[i] = order_[old[i]];
        order_.swap(order);
        PaddedGraph moved;
        moved.start.resize(n_ + 1);
        for (std::size_t i = 0; i < n_; ++i) {
            moved.start[i + 1] = moved.start[i] + graph_.start[old[i] + 1] - graph_.start[old[i]];
        }
        moved.index.resize(graph_.index.size());
        moved.weight.resize(graph_.weight.size());
        parallel_chunks(n_, kPointChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t i = begin; i < end; ++i) {
                std::int64_t to = moved.start[i];
                for (std::int64_t e = graph_.start[old[i]]; e < graph_.start[old[i] + 1]; ++e, ++to) {
                    moved.index[to] = place[graph_.index[e]];
                    moved.weight[to] = graph_.weight[e];
                }
            }
        });
        graph_ = std::move(moved);
    }

    // Draws every point to a place of its own, given in the callers' order, with a force of `weight` times the distance.
    void tether(const float* places, float weight) {
        tether_weight_ = weight;
        tether_.assign(places, places + n_ * D);
    }

    // Makes the map so many times as large, with what moves it.
    void scale(float factor) {
        for (std::vector<float>* values : {&points_, &velocity_}) {
            for (float& value : *values) value *= factor;
        }
    }

    double normalizer() const { return field_.normalizer; }

    // Distance between the nodes of the latest step's grid; 0 where there is none.
    double spacing() const { return is_exact_ ? 0.0 : grid_.spacing(); }

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

    std::vector<std::int32_t> morton_order() const {
        constexpr int kBits = 32 / D;
        float low[D];
        float widest = 0.0f;
        for (int d = 0; d < D; ++d) {
            float high = low[d] = points_[d];
            for (std::size_t i = 0; i < n_; ++i) {
                low[d] = std::min(low[d], points_[i * S + d]);
                high = std::max(high, points_[i * S + d]);
            }
            widest = std::max(widest, high - low[d]);
        }
        const float scale = static_cast<float>((1 << kBits) - 1) / std::max(widest, 1e-30f);
        std::vector<std::uint64_t> keys(n_);
        for (std::size_t i = 0; i < n_; ++i) {
            std::uint64_t code = 0;
            for (int d = 0; d < D; ++d) {
                const auto cell = static_cast<std::uint64_t>((points_[i * S + d] - low[d]) * scale);
                for (int bit = 0; bit < kBits; ++bit) code |= (cell >> bit & 1) << (bit * D + d);
            }
            keys[i] = code << 32 | i;
        }
        std::sort(keys.begin(), keys.end());
        std::vector<std::int32_t> order(n_);
        for (std::size_t i = 0; i < n_; ++i) order[i] = static_cast<std::int32_t>(keys[i] & 0xffffffffu);
        return order;
    }

    void repel(int threads) {
        if (!is_exact_) {
            grid_.evaluate(points_, n_, threads, field_);
            return;
        }
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
            if (tether_weight_ > 0.0f) pull_to_places(begin, end, tether_weight_ / step.exaggeration, pull);
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

    void pull_to_places(std::size_t begin, std::size_t end, float weight, float* pull) const {
        for (std::size_t i = begin; i < end; ++i) {
            const float* place = tether_.data() + static_cast<std::size_t>(order_[i]) * D;
            for (int d = 0; d < D; ++d) pull[(i - begin) * S + d] += weight * (points_[i * S + d] - place[d]);
        }
    }

    std::size_t n_;
    bool is_exact_;
    GridRepulsion<D> grid_;
    std::vector<float> points_, next_, velocity_, gain_;
    std::vector<std::int32_t> order_;  // The callers' row of each stored point.
    std::vector<float> tether_;        // In the callers' order; empty for none.
    float tether_weight_ = 0.0f;
    PaddedGraph graph_;
    ExactRepulsion<D> exact_;
    Repulsion field_;
};


// A descent in two or three dimensions, as Python holds it.
class Tsne {
  public:
    Tsne(Points points, Row<std::int64_t> start, Row<std::int32_t> index, Row<float> weight, float spacing,
         std::size_t most)
        : dim_(points.shape(1)) {
        const std::size_t n = points.shape(0);
        if (dim_ == 2) {
            flat_ = std::make_unique<Descent<2>>(points.data(), n, start.data(), index.data(), weight.data(),
                                                   spacing, most);
        } else {
            deep_ = std::make_unique<Descent<3>>(points.data(), n, start.data(), index.data(), weight.data(),
                                                   spacing, most);
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

    void reorder(int threads) {
        nb::gil_scoped_release released;
        with([&](auto& descent) { descent.reorder(threads); });
    }

    void scale(float factor) {
        with([&](auto& descent) { descent.scale(factor); });
    }

    void tether(Points places, float weight) {
        if (places.shape(0) != with([](auto& descent) { return descent.size(); }) || places.shape(1) != dim_) {
            throw std::invalid_argument("places have another shape than the points");
        }
        with([&](auto& descent) { descent.tether(places.data(), weight); });
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

    double spacing() {
        return with([](auto& descent) { return descent.spacing(); });
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
        .def(nb::init<Points, Row<std::int64_t>, Row<std::int32_t>, Row<float>, float, std::size_t>(),
             nb::arg("points"), nb::arg("start"), nb::arg("index"), nb::arg("weight"), nb::arg("spacing"),
             nb::arg("most"),
             "spacing: distance between the nodes of the grid that carries the repulsion; 0 sums all pairs exactly.\n"
             "most: nodes along an axis at most; beyond that they lie farther apart.")
        .def("run", &Tsne::run, nb::arg("count"), nb::arg("exaggeration"), nb::arg("learning_rate"),
             nb::arg("momentum"), nb::arg("threads"), nb::arg("seconds"),
             "Steps done within the time, at least one; -1 when a step would have thrown a point out of reach.")
        .def("reorder", &Tsne::reorder, nb::arg("threads"),
             "Stores points that are close in the map close in memory; the callers' order of points stays.")
        .def("tether", &Tsne::tether, nb::arg("places"), nb::arg("weight"),
             "Adds weight / 2 * |y - place|^2 of every point to a quarter of the divergence; weight 0 lets go.")
        .def("scale", &Tsne::scale, nb::arg("factor"), "Multiplies all points, and their velocities.")
        .def("cost", &Tsne::cost, nb::arg("threads"), "The divergence, less sum(p ln p).")
        .def("gradient", &Tsne::gradient, nb::arg("exaggeration"), nb::arg("threads"), "A quarter of the gradient.")
        .def("points", &Tsne::points, "The present points, shape (n, dim).")
        .def("normalizer", &Tsne::normalizer, "Z of the latest step.")
        .def("spacing", &Tsne::spacing, "Distance between the grid's nodes in the latest step; 0 without a grid.");
}

}  // namespace asterism
