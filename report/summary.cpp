// SPDX-License-Identifier: Apache-2.0
#include "report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/units.hpp"
#include "report/text.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

const ordered_json& at(const ordered_json& json, const char* place) {
  const ordered_json::json_pointer pointer(place);
  if (json.contains(pointer)) return json[pointer];
  throw core::InputError(fmt::format("result.json: expected {}, got none", place));
}

double number(const ordered_json& json, const char* place) {
  const ordered_json& value = at(json, place);
  if (value.is_number()) return value.get<double>();
  throw core::InputError(fmt::format("result.json: {}: expected a number", place));
}

std::uint64_t count(const ordered_json& json, const char* place) {
  const ordered_json& value = at(json, place);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  throw core::InputError(fmt::format("result.json: {}: expected a whole number", place));
}

std::string text(const ordered_json& json, const char* place) {
  const ordered_json& value = at(json, place);
  if (value.is_string()) return value.get<std::string>();
  throw core::InputError(fmt::format("result.json: {}: expected a text", place));
}

std::uint64_t bytes(const ordered_json& json, const char* place) {
  return static_cast<std::uint64_t>(core::parse_real(text(json, place), core::Dimension::bytes).value);
}

double clock_hz(const ordered_json& result) {
  return core::parse_real(text(result, "/configuration/pe/clock"), core::Dimension::frequency).value;
}

/// What bounds a phase, with what weighs about as much.
std::string bound_of(const ordered_json& phase) {
  std::string bound = text(phase, "/bound");
  // Results of earlier versions tell none.
  for (const ordered_json& tie : phase.value("ties", ordered_json::array()))
    bound += fmt::format(" = {}", tie.get<std::string>());
  return bound;
}

std::string phase_lines(const ordered_json& result) {
  std::size_t width = 16;
  for (const ordered_json& phase : result.value("phases", ordered_json::array()))
    width = std::max(width, bound_of(phase).size() + 1);
  std::string lines = fmt::format("{:<17}{:>12}  {:<{}}{:>9}{:>11}{:>8}{:>8}{:>9}\n", "phase", "time",
                                  "bound by", width, "PE math", "PE moving", "link", "I/O in", "I/O out");
  if (!result.contains("phases")) return lines;
  for (const ordered_json& phase : result["phases"]) {
    const auto share = [&](const char* name) {
      return number(phase, fmt::format("/utilization/{}", name).c_str());
    };
    lines += fmt::format("{:<17}{:>12}  {:<{}}{:>9}{:>11}{:>8}{:>8}{:>9}\n", text(phase, "/phase"),
                         human_time(number(phase, "/time/value")), bound_of(phase), width,
                         percent(share("pe_arithmetic") + share("pe_sram")), percent(share("pe_streaming")),
                         percent(std::max(share("busiest_row_link"), share("busiest_column_link"))),
                         percent(share("busiest_input_channel")), percent(share("busiest_output_channel")));
  }
  const double cycles = number(result, "/metrics/cycles/value");
  std::string parts;
  for (const ordered_json& phase : result["phases"]) {
    if (!phase.contains("own_cycles") || cycles <= 0) return lines;
    parts +=
        fmt::format(", {} {}", text(phase, "/phase"), percent(number(phase, "/own_cycles/value") / cycles));
  }
  if (parts.empty()) return lines;
  return lines +
         fmt::format("Phases overlap. With that time shared evenly, of the step:{}\n", parts.substr(1));
}

std::string rate_lines(const ordered_json& result) {
  if (number(result, "/metrics/time/value") <= 0) return "";
  // What is left out of a step takes time as well.
  const std::string tokens = result["metrics"].contains("tokens_per_second")
                                 ? fmt::format("{:.0f} tokens/s, {:.2f} samples/s",
                                               number(result, "/metrics/tokens_per_second/value"),
                                               number(result, "/metrics/samples_per_second/value"))
                             : count(result, "/trace/tokens") == 0 ? std::string("a trace without tokens")
                                                                   : std::string("part of a training step");
  const std::uint64_t reserved = bytes(result, "/configuration/pe/reserved");
  // Results of before it was told have none.
  const bool has_peak = result.contains("/energy/peak_power"_json_pointer);
  const std::string peak =
      has_peak ? fmt::format(", {} W at most", significant(number(result, "/energy/peak_power/value"))) : "";
  return fmt::format(
      "\n{}; {:.2f} TFLOP/s, {} of peak\n"
      "SRAM high water {} of {} B per PE, {} B reserved; {} J, {} W on average{}\n",
      tokens, number(result, "/metrics/sustained_flops/value") / 1e12,
      percent(number(result, "/metrics/share_of_peak/value")),
      count(result, "/metrics/sram_high_water/value"), bytes(result, "/configuration/pe/sram") - reserved,
      reserved, significant(number(result, "/metrics/energy/value")),
      significant(number(result, "/metrics/average_power/value")), peak);
}

