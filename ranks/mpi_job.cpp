// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "core/data_path.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "ranks/launch.hpp"
#include "ranks/mpi_module.hpp"
#include "ranks/together.hpp"

namespace waferloom::ranks {

namespace {

namespace fs = std::filesystem;

/// The first of these variables that there is.
const char* variable(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread changes the environment
    if (const char* value = std::getenv(name)) return value;
  }
  return nullptr;
}

/// How many processes have been started together, as far as the environment says it (Open MPI, Slurm's PMI-2 and MPICH).
std::optional<int> started() {
  const char* size = variable({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"});
  if (size == nullptr) return std::nullopt;
  return std::atoi(size);  // NOLINT(cert-err34-c): written by mpirun
}

[[noreturn]] void refuse(const std::string& why) {
  const char* rank = variable({"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"});
  if (rank != nullptr && std::string_view(rank) != "0") throw Ended();
  throw core::HostResourceError(
      fmt::format("mpirun: expected MPI on this machine, got none that can be used: {}; processes of one "
                  "machine share a run without MPI: --jobs N, without mpirun",
                  why));
}

void* load_module() {
  const fs::path beside = core::program_file().parent_path();
  std::string looked;
  for (const fs::path& folder : {beside, beside.parent_path() / "lib" / "waferloom"}) {
    const fs::path file = folder / kMpiModule;
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
      looked += (looked.empty() ? "" : " or ") + folder.string();
      continue;
    }
    // Global: Open MPI loads parts of its own, which look for its symbols.
    if (void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL)) return module;
    refuse(dlerror());  // NOLINT(concurrency-mt-unsafe): one thread
  }
  refuse(fmt::format(
      "no {} in {}: this program was built without MPI (libopenmpi-dev), or its package waferloom-mpi "
      "is not installed",
      kMpiModule, looked));
}

template <class Function>
Function* symbol_of(void* module, const char* name) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the system's interface
  auto* const found = reinterpret_cast<Function*>(dlsym(module, name));
  if (found == nullptr) refuse(fmt::format("{}: there is no {} in it", kMpiModule, name));
  return found;
}

}  // namespace

bool is_mpi_job() {
  const std::optional<int> size = started();
  return size ? *size > 1 : variable({"PMIX_RANK"}) != nullptr;
}

std::unique_ptr<Ranks> join_mpi_job() {
  void* const module = load_module();
  const std::string_view version = symbol_of<std::remove_pointer_t<MpiVersion>>(module, kMpiVersion)();
  if (version != core::version())
    refuse(fmt::format("{} is of waferloom {}, the program of {}", kMpiModule, version, core::version()));
  std::unique_ptr<Ranks> team(symbol_of<std::remove_pointer_t<MpiJoin>>(module, kMpiJoin)());
  if (const std::optional<int> size = started(); size && *size != team->size()) {
    const int known = team->size();
    team.reset();
    refuse(
        fmt::format("of {} processes that were started together Open MPI knows {}: mpirun is of another MPI",
                    *size, known));
  }
  return team;
}

}  // namespace waferloom::ranks
