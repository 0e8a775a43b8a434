// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/candidate_text.hpp"

#include <sstream>

namespace waferloom::burst {

std::string to_text(std::span<const Candidate> candidates) {
  std::ostringstream text;
  for (const Candidate& each : candidates) {
    text << each.lanes << ' ' << each.micro_batch << ' ' << static_cast<int>(each.activations) << ' '
         << static_cast<int>(each.lane_copies) << ' ' << each.parts << ' ' << each.recomputed_layers << ' '
         << each.input_every << ' ' << each.spilled_layers << ' ' << each.coarse_cycles << ' ' << each.cycles
         << ' ' << each.at_least << ' ' << each.given_up << ' ' << each.recomputed.size();
    for (const models::LayerPart part : each.recomputed) text << ' ' << static_cast<int>(part);
    text << ' ' << each.refused.size() << '\n' << each.refused;
  }
  return text.str();
}

std::vector<Candidate> candidates_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<Candidate> candidates;
  Candidate each;
  int activations = 0;
  int copies = 0;
  std::size_t parts = 0;
  while (in >> each.lanes >> each.micro_batch >> activations >> copies >> each.parts >>
         each.recomputed_layers >> each.input_every >> each.spilled_layers >> each.coarse_cycles >>
         each.cycles >> each.at_least >> each.given_up >> parts) {
    each.activations = static_cast<models::Activations>(activations);
    each.lane_copies = static_cast<models::LaneCopies>(copies);
    for (int part = 0; each.recomputed.size() < parts && in >> part;) {
      each.recomputed.push_back(static_cast<models::LayerPart>(part));
    }
    std::size_t length = 0;
    in >> length;
    in.get();
    each.refused.resize(length);
    in.read(each.refused.data(), static_cast<std::streamsize>(length));
    candidates.push_back(std::move(each));
    each = {};
  }
  return candidates;
}

}  // namespace waferloom::burst
