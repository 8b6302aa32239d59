#include "model.hpp"

#include <bijou/io/save.hpp>
#include <map>

void save_model(const std::filesystem::path& path, const Flow& flow, const std::vector<std::string>& names) {
  std::map<std::string, std::string> notes;
  for (const std::string& name : names) notes.emplace("column " + std::to_string(notes.size()), name);
  bijou::save(flow, path, notes);
}
