# SPDX-License-Identifier: Apache-2.0
# Writes a source file that names the commit of the checkout, with + where files of it were changed. Run by the build
# itself (cmake -DSOURCE=... -DOUTPUT=... -DCOMMIT=... -P), so that a later commit is seen; the file changes only with the
# answer. COMMIT states it where there is no checkout (WAFERLOOM_COMMIT).
set(commit "${COMMIT}")
if(NOT commit)
  execute_process(COMMAND git rev-parse --short=12 HEAD WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  execute_process(COMMAND git status --porcelain --untracked-files=no WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE changes
                  ERROR_QUIET)
  if(failed)
    set(commit "")
  elseif(changes)
    string(APPEND commit "+")
  endif()
endif()
set(content "// Written by cmake/Commit.cmake.
#include \"cli/shell/version_text.hpp\"

namespace waferloom::cli {

std::string_view commit() { return \"${commit}\"; }

}  // namespace waferloom::cli
")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT before STREQUAL content)
  file(WRITE ${OUTPUT} "${content}")
endif()
