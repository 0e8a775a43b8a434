# SPDX-License-Identifier: Apache-2.0
# Third-party packages, all from the distribution (scripts/setup installs them).
set(CMAKE_THREAD_PREFER_PTHREAD ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED)
# Runs and studies on several machines; everything else works without.
find_package(MPI QUIET COMPONENTS CXX)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)

# GTKWave's writer of fast signal traces comes as sources, with Verilator.
find_path(fst_sources fstapi.c PATHS /usr/share/verilator/include/gtkwave /usr/local/share/verilator/include/gtkwave REQUIRED)
add_library(waferloom_fst STATIC ${fst_sources}/fstapi.c ${fst_sources}/fastlz.c ${fst_sources}/lz4.c)
target_include_directories(waferloom_fst SYSTEM PUBLIC ${fst_sources})
target_compile_definitions(waferloom_fst PRIVATE FST_CONFIG_INCLUDE="fst_config.h")
target_compile_options(waferloom_fst PRIVATE -w)
target_link_libraries(waferloom_fst PRIVATE ZLIB::ZLIB)
pkg_check_modules(systemc REQUIRED IMPORTED_TARGET systemc)

# The distribution builds SystemC as C++17 and its headers check that users agree; code compiled as
# C++20 links and runs as long as it states the library's own value.
add_library(waferloom_systemc INTERFACE)
target_link_libraries(waferloom_systemc INTERFACE PkgConfig::systemc Threads::Threads)
target_compile_definitions(waferloom_systemc INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
get_target_property(systemc_includes PkgConfig::systemc INTERFACE_INCLUDE_DIRECTORIES)
if(systemc_includes)
  target_include_directories(waferloom_systemc SYSTEM INTERFACE ${systemc_includes})
endif()
if(WAFERLOOM_SANITIZE)
  add_library(waferloom_sanitizer_fibers OBJECT ${CMAKE_SOURCE_DIR}/cmake/sanitizer_fibers.cpp)
  target_sources(waferloom_systemc INTERFACE $<TARGET_OBJECTS:waferloom_sanitizer_fibers>)
endif()
