// SPDX-License-Identifier: Apache-2.0
// The keys of kernel files, declared once: reader, errors, schema for editors and reference page follow from here.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::kernels {

struct LanguageKey {
  std::string_view section;  ///< "kernel", "buffer", "statement", or the name of a statement
  std::string_view name;
  std::string_view type;  ///< "expression", "name", "names", "text", "flag", "operand", "list of ...", ...
  bool required = false;
  std::string_view help;
};

[[nodiscard]] std::span<const LanguageKey> language();
/// Names of a section's keys.
[[nodiscard]] std::vector<std::string> keys_of(std::string_view section);
[[nodiscard]] const LanguageKey* find_key(std::string_view section, std::string_view name);

/// A JSON Schema (draft-07) of kernel files.
[[nodiscard]] nlohmann::json kernel_schema();
/// One Markdown table per section.
[[nodiscard]] std::string kernel_reference();

}  // namespace waferloom::kernels
