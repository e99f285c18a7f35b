#include "field.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "parallel.hpp"

#define ASTERISM_KERNELS "field_kernels.hpp"
#include "simd_targets.hpp"

namespace asterism {
namespace {

constexpr std::size_t kMargin = 4;  // Empty nodes around the points: a spline's reach, and the tails of its inverse.
constexpr std::size_t kSortChunk = 8192;
constexpr std::size_t kGatherChunk = 2048;

// Room for `count` sequences of a transform, kept by each thread.
float* scratch(std::size_t length, std::size_t count) {
    thread_local std::vector<float> room;
    if (room.size() < length * kElement * count) room.resize(length * kElement * count);
    return room.data();
}

// The spline's own spectrum: what spreading or reading by B-splines does to a frequency, in turns per node.
double symbol(double turns) { return (4.0 + 2.0 * std::cos(2.0 * kPi * turns)) / 6.0; }

// Both sides of a symmetric kernel count, its middle once.
float sides(std::size_t lag) { return lag == 0 ? 1.0f : 2.0f; }

}  // namespace

template <int D>
void GridRepulsion<D>::evaluate(const std::vector<float>& points, std::size_t n, int threads, Repulsion& out) {
    fit(points, n, threads);
    prepare(threads);
    shape_.self = self_.data();
    sort(points, n, threads);
    spread_charges(threads);
    convolve(threads);
    sums_.assign((n + kGatherChunk - 1) / kGatherChunk, 0.0);
    parallel_chunks(n, kGatherChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        sums_[chunk] = ASTERISM_DISPATCH(collect<D>, points.data(), begin, end, shape_, grid_.data(),
                                         out.potential.data(), out.push.data());
    });
    out.normalizer = std::accumulate(sums_.begin(), sums_.end(), 0.0) - static_cast<double>(n);
}

template <int D>
void GridRepulsion<D>::fit(const std::vector<float>& points, std::size_t n, int threads) {
    constexpr int S = point_stride(D);
    struct Box {
        float low[D], high[D];
    };
    std::vector<Box> boxes((n + kSortChunk - 1) / kSortChunk);
    parallel_chunks(n, kSortChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        Box& box = boxes[chunk];
        for (int d = 0; d < D; ++d) {
            box.low[d] = std::numeric_limits<float>::infinity();
            box.high[d] = -box.low[d];
        }
        for (std::size_t i = begin; i < end; ++i) {
            for (int d = 0; d < D; ++d) {
                box.low[d] = std::min(box.low[d], points[i * S + d]);
                box.high[d] = std::max(box.high[d], points[i * S + d]);
            }
        }
    });
    float widest = 0.0f;
    for (int d = 0; d < D; ++d) {
        for (const Box& box : boxes) {
            boxes[0].low[d] = std::min(boxes[0].low[d], box.low[d]);
            boxes[0].high[d] = std::max(boxes[0].high[d], box.high[d]);
        }
        widest = std::max(widest, boxes[0].high[d] - boxes[0].low[d]);
    }
    float spacing = spacing_;
    const auto inside = static_cast<float>(most_ - 2 * kMargin - 1);
    while (widest > spacing * inside) spacing *= 1.125f;
    shape_.per_unit = 1.0f / spacing;
    for (int d = 0; d < D; ++d) {
        const float span = boxes[0].high[d] - boxes[0].low[d];
        shape_.size[d] = good_length(static_cast<std::size_t>(std::ceil(span / spacing)) + 2 * kMargin + 1);
        shape_.origin[d] = boxes[0].low[d] - static_cast<float>(kMargin) * spacing;
    }
    shape_.pitch = shape_.size[0] + kLaneCount;  // Off the powers of two, which would share cache sets.
    shape_.plane = shape_.pitch * shape_.size[1];
}

template <int D>
void GridRepulsion<D>::prepare(int threads) {
    if (prepared_ == shape_.size && prepared_per_unit_ == shape_.per_unit) return;
    for (int d = 0; d < D; ++d) {
        if (plans_[d].size != shape_.size[d]) plans_[d] = FftPlan(shape_.size[d]);
    }
    const std::size_t last = shape_.size[D - 1];
    band_height_ = std::clamp<std::size_t>(last / 32, 4, 16);
    grid_.resize(shape_.plane * (D == 3 ? last : 1));
    spectrum_.resize(last * rows() * spectrum_pitch());
    if (D == 3) wide_.resize(lines() * spectrum_pitch());
    kernel_.resize(lines() * 2 * shape_.size[0]);
    transform_kernel(threads);
    if (prepared_per_unit_ != shape_.per_unit) tabulate_self(threads);
    prepared_ = shape_.size;
    prepared_per_unit_ = shape_.per_unit;
}

