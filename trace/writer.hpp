// SPDX-License-Identifier: Apache-2.0
// Writes a trace file as a stream. The file appears under its name only when it is complete.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "trace/record.hpp"

namespace waferloom::trace {

class Writer {
 public:
  /// Throws core::InputError when the file cannot be made, core::HostResourceError when the disk is full.
  Writer(std::filesystem::path path, const Header& header);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(const Record& record);
  /// Writes the end and gives the file its name.
  void finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  void write_line(const std::string& text);

  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t records_ = 0;
  std::uint64_t macs_ = 0;
};

}  // namespace waferloom::trace
