# SOURCE with BIJOU_EXPECT_ERROR must not compile, and the compiler's output must match the regular expression (CMake's syntax)
# in its first line, `// expect: <regex>`.
file(READ ${SOURCE} text)
if(NOT text MATCHES "^// expect: ([^\n]+)\n")
  message(FATAL_ERROR "The first line must be `// expect: <regex>`")
endif()
set(regex "${CMAKE_MATCH_1}")

set(command ${COMPILER} -std=c++20 -w -fsyntax-only -DBIJOU_EXPECT_ERROR -I${INCLUDE})
foreach(directory IN LISTS SYSTEM_INCLUDE)
  list(APPEND command -isystem ${directory})
endforeach()

set(ENV{LC_ALL} C)
execute_process(COMMAND ${command} -include ${PRECOMPILED} ${SOURCE} RESULT_VARIABLE code OUTPUT_VARIABLE output
                ERROR_VARIABLE output)

if(code EQUAL 0)
  message(FATAL_ERROR "With BIJOU_EXPECT_ERROR this must not compile, but it did")
elseif(NOT output MATCHES "${regex}")
  message(FATAL_ERROR "The compiler's output does not match `${regex}`:\n${output}")
endif()
