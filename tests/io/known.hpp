#pragma once

#include <bijou/io/load_any.hpp>
#include <bijou/io/save.hpp>
#include <string>

#include "support/edited_file.hpp"
#include "support/message_of_file.hpp"
#include "support/temporary_folder.hpp"

// All types of the library are compiled in instances/known_types.cpp, once for all tests.
extern template class bijou::KnownTypes<float>;
extern template class bijou::KnownTypes<double>;

/// What load says of a file of a distribution that has been edited, see write_edited.
inline std::string refusal_of_edited(const bijou::AnyFlow<double>& p, const Replacement& replacement,
                                     const std::string& text = {}, const std::string& by = {}) {
  const TemporaryFolder folder;
  bijou::save(p, folder / "a");
  write_edited(folder / "a", folder / "b", replacement, text, by);
  return message_of_file(folder / "b", [&] { bijou::load<double>(folder / "b"); });
}
inline std::string refusal_of_architecture(const bijou::AnyFlow<double>& p, const std::string& text,
                                           const std::string& by) {
  return refusal_of_edited(p, {}, text, by);
}
