// Communities of a weighted graph that maximise modularity, by the Leiden method (Traag, Waltman & van Eck 2019, From
// Louvain to Leiden: guaranteeing well-connected communities). It differs in one thing: where the refinement draws a
// community at random, the best one is taken, ties by number. Serial, so the same on any number of threads.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "neighbors_arrays.hpp"

namespace asterism {
namespace {

constexpr double kLeast = 1e-12;  // a move must gain more than rounding

struct Graph {
    std::vector<std::int64_t> start;  // edges of node v: start[v] … start[v + 1]
    std::vector<std::int32_t> to;
    std::vector<double> weight;
    std::vector<double> strength;  // of each node, its loops counted twice
    std::size_t size() const { return strength.size(); }
};

std::uint64_t next_random(std::uint64_t& state) {  // SplitMix64
    std::uint64_t x = (state += 0x9E3779B97F4A7C15ull);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

std::vector<std::int32_t> shuffled(std::size_t n, std::uint64_t& state) {
    std::vector<std::int32_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[next_random(state) % i]);
    return order;
}

// Sums of the weights from one node to each community around it; cleared in the time of its own edges.
class Around {
  public:
    explicit Around(std::size_t n) : sum_(n, 0.0) {}
    void collect(const Graph& graph, std::int32_t v, const std::vector<std::int32_t>& of) {
        for (std::int32_t c : touched_) sum_[c] = 0;
        touched_.clear();
        for (std::int64_t e = graph.start[v]; e < graph.start[v + 1]; ++e) add(of[graph.to[e]], graph.weight[e]);
    }
    void add(std::int32_t c, double weight) {
        if (sum_[c] == 0) touched_.push_back(c);
        sum_[c] += weight;
    }
    double to(std::int32_t c) const { return sum_[c]; }
    const std::vector<std::int32_t>& touched() const { return touched_; }

