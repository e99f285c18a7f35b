// The loops of the repulsion on a grid; included once per instruction set, see simd_targets.hpp.

struct C16 {
    F16 re;
    F16 im;
};

ASTERISM_INLINE C16 load_element(const float* from) { return {load<F16>(from), load<F16>(from + kLaneCount)}; }

ASTERISM_INLINE void store_element(float* to, const C16& value) {
    store(to, value.re);
    store(to + kLaneCount, value.im);
}

ASTERISM_INLINE C16 plus(const C16& a, const C16& b) { return {a.re + b.re, a.im + b.im}; }
ASTERISM_INLINE C16 minus(const C16& a, const C16& b) { return {a.re - b.re, a.im - b.im}; }
ASTERISM_INLINE C16 rotate(const C16& a, float re, float im) { return {a.re * re - a.im * im, a.re * im + a.im * re}; }

// Multiplication by -i in the forward, by i in the backward transform.
template <bool Backward>
ASTERISM_INLINE C16 turn(const C16& a) {
    return Backward ? C16{splat16(0.0f) - a.im, a.re} : C16{a.im, splat16(0.0f) - a.re};
}

template <bool Backward>
ASTERISM_INLINE void butterfly(C16 (&v)[2]) {
    const C16 a = v[0];
    v[0] = plus(a, v[1]);
    v[1] = minus(a, v[1]);
}

template <bool Backward>
ASTERISM_INLINE void butterfly(C16 (&v)[3]) {
    const C16 sum = plus(v[1], v[2]);
    const C16 side = turn<Backward>(minus(v[1], v[2]));
    const C16 middle = {v[0].re - 0.5f * sum.re, v[0].im - 0.5f * sum.im};
    const C16 tilt = {0.86602540378443865f * side.re, 0.86602540378443865f * side.im};
    v[0] = plus(v[0], sum);
    v[1] = plus(middle, tilt);
    v[2] = minus(middle, tilt);
}

template <bool Backward>
ASTERISM_INLINE void butterfly(C16 (&v)[4]) {
    const C16 a = plus(v[0], v[2]);
    const C16 b = minus(v[0], v[2]);
    const C16 c = plus(v[1], v[3]);
    const C16 d = turn<Backward>(minus(v[1], v[3]));
    v[0] = plus(a, c);
    v[1] = plus(b, d);
    v[2] = minus(a, c);
    v[3] = minus(b, d);
}

template <bool Backward>
ASTERISM_INLINE void butterfly(C16 (&v)[5]) {
    constexpr float c1 = 0.30901699437494742f;
    constexpr float c2 = -0.80901699437494742f;
    constexpr float s1 = 0.95105651629515357f;
    constexpr float s2 = 0.58778525229247313f;
    const C16 near = plus(v[1], v[4]);
    const C16 far = plus(v[2], v[3]);
    const C16 near_side = turn<Backward>(minus(v[1], v[4]));
    const C16 far_side = turn<Backward>(minus(v[2], v[3]));
    const C16 a = {v[0].re + c1 * near.re + c2 * far.re, v[0].im + c1 * near.im + c2 * far.im};
    const C16 b = {v[0].re + c2 * near.re + c1 * far.re, v[0].im + c2 * near.im + c1 * far.im};
    const C16 c = {s1 * near_side.re + s2 * far_side.re, s1 * near_side.im + s2 * far_side.im};
    const C16 d = {s2 * near_side.re - s1 * far_side.re, s2 * near_side.im - s1 * far_side.im};
    v[0] = plus(v[0], plus(near, far));
    v[1] = plus(a, c);
    v[2] = plus(b, d);
    v[3] = minus(b, d);
    v[4] = minus(a, c);
}

