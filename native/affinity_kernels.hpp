// Weights of a point's neighbours from their distances; included once per instruction set, see simd_targets.hpp.

// Entropy of the weights exp(-beta (s_j - s_0)) and the weights themselves, not yet divided by their sum.
struct Entropy {
    float sum;
    float mean;     // of s_j - s_0 under the weights
    float squares;  // of its square
};

ASTERISM_INLINE Entropy weigh(const float* squared, std::size_t k, float beta, float* weight) {
    F8 sum{};
    F8 first{};
    F8 second{};
    for (std::size_t j = 0; j < k; j += 8) {
        const F8 s = load<F8>(squared + j);
        const F8 w = exp8(-beta * s);
        store(weight + j, w);
        sum += w;
        first += w * s;
        second += w * s * s;
    }
    const float total = fold8(sum);
    return {total, fold8(first) / total, fold8(second) / total};
}

// Finds beta such that the entropy of the row is `target` = ln(perplexity), then writes the weights, which sum to 1.
// `squared` holds k distances squared less the smallest one, padded to a multiple of 8 with infinity-like 1e30.
// Newton on ln(beta), kept inside a bracket that only shrinks. Returns the entropy reached.
inline float calibrate(const float* squared, std::size_t k, float target, float* weight) {
    const std::size_t padded = (k + 7) / 8 * 8;
    float mean = 0.0f;
    for (std::size_t j = 0; j < k; ++j) mean += squared[j];
    mean /= static_cast<float>(k);
    if (!(mean > 0.0f)) {  // All at one distance: every beta gives equal weights.
        for (std::size_t j = 0; j < k; ++j) weight[j] = 1.0f / static_cast<float>(k);
        return log_lane(static_cast<float>(k));
    }
    float low = 0.0f;
    float high = 1e38f;
    float beta = 1.0f / mean;
    Entropy found{};
    float entropy = 0.0f;
    for (int step = 0; step < 100; ++step) {
        found = weigh(squared, padded, beta, weight);
        entropy = log_lane(found.sum) + beta * found.mean;
        const float excess = entropy - target;
        if (excess < 2e-6f && excess > -2e-6f) break;
        (excess > 0.0f ? low : high) = beta;
        // d entropy / d ln(beta) = -beta^2 variance
        const float slope = -beta * beta * (found.squares - found.mean * found.mean);
        float next = slope < -1e-12f ? beta * exp_lane(-excess / slope) : 0.0f;
        if (!(next > low && next < high)) next = high > 1e37f ? beta * 2.0f : 0.5f * (low + high);
        if (next == beta) break;
        beta = next;
    }
    for (std::size_t j = 0; j < k; ++j) weight[j] /= found.sum;
    return entropy;
}

// Finds sigma such that sum over j of exp(-max(0, d_j - rho) / sigma) = target, by bisection (McInnes, Healy & Melville
// 2018, section 3.1, and the reference implementation's constants), then writes the memberships.
inline void smooth_row(const float* distances, std::size_t k, float rho, float target, float floor, float* weight) {
    double low = 0.0;
    double high = 0.0;  // 0: not found yet
    double sigma = 1.0;
    for (int step = 0; step < 64; ++step) {
        float sum = 0.0f;
        for (std::size_t j = 0; j < k; ++j) {
            const float beyond = distances[j] - rho;
            sum += beyond > 0.0f ? exp_lane(-beyond / static_cast<float>(sigma)) : 1.0f;
        }
        const float excess = sum - target;
        if (excess < 1e-5f && excess > -1e-5f) break;
        if (excess > 0.0f) {
            high = sigma;
            sigma = 0.5 * (low + high);
        } else {
            low = sigma;
            sigma = high > 0.0 ? 0.5 * (low + high) : sigma * 2.0;
        }
    }
    const float scale = sigma > floor ? static_cast<float>(sigma) : floor;
    for (std::size_t j = 0; j < k; ++j) {
        const float beyond = distances[j] - rho;
        weight[j] = beyond > 0.0f ? exp_lane(-beyond / scale) : 1.0f;
    }
}
