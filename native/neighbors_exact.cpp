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

constexpr Index kTile = 2048;  // base rows packed at a time: 3 MB at d = 384
constexpr Index kTask = 32;    // queries that a thread takes at a time
constexpr int kNone = std::numeric_limits<int>::max();

using Candidate = std::pair<float, int>;  // score or distance, row; ordered by both

struct Rows {
    const float* at;
    const float* scale;
    Index n, d;
    const float* row(Index i) const { return at + i * d; }
};

// One row, moved to the centre and scaled: the form in which products are taken.
void prepare(const Rows& rows, Index i, const double* centre, float* out, Index step) {
    const float* x = rows.row(i);
    const double scale = rows.scale[i];
    for (Index p = 0; p < rows.d; ++p) out[p * step] = static_cast<float>((x[p] - centre[p]) * scale);
}

// The best candidates of each query: a heap with the worst on top.
struct Best {
    Index width;
    std::vector<Candidate> heaps;

    Best(Index queries, Index width)
        : width(width), heaps(queries * width, {std::numeric_limits<float>::infinity(), kNone}) {}

    Candidate* heap(Index query) { return heaps.data() + query * width; }

    void offer(Index query, Candidate candidate) {
        Candidate* top = heap(query);
        if (!(candidate < *top)) return;
        std::pop_heap(top, top + width);
        top[width - 1] = candidate;
        std::push_heap(top, top + width);
    }
};

// What is asked of the base: the nearest rows of every query and, for some, the ranks of given rows among all.
struct Question {
    Rows queries, base;
    const double* centre;
    bool unit;    // rows have length 1: no offset
    bool direct;  // few dimensions: differences instead of products
    const int* self;
    const int* targets;  // n_targets rows per query, −1 for none
    Index n_targets;
};

struct Counters {
    std::vector<float> limits;
    std::vector<int> below, within;

    Counters(Index queries, Index targets)
        : limits(queries * targets), below(queries * targets * 16), within(queries * targets * 16) {}
};

void scores_of(const Question& ask, const float* prepared, const float* panel, const float* offset, float* out) {
    const Index d = ask.base.d;
    if (ask.direct) {
        kernels().gaps(prepared, d, d, panel, out);
        for (Index i = 0; i < kGroup * kPanel; ++i) out[i] += offset[i % kPanel];
        return;
    }
    kernels().products(prepared, d, d, panel, out);
    for (Index i = 0; i < kGroup * kPanel; ++i) out[i] = offset[i % kPanel] - out[i];
}

float offset_of(const Question& ask, const float* column) {
    double half = 0;
    if (!ask.unit && !ask.direct)
        for (Index p = 0; p < ask.base.d; ++p) half += .5 * column[p * kPanel] * column[p * kPanel];
    return static_cast<float>(half);
}

// kTile rows of the base in panels, and what is added to order rows by −dot: ½‖y‖², or 0 for unit vectors.
struct Tile {
    std::vector<float> panels, offset;

    explicit Tile(Index d) : panels(kTile * d), offset(kTile) {}

    void fill(const Question& ask, Index start, int threads) {
        const Index count = std::min(kTile, ask.base.n - start), d = ask.base.d;
        parallel_chunks((count + kPanel - 1) / kPanel, 4, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (Index j = begin * kPanel; j < static_cast<Index>(end) * kPanel; ++j) {
                float* column = panels.data() + (j / kPanel) * kPanel * d + j % kPanel;
                if (j < count) prepare(ask.base, start + j, ask.centre, column, kPanel);
                for (Index p = 0; p < d && j >= count; ++p) column[p * kPanel] = 0;
                offset[j] = j < count ? offset_of(ask, column) : std::numeric_limits<float>::infinity();
            }
        });
    }
};

