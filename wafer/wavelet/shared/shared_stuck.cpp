// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/shared_stuck.hpp"

#include <utility>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::wafer {

namespace {

enum class Question : std::uint8_t {
  queues,
  threads,
  parked,
  lines,
  inputs,
  bound_queue,
  sender,
  receiver,
  none
};

struct Asked {
  Question question = Question::none;
  core::Color color = 0;
  core::Coordinate at;
};

constexpr std::uint8_t kNoThread = 0xff;

void put_waiting(ranks::Packer& to, const std::vector<ProgramView::Waiting>& all) {
  for (const ProgramView::Waiting& each : all) {
    to.put(each.at);
    to.put(each.thread);
    to.put(each.on.value_or(kNoThread));
    to.put_text(each.reason);
  }
}

ProgramView::Waiting get_waiting(ranks::Unpacker& from) {
  ProgramView::Waiting each;
  each.at = from.get<core::Coordinate>();
  each.thread = from.get<std::uint8_t>();
  const auto on = from.get<std::uint8_t>();
  if (on != kNoThread) each.on = on;
  each.reason = from.get_text();
  return each;
}

/// The answer of the rank that has the place, or of each rank.
ranks::Bytes answer(const StuckView& own, const Asked& asked) {
  ranks::Packer to;
  switch (asked.question) {
    case Question::queues:
      to.put_all(own.queues());
      break;
    case Question::threads:
      to.put_all(own.threads());
      break;
    case Question::parked:
      put_waiting(to, own.parked());
      break;
    case Question::lines:
      for (const StuckView::Line& line : own.lines()) {
        to.put(line.at);
        to.put_text(line.text);
      }
      break;
    case Question::inputs:
      to.put(own.inputs(asked.at, asked.color).bits());
      break;
    case Question::bound_queue:
      to.put(own.bound_queue(asked.at, asked.color));
      break;
    case Question::sender:
      to.put(own.sender(asked.at, asked.color).value_or(kNoThread));
      break;
    case Question::receiver:
      to.put(own.receiver(asked.at, asked.color).value_or(kNoThread));
      break;
    case Question::none:
      break;
  }
  return to.take();
}

/// Of rank 0: asks.
class SharedStuckView final : public StuckView {
 public:
  SharedStuckView(const ranks::Share& share, const core::RegionGrid& grid, const StuckView& own)
      : share_(share), grid_(grid), own_(own) {}
  ~SharedStuckView() override {
    for (int rank = 1; rank < share_.ranks.size(); ++rank) ask(rank, {});
  }

  [[nodiscard]] core::Rectangle mesh() const override { return own_.mesh(); }
  [[nodiscard]] std::vector<Queue> queues() const override {
    return of_all<Queue>(Question::queues, [](ranks::Unpacker& from, std::vector<Queue>& all) {
      const std::vector<Queue> some = from.get_all<Queue>();
      all.insert(all.end(), some.begin(), some.end());
    });
  }
  [[nodiscard]] std::vector<Thread> threads() const override {
    return of_all<Thread>(Question::threads, [](ranks::Unpacker& from, std::vector<Thread>& all) {
      const std::vector<Thread> some = from.get_all<Thread>();
      all.insert(all.end(), some.begin(), some.end());
    });
  }
  [[nodiscard]] std::vector<ProgramView::Waiting> parked() const override {
    return of_all<ProgramView::Waiting>(Question::parked, [](ranks::Unpacker& from, auto& all) {
      while (!from.empty()) all.push_back(get_waiting(from));
    });
  }
  [[nodiscard]] std::vector<Line> lines() const override {
    return of_all<Line>(Question::lines, [](ranks::Unpacker& from, std::vector<Line>& all) {
      while (!from.empty()) {
        const auto at = from.get<core::Coordinate>();
        all.push_back({at, from.get_text()});
      }
    });
  }
  [[nodiscard]] core::DirectionSet inputs(core::Coordinate at, core::Color color) const override {
    return core::DirectionSet::from_bits(of_one({Question::inputs, color, at}));
  }
  [[nodiscard]] std::uint8_t bound_queue(core::Coordinate at, core::Color color) const override {
    return of_one({Question::bound_queue, color, at});
  }
  [[nodiscard]] std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const override {
    return thread_of({Question::sender, color, at});
  }
  [[nodiscard]] std::optional<std::uint8_t> receiver(core::Coordinate at, core::Color color) const override {
    return thread_of({Question::receiver, color, at});
  }

 private:
  void ask(int rank, const Asked& asked) const {
    ranks::Packer question;
    question.put(asked);
    share_.ranks.send(rank, question.take());
  }
  template <class Item, class Take>
  [[nodiscard]] std::vector<Item> of_all(Question question, const Take& take) const {
    for (int rank = 1; rank < share_.ranks.size(); ++rank) ask(rank, {question, 0, {}});
    std::vector<Item> all;
    for (int rank = 0; rank < share_.ranks.size(); ++rank) {
      const ranks::Bytes said = rank == 0 ? answer(own_, {question, 0, {}}) : share_.ranks.receive(rank);
      ranks::Unpacker from(said);
      take(from, all);
    }
    sort_by_place(all);
    return all;
  }
  [[nodiscard]] std::uint8_t of_one(const Asked& asked) const {
    const int rank = share_.partition.owner[grid_.region_at(asked.at)];
    if (rank != 0) ask(rank, asked);
    const ranks::Bytes said = rank == 0 ? answer(own_, asked) : share_.ranks.receive(rank);
    return ranks::Unpacker(said).get<std::uint8_t>();
  }
  [[nodiscard]] std::optional<std::uint8_t> thread_of(const Asked& asked) const {
    const std::uint8_t thread = of_one(asked);
    return thread == kNoThread ? std::nullopt : std::optional(thread);
  }

  const ranks::Share& share_;
  const core::RegionGrid& grid_;
  const StuckView& own_;
};

/// Of the others: answers until nothing more is asked.
void answer_all(const ranks::Share& share, const StuckView& own) {
  for (;;) {
    const ranks::Bytes question = share.ranks.receive(0);
    const auto asked = ranks::Unpacker(question).get<Asked>();
    if (asked.question == Question::none) return;
    share.ranks.send(0, answer(own, asked));
  }
}

}  // namespace

void fail_stuck(const ranks::Share& share, const core::RegionGrid& grid, const StuckView& own,
                const std::string& what, Waits waits, const char* lines_title) {
  share.ranks.note_agreed_end();
  if (!share.ranks.leads()) {
    answer_all(share, own);
    throw ranks::Ended();
  }
  throw make_stuck_error(what, SharedStuckView(share, grid, own), waits, lines_title);
}

void fail_all(const ranks::Share& share, const core::RegionGrid& grid, const StuckView& own,
              const ranks::Failure& failure, Waits waits, const char* lines_title) {
  if (failure.status == core::ExitStatus::stuck)
    fail_stuck(share, grid, own, failure.message, waits, lines_title);
  ranks::fail(share.ranks, failure);
}

}  // namespace waferloom::wafer
