# SPDX-License-Identifier: Apache-2.0
# The version and, in a working copy, the commit: known to runtime/version.cpp alone. An image is built without one and is told.
find_package(Git QUIET)
if(GIT_FOUND AND NOT ARGOS_GIT_COMMIT)
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --short=12 HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE ARGOS_GIT_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set_source_files_properties(${CMAKE_SOURCE_DIR}/runtime/version.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON
  COMPILE_DEFINITIONS "ARGOS_VERSION=\"${PROJECT_VERSION}\";ARGOS_GIT_COMMIT=\"${ARGOS_GIT_COMMIT}\"")
