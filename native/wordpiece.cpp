// BERT WordPiece: texts to token ids, and the mean of token vectors. Both release the interpreter lock.
//
// What a character turns into (cleaned, stripped of accents, lower-cased) and whether it parts words is told by
// Python, which asks the `tokenizers` library once per character; so no Unicode table is kept here.
// Segmentation: Wu et al. 2016, Google's neural machine translation system, section 4.1; longest match first.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
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

using Word = std::vector<std::uint32_t>;

// Token ids by spelling: open addressing, the spellings in one pool.
class Spellings {
   public:
    void add(const std::uint32_t* chars, std::size_t length, std::int32_t id) {
        if (2 * (entries_.size() + 1) > slots_.size()) grow();
        entries_.push_back({hash(chars, length), static_cast<std::uint32_t>(pool_.size()),
                            static_cast<std::uint32_t>(length), id});
        pool_.insert(pool_.end(), chars, chars + length);
        longest_ = std::max(longest_, length);
        place(entries_.size() - 1);
    }

    // The id of the longest prefix of chars[0, length), and through `matched` how long it is; -1 for none.
    std::int32_t longest_prefix(const std::uint32_t* chars, std::size_t length, std::size_t& matched) const {
        if (slots_.empty()) return -1;
        std::uint64_t hashes[kLongest + 1];
        const std::size_t most = std::min(length, longest_);
        hashes[0] = kSeed;
        for (std::size_t i = 0; i < most; ++i) hashes[i + 1] = step(hashes[i], chars[i]);
        for (matched = most; matched > 0; --matched) {
            const std::int32_t id = find(finish(hashes[matched]), chars, matched);
            if (id >= 0) return id;
        }
        return -1;
    }

    static constexpr std::size_t kLongest = 256;

   private:
    struct Entry {
        std::uint64_t hash;
        std::uint32_t start, length;
        std::int32_t id;
    };
    static constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15ull;

    static std::uint64_t step(std::uint64_t h, std::uint32_t c) { return (h ^ c) * 0x9FB21C651E98DF25ull + (h >> 32); }
    static std::uint64_t finish(std::uint64_t h) { return h ^ (h >> 29); }
    static std::uint64_t hash(const std::uint32_t* chars, std::size_t length) {
        std::uint64_t h = kSeed;
        for (std::size_t i = 0; i < length; ++i) h = step(h, chars[i]);
        return finish(h);
    }
    std::int32_t find(std::uint64_t h, const std::uint32_t* chars, std::size_t length) const {
        for (std::size_t at = h & (slots_.size() - 1); slots_[at] >= 0; at = (at + 1) & (slots_.size() - 1)) {
            const Entry& entry = entries_[static_cast<std::size_t>(slots_[at])];
            if (entry.hash == h && entry.length == length &&
                std::memcmp(&pool_[entry.start], chars, length * sizeof(std::uint32_t)) == 0)
                return entry.id;
        }
        return -1;
    }
    void place(std::size_t index) {
        std::size_t at = entries_[index].hash & (slots_.size() - 1);
        while (slots_[at] >= 0) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = static_cast<std::int32_t>(index);
    }
    void grow() {
        slots_.assign(slots_.empty() ? 1024 : 2 * slots_.size(), -1);
        for (std::size_t i = 0; i < entries_.size(); ++i) place(i);
    }

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> pool_;
    std::vector<std::int32_t> slots_;
    std::size_t longest_ = 0;
};

enum class Role : std::uint8_t { letter, space, alone };

struct Written {
    std::uint32_t character;
    Role role;
};

// What each code point is written as; pages of 256 are made when first used.
class Characters {
   public:
    bool knows(std::uint32_t c) const { return pages_[c >> 8] && (*pages_[c >> 8])[c & 255].known; }

    void learn(std::uint32_t c, std::vector<Written> written) {
        auto& page = pages_[c >> 8];
        if (!page) page = std::make_unique<Page>();
        (*page)[c & 255] = {static_cast<std::uint32_t>(pool_.size()), static_cast<std::uint16_t>(written.size()), true};
        pool_.insert(pool_.end(), written.begin(), written.end());
    }

