// SPDX-License-Identifier: Apache-2.0
#include "trace/import/chakra.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "core/error.hpp"
#include "trace/import/chakra_file.hpp"
#include "trace/import/chakra_schema.hpp"

namespace waferloom::trace {

namespace {

using Path = std::filesystem::path;
using Type = ChakraNode::Type;

constexpr double kMicrosecond = 1e-6;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;

/// The number before the ending, as in `name.3.et`.
std::optional<std::uint32_t> rank_in(const Path& path) {
  const std::string text = path.stem().extension().string();
  std::uint32_t rank = 0;
  if (text.size() < 2) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), rank);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return rank;
}

/// By rank, where the names tell it.
std::vector<Path> in_order(const std::vector<Path>& files) {
  std::map<std::uint32_t, Path> by_rank;
  for (const Path& file : files) {
    const std::optional<std::uint32_t> rank = rank_in(file);
    if (!rank) return files;
    if (!by_rank.emplace(*rank, file).second) {
      throw core::InputError(fmt::format("{}: expected one file for each rank, got another of rank {}: {}",
                                         file.string(), *rank, by_rank[*rank].string()));
    }
  }
  std::vector<Path> ordered;
  for (const auto& [rank, file] : by_rank) {
    if (rank != ordered.size() && files.size() > 1) {
      throw core::InputError(
          fmt::format("{}: expected a file of rank {} too, got none", file.string(), ordered.size()));
    }
    ordered.push_back(file);
  }
  return ordered;
}

std::optional<Collective> collective_of(std::int64_t type) {
  using C = Collective;
  constexpr std::array kOf{C::all_reduce, C::reduce,     C::all_gather,     C::gather,         C::scatter,
                           C::broadcast,  C::all_to_all, C::reduce_scatter, C::reduce_scatter, C::barrier};
  static_assert(kOf.size() == chakra::kCollectives.size());
  if (type < 0 || type >= static_cast<std::int64_t>(kOf.size())) return std::nullopt;
  return kOf[static_cast<std::size_t>(type)];
}

/// Where a node stands.
struct Place {
  std::uint32_t rank = 0;
  std::size_t node = 0;
};

/// What becomes a step, or, without one, stands for what it waits for.
struct Part {
  std::vector<Place> nodes;
  std::vector<std::size_t> after;  ///< parts
  std::optional<RankStep> step;
};

class Joiner {
 public:
  Joiner(std::vector<ChakraFile> files, std::optional<std::uint32_t> ranks)
      : files_(std::move(files)), ranks_(ranks.value_or(static_cast<std::uint32_t>(files_.size()))) {
    if (files_.size() > 1 && ranks_ != files_.size()) {
      throw core::InputError(
          fmt::format("--ranks: expected as many as there are files, {}, got {}", files_.size(), ranks_));
    }
    constexpr std::uint32_t kMostRanks = 1U << 16U;
    if (ranks_ == 0 || ranks_ > kMostRanks) {
      throw core::InputError(fmt::format("--ranks: expected 1 to {}, got {}", kMostRanks, ranks_));
    }
    alike_ = files_.size() == 1 && ranks_ > 1;
  }

  Workload join() {
    part_of_.resize(files_.size());
    // Node by node, so that what ranks do at the same time is close together.
    std::size_t most = 0;
    for (std::uint32_t rank = 0; rank < files_.size(); ++rank) {
      number_nodes(rank);
      most = std::max(most, files_[rank].nodes.size());
    }
    for (std::size_t node = 0; node < most; ++node) {
      for (std::uint32_t rank = 0; rank < files_.size(); ++rank) {
        if (node < files_[rank].nodes.size()) add({rank, node});
      }
    }
    match_messages();
    check_collectives();
    add_dependencies();
    return in_order_of_time();
  }

 private:
  [[nodiscard]] const ChakraNode& at(const Place& place) const {
    return files_[place.rank].nodes[place.node];
  }
  template <class... Args>
  [[noreturn]] void fail(const Place& place, fmt::format_string<Args...> format, Args&&... args) const {
    throw core::InputError(fmt::format("{}: {}", label(files_[place.rank], at(place)),
                                       fmt::format(format, std::forward<Args>(args)...)));
  }

