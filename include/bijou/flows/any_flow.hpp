#pragma once

#include <bijou/core/initialize.hpp>
#include <bijou/distributions/conditioned.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <bijou/flows/forward.hpp>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace bijou {

/// Any distribution of scalar T, most often a flow, whose type is decided at run time: a value that is copied and moved
/// like one, with all calls of DistributionCalls, given(context) and fit. Results have the bits of the distribution
/// inside. A call costs one virtual call for each tile of up to 128 events; events are not copied again.
///
/// T: float or double. The size is known at run time only.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// std::vector<bijou::AnyFlow<float>> flows;
/// flows.emplace_back(bijou::flows::MAF<float, 2>{{.layers = 3}, rng});
/// flows.emplace_back(bijou::StandardNormal<float, 2>{});
/// for (const auto& flow : flows) {
///   const Eigen::VectorXf log_p = flow.log_prob(flow.sample(100, rng));
/// }
/// @endcode
template <class T>
class AnyFlow : public DistributionCalls<AnyFlow<T>, T, Eigen::Dynamic> {
 public:
  using Scalar = T;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "AnyFlow";

  template <class P>
  requires(!std::is_same_v<std::remove_cvref_t<P>, AnyFlow> && Distribution<std::remove_cvref_t<P>> &&
           std::is_same_v<typename std::remove_cvref_t<P>::Scalar, T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint leaves copies to the copy constructor.
  AnyFlow(P&& p) : model_(std::make_unique<Model<std::remove_cvref_t<P>>>(std::forward<P>(p))) {}

  AnyFlow(const AnyFlow& other) : model_(other.model_->clone()) {}
  AnyFlow(AnyFlow&&) noexcept = default;
  AnyFlow& operator=(const AnyFlow& other) { return *this = AnyFlow(other); }
  AnyFlow& operator=(AnyFlow&&) noexcept = default;
  ~AnyFlow() = default;

  /// The distribution inside if it is a P, else nullptr.
  template <class P>
  const P* get_if() const {
    const auto* model = dynamic_cast<const Model<P>*>(model_.get());
    return model ? &model->p : nullptr;
  }

  Index event_size() const { return model_->event_size(); }
  Index context_size() const { return model_->context_size(); }
  void require_parts() const { model_->require_parts(); }

  bool is_initialized() const { return model_->is_initialized(); }
  void initialize(const detail::LearningBatch<T>& batch) { model_->initialize(batch); }

  /// The parameters are those of the distribution inside.
  static constexpr auto members() { return std::tuple<>{}; }
  void visit_parameters(const detail::Path* path, detail::VisitParameter visit) {
    model_->visit_parameters(path, visit);
  }

  void describe_inside(const std::string& path, int depth, detail::Description& rows) const {
    model_->describe_inside(path, depth, rows);
  }

  /// What the distribution inside keeps.
  struct Cache {
    void* inside = nullptr;
  };

  using DistributionCalls<AnyFlow, T, Eigen::Dynamic>::log_prob;

  void log_prob(DensityEvaluation<T, Cache> e) const { model_->log_prob(e); }
  void log_prob_pullback(DensityPullback<T, Cache> p) const { model_->log_prob_pullback(p); }
  void map_noise(NoiseEvaluation<T, Cache> n) const { model_->map_noise(n); }
  template <class Rng>
  void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events, Rng& rng) const {
    if constexpr (std::is_same_v<Rng, detail::AnyGenerator>)
      model_->draw(events, rng);
    else {
      detail::AnyGenerator any(rng);
      model_->draw(events, any);
    }
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual Index event_size() const = 0;
    virtual Index context_size() const = 0;
    virtual void require_parts() const = 0;
    virtual bool is_initialized() const = 0;
    virtual void initialize(const detail::LearningBatch<T>& batch) = 0;
    virtual void visit_parameters(const detail::Path* path, detail::VisitParameter visit) = 0;
    virtual void describe_inside(const std::string& path, int depth, detail::Description& rows) const = 0;
    virtual void log_prob(DensityEvaluation<T, Cache> e) const = 0;
    virtual void log_prob_pullback(DensityPullback<T, Cache> p) const = 0;
    virtual void map_noise(NoiseEvaluation<T, Cache> n) const = 0;
    virtual void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events,
                      detail::AnyGenerator& rng) const = 0;
  };

  template <class P>
  struct Model final : Interface {
    using Inside = detail::cache_t<P, T>;
    P p;

    explicit Model(P given) : p(std::move(given)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(p); }
    Index event_size() const override { return p.event_size(); }
    Index context_size() const override { return bijou::context_size(p); }
    void require_parts() const override {
      if constexpr (requires { p.require_parts(); }) p.require_parts();
    }
    bool is_initialized() const override { return bijou::is_initialized(p); }
    void initialize(const detail::LearningBatch<T>& batch) override { detail::initialize_part(p, batch); }
    void visit_parameters(const detail::Path* path, detail::VisitParameter visit) override {
      detail::visit_parameters(p, path, visit);
    }
    void describe_inside(const std::string& path, int depth, detail::Description& rows) const override {
      detail::describe(p, path, depth, rows);
    }
    static Inside& start(Cache& cache, Arena& arena) {
      Inside* inside = arena.objects<Inside>(1);
      cache.inside = inside;
      return *inside;
    }
    void log_prob(DensityEvaluation<T, Cache> e) const override {
      p.log_prob(DensityEvaluation<T, Inside>{e.input, e.log_prob, start(e.cache, e.pass.arena), e.pass});
    }
    void log_prob_pullback(DensityPullback<T, Cache> b) const override {
      p.log_prob_pullback(DensityPullback<T, Inside>{b.input, b.log_prob_gradient, b.input_gradient,
                                                     b.parameter_gradient, *static_cast<Inside*>(b.cache.inside),
                                                     b.pass});
    }
    void map_noise(NoiseEvaluation<T, Cache> n) const override {
      Inside& inside = start(n.cache, n.pass.arena);
      if constexpr (detail::MapsNoise<P>) {
        p.map_noise(NoiseEvaluation<T, Inside>{n.noise, n.output, n.log_prob, inside, n.pass});
      } else {
        n.output = n.noise;
        p.log_prob(DensityEvaluation<T, Inside>{n.noise, n.log_prob, inside, n.pass});
      }
    }
    void draw(Eigen::Ref<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> events,
              detail::AnyGenerator& rng) const override {
      p.draw(events, rng);
    }
  };

  std::unique_ptr<Interface> model_;
};

}  // namespace bijou
