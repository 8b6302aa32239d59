#include <bijou/io/known_types.hpp>

template class bijou::KnownTypes<float>;
template class bijou::KnownTypes<double>;
