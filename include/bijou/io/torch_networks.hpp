#pragma once

#include <bijou/conditioners/network_options.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/io/state_dict.hpp>
#include <bijou/numerics/random.hpp>
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

/// Conditioners from the linear layers of a torch module.
namespace bijou::detail {

/// y = W x + b. W, out x in, is 0 where a mask, if there is one, forbids a connection.
template <class T>
struct TorchLinear {
  StateDict::Matrix<T> weight;
  StateDict::Vector<T> bias;
  StateDict::Matrix<T> mask = {};  // 0 or 1; empty: all connections are allowed

  Index rows() const { return weight.rows(); }
  Index columns() const { return weight.cols(); }
  bool connects(Index r, Index c) const { return mask.size() == 0 || mask(r, c) != T(0); }
};

/// The layer `name`.
template <class T>
TorchLinear<T> read_linear(StateDict& file, const std::string& name, bool has_mask) {
  TorchLinear<T> layer{file.matrix<T>(name + ".weight"), {}, {}};
  layer.bias.setZero(layer.rows());
  if (file.has(name + ".bias")) layer.bias = file.vector<T>(name + ".bias");
  if (has_mask) layer.mask = file.matrix<T>(name + ".mask");
  const bool fits = layer.bias.size() == layer.rows() &&
                    (!has_mask || (layer.mask.rows() == layer.rows() && layer.mask.cols() == layer.columns()));
  if (!fits) file.fail("weight, bias and mask of ", name, " do not fit together");
  if (has_mask) layer.weight.array() *= layer.mask.array();
  return layer;
}

/// The layers of a conditioner: those that the input goes through, and those of the context alone.
template <class T>
struct TorchNetwork {
  std::string name;  // for messages
  std::vector<TorchLinear<T>> layers = {};
  std::vector<TorchLinear<T>> context_layers = {};
  Index context_size = 0;
  bool joins_context = true;  // whether the context is behind the input of the first layer
  // outputs[i]: the rows of the last layer for coordinate i, in the order of the transformer's parameters.
  std::vector<std::vector<int>> outputs = {};
};

/// Checks that each layer has as many inputs as the one before has outputs.
template <class T>
void require_layers_fit(const StateDict& file, const TorchNetwork<T>& network) {
  if (network.layers.size() < 2) file.fail(network.name, " has no hidden layer, and a network here needs one");
  for (std::size_t l = 1; l < network.layers.size(); ++l) {
    if (network.layers[l].columns() != network.layers[l - 1].rows())
      file.fail("layer ", l, " of ", network.name, " has ", network.layers[l].columns(), " inputs, and the one before ",
                network.layers[l - 1].rows(), " outputs");
  }
}

/// Appends the numbers of a layer with rows and columns in another order, as a Network has them in its parameters.
template <class T>
void append_layer(std::vector<T>& values, const TorchLinear<T>& layer, const std::vector<int>& rows,
                  const std::vector<int>& columns) {
  for (const int r : rows) {
    for (const int c : columns) values.push_back(layer.weight(r, c));
  }
  for (const int r : rows) values.push_back(layer.bias(r));
}

inline std::vector<int> counted(Index count, Index first = 0) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), static_cast<int>(first));
  return numbers;
}

/// rows: for each layer the order of its rows. The context, if it is joined, stands above the input here.
template <class Conditioner, class T>
Conditioner with_weights(Conditioner made, const StateDict& file, const TorchNetwork<T>& network,
                         std::vector<int> inputs, const std::vector<std::vector<int>>& rows) {
  std::vector<int> columns =
      network.joins_context ? counted(network.context_size, static_cast<Index>(inputs.size())) : std::vector<int>{};
  columns.insert(columns.end(), inputs.begin(), inputs.end());
  std::vector<T> values;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    append_layer(values, network.layers[l], rows[l], columns);
    columns = rows[l];
  }
  for (const TorchLinear<T>& layer : network.context_layers)
    append_layer(values, layer, rows.front(), counted(network.context_size));
  if (static_cast<Index>(values.size()) != parameter_count(made))
    file.fail(network.name, " has layers that do not fit together");
  assign_parameters(made, Eigen::Map<const StateDict::Vector<T>>(values.data(), static_cast<Index>(values.size())));
  return made;
}

