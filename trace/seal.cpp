// SPDX-License-Identifier: Apache-2.0
#include "trace/seal.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "trace/json.hpp"
#include "trace/place.hpp"
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
  std::vector<std::uint64_t> lines;  // of the records
  std::string line;
  const auto refuse = [&](std::size_t column, const std::string& problem) {
    throw core::InputError(fmt::format("{}:{}:{}: {}", in.string(), number, column, problem));
  };
  try {
    while (std::getline(file, line)) {
      ++number;
      if (line.empty()) continue;
      if (writer) lines.push_back(number);
      take(core::parse_json(line.substr(0, line.rfind('\t'))));
    }
    if (!writer)
      throw core::InputError(fmt::format("{}: expected the header of a trace, got nothing", in.string()));
    validator->finish();
  } catch (const RuleError& e) {
    const std::uint64_t at = e.record() < lines.size() ? lines[e.record()] : number;
    throw core::InputError(fmt::format("{}: {}", place_in(in, at, e.problem()), e.what()));
  } catch (const core::JsonError& e) {
    refuse(e.byte() != 0 ? e.byte() : column_of(line, e.what()), without_place(e));
  } catch (const FieldError& e) {
    refuse(column_of(line, e.what()), e.what());
  }
  writer->finish();
}

}  // namespace waferloom::trace