/// What is not as it is by default; results of earlier versions have none of it.
std::string finer_choice(const ordered_json& choice) {
  std::string words;
  const auto add = [&](const char* key, std::uint64_t by_default) {
    const auto place = choice.find(key);
    if (place == choice.end() || !place->is_number_unsigned()) return;
    if (const auto value = place->get<std::uint64_t>(); value != by_default)
      words += fmt::format(", {} {}", key, value);
  };
  add("parts", 1);
  if (const auto place = choice.find("recomputed"); place != choice.end() && place->is_array()) {
    words += ", recomputed";
    for (const ordered_json& part : *place) words += part.is_string() ? " " + part.get<std::string>() : "";
  }
  add("recomputed_layers", 0);
  add("spilled_layers", 0);
  add("input_every", 1);
  return words;
}

std::string choice_lines(const ordered_json& result) {
  if (!result.contains("choice")) return "";
  std::string lines =
      fmt::format("auto: lanes {}, micro-batch {}, activations {}, copies through {}{}, the fastest of\n",
                  count(result, "/choice/lanes"), count(result, "/choice/micro_batch"),
                  text(result, "/choice/activations"), text(result, "/choice/lane_copies"),
                  finer_choice(at(result, "/choice")));
  const auto outcome = [&](const ordered_json& candidate) -> std::string {
    const auto time = [&](const char* cycles) {
      return human_time(number(candidate, cycles) / clock_hz(result));
    };
    if (candidate.contains("cycles")) return time("/cycles/value");
    if (candidate.contains("refused")) return "refused, see result.json";
    if (candidate.contains("coarse_cycles")) {
      return fmt::format("about {}, judged coarsely", time("/coarse_cycles/value"));
    }
    if (candidate.contains("given_up")) return fmt::format("given up after {}", time("/at_least/value"));
    if (candidate.contains("at_least")) {
      return fmt::format("passed over, its I/O alone takes {}", time("/at_least/value"));
    }
    return "not judged";
  };
  for (const ordered_json& candidate : at(result, "/choice/candidates")) {
    lines += fmt::format("  lanes {:>2}, micro-batch {:>4}, {:<9}{}: {}\n", count(candidate, "/lanes"),
                         count(candidate, "/micro_batch"), text(candidate, "/activations"),
                         finer_choice(candidate), outcome(candidate));
  }
  return lines;
}

std::string simulation_line(const ordered_json& result, const ordered_json& host) {
  if (!host.is_object()) return "";
  const bool bursts = host.contains("transfers");
  const double done =
      bursts ? number(host, "/transfers/value") : number(result, "/metrics/wavelet_hops/value");
  const double simulation_s = number(host, "/simulation/value");
  return fmt::format("{:.1f} M {} in {:.1f} s of simulation ({:.1f} M/s; elaboration {:.1f} s)\n", done / 1e6,
                     bursts ? "transfers of whole bursts" : "wavelet hops", simulation_s,
                     simulation_s > 0 ? done / 1e6 / simulation_s : 0.0, number(host, "/elaboration/value"));
}

std::string step_summary(const ordered_json& result, const ordered_json& host) {
  const std::uint64_t tokens = count(result, "/trace/tokens");
  std::string lines =
      fmt::format("{}: {}{} x {} tiles, {} in {} cycles at {:.6g} MHz\n\n", text(result, "/scenario"),
                  tokens == 0 ? "" : fmt::format("{} tokens on ", tokens), count(result, "/trace/columns"),
                  count(result, "/trace/rows"), human_time(number(result, "/metrics/time/value")),
                  count(result, "/metrics/cycles/value"), clock_hz(result) / 1e6);
  lines += phase_lines(result) + rate_lines(result) + choice_lines(result);
  for (const ordered_json& folded : at(result, "/folded"))
    lines += fmt::format("folded: {}\n", folded.get<std::string>());
  return lines + simulation_line(result, host);
}

/// What any program for the collective takes; results of earlier versions do not tell.
std::string bound_line(const ordered_json& result) {
  if (!result.contains("/collective/lower_bound"_json_pointer)) return "";
  const std::uint64_t least = count(result, "/metrics/lower_bound/value");
  if (least == 0) return "";
  return fmt::format(
      "lower bound {} cycles ({}: {}), {:.2f} times of which it takes\n", least,
      text(result, "/collective/lower_bound/term"), text(result, "/collective/lower_bound/formula"),
      static_cast<double>(count(result, "/metrics/cycles/value")) / static_cast<double>(least));
}

