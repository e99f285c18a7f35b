// BERT WordPiece: texts to token ids, without holding the interpreter lock.
//
// What a character turns into (cleaned, stripped of accents, lower-cased) and whether it parts words is told by
// Python, which asks the `tokenizers` library once per character; so no Unicode table is kept here.
// Segmentation: Wu et al. 2016, Google's neural machine translation system, section 4.1; longest match first.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <forward_list>
#include <string>
#include <vector>

#include "parallel.hpp"

namespace nb = nanobind;

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

// What each code point is written as; pages of 256 are made when first used. One thread at a time may learn while
// others read: what was learnt stays where it is.
class Characters {
   public:
    Characters() = default;
    Characters(const Characters&) = delete;
    Characters& operator=(const Characters&) = delete;
    ~Characters() {
        for (auto& page : pages_) delete page.load();
    }

    bool knows(std::uint32_t c) const { return find(c) != nullptr; }

    // What was learnt before is kept.
    void learn(std::uint32_t c, std::vector<Written> written) {
        if (knows(c)) return;
        auto& page = pages_[c >> 8];
        if (page.load(std::memory_order_relaxed) == nullptr) page.store(new Page(), std::memory_order_release);
        (*page.load(std::memory_order_relaxed))[c & 255].store(&spelled_.emplace_front(std::move(written)),
                                                               std::memory_order_release);
    }

    // A character that was not learnt is written as nothing; callers ask `unlearnt` first.
    template <class F>
    void each(std::uint32_t c, F&& f) const {
        if (const auto* written = find(c))
            for (const Written& one : *written) f(one);
    }

   private:
    using Page = std::array<std::atomic<const std::vector<Written>*>, 256>;

    const std::vector<Written>* find(std::uint32_t c) const {
        const Page* page = pages_[c >> 8].load(std::memory_order_acquire);
        return page == nullptr ? nullptr : (*page)[c & 255].load(std::memory_order_acquire);
    }

    std::array<std::atomic<Page*>, 0x1100> pages_{};
    std::forward_list<std::vector<Written>> spelled_;
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

}  // namespace

void bind_wordpiece(nb::module_& m) {
    nb::class_<WordPiece>(m, "WordPiece")
        .def(nb::init<const nb::list&, const std::vector<std::int32_t>&, const nb::list&,
                      const std::vector<std::int32_t>&, std::int32_t, std::size_t>())
        .def("learn", &WordPiece::learn)
        .def("unlearnt", &WordPiece::unlearnt)
        .def("encode", &WordPiece::encode);
}

}  // namespace asterism