void consider(const Question& ask, float* scores, Index first_id, Index query, Best& best, Counters& counters) {
    const int own = ask.self[query];
    if (own >= first_id && own < first_id + kPanel) scores[own - first_id] = std::numeric_limits<float>::infinity();
    if (ask.n_targets > 0) {
        const Index at = query * ask.n_targets;
        kernels().count(scores, counters.limits.data() + at, ask.n_targets, counters.below.data() + at * 16,
                        counters.within.data() + at * 16);
    }
    const float worst = best.heap(query)->first;
    int any = 0;
    for (Index c = 0; c < kPanel; ++c) any |= scores[c] < worst;
    if (!any) return;
    for (Index c = 0; c < kPanel; ++c)
        if (scores[c] < worst) best.offer(query, {scores[c], static_cast<int>(first_id + c)});
}

void scan(const Question& ask, const float* prepared, const Tile& tile, Index start, Index first, Index last, Best& best,
          Counters& counters) {
    const Index count = std::min(kTile, ask.base.n - start), d = ask.base.d;
    float scores[kGroup * kPanel];
    for (Index panel = 0; panel * kPanel < count; ++panel)
        for (Index q = first; q < last; q += kGroup) {
            scores_of(ask, prepared + (q - first) * d, tile.panels.data() + panel * kPanel * d,
                      tile.offset.data() + panel * kPanel, scores);
            for (Index r = 0; r < std::min(kGroup, last - q); ++r)
                consider(ask, scores + r * kPanel, start + panel * kPanel, q + r, best, counters);
        }
}

// The score of every target, with the bits that the scan will give it.
void limit(const Question& ask, const float* prepared, Index first, Index last, Counters& counters) {
    const Index d = ask.base.d;
    std::vector<float> panel(kPanel * d);
    float offset[kPanel] = {}, scores[kGroup * kPanel];
    for (Index q = first; q < last; ++q)
        for (Index begin = 0; begin < ask.n_targets; begin += kPanel) {
            const Index count = std::min(kPanel, ask.n_targets - begin), at = q * ask.n_targets + begin;
            for (Index c = 0; c < count; ++c) {
                const int target = std::max(ask.targets[at + c], 0);
                prepare(ask.base, target, ask.centre, panel.data() + c, kPanel);
                offset[c] = offset_of(ask, panel.data() + c);
            }
            const Index group = (q - first) / kGroup * kGroup;
            scores_of(ask, prepared + group * d, panel.data(), offset, scores);
            std::copy_n(scores + (q - first - group) * kPanel, count, counters.limits.data() + at);
        }
}

// Targets that tie share the mean of their ranks; the nearest row has rank 1. 0 where there is no target.
void rank(const Question& ask, const Counters& counters, Index query, float* ranks) {
    for (Index t = 0; t < ask.n_targets; ++t) {
        const Index at = query * ask.n_targets + t;
        Index below = 0, within = 0;
        for (Index lane = 0; lane < 16; ++lane) below += counters.below[at * 16 + lane], within += counters.within[at * 16 + lane];
        ranks[t] = ask.targets[at] < 0 ? 0.f : static_cast<float>(below) + .5f * static_cast<float>(within - below + 1);
    }
}

void decide(const Rows& queries, const Rows& base, Candidate* heap, Index width, Index query, Index k, int* ids,
            float* distances) {
    const Kernels& kernel = kernels();
    for (Index c = 0; c < width; ++c)
        if (heap[c].second != kNone)
            heap[c].first = kernel.squared(queries.row(query), queries.scale[query], base.row(heap[c].second),
                                           base.scale[heap[c].second], base.d);
    std::sort(heap, heap + width);
    for (Index c = 0; c < k; ++c) {
        const bool missing = heap[c].second == kNone;
        ids[c] = missing ? -1 : heap[c].second;
        distances[c] = missing ? std::numeric_limits<float>::infinity() : heap[c].first;
    }
}

