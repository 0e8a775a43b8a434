// SPDX-License-Identifier: Apache-2.0
#include "results/wave/event_journal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace waferloom::results {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kEventsAtATime = 16384;

}  // namespace

JournalFile::JournalFile(fs::path path, fs::path before, std::size_t event_bytes)
    : path_(std::move(path)), before_(std::move(before)), event_bytes_(event_bytes) {}

void JournalFile::fail() const {
  throw core::HostResourceError(fmt::format("{}: cannot write: {}", path_.string(),
                                            std::error_code(errno, std::generic_category()).message()));
}

void JournalFile::open() {
  if (file_) return;
  file_.reset(std::fopen(path_.c_str(), "wbe"));
  if (!file_) fail();
}

void JournalFile::add(std::span<const std::byte> event) {
  waiting_.insert(waiting_.end(), event.begin(), event.end());
  if (waiting_.size() >= kEventsAtATime * event_bytes_) flush();
}

void JournalFile::flush() {
  if (waiting_.empty()) return;
  open();
  if (std::fwrite(waiting_.data(), 1, waiting_.size(), file_.get()) != waiting_.size()) fail();
  crc_.process_bytes(waiting_.data(), waiting_.size());
  length_ += waiting_.size();
  waiting_.clear();
}

void JournalFile::archive(core::State& state, const std::function<void(std::span<const std::byte>)>& take) {
  if (!state.loads()) {
    flush();
    if (file_ && (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0)) fail();
  }
  const std::uint64_t length = state.kept(length_);
  const std::uint32_t sum = state.kept(static_cast<std::uint32_t>(crc_.checksum()));
  if (!state.loads() || length == 0) return;
  const auto refuse = [&] {
    throw core::InputError(
        fmt::format("--resume: {}: expected the observations up to the checkpoint, got less or others",
                    before_.string()));
  };
  const std::unique_ptr<std::FILE, Close> source(std::fopen(before_.c_str(), "rbe"));
  if (!source) refuse();
  const bool is_same = before_ == path_;
  std::vector<std::byte> part(kEventsAtATime * event_bytes_);
  std::uint64_t left = length;
  boost::crc_32_type found;
  while (left != 0) {
    part.resize(std::min<std::uint64_t>(part.size(), left));
    if (std::fread(part.data(), 1, part.size(), source.get()) != part.size()) refuse();
    left -= part.size();
    found.process_bytes(part.data(), part.size());
    take(part);
    if (!is_same) add(part);
  }
  if (found.checksum() != sum) refuse();
  if (!is_same) return;
  std::error_code error;
  fs::resize_file(path_, length, error);
  file_.reset(std::fopen(path_.c_str(), "abe"));
  if (error || !file_) fail();
  length_ = length;
  crc_ = found;
}

void JournalFile::remove() {
  file_.reset();
  waiting_.clear();
  std::error_code ignored;
  fs::remove(path_, ignored);
}

}  // namespace waferloom::results
