#pragma once

#include <bijou/bijectors/bijector.hpp>
#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/object_visitor.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/io/known_bijectors.hpp>
#include <bijou/io/known_conditioners.hpp>
#include <bijou/io/known_distributions.hpp>
#include <bijou/io/known_policies.hpp>
#include <bijou/io/known_signal_networks.hpp>
#include <bijou/io/known_transformers.hpp>
#include <bijou/io/model_part.hpp>
#include <bijou/transformers/transformer.hpp>
#include <concepts>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

/// The types that `load<T>(path)` makes models of, by the names that they have in files: those of this library, and
/// those that are added. A type of your own has the name `name` (`type_name`, if it has that); what can be made without
/// arguments needs nothing else, for others say how to make one of the right size.
///
/// T: the scalar of the model.
///
/// @code{.cpp}
/// #include <bijou/io/load_any.hpp>
///
/// struct Shift {  // x = z + shift
///   using Scalar = float;
///   static constexpr int static_event_size = 2;
///   static constexpr const char* name = "Shift";
///   Eigen::Vector2f shift{0.0f, 0.0f};
///   static constexpr auto members() { return bijou::Members{bijou::parameter("shift", &Shift::shift)}; }
///   void forward(bijou::Evaluation<float> e) const { e.output = e.input.colwise() + shift.array(); }
///   void inverse(bijou::Evaluation<float> e) const { e.output = e.input.colwise() - shift.array(); }
///   void forward_pullback(bijou::Pullback<float> p) const { p.input_gradient = p.output_gradient; }
///   void inverse_pullback(bijou::Pullback<float> p) const { p.input_gradient = p.output_gradient; }
/// };
///
/// int main() {
///   bijou::KnownTypes<float> known;
///   known.add<Shift>();
///   known.add_bijector("Wider", [](const bijou::ModelPart<float>& part) {
///     return bijou::Standardize<float, Eigen::Dynamic>(part.extent("map.bijector.shift", 0));
///   });
///   const bijou::AnyFlow<float> flow = bijou::load<float>("flow.safetensors", known);
/// }
/// @endcode
template <class T>
class KnownTypes {
 public:
  /// Where in the file an object is made from.
  using Part = ModelPart<T>;

  KnownTypes();

  /// A type whose objects can be made without arguments; of whatever kind it is.
  template <std::default_initializable U>
  void add() {
    static_assert(Bijector<U> || Distribution<U> || Transformer<U> || Conditioner<U>,
                  "KnownTypes: not a Bijector, Distribution, Transformer or Conditioner");
    std::string name(detail::type_name_of(U{}));
    if (name.empty())
      detail::throw_invalid_argument("KnownTypes", "the type needs a name, static constexpr const char*");
    const auto make = [](const Part&) { return U{}; };
    if constexpr (Bijector<U>)
      add_bijector(std::move(name), make);
    else if constexpr (Distribution<U>)
      add_distribution(std::move(name), make);
    else if constexpr (Transformer<U>)
      add_transformer(std::move(name), make);
    else if constexpr (Conditioner<U>)
      add_conditioner(std::move(name), make);
  }

  /// make(part): an object for a ModelPart<T>. A name that is there already gets the new meaning.
  void add_bijector(std::string name, std::function<AnyBijector<T>(const Part&)> make) {
    bijectors_.insert_or_assign(std::move(name), std::move(make));
  }
  void add_distribution(std::string name, std::function<AnyFlow<T>(const Part&)> make) {
    distributions_.insert_or_assign(std::move(name), std::move(make));
  }
  void add_transformer(std::string name, std::function<AnyTransformer<T>(const Part&)> make) {
    transformers_.insert_or_assign(std::move(name), std::move(make));
  }
  void add_conditioner(std::string name, std::function<AnyConditioner<T>(const Part&)> make) {
    conditioners_.insert_or_assign(std::move(name), std::move(make));
  }

  AnyBijector<T> make_bijector(const Part& part) const { return make("bijector", bijectors_, part); }
  AnyFlow<T> make_distribution(const Part& part) const { return make("distribution", distributions_, part); }
  AnyTransformer<T> make_transformer(const Part& part) const { return make("transformer", transformers_, part); }
  AnyConditioner<T> make_conditioner(const Part& part) const { return make("conditioner", conditioners_, part); }

 private:
  template <class Object>
  using Makers = std::map<std::string, std::function<Object(const Part&)>>;

  template <class Object>
  static Object make(const char* kind, const Makers<Object>& makers, const Part& part) {
    const auto found = makers.find(part.type());
    if (found != makers.end()) return found->second(part);
    if (part.type() == detail::unnamed_type) {
      part.fail(
          "is of a type that had no name when it was saved, static constexpr const char* name, by which "
          "KnownTypes could make it: only load(path, object) can read the file");
    }
    std::vector<std::string_view> known;
    for (const auto& [name, maker] : makers) known.push_back(name);
    part.fail("is of the unknown type \"", part.type(), "\"; as a ", kind, " are known: ", detail::listed(known),
              "; types of your own join by KnownTypes");
  }

  Makers<AnyBijector<T>> bijectors_;
  Makers<AnyFlow<T>> distributions_;
  Makers<AnyTransformer<T>> transformers_;
  Makers<AnyConditioner<T>> conditioners_;
};

// Not in the class, and so not inline, for programs that compile it in one place: with `extern template class
// bijou::KnownTypes<float>;` in all units but one, which has `template class bijou::KnownTypes<float>;`.
template <class T>
KnownTypes<T>::KnownTypes() {
  detail::add_known_transformers(*this);
  detail::add_known_conditioners(*this);
  detail::add_known_signal_networks(*this);
  detail::add_known_bijectors(*this);
  detail::add_known_distributions(*this);
}

}  // namespace bijou
