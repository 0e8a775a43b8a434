# SPDX-License-Identifier: Apache-2.0
# Compile options shared by all of the project's own code.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(waferloom_options INTERFACE)
target_compile_features(waferloom_options INTERFACE cxx_std_20)
target_compile_options(waferloom_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
# GCC 12 sees overlaps in std::string's operator+ that are not there (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(waferloom_options INTERFACE -Wno-restrict)
endif()
target_include_directories(waferloom_options INTERFACE ${CMAKE_SOURCE_DIR})
if(WAFERLOOM_SANITIZE)
  target_compile_options(waferloom_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                         -fno-sanitize-recover=undefined)
  target_link_options(waferloom_options INTERFACE -fsanitize=address,undefined)
endif()
if(WAFERLOOM_COVERAGE)
  target_compile_options(waferloom_options INTERFACE --coverage -O0)
  target_link_options(waferloom_options INTERFACE --coverage)
endif()

# waferloom_library(NAME SOURCES... [LIBRARIES ...]): one static library for one folder.
function(waferloom_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(waferloom_${name} STATIC ${arg_SOURCES})
  target_link_libraries(waferloom_${name} PUBLIC waferloom_options ${arg_LIBRARIES})
endfunction()
