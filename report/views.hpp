// SPDX-License-Identifier: Apache-2.0
// Parts of a run for the terminal: one layer, and the busiest links and PEs. Each is gathered as JSON, from which
// the text is made, so that both tell the same.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "report/run_files.hpp"

namespace waferloom::report {

/// The phases and operations of a layer. Throws core::InputError naming the layers where there is no such.
[[nodiscard]] nlohmann::ordered_json layer_view(const RunFiles& run, const std::string& layer);
[[nodiscard]] std::string layer_text(const nlohmann::ordered_json& view);

/// The most congested links between tiles. Throws core::InputError where the run's files do not have them.
[[nodiscard]] nlohmann::ordered_json top_links(const RunFiles& run, std::size_t count);
/// The PEs that were busy the longest.
[[nodiscard]] nlohmann::ordered_json top_pes(const RunFiles& run, std::size_t count);
[[nodiscard]] std::string top_text(const nlohmann::ordered_json& view);

}  // namespace waferloom::report