  private:
    std::vector<double> sum_;
    std::vector<std::int32_t> touched_;
};

// Moves single nodes to the community that gains most until no move gains anything. `scale` is resolution / 2m.
bool move_nodes(const Graph& graph, std::vector<std::int32_t>& of, double scale, std::uint64_t& state) {
    const std::size_t n = graph.size();
    std::vector<double> total(n, 0.0);
    std::vector<std::int64_t> members(n, 0);
    for (std::size_t v = 0; v < n; ++v) total[of[v]] += graph.strength[v], ++members[of[v]];
    std::vector<std::int32_t> empty;
    for (std::size_t c = n; c-- > 0;)
        if (members[c] == 0) empty.push_back(static_cast<std::int32_t>(c));
    std::vector<std::int32_t> queue = shuffled(n, state);
    std::vector<char> waits(n, 1);
    Around around(n);
    bool moved = false;
    std::size_t done = 0;
    for (std::size_t head = 0; head < queue.size(); ++head) {
        if (++done % 65536 == 0) raise_if_interrupted();
        if (head > n && head * 2 > queue.size()) {  // forget what was served
            queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(head));
            head = 0;
        }
        const std::int32_t v = queue[head], own = of[v];
        waits[v] = 0;
        const double strength = graph.strength[v];
        around.collect(graph, v, of);
        total[own] -= strength;
        std::int32_t best = own;
        double most = around.to(own) - scale * strength * total[own] + kLeast;
        for (std::int32_t c : around.touched()) {
            const double gain = around.to(c) - scale * strength * total[c];
            if (gain > most || (gain == most && best != own && c < best)) best = c, most = gain;
        }
        if (most < 0 && members[own] > 1 && !empty.empty()) best = empty.back();  // alone is better than any company
        total[best] += strength;
        if (best == own) continue;
        moved = true;
        if (members[best] == 0) empty.pop_back();
        ++members[best];
        if (--members[own] == 0) empty.push_back(own);
        of[v] = best;
        for (std::int64_t e = graph.start[v]; e < graph.start[v + 1]; ++e) {
            const std::int32_t u = graph.to[e];
            if (of[u] != best && !waits[u]) waits[u] = 1, queue.push_back(u);
        }
    }
    return moved;
}

// Splits each community into well-connected parts: single nodes join, once, the part of their own community that gains
// most among the parts that hold together with the rest.
std::vector<std::int32_t> refine(const Graph& graph, const std::vector<std::int32_t>& of, double scale,
                                 std::uint64_t& state) {
    const std::size_t n = graph.size();
    std::vector<std::int32_t> part(n);
    std::iota(part.begin(), part.end(), 0);
    std::vector<double> total(n, 0.0), part_total(graph.strength), outside(n, 0.0);
    std::vector<char> alone(n, 1);
    for (std::size_t v = 0; v < n; ++v) total[of[v]] += graph.strength[v];
    for (std::size_t v = 0; v < n; ++v)
        for (std::int64_t e = graph.start[v]; e < graph.start[v + 1]; ++e)
            if (of[graph.to[e]] == of[v]) outside[v] += graph.weight[e];
    Around around(n);
    for (std::int32_t v : shuffled(n, state)) {
        const double strength = graph.strength[v], whole = total[of[v]];
        if (!alone[v] || outside[v] < scale * strength * (whole - strength)) continue;
        around.collect(graph, v, part);
        std::int32_t best = v;
        double most = kLeast;
        for (std::int32_t c : around.touched()) {
            if (c == v || of[c] != of[v]) continue;  // a part is named after a node of it
            if (outside[c] < scale * part_total[c] * (whole - part_total[c])) continue;
            const double gain = around.to(c) - scale * strength * part_total[c];
            if (gain > most || (gain == most && c < best)) best = c, most = gain;
        }
        if (best == v) continue;
        outside[best] += outside[v] - 2 * around.to(best);
        part_total[best] += strength;
        part[v] = best;
        alone[best] = 0;
    }
    return part;
}

// Numbers the values from 0 in order of first appearance; returns how many.
std::size_t renumber(std::vector<std::int32_t>& of) {
    if (of.empty()) return 0;
    std::vector<std::int32_t> number(*std::max_element(of.begin(), of.end()) + 1, -1);
    std::int32_t count = 0;
    for (std::int32_t& c : of) {
        if (number[c] < 0) number[c] = count++;
        c = number[c];
    }
    return static_cast<std::size_t>(count);
}

// One node for each part; loops are kept in the strength alone.
Graph aggregate(const Graph& graph, const std::vector<std::int32_t>& part, std::size_t count) {
    Graph out;
    out.strength.assign(count, 0.0);
    std::vector<std::int64_t> begin(count + 1, 0);
    for (std::size_t v = 0; v < part.size(); ++v) ++begin[part[v] + 1], out.strength[part[v]] += graph.strength[v];
    for (std::size_t c = 0; c < count; ++c) begin[c + 1] += begin[c];
    std::vector<std::int32_t> order(part.size());
    std::vector<std::int64_t> at(begin.begin(), begin.end() - 1);
    for (std::size_t v = 0; v < part.size(); ++v) order[at[part[v]]++] = static_cast<std::int32_t>(v);
    std::vector<double> sum(count, 0.0);
    out.start.push_back(0);
    for (std::size_t c = 0; c < count; ++c) {
        const std::size_t first = out.to.size();
        for (std::int64_t i = begin[c]; i < begin[c + 1]; ++i)
            for (std::int64_t e = graph.start[order[i]]; e < graph.start[order[i] + 1]; ++e) {
                const std::int32_t other = part[graph.to[e]];
                if (other == static_cast<std::int32_t>(c)) continue;
                if (sum[other] == 0) out.to.push_back(other);
                sum[other] += graph.weight[e];
            }
        for (std::size_t e = first; e < out.to.size(); ++e) out.weight.push_back(sum[out.to[e]]), sum[out.to[e]] = 0;
        out.start.push_back(static_cast<std::int64_t>(out.to.size()));
    }
    return out;
}

// One pass of Leiden over `graph`, from the communities `of` and into them; returns whether anything moved.
bool improve(const Graph& graph, std::vector<std::int32_t>& of, double scale, std::uint64_t& state) {
    std::vector<std::int32_t> node(graph.size());  // where each node of the first graph lies in the current one
    std::iota(node.begin(), node.end(), 0);
    Graph current = graph;
    std::vector<std::int32_t> community = of;
    bool changed = false;
    while (move_nodes(current, community, scale, state)) {
        changed = true;
        std::vector<std::int32_t> part = refine(current, community, scale, state);
        const std::size_t count = renumber(part);
        if (count == current.size()) break;
        std::vector<std::int32_t> above(count);
        for (std::size_t v = 0; v < part.size(); ++v) above[part[v]] = community[v];
        renumber(above);
        current = aggregate(current, part, count);
        community = std::move(above);
        for (std::int32_t& v : node) v = part[v];
    }
    for (std::size_t v = 0; v < node.size(); ++v) of[v] = community[node[v]];
    renumber(of);
    return changed;
}

}  // namespace

void bind_communities(nb::module_& m) {
    m.def(
        "communities",
        [](Array<const std::int64_t, 1> start, Array<const std::int32_t, 1> to, Array<const double, 1> weight,
           Array<const double, 1> strength, double scale, int passes, std::uint64_t seed,
           Array<std::int32_t, 1> of) {
            nb::gil_scoped_release release;
            Graph graph;
            graph.start.assign(start.data(), start.data() + start.size());
            graph.to.assign(to.data(), to.data() + to.size());
            graph.weight.assign(weight.data(), weight.data() + weight.size());
            graph.strength.assign(strength.data(), strength.data() + strength.size());
            std::vector<std::int32_t> found(graph.size());
            std::iota(found.begin(), found.end(), 0);
            for (int pass = 0; pass < passes; ++pass)
                if (!improve(graph, found, scale, seed)) break;
            std::copy(found.begin(), found.end(), of.data());
        },
        "Find communities of high modularity at `scale`, resolution / 2m; of[v] is the number of node v's.");
}

}  // namespace asterism
