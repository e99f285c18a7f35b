// The innermost loops of neighbour search, compiled once per instruction set and chosen when the program starts.
#pragma once

#include <cstdint>

#include "neighbors_index.hpp"

namespace asterism {

constexpr Index kPanel = 32;  // columns that a packed panel holds side by side
constexpr Index kGroup = 8;   // rows that one call of `products` handles

struct Kernels {
    const char* name;

    // out[r][c] = dot(rows[r], column c of the panel) for kGroup rows of length d, `stride` apart.
    // Every sum runs over d in order, so its bits do not depend on where a row or column stands.
    void (*products)(const float* rows, Index stride, Index d, const float* panel, float* out);

    // out[r][c] = squared length of rows[r] − column c, laid out like `products`.
    void (*gaps)(const float* rows, Index stride, Index d, const float* panel, float* out);

    // For each limit l, adds to below[l][·] and within[l][·] (16 counters each) how many of kPanel scores are
    // smaller than the limit, and how many are not larger.
    void (*count)(const float* scores, const float* limits, Index n_limits, int* below, int* within);

    // Sum over d of (x·sx − y·sy)². 16 partial sums, added pairwise.
    float (*squared)(const float* x, float sx, const float* y, float sy, Index d);

    // Puts a row of d integers (a multiple of 64) into a column of a panel of d·kPanel bytes.
    void (*pack)(const std::int8_t* row, Index d, Index column, std::int8_t* panel);

    // out[r][c] = dot(rows[r], column c of the panel); sums[r] is the sum of the entries of rows[r]. Exact.
    void (*dots)(const std::int8_t* rows, Index n_rows, Index d, const std::int8_t* panel, const std::int32_t* sums,
                 std::int32_t* out);

    // gaps[c] = square + squares[c] − 2·dots[c] for kPanel columns; sets bit c of `row` where that is not above `own`,
    // and of `column` where it is not above worst[c].
    void (*near)(const std::int32_t* dots, std::int32_t square, const std::int32_t* squares, std::int32_t own,
                 const std::int32_t* worst, std::int32_t* gaps, std::uint32_t* row, std::uint32_t* column);

    // gram[i][j] += sum over `count` rows of rows[·][i]·rows[·][j], for 8 values of i from `i0` and 16 of j from `j0`.
    void (*gram)(const double* rows, Index count, Index stride, Index i0, Index j0, double* gram);
};

const Kernels& kernels();

const Kernels* generic_kernels();
const Kernels* avx2_kernels();    // null where the compiler cannot make them
const Kernels* avx512_kernels();  // null where the compiler cannot make them

}  // namespace asterism