    // A character that was not learnt is written as nothing; callers ask `unlearnt` first.
    template <class F>
    void each(std::uint32_t c, F&& f) const {
        if (!pages_[c >> 8]) return;
        const Span span = (*pages_[c >> 8])[c & 255];
        for (std::size_t i = 0; i < span.length; ++i) f(pool_[span.start + i]);
    }

   private:
    struct Span {
        std::uint32_t start = 0;
        std::uint16_t length = 0;
        bool known = false;
    };
    using Page = std::array<Span, 256>;
    std::array<std::unique_ptr<Page>, 0x1100> pages_;
    std::vector<Written> pool_;
};

// A Python string as the interpreter keeps it: code points of 1, 2 or 4 bytes.
struct Text {
    const void* data;
    std::size_t length;
    int width;

    template <class F>
    void each(F&& f) const {
        if (width == 1) walk(static_cast<const std::uint8_t*>(data), f);
        if (width == 2) walk(static_cast<const std::uint16_t*>(data), f);
        if (width == 4) walk(static_cast<const std::uint32_t*>(data), f);
    }

   private:
    template <class C, class F>
    void walk(const C* chars, F&& f) const {
        for (std::size_t i = 0; i < length; ++i) f(static_cast<std::uint32_t>(chars[i]));
    }
};

std::vector<Text> texts_of(const nb::list& texts) {
    std::vector<Text> out;
    out.reserve(nb::len(texts));
    for (const nb::handle item : texts) {
        PyObject* text = item.ptr();
        if (!PyUnicode_Check(text)) throw nb::type_error("every text must be a str");
        out.push_back({PyUnicode_DATA(text), static_cast<std::size_t>(PyUnicode_GET_LENGTH(text)),
                       static_cast<int>(PyUnicode_KIND(text))});
    }
    return out;
}

template <class T>
nb::ndarray<nb::numpy, T, nb::ndim<1>> handed_over(std::vector<T>&& values) {
    auto* kept = new std::vector<T>(std::move(values));
    nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return {kept->data(), {kept->size()}, owner};
}

constexpr std::size_t kTextsPerChunk = 512;

class WordPiece {
   public:
    // initial: tokens that begin a word; inner: those that go on with one, without their prefix.
    WordPiece(const nb::list& initial, const std::vector<std::int32_t>& initial_ids, const nb::list& inner,
              const std::vector<std::int32_t>& inner_ids, std::int32_t unknown, std::size_t most_characters)
        : unknown_(unknown), most_characters_(most_characters) {
        fill(initial_, initial, initial_ids);
        fill(inner_, inner, inner_ids);
    }

    // roles: 0 part of a word, 1 parts words, 2 a word by itself; one per character of `written`.
    void learn(std::uint32_t c, const std::vector<std::uint32_t>& written, const std::vector<int>& roles) {
        if (c > 0x10FFFF || written.size() != roles.size()) throw nb::value_error("not a code point and its roles");
        std::vector<Written> spelled;
        for (std::size_t i = 0; i < written.size(); ++i) spelled.push_back({written[i], static_cast<Role>(roles[i])});
        characters_.learn(c, std::move(spelled));
    }

    std::vector<std::uint32_t> unlearnt(const nb::list& texts) const {
        const std::vector<Text> given = texts_of(texts);
        nb::gil_scoped_release release;
        std::vector<bool> seen;
        std::vector<std::uint32_t> out;
        for (const Text& text : given)
            text.each([&](std::uint32_t c) {
                if (characters_.knows(c)) return;
                if (seen.empty()) seen.resize(0x110000);
                if (!seen[c]) out.push_back(c);
                seen[c] = true;
            });
        return out;
    }

