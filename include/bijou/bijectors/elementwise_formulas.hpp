#pragma once

#include <bijou/bijectors/elementwise.hpp>
#include <bijou/transformers/formulas.hpp>
#include <bijou/transformers/invert.hpp>

/// Elementwise bijectors by name. T: float or double. D: number of coordinates or Eigen::Dynamic, then made of the
/// event size. Between bounds no draw lies on a bound or outside, and the density there is 0; Box takes bounds of one's
/// own.
///
/// @code{.cpp}
/// const bijou::Sigmoid<float, 2> fractions;
/// const Eigen::Vector2f x = fractions.forward(Eigen::Vector2f(0.0f, 3.0f));  // (0.5, 0.953)
/// const bijou::Log<double, Eigen::Dynamic> logarithms{3};
/// @endcode
namespace bijou {

/// The formula F run from noise to data, in each coordinate.
///
/// @f[ x_i = f(z_i) @f]
template <class T, int D, class F>
using ElementwiseFormula = Elementwise<D, FormulaTransformer<T, F>>;
/// The formula F run from data to noise, in each coordinate.
///
/// @f[ x_i = f^{-1}(z_i) @f]
template <class T, int D, class F>
using InverseElementwiseFormula = Elementwise<D, InvertTransformer<FormulaTransformer<T, F>>>;

/// x = 1 / (1 + e^-z), in (0, 1).
///
/// @f[ x = \frac{1}{1 + e^{-z}} @f]
template <class T, int D>
using Sigmoid = ElementwiseFormula<T, D, formulas::Sigmoid>;
/// x = ln(z / (1 - z)) for z in (0, 1).
///
/// @f[ x = \ln\frac{z}{1 - z} @f]
template <class T, int D>
using Logit = InverseElementwiseFormula<T, D, formulas::Sigmoid>;
/// x = tanh z, in (-1, 1).
///
/// @f[ x = \tanh z @f]
template <class T, int D>
using Tanh = ElementwiseFormula<T, D, formulas::Tanh>;
/// x = ln(1 + e^z) > 0.
///
/// @f[ x = \ln(1 + e^z) @f]
template <class T, int D>
using Softplus = ElementwiseFormula<T, D, formulas::Softplus>;
/// x = e^z > 0.
///
/// @f[ x = e^z @f]
template <class T, int D>
using Exp = ElementwiseFormula<T, D, formulas::Exp>;
/// x = ln z for z > 0.
///
/// @f[ x = \ln z @f]
template <class T, int D>
using Log = InverseElementwiseFormula<T, D, formulas::Exp>;
/// x = z^c for z > 0; ln c is trained and starts at 0.
///
/// @f[ x = z^c @f]
template <class T, int D>
using Power = ElementwiseFormula<T, D, formulas::Power>;
/// x = z, times a slope where z < 0; the logarithm of the slope is trained and starts at 0.
///
/// @f[ x = \max(z, 0) + \alpha \min(z, 0) @f]
template <class T, int D>
using LeakyRelu = ElementwiseFormula<T, D, formulas::LeakyRelu>;
/// x = sinh(e^p1 (asinh z + p0)); skewness p0 and p1 are trained and start at 0.
///
/// @f[ x = \sinh\bigl(e^{p_1} (\operatorname{arsinh} z + p_0)\bigr) @f]
template <class T, int D>
using SinhArcsinh = ElementwiseFormula<T, D, formulas::SinhArcsinh>;
/// x = Phi(z), in (0, 1).
///
/// @f[ x = \Phi(z) @f]
template <class T, int D>
using NormalCdf = ElementwiseFormula<T, D, formulas::NormalCdf>;
/// x = Phi^-1(z) for z in (0, 1).
///
/// @f[ x = \Phi^{-1}(z) @f]
template <class T, int D>
using NormalQuantile = InverseElementwiseFormula<T, D, formulas::NormalCdf>;
/// x = cos z for z in (0, pi).
///
/// @f[ x = \cos z @f]
template <class T, int D>
using Cosine = ElementwiseFormula<T, D, formulas::Cosine>;

}  // namespace bijou
