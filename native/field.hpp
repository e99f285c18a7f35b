// Repulsion of many points by a Fourier transform on a grid.
//
// With K(d) = 1 / (1 + |d|^2) and phi(y) = sum of K(y - y_j), the force of t-SNE's repulsion is -1/2 grad phi and its
// normalizer Z = sum of phi(y_i) - n: one charge, one kernel, one transform forth and one back. Charges are spread by
// cubic B-splines and the potential is read with the same splines and their derivatives; the kernel's spectrum is
// divided by the square of the splines' own, so that K is interpolated exactly at the nodes (Schoenberg's cardinal
// interpolation in both arguments).
//
// On a grid a point also pushes itself, this way or that by its place between the nodes. In a sparse map that is the
// largest error by far (97 % of it for 1 500 points, spacing 1/2), and it depends on that place alone: it is tabulated
// and taken off.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fft.hpp"
#include "tsne.hpp"

namespace asterism {

struct GridShape {
    std::array<std::size_t, 3> size{};  // Nodes along x, y, z.
    std::size_t pitch = 0;              // Floats from row to row.
    std::size_t plane = 0;              // Floats from plane to plane.
    std::array<float, 3> origin{};      // Place of the first node.
    float per_unit = 1.0f;              // Nodes per unit of length.
    const float* self = nullptr;        // What a point feels of itself, by its place between the nodes.
};

// Cells between two nodes along an axis in the table of what a point feels of itself.
constexpr int self_cells(int dim) { return dim == 2 ? 32 : 16; }

template <int D>
class GridRepulsion {
  public:
    // `spacing` is the distance between nodes, as long as no axis needs more than `most` of them.
    GridRepulsion(float spacing, std::size_t most) : spacing_(spacing), most_(most) {}

    void evaluate(const std::vector<float>& points, std::size_t n, int threads, Repulsion& out);

    // The distance between nodes of the latest evaluation.
    float spacing() const { return 1.0f / shape_.per_unit; }

  private:
    void fit(const std::vector<float>& points, std::size_t n, int threads);
    void prepare(int threads);
    void sort(const std::vector<float>& points, std::size_t n, int threads);
    void spread_charges(int threads);
    void convolve(int threads);
    void transform_kernel(int threads);
    void tabulate_self(int threads);
    void widen(std::vector<float>& from, std::vector<float>& to, bool is_forward, int threads);

    std::size_t rows() const { return D == 2 ? 1 : shape_.size[1]; }
    std::size_t lines() const { return D == 2 ? shape_.size[1] : shape_.size[2] * 2 * shape_.size[1]; }
    std::size_t spectrum_pitch() const { return shape_.size[0] * 2 + kElement; }

    float spacing_;
    std::size_t most_;
    GridShape shape_;
    std::array<std::size_t, 3> prepared_{};  // The sizes that plans and kernel were made for,
    float prepared_per_unit_ = 0.0f;         // and the resolution.
    FftPlan plans_[3];
    std::vector<float> kernel_;    // Its spectrum: per 16 lines, even and odd frequencies along x.
    std::vector<float> self_;      // Per cell between nodes, potential and its derivatives along x, y(, z).
    std::vector<float> grid_;      // Charges, then potential.
    std::vector<float> spectrum_;  // Transformed along the last axis
    std::vector<float> wide_;      // and, in space, along the middle one.
    std::size_t band_height_ = 16;
    std::vector<std::int64_t> band_start_;
    std::vector<float> places_;  // In units of the grid, by bands.
    std::vector<std::uint32_t> band_of_;
    std::vector<std::int64_t> counts_;  // Per chunk of points and band.
    std::vector<double> sums_;
};

}  // namespace asterism