void search(const Question& ask, Index k, Index margin, int* ids, float* distances, float* ranks, int threads) {
    const Rows &queries = ask.queries, &base = ask.base;
    const Index width = std::min(k + margin, base.n), d = base.d;
    Best best(queries.n, width);
    Counters counters(queries.n, ask.n_targets);
    Tile tile(d);
    for (Index start = 0; start < base.n; start += kTile) {
        raise_if_interrupted();
        tile.fill(ask, start, threads);
        parallel_chunks(queries.n, kTask, threads, [&](std::size_t first, std::size_t last, std::size_t) {
            std::vector<float> prepared(kTask * d);
            for (std::size_t q = first; q < last; ++q)
                prepare(queries, q, ask.centre, prepared.data() + (q - first) * d, 1);
            if (start == 0) limit(ask, prepared.data(), first, last, counters);
            scan(ask, prepared.data(), tile, start, first, last, best, counters);
        });
    }
    parallel_chunks(queries.n, kTask, threads, [&](std::size_t first, std::size_t last, std::size_t) {
        for (std::size_t q = first; q < last; ++q) {
            decide(queries, base, best.heap(q), width, q, k, ids + q * k, distances + q * k);
            rank(ask, counters, q, ranks + q * ask.n_targets);
        }
    });
}

// Σ (x·sx − y·sy)² between row `of[i]` and each of the rows others[i]; infinite where there is none.
void pairs(const Rows& rows, const int* of, const int* others, Index n, Index k, float* out, int threads) {
    for (Index start = 0; start < n; start += 65536) {
        raise_if_interrupted();
        parallel_chunks(std::min(Index{65536}, n - start), 256, threads, [&](std::size_t first, std::size_t last, std::size_t) {
            for (Index i = start + first; i < start + static_cast<Index>(last); ++i)
                for (Index c = 0; c < k; ++c) {
                    const int other = others[i * k + c];
                    out[i * k + c] = other < 0 ? std::numeric_limits<float>::infinity()
                                               : kernels().squared(rows.row(of[i]), rows.scale[of[i]], rows.row(other),
                                                                   rows.scale[other], rows.d);
                }
        });
    }
}

Rows rows_of(const Array<const float, 2>& matrix, const Array<const float, 1>& scale) {
    return {matrix.data(), scale.data(), static_cast<Index>(matrix.shape(0)), static_cast<Index>(matrix.shape(1))};
}

}  // namespace

void bind_neighbors_exact(nb::module_& m) {
    m.def(
        "scan_nearest",
        [](Array<const float, 2> queries, Array<const float, 1> query_scale, Array<const float, 2> base,
           Array<const float, 1> base_scale, Array<const double, 1> centre, bool unit, bool direct,
           Array<const int, 1> self, Array<const int, 2> targets, Index margin, Array<int, 2> ids,
           Array<float, 2> distances, Array<float, 2> ranks, int threads) {
            const Question ask{rows_of(queries, query_scale), rows_of(base, base_scale), centre.data(), unit, direct,
                               self.data(), targets.data(), static_cast<Index>(targets.shape(1))};
            const Index k = static_cast<Index>(ids.shape(1));
            nb::gil_scoped_release release;
            search(ask, k, margin, ids.data(), distances.data(), ranks.data(), threads);
        },
        "The k nearest base rows of each query by (x·sx − y·sy)², smallest first, ties by index, −1 and infinity where "
        "there are fewer; and the rank of each target among all base rows.");
    m.def(
        "pair_gaps",
        [](Array<const float, 2> rows, Array<const float, 1> scale, Array<const int, 1> of, Array<const int, 2> others,
           Array<float, 2> out, int threads) {
            nb::gil_scoped_release release;
            pairs(rows_of(rows, scale), of.data(), others.data(), others.shape(0), others.shape(1), out.data(), threads);
        },
        "(x·sx − y·sy)² between row of[i] and each of the rows others[i].");
    m.def("neighbor_kernels", [] { return kernels().name; }, "Which form of the kernels runs now.");
}

}  // namespace asterism
