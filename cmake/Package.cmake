# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` and `cpack` put where. Components: `program`; `mpi`, what of it needs MPI; and `development`
# with the headers and libraries for SystemC modules of one's own (find_package(waferloom), docs/packages.md).
include(CMakePackageConfigHelpers)

# The layout in which core/data_path.cpp finds the data, relative to the program: the tree may be moved.
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/waferloom)
install(DIRECTORY models/data DESTINATION ${CMAKE_INSTALL_DATADIR}/waferloom/models)
install(FILES models/schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/waferloom/models)
install(DIRECTORY validation/data DESTINATION ${CMAKE_INSTALL_DATADIR}/waferloom/validation)
install(DIRECTORY report/assets DESTINATION ${CMAKE_INSTALL_DATADIR}/waferloom/report)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.png")

# Written by the program itself, from its table of commands (cli/CMakeLists.txt).
install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(FILES ${CMAKE_BINARY_DIR}/completions/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME waferloom)
install(FILES ${CMAKE_BINARY_DIR}/completions/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
        RENAME waferloom.fish)
# Debian's zsh reads those of packages from a folder of its own.
set(zsh_folder site-functions)
if(EXISTS /etc/debian_version)
  set(zsh_folder vendor-completions)
endif()
install(FILES ${CMAKE_BINARY_DIR}/completions/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${zsh_folder} RENAME _waferloom)

# waferloom_export(TARGET): puts a library and all that it links of ours into the package, with their headers.
function(waferloom_export target)
  get_property(exported GLOBAL PROPERTY waferloom_exported)
  if(target IN_LIST exported)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY waferloom_exported ${target})
  string(REGEX REPLACE "^waferloom_" "" name ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT waferloom ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/waferloom COMPONENT development)
  get_target_property(type ${target} TYPE)
  get_target_property(folder ${target} SOURCE_DIR)
  if(type STREQUAL "STATIC_LIBRARY")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${folder}/*.hpp)
    foreach(header ${headers})
      cmake_path(GET header PARENT_PATH below)
      install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/waferloom/${below} COMPONENT development)
    endforeach()
  endif()
  get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
  foreach(library ${libraries})
    if(library MATCHES "^waferloom_")
      waferloom_export(${library})
    endif()
  endforeach()
endfunction()
# What attaches modules to a wafer, and what makes its hardware of a scenario.
waferloom_export(waferloom_wavelet)
waferloom_export(waferloom_prepare)

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/waferloom)
install(EXPORT waferloom FILE waferloomTargets.cmake NAMESPACE waferloom:: DESTINATION ${config_folder}
        COMPONENT development)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/waferloomConfig.cmake.in ${CMAKE_BINARY_DIR}/waferloomConfig.cmake
                              INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/waferloomConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/waferloomConfig.cmake ${CMAKE_BINARY_DIR}/waferloomConfigVersion.cmake
        DESTINATION ${config_folder} COMPONENT development)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR} -P ${CMAKE_SOURCE_DIR}/cmake/Uninstall.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "The Waferloom developers")
set(CPACK_PACKAGE_CONTACT "The Waferloom developers <waferloom@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME waferloom)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "waferloom-mpi, python3-pandas, python3-matplotlib, chromium, gtkwave")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
    "Simulates the training step of a large language model on a wafer of processing
elements, wavelet by wavelet or in whole bursts: routers, PEs, SRAM and off-wafer
I/O. Comes with scenarios, hardware presets, models and studies.")
if(MPI_CXX_FOUND)
  list(APPEND CPACK_COMPONENTS_ALL mpi)
  set(CPACK_DEBIAN_MPI_PACKAGE_NAME waferloom-mpi)
  set(CPACK_DEBIAN_MPI_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "waferloom (= ${PROJECT_VERSION}), openmpi-bin")
  set(CPACK_COMPONENT_MPI_DESCRIPTION
      "What Waferloom needs for runs and studies on several machines: mpirun waferloom.")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME waferloom-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "waferloom (= ${PROJECT_VERSION}), libsystemc-dev, libfmt-dev, libyaml-cpp-dev, nlohmann-json3-dev, libboost-dev, zlib1g-dev, pkg-config")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "Headers and libraries of Waferloom for SystemC modules of one's own, found by
CMake's find_package(waferloom), and an example.")
include(CPack)
