// Vectors of 8 and 16 floats, and elementary functions that loops over them can use.
// Included once per instruction set, inside a namespace; see simd_targets.hpp.

#if defined(__GNUC__)

typedef float F8 __attribute__((vector_size(32)));
typedef float F16 __attribute__((vector_size(64)));

ASTERISM_INLINE F8 splat8(float a) { return F8{} + a; }
ASTERISM_INLINE F16 splat16(float a) { return F16{} + a; }

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
using F8 = Lanes<8>;
using F16 = Lanes<16>;

inline F8 splat8(float a) { return F8{} + a; }
inline F16 splat16(float a) { return F16{} + a; }

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
