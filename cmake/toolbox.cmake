# SPDX-License-Identifier: Apache-2.0
# What every room shares: warnings, sanitizers, the precompiled header, Asio and Beast compiled once.

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header and ccache agree only with these (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(argos_flags INTERFACE)
target_include_directories(argos_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(argos_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ 12 reports these inside Boost and the standard library at -O2 (GCC bugs 105329, 105562).
  target_compile_options(argos_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
                         -Wno-stringop-overread -Wno-array-bounds -Wno-dangling-pointer -Wno-mismatched-new-delete)
  if(CCACHE AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_compile_options(argos_flags INTERFACE -fpch-preprocess) # lets ccache see through the precompiled header
  endif()
endif()
target_compile_definitions(argos_flags INTERFACE SPDLOG_FMT_EXTERNAL BOOST_ASIO_SEPARATE_COMPILATION
                           BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

set(ARGOS_SANITIZE "" CACHE STRING "comma-separated sanitizers: address,undefined or thread")
if(ARGOS_SANITIZE)
  target_compile_options(argos_flags INTERFACE -fsanitize=${ARGOS_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(argos_flags INTERFACE -fsanitize=${ARGOS_SANITIZE})
  if(ARGOS_SANITIZE MATCHES thread) # g++'s TSan knows no fences
    target_compile_definitions(argos_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    target_compile_options(argos_flags INTERFACE -Wno-tsan)
  endif()
endif()

# Asio and Beast, once. Its precompiled header serves every room that has coroutines.
function(argos_asio)
  if(TARGET argos_asio)
    return()
  endif()
  add_library(argos_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio_impl.cpp)
  target_link_libraries(argos_asio PUBLIC argos_flags Boost::json Boost::url OpenSSL::SSL OpenSSL::Crypto
                        Threads::Threads spdlog::spdlog)
  target_precompile_headers(argos_asio PRIVATE ${CMAKE_SOURCE_DIR}/cmake/asio_pch.hpp)
endfunction()

# argos_room(NAME [ASIO] LINKS ...): the static library argos_NAME of all sources in the folder NAME.
function(argos_room name)
  cmake_parse_arguments(ARG "ASIO" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cpp)
  add_library(argos_${name} STATIC ${sources})
  target_link_libraries(argos_${name} PUBLIC argos_flags ${ARG_LINKS})
  if(ARG_ASIO)
    argos_asio()
    target_link_libraries(argos_${name} PUBLIC argos_asio)
    target_precompile_headers(argos_${name} REUSE_FROM argos_asio)
  endif()
endfunction()

# The sources of test/support/ that know where the program and the tree lie, and the library that is preloaded into the program to make
# its calls fail.
function(argos_names_its_binary)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/test/support/crowdsec.cpp PROPERTIES COMPILE_DEFINITIONS
                              "ARGOS_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
  set_source_files_properties(${CMAKE_SOURCE_DIR}/test/support/program.cpp PROPERTIES COMPILE_DEFINITIONS
                              "ARGOS_BINARY=\"$<TARGET_FILE:argos>\";ARGOS_FAULTS=\"$<TARGET_FILE:faults>\";ARGOS_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
  if(NOT TARGET faults)
    add_library(faults SHARED ${CMAKE_SOURCE_DIR}/test/faults/faults.cpp) # without any flags of ours: no sanitizer, no fortification
    target_include_directories(faults PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(faults PRIVATE ${CMAKE_DL_LIBS})
  endif()
endfunction()

# argos_tests(ROOM [ASIO] LINKS ... [SOURCES ...]): one test program of all test/ROOM/*.cpp, one ctest entry a test, so that they run in
# parallel and a test that hangs is named. ASIO: with test/support/ and the precompiled header.
function(argos_tests room)
  cmake_parse_arguments(ARG "ASIO" "" "LINKS;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/${room}/*.cpp)
  list(APPEND sources ${ARG_SOURCES})
  if(NOT sources)
    return()
  endif()
  add_executable(test_${room} ${sources})
  target_link_libraries(test_${room} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest_main OpenSSL::SSL)
  if(ARG_ASIO)
    file(GLOB support CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/support/*.cpp)
    target_sources(test_${room} PRIVATE ${support})
    argos_names_its_binary()
    target_link_libraries(test_${room} PRIVATE argos_runtime argos_asio OpenSSL::SSL)
    target_precompile_headers(test_${room} REUSE_FROM argos_asio)
    add_dependencies(test_${room} faults)
    if(room MATCHES "^(cli|e2e)$") # the rooms whose tests run the program itself
      add_dependencies(test_${room} argos)
    endif()
  endif()
  # At test time, since what can be tested (which Caddys) is known only then.
  gtest_discover_tests(test_${room} TEST_PREFIX ${room}. DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()

# argos_embed(TARGET FOLDER PATTERN): a library whose `embedded::TARGET()` returns {file name, contents} pairs, sorted by name.
function(argos_embed target folder pattern)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/${pattern})
  set(out ${CMAKE_BINARY_DIR}/embedded/${target}.cpp)
  add_custom_command(OUTPUT ${out} DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
                     COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${target} "-DFILES=${files}" -P
                             ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  add_library(${target} STATIC ${out})
  target_link_libraries(${target} PUBLIC argos_flags)
endfunction()

# argos_web(TARGET): the panel of panel/web/, built by Node and linked in; panel/web_files.hpp serves it.
function(argos_web target)
  set(from ${CMAKE_SOURCE_DIR}/panel/web)
  set(out ${CMAKE_BINARY_DIR}/web)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${from}/src/* ${from}/public/*)
  file(GLOB parts CONFIGURE_DEPENDS ${from}/*.html ${from}/*.js ${from}/*.mjs ${from}/*.json ${from}/*.sh)
  add_custom_command(OUTPUT ${out}/web.cpp ${out}/web.bin DEPENDS ${sources} ${parts}
                     COMMAND ${from}/build.sh ${out} COMMENT "Building the panel" VERBATIM)
  add_library(${target} STATIC ${out}/web.cpp)
  set_source_files_properties(${out}/web.cpp PROPERTIES OBJECT_DEPENDS ${out}/web.bin)
  target_link_libraries(${target} PUBLIC argos_flags)
endfunction()

# test/web/*_test.mjs: the panel in a real Chromium, one at a time; those with figures alone on the machine.
function(argos_web_tests)
  find_program(NODE node REQUIRED)
  add_test(NAME web.types COMMAND ${NODE} node_modules/typescript/bin/tsc --noEmit WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/panel/web)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/web/*_test.mjs)
  foreach(test ${tests})
    get_filename_component(name ${test} NAME_WE)
    string(REPLACE "_test" "" name ${name})
    add_test(NAME web.${name} COMMAND ${NODE} --test ${test})
    set_tests_properties(web.${name} PROPERTIES LABELS web TIMEOUT 300 RESOURCE_LOCK chromium
                         ENVIRONMENT ARGOS_BINARY=$<TARGET_FILE:argos>)
  endforeach()
  set_tests_properties(web.many PROPERTIES RUN_SERIAL TRUE)
endfunction()

function(argos_fuzz_targets)
  file(GLOB targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/fuzz/*_fuzz.cpp)
  target_compile_options(argos_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  foreach(source ${targets})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE argos_manifests)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  endforeach()
  target_sources(http_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/panel/wire.cpp) # the one source of the panel without coroutines
  target_compile_definitions(http_fuzz PRIVATE BOOST_ASIO_DISABLE_CO_AWAIT)
  target_link_libraries(http_fuzz PRIVATE Threads::Threads)
  foreach(source archive_input archive_reader file_stamp files folder gzip hashing)
    target_sources(archive_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/runtime/${source}.cpp)
  endforeach()
  target_link_libraries(archive_fuzz PRIVATE PkgConfig::ARCHIVE PkgConfig::ISAL OpenSSL::Crypto)
endfunction()

# One program a test/bench/*_bench.cpp, for what fits into one process; and `figures`, which measures whole programs.
function(argos_benchmarks)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/bench/*_bench.cpp)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE argos_cli benchmark::benchmark_main)
  endforeach()
  find_package(GTest REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/bench/figures/*.cpp ${CMAKE_SOURCE_DIR}/test/support/*.cpp)
  add_executable(figures ${sources} ${CMAKE_SOURCE_DIR}/test/e2e/world.cpp
                 ${CMAKE_SOURCE_DIR}/test/e2e/certificates.cpp)
  target_link_libraries(figures PRIVATE argos_cli GTest::gmock OpenSSL::SSL)
  argos_names_its_binary()
  target_precompile_headers(figures REUSE_FROM argos_asio)
  add_dependencies(figures argos faults)
endfunction()
