#include <bijou/distributed/mpi.hpp>
#include <iostream>
#include <span>

int main() {
  return bijou::Mpi::run([](bijou::Mpi& mpi) {
    double ranks = 1;
    mpi.sum(std::span(&ranks, 1));
    std::cout << ranks << " rank\n";
    return ranks == mpi.size() ? 0 : 1;
  });
}
