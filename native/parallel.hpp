// Work in fixed chunks, so that results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace asterism {

// Calls f(begin, end, chunk) for consecutive chunks of [0, n). Which thread takes a chunk is free;
// where a chunk begins and ends is not, so a reduction kept per chunk and summed in chunk order has the same bits
// on any number of threads.
template <class F>
void parallel_chunks(std::size_t n, std::size_t chunk, int threads, F&& f) {
    const std::size_t chunks = (n + chunk - 1) / chunk;
    auto run = [&](std::size_t c) { f(c * chunk, std::min(n, (c + 1) * chunk), c); };
    const std::size_t workers = std::min<std::size_t>(std::max(threads, 1), chunks);
    if (workers <= 1) {
        for (std::size_t c = 0; c < chunks; ++c) run(c);
        return;
    }
    std::atomic<std::size_t> next{0};
    auto work = [&] {
        for (std::size_t c; (c = next.fetch_add(1)) < chunks;) run(c);
    };
    std::vector<std::thread> team;
    for (std::size_t t = 1; t < workers; ++t) team.emplace_back(work);
    work();
    for (auto& member : team) member.join();
}

}  // namespace asterism
