// SPDX-License-Identifier: Apache-2.0
// Settles a kernel tile by tile: numbers, routes, queues, buffers, what each operation takes.
#pragma once

#include <memory>

#include "core/geometry.hpp"
#include "fabric/parameters.hpp"
#include "kernels/code.hpp"
#include "pe/parameters.hpp"

namespace waferloom::kernels {

/// `origin`: the kernel's first tile on the wafer. Throws core::InputError with file, line, column and tile of what
/// cannot be.
[[nodiscard]] CompiledKernel compile(std::shared_ptr<const Kernel> kernel, core::Coordinate origin,
                                     const fabric::FabricParameters& fabric, const pe::PeParameters& pe);

}  // namespace waferloom::kernels
