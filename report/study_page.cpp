// SPDX-License-Identifier: Apache-2.0
#include "report/study_page.hpp"

#include "report/template.hpp"

namespace waferloom::report {

std::string make_study_page(const nlohmann::ordered_json& study, const std::filesystem::path& assets) {
  return fill_template(assets / "study.html", study.value("study", "study"), study, {});
}

}  // namespace waferloom::report
