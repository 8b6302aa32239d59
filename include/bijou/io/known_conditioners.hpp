#pragma once

#include <bijou/conditioners/any_activation.hpp>
#include <bijou/conditioners/any_connections.hpp>
#include <bijou/conditioners/network.hpp>
#include <bijou/conditioners/periodic_features.hpp>
#include <bijou/conditioners/standardize_context.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/io/known_policies.hpp>
#include <bijou/io/model_part.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How the conditioners of this library are made from a model file.
namespace bijou::detail {

/// A Made or an Mlp of a file: a network whose policies are decided at run time.
template <class T>
class LoadedNetwork : public Network<T, AnyActivation, AnyConnections> {
  using Base = Network<T, AnyActivation, AnyConnections>;

 public:
  using Degrees = typename Base::Degrees;

  template <class Rng>
  LoadedNetwork(bool hides_inputs, std::vector<Degrees> degrees, int steps, Index context_size, Rng& rng,
                AnyActivation activation, AnyConnections connections)
      : Base(std::move(degrees), steps, context_size, rng, activation, connections), hides_inputs_(hides_inputs) {}

  bool hides_inputs() const { return hides_inputs_; }
  std::string_view type_name() const { return hides_inputs_ ? "Made" : "Mlp"; }

 private:
  bool hides_inputs_;
};

/// One of the policies that Policy knows, by the name that the part has in this role.
template <class Policy, class T>
Policy known_policy(const ModelPart<T>& part, const std::string& role) {
  const std::string name = part.option(role);
  if (const auto found = Policy::of_name(name)) return *found;
  part.fail("has the unknown ", role, " \"", name, "\"; known are: ", listed(Policy::names()));
}

/// The degrees of a network in a file, checked: those of a masked network of as many steps as coordinates, or those of
/// an Mlp.
template <class T>
class KnownNetwork {
  using Degrees = std::vector<int>;

 public:
  KnownNetwork(const ModelPart<T>& part, bool hides_inputs)
      : part_(part),
        hides_inputs_(hides_inputs),
        connections_(known_policy<AnyConnections>(part, "connections")),
        context_size_(part.template value<Index>("context_size")) {
    while (part.has_tensor("degrees." + std::to_string(degrees_.size()))) {
      degrees_.push_back(part.template values<int>("degrees." + std::to_string(degrees_.size())));
    }
    if (degrees_.size() < 3) part.fail("has ", degrees_.size(), " lists of degrees, expected at least 3");
    check_outputs();
    check_inputs();
    for (std::size_t l = 1; l + 1 < degrees_.size(); ++l) {
      if (degrees_[l].empty()) wrong_degrees();
      check_range(degrees_[l], 0, steps_ - 1);
    }
    check_weights();
  }

  LoadedNetwork<T> make() const {
    NoNumbers rng;
    return {hides_inputs_, degrees_, steps_, context_size_, rng, known_policy<AnyActivation>(part_, "activation"),
            connections_};
  }

 private:
  // K outputs for each step, those of the first step first. An Mlp has one step, and perhaps no outputs.
  void check_outputs() {
    const Degrees& outputs = degrees_.back();
    steps_ = hides_inputs_ && !outputs.empty() ? outputs.back() : 1;
    const auto steps = static_cast<std::size_t>(steps_);
    if (steps_ < 1 || outputs.size() % steps != 0 || (hides_inputs_ && outputs.empty())) wrong_degrees();
    const std::size_t count = outputs.size() / steps;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] != static_cast<int>(i / count) + 1) wrong_degrees();
    }
  }

  // The context, if it is an input, and then one or more inputs for each step; an Mlp's have degree 0.
  void check_inputs() {
    const Index joined = connections_.joins_context ? context_size_ : 0;
    Degrees inputs = degrees_.front();
    if (context_size_ < 0 || joined > static_cast<Index>(inputs.size())) {
      part_.fail("has a context of ", context_size_, " rows, but ", inputs.size(), " inputs");
    }
    if (!hides_inputs_) {
      check_range(inputs, 0, 0);
      return;
    }
    const auto first = inputs.begin() + joined;
    if (std::any_of(inputs.begin(), first, [](int degree) { return degree != 0; })) wrong_degrees();
    inputs.erase(inputs.begin(), first);
    check_range(inputs, 1, steps_);
    inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
    if (static_cast<int>(inputs.size()) != steps_) wrong_degrees();
  }

  void check_range(const Degrees& degrees, int least, int greatest) const {
    if (!std::is_sorted(degrees.begin(), degrees.end())) wrong_degrees();
    if (!degrees.empty() && (degrees.front() < least || degrees.back() > greatest)) wrong_degrees();
  }

  /// Before memory is taken for them.
  void check_weights() const {
    const auto size = [&](std::size_t l) { return static_cast<Index>(degrees_[l].size()); };
    for (std::size_t l = 0; l + 1 < degrees_.size(); ++l)
      part_.require_shape("layers." + std::to_string(l) + ".weight", {size(l + 1), size(l)});
    if (context_size_ == 0) return;
    const std::size_t hidden = degrees_.size() - 2;
    for (std::size_t l = 0, k = 0; l < hidden; ++l) {
      if (connections_.context_role(l, hidden) == ContextRole::none) continue;
      part_.require_shape("context_layers." + std::to_string(k++) + ".weight", {size(l + 1), context_size_});
    }
  }

  [[noreturn]] void wrong_degrees() const { part_.fail("has degrees that are not those of a ", part_.type()); }

  const ModelPart<T>& part_;
  bool hides_inputs_;
  AnyConnections connections_;
  Index context_size_;
  std::vector<Degrees> degrees_;
  int steps_ = 1;
};

/// Known: KnownTypes<T>.
template <template <class> class Known, class T>
void add_known_conditioners(Known<T>& known) {
  using Part = ModelPart<T>;
  using Any = AnyConditioner<T>;
  known.add_conditioner("Made", +[](const Part& part) -> Any { return KnownNetwork<T>(part, true).make(); });
  known.add_conditioner("Mlp", +[](const Part& part) -> Any { return KnownNetwork<T>(part, false).make(); });
  known.add_conditioner(
      "StandardizeContext", +[](const Part& part) -> Any { return StandardizeContext<T>(part.extent("mean", 0)); });
  known.add_conditioner(
      "PeriodicFeatures", +[](const Part& part) -> Any {
        const std::vector<T> periods = part.template values<T>("periods");
        return PeriodicFeatures<Any>(
            Eigen::Map<const Eigen::Vector<T, Eigen::Dynamic>>(periods.data(), part.extent("periods", 0)),
            part.conditioner("network"));
      });
}

}  // namespace bijou::detail