template <int D>
void GridRepulsion<D>::sort(const std::vector<float>& points, std::size_t n, int threads) {
    constexpr int S = point_stride(D);
    const std::size_t bands = (shape_.size[D - 1] + band_height_ - 1) / band_height_;
    const std::size_t chunks = (n + kSortChunk - 1) / kSortChunk;
    places_.resize(n * D);
    band_of_.resize(n);
    counts_.assign(chunks * bands, 0);
    const auto place = [&](std::size_t i, int d) {
        return (points[i * S + d] - shape_.origin[d]) * shape_.per_unit;
    };
    parallel_chunks(n, kSortChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        std::int64_t* counts = counts_.data() + chunk * bands;
        for (std::size_t i = begin; i < end; ++i) {
            band_of_[i] = static_cast<std::uint32_t>(place(i, D - 1)) / static_cast<std::uint32_t>(band_height_);
            ++counts[band_of_[i]];
        }
    });
    band_start_.assign(bands + 1, 0);
    std::int64_t at = 0;
    for (std::size_t band = 0; band < bands; ++band) {
        band_start_[band] = at;
        for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
            const std::int64_t count = counts_[chunk * bands + band];
            counts_[chunk * bands + band] = at;
            at += count;
        }
    }
    band_start_[bands] = at;
    parallel_chunks(n, kSortChunk, threads, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        std::int64_t* next = counts_.data() + chunk * bands;
        for (std::size_t i = begin; i < end; ++i) {
            float* to = places_.data() + next[band_of_[i]]++ * D;
            for (int d = 0; d < D; ++d) to[d] = place(i, d);
        }
    });
}

template <int D>
void GridRepulsion<D>::spread_charges(int threads) {
    parallel_chunks(grid_.size(), 1 << 16, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::memset(grid_.data() + begin, 0, (end - begin) * sizeof(float));
    });
    const std::size_t bands = band_start_.size() - 1;
    // A band's splines reach into the next one and the one before, never into the one after: even bands do not meet.
    for (std::size_t first : {0, 1}) {
        parallel_chunks((bands + 1 - first) / 2, 1, threads, [&](std::size_t pair, std::size_t, std::size_t) {
            const std::size_t band = 2 * pair + first;
            const auto count = static_cast<std::size_t>(band_start_[band + 1] - band_start_[band]);
            ASTERISM_DISPATCH(spread<D>, places_.data() + band_start_[band] * D, count, shape_, grid_.data());
        });
    }
}

template <int D>
void GridRepulsion<D>::convolve(int threads) {
    const FftPlan& last = plans_[D - 1];
    const std::size_t blocks = shape_.size[0] / kLaneCount;
    const std::size_t out_pitch = rows() * spectrum_pitch();
    const std::size_t grid_pitch = D == 2 ? shape_.pitch : shape_.plane;
    const auto column = [&](std::size_t c, auto&& use) {
        const std::size_t row = c / blocks;
        const std::size_t block = c % blocks;
        use(grid_.data() + row * shape_.pitch + block * kLaneCount,
            spectrum_.data() + row * spectrum_pitch() + block * kElement, scratch(last.size, 2));
    };
    parallel_chunks(rows() * blocks, 1, threads, [&](std::size_t c, std::size_t, std::size_t) {
        column(c, [&](float* grid, float* spectrum, float* room) {
            ASTERISM_DISPATCH(real_forward, last, grid, grid_pitch, spectrum, out_pitch, room);
        });
    });
    if (D == 3) widen(spectrum_, wide_, true, threads);
    float* rows_at = D == 3 ? wide_.data() : spectrum_.data();
    parallel_chunks(lines() / kLaneCount, 1, threads, [&](std::size_t b, std::size_t, std::size_t) {
        ASTERISM_DISPATCH(convolve_rows, plans_[0], rows_at + b * kLaneCount * spectrum_pitch(), spectrum_pitch(),
                          kernel_.data() + b * 2 * plans_[0].size * kLaneCount, scratch(plans_[0].size, 4));
    });
    if (D == 3) widen(spectrum_, wide_, false, threads);
    parallel_chunks(rows() * blocks, 1, threads, [&](std::size_t c, std::size_t, std::size_t) {
        column(c, [&](float* grid, float* spectrum, float* room) {
            ASTERISM_DISPATCH(real_backward, last, spectrum, out_pitch, grid, grid_pitch, room);
        });
    });
}

