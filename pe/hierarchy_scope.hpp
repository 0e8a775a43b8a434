// SPDX-License-Identifier: Apache-2.0
// While it lives, new modules are made below a module that has been constructed already; during elaboration only.
#pragma once

#include <systemc>

namespace waferloom::pe {

class HierarchyScope {
 public:
  explicit HierarchyScope(sc_core::sc_module& parent) {
    sc_core::sc_get_curr_simcontext()->hierarchy_push(&parent);
  }
  ~HierarchyScope() { sc_core::sc_get_curr_simcontext()->hierarchy_pop(); }
  HierarchyScope(const HierarchyScope&) = delete;
  HierarchyScope& operator=(const HierarchyScope&) = delete;
};

}  // namespace waferloom::pe
