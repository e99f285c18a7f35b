// From distances to neighbours to symmetric weights by rows.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "parallel.hpp"

#define ASTERISM_KERNELS "affinity_kernels.hpp"
#include "simd_targets.hpp"

namespace nb = nanobind;

namespace asterism {
namespace {

template <class T>
using Matrix = nb::ndarray<const T, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using FreshMatrix = nb::ndarray<nb::numpy, T, nb::ndim<2>>;
template <class T>
using FreshRow = nb::ndarray<nb::numpy, T, nb::ndim<1>>;

constexpr std::size_t kRowChunk = 256;

template <class T>
nb::capsule owned(T* memory) {
    return nb::capsule(memory, [](void* p) noexcept { delete[] static_cast<T*>(p); });
}

// Weights of each row that sum to 1 with entropy ln(perplexity), and the entropy reached.
std::pair<FreshMatrix<float>, FreshRow<float>> perplexity_weights(Matrix<float> squared, float perplexity,
                                                                  int threads) {
    const std::size_t n = squared.shape(0);
    const std::size_t k = squared.shape(1);
    auto* weights = new float[n * k];
    auto owner = owned(weights);
    auto* entropies = new float[n];
    auto entropy_owner = owned(entropies);
    {
        nb::gil_scoped_release released;
        const std::size_t padded = (k + 7) / 8 * 8;
        const float target = std::log(perplexity);
        parallel_chunks(n, kRowChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<float> row(padded, 1e30f);
            std::vector<float> weight(padded);
            for (std::size_t i = begin; i < end; ++i) {
                const float* given = squared.data() + i * k;
                const float nearest = *std::min_element(given, given + k);
                for (std::size_t j = 0; j < k; ++j) row[j] = given[j] - nearest;
                entropies[i] = ASTERISM_DISPATCH(calibrate, row.data(), k, target, weight.data());
                std::copy_n(weight.begin(), k, weights + i * k);
            }
        });
    }
    return {FreshMatrix<float>(weights, {n, k}, owner), FreshRow<float>(entropies, {n}, entropy_owner)};
}

// UMAP's memberships; distances ascending in each row.
FreshMatrix<float> smooth_weights(Matrix<float> distances, float target, float floor, float mean_distance,
                                  int threads) {
    const std::size_t n = distances.shape(0);
    const std::size_t k = distances.shape(1);
    auto* weights = new float[n * k];
    auto owner = owned(weights);
    {
        nb::gil_scoped_release released;
        parallel_chunks(n, kRowChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t i = begin; i < end; ++i) {
                const float* row = distances.data() + i * k;
                double row_mean = 0.0;
                float rho = 0.0f;  // The nearest neighbour that is not at distance 0.
                for (std::size_t j = 0; j < k; ++j) {
                    row_mean += row[j];
                    if (rho == 0.0f) rho = row[j];
                }
                // The reference counts the point itself, at distance 0, among its neighbours.
                row_mean /= static_cast<double>(k + 1);
                const float least = floor * (rho > 0.0f ? static_cast<float>(row_mean) : mean_distance);
                ASTERISM_DISPATCH(smooth_row, row, k, rho, target, least, weights + i * k);
            }
        });
    }
    return FreshMatrix<float>(weights, {n, k}, owner);
}

struct Entry {
    std::int32_t column;
    float weight;
};

// How a weight and its transpose become one.
enum class Join { mean, fuzzy_union };

ASTERISM_INLINE float join(Join how, float a, float b) {
    return how == Join::mean ? 0.5f * (a + b) : a + b - a * b;
}

// One row of the symmetric matrix from the row and the column of the directed one, both ascending by column.
template <class Emit>
void merge(const std::vector<Entry>& row, const Entry* column, const Entry* column_end, Join how, Emit&& emit) {
    auto r = row.begin();
    while (r != row.end() || column != column_end) {
        const bool take_row = r != row.end() && (column == column_end || r->column <= column->column);
        const bool take_column = column != column_end && (r == row.end() || column->column <= r->column);
        const std::int32_t at = take_row ? r->column : column->column;
        const float value = join(how, take_row ? r->weight : 0.0f, take_column ? column->weight : 0.0f);
        if (take_row) ++r;
        if (take_column) ++column;
        if (value > 0.0f) emit(at, value);
    }
}

