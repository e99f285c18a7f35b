// Vectors of 4, 8 and 16 floats, and elementary functions that loops over them can use.
// Included once per instruction set, inside a namespace; see simd_targets.hpp.

#if defined(__GNUC__)

typedef float F4 __attribute__((vector_size(16)));
typedef float F8 __attribute__((vector_size(32)));
typedef float F16 __attribute__((vector_size(64)));

ASTERISM_INLINE F8 splat8(float a) { return F8{} + a; }
ASTERISM_INLINE F16 splat16(float a) { return F16{} + a; }

#if defined(__clang__)
#define ASTERISM_SHUFFLE4(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
typedef std::int32_t I4 __attribute__((vector_size(16)));
#define ASTERISM_SHUFFLE4(a, b, i, j, k, l) __builtin_shuffle(a, b, I4{i, j, k, l})
#endif

#else

// The same arithmetic written out, for compilers without vector types.
template <int N>
struct Lanes {
    float lane[N];
    float operator[](int l) const { return lane[l]; }
};
#define ASTERISM_LANES_OPERATOR(op)                                          \
    template <int N>                                                         \
    inline Lanes<N> operator op(Lanes<N> a, const Lanes<N>& b) {             \
        for (int l = 0; l < N; ++l) a.lane[l] = a.lane[l] op b.lane[l];      \
        return a;                                                            \
    }                                                                        \
    template <int N>                                                         \
    inline Lanes<N> operator op(Lanes<N> a, float b) {                       \
        for (int l = 0; l < N; ++l) a.lane[l] = a.lane[l] op b;              \
        return a;                                                            \
    }                                                                        \
    template <int N>                                                         \
    inline Lanes<N> operator op(float a, Lanes<N> b) {                       \
        for (int l = 0; l < N; ++l) b.lane[l] = a op b.lane[l];              \
        return b;                                                            \
    }                                                                        \
    template <int N>                                                         \
    inline Lanes<N>& operator op##=(Lanes<N>& a, const Lanes<N>& b) {        \
        return a = a op b;                                                   \
    }
ASTERISM_LANES_OPERATOR(+)
ASTERISM_LANES_OPERATOR(-)
ASTERISM_LANES_OPERATOR(*)
ASTERISM_LANES_OPERATOR(/)
#undef ASTERISM_LANES_OPERATOR
using F4 = Lanes<4>;
using F8 = Lanes<8>;
using F16 = Lanes<16>;

inline F8 splat8(float a) { return F8{} + a; }
inline F16 splat16(float a) { return F16{} + a; }

#define ASTERISM_SHUFFLE4(a, b, i, j, k, l) \
    F4{{(i) < 4 ? a[(i) & 3] : b[(i) & 3], (j) < 4 ? a[(j) & 3] : b[(j) & 3], \
        (k) < 4 ? a[(k) & 3] : b[(k) & 3], (l) < 4 ? a[(l) & 3] : b[(l) & 3]}}

#endif

template <class V>
ASTERISM_INLINE V load(const float* from) {
    V value;
    std::memcpy(&value, from, sizeof(V));
    return value;
}

template <class V>
ASTERISM_INLINE void store(float* to, const V& value) {
    std::memcpy(to, &value, sizeof(V));
}

