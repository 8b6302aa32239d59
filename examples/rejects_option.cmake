# PROGRAM answers OPTION with exit code 2 and one line on stderr.
execute_process(COMMAND ${PROGRAM} ${OPTION} RESULT_VARIABLE code ERROR_VARIABLE error)
if(NOT code EQUAL 2 OR NOT error MATCHES "^[^\n]+\n$")
  message(FATAL_ERROR "Expected exit code 2 and one line on stderr, got ${code} and:\n${error}")
endif()
