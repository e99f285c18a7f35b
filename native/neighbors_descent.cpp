// An approximate neighbour graph by NN-descent (Dong, Moses & Li 2011): a neighbour of a neighbour is likely a
// neighbour. Rows are kept as 8-bit integers, whose distances are exact sums of integers; every list keeps the
// smallest of all that it was ever offered, by distance and then index. So the order in which threads offer does not
// matter, and the result has the same bits on any number of them.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "neighbors_arrays.hpp"
#include "neighbors_kernels.hpp"
#include "parallel.hpp"

namespace asterism {
namespace {

constexpr std::uint64_t kEmpty = std::numeric_limits<std::uint64_t>::max();
constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr Index kRound = 64;         // a row of integers is padded to a multiple of this
constexpr Index kNodes = 256;        // nodes that a thread takes at a time
constexpr Index kBetween = 1 << 15;  // nodes between two looks at Ctrl-C
constexpr Index kTogether = 32;  // rows assigned to their pivots at a time
constexpr Index kMostSampled = 64;
constexpr Index kPivots = kPanel;    // cells that a set of rows is divided into

std::uint64_t mix(std::uint64_t x) {  // SplitMix64 (Steele, Lea & Flood 2014)
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

inline void prefetch(const void* at, Index bytes) {
#if defined(__GNUC__)
    for (Index b = 0; b < bytes; b += 64) __builtin_prefetch(static_cast<const char*>(at) + b);
#else
    (void)at, (void)bytes;
#endif
}

// n sorted lists of the `width` smallest entries offered. An entry is value (31 bits), index (31) and a mark (1);
// equal value and index are one entry, which keeps the mark it came with. Any number of threads may offer at once.
class Lists {
   public:
    Lists(Index n, Index width) : n_(n), width_(width), words_(n * (width + 1)) { clear(0, n); }

    static std::uint64_t entry(std::int32_t value, std::int32_t index, bool mark) {
        return (static_cast<std::uint64_t>(value) << 32) | (static_cast<std::uint64_t>(index) << 1) | (mark ? 1 : 0);
    }
    static std::int32_t value(std::uint64_t e) { return static_cast<std::int32_t>(e >> 32); }
    static std::int32_t index(std::uint64_t e) { return static_cast<std::int32_t>((e & 0xFFFFFFFFu) >> 1); }

    Index width() const { return width_; }
    std::uint64_t at(Index i, Index c) const { return head(i)[1 + c].load(std::memory_order_relaxed); }
    void unmark(Index i, Index c) { head(i)[1 + c].store(at(i, c) & ~std::uint64_t{1}, std::memory_order_relaxed); }

    // Largest value that could still be taken.
    std::int32_t worst(Index i) const { return static_cast<std::int32_t>(head(i)->load(std::memory_order_relaxed) >> 1); }

    void ready(Index i) const { prefetch(head(i), (width_ + 1) * 8); }

    void clear(Index first, Index last) {
        for (Index i = first; i < last; ++i) {
            head(i)->store(kOpen, std::memory_order_relaxed);
            for (Index c = 1; c <= width_; ++c) head(i)[c].store(kEmpty, std::memory_order_relaxed);
        }
    }

    bool offer(Index i, std::uint64_t e) {
        if (value(e) > worst(i) || holds(i, e)) return false;
        Word* lock = head(i);
        std::uint64_t free = lock->load(std::memory_order_relaxed) & ~std::uint64_t{1};
        while (!lock->compare_exchange_weak(free, free | 1, std::memory_order_acquire)) free &= ~std::uint64_t{1};
        const bool taken = insert(lock + 1, e);
        const std::uint64_t last = lock[width_].load(std::memory_order_relaxed);
        const std::uint64_t limit = last == kEmpty ? kOpen : static_cast<std::uint64_t>(value(last)) << 1;
        lock->store(limit, std::memory_order_release);
        return taken;
    }

   private:
    using Word = std::atomic<std::uint64_t>;
    static constexpr std::uint64_t kOpen = std::uint64_t{0x7FFFFFFF} << 1;

    // First word: the largest value that could still be taken, and a lock in the lowest bit.
    Word* head(Index i) { return words_.data() + i * (width_ + 1); }
    const Word* head(Index i) const { return words_.data() + i * (width_ + 1); }

    // How many entries come before e.
    Index place(const Word* entries, std::uint64_t e) const {
        Index low = 0, high = width_;
        while (low < high) {
            const Index middle = (low + high) / 2;
            if ((entries[middle].load(std::memory_order_relaxed) >> 1) < (e >> 1)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    bool is_at(const Word* entries, Index at, std::uint64_t e) const {
        return at < width_ && (entries[at].load(std::memory_order_relaxed) >> 1) == (e >> 1);
    }

    // Entries only ever give way to smaller ones: one seen at any moment need not be offered again. Another thread may
    // be inserting meanwhile; then this may miss what is there, and `insert` looks again.
    bool holds(Index i, std::uint64_t e) const { return is_at(head(i) + 1, place(head(i) + 1, e), e); }

    bool insert(Word* entries, std::uint64_t e) const {
        const Index at = place(entries, e);
        if (at == width_ || is_at(entries, at, e)) return false;
        for (Index j = width_ - 1; j > at; --j)
            entries[j].store(entries[j - 1].load(std::memory_order_relaxed), std::memory_order_relaxed);
        entries[at].store(e, std::memory_order_relaxed);
        return true;
    }

    Index n_, width_;
    std::vector<Word> words_;
};

// What one thread needs to measure a set of rows among themselves.
struct Bench {
    std::vector<std::int8_t> rows, panel;
    std::vector<std::int32_t> sums, squares, dots;

    void size(Index count, Index d) {
        const Index padded = (count + kPanel - 1) / kPanel * kPanel;
        if (static_cast<Index>(rows.size()) < padded * d) rows.resize(padded * d);
        panel.resize(kPanel * d);
        if (static_cast<Index>(sums.size()) < padded) sums.resize(padded), squares.resize(padded), dots.resize(padded * kPanel);
    }
};

// Sum and sum of squares of a row of integers.
struct Norm {
    std::int32_t sum = 0, square = 0;
};

class Descent {
   public:
    Descent(Array<const float, 2> vectors, Array<const float, 1> scale, Index width, Index sample, std::uint64_t seed,
            int threads)
        : vectors_(vectors.data()), scale_(scale.data()), n_(vectors.shape(0)), d_(vectors.shape(1)),
          padded_((d_ + kRound - 1) / kRound * kRound), seed_(seed), threads_(threads), order_(n_), rows_(n_ * padded_), norms_(n_),
          lists_(n_, width), fresh_(n_, sample), known_(n_, sample) {
        std::iota(order_.begin(), order_.end(), 0);
        nb::gil_scoped_release release;
        quantise();
    }

    // Divides all rows into cells of near ones and offers the rows of each cell to each other. The first call also
    // renames the rows in the order of their cells, so that near rows lie near in memory.
    void plant(Index tree, Index leaf) {
        nb::gil_scoped_release release;
        std::vector<int> order(n_);
        std::iota(order.begin(), order.end(), 0);
        const std::vector<Index> starts = divide(order, mix(seed_ ^ mix(tree)), leaf);
        if (tree == 0) rename(order);
        if (tree == 0) std::iota(order.begin(), order.end(), 0);
        parallel(static_cast<Index>(starts.size()) - 1, 1, 64, [&](Index cell, Bench& bench) {
            join(order.data() + starts[cell], starts[cell + 1] - starts[cell], starts[cell + 1] - starts[cell], bench);
        });
    }

    // One round: neighbours of neighbours are offered to each other. Returns how many entries are new.
    Index iterate(Index round) {
        nb::gil_scoped_release release;
        gather(round);
        taken_.store(0);
        parallel(n_, kNodes, kBetween, [&](Index i, Bench& bench) {
            if (i + 1 < n_) ready(i + 1);
            int ids[2 * kMostSampled];
            const Index fresh = take(fresh_, i, ids);
            if (fresh > 0) join(ids, fresh, fresh + take(known_, i, ids + fresh), bench);
        });
        return taken_.load();
    }

    // The k nearest of every list by (x·sx − y·sy)² of the rows as given, ties by index, and these squares.
    void finish(Array<int, 2> ids, Array<float, 2> squared) {
        const Index k = ids.shape(1);
        nb::gil_scoped_release release;
        parallel(n_, kNodes, kBetween, [&](Index i, Bench&) {
            std::vector<std::pair<float, int>> best;
            const Index own = order_[i];
            for (Index c = 0; c < lists_.width() && lists_.at(i, c) != kEmpty; ++c) {
                const Index other = order_[Lists::index(lists_.at(i, c))];
                best.emplace_back(kernels().squared(vectors_ + own * d_, scale_[own], vectors_ + other * d_,
                                                    scale_[other], d_),
                                  static_cast<int>(other));
            }
            std::sort(best.begin(), best.end());
            for (Index c = 0; c < k; ++c) {
                const bool missing = c >= static_cast<Index>(best.size());
                ids.data()[own * k + c] = missing ? -1 : best[c].second;
                squared.data()[own * k + c] = missing ? std::numeric_limits<float>::infinity() : best[c].first;
            }
        });
    }

   private:
    // f(i, bench) for i in [0, n): `chunk` to a thread at a time, a look at Ctrl-C after every `between`.
    template <class F>
    void parallel(Index n, Index chunk, Index between, F&& f) {
        for (Index start = 0; start < n; start += between) {
            raise_if_interrupted();
            const Index count = std::min(between, n - start);
            parallel_chunks(count, chunk, threads_, [&](std::size_t first, std::size_t last, std::size_t) {
                static thread_local Bench bench;
                for (Index i = start + first; i < start + static_cast<Index>(last); ++i) f(i, bench);
            });
        }
    }

    // Rows around their mean, in steps so small that the largest deviation still fits; where single values stand out
    // by more than eight times the root mean square, these are cut instead.
    void quantise() {
        const Index chunk = 4096, chunks = (n_ + chunk - 1) / chunk;
        std::vector<double> sums(chunks * d_), squares(chunks), largest(chunks), mean(d_);
        auto value = [&](Index i, Index p) { return static_cast<double>(vectors_[i * d_ + p]) * scale_[i]; };
        parallel_chunks(n_, chunk, threads_, [&](std::size_t first, std::size_t last, std::size_t c) {
            for (std::size_t i = first; i < last; ++i)
                for (Index p = 0; p < d_; ++p) sums[c * d_ + p] += value(i, p);
        });
        raise_if_interrupted();
        for (Index c = 0; c < chunks; ++c)
            for (Index p = 0; p < d_; ++p) mean[p] += sums[c * d_ + p] / n_;
        parallel_chunks(n_, chunk, threads_, [&](std::size_t first, std::size_t last, std::size_t c) {
            for (std::size_t i = first; i < last; ++i)
                for (Index p = 0; p < d_; ++p) {
                    const double gap = value(i, p) - mean[p];
                    squares[c] += gap * gap;
                    largest[c] = std::max(largest[c], std::abs(gap));
                }
        });
        raise_if_interrupted();
        const double rms = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0) / (n_ * d_));
        const double reach = std::min(*std::max_element(largest.begin(), largest.end()), 8 * rms);
        const double steps = reach > 0 ? 127 / reach : 0;
        parallel_chunks(n_, chunk, threads_, [&](std::size_t first, std::size_t last, std::size_t) {
            for (std::size_t i = first; i < last; ++i)
                for (Index p = 0; p < d_; ++p) {
                    const double q = std::max(-127.0, std::min(127.0, (value(i, p) - mean[p]) * steps));
                    const int step = static_cast<int>(std::lrint(q));
                    rows_[i * padded_ + p] = static_cast<std::int8_t>(step);
                    norms_[i].sum += step;
                    norms_[i].square += step * step;
                }
        });
    }

    void rename(const std::vector<int>& order) {
        std::vector<std::int8_t> rows(rows_.size());
        std::vector<Norm> norms(n_);
        parallel_chunks(n_, 1024, threads_, [&](std::size_t first, std::size_t last, std::size_t) {
            for (std::size_t i = first; i < last; ++i) {
                std::copy_n(row(order[i]), padded_, rows.data() + i * padded_);
                norms[i] = norms_[order[i]];
            }
        });
        rows_.swap(rows), norms_.swap(norms), order_ = order;
    }

    const std::int8_t* row(Index i) const { return rows_.data() + i * padded_; }

    // Sorts `order` into cells of at most `leaf` rows: every larger set is given to the nearest of kPivots of its rows.
    std::vector<Index> divide(std::vector<int>& order, std::uint64_t seed, Index leaf) {
        std::vector<Index> starts{0, n_};
        std::vector<std::uint8_t> cells(n_);
        std::vector<int> next(n_);
        for (int level = 0; level < 48; ++level) {
            std::vector<Index> finer{0};
            bool is_done = true;
            for (std::size_t s = 0; s + 1 < starts.size(); ++s) {
                const Index first = starts[s], count = starts[s + 1] - first;
                if (count > leaf) {
                    is_done = false;
                    split(order, next, cells, first, count, mix(seed ^ mix(level * n_ + first)), leaf, finer);
                } else {
                    finer.push_back(first + count);
                }
            }
            starts.swap(finer);
            if (is_done) break;
        }
        return starts;
    }

    void split(std::vector<int>& order, std::vector<int>& next, std::vector<std::uint8_t>& cells, Index first, Index count,
               std::uint64_t seed, Index leaf, std::vector<Index>& starts) {
        const Index pivots = std::min(kPivots, 2 + count / leaf);
        std::vector<std::int8_t> panel(kPanel * padded_);
        std::int32_t squares[kPivots] = {};
        for (Index p = 0; p < pivots; ++p) {
            const int pivot = order[first + static_cast<Index>(mix(seed + p) % count)];
            kernels().pack(row(pivot), padded_, p, panel.data());
            squares[p] = norms_[pivot].square;
        }
        parallel((count + kTogether - 1) / kTogether, 64, kBetween, [&](Index group, Bench& bench) {
            const int* ids = order.data() + first + group * kTogether;
            const Index many = std::min(kTogether, count - group * kTogether);
            for (Index i = many; i < many + kTogether && group * kTogether + i < count; ++i) prefetch(row(ids[i]), padded_);
            collect(ids, many, bench);
            kernels().dots(bench.rows.data(), many, padded_, panel.data(), bench.sums.data(), bench.dots.data());
            for (Index i = 0; i < many; ++i) {
                const std::int32_t* dots = bench.dots.data() + i * kPanel;
                Index best = 0;
                for (Index p = 1; p < pivots; ++p)
                    if (squares[p] - 2 * dots[p] < squares[best] - 2 * dots[best]) best = p;
                cells[first + group * kTogether + i] = static_cast<std::uint8_t>(best);
            }
        });
        Index sizes[kPivots + 1] = {};
        for (Index i = 0; i < count; ++i) ++sizes[cells[first + i] + 1];
        if (*std::max_element(sizes, sizes + pivots + 1) == count) {  // the pivots are alike: cut by position
            for (Index at = leaf; at < count; at += leaf) starts.push_back(first + at);
            starts.push_back(first + count);
            return;
        }
        for (Index p = 0; p < pivots; ++p) {
            sizes[p + 1] += sizes[p];
            if (sizes[p + 1] > sizes[p]) starts.push_back(first + sizes[p + 1]);
        }
        for (Index i = 0; i < count; ++i) next[sizes[cells[first + i]]++] = order[first + i];
        std::copy_n(next.begin(), count, order.begin() + first);
    }

    static Index take(const Lists& lists, Index i, int* ids) {
        Index count = 0;
        for (; count < lists.width() && lists.at(i, count) != kEmpty; ++count) ids[count] = Lists::index(lists.at(i, count));
        return count;
    }

    // Asks for the memory that the join of node i will need.
    void ready(Index i) const {
        if (fresh_.at(i, 0) == kEmpty) return;
        for (const Lists* side : {&fresh_, &known_})
            for (Index c = 0; c < side->width() && side->at(i, c) != kEmpty; ++c) {
                const Index j = Lists::index(side->at(i, c));
                prefetch(row(j), padded_);
                prefetch(&norms_[j], 1);
                lists_.ready(j);
            }
    }

    void collect(const int* ids, Index count, Bench& bench) const {
        bench.size(count, padded_);
        for (Index r = 0; r < count; ++r) {
            std::copy_n(row(ids[r]), padded_, bench.rows.data() + r * padded_);
            bench.sums[r] = norms_[ids[r]].sum, bench.squares[r] = norms_[ids[r]].square;
        }
    }

    // Measures the first `fresh` of the ids against all after them, and offers both sides to each other.
    void join(const int* ids, Index fresh, Index all, Bench& bench) {
        collect(ids, all, bench);
        Index taken = 0;
        for (Index start = 0; start < all; start += kPanel) {
            const Index columns = std::min(kPanel, all - start), rows = std::min(fresh, start + columns);
            for (Index c = 0; c < columns; ++c)
                kernels().pack(bench.rows.data() + (start + c) * padded_, padded_, c, bench.panel.data());
            kernels().dots(bench.rows.data(), rows, padded_, bench.panel.data(), bench.sums.data(), bench.dots.data());
            taken += offer(ids, rows, start, columns, bench);
        }
        taken_.fetch_add(taken, std::memory_order_relaxed);
    }

    Index offer(const int* ids, Index rows, Index start, Index columns, Bench& bench) {
        std::int32_t worst[kPanel], gaps[kPanel], squares[kPanel] = {};
        std::fill_n(worst, kPanel, -1);
        for (Index c = 0; c < columns; ++c) {
            worst[c] = lists_.worst(ids[start + c]);
            squares[c] = bench.squares[start + c];
        }
        Index taken = 0;
        for (Index r = 0; r < rows; ++r) {
            std::uint32_t ours, theirs;
            kernels().near(bench.dots.data() + r * kPanel, bench.squares[r], squares, lists_.worst(ids[r]), worst, gaps,
                           &ours, &theirs);
            std::uint32_t wanted = (ours | theirs) & after(r, start, columns);
            for (Index c = 0; wanted; ++c, wanted >>= 1) {
                const int a = ids[r], b = ids[start + c];
                if (!(wanted & 1) || a == b) continue;
                if (ours >> c & 1) taken += lists_.offer(a, Lists::entry(gaps[c], b, true));
                if (theirs >> c & 1) taken += lists_.offer(b, Lists::entry(gaps[c], a, true));
            }
        }
        return taken;
    }

    // The columns from `start` on that stand after row r, as bits.
    static std::uint32_t after(Index r, Index start, Index columns) {
        const Index first = std::max(Index{0}, r + 1 - start);
        if (first >= columns) return 0;
        const std::uint32_t up_to = columns == 32 ? ~0u : (1u << columns) - 1;
        return up_to & (~0u << first);
    }

    // For every row, which unseen and which seen neighbours take part in this round: in both directions, a random few.
    void gather(Index round) {
        const std::uint64_t salt = mix(seed_ ^ mix(round + 1000));
        parallel(n_, kNodes, kBetween, [&](Index i, Bench&) { fresh_.clear(i, i + 1), known_.clear(i, i + 1); });
        parallel(n_, kNodes, kBetween, [&](Index i, Bench&) {
            for (Index c = 0; i + 1 < n_ && c < lists_.width() && lists_.at(i + 1, c) != kEmpty; ++c) {
                const std::uint64_t e = lists_.at(i + 1, c);
                (e & 1 ? fresh_ : known_).ready(Lists::index(e));
            }
            for (Index c = 0; c < lists_.width() && lists_.at(i, c) != kEmpty; ++c) {
                const std::uint64_t e = lists_.at(i, c);
                const Index j = Lists::index(e);
                const std::uint64_t pair = static_cast<std::uint64_t>(std::min(i, j)) << 32 | std::max(i, j);
                const auto draw = static_cast<std::int32_t>(mix(salt ^ pair) >> 33);
                Lists& side = e & 1 ? fresh_ : known_;
                side.offer(i, Lists::entry(draw, j, false));
                side.offer(j, Lists::entry(draw, i, false));
            }
        });
        parallel(n_, kNodes, kBetween, [&](Index i, Bench&) {
            int chosen[kMostSampled];
            const Index count = take(fresh_, i, chosen);
            for (Index c = 0; c < lists_.width() && lists_.at(i, c) != kEmpty; ++c)
                if ((lists_.at(i, c) & 1) && std::count(chosen, chosen + count, Lists::index(lists_.at(i, c))))
                    lists_.unmark(i, c);
        });
    }

    const float* vectors_;
    const float* scale_;
    Index n_, d_, padded_;
    std::uint64_t seed_;
    int threads_;
    std::vector<int> order_;  // name used here → row as given
    std::vector<std::int8_t> rows_;
    std::vector<Norm> norms_;
    Lists lists_, fresh_, known_;
    std::atomic<Index> taken_{0};
};

}  // namespace

void bind_neighbors_descent(nb::module_& m) {
    nb::class_<Descent>(m, "Descent", "NN-descent over rows that the caller keeps alive and unchanged.")
        .def(nb::init<Array<const float, 2>, Array<const float, 1>, Index, Index, std::uint64_t, int>(),
             nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>())
        .def("plant", &Descent::plant)
        .def("iterate", &Descent::iterate)
        .def("finish", &Descent::finish);
}

}  // namespace asterism
