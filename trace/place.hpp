// SPDX-License-Identifier: Apache-2.0
// Places in a trace file, for messages: a record is a line, a field a column of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/input/json.hpp"
#include "trace/rule_error.hpp"

namespace waferloom::trace {

/// The column, from 1, at which the field stands that `problem` ("area.width: expected ...") begins with; 1 where the
/// line does not hold it.
[[nodiscard]] std::size_t column_of(std::string_view line, std::string_view problem);

/// What a JSON reader says of a line, without the place that it counts within that line.
[[nodiscard]] std::string without_place(const core::JsonError& error);

/// `FILE:LINE:COLUMN`, of the field that `problem` names in line `number` of `file`, from 1.
[[nodiscard]] std::string place_in(const std::filesystem::path& file, std::uint64_t number,
                                   std::string_view problem);

/// `error` with its place in the trace file `file`, whose first line is the header.
[[nodiscard]] std::string located(const std::filesystem::path& file, const RuleError& error);

}  // namespace waferloom::trace
