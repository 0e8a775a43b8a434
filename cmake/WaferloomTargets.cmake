# SPDX-License-Identifier: Apache-2.0
# Compile options shared by all of the project's own code.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(waferloom_options INTERFACE)
target_compile_features(waferloom_options INTERFACE cxx_std_20)
target_compile_options(waferloom_options INTERFACE "$<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow>")
# GCC 12 sees overlaps in std::string's operator+ that are not there (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(waferloom_options INTERFACE $<BUILD_INTERFACE:-Wno-restrict>)
endif()
target_include_directories(waferloom_options INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>
                           $<INSTALL_INTERFACE:include/waferloom>)
if(WAFERLOOM_SANITIZE)
  target_compile_options(waferloom_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                         -fno-sanitize-recover=undefined
                         # Half of the code and a quarter of the compiler's time: checks of each access through a pointer,
                         # of which AddressSanitizer sees what goes wrong.
                         -fno-sanitize=null,alignment,vptr)
  # AddressSanitizer's checks as calls: less code, a tenth less of the compiler's time.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(waferloom_options INTERFACE "SHELL:--param asan-instrumentation-with-call-threshold=0")
  endif()
  target_link_options(waferloom_options INTERFACE -fsanitize=address,undefined)
endif()
if(WAFERLOOM_COVERAGE)
  target_compile_options(waferloom_options INTERFACE --coverage -O0)
  target_link_options(waferloom_options INTERFACE --coverage)
endif()

# waferloom_sources(TARGET FILE... [HOT FILE...]): adds source files to a target. Those of one folder are compiled as
# one unit, which reads their headers and makes what they instantiate once instead of once a file, at -O2. The files HOT
# of a target, in which simulations spend their time and which call each other all the time, are one unit at -O3; in
# other builds than Release they are files like the others. With WAFERLOOM_TARGET_UNITS the folders of a target are one
# unit.
#
# CMake's own UNITY_BUILD is not used, as its units name files by absolute paths: no cache of compilations could then
# serve two checkouts.
option(WAFERLOOM_FOLDER_UNITS "Compile the files of a folder as one unit" ON)
option(WAFERLOOM_TARGET_UNITS "Compile the folders of a target as one unit: quicker to build as a whole, slower to build again" OFF)
function(waferloom_sources target)
  cmake_parse_arguments(arg "" "" "HOT" ${ARGN})
  list(TRANSFORM arg_HOT PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  target_sources(${target} PRIVATE ${arg_UNPARSED_ARGUMENTS})
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
  set(units "")
  foreach(file ${arg_UNPARSED_ARGUMENTS})
    set(hot OFF)
    if(file IN_LIST arg_HOT AND CMAKE_BUILD_TYPE STREQUAL "Release")
      set(hot ON)
    endif()
    if(WAFERLOOM_FOLDER_UNITS)
      set_source_files_properties(${file} PROPERTIES HEADER_FILE_ONLY ON)
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
      if(hot)
        set(unit ${target}_hot)
      elseif(WAFERLOOM_TARGET_UNITS)
        set(unit ${target})
      else()
        cmake_path(GET file PARENT_PATH folder)
        string(REPLACE "/" "_" unit ${folder})
      endif()
      list(APPEND units ${unit})
      string(APPEND ${unit}_includes "#include \"${file}\"\n")
    elseif(hot)
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS -O3)
    endif()
  endforeach()
  list(REMOVE_DUPLICATES units)
  foreach(unit ${units})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/units/${unit}.cpp CONTENT "${${unit}_includes}")
    target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/units/${unit}.cpp)
    if(unit STREQUAL ${target}_hot)
      set_source_files_properties(${CMAKE_BINARY_DIR}/units/${unit}.cpp PROPERTIES COMPILE_OPTIONS -O3)
    endif()
  endforeach()
endfunction()

# waferloom_library(NAME SOURCES... [HOT FILE...] [LIBRARIES ...]): one static library for one folder.
function(waferloom_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HOT;LIBRARIES" ${ARGN})
  add_library(waferloom_${name} STATIC)
  waferloom_sources(waferloom_${name} ${arg_SOURCES} HOT ${arg_HOT})
  target_link_libraries(waferloom_${name} PUBLIC waferloom_options ${arg_LIBRARIES})
endfunction()
