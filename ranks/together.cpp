// SPDX-License-Identifier: Apache-2.0
#include "ranks/together.hpp"

#include "ranks/pack.hpp"

namespace waferloom::ranks {

std::vector<int> children_of(int rank, int size) {
  std::vector<int> children;
  for (const int child : {2 * rank + 1, 2 * rank + 2}) {
    if (child < size) children.push_back(child);
  }
  return children;
}

std::vector<Bytes> gather(Ranks& ranks, Bytes own) {
  std::vector<std::pair<int, Bytes>> got;
  got.emplace_back(ranks.rank(), std::move(own));
  for (const int child : children_of(ranks.rank(), ranks.size())) {
    const Bytes message = ranks.receive(child);
    for (Unpacker from(message); !from.empty();) {
      const int rank = from.get<int>();
      got.emplace_back(rank, from.get_all<std::byte>());
    }
  }
  std::vector<Bytes> all;
  if (ranks.leads()) {
    all.resize(static_cast<std::size_t>(ranks.size()));
    for (auto& [rank, bytes] : got) all[static_cast<std::size_t>(rank)] = std::move(bytes);
    return all;
  }
  Packer message;
  for (const auto& [rank, bytes] : got) {
    message.put(rank);
    message.put_all(bytes);
  }
  ranks.send(parent_of(ranks.rank()), message.take());
  return all;
}

Bytes broadcast(Ranks& ranks, Bytes of_leader) {
  if (!ranks.leads()) of_leader = ranks.receive(parent_of(ranks.rank()));
  for (const int child : children_of(ranks.rank(), ranks.size())) ranks.send(child, of_leader);
  return of_leader;
}

bool hold_on_all(Ranks& ranks, bool own) {
  Packer mine;
  mine.put(own);
  bool all = true;
  for (const Bytes& each : gather(ranks, mine.take())) all = Unpacker(each).get<bool>() && all;
  Packer verdict;
  verdict.put(all);
  const Bytes said = broadcast(ranks, verdict.take());
  return Unpacker(said).get<bool>();
}

std::optional<Failure> first_failure(Ranks& ranks, const std::optional<Failure>& failure) {
  Packer own;
  if (failure) {
    own.put(failure->status);
    own.put_text(failure->message);
  }
  Failure first{core::ExitStatus::done, {}};
  for (const Bytes& each : gather(ranks, own.take())) {
    if (each.empty() || first.status != core::ExitStatus::done) continue;
    Unpacker from(each);
    first.status = from.get<core::ExitStatus>();
    first.message = from.get_text();
  }
  Packer verdict;
  verdict.put(first.status);
  const Bytes said = broadcast(ranks, verdict.take());
  first.status = Unpacker(said).get<core::ExitStatus>();
  if (first.status == core::ExitStatus::done) return std::nullopt;
  return first;
}

void fail(Ranks& ranks, const Failure& failure) {
  ranks.note_agreed_end();
  if (!ranks.leads()) throw Ended();
  if (failure.status == core::ExitStatus::stuck) throw core::SimulationError(failure.message);
  if (failure.status == core::ExitStatus::bad_input) throw core::InputError(failure.message);
  throw core::Error(failure.status, failure.message);
}

void agree(Ranks& ranks, const std::optional<Failure>& own, const std::exception_ptr& error) {
  const std::optional<Failure> first = first_failure(ranks, own);
  if (!first) return;
  if (!ranks.leads() || !error) fail(ranks, *first);
  ranks.note_agreed_end();
  std::rethrow_exception(error);
}

}  // namespace waferloom::ranks
