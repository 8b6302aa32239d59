#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/stopwatch.hpp>
#include <bijou/distributed/communicator.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <mpi.h>

namespace bijou {

/// How Mpi waits.
struct MpiOptions {
  /// For how many seconds a rank waits for the others before it ends all. Longer than the longest pause that any rank
  /// makes between two sums: to read its data, to write a checkpoint, in a callback.
  double deadline = 300;
};

/// The processes of an MPI job, all of MPI_COMM_WORLD, as a Communicator. Make it at the start of main, before threads,
/// and keep it until the end: it starts MPI if the program has not, and then ends it, too. Needs mpi.h and an MPI
/// library: the CMake target bijou::mpi, or mpicxx.
///
/// No rank waits for ever. Sums and broadcasts have a deadline. A rank that unwinds, since something has thrown, or
/// that calls std::exit, ends all others by MPI_Abort; one that comes to its end waits for the others with the
/// deadline. Before any of that it prints one sentence to stderr: "bijou: rank 2 of 4: ...". One that dies is noticed
/// by mpirun or srun --kill-on-bad-exit, which end the others.
///
/// From one thread of each rank. Throws std::invalid_argument for a deadline that is not above 0.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/fit.hpp>
/// #include <bijou/distributed/mpi.hpp>
/// #include <random>
///
/// int main() {
///   return bijou::Mpi::run([](bijou::Mpi& mpi) {
///     std::mt19937_64 rng{0};
///     const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
///     bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///     bijou::fit(bijou::Replicated{mpi}, flow, data, {.epochs = 2}, rng);
///   });
/// }
/// @endcode
class Mpi {
 public:
  explicit Mpi(const MpiOptions& options = {}) : deadline_(options.deadline) {
    if (!(deadline_ > 0)) detail::throw_invalid_argument("Mpi", "expected a deadline above 0 seconds, got ", deadline_);
    int is_started = 0;
    MPI_Initialized(&is_started);
    starts_ = is_started == 0;
    int level = 0;
    if (starts_) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
    // Their own, so that no message of the program's or of each other is taken for one of these.
    for (MPI_Comm* const communicator : {&sums_, &ends_}) {
      MPI_Comm_dup(MPI_COMM_WORLD, communicator);
      MPI_Comm_set_errhandler(*communicator, MPI_ERRORS_RETURN);
    }
    MPI_Comm_rank(sums_, &rank_);
    MPI_Comm_size(sums_, &size_);
    static const int once = std::atexit([] {
      if (living() != nullptr) living()->abort("left by std::exit before its end");
    });
    static_cast<void>(once);
    living() = this;
  }
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;
  ~Mpi() {
    if (std::uncaught_exceptions() > exceptions_) abort("left by an exception before its end");
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibarrier(ends_, &request));
    wait({&request, 1}, "the end of");
    living() = nullptr;
    for (MPI_Comm* const communicator : {&sums_, &ends_}) MPI_Comm_free(communicator);
    if (starts_) MPI_Finalize();
  }

  /// A program: f(mpi), whose exceptions end all ranks with what they say. f returns void or the exit code.
  template <class F>
  static int run(F f, const MpiOptions& options = {}) {
    Mpi mpi(options);
    try {
      if constexpr (requires { static_cast<int>(f(mpi)); })
        return f(mpi);
      else
        f(mpi);
      return 0;
    } catch (const std::exception& error) {
      mpi.abort(error.what());
    } catch (...) {
      mpi.abort("left by an exception that is no std::exception");
    }
  }

  /// Of this process in MPI_COMM_WORLD.
  int rank() const { return rank_; }
  /// How many processes there are.
  int size() const { return size_; }
  /// By MPI's messages without blocking; ends all ranks where one does not come before the deadline.
  void sum(std::span<float> values) { sum(values, MPI_FLOAT); }
  /// The same in double.
  void sum(std::span<double> values) { sum(values, MPI_DOUBLE); }
  /// By MPI_Ibcast, with the same deadline.
  void broadcast(std::span<std::byte> bytes, int root) {
    in_pieces(bytes, [&](std::byte* data, int count) {
      MPI_Request request = MPI_REQUEST_NULL;
      check(MPI_Ibcast(data, count, MPI_BYTE, root, sums_, &request));
      wait({&request, 1}, "a broadcast of");
    });
  }
  /// Prints why, and ends the processes of all ranks by MPI_Abort.
  [[noreturn]] void abort(std::string_view why) {
    std::fprintf(stderr, "bijou: rank %d of %d: %.*s\n", rank_, size_, static_cast<int>(why.size()), why.data());
    std::fflush(stderr);
    living() = nullptr;
    MPI_Abort(MPI_COMM_WORLD, 1);
    std::abort();
  }

