# PROGRAM, told to make a MISTAKE, prints a message that matches EXPECT to stderr and aborts; told to make none, it succeeds.
execute_process(COMMAND ${PROGRAM} ${MISTAKE} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(MISTAKE STREQUAL none)
  if(NOT result EQUAL 0 OR NOT output STREQUAL "log_prob is finite\n")
    message(FATAL_ERROR "Expected a finite log_prob and 0, got ${result} and:\n${output}${errors}")
  endif()
elseif(NOT errors MATCHES "${EXPECT}" OR NOT output STREQUAL "")
  message(FATAL_ERROR "Expected `${EXPECT}` on stderr, got:\n${errors}and on stdout:\n${output}")
elseif(NOT result MATCHES "[Aa]bort") # CMake's words for a process ended by this signal
  message(FATAL_ERROR "Expected an abort, got ${result}")
endif()
