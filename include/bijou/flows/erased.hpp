#pragma once

#include <bijou/core/description.hpp>
#include <bijou/core/initialize.hpp>
#include <bijou/core/object_visitor.hpp>
#include <bijou/core/parameters.hpp>
#include <memory>
#include <string>
#include <utility>

/// What AnyFlow, AnyBijector, AnyTransformer and AnyConditioner share: an object whose type is decided at run time,
/// behind an interface.
namespace bijou::detail {

/// What every object inside can do. Self: the interface derived from this.
template <class Self, class T>
struct ErasedInterface {
  virtual ~ErasedInterface() = default;
  virtual std::unique_ptr<Self> clone() const = 0;
  virtual Index event_size() const = 0;
  virtual Index context_size() const = 0;
  virtual bool is_initialized() const = 0;
  virtual bool learns_each_epoch() const = 0;
  virtual void initialize(const LearningBatch<T>& batch) = 0;
  virtual void visit_parameters(const Path* path, VisitParameter visit) = 0;
  virtual void visit_inside(const Path* path, bool is_frozen, ObjectVisitor& visitor) = 0;
  virtual void describe_inside(const std::string& path, int depth, Description& rows) const = 0;
};

/// The object inside, and these functions of it. Model is derived from this; Interface from ErasedInterface.
template <class Model, class Interface, class U, class T>
struct ErasedModel : Interface {
  U object;

  explicit ErasedModel(U given) : object(std::move(given)) {}
  std::unique_ptr<Interface> clone() const override { return std::unique_ptr<Interface>(new Model(object)); }
  Index event_size() const override {
    if constexpr (requires { U::static_event_size; })
      return bijou::event_size(object);
    else
      return any_size;
  }
  Index context_size() const override { return bijou::context_size(object); }
  bool is_initialized() const override { return bijou::is_initialized(object); }
  bool learns_each_epoch() const override { return bijou::learns_each_epoch(object); }
  void initialize(const LearningBatch<T>& batch) override { initialize_part(object, batch); }
  void visit_parameters(const Path* path, VisitParameter visit) override {
    detail::visit_parameters(object, path, visit);
  }
  void visit_inside(const Path* path, bool is_frozen, ObjectVisitor& visitor) override {
    visit_object(object, path, is_frozen, visitor);
  }
  void describe_inside(const std::string& path, int depth, Description& rows) const override {
    describe(object, path, depth, rows);
  }
};

/// The cache of an erased object refers to that of the object inside, which lies in the arena.
struct ErasedCache {
  void* inside = nullptr;

  template <class Inside>
  Inside& start(Arena& arena) {
    Inside* const made = arena.objects<Inside>(1);
    inside = made;
    return *made;
  }
  template <class Inside>
  Inside& get() const {
    return *static_cast<Inside*>(inside);
  }
};

/// A value that holds a model. After a move it has nothing inside: it can be copied, assigned to and destroyed, and all
/// other calls throw std::invalid_argument.
template <class Interface, class T>
class Erased {
 public:
  Erased(const Erased& other) : model_(other.model_ ? other.model_->clone() : nullptr) {}
  Erased(Erased&&) noexcept = default;
  Erased& operator=(const Erased& other) { return *this = Erased(other); }
  Erased& operator=(Erased&&) noexcept = default;

  Index event_size() const { return model().event_size(); }
  Index context_size() const { return model().context_size(); }

  bool is_initialized() const { return model().is_initialized(); }
  bool learns_each_epoch() const { return model().learns_each_epoch(); }
  void initialize(const LearningBatch<T>& batch) { const_cast<Interface&>(model()).initialize(batch); }

  /// The parameters and the state are those of the object inside.
  static constexpr auto members() { return Members<>{}; }
  void visit_parameters(const Path* path, VisitParameter visit) {
    const_cast<Interface&>(model()).visit_parameters(path, visit);
  }
  void visit_inside(const Path* path, bool is_frozen, ObjectVisitor& visitor) {
    const_cast<Interface&>(model()).visit_inside(path, is_frozen, visitor);
  }

  void describe_inside(const std::string& path, int depth, Description& rows) const {
    model().describe_inside(path, depth, rows);
  }

 protected:
  /// Takes a new model. A unique_ptr to each type of model would be one more type to compile.
  explicit Erased(Interface* model) : model_(model) {}
  ~Erased() = default;

  const Interface& model() const {
    if (!model_) throw_invalid_argument(Interface::name, "has been moved from: nothing is inside");
    return *model_;
  }
  template <class Model>
  auto* object_if() const {
    const auto* const model = dynamic_cast<const Model*>(model_.get());
    return model ? &model->object : nullptr;
  }

 private:
  std::unique_ptr<Interface> model_;
};

}  // namespace bijou::detail
