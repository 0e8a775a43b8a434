// SPDX-License-Identifier: Apache-2.0
#include "trace/seal.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "trace/json.hpp"
#include "trace/validate.hpp"
#include "trace/writer.hpp"

namespace waferloom::trace {

using nlohmann::json;

void seal(const std::filesystem::path& in, const std::filesystem::path& out) {
  std::ifstream file(in, std::ios::binary);
  if (!file) throw core::InputError(fmt::format("{}: expected a file that can be read", in.string()));
  std::optional<Writer> writer;
  std::optional<Validator> validator;
  std::uint64_t number = 0;
  const auto take = [&](const json& object) {
    if (!writer) {
      const Header header = header_from(object);
      validator.emplace(header);
      writer.emplace(out, header);
      return;
    }
    if (object.is_object() && object.contains("end")) return;
    const Record record = record_from(object);
    validator->add(record);
    writer->write(record);
  };
  try {
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (line.empty()) continue;
      take(core::parse_json(line.substr(0, line.rfind('\t'))));
    }
    if (!writer)
      throw core::InputError(fmt::format("{}: expected the header of a trace, got nothing", in.string()));
    validator->finish();
  } catch (const std::runtime_error& e) {
    if (dynamic_cast<const core::Error*>(&e) != nullptr) throw;
    throw core::InputError(fmt::format("{}:{}: {}", in.string(), number, e.what()));
  }
  writer->finish();
}

}  // namespace waferloom::trace
