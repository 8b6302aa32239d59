#pragma once

#include <bijou/conditioners/context_role.hpp>
#include <bijou/conditioners/feed_forward.hpp>
#include <bijou/conditioners/feed_forward_with_context.hpp>
#include <bijou/conditioners/residual.hpp>
#include <bijou/core/policy_name.hpp>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace bijou::detail {

/// One of the connections of this library, decided at run time; the members are those of FeedForward.
class AnyConnections {
 public:
  static constexpr bool has_context_layers = true;  // perhaps none of them
  bool keeps_preactivations;
  bool joins_context;
  bool (*adds_skip)(std::size_t l, std::size_t hidden_layers);
  bool (*activates)(std::size_t l, std::size_t hidden_layers);
  ContextRole (*context_role)(std::size_t l, std::size_t hidden_layers);
  void (*require_layers)(const std::vector<std::vector<int>>& hidden);

  /// Nothing for a name that is of none.
  static std::optional<AnyConnections> of_name(std::string_view name) {
    for (const AnyConnections& connections : all()) {
      if (connections.name_ == name) return connections;
    }
    return std::nullopt;
  }
  static std::vector<std::string_view> names() {
    std::vector<std::string_view> names;
    for (const AnyConnections& connections : all()) names.push_back(connections.name_);
    return names;
  }

  std::string_view policy_name() const { return name_; }

 private:
  template <class C>
  explicit AnyConnections(C)
      : keeps_preactivations(C::keeps_preactivations),
        joins_context(C::joins_context),
        adds_skip(C::adds_skip),
        activates(C::activates),
        context_role(C::context_role),
        require_layers(C::require_layers),
        name_(bijou::policy_name<C>) {}

  static std::vector<AnyConnections> all() {
    return {AnyConnections(FeedForward{}), AnyConnections(FeedForwardWithContext{}), AnyConnections(Residual{}),
            AnyConnections(ResidualWithContext{}), AnyConnections(GatedResidual{})};
  }

  std::string_view name_;
};

}  // namespace bijou::detail
