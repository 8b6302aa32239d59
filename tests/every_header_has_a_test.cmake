# include/bijou/<folder>/<name>.hpp is tested by tests/<folder>/<name>.cpp. Elsewhere: versions by headers_together,
# core/language.hpp by older_standard.
file(GLOB_RECURSE headers RELATIVE ${ROOT}/include/bijou ${ROOT}/include/bijou/*.hpp)
list(REMOVE_ITEM headers bijou.hpp version.hpp core/language.hpp)
set(missing)
foreach(header IN LISTS headers)
  string(REGEX REPLACE "\\.hpp$" ".cpp" test ${header})
  if(NOT EXISTS ${ROOT}/tests/${test})
    string(APPEND missing "\n  include/bijou/${header} has no tests/${test}")
  endif()
endforeach()
if(missing)
  message(FATAL_ERROR "Headers without a test:${missing}")
endif()
