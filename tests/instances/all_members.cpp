// Members that no test calls compile, too.
#include <bijou/bijou.hpp>

using namespace bijou;

template class bijou::Affine<float, 2>;
template class bijou::Affine<double, 1>;
template class bijou::Affine<double, Eigen::Dynamic>;
template class bijou::Autoregressive<2, AffineTransformer<float>, Made<float>>;
template class bijou::Autoregressive<4, AffineTransformer<float, scale_maps::SoftplusFloor>,
                                     Made<float, activations::Tanh>>;
template class bijou::Autoregressive<Eigen::Dynamic, InvertTransformer<AffineTransformer<double>>, Made<double>>;
template class bijou::Chain<Affine<float, 2>, Permute<2>>;
template class bijou::Chain<Affine<double, Eigen::Dynamic>, Reverse<Eigen::Dynamic>>;
template class bijou::Chain<Permute<3>>;
template class bijou::Coupling<4, AffineTransformer<float>, Mlp<float>>;
template class bijou::Coupling<5, AffineTransformer<float, scale_maps::SigmoidFloor>, Mlp<float, activations::Silu>>;
template class bijou::Coupling<Eigen::Dynamic, InvertTransformer<AffineTransformer<double>>, Mlp<double>>;
template class bijou::DynamicChain<Affine<float, 2>>;
template class bijou::DynamicChain<Permute<3>>;
template class bijou::Invert<Affine<float, 2>>;
template class bijou::Invert<Affine<double, Eigen::Dynamic>>;
template class bijou::Invert<Permute<3>>;
template class bijou::Permute<3>;
template class bijou::Permute<Eigen::Dynamic>;
template class bijou::Reverse<3>;
template class bijou::Reverse<Eigen::Dynamic>;

template class bijou::Made<float>;
template class bijou::Made<float, activations::Tanh, Residual>;
template class bijou::Made<double, activations::Tanh>;
template class bijou::MaskedLinear<float>;
template class bijou::MaskedLinear<double>;
template class bijou::MaskedLinearView<float>;
template class bijou::MaskedLinearView<double>;
template class bijou::Mlp<float>;
template class bijou::Mlp<double, activations::Tanh>;
template class bijou::Network<float, activations::Tanh>;
template class bijou::Network<double, activations::Silu>;
template class bijou::Network<double, activations::Silu, Residual>;

template struct bijou::AdditiveTransformer<float>;
template struct bijou::AdditiveTransformer<double>;
template struct bijou::AffineTransformer<float>;
template struct bijou::AffineTransformer<double>;
template struct bijou::InvertTransformer<AffineTransformer<float>>;
template struct bijou::InvertTransformer<AffineTransformer<double>>;
