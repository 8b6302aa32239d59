# Every header of these folders that defines a type of a flow has an entry in tests/registry.hpp that stands in a list,
# and its own test runs the laws on it.
set(without_type # concepts, calls, parts and policies of the others, names
    bijectors/bijector bijectors/bijector_calls bijectors/coordinate_order bijectors/hidden_sizes bijectors/layer_name bijectors/positive_diagonal
    bijectors/sequence
    transformers/scale_maps transformers/spline transformers/spline_bins transformers/spline_edges
    transformers/spline_maps transformers/transformer
    conditioners/activations conditioners/any_activation conditioners/any_connections conditioners/conditioner conditioners/constant_layers conditioners/constant_network conditioners/context_role conditioners/feed_forward
    conditioners/feed_forward_with_context conditioners/masked_linear conditioners/masked_linear_view
    conditioners/network_layers conditioners/network_options conditioners/network_passes conditioners/transform_units
    flows/any_bijector flows/any_conditioner flows/any_flow flows/any_transformer flows/clip_windows flows/embedded_context flows/erased flows/flow_options flows/forward flows/log_det_shares flows/recipes flows/signal_levels flows/stack
    distributions/calls_of distributions/conditioned distributions/context distributions/distribution distributions/distribution_calls
    distributions/draw_into distributions/dynamic_product distributions/location_scale
    distributions/mixture_density distributions/sample
    signals/convolution signals/convolution_weights signals/dequantize signals/event_pieces signals/panel
    signals/pixel_orders signals/signal_shape signals/temperature)
file(READ ${ROOT}/tests/registry.hpp registry)
set(missing)
foreach(folder IN ITEMS bijectors transformers conditioners distributions flows signals)
  file(GLOB headers RELATIVE ${ROOT}/include/bijou ${ROOT}/include/bijou/${folder}/*.hpp)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.hpp$" "" name ${header})
    list(FIND without_type ${name} at)
    if(NOT at EQUAL -1)
      continue()
    endif()
    if(registry MATCHES "struct ([A-Za-z0-9_]+) {\n  static constexpr const char\\* header = \"${header}\"")
      set(entry ${folder}::${CMAKE_MATCH_1})
      if(NOT registry MATCHES "[ <]${entry}[,>]")
        string(APPEND missing "\n  ${entry} of tests/registry.hpp stands in no list")
      endif()
    else()
      string(APPEND missing "\n  no entry of tests/registry.hpp has header = \"${header}\"")
    endif()
    # Distributions are tested one by one.
    if(NOT folder MATCHES "distributions|flows" AND EXISTS ${ROOT}/tests/${name}.cpp)
      file(READ ${ROOT}/tests/${name}.cpp test)
      if(NOT test MATCHES "registry::")
        string(APPEND missing "\n  tests/${name}.cpp uses no entry of tests/registry.hpp")
      endif()
    endif()
  endforeach()
endforeach()
if(missing)
  message(FATAL_ERROR "Types that are in no list:${missing}")
endif()
