#pragma once

#include <cstdint>

namespace asterism {

using Index = std::int64_t;  // long has 32 bits on Windows

}  // namespace asterism