/// A masked network whose outputs for a coordinate see those before it in `order` only. Its hidden units are sorted by
/// how many coordinates they see, so that masks are staircases; a connection that the file has not is one of weight 0.
template <class Made, class T>
Made masked_network(const StateDict& file, const TorchNetwork<T>& network, const std::vector<int>& order) {
  require_layers_fit(file, network);
  const auto size = static_cast<Index>(order.size());
  if (network.layers.front().columns() != size + (network.joins_context ? network.context_size : 0))
    file.fail(network.name, " has ", network.layers.front().columns(), " inputs for ", size, " coordinates");
  std::vector<int> seen(static_cast<std::size_t>(network.layers.front().columns()), 0);  // by each unit of a layer
  for (std::size_t k = 0; k < order.size(); ++k) seen[static_cast<std::size_t>(order[k])] = static_cast<int>(k) + 1;
  std::vector<std::vector<int>> rows, degrees;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const TorchLinear<T>& layer = network.layers[l];
    std::vector<int> sees(static_cast<std::size_t>(layer.rows()), 0);
    for (Index r = 0; r < layer.rows(); ++r) {
      for (Index c = 0; c < layer.columns(); ++c) {
        int& most = sees[static_cast<std::size_t>(r)];
        if (layer.connects(r, c)) most = (std::max)(most, seen[static_cast<std::size_t>(c)]);
      }
    }
    rows.push_back(counted(layer.rows()));
    std::stable_sort(rows.back().begin(), rows.back().end(), [&](int a, int b) {
      return sees[static_cast<std::size_t>(a)] < sees[static_cast<std::size_t>(b)];
    });
    degrees.push_back(sees);
    seen = std::move(sees);
  }
  std::vector<int> last;
  for (std::size_t k = 0; k < order.size(); ++k) {
    for (const int r : network.outputs[static_cast<std::size_t>(order[k])]) {
      for (Index c = 0; c < network.layers.back().columns(); ++c) {
        if (network.layers.back().connects(r, c) && seen[static_cast<std::size_t>(c)] > static_cast<int>(k))
          file.fail("the masks of ", network.name, " let coordinate ", order[k], " depend on itself or a later one");
      }
      last.push_back(r);
    }
  }
  for (const std::vector<int>& layer : degrees) {
    if (*std::max_element(layer.begin(), layer.end()) >= (std::max)(static_cast<int>(size), 1))
      file.fail("hidden units of ", network.name, " see all coordinates");
  }
  rows.push_back(std::move(last));
  NoNumbers rng;
  return with_weights(
      Made(size, static_cast<Index>(network.outputs.front().size()), std::move(degrees), rng, network.context_size),
      file, network, order, rows);
}

/// A network in which all see all.
template <class Mlp, class T>
Mlp dense_network(const StateDict& file, const TorchNetwork<T>& network) {
  require_layers_fit(file, network);
  const Index inputs = network.layers.front().columns() - (network.joins_context ? network.context_size : 0);
  std::vector<std::vector<int>> rows;
  std::vector<int> hidden;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    rows.push_back(counted(network.layers[l].rows()));
    hidden.push_back(static_cast<int>(network.layers[l].rows()));
  }
  rows.emplace_back();
  for (const std::vector<int>& output : network.outputs)
    rows.back().insert(rows.back().end(), output.begin(), output.end());
  NoNumbers rng;
  return with_weights(
      Mlp(inputs, static_cast<Index>(rows.back().size()), NetworkOptions(hidden, network.context_size), rng), file,
      network, counted(inputs), rows);
}

/// Turns a network of the context alone into one that also has `coordinates` inputs, which no unit sees.
template <class T>
void add_unseen_inputs(TorchNetwork<T>& network, Index coordinates) {
  TorchLinear<T>& first = network.layers.front();
  network.context_size = first.columns();
  StateDict::Matrix<T> weight = StateDict::Matrix<T>::Zero(first.rows(), coordinates + network.context_size);
  first.mask = weight;
  weight.rightCols(network.context_size) = first.weight;
  first.mask.rightCols(network.context_size).setOnes();
  first.weight = std::move(weight);
}

/// How many rows of the last layer each of so many coordinates has.
template <class T>
Index rows_for_each(const StateDict& file, const TorchNetwork<T>& network, Index coordinates) {
  const Index rows = network.layers.back().rows();
  if (rows % coordinates != 0 || rows == 0)
    file.fail(network.name, " has ", rows, " outputs for ", coordinates, " coordinates");
  return rows / coordinates;
}

/// Rows i count, ..., i count + count - 1 of the last layer belong to coordinate i.
inline std::vector<std::vector<int>> rows_of_coordinates(Index coordinates, Index count) {
  std::vector<std::vector<int>> rows;
  for (Index i = 0; i < coordinates; ++i) rows.push_back(counted(count, i * count));
  return rows;
}

}  // namespace bijou::detail
