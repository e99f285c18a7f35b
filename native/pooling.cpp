// From token ids to the vectors of texts. Everything releases the interpreter lock.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel.hpp"

namespace nb = nanobind;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define ASTERISM_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define ASTERISM_CLONES
#endif

namespace asterism {
namespace {

using Rows = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Offsets = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Vectors = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

ASTERISM_CLONES void add_row(std::int32_t* sum, const std::int8_t* row, std::size_t d) {
    for (std::size_t j = 0; j < d; ++j) sum[j] += row[j];
}

ASTERISM_CLONES void add_row(std::int32_t* sum, const std::int8_t* row, std::int32_t weight, std::size_t d) {
    for (std::size_t j = 0; j < d; ++j) sum[j] += weight * row[j];
}

ASTERISM_CLONES void add_row(float* sum, const float* row, float weight, std::size_t d) {
    for (std::size_t j = 0; j < d; ++j) sum[j] += weight * row[j];
}

// Divides the sum by the number of tokens, or by its own length; the bits depend on neither threads nor processor.
template <class S>
void write_mean(const S* sum, float* out, std::size_t d, std::int64_t tokens, bool normalize) {
    double by = static_cast<double>(tokens);
    if (normalize) {
        double squares = 0;
        for (std::size_t j = 0; j < d; ++j) squares += static_cast<double>(sum[j]) * static_cast<double>(sum[j]);
        by = std::sqrt(squares);
    }
    for (std::size_t j = 0; j < d; ++j) out[j] = by > 0 ? static_cast<float>(static_cast<double>(sum[j]) / by) : 0.0f;
}

void check_pool(std::size_t table_rows, std::size_t d, const Rows& rows, const Offsets& offsets, const Vectors& out) {
    if (offsets.size() == 0 || out.shape(0) + 1 != offsets.size() || out.shape(1) != d)
        throw nb::value_error("offsets, table and out do not fit each other");
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
        if (offsets.data()[i] > offsets.data()[i + 1]) throw nb::value_error("offsets must not fall");
    if (offsets.data()[0] < 0 || offsets.data()[offsets.size() - 1] > static_cast<std::int64_t>(rows.size()))
        throw nb::value_error("offsets reach beyond the rows");
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows.data()[i] < 0 || static_cast<std::size_t>(rows.data()[i]) >= table_rows)
            throw nb::value_error("a row is not in the table");
}

constexpr std::size_t kMeansPerChunk = 256;
constexpr std::int64_t kTokensPerSum = 1 << 16;  // of int8 in int32: far from overflow

void pool_int8(const Table<std::int8_t>& table, const Rows& rows, const Offsets& offsets, const Vectors& out,
               bool normalize, int threads) {
    const std::size_t d = table.shape(1);
    check_pool(table.shape(0), d, rows, offsets, out);
    nb::gil_scoped_release release;
    parallel_chunks(out.shape(0), kMeansPerChunk, threads, [&](std::size_t a, std::size_t b, std::size_t) {
        std::vector<std::int32_t> sum(d);
        std::vector<std::int64_t> total(d);
        for (std::size_t i = a; i < b; ++i) {
            std::fill(total.begin(), total.end(), 0);
            const std::int64_t first = offsets.data()[i], last = offsets.data()[i + 1];
            for (std::int64_t t = first; t < last;) {
                std::fill(sum.begin(), sum.end(), 0);
                for (const std::int64_t stop = std::min(last, t + kTokensPerSum); t < stop; ++t)
                    add_row(sum.data(), table.data() + static_cast<std::size_t>(rows.data()[t]) * d, d);
                for (std::size_t j = 0; j < d; ++j) total[j] += sum[j];
            }
            write_mean(total.data(), out.data() + i * d, d, last - first, normalize);
        }
    });
}

void pool_float(const Table<float>& table, const Rows& rows, const Weights& weights, const Offsets& offsets,
                const Vectors& out, bool normalize, int threads) {
    const std::size_t d = table.shape(1);
    check_pool(table.shape(0), d, rows, offsets, out);
    if (weights.size() != rows.size()) throw nb::value_error("one weight per row is needed");
    nb::gil_scoped_release release;
    parallel_chunks(out.shape(0), kMeansPerChunk, threads, [&](std::size_t a, std::size_t b, std::size_t) {
        std::vector<float> sum(d);
        for (std::size_t i = a; i < b; ++i) {
            std::fill(sum.begin(), sum.end(), 0.0f);
            const std::int64_t first = offsets.data()[i], last = offsets.data()[i + 1];
            for (std::int64_t t = first; t < last; ++t)
                add_row(sum.data(), table.data() + static_cast<std::size_t>(rows.data()[t]) * d, weights.data()[t], d);
            write_mean(sum.data(), out.data() + i * d, d, last - first, normalize);
        }
    });
}

// The rows of a lexicon that a text is made of: its distinct tokens, its pairs, or the word that stands alone.
class Lexicon {
   public:
    using Pairs = nb::ndarray<const std::int32_t, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;

    // rows: those of the tokens, then one for each of `pairs` (first token, a later one), then one for each of `alone`.
    Lexicon(Table<std::int8_t> rows, const Pairs& pairs, const Rows& alone, std::int32_t window, std::int64_t loudest)
        : rows_(rows), window_(static_cast<std::size_t>(window)), loudest_(loudest) {
        const std::size_t besides = pairs.shape(0) + alone.shape(0);
        if (rows.shape(0) < besides || rows.shape(0) > static_cast<std::size_t>(INT32_MAX))
            throw nb::value_error("fewer rows than pairs and words, or more than 31 bits count");
        if (window < 1 || loudest < 1) throw nb::value_error("window and loudest must be at least 1");
        n_tokens_ = rows.shape(0) - besides;
        std::size_t slots = 1024;
        while (slots < 2 * pairs.shape(0)) slots *= 2;
        slots_.assign(slots, {kFree, 0});
        for (std::size_t i = 0; i < pairs.shape(0); ++i)
            put(token(pairs(i, 0)), token(pairs(i, 1)), static_cast<std::int32_t>(n_tokens_ + i));
        alone_.assign(n_tokens_, -1);
        for (std::size_t i = 0; i < alone.shape(0); ++i)
            alone_[token(alone(i))] = static_cast<std::int32_t>(n_tokens_ + pairs.shape(0) + i);
    }

