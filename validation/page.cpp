// SPDX-License-Identifier: Apache-2.0
#include "validation/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/version.hpp"
#include "report/template.hpp"

namespace waferloom::validation {

namespace {

using report::markup_text;

constexpr double kSide = 640;    ///< of the chart, in pixels
constexpr double kMargin = 60;   ///< for the axes' texts
constexpr double kLeast = 1e-3;  ///< what is less stands at the chart's edge

constexpr std::string_view kStyle =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#1b1f24}"
    "table{border-collapse:collapse;width:100%;font-size:13px;margin:1em 0 2em}"
    "th,td{text-align:left;padding:3px 8px;border-bottom:1px solid #d8dee4;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "tr.miss td{background:#fff1e5}tr.bad td{background:#ffdcd7}"
    "svg text{font-size:12px;fill:#57606a}.key span{display:inline-block;margin-right:1.4em}"
    ".key i{display:inline-block;width:10px;height:10px;border-radius:5px;margin-right:.4em}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}"
    "tr.miss td{background:#3d2a12}tr.bad td{background:#4a1d1d}svg text{fill:#9da7b1}}";

std::string_view color_of(Evidence evidence) {
  static constexpr std::array<std::string_view, kEvidences.size()> kColors{"#cf222e", "#0969da", "#8250df",
                                                                           "#1a7f37", "#bf8700", "#6e7781"};
  return kColors.at(static_cast<std::size_t>(evidence));
}

std::string_view row_class(const Outcome& o) {
  if (o.is_open() || o.is_met()) return "";
  return o.is_accounted_for() ? " class=\"miss\"" : " class=\"bad\"";
}

std::string error_text(const Outcome& o) {
  if (o.is_open()) return "-";
  return o.failure.empty() ? fmt::format("{:+.2f} %", 100 * o.error()) : markup_text(o.failure);
}

std::string allowed_text(const Claim& claim) {
  return std::isinf(claim.tolerance) ? "stated" : fmt::format("{:.2f} %", 100 * claim.tolerance);
}

/// The chart's scale, the same along both axes.
class Scale {
 public:
  explicit Scale(const std::vector<PagePart>& parts) {
    double least = std::numeric_limits<double>::infinity();
    double most = 0;
    for (const PagePart& part : parts) {
      for (const Outcome& o : part.report.outcomes) {
        if (o.is_open() || !o.failure.empty()) continue;
        least = std::min({least, place(o.expected), place(o.simulated)});
        most = std::max({most, place(o.expected), place(o.simulated)});
      }
    }
    first_ = std::isinf(least) ? 0 : std::floor(std::log10(least));
    last_ = most == 0 ? 1 : std::max(first_ + 1, std::ceil(std::log10(most)));
  }
  [[nodiscard]] double x(double value) const {
    return kMargin + (std::log10(place(value)) - first_) / (last_ - first_) * (kSide - 2 * kMargin);
  }
  [[nodiscard]] double y(double value) const { return kSide - x(value); }
  [[nodiscard]] int first() const { return static_cast<int>(first_); }
  [[nodiscard]] int last() const { return static_cast<int>(last_); }

 private:
  static double place(double value) { return std::max(value, kLeast); }
  double first_ = 0;
  double last_ = 1;
};

void add_axes(std::string& svg, const Scale& scale) {
  const auto to = std::back_inserter(svg);
  const double end = kSide - kMargin;
  for (int decade = scale.first(); decade <= scale.last(); ++decade) {
    const double at = scale.x(std::pow(10, decade));
    fmt::format_to(to,
                   "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}M{1:.1f} {3:.1f}H{2:.1f}\" stroke=\"#8c959f\" "
                   "stroke-opacity=\".35\"/>"
                   "<text x=\"{0:.1f}\" y=\"{4:.1f}\" text-anchor=\"middle\">1e{6}</text>"
                   "<text x=\"{5:.1f}\" y=\"{3:.1f}\" text-anchor=\"end\" dy=\"4\">1e{6}</text>",
                   at, kMargin, end, kSide - at, end + 18, kMargin - 8, decade);
  }
  fmt::format_to(
      to,
      "<path d=\"M{0:.1f} {1:.1f}L{1:.1f} {0:.1f}\" stroke=\"#57606a\" stroke-dasharray=\"5 4\"/>"
      "<text x=\"{2:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">published</text>"
      "<text transform=\"translate(14 {2:.1f}) rotate(-90)\" text-anchor=\"middle\">simulated</text>",
      kMargin, end, kSide / 2, kSide - 12);
}

std::string chart(const std::vector<PagePart>& parts) {
  const Scale scale(parts);
  std::string svg = fmt::format("<svg viewBox=\"0 0 {0} {0}\" width=\"{0}\" role=\"img\">", kSide);
  add_axes(svg, scale);
  for (const PagePart& part : parts) {
    for (const Outcome& o : part.report.outcomes) {
      if (o.is_open() || !o.failure.empty()) continue;
      fmt::format_to(
          std::back_inserter(svg),
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\" fill-opacity=\".65\"{}><title>{}: "
          "{:.6g} published, {:.6g} simulated ({})</title></circle>",
          scale.x(o.expected), scale.y(o.simulated), color_of(o.claim.evidence),
          o.is_met() ? "" : " stroke=\"#1b1f24\" stroke-width=\"1.5\"", markup_text(o.name), o.expected,
          o.simulated, error_text(o));
    }
  }
  return svg + "</svg>";
}

void add_misses(std::string& page, const std::vector<PagePart>& parts) {
  page += "<h2>Misses</h2><ul>";
  std::size_t misses = 0;
  for (const PagePart& part : parts) {
    for (const Outcome& o : part.report.outcomes) {
      if (o.is_open() || o.is_met()) continue;
      ++misses;
      fmt::format_to(std::back_inserter(page), "<li><b>{}</b>: {} (allowed {}). {}</li>", markup_text(o.name),
                     error_text(o), allowed_text(o.claim),
                     o.claim.miss.empty() ? "Not explained." : markup_text(o.claim.miss));
    }
  }
  page += misses == 0 ? "<li>None.</li></ul>" : "</ul>";
}

void add_open(std::string& page, const std::vector<PagePart>& parts) {
  std::string list;
  for (const PagePart& part : parts) {
    for (const Outcome& o : part.report.outcomes) {
      if (!o.is_open()) continue;
      fmt::format_to(std::back_inserter(list), "<li><b>{}</b>, {:.6g} {}: {}</li>", markup_text(o.name),
                     o.expected, markup_text(o.unit), markup_text(o.claim.open));
    }
  }
  if (!list.empty()) page += "<h2>Open: nothing is run beside these</h2><ul>" + list + "</ul>";
}

void add_table(std::string& page, const PagePart& part) {
  const auto to = std::back_inserter(page);
  fmt::format_to(
      to,
      "<h2>{}</h2><p>{}. Median error {:.2f} %, worst {:.2f} %.</p><table><tr><th></th><th>machine</th>"
      "<th>evidence</th><th>published</th><th>simulated</th><th>unit</th><th>error</th><th>allowed</th>"
      "<th>why that much</th><th>source</th></tr>",
      markup_text(part.name), markup_text(part.description), 100 * part.report.median_error,
      100 * part.report.worst_error);
  for (const Outcome& o : part.report.outcomes) {
    fmt::format_to(to,
                   "<tr{}><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{:.6g}</td><td class=\"n\">{}</td>"
                   "<td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>",
                   row_class(o), markup_text(o.name), markup_text(o.claim.machine), name_of(o.claim.evidence),
                   o.expected,
                   o.is_open() ? "open" : (o.failure.empty() ? fmt::format("{:.6g}", o.simulated) : "none"),
                   markup_text(o.unit), error_text(o), allowed_text(o.claim), markup_text(o.claim.because),
                   markup_text(o.source));
  }
  page += "</table>";
}

}  // namespace

std::string make_page(const std::vector<PagePart>& parts) {
  std::string page = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Waferloom "
      "validation</title><style>{}</style>"
      "<h1>What is published, and what Waferloom says</h1><p>Version {}. Dots on the dashed line are met "
      "exactly; "
      "those with a rim are beyond their tolerance.</p><p class=\"key\">",
      kStyle, core::version());
  for (const EvidenceName& each : kEvidences) {
    fmt::format_to(std::back_inserter(page), "<span><i style=\"background:{}\"></i>{}</span>",
                   color_of(each.value), each.name);
  }
  page += "</p>" + chart(parts);
  add_misses(page, parts);
  add_open(page, parts);
  for (const PagePart& part : parts) add_table(page, part);
  return page + "</html>\n";
}

}  // namespace waferloom::validation
