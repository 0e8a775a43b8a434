// SPDX-License-Identifier: Apache-2.0
#include "trace/import/foreign_workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "core/error.hpp"
#include "trace/import/chakra.hpp"
#include "trace/import/layer_text.hpp"

namespace waferloom::trace {

namespace {

std::ifstream open(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code ignored;
  if (!in || std::filesystem::is_directory(path, ignored)) {
    throw core::InputError(fmt::format("{}: cannot read", path.string()));
  }
  return in;
}

/// A text file's first line is printable; a message begins with its length and a key.
bool is_text(const std::filesystem::path& path) {
  std::ifstream in = open(path);
  constexpr std::size_t kLooked = 8;
  std::string begin(kLooked, '\0');
  in.read(begin.data(), kLooked);
  begin.resize(static_cast<std::size_t>(in.gcount()));
  return !begin.empty() && std::all_of(begin.begin(), begin.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
  });
}

std::vector<std::filesystem::path> with_folders_opened(const std::vector<std::filesystem::path>& files) {
  std::vector<std::filesystem::path> all;
  for (const std::filesystem::path& file : files) {
    std::error_code error;
    if (!std::filesystem::is_directory(file, error)) {
      all.push_back(file);
      continue;
    }
    std::vector<std::filesystem::path> inside;
    for (const auto& entry : std::filesystem::directory_iterator(file)) {
      if (entry.path().extension() == ".et") inside.push_back(entry.path());
    }
    if (inside.empty()) {
      throw core::InputError(fmt::format("{}: expected files *.et, got none", file.string()));
    }
    std::sort(inside.begin(), inside.end());
    all.insert(all.end(), inside.begin(), inside.end());
  }
  return all;
}

}  // namespace

Workload read_workload(const std::vector<std::filesystem::path>& files, const ForeignOptions& options) {
  const std::vector<std::filesystem::path> all = with_folders_opened(files);
  const bool text = options.format ? *options.format != WorkloadFormat::chakra : is_text(all.front());
  if (!text) {
    if (options.model_parallel) {
      throw core::InputError(
          "--model-parallel: expected with ASTRA-sim's and SimAI's text, got a Chakra trace");
    }
    return chakra_workload(all, options.ranks);
  }
  if (all.size() != 1) {
    throw core::InputError(fmt::format("{}: expected one file of text, as it is for all ranks, got {}",
                                       all[1].string(), all.size()));
  }
  LayerTextOptions of_text{options.ranks, options.model_parallel, std::nullopt};
  if (options.format) {
    of_text.dialect =
        *options.format == WorkloadFormat::simai ? LayerTextDialect::simai : LayerTextDialect::astra_sim;
  }
  std::ifstream in = open(all.front());
  return layer_text_workload(in, all.front().string(), of_text);
}

}  // namespace waferloom::trace