    // See `Lexicon.mean` in embed/lexicon.py. Whole numbers all the way to the last division.
    void pool(const Rows& ids, const Offsets& offsets, const Vectors& out, bool normalize, int threads) const {
        const std::size_t d = rows_.shape(1);
        check_pool(n_tokens_, d, ids, offsets, out);
        nb::gil_scoped_release release;
        parallel_chunks(out.shape(0), kMeansPerChunk, threads, [&](std::size_t a, std::size_t b, std::size_t) {
            Scratch scratch(d);
            for (std::size_t i = a; i < b; ++i) {
                const std::int64_t first = offsets.data()[i];
                const std::size_t n = static_cast<std::size_t>(offsets.data()[i + 1] - first);
                pool_text(ids.data() + first, n, out.data() + i * d, normalize, scratch);
            }
        });
    }

   private:
    struct Slot {
        std::uint64_t pair;
        std::int32_t row;
    };
    struct Scratch {
        explicit Scratch(std::size_t d) : tokens(d), pairs(d), total(d) {}
        std::vector<std::int32_t> tokens, pairs;
        std::vector<std::int64_t> total;
        std::vector<std::int32_t> found;
    };
    static constexpr std::uint64_t kFree = ~std::uint64_t{0};

    static std::uint64_t code(std::int32_t a, std::int32_t b) {
        return static_cast<std::uint64_t>(a) << 32 | static_cast<std::uint32_t>(b);
    }
    std::size_t slot(std::uint64_t pair) const { return (pair * 0x9E3779B97F4A7C15ull >> 20) & (slots_.size() - 1); }

    std::int32_t token(std::int32_t id) const {
        if (id < 0 || static_cast<std::size_t>(id) >= n_tokens_) throw nb::value_error("a pair or word is no token");
        return id;
    }

    void put(std::int32_t a, std::int32_t b, std::int32_t row) {
        std::size_t at = slot(code(a, b));
        while (slots_[at].pair != kFree) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = {code(a, b), row};
    }

    void find(std::int32_t a, std::int32_t b, std::vector<std::int32_t>& found) const {
        const std::uint64_t pair = code(a, b);
        for (std::size_t at = slot(pair); slots_[at].pair != kFree; at = (at + 1) & (slots_.size() - 1))
            if (slots_[at].pair == pair) return found.push_back(slots_[at].row);
    }

    // Sums every row found once, `loudness(how often it was found)` times; returns how many there were.
    template <class F>
    std::int64_t add_distinct(std::vector<std::int32_t>& found, std::vector<std::int32_t>& sum, F&& loudness) const {
        std::fill(sum.begin(), sum.end(), 0);
        std::sort(found.begin(), found.end());
        const std::size_t d = sum.size();
        std::int64_t distinct = 0;
        for (std::size_t i = 0, next = 0; i < found.size(); i = next, ++distinct) {
            while (next < found.size() && found[next] == found[i]) ++next;
            add_row(sum.data(), rows_.data() + static_cast<std::size_t>(found[i]) * d, loudness(next - i), d);
        }
        return distinct;
    }

    void pool_text(const std::int32_t* ids, std::size_t n, float* out, bool normalize, Scratch& scratch) const {
        auto& [tokens, pairs, total, found] = scratch;
        found.clear();
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = i + 1; j < std::min(n, i + 1 + window_); ++j) find(ids[i], ids[j], found);
        add_distinct(found, pairs, [](std::size_t) { return kUnit; });
        found.assign(ids, ids + n);
        const std::int64_t distinct = add_distinct(found, tokens, [](std::size_t times) {
            return static_cast<std::int32_t>(std::lround(kUnit * std::sqrt(static_cast<double>(times))));
        });
        if (distinct == 1 && alone_[static_cast<std::size_t>(ids[0])] >= 0) {
            found.assign(1, alone_[static_cast<std::size_t>(ids[0])]);
            add_distinct(found, tokens, [](std::size_t) { return kUnit; });
            std::fill(pairs.begin(), pairs.end(), 0);
        }
        const std::int64_t times = std::max(distinct, loudest_);
        for (std::size_t j = 0; j < total.size(); ++j) total[j] = times * tokens[j] + loudest_ * pairs[j];
        write_mean(total.data(), out, total.size(), kUnit * times * distinct, normalize);
    }

    // Loudness is counted in sixteenths, so that sums stay whole numbers: of 100 000 distinct tokens in 32 bits.
    static constexpr std::int32_t kUnit = 16;

    Table<std::int8_t> rows_;
    std::size_t n_tokens_ = 0;
    std::vector<Slot> slots_;
    std::vector<std::int32_t> alone_;
    std::size_t window_;
    std::int64_t loudest_;
};

}  // namespace

void bind_pooling(nb::module_& m) {
    nb::class_<Lexicon>(m, "Lexicon")
        .def(nb::init<Table<std::int8_t>, const Lexicon::Pairs&, const Rows&, std::int32_t, std::int64_t>())
        .def("pool", &Lexicon::pool);
    m.def("pool_int8", &pool_int8);
    m.def("pool_float", &pool_float);
}

}  // namespace asterism
