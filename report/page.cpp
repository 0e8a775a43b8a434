// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <fmt/format.h>

#include <future>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "report/template.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

/// Grids that are packed side by side.
class Packing {
 public:
  void start(const TileGrid& grid) {
    packing_.push_back(std::async(std::launch::async, [&grid] { return pack(grid); }));
  }
  /// In the order in which they were started.
  [[nodiscard]] PackedGrid next() { return packing_[taken_++].get(); }

 private:
  std::vector<std::future<PackedGrid>> packing_;
  std::size_t taken_ = 0;
};

}  // namespace

std::string make_page(const RunFiles& run, const ordered_json& preset, const std::filesystem::path& assets) {
  ordered_json data;
  data["result"] = run.result;
  data["host"] = run.host;
  if (!run.explanation.is_null()) data["explanation"] = run.explanation;
  if (!preset.is_null()) data["preset"] = preset;
  data["tables"] = run.tables;
  data["wafer"] = {{"width", run.wafer.width}, {"height", run.wafer.height}};
  data["link_cycles"] = run.link_cycles;
  data["map_cycles"] = run.cycles;
  data["grids"] = ordered_json::array();
  data["links"] = ordered_json::array();
  Packing packing;
  for (const NamedGrid& named : run.grids) packing.start(named.grid);
  for (const TileGrid& grid : run.samples.directions) packing.start(grid);
  std::string elements;
  const auto add_grid = [&](const char* list, const std::string& name, const TileGrid& grid) {
    const PackedGrid packed = packing.next();
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
                       {"block_width", s.cell_width},
                       {"block_height", s.cell_height},
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
  const auto scenario = run.result.find("scenario");
  const std::string title =
      scenario != run.result.end() && scenario->is_string() ? scenario->get<std::string>() : "run";
  return fill_template(assets / "page.html", title, data, elements);
}

}  // namespace waferloom::report
