// SPDX-License-Identifier: Apache-2.0
#include "core/process/failure.hpp"

#include <fmt/format.h>

#include <new>
#include <system_error>

namespace waferloom::core {

Failure failure_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    return {e.status(), e.what()};
  } catch (const std::system_error& e) {
    return {ExitStatus::host_resource, e.what()};
  } catch (const std::bad_alloc&) {
    return {ExitStatus::host_resource, "out of memory"};
  } catch (const std::exception& e) {
    return {ExitStatus::internal, fmt::format("internal error: {}", e.what())};
  }
}

}  // namespace waferloom::core