// One pass of Stockham's self-sorting transform.
template <int R, bool Backward>
void fft_pass(const float* from, float* to, std::size_t groups, std::size_t stride, const float* twiddles) {
    for (std::size_t p = 0; p < groups; ++p) {
        const float* factors = twiddles + p * 2 * (R - 1);
        for (std::size_t q = 0; q < stride; ++q) {
            C16 v[R];
            for (int j = 0; j < R; ++j) v[j] = load_element(from + (q + stride * (p + groups * j)) * kElement);
            butterfly<Backward>(v);
            if (p > 0) {
                for (int k = 1; k < R; ++k) {
                    const float im = factors[2 * k - 1];
                    v[k] = rotate(v[k], factors[2 * k - 2], Backward ? -im : im);
                }
            }
            for (int k = 0; k < R; ++k) store_element(to + (q + stride * (R * p + k)) * kElement, v[k]);
        }
    }
}

// Transforms `from`, unscaled, leaving it as it is; answers which of `a` and `b` holds the result. `from` may be `b`.
template <bool Backward>
float* fft(const FftPlan& plan, const float* from, float* a, float* b) {
    const float* twiddles = plan.twiddles.data();
    std::size_t span = plan.size;
    std::size_t stride = 1;
    float* to = a;
    for (int radix : plan.radices) {
        const std::size_t groups = span / static_cast<std::size_t>(radix);
        switch (radix) {
            case 2: fft_pass<2, Backward>(from, to, groups, stride, twiddles); break;
            case 3: fft_pass<3, Backward>(from, to, groups, stride, twiddles); break;
            case 4: fft_pass<4, Backward>(from, to, groups, stride, twiddles); break;
            default: fft_pass<5, Backward>(from, to, groups, stride, twiddles); break;
        }
        twiddles += groups * 2 * static_cast<std::size_t>(radix - 1);
        span = groups;
        stride *= static_cast<std::size_t>(radix);
        from = to;
        to = to == a ? b : a;
    }
    return to == a ? b : a;
}

// Real rows `pitch` apart, 16 columns of them, to the `size` quarter-shifted frequencies that determine them when they
// are followed by as many zeros: element j of `out` belongs to frequency (j + 1/4) / size.
inline void real_forward(const FftPlan& plan, const float* grid, std::size_t pitch, float* out, std::size_t out_pitch,
                         float* scratch) {
    float* a = scratch;
    float* b = scratch + plan.size * kElement;
    for (std::size_t y = 0; y < plan.size; ++y) {
        const F16 value = load<F16>(grid + y * pitch);
        store_element(b + y * kElement, {value * plan.quarter[2 * y], value * plan.quarter[2 * y + 1]});
    }
    const float* result = fft<false>(plan, b, a, b);
    for (std::size_t j = 0; j < plan.size; ++j) {
        store_element(out + j * out_pitch, load_element(result + j * kElement));
    }
}

// The way back; the zeros' places are not computed.
inline void real_backward(const FftPlan& plan, const float* in, std::size_t in_pitch, float* grid, std::size_t pitch,
                          float* scratch) {
    float* a = scratch;
    float* b = scratch + plan.size * kElement;
    for (std::size_t j = 0; j < plan.size; ++j) store_element(b + j * kElement, load_element(in + j * in_pitch));
    const float* result = fft<true>(plan, b, a, b);
    for (std::size_t y = 0; y < plan.size; ++y) {
        const C16 value = load_element(result + y * kElement);
        // The real part of the product with the conjugate of the factor.
        store(grid + y * pitch, value.re * plan.quarter[2 * y] + value.im * plan.quarter[2 * y + 1]);
    }
}

// Complex elements followed by as many zeros, to the even and the odd ones of 2 size frequencies.
inline void padded_forward(const FftPlan& plan, const float* in, std::size_t in_pitch, float* even, float* odd,
                           std::size_t out_pitch, float* scratch) {
    float* a = scratch;
    float* b = a + plan.size * kElement;
    for (int part = 0; part < 2; ++part) {
        for (std::size_t x = 0; x < plan.size; ++x) {
            const C16 value = load_element(in + x * in_pitch);
            store_element(b + x * kElement,
                          part == 0 ? value : rotate(value, plan.half[2 * x], plan.half[2 * x + 1]));
        }
        const float* result = fft<false>(plan, b, a, b);
        float* out = part == 0 ? even : odd;
        for (std::size_t k = 0; k < plan.size; ++k) {
            store_element(out + k * out_pitch, load_element(result + k * kElement));
        }
    }
}

