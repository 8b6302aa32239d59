# PROGRAM fits small tables in FOLDER: a CSV file with bounds, a circular column and a context, and a .npy file.
# SCORE: the program score.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})

function(run)
  execute_process(COMMAND ${PROGRAM} ${ARGV} --layers 2 --hidden 8 --epochs 3 --quiet
                  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE error)
  if(NOT code EQUAL 0 OR NOT error STREQUAL "" OR NOT output MATCHES "normal distribution +-?[0-9.]+ \\+- +[0-9.]+ ")
    message(FATAL_ERROR "${ARGV}: expected exit code 0 and a result, got ${code} and:\n${output}${error}")
  endif()
endfunction()

function(expect_lines file count)
  file(STRINGS ${FOLDER}/${file} lines)
  list(LENGTH lines found)
  if(NOT found EQUAL count)
    message(FATAL_ERROR "${file}: expected ${count} lines, got ${found}")
  endif()
endfunction()

# As spreadsheets write it: a byte order mark, CRLF, quotes, semicolons, a blank line at the end.
set(state 1)
function(random variable)  # a whole number below 1000
  math(EXPR state "(${state} * 1103515245 + 12345) % 2147483648")
  math(EXPR value "${state} / 65536 % 1000")
  set(state ${state} PARENT_SCOPE)
  set(${variable} ${value} PARENT_SCOPE)
endfunction()
string(ASCII 239 187 191 mark)
set(table "${mark}\"length, mm\";phi;energy;\"two\nlines\"\r\n")
foreach(row RANGE 1 100)
  random(length)
  random(phi)
  random(energy)
  random(other)
  string(APPEND table " 0.${length}1;\"${phi}e-1\" ;+${energy};-${other}.5\r\n")
endforeach()
file(WRITE ${FOLDER}/table.csv "${table}\r\n\r\n")
set(columns --bounds "length, mm=0:" --circular phi=0:100 --context energy)

# Rows to score may have their columns in another order. The density is the same at both ends of the circle, and 0
# outside of the bounds.
file(WRITE ${FOLDER}/rows.csv
     "energy,phi,\"two\nlines\",\"length, mm\",more\n500,0,-7,0.5,1\n500,100,-7,0.5,1\n500,0,-7,-0.5,1\n")
foreach(flow IN ITEMS nsf maf real_nvp coupling_nsf)
  run(table.csv ${columns} --flow ${flow} --output ${flow} --score rows.csv --samples 50 --no-pictures)
  file(STRINGS ${FOLDER}/${flow}/scores.csv scores)
  list(GET scores 1 low)
  list(GET scores 2 high)
  list(GET scores 3 outside)
  string(SUBSTRING ${low} 0 10 low)
  string(SUBSTRING ${high} 0 10 high)
  if(NOT low STREQUAL high OR NOT outside STREQUAL "-inf")
    message(FATAL_ERROR "${flow}: expected one density at both ends of the circle and 0 outside, got ${scores}")
  endif()
  file(STRINGS ${FOLDER}/${flow}/samples.csv samples LIMIT_COUNT 1)
  if(NOT samples STREQUAL "\"length, mm\",phi,energy,\"two")
    message(FATAL_ERROR "${flow}: unexpected header of samples.csv: ${samples}")
  endif()
  expect_lines(${flow}/samples.csv 52)
endforeach()

# What is written as .npy is read again; pictures or, without gnuplot, what they are drawn from.
run(table.csv --drop energy,phi --samples 60 --samples-file draws.npy --output npy --no-pictures)
run(draws.npy --samples 10 --score draws.npy --scores npy/scores.csv --output pictures)
expect_lines(npy/scores.csv 61)
expect_lines(pictures/samples.csv 11)
foreach(file IN ITEMS corner_data.csv corner_samples.csv corner_axes.csv corner_names.txt loss.csv)
  if(NOT EXISTS ${FOLDER}/pictures/${file})
    message(FATAL_ERROR "there is no pictures/${file}")
  endif()
endforeach()

# The file of a flow: score finds its columns by their names, and ln p has the same bits.
file(WRITE ${FOLDER}/columns.csv "energy,phi,\"two\nlines\",\"length, mm\",more\n500,0,-7,0.5,1\n501,3,-8,0.25,1\n")
run(table.csv ${columns} --output model --score columns.csv --model flow.safetensors --no-pictures)
execute_process(COMMAND ${SCORE} flow.safetensors columns.csv WORKING_DIRECTORY ${FOLDER} OUTPUT_VARIABLE output)
file(READ ${FOLDER}/model/scores.csv scores)
if(NOT "ln_p\n${output}" STREQUAL scores)
  message(FATAL_ERROR "expected of score what density_estimation says:\n${scores}but got:\n${output}")
endif()
execute_process(COMMAND ${SCORE} flow.safetensors npy/scores.csv WORKING_DIRECTORY ${FOLDER} ERROR_VARIABLE error)
if(NOT error STREQUAL "score: npy/scores.csv: has no column phi, which the model wants\n")
  message(FATAL_ERROR "score of a table without the model's columns: ${error}")
endif()

# A context whose name has a comma, alone and in a second list.
run(table.csv --context "length, mm" --context phi,energy --samples 5 --output comma --no-pictures)

# A result that nobody can read is no success.
if(EXISTS /dev/full)
  execute_process(COMMAND sh -c "'${PROGRAM}' table.csv --layers 1 --hidden 4 --epochs 1 --quiet --no-pictures >/dev/full"
                  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code ERROR_VARIABLE error)
  if(NOT code EQUAL 1 OR NOT error MATCHES "the results cannot be written to the standard output")
    message(FATAL_ERROR "standard output on a full device: expected exit code 1 and a reason, got ${code} and:\n${error}")
  endif()
endif()
