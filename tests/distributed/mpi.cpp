#include <bijou/distributed/mpi.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

static_assert(Communicator<Mpi>);

// Open MPI does not give back all of its memory, nor do traces of it have names once its plugins are unloaded, so there
// is no way but to leave out the check of leaks where MPI was started.
static bool mpi_was_started = false;
extern "C" int __lsan_is_turned_off() { return mpi_was_started; }

// More ranks: tests/distributed_mpi. MPI can be started once.
TEST_CASE("an MPI job of one process", "[distributed]") {
  CHECK(message_of([] { Mpi{{.deadline = 0}}; }) == "Mpi: expected a deadline above 0 seconds, got 0");
  std::vector<float> floats{1, 2};
  std::vector<double> doubles(100'000, 3);
  int size = 0;
  mpi_was_started = true;
  const int code = Mpi::run([&](Mpi& mpi) {
    size = mpi.size();
    mpi.sum(std::span(floats));
    mpi.sum(std::span(doubles));
    mpi.sum(std::span<double>());
    mpi.broadcast(std::as_writable_bytes(std::span(floats)), 0);
    return 7 + mpi.rank();
  });
  CHECK(code == 7);
  CHECK(size == 1);
  CHECK(floats == std::vector<float>{1, 2});
  CHECK(doubles == std::vector<double>(100'000, 3));
}