// The way back.
inline void padded_backward(const FftPlan& plan, const float* even, const float* odd, std::size_t in_pitch, float* out,
                            std::size_t out_pitch, float* scratch) {
    float* a = scratch;
    float* b = a + plan.size * kElement;
    for (int part = 0; part < 2; ++part) {
        const float* in = part == 0 ? even : odd;
        for (std::size_t k = 0; k < plan.size; ++k) store_element(b + k * kElement, load_element(in + k * in_pitch));
        const float* result = fft<true>(plan, b, a, b);
        for (std::size_t x = 0; x < plan.size; ++x) {
            const C16 value = load_element(result + x * kElement);
            float* to = out + x * out_pitch;
            if (part == 0) {
                store_element(to, value);
            } else {
                store_element(to, plus(load_element(to), rotate(value, plan.half[2 * x], -plan.half[2 * x + 1])));
            }
        }
    }
}

// 16 spectra, `pitch` apart, each a row of elements across x: transform along x, padded with zeros, multiply by the
// kernel's real spectrum (even frequencies, then odd ones; 16 lanes each), and back.
inline void convolve_rows(const FftPlan& plan, float* rows, std::size_t pitch, const float* kernel, float* scratch) {
    const std::size_t length = plan.size * kElement;
    float* given = scratch;
    float* a = given + length;
    float* b = a + length;
    float* sum = b + length;
    for (std::size_t x = 0; x < plan.size; x += kLaneCount) {
        for (std::size_t part = 0; part < kElement; part += kLaneCount) {
            transpose16(rows + x / kLaneCount * kElement + part, pitch, given + x * kElement + part, kElement);
        }
    }
    for (int part = 0; part < 2; ++part) {
        if (part == 1) {
            for (std::size_t x = 0; x < plan.size; ++x) {
                float* element = given + x * kElement;
                store_element(element, rotate(load_element(element), plan.half[2 * x], plan.half[2 * x + 1]));
            }
        }
        float* spectrum = fft<false>(plan, given, a, b);
        const float* factors = kernel + part * plan.size * kLaneCount;
        for (std::size_t k = 0; k < plan.size; ++k) {
            const F16 factor = load<F16>(factors + k * kLaneCount);
            const C16 value = load_element(spectrum + k * kElement);
            store_element(spectrum + k * kElement, {value.re * factor, value.im * factor});
        }
        const float* result = fft<true>(plan, spectrum, spectrum == a ? b : a, spectrum);
        for (std::size_t x = 0; x < plan.size; ++x) {
            const C16 value = load_element(result + x * kElement);
            float* to = sum + x * kElement;
            if (part == 0) {
                store_element(to, value);
            } else {
                store_element(to, plus(load_element(to), rotate(value, plan.half[2 * x], -plan.half[2 * x + 1])));
            }
        }
    }
    for (std::size_t x = 0; x < plan.size; x += kLaneCount) {
        for (std::size_t part = 0; part < kElement; part += kLaneCount) {
            transpose16(sum + x * kElement + part, kElement, rows + x / kLaneCount * kElement + part, pitch);
        }
    }
}

// The four cubic B-splines that reach a place `t` after a node, and their derivatives.
ASTERISM_INLINE F4 spline(float t) {
    const F4 c0 = {1.0f / 6, 4.0f / 6, 1.0f / 6, 0.0f};
    const F4 c1 = {-0.5f, 0.0f, 0.5f, 0.0f};
    const F4 c2 = {0.5f, -1.0f, 0.5f, 0.0f};
    const F4 c3 = {-1.0f / 6, 0.5f, -0.5f, 1.0f / 6};
    return ((c3 * t + c2) * t + c1) * t + c0;
}

