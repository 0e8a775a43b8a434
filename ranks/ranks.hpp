// SPDX-License-Identifier: Apache-2.0
// Processes that share one run, and the messages between them. Rank 0 leads: it alone writes results and talks to the
// user.
//
// Contract: messages from one rank to another arrive whole and in the order in which they were sent. Nothing is
// waited for but what a rank receives, so that ranks meet only where a simulation needs it.
#pragma once

#include <cstddef>
#include <vector>

namespace waferloom::ranks {

using Bytes = std::vector<std::byte>;

class Ranks {
 public:
  Ranks(int rank, int size) : rank_(rank), size_(size) {}
  virtual ~Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool leads() const { return rank_ == 0; }

  /// Returns at once; the message is on its way.
  virtual void send(int to, Bytes message) = 0;
  /// Whether a message of a rank is there, or its begin.
  [[nodiscard]] virtual bool has_message(int from) = 0;
  /// The next message of a rank; waits for it.
  [[nodiscard]] virtual Bytes receive(int from) = 0;

  /// The ranks know from each other that the run has failed, and end by themselves.
  void note_agreed_end() { agreed_end_ = true; }
  [[nodiscard]] bool have_agreed_to_end() const { return agreed_end_; }

 private:
  int rank_;
  int size_;
  bool agreed_end_ = false;
};

}  // namespace waferloom::ranks
