#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/core/ranks.hpp>
#include <bijou/distributed/communicator.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bijou::detail {

/// What ranks decide together, so that none of them goes on where another one does not.
template <Communicator C>
class Agreement final : public RankSums {
 public:
  explicit Agreement(C& communicator) : communicator_(communicator) {}

  int rank() const override { return communicator_.rank(); }
  int size() const override { return communicator_.size(); }
  void sum(double* values, Index count) const override {
    communicator_.sum(std::span<double>(values, static_cast<std::size_t>(count)));
  }
  /// "rank 2 of 4"
  std::string name_of_rank(int rank) const { return joined({"rank ", rank, " of ", size()}); }

  /// The numbers of all ranks, in their order.
  std::vector<double> gathered(double own) const {
    std::vector<double> all(static_cast<std::size_t>(size()));
    all[static_cast<std::size_t>(rank())] = own;
    sum(all.data(), size());
    return all;
  }
  bool all(bool yes) const {
    const std::vector<double> each = gathered(yes ? 1 : 0);
    return std::all_of(each.begin(), each.end(), [](double own) { return own == 1; });
  }

  /// The text of a rank on all others.
  void broadcast(std::string& text, int root) const {
    std::uint64_t length = text.size();
    communicator_.broadcast(std::as_writable_bytes(std::span(&length, 1)), root);
    text.resize(static_cast<std::size_t>(length));
    communicator_.broadcast(std::as_writable_bytes(std::span(text)), root);
  }
  /// That of the lowest rank that has any; empty if none has.
  std::string first_of(std::string text) const {
    const int first = first_rank(!text.empty());
    if (first == size()) return {};
    broadcast(text, first);
    return text;
  }

  /// f(); where it throws an Error on one rank, it does on all, with the sentence of the lowest one.
  template <class Error, class F>
  void together(F f) {
    std::exception_ptr own;
    std::string text;
    try {
      f();
    } catch (const Error& error) {
      own = std::current_exception();
      text = error.what();
    }
    const int first = first_rank(own != nullptr);
    if (first == size()) return;
    std::string of_first = text;
    broadcast(of_first, first);
    leaves_together_ = true;
    if (all(own != nullptr && text == of_first)) std::rethrow_exception(own);
    throw Error(joined({of_first, " (", name_of_rank(first), ")"}));
  }

  /// The rank whose checksum is not that of most of them; -1: all have the same.
  int odd_one(std::uint64_t checksum) const {
    const std::uint64_t half = 32;
    const std::vector<double> high = gathered(static_cast<double>(checksum >> half));
    const std::vector<double> low = gathered(static_cast<double>(checksum & 0xffff'ffff));
    std::map<std::pair<double, double>, int> counts;
    for (std::size_t r = 0; r < high.size(); ++r) ++counts[{high[r], low[r]}];
    std::size_t usual = 0;
    for (std::size_t r = 0; r < high.size(); ++r) {
      if (counts[{high[r], low[r]}] > counts[{high[usual], low[usual]}]) usual = r;
    }
    for (std::size_t r = 0; r < high.size(); ++r) {
      if (high[r] != high[usual] || low[r] != low[usual]) return static_cast<int>(r);
    }
    return -1;
  }
  /// Refuses what differs: say(the name of the rank) is the sentence.
  template <class Error, class Say>
  void require_same(std::uint64_t checksum, Say say) {
    const int odd = odd_one(checksum);
    if (odd < 0) return;
    leaves_together_ = true;
    throw Error(say(name_of_rank(odd)));
  }

  /// Said before an exception that all ranks throw.
  void leave_together() { leaves_together_ = true; }

  /// f(); an exception that leaves it on this rank alone ends all.
  template <class F>
  auto or_abort(std::string_view caller, F f) {
    leaves_together_ = false;
    try {
      return f();
    } catch (const std::exception& error) {
      if (!leaves_together_) communicator_.abort(joined({caller, " has ended here alone: ", error.what()}));
      throw;
    } catch (...) {
      if (!leaves_together_) communicator_.abort(joined({caller, " has ended here alone, by an exception"}));
      throw;
    }
  }

 private:
  /// The lowest rank that says yes, or size().
  int first_rank(bool yes) const {
    const std::vector<double> each = gathered(yes ? 1 : 0);
    return static_cast<int>(std::find(each.begin(), each.end(), 1.0) - each.begin());
  }

  C& communicator_;
  bool leaves_together_ = false;
};

}  // namespace bijou::detail