// The directed weights of row i, ascending by column; entries without a neighbour (-1) are left out.
void sorted_row(const std::int32_t* neighbors, const float* weights, std::size_t k, std::vector<Entry>& to) {
    to.clear();
    for (std::size_t j = 0; j < k; ++j) {
        if (neighbors[j] >= 0) to.push_back({neighbors[j], weights[j]});
    }
    std::sort(to.begin(), to.end(), [](const Entry& a, const Entry& b) { return a.column < b.column; });
}

// The transpose of the directed weights: for each column its rows in ascending order.
struct Transpose {
    std::vector<std::int64_t> start;
    std::unique_ptr<Entry[]> entries;

    Transpose(const std::int32_t* neighbors, const float* weights, std::size_t n, std::size_t k) : start(n + 1) {
        for (std::size_t e = 0; e < n * k; ++e) {
            if (neighbors[e] >= 0) ++start[neighbors[e] + 1];
        }
        for (std::size_t i = 0; i < n; ++i) start[i + 1] += start[i];
        entries.reset(new Entry[static_cast<std::size_t>(start[n])]);
        std::vector<std::int64_t> next(start.begin(), start.end() - 1);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t e = i * k; e < (i + 1) * k; ++e) {
                if (neighbors[e] >= 0) entries[next[neighbors[e]]++] = {static_cast<std::int32_t>(i), weights[e]};
            }
        }
    }
};

struct Rows {
    std::int64_t* start;
    std::int32_t* index;
    float* weight;
    std::int64_t size;
};

Rows symmetrize(const std::int32_t* neighbors, const float* weights, std::size_t n, std::size_t k, Join how,
                int threads) {
    const Transpose transpose(neighbors, weights, n, k);
    std::unique_ptr<std::int64_t[]> start(new std::int64_t[n + 1]);
    start[0] = 0;
    auto each = [&](auto&& visit) {
        parallel_chunks(n, kRowChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<Entry> row;
            for (std::size_t i = begin; i < end; ++i) {
                sorted_row(neighbors + i * k, weights + i * k, k, row);
                const Entry* column = transpose.entries.get();
                visit(i, row, column + transpose.start[i], column + transpose.start[i + 1]);
            }
        });
    };
    each([&](std::size_t i, const std::vector<Entry>& row, const Entry* column, const Entry* end) {
        std::int64_t width = 0;
        merge(row, column, end, how, [&](std::int32_t, float) { ++width; });
        start[i + 1] = width;
    });
    for (std::size_t i = 0; i < n; ++i) start[i + 1] += start[i];
    std::unique_ptr<std::int32_t[]> index(new std::int32_t[static_cast<std::size_t>(start[n])]);
    std::unique_ptr<float[]> weight(new float[static_cast<std::size_t>(start[n])]);
    each([&](std::size_t i, const std::vector<Entry>& row, const Entry* column, const Entry* end) {
        std::int64_t at = start[i];
        merge(row, column, end, how, [&](std::int32_t other, float value) {
            index[at] = other;
            weight[at++] = value;
        });
    });
    const std::int64_t size = start[n];
    return {start.release(), index.release(), weight.release(), size};
}

nb::tuple symmetric_rows(Matrix<std::int32_t> neighbors, Matrix<float> weights, bool is_union, int threads) {
    const std::size_t n = neighbors.shape(0);
    Rows rows{};
    {
        nb::gil_scoped_release released;
        rows = symmetrize(neighbors.data(), weights.data(), n, neighbors.shape(1),
                          is_union ? Join::fuzzy_union : Join::mean, threads);
    }
    const auto size = static_cast<std::size_t>(rows.size);
    return nb::make_tuple(FreshRow<std::int64_t>(rows.start, {n + 1}, owned(rows.start)),
                          FreshRow<std::int32_t>(rows.index, {size}, owned(rows.index)),
                          FreshRow<float>(rows.weight, {size}, owned(rows.weight)));
}

}  // namespace

void bind_affinity(nb::module_& m) {
    m.def("perplexity_weights", &perplexity_weights, nb::arg("squared"), nb::arg("perplexity"), nb::arg("threads"),
          "Weights (n, k) that sum to 1 by row with entropy ln(perplexity), and the entropies reached (n,).");
    m.def("smooth_weights", &smooth_weights, nb::arg("distances"), nb::arg("target"), nb::arg("floor"),
          nb::arg("mean_distance"), nb::arg("threads"), "UMAP's directed memberships (n, k).");
    m.def("symmetric_rows", &symmetric_rows, nb::arg("neighbors"), nb::arg("weights"), nb::arg("is_union"),
          nb::arg("threads"),
          "(start, index, weight) by rows, columns ascending, of (W + W^T) / 2 or of the fuzzy union.");
}

}  // namespace asterism
