// The pulls and pushes of UMAP on 8 points at a time; included once per instruction set, see simd_targets.hpp.

// Eight points of `dim` coordinates by index.
template <int D>
ASTERISM_INLINE void gather_places(const float* points, std::size_t dim, const std::int32_t* index, F8* to) {
    if constexpr (D == 2) {
        F8 pair[2];
        gather_pairs(points, index, pair);
        to[0] = pair[0];
        to[1] = pair[1];
    } else {
        for (std::size_t d = 0; d < dim; ++d) {
            float lanes[8];
            for (int l = 0; l < 8; ++l) lanes[l] = points[static_cast<std::size_t>(index[l]) * dim + d];
            to[d] = load<F8>(lanes);
        }
    }
}

// Applies to each of 8 points its own moves, one after the other. Move s of lane l is moves[8 s + l]: twice the index of
// the point that it comes from, and 1 more if that point pulls rather than pushes. Lane l rests after count[l] moves.
// `at` holds the points by axis: at[8 d + l].
//
// With p = a d^2b the membership in the map is 1 / (1 + p); its logarithm's gradient pulls by -2 b p / (d^2 (1 + p)),
// that of its complement pushes by 2 b / ((0.001 + d^2) (1 + p)), each coordinate by at most 4.
template <int D>
void play(const float* points, std::size_t dynamic_dim, const std::int32_t* moves, const float* count,
          std::size_t steps, const MapCurve& curve, float alpha, float* at) {
    const std::size_t dim = D > 0 ? static_cast<std::size_t>(D) : dynamic_dim;
    F8 place[D > 0 ? D : kMaxDim];
    F8 apart[D > 0 ? D : kMaxDim];
    for (std::size_t d = 0; d < dim; ++d) place[d] = load<F8>(at + 8 * d);
    const F8 counts = load<F8>(count);
    for (std::size_t s = 0; s < steps; ++s) {
        std::int32_t index[8];
        float pull_lanes[8];
        for (int l = 0; l < 8; ++l) index[l] = moves[8 * s + l] >> 1;
        for (int l = 0; l < 8; ++l) pull_lanes[l] = static_cast<float>(moves[8 * s + l] & 1);
        gather_places<D>(points, dim, index, apart);
        F8 squared{};
        for (std::size_t d = 0; d < dim; ++d) {
            apart[d] = place[d] - apart[d];
            squared += apart[d] * apart[d];
        }
        squared = at_least(squared, 1e-12f);
        const F8 p = exp8(curve.log_a + curve.b * log8(squared));
        const F8 pulls = load<F8>(pull_lanes);
        const F8 above = where_positive(pulls, -2.0f * curve.b * p, splat8(2.0f * curve.b * curve.repulsion));
        const F8 factor = above / (where_positive(pulls, squared, squared + 0.001f) * (1.0f + p));
        const F8 length = where_positive(counts - static_cast<float>(s), splat8(alpha), splat8(0.0f));
        for (std::size_t d = 0; d < dim; ++d) place[d] += length * at_most(at_least(factor * apart[d], -4.0f), 4.0f);
    }
    for (std::size_t d = 0; d < dim; ++d) store(at + 8 * d, place[d]);
}

// Counts how near each edge of a point is to being drawn one epoch on, and lists the ends of those that are drawn.
inline std::size_t draw_edges(const std::int32_t* index, const std::uint32_t* rate, std::uint32_t* phase,
                              std::size_t width, std::int32_t* drawn) {
    std::size_t count = 0;
    for (std::size_t e = 0; e < width; ++e) {
        phase[e] += rate[e];
        drawn[count] = index[e];
        count += phase[e] < rate[e];
    }
    return count;
}
