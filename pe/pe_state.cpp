// SPDX-License-Identifier: Apache-2.0
#include "pe/pe_state.hpp"

namespace waferloom::pe {

PeState working_state(Work work, bool bank_conflict) {
  if (bank_conflict) return PeState::bank_conflict;
  switch (work) {
    case Work::arithmetic:
      return PeState::arithmetic;
    case Work::sram:
      return PeState::sram;
    case Work::streaming:
      break;
  }
  return PeState::streaming;
}

}  // namespace waferloom::pe
