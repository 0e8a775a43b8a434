// SPDX-License-Identifier: Apache-2.0
// What was told to a file of observations, kept beside a run's checkpoints: formats cannot be taken up where they were,
// so that a run that goes on makes the file anew from it.
//
// The journal grows with the run. A checkpoint says how much of it counts, which is on the disk by then; what follows is
// cut off as the run goes on. It is removed once the file is whole.
#pragma once

#include <boost/crc.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "core/state/state.hpp"

namespace waferloom::results {

/// Bytes in events of equal size.
class JournalFile {
 public:
  /// `before`: the journal of the run that goes on, which may be the same.
  JournalFile(std::filesystem::path path, std::filesystem::path before, std::size_t event_bytes);

  /// Throws core::HostResourceError where it cannot be written.
  void add(std::span<const std::byte> event);
  /// Where a checkpoint is read, gives back the events up to there, many at a time. Throws core::InputError where they
  /// are not those that were written.
  void archive(core::State& state, const std::function<void(std::span<const std::byte>)>& take);
  void remove();

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  void open();
  void flush();
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::filesystem::path before_;
  std::size_t event_bytes_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<std::byte> waiting_;
  std::uint64_t length_ = 0;  ///< in the file
  boost::crc_32_type crc_;    ///< of it
};

template <class Event>
class EventJournal {
 public:
  EventJournal(std::filesystem::path path, std::filesystem::path before)
      : file_(std::move(path), std::move(before), sizeof(Event)) {
    static_assert(std::is_trivially_copyable_v<Event>);
  }

  void add(const Event& event) { file_.add(std::as_bytes(std::span(&event, 1))); }
  template <class Take>
  void archive(core::State& state, const Take& take) {
    file_.archive(state, [&](std::span<const std::byte> bytes) {
      for (; !bytes.empty(); bytes = bytes.subspan(sizeof(Event))) {
        Event event;
        std::memcpy(&event, bytes.data(), sizeof event);
        take(event);
      }
    });
  }
  void remove() { file_.remove(); }

 private:
  JournalFile file_;
};

}  // namespace waferloom::results