// Sums of lanes in one order: halves onto halves.
ASTERISM_INLINE float fold8(const F8& v) {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

ASTERISM_INLINE float fold16(const F16& v) {
    return (((v[0] + v[8]) + (v[4] + v[12])) + ((v[2] + v[10]) + (v[6] + v[14]))) +
           (((v[1] + v[9]) + (v[5] + v[13])) + ((v[3] + v[11]) + (v[7] + v[15])));
}

#if defined(__GNUC__)

typedef std::int32_t I8 __attribute__((vector_size(32)));

// Eight points of the plane by index, as eight x and eight y.
ASTERISM_INLINE void gather_pairs(const float* points, const std::int32_t* index, F8 (&to)[2]) {
    typedef double D4 __attribute__((vector_size(32)));
    double p[8];
    for (int l = 0; l < 8; ++l) std::memcpy(&p[l], points + 2 * static_cast<std::size_t>(index[l]), 8);
    const D4 a = {p[0], p[1], p[4], p[5]};
    const D4 b = {p[2], p[3], p[6], p[7]};
#if defined(__clang__)
    to[0] = __builtin_shufflevector((F8)a, (F8)b, 0, 2, 8, 10, 4, 6, 12, 14);
    to[1] = __builtin_shufflevector((F8)a, (F8)b, 1, 3, 9, 11, 5, 7, 13, 15);
#else
    to[0] = __builtin_shuffle((F8)a, (F8)b, I8{0, 2, 8, 10, 4, 6, 12, 14});
    to[1] = __builtin_shuffle((F8)a, (F8)b, I8{1, 3, 9, 11, 5, 7, 13, 15});
#endif
}

ASTERISM_INLINE F8 at_least(const F8& a, float bound) { return a < bound ? splat8(bound) : a; }
ASTERISM_INLINE F8 at_most(const F8& a, float bound) { return a > bound ? splat8(bound) : a; }

// a where `condition` is positive, else b.
ASTERISM_INLINE F8 where_positive(const F8& condition, const F8& a, const F8& b) { return condition > 0.0f ? a : b; }

#else

inline void gather_pairs(const float* points, const std::int32_t* index, F8 (&to)[2]) {
    for (int l = 0; l < 8; ++l) {
        for (int d = 0; d < 2; ++d) to[d].lane[l] = points[2 * static_cast<std::size_t>(index[l]) + d];
    }
}

inline F8 at_least(F8 a, float bound) {
    for (float& x : a.lane) x = x < bound ? bound : x;
    return a;
}

inline F8 at_most(F8 a, float bound) {
    for (float& x : a.lane) x = x > bound ? bound : x;
    return a;
}

inline F8 where_positive(const F8& condition, F8 a, const F8& b) {
    for (int l = 0; l < 8; ++l) a.lane[l] = condition[l] > 0.0f ? a[l] : b[l];
    return a;
}

#endif

// to[c][r] = from[r][c] for 16 rows of 16 floats, at the given distances between rows.
ASTERISM_INLINE void transpose16(const float* from, std::size_t from_pitch, float* to, std::size_t to_pitch) {
    for (std::size_t r = 0; r < 16; r += 4) {
        for (std::size_t c = 0; c < 16; c += 4) {
            const float* block = from + r * from_pitch + c;
            const F4 a = load<F4>(block);
            const F4 b = load<F4>(block + from_pitch);
            const F4 e = load<F4>(block + 2 * from_pitch);
            const F4 f = load<F4>(block + 3 * from_pitch);
            const F4 ab_low = ASTERISM_SHUFFLE4(a, b, 0, 4, 1, 5);
            const F4 ab_high = ASTERISM_SHUFFLE4(a, b, 2, 6, 3, 7);
            const F4 ef_low = ASTERISM_SHUFFLE4(e, f, 0, 4, 1, 5);
            const F4 ef_high = ASTERISM_SHUFFLE4(e, f, 2, 6, 3, 7);
            float* out = to + c * to_pitch + r;
            store(out, ASTERISM_SHUFFLE4(ab_low, ef_low, 0, 1, 4, 5));
            store(out + to_pitch, ASTERISM_SHUFFLE4(ab_low, ef_low, 2, 3, 6, 7));
            store(out + 2 * to_pitch, ASTERISM_SHUFFLE4(ab_high, ef_high, 0, 1, 4, 5));
            store(out + 3 * to_pitch, ASTERISM_SHUFFLE4(ab_high, ef_high, 2, 3, 6, 7));
        }
    }
}

// e^x to 2 units in the last place for x in [-87, 88], 0 below. Cephes: n = round(x / ln 2), then a polynomial of the
// remainder, then the exponent is set by its bits.
ASTERISM_INLINE float exp_lane(float x) {
    const float kept = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
    const float shifted = kept * 1.44269504088896341f + 12582912.0f;  // 1.5 * 2^23 rounds to a whole number.
    const float n = shifted - 12582912.0f;
    const float r = (kept - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    const float mantissa = p * (r * r) + r + 1.0f;
    std::int32_t bits;
    std::memcpy(&bits, &shifted, 4);
    bits = (bits - 0x4B400000 + 127) << 23;
    float power;
    std::memcpy(&power, &bits, 4);
    return x < -87.0f ? 0.0f : mantissa * power;
}

// ln x for normal positive x, to 2 units in the last place. Cephes.
ASTERISM_INLINE float log_lane(float x) {
    std::int32_t bits;
    std::memcpy(&bits, &x, 4);
    const std::int32_t shifted = bits - 0x3F3504F3;  // sqrt(1/2): the mantissa below lies in [sqrt(1/2), sqrt(2)).
    const std::int32_t exponent = shifted >> 23;
    bits -= exponent * (1 << 23);
    float m;
    std::memcpy(&m, &bits, 4);
    const float e = static_cast<float>(exponent);
    const float r = m - 1.0f;
    float p = 7.0376836292e-2f;
    p = p * r - 1.1514610310e-1f;
    p = p * r + 1.1676998740e-1f;
    p = p * r - 1.2420140846e-1f;
    p = p * r + 1.4249322787e-1f;
    p = p * r - 1.6668057665e-1f;
    p = p * r + 2.0000714765e-1f;
    p = p * r - 2.4999993993e-1f;
    p = p * r + 3.3333331174e-1f;
    const float z = r * r;
    const float tail = r * z * p + e * -2.12194440e-4f - 0.5f * z;
    return r + tail + e * 0.693359375f;
}

#if defined(__GNUC__)

// exp_lane of eight numbers, to the bit.
ASTERISM_INLINE F8 exp8(const F8& x) {
    const F8 kept = at_most(at_least(x, -87.0f), 88.0f);
    const F8 shifted = kept * 1.44269504088896341f + 12582912.0f;
    const F8 n = shifted - 12582912.0f;
    const F8 r = (kept - n * 0.693359375f) - n * -2.12194440e-4f;
    F8 p = splat8(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    const F8 mantissa = p * (r * r) + r + 1.0f;
    const F8 power = (F8)(((I8)shifted - 0x4B400000 + 127) << 23);
    return x < -87.0f ? splat8(0.0f) : mantissa * power;
}

// log_lane of eight numbers, to the bit.
ASTERISM_INLINE F8 log8(const F8& x) {
    const I8 bits = (I8)x;
    const I8 exponent = (bits - 0x3F3504F3) >> 23;
    const F8 r = (F8)(bits - (exponent << 23)) - 1.0f;
    const F8 e = __builtin_convertvector(exponent, F8);
    F8 p = splat8(7.0376836292e-2f);
    p = p * r - 1.1514610310e-1f;
    p = p * r + 1.1676998740e-1f;
    p = p * r - 1.2420140846e-1f;
    p = p * r + 1.4249322787e-1f;
    p = p * r - 1.6668057665e-1f;
    p = p * r + 2.0000714765e-1f;
    p = p * r - 2.4999993993e-1f;
    p = p * r + 3.3333331174e-1f;
    const F8 z = r * r;
    const F8 tail = r * z * p + e * -2.12194440e-4f - 0.5f * z;
    return r + tail + e * 0.693359375f;
}

#else

inline F8 exp8(F8 x) {
    for (float& lane : x.lane) lane = exp_lane(lane);
    return x;
}

inline F8 log8(F8 x) {
    for (float& lane : x.lane) lane = log_lane(lane);
    return x;
}

#endif