ASTERISM_INLINE F4 spline_slope(float t) {
    const F4 c1 = {-0.5f, 0.0f, 0.5f, 0.0f};
    const F4 c2 = {1.0f, -2.0f, 1.0f, 0.0f};
    const F4 c3 = {-0.5f, 1.5f, -1.5f, 0.5f};
    return (c3 * t + c2) * t + c1;
}

ASTERISM_INLINE float fold4(const F4& v) { return (v[0] + v[2]) + (v[1] + v[3]); }

// A place in units of the grid: the first of the four nodes around it, and how far it lies beyond the second.
ASTERISM_INLINE std::size_t node_before(float place, float& beyond) {
    const auto node = static_cast<std::int32_t>(place);  // Places are positive.
    beyond = place - static_cast<float>(node);
    return static_cast<std::size_t>(node) - 1;
}

// Adds unit charges at `places` (x, y, ... in units of the grid) to the grid.
template <int D>
void spread(const float* places, std::size_t count, const GridShape& shape, float* grid) {
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t node[D];
        F4 weight[D];
        for (int d = 0; d < D; ++d) {
            float beyond;
            node[d] = node_before(places[i * D + d], beyond);
            weight[d] = spline(beyond);
        }
        for (int z = 0; z < (D == 3 ? 4 : 1); ++z) {
            float* plane = grid + node[1] * shape.pitch + node[0];
            F4 row_weight = weight[0];
            if constexpr (D == 3) {
                plane += (node[2] + z) * shape.plane;
                row_weight = row_weight * weight[2][z];
            }
            for (int y = 0; y < 4; ++y) {
                float* row = plane + y * shape.pitch;
                store(row, load<F4>(row) + row_weight * weight[1][y]);
            }
        }
    }
}

// Potential and force of points [begin, end) from the potential on the grid. Answers the sum of the potentials.
template <int D>
double collect(const float* points, std::size_t begin, std::size_t end, const GridShape& shape, const float* grid,
               float* potential, float* push) {
    constexpr int S = D == 2 ? 2 : 4;
    double total = 0.0;
    const float force = -0.5f * shape.per_unit;
    for (std::size_t i = begin; i < end; ++i) {
        std::size_t node[D];
        F4 weight[D];
        F4 slope[D];
        std::size_t cell = 0;
        for (int d = D - 1; d >= 0; --d) {
            float beyond;
            node[d] = node_before((points[i * S + d] - shape.origin[d]) * shape.per_unit, beyond);
            weight[d] = spline(beyond);
            slope[d] = spline_slope(beyond);
            cell = cell * self_cells(D) + static_cast<std::size_t>(beyond * self_cells(D));
        }
        const float* self = shape.self + cell * 4;
        F4 value{};    // Weighted over y (and z), still open along x.
        F4 along_y{};  // The same with the derivative along y.
        F4 along_z{};
        for (int z = 0; z < (D == 3 ? 4 : 1); ++z) {
            const float* plane = grid + node[1] * shape.pitch + node[0];
            if constexpr (D == 3) plane += (node[2] + z) * shape.plane;
            F4 plane_value{};
            F4 plane_slope{};
            for (int y = 0; y < 4; ++y) {
                const F4 row = load<F4>(plane + y * shape.pitch);
                plane_value += row * weight[1][y];
                plane_slope += row * slope[1][y];
            }
            if constexpr (D == 3) {
                value += plane_value * weight[2][z];
                along_y += plane_slope * weight[2][z];
                along_z += plane_value * slope[2][z];
            } else {
                value = plane_value;
                along_y = plane_slope;
            }
        }
        const float phi = fold4(value * weight[0]) - self[0] + 1.0f;
        potential[i] = phi;
        total += phi;
        push[i * S] = force * (fold4(value * slope[0]) - self[1]);
        push[i * S + 1] = force * (fold4(along_y * weight[0]) - self[2]);
        if constexpr (D == 3) {
            push[i * S + 2] = force * (fold4(along_z * weight[0]) - self[3]);
            push[i * S + 3] = 0.0f;
        }
    }
    return total;
}
