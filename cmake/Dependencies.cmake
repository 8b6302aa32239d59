# Every dependency is looked for with find_package first, and fetched only with BIJOU_FETCH_DEPENDENCIES.

include(FetchContent)

# bijou_fetch(<name> <repository> <tag> [FetchContent_Declare options]): sets bijou_fetched to whether <name> is there.
# FetchContent ends the configuration when it cannot download; asking first leaves that decision to the caller.
macro(bijou_fetch name repository tag)
  set(bijou_fetched FALSE)
  if(BIJOU_FETCH_DEPENDENCIES)
    string(TOUPPER ${name} bijou_fetch_upper)
    if(FETCHCONTENT_SOURCE_DIR_${bijou_fetch_upper} OR EXISTS "${FETCHCONTENT_BASE_DIR}/${name}-src")
      set(bijou_fetched TRUE)
    else()
      message(STATUS "bijou: ${name} not found, looking for ${repository} ${tag}")
      execute_process(COMMAND git ls-remote --exit-code ${repository} ${tag} TIMEOUT 30
                      RESULT_VARIABLE bijou_fetch_result OUTPUT_QUIET ERROR_QUIET)
      if(bijou_fetch_result STREQUAL "0")
        set(bijou_fetched TRUE)
      endif()
    endif()
    if(bijou_fetched)
      FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW TRUE ${ARGN})
      FetchContent_MakeAvailable(${name})
    endif()
  endif()
endmacro()

# Eigen3::Eigen, 3.4 or newer. Eigen's own version file accepts no major but the one asked for, so the comparison is here.
function(bijou_require_eigen)
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 CONFIG QUIET)
    if(Eigen3_FOUND)
      # Seen from the directory that links bijou too, not from this one alone.
      set_target_properties(Eigen3::Eigen PROPERTIES IMPORTED_GLOBAL TRUE)
    else()
      # Headers alone: Eigen's own CMakeLists.txt brings targets and options that nobody asked for.
      bijou_fetch(eigen https://gitlab.com/libeigen/eigen.git 3.4.0 SOURCE_SUBDIR none)
      if(NOT bijou_fetched)
        message(FATAL_ERROR "bijou needs Eigen 3.4 or newer: install it (Debian and Ubuntu: libeigen3-dev), "
                            "name its prefix in CMAKE_PREFIX_PATH, or set BIJOU_FETCH_DEPENDENCIES=ON")
      endif()
      add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
      target_include_directories(Eigen3::Eigen INTERFACE "${eigen_SOURCE_DIR}")
    endif()
  endif()
  if(DEFINED Eigen3_VERSION AND Eigen3_VERSION VERSION_LESS 3.4)
    message(FATAL_ERROR "bijou needs Eigen 3.4 or newer, found ${Eigen3_VERSION} in ${Eigen3_DIR}")
  endif()
endfunction()

# The target bijou_catch: Catch2, version 2 or 3, with its main function; Catch.cmake for catch_discover_tests.
macro(bijou_require_catch)
  if(CMAKE_CROSSCOMPILING)
    find_package(Catch2 2 CONFIG QUIET) # headers alone; an installed version 3 is a library for this machine
  else()
    find_package(Catch2 CONFIG QUIET)
  endif()
  if(NOT Catch2_FOUND)
    bijou_fetch(catch2 https://github.com/catchorg/Catch2.git v3.7.1)
    if(NOT bijou_fetched)
      message(FATAL_ERROR "bijou's tests need Catch2 2 or 3: install it (Debian and Ubuntu: catch2), "
                          "or set BIJOU_BUILD_TESTS=OFF")
    endif()
    list(APPEND CMAKE_MODULE_PATH "${catch2_SOURCE_DIR}/extras")
  endif()
  if(DEFINED Catch2_VERSION AND Catch2_VERSION VERSION_LESS 3)
    file(CONFIGURE OUTPUT catch_main.cpp CONTENT "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n")
    add_library(bijou_catch STATIC "${CMAKE_CURRENT_BINARY_DIR}/catch_main.cpp")
    target_compile_features(bijou_catch PUBLIC cxx_std_20)
    target_link_libraries(bijou_catch PUBLIC Catch2::Catch2)
  else()
    add_library(bijou_catch INTERFACE)
    target_link_libraries(bijou_catch INTERFACE Catch2::Catch2WithMain)
  endif()
  include(Catch)
endmacro()

# Optional: without CLI11::CLI11 the example two_moons is left out.
function(bijou_look_for_cli11)
  find_package(CLI11 CONFIG QUIET)
  if(NOT CLI11_FOUND)
    bijou_fetch(cli11 https://github.com/CLIUtils/CLI11.git v2.5.0)
  endif()
endfunction()

# Optional: without benchmark::benchmark the benchmarks are left out.
function(bijou_look_for_benchmark)
  find_package(benchmark CONFIG QUIET)
  if(NOT benchmark_FOUND)
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    bijou_fetch(benchmark https://github.com/google/benchmark.git v1.9.4)
  endif()
endfunction()
