// SPDX-License-Identifier: Apache-2.0
// Whether tiles agree on the colors between them: what one sends the next one has a route for, and who takes numbers takes
// them as what they were sent.
#pragma once

#include "kernels/code.hpp"

namespace waferloom::kernels {

/// Throws core::InputError with the place in the kernel file, and a tile.
void check_colors(const CompiledKernel& compiled);

}  // namespace waferloom::kernels
