// The inner loops of t-SNE over a range of points; included once per instruction set, see simd_targets.hpp.
//
// Points are stored with a stride: 2 floats in the plane, 4 in space (the last one 0), so that a neighbour is one load.

// Eight points of the plane by index.
ASTERISM_INLINE void gather_points(const float* points, const std::int32_t* index, F8 (&to)[2]) {
    gather_pairs(points, index, to);
}

// Eight points of space by index.
ASTERISM_INLINE void gather_points(const float* points, const std::int32_t* index, F8 (&to)[3]) {
    float lanes[3][8];
    for (int l = 0; l < 8; ++l) {
        for (int d = 0; d < 3; ++d) lanes[d][l] = points[4 * static_cast<std::size_t>(index[l]) + d];
    }
    for (int d = 0; d < 3; ++d) to[d] = load<F8>(lanes[d]);
}

// Attraction of points [begin, end): sum over j of p_ij K_ij (y_i - y_j), K = 1 / (1 + |y_i - y_j|^2).
// Rows of `graph` are padded to multiples of 8 with weight 0. `pull` starts at point `begin`.
template <int D>
void attraction(const float* points, const PaddedGraph& graph, std::size_t begin, std::size_t end, float* pull) {
    constexpr int S = D == 2 ? 2 : 4;
    for (std::size_t i = begin; i < end; ++i) {
        F8 sum[D] = {};
        for (std::int64_t e = graph.start[i]; e < graph.start[i + 1]; e += 8) {
            F8 other[D];
            gather_points(points, graph.index.data() + e, other);
            F8 squared = splat8(1.0f);
            for (int d = 0; d < D; ++d) {
                other[d] = points[i * S + d] - other[d];
                squared += other[d] * other[d];
            }
            const F8 weight = load<F8>(graph.weight.data() + e) / squared;
            for (int d = 0; d < D; ++d) sum[d] += weight * other[d];
        }
        for (int d = 0; d < D; ++d) pull[(i - begin) * S + d] = fold8(sum[d]);
        if (S > D) pull[(i - begin) * S + D] = 0.0f;
    }
}

// Sum over j of p_ij ln(1 + |y_i - y_j|^2) for points [begin, end).
template <int D>
double attraction_cost(const float* points, const PaddedGraph& graph, std::size_t begin, std::size_t end) {
    constexpr int S = D == 2 ? 2 : 4;
    double cost = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
        F8 sum{};
        for (std::int64_t e = graph.start[i]; e < graph.start[i + 1]; e += 8) {
            F8 other[D];
            gather_points(points, graph.index.data() + e, other);
            F8 squared = splat8(1.0f);
            for (int d = 0; d < D; ++d) {
                other[d] = points[i * S + d] - other[d];
                squared += other[d] * other[d];
            }
            sum += load<F8>(graph.weight.data() + e) * log8(squared);
        }
        cost += fold8(sum);
    }
    return cost;
}

// Repulsion of points [begin, end) by all `padded` points, summed exactly: potential_i = sum of K_ij (itself included),
// push_i = sum of K_ij^2 (y_i - y_j). `axes` holds one array per axis, its end padded with points infinitely far.
template <int D>
void exact_repulsion(const float* const* axes, std::size_t padded, std::size_t begin, std::size_t end, float* potential,
                     float* push) {
    constexpr int S = D == 2 ? 2 : 4;
    for (std::size_t i = begin; i < end; ++i) {
        F16 sum{};
        F16 force[D] = {};
        for (std::size_t j = 0; j < padded; j += 16) {
            F16 difference[D];
            F16 squared = splat16(1.0f);
            for (int d = 0; d < D; ++d) {
                difference[d] = axes[d][i] - load<F16>(axes[d] + j);
                squared += difference[d] * difference[d];
            }
            const F16 kernel = 1.0f / squared;
            sum += kernel;
            const F16 square = kernel * kernel;
            for (int d = 0; d < D; ++d) force[d] += square * difference[d];
        }
        potential[i] = fold16(sum);
        for (int d = 0; d < D; ++d) push[i * S + d] = fold16(force[d]);
        if (S > D) push[i * S + D] = 0.0f;
    }
}

// One step of gradient descent with momentum and gains (Jacobs 1988, as in van der Maaten & Hinton 2008) over
// `count` coordinates: gradient = exaggeration * pull - push / Z.
inline void descend(const Step& step, std::size_t count, const float* pull, const float* push, const float* from,
                    float* velocity, float* gain, float* to) {
    for (std::size_t c = 0; c < count; ++c) {
        const float gradient = step.exaggeration * pull[c] - step.push_scale * push[c];
        const float turned = gain[c] + 0.2f;
        const float kept = gain[c] * 0.8f < 0.01f ? 0.01f : gain[c] * 0.8f;
        gain[c] = (velocity[c] > 0.0f) == (gradient > 0.0f) ? kept : turned;
        velocity[c] = step.momentum * velocity[c] - step.learning_rate * gain[c] * gradient;
        to[c] = from[c] + velocity[c];
    }
}
