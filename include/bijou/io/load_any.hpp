#pragma once

#include <bijou/flows/any_flow.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/known_types.hpp>
#include <bijou/io/load.hpp>
#include <bijou/io/model_part.hpp>
#include <bijou/io/safetensors.hpp>
#include <concepts>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace bijou {

/// A flow or another distribution from a file of `save`, of whatever type: what is in the file says how to make it. The
/// scalar T may be another than that of the file. known: with types of your own, see KnownTypes.
///
/// Log densities and draws have the bits of the flow that was saved, if its scalar is T. Throws FileError as
/// `load(path, object)` does, and for a file without an architecture or with a type that is not known; the message says
/// which types are.
///
/// @code{.cpp}
/// #include <bijou/io/load_any.hpp>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   const bijou::AnyFlow<float> flow = bijou::load<float>("flow.safetensors");
///   const Eigen::MatrixXf x = flow.sample(100, rng);
///   const Eigen::VectorXf log_p = flow.log_prob(x);
/// }
/// @endcode
template <std::floating_point T>
AnyFlow<T> load(const std::filesystem::path& path, const KnownTypes<T>& known = {}) {
  const SafetensorsFile file(path);
  const detail::Json architecture = detail::architecture_in(file);
  AnyFlow<T> flow = detail::or_file_error(path, [&] {
    AnyFlow<T> made = known.make_distribution(ModelPart<T>(file, known, architecture, {}));
    made.require_parts();
    return made;
  });
  detail::load_from(file, flow);
  return flow;
}

}  // namespace bijou
