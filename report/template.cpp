// SPDX-License-Identifier: Apache-2.0
#include "report/template.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "report/csv_file.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

constexpr std::string_view kTitleMark = "<!--waferloom-title-->";
constexpr std::string_view kDataMark = "<!--waferloom-data-->";

/// JSON within a script element, which nothing in it may end.
std::string json_text(const ordered_json& json) {
  const std::string plain = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::string text;
  text.reserve(plain.size());
  for (const char c : plain) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

void replace_mark(std::string& page, std::string_view mark, std::string_view text) {
  const std::size_t place = page.find(mark);
  if (place == std::string::npos) {
    throw core::InputError(fmt::format("page: expected the mark {}, got none", mark));
  }
  page.replace(place, mark.size(), text);
}

}  // namespace

std::string markup_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string fill_template(const std::filesystem::path& file, const std::string& title,
                          const ordered_json& data, const std::string& elements) {
  std::string page = read_file(file);
  replace_mark(page, kTitleMark, markup_text(title) + " - Waferloom");
  replace_mark(page, kDataMark,
               fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n{}", json_text(data),
                           elements));
  return page;
}

}  // namespace waferloom::report
