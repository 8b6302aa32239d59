#pragma once

#include <bijou/conditioners/network_options.hpp>
#include <array>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace laws {

using Names = std::vector<std::string>;

/// Which of these arguments make a B, as std::is_constructible sees it: a constructor that takes anything and fails
/// inside would be among them.
template <class B>
Names foreign_arguments() {
  Names names;
  const auto add = [&]<class... Arguments>(const char* name) {
    if (std::is_constructible_v<B, Arguments...>) names.emplace_back(name);
  };
  using Rng = std::mt19937_64;
  using Network = bijou::NetworkOptions;
  add.template operator()<>("nothing");
  add.template operator()<int&>("int");
  add.template operator()<int&, int&>("two int");
  add.template operator()<int&, int&, int&>("three int");
  add.template operator()<double&>("double");
  add.template operator()<double&, double&>("two double");
  add.template operator()<std::nullptr_t>("nullptr");
  add.template operator()<std::string&>("string");
  add.template operator()<const char*>("characters");
  add.template operator()<const std::string&, Rng&>("string and generator");
  add.template operator()<std::vector<int>&>("vector of int");
  add.template operator()<std::vector<double>&>("vector of double");
  add.template operator()<std::vector<std::string>&>("vector of string");
  add.template operator()<std::array<double, 3>&>("array of double");
  add.template operator()<Network&>("options");
  add.template operator()<Network&, int&>("options and int");
  add.template operator()<Rng&, Rng&>("two generators");
  add.template operator()<Rng&, Network&>("generator and options");
  return names;
}

}  // namespace laws