// Along y in space: from rows to twice as many frequencies, and back.
template <int D>
void GridRepulsion<D>::widen(std::vector<float>& narrow, std::vector<float>& wide, bool is_forward, int threads) {
    const FftPlan& plan = plans_[1];
    const std::size_t blocks = shape_.size[0] / kLaneCount;
    const std::size_t pitch = spectrum_pitch();
    parallel_chunks(shape_.size[2] * blocks, 1, threads, [&](std::size_t c, std::size_t, std::size_t) {
        const std::size_t plane = c / blocks;
        float* few = narrow.data() + plane * plan.size * pitch + c % blocks * kElement;
        float* even = wide.data() + plane * 2 * plan.size * pitch + c % blocks * kElement;
        float* odd = even + plan.size * pitch;
        float* room = scratch(plan.size, 2);
        if (is_forward) {
            ASTERISM_DISPATCH(padded_forward, plan, few, pitch, even, odd, pitch, room);
        } else {
            ASTERISM_DISPATCH(padded_backward, plan, even, odd, pitch, few, pitch, room);
        }
    });
}

// The potential of one charge, read where the charge is.
template <int D>
void GridRepulsion<D>::tabulate_self(int threads) {
    constexpr int kCells = self_cells(D);
    constexpr int kReach = 3;  // Two splines that touch the same point are at most this far apart.
    std::fill(grid_.begin(), grid_.end(), 0.0f);
    std::size_t middle = shape_.size[1] / 2 * shape_.pitch + shape_.size[0] / 2;
    if (D == 3) middle += shape_.size[2] / 2 * shape_.plane;
    grid_[middle] = 1.0f;
    convolve(threads);
    // Products of the splines, and of their slopes and the splines, by distance between nodes.
    double overlap[kCells][2 * kReach + 1] = {};
    double slope[kCells][2 * kReach + 1] = {};
    for (int cell = 0; cell < kCells; ++cell) {
        float weights[4];
        float slopes[4];
        base::store(weights, base::spline((static_cast<float>(cell) + 0.5f) / kCells));
        base::store(slopes, base::spline_slope((static_cast<float>(cell) + 0.5f) / kCells));
        for (int a = 0; a < 4; ++a) {
            for (int b = 0; b < 4; ++b) {
                overlap[cell][a - b + kReach] += static_cast<double>(weights[a]) * weights[b];
                slope[cell][a - b + kReach] += static_cast<double>(slopes[a]) * weights[b];
            }
        }
    }
    const std::size_t planes = D == 3 ? kCells : 1;
    self_.assign(planes * kCells * kCells * 4, 0.0f);
    for (std::size_t cell = 0; cell < planes * kCells * kCells; ++cell) {
        const std::size_t at[3] = {cell % kCells, cell / kCells % kCells, cell / kCells / kCells};
        double felt[4] = {};
        for (int z = D == 3 ? -kReach : 0; z <= (D == 3 ? kReach : 0); ++z) {
            for (int y = -kReach; y <= kReach; ++y) {
                for (int x = -kReach; x <= kReach; ++x) {
                    const std::ptrdiff_t offset = z * static_cast<std::ptrdiff_t>(shape_.plane) +
                                                  y * static_cast<std::ptrdiff_t>(shape_.pitch) + x;
                    const double charge = grid_[static_cast<std::size_t>(static_cast<std::ptrdiff_t>(middle) + offset)];
                    const double wx = overlap[at[0]][x + kReach];
                    const double wy = overlap[at[1]][y + kReach];
                    const double wz = D == 3 ? overlap[at[2]][z + kReach] : 1.0;
                    felt[0] += charge * wx * wy * wz;
                    felt[1] += charge * slope[at[0]][x + kReach] * wy * wz;
                    felt[2] += charge * wx * slope[at[1]][y + kReach] * wz;
                    if (D == 3) felt[3] += charge * wx * wy * slope[at[2]][z + kReach];
                }
            }
        }
        for (int d = 0; d < 4; ++d) self_[cell * 4 + d] = static_cast<float>(felt[d]);
    }
}