 private:
  /// The one that std::exit is to find.
  static Mpi*& living() {
    static Mpi* mpi = nullptr;
    return mpi;
  }

  /// Many numbers for each rank: each sums a share of them, which all send to it and which it sends to all. Open MPI's
  /// MPI_Iallreduce takes twice as long between two ranks of a machine.
  template <class T>
  void sum(std::span<T> values, MPI_Datatype type) {
    constexpr int shares_from = 4096;
    in_pieces(values, [&](T* data, int count) {
      if (size_ > 1 && count / size_ >= shares_from) {
        sum_shares(data, count, type);
        return;
      }
      MPI_Request request = MPI_REQUEST_NULL;
      check(MPI_Iallreduce(MPI_IN_PLACE, data, count, type, MPI_SUM, sums_, &request));
      wait({&request, 1}, "a sum of");
    });
  }

  template <class T>
  void sum_shares(T* data, int count, MPI_Datatype type) {
    const auto begin = [&](int rank) { return static_cast<int>(std::int64_t{count} * rank / size_); };
    const auto length = [&](int rank) { return begin(rank + 1) - begin(rank); };
    const auto others = [&](auto f) {
      for (int rank = 0; rank < size_; ++rank) {
        if (rank != rank_) f(rank);
      }
    };
    T* const own = data + begin(rank_);
    const int own_length = length(rank_);
    received_.resize(static_cast<std::size_t>(own_length) * static_cast<std::size_t>(size_) * sizeof(T));
    T* const received = reinterpret_cast<T*>(received_.data());
    const auto of_rank = [&](int rank) { return rank == rank_ ? own : received + std::ptrdiff_t{own_length} * rank; };

    requests_.clear();
    others([&](int rank) {
      check(MPI_Irecv(of_rank(rank), own_length, type, rank, 0, sums_, &requests_.emplace_back()));
    });
    others([&](int rank) {
      check(MPI_Isend(data + begin(rank), length(rank), type, rank, 0, sums_, &requests_.emplace_back()));
    });
    wait(requests_, "a sum of");
    // In the order of the ranks, whichever came first.
    T total[512];
    for (int first = 0; first < own_length; first += static_cast<int>(std::size(total))) {
      const int n = (std::min)(static_cast<int>(std::size(total)), own_length - first);
      std::copy_n(of_rank(0) + first, n, total);
      for (int rank = 1; rank < size_; ++rank) {
        const T* const terms = of_rank(rank) + first;
        for (int i = 0; i < n; ++i) total[i] += terms[i];
      }
      std::copy_n(total, n, own + first);
    }
    requests_.clear();
    others([&](int rank) {
      check(MPI_Irecv(data + begin(rank), length(rank), type, rank, 1, sums_, &requests_.emplace_back()));
    });
    others([&](int rank) { check(MPI_Isend(own, own_length, type, rank, 1, sums_, &requests_.emplace_back())); });
    wait(requests_, "a sum of");
  }

  /// f(data, count) for pieces whose count is an int, as MPI wants it.
  template <class T, class F>
  static void in_pieces(std::span<T> values, F f) {
    constexpr std::size_t most = std::size_t{1} << 30;
    for (std::size_t first = 0; first < values.size(); first += most)
      f(values.data() + first, static_cast<int>((std::min)(most, values.size() - first)));
  }

  /// Other processes may need this core: after a while, longer than a sum takes when all ranks are there, each test
  /// gives way to them.
  void wait(std::span<MPI_Request> requests, const char* what) {
    const detail::Stopwatch stopwatch;
    for (std::int64_t tests = 0;; ++tests) {
      int is_done = 0;
      check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &is_done, MPI_STATUSES_IGNORE));
      if (is_done != 0) return;
      if (tests < 10'000) continue;
      std::this_thread::yield();
      if (stopwatch.seconds() > deadline_) {
        abort(detail::joined({"has waited ", deadline_, " s in vain for ", what,
                              " all ranks: one has stopped, has gone another way, or needs a longer deadline"}));
      }
    }
  }

  void check(int code) {
    if (code == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    abort(detail::joined({"MPI has failed: ", std::string_view(text, static_cast<std::size_t>(length))}));
  }

  double deadline_;
  bool starts_ = false;
  int exceptions_ = std::uncaught_exceptions();
  int rank_ = 0;
  int size_ = 1;
  MPI_Comm sums_ = MPI_COMM_NULL;
  MPI_Comm ends_ = MPI_COMM_NULL;
  std::vector<std::byte> received_;  // what other ranks sent of a sum
  std::vector<MPI_Request> requests_;
};

}  // namespace bijou
