// SPDX-License-Identifier: Apache-2.0
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/version.hpp"
#include "study/plan/plan.hpp"
#include "wafer/scenario/files.hpp"

namespace waferloom::study {

namespace {

std::string sha1(const std::string& text) {
  return to_string(boost::uuids::name_generator_sha1(boost::uuids::ns::oid())(text));
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Of the program itself: a rebuilt one may simulate otherwise although its version is the same.
const std::string& program_digest() {
  static const std::string digest = sha1(content("/proc/self/exe"));
  return digest;
}

}  // namespace

std::string digest(const wafer::Scenario& scenario) {
  wafer::Scenario anonymous = scenario;
  anonymous.name = "point";
  anonymous.description.clear();
  std::string text = std::string(core::version()) + program_digest() + wafer::effective_yaml(anonymous);
  for (const std::filesystem::path& file : wafer::files_of(scenario)) text += sha1(content(file));
  return sha1(text);
}

}  // namespace waferloom::study
