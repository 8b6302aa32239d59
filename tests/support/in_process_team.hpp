#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// What ends a rank whose team has come apart: another one has left or aborted, or does something else.
struct TeamIsOver : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where the threads of a team meet.
class InProcessMeeting {
 public:
  explicit InProcessMeeting(int size) : spans_(static_cast<std::size_t>(size)) {}

  int size() const { return static_cast<int>(spans_.size()); }

  /// Returns when all ranks are there with as many bytes; combine(bytes of all, in order) has then been called once,
  /// and its result has been copied to each.
  void meet(int rank, std::string_view what, std::span<std::byte> bytes,
            const std::function<std::vector<std::byte>(const std::vector<std::span<std::byte>>&)>& combine) {
    std::unique_lock lock(mutex_);
    if (arrived_ == 0) what_ = what;
    if (what != what_ || (arrived_ > 0 && bytes.size() != size_of_all_)) end("ranks make different calls");
    if (has_left_ || !why_.empty()) throw TeamIsOver(why_.empty() ? "a rank has left" : why_);
    size_of_all_ = bytes.size();
    spans_[static_cast<std::size_t>(rank)] = bytes;
    const long round = round_;
    if (++arrived_ == size()) {
      result_ = combine(spans_);
      arrived_ = 0;
      ++round_;
      changed_.notify_all();
    }
    const bool in_time = changed_.wait_for(lock, std::chrono::seconds(60),
                                           [&] { return round_ != round || has_left_ || !why_.empty(); });
    if (round_ == round) {
      if (!in_time) end("a rank does not come");
      throw TeamIsOver(why_.empty() ? "a rank has left" : why_);
    }
    if (!bytes.empty()) std::memcpy(bytes.data(), result_.data(), bytes.size());
  }
  void abort(int rank, std::string_view why) {
    const std::lock_guard lock(mutex_);
    end("rank " + std::to_string(rank) + ": " + std::string(why));
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    has_left_ = true;
    changed_.notify_all();
  }

 private:
  void end(const std::string& why) {
    if (why_.empty()) why_ = why;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::span<std::byte>> spans_;
  std::vector<std::byte> result_;
  std::string what_;
  std::string why_;
  std::size_t size_of_all_ = 0;
  int arrived_ = 0;
  long round_ = 0;
  bool has_left_ = false;
};

/// A Communicator of threads.
class InProcessRank {
 public:
  InProcessRank(InProcessMeeting& meeting, int rank) : meeting_(&meeting), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return meeting_->size(); }
  void sum(std::span<float> values) { sum_of(values); }
  void sum(std::span<double> values) { sum_of(values); }
  void broadcast(std::span<std::byte> bytes, int root) {
    meeting_->meet(rank_, "broadcast", bytes, [root](const auto& all) {
      const std::span<std::byte> from = all[static_cast<std::size_t>(root)];
      return std::vector<std::byte>(from.begin(), from.end());
    });
  }
  void abort(std::string_view why) { meeting_->abort(rank_, why); }

 private:
  template <class T>
  void sum_of(std::span<T> values) {
    meeting_->meet(rank_, "sum", std::as_writable_bytes(values), [](const auto& all) {
      std::vector<std::byte> result(all.front().begin(), all.front().end());
      for (std::size_t r = 1; r < all.size(); ++r) {
        for (std::size_t i = 0; i < result.size(); i += sizeof(T)) {
          T total, addend;
          std::memcpy(&total, &result[i], sizeof(T));
          std::memcpy(&addend, &all[r][i], sizeof(T));
          total += addend;
          std::memcpy(&result[i], &total, sizeof(T));
        }
      }
      return result;
    });
  }

  InProcessMeeting* meeting_;
  int rank_;
};

/// f(rank) on so many threads. What the exceptions say that ended them, "" for those that came to their end.
template <class F>
std::vector<std::string> on_ranks(int size, F f) {
  InProcessMeeting meeting(size);
  std::vector<std::string> ends(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int r = 0; r < size; ++r) {
    threads.emplace_back([&meeting, &f, &end = ends[static_cast<std::size_t>(r)], r] {
      InProcessRank rank(meeting, r);
      try {
        f(rank);
      } catch (const std::exception& error) {
        end = error.what();
      }
      meeting.leave();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return ends;
}

/// A check on a thread, where Catch's own may not be made: an exception, which on_ranks gives back.
inline void expect(bool good, const std::string& what) {
  if (!good) throw std::logic_error("expected " + what);
}
inline void expect_text(const std::string& found, const std::string& expected) {
  expect(found == expected, "\"" + expected + "\", got \"" + found + "\"");
}

/// As many empty texts.
inline std::vector<std::string> no_errors(int size) { return std::vector<std::string>(static_cast<std::size_t>(size)); }
