// Rows that are equal, found by hash and confirmed value by value.
#include <cstdint>
#include <cstring>
#include <vector>

#include "neighbors_arrays.hpp"
#include "parallel.hpp"

namespace asterism {
namespace {

std::uint64_t mix(std::uint64_t x) {  // the finaliser of SplitMix64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

std::uint64_t hash(const float* row, Index d) {
    std::uint64_t lanes[4] = {1, 2, 3, 4};
    for (Index p = 0; p < d; ++p) {
        const float value = row[p] + 0.0f;  // −0 becomes 0
        std::uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        lanes[p % 4] = (lanes[p % 4] ^ bits) * 0x9E3779B97F4A7C15ull;
        lanes[p % 4] ^= lanes[p % 4] >> 29;
    }
    return mix(lanes[0] ^ mix(lanes[1] ^ mix(lanes[2] ^ mix(lanes[3]))));
}

bool equal(const float* a, const float* b, Index d) {
    for (Index p = 0; p < d; ++p)
        if (a[p] != b[p]) return false;
    return true;
}

// of[i] = number of the distinct row that row i equals, counted in order of first appearance; returns how many.
Index distinct(const float* rows, Index n, Index d, int* of, int threads) {
    std::vector<std::uint64_t> hashes(n);
    parallel_chunks(n, 1024, threads, [&](std::size_t first, std::size_t last, std::size_t) {
        for (std::size_t i = first; i < last; ++i) hashes[i] = hash(rows + i * d, d);
    });
    std::size_t slots = 16;
    while (slots < 2 * static_cast<std::size_t>(n)) slots *= 2;
    std::vector<int> table(slots, -1);  // slot → first row that holds the value
    Index count = 0;
    for (Index i = 0; i < n; ++i) {
        if (i % 65536 == 0) raise_if_interrupted();
        std::size_t slot = hashes[i] & (slots - 1);
        while (table[slot] >= 0 &&
               !(hashes[table[slot]] == hashes[i] && equal(rows + table[slot] * d, rows + i * d, d)))
            slot = (slot + 1) & (slots - 1);
        if (table[slot] < 0) {
            table[slot] = static_cast<int>(i);
            of[i] = static_cast<int>(count++);
        } else {
            of[i] = of[table[slot]];
        }
    }
    return count;
}

}  // namespace

void bind_neighbors_rows(nb::module_& m) {
    m.def(
        "number_distinct",
        [](Array<const float, 2> rows, Array<int, 1> of, int threads) {
            nb::gil_scoped_release release;
            return distinct(rows.data(), rows.shape(0), rows.shape(1), of.data(), threads);
        },
        "Number the distinct rows in order of first appearance; of[i] is the number of row i; returns how many.");
}

}  // namespace asterism
