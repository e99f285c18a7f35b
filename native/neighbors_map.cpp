// Nearest points of a map in few dimensions: a balanced tree of boxes.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "neighbors_arrays.hpp"
#include "parallel.hpp"

namespace asterism {
namespace {

constexpr Index kLeaf = 12;
constexpr int kNone = std::numeric_limits<int>::max();
using Candidate = std::pair<float, int>;  // squared distance, point; ordered by both

template <int D>
class Tree {
   public:
    Tree(const float* points, Index n) : points_(points), order_(n) {
        std::iota(order_.begin(), order_.end(), 0);
        Index leaves = 1;
        while (leaves * kLeaf < n) leaves *= 2;
        nodes_.resize(2 * leaves);
        build(1, 0, n);
    }

    // The k nearest of point i, itself left out.
    void nearest(Index i, Candidate* heap, Index k) const {
        std::fill_n(heap, k, Candidate{std::numeric_limits<float>::infinity(), kNone});
        visit(1, points_ + i * D, static_cast<int>(i), heap, k);
        std::sort_heap(heap, heap + k);
    }

    const std::vector<int>& order() const { return order_; }

   private:
    struct Node {
        float low[D], high[D];
        int first, last, least;  // positions in the order, and the lowest index among its points
    };

    void build(std::size_t at, Index first, Index last) {
        Node& node = nodes_[at];
        node.first = static_cast<int>(first), node.last = static_cast<int>(last), node.least = kNone;
        for (int a = 0; a < D; ++a) {
            node.low[a] = std::numeric_limits<float>::infinity();
            node.high[a] = -node.low[a];
        }
        for (Index p = first; p < last; ++p) {
            node.least = std::min(node.least, order_[p]);
            for (int a = 0; a < D; ++a) {
                const float x = points_[static_cast<Index>(order_[p]) * D + a];
                node.low[a] = std::min(node.low[a], x);
                node.high[a] = std::max(node.high[a], x);
            }
        }
        if (2 * at + 1 >= nodes_.size()) return;
        int widest = 0;
        for (int a = 1; a < D; ++a)
            if (node.high[a] - node.low[a] > node.high[widest] - node.low[widest]) widest = a;
        const Index middle = first + (last - first) / 2;
        std::nth_element(order_.begin() + first, order_.begin() + middle, order_.begin() + last, [&](int a, int b) {
            const float x = points_[static_cast<Index>(a) * D + widest], y = points_[static_cast<Index>(b) * D + widest];
            return x < y || (x == y && a < b);
        });
        build(2 * at, first, middle);
        build(2 * at + 1, middle, last);
    }

    // A lower bound of what the node holds, exact in float: each term is rounded as those of its points are.
    Candidate bound(const Node& node, const float* x) const {
        float sum = 0;
        for (int a = 0; a < D; ++a) {
            const float gap = std::max({node.low[a] - x[a], x[a] - node.high[a], 0.0f});
            sum += gap * gap;
        }
        return {sum, node.least};
    }

    void visit(std::size_t at, const float* x, int self, Candidate* heap, Index k) const {
        const Node& node = nodes_[at];
        if (2 * at + 1 >= nodes_.size()) {
            for (Index p = node.first; p < node.last; ++p) {
                if (order_[p] == self) continue;
                float sum = 0;
                for (int a = 0; a < D; ++a) {
                    const float gap = points_[static_cast<Index>(order_[p]) * D + a] - x[a];
                    sum += gap * gap;
                }
                const Candidate candidate{sum, order_[p]};
                if (!(candidate < heap[0])) continue;
                std::pop_heap(heap, heap + k);
                heap[k - 1] = candidate;
                std::push_heap(heap, heap + k);
            }
            return;
        }
        std::size_t near = 2 * at, far = near + 1;
        Candidate near_bound = bound(nodes_[near], x), far_bound = bound(nodes_[far], x);
        if (far_bound < near_bound) std::swap(near, far), std::swap(near_bound, far_bound);
        if (near_bound < heap[0]) visit(near, x, self, heap, k);
        if (far_bound < heap[0]) visit(far, x, self, heap, k);
    }

    const float* points_;
    std::vector<int> order_;
    std::vector<Node> nodes_;
};

template <int D>
void search(const float* points, Index n, Index k, int* ids, float* distances, int threads) {
    const Tree<D> tree(points, n);
    for (Index start = 0; start < n; start += 65536) {
        raise_if_interrupted();
        parallel_chunks(std::min(Index{65536}, n - start), 256, threads, [&](std::size_t first, std::size_t last, std::size_t) {
            std::vector<Candidate> heap(k);
            for (Index p = start + first; p < start + static_cast<Index>(last); ++p) {
                const Index i = tree.order()[p];  // neighbours in turn: their boxes are in the cache
                tree.nearest(i, heap.data(), k);
                for (Index c = 0; c < k; ++c) {
                    ids[i * k + c] = heap[c].second == kNone ? -1 : heap[c].second;
                    distances[i * k + c] = heap[c].first;
                }
            }
        });
    }
}

}  // namespace

void bind_neighbors_map(nb::module_& m) {
    m.def(
        "nearest_points",
        [](Array<const float, 2> points, Array<int, 2> ids, Array<float, 2> squared, int threads) {
            const Index n = points.shape(0), k = ids.shape(1), dim = points.shape(1);
            nb::gil_scoped_release release;
            if (n == 0 || k == 0) return;
            (dim == 3 ? search<3> : search<2>)(points.data(), n, k, ids.data(), squared.data(), threads);
        },
        "The k nearest other points of each point in 2 or 3 dimensions, ties by index, and their squared distances.");
}

}  // namespace asterism
