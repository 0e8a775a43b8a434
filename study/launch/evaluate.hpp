// SPDX-License-Identifier: Apache-2.0
// Points that somebody else chooses while the study runs (an optimizer that asks, this program that tells): JSON
// objects, one a line. docs/studies.md describes the protocol.
#pragma once

#include <atomic>
#include <filesystem>
#include <iosfwd>

#include "study/plan/plan.hpp"
#include "study/table/point_record.hpp"

namespace waferloom::study {

/// Answers each line of `in` with one on `out`, in order, until the end of `in` or `stop`; gives the plan of what
/// was asked. A line that is no point is answered with what is wrong, and the next one is read.
[[nodiscard]] Plan answer(const Study& study, const std::filesystem::path& directory, const Cache& cache,
                          std::istream& in, std::ostream& out, const std::atomic<bool>& stop);

}  // namespace waferloom::study
