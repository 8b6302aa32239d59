#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/pass.hpp>
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
inline constexpr bool is_lent = bool(E::Flags & Eigen::DirectAccessBit) && E::InnerStrideAtCompileTime == 1 &&
                                !bool(E::IsRowMajor) && (std::is_lvalue_reference_v<X> || !owns_its_numbers<E>);

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

}  // namespace detail

}  // namespace bijou
