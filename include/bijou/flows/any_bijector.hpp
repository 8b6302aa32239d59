#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/core/initialize.hpp>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace bijou {

/// Any bijector of scalar T whose type is decided at run time, a value that is copied and moved like one. With it a
/// DynamicChain holds layers of different kinds. One virtual call for each tile; what the bijector keeps for its
/// pullback lies in the arena, and results have the bits of the bijector inside.
///
/// T: float or double. The size is known at run time only.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// std::vector<bijou::AnyBijector<float>> layers;
/// layers.emplace_back(bijou::MAF<float, Eigen::Dynamic>{3, {32}, rng});
/// layers.emplace_back(bijou::Reverse<3>{});
/// layers.emplace_back(bijou::RealNVP<float, 3>{1, {32}, rng});
/// const bijou::TransformedDistribution flow{bijou::StandardNormal<float, Eigen::Dynamic>{3},
///                                           bijou::DynamicChain{layers}};
/// @endcode
template <class T>
class AnyBijector : public BijectorCalls<AnyBijector<T>> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "AnyBijector";

  template <class B>
  requires(!std::is_same_v<std::remove_cvref_t<B>, AnyBijector> && Bijector<std::remove_cvref_t<B>> &&
           detail::takes_scalar<std::remove_cvref_t<B>, T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint leaves copies to the copy constructor.
  AnyBijector(B&& b) : model_(std::make_unique<Model<std::remove_cvref_t<B>>>(std::forward<B>(b))) {}

  AnyBijector(const AnyBijector& other) : model_(other.model_->clone()) {}
  AnyBijector(AnyBijector&&) noexcept = default;
  AnyBijector& operator=(const AnyBijector& other) { return *this = AnyBijector(other); }
  AnyBijector& operator=(AnyBijector&&) noexcept = default;
  ~AnyBijector() = default;

  /// The bijector inside if it is a B, else nullptr.
  template <class B>
  const B* get_if() const {
    const auto* model = dynamic_cast<const Model<B>*>(model_.get());
    return model ? &model->b : nullptr;
  }

  Index event_size() const { return model_->event_size(); }
  Index context_size() const { return model_->context_size(); }

  bool is_initialized() const { return model_->is_initialized(); }
  void initialize(const detail::LearningBatch<T>& batch) { model_->initialize(batch); }

  /// The parameters are those of the bijector inside.
  static constexpr auto members() { return std::tuple<>{}; }
  void visit_parameters(const detail::Path* path, detail::VisitParameter visit) {
    model_->visit_parameters(path, visit);
  }

  void describe_inside(const std::string& path, int depth, detail::Description& rows) const {
    model_->describe_inside(path, depth, rows);
  }

  /// What the bijector inside keeps.
  struct Cache {
    void* inside = nullptr;
  };

  using BijectorCalls<AnyBijector>::forward;
  using BijectorCalls<AnyBijector>::inverse;

  void forward(Evaluation<T, Cache> e) const { model_->forward(e); }
  void inverse(Evaluation<T, Cache> e) const { model_->inverse(e); }
  void forward_pullback(Pullback<T, Cache> p) const { model_->forward_pullback(p); }
  void inverse_pullback(Pullback<T, Cache> p) const { model_->inverse_pullback(p); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual Index event_size() const = 0;
    virtual Index context_size() const = 0;
    virtual bool is_initialized() const = 0;
    virtual void initialize(const detail::LearningBatch<T>& batch) = 0;
    virtual void visit_parameters(const detail::Path* path, detail::VisitParameter visit) = 0;
    virtual void describe_inside(const std::string& path, int depth, detail::Description& rows) const = 0;
    virtual void forward(Evaluation<T, Cache> e) const = 0;
    virtual void inverse(Evaluation<T, Cache> e) const = 0;
    virtual void forward_pullback(Pullback<T, Cache> p) const = 0;
    virtual void inverse_pullback(Pullback<T, Cache> p) const = 0;
  };

  template <class B>
  struct Model final : Interface {
    using Inside = detail::cache_t<B, T>;
    B b;

    explicit Model(B given) : b(std::move(given)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(b); }
    Index event_size() const override { return bijou::event_size(b); }
    Index context_size() const override { return bijou::context_size(b); }
    bool is_initialized() const override { return bijou::is_initialized(b); }
    void initialize(const detail::LearningBatch<T>& batch) override { detail::initialize_part(b, batch); }
    void visit_parameters(const detail::Path* path, detail::VisitParameter visit) override {
      detail::visit_parameters(b, path, visit);
    }
    void describe_inside(const std::string& path, int depth, detail::Description& rows) const override {
      detail::describe(b, path, depth, rows);
    }
    static Evaluation<T, Inside> evaluation(Evaluation<T, Cache> e) {
      Inside* inside = e.pass.arena.template objects<Inside>(1);
      e.cache.inside = inside;
      return {e.input, e.output, e.log_det, *inside, e.pass};
    }
    static Pullback<T, Inside> pullback(Pullback<T, Cache> p) {
      return {p.input,
              p.output,
              p.output_gradient,
              p.log_det_gradient,
              p.input_gradient,
              p.parameter_gradient,
              *static_cast<Inside*>(p.cache.inside),
              p.pass};
    }
    void forward(Evaluation<T, Cache> e) const override { b.forward(evaluation(e)); }
    void inverse(Evaluation<T, Cache> e) const override { b.inverse(evaluation(e)); }
    void forward_pullback(Pullback<T, Cache> p) const override { b.forward_pullback(pullback(p)); }
    void inverse_pullback(Pullback<T, Cache> p) const override { b.inverse_pullback(pullback(p)); }
  };

  std::unique_ptr<Interface> model_;
};

}  // namespace bijou
