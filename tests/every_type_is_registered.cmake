# Every header of these folders that defines a type of a flow stands in a list of tests/registry.hpp, and its own test
# runs the laws on it.
set(without_type # concepts, calls, parts and policies of the others, names
    bijectors/bijector bijectors/bijector_calls bijectors/hidden_sizes bijectors/layer_name bijectors/sequence
    transformers/scale_maps transformers/transformer
    conditioners/activations conditioners/conditioner conditioners/feed_forward conditioners/masked_linear
    conditioners/network_options
    distributions/distribution distributions/distribution_calls)
file(READ ${ROOT}/tests/registry.hpp registry)
set(missing)
foreach(folder IN ITEMS bijectors transformers conditioners distributions)
  file(GLOB headers RELATIVE ${ROOT}/include/bijou ${ROOT}/include/bijou/${folder}/*.hpp)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.hpp$" "" name ${header})
    if(name IN_LIST without_type)
      continue()
    endif()
    string(FIND "${registry}" "header = \"${header}\"" at)
    if(at EQUAL -1)
      string(APPEND missing "\n  no entry of tests/registry.hpp has header = \"${header}\"")
    endif()
    file(READ ${ROOT}/tests/${name}.cpp test)
    string(FIND "${test}" "registry::" at)
    if(at EQUAL -1 AND NOT folder STREQUAL "distributions")
      string(APPEND missing "\n  tests/${name}.cpp uses no entry of tests/registry.hpp")
    endif()
  endforeach()
endforeach()
if(missing)
  message(FATAL_ERROR "Types that are in no list:${missing}")
endif()
