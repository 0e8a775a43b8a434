// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "report/csv_file.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

constexpr std::string_view kTitleMark = "<!--waferloom-title-->";
constexpr std::string_view kDataMark = "<!--waferloom-data-->";

std::string html_text(std::string_view text) {
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
      default:
        escaped += c;
    }
  }
  return escaped;
}

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
    throw core::InputError(fmt::format("page.html: expected the mark {}, got none", mark));
  }
  page.replace(place, mark.size(), text);
}

}  // namespace

std::string make_page(const RunFiles& run, const std::filesystem::path& assets) {
  ordered_json data;
  data["result"] = run.result;
  data["host"] = run.host;
  data["tables"] = run.tables;
  data["wafer"] = {{"width", run.wafer.width}, {"height", run.wafer.height}};
  data["grids"] = ordered_json::array();
  data["links"] = ordered_json::array();
  std::string elements;
  const auto add_grid = [&](const char* list, const std::string& name, const TileGrid& grid) {
    const PackedGrid packed = pack(grid);
    const core::Rectangle& area = grid.area();
    data[list].push_back({{"name", name},
                          {"x", area.x},
                          {"y", area.y},
                          {"width", area.width},
                          {"height", area.height},
                          {"bytes", packed.bytes},
                          {"step", packed.step},
                          {"most", packed.most}});
    elements += fmt::format("<script type=\"application/octet-stream\" id=\"grid-{}\">{}</script>\n", name,
                            packed.data);
  };
  for (const NamedGrid& named : run.grids) add_grid("grids", named.name, named.grid);
  if (const LinkSamples& s = run.samples; !s.directions.empty()) {
    data["samples"] = {{"x", s.area.x},
                       {"y", s.area.y},
                       {"width", s.area.width},
                       {"height", s.area.height},
                       {"block_width", s.block_width},
                       {"block_height", s.block_height},
                       {"columns", s.columns},
                       {"rows", s.rows},
                       {"cycles", s.cycles},
                       {"samples", s.samples}};
    for (std::size_t d = 0; d < s.directions.size(); ++d) {
      add_grid("sample_grids", fmt::format("samples_{}", core::name_of(static_cast<core::Direction>(d))),
               s.directions[d]);
    }
  }
  for (const BusyLink& link : run.busiest) {
    data["links"].push_back({link.at.x, link.at.y, core::name_of(link.direction), link.wavelets});
  }
  std::string page = read_file(assets / "page.html");
  const auto scenario = run.result.find("scenario");
  const std::string title =
      scenario != run.result.end() && scenario->is_string() ? scenario->get<std::string>() : "run";
  replace_mark(page, kTitleMark, html_text(title) + " - Waferloom");
  replace_mark(page, kDataMark,
               fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n{}", json_text(data),
                           elements));
  return page;
}

}  // namespace waferloom::report
