// Loops of principal component analysis in double precision. Every sum has a fixed order, so no bit depends on the
// number of threads.
#include <cmath>
#include <cstdint>
#include <vector>

#include "neighbors_arrays.hpp"
#include "neighbors_kernels.hpp"
#include "parallel.hpp"

namespace asterism {
namespace {

constexpr Index kBlock = 512;  // rows centred at a time
constexpr Index kWide = 16;    // columns of a tile of the Gram matrix; its height is half of that
constexpr Index kHigh = 8;

// gram (stride × stride, upper tiles only) += Σ (row − mean)(row − mean)ᵀ.
template <class T>
void add_gram(const T* rows, Index n, Index d, const double* mean, double* gram, Index stride, int threads) {
    const Kernels& kernel = kernels();
    std::vector<double> centred(kBlock * stride);
    for (Index start = 0; start < n; start += kBlock) {
        if (start % (64 * kBlock) == 0) raise_if_interrupted();
        const Index count = std::min(kBlock, n - start);
        parallel_chunks(count, 32, threads, [&](std::size_t first, std::size_t last, std::size_t) {
            for (std::size_t r = first; r < last; ++r)
                for (Index p = 0; p < d; ++p) centred[r * stride + p] = rows[(start + r) * d + p] - mean[p];
        });
        const Index across = stride / kWide;
        parallel_chunks(across, 1, threads, [&](std::size_t column, std::size_t, std::size_t) {
            const Index j0 = static_cast<Index>(column) * kWide;
            for (Index i0 = 0; i0 < j0 + kWide; i0 += kHigh)
                kernel.gram(centred.data(), count, stride, i0, j0, gram);
        });
    }
}

// Householder's reduction of a symmetric matrix (lower triangle read and destroyed) to tridiagonal form
// (Golub & Van Loan, Matrix Computations, §8.3.1). Column k keeps the vector of reflection k below the diagonal.
struct Tridiagonal {
    std::vector<double> diagonal, below, beta;
};

Tridiagonal reduce(double* a, Index n, int threads) {
    Tridiagonal t{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
    std::vector<double> v(n), w(n);
    for (Index k = 0; k + 1 < n; ++k) {
        double norm = 0;
        for (Index i = k + 1; i < n; ++i) {
            v[i] = a[i * n + k];
            norm += v[i] * v[i];
        }
        norm = std::sqrt(norm);
        t.diagonal[k] = a[k * n + k];
        t.below[k] = v[k + 1] > 0 ? -norm : norm;
        if (norm == 0) continue;
        v[k + 1] -= t.below[k];
        double square = 0;
        for (Index i = k + 1; i < n; ++i) square += v[i] * v[i];
        t.beta[k] = square > 0 ? 2 / square : 0;
        for (Index i = k + 1; i < n; ++i) a[i * n + k] = v[i];
        const Index first = k + 1, chunk = 64;
        parallel_chunks(n - first, chunk, n - first > 512 ? threads : 1, [&](std::size_t b, std::size_t e, std::size_t) {
            for (Index i = first + b; i < first + static_cast<Index>(e); ++i) {
                double lanes[8] = {};
                const double* row = a + i * n;
                Index j = first;
                for (; j + 8 <= n; j += 8)
                    for (Index l = 0; l < 8; ++l) lanes[l] += row[j + l] * v[j + l];
                for (; j < n; ++j) lanes[0] += row[j] * v[j];
                w[i] = ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
            }
        });
        double overlap = 0;
        for (Index i = first; i < n; ++i) {
            w[i] *= t.beta[k];
            overlap += w[i] * v[i];
        }
        for (Index i = first; i < n; ++i) w[i] -= .5 * t.beta[k] * overlap * v[i];
        parallel_chunks(n - first, chunk, n - first > 512 ? threads : 1, [&](std::size_t b, std::size_t e, std::size_t) {
            for (Index i = first + b; i < first + static_cast<Index>(e); ++i)
                for (Index j = first; j < n; ++j) a[i * n + j] -= v[i] * w[j] + w[i] * v[j];
        });
        raise_if_interrupted();
    }
    t.diagonal[n - 1] = a[(n - 1) * n + n - 1];
    return t;
}

// How many eigenvalues lie below x: the signs of Sturm's sequence.
Index below(const Tridiagonal& t, double x, double tiny) {
    Index count = 0;
    double pivot = 1;
    for (std::size_t i = 0; i < t.diagonal.size(); ++i) {
        const double off = i ? t.below[i - 1] : 0;
        pivot = t.diagonal[i] - x - off * off / pivot;
        if (std::abs(pivot) < tiny) pivot = -tiny;
        count += pivot < 0;
    }
    return count;
}

double eigenvalue(const Tridiagonal& t, Index index, double low, double high, double tiny) {
    for (int step = 0; step < 128 && low < high; ++step) {
        const double middle = low + .5 * (high - low);
        if (middle <= low || middle >= high) break;
        (below(t, middle, tiny) > index ? high : low) = middle;
    }
    return low + .5 * (high - low);
}

// Solves (T − shift) x = x in place by elimination with row exchanges.
void solve(const Tridiagonal& t, double shift, double tiny, std::vector<double>& x) {
    const Index n = static_cast<Index>(x.size());
    std::vector<double> one(n), two(n), three(n);  // the diagonals of the upper triangle
    double pivot = t.diagonal[0] - shift, right = n > 1 ? t.below[0] : 0;
    for (Index i = 0; i + 1 < n; ++i) {
        const double lower = t.below[i], middle = t.diagonal[i + 1] - shift, next = i + 2 < n ? t.below[i + 1] : 0;
        if (std::abs(lower) > std::abs(pivot)) {
            const double factor = pivot / lower;
            one[i] = lower, two[i] = middle, three[i] = next;
            pivot = right - factor * middle, right = -factor * next;
            std::swap(x[i], x[i + 1]);
            x[i + 1] -= factor * x[i];
        } else {
            if (std::abs(pivot) < tiny) pivot = tiny;
            const double factor = lower / pivot;
            one[i] = pivot, two[i] = right, three[i] = 0;
            pivot = middle - factor * right, right = next;
            x[i + 1] -= factor * x[i];
        }
    }
    one[n - 1] = std::abs(pivot) < tiny ? tiny : pivot;
    for (Index i = n - 1; i >= 0; --i) {
        if (i + 1 < n) x[i] -= two[i] * x[i + 1];
        if (i + 2 < n) x[i] -= three[i] * x[i + 2];
        x[i] /= one[i];
    }
}

void normalise(std::vector<double>& x) {
    double largest = 0, square = 0;
    for (double value : x) largest = std::max(largest, std::abs(value));
    if (largest == 0) return;
    for (double& value : x) {
        value /= largest;
        square += value * value;
    }
    for (double& value : x) value /= std::sqrt(square);
}

void remove(std::vector<double>& x, const double* unit) {
    double overlap = 0;
    for (std::size_t i = 0; i < x.size(); ++i) overlap += x[i] * unit[i];
    for (std::size_t i = 0; i < x.size(); ++i) x[i] -= overlap * unit[i];
}

// The `count` largest eigenpairs: bisection, inverse iteration kept orthogonal to the vectors before it, and the
// reflections undone (Golub & Van Loan, §8.4).
void top_eigen(double* a, Index n, Index count, double* values, double* vectors, int threads) {
    const Tridiagonal t = reduce(a, n, threads);
    double radius = 0;
    for (Index i = 0; i < n; ++i)
        radius = std::max(radius, std::abs(t.diagonal[i]) + std::abs(t.below[i]) + (i ? std::abs(t.below[i - 1]) : 0));
    const double tiny = std::max(radius * 1e-16, 1e-300);
    for (Index e = 0; e < count; ++e) {
        values[e] = eigenvalue(t, n - 1 - e, -radius, radius, tiny * 1e-4);
        std::vector<double> x(n);
        std::uint64_t state = 0x9E3779B97F4A7C15ull * (e + 1);
        for (double& value : x) {
            state = state * 6364136223846793005ull + 1442695040888963407ull;
            value = static_cast<double>(state >> 11) / 9007199254740992.0 - .5;
        }
        for (int round = 0; round < 5; ++round) {
            solve(t, values[e], tiny, x);
            normalise(x);
            for (int twice = 0; twice < 2; ++twice)
                for (Index before = 0; before < e; ++before) remove(x, vectors + before * n);
            normalise(x);
        }
        std::copy(x.begin(), x.end(), vectors + e * n);
    }
    for (Index e = 0; e < count; ++e)
        for (Index k = n - 2; k >= 0; --k) {
            if (t.beta[k] == 0) continue;
            double overlap = 0;
            for (Index i = k + 1; i < n; ++i) overlap += a[i * n + k] * vectors[e * n + i];
            for (Index i = k + 1; i < n; ++i) vectors[e * n + i] -= t.beta[k] * overlap * a[i * n + k];
        }
}

void rotate(const float* rows, Index n, Index d, const double* mean, const double* components, Index dim, float* out,
            int threads) {
    parallel_chunks(n, 256, threads, [&](std::size_t first, std::size_t last, std::size_t) {
        for (std::size_t r = first; r < last; ++r)
            for (Index c = 0; c < dim; ++c) {
                double lanes[8] = {};
                for (Index p = 0; p < d; ++p) lanes[p % 8] += (rows[r * d + p] - mean[p]) * components[c * d + p];
                double sum = 0;
                for (double lane : lanes) sum += lane;
                out[r * dim + c] = static_cast<float>(sum);
            }
    });
}

}  // namespace

void bind_pca(nb::module_& m) {
    m.def(
        "add_gram",
        [](Array<const double, 2> rows, Array<const double, 1> mean, Array<double, 2> gram, int threads) {
            nb::gil_scoped_release release;
            add_gram(rows.data(), rows.shape(0), rows.shape(1), mean.data(), gram.data(), gram.shape(0), threads);
        });
    m.def(
        "add_gram",
        [](Array<const float, 2> rows, Array<const double, 1> mean, Array<double, 2> gram, int threads) {
            nb::gil_scoped_release release;
            add_gram(rows.data(), rows.shape(0), rows.shape(1), mean.data(), gram.data(), gram.shape(0), threads);
        },
        "Add Σ (row − mean)(row − mean)ᵀ to the tiles of gram on and above its diagonal; its side is a multiple of 16.");
    m.def(
        "top_eigen",
        [](Array<double, 2> matrix, Array<double, 1> values, Array<double, 2> vectors, int threads) {
            nb::gil_scoped_release release;
            top_eigen(matrix.data(), matrix.shape(0), values.shape(0), values.data(), vectors.data(), threads);
        },
        "The largest eigenvalues of a symmetric matrix, descending, and their unit vectors as rows; destroys matrix.");
    m.def(
        "rotate",
        [](Array<const float, 2> rows, Array<const double, 1> mean, Array<const double, 2> components,
           Array<float, 2> out, int threads) {
            nb::gil_scoped_release release;
            rotate(rows.data(), rows.shape(0), rows.shape(1), mean.data(), components.data(), components.shape(0),
                   out.data(), threads);
        },
        "out = (rows − mean) · componentsᵀ.");
}

}  // namespace asterism
