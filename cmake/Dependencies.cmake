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
    target_compile_options(bijou_catch PRIVATE -O0) # half the time, and the tests run as fast
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

# Optional libraries of headers in io/: the target bijou_<name> is there if header and library are found. Looked for as
# files, since Debian's package of libzip names tools in its CMake files that it does not bring.
function(bijou_look_for_library name header)
  cmake_parse_arguments(PARSE_ARGV 2 arguments "" "" "NAMES;PATH_SUFFIXES")
  string(TOUPPER BIJOU_${name} prefix)
  find_path(${prefix}_INCLUDE_DIR ${header} PATH_SUFFIXES ${arguments_PATH_SUFFIXES})
  find_library(${prefix}_LIBRARY NAMES ${arguments_NAMES} PATH_SUFFIXES ${arguments_PATH_SUFFIXES})
  mark_as_advanced(${prefix}_INCLUDE_DIR ${prefix}_LIBRARY)
  if(${prefix}_INCLUDE_DIR AND ${prefix}_LIBRARY AND NOT TARGET bijou_${name})
    add_library(bijou_${name} INTERFACE IMPORTED GLOBAL)
    target_include_directories(bijou_${name} INTERFACE ${${prefix}_INCLUDE_DIR})
    target_link_libraries(bijou_${name} INTERFACE ${${prefix}_LIBRARY})
  endif()
endfunction()

# The target bijou_io_libraries has those that are found. Sets bijou_io_left_out to the headers of io/ without the others.
function(bijou_look_for_io_libraries)
  set(headers_csv csv)
  set(headers_zip npz zip_archive torch_file state_dict torch_layers torch_networks nflows zuko)
  set(headers_hdf5 hdf5)
  if(NOT CMAKE_CROSSCOMPILING) # what is installed is for this machine
    bijou_look_for_library(csv csv.h NAMES csv)
    bijou_look_for_library(zip zip.h NAMES zip)
    bijou_look_for_library(hdf5 hdf5.h NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
  endif()
  add_library(bijou_io_libraries INTERFACE)
  set(left_out)
  foreach(library IN ITEMS csv zip hdf5)
    if(TARGET bijou_${library})
      target_link_libraries(bijou_io_libraries INTERFACE bijou_${library})
    else()
      message(STATUS "bijou: lib${library} not found, without the tests of what needs it: ${headers_${library}}")
      list(APPEND left_out ${headers_${library}})
    endif()
  endforeach()
  set(bijou_io_left_out ${left_out} PARENT_SCOPE)
endfunction()

# The target bijou::mpi is there if MPI is found.
function(bijou_look_for_mpi)
  if(CMAKE_CROSSCOMPILING) # what is installed is for this machine
    return()
  endif()
  find_package(MPI COMPONENTS CXX QUIET)
  if(NOT MPI_CXX_FOUND)
    message(STATUS "bijou: MPI not found, without bijou::mpi and its tests")
    return()
  endif()
  set_target_properties(MPI::MPI_CXX PROPERTIES IMPORTED_GLOBAL TRUE)
  add_library(bijou_mpi INTERFACE)
  add_library(bijou::mpi ALIAS bijou_mpi)
  target_link_libraries(bijou_mpi INTERFACE bijou::bijou MPI::MPI_CXX)
  # The C++ interface of old versions of MPI, which nothing here uses.
  target_compile_definitions(bijou_mpi INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
endfunction()

# nlohmann_json::nlohmann_json, which the headers of io/ need that know safetensors.
function(bijou_require_json)
  find_package(nlohmann_json CONFIG QUIET)
  if(NOT nlohmann_json_FOUND)
    bijou_fetch(nlohmann_json https://github.com/nlohmann/json.git v3.11.3)
    if(NOT bijou_fetched)
      message(FATAL_ERROR "bijou's tests need nlohmann-json: install it (Debian and Ubuntu: nlohmann-json3-dev), "
                          "or set BIJOU_BUILD_TESTS=OFF")
    endif()
  else()
    set_target_properties(nlohmann_json::nlohmann_json PROPERTIES IMPORTED_GLOBAL TRUE)
  endif()
endfunction()
