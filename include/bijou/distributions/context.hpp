#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/pass.hpp>
#include <functional>
#include <string_view>
#include <type_traits>

/// What holds the context of a conditional density.
namespace bijou {

/// A density under a context, see DistributionCalls::given.
template <class P, class Context>
class Conditioned;

namespace detail {

template <class E>
inline constexpr bool owns_its_numbers = std::is_same_v<E, typename E::PlainObject>;
template <class M, int Options, class Stride>
inline constexpr bool owns_its_numbers<Eigen::Ref<M, Options, Stride>> = true;  // it may

/// Whether the columns of an argument X&& lie in memory that is another's: an object with a name, or a block or map of
/// one.
template <class X, class E = std::remove_cvref_t<X>>
inline constexpr bool is_lent = has_contiguous_columns<E> && (std::is_lvalue_reference_v<X> || !owns_its_numbers<E>);

/// A density that holds a context for the events of a call.
template <class P>
concept HoldsContext = requires(const P& p, const TileOfBatch& at) { p.context_of(at); };

/// What goes with a tile through a density: the context of its events, if the density holds one.
template <class P, class T = typename P::Scalar>
Pass<T> pass_for(const P& p, const TileOfBatch& at, bool keep_for_pullback) {
  Pass<T> pass{.arena = at.arena, .keep_for_pullback = keep_for_pullback, .threads = at.threads};
  if constexpr (HoldsContext<P>) {
    pass.context.rebind(p.context_of(at));
    pass.one_context = p.has_one_context();
  }
  return pass;
}

/// Refuses draws x that would overwrite the context of later ones.
template <class X, class Context>
void require_apart(std::string_view caller, const X& x, const Context& context) {
  if constexpr (lies_in_memory<X>) {
    const auto end = [](const auto& m) {
      return m.data() + (m.rows() - 1) * m.rowStride() + (m.cols() - 1) * m.colStride() + 1;
    };
    const std::less<const typename X::Scalar*> before;
    if (x.size() > 0 && context.size() > 0 && before(x.data(), end(context)) && before(context.data(), end(x)))
      throw_invalid_argument(caller, "the draws would overwrite their context: give a copy of it");
  }
}

}  // namespace detail

}  // namespace bijou
