#pragma once

#include <bijou/conditioners/context_role.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/policy_name.hpp>
#include <algorithm>
#include <cstddef>
#include <vector>

namespace bijou {

/// Connections between the hidden layers of a Network in residual blocks, as nflows' residual MADE: one linear layer,
/// then blocks of two, and the output is linear in h. An odd number of hidden layers with the same degrees; a unit is
/// added to a unit of its own degree. The members are those of FeedForward.
///
/// @f[ h \leftarrow h + W^\prime A\bigl(W A(h) + b\bigr) + b^\prime @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Conditioner = bijou::Made<float, bijou::activations::Relu, bijou::Residual>;
/// const Conditioner one_block{3, 2, {64, 64, 64}, rng};  // 3 coordinates, 2 parameters each
/// @endcode
struct Residual {
  static constexpr bool keeps_preactivations = true;
  static constexpr bool adds_skip(std::size_t l, std::size_t hidden_layers) {
    return l >= 2 && l % 2 == 0 && l < hidden_layers;
  }
  static constexpr bool activates(std::size_t l, std::size_t hidden_layers) { return l + 1 != hidden_layers; }
  static constexpr bool joins_context = true;
  static constexpr bool has_context_layers = false;
  static constexpr ContextRole context_role(std::size_t, std::size_t) { return ContextRole::none; }
  static void require_layers(const std::vector<std::vector<int>>& hidden) {
    const auto differs = [&](const std::vector<int>& degrees) { return degrees != hidden.front(); };
    if (hidden.size() % 2 == 0 || std::any_of(hidden.begin(), hidden.end(), differs)) {
      detail::throw_invalid_argument("Residual",
                                     "residual connections take an odd number of hidden layers with the same degrees");
    }
  }
};

/// Residual blocks with the context c as in nflows' residual MADE: it enters the first linear layer and each block,
/// with V and d of its own for each. The context is no input.
///
/// @f[
///   h = W_0 x + b_0 + A(V_0 c + d_0), \qquad h \leftarrow h + W^\prime A\bigl(W A(h) + b + V c + d\bigr) + b^\prime
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Conditioner = bijou::Made<float, bijou::activations::Relu, bijou::ResidualWithContext>;
/// const Conditioner made{3, 2, {{50, 50, 50, 50, 50}, 7}, rng};  // nflows' default: two blocks
/// @endcode
struct ResidualWithContext : Residual {
  static constexpr bool joins_context = false;
  static constexpr bool has_context_layers = true;
  static constexpr ContextRole context_role(std::size_t l, std::size_t hidden_layers) {
    if (l == 0) return ContextRole::activated_addend;
    return l % 2 == 1 && l < hidden_layers ? ContextRole::addend : ContextRole::none;
  }
};

/// Residual blocks with gates as in nflows' ResidualNet: the context c is an input, too.
///
/// @f[
///   h \leftarrow h + \text{sigmoid}(V c + d) \odot \Bigl(W^\prime A\bigl(W A(h) + b\bigr) + b^\prime\Bigr)
/// @f]
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// using Conditioner = bijou::Mlp<float, bijou::activations::Relu, bijou::GatedResidual>;
/// const Conditioner network{3, 6, {{64, 64, 64}, 7}, rng};
/// @endcode
struct GatedResidual : Residual {
  static constexpr bool has_context_layers = true;
  static constexpr ContextRole context_role(std::size_t l, std::size_t hidden_layers) {
    return adds_skip(l, hidden_layers) ? ContextRole::gate : ContextRole::none;
  }
};

template <>
inline constexpr std::string_view policy_name<Residual> = "Residual";
template <>
inline constexpr std::string_view policy_name<ResidualWithContext> = "ResidualWithContext";
template <>
inline constexpr std::string_view policy_name<GatedResidual> = "GatedResidual";

}  // namespace bijou
