// SPDX-License-Identifier: Apache-2.0
// Records and headers as JSON objects, strictly: unknown fields, wrong types and unknown names are errors.
// Fields that have their default value are left out.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "trace/record.hpp"

namespace waferloom::trace {

/// A JSON object that is no record or header; the message reads "field: expected ..., got ...".
class FieldError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Header& header);
[[nodiscard]] nlohmann::ordered_json to_json(const Record& record);
/// Throw FieldError.
[[nodiscard]] Header header_from(const nlohmann::json& json);
[[nodiscard]] Record record_from(const nlohmann::json& json);

}  // namespace waferloom::trace
