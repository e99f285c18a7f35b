// The native module: each kernel file offers its functions through one bind_ function.
#include <nanobind/nanobind.h>

NB_MODULE(_native, m) { m.doc() = "Loops of Asterism that need a compiler."; }