// The kernel is real and symmetric along every axis, so its spectrum is twice the real part of that of one side.
template <int D>
void GridRepulsion<D>::transform_kernel(int threads) {
    const std::size_t nx = shape_.size[0];
    const std::size_t last = shape_.size[D - 1];
    const double spacing = 1.0 / shape_.per_unit;
    const auto real_rows = [&](std::vector<float>& rows, std::size_t first, std::size_t count, auto&& factor) {
        for (std::size_t line = first; line < first + count; ++line) {
            float* row = rows.data() + line * spectrum_pitch();
            for (std::size_t x = 0; x < nx; ++x) {
                float* element = row + x / kLaneCount * kElement + x % kLaneCount;
                element[0] *= factor(line, x);
                element[kLaneCount] = 0.0f;
            }
        }
    };
    parallel_chunks(last, 4, threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t k = begin; k < end; ++k) {
            for (std::size_t y = 0; y < rows(); ++y) {
                float* row = grid_.data() + (D == 3 ? k * shape_.plane + y * shape_.pitch : k * shape_.pitch);
                for (std::size_t x = 0; x < nx; ++x) {
                    const double squared = static_cast<double>(x * x + (D == 3 ? y * y : 0) + k * k);
                    row[x] = sides(k) * static_cast<float>(1.0 / (1.0 + spacing * spacing * squared));
                }
            }
        }
    });
    const std::size_t blocks = nx / kLaneCount;
    parallel_chunks(rows() * blocks, 1, threads, [&](std::size_t c, std::size_t, std::size_t) {
        ASTERISM_DISPATCH(real_forward, plans_[D - 1], grid_.data() + c / blocks * shape_.pitch + c % blocks * kLaneCount,
                          D == 2 ? shape_.pitch : shape_.plane,
                          spectrum_.data() + c / blocks * spectrum_pitch() + c % blocks * kElement,
                          rows() * spectrum_pitch(), scratch(last, 2));
    });
    const std::size_t narrow = last * rows();
    real_rows(spectrum_, 0, narrow, [&](std::size_t line, std::size_t x) {
        return sides(x) * (D == 3 ? sides(line % rows()) : 1.0f);
    });
    if (D == 3) {
        widen(spectrum_, wide_, true, threads);
        real_rows(wide_, 0, lines(), [](std::size_t, std::size_t) { return 1.0f; });
    }
    const std::vector<float>& from = D == 3 ? wide_ : spectrum_;
    parallel_chunks(lines() / kLaneCount, 1, threads, [&](std::size_t b, std::size_t, std::size_t) {
        float* room = scratch(nx, 5);
        float* given = room + 2 * nx * kElement;
        float* even = given + nx * kElement;
        for (std::size_t r = 0; r < kLaneCount; ++r) {
            const float* row = from.data() + (b * kLaneCount + r) * spectrum_pitch();
            for (std::size_t x = 0; x < nx; ++x) {
                given[x * kElement + r] = row[x / kLaneCount * kElement + x % kLaneCount];
                given[x * kElement + kLaneCount + r] = 0.0f;
            }
        }
        ASTERISM_DISPATCH(padded_forward, plans_[0], given, kElement, even, even + nx * kElement, kElement, room);
        float* to = kernel_.data() + b * 2 * nx * kLaneCount;
        for (std::size_t part = 0; part < 2; ++part) {
            for (std::size_t k = 0; k < nx; ++k) {
                for (std::size_t r = 0; r < kLaneCount; ++r) {
                    const std::size_t line = b * kLaneCount + r;
                    double response = symbol((static_cast<double>(k) + 0.5 * static_cast<double>(part)) / nx);
                    double scale = 2.0 * static_cast<double>(nx);
                    const std::size_t of_last = D == 3 ? line / (2 * rows()) : line;
                    response *= symbol((static_cast<double>(of_last) + 0.25) / static_cast<double>(last));
                    scale *= static_cast<double>(last);
                    if (D == 3) {
                        const std::size_t middle = line % (2 * rows());
                        const double turns = middle < rows() ? static_cast<double>(middle)
                                                             : static_cast<double>(middle - rows()) + 0.5;
                        response *= symbol(turns / static_cast<double>(rows()));
                        scale *= 2.0 * static_cast<double>(rows());
                    }
                    const double value = even[(part * nx + k) * kElement + r];
                    to[(part * nx + k) * kLaneCount + r] = static_cast<float>(value / (response * response * scale));
                }
            }
        }
    });
}

template class GridRepulsion<2>;
template class GridRepulsion<3>;

}  // namespace asterism