std::string collective_summary(const ordered_json& result, const ordered_json& host) {
  std::string lines = fmt::format(
      "{}: {} ({}) of {} wavelets on {} x {} tiles: {} cycles, {:.3f} us at {:.6g} MHz\n"
      "{} wavelet hops, busiest link {:.1f} %",
      text(result, "/scenario"), text(result, "/collective/kind"), text(result, "/collective/algorithm"),
      count(result, "/collective/wavelets"), count(result, "/collective/columns"),
      count(result, "/collective/rows"), count(result, "/metrics/cycles/value"),
      number(result, "/metrics/time/value") * 1e6, clock_hz(result) / 1e6,
      count(result, "/metrics/wavelet_hops/value"), 100 * number(result, "/metrics/busiest_link/value"));
  if (host.is_object()) {
    lines += fmt::format("; {:.2f} s of simulation, elaboration {:.1f} s", number(host, "/simulation/value"),
                         number(host, "/elaboration/value"));
  }
  return lines + "\n" + bound_line(result);
}

std::string kernel_summary(const ordered_json& result, const ordered_json& host) {
  std::string parameters;
  for (const auto& [name, value] : at(result, "/kernel/parameters").items()) {
    parameters += fmt::format("{}{} {}", parameters.empty() ? " with " : ", ", name, value.dump());
  }
  std::string lines = fmt::format(
      "{}: kernel {}{} on {} x {} tiles: {} cycles, {:.3f} us at {:.6g} MHz\n"
      "{} wavelet hops, busiest link {:.1f} %, PEs busy {:.1f} %",
      text(result, "/scenario"), text(result, "/kernel/name"), parameters, count(result, "/kernel/columns"),
      count(result, "/kernel/rows"), count(result, "/metrics/cycles/value"),
      number(result, "/metrics/time/value") * 1e6, clock_hz(result) / 1e6,
      count(result, "/metrics/wavelet_hops/value"), 100 * number(result, "/metrics/busiest_link/value"),
      100 * number(result, "/metrics/pe_busy/value"));
  if (host.is_object()) {
    lines += fmt::format("; {:.2f} s of simulation, elaboration {:.1f} s", number(host, "/simulation/value"),
                         number(host, "/elaboration/value"));
  }
  return lines + "\n";
}

std::string traffic_summary(const ordered_json& result, const ordered_json& host) {
  const std::uint64_t flits = count(result, "/configuration/traffic/packet_flits");
  std::string lines =
      fmt::format("{}: {} traffic on {} x {} nodes, router {}, {} flit{} per packet\n\n",
                  text(result, "/scenario"), text(result, "/configuration/traffic/pattern"),
                  count(result, "/configuration/fabric/width"), count(result, "/configuration/fabric/height"),
                  text(result, "/configuration/fabric/router"), flits, flits == 1 ? "" : "s");
  lines += fmt::format("{:>9}{:>10}{:>10}{:>8}{:>8}{:>8}{:>8}\n", "offered", "accepted", "latency", "p50",
                       "p95", "p99", "hops");
  double hops = 0;
  for (const ordered_json& load : at(result, "/loads")) {
    hops += number(load, "/flit_hops/value");
    lines +=
        fmt::format("{:>9.4f}{:>10.4f}", number(load, "/offered/value"), number(load, "/accepted/value"));
    if (load.contains("latency_mean")) {
      lines += fmt::format("{:>10.2f}{:>8}{:>8}{:>8}{:>8.2f}", number(load, "/latency_mean/value"),
                           count(load, "/latency_p50/value"), count(load, "/latency_p95/value"),
                           count(load, "/latency_p99/value"), number(load, "/hops_mean/value"));
    } else {
      lines += "  no packet arrived                         ";
    }
    lines += at(load, "/unstable") == true ? "  unstable\n" : "  \n";
  }
  lines += "(flits per node and cycle; cycles from generation to the last flit's arrival; links passed)\n";
  if (result.contains("saturation")) {
    lines += fmt::format(
        "\nsaturation: {:.4f} {}, within {}\n", number(result, "/saturation/value"),
        text(result, "/saturation/unit") == "1" ? "times the table's rates" : "flits per node and cycle",
        number(result, "/configuration/traffic/tolerance"));
  }
  if (host.is_object()) {
    lines +=
        fmt::format("\n{:.1f} M flit hops in {:.2f} s of simulation ({:.1f} M hops/s)\n", hops / 1e6,
                    number(host, "/simulation/value"), number(host, "/flit_hops_per_second/value") / 1e6);
  }
  return lines;
}

}  // namespace

std::string summary_text(const ordered_json& result, const ordered_json& host) {
  if (at(result, "/format") == "waferloom-traffic-result") return traffic_summary(result, host);
  if (result.contains("collective")) return collective_summary(result, host);
  if (result.contains("kernel")) return kernel_summary(result, host);
  return step_summary(result, host);
}

}  // namespace waferloom::report
