// The arrays that the neighbour kernels take from Python, and how a long loop listens to Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>

#include "neighbors_index.hpp"

namespace asterism {

namespace nb = nanobind;

template <class T, int D>
using Array = nb::ndarray<T, nb::ndim<D>, nb::c_contig, nb::device::cpu>;

// Called by the thread that Python called, without the GIL, a few times a second.
inline void raise_if_interrupted() {
    nb::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

}  // namespace asterism
