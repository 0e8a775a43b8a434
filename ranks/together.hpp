// SPDX-License-Identifier: Apache-2.0
// What all ranks do together, along a tree that rank 0 leads: every rank calls the same of these in the same order.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/process/failure.hpp"
#include "ranks/ranks.hpp"

namespace waferloom::ranks {

/// A run that has ended with an error of which rank 0 tells the user, and whose exit status it ends with. The others end
/// without a word, and with 0: mpirun would otherwise end all as soon as one of them is gone, rank 0 before it has said
/// why.
class Ended : public core::Error {
 public:
  Ended() : Error(core::ExitStatus::done, "") {}
};

/// Of a rank in the tree: from where a message to all comes, and to whom it goes on.
[[nodiscard]] inline int parent_of(int rank) { return (rank - 1) / 2; }
[[nodiscard]] std::vector<int> children_of(int rank, int size);

/// On rank 0: what each rank gave, by rank. On others nothing.
[[nodiscard]] std::vector<Bytes> gather(Ranks& ranks, Bytes own);
/// What rank 0 gave.
[[nodiscard]] Bytes broadcast(Ranks& ranks, Bytes of_leader);

/// Whether something holds on every rank.
[[nodiscard]] bool hold_on_all(Ranks& ranks, bool own);

/// How a rank's part of some work failed.
using core::Failure;

/// The failure of the first rank (by number) that has one; on others than rank 0 without its message.
[[nodiscard]] std::optional<Failure> first_failure(Ranks& ranks, const std::optional<Failure>& own);
/// Throws on all ranks, which have agreed that the run has failed: on rank 0 with the message, on others Ended.
[[noreturn]] void fail(Ranks& ranks, const Failure& failure);
/// Where one of the ranks has failed: throws, on rank 0 what the first of them (by rank) has to say, on others Ended.
/// `error`: what this rank's failure was made of; rank 0 throws its own as it is.
void agree(Ranks& ranks, const std::optional<Failure>& failure, const std::exception_ptr& error = nullptr);

/// Does `work` on each rank; where it throws on one of them, throws on all.
template <class Work>
void together(Ranks& ranks, const Work& work) {
  std::optional<Failure> failure;
  std::exception_ptr error;
  try {
    work();
  } catch (...) {
    error = std::current_exception();
    failure = core::failure_of(error);
  }
  agree(ranks, failure, error);
}

/// The same where `ranks` are none: this process is alone.
template <class Work>
void on_all(Ranks* ranks, const Work& work) {
  if (ranks != nullptr) {
    together(*ranks, work);
  } else {
    work();
  }
}

}  // namespace waferloom::ranks
