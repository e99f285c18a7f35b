// Exact nearest rows. Products of blocks propose a few more rows than wanted; direct differences decide among them,
// because a − b + c loses the digits that tell near rows apart.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "neighbors_arrays.hpp"
#include "neighbors_kernels.hpp"
#include "parallel.hpp"

namespace asterism {
namespace {

constexpr long kTile = 2048;  // base rows packed at a time: 3 MB at d = 384
constexpr long kTask = 32;    // queries that a thread takes at a time
constexpr int kNone = std::numeric_limits<int>::max();

using Candidate = std::pair<float, int>;  // score or distance, row; ordered by both

struct Rows {
    const float* at;
    const float* scale;
    long n, d;
    const float* row(long i) const { return at + i * d; }
};

// One row, moved to the centre and scaled: the form in which products are taken.
void prepare(const Rows& rows, long i, const double* centre, float* out, long step) {
    const float* x = rows.row(i);
    const double scale = rows.scale[i];
    for (long p = 0; p < rows.d; ++p) out[p * step] = static_cast<float>((x[p] - centre[p]) * scale);
}

// kTile rows of the base in panels, and what is added to −dot to order rows: ½‖y‖², or 0 for unit vectors.
struct Tile {
    std::vector<float> panels, offset;

    Tile(long d) : panels(kTile * d), offset(kTile) {}

    void fill(const Rows& base, const double* centre, bool unit, long start, int threads) {
        const long count = std::min(kTile, base.n - start), d = base.d;
        parallel_chunks((count + kPanel - 1) / kPanel, 4, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (long j = begin * kPanel; j < static_cast<long>(end) * kPanel; ++j) {
                float* column = panels.data() + (j / kPanel) * kPanel * d + j % kPanel;
                offset[j] = std::numeric_limits<float>::infinity();
                if (j >= count) {
                    for (long p = 0; p < d; ++p) column[p * kPanel] = 0;
                    continue;
                }
                prepare(base, start + j, centre, column, kPanel);
                double half = 0;
                for (long p = 0; p < d && !unit; ++p) half += .5 * column[p * kPanel] * column[p * kPanel];
                offset[j] = static_cast<float>(half);
            }
        });
    }
};

// The best candidates of each query: a heap with the worst on top.
struct Best {
    long width;
    std::vector<Candidate> heaps;

    Best(long queries, long width)
        : width(width), heaps(queries * width, {std::numeric_limits<float>::infinity(), kNone}) {}

    Candidate* heap(long query) { return heaps.data() + query * width; }

    void offer(long query, Candidate candidate) {
        Candidate* top = heap(query);
        if (!(candidate < *top)) return;
        std::pop_heap(top, top + width);
        top[width - 1] = candidate;
        std::push_heap(top, top + width);
    }
};

void scan(const Rows& queries, const float* prepared, const int* self, const Tile& tile, long start, long count,
          long first, long last, Best& best) {
    const Kernels& kernel = kernels();
    const long d = queries.d;
    float dots[kGroup * kPanel];
    for (long panel = 0; panel * kPanel < count; ++panel) {
        const float* offset = tile.offset.data() + panel * kPanel;
        for (long q = first; q < last; q += kGroup) {
            kernel.products(prepared + (q - first) * d, d, d, tile.panels.data() + panel * kPanel * d, dots);
            for (long r = 0; r < std::min(kGroup, last - q); ++r) {
                float score[kPanel];
                const float worst = best.heap(q + r)->first;
                int any = 0;
                for (long c = 0; c < kPanel; ++c) {
                    score[c] = offset[c] - dots[r * kPanel + c];
                    any |= score[c] < worst;
                }
                if (!any) continue;
                for (long c = 0; c < kPanel; ++c) {
                    const int id = static_cast<int>(start + panel * kPanel + c);
                    if (score[c] < worst && id != self[q + r]) best.offer(q + r, {score[c], id});
                }
            }
        }
    }
}

void decide(const Rows& queries, const Rows& base, Candidate* heap, long width, long query, long k, int* ids,
            float* distances) {
    const Kernels& kernel = kernels();
    for (long c = 0; c < width; ++c)
        if (heap[c].second != kNone)
            heap[c].first = kernel.squared(queries.row(query), queries.scale[query], base.row(heap[c].second),
                                           base.scale[heap[c].second], base.d);
    std::sort(heap, heap + width);
    for (long c = 0; c < k; ++c) {
        const bool missing = heap[c].second == kNone;
        ids[c] = missing ? -1 : heap[c].second;
        distances[c] = missing ? std::numeric_limits<float>::infinity() : heap[c].first;
    }
}

void search(const Rows& queries, const Rows& base, const double* centre, bool unit, const int* self, long k,
            long margin, int* ids, float* distances, int threads) {
    const long width = std::min(k + margin, base.n), d = base.d;
    Best best(queries.n, width);
    Tile tile(d);
    for (long start = 0; start < base.n; start += kTile) {
        raise_if_interrupted();
        tile.fill(base, centre, unit, start, threads);
        parallel_chunks(queries.n, kTask, threads, [&](std::size_t first, std::size_t last, std::size_t) {
            std::vector<float> prepared(kTask * d);
            for (std::size_t q = first; q < last; ++q)
                prepare(queries, q, centre, prepared.data() + (q - first) * d, 1);
            scan(queries, prepared.data(), self, tile, start, std::min(kTile, base.n - start), first, last, best);
        });
    }
    parallel_chunks(queries.n, kTask, threads, [&](std::size_t first, std::size_t last, std::size_t) {
        for (std::size_t q = first; q < last; ++q)
            decide(queries, base, best.heap(q), width, q, k, ids + q * k, distances + q * k);
    });
}

}  // namespace

void bind_neighbors_exact(nb::module_& m) {
    m.def(
        "scan_nearest",
        [](Array<const float, 2> queries, Array<const float, 1> query_scale, Array<const float, 2> base,
           Array<const float, 1> base_scale, Array<const double, 1> centre, bool unit, Array<const int, 1> self,
           long margin, Array<int, 2> ids, Array<float, 2> distances, int threads) {
            const Rows q{queries.data(), query_scale.data(), static_cast<long>(queries.shape(0)),
                         static_cast<long>(queries.shape(1))};
            const Rows b{base.data(), base_scale.data(), static_cast<long>(base.shape(0)),
                         static_cast<long>(base.shape(1))};
            const long k = static_cast<long>(ids.shape(1));
            nb::gil_scoped_release release;
            search(q, b, centre.data(), unit, self.data(), k, margin, ids.data(), distances.data(), threads);
        },
        "The k nearest base rows of each query by (x·sx − y·sy)², smallest first, ties by index; "
        "−1 and infinity where there are fewer.");
    m.def("instruction_set", [] { return kernels().name; }, "Which form of the kernels this machine runs.");
}

}  // namespace asterism
