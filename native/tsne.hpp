// What the parts of t-SNE share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asterism {

constexpr std::size_t kPointChunk = 512;  // Points handled as one.

// Floats per stored point: one load fetches a whole neighbour.
constexpr int point_stride(int dim) { return dim == 2 ? 2 : 4; }

// The symmetric affinities by rows, each row padded to a multiple of 8 with weight 0.
struct PaddedGraph {
    std::vector<std::int64_t> start;
    std::vector<std::int32_t> index;
    std::vector<float> weight;
};

// One step of the descent.
struct Step {
    float exaggeration;
    float push_scale;  // 1 / Z
    float learning_rate;
    float momentum;
};

// The repulsion of all points at one moment.
struct Repulsion {
    std::vector<float> potential;  // Per point, the sum of K over all points, itself included.
    std::vector<float> push;       // Per point and coordinate, the sum of K^2 (y_i - y_j).
    double normalizer = 0.0;       // Z, the sum of K over ordered pairs of different points.
};

}  // namespace asterism
