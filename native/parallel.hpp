// Work in fixed chunks, so that results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace asterism {

namespace detail {

using ChunkFunction = void (*)(void* body, std::size_t chunk);

// Calls function(body, c) for every c in [0, chunks) on at most `threads` threads, the calling one among them, and
// returns when all are done. The first exception that a chunk throws is thrown again here; chunks not yet begun are
// then left out. Threads are kept for the next call. Several threads may call at once, a body may call it again, and a
// process that has forked starts with threads of its own.
void run_chunks(std::size_t chunks, int threads, ChunkFunction function, void* body);

}  // namespace detail

// Calls f(begin, end, chunk) for consecutive chunks of [0, n). Which thread takes a chunk is free;
// where a chunk begins and ends is not, so a reduction kept per chunk and summed in chunk order has the same bits
// on any number of threads.
template <class F>
void parallel_chunks(std::size_t n, std::size_t chunk, int threads, F&& f) {
    const std::size_t chunks = (n + chunk - 1) / chunk;
    auto run = [&](std::size_t c) { f(c * chunk, std::min(n, (c + 1) * chunk), c); };
    if (threads <= 1 || chunks <= 1) {
        for (std::size_t c = 0; c < chunks; ++c) run(c);
        return;
    }
    using Run = decltype(run);
    detail::run_chunks(
        chunks, threads, [](void* body, std::size_t c) { (*static_cast<Run*>(body))(c); }, std::addressof(run));
}

}  // namespace asterism
