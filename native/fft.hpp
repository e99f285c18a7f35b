// A Fourier transform of 16 sequences at once: the plan, which does not depend on the instruction set.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace asterism {

constexpr std::size_t kLaneCount = 16;
constexpr std::size_t kElement = 2 * kLaneCount;  // Floats of one complex element: 16 real parts, 16 imaginary ones.
constexpr double kPi = 3.14159265358979323846;

// The passes of a transform of length `size` = 2^a 3^b 5^c, and rotations by fractions of a turn of its elements.
struct FftPlan {
    std::size_t size = 0;
    std::vector<int> radices;
    std::vector<float> twiddles;  // Per pass and group, (cos, sin) of the factors 1 to radix - 1.
    std::vector<float> quarter;   // (cos, sin) of -2 pi x / (4 size): moves the frequencies by a quarter.
    std::vector<float> half;      // (cos, sin) of -2 pi x / (2 size): moves them by a half.

    FftPlan() = default;

    explicit FftPlan(std::size_t length) : size(length) {
        std::size_t left = length;
        for (int radix : {4, 5, 3, 2}) {
            while (left % static_cast<std::size_t>(radix) == 0) {
                radices.push_back(radix);
                left /= static_cast<std::size_t>(radix);
            }
        }
        std::size_t span = length;
        for (int radix : radices) {
            const std::size_t groups = span / static_cast<std::size_t>(radix);
            for (std::size_t p = 0; p < groups; ++p) {
                for (int k = 1; k < radix; ++k) push(twiddles, static_cast<double>(p * k) / static_cast<double>(span));
            }
            span = groups;
        }
        for (std::size_t x = 0; x < length; ++x) {
            push(quarter, static_cast<double>(x) / (4.0 * static_cast<double>(length)));
            push(half, static_cast<double>(x) / (2.0 * static_cast<double>(length)));
        }
    }

  private:
    static void push(std::vector<float>& to, double turns) {
        to.push_back(static_cast<float>(std::cos(2.0 * kPi * turns)));
        to.push_back(static_cast<float>(-std::sin(2.0 * kPi * turns)));
    }
};

// The smallest length of at least `wanted` that is 16 times a product of 2, 3 and 5.
inline std::size_t good_length(std::size_t wanted) {
    for (std::size_t length = 16;; length += 16) {
        std::size_t left = length / 16;
        for (std::size_t factor : {2, 3, 5}) {
            while (left % factor == 0) left /= factor;
        }
        if (left == 1 && length >= wanted) return length;
    }
}

}  // namespace asterism
