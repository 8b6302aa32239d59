#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/any_conditioner.hpp>
#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/any_transformer.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/file_error.hpp>
#include <bijou/io/safetensors.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

template <class T>
class KnownTypes;

/// A part of a model file, of which an object is to be made: its type, policies and parts from the architecture, and
/// its sizes from the shapes of its tensors. An object is made with any numbers of the right sizes; those of the file
/// are read into it afterwards.
///
/// T: the scalar of the object. All functions throw FileError, with the path of the part, if the file does not have
/// what is asked for.
///
/// @code{.cpp}
/// #include <bijou/io/known_types.hpp>
///
/// bijou::AnyBijector<float> make_affine(const bijou::ModelPart<float>& part) {
///   const bijou::Index size = part.extent("shift", 0);
///   return bijou::Affine<float, Eigen::Dynamic>(Eigen::VectorXf::Zero(size), Eigen::VectorXf::Ones(size));
/// }
/// int main() {}
/// @endcode
template <class T>
class ModelPart {
 public:
  ModelPart(const SafetensorsFile& file, const KnownTypes<T>& known, const detail::Json& node, std::string path)
      : file_(file), known_(known), node_(node), path_(std::move(path)) {
    if (!node_.is_object()) fail("is no object in the architecture");
  }

  /// Where it stands, "bijector.bijectors.0"; empty for the whole model.
  const std::string& path() const { return path_; }
  /// The name of the type in the file.
  std::string type() const { return option("type"); }
  /// The name of a policy, "Relu" for "activation".
  std::string option(const std::string& role) const {
    const auto found = node_.find(role);
    if (found == node_.end() || !found->is_string()) fail("has no \"", role, "\" in the architecture");
    return found->template get<std::string>();
  }

  /// The parts of this one, made.
  AnyBijector<T> bijector(const std::string& name) const { return known_.make_bijector(at(name)); }
  AnyFlow<T> distribution(const std::string& name) const { return known_.make_distribution(at(name)); }
  AnyTransformer<T> transformer(const std::string& name) const { return known_.make_transformer(at(name)); }
  AnyConditioner<T> conditioner(const std::string& name) const { return known_.make_conditioner(at(name)); }

  /// The parts of a list, to be made with their kind: `make(part)`.
  template <class Make>
  auto list(const std::string& name, Make make) const {
    const auto found = node_.find(name);
    if (found == node_.end() || !found->is_array()) fail("has no list \"", name, "\" in the architecture");
    std::vector<decltype(make(*this))> made;
    for (std::size_t i = 0; i < found->size(); ++i) {
      made.push_back(make(ModelPart(file_, known_, (*found)[i], detail::join(path_, name + "." + std::to_string(i)))));
    }
    return made;
  }
  std::vector<AnyBijector<T>> bijectors(const std::string& name) const {
    return list(name, [this](const ModelPart& part) { return known_.make_bijector(part); });
  }
  std::vector<AnyFlow<T>> distributions(const std::string& name) const {
    return list(name, [this](const ModelPart& part) { return known_.make_distribution(part); });
  }
  std::vector<AnyTransformer<T>> transformers(const std::string& name) const {
    return list(name, [this](const ModelPart& part) { return known_.make_transformer(part); });
  }

  /// Whether the file has numbers for this member.
  bool has_tensor(const std::string& member) const { return file_.find(detail::join(path_, member)) != nullptr; }
  /// The shape of the tensor of a member.
  const std::vector<Index>& shape(const std::string& member) const { return tensor(member).shape; }
  /// The size of a member along an axis, from its tensor in the file.
  Index extent(const std::string& member, std::size_t axis) const {
    const std::vector<Index>& extents = shape(member);
    if (axis >= extents.size()) {
      fail("has a tensor \"", member, "\" of ", extents.size(), " dimensions; expected at least ", axis + 1);
    }
    return extents[axis];
  }
  /// Refuses the file unless the member has this shape there.
  void require_shape(const std::string& member, const std::vector<Index>& expected) const {
    if (shape(member) == expected) return;
    fail("has a tensor \"", member, "\" of shape ", tensor(member).shape_text(), ", expected ",
         Tensor{{}, TensorType::u8, expected}.shape_text());
  }

  /// The numbers of a member, few ones that are needed to make the object.
  template <class Value>
  std::vector<Value> values(const std::string& member) const {
    const Tensor& numbers = tensor(member);
    std::vector<Value> values(static_cast<std::size_t>(numbers.count()));
    if (!numbers.copy_to(values.data())) fail("has numbers in \"", member, "\" that do not fit");
    return values;
  }
  /// The single number of this member.
  template <class Value>
  Value value(const std::string& member) const {
    const std::vector<Value> numbers = values<Value>(member);
    if (numbers.size() != 1) fail("has ", numbers.size(), " numbers in \"", member, "\", expected 1");
    return numbers.front();
  }

  /// Refuses the file, with the place in it.
  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... what) const {
    detail::throw_file_error(file_.path(), path_.empty() ? std::string_view("the model") : std::string_view(path_),
                             std::string_view(" "), what...);
  }

 private:
  ModelPart at(const std::string& name) const {
    const auto found = node_.find(name);
    if (found == node_.end()) fail("has no part \"", name, "\" in the architecture");
    return ModelPart(file_, known_, *found, detail::join(path_, name));
  }
  const Tensor& tensor(const std::string& member) const {
    const Tensor* const found = file_.find(detail::join(path_, member));
    if (found == nullptr) fail("has no tensor \"", member, "\"");
    return *found;
  }

  const SafetensorsFile& file_;
  const KnownTypes<T>& known_;
  const detail::Json& node_;
  std::string path_;
};

}  // namespace bijou
