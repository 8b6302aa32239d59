#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

namespace bijou::detail {

/// Numbers that are handed out one after the other.
template <class T>
class NumbersInOrder {
 public:
  explicit NumbersInOrder(std::span<const T> numbers) : numbers_(numbers) {}

  /// The next number, 0 behind the last; and so many have been asked for.
  T next() { return count_++ < numbers_.size() ? numbers_[count_ - 1] : T(0); }
  std::size_t count() const { return count_; }

 private:
  std::span<const T> numbers_;
  std::size_t count_ = 0;
};

/// Fills a member, a matrix row by row.
template <class U, class T>
void fill_member(U& member, NumbersInOrder<T>& numbers) {
  if constexpr (EigenMember<U>) {
    for (Index i = 0; i < member.rows(); ++i) {
      for (Index j = 0; j < member.cols(); ++j) member(i, j) = static_cast<typename U::Scalar>(numbers.next());
    }
  } else if constexpr (Number<U>) {
    member = static_cast<U>(numbers.next());
  } else {
    for (auto& number : member) fill_member(number, numbers);
  }
}

/// Gives an object its parameters and its state, in the order of its list of members and without the heap. What is
/// frozen belongs to the state. Throws std::invalid_argument for another count of numbers.
template <class U, class T>
void fill_members(U& object, std::span<const T> parameters, std::span<const double> state) {
  NumbersInOrder<T> of_parameters(parameters);
  NumbersInOrder<double> of_state(state);
  const auto fill_parameter = [&](const std::string&, auto& member, auto) { fill_member(member, of_parameters); };
  const auto fill_state = [&](const std::string&, auto& member, auto) { fill_member(member, of_state); };
  Walk<MemberKind::parameter, false>::object(object, fill_parameter, {});
  Walk<MemberKind::state, false>::object(object, fill_state, {});
  require_size("fill_members", "parameters", static_cast<Index>(of_parameters.count()),
               static_cast<Index>(parameters.size()));
  require_size("fill_members", "state", static_cast<Index>(of_state.count()), static_cast<Index>(state.size()));
}

}  // namespace bijou::detail
