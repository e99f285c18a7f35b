// Which instruction sets run here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>

#include "simd.hpp"

namespace nb = nanobind;

namespace asterism {

CpuLevel best_cpu_level() {
#if ASTERISM_X86
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx512 && __builtin_cpu_supports("avx2")) return CpuLevel::avx512;
    if (__builtin_cpu_supports("avx2")) return CpuLevel::avx2;
#endif
    return CpuLevel::base;
}

namespace {

std::atomic<int> the_level{-1};

const char* level_name(CpuLevel level) {
    return level == CpuLevel::avx512 ? "avx512" : level == CpuLevel::avx2 ? "avx2" : "base";
}

CpuLevel level_named(const std::string& name) {
    for (CpuLevel level : {CpuLevel::base, CpuLevel::avx2, CpuLevel::avx512}) {
        if (name == level_name(level)) return level;
    }
    throw std::invalid_argument("level is '" + name + "'; expected 'base', 'avx2' or 'avx512'.");
}

}  // namespace

CpuLevel cpu_level() {
    int level = the_level.load(std::memory_order_relaxed);
    if (level < 0) {
        level = static_cast<int>(best_cpu_level());
        the_level.store(level, std::memory_order_relaxed);
    }
    return static_cast<CpuLevel>(level);
}

void limit_cpu(CpuLevel level) {
    the_level.store(std::min(static_cast<int>(level), static_cast<int>(best_cpu_level())), std::memory_order_relaxed);
}

void bind_cpu(nb::module_& m) {
    m.def(
        "cpu_features",
        [] {
            nb::dict found;
            found["best"] = level_name(best_cpu_level());
            found["used"] = level_name(cpu_level());
            return found;
        },
        "The widest vector instructions that run here, and those in use: 'base', 'avx2' or 'avx512'.");
    m.def(
        "limit_cpu", [](const std::string& name) { limit_cpu(level_named(name)); }, nb::arg("level"),
        "Use no wider vector instructions than these, for tests and measurements. Results do not depend on it.");
}

}  // namespace asterism
