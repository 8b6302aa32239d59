# PROGRAM answers each bad input with exit code 2 and this line on stderr. FOLDER: for the files.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})

# rejects(arguments message): a line without the name of the program.
function(rejects arguments message)
  separate_arguments(arguments UNIX_COMMAND "${arguments}")
  execute_process(COMMAND ${PROGRAM} ${arguments} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code ERROR_VARIABLE error
                  OUTPUT_QUIET)
  if(NOT code EQUAL 2 OR NOT error STREQUAL "density_estimation: ${message}\n")
    set_property(GLOBAL APPEND_STRING PROPERTY failures
                 "${arguments}: expected exit code 2 and\n  ${message}\ngot ${code} and\n  ${error}\n")
  endif()
endfunction()

# rejects_csv(text message): message without the name of the file.
function(rejects_csv text message)
  file(WRITE ${FOLDER}/bad.csv "${text}")
  rejects(bad.csv "bad.csv${message}")
endfunction()

rejects_csv("" ": the file is empty")
rejects_csv("\n\r\n\n" ": the file is empty")
rejects_csv("a,b\n" ": there are no rows below the header")
rejects_csv("a,b\n1,2\n3\n" ", line 3: expected 2 fields, got 1")
rejects_csv("1,2\n3,4,5\n" ", line 2: expected 2 fields, got 3")
rejects_csv("a,b\n1,2\n3,x4\n" ", line 3, column b: x4 is no number")
rejects_csv("a,b\n1,2\n3,4 5\n" ", line 3, column b: 4 5 is no number")
rejects_csv("a\tb\n1\t2\n\n\n3\t\n" ", line 5, column b: the field is empty")
rejects_csv("a,b\n1,nan\n" ", line 2, column b: nan is not finite")
rejects_csv("1,2\n-inf,4\n" ", line 2, column c0: -inf is not finite")
rejects_csv("a,b\n1,2\n1e999,2\n" ", line 3, column a: 1e999 is out of the range of a double")
rejects_csv("a,b,a\n1,2,3\n" ", line 1: two columns are named a")
rejects_csv("\"a\nb\",c\r\n1,2\r\n3,\"y\nz\"\r\n" ", line 4, column c: y z is no number")
rejects_csv("a,b\n1,\"2\n3,4\n"
            ", line 2: a quoted field does not end, or a quote stands inside a field without quotes")
rejects_csv("a,b\n1,2\"3\n"
            ", line 2: a quoted field does not end, or a quote stands inside a field without quotes")
rejects_csv("a,b\n1,2\n3,4\n" ": 2 rows are too few for 2 columns, expected at least 20")
string(REPEAT "1,2\n-1e305,3\n" 20 large)
rejects_csv("${large}" ": column c0 goes from -1e+305 to 1, expected numbers below 1e+100 that differ by more than 1e-100; \
choose another unit")
rejects(missing.csv "missing.csv: cannot be read: No such file or directory")
rejects(. ".: cannot be read: is a folder")

set(rows "a,b,c\n")
foreach(i RANGE 1 40)
  math(EXPR square "${i} * ${i} % 41")
  string(APPEND rows "${i},${square},7\n")
endforeach()
file(WRITE ${FOLDER}/rows.csv "${rows}")
rejects("rows.csv" "rows.csv: column c is constant, leave it out with --drop")
rejects("rows.csv --drop c --bounds d=0:1" "--bounds: rows.csv has no column d, it has a, b, c")
rejects("rows.csv --drop c --circular d" "--circular: rows.csv has no column d, it has a, b, c")
rejects("rows.csv --drop c --context d" "--context: rows.csv has no column d, it has a, b, c")
rejects("rows.csv --drop d" "--drop: rows.csv has no column d, it has a, b, c")
rejects("rows.csv --drop c --bounds a=0:9" "rows.csv, line 10, column a: 9 is not between the bounds 0 and 9")
rejects("rows.csv --drop c --circular a=0:9" "rows.csv, line 11, column a: 10 is not on the circle from 0 to 9")
rejects("rows.csv --drop c --bounds a=0: --bounds a=0:" "--bounds: a is named twice")
rejects("rows.csv --drop c --bounds a=0: --context a" "a cannot have both --bounds and --context")
rejects("rows.csv --drop c --context a,b" "rows.csv: no column is left for the density")
rejects("rows.csv --drop b,c --flow real_nvp"
        "--flow: real_nvp needs at least two columns besides the context, maf or nsf one")
rejects("rows.csv --bounds a=1:0" "--bounds: expected low < high, got a=1:0 (see --help)")
rejects("rows.csv --bounds a=-1e308:1e308"
        "--bounds: expected numbers below 1e100; leave a side empty, got a=-1e308:1e308 (see --help)")