    nb::tuple encode(const nb::list& texts, bool keep_unknown, int threads) const {
        const std::vector<Text> given = texts_of(texts);
        std::vector<std::int64_t> offsets(given.size() + 1, 0);
        std::vector<std::int32_t> ids;
        {
            nb::gil_scoped_release release;
            std::vector<std::vector<std::int32_t>> parts((given.size() + kTextsPerChunk - 1) / kTextsPerChunk);
            parallel_chunks(given.size(), kTextsPerChunk, threads, [&](std::size_t a, std::size_t b, std::size_t c) {
                Word word;
                for (std::size_t i = a; i < b; ++i) {
                    encode_text(given[i], word, parts[c], keep_unknown);
                    offsets[i + 1] = static_cast<std::int64_t>(parts[c].size());
                }
            });
            for (std::size_t c = 0, before = 0; c < parts.size(); before += parts[c].size(), ++c) {
                ids.insert(ids.end(), parts[c].begin(), parts[c].end());
                const std::size_t end = std::min(given.size(), (c + 1) * kTextsPerChunk);
                for (std::size_t i = c * kTextsPerChunk; i < end; ++i)
                    offsets[i + 1] += static_cast<std::int64_t>(before);
            }
        }
        return nb::make_tuple(handed_over(std::move(ids)), handed_over(std::move(offsets)));
    }

   private:
    static void fill(Spellings& into, const nb::list& tokens, const std::vector<std::int32_t>& ids) {
        const std::vector<Text> given = texts_of(tokens);
        if (given.size() != ids.size()) throw nb::value_error("as many tokens as ids are needed");
        Word spelled;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            spelled.clear();
            given[i].each([&](std::uint32_t c) { spelled.push_back(c); });
            if (spelled.empty() || spelled.size() > Spellings::kLongest)
                throw nb::value_error("a token must have 1 to 256 characters");
            into.add(spelled.data(), spelled.size(), ids[i]);
        }
    }

    void encode_text(const Text& text, Word& word, std::vector<std::int32_t>& out, bool keep_unknown) const {
        word.clear();
        text.each([&](std::uint32_t c) {
            characters_.each(c, [&](const Written& written) {
                if (written.role == Role::letter) {
                    word.push_back(written.character);
                    return;
                }
                encode_word(word, out, keep_unknown);
                if (written.role == Role::alone) {
                    word.push_back(written.character);
                    encode_word(word, out, keep_unknown);
                }
            });
        });
        encode_word(word, out, keep_unknown);
    }

    // Appends the pieces of the word, or the unknown token if it cannot be spelled; empties the word.
    void encode_word(Word& word, std::vector<std::int32_t>& out, bool keep_unknown) const {
        if (word.empty()) return;
        const std::size_t before = out.size();
        bool spelled = word.size() <= most_characters_;
        for (std::size_t start = 0, matched = 0; spelled && start < word.size(); start += matched) {
            const Spellings& tokens = start == 0 ? initial_ : inner_;
            const std::int32_t id = tokens.longest_prefix(word.data() + start, word.size() - start, matched);
            spelled = id >= 0;
            if (spelled) out.push_back(id);
        }
        if (!spelled) {
            out.resize(before);
            if (keep_unknown) out.push_back(unknown_);
        }
        word.clear();
    }

    Characters characters_;
    Spellings initial_, inner_;
    std::int32_t unknown_;
    std::size_t most_characters_;
};

using Rows = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Offsets = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Vectors = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

ASTERISM_CLONES void add_row(std::int32_t* sum, const std::int8_t* row, std::size_t d) {
    for (std::size_t j = 0; j < d; ++j) sum[j] += row[j];
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

}  // namespace

void bind_wordpiece(nb::module_& m) {
    nb::class_<WordPiece>(m, "WordPiece")
        .def(nb::init<const nb::list&, const std::vector<std::int32_t>&, const nb::list&,
                      const std::vector<std::int32_t>&, std::int32_t, std::size_t>())
        .def("learn", &WordPiece::learn)
        .def("unlearnt", &WordPiece::unlearnt)
        .def("encode", &WordPiece::encode);
    m.def("pool_int8", &pool_int8);
    m.def("pool_float", &pool_float);
}

}  // namespace asterism
