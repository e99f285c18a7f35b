// The threads behind parallel_chunks: started when first needed, asleep between calls, never joined.
#include "parallel.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace asterism::detail {
namespace {

constexpr int kSpins = 2000;  // Some 10 µs: a layout calls again at once, and waking a sleeping thread costs more.

void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

struct Job {
    Job(std::size_t chunks, int seats, ChunkFunction function, void* body)
        : chunks(chunks), seats(seats), function(function), body(body) {}

    const std::size_t chunks;
    int seats;  // Threads that may still join; guarded by the pool's mutex.
    const ChunkFunction function;
    void* const body;
    std::atomic<std::size_t> next{0};
    std::atomic<int> busy{0};  // Pool threads inside work().
    std::atomic<bool> failed{false};
    std::exception_ptr error;

    void work() {
        for (std::size_t c; (c = next.fetch_add(1, std::memory_order_relaxed)) < chunks;) {
            try {
                function(body, c);
            } catch (...) {
                if (!failed.exchange(true)) error = std::current_exception();
                next.store(chunks, std::memory_order_relaxed);
            }
        }
    }
};

class Pool {
  public:
    void run(Job& job) {
        int wanted = 0;  // Once the job is known, its seats are taken under the mutex.
        {
            std::lock_guard<std::mutex> lock(mutex_);
            grow(job.seats);
            wanted = std::min<int>(job.seats, started_);
            jobs_.push_back(&job);
            waiting_.fetch_add(1, std::memory_order_release);
        }
        for (int t = 0; t < wanted; ++t) wake_.notify_one();
        job.work();
        withdraw(job);
        for (int spin = 0; job.busy.load(std::memory_order_acquire) > 0; ++spin) {
            if (spin < kSpins) {
                relax();
            } else {
                std::this_thread::yield();
            }
        }
    }

  private:
    void grow(int wanted) {
        for (; started_ < std::min(wanted, 255); ++started_) std::thread([this] { serve(); }).detach();
    }

    void withdraw(Job& job) {
        std::lock_guard<std::mutex> lock(mutex_);
        const auto found = std::find(jobs_.begin(), jobs_.end(), &job);
        if (found == jobs_.end()) return;
        jobs_.erase(found);
        waiting_.fetch_sub(1, std::memory_order_release);
    }

    // Takes a seat in the oldest job; the caller holds the mutex.
    Job* join() {
        if (jobs_.empty()) return nullptr;
        Job* job = jobs_.front();
        job->busy.fetch_add(1, std::memory_order_relaxed);
        if (--job->seats == 0) {
            jobs_.pop_front();
            waiting_.fetch_sub(1, std::memory_order_release);
        }
        return job;
    }

    [[noreturn]] void serve() {
        for (;;) {
            for (int spin = 0; spin < kSpins && waiting_.load(std::memory_order_acquire) == 0; ++spin) relax();
            Job* job = nullptr;
            {
                std::unique_lock<std::mutex> lock(mutex_);
                wake_.wait(lock, [this] { return !jobs_.empty(); });
                job = join();
            }
            job->work();
            job->busy.fetch_sub(1, std::memory_order_release);
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job*> jobs_;        // Guarded by mutex_.
    std::atomic<int> waiting_{0};  // jobs_.size(), readable without the mutex.
    std::atomic<int> started_{0};
};

// Never destroyed: threads still asleep at the end of the process refer to it.
std::atomic<Pool*> the_pool{nullptr};

Pool& pool() {
    Pool* found = the_pool.load(std::memory_order_acquire);
    if (found != nullptr) return *found;
#if !defined(_WIN32)
    // The threads do not survive a fork, and their mutex may be held in the copy: the child forgets both.
    static std::once_flag once;
    std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { the_pool.store(nullptr); }); });
#endif
    auto* made = new Pool;
    if (the_pool.compare_exchange_strong(found, made)) return *made;
    delete made;
    return *found;
}

}  // namespace

void run_chunks(std::size_t chunks, int threads, ChunkFunction function, void* body) {
    const auto seats = static_cast<int>(std::min<std::size_t>(chunks, static_cast<std::size_t>(threads))) - 1;
    Job job(chunks, seats, function, body);
    pool().run(job);
    if (job.error) std::rethrow_exception(job.error);
}

}  // namespace asterism::detail