rejects("rows.csv --drop c,c" "--drop: c is named twice")
rejects("rows.csv --bounds a" "--bounds: expected column=low:high, got a (see --help)")
rejects("rows.csv --circular a=0:" "--circular: expected low < high, got a=0: (see --help)")
rejects("rows.csv --learning-rate nan" "--learning-rate: expected a number from 1e-09 to 10, got nan (see --help)")
rejects("rows.csv --tails 21" "--tails: expected a number from 0 to 20, got 21 (see --help)")
# The words are those of CLI11, which change.
foreach(option IN ITEMS --layers=0 --hidden=64,0 --epochs=1.5 --bins=many --seed=99999999999999999999 --flow=none)
  execute_process(COMMAND ${PROGRAM} rows.csv --drop c ${option} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code
                  ERROR_VARIABLE error OUTPUT_QUIET)
  string(REGEX REPLACE "=.*" "" name ${option})
  if(NOT code EQUAL 2 OR NOT error MATCHES "^density_estimation: ${name}: [^\n]+ \\(see --help\\)\n$")
    set_property(GLOBAL APPEND_STRING PROPERTY failures "${option}: got ${code} and\n  ${error}\n")
  endif()
endforeach()
rejects("rows.csv --scores out.csv" "--scores needs --score (see --help)")
rejects("rows.csv --samples-file out.csv" "--samples-file needs --samples (see --help)")
rejects("rows.csv --separator semicolon --drop c" "rows.csv, line 2, column a,b,c: 1,1,7 is no number")
rejects("rows.csv --test 0.4" "--validation and --test leave less than half of the rows to train with (see --help)")
rejects("rows.csv --drop c --samples 1 --samples-file rows.csv" "rows.csv: would be overwritten")
file(WRITE ${FOLDER}/other.csv "a\n1\n")
rejects("rows.csv --drop c --score other.csv" "--score: other.csv has no column b, it has a")
rejects("rows.csv --drop c --output rows.csv" "--output: cannot make the folder rows.csv")
rejects("rows.csv --drop c --samples 1 --samples-file none/x.csv"
        "none/x.csv: cannot be opened for writing: No such file or directory")
rejects("rows.csv --drop c --samples 1 --samples-file x.csv --score rows.csv --scores ./x.csv"
        "x.csv: would be written twice")
rejects("rows.csv --drop c --samples 1 --samples-file density_output/loss.csv"
        "density_output/loss.csv: would be written twice")
rejects("rows.csv --drop c --circular b=-1000:1000 --context b --model x"
        "--model: the context b is circular, a model takes its sine and cosine")
rejects("rows.csv --drop c --model ./rows.csv" "./rows.csv: would be overwritten")
rejects("rows.csv --drop d,e" "--drop: rows.csv has no column d, it has a, b, c")

# write_npy(header numbers): numbers with printf's escapes.
function(write_npy header numbers)
  string(LENGTH "${header}" length)
  math(EXPR high "${length} / 64")
  math(EXPR middle "${length} / 8 % 8")
  math(EXPR low "${length} % 8")
  execute_process(COMMAND printf "\\223NUMPY\\001\\000\\${high}${middle}${low}\\000${header}${numbers}"
                  OUTPUT_FILE ${FOLDER}/bad.npy)
endfunction()

# rejects_npy(type order shape numbers message): message without the name of the file.
function(rejects_npy type order shape numbers message)
  write_npy("{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${shape}, }" "${numbers}")
  rejects(bad.npy "bad.npy${message}")
endfunction()

rejects_npy("<f4" False "(1, 2)" "\\000\\000\\200\\077\\000\\000\\200\\177" ", row 0, column c1: inf is not finite")
rejects_npy("|i1" True "(3, 1)" "123" ": 3 rows are too few for 1 column, expected at least 20")
rejects_npy("<f8" False "(1, 2)" "12345678" ": an array of 1 x 2 float64 has 16 bytes, but 8 follow the header")
rejects_npy("|u1" False "(4294967296, 4294967296)" ""
            ": an array of 4294967296 x 4294967296 uint8 has more than 2^64 bytes, but 0 follow the header")
rejects_npy("|u1" False "(0, 2)" "" ": the array is empty")
rejects_npy("|u1" False "(2,)" "12" ": 2 rows are too few for 1 column, expected at least 20")
rejects_npy("|u1" False "(1, 2, 1)" "12"
            ": an array of 3 dimensions, expected at most 2; array.reshape(len(array), -1) has an event in each row")
rejects_npy(">f8" False "(1, 1)" "12345678"
            ", byte 20: numbers of type >f8 are big-endian, expected little-endian ones, as of array.astype('<f8')")
rejects_npy("|u1" Maybe "(1, 1)" "1" ", byte 44: expected True or False, got M")
write_npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1, 1), }" "12345678")
rejects(bad.npy "bad.npy, byte 20: the array has records, expected numbers")
execute_process(COMMAND printf "\\223NUMPY\\004\\000" OUTPUT_FILE ${FOLDER}/bad.npy)
rejects(bad.npy "bad.npy, byte 6: version 4.0 of the .npy format is not supported, only 1.0, 2.0 and 3.0")
execute_process(COMMAND printf "\\223NUMPY\\002\\000\\377\\377\\377\\377{" OUTPUT_FILE ${FOLDER}/bad.npy)
rejects(bad.npy "bad.npy: a header of 4294967295 bytes, but 1 follow")
file(WRITE ${FOLDER}/bad.npy "a,b\n")
rejects(bad.npy "bad.npy: no .npy file")
file(WRITE ${FOLDER}/bad.npy "")
rejects(bad.npy "bad.npy: the file is empty")

get_property(failures GLOBAL PROPERTY failures)
if(failures)
  message(FATAL_ERROR "${failures}")
endif()
