// SPDX-License-Identifier: Apache-2.0
#include "trace/writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "core/error.hpp"
#include "core/write_file.hpp"
#include "trace/json.hpp"
#include "trace/line.hpp"
#include "trace/quantities.hpp"

namespace waferloom::trace {

namespace {

std::string last_error() { return std::error_code(errno, std::generic_category()).message(); }

}  // namespace

Writer::Writer(std::filesystem::path path, const Header& header)
    : path_(std::move(path)),
      partial_(core::replaceable(path_) ? path_.string() + ".partial" : path_.string()) {
  file_.reset(std::fopen(partial_.c_str(), "wbe"));
  if (!file_) {
    throw core::InputError(
        fmt::format("{}: expected a place where a file can be written: {}", path_.string(), last_error()));
  }
  write_line(to_json(header).dump());
}

Writer::~Writer() {
  if (!file_) return;
  file_.reset();
  if (partial_ == path_) return;
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
}

void Writer::write_line(const std::string& text) {
  const std::string line = make_line(text) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", partial_.string(), last_error()));
  }
}

void Writer::write(const Record& record) {
  write_line(to_json(record).dump());
  ++records_;
  macs_ += total_macs(record);
}

void Writer::finish() {
  write_line(nlohmann::ordered_json{{"end", {{"records", records_}, {"macs", macs_}}}}.dump());
  const bool in_place = partial_ == path_;
  const bool flushed = std::fflush(file_.get()) == 0 && (in_place || fsync(fileno(file_.get())) == 0);
  if (!flushed || std::fclose(file_.release()) != 0) {
    const std::string why = last_error();
    std::error_code ignored;
    if (!in_place) std::filesystem::remove(partial_, ignored);
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", partial_.string(), why));
  }
  if (in_place) return;
  std::error_code error;
  std::filesystem::rename(partial_, path_, error);
  if (error)
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", path_.string(), error.message()));
}

}  // namespace waferloom::trace