  void number_nodes(std::uint32_t rank) {
    std::unordered_map<std::uint64_t, std::size_t>& numbers = numbers_.emplace_back();
    const std::vector<ChakraNode>& nodes = files_[rank].nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto [known, is_new] = numbers.try_emplace(nodes[i].id, i);
      if (!is_new)
        fail({rank, i}, "id: expected one that no other node has, got that of {}", nodes[known->second].name);
    }
    part_of_[rank].resize(nodes.size());
  }

  std::int64_t need(const Place& place, const char* attribute, std::int64_t least, std::int64_t most) const {
    const std::optional<std::int64_t> value = at(place).number(attribute);
    if (!value || *value < least || *value > most) {
      fail(place, "{}: expected a number from {} to {}, got {}", attribute, least, most,
           value ? std::to_string(*value) : "none");
    }
    return *value;
  }
  std::uint64_t size_of(const Place& place, const char* attribute) const {
    return static_cast<std::uint64_t>(at(place).number(attribute) ? need(place, attribute, 0, kMostBytes)
                                                                  : 0);
  }

  [[nodiscard]] std::vector<std::uint32_t> ranks_of(const Place& place) const {
    if (!alike_) return {place.rank};
    std::vector<std::uint32_t> all;
    for (std::uint32_t rank = 0; rank < ranks_; ++rank) all.push_back(rank);
    return all;
  }

  std::size_t new_part(const Place& place) {
    parts_.push_back({{place}, {}, std::nullopt});
    return part_of_[place.rank][place.node] = parts_.size() - 1;
  }

  RankStep& new_step(const Place& place, RankStep::Kind kind, std::string operation) {
    RankStep& step = parts_[new_part(place)].step.emplace();
    step.kind = kind;
    step.name = at(place).name.empty() ? fmt::format("node{}", at(place).id) : at(place).name;
    step.operation = std::move(operation);
    return step;
  }

  void add(const Place& place) {
    const ChakraNode& node = at(place);
    switch (node.type) {
      case Type::invalid:
        fail(place,
             "type: expected one of METADATA, MEM_LOAD, MEM_STORE, COMP, COMM_SEND, COMM_RECV and COMM_COLL, "
             "got none");
      case Type::metadata:
        new_part(place);
        return;
      case Type::mem_load:
      case Type::mem_store: {
        RankStep& step = new_step(place, RankStep::Kind::compute, "memory");
        step.ranks = ranks_of(place);
        (node.type == Type::mem_load ? step.read_bytes : step.write_bytes) = size_of(place, "tensor_size");
        step.seconds = static_cast<double>(node.micros) * kMicrosecond;
        return;
      }
      case Type::comp: {
        RankStep& step = new_step(place, RankStep::Kind::compute, "compute");
        step.ranks = ranks_of(place);
        step.operations = size_of(place, "num_ops");
        step.read_bytes = size_of(place, "tensor_size");
        step.seconds = static_cast<double>(node.micros) * kMicrosecond;
        return;
      }
      case Type::comm_send:
        add_end(place, "comm_dst");
        return;
      case Type::comm_recv:
        add_end(place, "comm_src");
        return;
      case Type::comm_coll:
        add_member(place);
        return;
    }
  }

  /// A send or a receive.
  void add_end(const Place& place, const char* other) {
    if (alike_)
      fail(place, "expected a file for each rank, as the node names one ({}), got one for all", other);
    const auto peer = static_cast<std::uint32_t>(need(place, other, 0, std::int64_t{ranks_} - 1));
    const std::int64_t tag = at(place).number("comm_tag").value_or(0);
    need(place, "comm_size", 0, kMostBytes);
    if (at(place).type == Type::comm_recv) {
      receives_[{peer, place.rank, tag}].push_back(place);
      new_part(place);
      return;
    }
    sends_[{place.rank, peer, tag}].push_back(place);
    RankStep& step = new_step(place, RankStep::Kind::message, "message");
    step.ranks = {place.rank, peer};
    step.bytes = size_of(place, "comm_size");
  }

  void match_messages() {
    for (const auto& [way, sends] : sends_) {
      const std::vector<Place>& receives = receives_[way];
      if (sends.size() > receives.size()) {
        fail(sends[receives.size()], "expected a receive with tag {} in the trace of rank {}, got {} of {}",
             std::get<2>(way), std::get<1>(way), receives.size(), sends.size());
      }
    }
    for (const auto& [way, receives] : receives_) {
      const std::vector<Place>& sends = sends_[way];
      for (std::size_t i = 0; i < receives.size(); ++i) {
        if (i >= sends.size()) {
          fail(receives[i], "expected a send with tag {} in the trace of rank {}, got {} of {}",
               std::get<2>(way), std::get<0>(way), sends.size(), receives.size());
        }
        if (size_of(sends[i], "comm_size") != size_of(receives[i], "comm_size")) {
          fail(receives[i], "comm_size: expected {}, as sent by {}, got {}", size_of(sends[i], "comm_size"),
               label(files_[sends[i].rank], at(sends[i])), size_of(receives[i], "comm_size"));
        }
        parts_[part(receives[i])].after.push_back(part(sends[i]));
      }
    }
  }

  [[nodiscard]] std::size_t part(const Place& place) const { return part_of_[place.rank][place.node]; }

  void add_member(const Place& place) {
    const ChakraNode& node = at(place);
    const auto type = node.number("comm_type");
    const std::optional<Collective> collective = type ? collective_of(*type) : std::nullopt;
    if (!collective) {
      fail(place, "comm_type: expected 0 to {} ({}), got {}", chakra::kCollectives.size() - 1,
           fmt::join(chakra::kCollectives, ", "), type ? std::to_string(*type) : "none");
    }
    const auto dimensions = node.lists.find("involved_dim");
    if (dimensions != node.lists.end() &&
        std::find(dimensions->second.begin(), dimensions->second.end(), 0U) != dimensions->second.end()) {
      fail(place,
           "involved_dim: expected all dimensions (a part of the ranks is named by pg_name), got some");
    }
    const auto text = node.texts.find("pg_name");
    const auto number = node.number("pg_name");
    const std::string group = text != node.texts.end() ? text->second : number ? std::to_string(*number) : "";
    Group& of = groups_[group];
    std::size_t& count = of.counts[place.rank];
    if (count == of.parts.size()) {
      RankStep& step = new_step(place, RankStep::Kind::collective, "collective");
      step.collective = *collective;
      step.bytes = *collective == Collective::barrier
                       ? 0
                       : static_cast<std::uint64_t>(need(place, "comm_size", 0, kMostBytes));
      step.root = static_cast<std::uint32_t>(node.number("root").value_or(0));
      of.parts.push_back(parts_.size() - 1);
    } else {
      Part& known = parts_[of.parts[count]];
      const Place first = known.nodes.front();
      if (known.step->collective != *collective || known.step->bytes != size_of(place, "comm_size")) {
        fail(place, "expected a collective of the same comm_type and comm_size as {}, got another",
             label(files_[first.rank], at(first)));
      }
      known.nodes.push_back(place);
      part_of_[place.rank][place.node] = of.parts[count];
    }
    ++count;
  }

  void check_collectives() {
    for (auto& [name, group] : groups_) {
      std::vector<std::uint32_t> members;
      for (std::uint32_t rank = 0; rank < ranks_; ++rank) {
        if (name.empty() || alike_ || group.counts.contains(rank)) members.push_back(rank);
      }
      for (const std::size_t each : group.parts) {
        Part& known = parts_[each];
        if (!alike_ && known.nodes.size() != members.size()) {
          fail(known.nodes.front(), "expected all {} ranks of group \"{}\" to take part, got {}",
               members.size(), name, known.nodes.size());
        }
        RankStep& step = *known.step;
        const auto root = std::find(members.begin(), members.end(), step.root);
        step.root = root == members.end() ? 0 : static_cast<std::uint32_t>(root - members.begin());
        step.groups = {members};
      }
    }
  }

  void add_dependencies() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      for (const Place& place : parts_[i].nodes) {
        add_dependencies(i, place, "ctrl_deps", at(place).control);
        add_dependencies(i, place, "data_deps", at(place).data);
      }
      std::vector<std::size_t>& after = parts_[i].after;
      std::sort(after.begin(), after.end());
      after.erase(std::unique(after.begin(), after.end()), after.end());
    }
  }

  void add_dependencies(std::size_t number, const Place& place, const char* field,
                        const std::vector<std::uint64_t>& ids) {
    for (const std::uint64_t id : ids) {
      const auto found = numbers_[place.rank].find(id);
      if (found == numbers_[place.rank].end()) {
        fail(place, "{}: expected the id of a node of the file, got {}", field, id);
      }
      parts_[number].after.push_back(part_of_[place.rank][found->second]);
    }
  }

  /// Each part after those that it waits for, else in the order of the files.
  Workload in_order_of_time() {
    std::vector<std::size_t> open(parts_.size());
    std::vector<std::vector<std::size_t>> behind(parts_.size());
    std::deque<std::size_t> ready;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      open[i] = parts_[i].after.size();
      for (const std::size_t other : parts_[i].after) behind[other].push_back(i);
      if (open[i] == 0) ready.push_back(i);
    }
    Workload workload;
    workload.ranks = ranks_;
    std::vector<std::set<std::uint32_t>> ends(parts_.size());
    std::size_t done = 0;
    for (; !ready.empty(); ++done) {
      const std::size_t i = ready.front();
      ready.pop_front();
      std::set<std::uint32_t> after;
      for (const std::size_t other : parts_[i].after) after.insert(ends[other].begin(), ends[other].end());
      if (parts_[i].step) {
        ends[i] = {static_cast<std::uint32_t>(workload.steps.size())};
        RankStep& step = workload.steps.emplace_back(std::move(*parts_[i].step));
        step.after.assign(after.begin(), after.end());
      } else {
        ends[i] = std::move(after);
      }
      for (const std::size_t other : behind[i]) {
        if (--open[other] == 0) ready.push_back(other);
      }
    }
    if (done != parts_.size()) tell_cycle(open);
    return workload;
  }

  /// `open`: how many parts each part still waits for.
  [[noreturn]] void tell_cycle(const std::vector<std::size_t>& open) const {
    std::size_t at_part = 0;
    while (open[at_part] == 0) ++at_part;
    std::vector<std::size_t> way;
    while (std::find(way.begin(), way.end(), at_part) == way.end()) {
      way.push_back(at_part);
      const std::vector<std::size_t>& after = parts_[at_part].after;
      at_part =
          *std::find_if(after.begin(), after.end(), [&](std::size_t other) { return open[other] != 0; });
    }
    way.erase(way.begin(), std::find(way.begin(), way.end(), at_part));
    constexpr std::size_t kMostTold = 8;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(way.size(), kMostTold); ++i) {
      const Place& place = parts_[way[i]].nodes.front();
      names.push_back(fmt::format("node {} ({}) of {}", at(place).id, at(place).name,
                                  files_[place.rank].path.filename().string()));
    }
    const Place& first = parts_[way.front()].nodes.front();
    fail(first, "expected dependencies without a cycle, got {}{} that wait for each other: {}", way.size(),
         way.size() == 1 ? " node" : " nodes", fmt::join(names, ", which waits for "));
  }

  struct Group {
    std::vector<std::size_t> parts;               ///< its collectives
    std::map<std::uint32_t, std::size_t> counts;  ///< of nodes, by rank
  };
  using Way = std::tuple<std::uint32_t, std::uint32_t, std::int64_t>;  ///< from, to, tag

  std::vector<ChakraFile> files_;
  std::uint32_t ranks_;
  bool alike_ = false;                                                   ///< all ranks run the one file
  std::vector<std::unordered_map<std::uint64_t, std::size_t>> numbers_;  ///< by rank, of ids
  std::vector<std::vector<std::size_t>> part_of_;                        ///< by rank and node
  std::vector<Part> parts_;
  std::map<Way, std::vector<Place>> sends_;
  std::map<Way, std::vector<Place>> receives_;
  std::map<std::string, Group> groups_;
};

}  // namespace

Workload chakra_workload(const std::vector<Path>& files, std::optional<std::uint32_t> ranks) {
  std::vector<ChakraFile> read;
  for (const Path& path : in_order(files)) read.push_back(read_chakra(path));
  const std::string version = read.front().version;
  const std::string name = read.front().path.filename().string();
  Workload workload = Joiner(std::move(read), ranks).join();
  workload.name = name;
  workload.description = fmt::format("Chakra execution traces, schema {}, of {} ranks",
                                     version.empty() ? "not told" : version, workload.ranks);
  return workload;
}

}  // namespace waferloom::trace
